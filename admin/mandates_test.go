package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// mandate is a power of attorney that a volunteer showed to the house.
func (h *house) mandate() (id tickets.MandateID) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		who, err := citizens.Resolve(h.ctx(), tx, "line", "p", fmt.Sprint("volunteer", h.clock.Add(1)))
		if err != nil {
			return err
		}
		var file int64
		err = tx.QueryRow(h.ctx(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ($1, '\x00', 1000, 'application/pdf', 'หนังสือมอบอำนาจ.pdf', '\x00', $1) RETURNING id`, fmt.Sprint("mandate ", who.CitizenID)).Scan(&file)
		if err != nil {
			return err
		}
		id, err = h.desk.ShowMandate(h.ctx(), tx, h.box, tickets.ByCitizen(int64(who.CitizenID)), tickets.NewMandate{
			Agency: h.agency.ID, Kind: tickets.MandateVolunteer, Attorney: "นางมาลี ตัวอย่าง", AttorneyID: "1234545678781", Title: "นาย", Principal: "สมชาย ตัวอย่าง",
			Principal13: "3100600445635", FromOn: h.now(), UntilOn: h.now().AddDate(0, 6, 0), Attachment: file,
		})
		return err
	})
	return id
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
	h.mandate()
	second := h.mandate()
	h.everywhere(func(tx pgx.Tx) error {
		return h.desk.AcceptMandate(context.WithoutCancel(h.ctx()), tx, tickets.ByOfficer(h.officer.ID), second)
	})
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
		}
	}
}
