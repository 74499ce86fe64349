package admin

import (
	"net/http"
	"strings"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/network"
)

// signInPage is the page on which officers sign in.
type signInPage struct {
	chrome
	Next    string
	Email   string
	Problem string
	Done    bool // signed out just now
}

// deviceLife is how long a browser is remembered as a usual place of work, in seconds.
const deviceLife = 180 * 24 * 60 * 60

func (a *Admin) showSignIn(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.FormValue("next"))
	_, ok, err := a.officer(r, true)
	switch {
	case err != nil:
		a.fail(w, r, agencies.Officer{}, err)
	case ok:
		http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // localPath lets nothing else through
	default:
		a.answer(w, r, page{view: "signin", data: signInPage{
			chrome: chrome{Title: "ลงชื่อเข้าใช้"}, Next: next, Done: r.FormValue("done") != "",
		}})
	}
}

func (a *Admin) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	if err := r.ParseForm(); err != nil {
		a.fail(w, r, agencies.Officer{}, formFault(err))
		return
	}
	next := localPath(r.PostForm.Get("next"))
	entry, err := a.letIn(r)
	if err != nil {
		a.signInFailed(w, r, next, err)
		return
	}
	// A session that was in the browser before is not carried on (ASVS 7.2.4).
	if old := a.cookie(r, sessionCookie); old != "" {
		if err := a.sessions.SignOut(r.Context(), agencies.Token(old)); err != nil {
			a.fail(w, r, agencies.Officer{}, err)
			return
		}
	}
	a.setCookie(w, sessionCookie, string(entry.Token), 0)
	a.setCookie(w, deviceCookie, entry.Device, deviceLife)
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // localPath lets nothing else through
}

func (a *Admin) letIn(r *http.Request) (agencies.Entry, error) {
	select {
	case a.signing <- struct{}{}:
		defer func() { <-a.signing }()
	case <-r.Context().Done():
		return agencies.Entry{}, fault.Wrap(fault.Unavailable, "มีผู้ลงชื่อเข้าใช้พร้อมกันมาก กรุณาลองใหม่อีกครั้ง", r.Context().Err())
	}
	return a.sessions.SignIn(r.Context(), agencies.Credentials{
		Email: r.PostForm.Get("email"), Password: r.PostForm.Get("password"), Code: r.PostForm.Get("code"),
		Address: network.Of(r.RemoteAddr), Device: a.cookie(r, deviceCookie),
	})
}

// signInFailed shows the page again with what to do; the password and the code are typed anew.
func (a *Admin) signInFailed(w http.ResponseWriter, r *http.Request, next string, err error) {
	status := http.StatusUnauthorized
	switch kind := fault.KindOf(err); {
	case tooSoon(w, err):
		status = http.StatusTooManyRequests
	case kind != fault.Unauthorized:
		a.fail(w, r, agencies.Officer{}, err)
		return
	}
	a.answer(w, r, page{view: "signin", status: status, data: signInPage{
		chrome: chrome{Title: "ลงชื่อเข้าใช้"}, Next: next, Email: r.PostForm.Get("email"), Problem: fault.MessageOf(err),
	}})
}

func (a *Admin) signOut(w http.ResponseWriter, r *http.Request) {
	if token := a.cookie(r, sessionCookie); token != "" {
		if err := a.sessions.SignOut(r.Context(), agencies.Token(token)); err != nil {
			a.fail(w, r, agencies.Officer{}, err)
			return
		}
	}
	a.leave(w, r)
}

func (a *Admin) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	officer, ok, err := a.officer(r, false)
	if err == nil && ok {
		err = a.sessions.SignOutEverywhere(r.Context(), officer.ID)
	}
	if err != nil {
		a.fail(w, r, officer, err)
		return
	}
	a.leave(w, r)
}

func (a *Admin) leave(w http.ResponseWriter, r *http.Request) {
	a.setCookie(w, sessionCookie, "", -1)
	http.Redirect(w, r, Base+"/sign-in?done=1", http.StatusSeeOther)
}

// localPath keeps a way back inside these screens: anything else leads to the inbox.
func localPath(p string) string {
	if !strings.HasPrefix(p, Base+"/") || strings.HasPrefix(p, Base+"/sign-") || strings.ContainsAny(p, "\\\r\n") {
		return Base + "/"
	}
	return p
}
