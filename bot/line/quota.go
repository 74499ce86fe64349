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
	api, err := c.client(ctx, account)
	if err != nil {
		return bot.Usage{}, err
	}
	resp, quota, err := api.GetMessageQuotaWithHttpInfo() //nolint:bodyclose // the SDK has read it
	if err != nil {
		return bot.Usage{}, usageProblem(resp, err)
	}
	resp, used, err := api.GetMessageQuotaConsumptionWithHttpInfo() //nolint:bodyclose // the SDK has read it
	if err != nil {
		return bot.Usage{}, usageProblem(resp, err)
	}
	u := bot.Usage{Used: used.TotalUsage}
	if quota.Type != messaging_api.QuotaType_NONE {
		u.Most = &quota.Value
	}
	return u, nil
}

// usageProblem says what went wrong without the texts of the SDK, which quote bodies.
func usageProblem(resp *http.Response, err error) error {
	if resp == nil {
		return fmt.Errorf("line quota: %s", transportProblem(err))
	}
	return fmt.Errorf("line quota: status %d", resp.StatusCode)
}
