package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/portal"
)

// A link from the chat lets in once, after a tap, and leads to what it was made for.
func TestEntryFromTheChat(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	c, link := e.chatter(t, "U1", "/services/SN/hazardous-business?draft=7")
	for range 3 { // previews, and the person looking
		status, _, page := e.do(t, link, nil)
		holds(t, page, `<form method="post" action="`+link+`">`, "เข้าสู่หน้าของฉัน")
		if status != http.StatusOK || e.who(t) != "" {
			t.Fatal("looking at the link uses it")
		}
	}
	if status, to, _ := e.do(t, link, url.Values{}); status != http.StatusSeeOther || to != "/services/SN/hazardous-business?draft=7" {
		t.Errorf("the tap leads to %q (%d)", to, status)
	}
	if got, level, proved := e.level(t); got != c || level != 1 || proved != 1 {
		t.Errorf("signed in as %d, level %d, proved %d", got, level, proved)
	}
	first := e.cookie("saphan-citizen")
	if status, to, _ := e.do(t, link, nil); status != http.StatusSeeOther || to != "/services/SN/hazardous-business?draft=7" {
		t.Errorf("the same link again in the same browser: %d, %q", status, to)
	}
	// Elsewhere it is used up.
	other := &entrance{stand: e.stand, client: e.browser(t)}
	for _, form := range []url.Values{nil, {}} {
		status, _, page := other.do(t, link, form)
		if status != http.StatusForbidden || other.who(t) != "" {
			t.Errorf("in another browser: %d", status)
		}
		holds(t, page, "ลิงก์นี้ใช้ไปแล้วหรือหมดอายุ", "ขอลิงก์ใหม่ในแชต", "เข้าด้วย ThaID")
	}
	// The same citizen's next link keeps the session; another citizen's replaces it, and ends the one before.
	_, link = e.chatter(t, "U1", "/me")
	if e.do(t, link, url.Values{}); e.cookie("saphan-citizen") != first {
		t.Error("a second link of the same citizen changed the session")
	}
	second, link := e.chatter(t, "U2", "//evil.example.com/x")
	if _, to, _ := e.do(t, link, url.Values{}); to != "/me" {
		t.Errorf("a link leads to %q", to)
	}
	if got, _, _ := e.level(t); got != second || e.cookie("saphan-citizen") == first {
		t.Errorf("signed in as %d, want %d", got, second)
	}
	_, late := e.chatter(t, "U1", "/me")
	e.later(citizens.EntryLife)
	for _, bad := range []string{late, "/me/in/AAAAAAAAAAAAAAAAAAAAAAAAAA", "/me/in/x", "/me/in/" + strings.Repeat("A", 200)} {
		if status, _, _ := other.do(t, bad, url.Values{}); status != http.StatusForbidden {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

// Level 2: a service sends the person to prove a telephone, and has them back.
func TestPhoneCode(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	c, link := e.chatter(t, "U1", "/me")
	e.do(t, link, url.Values{})
	status, to, _ := e.do(t, "/me/test?least=2&x=1", nil)
	if want := "/me/verify?level=2&next=" + url.QueryEscape("/me/test?least=2&x=1"); status != http.StatusSeeOther || to != want {
		t.Fatalf("the service sends to %q (%d), want %q", to, status, want)
	}
	_, _, page := e.do(t, to, nil)
	holds(t, page, "เบอร์โทรศัพท์มือถือ", "ยืนยันด้วย ThaID", "ที่หน่วยงาน", `value="/me/test?least=2&amp;x=1"`)
	status, _, page = e.do(t, "/me/phone", url.Values{"phone": {"02 123 4567"}, "next": {"/me/test"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a fixed line: %d", status)
	}
	holds(t, page, "เบอร์โทรศัพท์มือถือในประเทศไทย", `value="02 123 4567"`, `aria-invalid="true"`)
	status, to, _ = e.do(t, "/me/phone", url.Values{"phone": {"081-234-5678"}, "next": {"/me/test?least=2"}})
	if status != http.StatusSeeOther || to != "/me/phone?next=%2Fme%2Ftest%3Fleast%3D2" {
		t.Fatalf("after asking: %d, %q", status, to)
	}
	_, _, page = e.do(t, to, nil)
	holds(t, page, "5678", `autocomplete="one-time-code"`)
	hides(t, page, "0812345678", "+66812345678")
	status, _, page = e.do(t, "/me/phone", url.Values{"phone": {"081-234-5678"}})
	if status != http.StatusTooManyRequests {
		t.Errorf("at once again: %d", status)
	}
	holds(t, page, "ขอรหัสหลายครั้งติดกัน")
	code := e.code(t)
	wrong := "111111"
	if code == wrong {
		wrong = "222222"
	}
	for left := 4; left > 0; left-- {
		status, _, page = e.do(t, "/me/phone/code", url.Values{"code": {wrong}})
		if status != http.StatusUnprocessableEntity || e.cookie("saphan-citizen") == "" {
			t.Errorf("a wrong code: %d", status)
		}
		holds(t, page, fmt.Sprintf("เหลืออีก %d ครั้ง", left))
	}
	before := e.cookie("saphan-citizen")
	if status, to, _ := e.do(t, "/me/phone/code", url.Values{"code": {code}, "next": {"/me/test?least=2"}}); status != http.StatusSeeOther || to != "/me/test?least=2" {
		t.Errorf("the right code leads to %q (%d)", to, status)
	}
	if got, level, proved := e.level(t); got != c || level != 2 || proved != 2 || e.cookie("saphan-citizen") == before {
		t.Errorf("citizen %d is at level %d, proved %d", got, level, proved)
	}
	if status, _, page := e.do(t, "/me/test?least=2", nil); status != http.StatusOK || page == "" {
		t.Errorf("the service still refuses: %d", status)
	}
	// Level 3 is another matter: the telephone is not offered for it.
	_, to, _ = e.do(t, "/me/test?least=3", nil)
	_, _, page = e.do(t, to, nil)
	holds(t, page, "ยืนยันด้วย ThaID")
	hides(t, page, "เบอร์โทรศัพท์มือถือ", "ที่หน่วยงาน")
	// Tried too often: another code must be asked for.
	e.later(time.Minute)
	e.do(t, "/me/phone", url.Values{"phone": {"081-234-5678"}})
	for range 5 {
		status, _, page = e.do(t, "/me/phone/code", url.Values{"code": {"x"}})
	}
	if status != http.StatusUnprocessableEntity {
		t.Errorf("the fifth wrong code: %d", status)
	}
	holds(t, page, "กรุณาขอรหัสใหม่", `action="/me/phone"`)
	if strings.Contains(e.log.String(), "81234") || strings.Contains(e.log.String(), code) {
		t.Error("the log holds the number or the code")
	}
	// A session later is at level 1 again for itself, and the account is still known.
	e.client = e.browser(t)
	_, link = e.chatter(t, "U1", "/me")
	e.do(t, link, url.Values{})
	if _, level, proved := e.level(t); level != 2 || proved != 1 {
		t.Errorf("next time: level %d, proved %d", level, proved)
	}
}

// code reads the code that waits to be sent.
func (e *entrance) code(t *testing.T) (code string) {
	t.Helper()
	e.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		var id citizens.CodeID
		if err := tx.QueryRow(ctx, `SELECT max(id) FROM phone_codes`).Scan(&id); err != nil {
			return err
		}
		text, ok, err := citizens.TextOf(ctx, tx, e.box, id, e.now())
		if !ok {
			t.Error("no code waits to be sent")
		}
		code = regexp.MustCompile(`[0-9]{6}`).FindString(text.Words)
		return err
	})
	return code
}

// Other sites make no changes, sessions end, and nobody is led away.
func TestSessionsOfCitizens(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	if status, to, _ := e.do(t, "/me/identity?x=1", nil); status != http.StatusSeeOther || to != "/me/sign-in?next=%2Fme%2Fidentity%3Fx%3D1" {
		t.Errorf("a stranger is sent to %q (%d)", to, status)
	}
	if status, to, _ := e.do(t, "/me/phone", url.Values{"phone": {"0812345678"}}); status != http.StatusSeeOther || to != "/me/sign-in?ended=1" {
		t.Errorf("a stranger's form: %d, %q", status, to)
	}
	if status, _, page := e.do(t, "/me/identity", nil, "Accept: application/json"); status != http.StatusUnauthorized || !strings.Contains(page, `"kind":"unauthorized"`) {
		t.Errorf("a stranger's program: %d %s", status, page)
	}
	_, link := e.chatter(t, "U1", "/me")
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"} {
		if status, _, _ := e.do(t, link, url.Values{}, header, "Origin: https://evil.example.com"); status != http.StatusUnprocessableEntity || e.who(t) != "" {
			t.Errorf("another site signed somebody in: %d", status)
		}
	}
	e.do(t, link, url.Values{})
	for _, path := range []string{"/me/sign-out", "/me/phone", "/me/thaid", "/me/line", "/me/phone/code", "/me/line/token"} {
		if status, _, page := e.do(t, path, url.Values{}, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example.com"); status != http.StatusUnprocessableEntity {
			t.Errorf("%s from another site: %d", path, status)
		} else {
			holds(t, page, "คำสั่งนี้มาจากเว็บไซต์อื่น")
		}
	}
	if e.who(t) == "" {
		t.Fatal("another site signed somebody out")
	}
	for next, want := range map[string]string{
		"/me/identity": "/me/identity", "/services/SN/x?a=1&b=ก": "/services/SN/x?a=1&amp;b=%e0%b8%81", "https://evil.example.com": "/me", "//evil.example.com": "/me", `/\evil.example.com`: "/me",
		"/me/sign-out": "/me", "/me/../me/in/x": "/me", "/me/verify?level=2": "/me/verify?level=2", "javascript:alert(1)": "/me", "": "/me", "/\tevil": "/me", "evil": "/me", "/" + strings.Repeat("a", 2000): "/me", "/a/../../b": "/b",
	} {
		if _, _, page := e.do(t, "/me/sign-in?next="+url.QueryEscape(next), nil); !strings.Contains(page, `href="`+want+`"`) {
			t.Errorf("next=%q does not lead to %q", next, want)
		}
	}
	// Both time-outs.
	e.later(citizens.SessionIdle - time.Second)
	if e.who(t) == "" {
		t.Error("ended before its time")
	}
	e.later(citizens.SessionIdle)
	if e.who(t) != "" {
		t.Error("an idle session goes on")
	}
	_, link = e.chatter(t, "U1", "/me")
	e.do(t, link, url.Values{})
	for passed := time.Duration(0); passed < citizens.SessionLife; passed += 50 * time.Minute {
		e.later(50 * time.Minute)
		_ = e.who(t)
	}
	if e.who(t) != "" {
		t.Error("a session goes on for ever")
	}
	// Everywhere.
	_, link = e.chatter(t, "U1", "/me")
	e.do(t, link, url.Values{})
	first := e.client
	e.client = e.browser(t)
	_, link = e.chatter(t, "U1", "/me")
	e.do(t, link, url.Values{})
	e.do(t, "/me/sign-out", url.Values{"everywhere": {"1"}})
	if e.client = first; e.who(t) != "" {
		t.Error("signed out everywhere, and still in elsewhere")
	}
}

// Over https the cookies are held to this very host.
func TestCookiesOverHTTPS(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	e.serve(t, e.logger()) // BASE_URL is https
	_, link := e.chatter(t, "U1", "/me")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.server.URL+link, http.NoBody)
	must(t, err)
	res, err := e.browser(t).Do(req)
	must(t, err)
	must(t, res.Body.Close())
	cookies := res.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	c := cookies[0]
	if c.Name != "__Host-saphan-citizen" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
		t.Errorf("cookie %+v", c)
	}
}

// What is not configured is not offered, and says so.
func TestWaysThatAreNotThere(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	e.serve(t, e.logger())
	_, _, page := e.do(t, "/me/sign-in", nil)
	holds(t, page, "จากแชต LINE")
	hides(t, page, "/me/thaid", "/me/line")
	for _, path := range []string{"/me/thaid", "/me/line", "/me/line/token"} {
		if status, _, _ := e.do(t, path, url.Values{}); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, path := range []string{portal.ThaIDReturn, portal.LineReturn} {
		if status, _, _ := e.do(t, path, nil); status != http.StatusForbidden {
			t.Errorf("%s: %d", path, status)
		}
	}
}
