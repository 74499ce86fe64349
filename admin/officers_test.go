package admin_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

var (
	joinLink   = regexp.MustCompile(`http://127\.0\.0\.1(/admin/join\?key=[A-Za-z0-9_-]+)`)
	sharedCode = regexp.MustCompile(`<code id="totp">([A-Z2-7]{32})</code>`)
)

// invites fills the form and returns the link that is shown once.
func (h heads) invites(name, email string, role agencies.Role) (link string) {
	h.t.Helper()
	got := h.b.post("/admin/officers", url.Values{"name": {name}, "email": {email}, "role": {string(role)}})
	return h.linkOn(got)
}

func (h heads) linkOn(got page) string {
	h.t.Helper()
	found := joinLink.FindStringSubmatch(html.UnescapeString(got.body))
	if got.StatusCode != http.StatusOK || found == nil {
		h.t.Fatalf("no link: %d %s", got.StatusCode, got.body)
	}
	return found[1]
}

// joins opens the link as its officer and enrols a phone; it returns what the phone shares.
func (h heads) joins(b *browser, link, password string) (shared string) {
	h.t.Helper()
	got := b.get(link)
	found := sharedCode.FindStringSubmatch(got.body)
	if got.StatusCode != http.StatusOK || found == nil || !strings.Contains(got.body, `class="qr"`) {
		h.t.Fatalf("the join page: %d %s", got.StatusCode, got.body)
	}
	if !strings.Contains(got.body, `href="otpauth://totp/Saphan:`) || !strings.Contains(got.body, "secret="+found[1]) {
		h.t.Error("whoever reads the page on the phone itself has nothing to tap")
	}
	u, err := url.Parse(link)
	h.must(err)
	code, err := agencies.TOTPCode(found[1], h.now())
	h.must(err)
	form := url.Values{"key": {u.Query().Get("key")}, "password": {password}, "again": {password}, "code": {"000000"}}
	if code == "000000" {
		form.Set("code", "000001")
	}
	if got := b.post("/admin/join", form); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "รหัส 6 หลักไม่ถูกต้อง") {
		h.t.Errorf("a wrong code: %d", got.StatusCode)
	}
	form.Set("code", code)
	form.Set("again", password+"x")
	if got := b.post("/admin/join", form); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "ไม่เหมือนกัน") || strings.Contains(got.body, password) {
		h.t.Errorf("two passwords: %d", got.StatusCode)
	}
	form.Set("again", password)
	if got := b.post("/admin/join", form); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/admin/" {
		h.t.Fatalf("joining: %d %s", got.StatusCode, got.body)
	}
	return found[1]
}

// A head invites; the officer chooses password and phone, is in, and can sign in again.
func TestInviteOfficer(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	const email, secret = "new@tb.example", "คำหลายคำต่อกัน ไม่มีใครเดา"
	link := h.invites("นายใหม่ ตัวอย่าง", email, agencies.RoleOfficer)
	if got := h.b.get("/admin/officers"); !strings.Contains(got.body, email) || !strings.Contains(got.body, "รอเปิดลิงก์") || strings.Contains(got.body, "join?key") {
		t.Error("the list does not show who was invited, or it shows the link")
	}
	b := h.browser()
	shared := h.joins(b, link, secret)
	if got := b.get("/admin/"); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "นายใหม่ ตัวอย่าง") {
		t.Errorf("the inbox after joining: %d", got.StatusCode)
	}
	for _, again := range []page{b.get(link), h.browser().get(link)} {
		if again.StatusCode != http.StatusNotFound || !strings.Contains(again.body, "ขอลิงก์ใหม่") {
			t.Errorf("the link a second time: %d", again.StatusCode)
		}
	}
	h.pass(time.Minute)
	code, err := agencies.TOTPCode(shared, h.now())
	h.must(err)
	if got := h.browser().signIn(email, secret, code); got.StatusCode != http.StatusSeeOther {
		t.Errorf("signing in again: %d", got.StatusCode)
	}
	if got := h.b.get("/admin/officers"); strings.Contains(got.body, "รอเปิดลิงก์") {
		t.Error("the list still waits")
	}
	if got := h.changes(); got != "officer invited, officer joined" {
		t.Errorf("history: %s", got)
	}
	key := strings.TrimPrefix(link, "/admin/join?key=")
	if strings.Contains(h.logs.String(), key) || strings.Contains(h.logs.String(), shared) {
		t.Error("the log tells the link or the code")
	}
}

func TestInviteOfficerRefused(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	for words, form := range map[string]url.Values{
		"อีเมลไม่ถูกต้อง":   {"name": {"นายก"}, "email": {"nobody"}, "role": {"officer"}},
		"ชื่อเจ้าหน้าที่":   {"name": {" "}, "email": {"a@tb.example"}, "role": {"officer"}},
		"ไม่รู้จักบทบาทนี้": {"name": {"นายก"}, "email": {"a@tb.example"}, "role": {"king"}},
	} {
		h.refused("/admin/officers", form, http.StatusUnprocessableEntity, words)
	}
	// Also when the address belongs to another agency's officer.
	h.refused("/admin/officers", url.Values{"name": {"นายก"}, "email": {h.stranger.Email}, "role": {"officer"}}, http.StatusConflict, "มีผู้ใช้แล้ว")
	if h.changes() != "" {
		t.Error("a refusal is in the history")
	}
	if got := h.browser().get("/admin/join?key=guess"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a guessed link: %d", got.StatusCode)
	}
	if got := h.browser().post("/admin/join", url.Values{"key": {"guess"}, "password": {password}, "again": {password}, "code": {"123456"}}); got.StatusCode != http.StatusNotFound {
		t.Errorf("joining by a guessed link: %d", got.StatusCode)
	}
}

// A head changes a role, shuts an account and opens it again, and gives a new link to whoever lost
// the phone; nobody does so to himself or to another agency's people.
func TestManageOfficers(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	path := func(o person) string { return fmt.Sprintf("/admin/officers/%d", o.ID) }
	b := h.as(h.colleague)
	h.does(path(h.colleague)+"/role", url.Values{"role": {"head"}}, "เปลี่ยนบทบาทแล้ว")
	if got := b.get("/admin/officers"); got.StatusCode != http.StatusOK {
		t.Errorf("a new head at once: %d", got.StatusCode)
	}
	h.refused(path(h.colleague)+"/role", url.Values{"role": {"king"}}, http.StatusUnprocessableEntity, "บทบาท")
	h.does(path(h.colleague)+"/disable", nil, "ปิดบัญชีแล้ว")
	if got := b.get("/admin/"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("after being shut out: %d", got.StatusCode)
	}
	h.refused(path(h.colleague)+"/invite", nil, http.StatusNotFound, "เปิดบัญชีก่อน")
	h.does(path(h.colleague)+"/enable", nil, "เปิดบัญชีอีกครั้งแล้ว")

	b = h.as(h.officer)
	link := h.linkOn(h.b.post(path(h.officer)+"/invite", nil))
	if got := b.get("/admin/"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("after the reset the session lives: %d", got.StatusCode)
	}
	h.pass(time.Minute)
	if got := h.browser().signIn(h.officer.Email, password, h.code(h.officer)); got.StatusCode == http.StatusSeeOther {
		t.Error("the old password still opens")
	}
	h.joins(h.browser(), link, "คำอื่นหลายคำ ที่ไม่เหมือนเดิม")

	for _, act := range []string{"/role", "/disable", "/enable", "/invite"} {
		form := url.Values{"role": {"viewer"}}
		h.refused(path(h.head)+act, form, http.StatusConflict, "บัญชีของท่านเอง")
		h.refused(path(h.stranger)+act, form, http.StatusNotFound, "ไม่พบเจ้าหน้าที่นี้")
	}
	if got := h.changes(); got != "officer role changed, officer disabled, officer enabled, officer reset, officer joined" {
		t.Errorf("history: %s", got)
	}
	h.everywhere(func(tx pgx.Tx) error {
		o, err := agencies.FindOfficer(h.ctx(), tx, h.stranger.ID)
		if err == nil && (o.DisabledAt != nil || o.Role != agencies.RoleHead) {
			t.Error("another agency's officer was changed")
		}
		return err
	})
}
