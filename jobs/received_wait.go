package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
)

const (
	// waitAfter is after what time people are told that their file takes long, while the token that makes
	// this free of charge is still good (line.md row 31); an animation is all they have seen until then.
	waitAfter = 20 * time.Second
	// waitGrace is how long a try that begins later than that may take before they are told.
	waitGrace = 3 * time.Second
	// waitRoom is how long the token must still be good: the outbox uses none that is about to end, and
	// such words are not worth a message of the month.
	waitRoom = 17 * time.Second
	// waitTime is how long putting them into the outbox may take.
	waitTime = 5 * time.Second
	// triesKept is how long a file that could not be brought in is remembered at most.
	triesKept = time.Hour
)

// tries are the files that this process is bringing in. It is patient from its own first try, not from when
// the event came: after hours without a worker nothing has been tried yet. After a restart it is so anew.
type tries struct {
	mu sync.Mutex
	of map[bot.EventID]try
}

// try is what is remembered of the tries for one file.
type try struct {
	since time.Time // when the first one began
	told  bool      // the person knows that it takes long
}

// since returns when the file of an event was first tried, which is now if it never was.
func (t *tries) since(id bot.EventID, now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if first, ok := t.of[id]; ok {
		return first.since
	}
	if t.of == nil {
		t.of = map[bot.EventID]try{}
	}
	for old, first := range t.of { // somebody else brought those in
		if now.Sub(first.since) > triesKept {
			delete(t.of, old)
		}
	}
	t.of[id] = try{since: now}
	return now
}

// tell notes that the person knows.
func (t *tries) tell(id bot.EventID, now time.Time) {
	since := t.since(id, now)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of[id] = try{since: since, told: true}
}

// end forgets the tries for a file and returns what there was to remember.
func (t *tries) end(id bot.EventID) try {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer delete(t.of, id)
	return t.of[id]
}

// longSince says whether an event came so long ago that the person should know why there is no answer.
func (w *received) longSince(event bot.Event) bool {
	return w.Now().Sub(event.ReceivedAt) >= waitAfter
}

// tellWhenLong tells the person that their file takes long, as soon as it does. done must be called when it
// is there: it waits for what is being said, so that the answer comes after it.
func (w *received) tellWhenLong(ctx context.Context, h head, name string, got bot.Received) (done func()) {
	said := make(chan struct{})
	pause := max(waitGrace, waitAfter-w.Now().Sub(h.Event.ReceivedAt))
	timer := time.AfterFunc(pause, func() {
		defer close(said)
		w.tellWait(ctx, h, name, got)
	})
	return func() {
		if !timer.Stop() {
			<-said
		}
	}
}

// tellWait tells the person, once and free of charge, that their file takes long. Nothing depends on it.
func (w *received) tellWait(ctx context.Context, h head, name string, got bot.Received) {
	if ctx.Err() != nil || got.ReplyToken == "" || got.ReplyUntil.Sub(w.Now()) < waitRoom {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, waitTime)
	defer cancel()
	told := false
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		identity, err := citizens.Resolve(ctx, tx, h.account.Kind, h.account.Provider, h.Event.Source)
		if err != nil {
			return err
		}
		if name != "" && identity.Name == "" {
			if err := citizens.Rename(ctx, tx, identity.ID, name); err != nil {
				return err
			}
		}
		stored, err := bot.Load(ctx, tx, h.Event.ChannelID, identity, h.Event.Source)
		if err != nil || stored.BlockedAt != nil {
			return err
		}
		now, err := bot.FindEvent(ctx, tx, h.Event.ID) // holding the conversation: it may have been taken back meanwhile
		if err != nil || !now.Waiting() {
			return err
		}
		told = true
		return bot.Acknowledge(ctx, tx, w.Jobs, stored, h.Event, got.ReplyToken, got.ReplyUntil, w.Now())
	})
	switch {
	case err != nil:
		w.Log.WarnContext(ctx, "the person was not told that their file takes long", "event", h.Event.ID, "err", err)
	case told:
		w.tries.tell(h.Event.ID, w.Now())
	}
}
