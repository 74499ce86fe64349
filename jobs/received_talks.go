package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
)

// talk is what a job has to do with one conversation: the events of it that brought the job.
type talk struct {
	channel int64
	source  string
	events  []bot.Event
	from    bot.Lane // where the job waited
	lane    *lane
	slot    *slot
}

func (t talk) key() bot.Key { return bot.Key{Channel: t.channel, Source: t.source} }

// holder is the name under which the job keeps an event for itself. It stays the same when the job is
// run again, and when the conversation gets a job of its own.
func (t talk) holder() int64 { return int64(t.events[0].ID) }

// ids are the events that brought the job.
func (t talk) ids() []bot.EventID {
	all := make([]bot.EventID, len(t.events))
	for i, e := range t.events {
		all[i] = e.ID
	}
	return all
}

// talksOf sorts events by conversation. What is nobody's is each by itself.
func talksOf(events []bot.Event) []talk {
	type key struct {
		channel int64
		source  string
		alone   bot.EventID
	}
	var all []talk
	at := map[key]int{}
	for _, e := range events {
		k := key{channel: e.ChannelID, source: e.Source}
		if e.Source == "" {
			k.alone = e.ID
		}
		i, ok := at[k]
		if !ok {
			i, at[k] = len(all), len(all)
			all = append(all, talk{channel: e.ChannelID, source: e.Source})
		}
		all[i].events = append(all[i].events, e)
	}
	return all
}

// accountOf is the account that all conversations of a job are held on; 0: there are several.
func accountOf(talks []talk) int64 {
	if len(talks) == 0 || slices.ContainsFunc(talks, func(t talk) bool { return t.channel != talks[0].channel }) {
		return 0
	}
	return talks[0].channel
}

// Timeout is for each conversation, not for the job.
func (w *received) Timeout(*river.Job[bot.ReceivedArgs]) time.Duration { return -1 }

// NextRetry comes back soon: a person is waiting.
func (w *received) NextRetry(job *river.Job[bot.ReceivedArgs]) time.Time {
	waits := []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}
	return w.Now().Add(waits[min(job.Attempt, len(waits))-1])
}

// Work takes each conversation that events of the job belong to, side by side. One that fails or has to
// wait gets a job of its own, so that nobody is kept waiting by a neighbour; if that job cannot be
// made, this one comes again, and passes over what is done.
func (w *received) Work(ctx context.Context, job *river.Job[bot.ReceivedArgs]) error {
	var events []bot.Event
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		events, err = bot.FindEvents(ctx, tx, job.Args.Events)
		return err
	})
	if err != nil {
		return err
	}
	talks, err := w.stillWaiting(ctx, talksOf(events))
	if err != nil {
		return err
	}
	lane, from := w.lanes.lane(job.Queue, w), bot.Lane{Queue: job.Queue, Row: job.Priority}
	for i := range talks {
		talks[i].from, talks[i].lane, talks[i].slot = from, lane, &slot{of: lane.slots}
	}
	leave, ok := w.lanes.shares.enter(ctx, job.Queue, accountOf(talks))
	if !ok {
		return river.JobSnooze(sharePause)
	}
	defer leave()
	if len(talks) == 1 {
		return w.alone(ctx, talks[0])
	}
	var (
		together sync.WaitGroup
		failed   = make([]error, len(talks))
	)
	for i, t := range talks {
		together.Go(func() { failed[i] = w.alone(ctx, t) })
	}
	together.Wait()
	if ctx.Err() != nil { // told to stop
		return errors.Join(failed...)
	}
	return w.apart(ctx, from, talks, failed)
}

// quickEvents is how many events of one conversation the quick lane takes at once, beside those that
// brought the job.
const quickEvents = 8

// tooMany moves a conversation to the busy lane when more of its events wait than the quick lane is for:
// they came with a rush, and their order does not let one of them go ahead. What the quick lane took is
// within its channel's share, so it stands in front there.
func (w *received) tooMany(ctx context.Context, t talk, h head) (moved bool, err error) {
	if t.from.Queue != bot.ReceivedQueue || h.Waiting <= len(t.events)+quickEvents {
		return false, nil
	}
	return true, w.move(ctx, t, bot.Lane{Queue: bot.BusyLane(t.from.Queue), Row: 1})
}

// move has a conversation worked on in another lane, by a job of its own.
func (w *received) move(ctx context.Context, t talk, to bot.Lane) error {
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		_, err := w.Jobs.InsertTx(ctx, tx, bot.ReceivedArgs{Events: t.ids()}, to.Opts())
		return err
	})
	if err != nil {
		return fmt.Errorf("choose a lane for event %d: %w", t.events[0].ID, err)
	}
	return nil
}

// alone works on one conversation.
func (w *received) alone(ctx context.Context, t talk) (err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			w.Log.ErrorContext(ctx, "work on a conversation panicked", "event", t.events[0].ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = fmt.Errorf("work on the conversation of event %d panicked", t.events[0].ID)
		}
	}()
	t.lane.used.Store(time.Now().UnixNano())
	if err := t.slot.take(ctx); err != nil {
		return err
	}
	defer t.slot.give()
	return w.converseAll(ctx, t)
}

// stillWaiting leaves out the talks that are done with, perhaps by this very job, which then died while
// it held the next event of one.
func (w *received) stillWaiting(ctx context.Context, talks []talk) ([]talk, error) {
	var (
		waiting []talk
		holds   []bot.Hold
	)
	for _, t := range talks {
		if slices.ContainsFunc(t.events, bot.Event.Waiting) {
			waiting = append(waiting, t)
			continue
		}
		holds = append(holds, bot.Hold{Key: t.key(), Job: t.holder()})
	}
	if len(holds) == 0 {
		return waiting, nil
	}
	return waiting, agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.ReleaseEvents(ctx, tx, holds) })
}

// apart makes a job of its own for each conversation that failed.
func (w *received) apart(ctx context.Context, lane bot.Lane, talks []talk, failed []error) error {
	if errors.Join(failed...) == nil {
		return nil
	}
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		for i, err := range failed {
			if err == nil {
				continue
			}
			var snooze *river.JobSnoozeError
			if !errors.As(err, &snooze) {
				w.Log.WarnContext(ctx, "conversation goes on in a job of its own", "event", talks[i].events[0].ID, "err", err)
			}
			if _, err := w.Jobs.InsertTx(ctx, tx, bot.ReceivedArgs{Events: talks[i].ids()}, lane.Opts()); err != nil {
				return fmt.Errorf("enqueue event %d again: %w", talks[i].events[0].ID, err)
			}
		}
		return nil
	})
}
