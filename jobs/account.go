package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// accounts remember the channels' accounts for a moment: opening one's secrets for every call costs
// more than the call.
type accounts struct {
	*Deps
	mu    sync.Mutex
	known map[agencies.ChannelID]knownAccount
}

type knownAccount struct {
	account agencies.Channel
	channel Channel
	until   time.Time
}

// accountsFor is how long an account is remembered: that long a change may take to be heard of.
const accountsFor = 5 * time.Second

func newAccounts(d *Deps) *accounts {
	return &accounts{Deps: d, known: map[agencies.ChannelID]knownAccount{}}
}

// find returns an account with what speaks to it.
func (a *accounts) find(ctx context.Context, id agencies.ChannelID) (agencies.Channel, Channel, error) {
	a.mu.Lock()
	k, ok := a.known[id]
	a.mu.Unlock()
	if now := time.Now(); ok && now.Before(k.until) {
		return k.account, k.channel, nil
	}
	err := agencies.Everywhere(ctx, a.DB, func(tx pgx.Tx) (err error) {
		k.account, k.channel, err = a.account(ctx, tx, id)
		return err
	})
	if err != nil {
		return agencies.Channel{}, nil, err
	}
	k.until = time.Now().Add(accountsFor)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[id] = k
	return k.account, k.channel, nil
}
