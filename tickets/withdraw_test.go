package tickets_test

import (
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/tickets"
)

// A citizen ends a case of their own until it is decided: once, with the reason where officers read it, and it can be filed
// again with all its answers.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	o := open(t)
	citizen := tickets.ByCitizen(int64(o.citizen.CitizenID))
	made := o.ticket(t, "d1")
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	must(t, tickets.Seen(t.Context(), o.tx, made.ID))
	whole := tickets.Withdrawal{TicketID: made.ID, Reason: " ย้ายบ้านแล้ว ", Way: "track"}
	for what, one := range map[string]struct {
		by   tickets.Actor
		w    tickets.Withdrawal
		want fault.Kind
	}{
		"an officer":              {o.by(), whole, fault.Forbidden},
		"no way":                  {citizen, tickets.Withdrawal{TicketID: made.ID}, fault.Forbidden},
		"somebody else":           {tickets.ByCitizen(citizen.ID + 1), whole, fault.NotFound},
		"a case that is not here": {citizen, tickets.Withdrawal{TicketID: 1 << 40, Way: "track"}, fault.NotFound},
	} {
		if err := o.desk.Withdraw(t.Context(), o.tx, one.by, one.w); !fault.Is(err, one.want) {
			t.Errorf("%s: %v, want %q", what, err, one.want)
		}
	}
	for range 2 {
		must(t, o.desk.Withdraw(t.Context(), o.tx, citizen, whole))
	}
	after := o.find(t, made.ID)
	if after.Status != tickets.Withdrawn || after.ClosedAt == nil || !after.Unread {
		t.Errorf("%+v", after)
	}
	said, err := tickets.Thread(t.Context(), o.tx, made.ID)
	must(t, err)
	if len(said) != 1 || said[0].Text != "ย้ายบ้านแล้ว" || said[0].Author != "citizen" {
		t.Errorf("officers read %+v", said)
	}
	if lines := o.happenings(t, made.ID, tickets.EventWithdrawn); len(lines) != 1 {
		t.Errorf("%q", lines)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'withdrawn'`); n != 1 {
		t.Errorf("%d confirmations, want 1", n)
	}
	if n := count(t, o.tx, `SELECT count(*) FROM tickets WHERE next_duty_at IS NOT NULL`); n != 0 {
		t.Error("something still falls due in a case that was withdrawn")
	}
	if err := o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("decided afterwards: %v", err)
	}
	again, err := o.desk.Refiling(t.Context(), o.tx, made.ID)
	must(t, err)
	s := o.submission("d2")
	s.Answers, s.Again = again.Answers, again.Of
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	fresh, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	if number, err := tickets.RefiledAs(t.Context(), o.tx, made.ID); err != nil || number != fresh.Number || len(again.Missing) != 0 {
		t.Errorf("filed again as %q, missing %v: %v", number, again.Missing, err)
	}
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: fresh.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"}))
	if err := o.desk.Withdraw(t.Context(), o.tx, citizen, tickets.Withdrawal{TicketID: fresh.ID, Way: "track"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("withdrawn after the decision: %v", err)
	}
}

// Withdrawing and deciding at the same moment: one of them counts, and the other is told (R13).
func TestWithdrawOrDecide(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	for _, code := range []string{"WA", "WB", "WC", "WD", "WE", "WF"} {
		var o *office
		var made tickets.Ticket
		in := func(do func(tx pgx.Tx) error) error {
			return agencies.Everywhere(t.Context(), db, do)
		}
		must(t, in(func(tx pgx.Tx) error {
			o = openIn(t, tx, code)
			made = o.ticket(t, code)
			return nil
		}))
		var (
			both   sync.WaitGroup
			errs   [2]error
			gun    = make(chan struct{})
			decide = func(tx pgx.Tx) error {
				return o.desk.Decide(t.Context(), tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"})
			}
			withdraw = func(tx pgx.Tx) error {
				return o.desk.Withdraw(t.Context(), tx, tickets.ByCitizen(int64(o.citizen.CitizenID)), tickets.Withdrawal{TicketID: made.ID, Way: "track"})
			}
		)
		for i, act := range []func(pgx.Tx) error{decide, withdraw} {
			both.Go(func() { <-gun; errs[i] = in(act) })
		}
		close(gun)
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("decided: %v, withdrawn: %v", errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Errorf("who lost was told %v", err)
			}
		}
	}
}
