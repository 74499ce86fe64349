package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

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
	Tries        int           // including this one
	Wait         time.Duration // from the claim, before it may be made: the account has a rate
	Replies      []Outgoing
	holder       uuid.UUID
	kind         string // of channel
	unsure       bool   // an earlier try may have arrived: nobody heard what became of it
}

// Endpoint is where the call goes.
func (c Call) Endpoint() Endpoint {
	if c.Token != "" {
		return ReplyEndpoint
	}
	return PushEndpoint
}

// Outgoing is a message of a call.
type Outgoing struct {
	ID    ReplyID
	Body  Reply
	Plain bool // as text only: the channel does not take it as it is drawn
}

// perCall is how many messages LINE takes at once (line.md 2.2).
const perCall = 5

// lease is how long a sender may work on a conversation before another takes over: longer than it
// waits for its turn and any call may last.
const lease = time.Minute

// ReplyTime is how long a call by reply may take. A token is given out only while there is room for that
// and for one more try: should the answer be lost, the next try is still made while the token is sure to
// work, and a token that is gone by then shows that the first one arrived (line.md rows 32 and 33).
const ReplyTime = 10 * time.Second

// replyRoom is how long a token must still live to be given out. The pause after a first try is a second.
const replyRoom = ReplyTime + 5*time.Second

// ErrSending means that somebody else is sending to this conversation now. Whoever is will find what
// waits when that is done.
var ErrSending = errors.New("another sender is at work on this conversation")

// RestingError says that the conversation's call failed a moment ago and is not tried again before its time,
// however many senders there are for it.
type RestingError struct{ After time.Duration }

// Error implements error.
func (e RestingError) Error() string {
	return fmt.Sprintf("the last call failed: the conversation rests for %s", e.After.Round(time.Millisecond))
}

// claimant is a sender that wants the next call of a conversation.
type claimant struct {
	id     ConversationID
	holder uuid.UUID
	month  string // what the channel said when it has just refused this sender a push because the month is used up
}

// claim is what a sender got: a call, or why there is none. Neither means that nothing waits.
type claim struct {
	call Call
	ok   bool
	err  error
}

// errLocked means that somebody else works on the conversation right now: it must be asked for alone.
var errLocked = errors.New("the conversation is locked")

// spoken is a conversation while its next call is looked for.
type spoken struct {
	id         ConversationID
	channel    agencies.ChannelID
	kind       string
	source     string
	sender     *uuid.UUID
	until      *time.Time
	token      string
	tokenUntil *time.Time
	blockedAt  *time.Time
	usedUp     bool      // the account's month, as far as is known
	waiting    []pending // what comes next, at most a call's worth
}

// free says whether what is sent now costs nothing: there is a reply token with room for a call.
func (s *spoken) free(now time.Time) bool {
	return s.token != "" && s.tokenUntil != nil && s.tokenUntil.After(now.Add(replyRoom))
}

// pending is a message that waits in the outbox.
type pending struct {
	id         ReplyID
	body       []byte
	key        *uuid.UUID
	token      string
	tokenUntil *time.Time
	calledAt   *time.Time
	attempts   int
	plain      bool
	untaken    bool
	createdAt  time.Time
}

// claimAll takes the next calls of conversations. Nobody else gets one of theirs until it is settled
// or the lease ends; the holder that comes again finds its claim; a call that was tried before comes
// again as it was. With skip it does not wait for conversations that somebody else works on.
func claimAll(ctx context.Context, tx pgx.Tx, rates Rates, who []claimant, now time.Time, skip bool) ([]claim, error) {
	out := make([]claim, len(who))
	all, err := readSpoken(ctx, tx, who, now, skip)
	if err != nil {
		return nil, err
	}
	var (
		w     written
		parks parked
	)
	want := map[slotsOf]slots{}
	for i, c := range who {
		s := all[c.id]
		if s == nil {
			out[i].err = fmt.Errorf("claim conversation %d: %w", c.id, pgx.ErrNoRows)
			if skip {
				out[i].err = errLocked
			}
			continue
		}
		call, ok, err := s.nextFor(c, now, &parks)
		if err != nil {
			out[i].err = err
			continue
		}
		if !ok {
			w.release(s, c.holder)
			continue
		}
		out[i].call, out[i].ok = call, true
		until := now.Add(lease)
		s.sender, s.until = &call.holder, &until // another of the same conversation finds it held
		if gap := gapOf(rates(s.kind, call.Endpoint())); gap > 0 {
			of := slotsOf{s.channel, call.Endpoint()}
			want[of] = slots{n: want[of].n + 1, gap: gap, ahead: paceAhead}
		}
	}
	got, err := reserve(ctx, tx, want)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if !out[i].ok {
			continue
		}
		c := &out[i].call
		of := slotsOf{c.Channel, c.Endpoint()}
		if g, paced := got[of]; paced && !g.ok {
			w.release(all[c.Conversation], c.holder)
			out[i] = claim{err: TooBusyError{g.wait}}
			continue
		} else if paced {
			c.Wait = max(0, g.wait)
			g.wait += want[of].gap
			got[of] = g
		}
		w.hold(all[c.Conversation], *c, now)
	}
	if err := parks.write(ctx, tx); err != nil {
		return nil, err
	}
	return out, w.write(ctx, tx)
}

// nextFor is the next call for a sender; ok is false when there is none that can be made, which parks what
// waits.
func (s *spoken) nextFor(c claimant, now time.Time, parks *parked) (call Call, ok bool, err error) {
	switch going := s.until != nil && s.until.After(now); {
	case going && s.sender == nil:
		return Call{}, false, RestingError{s.until.Sub(now)}
	case going && *s.sender != c.holder:
		return Call{}, false, ErrSending
	case s.blockedAt != nil:
		// Whoever blocked the account sees nothing, not even a reply, which LINE answers as if they did
		// (line.md 2.2): it waits until they are back, as does what went out before we heard.
		parks.gone(s.id, *s.blockedAt)
		return Call{}, false, nil
	}
	call, ok, err = s.next(c.holder, now)
	if ok && c.month != "" && call.Token == "" {
		// It waits until the person writes, and then goes out by reply, which costs nothing (line.md row
		// 38), or until the month is over.
		parks.add(s.id, c.month, ReasonMonth)
		return Call{}, false, nil
	}
	return call, ok, err
}

// readSpoken reads conversations, which it keeps for this transaction, and what comes next in each. Calls
// that were first tried so long ago that the channel has forgotten their key are ended first: tried again
// they might arrive twice. The officer sees that they failed.
func readSpoken(ctx context.Context, tx pgx.Tx, who []claimant, now time.Time, skip bool) (map[ConversationID]*spoken, error) {
	ids := make([]int64, len(who))
	for i, c := range who {
		ids[i] = int64(c.id)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	lock := `SELECT c.id, c.channel_id, ch.kind, c.source, c.sender, c.sending_until, c.reply_token, c.reply_token_until, c.blocked_at, q.used_up_at IS NOT NULL
		FROM conversations c JOIN channels ch ON ch.id = c.channel_id LEFT JOIN channel_quota q ON q.channel_id = c.channel_id
		WHERE c.id = ANY($1) ORDER BY c.id FOR NO KEY UPDATE OF c`
	if skip {
		lock += ` SKIP LOCKED`
	}
	for {
		var (
			batch pgx.Batch
			all   = make(map[ConversationID]*spoken, len(who))
			stale bool
		)
		batch.Queue(lock, ids).Query(func(rows pgx.Rows) error {
			var s spoken
			_, err := pgx.ForEachRow(rows, []any{&s.id, &s.channel, &s.kind, &s.source, &s.sender, &s.until, &s.token, &s.tokenUntil, &s.blockedAt, &s.usedUp}, func() error {
				one := s
				all[s.id] = &one
				s.sender, s.until, s.tokenUntil, s.blockedAt = nil, nil, nil, nil
				return nil
			})
			return err
		})
		// What waits is read once the locks are held, also where they were not to be had.
		batch.Queue(`SELECT w.id, r.id, r.body, r.call_key, r.call_token, r.token_until, r.called_at, r.attempts, r.plain, r.untaken, r.created_at
			FROM unnest($1::bigint[]) AS w (id) CROSS JOIN LATERAL (SELECT * FROM replies WHERE conversation_id = w.id AND state = 'waiting' ORDER BY id LIMIT $2) AS r
			ORDER BY w.id, r.id`, ids, perCall).Query(func(rows pgx.Rows) error {
			var (
				id ConversationID
				p  pending
			)
			_, err := pgx.ForEachRow(rows, []any{&id, &p.id, &p.body, &p.key, &p.token, &p.tokenUntil, &p.calledAt, &p.attempts, &p.plain, &p.untaken, &p.createdAt}, func() error {
				if s := all[id]; s != nil {
					s.waiting = append(s.waiting, p)
					stale = stale || p.calledAt != nil && now.Sub(*p.calledAt) > keyLife
				}
				p = pending{}
				return nil
			})
			return err
		})
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		if !stale {
			return all, readJustSaid(ctx, tx, all, now)
		}
		held := make([]int64, 0, len(all))
		for id := range all {
			held = append(held, int64(id))
		}
		_, err := tx.Exec(ctx, `UPDATE replies SET state = 'failed', reason = $3, problem = 'tried for 24 hours: ' || problem
			WHERE conversation_id = ANY($1) AND state = 'waiting' AND called_at < $2`, held, now.Add(-keyLife), ReasonDay)
		if err != nil {
			return nil, fmt.Errorf("give up old messages: %w", err)
		}
	}
}

// justSaid is how long a message counts as one of those that the person is waiting for.
const justSaid = time.Minute

// readJustSaid puts what was said last into the call of a conversation that has more to say than one call
// takes and whose account can only reply: the rest must wait until the person writes again, and an answer
// must not wait for that (line.md row 38). What else there is room for is the oldest that waits, and the
// call keeps the order in which all of it was said.
func readJustSaid(ctx context.Context, tx pgx.Tx, all map[ConversationID]*spoken, now time.Time) error {
	var ids []int64
	for id, s := range all {
		if s.usedUp && len(s.waiting) == perCall && s.waiting[0].key == nil && s.free(now) {
			ids = append(ids, int64(id))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT w.id, r.id, r.body, r.plain, r.created_at
		FROM unnest($1::bigint[]) AS w (id) CROSS JOIN LATERAL (SELECT * FROM replies WHERE conversation_id = w.id AND state = 'waiting' ORDER BY id DESC LIMIT $2) AS r
		WHERE r.call_key IS NULL AND r.created_at > $3 ORDER BY w.id, r.id`, ids, perCall, now.Add(-justSaid))
	if err != nil {
		return fmt.Errorf("read what was just said: %w", err)
	}
	var (
		id   ConversationID
		p    pending
		last = map[ConversationID][]pending{}
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &p.id, &p.body, &p.plain, &p.createdAt}, func() error {
		if said := last[id]; len(said) > 0 && !said[0].createdAt.Equal(p.createdAt) {
			last[id] = nil // what is said at once has one time
		}
		last[id] = append(last[id], p)
		p = pending{}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what was just said: %w", err)
	}
	for id, said := range last {
		all[id].take(said)
	}
	return nil
}

// take makes room in the next call for what was said last.
func (s *spoken) take(said []pending) {
	untried := 0
	for untried < len(s.waiting) && s.waiting[untried].key == nil {
		untried++
	}
	first := said[0].id
	before := slices.DeleteFunc(slices.Clone(s.waiting[:untried]), func(p pending) bool { return p.id >= first })
	s.waiting = append(before[:min(len(before), perCall-len(said))], said...)
}

// next is the call of a conversation that comes next: the one that was tried before, or else the
// messages that wait, by reply while there is a token.
func (s *spoken) next(holder uuid.UUID, now time.Time) (c Call, ok bool, err error) {
	c = Call{Conversation: s.id, Channel: s.channel, To: s.source, holder: holder, kind: s.kind}
	for i, p := range s.waiting {
		if i == 0 && p.key != nil {
			c.Key, c.Token, c.FirstTriedAt, c.Tries = *p.key, p.token, *p.calledAt, p.attempts
			c.unsure = p.attempts > 0 && !p.untaken
			if p.tokenUntil != nil {
				c.TokenUntil = *p.tokenUntil
			}
		}
		if (p.key == nil) != (c.Key == uuid.Nil) || (p.key != nil && *p.key != c.Key) {
			break // the call that was tried ends here
		}
		out := Outgoing{ID: p.id, Plain: p.plain}
		if err := json.Unmarshal(p.body, &out.Body); err != nil {
			return Call{}, false, fmt.Errorf("read message %d: %w", p.id, err)
		}
		c.Replies = append(c.Replies, out)
	}
	if len(c.Replies) == 0 {
		return Call{}, false, nil
	}
	if c.Key == uuid.Nil {
		c.Key, c.FirstTriedAt = uuid.New(), now
		if s.free(now) {
			c.Token, c.TokenUntil = s.token, *s.tokenUntil
		}
	}
	c.Tries++
	return c, true, nil
}

func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
