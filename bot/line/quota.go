package line

import (
	"context"
	"fmt"
	"net/http"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"saphan/agencies"
	"saphan/bot"
)

// Usage returns how much of its month an account has used. LINE counts with a delay, and counts what
// was sent by hand too (line.md 2.7).
func (c *Channel) Usage(ctx context.Context, account agencies.Channel) (bot.Usage, error) {
	u, resp, err := c.usage(ctx, account) //nolint:bodyclose // the SDK has read it
	// Without the texts of the SDK, which quote bodies.
	switch {
	case err == nil:
		return u, nil
	case resp == nil:
		return bot.Usage{}, fmt.Errorf("line quota: %s", transportProblem(err))
	default:
		return bot.Usage{}, fmt.Errorf("line quota: %s", status(resp))
	}
}

// usage is Usage with the answer of the call that went wrong.
func (c *Channel) usage(ctx context.Context, account agencies.Channel) (bot.Usage, *http.Response, error) {
	api, err := c.client(ctx, account)
	if err != nil {
		return bot.Usage{}, nil, err
	}
	resp, quota, err := api.GetMessageQuotaWithHttpInfo()
	if err != nil {
		return bot.Usage{}, resp, err
	}
	resp, used, err := api.GetMessageQuotaConsumptionWithHttpInfo()
	if err != nil {
		return bot.Usage{}, resp, err
	}
	u := bot.Usage{Used: used.TotalUsage}
	if quota.Type != messaging_api.QuotaType_NONE {
		u.Most = &quota.Value
	}
	return u, resp, nil
}
