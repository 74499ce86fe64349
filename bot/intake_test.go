package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/pgtest"
)

// startIntake returns an intake that runs until the test ends, or until stop, which waits for it.
func startIntake(t *testing.T, pool *pgxpool.Pool) (in *bot.Intake, stop func()) {
	t.Helper()
	in = bot.NewIntake(pool, enqueuer(t))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); in.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return in, stop
}

// redeliver stores events as LINE has them stored: again, until it works.
func redeliver(t *testing.T, in *bot.Intake, events ...bot.Raw) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		err := in.Store(t.Context(), events)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("not stored: %v", err)
			return
		}
	}
}

func raw(id string) bot.Raw {
	at := time.Now()
	return bot.Raw{ChannelID: 1, EventID: id, Source: "U1", MessageID: "m" + id, At: at, ReceivedAt: at, Body: []byte(`{"id":"` + id + `"}`)}
}

type kept struct {
	ID      int64
	EventID string
	State   string
	Problem string
	Jobs    int
}

// stored reads what is durable through a connection that has nothing to do with the intake's.
func stored(t *testing.T, url string) map[string]kept {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, url)
	must(t, err)
	defer func() { must(t, conn.Close(ctx)) }()
	all := map[string]kept{}
	must(t, agencies.Everywhere(ctx, conn, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, event_id, state, problem,
			(SELECT count(*) FROM river_job WHERE kind = 'received' AND args->'events' @> to_jsonb(e.id))::int FROM inbound_events e`)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[kept])
		for _, k := range list {
			all[k.EventID] = k
		}
		return err
	}))
	return all
}

// open makes a database of its own, with a pool as the program has it.
func open(t *testing.T) (url string, pool *pgxpool.Pool) {
	t.Helper()
	url = pgtest.URL(t)
	cfg, err := pgxpool.ParseConfig(url)
	must(t, err)
	cfg.MaxConns = 8
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	pool, err = pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	t.Cleanup(pool.Close)
	return url, pool
}

// Row 10: what Store has returned for can be read by anybody.
func TestStoredIsDurable(t *testing.T) {
	t.Parallel()
	url, pool := open(t)
	in, _ := startIntake(t, pool)
	for i := range 5 {
		id := fmt.Sprint("e", i)
		redeliver(t, in, raw(id))
		if k := stored(t, url)[id]; k.Jobs != 1 || k.State != "waiting" {
			t.Fatalf("after Store: %+v", k)
		}
	}
	must(t, in.Store(t.Context(), nil))
}

// held is a connection whose next commit waits until it is let go.
type held struct {
	net.Conn
	arrived, letGo chan struct{}
}

func (h held) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("commit")) {
		h.arrived <- struct{}{}
		<-h.letGo
	}
	return h.Conn.Write(p)
}

// Row 10: while its commit is on its way Store does not return, nor can anybody read the event.
func TestStoreWaitsForItsCommit(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	cfg, err := pgxpool.ParseConfig(url)
	must(t, err)
	arrived, letGo := make(chan struct{}, 64), make(chan struct{})
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return held{conn, arrived, letGo}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	t.Cleanup(pool.Close)
	in, _ := startIntake(t, pool)
	t.Cleanup(func() { close(letGo) }) // whatever is held still
	for try := range 10 {
		id := fmt.Sprint("e", try)
		result := make(chan error, 1)
		go func() { result <- in.Store(t.Context(), []bot.Raw{raw(id)}) }()
		select {
		case <-arrived:
		case err = <-result:
			if err == nil {
				t.Fatal("Store returned before any commit")
			}
			continue
		}
		_, there := stored(t, url)[id]
		select {
		case err = <-result:
			letGo <- struct{}{}
		case <-time.After(100 * time.Millisecond):
			letGo <- struct{}{}
			if err = <-result; err == nil {
				if k := stored(t, url)[id]; there || k.Jobs != 1 {
					t.Errorf("before its commit there: %t; after Store: %+v", there, k)
				}
				return
			}
		}
		if err == nil {
			t.Fatal("Store returned while its commit was on its way")
		}
	}
	t.Errorf("not stored: %v", err) // ten times: it is not only that the machine is busy
}

// Row 11: the same event within a batch and across batches is stored once, with one job.
func TestSameEventIsStoredOnce(t *testing.T) {
	t.Parallel()
	url, pool := open(t)
	in, _ := startIntake(t, pool)
	redeliver(t, in, raw("b"), raw("a"), raw("b"))
	redeliver(t, in, raw("a"), raw("c"))
	other := raw("a")
	other.ChannelID = 2 // another account's event may be called the same
	redeliver(t, in, other)
	broken := raw("d")
	broken.Problem = "not an event"
	redeliver(t, in, broken, broken)
	all := stored(t, url)
	for id, jobs := range map[string]int{"a": 1, "b": 1, "c": 1, "d": 0} {
		if all[id].Jobs != jobs {
			t.Errorf("%s: %+v, want %d jobs", id, all[id], jobs)
		}
	}
	if all["d"].State != "quarantined" || all["d"].Problem != "not an event" {
		t.Errorf("a broken event: %+v", all["d"])
	}
}

// Events of one delivery keep their order, though they are inserted in another.
func TestOrderOfDeliveryIsKept(t *testing.T) {
	t.Parallel()
	url, pool := open(t)
	in, _ := startIntake(t, pool)
	ids := []string{"z", "m", "a", "y", "b"}
	var events []bot.Raw
	for _, id := range ids {
		events = append(events, raw(id))
	}
	redeliver(t, in, events...)
	all := stored(t, url)
	for i := 1; i < len(ids); i++ {
		if all[ids[i-1]].ID >= all[ids[i]].ID {
			t.Errorf("%s is number %d, %s after it number %d", ids[i-1], all[ids[i-1]].ID, ids[i], all[ids[i]].ID)
		}
	}
}

// Row 13, R2: the same events from two processes at once, in any order: one effect, and nobody waits
// for somebody who waits for him.
func TestSameEventsAtTheSameInstant(t *testing.T) {
	t.Parallel()
	url, pool := open(t)
	one, _ := startIntake(t, pool)
	two, _ := startIntake(t, pgtestPool(t, url))
	for round := range 8 {
		var events []bot.Raw
		for i := range 300 {
			events = append(events, raw(fmt.Sprintf("r%d-%d", round, i)))
		}
		start := make(chan struct{})
		var wg sync.WaitGroup
		for n := range 8 {
			mine := append([]bot.Raw(nil), events...)
			rand.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
			wg.Go(func() {
				<-start
				in := one
				if n%2 == 1 {
					in = two
				}
				redeliver(t, in, mine...)
			})
		}
		close(start)
		wg.Wait()
	}
	all := stored(t, url)
	if len(all) != 8*300 {
		t.Errorf("%d events stored, want %d", len(all), 8*300)
	}
	for id, k := range all {
		if k.Jobs != 1 {
			t.Errorf("%s has %d jobs", id, k.Jobs)
		}
	}
}

func pgtestPool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// One event that the database refuses goes into quarantine; neither its delivery nor those that share
// its commit are kept waiting for ever.
func TestOneBadRowDoesNotFailOthers(t *testing.T) {
	t.Parallel()
	url, pool := open(t)
	in, _ := startIntake(t, pool)
	bad := map[string]func(*bot.Raw){
		"zero byte in the name":   func(e *bot.Raw) { e.EventID = "a\x00b" },
		"a name beyond any index": func(e *bot.Raw) { e.EventID = longNoise(9000) },
		"a source of no letters":  func(e *bot.Raw) { e.Source = "\xff\xfe" },
		"a problem with a zero":   func(e *bot.Raw) { e.Problem = "\x00" },
	}
	var wg sync.WaitGroup
	for name, spoil := range bad {
		for i := range 3 {
			wg.Go(func() {
				e := raw(fmt.Sprintf("bad %s %d", name, i))
				spoil(&e)
				e.Body = []byte(fmt.Sprintf(`{"bad":%q,"n":%d}`, name, i))
				events := []bot.Raw{raw(fmt.Sprintf("before %s %d", name, i)), e, raw(fmt.Sprintf("after %s %d", name, i))}
				redeliver(t, in, events...)
				if events[0].Problem != "" || events[1].Problem != "the database refused it" || events[2].Problem != "" {
					t.Errorf("%s: whoever brought it is told %q, %q, %q", name, events[0].Problem, events[1].Problem, events[2].Problem)
				}
			})
			wg.Go(func() {
				redeliver(t, in, raw(fmt.Sprintf("beside %s %d", name, i)))
			})
		}
	}
	wg.Wait()
	good, quarantined := 0, 0
	for id, k := range stored(t, url) {
		switch {
		case strings.HasPrefix(id, "refused:") && k.State == "quarantined" && k.Jobs == 0:
			quarantined++
		case k.State == "waiting" && k.Jobs == 1:
			good++
		default:
			t.Errorf("stored %+v", k)
		}
	}
	if want := 3 * len(bad); quarantined != want || good != 3*want {
		t.Errorf("%d in quarantine and %d good, want %d and %d", quarantined, good, want, 3*want)
	}
}

// longNoise is a text that does not become short when PostgreSQL compresses it.
func longNoise(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + rand.IntN(26))
	}
	return string(b)
}

// When more waits than can be held, callers are told at once.
func TestFullIntakeIsBusy(t *testing.T) {
	t.Parallel()
	in := bot.NewIntake(nil, enqueuer(t)) // nobody runs it
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	full := make(chan struct{})
	var once sync.Once
	for range 5000 {
		wg.Go(func() {
			err := in.Store(ctx, []bot.Raw{raw("x")})
			if errors.Is(err, bot.ErrBusy) {
				once.Do(func() { close(full) })
			}
			if err == nil {
				t.Error("stored by nobody")
			}
		})
	}
	select {
	case <-full:
	case <-time.After(10 * time.Second):
		t.Error("an intake that nobody empties never gets full")
	}
	cancel()
	wg.Wait()
}

// What waits is bounded by its weight, too, and each of them takes its own away when it has gone.
func TestHeavyIntakeIsBusy(t *testing.T) {
	t.Parallel()
	_, pool := open(t)
	in := bot.NewIntake(pool, enqueuer(t))
	heavy := raw("heavy")
	heavy.Body = make([]byte, 2<<20)
	var wg sync.WaitGroup
	var taken, refused atomic.Int32
	for range 100 {
		wg.Go(func() {
			switch err := in.Store(t.Context(), []bot.Raw{heavy}); {
			case errors.Is(err, bot.ErrBusy):
				refused.Add(1)
			default:
				taken.Add(1)
			}
		})
	}
	wg.Wait() // nobody runs it: whoever was taken loses patience
	if n := taken.Load(); n != 32 || refused.Load() != 68 {
		t.Errorf("%d deliveries of 2 MiB were taken and %d refused, want 64 MiB to be the most", n, refused.Load())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); in.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	for deadline := time.Now().Add(30 * time.Second); in.Store(t.Context(), []bot.Raw{heavy}) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("an intake that was full stays full")
		}
	}
}

// With the database gone, hanging or cut off, callers hear so within two seconds, however many there
// are, and never that something was stored.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	for name, behave := range map[string]func(net.Conn){
		"refuses": func(c net.Conn) { _ = c.Close() },
		"hangs":   func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			must(t, err)
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go behave(c)
				}
			}()
			pool := pgtestPool(t, "postgres://nobody@"+l.Addr().String()+"/nowhere?sslmode=disable")
			in, _ := startIntake(t, pool)
			var wg sync.WaitGroup
			for i := range 200 {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * 5 * time.Millisecond)
					began := time.Now()
					err := in.Store(t.Context(), []bot.Raw{raw(fmt.Sprint(i))})
					if took := time.Since(began); err == nil || took > 2*time.Second {
						t.Errorf("delivery %d: %v after %s", i, err, took)
					}
				})
			}
			wg.Wait()
		})
	}
}

// R7: back ends are killed under load. Whatever was called stored is stored, and the intake comes back.
func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	url, pool := open(t)
	in, _ := startIntake(t, pool)
	killer, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = killer.Close(context.WithoutCancel(t.Context())) })
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		acked []string
		stop  = make(chan struct{})
	)
	for n := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprintf("%d-%d", n, i)
				if in.Store(t.Context(), []bot.Raw{raw(id)}) == nil {
					mu.Lock()
					acked = append(acked, id)
					mu.Unlock()
				}
			}
		})
	}
	through := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(acked) > 0
	}
	// Ever less often, so that on a slow machine too something gets through.
	for n, deadline := 1, time.Now().Add(time.Minute); n <= 10 || (!through() && time.Now().Before(deadline)); n++ {
		time.Sleep(time.Duration(n) * 10 * time.Millisecond)
		_, err := killer.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()`)
		must(t, err)
	}
	close(stop)
	wg.Wait()
	redeliver(t, in, raw("afterwards"))
	all := stored(t, url)
	for _, id := range acked {
		if all[id].Jobs != 1 {
			t.Errorf("%s was called stored: %+v", id, all[id])
		}
	}
	if len(acked) == 0 {
		t.Error("nothing got through at all")
	}
}

// R14: told to stop, the intake stores what it took in and takes no more.
func TestShutdownDrains(t *testing.T) {
	t.Parallel()
	url, pool := open(t)
	in, stop := startIntake(t, pool)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		acked []string
	)
	for i := range 400 {
		wg.Go(func() {
			id := fmt.Sprint(i)
			if err := in.Store(t.Context(), []bot.Raw{raw(id)}); err == nil {
				mu.Lock()
				acked = append(acked, id)
				mu.Unlock()
			} else if !errors.Is(err, bot.ErrBusy) {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	time.Sleep(5 * time.Millisecond)
	stop()
	wg.Wait()
	all := stored(t, url)
	for _, id := range acked {
		if all[id].Jobs != 1 {
			t.Errorf("%s was called stored: %+v", id, all[id])
		}
	}
	if err := in.Store(t.Context(), []bot.Raw{raw("late")}); !errors.Is(err, bot.ErrBusy) {
		t.Errorf("after the end: %v, want ErrBusy", err)
	}
	if _, late := stored(t, url)["late"]; late {
		t.Error("something was stored after the end")
	}
}
