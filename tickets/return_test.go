package tickets_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// LFA-9.1: what did not come by the last day returns the case by itself, once, with its reasons.
func TestReturnsByItself(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	own, _ := o.listed(t, made)
	must(t, o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, tickets.Asking{Labels: []string{own}, DueOn: time.Date(2026, time.December, 5, 12, 0, 0, 0, thai.Bangkok())})) // a Saturday
	o.live(t, time.Date(2026, time.December, 7, 23, 30, 0, 0, thai.Bangkok()))
	if got := o.find(t, made.ID).Status; got != tickets.Awaiting {
		t.Fatalf("on the last day, a Monday: %s", got)
	}
	o.live(t, time.Date(2026, time.December, 8, 0, 0, 0, 0, thai.Bangkok()))
	o.live(t, time.Date(2027, time.January, 8, 0, 0, 0, 0, thai.Bangkok()))
	after := o.find(t, made.ID)
	if after.Status != tickets.Returned || after.ClosedAt == nil {
		t.Fatalf("status %s, closed %v", after.Status, after.ClosedAt)
	}
	back, err := tickets.FindReturn(t.Context(), o.tx, made.ID)
	must(t, err)
	if back.OfficerID != nil || !slices.Equal(back.Missing, []string{own}) || !strings.Contains(back.Reason, "7 ธ.ค. 2569") || back.Remedy == "" || back.Appeal == "" {
		t.Errorf("%+v", back)
	}
	if lines := o.happenings(t, made.ID, tickets.EventReturned, tickets.EventLate); len(lines) != 1 {
		t.Errorf("%q", lines)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'returned'`); n != 1 {
		t.Errorf("%d letters go out, want 1", n)
	}
}

// When an officer may return a case, and what the letter must say.
func TestReturnByOfficer(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	own, _ := o.listed(t, made)
	whole := tickets.Returning{TicketID: made.ID, Reason: "ส่งเอกสารคนละฉบับกับที่ขอ", Remedy: "ส่งฉบับที่ขอ", Appeal: "อุทธรณ์ต่อนายกเทศมนตรีภายใน 15 วัน"}
	without := func(cut func(*tickets.Returning)) tickets.Returning {
		less := whole
		cut(&less)
		return less
	}
	refused := func(name string, by tickets.Actor, back tickets.Returning, want fault.Kind) {
		t.Helper()
		if err := o.desk.Return(t.Context(), o.tx, by, back); !fault.Is(err, want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	refused("without a notice", o.by(), whole, fault.Conflict)
	must(t, o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 10)}))
	refused("before the last day", o.by(), whole, fault.Conflict)
	must(t, o.desk.Supply(t.Context(), o.tx, tickets.ByCitizen(int64(o.citizen.CitizenID)), made.ID, o.wants(t, made)[0].ID, o.file(t, "f1")))
	refused("by a citizen", tickets.ByCitizen(int64(o.citizen.CitizenID)), whole, fault.Forbidden)
	refused("without a reason", o.by(), without(func(b *tickets.Returning) { b.Reason = " " }), fault.Invalid)
	refused("without how to correct it", o.by(), without(func(b *tickets.Returning) { b.Remedy = "" }), fault.Invalid)
	refused("without the appeal", o.by(), without(func(b *tickets.Returning) { b.Appeal = "" }), fault.Invalid)
	for range 2 {
		must(t, o.desk.Return(t.Context(), o.tx, o.by(), whole))
	}
	refused("asking when it is over", o.by(), tickets.Returning{TicketID: o.withdrawn(t)}, fault.Conflict)
	back, err := tickets.FindReturn(t.Context(), o.tx, made.ID)
	must(t, err)
	if back.OfficerID == nil || back.Reason != whole.Reason || !slices.Equal(back.Missing, []string{own}) {
		t.Errorf("%+v", back)
	}
}

// withdrawn is a case that ended otherwise.
func (o *office) withdrawn(t *testing.T) tickets.TicketID {
	t.Helper()
	made := o.ticket(t, "refused")
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}))
	return made.ID
}

// A case that was returned is filed again with all that was there; only what is missing is asked, and either case names the
// other.
func TestRefiling(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	if _, err := o.desk.Refiling(t.Context(), o.tx, made.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a case that goes on: %v", err)
	}
	own, _ := o.listed(t, made)
	must(t, o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 10)}))
	o.live(t, o.now.AddDate(0, 0, 20))
	again, err := o.desk.Refiling(t.Context(), o.tx, made.ID)
	must(t, err)
	if again.Of != made.ID || again.Form != made.FormKey || len(again.Answers) == 0 || len(again.Missing) != 1 {
		t.Fatalf("%+v", again)
	}
	s := o.submission("d2")
	s.Form, s.Version, s.Answers, s.Again = again.Form, again.Version, again.Answers, again.Of
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	fresh, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	old, ok, err := tickets.AgainOf(t.Context(), o.tx, fresh.Ticket)
	must(t, err)
	if !ok || old.ID != made.ID || fresh.Number == made.Number {
		t.Errorf("%s stands for %s, %v", fresh.Number, old.Number, ok)
	}
	if number, err := tickets.RefiledAs(t.Context(), o.tx, made.ID); err != nil || number != fresh.Number {
		t.Errorf("filed again as %q: %v", number, err)
	}
	if lines := o.happenings(t, made.ID, tickets.EventRefiled); len(lines) != 1 || !strings.Contains(lines[0], fresh.Number) {
		t.Errorf("%q", lines)
	}
	if lines := o.happenings(t, fresh.ID, tickets.EventCreated); len(lines) != 1 || !strings.Contains(lines[0], made.Number) {
		t.Errorf("%q", lines)
	}
	if _, err := o.desk.Refiling(t.Context(), o.tx, made.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("filed again already: %v", err)
	}
	other := openIn(t, o.tx, "OB")
	s = other.submission("d3")
	s.Form, s.Again = again.Form, again.Of // not theirs
	if id, err = other.desk.Submit(t.Context(), o.tx, s); err != nil || count(t, o.tx, `SELECT count(again) FROM requests WHERE id = $1`, id) != 0 {
		t.Errorf("somebody else's case: %v", err)
	}
}
