package tickets_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/tickets"
	"saphan/tickets/clock"
	"saphan/tickets/routing"
)

// employ adds an officer who is skilled in something.
func (o *office) employ(t *testing.T, name string, role agencies.Role, skills ...string) agencies.OfficerID {
	t.Helper()
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	totp, err := agencies.NewTOTP(name)
	must(t, err)
	who, err := agencies.CreateOfficer(t.Context(), o.tx, box, agencies.NewOfficer{
		AgencyID: o.agency.ID, Email: name + "@" + strings.ToLower(o.agency.Code) + ".example", Name: name, Role: role, Password: "a long password", TOTP: totp,
	})
	must(t, err)
	must(t, agencies.SetSkills(t.Context(), o.tx, who.ID, skills))
	return who.ID
}

func (o *office) share(t *testing.T, queue string, share agencies.Share) {
	t.Helper()
	must(t, agencies.SetShare(t.Context(), o.tx, o.agency.ID, o.queues[queue], share))
}

// given counts the open cases of each officer.
func (o *office) given(t *testing.T) map[agencies.OfficerID]int {
	t.Helper()
	all := map[agencies.OfficerID]int{}
	rows, err := o.tx.Query(t.Context(), `SELECT officer_id, count(*) FROM tickets WHERE agency_id = $1 AND officer_id IS NOT NULL AND closed_at IS NULL GROUP BY 1`, o.agency.ID)
	must(t, err)
	var id agencies.OfficerID
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { all[id] = n; return nil })
	must(t, err)
	return all
}

// A queue that shares gives each case to whoever on duty has the fewest; heads are given none without a skill. The history says
// that the system did it, how, and by which rule (SEED-24).
func TestAQueueSharesEvenly(t *testing.T) {
	t.Parallel()
	o := open(t)
	second, away := o.employ(t, "second", agencies.RoleOfficer), o.employ(t, "away", agencies.RoleOfficer)
	o.employ(t, "viewer", agencies.RoleViewer)
	gone := o.employ(t, "gone", agencies.RoleOfficer)
	must(t, agencies.DisableOfficer(t.Context(), o.tx, gone, o.now))
	_, err := o.desk.Away(t.Context(), o.tx, agencies.Absence{AgencyID: o.agency.ID, OfficerID: away, FromAt: o.now, UntilAt: o.now.AddDate(0, 0, 3), MadeBy: o.second.ID})
	must(t, err)
	if made := o.ticket(t, "before"); made.OfficerID != nil {
		t.Errorf("a queue that does not share gave its case to %d", *made.OfficerID)
	}
	o.share(t, "works", agencies.ShareBalanced)
	o.share(t, "general", agencies.ShareBalanced)
	n := o.rule(t, routing.Rule{Name: "ไฟ", Services: []forms.Key{"public-problem"}, Queue: "general"})
	var made tickets.Ticket
	for i := range 7 {
		made = o.ticket(t, fmt.Sprint("d", i))
	}
	if got := o.given(t); got[o.officer.ID]+got[second] != 7 || got[o.officer.ID] < 3 || got[second] < 3 || len(got) != 2 {
		t.Errorf("given %v", got)
	}
	if made.Status != tickets.Accepted || made.QueueID != o.queues["general"] {
		t.Errorf("%+v", made)
	}
	events, err := tickets.History(t.Context(), o.tx, made.ID)
	must(t, err)
	last := events[len(events)-1]
	if len(events) != 2 || last.Kind != tickets.EventTaken || last.Actor != "system" || !strings.HasSuffix(string(last.Detail), fmt.Sprintf(`"shared":"balanced","rule_set":%d,"rule_n":1}`, n)) {
		t.Errorf("history %s %s %s", last.Actor, last.Kind, last.Detail)
	}
	// LFA-8.1: that the system gave it to somebody is no look at whether everything is there.
	if clocks, err := o.desk.Clocks(t.Context(), o.tx, made.ID); err != nil || slices.ContainsFunc(clocks, func(c clock.Clock) bool { return c.Key == forms.CheckAll && !c.DoneAt.IsZero() }) {
		t.Errorf("%+v, %v", clocks, err)
	}
	// What is moved into such a queue is shared out too.
	must(t, o.desk.Move(t.Context(), o.tx, o.head(), made.ID, o.queues["works"], "เป็นงานของช่างไฟฟ้า"))
	if got := o.find(t, made.ID); got.QueueID != o.queues["works"] || got.OfficerID == nil {
		t.Errorf("%+v", got)
	}
}

// By skill: the rule's, else the service; a head has what she is skilled in; nobody: it waits in the queue, and the case says so.
func TestAQueueSharesBySkill(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.share(t, "works", agencies.ShareSkill)
	if made := o.ticket(t, "nobody"); made.OfficerID != nil || made.Status != tickets.Open {
		t.Errorf("without the skill it went to %v", made.OfficerID)
	} else if why, _, err := tickets.ReasonOf(t.Context(), o.tx, made.ID); err != nil || why.Shared != "nobody" {
		t.Errorf("%+v, %v", why, err)
	}
	lamps := o.employ(t, "lamps", agencies.RoleOfficer, "public-problem")
	wires := o.employ(t, "wires", agencies.RoleHead, "ไฟฟ้า")
	if made := o.ticket(t, "service"); made.OfficerID == nil || *made.OfficerID != lamps {
		t.Errorf("by the service it went to %v", made.OfficerID)
	}
	o.rule(t, routing.Rule{Name: "ไฟ", Services: []forms.Key{"public-problem"}, When: "category == 'light'", Skill: "ไฟฟ้า"})
	if made := o.ticket(t, "rule"); made.OfficerID == nil || *made.OfficerID != wires {
		t.Errorf("by the rule it went to %v", made.OfficerID)
	}
	if err := agencies.SetShare(t.Context(), o.tx, o.agency.ID, o.queues["works"], "luck"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a way that nobody knows: %v", err)
	}
	if err := agencies.SetShare(t.Context(), o.tx, o.agency.ID+1, o.queues["works"], agencies.ShareNone); !fault.Is(err, fault.NotFound) {
		t.Errorf("another agency's queue: %v", err)
	}
}

// Many that come at once stay balanced, and none waits for another in a circle, while somebody's absence hands over too.
func TestManyAtOnceStayBalanced(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	var o *office
	var leaving agencies.OfficerID
	var absence agencies.Absence
	var requests []tickets.RequestID
	run := func(fn func(tx pgx.Tx) error) error { return agencies.Everywhere(t.Context(), pool, fn) }
	must(t, run(func(tx pgx.Tx) (err error) {
		o = openIn(t, tx, "TB")
		leaving = o.employ(t, "leaving", agencies.RoleOfficer)
		for i := range 4 {
			made := o.ticket(t, fmt.Sprint("hers", i))
			must(t, o.desk.Take(t.Context(), tx, tickets.ByOfficer(leaving), made.ID))
		}
		o.employ(t, "third", agencies.RoleOfficer)
		o.employ(t, "fourth", agencies.RoleOfficer)
		o.share(t, "works", agencies.ShareBalanced)
		for i := range 26 {
			id, err := o.desk.Submit(t.Context(), tx, o.submission(fmt.Sprint("d", i)))
			must(t, err)
			requests = append(requests, id)
		}
		absence, err = o.desk.Away(t.Context(), tx, agencies.Absence{AgencyID: o.agency.ID, OfficerID: leaving, FromAt: o.now, UntilAt: o.now.AddDate(0, 0, 7), MadeBy: o.second.ID})
		return err
	}))
	var all sync.WaitGroup
	all.Go(func() {
		for more := true; more; {
			err := run(func(tx pgx.Tx) (err error) {
				_, more, err = o.desk.BeginAbsence(t.Context(), tx, absence.ID)
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for part := range slices.Chunk(requests, 7) {
		all.Go(func() {
			for _, id := range part {
				if err := run(func(tx pgx.Tx) error {
					_, err := o.desk.Route(t.Context(), tx, id)
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	must(t, run(func(tx pgx.Tx) error {
		o.tx = tx
		got := o.given(t)
		if len(got) != 3 || slices.Max(slices.Collect(maps.Values(got))) != 10 || slices.Min(slices.Collect(maps.Values(got))) != 10 || got[leaving] != 0 {
			t.Errorf("30 cases among three: %v", got)
		}
		return nil
	}))
}

// As an absence begins all that lies with the officer goes to who stands in, or to who stands in for them; once, with a line in
// each history. One that was called off moves nothing.
func TestAbsence(t *testing.T) {
	t.Parallel()
	o := open(t)
	cover, third := o.employ(t, "cover", agencies.RoleOfficer), o.employ(t, "third", agencies.RoleOfficer)
	var held []tickets.Ticket
	for i := range 3 {
		made := o.ticket(t, fmt.Sprint("d", i))
		must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
		held = append(held, made)
	}
	away := func(who agencies.OfficerID, cover *agencies.OfficerID, from, until time.Time) agencies.Absence {
		t.Helper()
		a, err := o.desk.Away(t.Context(), o.tx, agencies.Absence{AgencyID: o.agency.ID, OfficerID: who, CoverID: cover, FromAt: from, UntilAt: until, MadeBy: o.second.ID})
		must(t, err)
		return a
	}
	begin := func(a agencies.Absence) (wait time.Duration) {
		t.Helper()
		for more := true; more; {
			var err error
			wait, more, err = o.desk.BeginAbsence(t.Context(), o.tx, a.ID)
			must(t, err)
		}
		return wait
	}
	tomorrow := o.now.AddDate(0, 0, 1)
	off := away(o.officer.ID, &third, o.now, tomorrow)
	must(t, agencies.EndAbsence(t.Context(), o.tx, o.agency.ID, o.officer.ID, off.ID, o.now))
	begin(off)
	hers := away(o.officer.ID, &cover, tomorrow, tomorrow.AddDate(0, 0, 2))
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'absent' AND (args->>'absence_id')::bigint = $1 AND scheduled_at = $2`, hers.ID, tomorrow); n != 1 {
		t.Errorf("%d jobs for the absence", n)
	}
	if wait := begin(hers); wait != 24*time.Hour || o.given(t)[o.officer.ID] != 3 {
		t.Errorf("before it begins: %s, %v", wait, o.given(t))
	}
	away(cover, &third, tomorrow, tomorrow.AddDate(0, 0, 1))
	o.now = tomorrow
	begin(hers)
	begin(hers) // again finds nothing
	if got := o.given(t); got[third] != 3 || len(got) != 1 {
		t.Errorf("given %v", got)
	}
	for _, made := range held {
		events, err := tickets.History(t.Context(), o.tx, made.ID)
		must(t, err)
		if last := events[len(events)-1]; len(events) != 3 || last.Kind != tickets.EventCovered || last.Actor != "system" {
			t.Errorf("%d events, the last %s by %s", len(events), last.Kind, last.Actor)
		}
	}
	list, err := agencies.Absences(t.Context(), o.tx, o.agency.ID, o.now)
	if err != nil || len(list) != 2 || list[0].Moved != 3 || list[0].BegunAt == nil {
		t.Errorf("%+v, %v", list, err)
	}
	// Nobody stands in for the third: back to the queue, and as that shares, to whoever is there.
	o.share(t, "works", agencies.ShareBalanced)
	begin(away(third, nil, o.now, o.now.AddDate(0, 0, 1)))
	if got := o.given(t); len(got) != 0 { // they are all away
		t.Errorf("given %v", got)
	}
	if got := o.find(t, held[0].ID); got.Status != tickets.Open || got.OfficerID != nil {
		t.Errorf("%+v", got)
	}
	for name, a := range map[string]agencies.Absence{
		"ends before it begins": {OfficerID: third, FromAt: o.now, UntilAt: o.now.Add(-time.Hour)},
		"over":                  {OfficerID: third, FromAt: o.now.AddDate(0, 0, -3), UntilAt: o.now.AddDate(0, 0, -2)},
		"stands in for oneself": {OfficerID: third, CoverID: &third, FromAt: o.now, UntilAt: o.now.Add(time.Hour)},
	} {
		a.AgencyID, a.MadeBy = o.agency.ID, o.second.ID
		if _, err := o.desk.Away(t.Context(), o.tx, a); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := openIn(t, o.tx, "OB")
	if _, err := o.desk.Away(t.Context(), o.tx, agencies.Absence{AgencyID: o.agency.ID, OfficerID: third, CoverID: &other.officer.ID, FromAt: o.now, UntilAt: tomorrow.AddDate(0, 0, 9), MadeBy: o.second.ID}); !fault.Is(err, fault.Invalid) {
		t.Errorf("somebody of another agency stands in: %v", err)
	}
}
