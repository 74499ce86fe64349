package tickets_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
	"saphan/tickets/routing"
)

// danger is a report of something dangerous.
func (o *office) danger(t testing.TB, draft string) tickets.Ticket {
	t.Helper()
	s := o.submission(draft)
	s.Answers[0].Text, s.Answers[0].Value = "อันตราย สายไฟขาด", []byte(`"danger"`)
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return made.Ticket
}

// urgencies are what a history says of that a case cannot wait.
func (o *office) urgencies(t testing.TB, id tickets.TicketID) (said []string) {
	t.Helper()
	events, err := tickets.History(t.Context(), o.tx, id)
	must(t, err)
	for _, e := range events {
		if e.Kind == tickets.EventUrgent || e.Kind == tickets.EventNotUrgent {
			said = append(said, fmt.Sprintf("%s %s %s", e.Actor, e.Kind, e.Detail))
		}
	}
	return said
}

// SVC-5: a case is urgent by its answers, by a rule, or by an officer's mark with a reason; each is in the history, and
// the citizen is told once.
func TestWhatMakesACaseUrgent(t *testing.T) {
	t.Parallel()
	o := open(t)
	if made := o.ticket(t, "lamp"); made.Urgent || o.find(t, made.ID).Urgent {
		t.Error("a lamp that is out is urgent")
	}
	wire := o.danger(t, "wire")
	if !wire.Urgent || !o.find(t, wire.ID).Urgent {
		t.Error("a live wire is not urgent")
	}
	if got := o.urgencies(t, wire.ID); !slices.Equal(got, []string{`system urgent {"by":"service"}`}) {
		t.Errorf("its history says %q", got)
	}
	job := rivertest.RequireInsertedTx[*riverpgxv5.Driver](t.Context(), t, o.tx, &tickets.UrgentArgs{}, nil)
	if job.Args.TicketID != wire.ID {
		t.Errorf("the citizen of case %d is told", job.Args.TicketID)
	}
	_, err := o.desk.DecideRules(t.Context(), o.tx, o.head(), o.agency.ID, 0, routing.Rules{{Name: "ไฟดับ", Services: []forms.Key{"public-problem"}, Urgent: true}}, "ทดลองใช้")
	must(t, err)
	if got := o.urgencies(t, o.ticket(t, "by a rule").ID); !slices.Equal(got, []string{`system urgent {"rule_set":1,"rule_n":1,"by":"rule"}`}) {
		t.Errorf("by a rule: %q", got)
	}
}

// An officer marks a case, and takes the mark off, each with a reason that stands as a note; again it changes nothing.
func TestMarkingACaseUrgent(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	const why = "เสาไฟล้มขวางทางเข้าโรงเรียน"
	if err := o.desk.MarkUrgent(t.Context(), o.tx, o.by(), made.ID, "ด่วน"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	for range 2 {
		must(t, o.desk.MarkUrgent(t.Context(), o.tx, o.by(), made.ID, why))
	}
	if !o.find(t, made.ID).Urgent {
		t.Error("it is not marked")
	}
	for range 2 {
		must(t, o.desk.UnmarkUrgent(t.Context(), o.tx, o.by(), made.ID, "ช่างตั้งเสาใหม่แล้ว"))
	}
	officer := o.by().String()
	if got, want := o.urgencies(t, made.ID), []string{officer + ` urgent {"by":"officer"}`, officer + ` not_urgent {}`}; !slices.Equal(got, want) {
		t.Errorf("its history says %q, want %q", got, want)
	}
	notes, err := tickets.Notes(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(notes) != 2 || notes[0].Text != why {
		t.Errorf("notes %+v", notes)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'urgent'`); n != 1 {
		t.Errorf("the citizen is told %d times", n)
	}
	if err := o.desk.MarkUrgent(t.Context(), o.tx, tickets.System(), made.ID, why); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the system marks: %v", err)
	}
	must(t, o.desk.Withdraw(t.Context(), o.tx, tickets.ByCitizen(made.CitizenID), tickets.Withdrawal{TicketID: made.ID, Way: "track"}))
	if err := o.desk.MarkUrgent(t.Context(), o.tx, o.by(), made.ID, why); !fault.Is(err, fault.Conflict) {
		t.Errorf("a closed case is marked: %v", err)
	}
}

// A case in the hands of a colleague, who may be at home, is free again when it turns out that it cannot wait, and somebody is
// called; in one's own hands it stays, and nobody is.
func TestACaseInHandsBecomesUrgent(t *testing.T) {
	t.Parallel()
	o := open(t)
	const why = "เสาไฟล้มขวางทางเข้าโรงเรียน"
	theirs, own := o.ticket(t, "d1"), o.ticket(t, "d2")
	must(t, o.desk.Take(t.Context(), o.tx, o.head(), theirs.ID))
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), own.ID))
	for _, id := range []tickets.TicketID{theirs.ID, own.ID} {
		must(t, o.desk.MarkUrgent(t.Context(), o.tx, o.by(), id, why))
	}
	if got := o.find(t, theirs.ID); got.OfficerID != nil || got.Status != tickets.Open {
		t.Errorf("a colleague's is %s with %v", got.Status, got.OfficerID)
	}
	if got := o.find(t, own.ID); got.OfficerID == nil || got.Status != tickets.Accepted {
		t.Errorf("the own one is %s with %v", got.Status, got.OfficerID)
	}
	for id, rings := range map[tickets.TicketID]bool{theirs.ID: true, own.ID: false} {
		at, err := o.desk.NextCall(t.Context(), o.tx, o.find(t, id))
		if must(t, err); at.IsZero() == rings {
			t.Errorf("case %d calls at %v", id, at)
		}
	}
	alarms, err := tickets.Alarms(t.Context(), o.tx, o.agency.ID, 10)
	if must(t, err); len(alarms) != 1 || alarms[0].ID != theirs.ID {
		t.Errorf("alarms %+v", alarms)
	}
}

// What cannot wait stands first in every list, and pages of any size show each case once.
func TestUrgentStandsFirstOnEveryPage(t *testing.T) {
	t.Parallel()
	o := open(t)
	start := o.now
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 14 {
		o.now = start.AddDate(0, 0, -random.IntN(9))
		if random.IntN(3) == 0 {
			o.danger(t, fmt.Sprint("d", i))
		} else {
			o.ticket(t, fmt.Sprint("d", i))
		}
	}
	o.now = start
	whole, err := tickets.List(t.Context(), o.tx, tickets.Filter{Agency: o.agency.ID})
	must(t, err)
	sorted := slices.IsSortedFunc(whole, func(a, b tickets.Ticket) int {
		if a.Urgent != b.Urgent {
			return map[bool]int{true: -1, false: 1}[a.Urgent]
		}
		return a.DueAt.Compare(b.DueAt)
	})
	if len(whole) != 14 || !sorted || !whole[0].Urgent || whole[13].Urgent {
		t.Fatalf("%d cases, in order %v", len(whole), sorted)
	}
	for limit := 1; limit <= 15; limit++ {
		for name, filter := range map[string]tickets.Filter{
			"all": {}, "queue": {Queue: o.queues["works"]}, "status": {Status: tickets.Open}, "search": {Search: "ไฟดับ"},
		} {
			filter.Agency, filter.Limit = o.agency.ID, limit
			var seen []tickets.TicketID
			for {
				page, err := tickets.List(t.Context(), o.tx, filter)
				must(t, err)
				for _, one := range page {
					seen = append(seen, one.ID)
				}
				if len(page) < limit {
					break
				}
				filter.After = page[len(page)-1].Cursor()
			}
			want := make([]tickets.TicketID, len(whole))
			for i, one := range whole {
				want[i] = one.ID
			}
			if !slices.Equal(seen, want) {
				t.Fatalf("%s by %d: %v, want %v", name, limit, seen, want)
			}
		}
	}
}

// The list reads its parts by index in order, however many cases wait (SEED-9).
func TestUrgentIsFoundByIndex(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.ticket(t, "d1")
	_, err := o.tx.Exec(t.Context(), `INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at, passed_to, urgent)
		SELECT agency_id, request_id, citizen_id, queue_id, 'N' || n, form_key, form_version, title, subject, 'open', entered_at, deemed_received_at, due_at + n * interval '1 minute', 'T' || n, updated_at, id, n % 5000 = 0
		FROM tickets, generate_series(1, 20000) n WHERE id = $1`, made.ID)
	must(t, err)
	_, err = o.tx.Exec(t.Context(), `ANALYZE tickets`)
	must(t, err)
	for condition, index := range map[string]string{"urgent": "tickets_urgent", "NOT urgent": "tickets_open_due"} {
		rows, err := o.tx.Query(t.Context(), `EXPLAIN SELECT id FROM tickets WHERE agency_id = $1 AND closed_at IS NULL AND (status <> 'merged' OR unread) AND `+condition+` ORDER BY due_at, id LIMIT 51`, o.agency.ID)
		must(t, err)
		var plan []string
		for rows.Next() {
			var line string
			must(t, rows.Scan(&line))
			plan = append(plan, line)
		}
		must(t, rows.Err())
		if said := strings.Join(plan, "\n"); !strings.Contains(said, index) || strings.Contains(said, "Sort") {
			t.Errorf("%s:\n%s", condition, said)
		}
	}
}

// A case that cannot wait makes the one urgent that it follows: that one is called about from then on.
func TestAnUrgentFollowerMakesItsMainCaseUrgent(t *testing.T) {
	t.Parallel()
	o := open(t)
	main := o.reported(t, "main")
	wire := o.reported(t, "wire")
	must(t, o.desk.MarkUrgent(t.Context(), o.tx, o.by(), wire.ID, "สายไฟพาดถนน มีคนเดินผ่าน"))
	o.merge(t, wire.ID, main.ID)
	if !o.find(t, main.ID).Urgent {
		t.Error("the main case can wait")
	}
	if got := o.urgencies(t, main.ID); len(got) != 1 || !strings.Contains(got[0], `{"by":"before"}`) {
		t.Errorf("its history says %q", got)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'urgent'`); n != 1 {
		t.Errorf("%d people are told what to do now", n)
	}
	calls := count(t, o.tx, `SELECT count(*) FROM tickets WHERE id = $1 AND next_duty_at <= $2`, main.ID, o.now)
	if calls != 1 {
		t.Error("nobody is called about the main case")
	}
}
