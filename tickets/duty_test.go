package tickets_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// happenings lists what the history of a case says, as "kind detail", from a kind on.
func (o *office) happenings(t *testing.T, id tickets.TicketID, kinds ...tickets.EventKind) []string {
	t.Helper()
	events, err := tickets.History(t.Context(), o.tx, id)
	must(t, err)
	must(t, chain.Check(events))
	var all []string
	for _, e := range events {
		if slices.Contains(kinds, e.Kind) {
			all = append(all, e.At.In(thai.Bangkok()).Format("01-02 15:04")+" "+string(e.Kind)+" "+strings.Trim(string(e.Detail), "{}"))
		}
	}
	return all
}

// live lets the time pass until a moment, doing the duties that are due every half hour, twice.
func (o *office) live(t *testing.T, until time.Time) {
	t.Helper()
	for o.now.Before(until) {
		o.now = o.now.Add(30 * time.Minute)
		for range 2 {
			found, err := tickets.WithDuties(t.Context(), o.tx, o.now, 10)
			must(t, err)
			for _, other := range found {
				must(t, o.desk.DoDuties(t.Context(), o.tx, other))
			}
		}
	}
}

// LFA-10.2, LFA-10.3: officers are warned at half, four fifths and the end of the time; twenty days late are three letters.
func TestDutiesOfALateCase(t *testing.T) {
	t.Parallel()
	o := open(t)
	ticket := o.ticket(t, "d1")
	if !ticket.DueAt.Equal(time.Date(2026, time.December, 2, 16, 30, 0, 0, thai.Bangkok())) {
		t.Fatalf("due %s", ticket.DueAt)
	}
	o.live(t, ticket.DueAt.AddDate(0, 0, 20))
	got := o.happenings(t, ticket.ID, tickets.EventWarned, tickets.EventMissed, tickets.EventLate, tickets.EventLateUnsent)
	want := []string{
		`11-24 16:30 missed "clock":"check"`,
		`11-27 16:30 warned "percent":50`,
		`12-01 16:30 warned "percent":80`,
		`12-02 16:30 warned "percent":100`,
		`12-02 16:30 late "letter":1,"due_at":"2026-12-02T09:30:00Z"`,
		`12-03 16:30 late_unsent "letter":1`,
		`12-09 16:30 late "letter":2,"due_at":"2026-12-09T09:30:00Z"`,
		`12-10 16:30 late_unsent "letter":2`,
		`12-16 16:30 late "letter":3,"due_at":"2026-12-16T09:30:00Z"`,
		`12-17 16:30 late_unsent "letter":3`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := count(t, o.tx, `SELECT count(*) FROM letters WHERE ticket_id = $1`, ticket.ID); n != 3 {
		t.Errorf("%d letters, want 3", n)
	}
}

// A letter needs a reason and goes once; one that went is not brought before the head.
func TestWriteLetter(t *testing.T) {
	t.Parallel()
	o := open(t)
	ticket := o.ticket(t, "d1")
	write := func(n int, reason string) error {
		return o.desk.WriteLetter(t.Context(), o.tx, o.by(), ticket.ID, n, reason)
	}
	if err := write(1, "รออะไหล่จากผู้ขาย"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a letter that is not due: %v", err)
	}
	o.live(t, ticket.DueAt.Add(time.Hour))
	if err := write(1, " ช้า "); !fault.Is(err, fault.Invalid) {
		t.Errorf("no reason: %v", err)
	}
	for range 2 {
		must(t, write(1, "รออะไหล่จากผู้ขาย"))
	}
	o.live(t, ticket.DueAt.AddDate(0, 0, 3))
	if got := o.happenings(t, ticket.ID, tickets.EventLateSent, tickets.EventLateUnsent); len(got) != 1 || !strings.Contains(got[0], "late_sent") {
		t.Errorf("%v", got)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'letter'`); n != 1 {
		t.Errorf("%d letters go out, want 1", n)
	}
}

// LFA-8.1, LOC-6: while documents are awaited the time stands still and no duty falls; LFA-10.1: it is told within a week.
func TestDutiesWhileWaiting(t *testing.T) {
	t.Parallel()
	o := open(t)
	ticket := o.ticket(t, "d1")
	o.now = o.now.Add(time.Hour)
	must(t, o.desk.Ask(t.Context(), o.tx, o.head(), ticket.ID, tickets.Asking{Added: added("รูปเสาไฟ"), DueOn: o.now.AddDate(0, 0, 60)}))
	o.live(t, o.now.AddDate(0, 0, 40))
	if got := o.happenings(t, ticket.ID, tickets.EventWarned, tickets.EventLate, tickets.EventMissed); len(got) != 0 {
		t.Errorf("while waiting: %v", got)
	}
	wants, err := tickets.Wants(t.Context(), o.tx, ticket.ID)
	must(t, err)
	file := o.file(t, "message 1")
	must(t, o.desk.Supply(t.Context(), o.tx, tickets.ByCitizen(int64(o.citizen.CitizenID)), ticket.ID, wants[0].ID, file))
	if due := o.find(t, ticket.ID).DueAt; due.Format("2006-01-02") != "2027-01-12" {
		t.Errorf("due %s", due)
	}
}

// LOC-4.1: a holiday that is announced moves the end on, with a line in the history; one that is taken back moves nothing.
func TestRecount(t *testing.T) {
	t.Parallel()
	o := open(t)
	ticket := o.ticket(t, "d1")
	day := time.Date(2026, time.November, 26, 0, 0, 0, 0, thai.Bangkok())
	_, err := agencies.AddHoliday(t.Context(), o.tx, o.agency.ID, day, "วันหยุดพิเศษตัวอย่าง", "มติ ครม. ตัวอย่าง")
	must(t, err)
	for range 2 {
		must(t, o.desk.Recount(t.Context(), o.tx, ticket.ID))
	}
	moved := o.find(t, ticket.ID).DueAt
	if got := moved.Sub(ticket.DueAt); got != 24*time.Hour {
		t.Errorf("moved by %s", got)
	}
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	must(t, err)
	_, err = agencies.SaveDays(t.Context(), o.tx, jobs, o.agency.ID, o.now, []agencies.Holiday{{On: day, Kind: agencies.Withdrawal}})
	must(t, err)
	for range 2 {
		must(t, o.desk.Recount(t.Context(), o.tx, ticket.ID))
	}
	o.now = o.now.Add(time.Hour)
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), ticket.ID))
	if got := o.find(t, ticket.ID).DueAt; !got.Equal(moved) {
		t.Errorf("taken back: due %s, was told %s", got, moved)
	}
	if got := o.happenings(t, ticket.ID, tickets.EventRecounted); len(got) != 1 {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// The time is prolonged as often and by as much as the law says, with a reason and before it is over.
func TestExtend(t *testing.T) {
	t.Parallel()
	o := open(t)
	ticket := o.business(t, "b1")
	extend := func(days int, reason string) error {
		return o.desk.Extend(t.Context(), o.tx, o.by(), ticket.ID, days, reason)
	}
	for _, c := range []struct {
		days   int
		reason string
		kind   fault.Kind
	}{{15, "", fault.Invalid}, {16, "รอผลตรวจสถานที่", fault.Invalid}, {0, "รอผลตรวจสถานที่", fault.Invalid}} {
		if err := extend(c.days, c.reason); !fault.Is(err, c.kind) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	must(t, extend(15, "รอผลตรวจสถานที่"))
	must(t, extend(5, "รอผลตรวจสถานที่ครั้งที่สอง"))
	if got := o.find(t, ticket.ID).DueAt; got.Format(time.DateOnly) != "2027-01-12" {
		t.Errorf("due %s, was %s", got, ticket.DueAt)
	}
	if err := extend(5, "รอผลตรวจสถานที่ครั้งที่สาม"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a third time: %v", err)
	}
	light := o.ticket(t, "d1")
	if err := o.desk.Extend(t.Context(), o.tx, o.by(), light.ID, 5, "รออะไหล่จากผู้ขาย"); !fault.Is(err, fault.Conflict) {
		t.Errorf("where no law allows it: %v", err)
	}
	late := o.business(t, "b2")
	o.now = late.DueAt.Add(time.Minute)
	if err := o.desk.Extend(t.Context(), o.tx, o.by(), late.ID, 5, "รอผลตรวจสถานที่"); !fault.Is(err, fault.Conflict) {
		t.Errorf("after its end: %v", err)
	}
}

// business files a request for a licence.
func (o *office) business(t *testing.T, draft string) tickets.Ticket {
	t.Helper()
	s := o.submission(draft)
	s.Form, s.Answers = "hazardous-business", []forms.Answer{
		{Field: "purpose", Kind: forms.ChoiceField, Label: "เรื่องที่ขอ", Text: "ขอใหม่", Value: []byte(`"new"`)},
	}
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return made.Ticket
}
