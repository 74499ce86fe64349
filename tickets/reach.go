package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Unreachable notes in every open ticket that came by a conversation that its citizen blocked the
// account, so that nothing can be sent, or, with gone false, that they are back.
func (d *Desk) Unreachable(ctx context.Context, tx pgx.Tx, conversation int64, gone bool) error {
	rows, err := tx.Query(ctx, `SELECT t.id FROM tickets t JOIN requests r ON r.id = t.request_id
		WHERE r.conversation_id = $1 AND t.closed_at IS NULL ORDER BY t.id`, conversation)
	if err != nil {
		return fmt.Errorf("tickets of conversation %d: %w", conversation, err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[TicketID])
	if err != nil {
		return fmt.Errorf("tickets of conversation %d: %w", conversation, err)
	}
	kind := EventReachable
	if gone {
		kind = EventUnreachable
	}
	for _, id := range open {
		t, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.happened(ctx, tx, t, ByCitizen(t.CitizenID), kind, Detail{}); err != nil {
			return err
		}
	}
	return nil
}

// Blocked returns those of the tickets whose citizen has blocked the account that they came by, with
// since when. Nothing reaches them there.
func Blocked(ctx context.Context, tx pgx.Tx, ids ...TicketID) (map[TicketID]time.Time, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `SELECT ticket, since FROM blocked_since($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("look for citizens who blocked: %w", err)
	}
	found := map[TicketID]time.Time{}
	var (
		id    TicketID
		since time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &since}, func() error { found[id] = since; return nil })
	if err != nil {
		return nil, fmt.Errorf("look for citizens who blocked: %w", err)
	}
	return found, nil
}

// CameBy returns by what kind of channel the requests behind tickets were sent: "line", "web". One that was sent by none
// is left out.
func CameBy(ctx context.Context, tx pgx.Tx, ids ...TicketID) (map[TicketID]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `SELECT ticket, kind FROM came_by($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("how requests came: %w", err)
	}
	found := map[TicketID]string{}
	var (
		id   TicketID
		kind string
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &kind}, func() error { found[id] = kind; return nil })
	if err != nil {
		return nil, fmt.Errorf("how requests came: %w", err)
	}
	return found, nil
}
