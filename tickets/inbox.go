package tickets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/thai"
)

// Filter chooses tickets for the inbox. The zero Filter is every open ticket in scope.
type Filter struct {
	Agency  agencies.AgencyID // always set by the inbox; indexes begin with it
	Queue   agencies.QueueID
	Officer agencies.OfficerID // taken by
	Status  Status
	Overdue bool      // past due at Now
	Near    bool      // most of the time to decide is used up, but not all of it at Now (LFA-10.3)
	Letters bool      // a letter on the delay waits for its reason (LFA-10.2)
	Now     time.Time // for Overdue and Near
	Closed  bool      // closed ones instead of open ones, newest first
	Search  string    // any part of number, subject, name or answers
	After   Cursor    // where the page before ended
	Limit   int       // rows a page; 0: 50
	urgent  *bool     // only one part of the list; nil: both
}

// Cursor is the place of a ticket in its list.
type Cursor struct {
	Urgent bool      // it is among those that stand first
	At     time.Time // DueAt, or ClosedAt in the list of closed ones
	ID     TicketID
}

// List returns tickets: what cannot wait first, each part by remaining time, the least first; closed ones newest first. Pages
// go by key, so that the ten-thousandth costs what the first does.
func List(ctx context.Context, tx pgx.Tx, f Filter) ([]Ticket, error) {
	limit := f.Limit
	if limit == 0 {
		limit = 50
	}
	if f.Closed {
		return f.list(ctx, tx, "closed_at DESC, id DESC", limit)
	}
	var all []Ticket
	for _, urgent := range []bool{true, false} { // each has an index that gives its part in order
		part := f
		switch {
		case len(all) == limit, f.After.ID != 0 && !f.After.Urgent && urgent: // there is no room, or that part is over
			continue
		case f.After.Urgent != urgent:
			part.After = Cursor{}
		}
		part.urgent = &urgent
		found, err := part.list(ctx, tx, "due_at, id", limit-len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// list returns the first tickets of a filter in an order.
func (f Filter) list(ctx context.Context, tx pgx.Tx, order string, limit int) ([]Ticket, error) {
	where, args := f.where()
	args = append(args, limit)
	rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT %s FROM tickets WHERE %s ORDER BY %s LIMIT $%d`,
		ticketColumns, strings.Join(where, " AND "), order, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list tickets: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
}

// Count returns how many tickets a filter has, but looks at no more than most.
func Count(ctx context.Context, tx pgx.Tx, f Filter, most int) (int, error) {
	f.After = Cursor{}
	where, args := f.where()
	args = append(args, most)
	var n int
	err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM (SELECT FROM tickets WHERE %s LIMIT $%d) few`,
		strings.Join(where, " AND "), len(args)), args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count tickets: %w", err)
	}
	return n, nil
}

// where returns the conditions of a filter and their arguments.
func (f Filter) where() ([]string, []any) {
	var (
		where []string
		args  []any
	)
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	add("agency_id = ?", f.Agency)
	if f.Closed {
		add("closed_at IS NOT NULL")
	} else {
		add("closed_at IS NULL")
		add("(status <> 'merged' OR unread)") // what follows another shows when its citizen said something
	}
	if f.urgent != nil {
		add(map[bool]string{true: "urgent", false: "NOT urgent"}[*f.urgent])
	}
	if f.Queue != 0 {
		add("queue_id = ?", f.Queue)
	}
	if f.Officer != 0 {
		add("officer_id = ?", f.Officer)
	}
	if f.Status != "" {
		add("status = ?", f.Status)
	}
	if f.Overdue {
		add("due_at < ? AND NOT stopped", f.Now)
	}
	if f.Near {
		add("used > 50 AND due_at >= ? AND NOT stopped", f.Now)
	}
	if f.Letters {
		add("letter_due")
	}
	if key := thai.Key(f.Search); key != "" {
		add(`search LIKE ? ESCAPE '\'`, "%"+likeEscaper.Replace(key)+"%")
	}
	switch {
	case f.After.ID == 0:
	case f.Closed:
		add("(closed_at, id) < (?, ?)", f.After.At, f.After.ID)
	default:
		add("(due_at, id) > (?, ?)", f.After.At, f.After.ID)
	}
	return where, args
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Cursor returns the ticket's place in its list, for the next page.
func (t Ticket) Cursor() Cursor {
	if t.ClosedAt != nil {
		return Cursor{At: *t.ClosedAt, ID: t.ID}
	}
	return Cursor{Urgent: t.Urgent, At: t.DueAt, ID: t.ID}
}
