package tickets

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// Stamp names a case as it stands: the hash of the last line of its history, which every change adds to. Whoever has read
// the case can say at which stamp, and is told when it has moved on meanwhile.
type Stamp string

// StampOf returns the stamp of a case; empty when it is not in the transaction's scope.
func StampOf(ctx context.Context, tx pgx.Tx, id TicketID) (Stamp, error) {
	var hash []byte
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT hash FROM ticket_events WHERE ticket_id = $1 ORDER BY seq DESC LIMIT 1), '')`, id).Scan(&hash)
	if err != nil {
		return "", fmt.Errorf("stamp of ticket %d: %w", id, err)
	}
	return Stamp(hex.EncodeToString(hash)), nil
}

// Held returns a case with its stamp and keeps it for this transaction: nothing comes between what is held against the
// stamp and what is done then.
func Held(ctx context.Context, tx pgx.Tx, id TicketID) (Ticket, Stamp, error) {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return Ticket{}, "", err
	}
	s, err := StampOf(ctx, tx, id)
	return t, s, err
}

// Changes chooses cases of an agency by when they changed last, open and closed ones.
type Changes struct {
	Agency agencies.AgencyID
	Status Status           // empty: any
	Queue  agencies.QueueID // 0: any
	Since  time.Time        // changed then or later; zero: whenever
	After  Cursor           // where the page before ended: when the last one changed, and which it was
	Limit  int
}

// Changed returns the cases that changed, those that changed first first. A copy that is kept by asking for what changed
// since its newest case should ask from a minute before: what was begun earlier may have ended later.
func Changed(ctx context.Context, tx pgx.Tx, c Changes) ([]Ticket, error) {
	where, args := []string{"agency_id = $1", "(updated_at, id) > ($2, $3)"}, []any{c.Agency, c.After.At, c.After.ID}
	if c.After.ID == 0 { // the first page has those of that very moment too
		args[1], args[2] = c.Since, int64(0)
	}
	if c.Status != "" {
		args = append(args, c.Status)
		where = append(where, fmt.Sprintf("status = $%d", len(args)))
	}
	if c.Queue != 0 {
		args = append(args, c.Queue)
		where = append(where, fmt.Sprintf("queue_id = $%d", len(args)))
	}
	args = append(args, c.Limit)
	rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT %s FROM tickets WHERE %s ORDER BY updated_at, id LIMIT $%d`,
		ticketColumns, strings.Join(where, " AND "), len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list what changed: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
}
