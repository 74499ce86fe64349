package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"saphan/agencies"
	"saphan/bot"
)

// Channel speaks to LINE for every official account; the account is an argument of each call.
type Channel struct {
	api, data string // addresses of the two hosts
	calls     *http.Client
	content   *http.Client
}

const (
	connectTime = 3 * time.Second
	callTime    = 10 * time.Second // of one call; the sender's lease is longer
	contentTime = 2 * time.Minute  // of one download
)

// NewChannel returns a Channel that calls the hosts at api and data (https://api.line.me and
// https://api-data.line.me, or a simulator's).
func NewChannel(api, data string) *Channel {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTime}).DialContext,
		TLSHandshakeTimeout: connectTime,
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 128,
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
	}
	return &Channel{
		api: api, data: data,
		calls:   &http.Client{Transport: transport, Timeout: callTime},
		content: &http.Client{Transport: transport, Timeout: contentTime},
	}
}

// client returns the SDK's client for one call. Its WithContext changes the client itself, so a
// client is never shared (line.md 7.3).
func (c *Channel) client(ctx context.Context, account agencies.Channel) (*messaging_api.MessagingApiAPI, error) {
	api, err := messaging_api.NewMessagingApiAPI(account.Token, messaging_api.WithHTTPClient(c.calls), messaging_api.WithEndpoint(c.api))
	if err != nil {
		return nil, fmt.Errorf("line client: %w", err)
	}
	return api.WithContext(ctx), nil
}

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
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	default:
		return "connection failed"
	}
}

// userID is what may stand in a path: the SDK does not escape it (line.md 7.3).
var userID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Name returns the display name of a person, empty when LINE does not tell: a missing profile
// never stops anything (line.md 4.1).
func (c *Channel) Name(ctx context.Context, account agencies.Channel, person string) (string, error) {
	if !userID.MatchString(person) {
		return "", nil
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return "", err
	}
	resp, profile, err := api.GetProfileWithHttpInfo(person)
	if resp == nil {
		return "", fmt.Errorf("line profile: %s", transportProblem(err))
	}
	defer resp.Body.Close() //nolint:errcheck // nothing depends on it
	if resp.StatusCode == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("line profile: status %d", resp.StatusCode)
	}
	return profile.DisplayName, nil
}

// Working shows the person that an answer is being prepared. It is a courtesy: failures are nobody's concern.
func (c *Channel) Working(ctx context.Context, account agencies.Channel, person string) {
	api, err := c.client(ctx, account)
	if err != nil {
		return
	}
	resp, _, err := api.ShowLoadingAnimationWithHttpInfo(&messaging_api.ShowLoadingAnimationRequest{ChatId: person, LoadingSeconds: 20})
	if err == nil && resp != nil {
		resp.Body.Close() //nolint:errcheck // nothing depends on it
	}
}

// messageID is what may stand in a path.
var messageID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Fetch opens the bytes of a message that LINE holds. The caller closes them.
func (c *Channel) Fetch(ctx context.Context, account agencies.Channel, id string) (bot.Content, error) {
	if !messageID.MatchString(id) {
		return bot.Content{}, bot.ErrGone
	}
	api, err := messaging_api.NewMessagingApiBlobAPI(account.Token, messaging_api.WithBlobHTTPClient(c.content), messaging_api.WithBlobEndpoint(c.data))
	if err != nil {
		return bot.Content{}, fmt.Errorf("line client: %w", err)
	}
	resp, _, err := api.WithContext(ctx).GetMessageContentWithHttpInfo(id)
	if resp == nil {
		return bot.Content{}, fmt.Errorf("line content: %s", transportProblem(err))
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return bot.Content{Body: resp.Body}, nil
	case http.StatusAccepted: // the SDK takes it for success with no bytes
		err = bot.ErrNotReady
	case http.StatusNotFound, http.StatusGone:
		err = bot.ErrGone
	default:
		err = fmt.Errorf("line content: status %d", resp.StatusCode)
	}
	return bot.Content{}, errors.Join(err, resp.Body.Close())
}
