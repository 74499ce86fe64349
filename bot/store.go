package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/words"
)

// EventID identifies a stored event of a channel.
type EventID int64

// ConversationID identifies a conversation.
type ConversationID int64

// Event is a stored event of a channel that has not been worked on, or was.
type Event struct {
	ID         EventID   `db:"id"`
	ChannelID  int64     `db:"channel_id"`
	Source     string    `db:"source"`
	MessageID  string    `db:"message_id"`
	At         time.Time `db:"at"`
	ReceivedAt time.Time `db:"received_at"`
	Body       []byte    `db:"body"`
	State      string    `db:"state"`
	Failures   int       `db:"failures"` // how often working on it failed
}

// Waiting says whether nobody has worked on the event yet.
func (e Event) Waiting() bool { return e.State == "waiting" }

const eventColumns = `id, channel_id, source, message_id, at, received_at, body, state, failures`

// FindEvent returns an event.
func FindEvent(ctx context.Context, tx pgx.Tx, id EventID) (Event, error) {
	rows, err := tx.Query(ctx, `SELECT `+eventColumns+` FROM inbound_events WHERE id = $1`, id)
	if err != nil {
		return Event{}, fmt.Errorf("find event %d: %w", id, err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Event])
	if err != nil {
		return Event{}, fmt.Errorf("find event %d: %w", id, err)
	}
	return e, nil
}

// FindEvents returns events in the order of their numbers, those that are there. None at all is an error.
func FindEvents(ctx context.Context, tx pgx.Tx, ids []EventID) ([]Event, error) {
	rows, err := tx.Query(ctx, `SELECT `+eventColumns+` FROM inbound_events WHERE id = ANY($1) ORDER BY id`, ids)
	if err != nil {
		return nil, fmt.Errorf("find events %v: %w", ids, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	if err == nil && len(all) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return nil, fmt.Errorf("find events %v: %w", ids, err)
	}
	return all, nil
}

// NextEvent returns the event of a conversation that comes next: the earliest by the channel's
// clock that nobody has worked on. ok is false when there is none.
func NextEvent(ctx context.Context, tx pgx.Tx, channel int64, source string) (e Event, ok bool, err error) {
	rows, err := tx.Query(ctx, `SELECT `+eventColumns+` FROM inbound_events
		WHERE channel_id = $1 AND source = $2 AND state = 'waiting' ORDER BY at, id LIMIT 1`, channel, source)
	if err != nil {
		return Event{}, false, fmt.Errorf("next event: %w", err)
	}
	e, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Event])
	if errors.Is(err, pgx.ErrNoRows) {
		return Event{}, false, nil
	}
	if err != nil {
		return Event{}, false, fmt.Errorf("next event: %w", err)
	}
	return e, true, nil
}

// FinishEvent records that an event was worked on, or, with a problem, that it never can be.
func FinishEvent(ctx context.Context, tx pgx.Tx, id EventID, problem string) error {
	state := "done"
	if problem != "" {
		state = "quarantined"
	}
	if _, err := tx.Exec(ctx, `UPDATE inbound_events SET state = $2, problem = $3 WHERE id = $1`, id, state, problem); err != nil {
		return fmt.Errorf("finish event %d: %w", id, err)
	}
	return nil
}

// failuresApart is how far failures lie apart that are counted one by one: several jobs that meet
// the same event at the same moment have tried it once.
const failuresApart = time.Second

// FailEvent counts that working on an event failed.
func FailEvent(ctx context.Context, tx pgx.Tx, id EventID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE inbound_events SET failures = failures + 1, failed_at = $2
		WHERE id = $1 AND (failed_at IS NULL OR failed_at <= $3)`, id, at, at.Add(-failuresApart))
	if err != nil {
		return fmt.Errorf("count failure of event %d: %w", id, err)
	}
	return nil
}

// HoldEvent keeps an event for one job, until a time: the job may bring in what the event needs from
// outside, and the others wait. A job that comes again finds its hold. ok is false when another has it.
func HoldEvent(ctx context.Context, tx pgx.Tx, id EventID, job int64, now, until time.Time) (ok bool, err error) {
	tag, err := tx.Exec(ctx, `UPDATE inbound_events SET held_by = $2, held_until = $4
		WHERE id = $1 AND state = 'waiting' AND (held_by IS NULL OR held_by = $2 OR held_until <= $3)`, id, job, now, until)
	if err != nil {
		return false, fmt.Errorf("hold event %d: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// Hold is what a job keeps of a conversation for itself.
type Hold struct {
	Key
	Job int64
}

// ReleaseEvents ends holds.
func ReleaseEvents(ctx context.Context, tx pgx.Tx, holds []Hold) error {
	keys, held := make([]Key, len(holds)), make([]int64, len(holds))
	for i, h := range holds {
		keys[i], held[i] = h.Key, h.Job
	}
	channels, sources := keysOf(keys)
	_, err := tx.Exec(ctx, `UPDATE inbound_events e SET held_by = NULL, held_until = NULL
		FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS k (channel, source, job)
		WHERE e.channel_id = k.channel AND e.source = k.source AND e.state = 'waiting' AND e.held_by = k.job`, channels, sources, held)
	if err != nil {
		return fmt.Errorf("release events: %w", err)
	}
	return nil
}

// ForgetEvent leaves of an event only the fact, and why: neither its content nor whose it was is ours to keep.
func ForgetEvent(ctx context.Context, tx pgx.Tx, id EventID, why string) error {
	if _, err := tx.Exec(ctx, `UPDATE inbound_events SET body = '', source = '', state = 'done', problem = $2 WHERE id = $1`, id, why); err != nil {
		return fmt.Errorf("forget event %d: %w", id, err)
	}
	return nil
}

// Stored is a conversation as it is kept, locked by the transaction that loaded it.
type Stored struct {
	ID        ConversationID
	Identity  citizens.Identity
	State     Conversation
	BlockedAt *time.Time // since when the person has blocked the account; nothing can be pushed
}

// Begin begins a conversation, unless it has begun.
func Begin(ctx context.Context, tx pgx.Tx, key Key, identity citizens.IdentityID) error {
	_, err := tx.Exec(ctx, `INSERT INTO conversations (channel_id, identity_id, source) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, key.Channel, identity, key.Source)
	if err != nil {
		return fmt.Errorf("begin conversation: %w", err)
	}
	return nil
}

// Load returns the conversation of a person on a channel, a new one when there is none, and keeps
// it for this transaction: messages of one conversation are handled one after the other.
func Load(ctx context.Context, tx pgx.Tx, channel int64, identity citizens.Identity, source string) (Stored, error) {
	if err := Begin(ctx, tx, Key{channel, source}, identity.ID); err != nil {
		return Stored{}, err
	}
	s := Stored{Identity: identity}
	err := scanState(tx.QueryRow(ctx, `SELECT id, state, blocked_at FROM conversations WHERE channel_id = $1 AND source = $2 FOR NO KEY UPDATE`, channel, source), &s)
	return s, err
}

// Reload returns a conversation by its number and keeps it for this transaction.
func Reload(ctx context.Context, tx pgx.Tx, id ConversationID) (Stored, error) {
	var s Stored
	if err := scanState(tx.QueryRow(ctx, `SELECT id, state, blocked_at FROM conversations WHERE id = $1 FOR NO KEY UPDATE`, id), &s); err != nil {
		return Stored{}, err
	}
	var identity citizens.IdentityID
	if err := tx.QueryRow(ctx, `SELECT identity_id FROM conversations WHERE id = $1`, id).Scan(&identity); err != nil {
		return Stored{}, fmt.Errorf("open conversation %d: %w", id, err)
	}
	var err error
	s.Identity, err = citizens.FindIdentity(ctx, tx, identity)
	return s, err
}

// LangOf returns the language a conversation is held in: the one the citizen chose, else Thai.
func LangOf(ctx context.Context, tx pgx.Tx, id ConversationID) (string, error) {
	var lang string
	err := tx.QueryRow(ctx, `SELECT coalesce(nullif(state->>'lang', ''), 'th') FROM conversations WHERE id = $1`, id).Scan(&lang)
	if err != nil {
		return "", fmt.Errorf("language of conversation %d: %w", id, err)
	}
	if !words.Known(lang) { // it is offered no more
		return words.Thai, nil
	}
	return lang, nil
}

func scanState(row pgx.Row, s *Stored) error {
	var state []byte
	if err := row.Scan(&s.ID, &state, &s.BlockedAt); err != nil {
		return fmt.Errorf("open conversation: %w", err)
	}
	if err := json.Unmarshal(state, &s.State); err != nil {
		return fmt.Errorf("read state of conversation %d: %w", s.ID, err)
	}
	return nil
}

// Save keeps what the conversation became.
func Save(ctx context.Context, tx pgx.Tx, id ConversationID, state Conversation, at time.Time) error {
	body, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("save conversation %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE conversations SET state = $2, updated_at = $3 WHERE id = $1`, id, body, at); err != nil {
		return fmt.Errorf("save conversation %d: %w", id, err)
	}
	return nil
}

// Kept is a message as it was recorded.
type Kept struct {
	ID     int64
	Unsent bool   // the citizen took it back before it was worked on: nobody may see it
	Edited bool   // the citizen edited it before it was worked on
	Text   string // as it stands now
}

// KeptAs returns the numbers of messages by the channel's identifiers, of those that are there and
// were not taken back.
func KeptAs(ctx context.Context, tx pgx.Tx, channel int64, externalIDs []string) (map[string]int64, error) {
	rows, err := tx.Query(ctx, `SELECT external_id, id FROM messages WHERE channel_id = $1 AND external_id = ANY($2) AND unsent_at IS NULL`, channel, externalIDs)
	if err != nil {
		return nil, fmt.Errorf("find messages: %w", err)
	}
	var (
		name string
		id   int64
	)
	found := map[string]int64{}
	_, err = pgx.ForEachRow(rows, []any{&name, &id}, func() error { found[name] = id; return nil })
	if err != nil {
		return nil, fmt.Errorf("find messages: %w", err)
	}
	return found, nil
}

// FindKept returns the number of a message by the channel's identifier. ok is false when it is not
// there or was taken back.
func FindKept(ctx context.Context, tx pgx.Tx, channel int64, externalID string) (id int64, ok bool, err error) {
	err = tx.QueryRow(ctx, `SELECT id FROM messages WHERE channel_id = $1 AND external_id = $2 AND unsent_at IS NULL`, channel, externalID).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("find message: %w", err)
	}
	return id, true, nil
}
