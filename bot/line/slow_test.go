package line_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/bot/line"
	"saphan/internal/pgtest"
)

// far is what stands between the webhook and its database.
type far struct {
	commit atomic.Int64 // ns that each commit takes longer
	trip   atomic.Int64 // ns that each message to the database takes longer
	gone   atomic.Bool  // nothing arrives any more
}

// pool returns connections to a new database through it.
func (f *far) pool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(pgtest.URL(t))
	check(t, err)
	cfg.MaxConns, cfg.MinConns = 24, 24
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return wire{conn, f}, err
	}
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	check(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// wire is one connection through it.
type wire struct {
	net.Conn
	far *far
}

func (w wire) Write(p []byte) (int, error) {
	if w.far.gone.Load() {
		return len(p), nil
	}
	wait := w.far.trip.Load()
	if bytes.Contains(p, []byte("commit")) {
		wait += w.far.commit.Load()
	}
	time.Sleep(time.Duration(wait))
	return w.Conn.Write(p)
}

// Row 9: on a database whose disk takes 300 ms for a commit, or that is 40 ms away, 99 of 100 deliveries
// are answered within 500 ms: nobody waits for two commits. A machine that is busy with other things
// gets several tries.
func TestRow9SlowDatabase(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]func(*far){
		"slow disk":   func(f *far) { f.commit.Store(int64(300 * time.Millisecond)) },
		"far away":    func(f *far) { f.trip.Store(int64(40 * time.Millisecond)) },
		"as it ought": func(*far) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &far{}
			g := newGateOn(t, f.pool(t))
			g.crowd(0) // connections are made, statements are prepared
			slow(f)
			var p99 time.Duration
			for try := 1; try <= 8; try++ {
				took := g.crowd(try)
				if p99 = took[len(took)*99/100]; p99 < 500*time.Millisecond {
					break
				}
			}
			if p99 >= 500*time.Millisecond {
				t.Errorf("99 of 100 deliveries are answered within %s, want 500ms", p99)
			}
			if n := g.outcomes.of("not_stored"); n != 0 {
				t.Errorf("%d deliveries were not stored", n)
			}
		})
	}
}

// crowd has 400 deliveries come in by and by and returns how long the answers took, sorted.
func (g *gate) crowd(round int) []time.Duration {
	g.t.Helper()
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		took []time.Duration
	)
	for i := range 400 {
		wg.Go(func() {
			body := envelope(said(fmt.Sprintf("%d-%d", round, i), "สวัสดี"))
			time.Sleep(time.Duration(i) * 5 * time.Millisecond)
			began := time.Now()
			status := g.deliver(body)
			mu.Lock()
			defer mu.Unlock()
			if took = append(took, time.Since(began)); status != http.StatusOK {
				g.t.Errorf("delivery %d: status = %d", i, status)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

// Row 9: with the database gone LINE hears so within a second and a half, however many come, never 200;
// and with the database back nothing is needed to go on.
func TestRow9DatabaseSilent(t *testing.T) {
	t.Parallel()
	f := &far{}
	g := newGateOn(t, f.pool(t))
	if status := g.deliver(envelope(said("01A", "ก่อน"))); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	f.gone.Store(true)
	var longest time.Duration
	for try := range 5 { // a machine that is busy with other things gets several tries
		longest = 0
		var (
			wg sync.WaitGroup
			mu sync.Mutex
		)
		for i := range 100 {
			wg.Go(func() {
				body := envelope(said(fmt.Sprintf("gone %d-%d", try, i), "หาย"))
				began := time.Now()
				if status := g.deliver(body); status != http.StatusServiceUnavailable {
					t.Errorf("status = %d, want 503", status)
				}
				mu.Lock()
				defer mu.Unlock()
				longest = max(longest, time.Since(began))
			})
		}
		wg.Wait()
		if longest < 1500*time.Millisecond {
			break
		}
	}
	if longest >= 1500*time.Millisecond {
		t.Errorf("an answer took %s, want less than 1.5 s", longest)
	}
	f.gone.Store(false)
	for deadline := time.Now().Add(time.Minute); g.deliver(envelope(said("02A", "หลัง"))) != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("with the database back nothing is stored")
		}
	}
}

// Row 18: whoever sends large bodies slowly, or many of them, takes neither the memory nor the place of
// ordinary deliveries.
func TestRow18ManyLargeBodies(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	address := strings.TrimPrefix(g.url, "http://")
	const most = 32 // of the largest size
	var senders []net.Conn
	for range most {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		check(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{", 1<<20)
		check(t, err)
		senders = append(senders, conn)
	}
	large := strings.Repeat(" ", 1<<20)
	eventually(t, "one large body too many is refused", func() bool {
		return g.post(large, "X-Line-Signature", "x") == http.StatusServiceUnavailable
	})
	if status := g.deliver(envelope(said("01A", "สวัสดี"))); status != http.StatusOK {
		t.Errorf("an ordinary delivery meanwhile: status = %d", status)
	}
	// They are cut off, and then there is room again.
	for _, conn := range senders {
		check(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("a slow sender was not cut off: %v", err)
		}
	}
	eventually(t, "large bodies are read again", func() bool {
		return g.post(large, "X-Line-Signature", "x") == http.StatusUnauthorized
	})
	if status := g.post(strings.Repeat(" ", line.BodyLimit+1), "X-Line-Signature", "x"); status != http.StatusRequestEntityTooLarge {
		t.Errorf("beyond the limit: status = %d", status)
	}
}

// eventually waits for something to become true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
