package jobs

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"saphan/bot/line"
	"saphan/devkit/testhouse"
)

// contentHost stands where LINE keeps the bytes of messages, and gives each as the test says.
type contentHost struct {
	mu    sync.Mutex
	serve map[string]http.HandlerFunc // by message
	asked map[string]int
}

func (c *contentHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Line-Request-Id", "of this host") // without it an answer is not believed to be LINE's
	parts := strings.Split(r.URL.Path, "/")
	id := parts[len(parts)-2]
	c.mu.Lock()
	c.asked[id]++
	serve := c.serve[id]
	c.mu.Unlock()
	if serve == nil {
		http.Error(w, `{"message":"not found"}`, http.StatusNotFound)
		return
	}
	serve(w, r)
}

func (c *contentHost) times(id string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[id]
}

// contents gives the house another host for content.
func (h *house) contents(serve map[string]http.HandlerFunc) *contentHost {
	h.T.Helper()
	c := &contentHost{serve: serve, asked: map[string]int{}}
	host := httptest.NewServer(c)
	h.T.Cleanup(func() {
		host.CloseClientConnections()
		host.Close()
	})
	h.stop()
	h.Channels = map[string]Channel{line.Kind: line.NewChannel(h.Plan.Phone+"/api", host.URL)}
	h.stop = h.work()
	return c
}

// sends has the citizen send something whose bytes lie at the host for content.
func (h *house) sends(kind, id string, size int64) {
	h.T.Helper()
	m := map[string]any{"type": kind, "id": id, "quoteToken": "q" + id}
	switch kind {
	case "file":
		m["fileName"], m["fileSize"] = "เอกสาร.pdf", size
	default:
		m["contentProvider"] = map[string]any{"type": "line"}
	}
	if kind == "video" {
		m["duration"] = 60000
	}
	h.Event(map[string]any{"type": "message", "message": m})
}

// endless is a film of so many bytes, -1 for one that never ends.
func endless(size int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		head := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x00mdat")
		block := make([]byte, 1<<20)
		_, err := w.Write(head)
		for sent := int64(len(head)); err == nil && (size < 0 || sent < size); sent += int64(len(block)) {
			_, err = w.Write(block)
		}
	}
}

// hungUp answers with part of a file and then resets the connection.
func hungUp(part []byte, promised int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if promised > 0 {
			w.Header().Set("Content-Length", fmt.Sprint(promised))
		}
		_, _ = w.Write(part)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if c, ok := conn.(interface{ SetLinger(int) error }); ok {
			_ = c.SetLinger(0)
		}
		_ = conn.Close()
	}
}

func whole(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
}

// filedWithout goes on with the form without the file and reports whether there is a ticket.
func (h *house) filedWithout() bool {
	h.T.Helper()
	before := h.Count(`SELECT count(*) FROM tickets`)
	h.Say("ข้าม")
	h.Pin("ศาลา", "หมู่ 4")
	h.Settled()
	h.Say("ข้าม")
	h.Say("ส่งคำขอ")
	return h.Count(`SELECT count(*) FROM tickets`) == before+1
}

// R5: content that is broken off, cut short, wrongly announced or preparing for ever is asked for again
// for a while; then the citizen is told what to do, and the case is opened without it. One that is sent
// whole at last is taken.
func TestR5BrokenContent(t *testing.T) {
	t.Parallel()
	picture := testhouse.Photo(t, 200_000)
	var lame atomic.Int32
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		kind  string
		says  string
	}{
		"reset in the middle":     {hungUp(picture[:100_000], 0), "image", "กรุณาส่งไฟล์อีกครั้ง"},
		"shorter than its length": {hungUp(picture[:100_000], 200_000), "image", "กรุณาส่งไฟล์อีกครั้ง"},
		"shorter than LINE said":  {whole(append([]byte("%PDF-1.7\n"), make([]byte, 500)...)), "file", "กรุณาส่งไฟล์อีกครั้ง"},
		"preparing for ever":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, "video", "กรุณาส่งไฟล์อีกครั้ง"},
		"not found":               {nil, "image", "กรุณาส่งใหม่อีกครั้ง"},
		"expired": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"message":"The content is gone"}`, http.StatusGone)
		}, "image", "กรุณาส่งใหม่อีกครั้ง"},
		"whole at the third time": {func(w http.ResponseWriter, r *http.Request) {
			if lame.Add(1) < 3 {
				hungUp(picture[:100_000], 200_000)(w, r)
				return
			}
			whole(picture)(w, r)
		}, "image", "ได้รับรูปที่ 1"},
		"longer than announced": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "300000000")
			_, _ = w.Write(picture)
		}, "image", "ใหญ่เกิน 200 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.AtThePhoto()
			host := h.contents(map[string]http.HandlerFunc{"77": c.serve})
			before := len(h.Said())
			h.sends(c.kind, "77", 1_000_000)
			h.Until("it was asked for", func() bool { return host.times("77") > 0 })
			h.Until("there is an answer", func() bool {
				if host.times("77") >= 3 {
					h.Ahead.Store(int64(3 * time.Minute))
				}
				h.Hurry()
				return strings.Contains(h.Since(before), c.says)
			})
			h.Settled()
			if got := h.Since(before); strings.Count(got, c.says) != 1 {
				t.Errorf("answered:\n%s", got)
			}
			if strings.Contains(c.says, "รูปที่ 1") {
				if all := h.Attachments(); len(all) != 1 || all[0].Size != int64(len(picture)) {
					t.Errorf("stored %+v", all)
				}
				return
			}
			if all := h.Attachments(); len(all) != 0 {
				t.Errorf("stored %+v", all)
			}
			h.nothingStored()
			if n := h.Count(`SELECT coalesce(sum(failures), 0) FROM inbound_events`); n != 0 {
				t.Errorf("%d failures were counted", n)
			}
			if !h.filedWithout() {
				t.Errorf("no ticket:\n%s", h.Since(before))
			}
		})
	}
}

// R5, row 26: films of 300 MB and without an end, and one of 190 MB that is taken, pass through a small
// memory: at most 64 MiB more than before. Not parallel: the heap belongs to the whole program.
func TestRow26LargeVideoInASmallMemory(t *testing.T) { //nolint:paralleltest // see above
	const bound = 64 << 20
	h := newHouse(t)
	h.AtThePhoto()
	const fits = 190 << 20
	h.contents(map[string]http.HandlerFunc{"1": endless(300 << 20), "2": endless(-1), "3": endless(fits)})
	runtime.GC()
	var start runtime.MemStats
	runtime.ReadMemStats(&start)
	var peak atomic.Uint64
	stop, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			if m.HeapInuse > peak.Load() {
				peak.Store(m.HeapInuse)
			}
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	for _, id := range []string{"1", "2"} {
		before := len(h.Said())
		h.sends("video", id, 0)
		h.Until("the film was refused", func() bool { return strings.Contains(h.Since(before), "ใหญ่เกิน 200 MB") })
	}
	h.Settled()
	h.nothingStored()
	h.sends("video", "3", 0)
	h.Until("the film was stored", func() bool { return len(h.Attachments()) == 1 })
	h.Settled()
	close(stop)
	<-watched
	grown := int64(peak.Load()) - int64(start.HeapInuse)
	t.Logf("the heap grew by %d MB at most", grown>>20)
	if grown > bound {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	at := h.Attachments()[0]
	if at.Size < fits || at.MediaType != "video/mp4" {
		t.Errorf("stored %+v", at)
	}
	r, err := h.Files.Open(t.Context(), at)
	must(t, err)
	n, err := io.Copy(io.Discard, r)
	must(t, err)
	must(t, r.Close())
	if n != at.Size {
		t.Errorf("read back %d of %d bytes", n, at.Size)
	}
}

// Row 25: an address that the sender chose is never called, whatever it is: our own machine, the cloud's
// own, a file. The content host is not asked either.
func TestRow25ExternalContentIsNeverFetched(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	host := h.contents(nil)
	var hits atomic.Int32
	count := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		_, _ = w.Write(bytes.Repeat([]byte("x"), 100))
	})
	inside, sealed := httptest.NewServer(count), httptest.NewUnstartedServer(count)
	sealed.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	sealed.StartTLS()
	t.Cleanup(inside.Close)
	t.Cleanup(sealed.Close)
	for i, kind := range []string{"image", "video", "audio"} {
		for j, address := range []string{inside.URL + "/a.jpg", sealed.URL + "/a.jpg", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"} {
			before := len(h.Said())
			h.Event(map[string]any{"type": "message", "message": map[string]any{
				"type": kind, "id": fmt.Sprint(900 + 10*i + j), "duration": 1000,
				"contentProvider": map[string]any{"type": "external", "originalContentUrl": address, "previewImageUrl": address},
			}})
			h.Settled()
			if len(h.Said()) == before {
				t.Errorf("%s at %s: the citizen was not told", kind, address)
			}
		}
	}
	if hits.Load() != 0 || len(host.asked) != 0 {
		t.Errorf("called the address %d times, LINE %v", hits.Load(), host.asked)
	}
	if all := h.Attachments(); len(all) != 0 {
		t.Errorf("stored %+v", all)
	}
}
