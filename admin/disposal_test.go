package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// EGA-17.1: a head reads which records are over, which come next and by which law, and decides with a reason; others
// may not, and nobody is named.
func TestDisposals(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.expired()
	head := h.as(h.head)
	got := head.get("/admin/disposals")
	for _, words := range []string{
		"TB-2569-000001", "TB-2569-000002", "TB-2569-000003", "เรื่องร้องเรียนและแจ้งเหตุ", "10 ปี", "ข้อ 57", "ยังไม่ได้ตรวจกับตาราง", "จะครบอายุใน 12 เดือน", "พฤษภาคม 2580", "1 เรื่อง", "ใช้กับ",
	} {
		if !strings.Contains(got.body, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	if strings.Contains(got.body, "มาลี") {
		t.Error("the page names a citizen")
	}
	send := func(form url.Values) page {
		t.Helper()
		form.Set("key", head.get("/admin/disposals").key(t))
		return head.post("/admin/disposals", form)
	}
	for words, form := range map[string]url.Values{
		"ยังไม่ได้เลือกเรื่อง": {"verdict": {"dispose"}, "reason": {"ก"}}, "เลือกว่าจะทำลาย": {"ticket": {"1"}, "reason": {"ก"}}, "ระบุเหตุผล": {"ticket": {"1"}, "verdict": {"dispose"}, "reason": {" "}},
		"อ่านเรื่องที่เลือกไม่ได้": {"ticket": {"x"}, "verdict": {"dispose"}, "reason": {"ก"}},
	} {
		if got := send(form); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, words) {
			t.Errorf("%v: %d", form, got.StatusCode)
		}
	}
	if got := send(url.Values{"ticket": {"1", "5"}, "verdict": {"dispose"}, "reason": {"ก"}}); got.StatusCode != http.StatusConflict {
		t.Errorf("one whose term is not over: %d", got.StatusCode)
	}
	h.within(func(tx pgx.Tx) error {
		if list, err := tickets.Disposals(h.ctx(), tx, h.agency.ID, 10); err != nil || len(list) != 3 {
			t.Errorf("after what was refused: %v, %v", list, err)
		}
		return nil
	})
	if got := send(url.Values{"ticket": {"2", "1"}, "verdict": {"dispose"}, "reason": {"อนุมัติที่ ตย 1/2579"}}); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("dispose: %d %s", got.StatusCode, got.body)
	}
	if got := send(url.Values{"ticket": {"3"}, "verdict": {"keep"}, "reason": {"มีคดี"}}); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("keep: %d", got.StatusCode)
	}
	got = head.get("/admin/disposals")
	for _, words := range []string{"2 เรื่อง · ทำลายแล้ว", "กำลังลบ 2 เรื่อง", "1 เรื่อง · เก็บไว้ต่อ", "ไม่มีเรื่องที่ครบอายุการเก็บ"} {
		if !strings.Contains(got.body, words) {
			t.Errorf("afterwards the page lacks %q: %s", words, got.body)
		}
	}
	h.everywhere(func(tx pgx.Tx) error {
		_, err := h.desk.DisposeOf(h.ctx(), tx, 1)
		return err
	})
	if got = head.get("/admin/disposals"); !strings.Contains(got.body, "กำลังลบ 1 เรื่อง") {
		t.Error("what was carried out is not counted")
	}
}

// expired files three cases whose term is over, one that ends half a year later and one that is open.
func (h *house) expired() {
	h.t.Helper()
	for n := range 5 {
		if n == 3 {
			h.set(start.AddDate(0, 6, 0))
		}
		made := h.problem(fmt.Sprintf("ซอยตัวอย่าง %d", n+1))
		if n == 4 {
			break
		}
		h.mend(made.ID)
	}
	h.set(start.AddDate(10, 0, 2))
	h.everywhere(func(tx pgx.Tx) error {
		_, n, err := h.desk.ProposeDisposals(h.ctx(), tx, 0, 100)
		if n != 3 {
			h.t.Errorf("%d proposals", n)
		}
		return err
	})
}

// TestDisposalsLook: the page in both themes, from wide to the narrowest (WCAG 2.2 AA).
func TestDisposalsLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	h.expired()
	h.within(func(tx pgx.Tx) error {
		return h.desk.DecideDisposal(h.ctx(), tx, tickets.ByOfficer(h.head.ID), 3, tickets.KeepLong, "มีคดี")
	})
	h.pass(time.Minute)
	b.enter(h, h.head)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1440, 390, 320} {
			b.size(width, 1700)
			where := fmt.Sprintf("disposals-%s-%d", scheme, width)
			b.visit(h.server.URL+"/admin/disposals", "#reason")
			b.noOverflow(where)
			b.accessible(where)
			b.shot(where)
		}
	}
}
