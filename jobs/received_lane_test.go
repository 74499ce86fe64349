package jobs

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
)

// acquaint lets people write for the first time.
func (h *house) acquaint(n int) {
	h.T.Helper()
	h.crowd(n, "สวัสดี")
	h.Settled()
	h.stop()
}

// People who write at the same time share the transactions of their steps.
func TestReceivedSharesTransactions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.acquaint(20)
	ids := h.crowd(20, "เมนู")
	h.stop = h.work()
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM messages WHERE text = 'เมนู'`); n != 20 {
		t.Errorf("%d of 20 were heard", n)
	}
	if n := h.Count(`SELECT count(DISTINCT xmin::text) FROM messages WHERE text = 'เมนู'`); n > 10 {
		t.Errorf("%d transactions for 20 people", n)
	}
	if n := h.Count(`SELECT count(DISTINCT conversation_id) FROM replies WHERE cause = ANY(SELECT 'event ' || e FROM unnest($1::bigint[]) AS e)`, ids); n != 20 {
		t.Errorf("%d of 20 were answered", n)
	}
}

// Two workers may bring the same event into one transaction: it is taken once, and the other looks again.
func TestReceivedTwiceInOneTransaction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.acquaint(1)
	h.crowd(1, "เมนู")
	w := &received{Deps: h.Deps}
	var brought []*turn
	for range 2 {
		heads, err := w.look(t.Context(), []bot.Key{{Channel: int64(h.Account.ID), Source: personNumbered(0)}})
		must(t, err)
		next := heads[0]
		got, err := next.channel.Decode(next.Event)
		must(t, err)
		brought = append(brought, &turn{account: next.account, event: next.Event, got: got, known: true})
	}
	out, err := w.takeTogether(t.Context(), brought)
	must(t, err)
	if out[0].err != nil || !errors.Is(out[1].err, errLocked) {
		t.Errorf("answers %v and %v", out[0].err, out[1].err)
	}
	if n := h.Count(`SELECT count(*) FROM messages WHERE text = 'เมนู'`); n != 1 {
		t.Errorf("heard %d times", n)
	}
}

// R12: a conversation that cannot be read fails nobody who shares a transaction with it.
func TestReceivedBesideWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.acquaint(12)
	broken := h.Count(`SELECT min(id) FROM conversations WHERE source = $1`, personNumbered(4))
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE conversations SET state = '{"v":99}' WHERE id = $1`, broken)
		return err
	})
	h.crowd(12, "เมนู")
	h.stop = h.work()
	h.Until("the others are done", func() bool { return h.Count(`SELECT count(*) FROM messages WHERE text = 'เมนู'`) == 11 })
	h.Until("the failure is counted", func() bool {
		return h.Count(`SELECT count(*) FROM inbound_events WHERE source = $1 AND state = 'waiting' AND failures > 0`, personNumbered(4)) == 1
	})
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE source <> $1 AND failures > 0`, personNumbered(4)); n != 0 {
		t.Errorf("%d others are said to have failed", n)
	}
	// Once a release can read it again, what was said goes through.
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE conversations SET state = '{}' WHERE id = $1`, broken)
		return err
	})
	h.Until("what was said goes through", func() bool {
		h.Forgive()
		return h.Count(`SELECT count(*) FROM messages WHERE text = 'เมนู'`) == 12
	})
}
