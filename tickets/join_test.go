package tickets_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/tickets"
)

// reported is a street light reported by a citizen of their own, in the service's newest version.
func (o *office) reported(t testing.TB, draft string, change ...func(*tickets.Submission)) tickets.Ticket {
	t.Helper()
	s := o.submission(draft)
	form, _ := o.forms.Find("public-problem")
	s.Version, s.EnteredAt = form.Version, o.now
	who, err := citizens.Resolve(t.Context(), o.tx, "line", "p", "U"+o.agency.Code+draft)
	must(t, err)
	s.CitizenID = int64(who.CitizenID)
	for _, c := range change {
		c(&s)
	}
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return made.Ticket
}

func corrupt(s *tickets.Submission) {
	s.Answers[0].Text, s.Answers[0].Value = "ทุจริต มิชอบ", []byte(`"corruption"`)
}

// photo is a file that lies in the store.
func (o *office) photo(t testing.TB) (id int64) {
	t.Helper()
	must(t, o.tx.QueryRow(t.Context(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
		VALUES ('k' || random(), '', 1, 'image/jpeg', 'after.jpg', '', 'x' || random()) RETURNING id`).Scan(&id))
	return id
}

// mend is an approval with all its evidence.
func (o *office) mend(t testing.TB, id tickets.TicketID) {
	t.Helper()
	must(t, o.desk.Photograph(t.Context(), o.tx, o.by(), id, o.photo(t)))
	day := o.now
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "เปลี่ยนหลอดแล้ว", Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: &day}))
}

func (o *office) merge(t testing.TB, id, into tickets.TicketID) {
	t.Helper()
	must(t, o.desk.Merge(t.Context(), o.tx, o.by(), id, into))
}

func of(t tickets.Ticket) tickets.Actor { return tickets.ByCitizen(t.CitizenID) }

// SVC-5: what, between which cases -> refused with which kind. Empty: it is done.
func TestRulesOfMerging(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do      func(t *testing.T, o *office, a, b, c tickets.TicketID) error
		want    fault.Kind
		refused bool
	}{
		"two of a kind": {do: func(_ *testing.T, o *office, a, b, _ tickets.TicketID) error {
			return o.desk.Merge(o.ctx(), o.tx, o.by(), b, a)
		}},
		"a citizen merges": {want: fault.Forbidden, refused: true, do: func(_ *testing.T, o *office, a, b, _ tickets.TicketID) error {
			return o.desk.Merge(o.ctx(), o.tx, person(o), b, a)
		}},
		"with itself": {want: fault.Invalid, refused: true, do: func(_ *testing.T, o *office, a, _, _ tickets.TicketID) error {
			return o.desk.Merge(o.ctx(), o.tx, o.by(), a, a)
		}},
		"twice": {do: func(t *testing.T, o *office, a, b, _ tickets.TicketID) error {
			o.merge(t, b, a)
			return o.desk.Merge(o.ctx(), o.tx, o.by(), b, a)
		}},
		"into a second one": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, c tickets.TicketID) error {
			o.merge(t, c, a)
			return o.desk.Merge(o.ctx(), o.tx, o.by(), c, b)
		}},
		"a chain from below": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, c tickets.TicketID) error {
			o.merge(t, b, a)
			return o.desk.Merge(o.ctx(), o.tx, o.by(), c, b)
		}},
		"a chain from above": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, c tickets.TicketID) error {
			o.merge(t, c, b)
			return o.desk.Merge(o.ctx(), o.tx, o.by(), b, a)
		}},
		"the earlier one follows": {want: fault.Invalid, refused: true, do: func(_ *testing.T, o *office, a, b, _ tickets.TicketID) error {
			return o.desk.Merge(o.ctx(), o.tx, o.by(), a, b)
		}},
		"a circle": {want: fault.Invalid, refused: true, do: func(t *testing.T, o *office, a, b, _ tickets.TicketID) error {
			o.merge(t, b, a)
			return o.desk.Merge(o.ctx(), o.tx, o.by(), a, b)
		}},
		"a confidential one follows": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, _, _ tickets.TicketID) error {
			return o.desk.Merge(o.ctx(), o.tx, o.by(), o.reported(t, "secret", corrupt).ID, a)
		}},
		"a confidential one is followed": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, _, _, _ tickets.TicketID) error {
			secret := o.reported(t, "secret", corrupt).ID
			return o.desk.Merge(o.ctx(), o.tx, o.by(), o.reported(t, "later").ID, secret)
		}},
		"into a closed one": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, _ tickets.TicketID) error {
			o.mend(t, a)
			return o.desk.Merge(o.ctx(), o.tx, o.by(), b, a)
		}},
		"a closed one": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, _ tickets.TicketID) error {
			o.mend(t, b)
			return o.desk.Merge(o.ctx(), o.tx, o.by(), b, a)
		}},
		"decided where it follows": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, _ tickets.TicketID) error {
			o.merge(t, b, a)
			return o.desk.Decide(o.ctx(), o.tx, o.by(), refusal(b))
		}},
		"taken where it follows": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, _ tickets.TicketID) error {
			o.merge(t, b, a)
			return o.desk.Take(o.ctx(), o.tx, o.by(), b)
		}},
		"parted": {do: func(t *testing.T, o *office, a, b, c tickets.TicketID) error {
			o.merge(t, b, a)
			must(t, o.desk.Unmerge(o.ctx(), o.tx, o.by(), b))
			must(t, o.desk.Unmerge(o.ctx(), o.tx, o.by(), b))
			return o.desk.Merge(o.ctx(), o.tx, o.by(), c, a)
		}},
		"parted after the end": {want: fault.Conflict, refused: true, do: func(t *testing.T, o *office, a, b, _ tickets.TicketID) error {
			o.merge(t, b, a)
			o.mend(t, a)
			return o.desk.Unmerge(o.ctx(), o.tx, o.by(), b)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			err := c.do(t, o, o.reported(t, "a").ID, o.reported(t, "b").ID, o.reported(t, "c").ID)
			if c.refused && !fault.Is(err, c.want) || !c.refused && err != nil {
				t.Errorf("%v, want refused %v with %v", err, c.refused, c.want)
			}
		})
	}
}

// SVC-5: the database itself keeps chains, circles, confidential cases, another agency's, and a merged case that stands alone out.
func TestTheDatabaseKeepsMergingSound(t *testing.T) {
	t.Parallel()
	o := open(t)
	theirs := openIn(t, o.tx, "TC").reported(t, "theirs", func(s *tickets.Submission) {
		s.Answers[1].Text, s.Answers[1].Value = "ซอยอื่น", []byte(`{"title":"ซอยอื่น"}`)
	})
	first, a, b := o.reported(t, "first"), o.reported(t, "a"), o.reported(t, "b")
	before, c, secret := o.reported(t, "before", corrupt), o.reported(t, "c"), o.reported(t, "d", corrupt)
	o.merge(t, b.ID, a.ID)
	follow := `UPDATE tickets SET status = 'merged', main_id = $2 WHERE id = $1`
	for what, try := range map[string]struct {
		sql  string
		args []any
		want string
	}{
		"a chain from below":                  {follow, []any{c.ID, b.ID}, "tickets_follows"},
		"a chain from above":                  {follow, []any{a.ID, first.ID}, "tickets_follows"},
		"a circle":                            {follow, []any{a.ID, b.ID}, "tickets_joined"},
		"a later one":                         {follow, []any{first.ID, c.ID}, "tickets_joined"},
		"itself":                              {follow, []any{c.ID, c.ID}, "tickets_joined"},
		"a confidential one follows":          {follow, []any{secret.ID, a.ID}, "tickets_joined"},
		"a confidential one is followed":      {follow, []any{c.ID, before.ID}, "tickets_follows"},
		"another agency's":                    {follow, []any{c.ID, theirs.ID}, "tickets_follows"},
		"merged with nothing":                 {`UPDATE tickets SET status = 'merged' WHERE id = $1`, []any{c.ID}, "tickets_merged"},
		"open though it follows":              {`UPDATE tickets SET status = 'open' WHERE id = $1`, []any{b.ID}, "tickets_merged"},
		"no evidence asked for any more":      {`UPDATE tickets SET evidence = '{}' WHERE id = $1`, []any{c.ID}, "evidence_stays"},
		"a confidential one becomes joinable": {`UPDATE tickets SET alike = 'light' WHERE id = $1`, []any{secret.ID}, "evidence_stays"},
	} {
		err := pgx.BeginFunc(t.Context(), o.tx, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), try.sql, try.args...)
			return err
		})
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.ConstraintName != try.want && refused.Code != "42501" {
			t.Errorf("%s: %v, want %s", what, err, try.want)
		}
	}
}

// SVC-5: an approval without a photo, a crew or the day of the work is refused, by the desk and by the database; a refusal and
// a confidential case need none.
func TestClosingNeedsItsEvidence(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.reported(t, "a")
	today, tomorrow := o.now, o.now.AddDate(0, 0, 1)
	whole := tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "เปลี่ยนหลอดแล้ว", Crew: "ช่าง", WorkedOn: &today}
	if err := o.desk.Decide(t.Context(), o.tx, o.by(), whole); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a photo: %v", err)
	}
	must(t, o.desk.Photograph(t.Context(), o.tx, o.by(), made.ID, o.photo(t)))
	for what, change := range map[string]func(*tickets.Decision){
		"without a crew": func(d *tickets.Decision) { d.Crew = " " },
		"without a day":  func(d *tickets.Decision) { d.WorkedOn = nil },
		"before it was":  func(d *tickets.Decision) { d.WorkedOn = &tomorrow },
	} {
		dec := whole
		change(&dec)
		if err := o.desk.Decide(t.Context(), o.tx, o.by(), dec); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	bare := `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, at) VALUES ($1, $2, 1, $3, 'approve', now())`
	err := pgx.BeginFunc(t.Context(), o.tx, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), bare, made.ID, made.AgencyID, o.officer.ID)
		return err
	})
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.ConstraintName != "decisions_evidence" {
		t.Errorf("by hand in the database: %v", err)
	}
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), whole))
	claim, ok, err := o.desk.ClaimOf(t.Context(), o.tx, o.find(t, made.ID))
	must(t, err)
	if !ok || len(claim.Photos) != 1 || claim.Work() != "ช่าง · 23 พ.ย. 2569" {
		t.Errorf("claim %v %+v %q", ok, claim, claim.Work())
	}
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), refusal(o.reported(t, "b").ID)))
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: o.reported(t, "c", corrupt).ID, Outcome: tickets.Approve, Reason: "ตรวจสอบแล้ว"}))
}

// SVC-5: who -> what they do to the result of joined cases -> how the main one stands then.
func TestConfirmingAndReopening(t *testing.T) {
	t.Parallel()
	type step = func(o *office, main, follower tickets.Ticket) error
	confirm := func(o *office, t tickets.Ticket) error {
		return o.desk.Confirm(o.ctx(), o.tx, of(t), t.ID, 1, "line 1")
	}
	reopen := func(o *office, t tickets.Ticket) error { return o.desk.Reopen(o.ctx(), o.tx, of(t), t.ID, 1, "track") }
	later := func(days int) step {
		return func(o *office, main, _ tickets.Ticket) error {
			o.now = o.now.AddDate(0, 0, days)
			return o.desk.DoDuties(o.ctx(), o.tx, main.ID)
		}
	}
	for name, c := range map[string]struct {
		steps   []step
		want    tickets.Status
		line    tickets.EventKind // that the main case has once
		refused bool              // the last step is
	}{
		"confirmed":               {[]step{func(o *office, m, _ tickets.Ticket) error { return confirm(o, m) }}, tickets.Approved, tickets.EventConfirmed, false},
		"confirmed by a follower": {[]step{func(o *office, _, f tickets.Ticket) error { return confirm(o, f) }, later(9)}, tickets.Approved, tickets.EventConfirmed, false},
		"confirmed twice": {[]step{func(o *office, m, _ tickets.Ticket) error { return confirm(o, m) }, func(o *office, m, _ tickets.Ticket) error { return confirm(o, m) }},
			tickets.Approved, tickets.EventConfirmed, false},
		"reopened":               {[]step{func(o *office, m, _ tickets.Ticket) error { return reopen(o, m) }}, tickets.Open, tickets.EventReopened, false},
		"reopened by a follower": {[]step{func(o *office, _, f tickets.Ticket) error { return reopen(o, f) }}, tickets.Open, tickets.EventReopened, false},
		"reopened by both": {[]step{func(o *office, _, f tickets.Ticket) error { return reopen(o, f) }, func(o *office, m, _ tickets.Ticket) error { return reopen(o, m) }},
			tickets.Open, tickets.EventReopened, false},
		"reopened though another confirmed": {[]step{func(o *office, m, _ tickets.Ticket) error { return confirm(o, m) }, func(o *office, _, f tickets.Ticket) error { return reopen(o, f) }},
			tickets.Open, tickets.EventReopened, false},
		"confirmed when it is open again": {[]step{func(o *office, m, _ tickets.Ticket) error { return reopen(o, m) }, func(o *office, _, f tickets.Ticket) error { return confirm(o, f) }},
			tickets.Open, tickets.EventReopened, false},
		"on the seventh day": {[]step{later(6), func(o *office, m, _ tickets.Ticket) error { return reopen(o, m) }}, tickets.Open, tickets.EventReopened, false},
		"no word":            {[]step{later(8), later(1)}, tickets.Approved, tickets.EventUnconfirmed, false},
		"too late":           {[]step{later(8), func(o *office, m, _ tickets.Ticket) error { return reopen(o, m) }}, tickets.Approved, tickets.EventUnconfirmed, true},
		"by somebody else": {[]step{func(o *office, m, f tickets.Ticket) error {
			return o.desk.Reopen(o.ctx(), o.tx, of(f), m.ID, 1, "line 1")
		}}, tickets.Approved, tickets.EventDecided, true},
		"by an officer": {[]step{func(o *office, m, _ tickets.Ticket) error {
			return o.desk.Reopen(o.ctx(), o.tx, o.by(), m.ID, 1, "line 1")
		}}, tickets.Approved, tickets.EventDecided, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			main, follower := o.reported(t, "a"), o.reported(t, "b")
			o.merge(t, follower.ID, main.ID)
			o.mend(t, main.ID)
			must(t, o.desk.Told(t.Context(), o.tx, main.ID))
			must(t, o.desk.Told(t.Context(), o.tx, follower.ID))
			// Whoever took it, took it from the queue to decide.
			_, err := o.tx.Exec(t.Context(), `UPDATE tickets SET officer_id = NULL WHERE id = $1`, main.ID)
			must(t, err)
			for i, step := range c.steps {
				err := step(o, main, follower)
				if refused := c.refused && i == len(c.steps)-1; refused != (err != nil) {
					t.Fatalf("step %d: %v", i, err)
				}
			}
			got, theirs := o.find(t, main.ID), o.find(t, follower.ID)
			want := got.Status
			if !want.Closed() {
				want = tickets.Merged
			}
			if got.Status != c.want || theirs.Status != want || got.Number != main.Number || theirs.Number != follower.Number {
				t.Errorf("%s, the follower %s; want %s", got.Status, theirs.Status, c.want)
			}
			events, err := tickets.History(t.Context(), o.tx, main.ID)
			must(t, err)
			if i := chain.Check(events); i != nil {
				t.Errorf("history broken: %v", i)
			}
			n := 0
			for _, e := range events {
				if e.Kind == c.line {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d lines %s", n, c.line)
			}
		})
	}
}

// The clock goes on where it stood: the days from the closing to the reopening are not counted, the rest is (LOC-6). A second
// closing is another decision with seven days of its own.
func TestReopeningGoesOnWithTheSameClock(t *testing.T) {
	t.Parallel()
	o := open(t)
	made := o.reported(t, "a")
	before := o.find(t, made.ID).DueAt
	o.now = o.now.AddDate(0, 0, 1)
	o.mend(t, made.ID)
	must(t, o.desk.Told(t.Context(), o.tx, made.ID))
	o.now = o.now.AddDate(0, 0, 2)
	must(t, o.desk.Reopen(t.Context(), o.tx, of(made), made.ID, 1, "line 1"))
	got := o.find(t, made.ID)
	// Tuesday, Wednesday and Thursday are not counted; Saturday and Sunday are no working days; 5 December is a holiday that
	// falls on a Saturday, with its substitute on Monday the 7th where one is known.
	cal := got.DueAt.Sub(before)
	if cal < 3*24*time.Hour || cal > 6*24*time.Hour || got.ClosedAt != nil {
		t.Errorf("due %s, before %s, closed %v", got.DueAt, before, got.ClosedAt)
	}
	clocks, err := o.desk.Clocks(t.Context(), o.tx, made.ID)
	must(t, err)
	stood := 0
	for _, c := range clocks {
		for _, s := range c.Steps {
			if c.Key == forms.Decide && s.Why == "แจ้งผลแล้ว ก่อนประชาชนขอให้ดำเนินการต่อ" {
				stood++
			}
		}
	}
	if stood != 1 {
		t.Errorf("the working says it stood still %d times", stood)
	}
	if err := o.desk.TakeBack(t.Context(), o.tx, o.head(), made.ID, "เหตุผลที่ยาวพอสมควร"); err != nil {
		t.Errorf("nothing stands: %v", err)
	}
	o.now = o.now.AddDate(0, 0, 1)
	if err := o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "x", Crew: "ช่าง", WorkedOn: &o.now}); !fault.Is(err, fault.Invalid) {
		t.Errorf("closed again with the photo of before: %v", err)
	}
	o.mend(t, made.ID)
	must(t, o.desk.Told(t.Context(), o.tx, made.ID))
	claim, ok, err := o.desk.ClaimOf(t.Context(), o.tx, o.find(t, made.ID))
	must(t, err)
	if !ok || claim.N != 2 || !claim.Open || claim.Until.Sub(o.now) < 6*24*time.Hour {
		t.Errorf("claim %v %+v", ok, claim)
	}
	must(t, o.desk.Reopen(t.Context(), o.tx, of(made), made.ID, 1, "line 1")) // a tap on the old card
	if got := o.find(t, made.ID); got.Status != tickets.Approved {
		t.Errorf("a tap on the old card made it %s", got.Status)
	}
	all, err := tickets.Decisions(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(all) != 2 || all[0].ReopenedAt == nil || all[1].ReopenedAt != nil {
		t.Errorf("decisions %+v", all)
	}
}
