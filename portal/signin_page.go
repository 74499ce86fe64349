package portal

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/fault"
)

// door is what every page on the way in has.
type door struct {
	own
}

// doorOf begins a page for who opened it.
func doorOf(r *http.Request, th, en string) door {
	d := door{ownOf(r, "", th, en)}
	if d.Here == "" { // it answers what was posted
		d.Here = "/me/sign-in"
	}
	return d
}

// signInPage is the page with the ways in.
type signInPage struct {
	door
	Next    string
	Problem string // what went wrong, and what to do
	Left    bool   // signed out just now
	Ended   bool   // the session ended while something was typed
	Known   bool   // somebody is signed in
	Fresh   bool   // ThaID is for another account than the one that is signed in
	Line    bool
	ThaID   bool
}

// signInWith is the page with what went wrong, if anything.
func (p *Portal) signInWith(r *http.Request, next, problem string) signInPage {
	return signInPage{door: doorOf(r, "เข้าสู่หน้าของฉัน", "Open my page"), Next: localPath(next), Problem: problem, Line: p.line != nil, ThaID: p.thaid != nil}
}

func (p *Portal) showSignIn(r *http.Request) (reply, error) {
	_, known, err := p.visitor(r)
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	page := p.signInWith(r, q.Get("next"), "")
	page.Left, page.Ended, page.Known = q.Get("done") != "", q.Get("ended") != "", known
	return html{view: "signin", keep: keepNever, data: page}, nil
}

// failed is a sign-in that came to nothing: the ways in once more, with what went wrong. Why is for the log.
func (p *Portal) failed(r *http.Request, next string, err error) (reply, error) {
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		return nil, err
	}
	p.log.WarnContext(r.Context(), "sign-in came to nothing", "route", routeOf(r), "err", err)
	return html{view: "signin", status: kind.Status(), keep: keepNever, data: p.signInWith(r, next, fault.In(err, langOf(r)))}, nil
}

// signOut ends this session, or all of the person's.
func (p *Portal) signOut(r *http.Request) (reply, error) {
	everywhere, err := field(r, "everywhere")
	if err != nil {
		return nil, err
	}
	token := citizens.SessionToken(p.cookie(r, sessionCookie))
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		s, ok, err := citizens.FindSession(ctx, tx, token, false, p.now())
		if err != nil || !ok {
			return err
		}
		if everywhere != "" {
			return citizens.CloseSessions(ctx, tx, s.Citizen)
		}
		return citizens.CloseSession(ctx, tx, token)
	})
	if err != nil {
		return nil, err
	}
	return baked{redirect("/me/sign-in?done=1"), []*http.Cookie{p.bake(sessionCookie, "", -1)}}, nil
}
