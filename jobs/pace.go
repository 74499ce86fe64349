package jobs

import (
	"context"
	"time"

	"saphan/agencies"
	"saphan/bot"
)

// defaultShare is the part of a channel's rates that is used when nothing else is said: what LINE counts
// and what we count are never quite the same.
const defaultShare = 0.99

// rate is how many calls a second we make with one account at an endpoint; 0 is as many as we like.
func (d *Deps) rate(kind string, e bot.Endpoint) float64 {
	channel, ok := d.Channels[kind]
	if !ok {
		return 0
	}
	share := d.RateShare
	if share <= 0 || share > 1 {
		share = defaultShare
	}
	return channel.Rate(e) * share
}

// paced is a channel whose calls keep to its rates; those of the outbox do so by themselves.
type paced struct {
	Channel
	pace *bot.Pace
}

const (
	// fetchPatience is how long a file waits for its turn, namePatience a name, and the sign that work is
	// done does not wait at all.
	fetchPatience = 10 * time.Second
	namePatience  = time.Second
)

// inPace returns the channels with their calls kept to their rates.
func (d *Deps) inPace() map[string]Channel {
	pace := bot.NewPace(d.DB, d.rate)
	all := make(map[string]Channel, len(d.Channels))
	for kind, channel := range d.Channels {
		all[kind] = paced{channel, pace}
	}
	return all
}

// Fetch implements Channel.
func (p paced) Fetch(ctx context.Context, account agencies.Channel, messageID string) (bot.Content, error) {
	if err := p.pace.Take(ctx, account.Kind, account.ID, bot.ContentEndpoint, fetchPatience); err != nil {
		return bot.Content{}, err
	}
	return p.Channel.Fetch(ctx, account, messageID)
}

// Name implements Channel.
func (p paced) Name(ctx context.Context, account agencies.Channel, person string) (string, error) {
	if err := p.pace.Take(ctx, account.Kind, account.ID, bot.ProfileEndpoint, namePatience); err != nil {
		return "", err
	}
	return p.Channel.Name(ctx, account, person)
}

// Working implements Channel. It is a courtesy: when many ask for it some go without.
func (p paced) Working(ctx context.Context, account agencies.Channel, person string) {
	if p.pace.Take(ctx, account.Kind, account.ID, bot.LoadingEndpoint, 0) == nil {
		p.Channel.Working(ctx, account, person)
	}
}
