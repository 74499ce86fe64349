package portal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"saphan/files"
	"saphan/internal/fault"
	"saphan/portal"
)

// field is one input of a form: text, or a file when it has a name.
type field struct {
	name, file string
	data       []byte
	chosen     bool
}

// browse posts a form as a browser does, and returns what a page makes of it.
func (w *wharf) browse(fields []field) (posted portal.Posted, failed error) {
	w.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		posted, failed = w.made.ReadForm(rw, r, uploader)
	}))
	defer server.Close()
	out, in := io.Pipe()
	form := multipart.NewWriter(in)
	go func() {
		var err error
		for _, f := range fields {
			var part io.Writer
			if f.chosen || f.file != "" {
				part, err = form.CreateFormFile(f.name, f.file)
			} else {
				part, err = form.CreateFormField(f.name)
			}
			if err == nil {
				_, err = part.Write(f.data)
			}
			if err != nil {
				break
			}
		}
		in.CloseWithError(errors.Join(err, form.Close()))
	}()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, server.URL, out)
	must(w.t, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	if res, err := http.DefaultClient.Do(r); err == nil { // a form that is too large is cut off
		must(w.t, res.Body.Close())
	}
	return posted, failed
}

// Without JavaScript a form brings its files itself: they go where the others go, and what is refused is named.
func TestFormBringsFiles(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	big := paper(t, 12<<20)
	posted, err := w.browse([]field{
		{name: "shop", data: []byte("โรงน้ำแข็งตัวอย่าง")},
		{name: "plan", file: "แบบแปลน.pdf", data: big},
		{name: "plan", file: "ผัง 2.pdf", data: paper(t, 5000)},
		{name: "card", chosen: true},
		{name: "deed", file: "โฉนด.jpg", data: paper(t, 5000)},
		{name: "photo", data: []byte("upload:abc")},
		{name: "empty", file: "ว่าง.pdf"},
		{name: "after", data: []byte("ยังอ่านต่อ")},
	})
	must(t, err)
	for name, want := range map[string]string{"shop": "โรงน้ำแข็งตัวอย่าง", "after": "ยังอ่านต่อ", "photo": "upload:abc"} {
		if got := posted.Values.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if id, ok := portal.UploadOf(posted.Values.Get("photo")); !ok || id != "abc" || portal.UploadValue(id) != "upload:abc" {
		t.Errorf("the upload is %q", id)
	}
	plans := posted.Files["plan"]
	if len(posted.Files) != 1 || len(plans) != 2 || plans[0].Attachment.Name != "แบบแปลน.pdf" || plans[1].Attachment.Name != "ผัง 2.pdf" {
		t.Fatalf("files are %+v", posted.Files)
	}
	r, err := w.store.Open(t.Context(), plans[0].Attachment)
	must(t, err)
	got, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d bytes are read back, %v", len(got), err)
	}
	if at, err := w.kept("/uploads/" + plans[1].Upload); err != nil || at.ID != plans[1].Attachment.ID {
		t.Errorf("the form does not find it again: %v, %v", at, err)
	}
	refused := fmt.Sprint(posted.Refused)
	if len(posted.Refused) != 2 || !strings.Contains(refused, "โฉนด.jpg ชื่อไฟล์ลงท้ายด้วย .jpg") || !strings.Contains(refused, "ว่าง.pdf ไฟล์นี้ว่างเปล่า") {
		t.Errorf("refused are %s", refused)
	}
}

// What is too large for a plain form is refused with the file's name, without being read into memory.
func TestFormThatIsTooLarge(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	for name, c := range map[string]struct {
		fields []field
		word   string
	}{
		"one file":    {[]field{{name: "plan", file: "ใหญ่.pdf", data: paper(t, 30<<20)}, {name: "a", data: []byte("b")}}, "ใหญ่.pdf"},
		"in all":      {[]field{{name: "plan", file: "หนึ่ง.pdf", data: paper(t, 15<<20)}, {name: "plan", file: "สอง.pdf", data: paper(t, 15<<20)}}, "สอง.pdf"},
		"text":        {[]field{{name: "a", data: bytes.Repeat([]byte("ก"), 500_000)}}, "ข้อความในแบบฟอร์มยาวเกินไป"},
		"many fields": {slices.Repeat([]field{{name: "a", data: []byte("b")}}, 2001), "ข้อมูลมากเกินไป"},
	} {
		_, err := w.browse(c.fields)
		if !fault.Is(err, fault.TooLarge) || !strings.Contains(fault.MessageOf(err), c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A form whose connection breaks off is not half a form.
func TestFormThatBreaksOff(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	for name, body := range map[string]string{
		"in a file":   "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7 and so on",
		"in a text":   "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc",
		"in a header": "--x\r\nContent-Disp",
		"at once":     "",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		if _, err := w.made.ReadForm(httptest.NewRecorder(), r, uploader); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "ไม่ครบ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("shop=%E0%B8%81&plan=upload%3Aabc"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	posted, err := w.made.ReadForm(httptest.NewRecorder(), r, uploader)
	if err != nil || posted.Values.Get("shop") != "ก" || posted.Values.Get("plan") != "upload:abc" {
		t.Errorf("a form without files: %v, %v", posted.Values, err)
	}
}
