package line

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"
)

// announcing is a request that says how long its body is, of which nothing has come yet.
func announcing(t *testing.T, bytes int64, body io.Reader) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/line/webhook", body)
	r.ContentLength = bytes
	return r
}

// Row 18: whoever announces bodies takes no more than there is room for, however many of them and however small
// each is, and never the room of small ones.
func TestRow18AnnouncedBodiesAreBounded(t *testing.T) {
	t.Parallel()
	const announced = 65_536
	var (
		b    = bodies{limit: BodyLimit}
		held sync.WaitGroup
	)
	nothing, end := io.Pipe()
	for range largerBodies / announced {
		held.Go(func() {
			if _, _, err := b.read(httptest.NewRecorder(), announcing(t, announced, nothing)); err == nil || errors.Is(err, errCrowded) {
				t.Errorf("a body that was cut off: %v", err)
			}
		})
	}
	for deadline := time.Now().Add(time.Minute); b.larger.Load() < largerBodies; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are taken, want %d", b.larger.Load(), largerBodies)
		}
	}
	for _, bytes := range []int64{announced, smallBody + 1, -1} {
		if _, _, err := b.read(httptest.NewRecorder(), announcing(t, bytes, nothing)); !errors.Is(err, errCrowded) {
			t.Errorf("another one of %d bytes: %v, want it to be refused", bytes, err)
		}
	}
	for range 3 {
		body, give, err := b.read(httptest.NewRecorder(), announcing(t, smallBody, unending{}))
		if err != nil || len(body) != smallBody {
			t.Fatalf("a small one: %d bytes, %v", len(body), err)
		}
		give(true)
	}
	if err := end.CloseWithError(io.ErrUnexpectedEOF); err != nil {
		t.Fatal(err)
	}
	held.Wait()
	if left := b.larger.Load(); left != 0 {
		t.Errorf("%d bytes are taken by nobody", left)
	}
	body, give, err := b.read(httptest.NewRecorder(), announcing(t, announced, unending{}))
	if err != nil || len(body) != announced {
		t.Fatalf("afterwards: %d bytes, %v", len(body), err)
	}
	give(false)
	if left := b.larger.Load(); left != 0 {
		t.Errorf("%d bytes are taken by nobody", left)
	}
}

// unending is a body of any length.
type unending struct{}

func (unending) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// BenchmarkBody is what reading an ordinary delivery costs, without the network.
//
//	go test -run '^$' -bench Body ./bot/line
func BenchmarkBody(b *testing.B) {
	var all bodies
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/line/webhook", unending{})
	r.ContentLength = 600
	b.ReportAllocs()
	for b.Loop() {
		_, give, err := all.read(w, r)
		if err != nil {
			b.Fatal(err)
		}
		give(true)
	}
}
