package admin_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/internal/fault"
)

// service stands for the chat service, far away: it knows one account by its ID and secret, and
// answers what it was told to.
type service struct {
	mu      sync.Mutex
	profile agencies.Profile
	refuses error
	checks  []agencies.Check
	webhook string
	asked   []agencies.Channel
}

const (
	accountID   = "1650000001"
	destination = "U0123456789abcdef0123456789abcdef"
)

func (s *service) Identify(_ context.Context, account agencies.Channel) (agencies.Profile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, account)
	return s.profile, s.refuses
}

func (s *service) Examine(context.Context, agencies.Channel, string) []agencies.Check {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checks
}

func (s *service) SetWebhook(_ context.Context, _ agencies.Channel, address string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook = address
	return s.refuses
}

func (*service) NewKey() (string, error)              { return "PRIVATE HALF", nil }
func (*service) PublicKey(key string) (string, error) { return "PUBLIC OF " + key[len(key)-4:], nil }
func (*service) ReadKey(text string) (string, error) {
	if !strings.HasPrefix(text, "{") {
		return "", fault.New(fault.Invalid, "อ่านกุญแจส่วนตัวไม่ได้")
	}
	return "KEY " + text, nil
}

func (s *service) set(change func(s *service)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// heads is the desk of a head, with a chat service that knows the agency's account.
type heads struct {
	*house
	b    *browser
	line *service
}

func atSettings(t *testing.T) heads {
	t.Helper()
	line := &service{profile: agencies.Profile{Destination: destination, BasicID: "@tbtown", Name: "เทศบาลตำบลตัวอย่าง"}}
	h := newHouse(t, func(d *admin.Deps) { d.Messenger = line })
	return heads{house: h, b: h.as(h.head), line: line}
}

// adds fills the form for a new channel and returns its page.
func (h heads) adds() (path string) {
	h.t.Helper()
	got := h.b.post("/admin/channels/new", url.Values{
		"provider": {"  Provider  ตัวอย่าง "}, "line_id": {" " + accountID + "\n"}, "secret": {" the secret "}, "token_kind": {"stateless"},
	})
	to, _, _ := strings.Cut(got.Header.Get("Location"), "?")
	if got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/admin/channels/") {
		h.t.Fatalf("adding: %d %s", got.StatusCode, got.body)
	}
	return to
}

func (h heads) channel() (c agencies.Channel) {
	h.t.Helper()
	h.within(func(tx pgx.Tx) error {
		all, err := agencies.ChannelsOf(h.ctx(), tx, h.box, h.agency.ID)
		if len(all) == 1 {
			c = all[0]
		}
		return err
	})
	return c
}

func (h heads) changes() string {
	h.t.Helper()
	var kinds []string
	h.within(func(tx pgx.Tx) error {
		all, err := agencies.Changes(h.ctx(), tx, h.agency.ID)
		for _, c := range all {
			kinds = append(kinds, string(c.Kind))
		}
		return err
	})
	return strings.Join(kinds, ", ")
}

// does sends a form and expects to be led back to the page with a word of what was done.
func (h heads) does(path string, form url.Values, words string) page {
	h.t.Helper()
	got := h.b.post(path, form)
	if got.StatusCode == http.StatusSeeOther {
		got = h.b.get(got.Header.Get("Location"))
	}
	if got.StatusCode != http.StatusOK || !strings.Contains(got.body, words) {
		h.t.Fatalf("%s: %d, no %q in\n%s", path, got.StatusCode, words, got.body)
	}
	return got
}

func (h heads) refused(path string, form url.Values, status int, words string) {
	h.t.Helper()
	if got := h.b.post(path, form); got.StatusCode != status || !strings.Contains(got.body, words) {
		h.t.Errorf("%s %v: %d, want %d with %q\n%s", path, form, got.StatusCode, status, words, got.body)
	}
}

// A channel is added with what the console shows; whose account it is LINE says. Its secret is never
// shown again.
func TestAddChannel(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	if got := h.b.get("/admin/channels"); !strings.Contains(got.body, "ยังไม่มีช่องทาง") {
		t.Error("an empty list does not say what to do")
	}
	path := h.adds()
	c := h.channel()
	if c.Destination != destination || c.Name != "เทศบาลตำบลตัวอย่าง" || c.Provider != "Provider ตัวอย่าง" || c.LineID != accountID || c.Secret != "the secret" ||
		c.TokenKind != agencies.StatelessToken || c.Announced() {
		t.Errorf("stored %+v", c)
	}
	for _, address := range []string{path, path + "?done=channel-added", "/admin/channels", "/admin/changes"} {
		got := h.b.get(address)
		if got.StatusCode != http.StatusOK || strings.Contains(got.body, "the secret") {
			t.Errorf("%s: %d, or it tells the secret", address, got.StatusCode)
		}
		if address != "/admin/changes" && !strings.Contains(got.body, "ยังไม่ประกาศ") && !strings.Contains(got.body, "ยังไม่ได้ประกาศ") {
			t.Errorf("%s does not say that the channel is not announced", address)
		}
	}
	if got := h.changes(); got != "channel added" {
		t.Errorf("history: %s", got)
	}
	var menus int
	h.must(h.pool.QueryRow(h.ctx(), `SELECT count(*) FROM river_job WHERE kind = 'menus'`).Scan(&menus))
	if menus != 1 {
		t.Errorf("%d jobs for the menus", menus)
	}
	// The same account again, by this agency or another.
	again := url.Values{"provider": {"p"}, "line_id": {accountID}, "secret": {"the secret"}, "token_kind": {"stateless"}}
	h.refused("/admin/channels/new", again, http.StatusConflict, "เพิ่มไว้ในระบบแล้ว")
	if got := h.as(h.stranger).post("/admin/channels/new", again); got.StatusCode != http.StatusConflict {
		t.Errorf("another agency: %d", got.StatusCode)
	}
}

// What was typed wrong is said beside the form, which keeps what is no secret; LINE's refusal is told
// with what to do; and LINE is asked before anything is stored.
func TestAddChannelRefused(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	whole := func() url.Values {
		return url.Values{"provider": {"Provider ตัวอย่าง"}, "line_id": {accountID}, "secret": {"a very secret"}, "token_kind": {"stateless"}}
	}
	for field, words := range map[string]string{"provider": "Provider", "line_id": "Channel ID", "secret": "Channel secret"} {
		form := whole()
		form.Set(field, " ")
		h.refused("/admin/channels/new", form, http.StatusUnprocessableEntity, words)
	}
	form := whole()
	form.Set("line_id", "@tbtown")
	h.refused("/admin/channels/new", form, http.StatusUnprocessableEntity, "ตัวเลขล้วน")
	form = whole()
	form.Set("token_kind", "fixed")
	h.refused("/admin/channels/new", form, http.StatusUnprocessableEntity, "access token")
	if len(h.line.asked) != 0 {
		t.Error("LINE was asked about what cannot be right")
	}
	h.line.set(func(s *service) {
		s.refuses = fault.New(fault.Invalid, "LINE ไม่ยอมรับ Channel ID หรือ secret นี้")
	})
	got := h.b.post("/admin/channels/new", whole())
	if got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "LINE ไม่ยอมรับ") || !strings.Contains(got.body, accountID) || strings.Contains(got.body, "a very secret") {
		t.Errorf("refused by LINE: %d %s", got.StatusCode, got.body)
	}
	h.line.set(func(s *service) {
		s.refuses = fault.Wrap(fault.Unavailable, "ติดต่อ LINE ไม่ได้", errors.New("timeout"))
	})
	h.refused("/admin/channels/new", whole(), http.StatusServiceUnavailable, "ติดต่อ LINE ไม่ได้")
	if h.channel().ID != 0 || h.changes() != "" {
		t.Error("something was stored")
	}
	if strings.Contains(h.logs.String(), "very secret") {
		t.Error("the log tells the secret")
	}
}

// The check shows each line with what to do, and the button sets the webhook to our address.
func TestCheckChannel(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	path := h.adds()
	h.line.set(func(s *service) {
		s.profile.Name = "ชื่อใหม่ ตัวอย่าง"
		s.checks = []agencies.Check{
			{Key: "token", What: "โทเคน", State: agencies.CheckWell, Found: "ใช้ได้"},
			{Key: agencies.CheckWebhook, What: "เว็บฮุก", State: agencies.CheckFault, Found: "ยังไม่ได้ตั้งค่า", Remedy: "กดปุ่มตั้งค่า"},
		}
	})
	got := h.does(path+"/check", nil, "ยังไม่ได้ตั้งค่า")
	for _, words := range []string{"ใช้ได้", "กดปุ่มตั้งค่า", "ต้องแก้", "ถูกต้อง", "ตั้งค่าเว็บฮุก", "ชื่อใหม่ ตัวอย่าง"} {
		if !strings.Contains(got.body, words) {
			t.Errorf("the check does not say %q", words)
		}
	}
	h.does(path+"/webhook", nil, "ตั้งค่าเว็บฮุกที่ LINE แล้ว")
	if h.line.webhook != "http://127.0.0.1/line/webhook" {
		t.Errorf("the webhook was set to %s", h.line.webhook)
	}
	if got := h.changes(); got != "channel added, channel renamed, channel webhook set" {
		t.Errorf("history: %s", got)
	}
}

// EGA-10.6: announced with date and reference together, withdrawn, and said so everywhere.
func TestAnnounceChannel(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	path := h.adds()
	for name, form := range map[string]url.Values{
		"no date": {"ref": {"ราชกิจจานุเบกษา"}}, "no reference": {"on": {"2026-11-01"}, "ref": {"  "}}, "the future": {"on": {"2026-11-24"}, "ref": {"ก"}},
		"no day": {"on": {"2026-02-30"}, "ref": {"ก"}},
	} {
		h.refused(path+"/announce", form, http.StatusUnprocessableEntity, "วันที่ประกาศ")
		if h.channel().Announced() {
			t.Errorf("announced with %s", name)
		}
	}
	got := h.does(path+"/announce", url.Values{"on": {"2026-11-01"}, "ref": {" ราชกิจจานุเบกษา เล่ม 143 "}}, "บันทึกการประกาศช่องทางแล้ว")
	if !strings.Contains(got.body, "1 พฤศจิกายน 2569") || !strings.Contains(got.body, "ราชกิจจานุเบกษา เล่ม 143") || strings.Contains(got.body, "หน่วยงานยังไม่ได้ประกาศ") {
		t.Errorf("the page: %s", got.body)
	}
	if !strings.Contains(got.body, `value="2026-11-01"`) {
		t.Error("whoever corrects the reference changes the date")
	}
	h.does(path+"/unannounce", nil, "หน่วยงานยังไม่ได้ประกาศ")
	if got := h.changes(); got != "channel added, channel announced, channel announcement withdrawn" {
		t.Errorf("history: %s", got)
	}
}

// Row 5: a new secret is tried with LINE first, and the old one holds for as long as was chosen.
func TestRotateSecretOnTheScreen(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	path := h.adds()
	got := h.does(path+"/secret", url.Values{"secret": {"fresh secret"}, "overlap": {"24"}}, "เปลี่ยนรหัสลับแล้ว")
	if !strings.Contains(got.body, "รหัสลับเดิมยังใช้ได้ถึง 24 พ.ย. 2569") || strings.Contains(got.body, "fresh secret") {
		t.Errorf("the page: %s", got.body)
	}
	c := h.channel()
	if c.Secret != "fresh secret" || c.OldSecret != "the secret" || !c.OldUntil.Equal(h.now().Add(24*time.Hour)) {
		t.Errorf("%+v", c)
	}
	if last := h.line.asked[len(h.line.asked)-1]; last.Secret != "fresh secret" || last.ID != 0 || last.TokenKind != agencies.StatelessToken {
		t.Errorf("LINE was asked about %+v", last)
	}
	h.refused(path+"/secret", url.Values{"secret": {""}, "overlap": {"24"}}, http.StatusUnprocessableEntity, "Channel secret")
	h.refused(path+"/secret", url.Values{"secret": {"x"}, "overlap": {"9999"}}, http.StatusUnprocessableEntity, "รหัสเดิม")
	h.line.set(func(s *service) { s.profile.Destination = "Uanother" })
	h.refused(path+"/secret", url.Values{"secret": {"of another account"}, "overlap": {"0"}}, http.StatusUnprocessableEntity, "ไม่ใช่บัญชีของช่องทางนี้")
	h.line.set(func(s *service) { s.refuses = fault.New(fault.Invalid, "LINE ไม่ยอมรับ") })
	h.refused(path+"/secret", url.Values{"secret": {"half"}, "overlap": {"0"}}, http.StatusUnprocessableEntity, "LINE ไม่ยอมรับ")
	if c := h.channel(); c.Secret != "fresh secret" {
		t.Error("a secret that LINE refused was stored")
	}
}

// A key is made here, its public half is shown until it is registered, and then it signs; a pasted
// key does too. Nothing private is shown.
func TestChannelKeys(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	path := h.adds()
	h.refused(path+"/tokens", url.Values{"token_kind": {"v2.1"}, "key_id": {"kid-1"}}, http.StatusUnprocessableEntity, "ยังไม่มีกุญแจ")
	got := h.does(path+"/key", nil, "PUBLIC OF HALF")
	if strings.Contains(got.body, "PRIVATE HALF") {
		t.Error("the private half is shown")
	}
	if c := h.channel(); c.NextKey != "PRIVATE HALF" || c.Key != "" || c.TokenKind != agencies.StatelessToken {
		t.Errorf("%+v", c)
	}
	h.refused(path+"/tokens", url.Values{"token_kind": {"v2.1"}}, http.StatusUnprocessableEntity, "กุญแจและ kid")
	got = h.does(path+"/tokens", url.Values{"token_kind": {"v2.1"}, "key_id": {"kid-1"}}, "เปลี่ยนวิธีรับโทเคนแล้ว")
	if c := h.channel(); c.TokenKind != agencies.SharedToken || c.Key != "PRIVATE HALF" || c.KeyID != "kid-1" || c.NextKey != "" {
		t.Errorf("%+v", c)
	}
	if strings.Contains(got.body, "PUBLIC OF") {
		t.Error("a registered key still waits")
	}
	h.refused(path+"/tokens", url.Values{"token_kind": {"v2.1"}, "key_id": {"kid-2"}, "private_key": {"garbage"}}, http.StatusUnprocessableEntity, "อ่านกุญแจ")
	h.refused(path+"/tokens", url.Values{"token_kind": {"v2.1"}, "private_key": {"{}"}}, http.StatusUnprocessableEntity, "kid")
	h.does(path+"/tokens", url.Values{"token_kind": {"stateless"}, "key_id": {"kid-2"}, "private_key": {"{mine}"}}, "เปลี่ยนวิธีรับโทเคนแล้ว")
	if c := h.channel(); c.TokenKind != agencies.StatelessToken || c.Key != "KEY {mine}" || c.KeyID != "kid-2" {
		t.Errorf("%+v", c)
	}
	h.does(path+"/tokens", url.Values{"token_kind": {"fixed"}, "token": {"pasted token"}}, "เปลี่ยนวิธีรับโทเคนแล้ว")
	if c := h.channel(); c.TokenKind != agencies.FixedToken || c.Token != "pasted token" || c.Key != "" {
		t.Errorf("%+v", c)
	}
	h.refused(path+"/tokens", url.Values{"token_kind": {"magic"}}, http.StatusUnprocessableEntity, "วิธีรับโทเคน")
	h.line.set(func(s *service) { s.profile.Destination = "Uanother" })
	h.refused(path+"/tokens", url.Values{"token_kind": {"fixed"}, "token": {"of another"}}, http.StatusUnprocessableEntity, "ไม่ใช่บัญชีของช่องทางนี้")
}

// Pausing is undone, removing erases the secrets after a word of consent, and none of it touches
// another agency's channel.
func TestPauseAndRemoveChannel(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	path := h.adds()
	stranger := h.as(h.stranger)
	for _, act := range []string{"", "/check", "/webhook", "/secret", "/tokens", "/key", "/announce", "/unannounce", "/pause", "/resume", "/remove"} {
		method := http.MethodPost
		if act == "" {
			method = http.MethodGet
		}
		form := url.Values{"secret": {"x"}, "overlap": {"0"}, "token_kind": {"stateless"}, "on": {"2026-11-01"}, "ref": {"ก"}, "sure": {"yes"}}
		if method == http.MethodGet {
			form = nil
		}
		if got := stranger.do(method, path+act, form); got.StatusCode != http.StatusNotFound || strings.Contains(got.body, "@tbtown") {
			t.Errorf("%s %s by another agency: %d", method, act, got.StatusCode)
		}
	}
	h.does(path+"/pause", nil, "พักช่องทางแล้ว")
	if h.channel().PausedAt == nil {
		t.Error("not paused")
	}
	h.does(path+"/resume", nil, "เปิดใช้ช่องทางอีกครั้งแล้ว")
	if h.channel().PausedAt != nil {
		t.Error("still paused")
	}
	h.refused(path+"/remove", nil, http.StatusUnprocessableEntity, "ยืนยัน")
	h.does(path+"/remove", url.Values{"sure": {"yes"}}, "นำช่องทางออกแล้ว")
	if h.channel().ID != 0 {
		t.Error("the channel is still listed")
	}
	if got := h.b.get(path); got.StatusCode != http.StatusNotFound {
		t.Errorf("the removed channel's page: %d", got.StatusCode)
	}
	if again := h.adds(); again != path {
		t.Errorf("the account came back as %s, was %s", again, path)
	}
	if got := h.changes(); got != "channel added, channel paused, channel resumed, channel removed, channel added" {
		t.Errorf("history: %s", got)
	}
	got := h.b.get("/admin/changes")
	for _, words := range []string{"นางสมศรี ตัวอย่าง", "นำช่องทางออก", "ประวัติครบถ้วน"} {
		if !strings.Contains(got.body, words) {
			t.Errorf("the history does not say %q", words)
		}
	}
}

// A channel whose secrets cannot be opened keeps nobody from the others: the page says what is wrong, and it can be removed.
func TestChannelThatIsShut(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	at := h.adds()
	other := newBox(t)()
	h.within(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `UPDATE channels SET secret_sealed = $1`, other.Seal([]byte("s"), "something else"))
		return err
	})
	for _, path := range []string{"/admin/channels", at} {
		if got := h.b.get(path); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "เปิดรหัสลับไม่ได้") {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if got := h.b.get(at); strings.Contains(got.body, at+"/pause") || !strings.Contains(got.body, "SECRET_KEY") || !strings.Contains(got.body, at+"/remove") {
		t.Errorf("its page offers what cannot work, or not what can: %s", got.body)
	}
	if got := h.b.post(at+"/check", nil); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "SECRET_KEY") {
		t.Errorf("asking LINE: %d", got.StatusCode)
	}
	if got := h.b.post(at+"/remove", url.Values{"sure": {"yes"}}); got.StatusCode != http.StatusSeeOther {
		t.Errorf("removing: %d", got.StatusCode)
	}
	h.adds()
	if c := h.channel(); c.Shut != nil || c.Secret != "the secret" {
		t.Errorf("added again: %+v", c)
	}
}
