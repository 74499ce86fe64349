package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"saphan/agencies"
	"saphan/bot"
)

// rendered is a message object in our own JSON; the SDK only carries it.
type rendered struct{ raw json.RawMessage }

// GetType satisfies the SDK's interface of messages.
func (rendered) GetType() string { return "" }

// MarshalJSON returns the message as it was rendered.
func (m rendered) MarshalJSON() ([]byte, error) { return m.raw, nil }

// Send makes one call: a reply while its token is good, else a push with the call's retry key.
func (c *Channel) Send(ctx context.Context, account agencies.Channel, call bot.Call) bot.Result {
	messages := make([]messaging_api.MessageInterface, 0, len(call.Replies))
	for _, r := range call.Replies {
		raw, err := Render(r.Body)
		if err != nil {
			return bot.Result{Verdict: bot.Refused, Problem: err.Error()}
		}
		messages = append(messages, rendered{raw})
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return bot.Result{Verdict: bot.Refused, Problem: err.Error()}
	}
	if call.Token != "" {
		resp, sent, err := api.ReplyMessageWithHttpInfo(&messaging_api.ReplyMessageRequest{ReplyToken: call.Token, Messages: messages})
		var ids []messaging_api.SentMessage
		if sent != nil {
			ids = sent.SentMessages
		}
		return judge(resp, ids, err, true)
	}
	resp, sent, err := api.PushMessageWithHttpInfo(&messaging_api.PushMessageRequest{To: call.To, Messages: messages}, call.Key.String())
	var ids []messaging_api.SentMessage
	if sent != nil {
		ids = sent.SentMessages
	}
	return judge(resp, ids, err, false)
}

// invalidReplyToken is LINE's message for a token that is used or too old (line.md 2.3).
const invalidReplyToken = "Invalid reply token"

// monthlyLimit is LINE's message when the month's messages are used up (line.md 2.6).
const monthlyLimit = "You have reached your monthly limit."

// judge says what follows from an answer of LINE (line.md 2.4, 2.6). The SDK's error texts quote
// bodies and are never passed on.
func judge(resp *http.Response, sent []messaging_api.SentMessage, err error, reply bool) bot.Result {
	if resp == nil {
		return bot.Result{Verdict: bot.TryAgain, Problem: "LINE did not answer: " + transportProblem(err)}
	}
	defer resp.Body.Close() //nolint:errcheck // read already; nothing depends on it
	r := bot.Result{RequestID: resp.Header.Get("X-Line-Request-Id")}
	var e messaging_api.ErrorResponse
	if resp.StatusCode/100 != 2 {
		if json.NewDecoder(resp.Body).Decode(&e) != nil {
			e.Message = "no readable reason"
		}
		r.Problem = fmt.Sprintf("LINE answered %d: %s", resp.StatusCode, e.Message)
		for _, d := range e.Details {
			r.Problem += fmt.Sprintf("; %s: %s", d.Property, d.Message)
		}
	}
	switch status := resp.StatusCode; {
	case status/100 == 2:
		r.Verdict = bot.Accepted
	case status == http.StatusConflict && resp.Header.Get("X-Line-Accepted-Request-Id") != "":
		// The same call was accepted before: this is success (line.md 2.4).
		r.Verdict, r.Problem, sent = bot.Accepted, "", e.SentMessages
	case status == http.StatusBadRequest && reply && e.Message == invalidReplyToken:
		r.Verdict = bot.TokenGone
	case status == http.StatusTooManyRequests && e.Message == monthlyLimit:
		r.Verdict = bot.UsedUp
	case status == http.StatusTooManyRequests, status >= http.StatusInternalServerError, status == http.StatusUnauthorized, status == http.StatusRequestTimeout:
		// 401 is an expired token that somebody can renew: the message is not lost meanwhile.
		r.Verdict = bot.TryAgain
	default:
		r.Verdict = bot.Refused
	}
	for _, m := range sent {
		r.IDs = append(r.IDs, m.Id)
	}
	return r
}

// transportProblem names the sort of failure without addresses or bodies.
func transportProblem(err error) string {
	var netErr net.Error
	switch problem, ok := tokenProblem(err); {
	case ok:
		return problem
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	default:
		return "connection failed"
	}
}
