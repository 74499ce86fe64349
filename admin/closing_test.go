package admin_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// photograph adds a photo of what was done to a case.
func (h *house) photograph(id tickets.TicketID) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		var file int64
		err := tx.QueryRow(h.ctx(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ('k' || random(), '', 1, 'image/jpeg', 'after.jpg', '', 'x' || random()) RETURNING id`).Scan(&file)
		if err != nil {
			return err
		}
		return h.desk.Photograph(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), id, file)
	})
}

// mend is an approval with all its evidence (SVC-5).
func (h *house) mend(id tickets.TicketID) {
	h.t.Helper()
	h.photograph(id)
	h.finish(id)
}

// finish decides that a problem whose photos are there is solved.
func (h *house) finish(id tickets.TicketID) {
	h.t.Helper()
	on := h.now()
	h.within(func(tx pgx.Tx) error {
		return h.desk.Decide(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), tickets.Decision{
			TicketID: id, Outcome: tickets.Approve, Reason: "เปลี่ยนหลอดแล้ว", Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: &on,
		})
	})
}

// withPhotos sends a form as a browser does that brings photos with it.
func (b *browser) withPhotos(path string, form url.Values, photos ...[]byte) page {
	b.h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		b.h.must(w.WriteField(name, values[0]))
	}
	for _, p := range photos {
		part, err := w.CreateFormFile("photos", "หลัง.jpg")
		b.h.must(err)
		_, err = part.Write(p)
		b.h.must(err)
	}
	return b.postParts(path, w, &body)
}

// SVC-5: photos of what was done come with the result, in one form; they stay with the case when the form lacks something,
// and the page of the case shows them beside it. Nothing but a picture is taken, and twice the same form is as once.
func TestResultBringsItsPhotos(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	made := h.problem("หน้าตลาดเก่า")
	b := h.as(h.officer)
	path := "/admin/tickets/" + strconv.FormatInt(int64(made.ID), 10)
	sheet := b.get(path + "/approve")
	for _, words := range []string{`enctype="multipart/form-data"`, `name="photos"`, `name="crew"`, `name="worked_on"`} {
		if !strings.Contains(sheet.body, words) {
			t.Errorf("the form lacks %s", words)
		}
	}
	form := url.Values{"key": {sheet.key(t)}, "reason": {"เปลี่ยนหลอดแล้ว"}, "worked_on": {"2026-11-23"}}
	if got := b.withPhotos(path+"/approve", form, []byte("%PDF-1.7\n%%EOF\n")); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a paper is taken for a photo: %d", got.StatusCode)
	}
	if got := b.withPhotos(path+"/approve", form, photo(t, 60, 40), photo(t, 40, 60)); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "ชุดช่าง") {
		t.Errorf("without a crew: %d", got.StatusCode)
	}
	if got := b.get(path + "/approve"); strings.Count(got.body, "รูปหลังดำเนินการ</b>") != 2 {
		t.Error("the photos that came are not kept for the next try")
	}
	form.Set("crew", "ช่างไฟฟ้า ชุด 2")
	for range 2 {
		if got := b.withPhotos(path+"/approve", form); got.StatusCode != http.StatusSeeOther {
			t.Errorf("approved: %d", got.StatusCode)
		}
	}
	if got := b.get(path); !strings.Contains(got.body, "ช่างไฟฟ้า ชุด 2 · 23 พ.ย. 2569") || strings.Count(got.body, "รูปหลังดำเนินการ</b>") != 4 { // beside the result, and among the documents
		t.Error("the case does not show what was done")
	}
	if got := h.ticket(made.ID); got.Status != tickets.Approved {
		t.Errorf("it is %s", got.Status)
	}
}
