package line_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// BenchmarkAck measures how soon LINE has its 200 at half of our own peak (P3): deliveries come at a
// constant rate, whatever became of those before, and a delivery's time runs from when it was due. The
// yardstick is the same percentile of PostgreSQL's own one row a commit under pgbench with 8 clients.
//
//	go test -run '^$' -bench Ack -benchtime 1x ./bot/line
func BenchmarkAck(b *testing.B) {
	y := startYard(b)
	for b.Loop() {
		peak, _, _ := y.intake(b, 64)
		before := y.pgbench99(b)
		took := y.ack(b, peak/2)
		after := y.pgbench99(b)
		at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
		mean := (before + after) / 2
		b.ReportMetric(peak/2, "events/s")
		b.ReportMetric(at(0.5), "p50-ms")
		b.ReportMetric(at(0.99), "p99-ms")
		b.ReportMetric(at(0.999), "p99.9-ms")
		b.ReportMetric(mean, "yardstick-p99-ms")
		b.ReportMetric(at(0.99)/mean, "ratio(P3)")
		if spread := max(before, after)/min(before, after) - 1; spread > 0.15 {
			b.Logf("the two yardsticks differ by %.0f %% (%.2f and %.2f ms): the machine was busy, run again", spread*100, before, after)
		}
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
}

// ack posts at a constant rate and returns how long the answers took, sorted.
func (y *yard) ack(b *testing.B, rate float64) []time.Duration {
	b.Helper()
	y.clear(b)
	d := y.open(b, y.pool)
	defer d.close()
	const connections = 256 // so many that a free one is there when a delivery is due
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		all      []time.Duration
		next     atomic.Int64
		failures = make(chan error, connections)
		total    = int64(rate * benchSeconds)
		start    = time.Now().Add(200 * time.Millisecond)
	)
	for n := range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", d.address) //nolint:noctx // a benchmark's own connection
			if err != nil {
				failures <- err
				return
			}
			defer func() { _ = conn.Close() }()
			var took []time.Duration
			p, answer := y.postcard(n), make([]byte, 4096)
			for i := next.Add(1) - 1; i < total; i = next.Add(1) - 1 {
				due := start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
				request := p.numbered(int(i))
				time.Sleep(time.Until(due))
				if _, err = conn.Write(request); err == nil {
					err = answered(conn, answer)
				}
				if err != nil {
					failures <- err
					return
				}
				took = append(took, time.Since(due))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	wg.Wait()
	d.close()
	close(failures)
	for err := range failures {
		b.Fatal(err)
	}
	if n := y.stored(b); n != total || int64(len(all)) != total {
		b.Fatalf("of %d deliveries %d were answered and %d are stored", total, len(all), n)
	}
	slices.Sort(all)
	return all
}

// pgbench99 returns the 99th percentile of the yardstick with 8 clients, in milliseconds.
func (y *yard) pgbench99(b *testing.B) float64 {
	b.Helper()
	prefix := filepath.Join(b.TempDir(), "log")
	y.yardstick(b, "-c", "8", "-j", "2", "-l", "--log-prefix="+prefix)
	logs, err := filepath.Glob(prefix + "*")
	check(b, err)
	var all []float64
	for _, path := range logs {
		file, err := os.ReadFile(path)
		check(b, err)
		for lines := bufio.NewScanner(bytes.NewReader(file)); lines.Scan(); {
			fields := strings.Fields(lines.Text()) // client, number, microseconds, ...
			us, err := strconv.ParseFloat(fields[2], 64)
			check(b, err)
			all = append(all, us/1000)
		}
	}
	if len(all) == 0 {
		b.Fatal("pgbench logged nothing")
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}

// sameBodies is how often 64 connections post one body at once.
const sameBodies = 10_000

// BenchmarkSameBody is R2 at length: one body is posted on 64 connections at the same instant, half of
// them to one process and half to another, 10,000 times; each time exactly one event and one job must
// come of it.
//
//	go test -run '^$' -bench SameBody -benchtime 1x -timeout 20m ./bot/line
func BenchmarkSameBody(b *testing.B) {
	y := startYard(b)
	other, err := pgxpool.NewWithConfig(b.Context(), y.pool.Config())
	check(b, err)
	b.Cleanup(other.Close)
	for b.Loop() {
		y.clear(b)
		doors := []door{y.open(b, y.pool), y.open(b, other)}
		began := time.Now()
		y.sameBody(b, doors, sameBodies)
		for _, d := range doors {
			d.close()
		}
		if n := y.stored(b); n != sameBodies {
			b.Fatalf("%d events came of %d bodies", n, sameBodies)
		}
		b.ReportMetric(64*sameBodies/time.Since(began).Seconds(), "posts/s")
		b.ReportMetric(float64(y.effects(b)), "effects")
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
}

// effects is the number of events that have a job.
func (y *yard) effects(b *testing.B) (n int64) {
	b.Helper()
	check(b, y.owner.QueryRow(b.Context(), `SELECT sum(jsonb_array_length(args->'events')) FROM river_job`).Scan(&n))
	return n
}

// sameBody posts each body on 64 connections at once.
func (y *yard) sameBody(b *testing.B, doors []door, bodies int) {
	b.Helper()
	const connections = 64
	var wg sync.WaitGroup
	failures := make(chan error, connections)
	start := make([]chan int, connections)
	for n := range connections {
		start[n] = make(chan int, 1)
	}
	var round sync.WaitGroup
	for n := range connections {
		conn, err := net.Dial("tcp", doors[n%len(doors)].address) //nolint:noctx // a benchmark's own connection
		check(b, err)
		wg.Go(func() {
			defer func() { _ = conn.Close() }()
			p, answer := y.postcard(0), make([]byte, 4096) // the same worker: the same bodies
			for i := range start[n] {
				err := errBusy
				for try := 0; try < 100 && errors.Is(err, errBusy); try++ { // LINE delivers again, too
					if _, err = conn.Write(p.numbered(i)); err == nil {
						err = answered(conn, answer)
					}
				}
				if err != nil {
					failures <- fmt.Errorf("body %d: %w", i, err)
				}
				round.Done()
			}
		})
	}
	for i := range bodies {
		round.Add(connections)
		for _, c := range start {
			c <- i
		}
		round.Wait()
		if len(failures) > 0 {
			break
		}
	}
	for _, c := range start {
		close(c)
	}
	wg.Wait()
	select {
	case err := <-failures:
		b.Fatal(err)
	default:
	}
}
