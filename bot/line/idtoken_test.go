package line

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	simulator "saphan/devkit/line"
)

// issuance is LINE Login for a test: real keys, published where a verifier looks for them.
type issuance struct {
	t      *testing.T
	server *httptest.Server
	key    *ecdsa.PrivateKey
	keys   atomic.Pointer[string] // the JWKS as published
	status atomic.Int32           // of the answer; 0: 200
	asked  atomic.Int32
	at     atomic.Int64 // the verifier's time
	*IDTokens
}

const (
	loginChannel = "1650000000"
	loginSecret  = "0123456789abcdef0123456789abcdef"
	loginNonce   = "0c5f6ec8a7b94d0f9d7a"
	loginUser    = "U4af4980629f1d2b3c4d5e6f708192a3b"
)

func newIssuance(t *testing.T) *issuance {
	t.Helper()
	i := &issuance{t: t}
	var err error
	i.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(t, err)
	i.publish(jose.JSONWebKey{Key: i.key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"})
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.asked.Add(1)
		if r.URL.Path != "/oauth2/v2.1/certs" {
			http.NotFound(w, r)
			return
		}
		if s := i.status.Load(); s != 0 {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(int(s))
			return
		}
		_, _ = w.Write([]byte(*i.keys.Load()))
	}))
	t.Cleanup(i.server.Close)
	i.at.Store(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).Unix())
	i.IDTokens = NewIDTokens(i.server.URL, func() time.Time { return time.Unix(i.at.Load(), 0) })
	return i
}

func (i *issuance) publish(keys ...jose.JSONWebKey) {
	i.t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	noError(i.t, err)
	text := string(raw)
	i.keys.Store(&text)
}

// says are the claims of a good token, with some changed; nil takes one out.
func (i *issuance) says(changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": "https://access.line.me", "sub": loginUser, "aud": loginChannel, "exp": i.at.Load() + 3600, "iat": i.at.Load(),
		"nonce": loginNonce, "amr": []string{"linesso"}, "name": "สมหญิง ตัวอย่าง", "picture": "https://example.com/p.png",
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// sign makes a token.
func (i *issuance) sign(alg jose.SignatureAlgorithm, key any, kid string, c map[string]any) string {
	i.t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		options = options.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	noError(i.t, err)
	raw, err := json.Marshal(c)
	noError(i.t, err)
	signed, err := signer.Sign(raw)
	noError(i.t, err)
	token, err := signed.CompactSerialize()
	noError(i.t, err)
	return token
}

func (i *issuance) web(changes map[string]any) string {
	return i.sign(jose.HS256, []byte(loginSecret), "", i.says(changes))
}

func (i *issuance) app(changes map[string]any) string {
	return i.sign(jose.ES256, i.key, "one", i.says(changes))
}

var (
	webChannel = LoginChannel{ID: loginChannel, Secret: loginSecret, Kind: WebLogin}
	appChannel = LoginChannel{ID: loginChannel, Secret: loginSecret, Kind: AppLogin}
)

// Row 51, the good ones: a web login by the secret, a LIFF app by LINE's key.
func TestRow51GoodTokensAreTaken(t *testing.T) {
	t.Parallel()
	i := newIssuance(t)
	for name, try := range map[string]struct {
		channel      LoginChannel
		token, nonce string
	}{
		"web":               {webChannel, i.web(nil), loginNonce},
		"app":               {appChannel, i.app(map[string]any{"nonce": nil}), ""},
		"app with a nonce":  {appChannel, i.app(nil), loginNonce},
		"a moment too soon": {webChannel, i.web(map[string]any{"iat": i.at.Load() + 30}), loginNonce},
	} {
		who, err := i.Verify(t.Context(), try.channel, try.token, try.nonce)
		if err != nil || who.UserID != loginUser || who.Name != "สมหญิง ตัวอย่าง" || who.Picture == "" || who.At.IsZero() {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("LINE was asked %d times for its keys", n)
	}
}

// Row 51: everything that is forged, stale or meant for somebody else is refused, each signed with real
// keys as an attacker would.
func TestRow51BadTokensAreRefused(t *testing.T) {
	t.Parallel()
	i := newIssuance(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	noError(t, err)
	der, err := x509.MarshalPKIXPublicKey(i.key.Public())
	noError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	asJWK, err := json.Marshal(jose.JSONWebKey{Key: i.key.Public(), KeyID: "one"})
	noError(t, err)
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	body, err := json.Marshal(i.says(nil))
	noError(t, err)
	good := strings.Split(i.app(nil), ".")
	embedded, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: stranger, KeyID: "one"}}, &jose.SignerOptions{EmbedJWK: true})
	noError(t, err)
	withOwnKey, err := embedded.Sign(body)
	noError(t, err)
	own, err := withOwnKey.CompactSerialize()
	noError(t, err)
	for name, try := range map[string]struct {
		channel      LoginChannel
		token, nonce string
	}{
		"HS256 with LINE's public key as the secret, PEM": {appChannel, i.sign(jose.HS256, public, "one", i.says(nil)), loginNonce},
		"HS256 with LINE's public key as the secret, DER": {appChannel, i.sign(jose.HS256, der, "one", i.says(nil)), loginNonce},
		"HS256 with LINE's public key as the secret, JWK": {appChannel, i.sign(jose.HS256, asJWK, "one", i.says(nil)), loginNonce},
		"HS256 with LINE's public key, for a web login":   {webChannel, i.sign(jose.HS256, public, "one", i.says(nil)), loginNonce},
		"HS256 with the right secret, for an app":         {appChannel, i.web(nil), loginNonce},
		"ES256 with LINE's key, for a web login":          {webChannel, i.app(nil), loginNonce},
		"HS256 with another secret":                       {webChannel, i.sign(jose.HS256, []byte(strings.Repeat("x", 32)), "", i.says(nil)), loginNonce},
		"HS384 with the right secret":                     {webChannel, i.sign(jose.HS384, []byte(loginSecret+loginSecret), "", i.says(nil)), loginNonce},
		"ES256 with a stranger's key":                     {appChannel, i.sign(jose.ES256, stranger, "one", i.says(nil)), loginNonce},
		"ES256 with a key nobody published":               {appChannel, i.sign(jose.ES256, stranger, "two", i.says(nil)), loginNonce},
		"ES256 with a key that it brings along":           {appChannel, own, loginNonce},
		"ES256 without a name of its key":                 {appChannel, i.sign(jose.ES256, i.key, "", i.says(nil)), loginNonce},
		"RS256":                                           {appChannel, i.sign(jose.RS256, rsaKey, "one", i.says(nil)), loginNonce},
		"no algorithm":                                    {webChannel, part(`{"alg":"none"}`) + "." + part(string(body)) + ".", loginNonce},
		"no signature":                                    {appChannel, good[0] + "." + good[1] + ".", loginNonce},
		"other claims under a good signature":             {appChannel, good[0] + "." + part(strings.Replace(string(body), "U4af", "U5af", 1)) + "." + good[2], loginNonce},
		"expired":                                         {webChannel, i.web(map[string]any{"exp": i.at.Load()}), loginNonce},
		"without an end":                                  {webChannel, i.web(map[string]any{"exp": nil}), loginNonce},
		"from the future":                                 {webChannel, i.web(map[string]any{"iat": i.at.Load() + 3600}), loginNonce},
		"for another channel":                             {webChannel, i.web(map[string]any{"aud": "1650000001"}), loginNonce},
		"for several channels":                            {webChannel, i.web(map[string]any{"aud": []string{loginChannel, "1650000001"}}), loginNonce},
		"for nobody":                                      {webChannel, i.web(map[string]any{"aud": nil}), loginNonce},
		"for nobody, to nobody":                           {LoginChannel{Secret: loginSecret, Kind: WebLogin}, i.web(map[string]any{"aud": nil}), loginNonce},
		"of another issuer":                               {webChannel, i.web(map[string]any{"iss": "https://access.line.me.example"}), loginNonce},
		"with another nonce":                              {webChannel, i.web(map[string]any{"nonce": loginNonce + "x"}), loginNonce},
		"without a nonce":                                 {webChannel, i.web(map[string]any{"nonce": nil}), loginNonce},
		"with a nonce that nobody asked for":              {appChannel, i.app(nil), ""},
		"a web login begun without a nonce":               {webChannel, i.web(map[string]any{"nonce": nil}), ""},
		"naming nobody":                                   {webChannel, i.web(map[string]any{"sub": nil}), loginNonce},
		"naming something that is no user":                {webChannel, i.web(map[string]any{"sub": "U4af/../x"}), loginNonce},
		"for a channel of no kind":                        {LoginChannel{ID: loginChannel, Secret: loginSecret}, i.web(nil), loginNonce},
		"for a channel without a secret":                  {LoginChannel{ID: loginChannel, Kind: WebLogin}, i.web(nil), loginNonce},
		"empty":                                           {webChannel, "", loginNonce},
		"no token":                                        {webChannel, "a.b", loginNonce},
		"as JSON":                                         {webChannel, withOwnKey.FullSerialize(), loginNonce},
		"endless":                                         {webChannel, strings.Repeat("a", 1<<20), loginNonce},
	} {
		if who, err := i.Verify(t.Context(), try.channel, try.token, try.nonce); !errors.Is(err, ErrIDToken) || who != (SignedIn{}) {
			t.Errorf("%s: %+v, %v", name, who, err)
		} else if strings.Contains(err.Error(), loginUser) || strings.Contains(err.Error(), loginSecret) {
			t.Errorf("%s: the error says too much: %v", name, err)
		}
	}
}

// Keys are read once an hour and when a token names a new one, but never as often as strangers like;
// they go on for a day when LINE does not answer, and no longer.
func TestRow51KeysOfLineLogin(t *testing.T) {
	t.Parallel()
	i := newIssuance(t)
	verify := func(token string) error {
		_, err := i.Verify(t.Context(), appChannel, token, loginNonce)
		return err
	}
	noError(t, verify(i.app(nil)))
	// LINE signs with a new key.
	next, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(t, err)
	i.publish(jose.JSONWebKey{Key: next.Public(), KeyID: "two", Algorithm: "ES256", Use: "sig"}, jose.JSONWebKey{Key: i.key.Public(), KeyID: "one"})
	for range 50 {
		if err := verify(i.sign(jose.ES256, next, "two", i.says(nil))); !errors.Is(err, ErrIDToken) {
			t.Fatalf("asked again too soon: %v", err)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("strangers made us ask %d times", n)
	}
	i.at.Add(int64(keysPause / time.Second))
	noError(t, verify(i.sign(jose.ES256, next, "two", i.says(nil))))
	noError(t, verify(i.app(nil)))
	if n := i.asked.Load(); n != 2 {
		t.Errorf("LINE was asked %d times", n)
	}
	// A key is withdrawn.
	i.publish(jose.JSONWebKey{Key: next.Public(), KeyID: "two"})
	i.at.Add(int64(keysFresh / time.Second))
	if err := verify(i.app(nil)); !errors.Is(err, ErrIDToken) {
		t.Errorf("a withdrawn key still signs: %v", err)
	}
	// LINE is down, or sends us elsewhere.
	for _, status := range []int32{http.StatusInternalServerError, http.StatusFound, http.StatusNotFound} {
		i.status.Store(status)
		i.at.Add(int64(keysFresh / time.Second))
		noError(t, verify(i.sign(jose.ES256, next, "two", i.says(nil))))
	}
	i.at.Add(int64(keysStale / time.Second))
	if err := verify(i.sign(jose.ES256, next, "two", i.says(nil))); err == nil || errors.Is(err, ErrIDToken) {
		t.Errorf("with keys of yesterday: %v", err)
	}
	i.status.Store(0)
	i.at.Add(int64(keysRetry / time.Second))
	noError(t, verify(i.sign(jose.ES256, next, "two", i.says(nil))))
	// Keys of other kinds are not taken for one that signs.
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	noError(t, err)
	for name, key := range map[string]jose.JSONWebKey{
		"a secret": {Key: []byte(loginSecret), KeyID: "three"}, "another curve": {Key: p384.Public(), KeyID: "three"},
		"for encryption": {Key: next.Public(), KeyID: "three", Use: "enc"}, "another algorithm": {Key: next.Public(), KeyID: "three", Algorithm: "ES384"},
		"a private key": {Key: next, KeyID: "three"},
	} {
		i.publish(key)
		i.at.Add(int64(2 * keysStale / time.Second))
		if err := verify(i.sign(jose.ES256, next, "three", i.says(nil))); err == nil {
			t.Errorf("%s verified a token", name)
		}
	}
}

// Many people sign in at once: LINE is asked once, and who gives up does not take the others along.
func TestRow51KeysAreReadOnce(t *testing.T) {
	t.Parallel()
	i := newIssuance(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Verify(gone, appChannel, i.app(nil), loginNonce); err == nil || errors.Is(err, ErrIDToken) {
		t.Errorf("who gave up: %v", err)
	}
	token := i.app(nil)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := i.Verify(t.Context(), appChannel, token, loginNonce); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := i.asked.Load(); n != 1 {
		t.Errorf("LINE was asked %d times", n)
	}
}

// LINE Login is down: those who wait for the same answer share it, and do not each wait for one of their
// own. A stranger who names a key that does not exist meanwhile takes the known ones from nobody.
func TestRow51LoginIsDown(t *testing.T) {
	t.Parallel()
	i := newIssuance(t)
	i.status.Store(http.StatusBadGateway)
	token := i.app(nil)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := i.Verify(t.Context(), appChannel, token, loginNonce); err == nil || errors.Is(err, ErrIDToken) {
				t.Errorf("LINE's trouble is none of the token's: %v", err)
			}
		})
	}
	all.Wait()
	if n := i.asked.Load(); n != 1 {
		t.Errorf("LINE was asked %d times", n)
	}
	i.status.Store(0)
	i.at.Add(int64(keysRetry / time.Second))
	_, err := i.Verify(t.Context(), appChannel, token, loginNonce)
	noError(t, err)

	i.status.Store(http.StatusBadGateway)
	i.at.Add(int64(keysFresh / time.Second))
	if _, err := i.Verify(t.Context(), appChannel, i.sign(jose.ES256, i.key, "nine", i.says(nil)), loginNonce); err == nil {
		t.Error("an unknown key was taken")
	}
	_, err = i.Verify(t.Context(), appChannel, i.app(nil), loginNonce)
	noError(t, err)
}

// Row 51 against LINE Login as the simulator plays it: the tokens that it issues are taken, by us as by it.
func TestRow51TokensOfTheSimulator(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	noError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { noError(t, sim.Close()); server.Close() })
	noError(t, sim.AddChannel(simulator.Channel{Destination: "U" + strings.Repeat("a", 32), ID: loginChannel, Secret: loginSecret, AccessToken: "t", Name: "ตัวอย่าง"}))
	var users []struct{ ID string }
	get(t, server.URL+"/control/users", &users)
	query := url.Values{
		"response_type": {"code"}, "client_id": {loginChannel}, "redirect_uri": {"http://127.0.0.1/back"}, "state": {"s"}, "scope": {"openid profile"},
		"nonce": {loginNonce}, "user": {users[0].ID},
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/access/oauth2/v2.1/authorize?"+query.Encode(), http.NoBody)
	noError(t, err)
	resp, err := client.Do(req)
	noError(t, err)
	noError(t, resp.Body.Close())
	back, err := url.Parse(resp.Header.Get("Location"))
	noError(t, err)
	form := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"http://127.0.0.1/back"}, "client_id": {loginChannel}, "client_secret": {loginSecret}}
	req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/oauth2/v2.1/token", strings.NewReader(form.Encode()))
	noError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err = client.Do(req)
	noError(t, err)
	var issued struct {
		IDToken string `json:"id_token"`
	}
	noError(t, json.NewDecoder(resp.Body).Decode(&issued))
	noError(t, resp.Body.Close())
	v := NewIDTokens(server.URL+"/api", time.Now)
	who, err := v.Verify(t.Context(), webChannel, issued.IDToken, loginNonce)
	if err != nil || who.UserID != users[0].ID {
		t.Errorf("%+v, %v", who, err)
	}
	if _, err := v.Verify(t.Context(), webChannel, issued.IDToken, loginNonce+"x"); !errors.Is(err, ErrIDToken) {
		t.Errorf("with another nonce: %v", err)
	}
}

// get reads JSON from an address.
func get(t *testing.T, address string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	noError(t, err)
	resp, err := http.DefaultClient.Do(req)
	noError(t, err)
	noError(t, json.NewDecoder(resp.Body).Decode(into))
	noError(t, resp.Body.Close())
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
