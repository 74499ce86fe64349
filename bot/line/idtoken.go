package line

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// LoginKind says where people sign in with LINE, which decides how their ID tokens are signed
// (line.md 4.4).
type LoginKind int

// The kinds of sign-in. The zero value is none, so that nothing is accepted by forgetting.
const (
	WebLogin LoginKind = iota + 1 // a web page: HS256 with the secret of the login channel
	AppLogin                      // LIFF, a native app: ES256 with a key that LINE publishes
)

// LoginChannel is a LINE Login channel of ours.
type LoginChannel struct {
	ID     string // "Channel ID": for whom its tokens are
	Secret string // WebLogin: signs them
	Kind   LoginKind
}

// SignedIn is who somebody is, by LINE's word.
type SignedIn struct {
	UserID  string // that of the Messaging API under the same provider, and only there (line.md 4.3)
	Name    string
	Picture string
	At      time.Time // when LINE issued the token
}

// ErrIDToken means that an ID token does not prove who somebody is. What is wrong with it is for the log.
var ErrIDToken = errors.New("the ID token is not good")

// IDTokens verifies ID tokens of LINE Login here, without asking LINE for each.
type IDTokens struct {
	now  func() time.Time
	keys loginKeys
}

// NewIDTokens returns a verifier that takes LINE's keys from the host at api.
func NewIDTokens(api string, now func() time.Time) *IDTokens {
	return &IDTokens{now: now, keys: loginKeys{
		address: api + "/oauth2/v2.1/certs", now: now,
		calls: caller(http.DefaultTransport, keysTime),
	}}
}

const (
	issuer = "https://access.line.me"
	// idTokenMost bounds what is looked at.
	idTokenMost = 8 << 10
	// skew is by how much LINE's clock and ours may differ.
	skew = time.Minute
	// nonceLeast is how long a nonce is at the least; ours have 26 letters.
	nonceLeast = 10
)

// claims is what an ID token says. The audience of LINE's tokens is one word; a list is not read.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	IssuedAt int64  `json:"iat"`
	Nonce    string `json:"nonce"`
	Name     string `json:"name"`
	Picture  string `json:"picture"`
}

// lineUser is how LINE names people under a provider.
var lineUser = regexp.MustCompile(`^U[0-9a-f]{32}$`)

// Verify returns who signed in to the channel. The nonce is the one that this very sign-in was begun
// with; a web login must have one, LIFF gives none ("").
func (v *IDTokens) Verify(ctx context.Context, channel LoginChannel, token, nonce string) (SignedIn, error) {
	refuse := func(why string) (SignedIn, error) { return SignedIn{}, fmt.Errorf("%w: %s", ErrIDToken, why) }
	if len(token) > idTokenMost {
		return refuse("too long")
	}
	payload, err := v.open(ctx, channel, token)
	if err != nil {
		return SignedIn{}, err
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return refuse("claims not readable")
	}
	now := v.now()
	switch {
	case c.Issuer != issuer:
		return refuse("another issuer")
	case c.Audience != channel.ID || channel.ID == "":
		return refuse("for another channel")
	case !now.Before(time.Unix(c.Expires, 0)):
		return refuse("expired")
	case time.Unix(c.IssuedAt, 0).After(now.Add(skew)):
		return refuse("issued in the future")
	case channel.Kind == WebLogin && len(nonce) < nonceLeast:
		return refuse("no nonce to compare with")
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return refuse("another nonce")
	case !lineUser.MatchString(c.Subject):
		return refuse("names nobody")
	}
	return SignedIn{UserID: c.Subject, Name: c.Name, Picture: c.Picture, At: time.Unix(c.IssuedAt, 0)}, nil
}

// open returns what a token says once its signature holds. The algorithm follows from our own channel and
// never from the token: a public key of LINE is no secret that could sign for it (line.md row 51).
func (v *IDTokens) open(ctx context.Context, channel LoginChannel, token string) ([]byte, error) {
	refuse := func(why string) ([]byte, error) { return nil, fmt.Errorf("%w: %s", ErrIDToken, why) }
	var algorithm jose.SignatureAlgorithm
	switch channel.Kind {
	case WebLogin:
		algorithm = jose.HS256
	case AppLogin:
		algorithm = jose.ES256
	default:
		return refuse("for a channel of no kind")
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return refuse("not a token signed with " + string(algorithm))
	}
	var key any
	if channel.Kind == WebLogin {
		if channel.Secret == "" {
			return refuse("for a channel without a secret")
		}
		key = []byte(channel.Secret)
	} else if key, err = v.keys.find(ctx, signed.Signatures[0].Protected.KeyID); err != nil {
		return nil, err
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return refuse("wrong signature")
	}
	return payload, nil
}

// loginKeys are the keys by which LINE signs ID tokens, read when they are needed.
type loginKeys struct {
	address string
	calls   *http.Client
	now     func() time.Time

	mu       sync.Mutex
	known    map[string]*ecdsa.PublicKey
	readAt   time.Time // when known was read
	triedAt  time.Time // when it was last tried
	failedAt time.Time // when LINE gave none, and why
	problem  error
}

const (
	keysTime = 5 * time.Second
	// keysFresh is how long keys are used without asking again, keysStale how long at the most when LINE
	// does not answer: a key that LINE has withdrawn must not go on for ever.
	keysFresh = time.Hour
	keysStale = 24 * time.Hour
	// keysPause is how often, at the most, LINE is asked: a stranger may name keys that do not exist.
	keysPause = 30 * time.Second
	// keysRetry is how soon LINE is asked again after it gave none: those who waited for that answer do not
	// wait for one more each.
	keysRetry = 2 * time.Second
	keysMost  = 1 << 20
)

// find returns the key with an identifier. One caller at a time asks LINE; the others use its answer.
func (k *loginKeys) find(ctx context.Context, id string) (*ecdsa.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	key, known := k.known[id]
	age := now.Sub(k.readAt)
	if known && age < keysFresh {
		return key, nil
	}
	waited, since := now.Sub(k.triedAt), now.Sub(k.failedAt)
	due := k.triedAt.IsZero() || waited >= keysPause || waited < 0
	if k.problem != nil && since >= 0 && since < keysRetry {
		if !known || age >= keysStale {
			return nil, k.problem
		}
		due = false
	}
	if due {
		k.triedAt, k.problem = now, nil
		fresh, err := k.read(ctx)
		switch {
		case err == nil:
			k.known, k.readAt = fresh, now
			key, known, age = fresh[id], fresh[id] != nil, 0
		case !known || age >= keysStale:
			k.triedAt = time.Time{} // LINE's trouble, not the token's: it may be tried again soon
			err = fmt.Errorf("keys of LINE Login: %w", err)
			if ctx.Err() == nil { // of who gave up the others learn nothing
				k.failedAt, k.problem = k.now(), err
			}
			return nil, err
		}
	}
	if !known || age >= keysStale {
		return nil, fmt.Errorf("%w: signed with an unknown key", ErrIDToken)
	}
	return key, nil
}

// read asks LINE for its keys. Only those that can sign with ES256 are taken.
func (k *loginKeys) read(ctx context.Context) (map[string]*ecdsa.PublicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.address, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := k.calls.Do(req)
	if err != nil {
		return nil, errors.New(transportProblem(err))
	}
	defer resp.Body.Close() //nolint:errcheck // nothing depends on it
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("LINE answered %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, keysMost))
	if err != nil {
		return nil, errors.New(transportProblem(err))
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil {
		return nil, errors.New("LINE's answer is not readable")
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, raw := range set.Keys {
		var one jose.JSONWebKey
		if one.UnmarshalJSON(raw) != nil || !one.IsPublic() {
			continue // of a kind this release does not know
		}
		public, ok := one.Key.(*ecdsa.PublicKey)
		if ok && public.Curve == elliptic.P256() && one.KeyID != "" && (one.Use == "" || one.Use == "sig") && (one.Algorithm == "" || one.Algorithm == string(jose.ES256)) {
			keys[one.KeyID] = public
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("LINE publishes no key that signs")
	}
	return keys, nil
}
