// Package web is the channel by which services are asked for on our own pages. A person's forms there live in
// conversations as those of chats do, so that one begun in a chat is gone on with on a page and the other way round.
// Nothing is sent anywhere: what an office says is read on pages, and a text message tells that there is something.
package web

import (
	"context"
	"errors"

	"saphan/agencies"
	"saphan/bot"
)

// Kind is how channels of this package are marked in the database.
const Kind = agencies.WebKind

// Channel is the pages as a channel: jobs ask it as they ask LINE.
type Channel struct{}

// errNoEvents means that an event was stored for a channel that has none.
var errNoEvents = errors.New("pages bring no events")

// Decode refuses every event: there are none.
func (Channel) Decode(bot.Event) (bot.Received, error) { return bot.Received{}, errNoEvents }

// Fetch has nothing to fetch: files come by the uploads of pages.
func (Channel) Fetch(context.Context, agencies.Channel, string) (bot.Content, error) {
	return bot.Content{}, bot.ErrGone
}

// Name knows nobody's name: forms ask for it.
func (Channel) Name(context.Context, agencies.Channel, string) (string, error) { return "", nil }

// Leave has no groups to leave.
func (Channel) Leave(context.Context, agencies.Channel, bot.Group) error { return nil }

// Working shows nothing: nobody looks.
func (Channel) Working(context.Context, agencies.Channel, string) {}

// Send is done at once: what was said stands in the outbox, and in the case, where pages read it.
func (Channel) Send(context.Context, agencies.Channel, bot.Call) bot.Result {
	return bot.Result{Verdict: bot.Accepted}
}

// Rate sets no limit.
func (Channel) Rate(bot.Endpoint) float64 { return 0 }

// Usage is of nothing.
func (Channel) Usage(context.Context, agencies.Channel) (bot.Usage, error) { return bot.Usage{}, nil }
