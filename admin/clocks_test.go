package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// lateCase is a case whose time to decide is over since an hour, with what that made due.
func (h *house) lateCase(about string) tickets.Ticket {
	h.t.Helper()
	made := h.problem(about)
	h.set(made.DueAt.Add(time.Hour))
	h.duties(made)
	return made
}

// duties does what is due in a case.
func (h *house) duties(t tickets.Ticket) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error { return h.desk.DoDuties(h.ctx(), tx, t.ID) })
}

// What an officer may do about the time of a case, by what form, and what the rules of tickets answer (LFA-8.1, LFA-10.1,
// LFA-10.2).
func TestActsOnTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	late := h.lateCase("หน้าโรงเรียนตัวอย่าง")
	light, business := h.problem("หน้าตลาดตัวอย่าง"), h.business()
	b := h.as(h.officer)
	why := "รออะไหล่จากผู้ขาย คาดว่าจะได้ภายในสัปดาห์หน้า"
	for _, c := range []struct {
		name, path string
		of         tickets.Ticket
		form       url.Values
		status     int
		happened   string // the last event after it
	}{
		{"a letter without a reason", "letter/1", late, url.Values{"reason": {"ช้า"}}, http.StatusUnprocessableEntity, "late"},
		{"a reason beyond a page", "letter/1", late, url.Values{"reason": {strings.Repeat("ก", 1001)}}, http.StatusUnprocessableEntity, "late"},
		{"a letter that is not due", "letter/2", late, url.Values{"reason": {why}}, http.StatusNotFound, "late"},
		{"a letter", "letter/1", late, url.Values{"reason": {why}}, http.StatusSeeOther, "late_sent"},
		{"the same letter again", "letter/1", late, url.Values{"reason": {why}}, http.StatusSeeOther, "late_sent"},
		{"prolonging where no law allows it", "extend", light, url.Values{"days": {"5"}, "reason": {why}}, http.StatusConflict, "created"},
		{"prolonging by too much", "extend", business, url.Values{"days": {"16"}, "reason": {why}}, http.StatusUnprocessableEntity, "created"},
		{"prolonging without a reason", "extend", business, url.Values{"days": {"5"}}, http.StatusUnprocessableEntity, "created"},
		{"prolonging, in Thai digits", "extend", business, url.Values{"days": {"๑๕"}, "reason": {why}}, http.StatusSeeOther, "extended"},
		{"everything is there", "complete", light, nil, http.StatusSeeOther, "complete"},
		{"everything is there, again", "complete", light, nil, http.StatusSeeOther, "complete"},
	} {
		form := url.Values{"key": {b.get(fmt.Sprintf("/admin/tickets/%d", c.of.ID)).key(t)}}
		for name, value := range c.form {
			form[name] = value
		}
		got := b.post(fmt.Sprintf("/admin/tickets/%d/%s", c.of.ID, c.path), form)
		events := strings.Fields(h.events(c.of.ID))
		if got.StatusCode != c.status || events[len(events)-1] != c.happened {
			t.Errorf("%s: %d, want %d; last %s, want %s", c.name, got.StatusCode, c.status, events[len(events)-1], c.happened)
		}
	}
	page := b.get(fmt.Sprintf("/admin/tickets/%d", business.ID)).body
	for _, want := range []string{"กำหนดเวลาตามกฎหมาย", "พ.ร.บ. การสาธารณสุข พ.ศ. 2535 มาตรา 56", "ขยายเวลา 15 วัน", why, "เริ่มนับจาก"} {
		if !strings.Contains(page, want) {
			t.Errorf("the case lacks %q", want)
		}
	}
	if sheet := b.get(fmt.Sprintf("/admin/tickets/%d/extend", light.ID)).body; !strings.Contains(sheet, "ขยายเวลาไม่ได้แล้ว") {
		t.Error("the sheet lets the time be prolonged where no law does")
	}
}

// The inbox marks how much of the time is used up, and finds what is near its end, late, standing still or waits for a
// letter (LFA-10.3, LOC-6).
func TestInboxByTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	late := h.lateCase("เรื่องที่ช้า")
	near, waits := h.problem("เรื่องที่ใกล้ครบกำหนด"), h.problem("เรื่องที่รอเอกสาร")
	h.within(func(tx pgx.Tx) error {
		return h.desk.Ask(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), waits.ID, tickets.Asking{Labels: []string{"รูปถ่าย"}, DueOn: h.now().AddDate(0, 0, 30)})
	})
	h.set(near.DueAt.Add(-25 * time.Hour))
	h.duties(near)
	b := h.as(h.officer)
	for view, want := range map[string]struct {
		number string
		words  string
	}{
		"near": {near.Number, "ใช้เวลาถึงร้อยละ 80"}, "letters": {late.Number, "รอหนังสือแจ้งเหตุ"}, "waiting": {waits.Number, "หยุดนับ รอเอกสาร"},
	} {
		page := b.get("/admin/list?view=" + view).body
		rows := page[strings.Index(page, `id="rows"`):]
		for _, other := range []tickets.Ticket{late, near, waits} {
			if strings.Contains(rows, other.Number) != (other.Number == want.number) {
				t.Errorf("%s: %s in the list is %v", view, other.Subject, other.Number != want.number)
			}
		}
		if !strings.Contains(rows, want.words) {
			t.Errorf("%s does not say %s", view, want.words)
		}
	}
	h.set(waits.DueAt.AddDate(0, 1, 0))
	if page := b.get("/admin/list?view=overdue").body; strings.Contains(page, waits.Number) {
		t.Error("what stands still is called late")
	}
}

// The register of a month has each letter with what became of it, also as a table, and nothing of other agencies (LFA-10.2).
func TestRegisterOfLetters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	late := h.lateCase("หน้าโรงเรียนตัวอย่าง")
	h.within(func(tx pgx.Tx) error {
		return h.desk.WriteLetter(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), late.ID, 1, "=รออะไหล่จากผู้ขาย")
	})
	h.set(late.DueAt.AddDate(0, 0, 8))
	h.duties(late)
	month := late.DueAt.Format("2006-01")
	b := h.as(h.viewer)
	page := b.get("/admin/letters?month=" + month).body
	for _, want := range []string{late.Number, "ฉบับที่ 1", "แจ้งแล้ว", "=รออะไหล่จากผู้ขาย", h.officer.Name, "/track/" + late.TrackToken + "/letters/1.pdf", "ฉบับที่ 2", "ยังไม่ได้แจ้ง"} {
		if !strings.Contains(page, want) {
			t.Errorf("the register lacks %q", want)
		}
	}
	table := b.get("/admin/letters/register.csv?month=" + month)
	lines := strings.Split(strings.TrimSpace(table.body), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "\ufeffเลขที่เรื่อง,") || !strings.Contains(lines[1], ",แจ้งแล้ว,") || !strings.Contains(lines[1], "'=รออะไหล่") || !strings.Contains(lines[2], "ยังไม่ได้แจ้ง") {
		t.Errorf("the table: %s", table.body)
	}
	if got := b.get("/admin/letters?month=x"); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no month: %d", got.StatusCode)
	}
	if other := h.as(h.stranger).get("/admin/letters?month=" + month).body; strings.Contains(other, late.Number) {
		t.Error("another agency reads it")
	}
}

// TestTimeLook keeps pictures of a late case, its letter and the register, in both themes, from wide to the narrowest.
func TestTimeLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	late := h.lateCase("ไฟดับหน้าโรงเรียนวัดตัวอย่าง ซอย 4")
	h.within(func(tx pgx.Tx) error {
		return h.desk.WriteLetter(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), late.ID, 1, "รออะไหล่โคมไฟจากผู้ขาย ซึ่งแจ้งว่าจะส่งของภายในวันที่ 15 ธันวาคม 2569")
	})
	h.set(late.DueAt.AddDate(0, 0, 8))
	h.duties(late)
	business := h.business()
	h.within(func(tx pgx.Tx) error {
		by := tickets.ByOfficer(h.officer.ID)
		if err := h.desk.Take(h.ctx(), tx, by, business.ID); err != nil {
			return err
		}
		return h.desk.Extend(h.ctx(), tx, by, business.ID, 15, "รอผลตรวจสถานที่จากกองช่าง")
	})
	b.enter(h, h.officer)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1280, 320} {
			where := fmt.Sprintf("%s-%d", scheme, width)
			for name, path := range map[string]string{
				"time-late": fmt.Sprintf("/admin/tickets/%d?view=letters", late.ID), "time-extended": fmt.Sprintf("/admin/tickets/%d?view=all", business.ID),
				"time-letter": fmt.Sprintf("/admin/tickets/%d/letter/2", late.ID), "time-extend": fmt.Sprintf("/admin/tickets/%d/extend", business.ID), "time-register": "/admin/letters?month=" + late.DueAt.Format("2006-01"),
				"time-list": "/admin/?view=all",
			} {
				b.size(width, 1400)
				b.visit(h.server.URL+path, "#main")
				b.do("unfold", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".count").forEach((d) => d.open = true)`))
				b.noOverflow(name + " " + where)
				b.accessible(name + " " + where)
				b.shot(name + "-" + where)
			}
		}
	}
}
