package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
)

// ReplyID identifies a message to a citizen.
type ReplyID int64

// SendArgs is the fact that a conversation has messages to send.
type SendArgs struct {
	ConversationID ConversationID `json:"conversation_id"`
}

// Kind names the job.
func (SendArgs) Kind() string { return "send" }

// InsertOpts lets sending be tried for as long as LINE remembers the key of a call.
func (SendArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 120} }

// Notify puts messages to a citizen into the outbox, in order, with the job that sends them. Cause
// says what they answer ("event 7", "ticket 5 receipt"); the same cause again adds nothing, so a
// step that runs twice speaks once.
func Notify(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID, cause string, at time.Time, replies ...Reply) error {
	for i, r := range replies {
		body, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("notify: %w", err)
		}
		key := cause
		if i > 0 {
			key = fmt.Sprintf("%s %d", cause, i)
		}
		_, err = tx.Exec(ctx, `INSERT INTO replies (conversation_id, cause, body, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (conversation_id, cause) DO NOTHING`, id, key, body, at)
		if err != nil {
			return fmt.Errorf("notify conversation %d: %w", id, err)
		}
	}
	if len(replies) == 0 {
		return nil
	}
	if _, err := jobs.InsertTx(ctx, tx, SendArgs{ConversationID: id}, nil); err != nil {
		return fmt.Errorf("enqueue sending to conversation %d: %w", id, err)
	}
	return nil
}

// Connect turns the conversation to the officers of a ticket that the citizen asked for. Cause is
// that of the message that tells so: once that is said nothing changes, whatever the citizen has
// turned to since.
func Connect(ctx context.Context, tx pgx.Tx, id ConversationID, cause string, ticket int64, at time.Time) error {
	return change(ctx, tx, id, cause, at, func(c Conversation) Conversation { return c.Connected(ticket, at) })
}

// Spoke turns the conversation to a ticket whose officer wrote to the citizen, once for each cause.
func Spoke(ctx context.Context, tx pgx.Tx, id ConversationID, cause string, ticket int64, at time.Time) error {
	return change(ctx, tx, id, cause, at, func(c Conversation) Conversation { return c.Spoken(ticket, at) })
}

func change(ctx context.Context, tx pgx.Tx, id ConversationID, cause string, at time.Time, how func(Conversation) Conversation) error {
	s, err := Reload(ctx, tx, id)
	if err != nil {
		return err
	}
	var said bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM replies WHERE conversation_id = $1 AND cause = $2)`, id, cause).Scan(&said)
	if err != nil {
		return fmt.Errorf("look for %q in conversation %d: %w", cause, id, err)
	}
	if said {
		return nil
	}
	return Save(ctx, tx, id, how(s.State), at)
}

// Call is one request to the channel that carries one to five messages. Its key and its messages
// stay the same however often it is tried.
type Call struct {
	Conversation ConversationID
	Channel      agencies.ChannelID
	To           string // the channel's address of the person
	Key          uuid.UUID
	Token        string    // reply token; empty: push
	TokenUntil   time.Time // until when the token is sure to work
	FirstTriedAt time.Time
	Tries        int // including this one
	Replies      []Outgoing
	holder       uuid.UUID
}

// Outgoing is a message of a call.
type Outgoing struct {
	ID   ReplyID
	Body Reply
}

// perCall is how many messages LINE takes at once (line.md 2.2).
const perCall = 5

// lease is how long a sender may work on a conversation before another takes over: longer than
// any call may last.
const lease = 30 * time.Second

// ErrSending means that somebody else is sending to this conversation now.
var ErrSending = errors.New("another sender is at work on this conversation")

// Claim takes the next call of a conversation for a sender, and nobody else gets one until it is
// settled or the lease ends. The holder that comes again finds its claim. A call that was tried
// before comes again as it was. ok is false when nothing waits.
func Claim(ctx context.Context, tx pgx.Tx, id ConversationID, holder uuid.UUID, now time.Time) (call Call, ok bool, err error) {
	var (
		c        = Call{Conversation: id, holder: holder}
		sender   *uuid.UUID
		until    *time.Time
		token    string
		tokenEnd *time.Time
		blocked  bool
	)
	err = tx.QueryRow(ctx, `SELECT c.channel_id, c.source, c.sender, c.sending_until, c.reply_token, c.reply_token_until, c.blocked_at IS NOT NULL
		FROM conversations c WHERE c.id = $1 FOR UPDATE`, id).
		Scan(&c.Channel, &c.To, &sender, &until, &token, &tokenEnd, &blocked)
	if err != nil {
		return Call{}, false, fmt.Errorf("claim conversation %d: %w", id, err)
	}
	if sender != nil && *sender != holder && until != nil && until.After(now) {
		return Call{}, false, ErrSending
	}
	if err := giveUp(ctx, tx, id, now); err != nil {
		return Call{}, false, err
	}
	if c.Replies, err = waiting(ctx, tx, &c); err != nil {
		return Call{}, false, err
	}
	if len(c.Replies) == 0 {
		return Call{}, false, release(ctx, tx, id, holder)
	}
	if c.Key == uuid.Nil {
		c.Key, c.FirstTriedAt = uuid.New(), now
		if token != "" && tokenEnd != nil && tokenEnd.After(now) {
			c.Token, c.TokenUntil = token, *tokenEnd
		}
	}
	if c.Token == "" && c.Tries == 0 && blocked {
		// Nothing can be pushed to someone who blocked the account: it waits until they are back.
		return Call{}, false, errors.Join(park(ctx, tx, id, ""), release(ctx, tx, id, holder))
	}
	c.Tries++
	ids := make([]ReplyID, len(c.Replies))
	for i, r := range c.Replies {
		ids[i] = r.ID
	}
	_, err = tx.Exec(ctx, `UPDATE replies SET call_key = $2, call_token = $3, token_until = $4, called_at = $5, attempts = $6 WHERE id = ANY($1)`,
		ids, c.Key, c.Token, nullTime(c.TokenUntil), c.FirstTriedAt, c.Tries)
	if err != nil {
		return Call{}, false, fmt.Errorf("claim conversation %d: %w", id, err)
	}
	_, err = tx.Exec(ctx, `UPDATE conversations SET sender = $2, sending_until = $3,
			reply_token = CASE WHEN reply_token = $4 THEN '' ELSE reply_token END WHERE id = $1`, id, holder, now.Add(lease), c.Token)
	if err != nil {
		return Call{}, false, fmt.Errorf("claim conversation %d: %w", id, err)
	}
	return c, true, nil
}

func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// giveUp ends calls that were first tried so long ago that the channel has forgotten their key: tried
// again they might arrive twice. The officer sees that they failed.
func giveUp(ctx context.Context, tx pgx.Tx, id ConversationID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE replies SET state = 'failed', problem = 'tried for 24 hours: ' || problem
		WHERE conversation_id = $1 AND state = 'waiting' AND called_at < $2`, id, now.Add(-keyLife))
	if err != nil {
		return fmt.Errorf("give up old messages of conversation %d: %w", id, err)
	}
	return nil
}

// waiting returns the messages of the call that was tried before, whose key and token it sets in
// c, or else those that come next.
func waiting(ctx context.Context, tx pgx.Tx, c *Call) ([]Outgoing, error) {
	rows, err := tx.Query(ctx, `SELECT id, body, call_key, call_token, token_until, called_at, attempts FROM replies
		WHERE conversation_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2`, c.Conversation, perCall)
	if err != nil {
		return nil, fmt.Errorf("read outbox of conversation %d: %w", c.Conversation, err)
	}
	type row struct {
		ID         ReplyID
		Body       Reply
		Key        *uuid.UUID
		Token      string
		TokenUntil *time.Time
		CalledAt   *time.Time
		Attempts   int
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return nil, fmt.Errorf("read outbox of conversation %d: %w", c.Conversation, err)
	}
	var next []Outgoing
	for _, r := range all {
		if r.Key != nil && len(next) == 0 {
			c.Key, c.Token, c.FirstTriedAt, c.Tries = *r.Key, r.Token, *r.CalledAt, r.Attempts
			if r.TokenUntil != nil {
				c.TokenUntil = *r.TokenUntil
			}
		}
		if (r.Key == nil) != (c.Key == uuid.Nil) || (r.Key != nil && *r.Key != c.Key) {
			break // the call that was tried ends here
		}
		next = append(next, Outgoing{ID: r.ID, Body: r.Body})
	}
	return next, nil
}

// Result is how a call went.
type Result struct {
	Verdict   Verdict
	RequestID string   // the channel's, for its support
	IDs       []string // of the sent messages, in order; may be empty
	Problem   string   // for the officer and the log; no personal data
}

// Verdict says what follows from a call.
type Verdict string

// The verdicts.
const (
	Accepted  Verdict = "accepted"   // the channel has the messages
	Refused   Verdict = "refused"    // it never will: the officer must see it
	TryAgain  Verdict = "try_again"  // not now, or nobody knows whether it arrived
	TokenGone Verdict = "token_gone" // the reply token is used or too old
	UsedUp    Verdict = "used_up"    // the account may push no more for a long time, but may still reply
)

// keyLife is how long LINE remembers a retry key (line.md 2.4).
const keyLife = 24 * time.Hour

// Settle records how a call went. again is true when it has to be tried once more.
func Settle(ctx context.Context, tx pgx.Tx, c Call, r Result, now time.Time) (again bool, err error) {
	verdict := r.Verdict
	switch {
	case verdict == TokenGone && c.Tries > 1 && now.Before(c.TokenUntil):
		// It is too early for the token to have ended: it was used, and only this very call can have
		// used it.
		verdict = Accepted
	case verdict == TokenGone:
		// The same messages go out by push, under a key of their own.
		_, err := tx.Exec(ctx, `UPDATE replies SET call_key = $2, call_token = '', token_until = NULL, called_at = $3, attempts = 0
			WHERE call_key = $1 AND state = 'waiting'`, c.Key, uuid.New(), now)
		if err != nil {
			return false, fmt.Errorf("settle call: %w", err)
		}
		return true, nil
	case verdict == UsedUp:
		// They wait until the person writes, and then go out by reply, which costs nothing (line.md row 38).
		return false, errors.Join(park(ctx, tx, c.Conversation, r.Problem), release(ctx, tx, c.Conversation, c.holder))
	case verdict == TryAgain && now.Sub(c.FirstTriedAt) > keyLife:
		verdict, r.Problem = Refused, "tried for 24 hours: "+r.Problem
	}
	switch verdict {
	case Accepted, Refused:
		state, sent := "sent", &now
		if verdict == Refused {
			state, sent = "failed", nil
		}
		for i, out := range c.Replies {
			id := ""
			if i < len(r.IDs) {
				id = r.IDs[i]
			}
			_, err := tx.Exec(ctx, `UPDATE replies SET state = $2, sent_at = $3, external_id = $4, request_id = $5, problem = $6
				WHERE id = $1 AND state = 'waiting'`, out.ID, state, sent, id, r.RequestID, r.Problem)
			if err != nil {
				return false, fmt.Errorf("settle call: %w", err)
			}
		}
		return false, nil
	case TryAgain, TokenGone, UsedUp:
		_, err := tx.Exec(ctx, `UPDATE replies SET request_id = $2, problem = $3 WHERE call_key = $1 AND state = 'waiting'`, c.Key, r.RequestID, r.Problem)
		if err != nil {
			return false, fmt.Errorf("settle call: %w", err)
		}
		return true, release(ctx, tx, c.Conversation, c.holder)
	default:
		return false, fmt.Errorf("settle call: unknown verdict %q", verdict)
	}
}

// release lets others send to a conversation.
func release(ctx context.Context, tx pgx.Tx, id ConversationID, holder uuid.UUID) error {
	_, err := tx.Exec(ctx, `UPDATE conversations SET sender = NULL, sending_until = NULL WHERE id = $1 AND sender = $2`, id, holder)
	if err != nil {
		return fmt.Errorf("release conversation %d: %w", id, err)
	}
	return nil
}

// park puts off what waits until the person is heard of again.
func park(ctx context.Context, tx pgx.Tx, id ConversationID, problem string) error {
	_, err := tx.Exec(ctx, `UPDATE replies SET state = 'parked', problem = $2 WHERE conversation_id = $1 AND state = 'waiting'`, id, problem)
	if err != nil {
		return fmt.Errorf("park messages of conversation %d: %w", id, err)
	}
	return nil
}

// Unpark lets parked messages go out: the person is back.
func Unpark(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID) error {
	tag, err := tx.Exec(ctx, `UPDATE replies SET state = 'waiting', call_key = NULL, call_token = '', token_until = NULL, called_at = NULL, attempts = 0
		WHERE conversation_id = $1 AND state = 'parked'`, id)
	if err != nil {
		return fmt.Errorf("unpark messages of conversation %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if _, err := jobs.InsertTx(ctx, tx, SendArgs{ConversationID: id}, nil); err != nil {
		return fmt.Errorf("enqueue sending to conversation %d: %w", id, err)
	}
	return nil
}
