package line_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"saphan/agencies"
	simulator "saphan/devkit/line"
	"saphan/internal/fault"
)

// states are the checks by key, with what was found and what to do.
func states(checks []agencies.Check) map[string]agencies.Check {
	by := map[string]agencies.Check{}
	for _, c := range checks {
		by[c.Key] = c
	}
	return by
}

// LINE says whose account an ID and a secret are, before anything is stored.
func TestIdentify(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.StatelessToken)
	m.account.ID, m.account.Destination = 0, ""
	p, err := m.channel.Identify(t.Context(), m.account)
	if err != nil || p.Destination != home || p.Name != "เทศบาลตัวอย่าง" || p.BasicID == "" || p.ChatOn {
		t.Errorf("%+v %v", p, err)
	}
	for name, spoil := range map[string]func(*agencies.Channel){
		"secret": func(c *agencies.Channel) { c.Secret = "wrong secret" },
		"id":     func(c *agencies.Channel) { c.LineID = "1650000009" },
		"token":  func(c *agencies.Channel) { c.TokenKind, c.Token = agencies.FixedToken, "wrong token" },
		"none":   func(c *agencies.Channel) { c.TokenKind = agencies.FixedToken },
		"key": func(c *agencies.Channel) {
			c.TokenKind, c.Key, c.KeyID = agencies.SharedToken, newKey(t, m.channel), "unknown"
		},
	} {
		account := m.account
		spoil(&account)
		_, err := m.channel.Identify(t.Context(), account)
		if !fault.Is(err, fault.Invalid) || strings.Contains(fault.MessageOf(err), "wrong") {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
	m.fail(map[string]any{"path": "/v2/bot/info", "status": 500, "times": 1})
	if _, err := m.channel.Identify(t.Context(), m.account); !fault.Is(err, fault.Unavailable) {
		t.Errorf("LINE in trouble: %v", err)
	}
	m.fail(map[string]any{"path": "/oauth2/v3/token", "status": "reset", "times": 1})
	if _, err := m.channel.Identify(t.Context(), m.account); !fault.Is(err, fault.Unavailable) {
		t.Errorf("LINE away: %v", err)
	}
}

// The check tells each trouble by itself, with what to do, and the button mends the webhook.
func TestExamine(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.StatelessToken)
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/line/webhook" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(ours.Close)
	webhook := ours.URL + "/line/webhook"

	got := states(m.channel.Examine(t.Context(), m.account, webhook))
	if c := got["webhook"]; c.State != agencies.CheckFault || !strings.Contains(c.Remedy, webhook) {
		t.Errorf("another webhook: %+v", c)
	}
	for _, key := range []string{"token", "account", "mode", "delivery", "quota"} {
		if got[key].State != agencies.CheckWell {
			t.Errorf("%s: %+v", key, got[key])
		}
	}
	if err := m.channel.SetWebhook(t.Context(), m.account, webhook); err != nil {
		t.Fatal(err)
	}
	if c := states(m.channel.Examine(t.Context(), m.account, webhook))["webhook"]; c.State != agencies.CheckWell || c.Found != webhook {
		t.Errorf("after setting it: %+v", c)
	}
	if err := m.channel.SetWebhook(t.Context(), m.account, "http://example.com/line/webhook"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a webhook without https: %v", err)
	}
	if c := states(m.channel.Examine(t.Context(), m.account, ours.URL+"/elsewhere"))["delivery"]; c.State != agencies.CheckFault || !strings.Contains(c.Remedy, "secret") {
		t.Errorf("a refused delivery: %+v", c)
	}

	m.control("POST", "settings", map[string]any{"quota": 10}, nil)
	if c := states(m.channel.Examine(t.Context(), m.account, webhook))["quota"]; c.State != agencies.CheckWell || !strings.Contains(c.Found, "10") {
		t.Errorf("quota: %+v", c)
	}
	for range 8 {
		m.try(m.push("ก"))
	}
	if c := states(m.channel.Examine(t.Context(), m.account, webhook))["quota"]; c.State != agencies.CheckWarning || c.Remedy == "" {
		t.Errorf("quota at 80 %%: %+v", c)
	}

	other := m.account
	other.Destination = elsewhere
	if c := states(m.channel.Examine(t.Context(), other, webhook))["account"]; c.State != agencies.CheckFault {
		t.Errorf("the token of another account: %+v", c)
	}
	wrong := m.account
	wrong.ID, wrong.Secret = 0, "wrong secret"
	got = states(m.channel.Examine(t.Context(), wrong, webhook))
	if len(got) != 2 || got["token"].State != agencies.CheckFault || got["token"].Remedy == "" || got["account"].State != agencies.CheckSkipped {
		t.Errorf("without a token: %+v", got)
	}
}

// People who write by hand in LINE's own manager stay unseen here: that is worth a warning.
func TestExamineChatMode(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.FixedToken)
	if err := m.sim.AddChannel(simulator.Channel{Destination: elsewhere, ID: "1650000002", Secret: "s2", AccessToken: "t2", Name: "n", ChatMode: true}); err != nil {
		t.Fatal(err)
	}
	account := agencies.Channel{Kind: "line", Destination: elsewhere, Secret: "s2", Token: "t2", TokenKind: agencies.FixedToken}
	got := states(m.channel.Examine(t.Context(), account, "http://127.0.0.1:1/line/webhook"))
	if c := got["mode"]; c.State != agencies.CheckWarning || c.Remedy == "" {
		t.Errorf("chat by hand: %+v", c)
	}
	if c := got["webhook"]; c.State != agencies.CheckFault || !strings.Contains(c.Found, "ยังไม่ได้ตั้งค่า") {
		t.Errorf("no webhook: %+v", c)
	}
	if c := got["delivery"]; c.State != agencies.CheckFault || !strings.Contains(c.Remedy, "TLS") {
		t.Errorf("an address where nobody listens: %+v", c)
	}
}
