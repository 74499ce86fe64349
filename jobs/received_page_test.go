package jobs

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"saphan/devkit/testhouse"
)

// R5, row 24: LINE's host says 200 and gives something else than the file: a proxy's page, a gateway's words,
// nothing. That is no fault of the person's: the file is asked for again, and the person is told that it was
// of a wrong kind by nobody.
func TestRow24SomethingElseInPlaceOfTheFile(t *testing.T) {
	t.Parallel()
	picture := testhouse.Photo(t, 60_000)
	document := append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 5000)...)
	for name, c := range map[string]struct {
		kind    string
		instead string
		file    []byte
	}{
		"a page for a picture":        {"image", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", picture},
		"JSON for a picture":          {"image", `{"message":"Internal Server Error"}`, picture},
		"words for a picture":         {"image", "upstream connect error or disconnect/reset before headers", picture},
		"nothing for a picture":       {"image", "", picture},
		"a longer page for a file":    {"file", "<!DOCTYPE html><html>" + strings.Repeat("<p>blocked</p>", 1000), document},
		"a shorter page for a file":   {"file", "<!DOCTYPE html><html></html>", document},
		"nothing for a file":          {"file", "", document},
		"a page for a film, forever":  {"video", "<!DOCTYPE html><html></html>", nil},
		"nothing for a film, forever": {"video", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.AtThePhoto()
			var asked atomic.Int32
			h.contents(map[string]http.HandlerFunc{"77": func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) < 3 || c.file == nil {
					w.Header().Set("Content-Type", http.DetectContentType([]byte(c.instead)))
					_, _ = io.WriteString(w, c.instead)
					return
				}
				_, _ = w.Write(c.file)
			}})
			before := len(h.Said())
			h.sends(c.kind, "77", int64(len(c.file)))
			h.Until("it is settled", func() bool {
				if c.file == nil && asked.Load() >= 3 {
					h.Ahead.Store(int64(3 * time.Minute))
				}
				h.Hurry()
				return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`) == 0
			})
			h.Settled()
			all, said := h.Attachments(), h.Since(before)
			if n := h.Count(`SELECT coalesce(sum(failures), 0) FROM inbound_events`); n != 0 {
				t.Errorf("%d failures were counted", n)
			}
			if strings.Contains(said, "ยังรับไม่ได้") || strings.Contains(said, "ว่างเปล่า") {
				t.Errorf("LINE's trouble is told as the person's: %s", said)
			}
			if c.file == nil {
				if len(all) != 0 || strings.Count(said, "กรุณาส่งไฟล์อีกครั้ง") != 1 {
					t.Errorf("kept %+v, said %s", all, said)
				}
				h.nothingStored()
				return
			}
			if len(all) != 1 || all[0].Size != int64(len(c.file)) || asked.Load() != 3 {
				t.Errorf("asked %d times, kept %+v, said %s", asked.Load(), all, said)
			}
			if n := h.Stored(); n != 1 {
				t.Errorf("%d objects in the store", n)
			}
		})
	}
}
