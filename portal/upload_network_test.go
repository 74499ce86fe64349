package portal_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"saphan/files"
)

// largeMB is how large a file the test of the bad network sends. The gate sends a small one;
// go test ./portal -run TestUploadOverABadNetwork -upload-mb 500 -v sends the largest that is taken.
var largeMB = flag.Int("upload-mb", 24, "megabytes that TestUploadOverABadNetwork sends")

// content is a PDF of any size that is not in memory: block n is the same whoever reads it.
type content int64

func (c content) ReadAt(p []byte, at int64) (n int, err error) {
	const block = 64 << 10
	for n < len(p) && at < int64(c) {
		var data [block]byte
		var seed [32]byte
		copy(seed[:], strconv.FormatInt(at/block, 10))
		_, _ = rand.NewChaCha8(seed).Read(data[:]) // never fails
		if at < block {
			copy(data[:], "%PDF-1.7\n")
		}
		m := copy(p[n:], data[at%block:min(block, int64(c)-at/block*block)])
		n, at = n+m, at+int64(m)
	}
	if at >= int64(c) {
		return n, io.EOF
	}
	return n, nil
}

// errHungUp is what a sender does on purpose.
var errHungUp = errors.New("hung up")

// sendSome sends from an offset up to some bytes and drops the connection in the middle, rudely or not.
func (w *wharf) sendSome(path string, c content, offset, some int64, rude bool) error {
	conn, err := (&net.Dialer{}).DialContext(w.t.Context(), "tcp", strings.TrimPrefix(w.server.URL, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the connection is meant to break
	if tcp, ok := conn.(*net.TCPConn); ok && rude {
		if err := tcp.SetLinger(0); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: test\r\nX-Sender: %s\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: %d\r\nContent-Length: %d\r\n\r\n",
		path, uploader, offset, int64(c)-offset)
	if err != nil {
		return err
	}
	if _, err := io.CopyN(conn, io.NewSectionReader(c, offset, int64(c)-offset), some); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if offset+some < int64(c) {
		return errHungUp
	}
	answer := make([]byte, 64)
	must(w.t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	n, err := conn.Read(answer)
	if err == nil && !bytes.HasPrefix(answer[:n], []byte("HTTP/1.1 204")) {
		err = fmt.Errorf("the last piece is answered %q", answer[:n])
	}
	return err
}

// A large file over a network that drops connections anywhere arrives whole, and takes little memory: not in
// parallel with other tests, because that is measured.
func TestUploadOverABadNetwork(t *testing.T) {
	w := newWharf(t, files.UploadLimits{})
	c := content(int64(*largeMB) << 20)
	hash := sha256.New()
	_, err := io.Copy(hash, io.NewSectionReader(c, 0, int64(c)))
	must(t, err)
	at := w.create("แบบแปลน.pdf", int64(c)).header.Get("Location")

	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	measured := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(measured)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak.Store(max(peak.Load(), now.HeapInuse+now.StackInuse))
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	dice := rand.New(rand.NewPCG(1, uint64(c)))
	began, drops, lost := time.Now(), 0, int64(0)
	var finishing time.Duration
	for offset := int64(0); offset < int64(c); {
		some := min(int64(c)-offset, 1+dice.Int64N(int64(c)/8))
		from := time.Now()
		err := w.sendSome(at, c, offset, some, dice.IntN(2) == 0)
		if err == nil {
			finishing = time.Since(from)
		} else {
			drops++
		}
		head := w.ask(http.MethodHead, at, nil)
		if head.status != http.StatusOK {
			t.Fatalf("after %v: %d %s", err, head.status, head.body)
		}
		n, err := strconv.ParseInt(head.header.Get("Upload-Offset"), 10, 64)
		must(t, err)
		if n < offset {
			t.Fatalf("%d bytes were here, now %d", offset, n)
		}
		lost += offset + some - n
		offset = n
	}
	took := time.Since(began)
	close(stop)
	<-measured
	grown := int64(peak.Load()) - int64(before.HeapInuse+before.StackInuse)
	t.Logf("%d MB in %s with %d drops, %.1f MB sent again, last piece %s, memory grew by %.1f MB", int64(c)>>20, took.Round(time.Millisecond), drops, float64(lost)/(1<<20),
		finishing.Round(time.Millisecond), float64(grown)/(1<<20))
	if grown > 64<<20 {
		t.Errorf("memory grew by %d MB", grown>>20)
	}
	if drops < 3 {
		t.Errorf("the network dropped %d times", drops)
	}
	kept, err := w.kept(at)
	if err != nil || !bytes.Equal(kept.SHA256, hash.Sum(nil)) || kept.Size != int64(c) {
		t.Fatalf("it became %v, %v", kept, err)
	}
	r, err := w.store.Open(t.Context(), kept)
	must(t, err)
	again := sha256.New()
	_, err = io.Copy(again, r)
	if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(again.Sum(nil), hash.Sum(nil)) {
		t.Errorf("it is read back as something else, %v", err)
	}
}
