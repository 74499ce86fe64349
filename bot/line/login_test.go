package line

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	simulator "saphan/devkit/line"
	"saphan/internal/fault"
)

const loginBack = "https://saphan.example.go.th/me/line/return"

// landed opens LINE's page for a user, who agrees, and returns what comes back.
func landed(t *testing.T, page, user string) url.Values {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page+"&user="+user, http.NoBody)
	noError(t, err)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	noError(t, err)
	noError(t, res.Body.Close())
	to, err := url.Parse(res.Header.Get("Location"))
	noError(t, err)
	if !strings.HasPrefix(to.String(), loginBack+"?") {
		t.Fatalf("LINE answers %d and leads to %s", res.StatusCode, to)
	}
	return to.Query()
}

// Rows 50 and 51: the whole sign-in against the simulator of LINE, and what is refused.
func TestLogin(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	noError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { noError(t, sim.Close()); server.Close() })
	noError(t, sim.AddChannel(simulator.Channel{Destination: "U" + strings.Repeat("a", 32), ID: loginChannel, Secret: loginSecret, AccessToken: "t", Name: "ตัวอย่าง", Provider: "p"}))
	var users []struct{ ID, Name string }
	get(t, server.URL+"/control/users", &users)
	config := LoginConfig{
		ID: loginChannel, Secret: loginSecret, Provider: "p", Access: server.URL + "/access", API: server.URL + "/api", Redirect: loginBack, Now: time.Now,
	}
	l, err := NewLogin(config)
	noError(t, err)
	verifier := strings.Repeat("v", 52)
	page := func() string {
		t.Helper()
		p, err := l.Page(t.Context(), "STATE", loginNonce, verifier)
		noError(t, err)
		if strings.Contains(p, verifier) || strings.Contains(p, loginSecret) {
			t.Errorf("the page tells a secret: %s", p)
		}
		return p
	}
	back := landed(t, page(), users[0].ID)
	if back.Get("state") != "STATE" {
		t.Errorf("back comes %v", back)
	}
	user, name, err := l.Redeem(t.Context(), back.Get("code"), loginNonce, verifier)
	if err != nil || !lineUser.MatchString(user) || name != users[0].Name || l.Provider() != "p" {
		t.Errorf("signed in as %q %q: %v", user, name, err)
	}
	refused := func(what, code, nonce, verifier string) {
		t.Helper()
		user, name, err := l.Redeem(t.Context(), code, nonce, verifier)
		if !errors.Is(err, ErrIDToken) || !fault.Is(err, fault.Forbidden) || user != "" || name != "" {
			t.Errorf("%s: %q %q %v", what, user, name, err)
		}
	}
	refused("a code again", back.Get("code"), loginNonce, verifier)
	refused("a forged code", "x", loginNonce, verifier)
	refused("another nonce", landed(t, page(), users[0].ID).Get("code"), loginNonce+"x", verifier)
	refused("another verifier", landed(t, page(), users[0].ID).Get("code"), loginNonce, verifier+"x")
	if _, _, err := l.Recognise(t.Context(), "x.y.z"); !errors.Is(err, ErrIDToken) {
		t.Errorf("no token: %v", err)
	}
	// Trouble of LINE's or of ours is no bad proof.
	wrong := config
	wrong.Secret = "another"
	stranger, err := NewLogin(wrong)
	noError(t, err)
	if _, _, err := stranger.Redeem(t.Context(), landed(t, page(), users[0].ID).Get("code"), loginNonce, verifier); !fault.Is(err, fault.Unavailable) || errors.Is(err, ErrIDToken) {
		t.Errorf("a wrong secret: %v", err)
	}
	away := config
	away.API = "http://127.0.0.1:1"
	gone, err := NewLogin(away)
	noError(t, err)
	if _, _, err := gone.Redeem(t.Context(), "x", loginNonce, verifier); !fault.Is(err, fault.Unavailable) {
		t.Errorf("LINE is away: %v", err)
	}
	for _, missing := range []LoginConfig{{Secret: "s", Provider: "p"}, {ID: "i", Provider: "p"}, {ID: "i", Secret: "s"}} {
		if _, err := NewLogin(missing); err == nil {
			t.Errorf("%+v is accepted", missing)
		}
	}
}

// A LIFF app's token is read with LINE's published key; one of a web login is not taken for it.
func TestRecognise(t *testing.T) {
	t.Parallel()
	i := newIssuance(t)
	l, err := NewLogin(LoginConfig{ID: loginChannel, Secret: loginSecret, Provider: "p", API: i.server.URL, Now: func() time.Time { return time.Unix(i.at.Load(), 0) }})
	noError(t, err)
	none := map[string]any{"nonce": nil}
	user, name, err := l.Recognise(t.Context(), i.sign("ES256", i.key, "one", i.says(none)))
	if err != nil || user != loginUser || name != "สมหญิง ตัวอย่าง" {
		t.Errorf("recognised %q %q: %v", user, name, err)
	}
	if _, _, err := l.Recognise(t.Context(), i.sign("HS256", []byte(loginSecret), "", i.says(none))); !errors.Is(err, ErrIDToken) {
		t.Errorf("signed with the secret: %v", err)
	}
}
