package admin_test

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"os"
	"strings"
	"testing"

	"saphan/devkit/uploads"
)

// S3: even if it were in the store, no file of the corpus is served as a page, a drawing or a program: the
// type is one of a few, nothing is sniffed, everything is in a sandbox and what no browser may show is
// only saved, under a name without paths.
func TestNoUploadIsServedAsAPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 40, 30)), h.keep("แผนที่.pdf", samplePDF()))
	corpus, err := uploads.Corpus()
	if err != nil {
		t.Fatal(err)
	}
	b := h.as(h.officer)
	may := map[string]bool{
		"application/octet-stream": false, "application/pdf": true, "image/jpeg": true, "image/png": true, "image/webp": true,
		"video/mp4": true, "audio/mpeg": true, "audio/mp4": true, "audio/x-m4a": true,
	}
	for _, u := range corpus {
		f := h.keep(u.Name, u.Data)
		h.attach(int64(ticket.ID), f)
		got := b.get(fmt.Sprintf("/admin/tickets/%d/files/%d/original", ticket.ID, f.ID))
		inline, known := may[got.Header.Get("Content-Type")]
		disposition, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
		if got.StatusCode != http.StatusOK || !known || err != nil || disposition == "inline" && !inline {
			t.Errorf("%s: %d %q %q (%v)", u.What, got.StatusCode, got.Header.Get("Content-Type"), got.Header.Get("Content-Disposition"), err)
		}
		if strings.ContainsAny(params["filename"], "/\\\"\u202e\r\n") {
			t.Errorf("%s: is saved as %q", u.What, params["filename"])
		}
		if got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.Header.Get("Content-Security-Policy"), "sandbox; default-src 'none'") {
			t.Errorf("%s: %v", u.What, got.Header)
		}
		if len(got.body) != len(u.Data) {
			t.Errorf("%s: %d bytes of %d", u.What, len(got.body), len(u.Data))
		}
		if !strings.Contains(u.What, "65,535") && !strings.Contains(u.What, "50,000") {
			continue
		}
		if got := b.get(fmt.Sprintf("/admin/tickets/%d/files/%d/preview", ticket.ID, f.ID)); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: the preview is %d %q", u.What, got.StatusCode, got.Header.Get("Content-Type"))
		}
	}
}

// What an officer opens, saves or sees has not got the place where a picture was taken.
func TestOfficersSeeNoPlaceOfAPicture(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	plain := photo(t, 400, 300)
	note := []byte("http://ns.adobe.com/xap/1.0/\x00GPSLatitude 13.7563 SECRETNAME")
	picture := append(append(bytes.Clone(plain[:2]), append([]byte{0xFF, 0xE1, 0, byte(len(note) + 2)}, note...)...), plain[2:]...)
	heic, err := os.ReadFile("../files/testdata/picture.heic")
	if err != nil {
		t.Fatal(err)
	}
	ticket := h.business(h.keep("รูป.jpg", picture), h.keep("แผนที่.pdf", samplePDF()))
	other := h.keep("IMG_1.heic", heic)
	h.attach(int64(ticket.ID), other)
	b := h.as(h.officer)
	for _, path := range []string{"files/1/original", "files/1/original?save=1", "files/1/preview", "files/1/preview?size=large", fmt.Sprintf("files/%d/original", other.ID)} {
		got := b.get(fmt.Sprintf("/admin/tickets/%d/%s", ticket.ID, path))
		if got.StatusCode != http.StatusOK || strings.Contains(got.body, "SECRETNAME") || strings.Contains(got.body, "GPS") {
			t.Errorf("%s: %d, %d bytes", path, got.StatusCode, len(got.body))
		}
	}
	if page := b.get(fmt.Sprintf("/admin/tickets/%d/files/1", ticket.ID)); !strings.Contains(page.body, "ของต้นฉบับ") || !strings.Contains(page.body, "ตัดพิกัด") {
		t.Error("the page does not say that this is a copy")
	}
}
