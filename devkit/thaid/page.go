package thaid

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is what a client asks of a person.
type request struct {
	Client, Redirect, State, Nonce, Scope, Challenge, Method, Response string
}

func readRequest(r *http.Request) request {
	q := r.URL.Query()
	return request{
		Client: q.Get("client_id"), Redirect: q.Get("redirect_uri"), State: q.Get("state"), Nonce: q.Get("nonce"), Scope: q.Get("scope"),
		Challenge: q.Get("code_challenge"), Method: q.Get("code_challenge_method"), Response: q.Get("response_type"),
	}
}

func (q request) scopes() []string { return strings.Fields(q.Scope) }

// back is the address that the browser is sent back to.
func (q request) back(values url.Values) string {
	u, err := url.Parse(q.Redirect)
	if err != nil {
		return ""
	}
	all := u.Query()
	for name, v := range values {
		all[name] = v
	}
	u.RawQuery = all.Encode()
	return u.String()
}

// wrong says what is wrong with a request, in the code of RFC 6749; own is set when the browser must not be sent
// back with it.
func (p *Provider) wrong(q request) (code string, own bool) {
	u, err := url.Parse(q.Redirect)
	switch {
	case q.Client != p.cfg.ClientID:
		return "unauthorized_client", true
	case err != nil || u.Host == "" || u.Fragment != "":
		return "invalid_request", true
	case q.Response != "code":
		return "unsupported_response_type", false
	case q.State == "" || q.Challenge != "" && q.Method != "S256":
		return "invalid_request", false
	case !slices.Contains(q.scopes(), "pid"):
		return "invalid_scope", false
	}
	return "", false
}

// asked is what a scope means to the person.
var asked = map[string]string{
	"pid": "เลขประจำตัวประชาชน", "title": "คำนำหน้าชื่อ", "given_name": "ชื่อ", "family_name": "นามสกุล", "birthdate": "วันเกิด", "gender": "เพศ", "address": "ที่อยู่ตามทะเบียนบ้าน",
}

// pageData is what the page shows.
type pageData struct {
	Base   string
	Asked  []string
	People []shownPerson
	Wrong  string
}

type shownPerson struct {
	ID, Masked, Name, Initial string
}

func (p *Provider) showPage(w http.ResponseWriter, r *http.Request) {
	q := readRequest(r)
	data := pageData{Base: p.cfg.Issuer()}
	status := http.StatusOK
	switch code, own := p.wrong(q); {
	case own:
		data.Wrong, status = code, http.StatusBadRequest
	case code != "":
		http.Redirect(w, r, q.back(url.Values{"error": {code}, "state": {q.State}}), http.StatusFound)
		return
	}
	for _, scope := range q.scopes() {
		if words := asked[scope]; words != "" {
			data.Asked = append(data.Asked, words)
		}
	}
	for _, one := range People() {
		data.People = append(data.People, shownPerson{
			one.NationalID.Digits(), one.NationalID.String(), strings.TrimSpace(one.Title + one.GivenName + " " + one.FamilyName), initial(one.GivenName),
		})
	}
	var b bytes.Buffer
	if err := p.page.Execute(&b, data); err != nil {
		p.log.ErrorContext(r.Context(), "ThaID that is played: page", "err", err)
		http.Error(w, "แสดงหน้านี้ไม่ได้", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	// No form-action: browsers hold it against where the browser is sent back to, too.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// initial is the first character of a name, without a vowel that is written before it.
func initial(name string) string {
	return string([]rune(strings.TrimLeft(name, "เแโใไ"))[:1])
}

// decide takes what the person tapped.
func (p *Provider) decide(w http.ResponseWriter, r *http.Request) {
	q := readRequest(r)
	if code, _ := p.wrong(q); code != "" {
		http.Error(w, code, http.StatusBadRequest)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	person, known := find(r.PostFormValue("pid"))
	p.mu.Lock()
	f := p.fault
	p.mu.Unlock()
	values := url.Values{"state": {q.State}}
	if f == WrongState {
		values.Set("state", "AAAAAAAAAAAAAAAAAAAAAAAAAA")
	}
	if !known || f == Denied {
		values.Set("error", "access_denied")
	} else {
		values.Set("code", p.agree(person, q))
	}
	http.Redirect(w, r, q.back(values), http.StatusFound)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(b)
}
