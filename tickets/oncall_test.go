package tickets_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/tickets"
	"saphan/tickets/oncall"
)

// crew makes officers who can be called, by their names; the first two of the office are there already.
func (o *office) crew(t testing.TB, names ...string) map[string]agencies.OfficerID {
	t.Helper()
	all := map[string]agencies.OfficerID{"officer": o.officer.ID, "head": o.second.ID}
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	for _, name := range names {
		made, err := agencies.CreateOfficer(t.Context(), o.tx, box, agencies.NewOfficer{
			AgencyID: o.agency.ID, Email: name + "@example.com", Name: name, Role: agencies.RoleOfficer, Password: "a long password", TOTP: "JBSWY3DPEHPK3PXP",
		})
		must(t, err)
		all[name] = made.ID
	}
	return all
}

// always are officers who stand by day and night, with three minutes each.
func always(officers ...agencies.OfficerID) oncall.Week {
	s := oncall.Shift{Days: oncall.Days()}
	for _, id := range officers {
		s.Turns = append(s.Turns, oncall.Turn{Officer: id, Minutes: oncall.UsualMinutes})
	}
	return oncall.Week{s}
}

// decides makes a table count.
func (o *office) decides(t testing.TB, w oncall.Week) {
	t.Helper()
	now, err := tickets.OnCallInForce(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	_, err = o.desk.DecideOnCall(t.Context(), o.tx, o.head(), o.agency.ID, now.N, w, "จัดเวรใหม่")
	must(t, err)
}

// calls are who was called about a case, by name and in minutes since a moment.
func (o *office) calls(t testing.TB, id tickets.TicketID, since time.Time, names map[string]agencies.OfficerID) string {
	t.Helper()
	events, err := tickets.History(t.Context(), o.tx, id)
	must(t, err)
	var all []string
	for _, e := range events {
		if e.Kind != tickets.EventCalled {
			continue
		}
		var d tickets.Detail
		must(t, json.Unmarshal(e.Detail, &d))
		who := "?"
		for name, officer := range names {
			if officer == d.Officer {
				who = name
			}
		}
		if d.Head {
			who = "as head " + who
		}
		all = append(all, fmt.Sprintf("%d %s", int(e.At.Sub(since)/time.Minute), who))
	}
	return strings.Join(all, ", ")
}

// passes lets minutes go by, each looked at twice, as two workers or a restart would.
func (o *office) passes(t testing.TB, id tickets.TicketID, minutes int) {
	t.Helper()
	for range minutes {
		for range 2 {
			must(t, o.desk.DoDuties(t.Context(), o.tx, id))
		}
		o.now = o.now.Add(time.Minute)
	}
}

// SEED-7: who is on call, the next one after three minutes, at ten the head, and nobody any more once somebody took the case. Each
// call is a line of the history and one message, however often it is looked for; nothing falls due in between.
func TestTheChainIsCalledUntilSomebodyTakes(t *testing.T) {
	t.Parallel()
	o := open(t)
	names := o.crew(t, "ann", "bob")
	o.decides(t, always(names["ann"], names["bob"]))
	o.now = time.Date(2026, time.November, 22, 23, 30, 0, 0, o.now.Location()) // a Sunday night: it is real time that counts
	since, made := o.now, o.danger(t, "wire")
	if job := rivertest.RequireInsertedTx[*riverpgxv5.Driver](t.Context(), t, o.tx, &tickets.OnCallArgs{}, nil); !job.Args.At.Equal(since) {
		t.Errorf("the first is called at %s", job.Args.At)
	}
	o.passes(t, made.ID, 25)
	if got, want := o.calls(t, made.ID, since, names), "0 ann, 3 bob, 6 as head head, 16 as head head"; got != want {
		t.Errorf("called %s, want %s", got, want)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM calls WHERE ticket_id = $1`, made.ID); n != 4 {
		t.Errorf("%d messages", n)
	}
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	o.passes(t, made.ID, 30)
	if got := count(t, o.tx, `SELECT count(*) FROM calls WHERE ticket_id = $1`, made.ID); got != 4 {
		t.Errorf("%d messages after it was taken", got)
	}
	// Given back it begins anew.
	since = o.now
	must(t, o.desk.Release(t.Context(), o.tx, o.by(), made.ID))
	o.passes(t, made.ID, 2)
	if got := o.calls(t, made.ID, since, names); !strings.HasSuffix(got, "0 ann") {
		t.Errorf("given back: %s", got)
	}
	must(t, o.desk.UnmarkUrgent(t.Context(), o.tx, o.by(), made.ID, "ตรวจแล้วเป็นสายสื่อสาร"))
	before := count(t, o.tx, `SELECT count(*) FROM calls`)
	o.passes(t, made.ID, 15)
	if n := count(t, o.tx, `SELECT count(*) FROM calls`); n != before {
		t.Errorf("%d calls about what can wait", n-before)
	}
}

// Who is away is not called, but who stands in; an edited table counts for what was not done yet; where nobody stands the head is
// called; and after an hour without a process the step that counts is done, and no other.
func TestTheChainMeetsWhatHappensMeanwhile(t *testing.T) {
	t.Parallel()
	o := open(t)
	names := o.crew(t, "ann", "bob", "cat")
	since := o.now
	empty := o.danger(t, "nobody")
	o.passes(t, empty.ID, 12)
	if got, want := o.calls(t, empty.ID, since, names), "0 as head head, 10 as head head"; got != want {
		t.Errorf("nobody stands by: %s, want %s", got, want)
	}
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), empty.ID))

	o.decides(t, always(names["ann"], names["bob"]))
	cat := names["cat"]
	_, err := o.desk.Away(t.Context(), o.tx, agencies.Absence{AgencyID: o.agency.ID, OfficerID: names["ann"], FromAt: o.now.Add(-time.Hour), UntilAt: o.now.AddDate(0, 0, 1), CoverID: &cat, MadeBy: o.second.ID})
	must(t, err)
	since = o.now
	made := o.danger(t, "away and edited")
	o.passes(t, made.ID, 1)
	o.decides(t, always(names["officer"], names["cat"]))
	o.passes(t, made.ID, 10)
	if got, want := o.calls(t, made.ID, since, names), "0 cat, 3 officer, 6 as head head"; got != want {
		t.Errorf("away and edited: %s, want %s", got, want)
	}
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))

	since = o.now
	late := o.danger(t, "down for an hour")
	o.passes(t, late.ID, 1)
	o.now = o.now.Add(time.Hour)
	o.passes(t, late.ID, 5)
	if got, want := o.calls(t, late.ID, since, names), "0 officer, 61 as head head"; got != want {
		t.Errorf("down for an hour: %s, want %s", got, want)
	}
	next := o.find(t, late.ID)
	var due time.Time
	must(t, o.tx.QueryRow(t.Context(), `SELECT next_duty_at FROM tickets WHERE id = $1`, next.ID).Scan(&due))
	if want := time.Date(2026, time.November, 24, 8, 30, 0, 0, o.now.Location()); !due.Equal(want) {
		t.Errorf("the head is called again at %s, want %s", due, want)
	}
}

// A table is never changed; who did not see the newest decides nothing, and what it was stays known.
func TestTablesOfWhoIsOnCallStay(t *testing.T) {
	t.Parallel()
	o := open(t)
	names := o.crew(t, "ann")
	o.decides(t, always(names["ann"]))
	if _, err := o.desk.DecideOnCall(t.Context(), o.tx, o.head(), o.agency.ID, 0, always(names["officer"]), "ไม่ได้เห็น"); !fault.Is(err, fault.Conflict) {
		t.Errorf("who did not see the newest: %v", err)
	}
	if _, err := o.desk.DecideOnCall(t.Context(), o.tx, o.head(), o.agency.ID, 1, always(names["officer"]), " "); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := o.desk.DecideOnCall(t.Context(), o.tx, o.head(), o.agency.ID, 1, always(9999), "คนอื่น"); !fault.Is(err, fault.Invalid) {
		t.Errorf("who is not of the agency: %v", err)
	}
	o.decides(t, nil)
	all, err := tickets.OnCallTables(t.Context(), o.tx, o.agency.ID, 10)
	must(t, err)
	if len(all) != 2 || len(all[0].Shifts) != 0 || all[1].Shifts[0].Turns[0].Officer != names["ann"] {
		t.Errorf("%+v", all)
	}
	chain, heads, err := o.desk.OnCallNow(t.Context(), o.tx, o.agency.ID, "works")
	must(t, err)
	if len(chain) != 0 || !slices.Equal(heads, []tickets.StandingBy{{Officer: o.second.ID}}) {
		t.Errorf("on call now: %v, %v", chain, heads)
	}
}
