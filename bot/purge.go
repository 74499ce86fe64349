package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// purging is a table whose words are emptied when they are old: cases keep their own copies.
type purging struct {
	kind string
	// rows reads, after a number, so many rows: number, when, and whether it must stay as it is for now.
	rows string
	// empty empties those with these numbers.
	empty string
}

// purged are the tables in which chats leave their words. What waits to be sent, and what an officer may send
// again, stays.
var purged = []purging{
	{
		"events", `SELECT id, received_at, state = 'waiting' FROM inbound_events WHERE id > $1 ORDER BY id LIMIT $2`,
		`UPDATE inbound_events SET body = '', source = '' WHERE id = ANY($1) AND state <> 'waiting' AND (body <> '' OR source <> '')`,
	},
	{
		"messages", `SELECT id, at, false FROM messages WHERE id > $1 ORDER BY id LIMIT $2`,
		`UPDATE messages SET text = '', place = NULL, picked_at = NULL WHERE id = ANY($1) AND (text <> '' OR place IS NOT NULL OR picked_at IS NOT NULL)`,
	},
	{
		"replies", `SELECT id, created_at, state = 'waiting' FROM replies WHERE id > $1 ORDER BY id LIMIT $2`,
		`UPDATE replies SET body = '{}' WHERE id = ANY($1) AND body <> '{}' AND (state = 'sent' OR state IN ('failed', 'parked') AND cause NOT LIKE 'ticket %')`,
	},
}

// purgePage is how many rows are looked at in one transaction.
const purgePage = 2000

// Purge empties the words of chats that are older than Before, table by table: what was said to no end is
// forgotten, and what led to a case lives in the case (PDP-5). A run goes on where the last one came to; rows
// that wait are passed over and looked at again the next time.
type Purge struct {
	Before time.Time
	at     map[string]int64 // where this run is
}

// Next empties some, in one transaction. It returns how many rows, and whether there may be more.
func (p *Purge) Next(ctx context.Context, tx pgx.Tx) (emptied int64, more bool, err error) {
	if p.at == nil {
		p.at = map[string]int64{}
	}
	for _, t := range purged {
		n, again, err := p.table(ctx, tx, t)
		if err != nil {
			return 0, false, fmt.Errorf("purge %s: %w", t.kind, err)
		}
		emptied, more = emptied+n, more || again
	}
	return emptied, more, nil
}

func (p *Purge) table(ctx context.Context, tx pgx.Tx, t purging) (emptied int64, more bool, err error) {
	from, begun := p.at[t.kind]
	if !begun {
		if err := tx.QueryRow(ctx, `SELECT coalesce((SELECT upto FROM purges WHERE kind = $1), 0)`, t.kind).Scan(&from); err != nil {
			return 0, false, err
		}
	}
	rows, err := tx.Query(ctx, t.rows, from, purgePage)
	if err != nil {
		return 0, false, err
	}
	var (
		id, upto int64
		at       time.Time
		stays    bool
		old      []int64
		seen     int
		ended    bool
		stuck    = p.at[t.kind+" stuck"] != 0
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &at, &stays}, func() error {
		seen++
		if ended = ended || !at.Before(p.Before); ended {
			return nil
		}
		old = append(old, id)
		if stuck = stuck || stays; !stuck {
			upto = id
		}
		return nil
	})
	if err != nil || len(old) == 0 {
		return 0, false, err
	}
	tag, err := tx.Exec(ctx, t.empty, old)
	if err != nil {
		return 0, false, err
	}
	if upto > 0 {
		_, err := tx.Exec(ctx, `INSERT INTO purges (kind, upto) VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE SET upto = greatest(purges.upto, excluded.upto)`, t.kind, upto)
		if err != nil {
			return 0, false, err
		}
	}
	p.at[t.kind] = old[len(old)-1]
	if stuck {
		p.at[t.kind+" stuck"] = 1
	}
	return tag.RowsAffected(), !ended && seen == purgePage, nil
}

// Idle returns conversations, in order of their number after one, in which nothing was said or begun since a
// time.
func Idle(ctx context.Context, tx pgx.Tx, since time.Time, after ConversationID, limit int) ([]ConversationID, error) {
	rows, err := tx.Query(ctx, `SELECT c.id FROM conversations c WHERE c.id > $1 AND c.updated_at < $2
		AND NOT (state ? 'draft' OR state ? 'kept' OR state ? 'held')
		AND NOT EXISTS (SELECT FROM replies p WHERE p.conversation_id = c.id AND p.state = 'waiting')
		AND NOT EXISTS (SELECT FROM inbound_events e WHERE e.channel_id = c.channel_id AND e.source = c.source AND e.state = 'waiting') ORDER BY c.id LIMIT $3`, after, since, limit)
	if err != nil {
		return nil, fmt.Errorf("idle conversations: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ConversationID])
	if err != nil {
		return nil, fmt.Errorf("idle conversations: %w", err)
	}
	return ids, nil
}
