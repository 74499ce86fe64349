package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
	drawn, unfit, err := draw(call.Replies)
	if err != nil {
		return bot.Result{Verdict: bot.Unfit, Unfit: []int{unfit}, Problem: err.Error()}
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return bot.Result{Verdict: bot.Refused, Reason: bot.ReasonAccount, Problem: err.Error()}
	}
	if call.Token != "" {
		// A reply takes no retry key: LINE answers 400 to the header (line.md 2.2). Its token works once.
		resp, sent, err := api.ReplyMessageWithHttpInfo(&messaging_api.ReplyMessageRequest{ReplyToken: call.Token, Messages: drawn.messages})
		var ids []messaging_api.SentMessage
		if sent != nil {
			ids = sent.SentMessages
		}
		return drawn.result(judge(resp, ids, err))
	}
	// The SDK sends the header even when it is empty (line.md 7.3): a call always has a key.
	resp, sent, err := api.PushMessageWithHttpInfo(&messaging_api.PushMessageRequest{To: call.To, Messages: drawn.messages}, call.Key.String())
	var ids []messaging_api.SentMessage
	if sent != nil {
		ids = sent.SentMessages
	}
	return drawn.result(judge(resp, ids, err))
}

// perCall is how many messages LINE takes at once (line.md 2.2).
const perCall = 5

// drawing is what goes out for the replies of a call. In words a reply may take several messages.
type drawing struct {
	messages []messaging_api.MessageInterface
	of       []int // whose each message is, by the number of the reply in the call
	bare     bool  // nothing but words: there is no plainer way to say it
}

// draw draws the replies of a call, always in the same way; on an error, the number of the one that
// cannot be drawn. Words that are too long for one message go on in the next as long as the call has
// room for it.
func draw(replies []bot.Outgoing) (d drawing, unfit int, err error) {
	room := perCall - len(replies) // beyond a message for each
	d.bare = true
	for i, r := range replies {
		parts := []bot.Reply{r.Body}
		if r.Plain {
			parts = inWords(r.Body, 1+max(room, 0))
			room -= len(parts) - 1
		}
		d.bare = d.bare && (r.Plain || r.Body.Card == nil && len(r.Body.Choices) == 0)
		for _, part := range parts {
			raw, err := Render(part)
			if err != nil {
				return d, i, err
			}
			d.messages, d.of = append(d.messages, rendered{raw}), append(d.of, i)
		}
	}
	return d, 0, nil
}

// result is what LINE said about the messages as it concerns the replies that they were drawn from.
func (d drawing) result(r bot.Result) bot.Result {
	if r.Verdict == bot.Unfit && r.Reason != "" {
		if d.bare { // LINE cannot mean how the messages are drawn
			r.Verdict = bot.Refused
		} else {
			r.Reason = ""
		}
	}
	var ids []string
	for i, id := range r.IDs {
		if i < len(d.of) && d.of[i] == len(ids) { // a reply is known by its first message
			ids = append(ids, id)
		}
	}
	r.IDs = ids
	var unfit []int
	for _, i := range r.Unfit {
		if i >= len(d.of) {
			unfit = nil // LINE speaks of something else
			break
		}
		if !slices.Contains(unfit, d.of[i]) {
			unfit = append(unfit, d.of[i])
		}
	}
	r.Unfit = unfit
	return r
}

// The words by which LINE tells refusals of one status apart (line.md 2.3, 2.6).
const (
	invalidReplyToken = "Invalid reply token"
	failedToSend      = "Failed to send messages"
	monthlyLimit      = "You have reached your monthly limit."
	rateLimit         = "The API rate limit has been exceeded. Try again later."
)

// judge says what follows from an answer of LINE (line.md 2.4, 2.6). The SDK's error texts quote
// bodies and are never passed on.
func judge(resp *http.Response, sent []messaging_api.SentMessage, err error) bot.Result {
	if resp == nil {
		return bot.Result{Verdict: bot.TryAgain, Untaken: neverSent(err), Problem: "LINE did not answer: " + transportProblem(err)}
	}
	defer resp.Body.Close() //nolint:errcheck // read already; nothing depends on it
	r := bot.Result{RequestID: resp.Header.Get(requestID)}
	if resp.StatusCode/100 == 2 {
		if err != nil || r.RequestID == "" {
			// Something between us and LINE answered in its place. Tried again the call is recognised.
			r.Verdict, r.Problem = bot.TryAgain, fmt.Sprintf("an answer %d that is not LINE's", resp.StatusCode)
			return r
		}
		r.Verdict, r.IDs = bot.Accepted, idsOf(sent)
		return r
	}
	e, lines := reason(resp)
	if !lines {
		r.Verdict, r.Problem = bot.TryAgain, fmt.Sprintf("an answer %d that is not LINE's", resp.StatusCode)
		return r
	}
	r.Problem = fmt.Sprintf("LINE answered %d: %s", resp.StatusCode, words(e))
	refusal(&r, resp, e)
	return r
}

// reason reads why a call was refused. Lines is false when it was not LINE that refused: something on the
// way, which proves nothing about the call.
func reason(resp *http.Response) (e messaging_api.ErrorResponse, lines bool) {
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil || e.Message == "" {
		e.Message = "no readable reason"
	}
	return e, isLines(resp)
}

// requestID is the header that LINE puts on every answer (line.md 2.6).
const requestID = "X-Line-Request-Id"

// isLines says whether an answer is LINE's own. A reason in JSON does not make it so: gateways on the way
// give theirs in the same form.
func isLines(resp *http.Response) bool { return resp.Header.Get(requestID) != "" }

// status tells of an answer in the log: its status, and the number by which LINE finds the request, of
// which it keeps no log for us (line.md 2.6).
func status(resp *http.Response) string {
	return fmt.Sprintf("status %d (request %s)", resp.StatusCode, resp.Header.Get(requestID))
}

// words is what a reason says, in one line.
func words(e messaging_api.ErrorResponse) string {
	text := e.Message
	for _, d := range e.Details {
		text += fmt.Sprintf("; %s: %s", d.Property, d.Message)
	}
	return text
}

// refusal says what follows from an answer that is no success.
func refusal(r *bot.Result, resp *http.Response, e messaging_api.ErrorResponse) {
	switch status := resp.StatusCode; {
	case status == http.StatusConflict && resp.Header.Get("X-Line-Accepted-Request-Id") != "":
		// The same call was accepted before: this is success (line.md 2.4).
		r.Verdict, r.Problem, r.IDs = bot.Accepted, "", idsOf(e.SentMessages)
	case status == http.StatusConflict, status == http.StatusUnauthorized, status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		// 409 without LINE's header is somebody else's; 401 is a token that somebody can renew: the message
		// is not lost meanwhile.
		r.Verdict, r.Untaken = bot.TryAgain, status == http.StatusUnauthorized
	case status == http.StatusTooManyRequests && e.Message == monthlyLimit:
		r.Verdict = bot.UsedUp
	case status == http.StatusTooManyRequests && e.Message == rateLimit:
		r.Verdict = bot.TooFast
	case status == http.StatusTooManyRequests: // too many to one person: only that person's wait
		r.Verdict, r.Untaken = bot.TryAgain, true
	case status == http.StatusBadRequest && e.Message == invalidReplyToken:
		r.Verdict = bot.TokenGone
	case status == http.StatusBadRequest && e.Message == failedToSend:
		// LINE says so of a person it does not know and of a message it does not take: the same in words
		// tells which (line.md 2.2).
		r.Verdict, r.Reason = bot.Unfit, bot.ReasonUnreachable
	case status == http.StatusBadRequest && names(e, "to"), status == http.StatusNotFound:
		r.Verdict, r.Reason = bot.Refused, bot.ReasonUnreachable
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		r.Verdict, r.Unfit = bot.Unfit, unfit(e)
	case status == http.StatusForbidden:
		r.Verdict, r.Reason = bot.Refused, bot.ReasonAccount
	default:
		r.Verdict, r.Reason = bot.Refused, bot.ReasonRefused
	}
}

// messageIndex finds which message LINE speaks of: "A message (messages[0]) in the request body is
// invalid", or the property messages[0].text.
var messageIndex = regexp.MustCompile(`messages\[(\d{1,2})\]`)

// unfit are the messages that LINE takes offence at, none when it does not say.
func unfit(e messaging_api.ErrorResponse) (found []int) {
	said := []string{e.Message}
	for _, d := range e.Details {
		said = append(said, d.Property)
	}
	for _, s := range said {
		for _, m := range messageIndex.FindAllStringSubmatch(s, -1) {
			if i, err := strconv.Atoi(m[1]); err == nil && !slices.Contains(found, i) {
				found = append(found, i)
			}
		}
	}
	return found
}

// names says whether LINE takes offence at a property of the call itself.
func names(e messaging_api.ErrorResponse, property string) bool {
	return strings.HasPrefix(strings.ReplaceAll(e.Message, "'", ""), "The property, "+property+", in the request body is invalid") ||
		slices.ContainsFunc(e.Details, func(d messaging_api.ErrorDetail) bool { return d.Property == property })
}

func idsOf(sent []messaging_api.SentMessage) (ids []string) {
	for _, m := range sent {
		ids = append(ids, m.Id)
	}
	return ids
}

// neverSent says whether a call certainly did not reach LINE: there was no token for it, or no connection.
func neverSent(err error) bool {
	if _, ok := tokenProblem(err); ok {
		return true
	}
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
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
