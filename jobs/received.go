package jobs

import (
	"bytes"
	"cmp"
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

// received takes the next step of conversations (step 2 of the flow). Here is the order in which the
// events of one are worked on and what becomes of those that fail; received_talks.go shares a job out
// to conversations, received_file.go brings files in, and received_step.go is the step itself.
type received struct {
	river.WorkerDefaults[bot.ReceivedArgs]
	*Deps
	lanes lanes
	holds holds
	tries tries
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
	if t.source == "" { // nobody's conversation: a group, an event without a person
		for _, e := range t.events {
			var err error
			if outside := t.slot.without(ctx, func() { err = w.nobodys(ctx, e) }); err != nil || outside != nil {
				return errors.Join(err, outside)
			}
		}
		return nil
	}
	h, err := w.next(ctx, t)
	if err != nil || !h.OK || h.err != nil {
		return errors.Join(err, h.err)
	}
	if h, err = w.takeBackFirst(ctx, t, h); err != nil || !h.OK {
		return err
	}
	if moved, err := w.tooMany(ctx, t, h); moved || err != nil {
		return err
	}
	if err := t.comeAgain(h, w.Now()); err != nil {
		return err
	}
	var (
		waited bool
		give   func()
	)
	if err := t.slot.without(ctx, func() { waited, give = w.holds.take(ctx, t.key(), t.lane.patience) }); err != nil {
		give()
		return err
	}
	defer give()
	if waited {
		if h, err = w.next(ctx, t); err != nil {
			return err
		}
	}
	for h.OK && h.err == nil {
		if h.Event.Failures >= poisonedAfter {
			if err := w.putAside(ctx, h); err != nil {
				return err
			}
			h, err = w.next(ctx, t)
		} else {
			h, err = w.try(ctx, t, h)
		}
		if err != nil {
			return err
		}
	}
	return h.err
}

// try takes one event through the conversation, counts it when that fails, and returns what comes next.
func (w *received) try(ctx context.Context, t talk, h head) (next head, err error) {
	defer func() {
		if v := recover(); v != nil {
			w.Log.ErrorContext(ctx, "step panicked", "event", h.Event.ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = fmt.Errorf("the step of event %d panicked", h.Event.ID)
		}
		var snooze *river.JobSnoozeError
		if err == nil || errors.As(err, &snooze) || errors.Is(ctx.Err(), context.Canceled) {
			return
		}
		counting, cancel := context.WithTimeout(context.WithoutCancel(ctx), countingTime)
		defer cancel()
		err = errors.Join(err, agencies.Everywhere(counting, w.DB, func(tx pgx.Tx) error {
			return bot.FailEvent(counting, tx, h.Event.ID, w.Now())
		}))
	}()
	done, next, err := w.goThrough(ctx, t, h)
	if err != nil || !done {
		return next, err
	}
	return w.next(ctx, t)
}

// unknown tells of an event of a type that this release does not know: LINE adds types without notice,
// and somebody should look what the new one is for (line.md row 16).
func (w *received) unknown(ctx context.Context, event bot.Event) {
	w.Log.WarnContext(ctx, "event of a type that this release does not know", "event", event.ID, "channel", event.ChannelID)
	if w.Unknown != nil {
		w.Unknown()
	}
}

// goThrough takes one event through the conversation. It returns what comes next, or done: that there is
// nothing to be said about it.
func (w *received) goThrough(ctx context.Context, t talk, h head) (done bool, next head, err error) {
	account, channel, event := h.account, h.channel, h.Event
	got, err := channel.Decode(event)
	if err != nil {
		w.Log.WarnContext(ctx, "event put into quarantine", "event", event.ID, "channel", account.ID, "err", err)
		return true, head{}, w.finish(ctx, event, err.Error())
	}
	if got.Unknown {
		w.unknown(ctx, event)
	}
	kind := got.Message.Kind
	if got.Silent && kind != bot.Unfollow && (kind != bot.Unsend || !h.Known) {
		// Nobody spoke to us: the raw event is all that is kept.
		return true, head{}, w.keepRaw(ctx, event, got.Message)
	}
	if lane, ok := t.filesLane(); ok && got.HasContent {
		return false, head{}, w.move(ctx, t, lane)
	}
	if !got.Silent {
		defer w.whileWorking(ctx, account, channel, event.Source)()
	}
	name := ""
	if !h.Known && kind != bot.Unsend && kind != bot.Unfollow { // nobody is new by going
		if name, err = w.name(ctx, t, account, channel); err != nil {
			return false, head{}, err
		}
	}
	if got.HasContent {
		if outside := t.slot.without(ctx, func() { err = w.bringIn(ctx, t.holder(), h, name, &got) }); err != nil || outside != nil {
			return false, head{}, cmp.Or(err, outside)
		}
	}
	w.at("received: before the step")
	if kind == bot.Unfollow {
		done, err = true, agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return w.unfollow(ctx, tx, account, event) })
	} else {
		next, err = w.takeTurn(ctx, t, &turn{account: account, event: event, got: got, name: name, known: h.Known})
	}
	if errors.Is(err, errNotRouted) && w.Now().Sub(event.ReceivedAt) < routePatience {
		return false, head{}, river.JobSnooze(routeAgain)
	}
	if err == nil {
		w.at("received: after the step")
	}
	return done, next, err
}

// name asks the channel for the name of a person who is new; nothing waits for it to succeed.
func (w *received) name(ctx context.Context, t talk, account agencies.Channel, channel Channel) (name string, err error) {
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

// putAside gives up on an event that failed again and again, and tells the person, if they may be told anything.
func (w *received) putAside(ctx context.Context, h head) error {
	account, event, silent := h.account, h.Event, silence(h.channel, h.Event)
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
		if err := bot.FinishEvent(ctx, tx, event.ID, "failed repeatedly"); err != nil || silent {
			return err
		}
		lang, err := bot.LangOf(ctx, tx, stored.ID)
		if err != nil {
			return err
		}
		return bot.Notify(ctx, tx, w.Jobs, stored.ID, fmt.Sprintf("event %d", event.ID), w.Now(), bot.FaultReply(lang))
	})
}

// standbyHint is in the bytes of every event of a chat that another module owns.
var standbyHint = []byte("standby")

// silence says whether nothing may be sent about an event (line.md row 19). Of one that a fault keeps from being
// read it is taken to be so when its bytes hint at it.
func silence(channel Channel, event bot.Event) (silent bool) {
	defer func() {
		if recover() != nil {
			silent = bytes.Contains(event.Body, standbyHint)
		}
	}()
	got, err := channel.Decode(event)
	return err == nil && got.Silent
}
