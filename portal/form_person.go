package portal

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// draftCookie is how a browser is known again in which somebody fills in a form without being signed in.
const draftCookie = citizens.BrowserCookie

// draftLife is how long, in seconds: as long as a draft waits (PDP-5).
const draftLife = 30 * 24 * 60 * 60

// filer is who fills in a form, and how well they are known.
type filer struct {
	citizens.Person
	level  citizens.Level
	filing tickets.Filing // that an officer fills in here for somebody; zero: everybody fills in their own
}

// forOther reports whether an officer fills in for somebody.
func (f filer) forOther() bool { return f.filing.ID != 0 }

// known reports whether anything can be theirs.
func (f filer) known() bool { return f.Citizen != 0 || f.Browser != "" }

// filer is who sits at the browser: a citizen who is signed in, else whoever was given a cookie before.
func (p *Portal) filer(r *http.Request) (filer, error) {
	f := filer{Person: citizens.Person{Lang: langOf(r)}}
	if cookie := p.cookie(r, draftCookie); citizens.OfOfficer(cookie) {
		if err := p.sitting(r.Context(), citizens.BrowserOf(cookie), &f); err != nil || f.forOther() {
			return f, err
		}
	}
	v, ok, err := p.visitor(r)
	if err != nil {
		return f, err
	}
	if ok {
		f.Citizen, f.level = v.Citizen, v.Level
		return f, nil
	}
	if cookie := p.cookie(r, draftCookie); !citizens.OfOfficer(cookie) {
		f.Browser = citizens.BrowserOf(cookie)
	}
	return f, nil
}

// sitting notes that an officer fills in here for somebody (MTH-1.3). Whom they have before them is the officer's to say,
// so no level is asked for; what the service asks for stands on the checklist of the case.
func (p *Portal) sitting(ctx context.Context, browser string, f *filer) error {
	if browser == "" {
		return nil
	}
	return p.read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		filing, err := tickets.FilingAt(ctx, tx, browser)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		f.filing, f.Browser, f.level = filing, browser, citizens.Proven
		return err
	})
}

// newBrowser gives a browser its cookie.
func (p *Portal) newBrowser() (browser string, cookie *http.Cookie) {
	token := rand.Text()
	return citizens.BrowserOf(token), p.bake(draftCookie, token, draftLife)
}

// open signs a citizen in. What was filled in at this browser before is theirs from now on.
func (p *Portal) open(ctx context.Context, tx pgx.Tx, r *http.Request, old citizens.SessionToken, citizen citizens.CitizenID, level citizens.Level, way citizens.Way) (citizens.SessionToken, error) {
	session, err := citizens.OpenSession(ctx, tx, old, citizen, level, way, p.now())
	if cookie := p.cookie(r, draftCookie); err == nil && !citizens.OfOfficer(cookie) && citizens.BrowserOf(cookie) != "" && p.forms != nil {
		err = p.forms.Adopt(ctx, tx, citizens.BrowserOf(cookie), citizen)
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
