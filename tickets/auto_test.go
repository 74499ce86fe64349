package tickets_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// switched lets the certificate of a food shop go out by itself in the agency, or whatever else is chosen.
func (o *office) switched(t testing.TB, own forms.Override) {
	t.Helper()
	_, err := forms.Depart(t.Context(), o.tx, forms.Made{Override: own, Agency: int64(o.agency.ID), Form: "food-premises", Base: 1, At: o.now})
	must(t, err)
}

var certificateOn = forms.Override{Auto: map[string]forms.AutoChoice{"certificate": {On: true}}}

// shop files the notice of a small food shop with all that belongs to it; change may alter the answers.
func (o *office) shop(t testing.TB, draft string, change ...func([]forms.Answer) []forms.Answer) tickets.Ticket {
	t.Helper()
	form, ok := o.forms.Find("food-premises")
	if !ok {
		t.Fatal("no such service")
	}
	answers, err := form.ExampleAnswers(o.now)
	must(t, err)
	for i := range answers {
		if len(answers[i].Attachments) > 0 {
			answers[i].Attachments = []int64{o.file(t, draft+answers[i].Field)}
		}
	}
	for _, c := range change {
		answers = c(answers)
	}
	s := o.submission(draft)
	s.Form, s.Version, s.Answers = form.Key, form.Version, answers
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return o.find(t, made.ID)
}

// answered puts another answer in the place of one.
func answered(t testing.TB, field, value string) func([]forms.Answer) []forms.Answer {
	t.Helper()
	return func(all []forms.Answer) []forms.Answer {
		i := slices.IndexFunc(all, func(a forms.Answer) bool { return a.Field == field })
		if i < 0 {
			t.Fatalf("no answer to %s", field)
		}
		all[i].Value = []byte(value)
		return all
	}
}

// known has somebody prove who the citizen is, at the moment.
func (o *office) known(t testing.TB) {
	t.Helper()
	_, err := o.tx.Exec(t.Context(), `INSERT INTO verifications (citizen_id, level, how, attributes, checked_by, at, until) VALUES ($1, 2, 'phone', '', 'phone', $2, $3)`,
		o.citizen.CitizenID, o.now, o.now.AddDate(1, 0, 0))
	must(t, err)
}

// step is what a rule does next in a case, or did.
func (o *office) step(t testing.TB, made tickets.Ticket, rule string) tickets.Step {
	t.Helper()
	all, err := o.desk.Steps(t.Context(), o.tx, o.find(t, made.ID))
	must(t, err)
	i := slices.IndexFunc(all, func(s tickets.Step) bool { return s.Rule.Key == rule })
	if i < 0 {
		t.Fatalf("no step by the rule %s in %+v", rule, all)
	}
	return all[i]
}

// unmet are the conditions that keep a rule from doing something.
func unmet(s tickets.Step) (all []tickets.Condition) {
	for _, c := range s.Tests {
		if !c.Met {
			all = append(all, c.Condition)
		}
	}
	return all
}

// SEED-24: the notice of a small food shop is noted as complete and certified without anybody, after the time in which somebody
// could step in; each step stands in the history as the system's, with its rule and why, and once.
func TestNoticeThatIsCertifiedByItself(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.switched(t, certificateOn)
	o.known(t)
	made := o.shop(t, "d1")
	if s := o.step(t, made, "complete"); !s.At.Equal(made.DeemedReceivedAt) || len(unmet(s)) > 0 {
		t.Fatalf("complete at %s, not met %v", s.At, unmet(s))
	}
	must(t, o.desk.DoDuties(t.Context(), o.tx, made.ID))
	planned := o.step(t, made, "certificate")
	if want := time.Date(2026, time.November, 23, 14, 0, 0, 0, thai.Bangkok()); !planned.At.Equal(want) || planned.Done {
		t.Fatalf("the certificate is planned for %s, want %s; not met %v", planned.At, want, unmet(planned))
	}
	o.live(t, o.now.Add(6*time.Hour))
	dec, err := tickets.FindDecision(t.Context(), o.tx, made.ID)
	must(t, err)
	if dec.Rule != "certificate" || dec.OfficerID != 0 || dec.Outcome != tickets.Approve || !dec.At.Equal(planned.At) || dec.By() != tickets.System() {
		t.Errorf("%+v", dec)
	}
	rivertest.RequireInsertedTx[*riverpgxv5.Driver](t.Context(), t, o.tx, &tickets.DecidedArgs{}, nil)
	if got := o.happenings(t, made.ID, tickets.EventComplete, tickets.EventDecided); len(got) != 2 {
		t.Errorf("%q", got)
	}
	for rule, conditions := range map[string]int{"complete": 7, "certificate": 13} {
		if s := o.step(t, made, rule); !s.Done || len(s.Tests) != conditions || len(unmet(s)) > 0 {
			t.Errorf("%s: %+v", rule, s)
		}
	}
	if got := o.find(t, made.ID); got.Status != tickets.Approved || !got.Unread || got.OfficerID != nil {
		t.Errorf("%+v", got)
	}
}

// Each rule both ways: what keeps it from doing something is named, and nothing is done, also days later.
func TestWhatKeepsARuleBack(t *testing.T) {
	t.Parallel()
	on := certificateOn
	chain := on
	chain.Deciding = forms.Deciding{TwoPerson: true}
	file := func(state string) func(*office, tickets.Ticket) {
		return func(o *office, made tickets.Ticket) {
			_, err := o.tx.Exec(o.ctx(), `UPDATE attachments SET state = $2 WHERE id = (SELECT min(attachment_id) FROM ticket_files WHERE ticket_id = $1)`, made.ID, state)
			must(o.t, err)
		}
	}
	for name, c := range map[string]struct {
		own     forms.Override
		unknown bool // who the citizen is
		change  func([]forms.Answer) []forms.Answer
		after   func(*office, tickets.Ticket)
		rule    string
		want    []tickets.Condition
	}{
		"a large shop":        {own: on, change: answered(t, "area", "201"), rule: "complete", want: []tickets.Condition{tickets.OfKind}},
		"filed for another":   {own: on, change: answered(t, "filed_by", `"proxy"`), rule: "certificate", want: []tickets.Condition{tickets.OfKind, tickets.Documented, tickets.Complete}},
		"nobody known":        {own: on, unknown: true, rule: "complete", want: []tickets.Condition{tickets.Identified}},
		"a file that waits":   {own: on, after: file("waiting"), rule: "complete", want: []tickets.Condition{tickets.Documented, tickets.Scanned}},
		"a file that is gone": {own: on, after: file("gone"), rule: "certificate", want: []tickets.Condition{tickets.Documented, tickets.Scanned, tickets.Complete}},
		"rates that say nothing": {own: on, after: func(o *office, made tickets.Ticket) {
			_, err := o.tx.Exec(o.ctx(), `UPDATE requests SET answers = (SELECT jsonb_agg(a) FROM jsonb_array_elements(answers) a WHERE a->>'field' <> 'in_market') WHERE id = $1`, made.RequestID)
			must(o.t, err)
		}, rule: "complete", want: []tickets.Condition{tickets.OfKind, tickets.FeeKnown}},
		"documents awaited": {own: on, after: func(o *office, made tickets.Ticket) {
			must(o.t, o.desk.Ask(o.ctx(), o.tx, o.head(), made.ID, tickets.Asking{Added: added("แผนที่"), DueOn: o.now.AddDate(0, 0, 30)}))
		}, rule: "certificate", want: []tickets.Condition{tickets.Supplied}},
		"words unanswered": {own: on, after: func(o *office, made tickets.Ticket) {
			must(o.t, o.desk.Complete(o.ctx(), o.tx, o.by(), made.ID))
			must(o.t, o.desk.Receive(o.ctx(), o.tx, tickets.ByCitizen(made.CitizenID), made.ID, tickets.Said{Source: "m", Text: "ขอแก้ชื่อร้าน", At: o.now}))
		}, rule: "certificate", want: []tickets.Condition{tickets.Answered}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			o.switched(t, c.own)
			if !c.unknown {
				o.known(t)
			}
			var changes []func([]forms.Answer) []forms.Answer
			if c.change != nil {
				changes = append(changes, c.change)
			}
			made := o.shop(t, "d1", changes...)
			if c.after != nil {
				c.after(o, made)
			}
			s := o.step(t, made, c.rule)
			if got := unmet(s); !slices.Equal(got, c.want) || !s.At.IsZero() {
				t.Errorf("kept back by %v, want %v; planned for %s", got, c.want, s.At)
			}
			o.live(t, o.now.AddDate(0, 0, 3))
			if got := o.find(t, made.ID).Status; got.Closed() {
				t.Errorf("%s three days later", got)
			}
		})
	}
	t.Run("an agency with two people", func(t *testing.T) {
		t.Parallel()
		o := open(t)
		o.switched(t, chain)
		o.known(t)
		made := o.shop(t, "d1")
		o.live(t, o.now.AddDate(0, 0, 3))
		all, err := o.desk.Steps(t.Context(), o.tx, o.find(t, made.ID))
		must(t, err)
		if got := o.find(t, made.ID).Status; got != tickets.Open || slices.ContainsFunc(all, func(s tickets.Step) bool { return s.Rule.Kind == forms.AutoApprove }) {
			t.Errorf("%s, %+v", got, all)
		}
	})
	t.Run("switched off, as it comes", func(t *testing.T) {
		t.Parallel()
		o := open(t)
		o.known(t)
		made := o.shop(t, "d1")
		o.live(t, o.now.AddDate(0, 0, 3))
		if got := o.find(t, made.ID).Status; got != tickets.Open || len(o.happenings(t, made.ID, tickets.EventComplete)) != 1 {
			t.Errorf("%s", got)
		}
	})
}

// What was missing comes: the step is done then, not as if it had been there before.
func TestRulesWaitForWhatIsMissing(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.switched(t, certificateOn)
	made := o.shop(t, "d1")
	_, err := o.tx.Exec(t.Context(), `UPDATE attachments SET state = 'waiting' WHERE id IN (SELECT attachment_id FROM ticket_files WHERE ticket_id = $1)`, made.ID)
	must(t, err)
	o.now = o.now.Add(time.Hour)
	o.known(t)
	must(t, o.desk.Known(t.Context(), o.tx, made.CitizenID))
	o.now = o.now.Add(time.Hour)
	var file int64
	rows, err := o.tx.Query(t.Context(), `UPDATE attachments SET state = 'ready', scanned_at = $2 WHERE id IN (SELECT attachment_id FROM ticket_files WHERE ticket_id = $1) RETURNING id`, made.ID, o.now)
	must(t, err)
	files, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	must(t, err)
	file = files[0]
	must(t, o.desk.Scanned(t.Context(), o.tx, file))
	if s := o.step(t, made, "complete"); !s.At.Equal(o.now) {
		t.Errorf("complete at %s, want %s; not met %v", s.At, o.now, unmet(s))
	}
	if found, err := tickets.WithDuties(t.Context(), o.tx, o.now, 10); err != nil || !slices.Contains(found, made.ID) {
		t.Errorf("nobody looks at it: %v, %v", found, err)
	}
}

// An officer stops one rule or all in a case, with a reason, and lets it go on; the time in which one can step in begins anew.
func TestStoppingAndGoingOn(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]string{"one": "certificate", "all": ""} {
		t.Run(name, func(t *testing.T) { stopAndGoOn(t, rule) })
	}
}

func stopAndGoOn(t *testing.T, rule string) {
	t.Helper()
	o := open(t)
	o.switched(t, certificateOn)
	o.known(t)
	made := o.shop(t, "d1")
	must(t, o.desk.DoDuties(t.Context(), o.tx, made.ID))
	if err := o.desk.Halt(t.Context(), o.tx, o.by(), made.ID, rule, "ดู"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if err := o.desk.Halt(t.Context(), o.tx, o.by(), made.ID, "gone", "ขอตรวจสถานที่ก่อน"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a rule that there is none of: %v", err)
	}
	if err := o.desk.Halt(t.Context(), o.tx, tickets.ByCitizen(made.CitizenID), made.ID, rule, "ขอตรวจสถานที่ก่อน"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by the citizen: %v", err)
	}
	for range 2 {
		must(t, o.desk.Halt(t.Context(), o.tx, o.by(), made.ID, rule, "ขอตรวจสถานที่ก่อน"))
	}
	o.live(t, o.now.AddDate(0, 0, 2))
	if s := o.step(t, made, "certificate"); o.find(t, made.ID).Status != tickets.Open || s.Halt == nil || s.Halt.Reason != "ขอตรวจสถานที่ก่อน" {
		t.Fatalf("stopped: %s, %+v", o.find(t, made.ID).Status, s)
	}
	for range 2 {
		must(t, o.desk.Resume(t.Context(), o.tx, o.by(), made.ID, rule))
	}
	goesOn := o.now
	if s := o.step(t, made, "certificate"); s.Halt != nil || s.At.Before(goesOn.Add(4*time.Hour)) {
		t.Errorf("goes on at %s, let go on at %s", s.At, goesOn)
	}
	o.live(t, o.now.AddDate(0, 0, 2))
	if got := o.happenings(t, made.ID, tickets.EventHalted, tickets.EventResumed, tickets.EventDecided); len(got) != 3 || o.find(t, made.ID).Status != tickets.Approved {
		t.Errorf("%q", got)
	}
}

// A head stops it in a service, or in the agency, also in the cases that run; an officer cannot.
func TestStoppingAService(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]forms.Key{"one": "food-premises", "all": ""} {
		t.Run(name, func(t *testing.T) { stopService(t, key) })
	}
}

func stopService(t *testing.T, key forms.Key) {
	t.Helper()
	o := open(t)
	o.switched(t, certificateOn)
	o.known(t)
	made := o.shop(t, "d1")
	if err := o.desk.HaltService(t.Context(), o.tx, o.by(), o.agency.ID, key, "", "รอหนังสือสั่งการ"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by an officer: %v", err)
	}
	for range 2 {
		must(t, o.desk.HaltService(t.Context(), o.tx, o.head(), o.agency.ID, key, "", "รอหนังสือสั่งการ"))
	}
	standing, err := tickets.Halts(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	if len(standing) != 1 || standing[0].FormKey != key {
		t.Errorf("%+v", standing)
	}
	o.live(t, o.now.AddDate(0, 0, 2))
	if got := o.happenings(t, made.ID, tickets.EventComplete, tickets.EventDecided); len(got) != 0 {
		t.Fatalf("%s: %q", key, got)
	}
	must(t, o.desk.ResumeService(t.Context(), o.tx, o.head(), o.agency.ID, key, ""))
	changed := rivertest.RequireManyInsertedTx[*riverpgxv5.Driver](t.Context(), t, o.tx, []rivertest.ExpectedJob{{Args: &tickets.HaltedArgs{}}, {Args: &tickets.HaltedArgs{}}})
	if len(changed) != 2 {
		t.Errorf("%d jobs", len(changed))
	}
	cases, err := tickets.WithRules(t.Context(), o.tx, o.agency.ID, key, 0, 10)
	must(t, err)
	for _, id := range cases {
		must(t, o.desk.DoDuties(t.Context(), o.tx, id))
	}
	o.live(t, o.now.AddDate(0, 0, 2))
	if got := o.find(t, made.ID).Status; got != tickets.Approved {
		t.Errorf("%s: %s after it goes on", key, got)
	}
}

// What a rule decided can be taken back as by hand before the citizen is told; then a person decides.
func TestApprovalByARuleTakenBack(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.switched(t, certificateOn)
	o.known(t)
	made := o.shop(t, "d1")
	o.live(t, o.now.Add(6*time.Hour))
	must(t, o.desk.TakeBack(t.Context(), o.tx, o.by(), made.ID, "แผนผังไม่ตรงกับสถานที่"))
	o.live(t, o.now.AddDate(0, 0, 3))
	if s := o.step(t, made, "certificate"); o.find(t, made.ID).Status != tickets.Open || !s.Done {
		t.Errorf("%s, %+v", o.find(t, made.ID).Status, s)
	}
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve}))
}

// The database itself lets nobody decide but an officer, the law, or a rule that the case keeps and nobody stopped.
func TestDatabaseKeepsDecisionsByRules(t *testing.T) {
	t.Parallel()
	o := open(t)
	plain := o.shop(t, "before")
	o.switched(t, certificateOn)
	o.known(t)
	kept, halted := o.shop(t, "d1"), o.shop(t, "d2")
	must(t, o.desk.Halt(t.Context(), o.tx, o.by(), halted.ID, "", "ขอตรวจสถานที่ก่อน"))
	const decide = `INSERT INTO decisions (ticket_id, agency_id, rule, outcome, at) VALUES ($1, $2, $3, $4, now())`
	o.forbids(t, "decisions_officer_check", decide, kept.ID, o.agency.ID, "", "approve")
	o.forbids(t, "decisions_by_rule", decide, kept.ID, o.agency.ID, "complete", "approve")
	o.forbids(t, "decisions_by_rule", decide, plain.ID, o.agency.ID, "certificate", "approve")
	o.forbids(t, "decisions_by_rule", decide, halted.ID, o.agency.ID, "certificate", "approve")
	o.forbids(t, "", decide, kept.ID, o.agency.ID, "certificate", "refuse")
	o.forbids(t, "", `UPDATE tickets SET approves = '{certificate}' WHERE id = $1`, plain.ID)
	o.forbids(t, "", `UPDATE halts SET rule = 'other' WHERE ticket_id = $1`, halted.ID)
	_, err := o.tx.Exec(t.Context(), decide, kept.ID, o.agency.ID, "certificate", "approve")
	must(t, err)
	o.forbids(t, "", `UPDATE decisions SET rule = '' WHERE ticket_id = $1`, kept.ID)
}

// Whoever owes documents is reminded before the last day, once each; of several that were missed while nothing ran, by the
// last one. More time brings reminders of its own.
func TestRemindersOfDocuments(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.licence(t, "d1")
	own, _ := o.listed(t, made)
	must(t, o.desk.Ask(t.Context(), o.tx, o.by(), made.ID, tickets.Asking{Labels: []string{own}, DueOn: o.now.AddDate(0, 0, 14)})) // Monday 7 December is a holiday: the 8th
	last := o.wants(t, made)[0].DueOn
	o.live(t, o.now.AddDate(0, 0, 13))
	must(t, o.desk.Lengthen(t.Context(), o.tx, o.by(), made.ID, last.AddDate(0, 0, 10)))
	o.now = last.AddDate(0, 0, 10).Add(5 * time.Hour) // asleep until the last day itself
	o.live(t, o.now.Add(time.Hour))
	var got []string
	for _, e := range o.happenings(t, made.ID, tickets.EventReminded) {
		got = append(got, e[:11])
	}
	first := last.AddDate(0, 0, -3).Format("01-02") + " 09:00"
	if len(got) != 3 || got[0] != first {
		t.Errorf("%q, want three, the first at %s", got, first)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'asked'`); n != 5 {
		t.Errorf("%d jobs, want the notice, more time and three reminders", n)
	}
}

// LFA: the holder is reminded before a permit ends, once each, also years after the case was closed; not of one that holds no more.
func TestRemindersOfRenewal(t *testing.T) {
	t.Parallel()
	for name, revoked := range map[string]bool{"holds": false, "revoked": true} {
		t.Run(name, func(t *testing.T) { remindOfRenewal(t, revoked) })
	}
}

func remindOfRenewal(t *testing.T, revoked bool) {
	t.Helper()
	o := open(t)
	made := o.licence(t, "d1")
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve}))
	_, err := o.tx.Exec(t.Context(), `INSERT INTO permits (agency_id, ticket_id, number, form_key, title, holder, items, issued_on, created_at, valid_until)
		VALUES ($1, $2, 'TB-HB-1', 'hazardous-business', 't', 'h', '[]', $3::timestamptz, $3, $4)`, o.agency.ID, made.ID, o.now, o.now.AddDate(0, 4, 0))
	must(t, err)
	must(t, o.desk.Told(t.Context(), o.tx, made.ID))
	if revoked {
		_, err := o.tx.Exec(t.Context(), `UPDATE permits SET status = 'revoked' WHERE ticket_id = $1`, made.ID)
		must(t, err)
	}
	for range 130 {
		o.now = o.now.AddDate(0, 0, 1)
		found, err := tickets.WithDuties(t.Context(), o.tx, o.now, 10)
		must(t, err)
		for _, id := range found {
			must(t, o.desk.DoDuties(t.Context(), o.tx, id))
		}
	}
	want := 3
	if revoked {
		want = 0
	}
	if got := o.happenings(t, made.ID, tickets.EventReminded); len(got) != want || count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'renewal'`) != want {
		t.Errorf("revoked %v: %q", revoked, got)
	}
}
