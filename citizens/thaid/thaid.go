// Package thaid asks ThaID, the digital ID of the Department of Provincial Administration, who somebody is:
// OpenID Connect's code flow with state, nonce and PKCE, and an ID token whose signature is checked (STD-9).
// It keeps nothing.
package thaid

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config says where ThaID is and who we are to it. Either Issuer alone, when it publishes the rest (discovery),
// or the addresses too: then Issuer is only what stands in its tokens.
type Config struct {
	Issuer      string
	AuthURL     string
	TokenURL    string
	KeysURL     string // its public keys (JWKS)
	UserInfoURL string // may stay empty when the ID token says everything

	ClientID     string
	ClientSecret string
	Scopes       []string // empty: DefaultScopes
	APIKey       string   // sent along in a header of its own when set

	RedirectURL string // of ours; registered with ThaID to the letter
	Now         func() time.Time
}

// DefaultScopes ask for what fills in a form (STD-10). ThaID gives an agency those it was granted.
func DefaultScopes() []string {
	return []string{"openid", "pid", "title", "given_name", "middle_name", "family_name", "birthdate", "gender", "address"}
}

const (
	// keyHeader is where clients of ThaID put the key that some agencies are given.
	keyHeader = "X-ImAuth-Apikey"
	// callTime is how long one call may take; somebody waits for it.
	callTime = 10 * time.Second
	// publishedFresh is how long what ThaID publishes, its keys too, is used without asking again.
	publishedFresh = time.Hour
	// answerMost bounds what is read of an answer.
	answerMost = 1 << 20
	// skew is by how much ThaID's clock and ours may differ.
	skew = time.Minute
	// tokenAge is how long ago an ID token may have been issued: it comes fresh from the code.
	tokenAge = 10 * time.Minute
)

// algorithms are the signatures that are taken. None of them is one that a public key could make.
func algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512}
}

// Client talks to ThaID.
type Client struct {
	cfg   Config
	calls *http.Client

	mu        sync.Mutex
	published *published
	readAt    time.Time
}

// published is what ThaID tells of itself.
type published struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
}

// New returns a client, or says what is missing. It calls nobody: ThaID may be away while we start.
func New(c Config) (*Client, error) {
	if c.ClientID == "" || c.ClientSecret == "" {
		return nil, errors.New("THAID_CLIENT_ID and THAID_CLIENT_SECRET must both be set")
	}
	if c.Issuer == "" {
		return nil, errors.New("THAID_ISSUER must be set: the iss of ThaID's ID tokens")
	}
	given := []string{c.AuthURL, c.TokenURL, c.KeysURL}
	if slices.Contains(given, "") && strings.Join(given, "") != "" {
		return nil, errors.New("THAID_AUTH_URL, THAID_TOKEN_URL and THAID_JWKS_URL must be set together, or none of them")
	}
	for _, address := range append(given, c.Issuer, c.UserInfoURL, c.RedirectURL) {
		if err := safe(address); address != "" && err != nil {
			return nil, err
		}
	}
	if c.RedirectURL == "" || c.Now == nil {
		return nil, errors.New("thaid: a part is missing")
	}
	if len(c.Scopes) == 0 {
		c.Scopes = DefaultScopes()
	}
	if !slices.Contains(c.Scopes, oidc.ScopeOpenID) { // without it there is no ID token, and nothing is signed
		c.Scopes = append([]string{oidc.ScopeOpenID}, c.Scopes...)
	}
	return &Client{cfg: c, calls: &http.Client{
		Timeout:       callTime,
		Transport:     bounded{http.DefaultTransport, c},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// safe refuses an address over which anybody could listen, except on this machine.
func safe(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is not an address", address)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return fmt.Errorf("%q is not an https address", address)
	}
	return nil
}

// bounded adds what ThaID wants with each call, and reads no more than is sensible.
type bounded struct {
	next http.RoundTripper
	cfg  Config
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b.cfg.APIKey != "" {
		r.Header.Set(keyHeader, b.cfg.APIKey)
	}
	if _, _, basic := r.BasicAuth(); basic {
		// ThaID's clients send name and secret as they are. RFC 6749 would have them escaped, which makes a
		// difference for the "=" that some of its names end with.
		r.SetBasicAuth(b.cfg.ClientID, b.cfg.ClientSecret)
	}
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = http.MaxBytesReader(nil, res.Body, answerMost)
	return res, nil
}

// known returns what ThaID publishes of itself, asking for it when that is due. Keys are read anew with it, so
// that one it has withdrawn is not trusted for ever.
func (c *Client) known(ctx context.Context) (*published, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.cfg.Now(); c.published == nil || now.Sub(c.readAt) >= publishedFresh || now.Before(c.readAt) {
		fresh, err := c.ask(ctx)
		if err != nil {
			return nil, err
		}
		c.published, c.readAt = fresh, now
	}
	return c.published, nil
}

func (c *Client) ask(ctx context.Context) (*published, error) {
	ctx = oidc.ClientContext(ctx, c.calls)
	var provider *oidc.Provider
	if c.cfg.AuthURL != "" {
		provider = (&oidc.ProviderConfig{
			IssuerURL: c.cfg.Issuer, AuthURL: c.cfg.AuthURL, TokenURL: c.cfg.TokenURL, JWKSURL: c.cfg.KeysURL, UserInfoURL: c.cfg.UserInfoURL,
		}).NewProvider(ctx)
	} else {
		var err error
		if provider, err = oidc.NewProvider(ctx, c.cfg.Issuer); err != nil {
			return nil, fmt.Errorf("ask ThaID for its addresses: %w", err)
		}
		var says struct {
			Keys string `json:"jwks_uri"`
		}
		if err := provider.Claims(&says); err != nil {
			return nil, fmt.Errorf("read ThaID's addresses: %w", err)
		}
		for _, address := range []string{provider.Endpoint().AuthURL, provider.Endpoint().TokenURL, says.Keys} {
			if err := safe(address); err != nil {
				return nil, fmt.Errorf("ThaID's addresses: %w", err)
			}
		}
	}
	return &published{provider: provider, verifier: provider.VerifierContext(ctx, &oidc.Config{
		ClientID: c.cfg.ClientID, SupportedSigningAlgs: algorithms(), Now: c.cfg.Now,
	})}, nil
}

// flow is the code flow with ThaID.
func (c *Client) flow(p *published) *oauth2.Config {
	endpoint := p.provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return &oauth2.Config{ClientID: c.cfg.ClientID, ClientSecret: c.cfg.ClientSecret, Endpoint: endpoint, RedirectURL: c.cfg.RedirectURL, Scopes: c.cfg.Scopes}
}

// Page is the address of ThaID's page, to which the browser is sent. It comes back to the redirect address with
// the state and a code, or with an error.
func (c *Client) Page(ctx context.Context, state, nonce, verifier string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	p, err := c.known(ctx)
	if err != nil {
		return "", away(err)
	}
	return c.flow(p).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Reach says whether ThaID publishes its addresses and its keys.
func (c *Client) Reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if _, err := c.known(ctx); err != nil {
		return away(err)
	}
	address := c.cfg.KeysURL
	if address == "" {
		return nil // discovery has answered
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return away(err)
	}
	res, err := c.calls.Do(req)
	if err != nil {
		return away(fmt.Errorf("its keys: %w", err))
	}
	if err := res.Body.Close(); err != nil {
		return away(err)
	}
	if res.StatusCode != http.StatusOK {
		return away(fmt.Errorf("its keys: status %d", res.StatusCode))
	}
	return nil
}
