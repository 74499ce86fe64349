package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/internal/together"
)

// Opened is a conversation as a step finds it, locked by the transaction that opened it.
type Opened struct {
	Stored
	Begun   bool    // it is there
	Found   bool    // and could be locked
	Next    EventID // which of its events comes next; 0: none
	Waiting bool    // the event that it was opened for still waits
	Parked  bool    // messages to the person are parked
	Heard   Kept    // the message of that event, when it was heard of before; else zero
}

// Opening is a conversation that is to be opened because of an event.
type Opening struct {
	Key
	Event   EventID
	Message string // the channel's identifier of what the person did
}

// OpenAll opens conversations and keeps them for this transaction: messages of one conversation are
// handled one after the other. With skip, those that somebody else works on are passed over instead of
// waited for.
func OpenAll(ctx context.Context, tx pgx.Tx, openings []Opening, skip bool) ([]Opened, error) {
	n := len(openings)
	keys, events, messages := make([]Key, n), make([]int64, n), make([]string, n)
	for i, o := range openings {
		keys[i], events[i], messages[i] = o.Key, int64(o.Event), o.Message
	}
	channels, sources := keysOf(keys)
	lock := `SELECT k.n, c.id, c.state, c.blocked_at, i.id, i.citizen_id, i.kind, i.provider, i.external_id, i.name
		FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS k (channel, source, n)
		JOIN conversations c ON c.channel_id = k.channel AND c.source = k.source JOIN identities i ON i.id = c.identity_id
		ORDER BY c.id FOR NO KEY UPDATE OF c`
	if skip {
		lock += ` SKIP LOCKED`
	}
	var (
		all   = make([]Opened, n)
		batch pgx.Batch
		at    int
	)
	batch.Queue(lock, channels, sources).Query(func(rows pgx.Rows) error {
		var (
			o     Opened
			i     = &o.Identity
			state []byte
		)
		_, err := pgx.ForEachRow(rows, []any{&at, &o.ID, &state, &o.BlockedAt, &i.ID, &i.CitizenID, &i.Kind, &i.Provider, &i.ExternalID, &i.Name}, func() error {
			o.State = Conversation{}
			if err := json.Unmarshal(state, &o.State); err != nil {
				return together.OffenceError{Err: fmt.Errorf("read state of conversation %d: %w", o.ID, err)}
			}
			o.Found = true
			all[at-1] = o
			o.BlockedAt = nil
			return nil
		})
		return err
	})
	// What stands in other tables is read once the locks are held. (As EXISTS it would be looked up in a list
	// of all there are.)
	batch.Queue(`SELECT k.n, coalesce((SELECT e.id FROM inbound_events e WHERE e.channel_id = k.channel AND e.source = k.source AND e.state = 'waiting' ORDER BY e.at, e.id LIMIT 1), 0),
			coalesce((SELECT e.state = 'waiting' FROM inbound_events e WHERE e.id = k.event), false),
			coalesce((SELECT true FROM replies r WHERE r.conversation_id = c.id AND r.state = 'parked' LIMIT 1), false), c.id IS NOT NULL,
			coalesce(m.id, 0), m.unsent_at IS NOT NULL, m.edited_at IS NOT NULL, coalesce(m.text, '')
		FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS k (channel, source, event, message, n)
		LEFT JOIN conversations c ON c.channel_id = k.channel AND c.source = k.source
		LEFT JOIN messages m ON m.channel_id = k.channel AND m.external_id = k.message`, channels, sources, events, messages).Query(func(rows pgx.Rows) error {
		var o Opened
		_, err := pgx.ForEachRow(rows, []any{&at, &o.Next, &o.Waiting, &o.Parked, &o.Begun, &o.Heard.ID, &o.Heard.Unsent, &o.Heard.Edited, &o.Heard.Text}, func() error {
			to := &all[at-1]
			to.Next, to.Waiting, to.Parked, to.Begun, to.Heard = o.Next, o.Waiting, o.Parked, o.Begun, o.Heard
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("open conversations: %w", err)
	}
	return all, nil
}

// Lock keeps a conversation for this transaction. Whoever will need it takes it before what others wait
// for: steps hold theirs for as long as those of their neighbours last.
func Lock(ctx context.Context, tx pgx.Tx, id ConversationID) error {
	if _, err := tx.Exec(ctx, `SELECT FROM conversations WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return fmt.Errorf("lock conversation %d: %w", id, err)
	}
	return nil
}

// Hearing is a message that is to be recorded.
type Hearing struct {
	Conversation ConversationID
	Channel      int64
	Message      Message
}

// KeepAll records what citizens said, each in another conversation, and returns the numbers of the
// messages. What was heard of before stays as it is (Opened.Heard).
func KeepAll(ctx context.Context, tx pgx.Tx, heard []Hearing) ([]int64, error) {
	n := len(heard)
	var (
		conversations, channels = make([]int64, n), make([]int64, n)
		names, kinds, texts     = make([]string, n), make([]string, n), make([]string, n)
		files                   = make([]*int64, n)
		places                  = make([]*Place, n)
		picked                  = make([]*time.Time, n)
		ats                     = make([]time.Time, n)
		place                   = map[string]int{}
	)
	for i, h := range heard {
		m := h.Message
		conversations[i], channels[i] = int64(h.Conversation), h.Channel
		names[i], kinds[i], texts[i], places[i], picked[i], ats[i] = m.ID, string(m.Kind), m.Text, m.Place, nullTime(m.PickedAt), m.At
		if m.Attachment != nil && m.Attachment.ID != 0 {
			files[i] = &m.Attachment.ID
		}
		place[nameOf(h.Channel, m.ID)] = i
	}
	rows, err := tx.Query(ctx, `INSERT INTO messages AS m (conversation_id, channel_id, external_id, kind, text, attachment_id, place, picked_at, at)
		SELECT k.conversation, k.channel, k.name, k.kind, k.text, k.file, k.place, k.picked, k.at
		FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::jsonb[], $8::timestamptz[], $9::timestamptz[])
			AS k (conversation, channel, name, kind, text, file, place, picked, at)
		ON CONFLICT (channel_id, external_id) DO UPDATE SET kind = CASE WHEN m.kind = 'edited' THEN excluded.kind ELSE m.kind END
		RETURNING id, channel_id, external_id`, conversations, channels, names, kinds, texts, files, places, picked, ats)
	if err != nil {
		return nil, fmt.Errorf("keep messages: %w", err)
	}
	var (
		ids         = make([]int64, n)
		id, channel int64
		name        string
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &channel, &name}, func() error {
		ids[place[nameOf(channel, name)]] = id
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep messages: %w", err)
	}
	return ids, nil
}

func nameOf(channel int64, message string) string { return fmt.Sprintf("%d %s", channel, message) }

// Closing is what a step leaves of a conversation. What is empty stays as it is.
type Closing struct {
	ID         ConversationID
	Channel    int64
	Done       EventID // is worked on
	State      *Conversation
	ReplyToken string // with which the next messages can be sent free of charge, once
	ReplyUntil time.Time
	Cause      string  // of the replies, as for Notify
	Replies    []Reply // are put into the outbox
}

// restHeard is how long a conversation at most still rests, whose last call failed, once the person has said
// something: they are waiting.
const restHeard = 5 * time.Second

// CloseAll writes what steps leave of conversations, with the jobs that send what they answer.
func CloseAll(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, all []Closing, now time.Time) error {
	var (
		batch  pgx.Batch
		done   []int64
		ids    = make([]int64, len(all))
		states = make([]*Conversation, len(all))
		tokens = make([]string, len(all))
		untils = make([]*time.Time, len(all))
		to     []int64
		causes []string
		bodies [][]byte
		sends  []river.InsertManyParams
	)
	for i, c := range all {
		ids[i], states[i], tokens[i], untils[i] = int64(c.ID), c.State, c.ReplyToken, nullTime(c.ReplyUntil)
		if c.Done != 0 {
			done = append(done, int64(c.Done))
		}
		for n, r := range c.Replies {
			body, err := json.Marshal(r)
			if err != nil {
				return fmt.Errorf("answer conversation %d: %w", c.ID, err)
			}
			to, causes, bodies = append(to, int64(c.ID)), append(causes, causeOf(c.Cause, n)), append(bodies, body)
		}
		if len(c.Replies) > 0 {
			sends = append(sends, river.InsertManyParams{Args: SendArgs{ConversationID: c.ID, Channel: c.Channel}})
		}
	}
	slices.Sort(done)
	if len(done) > 0 {
		// Not by the index of all that waits, which is short when the plan is made and long in a rush.
		batch.Queue(`UPDATE inbound_events SET state = 'done', problem = '' WHERE id = ANY($1) AND state || '' = 'waiting'`, done)
	}
	batch.Queue(`UPDATE conversations c SET state = coalesce(u.state, c.state), updated_at = CASE WHEN u.state IS NULL THEN c.updated_at ELSE $5 END,
			reply_token = CASE WHEN u.token = '' THEN c.reply_token ELSE u.token END, reply_token_until = CASE WHEN u.token = '' THEN c.reply_token_until ELSE u.until END,
			sending_until = CASE WHEN u.token <> '' AND c.sender IS NULL AND c.sending_until > $6 THEN $6 ELSE c.sending_until END
		FROM unnest($1::bigint[], $2::jsonb[], $3::text[], $4::timestamptz[]) AS u (id, state, token, until) WHERE c.id = u.id`, ids, states, tokens, untils, now, now.Add(restHeard))
	if len(to) > 0 {
		batch.Queue(`INSERT INTO replies (conversation_id, cause, body, created_at)
			SELECT r.conversation, r.cause, r.body, $4 FROM unnest($1::bigint[], $2::text[], $3::jsonb[]) WITH ORDINALITY AS r (conversation, cause, body, n) ORDER BY r.n
			ON CONFLICT (conversation_id, cause) DO NOTHING`, to, causes, bodies, now)
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("close conversations: %w", err)
	}
	if len(sends) == 0 {
		return nil
	}
	if _, err := jobs.InsertManyTx(ctx, tx, sends); err != nil {
		return fmt.Errorf("enqueue sending to %d conversations: %w", len(sends), err)
	}
	return nil
}
