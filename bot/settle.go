package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Result is how a call went.
type Result struct {
	Verdict   Verdict
	RequestID string   // the channel's, for its support
	IDs       []string // of the sent messages, in order; may be empty
	Problem   string   // for the log; no personal data
	Reason    Reason   // Refused: why
	Unfit     []int    // Unfit: which messages of the call, from 0; empty: any of them
	Untaken   bool     // TryAgain: the channel certainly did not take it
}

// untaken says whether a result proves that the channel did not take the call.
func (r Result) untaken() bool { return r.Verdict == TooFast || r.Verdict == TryAgain && r.Untaken }

// Verdict says what follows from a call.
type Verdict string

// The verdicts.
const (
	Accepted  Verdict = "accepted"   // the channel has the messages
	Refused   Verdict = "refused"    // it never will: the officer must see it
	Unfit     Verdict = "unfit"      // it does not take messages as they are drawn: they go once more as plain text
	TryAgain  Verdict = "try_again"  // not now, or nobody knows whether it arrived
	TooFast   Verdict = "too_fast"   // not now: more calls than the account's rate
	TokenGone Verdict = "token_gone" // the reply token is used or too old
	UsedUp    Verdict = "used_up"    // the account may push no more for a long time, but may still reply
)

// Reason says why a message has failed or is parked, for the officer.
type Reason string

// The reasons.
const (
	ReasonBlocked     Reason = "blocked"     // parked: the person blocked the account
	ReasonMonth       Reason = "month"       // parked: the month's messages are used up
	ReasonDay         Reason = "day"         // failed: the channel did not answer for a day
	ReasonUnreachable Reason = "unreachable" // failed: the channel knows no way to the person
	ReasonAccount     Reason = "account"     // failed: the account may not
	ReasonRefused     Reason = "refused"     // failed: the channel does not take the message
)

// keyLife is how long after its first try a call is tried again. LINE remembers a retry key for 24 hours
// (line.md 2.4); a call that begins at the last moment must arrive within them, by LINE's clock.
const keyLife = 24*time.Hour - 5*time.Minute

// pauses are how long a conversation rests after a try that failed: shortly at first, for a person is waiting.
var pauses = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

// Pause is how long to rest after so many tries.
func Pause(tries int) time.Duration { return pauses[max(1, min(tries, len(pauses)))-1] }

// settling is a call with how it went.
type settling struct {
	call   Call
	result Result
}

// outcome is what follows from a call for its sender.
type outcome struct {
	goesOn bool          // the conversation's next call, if any, can be made at once
	month  string        // then, what the channel said when the month was used up; empty: it did not
	rest   time.Duration // this very call must be tried again after that long
}

// settleAll records how calls went.
func settleAll(ctx context.Context, tx pgx.Tx, all []settling, now time.Time) ([]outcome, error) {
	out := make([]outcome, len(all))
	var (
		w      written
		rested []slotsOf
	)
	for i, s := range all {
		var err error
		if out[i], err = s.settle(&w, now); err != nil {
			return nil, err
		}
		if s.result.Verdict == TooFast {
			rested = append(rested, slotsOf{s.call.Channel, s.call.Endpoint()})
		}
	}
	if err := w.write(ctx, tx); err != nil {
		return nil, err
	}
	if len(rested) > 0 {
		return out, rest(ctx, tx, rested)
	}
	return out, nil
}

// settle notes what becomes of one call.
func (s settling) settle(w *written, now time.Time) (outcome, error) {
	c, r := s.call, s.result
	verdict := r.Verdict
	r.Problem, r.RequestID = storable(r.Problem), storable(r.RequestID)
	switch {
	case verdict == TokenGone && c.unsure && now.Before(c.TokenUntil):
		// It is too early for the token to have ended: it was used, and only the try of this very call of
		// which nobody heard can have used it.
		verdict = Accepted
	case (verdict == TryAgain || verdict == TooFast) && now.Sub(c.FirstTriedAt) > keyLife:
		verdict, r.Reason, r.Problem = Refused, ReasonDay, "tried for 24 hours: "+r.Problem
	}
	switch verdict {
	case Accepted:
		for i, o := range c.Replies {
			row := c.row(o)
			row.state, row.sentAt, row.requestID, row.problem = "sent", &now, r.RequestID, r.Problem
			if i < len(r.IDs) {
				row.externalID = storable(r.IDs[i])
			}
			w.replies = append(w.replies, row)
		}
		return outcome{goesOn: true}, nil
	case Refused:
		if r.Reason == "" {
			r.Reason = ReasonRefused
		}
		for _, o := range c.Replies {
			w.replies = append(w.replies, c.failed(o, r))
		}
		return outcome{goesOn: true}, nil
	case Unfit:
		s.undraw(w, r)
		return outcome{goesOn: true}, nil
	case TokenGone:
		// The same messages go out by push, under a key of their own.
		key := uuid.New()
		for _, o := range c.Replies {
			row := c.untried(o)
			row.key, row.calledAt = &key, &now
			w.replies = append(w.replies, row)
		}
		return outcome{goesOn: true}, nil
	case UsedUp:
		return s.usedUp(w, r), nil
	case TryAgain, TooFast:
		for _, o := range c.Replies {
			row := c.row(o)
			row.requestID, row.problem, row.untaken = r.RequestID, r.Problem, r.untaken() && !c.unsure
			w.replies = append(w.replies, row)
		}
		pause := Pause(c.Tries)
		w.rest(c.Conversation, c.holder, now.Add(pause))
		return outcome{rest: pause}, nil
	default:
		return outcome{}, fmt.Errorf("settle call: unknown verdict %q", verdict)
	}
}

// usedUp undoes a push that was refused because the month is used up: whoever claims next sees whether the
// messages can go by reply, for the person may have written meanwhile, and parks them otherwise. A call of
// which an earlier try may have arrived is parked by itself and as it is: tried again under its key it
// arrives once.
func (s settling) usedUp(w *written, r Result) outcome {
	c := s.call
	for _, o := range c.Replies {
		row := c.untried(o)
		if c.unsure {
			row = c.row(o)
			row.state, row.reason = "parked", ReasonMonth
		}
		row.requestID, row.problem = r.RequestID, r.Problem
		w.replies = append(w.replies, row)
	}
	return outcome{goesOn: true, month: cmp.Or(r.Problem, string(UsedUp))}
}

// undraw makes plain text of the messages that the channel does not take; one that is plain already
// has failed. The others go on in a call of their own: what was refused was not sent.
func (s settling) undraw(w *written, r Result) {
	c := s.call
	unfit := r.Unfit
	if len(unfit) == 0 || slices.ContainsFunc(unfit, func(i int) bool { return i < 0 || i >= len(c.Replies) }) {
		unfit = nil
		for i, o := range c.Replies {
			if !o.Plain {
				unfit = append(unfit, i)
			}
		}
	}
	r.Reason = ReasonRefused
	for i, o := range c.Replies {
		row := c.untried(o)
		row.requestID = r.RequestID
		switch {
		case len(unfit) == 0, o.Plain && slices.Contains(unfit, i):
			row = c.failed(o, r)
		case slices.Contains(unfit, i):
			row.plain, row.problem = true, r.Problem
		}
		w.replies = append(w.replies, row)
	}
}

// row is a message of the call as it stands in the outbox.
func (c Call) row(o Outgoing) replyRow {
	called := c.FirstTriedAt
	return replyRow{
		id: o.ID, was: c.Key, state: "waiting", key: &c.Key, token: c.Token, tokenUntil: nullTime(c.TokenUntil), calledAt: &called, attempts: c.Tries, plain: o.Plain,
	}
}

// untried is a message of the call as if there had been none.
func (c Call) untried(o Outgoing) replyRow {
	return replyRow{id: o.ID, was: c.Key, state: "waiting", plain: o.Plain}
}

// failed is a message of the call that the citizen never gets.
func (c Call) failed(o Outgoing, r Result) replyRow {
	row := c.row(o)
	row.state, row.requestID, row.problem, row.reason = "failed", r.RequestID, r.Problem, r.Reason
	return row
}

// storable is text from outside as the database takes it.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "")
}

// replyRow is a row of the outbox to be written again.
type replyRow struct {
	id         ReplyID
	was        uuid.UUID // the key it has now; nil: none yet. Another means that somebody else has it.
	state      string
	key        *uuid.UUID
	token      string
	tokenUntil *time.Time
	calledAt   *time.Time
	attempts   int
	plain      bool
	untaken    bool
	sentAt     *time.Time
	externalID string
	requestID  string
	problem    string
	reason     Reason
}

// holding is a conversation to be written again: who sends to it until when, and the reply token that is
// spent. Without a sender it rests until then.
type holding struct {
	id     ConversationID
	was    uuid.UUID // release: only from this sender
	sender *uuid.UUID
	until  *time.Time
	spent  string
}

// written collects rows to be written in one statement each.
type written struct {
	replies  []replyRow
	holdings []holding
}

// hold notes a claimed call.
func (w *written) hold(s *spoken, c Call, now time.Time) {
	for i, o := range c.Replies {
		row := c.row(o)
		if p := s.waiting[i]; p.key == nil {
			row.was = uuid.Nil
		}
		w.replies = append(w.replies, row)
	}
	until := now.Add(lease)
	w.holdings = append(w.holdings, holding{id: s.id, sender: &c.holder, until: &until, spent: c.Token})
}

// release lets others send to a conversation that was just read.
func (w *written) release(s *spoken, holder uuid.UUID) {
	if s.sender != nil && *s.sender == holder {
		w.let(s.id, holder)
	}
}

// let lets others send to a conversation.
func (w *written) let(id ConversationID, holder uuid.UUID) {
	w.holdings = append(w.holdings, holding{id: id, was: holder})
}

// rest lets nobody send to a conversation before a time.
func (w *written) rest(id ConversationID, holder uuid.UUID, until time.Time) {
	w.holdings = append(w.holdings, holding{id: id, was: holder, until: &until})
}

// write writes everything.
func (w *written) write(ctx context.Context, tx pgx.Tx) error {
	var batch pgx.Batch
	if n := len(w.replies); n > 0 {
		var (
			ids, attempts        = make([]int64, n), make([]int32, n)
			was, keys            = make([]pgtype.UUID, n), make([]pgtype.UUID, n)
			states, tokens       = make([]string, n), make([]string, n)
			untils, called, sent = make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
			plain, untaken       = make([]bool, n), make([]bool, n)
			external, requests   = make([]string, n), make([]string, n)
			problems, reasons    = make([]string, n), make([]string, n)
		)
		for i, r := range w.replies {
			ids[i], was[i], keys[i], states[i], tokens[i] = int64(r.id), known(&r.was), known(r.key), r.state, r.token
			untils[i], called[i], sent[i], attempts[i], plain[i] = r.tokenUntil, r.calledAt, r.sentAt, int32(r.attempts), r.plain //nolint:gosec // a small number
			external[i], requests[i], problems[i], reasons[i], untaken[i] = r.externalID, r.requestID, r.problem, string(r.reason), r.untaken
		}
		// Not by the index of all that waits, which is short when the plan is made and long in a rush.
		batch.Queue(`UPDATE replies r SET state = u.state, call_key = u.key, call_token = u.token, token_until = u.until, called_at = u.called, attempts = u.attempts,
				plain = u.plain, sent_at = u.sent, external_id = u.external, request_id = u.request, problem = u.problem, reason = u.reason, untaken = u.untaken
			FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::int[], $9::boolean[], $10::timestamptz[],
				$11::text[], $12::text[], $13::text[], $14::text[], $15::boolean[])
				AS u (id, was, state, key, token, until, called, attempts, plain, sent, external, request, problem, reason, untaken)
			WHERE r.id = u.id AND r.state || '' = 'waiting' AND coalesce(r.call_key, '00000000-0000-0000-0000-000000000000') = u.was`,
			ids, was, states, keys, tokens, untils, called, attempts, plain, sent, external, requests, problems, reasons, untaken)
	}
	if n := len(w.holdings); n > 0 {
		var (
			ids     = make([]int64, n)
			was     = make([]pgtype.UUID, n)
			senders = make([]pgtype.UUID, n)
			untils  = make([]*time.Time, n)
			spent   = make([]string, n)
		)
		for i, h := range w.holdings {
			ids[i], was[i], senders[i], untils[i], spent[i] = int64(h.id), known(&h.was), known(h.sender), h.until, h.spent
		}
		batch.Queue(`UPDATE conversations c SET sender = u.sender, sending_until = u.until,
				reply_token = CASE WHEN u.spent <> '' AND c.reply_token = u.spent THEN '' ELSE c.reply_token END
			FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[]) AS u (id, was, sender, until, spent)
			WHERE c.id = u.id AND (u.sender IS NOT NULL OR c.sender = u.was)`, ids, was, senders, untils, spent)
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("write outbox: %w", err)
	}
	return nil
}

// known is a number as the database's driver writes it in a few bytes; nil is null.
func known(id *uuid.UUID) pgtype.UUID {
	if id == nil {
		return pgtype.UUID{}
	}
	return pgtype.UUID{Bytes: *id, Valid: true}
}

// parked collects conversations whose messages are put off until the person is heard of again.
type parked struct {
	ids               []int64
	problems, reasons []string
	unseen            []absence
}

// gone puts off all for somebody who blocked the account at a time.
func (p *parked) gone(id ConversationID, since time.Time) {
	p.add(id, "", ReasonBlocked)
	p.unseen = append(p.unseen, absence{id: id, from: since})
}

func (p *parked) add(id ConversationID, problem string, reason Reason) {
	p.ids, p.problems, p.reasons = append(p.ids, int64(id)), append(p.problems, storable(problem)), append(p.reasons, string(reason))
}

func (p *parked) write(ctx context.Context, tx pgx.Tx) error {
	if len(p.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE replies r SET state = 'parked', problem = u.problem, reason = u.reason
		FROM unnest($1::bigint[], $2::text[], $3::text[]) AS u (id, problem, reason) WHERE r.conversation_id = u.id AND r.state = 'waiting'`, p.ids, p.problems, p.reasons)
	if err != nil {
		return fmt.Errorf("park messages: %w", err)
	}
	return parkUnseen(ctx, tx, p.unseen)
}
