package line

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"saphan/internal/fault"
)

// LINE Login v2.1 (section 4.4), as far as a web app or a LIFF app needs it. The Messaging API
// channel plays the login channel of the same provider too: its ID is the client_id.

const (
	codeLife    = 10 * time.Minute
	refreshLife = 90 * 24 * time.Hour
)

// grantRow is an authorization code, an access token or a refresh token of a user.
type grantRow struct {
	Kind      string // code, access or refresh
	Channel   string
	User      string
	Scope     []string
	At        time.Time
	Redirect  string `json:",omitempty"`
	Nonce     string `json:",omitempty"`
	Challenge string `json:",omitempty"`
	MaxAge    bool   `json:",omitempty"`
	LIFF      bool   `json:",omitempty"`
	Used      bool   `json:",omitempty"`
	Access    string `json:",omitempty"` // the access token that belongs to a refresh token
}

func (g grantRow) good(kind string, now time.Time) bool {
	life := map[string]time.Duration{"code": codeLife, "access": longLife, "refresh": refreshLife}[kind]
	return g.Kind == kind && !g.Used && now.Sub(g.At) < life
}

var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// loginRequest is a checked call of the authorization endpoint.
type loginRequest struct {
	channel Channel
	scope   []string
	query   url.Values
}

// readLogin checks the parameters. A wrong client or redirect must not be redirected to.
func (s *Simulator) readLogin(q url.Values) (loginRequest, string, string) {
	s.mu.Lock()
	c, known := s.byID(q.Get("client_id"))
	s.mu.Unlock()
	in := loginRequest{channel: c, query: q, scope: strings.Fields(q.Get("scope"))}
	redirect, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case !known:
		return in, "", "ไม่รู้จัก client_id นี้"
	case err != nil || !safeAddress(redirect):
		return in, "", "redirect_uri ต้องเป็น https (หรือ http ของเครื่องนี้)"
	case len(c.Callbacks) > 0 && !slices.Contains(c.Callbacks, q.Get("redirect_uri")):
		return in, "", "redirect_uri นี้ไม่ได้ลงทะเบียนไว้"
	case q.Get("state") == "":
		return in, "INVALID_REQUEST", "'state' is not specified"
	case q.Get("response_type") != "code":
		return in, "UNSUPPORTED_RESPONSE_TYPE", "'response_type' is not supported"
	case !slices.Contains(in.scope, "openid") && (!slices.Contains(in.scope, "profile") || slices.Contains(in.scope, "email")):
		return in, "INVALID_SCOPE", "invalid 'scope'"
	case q.Get("code_challenge") != "" && (q.Get("code_challenge_method") != "S256" || !challengeForm.MatchString(q.Get("code_challenge"))):
		return in, "INVALID_REQUEST", "'code_challenge_method' is not supported"
	case q.Get("prompt") == "none" && q.Get("user") == "":
		return in, "LOGIN_REQUIRED", "the user is not logged in"
	}
	return in, "", ""
}

// back is the address that the browser returns to.
func (in loginRequest) back(more url.Values) string {
	u, err := url.Parse(in.query.Get("redirect_uri"))
	if err != nil {
		return ""
	}
	q := u.Query()
	for name, values := range more {
		q[name] = values
	}
	q.Set("state", in.query.Get("state"))
	u.RawQuery = q.Encode()
	return u.String()
}

var loginPage = template.Must(template.New("login").Parse(`<!doctype html><html lang="th"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>เข้าสู่ระบบด้วย LINE</title>
<style>body{font:16px/1.6 sans-serif;max-width:24rem;margin:3rem auto;padding:0 1rem}button{display:block;width:100%;
margin:.5rem 0;padding:.8rem;border:0;border-radius:.5rem;background:#06c755;color:#000;font:inherit}
button.no{background:#eee;color:#333}</style>
<h1>เข้าสู่ระบบด้วย LINE</h1>
{{if .Error}}<p role="alert">{{.Error}}</p>{{else}}<p>{{.Name}} ขอทราบ {{.Scope}} เลือกผู้ใช้ตัวอย่าง</p>
<form method="post">{{range .Users}}<button name="user" value="{{.ID}}">{{.Name}}</button>{{end}}
<button class="no" name="user" value="">ไม่อนุญาต</button></form>{{end}}</html>
`))

// authorize plays https://access.line.me/oauth2/v2.1/authorize. A script may add user= to log in
// without the page.
func (s *Simulator) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	in, code, wrong := s.readLogin(q)
	user, chosen := q.Get("user"), q.Get("user") != ""
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
		user, chosen = r.PostFormValue("user"), true
	}
	var page struct {
		Error, Name, Scope string
		Users              []userRow
	}
	status := http.StatusOK
	switch {
	case code != "":
		http.Redirect(w, r, in.back(url.Values{"error": {code}, "error_description": {wrong}}), http.StatusFound)
		return
	case wrong != "":
		page.Error, status = "400 Bad Request: "+wrong, http.StatusBadRequest
	case chosen && user == "":
		http.Redirect(w, r, in.back(url.Values{"error": {"ACCESS_DENIED"}, "error_description": {"The resource owner denied the request."}}), http.StatusFound)
		return
	case chosen:
		grant, known := s.grantCode(in, user)
		if known {
			http.Redirect(w, r, in.back(url.Values{"code": {grant}}), http.StatusFound)
			return
		}
		page.Error, status = "ไม่พบผู้ใช้นี้ในตัวจำลอง LINE", http.StatusBadRequest
	default:
		page.Name, page.Scope, page.Users = in.channel.Name, strings.Join(in.scope, " "), s.people()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := loginPage.Execute(w, page); err != nil {
		s.logger.Error("line simulator: page not written", "err", err)
	}
}

// people lists the users there are.
func (s *Simulator) people() []userRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []userRow
	for _, u := range s.state.users.rows {
		if !u.Deleted {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b userRow) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return list
}

// grantCode makes an authorization code for the user.
func (s *Simulator) grantCode(in loginRequest, user string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u, known := s.state.users.row(user); !known || u.Deleted {
		return "", false
	}
	code := opaque(15)
	s.state.grants.put(code, grantRow{
		Kind: "code", Channel: in.channel.Destination, User: user, Scope: in.scope, At: s.now(),
		Redirect: in.query.Get("redirect_uri"), Nonce: in.query.Get("nonce"), Challenge: in.query.Get("code_challenge"),
		MaxAge: in.query.Has("max_age"),
	})
	return code, true
}

// issueToken answers POST /oauth2/v2.1/token, which LINE Login and channel access tokens share.
func (s *Simulator) issueToken(r *request) answer {
	v, a, fine := r.form()
	if !fine {
		return a
	}
	switch v.Get("grant_type") {
	case "client_credentials":
		return s.issueByJWT(r, v)
	case "authorization_code":
		return s.redeem(v, r.now)
	case "refresh_token":
		return s.refresh(v, r.now)
	default:
		return refuseOAuth("unsupported_grant_type", "Unsupported 'grant_type'.")
	}
}

// loginClient finds the login channel whose ID and secret are given. The caller holds the lock.
func (s *Simulator) loginClient(v url.Values) (Channel, answer, bool) {
	c, known := s.byID(v.Get("client_id"))
	if !known {
		return c, refuseOAuth("invalid_client", "invalid client_id"), false
	}
	if subtle.ConstantTimeCompare([]byte(c.Secret), []byte(v.Get("client_secret"))) != 1 {
		return c, refuseOAuth("invalid_client", "invalid client_secret"), false
	}
	return c, answer{}, true
}

// redeem turns a code into tokens.
func (s *Simulator) redeem(v url.Values, now time.Time) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, a, fine := s.loginClient(v)
	if !fine {
		return a
	}
	code := v.Get("code")
	g, known := s.state.grants.row(code)
	switch {
	case !known || g.Channel != c.Destination || !g.good("code", now):
		return refuseOAuth("invalid_grant", "invalid authorization code")
	case g.Redirect != v.Get("redirect_uri"):
		return refuseOAuth("invalid_grant", "redirect_uri does not match")
	}
	if g.Challenge != "" {
		sum := sha256.Sum256([]byte(v.Get("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(sum[:]) != g.Challenge {
			return refuseOAuth("invalid_grant", "invalid code_verifier") // words UNCONFIRMED
		}
	}
	g.Used = true
	s.state.grants.put(code, g)
	body, err := s.tokens(c, g, now)
	if err != nil {
		return s.broken(err)
	}
	return ok(body)
}

// tokens makes the tokens of a login. The caller holds the lock.
func (s *Simulator) tokens(c Channel, g grantRow, now time.Time) (map[string]any, error) {
	access, refresh := opaque(64), opaque(20)
	g.At, g.Used, g.Redirect, g.Challenge = now, false, "", ""
	g.Kind = "access"
	s.state.grants.put(access, g)
	g.Kind, g.Access = "refresh", access
	s.state.grants.put(refresh, g)
	scope := slices.DeleteFunc(slices.Clone(g.Scope), func(s string) bool { return s == "email" })
	body := map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "Bearer",
		"expires_in": int64(longLife.Seconds()), "scope": strings.Join(scope, " "),
	}
	if !slices.Contains(g.Scope, "openid") {
		return body, nil
	}
	u, _ := s.state.users.row(g.User)
	claims := idClaims{
		Issuer: issuer, Subject: lineUserID(c, u.ID), Audience: c.ID, IssuedAt: now.Unix(), Expires: now.Add(idTokenLife).Unix(),
		Nonce: g.Nonce, AMR: []string{"linesso"},
	}
	if g.MaxAge {
		claims.AuthTime = now.Unix()
	}
	if slices.Contains(g.Scope, "profile") {
		claims.Name, claims.Picture = u.Name, u.Picture
	}
	alg := algHS256
	if g.LIFF {
		alg = algES256
	}
	token, err := s.idToken(c, alg, claims)
	if err != nil {
		return nil, err
	}
	body["id_token"] = token
	return body, nil
}

// refresh renews an access token; the refresh token stays.
func (s *Simulator) refresh(v url.Values, now time.Time) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, a, fine := s.loginClient(v)
	if !fine {
		return a
	}
	key := v.Get("refresh_token")
	g, known := s.state.grants.row(key)
	if !known || g.Channel != c.Destination || !g.good("refresh", now) {
		return refuseOAuth("invalid_grant", "invalid refresh token")
	}
	access := opaque(64)
	next := g
	next.Kind, next.At, next.Access = "access", now, ""
	s.state.grants.put(access, next)
	s.state.grants.remove(g.Access)
	g.Access = access
	s.state.grants.put(key, g)
	return ok(map[string]any{
		"access_token": access, "refresh_token": key, "token_type": "Bearer",
		"expires_in": int64(longLife.Seconds()), "scope": strings.Join(g.Scope, " "),
	})
}

// bearer finds the user and the channel of a login's access token. The caller holds the lock.
func (s *Simulator) bearer(r *request, scope string) (Channel, userRow, answer, bool) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	g, known := s.state.grants.row(token)
	c, channelKnown := s.channels[g.Channel]
	u, userKnown := s.state.users.row(g.User)
	if !known || !channelKnown || !userKnown || u.Deleted || !g.good("access", r.now) {
		return c, u, refuse(http.StatusUnauthorized, "The access token expired"), false
	}
	if !slices.Contains(g.Scope, scope) {
		return c, u, refuse(http.StatusForbidden, "The access token does not have the required scope"), false // words UNCONFIRMED
	}
	return c, u, answer{}, true
}

// loggedIn makes an endpoint for the access token of a login with that scope.
func (s *Simulator) loggedIn(scope string, f func(Channel, userRow) answer) apiFunc {
	return func(r *request) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		c, u, a, fine := s.bearer(r, scope)
		if !fine {
			return a
		}
		return f(c, u)
	}
}

// loginProfile answers GET /v2/profile.
func (s *Simulator) loginProfile(c Channel, u userRow) answer {
	v := profileOf(u, lineUserID(c, u.ID))
	delete(v, "language")
	return ok(v)
}

// userInfo answers GET and POST /oauth2/v2.1/userinfo.
func (s *Simulator) userInfo(c Channel, u userRow) answer {
	v := map[string]any{"sub": lineUserID(c, u.ID), "name": u.Name}
	if u.Picture != "" {
		v["picture"] = u.Picture
	}
	return ok(v)
}

// friendship answers GET /friendship/v1/status.
func (s *Simulator) friendship(c Channel, u userRow) answer {
	f := s.state.friend(c.Destination, u.ID)
	return ok(map[string]any{"friendFlag": f.Following && !f.Blocked})
}

// deauthorize answers POST /user/v1/deauthorize, called with a channel access token.
func (s *Simulator) deauthorize(r *request) answer {
	var b struct {
		Token string `json:"userAccessToken"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, known := s.state.grants.row(b.Token)
	if !known || g.Channel != r.channel.Destination {
		return refuse(http.StatusBadRequest, "invalid token")
	}
	for key, other := range s.state.grants.rows {
		if other.Channel == g.Channel && other.User == g.User {
			s.state.grants.remove(key)
		}
	}
	return answer{status: http.StatusNoContent}
}

// discovery answers GET /.well-known/openid-configuration on access.line.me.
func (s *Simulator) discovery(r *request) answer {
	base := strings.TrimSuffix(s.cfg.BaseURL(), "/")
	if base == "" {
		base = "http://" + r.Host
	}
	return ok(map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                base + "/access/oauth2/v2.1/authorize",
		"token_endpoint":                        base + "/api/oauth2/v2.1/token",
		"revocation_endpoint":                   base + "/api/oauth2/v2.1/revoke",
		"userinfo_endpoint":                     base + "/api/oauth2/v2.1/userinfo",
		"scopes_supported":                      []string{"openid", "profile", "email"},
		"jwks_uri":                              base + "/api/oauth2/v2.1/certs",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{algES256},
		"code_challenge_methods_supported":      []string{"S256"},
	})
}

// postLIFF answers POST control/chats/{user}/liff: the citizen opens a LIFF app, which gets an ID
// token and an access token.
func (s *Simulator) postLIFF(r *http.Request) (any, error) {
	var in struct {
		where
		Scope string `json:"scope"`
		Nonce string `json:"nonce"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	if in.Scope == "" {
		in.Scope = "openid profile"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.readActor(r)
	if err == nil && in.Channel != "" {
		a.channel, err = s.channelOf(in.Channel)
	}
	if err != nil {
		return nil, err
	}
	body, err := s.tokens(a.channel, grantRow{
		Channel: a.channel.Destination, User: a.user.ID, Scope: strings.Fields(in.Scope), Nonce: in.Nonce, LIFF: true,
	}, s.now())
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "ออกโทเค็นไม่สำเร็จ", err)
	}
	return body, nil
}
