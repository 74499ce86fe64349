package admin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
	"saphan/tickets/oncall"
)

// wired is a house in which a live wire was reported at night, two minutes ago, and the colleague is being called.
func wired(t *testing.T) (h *house, made tickets.Ticket) {
	t.Helper()
	h = newHouse(t)
	h.problem("ไฟดับหน้าตลาด")
	h.everywhere(func(tx pgx.Tx) error {
		h.must(agencies.SetPhone(h.ctx(), tx, h.box, h.agency.ID, h.colleague.ID, "081 234 5678"))
		_, err := h.desk.DecideOnCall(h.ctx(), tx, tickets.ByOfficer(h.head.ID), h.agency.ID, 0, oncall.Week{
			{Days: oncall.Days()[:5], From: 8*60 + 30, Until: 16*60 + 30, Turns: []oncall.Turn{{Officer: h.colleague.ID, Minutes: 3}, {Officer: h.officer.ID, Minutes: 3}}},
			{Queue: "works", Days: oncall.Days(), From: 16*60 + 30, Until: 8*60 + 30, Turns: []oncall.Turn{{Officer: h.officer.ID, Minutes: 5}}},
		}, "เวรเดือนธันวาคม")
		return err
	})
	made = h.problem("สายไฟขาดพาดรั้วโรงเรียน")
	h.everywhere(func(tx pgx.Tx) error {
		h.must(h.desk.MarkUrgent(h.ctx(), tx, tickets.ByOfficer(h.head.ID), made.ID, "ผู้ปกครองโทรแจ้งว่ามีประกายไฟ"))
		return h.desk.DoDuties(h.ctx(), tx, made.ID)
	})
	h.pass(2 * time.Minute)
	return h, made
}

// The inbox says above every list what nobody has taken and who is called, and the page of the case how; a head sees who is on
// call, and nobody else does.
func TestWhatCannotWaitStandsAboveEveryList(t *testing.T) {
	t.Parallel()
	h, made := wired(t)
	called, officer, head := h.as(h.colleague), h.as(h.officer), h.as(h.head)
	for _, path := range []string{"/admin/", "/admin/?view=mine", "/admin/list?view=closed"} {
		if page := called.get(path); !strings.Contains(page.body, "เรื่องด่วนยังไม่มีผู้รับ") || !strings.Contains(page.body, "กำลังเรียกท่าน") {
			t.Errorf("%s does not say it to who is called", path)
		}
		if page := officer.get(path); !strings.Contains(page.body, "เรื่องด่วนยังไม่มีผู้รับ") || strings.Contains(page.body, "กำลังเรียกท่าน") || strings.Contains(page.body, "เวรเหตุด่วน") {
			t.Errorf("%s does not say it to others as it should", path)
		}
	}
	if page := head.get("/admin/"); !strings.Contains(page.body, "เวรเหตุด่วน") {
		t.Error("the head does not see who is on call")
	}
	if page := officer.get(fmt.Sprintf("/admin/tickets/%d", made.ID)); !strings.Contains(page.body, "การเรียกเวร") || !strings.Contains(page.body, "ไม่ใช่เวลาราชการ") {
		t.Error("the case does not say who is called")
	}
	sees := func(when string, texted bool) {
		t.Helper()
		page := officer.get(fmt.Sprintf("/admin/tickets/%d", made.ID)).body
		if !strings.Contains(page, "เรียก "+h.colleague.Name+" ในกล่องงาน") || strings.Contains(page, "ส่ง SMS เรียก "+h.colleague.Name+" แล้ว") != texted {
			t.Errorf("%s the history does not say how somebody was called", when)
		}
	}
	sees("before a message went out", false)
	h.everywhere(func(tx pgx.Tx) error {
		all, err := tickets.Calls(h.ctx(), tx, h.agency.ID, made.ID, 0, 1)
		h.must(err)
		return h.desk.Texted(h.ctx(), tx, all[0])
	})
	sees("after a message went out", true)
	h.everywhere(func(tx pgx.Tx) error { return h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), made.ID) })
	if page := called.get("/admin/"); strings.Contains(page.body, "เรื่องด่วนยังไม่มีผู้รับ") {
		t.Error("it is said after it was taken")
	}
}

// A head writes who is on call; what cannot be read or carried out is said with the page as it was typed.
func TestAHeadWritesWhoIsOnCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head := h.as(h.head)
	page := head.get("/admin/on-call")
	if !strings.Contains(page.body, "ยังไม่มีตาราง") || !strings.Contains(page.body, "ยังไม่ได้ต่อบริการส่ง SMS") {
		t.Error("the page does not say that there is neither a table nor a gateway")
	}
	form := url.Values{
		"base": {"0"}, "shifts": {"1"}, "day-1": {"mon", "holiday"}, "from-1": {"16.30"}, "until-1": {"08:30"}, "queue-1": {"works"},
		"officer-1-1": {fmt.Sprint(h.officer.ID)}, "minutes-1-1": {"4"}, "do": {"save"}, "why": {"เวรใหม่"},
	}
	with := func(name, value string) url.Values {
		changed := url.Values{}
		for k, v := range form {
			changed[k] = v
		}
		changed.Set(name, value)
		return changed
	}
	for says, typed := range map[string]url.Values{
		"อ่านเวลาไม่ได้": with("from-1", "เย็น"), "ให้รอ 1 ถึง": with("minutes-1-1", "0"), "ยังไม่ได้เขียนเหตุผล": with("why", ""),
	} {
		if got := head.post("/admin/on-call", typed); got.StatusCode != 400 && got.StatusCode != 422 || !strings.Contains(got.body, says) {
			t.Errorf("%s: %d", says, got.StatusCode)
		}
	}
	if got := head.post("/admin/on-call", with("do", "add")); got.StatusCode != 200 || !strings.Contains(got.body, "เวรแถวที่ 2") {
		t.Errorf("another shift: %d", got.StatusCode)
	}
	if got := head.post("/admin/on-call", form); got.StatusCode != 303 {
		t.Errorf("saved: %d", got.StatusCode)
	}
	h.everywhere(func(tx pgx.Tx) error {
		table, err := tickets.OnCallInForce(h.ctx(), tx, h.agency.ID)
		if s := table.Shifts; table.N != 1 || len(s) != 1 || s[0].From.Text() != "16:30" || s[0].Turns[0] != (oncall.Turn{Officer: h.officer.ID, Minutes: 4}) {
			t.Errorf("%+v", table)
		}
		return err
	})
	phone := fmt.Sprintf("/admin/on-call/phones/%d", h.officer.ID)
	if got := head.post(phone, url.Values{"phone": {"ไม่มี"}}); got.StatusCode == 303 {
		t.Error("no number is taken for one")
	}
	if got := head.post(phone, url.Values{"phone": {"๐๘๑-๒๓๔-๕๖๗๘"}}); got.StatusCode != 303 {
		t.Errorf("a number: %d", got.StatusCode)
	}
	for i, want := range []int{303, 409} { // again within a minute it is refused
		if got := head.post("/admin/on-call/try", url.Values{}); got.StatusCode != want {
			t.Errorf("try %d: %d, want %d", i, got.StatusCode, want)
		}
	}
}

// TestOnCallLook keeps pictures of the page, the lists and the case, and fails for whatever axe finds on them (WCAG 2.2 AA).
func TestOnCallLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h, made := wired(t)
	b.size(1280, 900)
	b.enter(h, h.head)
	for _, width := range []int64{1280, 390} {
		b.size(width, 900)
		for name, at := range map[string][2]string{
			"page": {"/admin/on-call", "main h1"}, "list": {"/admin/", "#list-title"}, "case": {fmt.Sprintf("/admin/tickets/%d", made.ID), "#ticket-title"},
			"mark": {fmt.Sprintf("/admin/tickets/%d/unmark-urgent", made.ID), "main h1"},
		} {
			b.visit(h.server.URL+at[0], at[1])
			where := fmt.Sprintf("on-call-%s-%d", name, width)
			b.noOverflow(where)
			b.shot(where)
			b.accessible(where)
		}
	}
}
