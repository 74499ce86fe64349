package portal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/bot/web"
	simulator "saphan/devkit/line"
	"saphan/devkit/testhouse"
	"saphan/jobs"
	"saphan/portal"
)

// chatHouse is the whole product: a chat in the simulator of LINE, the jobs, and the pages beside it.
type chatHouse struct {
	*testhouse.House
	pages *httptest.Server
}

func newChatHouse(t *testing.T) *chatHouse {
	t.Helper()
	h := &chatHouse{House: testhouse.Open(t)}
	p := h.Parts
	router := chi.NewRouter()
	h.pages = httptest.NewServer(router)
	t.Cleanup(h.pages.Close)
	workers := river.NewWorkers()
	jobs.Register(workers, &jobs.Deps{
		DB: p.Pool, Jobs: p.Client, Desk: p.Desk, Forms: p.Forms, Files: p.Files, Permits: p.Permits, Box: p.Box, Deliverer: p.Deliverer,
		Channels: map[string]jobs.Channel{line.Kind: p.Line, web.Kind: web.Channel{}}, Menus: map[string]jobs.Menus{line.Kind: p.Line},
		BaseURL: h.pages.URL, Now: p.Now, Log: p.Log,
	})
	end, err := h.Work(t.Context(), "", workers, jobs.Queues())
	must(t, err)
	h.Ending(end)
	login, err := line.NewLogin(line.LoginConfig{
		ID: simulator.ChannelID(h.Account.Destination), Secret: h.Account.Secret, Provider: h.Account.Provider, Access: h.Plan.Phone + "/access", API: h.Plan.Phone + "/api",
		Redirect: h.pages.URL + portal.LineReturn, Now: p.Now,
	})
	must(t, err)
	made, err := portal.New(portal.Deps{
		DB: p.Pool, Permits: p.Permits, Files: p.Files, Now: p.Now, Logger: p.Log, BaseURL: h.pages.URL, Desk: p.Desk, Box: p.Box, Jobs: p.Client, Line: login,
		Catalog: p.Forms, Forms: web.NewCounter(p.Forms, p.Desk, p.Box, h.pages.URL, p.Now),
	})
	must(t, err)
	made.Routes(router)
	return h
}

// opensApp is what LINE's own app gives to a page of ours that somebody opens in it (LIFF): their ID token.
func (h *chatHouse) opensApp(who *testhouse.Person, with map[string]any) (token string) {
	h.T.Helper()
	var got struct {
		IDToken string `json:"id_token"`
	}
	h.Control("POST", "chats/"+who.ID+"/liff", with, &got)
	if got.IDToken == "" {
		h.T.Fatal("LINE gives no ID token")
	}
	return got.IDToken
}

// brings opens an address of ours in a new browser with a token.
func (h *chatHouse) brings(t *testing.T, v *visitor, token, next string) *visitor {
	t.Helper()
	return v.do(http.MethodPost, "/me/line/token", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"id_token": {token}, "next": {next}}.Encode()))
}

// A report begun in the chat is gone on with on a page that was opened inside LINE: the token says who it is, the answers
// of the chat are there, and what is sent there is told in the chat.
func TestFormOpenedInsideLine(t *testing.T) {
	t.Parallel()
	h := newChatHouse(t)
	h.Follow()
	h.Press(bot.StartData("public-problem"))
	h.Tap("ไฟถนนดับ")
	h.Settled()
	const service = "/services/sn/public-problem/form"
	token := h.opensApp(h.Person, nil)
	v := h.brings(t, newVisitor(t, h.pages.URL), token, service).is(http.StatusOK, service).shows("มีคำขอที่กรอกค้างไว้", "ทำต่อ")
	v.open("/me").shows("คำขอที่ยังทำไม่เสร็จ")
	draft := ""
	for n := range v.tree.Descendants() {
		if at := attr(n, "href"); strings.HasPrefix(at, service+"/") && !strings.HasSuffix(at, "/drop") {
			draft = at
		}
	}
	v.open(draft).is(http.StatusOK, draft).box("category", "light")

	// The page loaded once more brings the same token: the person is in already, and goes on.
	h.brings(t, v, token, draft).is(http.StatusOK, draft).box("category", "light")
	// Straight into the draft, by another token in another browser.
	h.Later(time.Second)
	w := h.brings(t, newVisitor(t, h.pages.URL), h.opensApp(h.Person, nil), draft).is(http.StatusOK, draft).box("category", "light")
	// Somebody else is let in as themselves, and finds nothing there.
	other := h.NewPerson("มาลี")
	h.brings(t, newVisitor(t, h.pages.URL), h.opensApp(other, nil), draft).is(http.StatusNotFound, draft)

	w.put("location", "ปากซอยตัวอย่าง 4").press("next").is(http.StatusOK, "/review").shows("ปากซอยตัวอย่าง 4", "ไฟถนนดับ")
	before := len(h.Said())
	w.press("").is(http.StatusOK, "/sent")
	h.Settled()
	w.open(w.at).is(http.StatusOK, "/track/").shows("SN-")
	if said := strings.Join(h.Said()[before:], "\n"); !strings.Contains(said, "SN-") {
		t.Errorf("in the chat it is told: %q", said)
	}
}

// A token that is not good leads nowhere: nobody is signed in, nothing of the draft is seen, and the page says what to do.
func TestFormNotOpenedByABadToken(t *testing.T) {
	t.Parallel()
	h := newChatHouse(t)
	h.Follow()
	h.Press(bot.StartData("public-problem"))
	h.Tap("ไฟถนนดับ")
	h.Settled()
	const service = "/services/sn/public-problem/form"
	good := h.opensApp(h.Person, nil)
	head, rest, _ := strings.Cut(good, ".")
	said, signature, _ := strings.Cut(rest, ".")
	stranger := agencies.Channel{Destination: "U" + strings.Repeat("b", 32), Provider: h.Account.Provider, Name: "หน่วยงานอื่นตัวอย่าง", Secret: "another", Token: "another"}
	h.Deliver(h.OpenAccount(stranger), h.HookURL, false)
	hs := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	again := "กรุณาเริ่มใหม่อีกครั้ง หรือขอลิงก์ในแชตของหน่วยงาน"
	bad := map[string]string{
		"none":                      "",
		"no token":                  "x.y",
		"no signature":              head + "." + said + ".",
		"another's signature":       head + "." + said + "." + sealed(t, head+"."+said),
		"changed after signing":     head + "." + somebodyElse(t, said) + "." + signature,
		"without an algorithm":      none + "." + said + ".",
		"an algorithm of its own":   hs + "." + said + "." + signature,
		"for another channel":       h.opensApp(h.Person, map[string]any{"channel": stranger.Destination}),
		"a nonce that nobody gave":  h.opensApp(h.Person, map[string]any{"nonce": "a nonce of somebody else"}),
		"longer than any of LINE's": good + strings.Repeat("A", 10<<10),
		"two tokens":                good + "." + good,
	}
	refused := func(what string, v *visitor, words string) {
		t.Helper()
		v.is(http.StatusForbidden, "/me/line/token").shows("เข้าสู่หน้าของฉัน", "เข้าด้วย LINE", "จากแชต LINE", words)
		if v.cookies().all["saphan-citizen"] != "" || strings.Contains(v.page, "ไฟถนนดับ") || !strings.Contains(v.page, `name="next" value="`+service+`"`) {
			t.Errorf("%s: cookies %v\n%s", what, v.cookies().all, v.page)
		}
	}
	for what, token := range bad {
		refused(what, h.brings(t, newVisitor(t, h.pages.URL), token, service), again)
	}
	// Once used, it is of no use to who found it: neither as it is, nor written or signed in another way.
	h.brings(t, newVisitor(t, h.pages.URL), good, service).is(http.StatusOK, service)
	for what, token := range map[string]string{"used": good, "used, signed otherwise": head + "." + said + "." + mirrored(t, signature)} {
		refused(what, h.brings(t, newVisitor(t, h.pages.URL), token, service), "ใช้ไปแล้ว กรุณาปิดหน้านี้แล้วเปิดใหม่จากแชต")
	}
	late := h.opensApp(h.NewPerson("มานะ"), nil)
	h.Later(time.Hour + time.Second)
	refused("expired", h.brings(t, newVisitor(t, h.pages.URL), late, service), again)
	// From another site nobody is signed in, with a good token neither: it could be somebody else's.
	v := newVisitor(t, h.pages.URL)
	v.extra.Set("Sec-Fetch-Site", "cross-site")
	if h.brings(t, v, h.opensApp(h.Person, nil), service); v.status != http.StatusUnprocessableEntity || len(v.cookies().all) != 0 {
		t.Errorf("from another site: %d, %v", v.status, v.cookies().all)
	}
	// Nor does it lead away from here.
	for _, next := range []string{"//evil.example.com/", "https://evil.example.com/", `/\evil.example.com`, "/me/sign-out"} {
		h.Later(time.Second)
		h.brings(t, newVisitor(t, h.pages.URL), h.opensApp(h.Person, nil), next).is(http.StatusOK, "/me")
	}
	if n := h.Count(`SELECT count(*) FROM citizen_sessions`); n != 5 {
		t.Errorf("%d sessions, want those of the good tokens", n)
	}
	h.QuietAbout(good, late, said)
}

// sealed is a good signature by a key that is not LINE's.
func sealed(t *testing.T, text string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	sum := sha256.Sum256([]byte(text))
	a, b, err := ecdsa.Sign(rand.Reader, key, sum[:])
	must(t, err)
	raw := make([]byte, 64)
	a.FillBytes(raw[:32])
	b.FillBytes(raw[32:])
	return base64.RawURLEncoding.EncodeToString(raw)
}

// mirrored is another signature that is right for the same words.
func mirrored(t *testing.T, signature string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	must(t, err)
	b := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(raw[32:]))
	b.FillBytes(raw[32:])
	return base64.RawURLEncoding.EncodeToString(raw)
}

// somebodyElse is what a token says, about another person.
func somebodyElse(t *testing.T, said string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(said)
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(raw, &claims))
	claims["sub"] = "U" + strings.Repeat("0", 32)
	raw, err = json.Marshal(claims)
	must(t, err)
	return base64.RawURLEncoding.EncodeToString(raw)
}
