package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// MTH-2.3: the receive register of a year, searched, as a table and as a document, is one's own agency's; the page of
// registers leads to it.
func TestRegisterOfWhatCame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.problem("ไฟดับหน้าวัดตัวอย่าง")
	second := h.problem("=ถนนชำรุด")
	b := h.as(h.viewer)
	if page := b.get("/admin/registers").body; !strings.Contains(page, `href="/admin/register"`) || strings.Contains(page, `href="/admin/asked-again"`) {
		t.Error("the page of registers does not lead where this role may go")
	}
	page := b.get("/admin/register").body
	for _, want := range []string{"รับ 1/2569", "รับ 2/2569", first.Number, second.Number, "ไม่มีเลขขาด", first.CitizenName} {
		if !strings.Contains(page, want) {
			t.Errorf("the register lacks %q", want)
		}
	}
	if page := b.get("/admin/register?year=2569&month=11&q=" + second.Number).body; strings.Contains(page, first.Number) || !strings.Contains(page, second.Number) {
		t.Error("the search does not find the one case")
	}
	table := b.get("/admin/register/register.csv?year=2569").body
	lines := strings.Split(strings.TrimSpace(table), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "\ufeffเลขรับ,") || !strings.HasPrefix(lines[2], "รับ 1/2569,"+first.Number) {
		t.Errorf("the table: %s", table)
	}
	if file := b.get("/admin/register/register.pdf?year=2569"); file.StatusCode != http.StatusOK || !strings.HasPrefix(file.body, "%PDF-") {
		t.Errorf("the document: %d", file.StatusCode)
	}
	for _, path := range []string{"/admin/register?year=x", "/admin/register/register.csv?year=99"} {
		if got := b.get(path); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if other := h.as(h.stranger).get("/admin/register").body; strings.Contains(other, first.Number) {
		t.Error("another agency reads it")
	}
}

// TestRegisterLook keeps pictures of the registers from wide to narrow.
func TestRegisterLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	h.problem("ไฟดับหน้าโรงเรียนวัดตัวอย่าง ซอย 4")
	h.set(start.Add(10 * time.Hour)) // after hours
	h.problem("น้ำท่วมขังทางเดินเท้าหน้าตลาดสดตัวอย่าง")
	b.enter(h, h.head)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1280, 390} {
			for name, path := range map[string]string{"registers": "/admin/registers", "register": "/admin/register?year=2569"} {
				where := fmt.Sprintf("%s-%d", scheme, width)
				b.size(width, 1000)
				b.visit(h.server.URL+path, "#main")
				b.noOverflow(name + " " + where)
				b.accessible(name + " " + where)
				b.shot(name + "-" + where)
			}
		}
	}
}
