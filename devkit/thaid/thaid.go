// Package thaid plays ThaID, the digital ID, for development and tests: a page on which one of a few made-up
// people agrees, and the endpoints of OpenID Connect behind it. It can be told to go wrong in every way that a
// client has to notice.
package thaid

import (
	"crypto/rand"
	"embed"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"saphan/internal/thai"
)

// Config says who may ask.
type Config struct {
	Issuer       func() string // address under which the handler is mounted, without a slash at the end
	ClientID     string
	ClientSecret string
	APIKey       string           // wanted in the header X-ImAuth-Apikey when set
	Now          func() time.Time // time.Now
	Logger       *slog.Logger     // none
}

// Person is somebody who can agree.
type Person struct {
	NationalID thai.NationalID
	Title      string
	GivenName  string
	FamilyName string
	BirthDate  string // as exact as the register has it
	Gender     string
	Address    string
}

// People are the made-up people. The first has all a register can have; one has only a year of birth (LOC-7),
// one no family name.
func People() []Person {
	return []Person{
		{"1234545678781", "นาย", "สมชาย", "ตัวอย่างดี", "1985-04-13", "male", "99/1 หมู่ที่ 2 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000"},
		{"3100000000004", "นางสาว", "สมหญิง", "ตัวอย่างงาม", "1992-11-02", "female", "12 ซอยตัวอย่าง 3 ถนนตัวอย่าง ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000"},
		{"1101000000017", "นาง", "บุญมี", "ตัวอย่างสูงวัย", "1954", "female", "5 หมู่ที่ 7 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000"},
		{"8100000000005", "นาย", "คำ ตัวอย่าง", "", "1990-00-00", "male", "45 หมู่ที่ 9 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000"},
	}
}

// Fault is something that goes wrong.
type Fault string

// The faults. Each holds until another, or None, is set.
const (
	None           Fault = ""
	WrongState     Fault = "wrong_state"     // the browser comes back with another state
	WrongNonce     Fault = "wrong_nonce"     // the token has another nonce
	NoNonce        Fault = "no_nonce"        // or none
	WrongAudience  Fault = "wrong_audience"  // it is for another client
	MoreAudiences  Fault = "more_audiences"  // for us and another, without saying to whom it was issued
	WrongIssuer    Fault = "wrong_issuer"    // from somebody else
	WrongSignature Fault = "wrong_signature" // signed with a key that is not published
	AlgNone        Fault = "alg_none"        // not signed
	AlgHS256       Fault = "alg_hs256"       // signed with the public key as if it were a secret
	Expired        Fault = "expired"         // too old
	IssuedLongAgo  Fault = "issued_long_ago" // still valid, but not fresh
	NoIDToken      Fault = "no_id_token"     // plain OAuth
	WrongHash      Fault = "wrong_hash"      // with another access token's hash
	BadPID         Fault = "bad_pid"         // the check digit of the national ID is wrong
	NoPID          Fault = "no_pid"          // the person did not let us know it
	TwoPeople      Fault = "two_people"      // the answer beside the token speaks of somebody else
	WrongUserInfo  Fault = "wrong_user_info" // the userinfo page speaks of somebody else
	Denied         Fault = "denied"          // the person says no
	Down           Fault = "down"            // 503 to our calls
	Hangs          Fault = "hangs"           // no answer to our calls
)

//go:embed page.html page.css
var assets embed.FS

// Provider is the ThaID that is played.
type Provider struct {
	cfg  Config
	log  *slog.Logger
	page *template.Template

	mu     sync.Mutex
	fault  Fault
	terse  bool // the ID token holds the number alone; the rest is on the userinfo page
	alg    string
	keys   []key // the newest last
	grants map[string]grant
	tokens map[string]grant // by access token
	calls  map[string]int   // to each endpoint
}

// grant is what a person agreed to.
type grant struct {
	person                     Person
	nonce, challenge, redirect string
	scopes                     []string
	until                      time.Time
}

// New returns a provider that signs with RSA, as ThaID does.
func New(c Config) (*Provider, error) {
	page, err := template.ParseFS(assets, "page.html")
	if err != nil {
		return nil, err
	}
	p := &Provider{cfg: c, log: c.Logger, page: page, alg: "RS256", grants: map[string]grant{}, tokens: map[string]grant{}, calls: map[string]int{}}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.cfg.Now == nil {
		p.cfg.Now = time.Now
	}
	return p, nil
}

// Break makes things go wrong from now on.
func (p *Provider) Break(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Terse puts no more than the number into ID tokens, as ThaID does for some agencies.
func (p *Provider) Terse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.terse = on
}

// Sign changes the algorithm, RS256 or ES256, with a new key.
func (p *Provider) Sign(alg string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alg, p.keys = alg, nil
	_, err := p.freshKey()
	return err
}

// Rotate signs with a new key from now on; the one before stays published.
func (p *Provider) Rotate() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.freshKey()
	return err
}

// Calls is how often an endpoint was called: discovery, auth, token, userinfo or jwks.
func (p *Provider) Calls(endpoint string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[endpoint]
}

// Addresses of the endpoints under the issuer, which look like ThaID's.
const (
	AuthPath     = "/api/v2/oauth2/auth/"
	TokenPath    = "/api/v2/oauth2/token/"
	UserInfoPath = "/api/v2/oauth2/userinfo/"
	KeysPath     = "/jwks/"
)

// Handler serves ThaID. It is mounted with its prefix stripped.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.counted("discovery", p.discover))
	mux.HandleFunc("GET "+AuthPath, p.counted("auth", p.showPage))
	mux.HandleFunc("POST "+AuthPath, p.counted("auth", p.decide))
	mux.HandleFunc("POST "+TokenPath, p.counted("token", p.token))
	mux.HandleFunc("GET "+UserInfoPath, p.counted("userinfo", p.userInfo))
	mux.HandleFunc("GET "+KeysPath, p.counted("jwks", p.publish))
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, assets, "page.css")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The endpoints end with a slash; callers who forget it mean the same.
		if !strings.HasSuffix(r.URL.Path, "/") && path.Ext(r.URL.Path) == "" && !strings.Contains(r.URL.Path, ".well-known") {
			r = r.Clone(r.Context())
			r.URL.Path += "/"
		}
		mux.ServeHTTP(w, r)
	})
}

// counted counts calls, and lets those that our program makes fail when they should.
func (p *Provider) counted(endpoint string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.calls[endpoint]++
		f := p.fault
		p.mu.Unlock()
		switch {
		case f == Down && endpoint != "auth":
			http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		case f == Hangs && endpoint != "auth":
			// The server notices a caller who hung up only once it has read all of what they sent.
			if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 1<<16)); err != nil {
				return
			}
			<-r.Context().Done()
		default:
			next(w, r)
		}
	}
}

// endpoint is an address of ours.
func (p *Provider) endpoint(path string) string { return p.cfg.Issuer() + path }

func (p *Provider) discover(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": p.cfg.Issuer(), "authorization_endpoint": p.endpoint(AuthPath), "token_endpoint": p.endpoint(TokenPath),
		"userinfo_endpoint": p.endpoint(UserInfoPath), "jwks_uri": p.endpoint(KeysPath), "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"pairwise"}, "id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
		"scopes_supported":                 []string{"openid", "pid", "title", "given_name", "middle_name", "family_name", "name", "birthdate", "gender", "address"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
	})
}

// agree makes a code for a person.
func (p *Provider) agree(person Person, q request) string {
	code := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grants[code] = grant{
		person: person, nonce: q.Nonce, challenge: q.Challenge, redirect: q.Redirect, scopes: q.scopes(), until: p.cfg.Now().Add(time.Minute),
	}
	return code
}

// find is the person with a national ID.
func find(id string) (Person, bool) {
	i := slices.IndexFunc(People(), func(p Person) bool { return p.NationalID.Digits() == id })
	if i < 0 {
		return Person{}, false
	}
	return People()[i], true
}
