package admin_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/jpeg"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// ASVS 3.2.1, 5.4.1: a citizen's file is shown only as what it is, in a sandbox, under its own name.
func TestDocuments(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	picture := photo(t, 800, 600)
	ticket := h.business(h.keep("หน้าร้าน \"ใหม่\".jpg", picture), h.keep("แผนที่.pdf", samplePDF()))
	page := h.keep("หน้าเว็บ.html", []byte("<!doctype html><script>alert(1)</script>"))
	h.attach(int64(ticket.ID), page)
	b := h.as(h.officer)
	at := func(f int, rest string) string {
		return fmt.Sprintf("/admin/tickets/%d/files/%d%s", ticket.ID, f, rest)
	}

	list := b.get(fmt.Sprintf("/admin/tickets/%d", ticket.ID))
	for _, words := range []string{"รูปสถานที่", "ภาพ JPEG · ", "แผนที่สังเขป", at(1, "/preview")} {
		if !strings.Contains(list.body, words) {
			t.Errorf("the case lacks %q", words)
		}
	}
	sum := sha256.Sum256(picture)
	shown := b.get(at(1, ""))
	if !strings.Contains(shown.body, hex.EncodeToString(sum[:])) || !strings.Contains(shown.body, at(1, "/preview?size=large")) {
		t.Error("the page of the document lacks its hash or its picture")
	}
	if got := b.get(at(2, "")); !strings.Contains(got.body, "<iframe") {
		t.Error("a PDF is not shown in place")
	}
	if got := b.get(at(int(page.ID), "")); strings.Contains(got.body, "<iframe") || !strings.Contains(got.body, "เปิดดูในหน้านี้ไม่ได้") {
		t.Error("a page is offered for looking at")
	}

	for _, tt := range []struct {
		path, kind, disposition, name string
		body                          []byte
	}{
		{at(1, "/original"), "image/jpeg", "inline", "", picture},
		{at(1, "/original?save=1"), "image/jpeg", "attachment", "", picture},
		{at(2, "/original"), "application/pdf", "inline", "แผนที่.pdf", samplePDF()},
		{at(int(page.ID), "/original"), "application/octet-stream", "attachment", "หน้าเว็บ.html", nil},
	} {
		got := b.get(tt.path)
		disposition, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
		if err != nil || disposition != tt.disposition || tt.name != "" && params["filename"] != tt.name || strings.ContainsAny(params["filename"], "\"\\/") {
			t.Errorf("%s: disposition %q (%v)", tt.path, got.Header.Get("Content-Disposition"), err)
		}
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != tt.kind || got.Header.Get("X-Content-Type-Options") != "nosniff" ||
			got.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(got.Header.Get("Content-Security-Policy"), "sandbox; default-src 'none'") {
			t.Errorf("%s: %d %v", tt.path, got.StatusCode, got.Header)
		}
		if tt.body != nil && !bytes.Equal([]byte(got.body), tt.body) {
			t.Errorf("%s: %d bytes are not those that were sent", tt.path, len(got.body))
		}
	}

	small := b.get(at(1, "/preview"))
	if c, err := jpeg.DecodeConfig(strings.NewReader(small.body)); err != nil || c.Width != 320 {
		t.Errorf("preview: %d wide (%v)", c.Width, err)
	}
	if got := b.get(at(2, "/preview")); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("preview of a PDF: %d", got.StatusCode)
	}
	// A file of another ticket is not reached through this one.
	other := h.business(h.keep("อีกเรื่อง.jpg", photo(t, 20, 20)))
	if got := b.get(fmt.Sprintf("/admin/tickets/%d/files/1/original", other.ID)); got.StatusCode != http.StatusNotFound {
		t.Errorf("through another ticket: %d", got.StatusCode)
	}
	for _, bad := range []string{"/files/0", "/files/x", "/files/99999999999999999999"} {
		if got := b.get(fmt.Sprintf("/admin/tickets/%d%s", ticket.ID, bad)); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", bad, got.StatusCode)
		}
	}
	// What was taken back is only a fact.
	h.everywhere(func(tx pgx.Tx) error { return files.MarkGone(h.ctx(), tx, 1) })
	if got := b.get(at(1, "/original")); got.StatusCode != http.StatusNotFound {
		t.Errorf("a document that is gone: %d", got.StatusCode)
	}
	if got := b.get(at(1, "")); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "ประชาชนยกเลิกเอกสารนี้แล้ว") || strings.Contains(got.body, "/preview") {
		t.Errorf("the page of a document that is gone: %d", got.StatusCode)
	}
}

// When the object store is down the case still shows; only the document does not.
func TestDocumentWithoutStore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	var id int64
	h.everywhere(func(tx pgx.Tx) error {
		at, err := files.Insert(h.ctx(), tx, files.Attachment{
			Object: files.Object{Key: "k", SHA256: make([]byte, 32), Size: 10, MediaType: "image/jpeg", SealedKey: []byte("x")}, Name: "a.jpg", Source: "test",
		})
		id = int64(at)
		return err
	})
	h.attach(int64(ticket.ID), forms.File{ID: id})
	b := h.as(h.officer)
	if got := b.get(fmt.Sprintf("/admin/tickets/%d", ticket.ID)); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "ภาพ JPEG") {
		t.Errorf("the case: %d", got.StatusCode)
	}
	for _, rest := range []string{"/original", "/preview"} {
		got := b.get(fmt.Sprintf("/admin/tickets/%d/files/%d%s", ticket.ID, id, rest))
		if got.StatusCode < 500 || strings.Contains(got.body, "127.0.0.1") {
			t.Errorf("%s: %d %s", rest, got.StatusCode, got.body)
		}
	}
}

// The letter by which a citizen was told something can be opened as it was sent (EGA-17.1), and is none of their documents.
func TestLetterAsItWasSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 800, 600)))
	id, sum := h.letter(tickets.LetterID{TicketID: ticket.ID, Letter: tickets.DecisionLetter, N: 1})
	b := h.as(h.officer)
	at := fmt.Sprintf("/admin/tickets/%d/files/%d", ticket.ID, id)
	page := b.get(fmt.Sprintf("/admin/tickets/%d", ticket.ID))
	if !strings.Contains(page.body, at) || !strings.Contains(page.body, "หนังสือแจ้งผล ") || !strings.Contains(page.body, "เอกสาร 1 รายการ") {
		t.Error("the letter is not on the page of the case")
	}
	if got := b.get(at); got.StatusCode != http.StatusOK || !strings.Contains(got.body, hex.EncodeToString(sum)) || !strings.Contains(got.body, "ส่งถึงประชาชนเมื่อ") || strings.Contains(got.body, "ข้อมูลแฝง") {
		t.Errorf("its page: %d", got.StatusCode)
	}
	if got := b.get(at + "/original"); got.StatusCode != http.StatusOK || got.body != string(samplePDF()) {
		t.Errorf("the letter itself: %d", got.StatusCode)
	}
}

// The permit that came of a case can be opened there as it was issued (EGA-15.1), and at no other.
func TestPermitAtItsCase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	p := h.register(h.agency.ID)
	o, err := h.store.Put(h.ctx(), bytes.NewReader(samplePDF()), files.Limits{})
	h.must(err)
	var id files.AttachmentID
	h.everywhere(func(tx pgx.Tx) (err error) {
		if id, err = files.Insert(h.ctx(), tx, files.Attachment{Object: o, Name: p.Number + ".pdf", Source: "permit:" + p.Number}); err != nil {
			return err
		}
		return h.permits().MarkReady(h.ctx(), tx, p.ID, id)
	})
	at := fmt.Sprintf("/admin/tickets/%d/files/%d", p.TicketID, id)
	b := h.as(h.officer)
	if page := b.get(fmt.Sprintf("/admin/tickets/%d", p.TicketID)); !strings.Contains(page.body, at) || !strings.Contains(page.body, p.Title+" "+p.Number) {
		t.Error("the permit is not on the page of the case")
	}
	if got := b.get(at); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "ส่งถึงประชาชนเมื่อ") {
		t.Errorf("its page: %d", got.StatusCode)
	}
	if got := b.get(at + "/original"); got.StatusCode != http.StatusOK || got.body != string(samplePDF()) {
		t.Errorf("the permit itself: %d", got.StatusCode)
	}
	other := h.business()
	if got := b.get(fmt.Sprintf("/admin/tickets/%d/files/%d", other.ID, id)); got.StatusCode != http.StatusNotFound {
		t.Errorf("at another case: %d", got.StatusCode)
	}
	h.must(agencies.Within(h.ctx(), h.pool, h.stranger.AgencyID, func(tx pgx.Tx) error {
		if _, err := files.Find(h.ctx(), tx, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("another agency reads it: %v", err)
		}
		return nil
	}))
}

// What was decided stands above the talk and never on it: it scrolls by itself when it is long, and leaves
// the talk and the request half of the page.
func TestLookOfADecidedCase(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)), withBell(t))
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	after := h.keep("หลัง.jpg", photo(t, 800, 600))
	h.everywhere(func(tx pgx.Tx) error {
		return h.desk.Photograph(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), ticket.ID, after.ID)
	})
	h.finish(ticket.ID)
	h.letter(tickets.LetterID{TicketID: ticket.ID, Letter: tickets.DecisionLetter, N: 1})
	b.size(1440, 900)
	b.visit(h.server.URL+"/admin/sign-in", "#email")
	b.enter(h, h.officer)
	for name, size := range map[string][2]int64{"1440": {1440, 900}, "1440-low": {1440, 600}, "390": {390, 844}} {
		b.size(size[0], size[1])
		b.visit(fmt.Sprintf("%s/admin/tickets/%d", h.server.URL, ticket.ID), "#letters-title")
		b.noOverflow("decided " + name)
		b.holds("each card shows the whole of itself", `[...document.querySelectorAll('#ticket-scroll .card')].every((e) => e.scrollHeight <= e.clientHeight + 1)`)
		b.holds("what was decided ends where the talk begins", `document.querySelector('.above').getBoundingClientRect().bottom <= document.querySelector('.cols').getBoundingClientRect().top + 1`)
		b.holds("the talk and the request keep their half", `document.querySelector('.cols').clientHeight >= document.querySelector('#ticket-scroll').clientHeight / 2 - 1`)
		b.shot("decided-case-" + name)
	}
	b.accessible("a decided case")
}

// letter keeps a letter that a citizen was sent; sum is the SHA-256 of its PDF.
func (h *house) letter(l tickets.LetterID) (id files.AttachmentID, sum []byte) {
	h.t.Helper()
	o, err := h.store.Put(h.ctx(), bytes.NewReader(samplePDF()), files.Limits{})
	h.must(err)
	h.everywhere(func(tx pgx.Tx) (err error) {
		if id, err = files.Insert(h.ctx(), tx, files.Attachment{Object: o, Name: "decision.pdf", Source: l.Source()}); err != nil {
			return err
		}
		return h.desk.Lettered(h.ctx(), tx, l, int64(id), o.SHA256)
	})
	return id, o.SHA256
}

// attach gives the officers of a ticket a file.
func (h *house) attach(ticket int64, f forms.File) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at) VALUES ($1, $2, $3, 'เอกสารอื่น', $4)`,
			h.agency.ID, ticket, f.ID, h.now())
		return err
	})
}
