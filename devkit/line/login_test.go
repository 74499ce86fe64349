package line_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const redirect = "http://127.0.0.1:9/callback?from=line"

// browse opens an address as a browser that stops at the first redirect.
func (w *world) browse(method, path string) (int, url.Values) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	target, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, target.Query()
}

func loginQuery(id string, more ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {id}, "redirect_uri": {redirect}, "state": {"s1"}, "scope": {"openid profile"}, "nonce": {"n-123456"},
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}

// Section 4.4: a web login ends in an ID token signed with the channel secret.
func TestWebLogin(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	id := channelID(t, w)
	sum := sha256.Sum256([]byte(strings.Repeat("v", 43)))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	code := func(more ...string) string {
		t.Helper()
		status, q := w.browse("GET", "/access/oauth2/v2.1/authorize?"+loginQuery(id, append(more, "user", w.woman)...).Encode())
		if status != http.StatusFound || q.Get("state") != "s1" || q.Get("from") != "line" || q.Get("code") == "" {
			t.Fatalf("authorize: %d %v", status, q)
		}
		return q.Get("code")
	}
	token := func(code string, more ...string) (int, map[string]any) {
		v := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "client_id": {id}, "client_secret": {secret}}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return w.form("/oauth2/v2.1/token", v.Encode())
	}
	one := code("max_age", "60")
	status, v := token(one)
	idToken, _ := v["id_token"].(string)
	access, _ := v["access_token"].(string)
	if status != http.StatusOK || idToken == "" || v["expires_in"] != 2592000.0 || v["scope"] != "openid profile" {
		t.Fatalf("token: %d %v", status, v)
	}
	head, claims := readJWT(t, idToken)
	if head["alg"] != "HS256" || claims["iss"] != "https://access.line.me" || claims["sub"] != w.woman || claims["aud"] != id ||
		claims["nonce"] != "n-123456" || claims["auth_time"] == nil || claims["name"] == nil {
		t.Errorf("token %v %v", head, claims)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(idToken[:strings.LastIndexByte(idToken, '.')]))
	if want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); !strings.HasSuffix(idToken, "."+want) {
		t.Error("the signature is not that of the channel secret")
	}
	if status, v := token(one); status != http.StatusBadRequest || v["error"] != "invalid_grant" {
		t.Errorf("a code used twice: %d %v", status, v)
	}
	late := code()
	c.add(11 * time.Minute)
	if status, v := token(late); status != http.StatusBadRequest || v["error"] != "invalid_grant" {
		t.Errorf("a late code: %d %v", status, v)
	}
	if status, v := token(code(), "redirect_uri", "http://127.0.0.1:9/other"); status != http.StatusBadRequest {
		t.Errorf("another redirect: %d %v", status, v)
	}
	if status, v := token(code(), "client_secret", "x"); status != http.StatusBadRequest {
		t.Errorf("another secret: %d %v", status, v)
	}
	pkce := code("code_challenge", challenge, "code_challenge_method", "S256")
	if status, _ := token(pkce, "code_verifier", strings.Repeat("w", 43)); status != http.StatusBadRequest {
		t.Errorf("a wrong verifier: %d", status)
	}
	if status, v := token(pkce, "code_verifier", strings.Repeat("v", 43)); status != http.StatusOK {
		t.Errorf("the right verifier: %d %v", status, v)
	}

	bearer := map[string]string{"Authorization": "Bearer " + access}
	for path, want := range map[string]string{
		"/v2/profile": `"userId":"` + w.woman + `"`, "/oauth2/v2.1/userinfo": `"sub":"` + w.woman + `"`, "/friendship/v1/status": `"friendFlag":false`,
		"/oauth2/v2.1/verify?access_token=" + access: `"client_id":"` + id + `"`,
	} {
		if status, _, data := w.do("GET", "/api"+path, bearer, nil); status != http.StatusOK || !strings.Contains(string(data), want) {
			t.Errorf("%s: %d %s", path, status, data)
		}
	}
	refresh, _ := v["refresh_token"].(string)
	status, renewed := w.form("/oauth2/v2.1/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {id}, "client_secret": {secret}}.Encode())
	if status != http.StatusOK || renewed["access_token"] == access {
		t.Errorf("refresh: %d %v", status, renewed)
	}
	if status, _, _ := w.do("GET", "/api/v2/profile", bearer, nil); status != http.StatusUnauthorized {
		t.Errorf("the old access token: %d", status)
	}
}

// readJWT decodes a token without verifying it.
func readJWT(t *testing.T, token string) (map[string]any, map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token %q", token)
	}
	read := func(text string) map[string]any {
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return read(parts[0]), read(parts[1])
}

// Section 4.4: what the authorization endpoint refuses, and how.
func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := channelID(t, w)
	for want, q := range map[string]url.Values{
		"INVALID_REQUEST":           loginQuery(id, "state", ""),
		"UNSUPPORTED_RESPONSE_TYPE": loginQuery(id, "response_type", "token"),
		"INVALID_SCOPE":             loginQuery(id, "scope", "email"),
		"LOGIN_REQUIRED":            loginQuery(id, "prompt", "none"),
	} {
		if status, got := w.browse("GET", "/access/oauth2/v2.1/authorize?"+q.Encode()); status != http.StatusFound || got.Get("error") != want {
			t.Errorf("%s: %d %v", want, status, got)
		}
	}
	for name, q := range map[string]url.Values{
		"unknown client": loginQuery("1"), "http redirect": loginQuery(id, "redirect_uri", "http://example.com/"),
	} {
		if status, _ := w.browse("GET", "/access/oauth2/v2.1/authorize?"+q.Encode()); status != http.StatusBadRequest {
			t.Errorf("%s: %d, want a page without a redirect", name, status)
		}
	}
	status, _, page := w.do("GET", "/access/oauth2/v2.1/authorize?"+loginQuery(id).Encode(), nil, nil)
	if status != http.StatusOK || strings.Count(string(page), `name="user"`) != 3 {
		t.Errorf("page: %d %s", status, page)
	}
	if status, q := w.browse("POST", "/access/oauth2/v2.1/authorize?"+loginQuery(id).Encode()); status != http.StatusFound || q.Get("error") != "ACCESS_DENIED" || q.Get("state") != "s1" {
		t.Errorf("denied: %d %v", status, q)
	}
}

// Section 4.3: a LIFF app's ID token is ES256 with a published key, and the verify endpoint has a
// word for everything that can be wrong.
func TestLIFFTokenAndVerify(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	id := channelID(t, w)
	var got struct {
		IDToken string `json:"id_token"`
	}
	w.control("POST", "chats/"+w.woman+"/liff", map[string]any{"nonce": "n1"}, &got)
	head, claims := readJWT(t, got.IDToken)
	if head["alg"] != "ES256" || head["kid"] == nil || claims["sub"] != w.woman {
		t.Fatalf("token %v %v", head, claims)
	}
	_, _, data := w.do("GET", "/api/oauth2/v2.1/certs", nil, nil)
	var set struct{ Keys []struct{ Kid, X, Y string } }
	if err := json.Unmarshal(data, &set); err != nil || len(set.Keys) != 1 || set.Keys[0].Kid != head["kid"] {
		t.Fatalf("certs %s %v", data, err)
	}
	x, errX := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
	y, errY := base64.RawURLEncoding.DecodeString(set.Keys[0].Y)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err := errors.Join(errX, errY, err); err != nil {
		t.Fatal(err)
	}
	cut := strings.LastIndexByte(got.IDToken, '.')
	signature, err := base64.RawURLEncoding.DecodeString(got.IDToken[cut+1:])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(got.IDToken[:cut]))
	if !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the published key does not verify the token")
	}

	verify := func(more ...string) (int, map[string]any) {
		v := url.Values{"id_token": {got.IDToken}, "client_id": {id}}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return w.form("/oauth2/v2.1/verify", v.Encode())
	}
	if status, v := verify("nonce", "n1", "user_id", w.woman); status != http.StatusOK || v["sub"] != w.woman || v["nonce"] != "n1" {
		t.Errorf("verify: %d %v", status, v)
	}
	// A token signed with HMAC and the published key as the secret must not pass.
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + strings.Split(got.IDToken, ".")[1]
	mac := hmac.New(sha256.New, []byte(set.Keys[0].X))
	mac.Write([]byte(forged))
	forged += "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	for want, change := range map[string][]string{
		"Invalid IdToken.":                    {"id_token", forged},
		"Invalid IdToken Nonce.":              {"nonce", "n2"},
		"Invalid IdToken Subject Identifier.": {"user_id", w.man},
	} {
		if status, v := verify(change...); status != http.StatusBadRequest || v["error_description"] != want {
			t.Errorf("%s: %d %v", want, status, v)
		}
	}
	c.add(61 * time.Minute)
	if status, v := verify(); status != http.StatusBadRequest || v["error_description"] != "IdToken expired." {
		t.Errorf("expired: %d %v", status, v)
	}
	_, head2, data := w.do("GET", "/access/.well-known/openid-configuration", nil, nil)
	if !strings.Contains(string(data), `"issuer":"https://access.line.me"`) || head2.Get("Content-Type") != "application/json" {
		t.Errorf("discovery %s", data)
	}
}
