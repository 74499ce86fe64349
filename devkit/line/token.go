package line

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Channel access tokens (section 4.6).

type tokenKind string

const (
	stateless   tokenKind = "stateless"
	byAssertion tokenKind = "v2.1"
	short       tokenKind = "short-lived"
)

// maxTokens is how many v2.1 or short-lived tokens a channel may have at once.
const maxTokens = 30

// badToken is the reason of a 401.
const badToken = "invalid token. Confirm that the access token in the authorization header is valid."

// assertionType is the only client_assertion_type there is.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// oauthError is the form of errors of the token endpoints.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func refuseOAuth(code, description string) answer {
	return answer{status: http.StatusBadRequest, body: oauthError{code, description}}
}

// authenticate finds the channel of the bearer token, or the reason why there is none. The caller
// holds the lock.
func (s *Simulator) authenticate(r *request) (Channel, string) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || token == "" {
		return Channel{}, "missing or malformed Authorization header"
	}
	if c, found := s.channels[s.byToken[token]]; found {
		return c, ""
	}
	t, known := s.state.tokens.row(token)
	c, channelKnown := s.channels[t.Channel]
	if !known || !channelKnown || t.Revoked || !r.now.Before(t.ExpiresAt) {
		return Channel{}, badToken
	}
	return c, ""
}

// form reads the form in the body.
func (r *request) form() (url.Values, answer, bool) {
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
		return nil, refuse(http.StatusBadRequest, "The content type, "+kind+", is not supported"), false
	}
	v, err := url.ParseQuery(string(r.body))
	r.body = nil // secrets have no place in the record
	if err != nil {
		return nil, refuseOAuth("invalid_request", "some parameters missed or invalid"), false
	}
	return v, answer{}, true
}

// byID finds a channel by its channel ID. The caller holds the lock.
func (s *Simulator) byID(id string) (Channel, bool) {
	for _, c := range s.channels {
		if id != "" && c.ID == id {
			return c, true
		}
	}
	return Channel{}, false
}

// issue makes a token. The caller holds the lock.
func (s *Simulator) issue(c Channel, kind tokenKind, life time.Duration, now time.Time) tokenRow {
	t := tokenRow{Token: opaque(96), Channel: c.Destination, Kind: kind, IssuedAt: now, ExpiresAt: now.Add(life)}
	if kind == byAssertion {
		t.KeyID = opaque(16)
	}
	s.state.tokens.put(t.Token, t)
	return t
}

func (t tokenRow) answer() answer {
	v := map[string]any{
		"access_token": t.Token, "token_type": "Bearer", "expires_in": int64(t.ExpiresAt.Sub(t.IssuedAt).Seconds()),
	}
	if t.KeyID != "" {
		v["key_id"] = t.KeyID
	}
	return ok(v)
}

// valid lists the channel's valid tokens of a kind, oldest first. The caller holds the lock.
func (s *Simulator) valid(c Channel, kind tokenKind, now time.Time) []tokenRow {
	var list []tokenRow
	for _, t := range s.state.tokens.rows {
		if t.Channel == c.Destination && t.Kind == kind && !t.Revoked && now.Before(t.ExpiresAt) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b tokenRow) int { return a.IssuedAt.Compare(b.IssuedAt) })
	return list
}

// issueStateless answers POST /oauth2/v3/token, by ID and secret or by a signed assertion.
func (s *Simulator) issueStateless(r *request) answer {
	v, a, fine := r.form()
	if !fine {
		return a
	}
	if v.Get("grant_type") != "client_credentials" {
		return refuseOAuth("unsupported_grant_type", "Unsupported 'grant_type'.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.Has("client_assertion") {
		c, _, a, fine := s.assertion(v, r.now)
		if !fine {
			return a
		}
		return s.issueAnother(r, c)
	}
	c, known := s.byID(v.Get("client_id"))
	if !known || subtle.ConstantTimeCompare([]byte(c.Secret), []byte(v.Get("client_secret"))) != 1 {
		return refuseOAuth("invalid_request", "Invalid 'client_credentials'.")
	}
	return s.issueAnother(r, c)
}

// issueAnother issues a stateless token to a channel that has proved itself, of which there may be any
// number, but not at any rate. The caller holds the lock.
func (s *Simulator) issueAnother(r *request, c Channel) answer {
	if a, fine := s.within(r, c, normal); !fine {
		return a
	}
	return s.issue(c, stateless, statelessLife, r.now).answer()
}

// issueByJWT issues a v2.1 channel access token.
func (s *Simulator) issueByJWT(r *request, v url.Values) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, life, a, fine := s.assertion(v, r.now)
	if !fine {
		return a
	}
	if a, fine := s.within(r, c, normal); !fine {
		return a
	}
	if len(s.valid(c, byAssertion, r.now)) >= maxTokens {
		return refuseOAuth("invalid_request", "The number of channel access tokens has reached its limit") // words UNCONFIRMED
	}
	return s.issue(c, byAssertion, life, r.now).answer()
}

// listKeyIDs answers GET /oauth2/v2.1/tokens/kid.
func (s *Simulator) listKeyIDs(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, a, fine := s.assertion(r.URL.Query(), r.now)
	if !fine {
		return a
	}
	ids := []string{}
	for _, t := range s.valid(c, byAssertion, r.now) {
		ids = append(ids, t.KeyID)
	}
	return ok(map[string]any{"kids": ids})
}

// verifyJWTToken answers GET /oauth2/v2.1/verify, for v2.1 and stateless channel access tokens and
// for the access tokens of LINE Login.
func (s *Simulator) verifyJWTToken(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, known := s.state.grants.row(r.URL.Query().Get("access_token")); known {
		if !g.good("access", r.now) {
			return refuseOAuth("invalid_request", "access token expired")
		}
		return ok(map[string]any{
			"client_id": s.channels[g.Channel].ID, "expires_in": int64(g.At.Add(longLife).Sub(r.now).Seconds()),
			"scope": strings.Join(g.Scope, " "),
		})
	}
	t, known := s.state.tokens.row(r.URL.Query().Get("access_token"))
	switch {
	case !known || t.Revoked || t.Kind == short:
		return refuseOAuth("invalid_request", "The access token not JWS")
	case !r.now.Before(t.ExpiresAt):
		return refuseOAuth("invalid_request", "The access token expired")
	}
	return ok(map[string]any{
		"client_id": s.channels[t.Channel].ID, "expires_in": int64(t.ExpiresAt.Sub(r.now).Seconds()),
		"scope": "profile chat_message.write",
	})
}

// issueShortLived answers POST /v2/oauth/accessToken: the 31st revokes the oldest.
func (s *Simulator) issueShortLived(r *request) answer {
	v, a, fine := r.form()
	if !fine {
		return a
	}
	if v.Get("grant_type") != "client_credentials" {
		return refuseOAuth("invalid_request", "some parameters missed or invalid")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.byID(v.Get("client_id"))
	switch {
	case !known:
		return refuseOAuth("invalid_client", "invalid client_id")
	case subtle.ConstantTimeCompare([]byte(c.Secret), []byte(v.Get("client_secret"))) != 1:
		return refuseOAuth("invalid_client", "invalid client_secret")
	}
	if a, fine := s.within(r, c, shortLived); !fine {
		return a
	}
	for old := s.valid(c, short, r.now); len(old) >= maxTokens; old = old[1:] {
		s.revoke(old[0])
	}
	return s.issue(c, short, longLife, r.now).answer()
}

func (s *Simulator) revoke(t tokenRow) {
	t.Revoked = true
	s.state.tokens.put(t.Token, t)
}

// verifyToken answers POST /v2/oauth/verify, for short-lived and long-lived tokens.
func (s *Simulator) verifyToken(r *request) answer {
	v, a, fine := r.form()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := v.Get("access_token")
	if c, found := s.channels[s.byToken[token]]; found {
		return ok(map[string]any{"client_id": c.ID, "expires_in": int64(100 * 365 * 24 * 3600), "scope": "P CM"})
	}
	t, known := s.state.tokens.row(token)
	if !known || t.Revoked || t.Kind != short || !r.now.Before(t.ExpiresAt) {
		return refuseOAuth("invalid_request", "access_token invalid")
	}
	return ok(map[string]any{
		"client_id": s.channels[t.Channel].ID, "expires_in": int64(t.ExpiresAt.Sub(r.now).Seconds()), "scope": "P CM",
	})
}

// revokeToken answers POST /v2/oauth/revoke. Unknown tokens are no error.
func (s *Simulator) revokeToken(r *request) answer {
	v, a, fine := r.form()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, known := s.state.tokens.row(v.Get("access_token")); known && t.Kind == short {
		s.revoke(t)
	}
	return ok(empty)
}

// revokeJWTToken answers POST /oauth2/v2.1/revoke.
func (s *Simulator) revokeJWTToken(r *request) answer {
	v, a, fine := r.form()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, a, fine := s.loginClient(v)
	if !fine {
		return a
	}
	if g, known := s.state.grants.row(v.Get("access_token")); known && g.Channel == c.Destination {
		s.state.grants.remove(v.Get("access_token"))
	}
	if t, known := s.state.tokens.row(v.Get("access_token")); known && t.Kind == byAssertion && t.Channel == c.Destination {
		s.revoke(t)
	}
	return ok(empty)
}
