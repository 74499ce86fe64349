package admin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/forms"
	"saphan/tickets"
)

// mandate is a power of attorney that a volunteer showed to the house, half a year long.
func (h *house) mandate(services ...forms.Key) (id tickets.MandateID) {
	h.t.Helper()
	id, _ = h.mandateWith(0, services...)
	return id
}

// mandateWith is one with a signed paper, and the account of its attorney.
func (h *house) mandateWith(paper int64, services ...forms.Key) (id tickets.MandateID, attorney int64) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		who, err := citizens.Resolve(h.ctx(), tx, "line", "p", fmt.Sprint("volunteer", h.clock.Add(1)))
		if err != nil {
			return err
		}
		attorney = int64(who.CitizenID)
		if paper == 0 {
			err = tx.QueryRow(h.ctx(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
				VALUES ($1, '\x00', 1000, 'application/pdf', 'หนังสือมอบอำนาจ.pdf', '\x00', $1) RETURNING id`, fmt.Sprint("mandate ", attorney)).Scan(&paper)
			if err != nil {
				return err
			}
		}
		id, err = h.desk.ShowMandate(h.ctx(), tx, h.box, tickets.ByCitizen(attorney), tickets.NewMandate{
			Agency: h.agency.ID, Kind: tickets.MandateVolunteer, Attorney: "นางมาลี ตัวอย่าง", AttorneyID: "1234545678781", Title: "นาย", Principal: "สมชาย ตัวอย่าง",
			Principal13: "3100600445635", FromOn: h.now(), UntilOn: h.now().AddDate(0, 6, 0), Attachment: paper, Services: services,
		})
		return err
	})
	return id, attorney
}

// filedUnder is a case that an attorney filed for somebody.
func (h *house) filedUnder(id tickets.MandateID, attorney int64) (t tickets.Ticket) {
	h.t.Helper()
	form, answers := h.answers("question", map[string]forms.Input{"question": {Text: "ขอถังขยะหน้าบ้านได้ไหม"}})
	draft := fmt.Sprintf("draft %d", drafts.Add(1))
	h.everywhere(func(tx pgx.Tx) error {
		if _, err := h.desk.FileFor(h.ctx(), tx, tickets.ByCitizen(attorney), draft, h.agency.ID, form.Key, id); err != nil {
			return err
		}
		request, err := h.desk.Submit(h.ctx(), tx, tickets.Submission{
			Draft: draft, CitizenID: attorney, AgencyID: h.agency.ID, Form: form.Key, Version: form.Version, Answers: answers, EnteredAt: h.now(),
		})
		if err != nil {
			return err
		}
		routed, err := h.desk.Route(h.ctx(), tx, request)
		t = routed.Ticket
		return err
	})
	return t
}

// PDP-10, PDP-8: officers and heads see in the inbox and among the registers how many wait; who opens the signed paper is
// written down; a paper that cannot be opened is not accepted; a case says who filed it for whom and leads to the mandate.
func TestMandatesAreFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	paper := h.keep("หนังสือมอบอำนาจ.pdf", samplePDF())
	id, attorney := h.mandateWith(paper.ID)
	unread := h.mandate()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `UPDATE attachments SET state = 'infected' WHERE id = (SELECT attachment_id FROM mandates WHERE id = $1)`, unread)
		return err
	})
	one := mandateAt(id)
	b, head, viewer := h.as(h.officer), h.as(h.head), h.as(h.viewer)
	for role, at := range map[string]*browser{"an officer": b, "the head": head} {
		if page := at.get("/admin/").body; !strings.Contains(page, "หนังสือมอบอำนาจรอตรวจ 2 ฉบับ") {
			t.Errorf("the inbox of %s does not say what waits", role)
		}
		if page := at.get("/admin/registers").body; !strings.Contains(page, "/admin/mandates") || !strings.Contains(page, "รอตรวจ 2 ฉบับ") {
			t.Errorf("the registers of %s do not lead there", role)
		}
	}
	if page := viewer.get("/admin/registers").body; strings.Contains(page, "/admin/mandates") {
		t.Error("who may not open them is led there")
	}
	if page := b.get("/admin/mandates").body; !strings.Contains(page, one+"/accept") || strings.Contains(page, mandateAt(unread)+"/accept") || !strings.Contains(page, "รับได้เมื่อเปิดดูหนังสือ") {
		t.Error("a paper that cannot be opened can be accepted, or one that can cannot")
	}
	if got := b.get(one + "/file"); got.StatusCode != http.StatusOK || got.body != string(samplePDF()) || got.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the paper: %d, %d bytes", got.StatusCode, len(got.body))
	}
	if got := b.get(mandateAt(unread) + "/file"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a paper with a virus: %d", got.StatusCode)
	}
	if page := head.get("/admin/changes").body; strings.Count(page, "เปิดอ่านหนังสือมอบอำนาจ") != 1 {
		t.Error("who read the paper is not written down, once")
	}
	b.post(one+"/accept", nil)
	filed := h.filedUnder(id, attorney)
	page := b.get(fmt.Sprintf("/admin/tickets/%d", filed.ID)).body
	if !strings.Contains(page, "ของ นายสมชาย ตัวอย่าง ยื่นแทนโดย นางมาลี ตัวอย่าง ตาม<a href=\""+one+"\">หนังสือมอบอำนาจฉบับที่ ") {
		t.Error("the case does not lead to its mandate")
	}
	if page := b.get(one).body; !strings.Contains(page, fmt.Sprintf("<h1>หนังสือมอบอำนาจฉบับที่ %d</h1>", id)) || strings.Count(page, "<article") != 1 {
		t.Error("the mandate has no page of its own")
	}
	if page := viewer.get(fmt.Sprintf("/admin/tickets/%d", filed.ID)).body; strings.Contains(page, one) || !strings.Contains(page, "ยื่นแทนโดย นางมาลี ตัวอย่าง") {
		t.Error("who may not open the mandate is led to it, or does not see who filed")
	}
}

// mandateAt is where a mandate is looked at.
func mandateAt(id tickets.MandateID) string { return fmt.Sprintf("/admin/mandates/%d", id) }

// Another agency's power of attorney is not there, whatever is asked for, and stays as it is.
func TestOtherAgencysMandateIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.mandate()
	b := h.as(h.stranger)
	for route := range rules() {
		if !strings.Contains(route, "{mandate}") {
			continue
		}
		method, path, _ := strings.Cut(strings.ReplaceAll(route, "{mandate}", fmt.Sprint(id)), " ")
		var form url.Values
		if method == http.MethodPost {
			form = url.Values{"reason": {"ลายเซ็นผู้มอบไม่ตรงกับบัตร"}}
		}
		if got := b.do(method, path, form); got.StatusCode != http.StatusNotFound || strings.Contains(got.body, "สมชาย") {
			t.Errorf("%s: %d", route, got.StatusCode)
		}
	}
	if page := b.get("/admin/mandates").body + b.get("/admin/").body; strings.Contains(page, "สมชาย") || strings.Contains(page, "หนังสือมอบอำนาจรอตรวจ") {
		t.Error("the lists show another agency's")
	}
	if page := h.as(h.officer).get(mandateAt(id)).body; !strings.Contains(page, "รอตรวจ") {
		t.Error("it was changed")
	}
}

// PDP-10: officers read both people, scope and days, accept or refuse with a reason, and end; another agency's see nothing.
func TestOfficersLookAtMandates(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := h.mandate(), h.mandate()
	b := h.as(h.officer)
	page := b.get("/admin/mandates").body
	for _, want := range []string{"นายสมชาย ตัวอย่าง", "3-1006-00445-63-5", "นางมาลี ตัวอย่าง", "1-2345-45678-78-1", "ทุกบริการของหน่วยงาน", "อาสาสมัคร", "รอตรวจ"} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	at := func(id tickets.MandateID, act string) string { return fmt.Sprintf("/admin/mandates/%d/%s", id, act) }
	if got := b.post(at(second, "refuse"), url.Values{"reason": {"สั้น"}}); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, ">สั้น</textarea>") {
		t.Errorf("refused in a word: %d", got.StatusCode)
	}
	for _, act := range []struct {
		id  tickets.MandateID
		act string
	}{{first, "accept"}, {second, "refuse"}, {first, "end"}} {
		if got := b.post(at(act.id, act.act), url.Values{"reason": {"ลายเซ็นผู้มอบไม่ตรงกับบัตร"}}); got.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", act.act, got.StatusCode)
		}
	}
	if page = b.get("/admin/mandates").body; !strings.Contains(page, "เจ้าหน้าที่ให้สิ้นสุด") || !strings.Contains(page, "ไม่รับเพราะ ลายเซ็นผู้มอบไม่ตรงกับบัตร") {
		t.Error("what was done is not shown")
	}
	if page = h.as(h.head).get("/admin/changes").body; !strings.Contains(page, "รับหนังสือมอบอำนาจ") || !strings.Contains(page, "ประชาชน") || strings.Contains(page, "สมชาย") {
		t.Error("the history of the agency does not tell it, or tells names")
	}
	if other := h.as(h.stranger); strings.Contains(other.get("/admin/mandates").body, "สมชาย") || other.post(at(first, "end"), url.Values{"reason": {"ลองดูของหน่วยงานอื่น"}}).StatusCode != http.StatusNotFound {
		t.Error("another agency sees it")
	}
	if logs := h.logs.String(); strings.Contains(logs, "3100600445635") {
		t.Error("a number is in the log")
	}
}

// TestMandatesLook keeps pictures of the page from wide to narrow.
func TestMandatesLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	now := h.now()
	h.set(now.AddDate(0, -7, 0))
	h.mandate() // over by now
	h.set(now)
	refused, ended := h.mandate(), h.mandate()
	second, attorney := h.mandateWith(0)
	h.everywhere(func(tx pgx.Tx) error {
		by := tickets.ByOfficer(h.officer.ID)
		return errors.Join(h.desk.RefuseMandate(h.ctx(), tx, by, refused, "ลายเซ็นผู้มอบไม่ตรงกับบัตร"), h.desk.EndMandate(h.ctx(), tx, by, ended, "ผู้มอบอำนาจแจ้งยกเลิกที่เคาน์เตอร์"),
			h.desk.AcceptMandate(h.ctx(), tx, by, second))
	})
	filed := h.filedUnder(second, attorney)
	h.mandate("hazardous-business", "food-premises")
	b.enter(h, h.officer)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1280, 390} {
			where := fmt.Sprintf("%s-%d", scheme, width)
			b.size(width, 1000)
			b.visit(h.server.URL+"/admin/mandates", "#main")
			b.noOverflow("mandates " + where)
			b.accessible("mandates " + where)
			b.shot("mandates-" + where)
			b.click("summary.b")
			b.write("textarea[name=reason]", "ลายเซ็นผู้มอบอำนาจไม่ตรงกับบัตร")
			b.noOverflow("mandates refused " + where)
			b.accessible("mandates refused " + where)
			b.shot("mandates-refuse-" + where)
			b.visit(h.server.URL+fmt.Sprintf("/admin/tickets/%d", filed.ID), "#request")
			b.shot("mandates-case-" + where)
			b.visit(h.server.URL+"/admin/", "#list")
			b.noOverflow("inbox with mandates " + where)
			b.shot("mandates-inbox-" + where)
		}
	}
}
