package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// Block records that a person blocked the account at a time by the channel's clock: nothing that is sent
// from then on is seen. What went out before we heard of it waits until they are back. Officers are told
// since when it is so; somebody who blocks the account twice is back only with what is later than both.
func Block(ctx context.Context, tx pgx.Tx, id ConversationID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE conversations SET blocked_at = coalesce(blocked_at, $2), left_at = greatest(left_at, $2) WHERE id = $1`, id, at)
	if err != nil {
		return fmt.Errorf("block conversation %d: %w", id, err)
	}
	return parkUnseen(ctx, tx, []absence{{id: id, from: at}})
}

// Back records that somebody who had blocked the account said or did something at a time by the channel's
// clock. What is from before they blocked it, and comes late, says nothing: then it is false.
func Back(ctx context.Context, tx pgx.Tx, id ConversationID, at time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE conversations SET blocked_at = NULL, left_at = NULL
		WHERE id = $1 AND blocked_at IS NOT NULL AND $2 >= greatest(blocked_at, left_at)`, id, at)
	if err != nil {
		return false, fmt.Errorf("conversation %d is back: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// HeardSince returns when, by the channel's clock, the person first said or did something after a time.
// ok is false when they did not.
func HeardSince(ctx context.Context, tx pgx.Tx, id ConversationID, at time.Time) (heard time.Time, ok bool, err error) {
	var first *time.Time
	err = tx.QueryRow(ctx, `SELECT min(at) FROM messages WHERE conversation_id = $1 AND at > $2 AND kind <> 'unsend'`, id, at).Scan(&first)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("when was conversation %d heard of: %w", id, err)
	}
	if first == nil {
		return time.Time{}, false, nil
	}
	return *first, true, nil
}

// ShowAgain sends again what went out while a person had blocked the account, who is back before we heard
// that they had.
func ShowAgain(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID, from, until, now time.Time) error {
	if err := parkUnseen(ctx, tx, []absence{{id, from, until}}); err != nil {
		return err
	}
	return Unpark(ctx, tx, jobs, id, now)
}

// absence is a time in which somebody had blocked the account. Until may be zero: it goes on.
type absence struct {
	id          ConversationID
	from, until time.Time
}

// blockMargin is how much later than the block, by the channel's clock, a message must have been sent, by
// ours, to be taken for unseen: a call takes a moment, and clocks differ a little.
const blockMargin = 2 * time.Second

// parkUnseen parks what was sent to people while they had blocked the account, which LINE takes and shows to
// nobody (line.md 2.2). Answers to what they had said before they left are not shown again: they would make
// no sense any more. What was first tried in that time and may have been taken has lost its key too: under
// it, it would count as arrived.
func parkUnseen(ctx context.Context, tx pgx.Tx, all []absence) error {
	if len(all) == 0 {
		return nil
	}
	var (
		ids    = make([]int64, len(all))
		froms  = make([]time.Time, len(all))
		untils = make([]*time.Time, len(all))
	)
	for i, a := range all {
		ids[i], froms[i], untils[i] = int64(a.id), a.from.Add(blockMargin), nullTime(a.until)
	}
	_, err := tx.Exec(ctx, `UPDATE replies r SET state = 'parked', reason = CASE WHEN r.state = 'sent' THEN $4 ELSE r.reason END,
			call_key = NULL, call_token = '', token_until = NULL, called_at = NULL, attempts = 0, sent_at = NULL, external_id = ''
		FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS a (id, since, upto)
		WHERE r.conversation_id = a.id AND (
			r.state = 'sent' AND r.sent_at > a.since AND r.sent_at < coalesce(a.upto, 'infinity') AND r.cause !~ '^(event|set) ' AND r.body <> '{}'
			OR r.state = 'parked' AND r.called_at > a.since AND r.called_at < coalesce(a.upto, 'infinity'))`, ids, froms, untils, ReasonBlocked)
	if err != nil {
		return fmt.Errorf("park what nobody has seen: %w", err)
	}
	return nil
}
