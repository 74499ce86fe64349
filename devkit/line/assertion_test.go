package line_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"testing"
	"time"

	"saphan/devkit/line"
)

const keyID = "536e453c-aa93-4449-8e90-add2608783c6"

// jwt signs an assertion.
func jwt(t *testing.T, key *rsa.PrivateKey, head, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	text := part(head) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Row 74: tokens by JWT assertion: v2.1 refused beyond thirty, stateless by assertion, bad assertions.
func TestRow74Assertion(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	c := newClock()
	w := newWorld(t, c)
	w.addChannel(line.Channel{
		Destination: otherDestination, ID: "1234567890", AccessToken: otherToken,
		AssertionKeys: map[string][]byte{keyID: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})},
	})
	head := func() map[string]any { return map[string]any{"alg": "RS256", "typ": "JWT", "kid": keyID} }
	claims := func() map[string]any {
		return map[string]any{
			"iss": "1234567890", "sub": "1234567890", "aud": "https://api.line.me/",
			"exp": c.now().Add(30 * time.Minute).Unix(), "token_exp": 86400,
		}
	}
	ask := func(path, assertion string) (int, map[string]any) {
		return w.form(path, url.Values{
			"grant_type": {"client_credentials"}, "client_assertion": {assertion},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}.Encode())
	}
	good := jwt(t, key, head(), claims())
	var issued string
	for i := range 30 {
		status, v := ask("/oauth2/v2.1/token", good)
		issued, _ = v["access_token"].(string)
		if status != http.StatusOK || v["expires_in"] != 86400.0 || v["key_id"] == nil {
			t.Fatalf("v2.1 token %d: %d %v", i+1, status, v)
		}
	}
	if status, v := ask("/oauth2/v2.1/token", good); status != http.StatusBadRequest {
		t.Errorf("31st v2.1 token: %d %v", status, v)
	}
	if status, _, _ := w.api("GET", "/v2/bot/info", nil, "Authorization", "Bearer "+issued); status != http.StatusOK {
		t.Errorf("v2.1 token: %d", status)
	}
	status, _, v := w.api("GET", "/oauth2/v2.1/verify?access_token="+issued, nil)
	if status != http.StatusOK || v["client_id"] != "1234567890" || v["expires_in"] != 86400.0 {
		t.Errorf("verify: %d %v", status, v)
	}
	status, _, v = w.api("GET", "/oauth2/v2.1/tokens/kid?client_assertion_type="+url.QueryEscape("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")+"&client_assertion="+good, nil)
	if ids, _ := v["kids"].([]any); status != http.StatusOK || len(ids) != 30 {
		t.Errorf("key IDs: %d %v", status, v)
	}
	if status, v := w.form("/oauth2/v2.1/revoke", "client_id=1234567890&client_secret=another-secret&access_token="+issued); status != http.StatusOK {
		t.Errorf("revoke: %d %v", status, v)
	}
	if status, _, _ := w.api("GET", "/v2/bot/info", nil, "Authorization", "Bearer "+issued); status != http.StatusUnauthorized {
		t.Errorf("revoked token: %d", status)
	}
	// There is room for one more now that one is revoked, and for thirty when all have expired.
	if status, v := ask("/oauth2/v2.1/token", good); status != http.StatusOK {
		t.Errorf("after one was revoked: %d %v", status, v)
	}
	if status, v := ask("/oauth2/v2.1/token", good); status != http.StatusBadRequest {
		t.Errorf("31st after one was revoked: %d %v", status, v)
	}
	c.add(24 * time.Hour)
	good = jwt(t, key, head(), claims())
	for i := range 30 {
		if status, v := ask("/oauth2/v2.1/token", good); status != http.StatusOK {
			t.Fatalf("after all have expired, token %d: %d %v", i+1, status, v)
		}
	}
	if status, v := ask("/oauth2/v3/token", good); status != http.StatusOK || v["expires_in"] != 900.0 || v["key_id"] != nil {
		t.Errorf("stateless by assertion: %d %v", status, v)
	}

	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	with := func(m map[string]any, name string, v any) map[string]any { m[name] = v; return m }
	for name, tc := range map[string]struct {
		assertion string
		status    int
	}{
		"another key":   {jwt(t, stranger, head(), claims()), 400},
		"unknown kid":   {jwt(t, key, with(head(), "kid", "x"), claims()), 404},
		"another alg":   {jwt(t, key, with(head(), "alg", "none"), claims()), 400},
		"another iss":   {jwt(t, key, head(), with(claims(), "iss", "1")), 400},
		"another aud":   {jwt(t, key, head(), with(claims(), "aud", "https://example.com/")), 400},
		"expired":       {jwt(t, key, head(), with(claims(), "exp", c.now().Unix())), 400},
		"too long":      {jwt(t, key, head(), with(claims(), "exp", c.now().Add(31*time.Minute).Unix())), 400},
		"token_exp":     {jwt(t, key, head(), with(claims(), "token_exp", 31*86400)), 400},
		"not an object": {"a.b.c", 400},
		"no JWT":        {"x", 400},
	} {
		if status, v := ask("/oauth2/v3/token", tc.assertion); status != tc.status {
			t.Errorf("%s: %d %v, want %d", name, status, v, tc.status)
		}
	}
}
