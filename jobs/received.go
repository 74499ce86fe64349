package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
)

type tx = pgx.Tx

// received takes the next step of a conversation (step 2 of the flow). Here is the order in which
// events are worked on and what becomes of those that fail; received_file.go brings files in, and
// received_step.go is the step itself.
type received struct {
	river.WorkerDefaults[bot.ReceivedArgs]
	*Deps
}

const (
	// poisonedAfter is how often an event may fail before it is put aside and the person is told,
	// so that what they say next goes on. Trouble outside (a store or a channel that is away) does
	// not count, nor does a process that was killed.
	poisonedAfter = 5
	// nameTime is how long a person's first words wait for their name.
	nameTime = 2 * time.Second
	// countingTime is how long it may take to count a failure, shutting down or not.
	countingTime = 5 * time.Second
)

// stepTime is how long one run may take: there is room for a large file.
const stepTime = 3 * time.Minute

// Timeout leaves room for a large file.
func (w *received) Timeout(*river.Job[bot.ReceivedArgs]) time.Duration { return stepTime }

// NextRetry comes back soon: a person is waiting.
func (w *received) NextRetry(job *river.Job[bot.ReceivedArgs]) time.Time {
	waits := []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}
	return w.Now().Add(waits[min(job.Attempt, len(waits))-1])
}

// Work handles every waiting event of the conversation in the order they were sent, not only the
// one that brought the job: events overtake one another on their way (line.md 1.4).
func (w *received) Work(ctx context.Context, job *river.Job[bot.ReceivedArgs]) error {
	var event bot.Event
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		event, err = bot.FindEvent(ctx, tx, bot.EventID(job.Args.EventID))
		return err
	})
	if err != nil {
		return err
	}
	if !event.Waiting() {
		// Done, perhaps by this very job, which then died while it held the next one.
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
			return bot.ReleaseEvents(ctx, tx, event.ChannelID, event.Source, job.ID)
		})
	}
	if event.Source == "" { // nobody's conversation: a group, an event without a person
		return w.nobodys(ctx, event)
	}
	for {
		var (
			next    bot.Event
			account agencies.Channel
			channel Channel
			ok      bool
		)
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if next, ok, err = bot.NextEvent(ctx, tx, event.ChannelID, event.Source); err != nil || !ok {
				return err
			}
			account, channel, err = w.account(ctx, tx, agencies.ChannelID(event.ChannelID))
			return err
		})
		if err != nil || !ok {
			return err
		}
		if next.Failures >= poisonedAfter {
			if err := w.putAside(ctx, account, next); err != nil {
				return err
			}
			continue
		}
		if err := w.try(ctx, job.ID, account, channel, next); err != nil {
			return err
		}
	}
}

// try takes one event through the conversation and counts it when that fails.
func (w *received) try(ctx context.Context, job int64, account agencies.Channel, channel Channel, event bot.Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			w.Log.ErrorContext(ctx, "step panicked", "event", event.ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = fmt.Errorf("the step of event %d panicked", event.ID)
		}
		var snooze *river.JobSnoozeError
		if err == nil || errors.As(err, &snooze) || errors.Is(ctx.Err(), context.Canceled) {
			return
		}
		counting, cancel := context.WithTimeout(context.WithoutCancel(ctx), countingTime)
		defer cancel()
		err = errors.Join(err, agencies.Everywhere(counting, w.DB, func(tx pgx.Tx) error {
			return bot.FailEvent(counting, tx, event.ID, w.Now())
		}))
	}()
	return w.step(ctx, job, account, channel, event)
}

// step takes one event through the conversation.
func (w *received) step(ctx context.Context, job int64, account agencies.Channel, channel Channel, event bot.Event) error {
	got, err := channel.Decode(event)
	if err != nil {
		w.Log.WarnContext(ctx, "event put into quarantine", "event", event.ID, "channel", account.ID, "err", err)
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.FinishEvent(ctx, tx, event.ID, err.Error()) })
	}
	if got.Unknown {
		w.Log.InfoContext(ctx, "event of a type that this release does not know", "event", event.ID, "channel", account.ID)
	}
	if got.Silent && got.Message.Kind != bot.Unsend && got.Message.Kind != bot.Unfollow {
		// Nobody spoke to us: the raw event is all that is kept.
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.FinishEvent(ctx, tx, event.ID, "") })
	}
	name := w.name(ctx, account, channel, event.Source)
	if got.HasContent {
		if err := w.fetch(ctx, job, account, channel, event, &got); err != nil {
			return w.putOff(ctx, job, event, err)
		}
	}
	w.at("received: before the step")
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		return w.converse(ctx, tx, account, event, got, name)
	})
	if errors.Is(err, errNotRouted) && w.Now().Sub(event.ReceivedAt) < routePatience {
		return river.JobSnooze(routeAgain)
	}
	if err == nil {
		w.at("received: after the step")
	}
	return err
}

// name asks the channel for the name of a person who is new; nothing waits for it to succeed.
func (w *received) name(ctx context.Context, account agencies.Channel, channel Channel, person string) string {
	var known bool
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		known, err = citizens.Known(ctx, tx, account.Kind, account.Provider, person)
		return err
	})
	if err != nil || known {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	name, err := channel.Name(ctx, account, person)
	if err != nil {
		w.Log.InfoContext(ctx, "no display name", "channel", account.ID, "err", err)
	}
	return name
}

// putAside gives up on an event that failed again and again, and tells the person.
func (w *received) putAside(ctx context.Context, account agencies.Channel, event bot.Event) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		identity, err := citizens.Resolve(ctx, tx, account.Kind, account.Provider, event.Source)
		if err != nil {
			return err
		}
		stored, err := bot.Load(ctx, tx, event.ChannelID, identity, event.Source)
		if err != nil {
			return err
		}
		now, err := bot.FindEvent(ctx, tx, event.ID) // holding the conversation: it may have gone through meanwhile
		if err != nil || !now.Waiting() {
			return err
		}
		w.Log.ErrorContext(ctx, "event put aside after failing repeatedly", "event", event.ID, "channel", account.ID)
		if err := bot.FinishEvent(ctx, tx, event.ID, "failed repeatedly"); err != nil {
			return err
		}
		lang, err := bot.LangOf(ctx, tx, stored.ID)
		if err != nil {
			return err
		}
		return bot.Notify(ctx, tx, w.Jobs, stored.ID, fmt.Sprintf("event %d", event.ID), w.Now(), bot.FaultReply(lang))
	})
}
