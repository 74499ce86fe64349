package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
)

// ReplyID identifies a message to a citizen.
type ReplyID int64

// SendArgs is the fact that a conversation has messages to send.
type SendArgs struct {
	ConversationID ConversationID `json:"conversation_id"`
	// Channel says on whose account: nobody's messages wait for those of another.
	Channel int64 `json:"channel_id,omitempty"`
}

// Kind names the job.
func (SendArgs) Kind() string { return "send" }

// InsertOpts lets sending be tried for as long as LINE remembers the key of a call.
func (SendArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 120, Queue: SendQueue}
}

// Notify puts messages to a citizen into the outbox, in order, with the job that sends them. Cause
// says what they answer ("event 7", "ticket 5 receipt"); the same cause again adds nothing, so a
// step that runs twice speaks once.
func Notify(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID, cause string, at time.Time, replies ...Reply) error {
	if len(replies) == 0 {
		return nil
	}
	causes, bodies := make([]string, len(replies)), make([][]byte, len(replies))
	for i, r := range replies {
		body, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("notify: %w", err)
		}
		causes[i], bodies[i] = causeOf(cause, i), body
	}
	_, err := tx.Exec(ctx, `INSERT INTO replies (conversation_id, cause, body, created_at)
		SELECT $1, r.cause, r.body, $4 FROM unnest($2::text[], $3::jsonb[]) WITH ORDINALITY AS r (cause, body, n) ORDER BY r.n
		ON CONFLICT (conversation_id, cause) DO NOTHING`, id, causes, bodies, at)
	if err != nil {
		return fmt.Errorf("notify conversation %d: %w", id, err)
	}
	return enqueueSend(ctx, tx, jobs, id)
}

// causeOf is under what the messages of a cause are kept: the first under itself.
func causeOf(cause string, i int) string {
	if i == 0 {
		return cause
	}
	return fmt.Sprintf("%s %d", cause, i)
}

// enqueueSend lets what waits for a conversation be sent.
func enqueueSend(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID) error {
	args := SendArgs{ConversationID: id}
	if err := tx.QueryRow(ctx, `SELECT channel_id FROM conversations WHERE id = $1`, id).Scan(&args.Channel); err != nil {
		return fmt.Errorf("channel of conversation %d: %w", id, err)
	}
	if _, err := jobs.InsertTx(ctx, tx, args, nil); err != nil {
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

// Unpark lets parked messages go out, unless the person has blocked the account. A push that may have
// arrived keeps its key while the channel knows it, so that it arrives once; everything else goes out in
// calls of its own. What has lost its words with age (Purge) has failed: it would use up a reply token.
func Unpark(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID, now time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE replies r SET state = CASE WHEN r.body = '{}' THEN 'failed' ELSE 'waiting' END, reason = '', problem = '', call_token = '', token_until = NULL,
			call_key = CASE WHEN p.keeps THEN r.call_key END, called_at = CASE WHEN p.keeps THEN r.called_at END, attempts = CASE WHEN p.keeps THEN r.attempts ELSE 0 END
		FROM (SELECT p.id, coalesce(p.call_token = '' AND p.attempts > 0 AND NOT p.untaken AND p.called_at > $2, false) AS keeps
			FROM replies p JOIN conversations c ON c.id = p.conversation_id WHERE c.id = $1 AND p.state = 'parked' AND c.blocked_at IS NULL) AS p
		WHERE r.id = p.id`, id, now.Add(-keyLife))
	if err != nil {
		return fmt.Errorf("unpark messages of conversation %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return enqueueSend(ctx, tx, jobs, id)
}

// monthPage is how many conversations are let go at once.
const monthPage = 500

// UnparkMonth lets go some of what waits because the account's month was used up; more is true when
// there may be others.
func UnparkMonth(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, channel agencies.ChannelID, now time.Time) (more bool, err error) {
	rows, err := tx.Query(ctx, `SELECT c.id FROM conversations c WHERE c.channel_id = $1 AND c.blocked_at IS NULL
		AND EXISTS (SELECT FROM replies r WHERE r.conversation_id = c.id AND r.state = 'parked' AND r.reason = $2)
		ORDER BY c.id LIMIT $3 FOR NO KEY UPDATE OF c`, channel, ReasonMonth, monthPage)
	if err != nil {
		return false, fmt.Errorf("what waits for the month of channel %d: %w", channel, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ConversationID])
	if err != nil {
		return false, fmt.Errorf("what waits for the month of channel %d: %w", channel, err)
	}
	for _, id := range ids {
		if err := Unpark(ctx, tx, jobs, id, now); err != nil {
			return false, err
		}
	}
	return len(ids) == monthPage, nil
}

// SendAgain puts what failed or waits of a cause back into the outbox, as it was, for a call of its own.
// What was sent meanwhile is not sent again.
func SendAgain(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID, cause string) error {
	if err := Lock(ctx, tx, id); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE replies SET state = 'waiting', call_key = NULL, call_token = '', token_until = NULL, called_at = NULL, attempts = 0, reason = '', problem = ''
		WHERE conversation_id = $1 AND state IN ('failed', 'parked') AND body <> '{}'
		  AND (cause = $2 OR starts_with(cause, $2 || ' ') AND substr(cause, length($2) + 2) ~ '^[0-9]+$')`, id, cause)
	if err != nil {
		return fmt.Errorf("send %q again: %w", cause, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return enqueueSend(ctx, tx, jobs, id)
}
