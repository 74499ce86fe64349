package tickets_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/tickets"
)

// crowded is an agency whose cases several transactions work on at once; each commits.
type crowded struct {
	*office
	pool *pgxpool.Pool
}

func crowd(t *testing.T) *crowded {
	t.Helper()
	c := &crowded{pool: pgtest.DB(t)}
	c.alone(t, func(tx pgx.Tx) error { c.office = openIn(t, tx, "PA"); return nil })
	return c
}

// alone runs fn in a transaction while nobody else does anything.
func (c *crowded) alone(t *testing.T, fn func(tx pgx.Tx) error) {
	t.Helper()
	must(t, agencies.Everywhere(t.Context(), c.pool, func(tx pgx.Tx) error {
		if c.office != nil {
			c.tx = tx
		}
		return fn(tx)
	}))
}

// SVC-5: eight at once join, part, close, confirm, open again, withdraw and answer the same seven cases in any order. Nobody waits
// in a circle, no case follows one that follows, and every reporter has a case of their own that is closed with what it follows.
func TestJoiningAtTheSameTime(t *testing.T) {
	t.Parallel()
	c := crowd(t)
	var cases []tickets.Ticket
	c.alone(t, func(pgx.Tx) error {
		for i := range 7 {
			cases = append(cases, c.reported(t, fmt.Sprint(i)))
		}
		return nil
	})
	// The photos lie ready: bringing them in is another act.
	c.alone(t, func(pgx.Tx) error {
		for _, one := range cases {
			must(t, c.desk.Photograph(t.Context(), c.tx, c.by(), one.ID, c.photo(t)))
		}
		return nil
	})
	const hands, rounds = 8, 40
	acts := []string{join, join, join, part, part, finish, confirm, reopen, reopen, reopen, told, answer, answer}
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		done = map[string]int{}
	)
	for hand := range uint64(hands) {
		random := rand.New(rand.NewPCG(hand, 50))
		all.Go(func() {
			for round := range rounds {
				one, other := cases[random.IntN(len(cases))], cases[random.IntN(len(cases))]
				act := acts[random.IntN(len(acts))]
				if round > rounds-4 { // at the end some withdraw
					act = withdraw
				}
				err := agencies.Everywhere(t.Context(), c.pool, func(tx pgx.Tx) error {
					return c.something(t.Context(), tx, act, one, other, fmt.Sprint(hand, "-", round))
				})
				var broken *pgconn.PgError
				mu.Lock()
				switch {
				case err == nil:
					done[act]++
				case errors.As(err, &broken) || fault.KindOf(err) == fault.Internal:
					t.Errorf("%s %d, %d: %v", act, one.ID, other.ID, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, act := range append(acts, withdraw) {
		if done[act] == 0 {
			t.Errorf("%s was never done, which shows nothing: %v", act, done)
		}
	}
	c.alone(t, func(tx pgx.Tx) error { c.sound(t, tx, cases); return nil })
}

// What is done to cases at the same time.
const (
	join     = "join"
	part     = "part"
	finish   = "finish"
	confirm  = "confirm"
	reopen   = "reopen"
	told     = "tell"
	answer   = "answer"
	withdraw = "withdraw"
)

// something does one act to one case, or to two.
func (c *crowded) something(ctx context.Context, tx pgx.Tx, act string, one, other tickets.Ticket, key string) error {
	switch act {
	case join:
		return c.desk.Merge(ctx, tx, c.by(), max(one.ID, other.ID), min(one.ID, other.ID))
	case part:
		return c.desk.Unmerge(ctx, tx, c.by(), one.ID)
	case finish:
		_, err := tx.Exec(ctx, `INSERT INTO work_photos (agency_id, ticket_id, attachment_id, officer_id, at)
			SELECT agency_id, ticket_id, attachment_id, officer_id, at FROM work_photos WHERE ticket_id = $1 AND n IS NULL ON CONFLICT DO NOTHING`, one.ID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE work_photos SET n = NULL WHERE ticket_id = $1`, one.ID); err != nil {
			return err
		}
		day := c.now
		return c.desk.Decide(ctx, tx, c.by(), tickets.Decision{TicketID: one.ID, Outcome: tickets.Approve, Reason: "เปลี่ยนหลอดแล้ว " + key, Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: &day})
	case confirm, reopen:
		now, err := tickets.Find(ctx, tx, one.ID)
		if err != nil {
			return err
		}
		claim, ok, err := c.desk.ClaimOf(ctx, tx, now)
		if err != nil || !ok {
			return err
		}
		if act == confirm {
			return c.desk.Confirm(ctx, tx, of(one), one.ID, claim.N, "line 1")
		}
		return c.desk.Reopen(ctx, tx, of(one), one.ID, claim.N, "line 1")
	case told:
		return c.desk.Told(ctx, tx, one.ID)
	case withdraw:
		return c.desk.Withdraw(ctx, tx, of(one), tickets.Withdrawal{TicketID: one.ID, Way: "track"})
	default:
		return c.desk.Reply(ctx, tx, c.by(), one.ID, key, "ช่างไปดูแล้วค่ะ")
	}
}

// sound fails where cases that follow one another are not as they must be.
func (c *crowded) sound(t *testing.T, tx pgx.Tx, cases []tickets.Ticket) {
	t.Helper()
	for _, one := range cases {
		got := c.find(t, one.ID)
		if got.CitizenID != one.CitizenID || got.Number != one.Number {
			t.Errorf("case %d is not its reporter's any more", one.ID)
		}
		if got.MainID != nil {
			main := c.find(t, *got.MainID)
			if main.MainID != nil || got.Status != tickets.Merged && got.Status != main.Status || (got.Status == tickets.Merged) == main.Status.Closed() {
				t.Errorf("case %d is %s, the one it follows %s", one.ID, got.Status, main.Status)
			}
		}
		events, err := tickets.History(t.Context(), tx, one.ID)
		must(t, err)
		if broken := chain.Check(events); broken != nil {
			t.Errorf("the history of case %d: %v", one.ID, broken)
		}
		decided := 0
		for _, e := range events {
			if e.Kind == tickets.EventDecided {
				decided++
			}
		}
		if n := count(t, tx, `SELECT count(*) FROM river_job WHERE kind = 'decided' AND (args ->> 'ticket_id')::bigint = $1`, one.ID); n != decided {
			t.Errorf("case %d was decided %d times and its reporter told %d times", one.ID, decided, n)
		}
	}
}
