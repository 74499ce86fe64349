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

	"saphan/tickets"
)

var rowPattern = regexp.MustCompile(`<li id="t-(\d+)">`)

// rows are the tickets of a page, in order.
func (p page) rows() string {
	var ids []string
	for _, m := range rowPattern.FindAllStringSubmatch(p.body, -1) {
		ids = append(ids, m[1])
	}
	return strings.Join(ids, " ")
}

func TestViews(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(start.AddDate(0, 0, -30))
	late := h.problem("เก่า") // 1: due 7 working days later
	h.set(start)
	permit := h.business() // 2
	mine := h.problem("ของฉัน")
	asked := h.problem("รอเอกสาร")
	closed := h.problem("ปิดแล้ว")
	h.within(func(tx pgx.Tx) error {
		by := tickets.ByOfficer(h.officer.ID)
		if err := h.desk.Take(h.ctx(), tx, by, mine.ID); err != nil {
			return err
		}
		return h.desk.Ask(h.ctx(), tx, by, asked.ID, tickets.Asking{Labels: []string{"รูปถ่าย"}, DueOn: start.AddDate(0, 0, 9)})
	})
	h.mend(closed.ID)
	b := h.as(h.officer)
	for _, tt := range []struct {
		query, rows, heading string
	}{
		{"", fmt.Sprint(late.ID, permit.ID), "งานเข้าใหม่"},
		{"view=mine", fmt.Sprint(mine.ID), "มอบหมายให้ฉัน"},
		{"view=waiting", fmt.Sprint(asked.ID), "รอประชาชนตอบ"},
		{"view=overdue", fmt.Sprint(late.ID), "เกินกำหนด"},
		{"view=all", fmt.Sprint(late.ID, mine.ID, asked.ID, permit.ID), "เรื่องที่เปิดอยู่ทั้งหมด"},
		{"view=closed", fmt.Sprint(closed.ID), "ปิดแล้ว"},
		{fmt.Sprintf("queue=%d", h.queues["permits"].ID), fmt.Sprint(permit.ID), "งานใบอนุญาต"},
		{"view=all&q=" + url.QueryEscape("ของฉัน"), fmt.Sprint(mine.ID), "ผลค้นหา “ของฉัน”"},
		{"view=all&q=" + url.QueryEscape("TB-๒๕๖๙-๐๐๐๐๐๒"), fmt.Sprint(permit.ID), "ผลค้นหา"},
		{"view=all&q=" + url.QueryEscape("%"), "", "ผลค้นหา"},
		{"view=nonsense", fmt.Sprint(late.ID, permit.ID), "งานเข้าใหม่"},
	} {
		got := b.get("/admin/?" + tt.query)
		if got.StatusCode != http.StatusOK || got.rows() != strings.Trim(tt.rows, "[]") || !strings.Contains(got.body, tt.heading) {
			t.Errorf("%s: %d, rows %q, want %q", tt.query, got.StatusCode, got.rows(), tt.rows)
		}
	}
	if got := b.get("/admin/?queue=999"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a queue of nobody: %d", got.StatusCode)
	}
	page := b.get("/admin/")
	for label, n := range map[string]int{"งานเข้าใหม่": 2, "มอบหมายให้ฉัน": 1, "รอประชาชนตอบ": 1, "เกินกำหนด": 1, "เรื่องที่เปิดอยู่ทั้งหมด": 4} {
		if !strings.Contains(page.body, fmt.Sprintf(`<span>%s</span><span class="n">%d<`, label, n)) {
			t.Errorf("%s is not counted as %d", label, n)
		}
	}
	for _, words := range []string{"เกินกำหนด 19 วัน", "มีข้อความใหม่"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the list lacks %q", words)
		}
	}
}

// Pages go by key: nothing is shown twice or left out, as plain links and in place.
func TestLoadMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 120 {
		h.pass(time.Second)
		h.problem(fmt.Sprintf("จุดที่ %d", i+1))
	}
	b := h.as(h.officer)
	next := regexp.MustCompile(`id="more" class="more"><a class="b" href="([^"]+)" hx-get="([^"]+)"`)
	seen, path, placed := 0, "/admin/", ""
	for range 5 {
		got := b.get(path)
		seen += len(strings.Fields(got.rows()))
		found := next.FindStringSubmatch(got.body)
		if found == nil {
			break
		}
		path = strings.ReplaceAll(found[1], "&amp;", "&")
		if placed == "" {
			placed = strings.ReplaceAll(found[2], "&amp;", "&")
		}
	}
	if seen != 120 {
		t.Errorf("%d rows on the pages, want 120", seen)
	}
	rows := b.get(placed, asHTMX()...)
	if n := len(strings.Fields(rows.rows())); n != 50 || strings.Contains(rows.body, "<html") || !strings.Contains(rows.body, `name="shown" value="100"`) {
		t.Errorf("in place: %d rows", n)
	}
	again := b.get("/admin/list?shown=100", asHTMX()...)
	if n := len(strings.Fields(again.rows())); n != 100 {
		t.Errorf("a list of 100 rows is read again with %d", n)
	}
	if !strings.Contains(again.body, `<hx-partial hx-target="#side"`) || !strings.Contains(again.body, ">99&#43;<") {
		t.Error("the counts are not read again")
	}
	for _, bad := range []string{"x", "1", "1.x", "-1.-1", strings.Repeat("9", 40)} {
		if got := b.get("/admin/?after=" + bad); got.StatusCode != http.StatusOK {
			t.Errorf("after=%s: %d", bad, got.StatusCode)
		}
	}
}

// A part of a page is asked for by htmx only; everybody else gets a page that stands by itself.
func TestPartsAndPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	b := h.as(h.officer)
	at := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	for _, path := range []string{at, at + "/note", at + "/move", at + "/ask", at + "/approve", at + "/refuse"} {
		whole, part := b.get(path), b.get(path, asHTMX()...)
		if !strings.HasPrefix(whole.body, "<!doctype html>") || strings.Contains(part.body, "<html") || len(part.body) >= len(whole.body) {
			t.Errorf("%s: %d and %d bytes", path, len(whole.body), len(part.body))
		}
		if !strings.Contains(part.Header.Get("Vary"), "HX-Request") {
			t.Errorf("%s: Vary %q", path, part.Header.Get("Vary"))
		}
	}
	if got := b.get(at + "/live"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("a part as a page: %d", got.StatusCode)
	}
	problem := b.post(at+"/reply", url.Values{}, asHTMX()...)
	if strings.Contains(problem.body, "<html") || !strings.Contains(problem.body, "note-problem") {
		t.Errorf("a problem in place: %s", problem.body)
	}
	out := h.browser()
	if got := out.get(at, asHTMX()...); got.StatusCode != http.StatusUnauthorized || got.Header.Get("HX-Trigger") != "signed-out" || got.Header.Get("HX-Redirect") != "" {
		t.Errorf("in place without a session: %d %v", got.StatusCode, got.Header)
	}
	if got := out.post(at+"/reply", url.Values{"text": {"x"}}, asHTMX()...); !strings.Contains(got.body, "ข้อความที่พิมพ์ไว้ยังอยู่") {
		t.Errorf("a form without a session: %d", got.StatusCode)
	}
}
