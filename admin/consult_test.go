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

// settleConsultations does what the job does, twice as jobs may.
func (h *house) settleConsultations(id tickets.TicketID) (all []tickets.Consultation) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) (err error) {
		if all, err = tickets.ConsultationsOf(h.ctx(), tx, id); err != nil {
			return err
		}
		for range 2 {
			for _, c := range all {
				if err := h.desk.Settle(h.ctx(), tx, c.ID); err != nil {
					return err
				}
			}
		}
		all, err = tickets.ConsultationsOf(h.ctx(), tx, id)
		return err
	})
	return all
}

// enquiryAt is the address of what the other agency is asked.
func (h *house) enquiryAt() string {
	h.t.Helper()
	var id tickets.EnquiryID
	h.everywhere(func(tx pgx.Tx) error {
		return tx.QueryRow(h.ctx(), `SELECT id FROM enquiries ORDER BY id DESC LIMIT 1`).Scan(&id)
	})
	return fmt.Sprintf("/admin/consultations/%d", id)
}

const askedWords = "ขอความเห็นว่าแนวท่อประปาผ่านหน้าร้านนี้หรือไม่"

// consultForm is a question to the other agency, as the sheet sends it.
func (h *house) consultForm(b *browser, path string, files ...string) url.Values {
	h.t.Helper()
	sheet := b.get(path + "/consult?find=" + url.QueryEscape(h.other.Name))
	if sheet.StatusCode != http.StatusOK || !strings.Contains(sheet.body, h.other.Name) {
		h.t.Fatalf("%d: the sheet does not offer the other agency", sheet.StatusCode)
	}
	return url.Values{"key": {sheet.key(h.t)}, "agency": {fmt.Sprint(h.other.ID)}, "question": {askedWords}, "due_on": {"2026-12-01"}, "file": files}
}

// Peers 62: an officer asks another agency with one of two files; that agency reads this one and nothing else, takes the
// question, answers it under a signature, and the answer stands in the case.
func TestConsultingAnotherAgency(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	shown, kept := h.keep("หน้าร้าน.jpg", photo(t, 600, 400)), h.keep("แผนที่.pdf", samplePDF())
	made := h.business(shown, kept)
	path := fmt.Sprintf("/admin/tickets/%d", made.ID)
	b, there := h.as(h.officer), h.as(h.stranger)
	form := h.consultForm(b, path, fmt.Sprint(shown.ID))
	for range 2 {
		if p := b.post(path+"/consult", form); p.StatusCode != http.StatusSeeOther {
			t.Fatalf("asked: %d %s", p.StatusCode, p.body)
		}
	}
	if p := b.get(path); !strings.Contains(p.body, askedWords) || !strings.Contains(p.body, "นับต่อระหว่างรอความเห็น") {
		t.Error("the case does not show the question, or not that its clock goes on")
	}
	h.settleConsultations(made.ID)
	if p := there.get("/admin/?view=all"); !strings.Contains(p.body, "หน่วยงานอื่นขอความเห็น") {
		t.Error("the inbox there does not say that somebody asks")
	}
	if p := there.get("/admin/consultations"); !strings.Contains(p.body, h.agency.Name) {
		t.Errorf("the list there: %d", p.StatusCode)
	}
	at := h.enquiryAt()
	p := there.get(at)
	if !strings.Contains(p.body, askedWords) || strings.Contains(p.body, made.CitizenName) || strings.Count(p.body, `/files/`) != 2 {
		t.Errorf("the page there: %d, with %d links to files", p.StatusCode, strings.Count(p.body, `/files/`))
	}
	if p := b.get(at); p.StatusCode != http.StatusNotFound {
		t.Errorf("the asking agency opens the page there: %d", p.StatusCode)
	}
	for id, want := range map[int64]int{shown.ID: http.StatusOK, kept.ID: http.StatusNotFound} {
		for range 2 {
			if p := there.get(fmt.Sprintf("%s/files/%d", at, id)); p.StatusCode != want {
				t.Errorf("file %d: %d, want %d", id, p.StatusCode, want)
			}
		}
		if p := there.get(fmt.Sprintf("%s/files/%d", path, id)); p.StatusCode != http.StatusNotFound {
			t.Errorf("file %d by the case: %d", id, p.StatusCode)
		}
	}
	for range 2 {
		if p := there.post(at+"/take", nil); p.StatusCode != http.StatusSeeOther {
			t.Errorf("taken: %d", p.StatusCode)
		}
	}
	if p := there.post(at+"/answer", url.Values{"answer": {"not_ours"}, "text": {"แนวท่อเป็นของการประปา"}}); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "แนวท่อเป็นของการประปา") {
		t.Errorf("naming nobody: %d", p.StatusCode)
	}
	for range 2 {
		if p := there.post(at+"/answer", url.Values{"answer": {"agree"}, "text": {"แนวท่อไม่ผ่านหน้าร้าน <b>"}}); p.StatusCode != http.StatusSeeOther {
			t.Errorf("answered: %d", p.StatusCode)
		}
	}
	if p := there.get(fmt.Sprintf("%s/files/%d", at, shown.ID)); p.StatusCode != http.StatusNotFound {
		t.Errorf("the file after the answer: %d", p.StatusCode)
	}
	h.settleConsultations(made.ID)
	if p := b.get(path); !strings.Contains(p.body, "แนวท่อไม่ผ่านหน้าร้าน &lt;b&gt;") || !strings.Contains(p.body, h.stranger.Name) || !strings.Contains(p.body, "เปิดอ่าน “") {
		t.Error("the case does not show the answer, who signed it and who read what")
	}
	if !h.ticket(made.ID).Unread {
		t.Error("the answer does not stand out in the list")
	}
	if got := h.events(made.ID); strings.Count(got, "consult_read") != 1 || strings.Count(got, "consult_answered") != 1 {
		t.Errorf("history: %s", got)
	}
	if p := there.get("/admin/consultations?view=over"); !strings.Contains(p.body, "เห็นชอบ") {
		t.Errorf("what was answered: %d", p.StatusCode)
	}
}

// A question is taken back with the reason, which the other agency reads.
func TestTakingBackAQuestion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.problem("ไฟถนนดับหน้าวัด")
	path := fmt.Sprintf("/admin/tickets/%d", made.ID)
	b := h.as(h.officer)
	b.post(path+"/consult", h.consultForm(b, path))
	all := h.settleConsultations(made.ID)
	at := fmt.Sprintf("%s/consult/%d", path, all[0].ID)
	form := url.Values{"key": {b.get(at).key(t)}, "why": {"ได้ข้อมูลจากการประปาแล้ว"}}
	for range 2 {
		if p := b.post(at, form); p.StatusCode != http.StatusSeeOther {
			t.Errorf("taken back: %d", p.StatusCode)
		}
	}
	h.settleConsultations(made.ID)
	there := h.as(h.stranger)
	if p := there.get(h.enquiryAt()); !strings.Contains(p.body, "ได้ข้อมูลจากการประปาแล้ว") || strings.Contains(p.body, "/answer") {
		t.Error("the other agency does not read why, or may answer")
	}
	if p := there.post(h.enquiryAt()+"/answer", url.Values{"answer": {"agree"}, "text": {"แนวท่อไม่ผ่านหน้าร้าน"}}); p.StatusCode != http.StatusConflict {
		t.Errorf("answered: %d", p.StatusCode)
	}
}

// TestConsultingLook keeps pictures of the sheet, the case, the list and the page there, and fails for whatever axe finds
// (WCAG 2.2 AA).
func TestConsultingLook(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	made := h.business(h.keep("หน้าร้าน.jpg", photo(t, 600, 400)), h.keep("แผนที่สังเขป.pdf", samplePDF()))
	path := fmt.Sprintf("/admin/tickets/%d", made.ID)
	officer, there := h.as(h.officer), h.as(h.stranger)
	officer.post(path+"/consult", h.consultForm(officer, path, "1"))
	h.settleConsultations(made.ID)
	look := func(as person, pages map[string]string) {
		b := open(t)
		h.pass(time.Minute) // a code is good once
		b.size(1280, 900)
		b.enter(h, as)
		for _, width := range []int64{1280, 390} {
			b.size(width, 1600)
			for name, page := range pages {
				where := fmt.Sprintf("consult-%s-%d", name, width)
				b.visit(h.server.URL+page, "#main h1")
				b.noOverflow(where)
				b.shot(where)
				b.accessible(where)
			}
		}
	}
	at := h.enquiryAt()
	look(h.stranger, map[string]string{"list": "/admin/consultations", "page": at})
	there.get(at + "/files/1")
	there.post(at+"/answer", url.Values{"answer": {"agree_with_conditions"}, "text": {"แนวท่อประปาผ่านทางเท้าหน้าร้าน อนุญาตได้ถ้าไม่ขุดทางเท้าลึกเกิน 30 เซนติเมตร"}})
	h.settleConsultations(made.ID)
	look(h.officer, map[string]string{"sheet": path + "/consult?find=" + url.QueryEscape(h.other.Name), "case": path})
	look(h.stranger, map[string]string{"answered": at, "over": "/admin/consultations?view=over"})
}
