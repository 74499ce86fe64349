package admin

import (
	"html/template"
	"net/http"
	"net/url"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/qr"
)

// joinPage is where somebody invited chooses a password and enrols a phone.
type joinPage struct {
	chrome
	Key     string
	Invited agencies.Invited
	Code    qr.Code      // for the authenticator to scan
	Address template.URL // the same, for whoever reads the page on the phone itself
	Problem string
}

func (a *Admin) showJoin(w http.ResponseWriter, r *http.Request) {
	p, err := a.joinPage(r, r.FormValue("key"))
	if err != nil {
		a.fail(w, r, agencies.Officer{}, err)
		return
	}
	a.answer(w, r, page{view: "join", data: p})
}

func (a *Admin) joinPage(r *http.Request, key string) (joinPage, error) {
	who, err := a.sessions.Invited(r.Context(), agencies.Invitation(key))
	if err != nil {
		return joinPage{}, err
	}
	// What authenticators read; the label is what they show beside the code.
	address := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Saphan:" + who.Officer.Email, RawQuery: url.Values{
		"secret": {who.TOTP}, "issuer": {"Saphan"},
	}.Encode()}
	code, err := qr.New(address.String())
	if err != nil {
		return joinPage{}, err
	}
	return joinPage{
		chrome: chrome{Title: "เริ่มใช้งาน"}, Key: key, Invited: who, Code: code,
		Address: template.URL(address.String()), //nolint:gosec // made above: a scheme of its own, everything else escaped
	}, nil
}

func (a *Admin) join(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	if err := r.ParseForm(); err != nil {
		a.fail(w, r, agencies.Officer{}, formFault(err))
		return
	}
	entry, err := a.joined(r)
	if kind := fault.KindOf(err); err != nil && kind == fault.Invalid {
		message := fault.MessageOf(err)
		p, err := a.joinPage(r, r.PostForm.Get("key"))
		if err != nil {
			a.fail(w, r, agencies.Officer{}, err)
			return
		}
		p.Problem = message
		a.answer(w, r, page{view: "join", status: kind.Status(), data: p})
		return
	}
	if err != nil {
		a.fail(w, r, agencies.Officer{}, err)
		return
	}
	// Whoever was signed in here before is not any more (ASVS 7.2.4).
	if old := a.cookie(r, sessionCookie); old != "" {
		if err := a.sessions.SignOut(r.Context(), agencies.Token(old)); err != nil {
			a.fail(w, r, agencies.Officer{}, err)
			return
		}
	}
	a.setCookie(w, sessionCookie, string(entry.Token), 0)
	a.setCookie(w, deviceCookie, entry.Device, deviceLife)
	http.Redirect(w, r, Base+"/", http.StatusSeeOther)
}

func (a *Admin) joined(r *http.Request) (agencies.Entry, error) {
	password := r.PostForm.Get("password")
	if password != r.PostForm.Get("again") {
		return agencies.Entry{}, fault.New(fault.Invalid, "รหัสผ่านสองช่องไม่เหมือนกัน กรุณาพิมพ์ใหม่ทั้งสองช่อง")
	}
	select {
	case a.signing <- struct{}{}:
		defer func() { <-a.signing }()
	case <-r.Context().Done():
		return agencies.Entry{}, fault.Wrap(fault.Unavailable, "มีผู้ลงชื่อเข้าใช้พร้อมกันมาก กรุณาลองใหม่อีกครั้ง", r.Context().Err())
	}
	return a.sessions.Join(r.Context(), agencies.Invitation(r.PostForm.Get("key")), password, r.PostForm.Get("code"))
}
