package line

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/secret"
)

// Kind is how channels of this package are marked in the database.
const Kind = "line"

const (
	// accountsFor is how long the list of accounts is believed without looking again.
	accountsFor = time.Minute
	// accountsRetry is how soon it may be read again because a delivery fits no account: whoever
	// sends forged ones cannot make us read more often.
	accountsRetry = 2 * time.Second
	// accountsTime is how long reading it may take; LINE waits for 2 s.
	accountsTime = time.Second
)

// accounts are the official accounts that deliveries may be for, as they were read last.
type accounts struct {
	db  agencies.DB
	box secret.Box
	log *slog.Logger
	now func() time.Time

	last atomic.Pointer[accountList]

	reading sync.Mutex // held by the one that reads
	triedAt time.Time
	err     error // of the last try
	alarms  alarms
}

// accountList is one reading.
type accountList struct {
	readAt        time.Time
	all           []agencies.Channel
	byDestination map[string]agencies.Channel
	shut          map[string]bool // by destination: accounts whose deliveries cannot be verified
}

// list returns what was read last, nil before the first time. When it has become old somebody
// reads it again, but nobody waits for that.
func (a *accounts) list(ctx context.Context) *accountList {
	l := a.last.Load()
	if l != nil && a.now().Sub(l.readAt) > accountsFor && a.reading.TryLock() {
		go func() {
			defer a.reading.Unlock()
			if err := a.read(context.WithoutCancel(ctx)); err != nil {
				a.log.WarnContext(ctx, "line accounts could not be read again", "err", err)
			}
		}()
	}
	return l
}

// newer returns a reading that is newer than the one given, nil when there is none. An error means
// that the accounts cannot be read now.
func (a *accounts) newer(ctx context.Context, than *accountList) (*accountList, error) {
	a.reading.Lock()
	defer a.reading.Unlock()
	if l := a.last.Load(); l != than {
		return l, nil
	}
	if a.triedAt.IsZero() || a.now().Sub(a.triedAt) >= accountsRetry {
		if err := a.read(context.WithoutCancel(ctx)); err == nil {
			return a.last.Load(), nil
		}
	}
	return nil, a.err
}

// read reads the accounts. One whose secrets cannot be opened is told of and left out: the others go on. The
// caller holds the lock.
func (a *accounts) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, accountsTime)
	defer cancel()
	l := &accountList{readAt: a.now(), byDestination: map[string]agencies.Channel{}, shut: map[string]bool{}}
	a.triedAt = l.readAt
	var shut []agencies.Channel
	a.err = agencies.Everywhere(ctx, a.db, func(tx pgx.Tx) (err error) {
		l.all, shut, err = agencies.Channels(ctx, tx, a.box, Kind)
		return err
	})
	if a.err != nil {
		return a.err
	}
	for _, c := range l.all {
		l.byDestination[c.Destination] = c
	}
	for _, s := range shut {
		l.shut[s.Destination] = true
		if a.alarms.due(s.ID, l.readAt) {
			a.log.ErrorContext(ctx, "a line account takes no deliveries; saphan doctor says what to do", "channel", s.ID, "err", s.Shut)
		}
	}
	a.last.Store(l)
	return nil
}

// alarmsEvery is how often the same alarm rings at most.
const alarmsEvery = time.Minute

// nobodys is the channel of an alarm about no channel of ours.
const nobodys agencies.ChannelID = 0

// alarms are when what is wrong with a channel was told last.
type alarms struct {
	mu   sync.Mutex
	last map[agencies.ChannelID]time.Time
}

// due says whether an alarm is to ring now, and takes it that it does.
func (a *alarms) due(channel agencies.ChannelID, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, rung := a.last[channel]; rung && now.Sub(last) < alarmsEvery {
		return false
	}
	if a.last == nil {
		a.last = map[agencies.ChannelID]time.Time{}
	}
	a.last[channel] = now
	return true
}
