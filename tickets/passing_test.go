package tickets_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
	"saphan/tickets"
)

// passage is what happened to a case, written down beside the program's own history.
type passage struct {
	from       []time.Time // since when each holder has it
	by         []agencies.AgencyID
	stops      [][2]time.Time // the second is zero while it lasts
	longer     int            // days by which it was prolonged
	prolonged  int            // how often
	asked      bool
	said       []string // what was done, for whoever reads a failure
	cases      []tickets.TicketID
	holder     tickets.TicketID
	bouncedOff map[agencies.AgencyID]bool
}

// passing is three agencies between which cases go.
type passing struct {
	*office
	t       *testing.T
	r       *rand.Rand
	offices map[agencies.AgencyID]*office
	all     []*office
}

// SEED-36, row 38, row 41: whatever transfers, ways back, notices, documents and prolongations come in which order, the time
// to decide is what a plain walk day by day gives, the shares of the holders are the time without legal stops, documents are
// asked for once, no status is unknown to whoever has the case, and every history is whole.
func TestPassingCasesAround(t *testing.T) {
	t.Parallel()
	w := &passing{office: open(t), t: t, r: rand.New(rand.NewPCG(36, 38)), offices: map[agencies.AgencyID]*office{}}
	w.all = []*office{w.office, openIn(t, w.tx, "OB"), openIn(t, w.tx, "OC")}
	for _, o := range w.all {
		w.offices[o.agency.ID] = o
	}
	for n := range 25 {
		w.now = morning
		made := w.licence(t, fmt.Sprint("d", n))
		p := &passage{from: []time.Time{made.DeemedReceivedAt}, by: []agencies.AgencyID{made.AgencyID}, cases: []tickets.TicketID{made.ID}, holder: made.ID, bouncedOff: map[agencies.AgencyID]bool{}}
		for range 12 {
			w.now = w.now.Add(time.Duration(1+w.r.IntN(30)) * time.Hour)
			w.step(p)
			w.check(p)
		}
		w.whole(t, p.cases...)
		if t.Failed() {
			t.Fatalf("case %d: %s", n, strings.Join(p.said, "\n"))
		}
	}
}

// step does something at random that the rules allow, and now and then what they do not.
func (w *passing) step(p *passage) {
	t := w.find(w.t, p.holder)
	at := w.offices[t.AgencyID]
	citizen := tickets.ByCitizen(int64(w.citizen.CitizenID))
	say := func(what string) { p.said = append(p.said, w.now.Format(time.DateTime)+" "+what) }
	switch w.r.IntN(6) {
	case 0, 1:
		w.passOn(p, t)
		return
	case 2:
		own, _ := w.listed(w.t, t)
		err := w.desk.Ask(w.t.Context(), w.tx, at.by(), t.ID, tickets.Asking{Labels: []string{own}, DueOn: w.now.AddDate(0, 0, 60)})
		if p.asked {
			if !fault.Is(err, fault.Conflict) {
				w.t.Errorf("asked a second time at %d: %v", t.AgencyID, err)
			}
			return
		}
		must(w.t, err)
		p.asked, p.stops = true, append(p.stops, [2]time.Time{w.now})
		say("ask")
	case 3:
		if len(p.stops) == 0 || !p.stops[len(p.stops)-1][1].IsZero() {
			return
		}
		w.supply(p, citizen)
		say("supply")
	case 4:
		err := w.desk.Extend(w.t.Context(), w.tx, at.by(), t.ID, 5, "รอผลตรวจสถานที่")
		if p.prolonged == 2 {
			if !fault.Is(err, fault.Conflict) {
				w.t.Errorf("prolonged too often: %v", err)
			}
			return
		}
		must(w.t, err)
		p.longer, p.prolonged = p.longer+5, p.prolonged+1
		say("prolong")
	case 5:
		must(w.t, w.desk.Receive(w.t.Context(), w.tx, citizen, p.cases[w.r.IntN(len(p.cases))], tickets.Said{Source: fmt.Sprint("message ", len(p.said)), Text: "ถึงไหนแล้วคะ", At: w.now}))
		say("talk")
	}
}

// supply sends the document by the card of any of the cases that asked for it.
func (w *passing) supply(p *passage, citizen tickets.Actor) {
	for _, id := range p.cases {
		wants := w.wants(w.t, w.find(w.t, id))
		if len(wants) == 1 {
			must(w.t, w.desk.Supply(w.t.Context(), w.tx, citizen, id, wants[0].ID, w.file(w.t, fmt.Sprintf("f %d %d", id, len(p.said)))))
			p.stops[len(p.stops)-1][1] = w.now
			return
		}
	}
	w.t.Error("no case has the notice")
}

// passOn sends the case to another agency, which takes it, sends it back, or says nothing.
func (w *passing) passOn(p *passage, t tickets.Ticket) {
	to := w.all[w.r.IntN(len(w.all))]
	if to.agency.ID == t.AgencyID {
		return
	}
	there := w.sent(w.t, t.ID, w.offices[t.AgencyID], to)
	p.said = append(p.said, fmt.Sprintf("%s to %s", w.now.Format(time.DateTime), to.agency.Code))
	p.cases, p.from, p.by = append(p.cases, there.ID), append(p.from, w.now), append(p.by, to.agency.ID)
	p.holder = there.ID
	w.check(p)
	w.now = w.now.Add(time.Duration(w.r.IntN(5)) * time.Hour)
	if len(p.stops) > 0 && p.stops[len(p.stops)-1][1].IsZero() && w.r.IntN(2) == 0 {
		w.supply(p, tickets.ByCitizen(int64(w.citizen.CitizenID))) // before anybody took it
	}
	switch w.r.IntN(3) {
	case 0:
		must(w.t, w.desk.Bounce(w.t.Context(), w.tx, to.by(), there.ID, "ไม่ใช่เรื่องของหน่วยงานเรา"))
	case 1:
		w.now = there.AcceptBy.In(thai.Bangkok())
		must(w.t, w.desk.DoDuties(w.t.Context(), w.tx, there.ID))
	default:
		must(w.t, w.desk.Take(w.t.Context(), w.tx, to.by(), there.ID))
		must(w.t, w.desk.Release(w.t.Context(), w.tx, to.by(), there.ID))
		return
	}
	p.said = append(p.said, w.now.Format(time.DateTime)+" back")
	w.back(w.t, t.ID)
	p.holder, p.from, p.by = t.ID, append(p.from, w.now), append(p.by, t.AgencyID)
}

// check holds the case against what was written down.
func (w *passing) check(p *passage) {
	w.t.Helper()
	t := w.find(w.t, p.holder)
	open := len(p.stops) > 0 && p.stops[len(p.stops)-1][1].IsZero()
	if t.PassedTo != nil || t.Status.Closed() || (t.Status == tickets.Awaiting) != open || t.Stopped != open {
		w.t.Errorf("the case that holds: %s, stopped %v, documents awaited %v", t.Status, t.Stopped, open)
	}
	for _, id := range p.cases {
		other := w.find(w.t, id)
		if id != p.holder && (other.PassedTo == nil || other.Status != tickets.Transferred && other.Status != tickets.Bounced) {
			w.t.Errorf("case %d, which does not hold: %s", id, other.Status)
		}
		if other.Reference != w.find(w.t, p.cases[0]).Number {
			w.t.Errorf("case %d is known as %s", id, other.Reference)
		}
	}
	if due := p.due(w.t, w.office, t); !open && !t.DueAt.Equal(due) {
		w.t.Errorf("due %s, by the plain count %s", t.DueAt, due)
	}
	shares, err := w.desk.Holdings(w.t.Context(), w.tx, t.ID)
	must(w.t, err)
	if len(shares) != len(p.by) {
		w.t.Fatalf("%d holders, want %d\n%s", len(shares), len(p.by), strings.Join(p.said, "\n"))
	}
	var total time.Duration
	for i, s := range shares {
		if s.Agency != p.by[i] || !s.From.Equal(p.from[i]) {
			w.t.Errorf("holder %d: %+v, want agency %d since %s", i, s, p.by[i], p.from[i])
		}
		total += s.Took
	}
	want := w.now.Sub(p.from[0])
	for _, s := range p.stops {
		until := s[1]
		if until.IsZero() {
			until = w.now
		}
		want -= until.Sub(s[0])
	}
	if total != want {
		w.t.Errorf("the holders took %s together, want %s", total, want)
	}
}

// due is when the case is to be decided, day by day: the day of the beginning is not counted, nor is one that a stop touches;
// the last day is one of work.
func (p *passage) due(t *testing.T, o *office, of tickets.Ticket) time.Time {
	form, err := o.desk.Form(t.Context(), o.tx, of)
	must(t, err)
	request, err := tickets.FindRequest(t.Context(), o.tx, of.RequestID)
	must(t, err)
	rule, _ := form.Clock(forms.Decide, request.Answers)
	still := func(day time.Time) bool {
		for _, s := range p.stops {
			if !s[1].IsZero() && day.Format(time.DateOnly) >= s[0].Format(time.DateOnly) && day.Format(time.DateOnly) <= s[1].Format(time.DateOnly) {
				return true
			}
		}
		return false
	}
	works := func(day time.Time) bool { return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday }
	day := p.from[0].In(thai.Bangkok())
	for left := rule.Days + p.longer; left > 0; {
		day = day.AddDate(0, 0, 1)
		if !still(day) && (rule.Unit != forms.WorkingDays || works(day)) {
			left--
		}
	}
	for still(day) || !works(day) {
		day = day.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 16, 30, 0, 0, thai.Bangkok())
}

// In the scope of an agency its own case, what was handed over, and its transfers are seen; of the other's case nothing, in
// either direction, and neither says for the other what became of a transfer.
func TestAnAgencySeesWhatWasHandedOver(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := openIn(t, o.tx, "OB")
	c := openIn(t, o.tx, "OC")
	made := o.ticket(t, "d1")
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	must(t, o.desk.Receive(t.Context(), o.tx, citizen, made.ID, tickets.Said{Source: "message 1", Text: "ก่อนส่งต่อ", Attachment: o.file(t, "f1"), Label: "ภาพ", At: o.now}))
	must(t, o.desk.Note(t.Context(), o.tx, o.by(), made.ID, "บันทึกภายในของเรา"))
	there := o.sent(t, made.ID, o, b)
	must(t, o.desk.Receive(t.Context(), o.tx, citizen, made.ID, tickets.Said{Source: "message 2", Text: "หลังส่งต่อ", At: o.now}))
	must(t, o.desk.Note(t.Context(), o.tx, b.by(), there.ID, "บันทึกภายในของเขา"))
	for _, look := range []struct {
		as                             agencies.AgencyID
		tickets, messages, files, want int
	}{{o.agency.ID, 1, 1, 1, 1}, {b.agency.ID, 1, 2, 1, 1}, {c.agency.ID, 0, 0, 0, 0}} {
		o.scoped(t, look.as, func() {
			for name, n := range map[string]int{
				`SELECT count(*) FROM tickets`: look.tickets, `SELECT count(*) FROM ticket_messages`: look.messages, `SELECT count(*) FROM attachments`: look.files,
				`SELECT count(*) FROM notes`: look.tickets, `SELECT count(*) FROM requests`: look.tickets, `SELECT count(*) FROM transfers`: look.want,
			} {
				if got := count(t, o.tx, name); got != n {
					t.Errorf("agency %d, %s: %d, want %d", look.as, name, got, n)
				}
			}
			for _, id := range []tickets.TicketID{made.ID, there.ID} {
				found, err := tickets.Find(t.Context(), o.tx, id)
				if err == nil && found.AgencyID != look.as || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("agency %d opens case %d of agency %d: %v", look.as, id, found.AgencyID, err)
				}
			}
		})
	}
	o.scoped(t, o.agency.ID, func() {
		o.forbids(t, "", `UPDATE transfers SET accepted_at = now(), accepted_by = $1`, o.officer.ID)
		o.forbids(t, "", `UPDATE transfers SET to_agency = $1`, c.agency.ID)
		o.forbids(t, "", `DELETE FROM transfers`)
	})
	o.scoped(t, b.agency.ID, func() {
		o.forbids(t, "", `UPDATE transfers SET reason = 'อื่น'`)
		o.forbids(t, "", `UPDATE transfers SET to_ticket = $1`, made.ID)
		must(t, o.desk.TakeOver(t.Context(), o.tx, b.by(), there.ID))
		o.forbids(t, "", `UPDATE transfers SET accepted_at = NULL, accepted_by = NULL`)
	})
}

// scoped does something as an agency sees it.
func (o *office) scoped(t *testing.T, agency agencies.AgencyID, fn func()) {
	t.Helper()
	set := func(to string) {
		_, err := o.tx.Exec(t.Context(), `SELECT set_config('app.agency', $1, true)`, to)
		must(t, err)
	}
	set(fmt.Sprint(agency))
	fn()
	set("all")
}

// Two agencies pass each other's cases on and back while citizens write and officers take and decide: nobody waits in a
// circle, one case of each request holds it, and every history is whole.
func TestPassingCasesAtOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	everywhere := func(fn func(tx pgx.Tx) error) error { return agencies.Everywhere(t.Context(), pool, fn) }
	var a, b *office
	var all []tickets.Ticket
	must(t, everywhere(func(tx pgx.Tx) error {
		a, b = openIn(t, tx, "OA"), openIn(t, tx, "OB")
		for n := range 4 {
			all = append(all, a.ticket(t, fmt.Sprint("a", n)), b.ticket(t, fmt.Sprint("b", n)))
		}
		return nil
	}))
	var group sync.WaitGroup
	for n, made := range all {
		own, other := a, b
		if made.AgencyID == b.agency.ID {
			own, other = b, a
		}
		within := func(o *office, fn func(tx pgx.Tx) error) {
			if err := agencies.Within(t.Context(), pool, o.agency.ID, fn); err != nil && !fault.Is(err, fault.Conflict) {
				t.Errorf("case %d: %v", made.ID, err)
			}
		}
		group.Go(func() {
			for round := range 3 {
				within(own, func(tx pgx.Tx) error {
					return own.desk.Transfer(t.Context(), tx, own.head(), made.ID, other.agency.ID, wrongPlace)
				})
				job := func(do func(tx pgx.Tx, id tickets.TransferID) error) {
					err := everywhere(func(tx pgx.Tx) error {
						ways, err := tickets.TransfersOf(t.Context(), tx, made.ID)
						if err != nil || len(ways) == 0 {
							return err
						}
						return do(tx, ways[len(ways)-1].ID)
					})
					if err != nil {
						t.Errorf("case %d: %v", made.ID, err)
					}
				}
				var there tickets.Ticket
				job(func(tx pgx.Tx, id tickets.TransferID) (err error) {
					there, err = own.desk.HandOver(t.Context(), tx, id)
					return err
				})
				if there.ID == 0 || round == 2 && n%2 == 0 {
					return
				}
				within(other, func(tx pgx.Tx) error {
					return other.desk.Bounce(t.Context(), tx, other.by(), there.ID, "ไม่ใช่เรื่องของเรา")
				})
				job(func(tx pgx.Tx, id tickets.TransferID) error {
					_, err := own.desk.ComeBack(t.Context(), tx, id)
					return err
				})
			}
			if n%4 == 1 {
				within(own, func(tx pgx.Tx) error {
					return own.desk.Decide(t.Context(), tx, own.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้วเรียบร้อย"})
				})
			}
		})
		group.Go(func() {
			for m := range 12 {
				err := everywhere(func(tx pgx.Tx) error {
					return own.desk.Receive(t.Context(), tx, tickets.ByCitizen(made.CitizenID), made.ID, tickets.Said{Source: fmt.Sprintf("message %d %d", n, m), Text: "ถึงไหนแล้ว", At: own.now})
				})
				if err != nil {
					t.Errorf("case %d: %v", made.ID, err)
				}
			}
		})
	}
	group.Wait()
	must(t, everywhere(func(tx pgx.Tx) error {
		a.tx = tx
		for n, made := range all {
			if got := count(t, tx, `SELECT count(*) FROM tickets WHERE request_id = $1 AND passed_to IS NULL`, made.RequestID); got != 1 {
				t.Errorf("request %d is held by %d cases", made.RequestID, got)
			}
			held, err := tickets.FindByRequest(t.Context(), tx, made.RequestID)
			if err != nil {
				return err
			}
			if got := count(t, tx, `SELECT count(*) FROM ticket_messages WHERE ticket_id = $1`, held.ID); got != 12 {
				t.Errorf("whoever has case %d reads %d of 12 messages", n, got)
			}
			others, err := tickets.Earlier(t.Context(), tx, held)
			if err != nil {
				return err
			}
			a.whole(t, append(others, held.ID)...)
		}
		return nil
	}))
}
