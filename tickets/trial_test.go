package tickets_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
	"saphan/tickets/routing"
)

// try plays a set against the cases of the last year.
func (o *office) try(t *testing.T, rules routing.Rules) tickets.Trial {
	t.Helper()
	now, err := tickets.RulesInForce(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	id, later, err := o.desk.AskTrial(t.Context(), o.tx, o.head(), o.agency.ID, now.N, rules)
	must(t, err)
	if later {
		t.Fatal("a few cases are left to a job")
	}
	for range 2 { // again comes to the same
		must(t, o.desk.PlayTrial(t.Context(), o.tx, o.agency.ID, id))
	}
	_, err = o.tx.Exec(t.Context(), `SELECT set_config('app.agency', 'all', true)`) // its transactions were savepoints of this one
	must(t, err)
	played, err := tickets.FindTrial(t.Context(), o.tx, o.agency.ID, id)
	must(t, err)
	if played.DoneAt == nil {
		t.Fatal("it was not played")
	}
	return played
}

// Peers.md idea 15 and row 115: what the dry run says is what happens when the same requests come again under the changed rules.
func TestDryRunIsWhatRoutingDoes(t *testing.T) {
	t.Parallel()
	o := open(t)
	area, err := agencies.NewArea(t.Context(), o.tx, agencies.Area{AgencyID: o.agency.ID, Name: "ต.ตัวอย่าง", Lat: 13.3, Lon: 100.9, RadiusM: 30_000})
	must(t, err)
	r := anything{Rand: rand.New(rand.NewPCG(15, 115)), areas: []agencies.AreaID{area.ID}}
	old := o.ticket(t, "old")
	o.now = o.now.AddDate(1, 0, 1) // more than a year ago: not looked at
	var answers [][]forms.Answer
	var made []tickets.Ticket
	file := func(name string, a []forms.Answer) tickets.Ticket {
		s := o.submission(name)
		s.Answers = a
		id, err := o.desk.Submit(t.Context(), o.tx, s)
		must(t, err)
		routed, err := o.desk.Route(t.Context(), o.tx, id)
		must(t, err)
		return routed.Ticket
	}
	for i := range 25 {
		answers = append(answers, r.answers())
		made = append(made, file(fmt.Sprint("first", i), answers[i]))
	}
	differed := 0
	for round := range 4 {
		var rules routing.Rules
		for len(rules) < 4 {
			rule := r.rule()
			if wrong, err := o.desk.CheckRules(t.Context(), o.tx, o.agency.ID, routing.Rules{rule}); err == nil && len(wrong) == 0 {
				rules = append(rules, rule)
			}
		}
		played := o.try(t, rules)
		if played.Result.Seen != len(made) || slices.ContainsFunc(played.Result.Cases, func(c tickets.TrialCase) bool { return c.Ticket == old.ID }) {
			t.Fatalf("%d cases were looked at of %d", played.Result.Seen, len(made))
		}
		would := map[tickets.TicketID]tickets.TrialCase{}
		for _, c := range played.Result.Cases {
			would[c.Ticket] = c
		}
		before := make([]agencies.QueueID, len(made))
		for i, a := range answers {
			before[i] = file(fmt.Sprint("before", round, i), a).QueueID // what the rules of now say of it
		}
		n, err := o.desk.DecideTrial(t.Context(), o.tx, o.head(), o.agency.ID, played.ID, "ลองแล้ว")
		must(t, err)
		for i, a := range answers {
			want := before[i]
			if c, moved := would[made[i].ID]; moved {
				want = c.To
				if c.From != before[i] {
					t.Errorf("case %d is said to lie in %d, and would come to %d", i, c.From, before[i])
				}
				differed++
			}
			if again := file(fmt.Sprint("after", round, i), a); again.QueueID != want {
				t.Errorf("set %d: case %d would have gone to %d, and goes to %d", n, i, want, again.QueueID)
			}
		}
		total := 0
		for _, m := range played.Result.Moves {
			total += m.N
		}
		if total != played.Result.Differs || total != len(played.Result.Cases) {
			t.Errorf("%d moves, %d differ, %d listed", total, played.Result.Differs, len(played.Result.Cases))
		}
		// What was filed for the comparison is no case of the past for the next round.
		_, err = o.tx.Exec(t.Context(), `UPDATE tickets SET entered_at = $1 WHERE number NOT IN (SELECT number FROM tickets ORDER BY id LIMIT 26)`, o.now.AddDate(-2, 0, 0))
		must(t, err)
	}
	if differed < 10 {
		t.Errorf("only %d cases differed", differed)
	}
}

// A head sees who would have had nobody with the skill, and decides only what was played and is still the newest.
func TestDecideTrial(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.ticket(t, "d1")
	o.share(t, "general", agencies.ShareSkill)
	rules := routing.Rules{{Name: "ไฟ", Services: []forms.Key{"public-problem"}, Queue: "general", Urgent: true, Skill: "ไฟฟ้า"}}
	got := o.try(t, rules).Result
	if got.Seen != 1 || got.Differs != 1 || got.Nobody != 1 || got.Urgent != 1 || len(got.Ruled) != 1 || got.Ruled[0] != 1 || !got.Cases[0].Nobody || got.Moves[0] != (tickets.TrialMove{From: o.queues["works"], To: o.queues["general"], N: 1}) {
		t.Errorf("%+v", got)
	}
	o.employ(t, "wires", agencies.RoleOfficer, "ไฟฟ้า")
	played := o.try(t, rules)
	if played.Result.Nobody != 0 {
		t.Errorf("%+v", played.Result)
	}
	waits, _, err := o.desk.AskTrial(t.Context(), o.tx, o.head(), o.agency.ID, 0, rules)
	must(t, err)
	if _, err := o.desk.DecideTrial(t.Context(), o.tx, o.head(), o.agency.ID, waits, "ก"); !fault.Is(err, fault.Conflict) {
		t.Errorf("decided before it was played: %v", err)
	}
	o.rule(t)
	if _, err := o.desk.DecideTrial(t.Context(), o.tx, o.head(), o.agency.ID, played.ID, "ก"); !fault.Is(err, fault.Conflict) {
		t.Errorf("decided over somebody else's rules: %v", err)
	}
	if _, _, err := o.desk.AskTrial(t.Context(), o.tx, o.head(), o.agency.ID, 1, routing.Rules{{Queue: "dogs"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("wrong rules are played: %v", err)
	}
	if _, err := tickets.FindTrial(t.Context(), o.tx, o.agency.ID+1, played.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another agency's trial: %v", err)
	}
	// Of many cases a job is made.
	_, err = o.tx.Exec(t.Context(), `INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at, passed_to)
		SELECT agency_id, request_id, citizen_id, queue_id, 'N' || g, form_key, form_version, title, subject, status, $1, $1, $1, 'N' || g, $1, id FROM tickets, generate_series(1, 2000) g`, o.now.Add(-time.Hour))
	must(t, err)
	id, later, err := o.desk.AskTrial(t.Context(), o.tx, o.head(), o.agency.ID, 1, rules)
	must(t, err)
	if job := rivertest.RequireInsertedTx[*riverpgxv5.Driver](t.Context(), t, o.tx, &tickets.TrialArgs{}, nil); !later || job.Args.TrialID != id {
		t.Errorf("later %t, a job for %d", later, job.Args.TrialID)
	}
	must(t, o.desk.PlayTrial(t.Context(), o.tx, o.agency.ID, id))
	if played, err := tickets.FindTrial(t.Context(), o.tx, o.agency.ID, id); err != nil || played.Result.Seen != 2001 || played.Result.Differs != 2001 || len(played.Result.Cases) != 100 {
		t.Errorf("%d, %v", played.Result.Seen, err)
	}
}
