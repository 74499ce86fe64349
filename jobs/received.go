package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
)

type tx = pgx.Tx

// received takes the next step of conversations (step 2 of the flow). Here is the order in which the
// events of one are worked on and what becomes of those that fail; received_talks.go shares a job out
// to conversations, received_file.go brings files in, and received_step.go is the step itself.
type received struct {
	river.WorkerDefaults[bot.ReceivedArgs]
	*Deps
	lanes lanes
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

// stepTime is how long a job may work on one conversation: there is room for a large file.
const stepTime = 3 * time.Minute

// converseAll handles every waiting event of the conversation in the order they were sent, not only
// those that brought the job: events overtake one another on their way (line.md 1.4).
func (w *received) converseAll(ctx context.Context, t talk) error {
	if !slices.ContainsFunc(t.events, bot.Event.Waiting) {
		// Done, perhaps by this very job, which then died while it held the next one.
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
			return bot.ReleaseEvents(ctx, tx, t.channel, t.source, t.holder())
		})
	}
	if t.source == "" { // nobody's conversation: a group, an event without a person
		for _, e := range t.events {
			var err error
			if outside := t.slot.without(ctx, func() { err = w.nobodys(ctx, e) }); err != nil || outside != nil {
				return errors.Join(err, outside)
			}
		}
		return nil
	}
	if err := w.takeBackFirst(ctx, t); err != nil {
		return err
	}
	if moved, err := w.tooMany(ctx, t); moved || err != nil {
		return err
	}
	for {
		var (
			next    bot.Event
			account agencies.Channel
			channel Channel
			ok      bool
		)
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if next, ok, err = bot.NextEvent(ctx, tx, t.channel, t.source); err != nil || !ok {
				return err
			}
			account, channel, err = w.account(ctx, tx, agencies.ChannelID(t.channel))
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
		if err := w.try(ctx, t, account, channel, next); err != nil {
			return err
		}
	}
}

// try takes one event through the conversation and counts it when that fails.
func (w *received) try(ctx context.Context, t talk, account agencies.Channel, channel Channel, event bot.Event) (err error) {
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
	return w.step(ctx, t, account, channel, event)
}

// unknown tells of an event of a type that this release does not know: LINE adds types without notice,
// and somebody should look what the new one is for (line.md row 16).
func (w *received) unknown(ctx context.Context, event bot.Event) {
	w.Log.WarnContext(ctx, "event of a type that this release does not know", "event", event.ID, "channel", event.ChannelID)
	if w.Unknown != nil {
		w.Unknown()
	}
}

// step takes one event through the conversation.
func (w *received) step(ctx context.Context, t talk, account agencies.Channel, channel Channel, event bot.Event) error {
	got, err := channel.Decode(event)
	if err != nil {
		w.Log.WarnContext(ctx, "event put into quarantine", "event", event.ID, "channel", account.ID, "err", err)
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.FinishEvent(ctx, tx, event.ID, err.Error()) })
	}
	if got.Unknown {
		w.unknown(ctx, event)
	}
	if got.Silent && got.Message.Kind != bot.Unsend && got.Message.Kind != bot.Unfollow {
		// Nobody spoke to us: the raw event is all that is kept.
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.FinishEvent(ctx, tx, event.ID, "") })
	}
	if !got.Silent {
		defer w.whileWorking(ctx, account, channel, event.Source)()
	}
	name := ""
	if got.Message.Kind != bot.Unsend && got.Message.Kind != bot.Unfollow { // nobody is new by going
		if name, err = w.name(ctx, t, account, channel); err != nil {
			return err
		}
	}
	if got.HasContent {
		outside := t.slot.without(ctx, func() { err = w.fetch(ctx, t.holder(), account, channel, event, &got) })
		if err != nil {
			return w.putOff(ctx, t.holder(), event, err)
		}
		if outside != nil {
			return outside
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
func (w *received) name(ctx context.Context, t talk, account agencies.Channel, channel Channel) (name string, err error) {
	var known bool
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		known, err = citizens.Known(ctx, tx, account.Kind, account.Provider, t.source)
		return err
	})
	if err != nil || known {
		return "", err
	}
	err = t.slot.without(ctx, func() {
		asking, cancel := context.WithTimeout(ctx, nameTime)
		defer cancel()
		var unknown error
		if name, unknown = channel.Name(asking, account, t.source); unknown != nil {
			w.Log.InfoContext(ctx, "no display name", "channel", account.ID, "err", unknown)
		}
	})
	return name, err
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
