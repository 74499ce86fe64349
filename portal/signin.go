package portal

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/fault"
)

// IdentityProvider vouches for who somebody is; citizens/thaid is one. Its errors are faults.
type IdentityProvider interface {
	// Page is the address to send a browser to.
	Page(ctx context.Context, state, nonce, verifier string) (string, error)
	// Redeem turns the code that the browser brought back into who it was.
	Redeem(ctx context.Context, code, nonce, verifier string) (citizens.Attributes, error)
}

// LineLogin tells which LINE account somebody has; bot/line has one. Its errors are faults.
type LineLogin interface {
	// Page is the address to send a browser to.
	Page(ctx context.Context, state, nonce, verifier string) (string, error)
	// Redeem turns the code that the browser brought back into an account.
	Redeem(ctx context.Context, code, nonce, verifier string) (user, name string, err error)
	// Recognise reads an ID token that LINE's own app gave to a page of ours (LIFF).
	Recognise(ctx context.Context, idToken string) (user, name string, err error)
	// Provider is the provider that the login channel belongs to: accounts are one per provider.
	Provider() string
}

// Where the browser comes back to; these are registered with the other party, to the letter.
const (
	ThaIDReturn = "/me/thaid/return"
	LineReturn  = "/me/line/return"
)

// lineKind is the kind of the identities that LINE knows.
const lineKind = "line"

// Visitor is a citizen who is signed in.
type Visitor struct {
	Citizen citizens.CitizenID
	Level   citizens.Level // how well it is known who has the account: what services ask for
	Proved  citizens.Level // what was proved in this very session: what showing other accounts' data asks for
	Way     citizens.Way
}

// Owner is the name under which what the visitor sends is kept.
func (v Visitor) Owner() string { return "citizen " + strconv.FormatInt(int64(v.Citizen), 10) }

// accounts are the citizens whose requests the visitor may see: their own, and those of the same person where ThaID
// vouched for them in this session.
func (v Visitor) accounts(ctx context.Context, tx pgx.Tx, p *Portal) ([]citizens.CitizenID, error) {
	if v.Proved < citizens.Proven {
		return []citizens.CitizenID{v.Citizen}, nil
	}
	return citizens.AccountsOf(ctx, tx, v.Citizen, p.now())
}

// signInRoutes adds the ways in, for who is not signed in and for who is to be better known.
func (p *Portal) signInRoutes(r chi.Router) {
	r.Group(func(r chi.Router) {
		r.Use(p.personal)
		r.Get("/me/sign-in", p.page(p.showSignIn)) // ?next=
		r.Post("/me/sign-out", p.page(p.signOut))  // everywhere=1: every browser
		r.Get("/me/in/{token}", p.page(p.showEntry))
		r.Post("/me/in/{token}", p.page(p.enter))
		r.Post("/me/thaid", p.page(p.leaveForThaID))
		r.Get(ThaIDReturn, p.page(p.returnFromThaID))
		r.Post("/me/line", p.page(p.leaveForLine))
		r.Get(LineReturn, p.page(p.returnFromLine))
		r.Post("/me/line/token", p.page(p.signInWithToken)) // from LIFF
		r.Get("/me/verify", p.own(p.showVerifySelf))        // ?level=&next=
		r.Get("/me/identity", p.own(p.showIdentity))
		r.Post("/me/phone", p.own(p.askCode))
		r.Get("/me/phone", p.own(p.showCode)) // ?next=
		r.Post("/me/phone/code", p.own(p.checkCode))
	})
}

// personal is what pages of one person need beside what all need: nothing of them is kept, and no other site makes
// changes. Their addresses are told to ourselves alone, so that browsers say where a form comes from.
func (p *Portal) personal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "same-origin")
		w.Header().Set("Cache-Control", keepNever)
		if err := p.origin.Check(r); err != nil {
			p.page(func(*http.Request) (reply, error) {
				return nil, fault.Wrap(fault.Invalid, "คำสั่งนี้มาจากเว็บไซต์อื่น ระบบจึงไม่ทำให้ กรุณาทำรายการจากหน้านี้โดยตรง", err)
			})(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// visitor returns who is signed in; ok is false when nobody is.
func (p *Portal) visitor(r *http.Request) (v Visitor, ok bool, err error) {
	token := citizens.SessionToken(p.cookie(r, sessionCookie))
	if token == "" {
		return Visitor{}, false, nil
	}
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		s, found, err := citizens.FindSession(ctx, tx, token, true, p.now())
		if err != nil || !found {
			return err
		}
		v, ok = Visitor{Citizen: s.Citizen, Proved: s.Level, Way: s.Way}, true
		v.Level, err = citizens.LevelOf(ctx, tx, s.Citizen, p.now())
		v.Level = max(v.Level, citizens.Account)
		return err
	})
	return v, ok && err == nil, err
}

// own makes a handler of what answers somebody who is signed in. Who is not is sent to sign in, and comes back.
func (p *Portal) own(answer func(r *http.Request, v Visitor) (reply, error)) http.HandlerFunc {
	return p.page(func(r *http.Request) (reply, error) {
		v, ok, err := p.visitor(r)
		switch {
		case err != nil:
			return nil, err
		case ok:
			return answer(r, v)
		case wantsJSON(r):
			return nil, fault.New(fault.Unauthorized, "กรุณาเข้าสู่ระบบก่อน")
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			return redirect("/me/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())), nil
		default: // what was typed cannot be carried over
			return redirect("/me/sign-in?ended=1"), nil
		}
	})
}

// stepUp sends a visitor who is not known well enough for something to where they can change that, and has them come
// back; ok is false when they are.
func stepUp(r *http.Request, v Visitor, least citizens.Level) (to reply, ok bool) {
	if v.Level >= least {
		return nil, false
	}
	next := r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		next = r.URL.Path
	}
	return redirect(verifyPath(least, next)), true
}

func verifyPath(least citizens.Level, next string) string {
	return "/me/verify?" + url.Values{"level": {strconv.Itoa(int(least))}, "next": {next}}.Encode()
}

// home is where people land who came from nowhere.
const home = "/me"

// nextMost bounds the address of a page to come back to.
const nextMost = 1000

// localPath keeps a way back on our own pages, and off those that lead away.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || len(next) > nextMost || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return home
	}
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return home
	}
	clean := path.Clean(u.Path)
	for _, way := range []string{"/me/sign-out", "/me/in/", "/me/thaid", "/me/line"} {
		if strings.HasPrefix(clean, way) {
			return home
		}
	}
	u.Path, u.RawPath, u.Fragment = clean, "", ""
	return u.String()
}

// The cookies of citizens.
const (
	sessionCookie = "citizen"
	browserCookie = "browser" // binds a sign-in elsewhere to the browser that began it
)

// cookieName is the name of one of our cookies. Over https the prefix makes browsers hold it to this very host
// (ASVS 3.3.1); on a loopback address without https they would refuse it.
func (p *Portal) cookieName(name string) string {
	if p.secure {
		return "__Host-saphan-" + name
	}
	return "saphan-" + name
}

func (p *Portal) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(p.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// baked is a reply that sets or removes cookies.
type baked struct {
	reply
	cookies []*http.Cookie
}

func (b baked) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	for _, c := range b.cookies {
		http.SetCookie(w, c)
	}
	return b.reply.write(w, r, p)
}

// bake makes a cookie; maxAge is in seconds, 0 until the browser ends, below 0 removes it.
func (p *Portal) bake(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure follows the public address
		Name: p.cookieName(name), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode,
	}
}

// change runs fn in a transaction that sees every agency, as read does, and says in its name that it writes.
func (p *Portal) change(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return agencies.Everywhere(ctx, p.db, func(tx pgx.Tx) error { return fn(ctx, tx) })
}

// formMost bounds what a small form may send.
const formMost = 64 << 10

// field is a value of a posted form; next is read from there or from the address.
func field(r *http.Request, name string) (string, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, formMost)
	if err := r.ParseForm(); err != nil {
		return "", fault.Wrap(fault.Invalid, "อ่านแบบฟอร์มไม่สำเร็จ กรุณาลองใหม่อีกครั้ง", err)
	}
	return strings.TrimSpace(r.Form.Get(name)), nil
}
