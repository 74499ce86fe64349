package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/together"
)

// Outbox hands out the calls that take messages to citizens and records how they went. Senders that
// come at the same time share their transactions.
type Outbox struct {
	db     agencies.DB
	rates  Rates
	now    func() time.Time
	claims together.Group[claimant, claim]
	ends   together.Group[settling, settled]
}

const (
	// outboxBatch bounds the calls of one transaction.
	outboxBatch = 256
	// outboxTime is how long one transaction may take.
	outboxTime = 10 * time.Second
	// lockedPause is after what time a locked conversation is asked for again, at first, and lockedMost
	// at last: locks mostly last for moments, and waiting in a transaction takes up a connection.
	lockedPause = 2 * time.Millisecond
	lockedMost  = 32 * time.Millisecond
)

// settled is what a settled call leads to.
type settled struct {
	outcome
	next claim
}

// claimant is the sender of a call on its way to the next one.
func (o outcome) claimant(c Call) claimant {
	return claimant{id: c.Conversation, holder: c.holder, month: o.month}
}

// NewOutbox returns an Outbox on a database whose calls keep to rates.
func NewOutbox(db agencies.DB, rates Rates, now func() time.Time) *Outbox {
	o := &Outbox{db: db, rates: rates, now: now}
	o.claims = together.Group[claimant, claim]{Run: o.claimTogether, Most: outboxBatch, At: 1, Time: outboxTime}
	o.ends = together.Group[settling, settled]{Run: o.settleTogether, Most: outboxBatch, At: 1, Time: outboxTime}
	return o
}

// Claim takes the next call of a conversation for a sender, and nobody else gets one until it is
// settled or the lease ends. The holder that comes again finds its claim. A call that was tried
// before comes again as it was, after a rest. ok is false when nothing waits that can be sent.
func (o *Outbox) Claim(ctx context.Context, id ConversationID, holder uuid.UUID) (call Call, ok bool, err error) {
	who := claimant{id: id, holder: holder}
	c, err := o.claims.Do(ctx, who)
	if err != nil {
		return Call{}, false, err
	}
	return o.alone(ctx, who, c)
}

// alone asks for a conversation again that was locked: with others while that may help, and then by
// itself, waiting for it.
func (o *Outbox) alone(ctx context.Context, who claimant, c claim) (Call, bool, error) {
	for pause := lockedPause; errors.Is(c.err, errLocked) && pause <= lockedMost; pause *= 2 {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return Call{}, false, ctx.Err()
		}
		var err error
		if c, err = o.claims.Do(ctx, who); err != nil {
			return Call{}, false, err
		}
	}
	if errors.Is(c.err, errLocked) {
		err := agencies.ForMany(ctx, o.db, func(tx pgx.Tx) error {
			got, err := claimAll(ctx, tx, o.rates, []claimant{who}, o.now(), false)
			if err == nil {
				c = got[0]
			}
			return err
		})
		if err != nil {
			return Call{}, false, fmt.Errorf("claim conversation %d: %w", who.id, err)
		}
	}
	return c.call, c.ok, c.err
}

func (o *Outbox) claimTogether(ctx context.Context, who []claimant) (out []claim, err error) {
	err = agencies.ForMany(ctx, o.db, func(tx pgx.Tx) error {
		out, err = claimAll(ctx, tx, o.rates, who, o.now(), true)
		return err
	})
	return out, err
}

// Settled is what follows from a call.
type Settled struct {
	Next Call          // the conversation's next call, claimed for the same sender
	More bool          // there is one
	Rest time.Duration // the call must be tried again after that long; 0: it need not
}

// Settle records how a call went, and takes the conversation's next one when that can be made now.
func (o *Outbox) Settle(ctx context.Context, call Call, r Result) (Settled, error) {
	s, err := o.ends.Do(ctx, settling{call, r})
	if err != nil || !s.goesOn {
		return Settled{Rest: s.rest}, err
	}
	next, more, err := o.alone(ctx, s.claimant(call), s.next)
	if errors.Is(err, ErrSending) { // this sender was so slow that another took over
		err = nil
	}
	return Settled{Next: next, More: more}, err
}

func (o *Outbox) settleTogether(ctx context.Context, all []settling) ([]settled, error) {
	out := make([]settled, len(all))
	err := agencies.ForMany(ctx, o.db, func(tx pgx.Tx) error {
		now := o.now()
		ended, err := settleAll(ctx, tx, all, now)
		if err != nil {
			return err
		}
		var (
			who   []claimant
			whose []int
		)
		for i, e := range ended {
			out[i].outcome = e
			if e.goesOn {
				who, whose = append(who, e.claimant(all[i].call)), append(whose, i)
			}
		}
		if len(who) == 0 {
			return nil
		}
		next, err := claimAll(ctx, tx, o.rates, who, now, true)
		for i, c := range next {
			out[whose[i]].next = c
		}
		return err
	})
	return out, err
}
