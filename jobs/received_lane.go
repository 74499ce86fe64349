package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/together"
)

const (
	// laneSlots is how many conversations are worked on at once in a lane. They mostly wait for their
	// transaction.
	laneSlots = 64
	// laneTurns is how many of their turns share one, and turnsTime how long that may take. With more, a
	// rush goes on as quickly and others wait for the processor longer.
	laneTurns = 8
	turnsTime = 30 * time.Second
	// quickRuns is how many transactions the quick lane has at once. The busy one has one: that keeps
	// the machine at work, and more would only make everybody else wait for the processor (P14).
	quickRuns = 2
	busyRuns  = 1
	// courtesyFor is how long after something went over the quick lane the busy one rests after each of
	// its transactions, for as long as that took: half of the machine is left to the others.
	courtesyFor = time.Second
	// lockedPause is after what time a turn is tried again whose conversation is locked, at first, and
	// lockedMost at last: locks mostly last for moments.
	lockedPause = 2 * time.Millisecond
	lockedMost  = 32 * time.Millisecond
	// mostWaiting is as far as the events that wait in a conversation are counted.
	mostWaiting = 64
)

// lane is where conversations are worked on side by side. What each needs of the database it gets
// together with the others.
type lane struct {
	slots    chan struct{}
	patience time.Duration // with another job at work on the same conversation
	used     atomic.Int64  // when a conversation was last taken, in nanoseconds of Unix time
	heads    together.Group[bot.Key, head]
	turns    together.Group[*turn, taken]
}

// lanes are the quick one and the busy one.
type lanes struct {
	once        sync.Once
	quick, busy *lane
	shares      *shares
}

// lane returns the one that a queue is or stands beside.
func (l *lanes) lane(queue string, w *received) *lane {
	l.once.Do(func() {
		l.shares = newShares(Queues())
		l.quick = newLane(quickRuns, quickPatience, w.look, w.takeTogether)
		l.busy = newLane(busyRuns, busyPatience, resting(l.quick, w.look), resting(l.quick, w.takeTogether))
	})
	switch busy := bot.BusyLane(bot.ReceivedQueue); queue {
	case busy, bot.FilesLane(busy):
		return l.busy
	default:
		return l.quick
	}
}

// batch carries out what several ask for at once.
type batch[In, Out any] func(ctx context.Context, in []In) ([]Out, error)

func newLane(runs int, patience time.Duration, look batch[bot.Key, head], take batch[*turn, taken]) *lane {
	return &lane{
		slots: make(chan struct{}, laneSlots), patience: patience,
		heads: together.Group[bot.Key, head]{Run: look, Most: laneTurns, At: runs, Time: turnsTime},
		turns: together.Group[*turn, taken]{Run: take, Most: laneTurns, At: runs, Time: turnsTime},
	}
}

// resting is a run that rests afterwards for as long as it took, while others use their lane.
func resting[In, Out any](others *lane, run batch[In, Out]) batch[In, Out] {
	return func(ctx context.Context, in []In) ([]Out, error) {
		began := time.Now()
		out, err := run(ctx, in)
		if others.usedSince(began.Add(-courtesyFor)) {
			_ = wait(ctx, time.Since(began)) // cut short, it was rest enough
		}
		return out, err
	}
}

// usedSince says whether a conversation was taken since a time.
func (l *lane) usedSince(t time.Time) bool { return l.used.Load() >= t.UnixNano() }

// head is what comes next in a conversation, with the account that it is held on.
type head struct {
	bot.Head
	account agencies.Channel
	channel Channel
	err     error // why nothing can be done on the account now
}

// look returns what comes next in conversations.
func (w *received) look(ctx context.Context, keys []bot.Key) (out []head, err error) {
	err = agencies.ForMany(ctx, w.DB, func(tx pgx.Tx) error {
		out, err = w.heads(ctx, tx, keys)
		return err
	})
	return out, err
}

func (w *received) heads(ctx context.Context, tx pgx.Tx, keys []bot.Key) ([]head, error) {
	next, err := bot.Heads(ctx, tx, keys, mostWaiting)
	if err != nil {
		return nil, err
	}
	out, of := make([]head, len(keys)), map[int64]head{}
	for i, h := range next {
		out[i].Head = h
		if !h.OK {
			continue
		}
		a, read := of[h.Event.ChannelID]
		if !read {
			a.account, a.channel, a.err = w.account(ctx, tx, agencies.ChannelID(h.Event.ChannelID))
			of[h.Event.ChannelID] = a
		}
		out[i].account, out[i].channel, out[i].err = a.account, a.channel, a.err
	}
	return out, nil
}

// next returns what comes next in a conversation; not OK: nothing.
func (w *received) next(ctx context.Context, t talk) (head, error) {
	h, err := t.lane.heads.Do(ctx, t.key())
	if err != nil {
		return head{}, fmt.Errorf("what comes next after event %d: %w", t.events[0].ID, err)
	}
	return h, nil
}

// taken is what comes of a turn: what comes next, or why it could not be taken with others.
type taken struct {
	next head
	err  error
}

// takeTogether takes turns in one transaction, and looks what comes after them.
func (w *received) takeTogether(ctx context.Context, turns []*turn) ([]taken, error) {
	out := make([]taken, len(turns))
	err := agencies.ForMany(ctx, w.DB, func(tx pgx.Tx) error {
		answers, err := w.take(ctx, tx, turns)
		if err != nil {
			return err
		}
		var (
			keys  []bot.Key
			whose []int
		)
		for i, answer := range answers {
			if out[i].err = answer; answer == nil {
				keys, whose = append(keys, turns[i].key()), append(whose, i)
			}
		}
		if len(keys) == 0 {
			return nil
		}
		next, err := w.heads(ctx, tx, keys)
		for i, h := range next {
			out[whose[i]].next = h
		}
		return err
	})
	return out, err
}

// takeTurn takes one turn, with others if it can, and returns what comes next.
func (w *received) takeTurn(ctx context.Context, t talk, own *turn) (head, error) {
	for pause := lockedPause; !own.alone(); pause *= 2 {
		out, err := t.lane.turns.Do(ctx, own)
		if err != nil || out.err == nil {
			return out.next, err
		}
		if !errors.Is(out.err, errLocked) || pause > lockedMost {
			break
		}
		if err := wait(ctx, pause); err != nil {
			return head{}, err
		}
	}
	out, err := w.takeTogether(ctx, []*turn{own})
	if err != nil {
		return head{}, err
	}
	return out[0].next, nil
}

// slot is the place of one conversation in its lane. Whoever waits for something outside lets go of it
// meanwhile.
type slot struct {
	of   chan struct{}
	held bool
}

func (s *slot) take(ctx context.Context) error {
	select {
	case s.of <- struct{}{}:
		s.held = true
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
}

func (s *slot) give() {
	if s.held {
		<-s.of
		s.held = false
	}
}

// without calls f without the slot, and takes one again.
func (s *slot) without(ctx context.Context, f func()) error {
	s.give()
	f()
	return s.take(ctx)
}
