package files_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"saphan/internal/fault"
)

// stumbling is a way to the store that breaks connections after a while, as long as it is told to.
type stumbling struct {
	mu    sync.Mutex
	dice  *rand.Rand
	after int64 // bytes that a connection lives for, about; 0: for ever
}

func (s *stumbling) life() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.after == 0 {
		return 1 << 60
	}
	return 1 + s.dice.Int64N(2*s.after)
}

func (s *stumbling) set(after int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = after
}

// stumble leads to a store, and returns its address.
func stumble(t *testing.T, to string, s *stumbling) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			there, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", to)
			if err != nil {
				_ = from.Close()
				continue
			}
			go func() {
				_, _ = io.CopyN(there, from, s.life())
				_, _ = from.Close(), there.Close()
			}()
			go func() {
				_, _ = io.Copy(from, there)
				_, _ = from.Close(), there.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// stumblingDock is a dock whose way to the store does not stumble yet.
func stumblingDock(t *testing.T) (*dock, *stumbling) {
	t.Helper()
	d, s := newDock(t), &stumbling{dice: rand.New(rand.NewPCG(1, 2))}
	cfg := d.cfg
	cfg.Endpoint = stumble(t, d.cfg.Endpoint, s)
	d.Store = open(t, cfg, d.box)
	d.Uploads = d.another(t)
	return d, s
}

// A store that does not know the parts any more hangs up before it has read the next one: its answer is lost,
// and it is asked without anything to read.
func TestUploadWhosePartsTheStoreLetGoAndHangsUp(t *testing.T) {
	t.Parallel()
	d, s := stumblingDock(t)
	const part = 5 << 20
	data := pdf(t, 7, 2*part+100)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:part+10]), nil)
	must(t, err)
	d.letPartsGo(t)
	s.set(part / 4) // at most half a part
	if _, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[part+10:]), nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("the next part: %v", err)
	}
	s.set(0)
	if _, err := d.Find(t.Context(), me, up.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

// R9: a store that breaks off in the middle of parts costs time and nothing else: what was kept stays, and no
// part is there twice.
func TestUploadWhileTheStoreStumbles(t *testing.T) {
	t.Parallel()
	d, s := stumblingDock(t)
	direct := open(t, d.cfg, d.box)
	data := pdf(t, 1, 17<<20)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	s.set(3 << 20) // less than a part
	failed := 0
	for deadline := time.Now().Add(2 * time.Minute); !up.Whole(); {
		before := up.Offset
		up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[up.Offset:min(int64(len(data)), up.Offset+6<<20)]), nil)
		switch {
		case err == nil:
		case fault.Is(err, fault.Unavailable) && time.Now().Before(deadline):
			if failed++; failed == 3 {
				s.set(0) // it has recovered
			}
		default:
			t.Fatal(err)
		}
		if up.Offset < before {
			t.Fatalf("%d bytes were here, now %d", before, up.Offset)
		}
	}
	t.Logf("the store failed %d pieces", failed)
	at, err := d.Finish(t.Context(), up)
	must(t, err)
	d.Store = direct
	sameFile(t, d, at, data)
}
