package line_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/devkit/postgres"
	"saphan/internal/secret"
	"saphan/migrations"
)

// benchSeconds is how long each run takes; each connection has one event a post and one post at a time.
const benchSeconds = 6

// BenchmarkIntake measures durable webhook intake (P1, P2): real posts over loopback, signature
// checked, deduplicated, event and job committed before the 200, on a PostgreSQL with its default
// durability. The yardstick, PostgreSQL's own one row a commit under pgbench with 32 clients, runs
// on the same server before and after; a run whose two yardsticks differ by more than 15 % says so.
//
//	go test -run '^$' -bench Intake -benchtime 1x ./bot/line
func BenchmarkIntake(b *testing.B) {
	y := startYard(b)
	for _, connections := range []int{64, 256} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) { y.measure(b, connections) })
	}
}

func (y *yard) measure(b *testing.B, connections int) {
	for b.Loop() {
		before := y.pgbench(b)
		rate, flushes := y.intake(b, connections)
		after := y.pgbench(b)
		mean := (before + after) / 2
		b.ReportMetric(rate, "events/s")
		b.ReportMetric(mean, "yardstick-rows/s")
		b.ReportMetric(rate/mean, "ratio(P1)")
		b.ReportMetric(flushes, "flushes/1000(P2)")
		if spread := max(before, after)/min(before, after) - 1; spread > 0.15 {
			b.Logf("the two yardsticks differ by %.0f %% (%.0f and %.0f rows/s): the machine was busy, run again", spread*100, before, after)
		}
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
}

// yard is a private server with the schema, the yardstick's table and one official account.
type yard struct {
	url     string
	pool    *pgxpool.Pool // as the program's role
	owner   *pgxpool.Pool
	channel agencies.Channel
	box     secret.Box
}

func startYard(b *testing.B) *yard {
	b.Helper()
	ctx := b.Context()
	dir, err := os.MkdirTemp("", "yard") //nolint:usetesting // a socket's path must be short
	check(b, err)
	check(b, os.Chmod(dir, 0o755))
	server, err := postgres.Start(ctx, postgres.Config{Dir: dir, Sync: true, Settings: map[string]string{
		"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "max_connections": "150",
	}})
	check(b, err)
	b.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := errors.Join(server.Stop(stop), os.RemoveAll(dir)); err != nil {
			b.Error(err)
		}
	})
	check(b, server.Create(ctx, "yard"))
	y := &yard{url: server.URL("yard")}
	check(b, migrations.Apply(ctx, y.url, slog.New(slog.DiscardHandler)))
	y.owner, err = pgxpool.New(ctx, y.url)
	check(b, err)
	cfg, err := pgxpool.ParseConfig(y.url)
	check(b, err)
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	y.pool, err = pgxpool.NewWithConfig(ctx, cfg)
	check(b, err)
	b.Cleanup(func() { y.pool.Close(); y.owner.Close() })
	y.box, err = secret.Parse(secret.Generate())
	check(b, err)
	y.channel = agencies.Channel{Kind: line.Kind, Destination: "U" + strings.Repeat("1", 32), Provider: "p", Name: "n", Secret: "bench secret", Token: "t"}
	check(b, agencies.Everywhere(ctx, y.pool, func(tx pgx.Tx) error {
		a, err := agencies.Create(ctx, tx, agencies.Agency{Code: "TB", Name: "n", Kind: "k", OpensAt: "08:30", ClosesAt: "16:30"})
		if err != nil {
			return err
		}
		y.channel.AgencyID = a.ID
		_, err = agencies.CreateChannel(ctx, tx, y.box, y.channel)
		return err
	}))
	return y
}

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// pgbench returns the rows a second of the yardstick.
func (y *yard) pgbench(b *testing.B) float64 {
	b.Helper()
	ctx := b.Context()
	for _, script := range []string{"schema.sql"} {
		sql, err := os.ReadFile(filepath.Join("..", "..", "bench", "intake", script))
		check(b, err)
		_, err = y.owner.Exec(ctx, string(sql))
		check(b, err)
	}
	y.settle(b)
	var dir string
	check(b, y.owner.QueryRow(ctx, `SELECT setting FROM pg_config() WHERE name = 'BINDIR'`).Scan(&dir))
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "pgbench"), "-n", "-M", "prepared", "-c", "32", "-j", "2", "-T", strconv.Itoa(benchSeconds),
		"-f", filepath.Join("..", "..", "bench", "intake", "intake_single.sql"), y.url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("pgbench: %v\n%s", err, out)
	}
	found := tps.FindSubmatch(out)
	if found == nil {
		b.Fatalf("pgbench said no rate:\n%s", out)
	}
	rate, err := strconv.ParseFloat(string(found[1]), 64)
	check(b, err)
	return rate
}

// settle lets earlier work come to rest, so that each run starts alike.
func (y *yard) settle(b *testing.B) {
	b.Helper()
	_, err := y.owner.Exec(b.Context(), `CHECKPOINT`)
	check(b, err)
}

// intake returns our events a second and the flushes of the log per 1,000 events.
func (y *yard) intake(b *testing.B, connections int) (rate, flushes float64) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	_, err := y.owner.Exec(ctx, `TRUNCATE inbound_events, river_job`)
	check(b, err)
	y.settle(b)
	jobs, err := river.NewClient(riverpgxv5.New(y.pool), &river.Config{Logger: slog.New(slog.DiscardHandler), FetchCooldown: time.Millisecond})
	check(b, err)
	intake := bot.NewIntake(y.pool, jobs)
	var running sync.WaitGroup
	running.Go(func() { intake.Run(ctx) })
	hook := line.NewWebhook(y.pool, y.box, intake, slog.New(slog.DiscardHandler), time.Now, func(string) {})
	mux := http.NewServeMux()
	mux.Handle("POST /line/webhook", hook)
	server := httptest.NewServer(mux)
	defer server.Close()

	syncs := y.syncs(b)
	var (
		acked atomic.Int64
		wg    sync.WaitGroup
	)
	started := time.Now()
	deadline := started.Add(benchSeconds * time.Second)
	failures := make(chan error, connections)
	for n := range connections {
		wg.Go(func() {
			if err := y.post(server.Listener.Addr().String(), n, deadline, &acked); err != nil {
				failures <- err
			}
		})
	}
	wg.Wait()
	took := time.Since(started).Seconds()
	syncs = y.syncs(b) - syncs
	stop()
	running.Wait()
	close(failures)
	for err := range failures {
		b.Fatal(err)
	}
	var events, queued int64
	check(b, y.owner.QueryRow(b.Context(), `SELECT (SELECT count(*) FROM inbound_events), (SELECT count(*) FROM river_job)`).Scan(&events, &queued))
	if n := acked.Load(); events != n || queued != n {
		b.Fatalf("%d events were acknowledged, %d are stored, %d have a job", n, events, queued)
	}
	return float64(events) / took, float64(syncs) / float64(events) * 1000
}

// syncs is how often the server has flushed its log so far.
func (y *yard) syncs(b *testing.B) (n int64) {
	b.Helper()
	time.Sleep(1200 * time.Millisecond) // back-ends report once a second
	check(b, y.owner.QueryRow(b.Context(), `SELECT wal_sync FROM pg_stat_wal`).Scan(&n))
	return n
}

// post sends one event after another on one connection until the deadline. The client is as thin as
// it can be, because it shares the machine with what it measures: requests differ in places of fixed
// width, and of the answer only the status is read.
func (y *yard) post(addr string, worker int, deadline time.Time, acked *atomic.Int64) error {
	conn, err := net.Dial("tcp", addr) //nolint:noctx // a benchmark's own connection
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	p := y.postcard(worker)
	answer := make([]byte, 4096)
	for n := 0; time.Now().Before(deadline); n++ {
		if _, err := conn.Write(p.numbered(n)); err != nil {
			return err
		}
		if err := answered(conn, answer); err != nil {
			return err
		}
		acked.Add(1)
	}
	return nil
}

// answered reads one answer and returns an error unless it is 200.
func answered(conn net.Conn, into []byte) error {
	got := 0
	for !bytes.HasSuffix(into[:got], []byte("\r\n\r\n{}")) {
		n, err := conn.Read(into[got:])
		if err != nil {
			return err
		}
		got += n
	}
	if !bytes.HasPrefix(into, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %.40q", into[:got])
	}
	return nil
}

// postcard is a request whose number is written over.
type postcard struct {
	request   []byte
	body      []byte   // inside request
	signature []byte   // inside request
	numbers   [][]byte // inside body
	mac       hash.Hash
	sum       []byte
}

// blank stands for the number of an event.
const blank = "000000000000"

func (y *yard) postcard(worker int) *postcard {
	text := strings.Repeat("ขอใบรับรอง ", 24) // the body is 1 KB, as in the yardstick
	body := fmt.Sprintf(`{"destination":%q,"events":[{"type":"message","mode":"active","timestamp":1700000000000,"webhookEventId":"evt-%04d-%s",`+
		`"deliveryContext":{"isRedelivery":false},"source":{"type":"user","userId":"U%032x"},"replyToken":"r%04d-%s","message":{"id":"%04d%s","type":"text","text":"%s"}}]}`,
		y.channel.Destination, worker, blank, worker, worker, blank, worker, blank, text)
	none := strings.Repeat("=", base64.StdEncoding.EncodedLen(sha256.Size))
	head := fmt.Sprintf("POST /line/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=utf-8\r\nX-Line-Signature: %s\r\nContent-Length: %d\r\n\r\n",
		none, len(body))
	p := &postcard{request: []byte(head + body), mac: hmac.New(sha256.New, []byte(y.channel.Secret))}
	p.body = p.request[len(head):]
	at := strings.Index(head, none)
	p.signature = p.request[at : at+len(none)]
	for from := 0; ; {
		i := strings.Index(body[from:], blank)
		if i < 0 {
			return p
		}
		from += i + len(blank)
		p.numbers = append(p.numbers, p.body[from-len(blank):from])
	}
}

// numbered returns the request of an event. It holds until the next one.
func (p *postcard) numbered(n int) []byte {
	for _, at := range p.numbers {
		for i, rest := len(at)-1, n; i >= 0; i-- {
			at[i] = byte('0' + rest%10)
			rest /= 10
		}
	}
	p.mac.Reset()
	p.mac.Write(p.body)
	p.sum = p.mac.Sum(p.sum[:0])
	base64.StdEncoding.Encode(p.signature, p.sum)
	return p.request
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
