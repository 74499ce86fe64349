package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/line/line-bot-sdk-go/v8/linebot/channel_access_token"
	"golang.org/x/sync/singleflight"

	"saphan/agencies"
	"saphan/internal/secret"
)

const (
	// tokenLast is how long before its end a token is not relied on any more.
	tokenLast = 30 * time.Second
	// renewTime is how long it may take to come by a token, waiting for another process included.
	renewTime = 20 * time.Second
	// renewPause is how soon LINE is asked again after it gave none.
	renewPause = 2 * time.Second
	// renewLook is how often a process looks whether the one that fetches has done so.
	renewLook = 100 * time.Millisecond
	// refusedPause is how old a shared token must be before another is fetched because LINE refused it: a
	// new one would be refused for the same reason, and there are thirty (line.md 4.6).
	refusedPause = time.Minute
)

var (
	errRemoved = errors.New("the channel was removed")
	errNoToken = errors.New("the channel has no token")
	errRefused = errors.New("LINE refuses the channel's token, and there is no other")
	errFetched = errors.New("another process is fetching the channel's token")
)

// TokenError is LINE's answer when it gives no token.
type TokenError struct {
	Status    int
	Reason    string // LINE's words; they quote nothing of ours
	RequestID string // for LINE's support; may be empty
}

// Error implements error.
func (e *TokenError) Error() string {
	return fmt.Sprintf("LINE gives no token: status %d: %s (request %s)", e.Status, e.Reason, e.RequestID)
}

// tokens comes by the tokens that authorise calls. A token is renewed at four fifths of its life
// while the old one still holds, by one call for all who need it.
type tokens struct {
	api     string
	client  *http.Client
	now     func() time.Time
	db      agencies.DB // nil: nothing is read again or shared
	box     secret.Box
	flights singleflight.Group

	mu   sync.Mutex
	held map[agencies.ChannelID]held
}

// held is the token of an account that this process knows.
type held struct {
	token       string
	from, until time.Time
	failedAt    time.Time // when none was to be had
	problem     error
}

// due is when the token is to be renewed.
func due(from, until time.Time) time.Time { return from.Add(until.Sub(from) * 4 / 5) }

func newTokens(api string, transport http.RoundTripper) *tokens {
	return &tokens{
		api: api, client: caller(transport, callTime), now: time.Now,
		held: map[agencies.ChannelID]held{},
	}
}

// get returns a token for a call of the account.
func (t *tokens) get(ctx context.Context, account agencies.Channel) (string, error) {
	if account.TokenKind == agencies.FixedToken || account.TokenKind == "" {
		if account.Token == "" {
			return "", errNoToken
		}
		return account.Token, nil
	}
	h, now := t.known(account.ID), t.now()
	if h.token == "" || !now.Before(h.until.Add(-tokenLast)) {
		return t.renew(ctx, account, "")
	}
	if !now.Before(due(h.from, h.until)) {
		t.begin(ctx, account, "") // nobody waits for it
	}
	return h.token, nil
}

// renew returns a token other than the one that was refused.
func (t *tokens) renew(ctx context.Context, account agencies.Channel, refused string) (string, error) {
	select {
	case r := <-t.begin(ctx, account, refused):
		if r.Err != nil {
			return "", r.Err
		}
		token, _ := r.Val.(string)
		if token == refused {
			return "", errRefused
		}
		return token, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// begin starts coming by a token, or joins whoever does. One caller's end ends nobody else's wait.
func (t *tokens) begin(ctx context.Context, account agencies.Channel, refused string) <-chan singleflight.Result {
	// Accounts that are not stored yet have no number: they do not share.
	key := strconv.FormatInt(int64(account.ID), 10) + " " + account.LineID + " " + account.Secret
	if account.ID != 0 {
		key = strconv.FormatInt(int64(account.ID), 10)
	}
	return t.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTime)
		defer cancel()
		return t.next(ctx, account, refused)
	})
}

// next comes by a token. Somebody else may have done so while this call waited its turn.
func (t *tokens) next(ctx context.Context, account agencies.Channel, refused string) (string, error) {
	h, now := t.known(account.ID), t.now()
	switch {
	case h.token != "" && h.token != refused && now.Before(due(h.from, h.until)):
		return h.token, nil
	case h.problem != nil && now.Sub(h.failedAt) < renewPause:
		return "", h.problem
	}
	token, err := t.fresh(ctx, account, refused)
	if err != nil && account.ID != 0 {
		h.failedAt, h.problem = t.now(), err
		if h.token == refused {
			h.token = ""
		}
		t.hold(account.ID, h)
	}
	return token, err
}

// fresh comes by a token in the way that the account says now.
func (t *tokens) fresh(ctx context.Context, account agencies.Channel, refused string) (string, error) {
	account, err := t.again(ctx, account)
	if err != nil {
		return "", err
	}
	switch account.TokenKind {
	case agencies.StatelessToken:
		h, err := t.fetch(ctx, account)
		if err != nil {
			return "", err
		}
		t.hold(account.ID, h)
		return h.token, nil
	case agencies.SharedToken:
		return t.share(ctx, account, refused)
	default: // replaced by somebody, or not
		if account.Token == "" || account.Token == refused {
			return "", errRefused
		}
		return account.Token, nil
	}
}

// again reads the account as it is now: its secret or its way to tokens may have changed since the
// caller read it.
func (t *tokens) again(ctx context.Context, account agencies.Channel) (agencies.Channel, error) {
	if t.db == nil || account.ID == 0 {
		return account, nil
	}
	err := agencies.Everywhere(ctx, t.db, func(tx pgx.Tx) (err error) {
		account, err = agencies.FindChannel(ctx, tx, t.box, account.ID)
		return err
	})
	if err == nil && account.RemovedAt != nil {
		err = errRemoved
	}
	return account, err
}

// share comes by the token that all processes use, of which LINE gives only thirty: one process
// fetches it and the others read it. While none is to be had, the stored one is used to its end.
func (t *tokens) share(ctx context.Context, account agencies.Channel, refused string) (string, error) {
	if t.db == nil || account.ID == 0 {
		h, err := t.fetch(ctx, account)
		if err == nil {
			t.hold(account.ID, h)
		}
		return h.token, err
	}
	for {
		var mine bool
		err := agencies.Everywhere(ctx, t.db, func(tx pgx.Tx) (err error) {
			if account, err = agencies.FindChannel(ctx, tx, t.box, account.ID); err != nil || t.good(account, refused) || t.tooSoon(account, refused) {
				return err
			}
			if mine, err = agencies.BeginRenewal(ctx, tx, account.ID, t.now(), t.now().Add(renewTime)); err != nil || !mine {
				return err
			}
			// Somebody may have fetched and finished between the two.
			account, err = agencies.FindChannel(ctx, tx, t.box, account.ID)
			if err == nil && t.good(account, refused) {
				mine = false
				err = agencies.EndRenewal(ctx, tx, account.ID)
			}
			return err
		})
		switch {
		case err != nil:
			return "", err
		case account.RemovedAt != nil:
			return "", errRemoved
		case mine:
			return t.fetchShared(ctx, account, refused)
		case t.good(account, refused):
			t.hold(account.ID, stored(account))
			return account.Token, nil
		case t.tooSoon(account, refused):
			return "", errRefused
		case t.holds(account, refused):
			return t.makeDo(account, errFetched), nil
		}
		select {
		case <-time.After(renewLook):
		case <-ctx.Done():
			return "", fmt.Errorf("wait for another process to fetch the token: %w", ctx.Err())
		}
	}
}

// good says whether the stored token can be used.
func (t *tokens) good(account agencies.Channel, refused string) bool {
	return account.Token != "" && account.Token != refused && t.now().Before(due(account.TokenFrom, account.TokenUntil))
}

// holds says whether the stored token can still be used, though it is time for the next one.
func (t *tokens) holds(account agencies.Channel, refused string) bool {
	return account.Token != "" && account.Token != refused && t.now().Before(account.TokenUntil.Add(-tokenLast))
}

// tooSoon says whether the stored token was refused so soon after it was fetched that another is not asked for.
func (t *tokens) tooSoon(account agencies.Channel, refused string) bool {
	return refused != "" && account.Token == refused && t.now().Sub(account.TokenFrom) < refusedPause
}

// makeDo uses the stored token, which still holds, until it is time to ask for the next one again. The
// problem says why there is none now.
func (t *tokens) makeDo(account agencies.Channel, problem error) string {
	h := stored(account)
	h.failedAt, h.problem = t.now(), problem
	t.hold(account.ID, h)
	return h.token
}

// stored is the token that an account was read with.
func stored(account agencies.Channel) held {
	return held{token: account.Token, from: account.TokenFrom, until: account.TokenUntil}
}

// fetchShared fetches the token for all processes.
func (t *tokens) fetchShared(ctx context.Context, account agencies.Channel, refused string) (string, error) {
	h, err := t.fetch(ctx, account)
	if err != nil {
		after := context.WithoutCancel(ctx)
		ended := agencies.Everywhere(after, t.db, func(tx pgx.Tx) error { return agencies.EndRenewal(after, tx, account.ID) })
		if t.holds(account, refused) {
			return t.makeDo(account, err), nil
		}
		return "", errors.Join(err, ended)
	}
	err = agencies.Everywhere(ctx, t.db, func(tx pgx.Tx) error {
		return agencies.KeepToken(ctx, tx, t.box, account, h.token, h.from, h.until)
	})
	if err != nil {
		return "", err
	}
	t.hold(account.ID, h)
	return h.token, nil
}

// fetch asks LINE for a token.
func (t *tokens) fetch(ctx context.Context, account agencies.Channel) (held, error) {
	api, err := channel_access_token.NewChannelAccessTokenAPI(channel_access_token.WithHTTPClient(t.client), channel_access_token.WithEndpoint(t.api))
	if err != nil {
		return held{}, fmt.Errorf("line client: %w", err)
	}
	api = api.WithContext(ctx)
	from := t.now()
	var (
		resp  *http.Response
		token string
		life  int32
	)
	if account.TokenKind == agencies.SharedToken {
		assertion, signErr := assertionOf(account, from, sharedLife)
		if signErr != nil {
			return held{}, signErr
		}
		var issued *channel_access_token.IssueChannelAccessTokenResponse
		resp, issued, err = api.IssueChannelTokenByJWTWithHttpInfo("client_credentials", assertionType, assertion)
		if issued != nil {
			token, life = issued.AccessToken, issued.ExpiresIn
		}
	} else {
		var issued *channel_access_token.IssueStatelessChannelAccessTokenResponse
		if account.Key != "" && account.KeyID != "" {
			assertion, signErr := assertionOf(account, from, 0)
			if signErr != nil {
				return held{}, signErr
			}
			resp, issued, err = api.IssueStatelessChannelTokenByJWTAssertionWithHttpInfo(assertion) //nolint:bodyclose // closed below, or by the SDK
		} else {
			resp, issued, err = api.IssueStatelessChannelTokenByClientSecretWithHttpInfo(account.LineID, account.Secret) //nolint:bodyclose // closed below, or by the SDK
		}
		if issued != nil {
			token, life = issued.AccessToken, issued.ExpiresIn
		}
	}
	switch {
	case resp == nil:
		return held{}, fmt.Errorf("LINE gives no token: %s", transportProblem(err))
	case err != nil || token == "" || life <= 0:
		defer resp.Body.Close() //nolint:errcheck // read already; nothing depends on it
		reason, lines := tokenReason(resp)
		if !lines {
			return held{}, fmt.Errorf("LINE gives no token: an answer %d that is not LINE's", resp.StatusCode)
		}
		return held{}, &TokenError{Status: resp.StatusCode, Reason: reason, RequestID: resp.Header.Get(requestID)}
	}
	return held{token: token, from: from, until: from.Add(time.Duration(life) * time.Second)}, nil
}

// tokenProblem says so when a call was not made because there is no token for it.
func tokenProblem(err error) (string, bool) {
	var refused *TokenError
	if errors.As(err, &refused) {
		return refused.Error(), true
	}
	for _, known := range []error{errRemoved, errNoToken, errRefused} {
		if errors.Is(err, known) {
			return known.Error(), true
		}
	}
	return "", false
}

// tokenReason reads why LINE gives no token: two forms of errors are in use (line.md 4.6). Lines is false
// when it was not LINE that answered.
func tokenReason(resp *http.Response) (words string, lines bool) {
	var e struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Message     string `json:"message"`
	}
	err := json.NewDecoder(resp.Body).Decode(&e)
	switch {
	case err == nil && e.Description != "":
		return e.Error + ": " + e.Description, true
	case err == nil && e.Error != "":
		return e.Error, true
	case err == nil && e.Message != "":
		return e.Message, true
	default:
		return "no readable reason", isLines(resp)
	}
}

func (t *tokens) known(id agencies.ChannelID) held {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held[id]
}

// hold keeps a token for the next calls; that of an account without a number is nobody else's.
func (t *tokens) hold(id agencies.ChannelID, h held) {
	if id == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held[id] = h
}
