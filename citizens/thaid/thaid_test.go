package thaid_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"saphan/citizens"
	"saphan/citizens/thaid"
	played "saphan/devkit/thaid"
	"saphan/internal/fault"
)

const (
	clientID = "saphan-test="
	secret   = "s3cr3t/+="
	back     = "https://saphan.example.go.th/me/thaid/return"
	nonce    = "NONCENONCENONCENONCENONCENO"
	verifier = "verifierverifierverifierverifierverifierverifier"
)

// stand is a ThaID and a client of it.
type stand struct {
	*played.Provider
	client *thaid.Client
	issuer string
	ahead  atomic.Int64
}

func (s *stand) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// newStand opens both; change may set what the client knows.
func newStand(t *testing.T, change func(c *thaid.Config)) *stand {
	t.Helper()
	s := &stand{}
	var err error
	s.Provider, err = played.New(played.Config{
		Issuer: func() string { return s.issuer }, ClientID: clientID, ClientSecret: secret, APIKey: "key", Now: s.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.issuer = server.URL
	c := thaid.Config{Issuer: s.issuer, ClientID: clientID, ClientSecret: secret, APIKey: "key", RedirectURL: back, Now: s.now}
	if change != nil {
		change(&c)
	}
	if s.client, err = thaid.New(c); err != nil {
		t.Fatal(err)
	}
	return s
}

// with has ThaID sign with another algorithm.
func (s *stand) with(t *testing.T, alg string) {
	t.Helper()
	if err := s.Sign(alg); err != nil {
		t.Fatal(err)
	}
}

// agree opens ThaID's page as a browser does, taps a person, and returns what comes back.
func (s *stand) agree(t *testing.T, pid string) url.Values {
	t.Helper()
	page, err := s.client.Page(t.Context(), "STATE", nonce, verifier)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page, strings.NewReader(url.Values{"pid": {pid}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), back+"?") {
		t.Fatalf("the page answers %d and leads to %s", res.StatusCode, to)
	}
	return to.Query()
}

func (s *stand) redeem(t *testing.T, code string) (citizens.Attributes, error) {
	t.Helper()
	return s.client.Redeem(t.Context(), code, nonce, verifier)
}

// signIn is the whole way for somebody.
func (s *stand) signIn(t *testing.T, who played.Person) (citizens.Attributes, error) {
	t.Helper()
	return s.redeem(t, s.agree(t, who.NationalID.Digits()).Get("code"))
}

func want(who played.Person, birth string) citizens.Attributes {
	return citizens.Attributes{
		NationalID: who.NationalID, Title: who.Title, GivenName: who.GivenName, FamilyName: who.FamilyName, BirthDate: birth,
		Gender: who.Gender, Address: who.Address, Assurance: "2.3",
	}
}

// STD-9, STD-10: everybody, by discovery and by configured addresses, with RSA and with EC keys, with all in
// the token and with all but the number on the userinfo page.
func TestRedeem(t *testing.T) {
	t.Parallel()
	configured := func(c *thaid.Config) {
		c.AuthURL, c.TokenURL, c.KeysURL, c.UserInfoURL = c.Issuer+played.AuthPath, c.Issuer+played.TokenPath, c.Issuer+played.KeysPath, c.Issuer+played.UserInfoPath
	}
	births := []string{"1985-04-13", "1992-11-02", "1954", "1990"} // LOC-7
	for name, change := range map[string]func(*thaid.Config){"discovered": nil, "configured": configured} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, change)
			for _, alg := range []string{"ES256", "RS256"} {
				s.with(t, alg)
				for _, terse := range []bool{false, true} {
					s.Terse(terse)
					for n, who := range played.People() {
						got, err := s.signIn(t, who)
						if err != nil || got != want(who, births[n]) {
							t.Errorf("%s, terse %v, person %d: %v, %q", alg, terse, n, err, got.Name())
						}
					}
				}
			}
			if n := s.Calls("discovery"); (name == "configured") != (n == 0) {
				t.Errorf("%d calls to find the addresses", n)
			}
		})
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	s := newStand(t, nil)
	page, err := s.client.Page(t.Context(), "STATE", nonce, verifier)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": back, "state": "STATE", "nonce": nonce, "code_challenge_method": "S256",
		"scope": strings.Join(thaid.DefaultScopes(), " "),
	} {
		if q.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, q.Get(name), value)
		}
	}
	if len(q.Get("code_challenge")) != 43 || strings.Contains(page, verifier) || strings.Contains(page, "s3cr3t") {
		t.Errorf("the page is %s", page)
	}
	if back := s.agree(t, ""); back.Get("error") != "access_denied" || back.Get("state") != "STATE" {
		t.Errorf("no comes back as %v", back)
	}
}

// Every way in which a proof may be none is refused; nobody is taken for anybody.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t, nil)
	s.with(t, "ES256")
	who := played.People()[0]
	refused := func(what string, got citizens.Attributes, err error) {
		t.Helper()
		if !errors.Is(err, thaid.ErrProof) || !fault.Is(err, fault.Forbidden) || got != (citizens.Attributes{}) {
			t.Errorf("%s: %v, %q", what, err, got.Name())
		}
		if err != nil && (strings.Contains(err.Error(), who.NationalID.Digits()) || strings.Contains(err.Error(), who.GivenName)) {
			t.Errorf("%s: the error speaks of the person: %v", what, err)
		}
	}
	for _, f := range []played.Fault{
		played.WrongNonce, played.NoNonce, played.WrongAudience, played.MoreAudiences, played.WrongIssuer, played.WrongSignature, played.AlgNone,
		played.AlgHS256, played.Expired, played.IssuedLongAgo, played.NoIDToken, played.WrongHash, played.BadPID, played.NoPID, played.TwoPeople,
	} {
		s.Break(f)
		got, err := s.signIn(t, who)
		refused(string(f), got, err)
	}
	s.Terse(true)
	s.Break(played.WrongUserInfo)
	got, err := s.signIn(t, who)
	refused("wrong_user_info", got, err)
	s.Break(played.None)
	code := s.agree(t, who.NationalID.Digits()).Get("code")
	if _, err := s.redeem(t, code); err != nil {
		t.Fatalf("a good code: %v", err)
	}
	got, err = s.redeem(t, code)
	refused("a code again", got, err)
	got, err = s.redeem(t, "forged")
	refused("a forged code", got, err)
	got, err = s.client.Redeem(t.Context(), s.agree(t, who.NationalID.Digits()).Get("code"), nonce, verifier+"x")
	refused("another verifier", got, err)
	got, err = s.client.Redeem(t.Context(), s.agree(t, who.NationalID.Digits()).Get("code"), "", verifier)
	refused("no nonce of ours", got, err)
	old := s.agree(t, who.NationalID.Digits()).Get("code")
	s.ahead.Store(int64(2 * time.Minute))
	got, err = s.redeem(t, old)
	refused("an old code", got, err)
}

// Keys change: the new one is found at once, and one that is not published any more is not trusted for ever.
func TestKeysChange(t *testing.T) {
	t.Parallel()
	s := newStand(t, nil)
	s.with(t, "ES256")
	who := played.People()[1]
	for range 3 {
		if _, err := s.signIn(t, who); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Calls("jwks"); n != 1 {
		t.Errorf("keys were read %d times for three sign-ins", n)
	}
	if err := s.Rotate(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.signIn(t, who); err != nil {
		t.Errorf("with a new key: %v", err)
	}
	if n := s.Calls("jwks"); n != 2 {
		t.Errorf("keys were read %d times", n)
	}
	s.ahead.Store(int64(61 * time.Minute))
	if _, err := s.signIn(t, who); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	if n := s.Calls("jwks"); n != 3 {
		t.Errorf("keys are kept for longer than an hour: read %d times", n)
	}
}

// ThaID away is not a bad proof: it is said so, within a deadline, and it works again afterwards.
func TestAway(t *testing.T) {
	t.Parallel()
	s := newStand(t, nil)
	s.with(t, "ES256")
	who := played.People()[0]
	away := func(what string, err error) {
		t.Helper()
		if !fault.Is(err, fault.Unavailable) || errors.Is(err, thaid.ErrProof) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.Break(played.Down)
	_, err := s.client.Page(t.Context(), "STATE", nonce, verifier)
	away("addresses", err)
	away("reach", s.client.Reach(t.Context()))
	s.Break(played.None)
	if err := s.client.Reach(t.Context()); err != nil {
		t.Errorf("reach: %v", err)
	}
	configured := newStand(t, func(c *thaid.Config) {
		c.AuthURL, c.TokenURL, c.KeysURL = c.Issuer+played.AuthPath, c.Issuer+played.TokenPath, c.Issuer+played.KeysPath
	})
	configured.with(t, "ES256")
	if err := configured.client.Reach(t.Context()); err != nil {
		t.Errorf("reach configured addresses: %v", err)
	}
	configured.Break(played.Down)
	away("reach configured addresses", configured.client.Reach(t.Context()))
	code := s.agree(t, who.NationalID.Digits()).Get("code")
	s.Break(played.Down)
	_, err = s.redeem(t, code)
	away("code", err)
	s.Break(played.Hangs)
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = s.client.Redeem(short, code, nonce, verifier)
	away("no answer", err)
	s.Break(played.None)
	if _, err := s.redeem(t, code); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	// Not knowing us is for the operator, not for the person.
	stranger := newStand(t, func(c *thaid.Config) { c.APIKey = "" })
	stranger.with(t, "ES256")
	_, err = stranger.signIn(t, who)
	away("a missing key", err)
	if err == nil || !strings.Contains(err.Error(), "THAID_API_KEY") {
		t.Errorf("the log does not say what to mend: %v", err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	good := thaid.Config{Issuer: "https://thaid.example.go.th", ClientID: "c", ClientSecret: "s", RedirectURL: back, Now: time.Now}
	if _, err := thaid.New(good); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(*thaid.Config){
		"no secret":           func(c *thaid.Config) { c.ClientSecret = "" },
		"no issuer":           func(c *thaid.Config) { c.Issuer = "" },
		"one address alone":   func(c *thaid.Config) { c.TokenURL = "https://thaid.example.go.th/token" },
		"plain http":          func(c *thaid.Config) { c.Issuer = "http://thaid.example.go.th" },
		"no address":          func(c *thaid.Config) { c.UserInfoURL = "thaid" },
		"nowhere to go":       func(c *thaid.Config) { c.RedirectURL = "" },
		"looks like loopback": func(c *thaid.Config) { c.Issuer = "http://127.0.0.1.example.com" },
	} {
		bad := good
		change(&bad)
		if _, err := thaid.New(bad); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}
