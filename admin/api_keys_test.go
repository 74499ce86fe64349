package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

var bearerPattern = regexp.MustCompile(`saphan_[A-Za-z0-9_-]{43}`)

// apiKeyForm is a form for a key of the officer, as the page gives it.
func (b *browser) apiKeyForm(h *house) url.Values {
	h.t.Helper()
	got := b.get(fmt.Sprintf("/admin/api-keys?officer=%d", h.officer.ID))
	return url.Values{
		"key": {got.key(h.t)}, "officer": {fmt.Sprint(h.officer.ID)}, "name": {" ระบบสารบรรณ "}, "scope": {"tickets:read", "tickets:work"}, "until": {"30 พ.ย. 2569"},
	}
}

// apiKeys are the keys of the house's agency.
func (h *house) apiKeys() (keys []agencies.APIKey) {
	h.t.Helper()
	h.within(func(tx pgx.Tx) (err error) {
		keys, err = agencies.APIKeys(h.ctx(), tx, h.agency.ID, h.now())
		return err
	})
	return keys
}

// recognise says who stands behind a key, by the way that the API goes.
func (h *house) recognise(b agencies.Bearer) (agencies.APIKey, agencies.Officer, bool) {
	h.t.Helper()
	k, o, found, err := agencies.Recognise(h.ctx(), h.pool, b, h.now())
	h.must(err)
	return k, o, found
}

// A head makes a key, reads it once, and it opens what it should; a form sent twice makes one key, and shows it no more.
func TestMakesAnAPIKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := h.as(h.head)
	form := head.apiKeyForm(h)
	got := head.post("/admin/api-keys", form)
	bearer := agencies.Bearer(bearerPattern.FindString(got.body))
	if got.StatusCode != http.StatusOK || bearer == "" || !strings.Contains(got.body, "จะไม่แสดงอีก") || !strings.Contains(got.body, `data-copy="bearer"`) {
		t.Fatalf("%d: %s", got.StatusCode, got.body)
	}
	if got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the key may be kept: %q", got.Header.Get("Cache-Control"))
	}
	again := head.post("/admin/api-keys", form)
	if again.StatusCode != http.StatusSeeOther || again.Header.Get("Location") != "/admin/api-keys?done=api-key-again" || bearerPattern.MatchString(again.body) {
		t.Errorf("sent twice: %d %s", again.StatusCode, again.body)
	}
	if keys := h.apiKeys(); len(keys) != 1 || keys[0].Name != "ระบบสารบรรณ" || keys[0].MadeBy != h.head.ID || keys[0].ExpiresAt.UTC() != time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC) {
		t.Fatalf("%+v", keys)
	}
	k, o, found := h.recognise(bearer)
	if !found || o.ID != h.officer.ID || !k.Lets(agencies.ScopeWork) || k.Lets(agencies.ScopeDecide) {
		t.Errorf("%v %+v %+v", found, o, k)
	}
	list := head.get("/admin/api-keys").body
	for _, words := range []string{"ระบบสารบรรณ …" + k.Ending, h.officer.Name, "อ่านเรื่อง · ดำเนินการเรื่อง", "30 พ.ย. 2569", "ใช้ล่าสุด", "ใช้ได้"} {
		if !strings.Contains(list, words) {
			t.Errorf("the list does not say %q", words)
		}
	}
	if strings.Contains(list, string(bearer)) || strings.Contains(h.logs.String(), string(bearer)) {
		t.Error("the key is shown again")
	}
	if got := head.get("/admin/changes").body; !strings.Contains(got, "สร้างกุญแจ API ในนามของ "+h.officer.Name+" (ระบบสารบรรณ …"+k.Ending+")") {
		t.Error("the history does not tell of the key")
	}
}

// What is wrong with a form is said beside what was typed, however often it is sent, and put right it makes the key.
func TestWrongAPIKeyIsNotMade(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := h.as(h.head)
	for _, tt := range []struct{ field, wrong, says string }{
		{"name", " ", "ชื่อระบบ"},
		{"scope", "", "ไม่รู้จักขอบเขต"},
		{"until", "พรุ่งนี้", "อ่านวันสุดท้ายไม่ได้"},
		{"until", "1 พ.ย. 2569", "ต้องอยู่ในอนาคต"},
		{"until", "1 ม.ค. 2575", "ไม่เกินสองปี"},
		{"officer", "", "ยังไม่ได้เลือกเจ้าหน้าที่"},
		{"officer", fmt.Sprint(h.stranger.ID), "ไม่พบ"},
		{"officer", fmt.Sprint(h.viewer.ID), "ไม่มีสิทธิ์"},
		{"key", "", "ไม่สมบูรณ์"},
	} {
		form := head.apiKeyForm(h)
		right := form.Get(tt.field)
		form.Set(tt.field, tt.wrong)
		for range 2 {
			got := head.post("/admin/api-keys", form)
			if got.StatusCode < 400 || got.StatusCode >= 500 || !strings.Contains(got.body, tt.says) || bearerPattern.MatchString(got.body) {
				t.Errorf("%s %q: %d, says %q: %v", tt.field, tt.wrong, got.StatusCode, tt.says, strings.Contains(got.body, tt.says))
			}
		}
		if form.Set(tt.field, right); len(h.apiKeys()) != 0 {
			t.Fatalf("%s %q made a key", tt.field, tt.wrong)
		}
	}
	if got := head.post("/admin/api-keys", head.apiKeyForm(h)); !bearerPattern.MatchString(got.body) {
		t.Errorf("the right form: %d", got.StatusCode)
	}
}

// Only scopes are offered that the officer's role can have, and only the own officers.
func TestAPIKeyScopesFollowTheRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := h.as(h.head)
	viewers := head.get(fmt.Sprintf("/admin/api-keys?officer=%d", h.viewer.ID)).body
	officers := head.get(fmt.Sprintf("/admin/api-keys?officer=%d", h.officer.ID)).body
	for scope, viewer := range map[string]bool{"tickets:read": true, "answers:read": true, "documents:read": true, "tickets:work": false, "tickets:decide": false} {
		box := `name="scope" value="` + scope + `"`
		if strings.Contains(viewers, box) != viewer || !strings.Contains(officers, box) {
			t.Errorf("%s: offered for a viewer %v, for an officer %v", scope, strings.Contains(viewers, box), strings.Contains(officers, box))
		}
	}
	if got := head.get(fmt.Sprintf("/admin/api-keys?officer=%d", h.stranger.ID)).body; strings.Contains(got, `name="scope"`) || strings.Contains(got, h.stranger.Name) {
		t.Error("another agency's officer can be chosen")
	}
}

// A key is revoked by a head of its own agency who says so twice; then it opens nothing.
func TestRevokesAnAPIKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := h.as(h.head)
	bearer := agencies.Bearer(bearerPattern.FindString(head.post("/admin/api-keys", head.apiKeyForm(h)).body))
	k := h.apiKeys()[0]
	revoke, sure := fmt.Sprintf("/admin/api-keys/%d/revoke", k.ID), url.Values{"sure": {"yes"}}
	other := h.as(h.stranger)
	if got := other.post(revoke, sure); got.StatusCode != http.StatusNotFound {
		t.Errorf("another agency's head revokes it: %d", got.StatusCode)
	}
	if got := other.get("/admin/api-keys").body; strings.Contains(got, k.Label()) {
		t.Error("another agency's head sees it")
	}
	officer := h.as(h.officer)
	for _, got := range []page{officer.get("/admin/api-keys"), officer.post("/admin/api-keys", head.apiKeyForm(h)), officer.post(revoke, sure)} {
		if got.StatusCode != http.StatusForbidden {
			t.Errorf("an officer who is no head: %d", got.StatusCode)
		}
	}
	if got := head.post(revoke, nil); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without confirmation: %d", got.StatusCode)
	}
	if _, _, found := h.recognise(bearer); !found {
		t.Fatal("the key was revoked by somebody who may not, or without confirmation")
	}
	for range 2 {
		if got := head.post(revoke, sure); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("revoke: %d %s", got.StatusCode, got.body)
		}
	}
	if _, _, found := h.recognise(bearer); found {
		t.Error("a revoked key opens")
	}
	list := head.get("/admin/api-keys").body
	if !strings.Contains(list, "เพิกถอนแล้ว") || strings.Contains(list, revoke) {
		t.Error("the list does not say that it was revoked, or offers it again")
	}
	if got := strings.Count(head.get("/admin/changes").body, "เพิกถอนกุญแจ API ในนามของ "+h.officer.Name); got != 1 {
		t.Errorf("%d lines of the history", got)
	}
}

// The history of a case says through which key a system acted in an officer's name, and says so of nothing else.
func TestHistoryNamesTheAPIKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := h.as(h.head)
	head.post("/admin/api-keys", head.apiKeyForm(h))
	k := h.apiKeys()[0]
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	h.within(func(tx pgx.Tx) error { return h.desk.Take(h.ctx(), tx, tickets.ByKey(h.officer.ID, k.ID), ticket.ID) })
	officer := h.as(h.officer)
	path := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	officer.post(path+"/release", url.Values{"key": {officer.get(path).key(t)}})
	got := officer.get(path).body
	if !strings.Contains(got, h.officer.Name+" ผ่านระบบของหน่วยงาน (กุญแจ ระบบสารบรรณ …"+k.Ending+")") || strings.Count(got, "ผ่านระบบของหน่วยงาน") != 1 {
		t.Errorf("%s: %d times", h.events(ticket.ID), strings.Count(got, "ผ่านระบบของหน่วยงาน"))
	}
}
