package tickets_test

import (
	"strings"
	"testing"
	"time"

	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/tickets"
)

// licence is a case of a service whose manual lists documents.
func (o *office) licence(t *testing.T, draft string) tickets.Ticket {
	t.Helper()
	s := o.submission(draft)
	form, ok := o.forms.Find("hazardous-business")
	if !ok {
		t.Fatal("no such service")
	}
	s.Form, s.Version = form.Key, form.Version
	s.Answers = []forms.Answer{{Field: "purpose", Kind: forms.ChoiceField, Label: "เรื่องที่ขอ", Text: "ขอใหม่", Value: []byte(`"new"`)}}
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return made.Ticket
}

// listed is a document of the manual of a case that citizens make, and one that the state issued if there is one.
func (o *office) listed(t *testing.T, made tickets.Ticket) (own, state string) {
	t.Helper()
	form, err := o.desk.Form(t.Context(), o.tx, made)
	must(t, err)
	for _, f := range form.Fields {
		switch {
		case !f.Files():
		case f.Issuer == forms.State:
			state = f.Label.TH
		case own == "":
			own = f.Label.TH
		}
	}
	if own == "" {
		t.Fatal("the manual lists no document")
	}
	return own, state
}

// Who may ask for what and when (LFA-7.2, LFA-8.1, LFA-8.2, EGA-12.1): what is refused, with which kind.
func TestWhatMayBeAskedFor(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	own, state := o.listed(t, made)
	due := o.now.AddDate(0, 0, 10)
	officer, head := o.by(), o.head()
	for _, c := range []struct {
		name string
		by   tickets.Actor
		what tickets.Asking
		want fault.Kind // empty: it is allowed
	}{
		{"a citizen", tickets.ByCitizen(int64(o.citizen.CitizenID)), tickets.Asking{Labels: []string{own}, DueOn: due}, fault.Forbidden},
		{"nothing", officer, tickets.Asking{Labels: []string{" "}, DueOn: due}, fault.Invalid},
		{"what the manual does not list", officer, tickets.Asking{Labels: []string{"ใบรับรองความประพฤติ"}, DueOn: due}, fault.Invalid},
		{"what a law adds, without the law", head, tickets.Asking{Added: []tickets.Added{{Label: "ใบรับรองความประพฤติ"}}, DueOn: due}, fault.Invalid},
		{"what a law adds, by an officer", officer, tickets.Asking{Added: added("ใบรับรองความประพฤติ"), DueOn: due}, fault.Forbidden},
		{"a copy of the identity card", head, tickets.Asking{Added: added("สำเนาบัตรประชาชน"), DueOn: due}, fault.Invalid},
		{"a copy of the house registration", head, tickets.Asking{Added: added("สำเนาทะเบียนบ้าน 2 ชุด"), DueOn: due}, fault.Invalid},
		{"too soon", officer, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 4)}, fault.Invalid},
		{"yesterday", officer, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, -1)}, fault.Invalid},
		{"a name without end", head, tickets.Asking{Added: added(strings.Repeat("ก", tickets.LongestWant+1)), DueOn: due}, fault.Invalid},
		{"a document of the manual", officer, tickets.Asking{Labels: []string{own, own}, DueOn: due}, ""},
		{"a second time", officer, tickets.Asking{Labels: []string{own}, DueOn: due}, fault.Conflict},
		{"a second time, by the head", head, tickets.Asking{Labels: []string{own}, DueOn: due}, fault.Conflict},
		{"a second time with a reason, by an officer", officer, tickets.Asking{Labels: []string{own}, DueOn: due, Override: "กฎหมายใหม่"}, fault.Forbidden},
		{"a second time with a reason, by the head", head, tickets.Asking{Labels: []string{own}, DueOn: due, Override: "กฎหมายใหม่"}, ""},
	} {
		err := o.desk.Ask(t.Context(), o.tx, c.by, made.ID, c.what)
		if c.want == "" && err != nil || c.want != "" && !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if state != "" {
		if err := o.desk.Ask(t.Context(), o.tx, head, o.licence(t, "d2").ID, tickets.Asking{Labels: []string{state}, DueOn: due}); !fault.Is(err, fault.Invalid) {
			t.Errorf("what the state issued: %v", err)
		}
	}
	register, err := tickets.AskedAgainIn(t.Context(), o.tx, o.now.AddDate(0, 0, -1), o.now.AddDate(0, 0, 1))
	must(t, err)
	if len(register) != 1 || register[0].Override != "กฎหมายใหม่" || register[0].Number != made.Number || len(register[0].Wants) != 1 {
		t.Errorf("register of second notices %+v", register)
	}
}

// The law's one opportunity is kept by the database too.
func TestOneNoticeByTheDatabase(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	own, _ := o.listed(t, made)
	must(t, o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 10)}))
	_, err := o.tx.Exec(t.Context(), `INSERT INTO deficiency_notices (agency_id, ticket_id, officer_id, due_on, at) SELECT agency_id, ticket_id, officer_id, due_on, at FROM deficiency_notices`)
	if err == nil || !strings.Contains(err.Error(), "deficiency_notices_once") {
		t.Errorf("a second notice: %v", err)
	}
}

// Both signatures stand in the history with the same hash (LFA-8.1): the officer's asking and the citizen's tap.
func TestAcknowledge(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	own, _ := o.listed(t, made)
	must(t, o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 10)}))
	notices, err := tickets.Notices(t.Context(), o.tx, made.ID)
	must(t, err)
	tap := func(by tickets.Actor, id tickets.TicketID) error {
		return o.desk.Acknowledge(t.Context(), o.tx, by, id, notices[0].ID, "line 9")
	}
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	if err := tap(o.by(), made.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an officer: %v", err)
	}
	if err := tap(tickets.ByCitizen(citizen.ID+1), made.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else: %v", err)
	}
	if err := tap(citizen, o.licence(t, "d2").ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("of another case: %v", err)
	}
	for range 2 {
		must(t, tap(citizen, made.ID))
	}
	lines := o.happenings(t, made.ID, tickets.EventAsked, tickets.EventAcknowledged)
	if len(lines) != 2 || !strings.Contains(lines[0], notices[0].Hash) || !strings.Contains(lines[1], notices[0].Hash) || !strings.Contains(lines[1], `"way":"line 9"`) || len(notices[0].Hash) != 64 {
		t.Errorf("%q", lines)
	}
}

// What cannot be read is asked for again within the same notice; more time may be given, never less.
func TestUnreadableAndLengthened(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	own, _ := o.listed(t, made)
	due := o.now.AddDate(0, 0, 10)
	must(t, o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, tickets.Asking{Labels: []string{own}, DueOn: due}))
	for _, until := range []time.Time{due, due.AddDate(0, 0, 5), due.AddDate(0, 0, 5)} {
		must(t, o.desk.Lengthen(t.Context(), o.tx, o.by(), made.ID, until))
	}
	if err := o.desk.Lengthen(t.Context(), o.tx, o.by(), made.ID, due); !fault.Is(err, fault.Invalid) {
		t.Errorf("less than was given: %v", err)
	}
	wants := o.wants(t, made)
	if got := wants[0].DueOn.Format(time.DateOnly); got != "2026-12-08" {
		t.Errorf("due on %s", got)
	}
	again := func() error {
		return o.desk.Unreadable(t.Context(), o.tx, o.by(), made.ID, wants[0].ID, "ภาพเบลอ อ่านตัวเลขไม่ได้")
	}
	if err := again(); !fault.Is(err, fault.Conflict) {
		t.Errorf("what has not come: %v", err)
	}
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	must(t, o.desk.Supply(t.Context(), o.tx, citizen, made.ID, wants[0].ID, o.file(t, "f1")))
	o.now = due.AddDate(0, 0, 4)
	must(t, again())
	must(t, again()) // a second click
	wants = o.wants(t, made)
	if o.find(t, made.ID).Status != tickets.Awaiting || len(wants) != 1 || wants[0].SuppliedAt != nil || wants[0].Why == "" || wants[0].DueOn.Before(o.now.AddDate(0, 0, 6)) {
		t.Errorf("after asking again: %s %+v", o.find(t, made.ID).Status, wants)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM deficiency_notices`); n != 1 {
		t.Errorf("%d notices, want 1", n)
	}
	must(t, o.desk.Supply(t.Context(), o.tx, citizen, made.ID, wants[0].ID, o.file(t, "f2")))
	if got := o.find(t, made.ID).Status; got != tickets.Open {
		t.Errorf("status %s", got)
	}
	events, err := tickets.History(t.Context(), o.tx, made.ID)
	must(t, err)
	must(t, chain.Check(events))
}

func (o *office) wants(t *testing.T, of tickets.Ticket) []tickets.Want {
	t.Helper()
	wants, err := tickets.Wants(t.Context(), o.tx, of.ID)
	must(t, err)
	return wants
}
