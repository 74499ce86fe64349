package files_test

import (
	"io"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"saphan/files"
)

// A large file passes through a small memory: 90 MB in and out again, while the heap grows by less than
// a third of that. Not parallel: the heap belongs to the whole program.
func TestLargeFilePassesThroughASmallMemory(t *testing.T) { //nolint:paralleltest // see above
	const size, bound = 90 << 20, 30 << 20
	b := newBench(t)
	b.put(t, []byte("warm"))
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // what is needed is measured, not what waits to be collected
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	stop := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > peak.Load() {
				peak.Store(m.HeapAlloc)
			}
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	began := time.Now()
	o, err := b.Put(t.Context(), noise(7, size), files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	putTook := time.Since(began)
	r, err := b.Get(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil || n != size {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	close(stop)
	<-watched
	grown := int64(peak.Load()) - int64(before.HeapAlloc)
	t.Logf("put %v, put and get %v, heap grew by %d MB at most", putTook, time.Since(began), grown>>20)
	if grown > bound {
		t.Errorf("heap grew by %d MB", grown>>20)
	}
}
