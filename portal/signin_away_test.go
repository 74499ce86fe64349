package portal_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	played "saphan/devkit/thaid"
	"saphan/portal"
)

// STD-9, SEED-19: ThaID signs in, raises an account, and comes back to where the person was.
func TestThaID(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	e.signIn(t, 0, "/services/SN/x?a=1")
	alone, level, proved := e.level(t)
	if level != 3 || proved != 3 {
		t.Errorf("level %d, proved %d", level, proved)
	}
	_, _, page := e.do(t, "/me/identity", nil)
	holds(t, page, "ThaID: นายสมชาย ตัวอย่างดี 1-2345-xxxxx-xx-1", "ยืนยันตัวตนด้วย ThaID แล้ว")
	hides(t, page, "1234545678781", "1-2345-45678-78-1")
	before := e.cookie("saphan-citizen")
	if _, to, _ := e.do(t, "/me/sign-out", url.Values{}); to != "/me/sign-in?done=1" || e.who(t) != "" || e.cookie("saphan-citizen") != "" {
		t.Error("signed out, and still in")
	}
	e.client.Jar.SetCookies(nil, []*http.Cookie{{Name: "saphan-citizen", Value: before}})
	if e.who(t) != "" {
		t.Error("the token of the session that ended still opens")
	}
	e.signIn(t, 0, "/me")
	if got, _, _ := e.level(t); got != alone {
		t.Errorf("the same person came back as %d, before %d", got, alone)
	}
	// An account from the chat is raised, and stays the account it is; its token changes.
	chat, link := e.chatter(t, "U1", "/me")
	e.do(t, link, url.Values{})
	low := e.cookie("saphan-citizen")
	e.signIn(t, 0, "/me/test")
	if got, level, proved := e.level(t); got != chat || level != 3 || proved != 3 || e.cookie("saphan-citizen") == low {
		t.Errorf("account %d became %d, level %d, proved %d", chat, got, level, proved)
	}
	e.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := citizens.AccountsOf(ctx, tx, chat, e.now())
		if !slices.Equal(all, []citizens.CitizenID{alone, chat}) {
			t.Errorf("accounts %v, want %d and %d", all, alone, chat)
		}
		return err
	})
	// Another person on that account is refused, and offered an account of their own.
	status, _, page := e.do(t, e.agree(t, e.leave(t, "thaid", "/me"), 1), nil)
	if status != http.StatusConflict {
		t.Errorf("another person on the account: %d", status)
	}
	holds(t, page, "ยืนยันไว้แล้วว่าเป็นของอีกคนหนึ่ง", `name="fresh" value="1"`)
	if got, _, _ := e.level(t); got != chat {
		t.Errorf("signed in as %d", got)
	}
	if status, to, _ := e.do(t, e.agree(t, e.leave(t, "thaid", "/me", "fresh"), 1), nil); status != http.StatusSeeOther || to != "/me" {
		t.Errorf("with an account of their own: %d", status)
	}
	if got, _, _ := e.level(t); got == chat || got == alone {
		t.Error("the other person is on the account")
	}
	// The log says nothing about anybody.
	for _, word := range []string{"สมชาย", "1234545678781", "สมหญิง"} {
		if strings.Contains(e.log.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
}

// Whatever goes wrong on the way, nobody is signed in, and the page says kindly what to do.
func TestThaIDRefused(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	refused := func(what string, status int, page string, want int, words ...string) {
		t.Helper()
		if status != want || e.who(t) != "" {
			t.Errorf("%s: %d, signed in %q", what, status, e.who(t))
		}
		holds(t, page, append(words, "เข้าด้วย ThaID", "<h1>เข้าสู่หน้าของฉัน</h1>")...)
	}
	for _, f := range []played.Fault{
		played.WrongNonce, played.WrongAudience, played.WrongIssuer, played.WrongSignature, played.AlgNone, played.Expired, played.NoIDToken, played.BadPID,
	} {
		e.thaid.Break(f)
		status, _, page := e.do(t, e.agree(t, e.leave(t, "thaid", "/me"), 0), nil)
		words := "ยืนยันตัวตนกับ ThaID ไม่สำเร็จ กรุณาเริ่มใหม่"
		if f == played.BadPID {
			words = "ThaID ไม่ได้ส่งเลขประจำตัวประชาชนที่ถูกต้องมา"
		}
		refused(string(f), status, page, http.StatusForbidden, words)
	}
	e.thaid.Break(played.WrongState)
	status, _, page := e.do(t, e.agree(t, e.leave(t, "thaid", "/me"), 0), nil)
	refused("another state", status, page, http.StatusForbidden, "กรุณาเริ่มใหม่จากหน้านี้")
	e.thaid.Break(played.None)
	status, _, page = e.do(t, e.agree(t, e.leave(t, "thaid", "/me"), -1), nil)
	refused("no", status, page, http.StatusForbidden, "ท่านยังไม่ได้อนุญาต")
	back := e.agree(t, e.leave(t, "thaid", "/me"), 0)
	e.thaid.Break(played.Down)
	status, _, page = e.do(t, back, nil)
	refused("ThaID is away", status, page, http.StatusServiceUnavailable, "ติดต่อระบบ ThaID ไม่ได้")
	e.thaid.Break(played.None)
	status, _, page = e.do(t, back, nil)
	refused("a state again", status, page, http.StatusForbidden)
	late := e.agree(t, e.leave(t, "thaid", "/me"), 0)
	e.later(citizens.DepartureLife)
	status, _, page = e.do(t, late, nil)
	refused("too late", status, page, http.StatusForbidden, "หมดเวลา")
	// Somebody else's way back, as a trick would have it: it opens nothing here, and is used up there.
	mine, theirs := e.client, e.browser(t)
	e.client = theirs
	forged := e.agree(t, e.leave(t, "thaid", "/me"), 1)
	e.client = mine
	status, _, page = e.do(t, forged, nil)
	refused("another browser's", status, page, http.StatusForbidden, "อุปกรณ์อื่น")
	e.client = theirs
	status, _, page = e.do(t, forged, nil)
	refused("another browser's, afterwards", status, page, http.StatusForbidden)
	for _, path := range []string{"/me/thaid/return", "/me/thaid/return?state=x&code=y", "/me/thaid/return?error=server_error"} {
		status, _, page = e.do(t, path, nil)
		refused(path, status, page, http.StatusForbidden)
	}
	// Signed out between: the account that was to be raised is not signed in any more.
	_, link := e.chatter(t, "U1", "/me")
	e.do(t, link, url.Values{})
	back = e.agree(t, e.leave(t, "thaid", "/me"), 0)
	e.do(t, "/me/sign-out", url.Values{})
	status, _, page = e.do(t, back, nil)
	refused("signed out between", status, page, http.StatusForbidden)
	if n := countOf(t, e, `SELECT count(*) FROM verifications`) + countOf(t, e, `SELECT count(*) FROM citizen_sessions`); n != 0 {
		t.Errorf("%d proofs and sessions came of it", n)
	}
}

func countOf(t *testing.T, e *entrance, query string) (n int) {
	t.Helper()
	e.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, query).Scan(&n) })
	return n
}

// lineUser is somebody whom LINE knows.
func (e *entrance) lineUser(t *testing.T) string {
	t.Helper()
	_, _, page := e.do(t, e.simURL+"/control/users", nil)
	var users []struct{ ID string }
	must(t, json.Unmarshal([]byte(page), &users))
	return users[0].ID
}

// Rows 50, 51 and 53: LINE Login and LIFF find the account that the chat is held with.
func TestLine(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	user := e.lineUser(t)
	chat, _ := e.chatter(t, user, "/me")
	agree := func(next string) (back string) {
		t.Helper()
		status, to, body := e.do(t, e.leave(t, "line", next)+"&user="+user, nil)
		if status != http.StatusFound {
			t.Fatalf("LINE answers %d: %s", status, body)
		}
		return strings.TrimPrefix(to, e.server.URL)
	}
	back := agree("/me/test")
	if status, to, page := e.do(t, back, nil); status != http.StatusSeeOther || to != "/me/test" {
		t.Fatalf("coming back leads to %q (%d):\n%s", to, status, page)
	}
	if got, level, proved := e.level(t); got != chat || level != 1 || proved != 1 {
		t.Errorf("signed in as %d, want %d, level %d", got, chat, level)
	}
	if status, _, _ := e.do(t, back, nil); status != http.StatusForbidden {
		t.Errorf("again: %d", status)
	}
	// A state of one way is none of the other.
	other := strings.Replace(agree("/me"), portal.LineReturn, portal.ThaIDReturn, 1)
	if status, _, _ := e.do(t, other, nil); status != http.StatusForbidden {
		t.Errorf("LINE's state with ThaID: %d", status)
	}
	// From LINE's own app.
	_, _, page := e.do(t, e.simURL+"/control/chats/"+user+"/liff", url.Values{}, "Content-Type: application/json")
	var issued struct {
		IDToken string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(page), &issued); err != nil || issued.IDToken == "" {
		t.Fatalf("no token: %v, %s", err, page)
	}
	e.client = e.browser(t)
	if status, to, page := e.do(t, "/me/line/token", url.Values{"id_token": {issued.IDToken}, "next": {"/me/test"}}); status != http.StatusSeeOther || to != "/me/test" {
		t.Errorf("LIFF leads to %q (%d):\n%s", to, status, page)
	}
	if got, _, _ := e.level(t); got != chat {
		t.Errorf("LIFF signed in %d", got)
	}
	e.client = e.browser(t)
	for _, bad := range []string{"", "x", issued.IDToken + "x"} {
		if status, _, _ := e.do(t, "/me/line/token", url.Values{"id_token": {bad}}); status != http.StatusForbidden || e.who(t) != "" {
			t.Errorf("a bad token: %d", status)
		}
	}
}
