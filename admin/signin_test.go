package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.browser()
	if got := b.get("/admin/?view=mine"); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/admin/sign-in?next=%2Fadmin%2F%3Fview%3Dmine" {
		t.Fatalf("without a session: %d %s", got.StatusCode, got.Header.Get("Location"))
	}
	got := b.post("/admin/sign-in", url.Values{
		"email": {" Officer@TB.example "}, "password": {password}, "code": {h.code(h.officer)}, "next": {"/admin/?view=mine"},
	})
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/admin/?view=mine" {
		t.Fatalf("sign in: %d %s %s", got.StatusCode, got.Header.Get("Location"), got.body)
	}
	if got := b.get("/admin/"); got.StatusCode != http.StatusOK || !strings.Contains(got.body, h.officer.Name) || !strings.Contains(got.body, h.agency.Name) {
		t.Fatalf("inbox: %d", got.StatusCode)
	}
	if got := b.get("/admin/sign-in"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the sign-in page shows to somebody who is in: %d", got.StatusCode)
	}
	if got := b.post("/admin/sign-out", nil); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign out: %d", got.StatusCode)
	}
	if got := b.get("/admin/"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("after signing out: %d", got.StatusCode)
	}
}

func TestSignInGoesNowhereElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, next := range []string{"https://evil.example/", "//evil.example/", "/elsewhere", "/admin/sign-out", "/admin/\\evil", ""} {
		b := h.browser()
		got := b.post("/admin/sign-in", url.Values{
			"email": {h.officer.Email}, "password": {password}, "code": {h.code(h.officer)}, "next": {next},
		})
		if got.Header.Get("Location") != "/admin/" {
			t.Errorf("next %q leads to %q", next, got.Header.Get("Location"))
		}
		h.pass(31 * time.Second) // a code works once
	}
}

func TestWrongSignInSaysNothingMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	said := map[string]bool{}
	for name, try := range map[string][3]string{
		"unknown": {"nobody@tb.example", password, h.code(h.officer)}, "password": {h.officer.Email, "wrong password", h.code(h.officer)},
		"code": {h.officer.Email, password, "000000"}, "nothing": {h.officer.Email, "", ""},
	} {
		got := h.browser().signIn(try[0], try[1], try[2])
		if got.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got.StatusCode)
		}
		if strings.Contains(got.body, password) || strings.Contains(got.body, "wrong password") {
			t.Errorf("%s: the password stands in the page", name)
		}
		_, problem, _ := strings.Cut(got.body, `id="problem">`)
		problem, _, _ = strings.Cut(problem, "</p>")
		said[problem] = true
	}
	if len(said) != 1 {
		t.Errorf("the answers tell wrong things apart: %v", said)
	}
}

// ASVS 6.3.1: guessing is slowed down, and the owner gets in from the usual computer meanwhile.
func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	usual := h.as(h.officer)
	if got := usual.post("/admin/sign-out", nil); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.StatusCode)
	}
	h.pass(31 * time.Second)
	attacker := h.browser()
	refused := 0
	for range 100 {
		if got := attacker.signIn(h.officer.Email, "a wrong guess", "123456"); got.StatusCode == http.StatusTooManyRequests {
			refused++
			if got.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if refused < 90 {
		t.Errorf("%d of 100 guesses were refused without looking", refused)
	}
	if got := usual.signIn(h.officer.Email, password, h.code(h.officer)); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the owner is locked out of the usual computer: %d", got.StatusCode)
	}
	h.pass(2 * time.Minute)
	if got := attacker.signIn(h.officer.Email, password, h.code(h.officer)); got.StatusCode != http.StatusSeeOther {
		t.Errorf("after waiting: %d", got.StatusCode)
	}
	if strings.Contains(h.logs.String(), "@") {
		t.Error("an e-mail address stands in the log")
	}
}

// ASVS 7.2.4, 7.3.1, 7.3.2, 7.4.1, 7.4.2, 7.4.3.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	in := func(b *browser) bool { return b.get("/admin/").StatusCode == http.StatusOK }
	t.Run("after half an hour of nothing", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		b := h.as(h.officer)
		for range 4 {
			h.pass(20 * time.Minute)
			if !in(b) {
				t.Fatal("ended although it was used")
			}
		}
		h.pass(10 * time.Minute)
		if got := b.get("/admin/list", asHTMX()...); got.StatusCode != http.StatusOK {
			t.Fatalf("refresh: %d", got.StatusCode)
		}
		h.pass(25 * time.Minute)
		if in(b) {
			t.Error("a page that refreshes itself kept the session alive")
		}
	})
	t.Run("after twelve hours", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		b := h.as(h.officer)
		for range 35 {
			h.pass(20 * time.Minute)
			if !in(b) {
				t.Fatal("ended early")
			}
		}
		h.pass(21 * time.Minute)
		if in(b) {
			t.Error("lives longer than twelve hours")
		}
	})
	t.Run("everywhere at once", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		one := h.as(h.officer)
		h.pass(31 * time.Second)
		two := h.as(h.officer)
		other := h.as(h.colleague)
		if got := one.post("/admin/sign-out-everywhere", nil); got.StatusCode != http.StatusSeeOther {
			t.Fatal(got.StatusCode)
		}
		if in(one) || in(two) || !in(other) {
			t.Error("not exactly the officer's own sessions ended")
		}
	})
	t.Run("with the officer", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		b := h.as(h.officer)
		h.everywhere(func(tx pgx.Tx) error { return agencies.DisableOfficer(h.ctx(), tx, h.officer.ID, h.now()) })
		if in(b) {
			t.Error("a disabled officer is still in")
		}
		h.pass(31 * time.Second)
		if got := h.browser().signIn(h.officer.Email, password, h.code(h.officer)); got.StatusCode != http.StatusUnauthorized {
			t.Errorf("a disabled officer signs in: %d", got.StatusCode)
		}
	})
	t.Run("with the next sign-in", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		b := h.as(h.officer)
		before := b.token(t)
		h.pass(31 * time.Second)
		b.signIn(h.officer.Email, password, h.code(h.officer))
		after := b.token(t)
		if before == after {
			t.Error("the session kept its name")
		}
		old := h.browser()
		old.give("saphan-session", before)
		if in(old) {
			t.Error("the session before still lives")
		}
	})
}

// token is the browser's session cookie.
func (b *browser) token(t *testing.T) string {
	t.Helper()
	for _, c := range b.client.Jar.Cookies(b.base()) {
		if strings.HasSuffix(c.Name, "saphan-session") {
			return c.Value
		}
	}
	t.Fatal("no session cookie")
	return ""
}

func (b *browser) base() *url.URL {
	u, err := url.Parse(b.h.server.URL)
	b.h.must(err)
	return u
}

// give puts a cookie into the browser.
func (b *browser) give(name, value string) {
	b.client.Jar.SetCookies(b.base(), []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// ASVS 3.3.1, 3.3.2, 3.3.4: what the cookies are made of.
func TestCookies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		prefix string
		secure bool
		opts   []option
	}{{"https", "__Host-saphan-", true, []option{secured}}, {"loopback", "saphan-", false, nil}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, tt.opts...)
			got := h.browser().signIn(h.officer.Email, password, h.code(h.officer))
			cookies := got.Cookies()
			if len(cookies) != 2 {
				t.Fatalf("%d cookies", len(cookies))
			}
			for _, c := range cookies {
				if !strings.HasPrefix(c.Name, tt.prefix) || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
					t.Errorf("cookie %s", c)
				}
			}
			if hsts := got.Header.Get("Strict-Transport-Security"); (hsts != "") != tt.secure {
				t.Errorf("Strict-Transport-Security %q", hsts)
			}
		})
	}
}
