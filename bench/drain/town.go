package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/secret"
)

// town is an agency with an account and citizens who each wait for a message.
type town struct {
	pool     *pgxpool.Pool
	key      string // SECRET_KEY
	citizens []citizen
}

// text is what a citizen waits for.
func text(n int) string {
	return fmt.Sprintf("เรื่องของคุณ เลขที่ SN-2569-%06d ดำเนินการเสร็จแล้ว ขอบคุณที่แจ้งเทศบาล", n)
}

// townChunk is how many conversations are written at once.
const townChunk = 5000

func newTown(ctx context.Context, url string, p *phone, n int) (*town, error) {
	t := &town{key: secret.Generate()}
	box, err := secret.Parse(t.key)
	if err != nil {
		return nil, err
	}
	if t.pool, err = pgxpool.New(ctx, url); err != nil {
		return nil, err
	}
	for i := range n {
		c, err := p.newCitizen(i)
		if err != nil {
			return nil, err
		}
		t.citizens = append(t.citizens, c)
	}
	var channel agencies.ChannelID
	err = agencies.Everywhere(ctx, t.pool, func(tx pgx.Tx) error {
		a, err := agencies.Create(ctx, tx, agencies.Agency{Code: "SN", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		channel, err = agencies.CreateChannel(ctx, tx, box, agencies.Channel{
			AgencyID: a.ID, Kind: "line", Destination: destination, Provider: "p", Name: a.Name, Secret: secretOf, Token: tokenOf,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	jobs, err := river.NewClient(riverpgxv5.New(t.pool), &river.Config{})
	if err != nil {
		return nil, err
	}
	for from := 0; from < n; from += townChunk {
		if err := t.write(ctx, jobs, channel, from, min(from+townChunk, n)); err != nil {
			return nil, err
		}
	}
	_, err = t.pool.Exec(ctx, `VACUUM ANALYZE`)
	return t, err
}

// write puts messages for some citizens into the outbox, as a busy morning leaves them.
func (t *town) write(ctx context.Context, jobs *river.Client[pgx.Tx], channel agencies.ChannelID, from, to int) error {
	people, bodies := make([]string, 0, to-from), make([]string, 0, to-from)
	for i := from; i < to; i++ {
		body, err := json.Marshal(bot.Reply{Text: text(i)})
		if err != nil {
			return err
		}
		people, bodies = append(people, t.citizens[i].UserID), append(bodies, string(body))
	}
	return agencies.Everywhere(ctx, t.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `WITH p AS (SELECT * FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS p (person, body, n)),
			c AS (INSERT INTO citizens (id) OVERRIDING SYSTEM VALUE SELECT $4 + n FROM p),
			i AS (INSERT INTO identities (id, citizen_id, kind, provider, external_id) OVERRIDING SYSTEM VALUE SELECT $4 + n, $4 + n, 'line', 'p', person FROM p),
			v AS (INSERT INTO conversations (id, channel_id, identity_id, source) OVERRIDING SYSTEM VALUE SELECT $4 + n, $1, $4 + n, person FROM p RETURNING id)
			INSERT INTO replies (conversation_id, cause, body, created_at) SELECT $4 + n, 'event 1', body::jsonb, now() FROM p ORDER BY n RETURNING conversation_id`,
			channel, people, bodies, from)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		all := make([]river.InsertManyParams, len(ids))
		for i, id := range ids {
			all[i] = river.InsertManyParams{
				Args:       bot.SendArgs{ConversationID: bot.ConversationID(id), Channel: int64(channel)},
				InsertOpts: &river.InsertOpts{Queue: bot.BusyLane(bot.SendQueue)},
			}
		}
		_, err = jobs.InsertManyFastTx(ctx, tx, all)
		return err
	})
}
