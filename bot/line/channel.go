package line

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/secret"
)

// Channel speaks to LINE for every official account; the account is an argument of each call.
type Channel struct {
	api, data string // addresses of the two hosts
	calls     *http.Client
	content   *http.Client
	tokens    *tokens
	pictures  pictures
}

const (
	connectTime = 3 * time.Second
	headerTime  = 10 * time.Second // until an answer begins
	callTime    = 10 * time.Second // of one call; the sender's lease is longer
	contentTime = 2 * time.Minute  // of one download
)

// Option is something that a Channel may be given besides its hosts.
type Option func(*Channel)

// WithStore lets a Channel read how an account gets its tokens now, and share those that are limited
// in number with the other processes.
func WithStore(db agencies.DB, box secret.Box) Option {
	return func(c *Channel) { c.tokens.db, c.tokens.box = db, box }
}

// WithClock replaces the time of day.
func WithClock(now func() time.Time) Option { return func(c *Channel) { c.tokens.now = now } }

// NewChannel returns a Channel that calls the hosts at api and data (https://api.line.me and
// https://api-data.line.me, or a simulator's).
func NewChannel(api, data string, options ...Option) *Channel {
	transport := newTransport()
	c := &Channel{api: api, data: data, tokens: newTokens(api, bounded{base: transport})}
	for _, o := range options {
		o(c)
	}
	c.calls = caller(&authorised{base: bounded{base: transport}, tokens: c.tokens}, callTime)
	c.content = caller(&authorised{base: bounded{base: moving{transport}, files: true}, tokens: c.tokens}, contentTime)
	return c
}

// newTransport returns what makes the connections to LINE.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTime}).DialContext,
		TLSHandshakeTimeout:   connectTime,
		ResponseHeaderTimeout: headerTime,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   128,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

// caller makes calls that take no longer than limit. LINE sends nobody elsewhere: where something else does,
// neither tokens nor messages go along.
func caller(transport http.RoundTripper, limit time.Duration) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: limit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// client returns the SDK's client for calls of an account. Its WithContext changes the client itself,
// so a client is never shared (line.md 7.3).
func (c *Channel) client(ctx context.Context, account agencies.Channel) (*messaging_api.MessagingApiAPI, error) {
	if account.RemovedAt != nil {
		return nil, errRemoved
	}
	api, err := messaging_api.NewMessagingApiAPI(unsigned, messaging_api.WithHTTPClient(c.calls), messaging_api.WithEndpoint(c.api))
	if err != nil {
		return nil, fmt.Errorf("line client: %w", err)
	}
	return api.WithContext(of(ctx, account)), nil
}

// blobs returns the SDK's client for the bytes of an account's contents and pictures.
func (c *Channel) blobs(ctx context.Context, account agencies.Channel) (*messaging_api.MessagingApiBlobAPI, error) {
	if account.RemovedAt != nil {
		return nil, errRemoved
	}
	api, err := messaging_api.NewMessagingApiBlobAPI(unsigned, messaging_api.WithBlobHTTPClient(c.content), messaging_api.WithBlobEndpoint(c.data))
	if err != nil {
		return nil, fmt.Errorf("line client: %w", err)
	}
	return api.WithContext(of(ctx, account)), nil
}

// inPath is what may stand in a path: the SDK does not escape it (line.md 7.3).
var inPath = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Name returns the display name of a person, empty when LINE does not tell: a missing profile
// never stops anything (line.md 4.1).
func (c *Channel) Name(ctx context.Context, account agencies.Channel, person string) (string, error) {
	if !inPath.MatchString(person) {
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
	switch {
	case err == nil:
		return profile.DisplayName, nil
	case resp.StatusCode == http.StatusNotFound && isLines(resp):
		return "", nil
	default:
		return "", fmt.Errorf("line profile: %s", status(resp))
	}
}

// onePerson says whether an address is a person's: those of groups and rooms begin with C and R (line.md 1.3).
func onePerson(address string) bool {
	return strings.HasPrefix(address, "U") || strings.HasPrefix(address, "L")
}

// Working shows the person that an answer is being prepared; groups and rooms have no such sign (line.md 2.9).
// It is a courtesy: failures are nobody's concern.
func (c *Channel) Working(ctx context.Context, account agencies.Channel, person string) {
	if !onePerson(person) {
		return
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return
	}
	resp, _, err := api.ShowLoadingAnimationWithHttpInfo(&messaging_api.ShowLoadingAnimationRequest{ChatId: person, LoadingSeconds: 20})
	if err == nil && resp != nil {
		resp.Body.Close() //nolint:errcheck // nothing depends on it
	}
}

// Fetch opens the bytes of a message that LINE holds. The caller closes them.
func (c *Channel) Fetch(ctx context.Context, account agencies.Channel, id string) (bot.Content, error) {
	if !inPath.MatchString(id) || account.RemovedAt != nil {
		return bot.Content{}, bot.ErrGone
	}
	api, err := c.blobs(ctx, account)
	if err != nil {
		return bot.Content{}, err
	}
	resp, _, err := api.GetMessageContentWithHttpInfo(id)
	if resp == nil {
		return bot.Content{}, fmt.Errorf("line content: %s", transportProblem(err))
	}
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return bot.Content{Body: resp.Body, Size: resp.ContentLength}, nil
	case code == http.StatusAccepted: // the SDK takes it for success with no bytes
		err = bot.ErrNotReady
	case (code == http.StatusNotFound || code == http.StatusGone) && isLines(resp):
		err = bot.ErrGone
	default:
		err = fmt.Errorf("line content: %s", status(resp))
	}
	return bot.Content{}, errors.Join(err, resp.Body.Close())
}
