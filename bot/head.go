package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Key names a conversation, also one that has not begun.
type Key struct {
	Channel int64
	Source  string // the channel's address of the person
}

// Head is what comes next in a conversation.
type Head struct {
	Event   Event // the earliest by the channel's clock that nobody has worked on
	OK      bool  // there is one
	Known   bool  // the person has been heard of
	Waiting int   // how many events wait, counted as far as was asked for

	heldBy    int64 // the job that keeps the event for itself; 0: none
	heldUntil time.Time
}

// HeldFrom says whether another job keeps the event for itself (HoldEvent).
func (h Head) HeldFrom(job int64, now time.Time) bool {
	return h.heldBy != 0 && h.heldBy != job && h.heldUntil.After(now)
}

// keysOf are keys as the database takes them.
func keysOf(keys []Key) (channels []int64, sources []string) {
	channels, sources = make([]int64, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		channels[i], sources[i] = k.Channel, k.Source
	}
	return channels, sources
}

// Heads returns what comes next in each of some conversations, and counts up to most of what waits.
func Heads(ctx context.Context, tx pgx.Tx, keys []Key, most int) ([]Head, error) {
	channels, sources := keysOf(keys)
	rows, err := tx.Query(ctx, `SELECT k.n,
			coalesce((SELECT true FROM channels ch JOIN identities i ON i.kind = ch.kind AND i.provider = ch.provider AND i.external_id = k.source WHERE ch.id = k.channel), false),
			(SELECT count(*) FROM (SELECT FROM inbound_events WHERE channel_id = k.channel AND source = k.source AND state = 'waiting' LIMIT $3) AS w),
			e.id, e.channel_id, e.source, e.message_id, e.at, e.received_at, e.body, e.state, e.failures,
			coalesce(e.held_by, 0), coalesce(e.held_until, 'epoch')
		FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS k (channel, source, n)
		CROSS JOIN LATERAL (SELECT * FROM inbound_events WHERE channel_id = k.channel AND source = k.source AND state = 'waiting' ORDER BY at, id LIMIT 1) AS e`,
		channels, sources, most)
	if err != nil {
		return nil, fmt.Errorf("next events: %w", err)
	}
	var (
		all = make([]Head, len(keys))
		n   int
		h   = Head{OK: true}
		e   = &h.Event
	)
	_, err = pgx.ForEachRow(rows, []any{&n, &h.Known, &h.Waiting, &e.ID, &e.ChannelID, &e.Source, &e.MessageID, &e.At, &e.ReceivedAt, &e.Body, &e.State, &e.Failures, &h.heldBy, &h.heldUntil}, func() error {
		all[n-1] = h
		e.Body = nil // the next row gets bytes of its own
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("next events: %w", err)
	}
	return all, nil
}
