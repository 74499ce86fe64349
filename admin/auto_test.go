package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// shop is the notice of a small food shop with all that belongs to it, of somebody whose card an officer saw.
func (h *house) shop() tickets.Ticket {
	h.t.Helper()
	form, ok := h.forms.Find("food-premises")
	if !ok {
		h.t.Fatal("no such service")
	}
	answers, err := form.ExampleAnswers(h.now())
	h.must(err)
	for i := range answers {
		if len(answers[i].Attachments) > 0 {
			answers[i].Attachments = []int64{h.row(answers[i].Field)}
		}
	}
	ticket := h.filed(form, "สมหญิง ตัวอย่าง", answers)
	h.within(func(tx pgx.Tx) error {
		err := citizens.CheckedByOfficer(h.ctx(), tx, h.box, citizens.Check{
			Citizen: citizens.CitizenID(ticket.CitizenID), Agency: int64(h.agency.ID), Officer: int64(h.officer.ID), About: citizens.Attributes{Document: "บัตรประจำตัวประชาชน", GivenName: "สมหญิง"},
		}, h.now())
		if err != nil {
			return err
		}
		return h.desk.Known(h.ctx(), tx, ticket.CitizenID)
	})
	return ticket
}

// row is a stored file of which nobody opens the bytes.
func (h *house) row(name string) (id int64) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		return tx.QueryRow(h.ctx(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ($1, '\x00', 1, 'application/pdf', $2, '\x00', $1) RETURNING id`, fmt.Sprintf("row %d", drafts.Add(1)), name+".pdf").Scan(&id)
	})
	return id
}

// switchOn lets a head switch the certificate on, by the page of the service.
func (h *house) switchOn(b *browser) {
	h.t.Helper()
	got := b.post("/admin/services/food-premises", url.Values{
		"offered": {"on"}, "seen": {"0"}, "do": {"save"}, "auto:complete": {"on"}, "auto:documents": {"on"}, "auto:certificate": {"on"}, "auto:renewal": {"on"}, "after:certificate": {"8h working"}, "before:documents": {"5, 2"},
	})
	if got.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("switch on: %d %s", got.StatusCode, got.body)
	}
}

// SEED-24: what the system will do stands in the case with when and why; an officer stops it with a reason and lets it go on;
// what it did is told as the system's, and can be taken back before the citizen is told.
func TestAutomaticStepsOfACase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head, officer := h.as(h.head), h.as(h.officer)
	h.switchOn(head)
	page := head.get("/admin/services/food-premises")
	for _, words := range []string{`name="auto:certificate" value="on" checked`, `value="8h working" selected`, `name="before:documents" value="5, 2"`} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the page of the service lacks %s", words)
		}
	}
	ticket := h.shop()
	path := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	h.duties(ticket)
	box := officer.get(path).section(t, "auto")
	for _, words := range []string{"ระบบดำเนินการ: บันทึกว่าเอกสารครบถ้วน", "อนุมัติและออกหนังสือรับรอง", "จะทำ ", "ทำไม", "เป็นการแจ้งตามกฎหมาย", path + "/halt/certificate"} {
		if !strings.Contains(box, words) {
			t.Errorf("the case lacks %q: %s", words, box)
		}
	}
	d := deskOf{house: h, b: officer, ticket: ticket, path: path}
	if sheet := officer.get(path + "/halt/certificate"); !strings.Contains(sheet.body, `name="rule" value="certificate"`) {
		t.Errorf("the sheet: %d %s", sheet.StatusCode, sheet.body)
	}
	if got := officer.get(path + "/halt/gone"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a rule that there is none of: %d", got.StatusCode)
	}
	d.send("halt", url.Values{"rule": {"certificate"}, "why": {"ขอตรวจสถานที่ก่อนออกหนังสือรับรอง"}})
	h.pass(72 * time.Hour)
	h.duties(ticket)
	officer = h.as(h.officer) // who was away for so long signs in again
	d.b = officer
	box = officer.get(path).section(t, "auto")
	if h.ticket(ticket.ID).Status != tickets.Open || !strings.Contains(box, "ขอตรวจสถานที่ก่อนออกหนังสือรับรอง") || !strings.Contains(box, path+"/resume") {
		t.Errorf("stopped: %s %s", h.ticket(ticket.ID).Status, box)
	}
	d.send("resume", url.Values{"rule": {"certificate"}})
	h.pass(72 * time.Hour)
	h.duties(ticket)
	officer = h.as(h.officer)
	page = officer.get(path)
	for _, words := range []string{"ระบบดำเนินการตามขั้นตอนอัตโนมัติของบริการ", "ระบบดำเนินการ: บันทึกผล", path + "/take-back"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the case that was approved by a rule lacks %q", words)
		}
	}
}

// A head stops a service, or all, on its page, and lets it go on; the agency's history says so. An officer cannot.
func TestStoppingAServiceOnItsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head, officer := h.as(h.head), h.as(h.officer)
	const at = "/admin/services/food-premises/halt"
	if got := officer.post(at, url.Values{"why": {"รอหนังสือสั่งการ"}}); got.StatusCode != http.StatusForbidden {
		t.Errorf("by an officer: %d", got.StatusCode)
	}
	for _, all := range []string{"", "on"} {
		if got := head.post(at, url.Values{"why": {"รอหนังสือสั่งการจากจังหวัด"}, "all": {all}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("stop: %d %s", got.StatusCode, got.body)
		}
		page := officer.get("/admin/services/hazardous-business")
		if has := strings.Contains(page.body, "รอหนังสือสั่งการจากจังหวัด"); has != (all != "") {
			t.Errorf("all %q: another service says so: %v", all, has)
		}
		if got := head.post(at, url.Values{"do": {"resume"}, "all": {all}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("go on: %d %s", got.StatusCode, got.body)
		}
	}
	if page := head.get("/admin/changes"); strings.Count(page.body, "หยุดขั้นตอนอัตโนมัติของบริการ") != 2 {
		t.Error("the agency's history does not say what was stopped")
	}
}

// TestAutoLook keeps pictures of a case with what the system does by itself, and of the service, and fails for whatever axe
// finds on them (WCAG 2.2 AA).
func TestAutoLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	h.switchOn(h.as(h.head))
	ticket, stopped := h.shop(), h.shop()
	h.duties(ticket)
	h.duties(stopped)
	h.within(func(tx pgx.Tx) error {
		return h.desk.Halt(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), stopped.ID, "certificate", "ขอตรวจสถานที่ก่อนออกหนังสือรับรอง")
	})
	b.enter(h, h.officer)
	for _, width := range []int64{1280, 390} {
		b.size(width, 2400)
		for name, path := range map[string]string{
			"planned": fmt.Sprintf("/admin/tickets/%d", ticket.ID), "stopped": fmt.Sprintf("/admin/tickets/%d", stopped.ID), "service": "/admin/services/food-premises",
		} {
			where := fmt.Sprintf("auto-%s-%d", name, width)
			b.visit(h.server.URL+path, "#auto")
			b.noOverflow(where)
			b.accessible(where)
			b.shot(where)
		}
		b.visit(h.server.URL+fmt.Sprintf("/admin/tickets/%d/halt/certificate", ticket.ID), "form.stack")
		b.noOverflow("halt")
		b.accessible("halt")
		b.shot(fmt.Sprintf("auto-halt-%d", width))
	}
}
