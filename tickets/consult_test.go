package tickets_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/tickets"
)

const (
	asks   = "ขอความเห็นว่าแนวท่อประปาผ่านจุดนี้หรือไม่"
	opines = "แนวท่อประปาไม่ผ่านจุดนี้ ดำเนินการได้"
	noNeed = "ได้ข้อมูลจากสำนักงานแล้ว"
)

// consults asks an agency about a case, by the day that is offered for it.
func (o *office) consults(t testing.TB, id tickets.TicketID, to *office, files ...int64) tickets.Consultation {
	t.Helper()
	day, err := o.desk.ConsultDay(t.Context(), o.tx, to.agency.ID)
	must(t, err)
	must(t, o.desk.Consult(t.Context(), o.tx, o.by(), tickets.Consultation{TicketID: id, To: to.agency.ID, Question: asks, DueOn: day, Files: files}))
	all, err := tickets.ConsultationsOf(t.Context(), o.tx, id)
	must(t, err)
	return all[len(all)-1]
}

// settled does what the job does, twice as jobs may.
func (o *office) settled(t testing.TB, id tickets.ConsultationID) tickets.Consultation {
	t.Helper()
	for range 2 {
		must(t, o.desk.Settle(t.Context(), o.tx, id))
	}
	c, err := tickets.FindConsultation(t.Context(), o.tx, id)
	must(t, err)
	return c
}

// enquiry is what an agency is asked, waiting or over, as the newest there.
func (o *office) enquiry(t testing.TB, over bool) tickets.Enquiry {
	t.Helper()
	all, err := tickets.Enquiries(t.Context(), o.tx, o.agency.ID, over, 10)
	must(t, err)
	if len(all) != 1 {
		t.Fatalf("%d enquiries, over: %v", len(all), over)
	}
	return all[0]
}

// heard are the kinds of what happened to an enquiry, whose history is whole.
func (o *office) heard(t testing.TB, id tickets.EnquiryID) string {
	t.Helper()
	events, err := tickets.EnquiryHistory(t.Context(), o.tx, id)
	must(t, err)
	must(t, chain.Check(events))
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

// consultKinds are the kinds of what happened to a case about consultations.
func (o *office) consultKinds(t testing.TB, id tickets.TicketID) string {
	t.Helper()
	o.whole(t, id)
	events, err := tickets.History(t.Context(), o.tx, id)
	must(t, err)
	var kinds []string
	for _, e := range events {
		if strings.HasPrefix(string(e.Kind), "consult") {
			kinds = append(kinds, string(e.Kind))
		}
	}
	return strings.Join(kinds, " ")
}

// Peers 62: an opinion is asked for by a day, the clock stays with the owner and goes on, and the answer is a signed note in the
// case, whose fingerprint stands in both histories (EGA-16.1, LOC-6).
func TestConsultation(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	made := o.ticket(t, "d1")
	must(t, agencies.SetPost(t.Context(), o.tx, b.officer.ID, "นายช่างโยธา"))
	c := o.consults(t, made.ID, b)
	if !c.Waits() || c.DueOn.Format(time.DateOnly) != "2026-12-02" || !c.DueAt.Equal(time.Date(2026, 12, 2, 16, 30, 0, 0, morning.Location())) {
		t.Errorf("asked: %+v", c)
	}
	o.settled(t, c.ID)
	e := b.enquiry(t, false)
	if e.Subject != made.Subject || e.Title != made.Title || e.About != made.Number || e.CitizenName != "" || e.Question != asks || e.Number != "OB-OP-2569-000001" {
		t.Errorf("there: %+v", e)
	}
	o.now = morning.AddDate(0, 0, 1)
	b.now = o.now
	must(t, b.desk.TakeEnquiry(t.Context(), o.tx, b.by(), e.ID))
	for range 2 {
		must(t, b.desk.AnswerEnquiry(t.Context(), o.tx, b.by(), e.ID, tickets.Advice{Answer: tickets.Agree, Text: opines}))
	}
	c = o.settled(t, c.ID)
	if c.Answer != tickets.Agree || c.Text != opines || c.Post != "นายช่างโยธา" || c.AnsweredBy == nil || *c.AnsweredBy != b.officer.ID || c.Late() {
		t.Errorf("answered: %+v", c)
	}
	if got := o.heard(t, e.ID); got != "consulted consult_taken consult_answered" {
		t.Errorf("there: %s", got)
	}
	if got := o.consultKinds(t, made.ID); got != "consulted consult_taken consult_answered" {
		t.Errorf("here: %s", got)
	}
	after := o.find(t, made.ID)
	if !after.Unread || after.Stopped || !after.DueAt.Equal(made.DueAt) || after.AgencyID != made.AgencyID {
		t.Errorf("the case: unread %v, stopped %v, due %v instead of %v", after.Unread, after.Stopped, after.DueAt, made.DueAt)
	}
	here := o.happenings(t, made.ID, tickets.EventConsultAnswered)
	there, err := tickets.EnquiryHistory(t.Context(), o.tx, e.ID)
	must(t, err)
	const sum = `"digest":"`
	_, digest, _ := strings.Cut(here[0], sum)
	if len(digest) < 64 || !strings.Contains(string(there[2].Detail), sum+digest[:64]) {
		t.Errorf("fingerprints: %s and %s", here[0], there[2].Detail)
	}
	if err := b.desk.AnswerEnquiry(t.Context(), o.tx, b.head(), e.ID, tickets.Advice{Answer: tickets.Object, Text: opines}); !fault.Is(err, fault.Conflict) {
		t.Errorf("answered a second time: %v", err)
	}
}

// Peers 62, PDPA s. 22: the agency that is asked reads what was ticked and nothing else, and no longer than it is asked; the one
// that asks reads the answer and nothing else there; a third reads nothing.
func TestConsultationShowsWhatWasTicked(t *testing.T) {
	t.Parallel()
	o := open(t)
	b, c := openIn(t, o.tx, "OB"), openIn(t, o.tx, "OC")
	made := o.ticket(t, "d1")
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	shown, kept := o.file(t, "f1"), o.file(t, "f2")
	for i, file := range []int64{shown, kept} {
		must(t, o.desk.Receive(t.Context(), o.tx, citizen, made.ID, tickets.Said{Source: []string{"message 1", "message 2"}[i], Text: "ภาพ", Attachment: file, Label: "ภาพ", At: o.now}))
	}
	asked := o.consults(t, made.ID, b, shown)
	o.settled(t, asked.ID)
	look := func(as *office, want map[string]int) {
		t.Helper()
		o.scoped(t, as.agency.ID, func() {
			for table, n := range want {
				if got := count(t, o.tx, `SELECT count(*) FROM `+table); got != n {
					t.Errorf("%s counts %d of %s, want %d", as.agency.Code, got, table, n)
				}
			}
		})
	}
	look(b, map[string]int{"tickets": 0, "ticket_messages": 0, "requests": 0, "citizens": 0, "ticket_events": 0, "consultations": 0, "enquiries": 1, "enquiry_files": 1, "attachments": 1})
	look(c, map[string]int{"consultations": 0, "enquiries": 0, "enquiry_files": 0, "enquiry_events": 0, "attachments": 0})
	look(o, map[string]int{"consultations": 1, "enquiries": 0, "enquiry_files": 0, "enquiry_events": 0, "attachments": 2})
	e := b.enquiry(t, false)
	o.scoped(t, b.agency.ID, func() {
		o.forbids(t, "", `UPDATE enquiries SET question = 'อื่น'`)
		o.forbids(t, "", `UPDATE enquiries SET ended_at = now()`)
		o.forbids(t, "", `INSERT INTO enquiry_files (enquiry_id, agency_id, ticket_id, attachment_id, label) VALUES ($1, $2, $3, $4, 'x')`, e.ID, b.agency.ID, made.ID, kept)
		o.forbids(t, "", `DELETE FROM enquiries`)
		for range 2 {
			must(t, b.desk.ReadEnquiryFile(t.Context(), o.tx, b.by(), e.ID, shown))
		}
	})
	o.scoped(t, o.agency.ID, func() {
		o.forbids(t, "", `UPDATE consultations SET question = 'อื่น'`)
		o.forbids(t, "", `UPDATE consultations SET text = 'อื่น'`)
	})
	o.settled(t, asked.ID)
	if lines := o.happenings(t, made.ID, tickets.EventConsultRead); len(lines) != 1 {
		t.Errorf("who read what: %q", lines)
	}
	o.scoped(t, b.agency.ID, func() {
		must(t, b.desk.AnswerEnquiry(t.Context(), o.tx, b.by(), e.ID, tickets.Advice{Answer: tickets.NoOpinion, Text: "ไม่เกี่ยวกับแนวท่อของเรา"}))
	})
	look(b, map[string]int{"attachments": 0, "enquiry_files": 1})
	o.scoped(t, b.agency.ID, func() {
		if err := b.desk.ReadEnquiryFile(t.Context(), o.tx, b.by(), e.ID, shown); !fault.Is(err, fault.Conflict) {
			t.Errorf("read after the answer: %v", err)
		}
	})
	_, err := o.tx.Exec(t.Context(), `DELETE FROM ticket_files WHERE attachment_id = $1`, shown)
	must(t, err)
	look(b, map[string]int{"enquiry_files": 0})
}

// PDPA s. 22, SVC-5: whose case it is is told only where that is allowed, and never of a confidential case, nor what it is about.
func TestConsultationNamesNobodyUnlessAllowed(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	plain := o.ticket(t, "d1")
	day := morning.AddDate(0, 0, 7)
	ask := func(id tickets.TicketID, named bool) error {
		return o.desk.Consult(t.Context(), o.tx, o.by(), tickets.Consultation{TicketID: id, To: b.agency.ID, Question: asks, DueOn: day, Named: named})
	}
	must(t, ask(plain.ID, true))
	all, err := tickets.ConsultationsOf(t.Context(), o.tx, plain.ID)
	must(t, err)
	o.settled(t, all[0].ID)
	if e := b.enquiry(t, false); e.CitizenName != plain.CitizenName || e.CitizenName == "" {
		t.Errorf("named: %q", e.CitizenName)
	}
	s := o.submission("d2")
	s.Answers[0].Text, s.Answers[0].Value = "ทุจริต", []byte(`"corruption"`)
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	secret, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	if err := ask(secret.ID, true); !fault.Is(err, fault.Invalid) {
		t.Errorf("the name of a confidential case: %v", err)
	}
	must(t, ask(secret.ID, false))
	all, err = tickets.ConsultationsOf(t.Context(), o.tx, secret.ID)
	must(t, err)
	o.settled(t, all[0].ID)
	there, err := tickets.Enquiries(t.Context(), o.tx, b.agency.ID, false, 10)
	must(t, err)
	if e := there[1]; e.CitizenName != "" || e.Subject != "" || e.About != secret.Number {
		t.Errorf("of a confidential case: %+v", e)
	}
}

// Who may ask what: each refusal is of its own kind, and the same question again changes nothing.
func TestConsultationIsRefused(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	made := o.ticket(t, "d1")
	good := func() tickets.Consultation {
		return tickets.Consultation{TicketID: made.ID, To: b.agency.ID, Question: asks, DueOn: morning.AddDate(0, 0, 7)}
	}
	for name, bad := range map[string]func(c *tickets.Consultation) fault.Kind{
		"no question": func(c *tickets.Consultation) fault.Kind { c.Question = " ขอ "; return fault.Invalid },
		"a long question": func(c *tickets.Consultation) fault.Kind {
			c.Question = strings.Repeat("ก", tickets.Longest+1)
			return fault.Invalid
		},
		"oneself":          func(c *tickets.Consultation) fault.Kind { c.To = o.agency.ID; return fault.Invalid },
		"nobody":           func(c *tickets.Consultation) fault.Kind { c.To = 1 << 40; return fault.NotFound },
		"no day":           func(c *tickets.Consultation) fault.Kind { c.DueOn = time.Time{}; return fault.Invalid },
		"today":            func(c *tickets.Consultation) fault.Kind { c.DueOn = morning; return fault.Invalid },
		"a Sunday":         func(c *tickets.Consultation) fault.Kind { c.DueOn = morning.AddDate(0, 0, 6); return fault.Invalid },
		"next year":        func(c *tickets.Consultation) fault.Kind { c.DueOn = morning.AddDate(0, 0, 98); return fault.Invalid },
		"a file elsewhere": func(c *tickets.Consultation) fault.Kind { c.Files = []int64{1 << 40}; return fault.Invalid },
	} {
		c := good()
		if want := bad(&c); !fault.Is(o.desk.Consult(t.Context(), o.tx, o.by(), c), want) {
			t.Errorf("%s is not refused as %s", name, want)
		}
	}
	if err := o.desk.Consult(t.Context(), o.tx, tickets.System(), good()); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the system asks: %v", err)
	}
	for range 2 {
		must(t, o.desk.Consult(t.Context(), o.tx, o.by(), good()))
	}
	other := good()
	other.Question = "ถามเรื่องอื่นอีกเรื่องหนึ่ง"
	if err := o.desk.Consult(t.Context(), o.tx, o.by(), other); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same agency twice at once: %v", err)
	}
	for _, code := range []string{"OC", "OD", "OE", "OF", "OG"} {
		c := good()
		c.To = openIn(t, o.tx, code).agency.ID
		if err := o.desk.Consult(t.Context(), o.tx, o.by(), c); fault.Is(err, fault.Conflict) != (code == "OG") {
			t.Errorf("asking %s: %v", code, err)
		}
	}
	if got := o.consultKinds(t, made.ID); got != "consulted consulted consulted consulted consulted" {
		t.Errorf("asked: %s", got)
	}
	must(t, o.desk.Transfer(t.Context(), o.tx, o.head(), made.ID, b.agency.ID, wrongPlace))
	if err := o.desk.Consult(t.Context(), o.tx, o.by(), good()); !fault.Is(err, fault.Conflict) {
		t.Errorf("whoever holds it no more asks: %v", err)
	}
}

// Both agencies hear once that a working day is left, and once that the last day is over; a late answer is taken and marked.
func TestConsultationIsRemindedOf(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	made := o.ticket(t, "d1")
	c := o.consults(t, made.ID, b) // until Wednesday, 2 December
	o.settled(t, c.ID)
	e := b.enquiry(t, false)
	o.live(t, morning.AddDate(0, 0, 14))
	want := []string{"12-01 08:30 consult_near", "12-02 16:30 consult_over"}
	var got []string
	for _, line := range o.happenings(t, made.ID, tickets.EventConsultNear, tickets.EventConsultOver) {
		got = append(got, strings.Join(strings.Fields(line)[:3], " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("reminded: %q, want %q", got, want)
	}
	if heard := o.heard(t, e.ID); heard != "consulted consult_near consult_over" {
		t.Errorf("there: %s", heard)
	}
	b.now = o.now
	must(t, b.desk.AnswerEnquiry(t.Context(), o.tx, b.by(), e.ID, tickets.Advice{Answer: tickets.Object, Text: opines}))
	if c = o.settled(t, c.ID); !c.Late() || c.Answer != tickets.Object {
		t.Errorf("late: %+v", c)
	}
	if lines := o.happenings(t, made.ID, tickets.EventConsultAnswered); len(lines) != 1 || !strings.Contains(lines[0], `"late":true`) {
		t.Errorf("marked: %q", lines)
	}
}

// A consultation ends with its case, whichever way that goes, and when it is taken back; the agency that was asked reads so and
// answers no more. What was never carried there is not made any more.
func TestConsultationEndsWithItsCase(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, o, b *office, made tickets.Ticket, c tickets.Consultation) error{
		"taken back": func(t *testing.T, o, _ *office, made tickets.Ticket, c tickets.Consultation) error {
			must(t, o.desk.EndConsultation(t.Context(), o.tx, o.by(), made.ID, c.ID, noNeed))
			return o.desk.EndConsultation(t.Context(), o.tx, o.by(), made.ID, c.ID, noNeed)
		},
		"transferred": func(t *testing.T, o, b *office, made tickets.Ticket, _ tickets.Consultation) error {
			return o.desk.Transfer(t.Context(), o.tx, o.by(), made.ID, b.agency.ID, wrongPlace)
		},
		"referred": func(t *testing.T, o, _ *office, made tickets.Ticket, _ tickets.Consultation) error {
			return o.desk.Refer(t.Context(), o.tx, o.by(), tickets.Referral{TicketID: made.ID, Body: "การไฟฟ้า", Reach: "1129"}, false)
		},
		"decided": func(t *testing.T, o, _ *office, made tickets.Ticket, _ tickets.Consultation) error {
			return o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Refuse, Facts: "ตรวจแล้วไม่พบ", Reason: "พื้นที่ไม่ตรง", LegalBasis: "มาตรา 1", AppealBody: "รัฐมนตรี", AppealDays: 30})
		},
		"withdrawn": func(t *testing.T, o, _ *office, made tickets.Ticket, _ tickets.Consultation) error {
			return o.desk.Withdraw(t.Context(), o.tx, tickets.ByCitizen(made.CitizenID), tickets.Withdrawal{TicketID: made.ID, Way: "track"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			b, late := openIn(t, o.tx, "OB"), openIn(t, o.tx, "OC")
			made := o.ticket(t, "d1")
			c := o.consults(t, made.ID, b)
			o.settled(t, c.ID)
			unheard := o.consults(t, made.ID, late)
			must(t, end(t, o, b, made, c))
			if name == "taken back" {
				must(t, o.desk.EndConsultation(t.Context(), o.tx, o.by(), made.ID, unheard.ID, noNeed))
			}
			if c = o.settled(t, c.ID); c.EndedAt == nil {
				t.Errorf("it still waits: %+v", c)
			}
			o.settled(t, unheard.ID)
			if n := count(t, o.tx, `SELECT count(*) FROM enquiries`); n != 1 {
				t.Errorf("%d enquiries", n)
			}
			e := b.enquiry(t, true)
			if got := o.heard(t, e.ID); got != "consulted consult_ended" || e.EndedWhy != c.EndedWhy {
				t.Errorf("there: %s, because %q", got, e.EndedWhy)
			}
			if err := b.desk.AnswerEnquiry(t.Context(), o.tx, b.by(), e.ID, tickets.Advice{Answer: tickets.Agree, Text: opines}); !fault.Is(err, fault.Conflict) {
				t.Errorf("answered all the same: %v", err)
			}
			if got := o.consultKinds(t, made.ID); got != "consulted consulted consult_ended consult_ended" {
				t.Errorf("here: %s", got)
			}
		})
	}
}

// EGA-10.4: who says that it is not theirs names who should be asked; a colleague's is answered by that colleague or the head.
func TestEnquiryIsAnsweredByWhoMay(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	made := o.ticket(t, "d1")
	c := o.consults(t, made.ID, b)
	o.settled(t, c.ID)
	e := b.enquiry(t, false)
	must(t, b.desk.TakeEnquiry(t.Context(), o.tx, b.head(), e.ID))
	if err := b.desk.TakeEnquiry(t.Context(), o.tx, b.by(), e.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken from a colleague: %v", err)
	}
	for name, one := range map[string]struct {
		by   tickets.Actor
		says tickets.Advice
		want fault.Kind
	}{
		"a colleague's": {b.by(), tickets.Advice{Answer: tickets.Agree, Text: opines}, fault.Forbidden},
		"the system":    {tickets.System(), tickets.Advice{Answer: tickets.Agree, Text: opines}, fault.Forbidden},
		"no choice":     {b.head(), tickets.Advice{Text: opines}, fault.Invalid},
		"no words":      {b.head(), tickets.Advice{Answer: tickets.Agree, Text: "ดี"}, fault.Invalid},
		"nobody named":  {b.head(), tickets.Advice{Answer: tickets.NotOurs, Text: opines}, fault.Invalid},
		"both":          {b.head(), tickets.Advice{Answer: tickets.Agree, Text: opines, Body: "การประปา"}, fault.Invalid},
	} {
		if err := b.desk.AnswerEnquiry(t.Context(), o.tx, one.by, e.ID, one.says); !fault.Is(err, one.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, b.desk.AnswerEnquiry(t.Context(), o.tx, b.head(), e.ID, tickets.Advice{Answer: tickets.NotOurs, Text: "แนวท่อเป็นของการประปา", Body: "การประปาส่วนภูมิภาค"}))
	if c = o.settled(t, c.ID); c.Answer != tickets.NotOurs || c.Body != "การประปาส่วนภูมิภาค" {
		t.Errorf("declined: %+v", c)
	}
	if got := o.consultKinds(t, made.ID); got != "consulted consult_taken consult_declined" {
		t.Errorf("here: %s", got)
	}
	o.consults(t, made.ID, b) // it may be asked again now
}

// EGA-17.1, PDP-4: when the record is erased, the words are gone at both agencies; the fingerprints stay.
func TestConsultationIsErasedWithItsCase(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	made := o.ticket(t, "d1")
	c := o.consults(t, made.ID, b)
	o.settled(t, c.ID)
	e := b.enquiry(t, false)
	must(t, b.desk.AnswerEnquiry(t.Context(), o.tx, b.by(), e.ID, tickets.Advice{Answer: tickets.Agree, Text: opines}))
	o.settled(t, c.ID)
	must(t, o.desk.Withdraw(t.Context(), o.tx, tickets.ByCitizen(made.CitizenID), tickets.Withdrawal{TicketID: made.ID, Way: "track"}))
	_, err := o.tx.Exec(t.Context(), `UPDATE requests SET confirmed = false WHERE id = $1`, made.RequestID) // words to an officer, and no record
	must(t, err)
	for range 2 {
		_, err := o.desk.Forget(t.Context(), o.tx, made.ID)
		must(t, err)
	}
	c, err = tickets.FindConsultation(t.Context(), o.tx, c.ID)
	must(t, err)
	e, err = tickets.FindEnquiry(t.Context(), o.tx, e.ID)
	must(t, err)
	if c.Question+c.Text+e.Question+e.Subject+e.Text != "" || c.Answer != tickets.Agree {
		t.Errorf("left: %+v and %+v", c, e)
	}
	o.whole(t, made.ID)
}

// Two officers answer at once while the asker takes it back and jobs run double: one of them is right, both agencies say the
// same in the end, and nobody waits in a circle.
func TestConsultationAtOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	everywhere := func(fn func(tx pgx.Tx) error) error { return agencies.Everywhere(t.Context(), pool, fn) }
	for round := range 4 {
		var a, b *office
		var made tickets.Ticket
		var c tickets.Consultation
		var e tickets.Enquiry
		must(t, everywhere(func(tx pgx.Tx) error {
			a, b = openIn(t, tx, "A"+string(rune('A'+round))), openIn(t, tx, "B"+string(rune('A'+round)))
			made = a.ticket(t, "d"+string(rune('a'+round)))
			c = a.consults(t, made.ID, b)
			a.settled(t, c.ID)
			e = b.enquiry(t, false)
			return nil
		}))
		var group sync.WaitGroup
		allowed := func(err error) {
			if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Forbidden) {
				t.Error(err)
			}
		}
		for i, by := range []tickets.Actor{b.by(), b.head()} {
			group.Go(func() {
				allowed(agencies.Within(t.Context(), pool, b.agency.ID, func(tx pgx.Tx) error {
					return b.desk.AnswerEnquiry(t.Context(), tx, by, e.ID, tickets.Advice{Answer: []tickets.Answer{tickets.Agree, tickets.Object}[i], Text: opines})
				}))
			})
			group.Go(func() {
				for range 3 {
					allowed(everywhere(func(tx pgx.Tx) error { return a.desk.Settle(t.Context(), tx, c.ID) }))
				}
			})
		}
		if round%2 == 1 {
			group.Go(func() {
				allowed(agencies.Within(t.Context(), pool, a.agency.ID, func(tx pgx.Tx) error {
					return a.desk.EndConsultation(t.Context(), tx, a.by(), made.ID, c.ID, noNeed)
				}))
			})
		}
		group.Wait()
		must(t, everywhere(func(tx pgx.Tx) error {
			a.tx, b.tx = tx, tx
			c = a.settled(t, c.ID)
			e, err := tickets.FindEnquiry(t.Context(), tx, e.ID)
			must(t, err)
			if c.Answer != e.Answer || c.Text != e.Text || c.Answer == "" && c.EndedAt == nil {
				t.Errorf("here %+v, there %+v", c, e)
			}
			if n := strings.Count(a.heard(t, e.ID), "consult_answered"); n > 1 || n == 1 != (e.Answer != "") {
				t.Errorf("answered %d times", n)
			}
			a.whole(t, made.ID)
			return nil
		}))
	}
}
