package portal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
)

// draftCookie is how a browser is known again in which somebody fills in a form without being signed in.
const draftCookie = "draft"

// draftLife is how long, in seconds: as long as a draft waits (PDP-5).
const draftLife = 30 * 24 * 60 * 60

// filer is who fills in a form, and how well they are known.
type filer struct {
	citizens.Person
	level citizens.Level
}

// known reports whether anything can be theirs.
func (f filer) known() bool { return f.Citizen != 0 || f.Browser != "" }

// filer is who sits at the browser: a citizen who is signed in, else whoever was given a cookie before.
func (p *Portal) filer(r *http.Request) (filer, error) {
	f := filer{Person: citizens.Person{Lang: langOf(r)}}
	v, ok, err := p.visitor(r)
	if err != nil {
		return f, err
	}
	if ok {
		f.Citizen, f.level = v.Citizen, v.Level
		return f, nil
	}
	f.Browser = browserOf(p.cookie(r, draftCookie))
	return f, nil
}

// draftToken is how the cookie looks; another is as none.
func draftToken(s string) bool {
	return len(s) >= 26 && len(s) <= 64 && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'A' || c > 'Z') && (c < '2' || c > '7')
	})
}

// browserOf is a browser as it is known on our side; empty without a cookie.
func browserOf(cookie string) string {
	if !draftToken(cookie) {
		return ""
	}
	sum := sha256.Sum256([]byte("form browser " + cookie))
	return hex.EncodeToString(sum[:])
}

// newBrowser gives a browser its cookie.
func (p *Portal) newBrowser() (browser string, cookie *http.Cookie) {
	token := rand.Text()
	return browserOf(token), p.bake(draftCookie, token, draftLife)
}

// open signs a citizen in. What was filled in at this browser before is theirs from now on.
func (p *Portal) open(ctx context.Context, tx pgx.Tx, r *http.Request, old citizens.SessionToken, citizen citizens.CitizenID, level citizens.Level, way citizens.Way) (citizens.SessionToken, error) {
	session, err := citizens.OpenSession(ctx, tx, old, citizen, level, way, p.now())
	if browser := browserOf(p.cookie(r, draftCookie)); err == nil && browser != "" && p.forms != nil {
		err = p.forms.Adopt(ctx, tx, browser, citizen)
	}
	return session, err
}

// signedIn are the cookies of a browser in which somebody signed in just now: what was filled in there is theirs.
func (p *Portal) signedIn(r *http.Request, session citizens.SessionToken) []*http.Cookie {
	cookies := []*http.Cookie{p.bake(sessionCookie, string(session), 0)}
	if p.cookie(r, draftCookie) != "" {
		cookies = append(cookies, p.bake(draftCookie, "", -1))
	}
	return cookies
}

// Sender says who sends files from a page (UploadsConfig): who is signed in, or whoever has begun a form at this browser.
func (p *Portal) Sender(r *http.Request) (owner string, ok bool) {
	f, err := p.filer(r)
	if err == nil && f.Citizen == 0 && f.Browser != "" {
		var open bool
		open, err = p.hasDraft(r.Context(), f)
		if !open {
			f.Browser = ""
		}
	}
	if err != nil {
		p.log.ErrorContext(r.Context(), "session not read", "err", err)
		return "", false
	}
	return f.Owner(), f.known()
}

// hasDraft reports whether somebody has begun a form.
func (p *Portal) hasDraft(ctx context.Context, f filer) (open bool, err error) {
	if p.forms == nil {
		return false, nil
	}
	err = p.read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		all, err := p.forms.Drafts(ctx, tx, f.Person)
		open = len(all) > 0
		return err
	})
	return open, err
}

// levelOf is the level of identity that a service asks for on a page. L1, an account on a chat, is what brings the answer
// to somebody there; here the tracking page does, so that who has no LINE can ask for help too (MTH-2.5).
func levelOf(f *forms.Form) citizens.Level {
	switch f.Identity.Level {
	case "L2":
		return citizens.Checked
	case "L3":
		return citizens.Proven
	default:
		return citizens.Anonymous
	}
}

// raise sends somebody who is not known well enough for a service to where that can be changed, and has them come back
// to next; ok is false when they are. Where a level cannot be reached on line at all, an officer sees to it as with
// requests from a chat.
func (p *Portal) raise(f filer, form *forms.Form, next string) (to reply, ok bool) {
	least := levelOf(form)
	switch {
	case f.level >= least:
		return nil, false
	case f.Citizen == 0:
		return redirect("/me/sign-in?next=" + url.QueryEscape(next)), true
	case p.thaid != nil, least == citizens.Checked && p.phones:
		return redirect(verifyPath(least, next)), true
	default:
		return nil, false
	}
}

// errSignIn answers a program of the page when its person is signed in no more.
func errSignIn() error {
	return fault.New(fault.Unauthorized, "กรุณาเข้าสู่ระบบก่อน")
}
