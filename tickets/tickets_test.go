package tickets_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

func TestSubmittingADraftTwiceIsOneRequestAndOneJob(t *testing.T) {
	t.Parallel()
	o := open(t)
	first, err := o.desk.Submit(t.Context(), o.tx, o.submission("d1"))
	must(t, err)
	again, err := o.desk.Submit(t.Context(), o.tx, o.submission("d1"))
	must(t, err)
	if first != again {
		t.Fatalf("two requests: %d and %d", first, again)
	}
	job := rivertest.RequireInsertedTx[*riverpgxv5.Driver](t.Context(), t, o.tx, &tickets.SubmittedArgs{}, nil)
	if job.Args.RequestID != first {
		t.Fatalf("job for request %d, want %d", job.Args.RequestID, first)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'submitted'`); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
}

func TestRoutingTwiceIsOneTicketWithOneNumber(t *testing.T) {
	t.Parallel()
	o := open(t)
	id, err := o.desk.Submit(t.Context(), o.tx, o.submission("d1"))
	must(t, err)
	first, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	again, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	if first.ID != again.ID || first.Number != again.Number {
		t.Fatalf("routed again as %s, was %s", again.Number, first.Number)
	}
	if first.QueueID != o.queues["works"] || first.Status != tickets.Open {
		t.Fatalf("queue %d status %s", first.QueueID, first.Status)
	}
}

// SVC-5: a report that must stay confidential goes to the queue for such, where the agency has one.
func TestRoutingByBranch(t *testing.T) {
	t.Parallel()
	o := open(t)
	corruption := func(draft string) agencies.QueueID {
		s := o.submission(draft)
		s.Answers[0].Value = []byte(`"corruption"`)
		id, err := o.desk.Submit(t.Context(), o.tx, s)
		must(t, err)
		made, err := o.desk.Route(t.Context(), o.tx, id)
		must(t, err)
		return made.QueueID
	}
	if got := corruption("before"); got != o.queues["works"] {
		t.Errorf("without such a queue it went to %d", got)
	}
	secret, err := agencies.CreateQueue(t.Context(), o.tx, o.agency.ID, "confidential", "เรื่องลับ")
	must(t, err)
	if got := corruption("after"); got != secret.ID {
		t.Errorf("it went to queue %d, want %d", got, secret.ID)
	}
	if got := o.ticket(t, "lamp").QueueID; got != o.queues["works"] {
		t.Errorf("a lamp went to queue %d", got)
	}
}

// MTH-2.3: a number per agency and Buddhist year, without gaps, beginning anew each year.
func TestNumbersRunWithoutGapsPerAgencyAndYear(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := openIn(t, o.tx, "OB")
	for i := range 3 {
		if got, want := o.ticket(t, fmt.Sprint("a", i)).Number, fmt.Sprintf("TB-2569-%06d", i+1); got != want {
			t.Errorf("number %s, want %s", got, want)
		}
	}
	if got := other.ticket(t, "b").Number; got != "OB-2569-000001" {
		t.Errorf("other agency's first number is %s", got)
	}
	o.now = time.Date(2027, time.January, 4, 9, 0, 0, 0, thai.Bangkok())
	if got := o.ticket(t, "c").Number; got != "TB-2570-000001" {
		t.Errorf("next year's first number is %s", got)
	}
}

// EGA-10.1, EGA-10.2: both times are kept, and the clock starts from the deemed one.
func TestBothTimesAreKept(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.now = time.Date(2026, time.November, 20, 18, 5, 0, 0, thai.Bangkok()) // Friday evening
	made := o.ticket(t, "d1")
	if !made.EnteredAt.Equal(o.now) {
		t.Errorf("entered at %s, want %s", made.EnteredAt, o.now)
	}
	if want := time.Date(2026, time.November, 23, 8, 30, 0, 0, thai.Bangkok()); !made.DeemedReceivedAt.Equal(want) {
		t.Errorf("deemed received at %s, want %s", made.DeemedReceivedAt, want)
	}
	if want := time.Date(2026, time.December, 2, 16, 30, 0, 0, thai.Bangkok()); !made.DueAt.Equal(want) {
		t.Errorf("due at %s, want %s (7 working days)", made.DueAt, want)
	}
}

// EGA-10.4: an agency whose area holds the point gets it; nobody's place stays with whom it was written to.
func TestRoutingByPlace(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := openIn(t, o.tx, "OB")
	must(t, agencies.AddArea(t.Context(), o.tx, agencies.Area{AgencyID: other.agency.ID, Name: "ต.ทุ่งตัวอย่าง", Lat: 13.44, Lon: 101.09, RadiusM: 5000}))
	s := o.submission("there")
	s.Answers[1].Value = []byte(`{"lat":13.441,"lon":101.091}`)
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	if made.AgencyID != other.agency.ID || made.QueueID != other.queues["works"] {
		t.Errorf("went to agency %d queue %d, want %d %d", made.AgencyID, made.QueueID, other.agency.ID, other.queues["works"])
	}
	s = o.submission("named")
	s.Answers[1].Value = []byte(`{"address":"หน้าวัด ต.ทุ่งตัวอย่าง"}`)
	id, err = o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	if made, err = o.desk.Route(t.Context(), o.tx, id); err != nil || made.AgencyID != other.agency.ID {
		t.Errorf("named place went to agency %d (%v), want %d", made.AgencyID, err, other.agency.ID)
	}
	if made := o.ticket(t, "nowhere"); made.AgencyID != o.agency.ID {
		t.Errorf("a place in nobody's area went to agency %d, want the one written to", made.AgencyID)
	}
}

func TestTakingIsForOne(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID)) // again changes nothing
	if err := o.desk.Take(t.Context(), o.tx, tickets.ByOfficer(o.second.ID), made.ID); !fault.Is(err, fault.Conflict) {
		t.Fatalf("another officer took it too: %v", err)
	}
	if got := o.find(t, made.ID); got.Status != tickets.Accepted || got.OfficerID == nil || *got.OfficerID != o.officer.ID {
		t.Fatalf("status %s officer %v", got.Status, got.OfficerID)
	}
	must(t, o.desk.Release(t.Context(), o.tx, o.by(), made.ID))
	must(t, o.desk.Take(t.Context(), o.tx, tickets.ByOfficer(o.second.ID), made.ID))
	events, err := tickets.History(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(events) != 4 {
		t.Fatalf("%d events, want created, taken, released, taken", len(events))
	}
}

func TestMovingFreesTheTicket(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	must(t, o.desk.Move(t.Context(), o.tx, o.by(), made.ID, o.queues["general"], ""))
	got := o.find(t, made.ID)
	if got.QueueID != o.queues["general"] || got.OfficerID != nil || got.Status != tickets.Open {
		t.Fatalf("queue %d officer %v status %s", got.QueueID, got.OfficerID, got.Status)
	}
	if err := o.desk.Move(t.Context(), o.tx, o.by(), made.ID, 999999, ""); !fault.Is(err, fault.NotFound) {
		t.Fatalf("moved to a queue that is not there: %v", err)
	}
}

func TestAReplyIsSaidOncePerKey(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	for range 2 { // two clicks on one button
		must(t, o.desk.Reply(t.Context(), o.tx, o.by(), made.ID, "k1", "  ช่างจะเข้าไปพรุ่งนี้ค่ะ "))
	}
	thread, err := tickets.Thread(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(thread) != 1 || thread[0].Text != "ช่างจะเข้าไปพรุ่งนี้ค่ะ" {
		t.Fatalf("thread %+v", thread)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'replied'`); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
	for _, bad := range []string{"", "   ", strings.Repeat("ก", tickets.Longest+1)} {
		if err := o.desk.Reply(t.Context(), o.tx, o.by(), made.ID, "k2", bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("reply of %d characters: %v", len([]rune(bad)), err)
		}
	}
	if o.find(t, made.ID).Unread {
		t.Error("answered but still unread")
	}
}

func TestWhatTheCitizenTakesBackIsGone(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	said := tickets.Said{Source: "message 7", Text: "ความลับของฉัน", At: o.now}
	must(t, o.desk.Receive(t.Context(), o.tx, citizen, made.ID, said))
	must(t, o.desk.Receive(t.Context(), o.tx, citizen, made.ID, said)) // a step that runs twice
	for range 2 {
		_, _, err := o.desk.Unsend(t.Context(), o.tx, tickets.TakenBack{Source: "message 7", Citizen: int64(o.citizen.CitizenID), Words: "ความลับของฉัน"})
		must(t, err)
	}
	thread, err := tickets.Thread(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(thread) != 1 || thread[0].Text != "" || thread[0].UnsentAt == nil {
		t.Fatalf("thread %+v", thread)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM ticket_events WHERE kind = 'unsent'`); n != 1 {
		t.Fatalf("%d unsent events, want 1", n)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM ticket_events WHERE detail::text LIKE '%ความลับ%'`); n != 0 {
		t.Fatal("history quotes the message")
	}
}

// LFA-8.1, LFA-8.2: everything is asked for once, in one dated list.
func TestDocumentsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	due := o.now.AddDate(0, 0, 7)
	must(t, o.desk.Ask(t.Context(), o.tx, o.head(), made.ID, tickets.Asking{Added: added("รูปเสาไฟ", " ", "เลขเสาไฟ"), DueOn: due}))
	if got := o.find(t, made.ID).Status; got != tickets.Awaiting {
		t.Fatalf("status %s", got)
	}
	err := o.desk.Ask(t.Context(), o.tx, o.head(), made.ID, tickets.Asking{Added: added("อีกอย่าง"), DueOn: due})
	if !fault.Is(err, fault.Conflict) {
		t.Fatalf("a second notice: %v, want Conflict", err)
	}
	must(t, o.desk.Ask(t.Context(), o.tx, o.head(), made.ID, tickets.Asking{Added: added("อีกอย่าง"), DueOn: due, Override: "กฎหมายใหม่กำหนด"}))
	for _, bad := range []tickets.Asking{{DueOn: due}, {Added: added("x"), DueOn: o.now.Add(-time.Hour)}} {
		if err := o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("Ask(%+v) = %v, want Invalid", bad, err)
		}
	}
	wants, err := tickets.Wants(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(wants) != 3 {
		t.Fatalf("%d wants, want 3", len(wants))
	}
	file := o.file(t, "f1")
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	for i, w := range wants {
		must(t, o.desk.Supply(t.Context(), o.tx, citizen, made.ID, w.ID, file))
		must(t, o.desk.Supply(t.Context(), o.tx, citizen, made.ID, w.ID, file))
		want := tickets.Awaiting
		if i == len(wants)-1 {
			want = tickets.Open // all there: back to work
		}
		if got := o.find(t, made.ID).Status; got != want {
			t.Fatalf("after %d documents: status %s, want %s", i+1, got, want)
		}
	}
	if n := count(t, o.tx, `SELECT count(*) FROM ticket_events WHERE kind = 'supplied'`); n != 3 {
		t.Fatalf("%d supplied events, want 3", n)
	}
}

// file puts the row of a stored file into the database.
func (o *office) file(t testing.TB, source string) int64 {
	t.Helper()
	var id int64
	must(t, o.tx.QueryRow(t.Context(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
		VALUES ($1, '\x00', 1, 'image/jpeg', 'f.jpg', '\x00', $1) RETURNING id`, source).Scan(&id))
	return id
}

// LFA-11.1: a refusal carries facts and reasons, the law, and how to appeal.
func TestARefusalWithoutReasonsDoesNotGetOut(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	whole := tickets.Decision{TicketID: made.ID, Outcome: tickets.Refuse, Facts: "ตรวจแล้วไม่พบ", Reason: "พื้นที่ไม่ตรง", LegalBasis: "มาตรา 1", AppealBody: "รัฐมนตรี", AppealDays: 30}
	for _, cut := range []func(*tickets.Decision){
		func(d *tickets.Decision) { d.Reason = " " },
		func(d *tickets.Decision) { d.LegalBasis = "" },
		func(d *tickets.Decision) { d.Facts = "\n" },
		func(d *tickets.Decision) { d.AppealBody = "" },
		func(d *tickets.Decision) { d.AppealDays = 0 },
		func(d *tickets.Decision) { d.Outcome = "maybe" },
	} {
		d := whole
		cut(&d)
		if err := o.desk.Decide(t.Context(), o.tx, o.by(), d); !fault.Is(err, fault.Invalid) {
			t.Errorf("Decide(%+v) = %v, want Invalid", d, err)
		}
	}
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), whole))
	if got := o.find(t, made.ID); got.Status != tickets.Refused || got.ClosedAt == nil {
		t.Fatalf("status %s closed %v", got.Status, got.ClosedAt)
	}
}

func TestADecisionIsMadeOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	approve := tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}
	for range 2 { // two clicks
		must(t, o.desk.Decide(t.Context(), o.tx, o.by(), approve))
	}
	refuse := tickets.Decision{TicketID: made.ID, Outcome: tickets.Refuse, Facts: "x", Reason: "x", LegalBasis: "x", AppealBody: "x", AppealDays: 1}
	if err := o.desk.Decide(t.Context(), o.tx, o.by(), refuse); !fault.Is(err, fault.Conflict) {
		t.Fatalf("decided the other way too: %v", err)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'decided'`); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
	dec, err := tickets.FindDecision(t.Context(), o.tx, made.ID)
	must(t, err)
	if dec.Outcome != tickets.Approve || dec.OfficerID != o.officer.ID {
		t.Fatalf("decision %+v", dec)
	}
}

func TestNothingHappensToAClosedTicketButListening(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}))
	for name, err := range map[string]error{
		"take":    o.desk.Take(t.Context(), o.tx, tickets.ByOfficer(o.second.ID), made.ID),
		"release": o.desk.Release(t.Context(), o.tx, o.by(), made.ID),
		"move":    o.desk.Move(t.Context(), o.tx, o.by(), made.ID, o.queues["general"], ""),
		"ask":     o.desk.Ask(t.Context(), o.tx, o.head(), made.ID, tickets.Asking{Added: added("x"), DueOn: o.now.AddDate(0, 0, 9)}),
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s on a closed ticket: %v, want Conflict", name, err)
		}
	}
	must(t, o.desk.Receive(t.Context(), o.tx, tickets.ByCitizen(1), made.ID, tickets.Said{Source: "m", Text: "ขอบคุณค่ะ", At: o.now}))
}

// Every pair of statuses is either in the table or refused by Decide and Ask: the table is the law.
func TestStatusesEndWhereTheyEnd(t *testing.T) {
	t.Parallel()
	for _, from := range tickets.Statuses() {
		for _, to := range tickets.Statuses() {
			if from.Closed() && from.CanBecome(to) && (from != tickets.Transferred || to != tickets.Open) { // it may come back
				t.Errorf("%s is closed but can become %s", from, to)
			}
		}
		if from.CanBecome(from) {
			t.Errorf("%s can become itself", from)
		}
		if from.Thai() == string(from) {
			t.Errorf("%s has no Thai name", from)
		}
	}
}

// EGA-15.1: history cannot be changed by the program, and a change by anyone shows.
func TestHistoryIsAppendOnlyAndChained(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	must(t, o.desk.Note(t.Context(), o.tx, o.by(), made.ID, "โทรสอบถามแล้ว"))
	events, err := tickets.History(t.Context(), o.tx, made.ID)
	must(t, err)
	must(t, chain.Check(events))
	for name, spoil := range map[string]func([]tickets.Event) []tickets.Event{
		"actor":   func(e []tickets.Event) []tickets.Event { e[1].Actor = "officer 99"; return e },
		"detail":  func(e []tickets.Event) []tickets.Event { e[0].Detail = []byte(`{}`); return e },
		"time":    func(e []tickets.Event) []tickets.Event { e[2].At = e[2].At.Add(time.Second); return e },
		"removed": func(e []tickets.Event) []tickets.Event { return append(e[:1:1], e[2:]...) },
		"swapped": func(e []tickets.Event) []tickets.Event { e[1], e[2] = e[2], e[1]; return e },
	} {
		if err := chain.Check(spoil(append([]tickets.Event(nil), events...))); !errors.Is(err, chain.ErrTampered) {
			t.Errorf("%s changed: %v, want ErrTampered", name, err)
		}
	}
	for _, stmt := range []string{`UPDATE ticket_events SET actor = 'x'`, `DELETE FROM ticket_events`, `TRUNCATE ticket_events`} {
		nested, err := o.tx.Begin(t.Context())
		must(t, err)
		if _, err := nested.Exec(t.Context(), stmt); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v, want permission denied", stmt, err)
		}
		must(t, nested.Rollback(t.Context()))
	}
}

func TestListGoesByRemainingTimeAndByKey(t *testing.T) {
	t.Parallel()
	o := open(t)
	start := o.now
	for i := range 7 {
		o.now = start.AddDate(0, 0, -i*3)
		o.ticket(t, fmt.Sprint("d", i))
	}
	o.now = start
	filter := tickets.Filter{Agency: o.agency.ID, Limit: 3}
	var seen []tickets.Ticket
	for {
		page, err := tickets.List(t.Context(), o.tx, filter)
		must(t, err)
		seen = append(seen, page...)
		if len(page) < filter.Limit {
			break
		}
		filter.After = page[len(page)-1].Cursor()
	}
	if len(seen) != 7 {
		t.Fatalf("%d tickets over all pages, want 7", len(seen))
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].DueAt.Before(seen[i-1].DueAt) {
			t.Fatalf("ticket %d is due before the one above it", i)
		}
	}
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), seen[0].ID))
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: seen[1].ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}))
	for name, c := range map[string]struct {
		filter tickets.Filter
		want   int
	}{
		"open":    {tickets.Filter{}, 6},
		"closed":  {tickets.Filter{Closed: true}, 1},
		"mine":    {tickets.Filter{Officer: o.officer.ID}, 1},
		"queue":   {tickets.Filter{Queue: o.queues["permits"]}, 0},
		"overdue": {tickets.Filter{Overdue: true, Now: start}, 2}, // of three that are, one is decided
		"status":  {tickets.Filter{Status: tickets.Open}, 5},
		"number":  {tickets.Filter{Search: "tb-2569-00000"}, 6},
		"digits":  {tickets.Filter{Search: "ดับมา 3 คืน"}, 6}, // typed ๓ (LOC-11)
		"nothing": {tickets.Filter{Search: "100%"}, 0},
	} {
		c.filter.Agency = o.agency.ID
		list, err := tickets.List(t.Context(), o.tx, c.filter)
		must(t, err)
		n, err := tickets.Count(t.Context(), o.tx, c.filter, 100)
		must(t, err)
		if len(list) != c.want || n != c.want {
			t.Errorf("%s: %d listed, %d counted, want %d", name, len(list), n, c.want)
		}
	}
}
