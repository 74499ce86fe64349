package admin_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/forms"
)

// unscanned puts a file into the store that waits for its scan; infected says that a virus was found in it.
func (h *house) unscanned(name string, body []byte, infected bool) forms.File {
	h.t.Helper()
	o, err := h.store.Put(h.ctx(), bytes.NewReader(body), files.Limits{})
	h.must(err)
	f := forms.File{Name: name, Type: o.MediaType, Size: o.Size}
	h.everywhere(func(tx pgx.Tx) error {
		id, err := files.Insert(h.ctx(), tx, files.Attachment{
			Object: o, Name: files.SafeName(name), Source: fmt.Sprintf("test:%d", drafts.Add(1)), State: files.Waiting,
		})
		if f.ID = int64(id); err == nil && infected {
			_, err = files.MarkInfected(h.ctx(), tx, id, "Win.Test.EICAR_HDB-1", h.now())
		}
		return err
	})
	return f
}

// S3: what waits for its scan and what had a virus is named in the case and its talk, said in words on a
// page of its own, and given out by no address.
func TestDocumentsThatNobodyMayOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 800, 600)), h.keep("แผนที่.pdf", samplePDF()))
	waits, bad := h.unscanned("สัญญาเช่า.pdf", samplePDF(), false), h.unscanned("รูปที่ดิน.jpg", photo(t, 40, 30), true)
	h.attach(int64(ticket.ID), waits)
	h.attach(int64(ticket.ID), bad)
	b := h.as(h.officer)
	at := func(f forms.File, rest string) string {
		return fmt.Sprintf("/admin/tickets/%d/files/%d%s", ticket.ID, f.ID, rest)
	}
	list := b.get(fmt.Sprintf("/admin/tickets/%d", ticket.ID))
	for _, words := range []string{"รอตรวจไวรัส · PDF", "มีไวรัส ถูกลบแล้ว"} {
		if !strings.Contains(list.body, words) {
			t.Errorf("the case lacks %q", words)
		}
	}
	for _, tt := range []struct {
		f      forms.File
		status int
		words  string
	}{{waits, http.StatusConflict, "เปิดได้เมื่อตรวจแล้วว่าปลอดภัย"}, {bad, http.StatusNotFound, "Win.Test.EICAR_HDB-1"}} {
		for _, rest := range []string{"/original", "/original?save=1", "/preview", "/preview?size=large"} {
			if got := b.get(at(tt.f, rest)); got.StatusCode != tt.status || strings.Contains(got.body, "%PDF") {
				t.Errorf("%s%s: %d", tt.f.Name, rest, got.StatusCode)
			}
		}
		page := b.get(at(tt.f, ""))
		if page.StatusCode != http.StatusOK || !strings.Contains(page.body, tt.words) || strings.Contains(page.body, "/original") || strings.Contains(page.body, "/preview") {
			t.Errorf("the page of %s: %d", tt.f.Name, page.StatusCode)
		}
	}
}

// The pages of documents in every state as a browser shows them, wide and narrow.
func TestDocumentsInABrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 800, 600)), h.keep("แผนที่.pdf", samplePDF()))
	heic, err := os.ReadFile("../files/testdata/picture.heic")
	h.must(err)
	pages := map[string]forms.File{
		"waiting": h.unscanned("สัญญาเช่า.pdf", samplePDF(), false), "infected": h.unscanned("ใบเสร็จ.pdf", samplePDF(), true), "heic": h.keep("IMG_0001.heic", heic),
	}
	for _, f := range pages {
		h.attach(int64(ticket.ID), f)
	}
	pages["photo"] = forms.File{ID: 1}
	b := open(t)
	b.enter(h, h.officer)
	for name, f := range pages {
		for _, width := range []int64{1280, 390} {
			b.size(width, 900)
			b.visit(fmt.Sprintf("%s/admin/tickets/%d/files/%d", h.server.URL, ticket.ID, f.ID), "#sheet-title")
			if name == "photo" || name == "heic" && files.DrawsHEIF() {
				b.holds("the picture is drawn", `[...document.images].every(i => i.complete && i.naturalWidth > 0)`)
			}
			b.noOverflow(name)
			b.accessible(name)
			b.shot(fmt.Sprintf("document-%s-%d", name, width))
		}
	}
	b.size(1280, 900)
	b.visit(fmt.Sprintf("%s/admin/tickets/%d", h.server.URL, ticket.ID), "#documents")
	b.shot("document-list")
}
