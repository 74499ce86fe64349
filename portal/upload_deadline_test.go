package portal_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/files"
)

// watched is the way back to a sender, which notes until when they must say something.
type watched struct {
	http.ResponseWriter
	mu    sync.Mutex
	until []time.Time
}

func (w *watched) SetReadDeadline(until time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until = append(w.until, until)
	return nil
}

func (w *watched) SetWriteDeadline(time.Time) error { return nil }

// A sender of whom all is here may say nothing for as long as it takes to keep it: net/http would end the request by the
// deadline of their silence, and what came would have come for nothing.
func TestNobodyIsHurriedWhoHasSentAll(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	ended := func(what string, seen *watched) {
		t.Helper()
		seen.mu.Lock()
		defer seen.mu.Unlock()
		if n := len(seen.until); n < 2 || !seen.until[n-1].IsZero() || seen.until[0].IsZero() {
			t.Errorf("%s: deadlines %v", what, seen.until)
		}
	}
	// A plain form.
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("plan", "แบบแปลน.pdf")
	must(t, err)
	_, err = part.Write(paper(t, 9000))
	must(t, err)
	must(t, form.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/form", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	seen := &watched{ResponseWriter: httptest.NewRecorder()}
	if posted, err := w.made.ReadForm(seen, r, uploader); err != nil || len(posted.Files["plan"]) != 1 {
		t.Fatalf("%v, %v", posted, err)
	}
	ended("a form", seen)
	// The last piece of a file.
	router := chi.NewRouter()
	w.made.Routes(router)
	at := w.create("a.pdf", 9000).header.Get("Location")
	r = httptest.NewRequestWithContext(t.Context(), http.MethodPatch, at, bytes.NewReader(paper(t, 9000)))
	for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", "X-Sender": uploader} {
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	seen = &watched{ResponseWriter: answer}
	if router.ServeHTTP(seen, r); answer.Code != http.StatusNoContent {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	ended("a piece", seen)
}
