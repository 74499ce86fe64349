package testhouse

import (
	"context"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/tickets"
)

// Count returns a number from the database.
func (h *House) Count(query string, args ...any) (n int) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error { return tx.QueryRow(h.T.Context(), query, args...).Scan(&n) })
	return n
}

// column returns the only column of what a query finds.
func column[V any](h *House, query string, args ...any) (all []V) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.T.Context(), query, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[V])
		return err
	})
	return all
}

// List returns texts from the database.
func (h *House) List(query string, args ...any) []string {
	h.T.Helper()
	return column[string](h, query, args...)
}

// Numbers returns numbers from the database.
func (h *House) Numbers(query string, args ...any) []int64 {
	h.T.Helper()
	return column[int64](h, query, args...)
}

// each returns everything that has one of these numbers, in their order.
func each[ID, V any](h *House, ids []ID, find func(ctx context.Context, tx pgx.Tx, id ID) (V, error)) (all []V) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		for _, id := range ids {
			v, err := find(h.T.Context(), tx, id)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all
}

// EveryAttachment is each row about a file, oldest first, also of what we made of a case.
func (h *House) EveryAttachment() []files.Attachment {
	h.T.Helper()
	return each(h, column[files.AttachmentID](h, `SELECT id FROM attachments ORDER BY id`), files.Find)
}

// Tickets are all tickets, oldest first.
func (h *House) Tickets() []tickets.Ticket {
	h.T.Helper()
	return each(h, column[tickets.TicketID](h, `SELECT id FROM tickets ORDER BY id`), tickets.Find)
}

// Attachments are the rows about files, oldest first, but for the receipts of fees and kept letters.
func (h *House) Attachments() []files.Attachment {
	h.T.Helper()
	return each(h, column[files.AttachmentID](h, `SELECT id FROM attachments WHERE source !~ '^(fee receipt|letter):' ORDER BY id`), files.Find)
}

// Is fails unless a count is what it should be.
func (h *House) Is(want int, what, query string, args ...any) {
	h.T.Helper()
	if n := h.Count(query, args...); n != want {
		h.T.Errorf("%s: %d, want %d", what, n, want)
	}
}

// NothingWaits fails when an event is not done with or a message not sent.
func (h *House) NothingWaits() {
	h.T.Helper()
	h.Is(0, "events that wait", `SELECT count(*) FROM inbound_events WHERE state = 'waiting'`)
	h.Is(0, "messages that wait", `SELECT count(*) FROM replies WHERE state = 'waiting'`)
}

// Heard are the words of citizens in the order in which they were worked on.
func (h *House) Heard() []string {
	h.T.Helper()
	return h.List(`SELECT text FROM messages WHERE kind = 'text' ORDER BY id`)
}

// Thread is the talk of a ticket: "author text".
func (h *House) Thread(id tickets.TicketID) (all []string) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		talk, err := tickets.Thread(h.T.Context(), tx, id)
		for _, m := range talk {
			all = append(all, m.Author+" "+m.Text)
		}
		return err
	})
	return all
}

// BytesOf reads a file back from the store.
func (h *House) BytesOf(a files.Attachment) ([]byte, error) {
	h.T.Helper()
	r, err := h.Files.Get(h.T.Context(), a.Object)
	if err != nil {
		return nil, err
	}
	defer func() { must(h.T, r.Close()) }()
	return io.ReadAll(r)
}

// Stored is how many objects the store holds beside the receipts of fees: the sweep of a store whose clock is two days ahead looks
// at every one of them.
func (h *House) Stored() (n int) {
	h.T.Helper()
	cfg := h.Plan.Store()
	cfg.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	store, err := files.New(cfg, h.Box, h.Log)
	must(h.T, err)
	_, err = store.Sweep(h.T.Context(), func(_ context.Context, keys []string) ([]string, error) {
		n += len(keys)
		return nil, nil
	})
	must(h.T, err)
	return n - h.Count(`SELECT count(*) FROM attachments WHERE source ~ '^fee receipt:' AND state = 'ready'`)
}

// Nowhere fails when a text is left anywhere in the database, as letters or as bytes.
func (h *House) Nowhere(marker string) {
	h.T.Helper()
	for _, table := range h.List(`SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`) {
		// Bytes are shown in hexadecimal, so the marker is looked for as letters and as bytes.
		n := h.Count(`SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` AS x
			WHERE position($1 IN x::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN x::text) > 0`, marker)
		if n > 0 {
			h.T.Errorf("%q is still in %d rows of %s", marker, n, table)
		}
	}
}
