package line_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
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
		a, err := agencies.Create(ctx, tx, agencies.Agency{Code: "TB", Name: "n", Kind: "k"})
		if err != nil {
			return err
		}
		y.channel.AgencyID = a.ID
		_, err = agencies.CreateChannel(ctx, tx, y.box, y.channel)
		return err
	}))
	return y
}

var (
	tps          = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)
	transactions = regexp.MustCompile(`(?m)^number of transactions actually processed: ([0-9]+)`)
)

// pgbench returns the rows a second of the yardstick, and the processor time of one.
func (y *yard) pgbench(b *testing.B) (rate float64, each time.Duration) {
	b.Helper()
	out, used := y.yardstick(b, "-c", "32", "-j", "2")
	rate, rows := reported(b, tps, out), reported(b, transactions, out)
	return rate, time.Duration(float64(used) / rows)
}

// reported is a number that pgbench said.
func reported(b *testing.B, what *regexp.Regexp, out []byte) float64 {
	b.Helper()
	found := what.FindSubmatch(out)
	if found == nil {
		b.Fatalf("pgbench did not say %s:\n%s", what, out)
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	check(b, err)
	return n
}

// yardstick runs pgbench with these flags on an empty table. It returns what pgbench said and the
// processor time that it and the database used.
func (y *yard) yardstick(b *testing.B, flags ...string) (out []byte, used time.Duration) {
	b.Helper()
	ctx := b.Context()
	sql, err := os.ReadFile(filepath.Join("..", "..", "bench", "intake", "schema.sql"))
	check(b, err)
	_, err = y.owner.Exec(ctx, string(sql))
	check(b, err)
	y.settle(b)
	var dir string
	check(b, y.owner.QueryRow(ctx, `SELECT setting FROM pg_config() WHERE name = 'BINDIR'`).Scan(&dir))
	flags = append(flags, "-n", "-M", "prepared", "-T", strconv.Itoa(benchSeconds), "-f", filepath.Join("..", "..", "bench", "intake", "intake_single.sql"), y.url)
	before := y.cost(b)
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "pgbench"), flags...)
	if out, err = cmd.CombinedOutput(); err != nil {
		b.Fatalf("pgbench: %v\n%s", err, out)
	}
	return out, y.cost(b).since(before).database + cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// settle lets earlier work come to rest, so that each run starts alike.
func (y *yard) settle(b *testing.B) {
	b.Helper()
	_, err := y.owner.Exec(b.Context(), `CHECKPOINT`)
	check(b, err)
}

// clear empties the tables of events and jobs.
func (y *yard) clear(b *testing.B) {
	b.Helper()
	_, err := y.owner.Exec(b.Context(), `TRUNCATE inbound_events, river_job`)
	check(b, err)
	y.settle(b)
}

// stored is the number of events, each of which has exactly one job.
func (y *yard) stored(b *testing.B) (events int64) {
	b.Helper()
	var queued, different int64
	check(b, y.owner.QueryRow(b.Context(), `SELECT (SELECT count(*) FROM inbound_events), count(*), count(DISTINCT e.id)
		FROM river_job j, jsonb_array_elements_text(j.args->'events') AS n, inbound_events e WHERE e.id = n::bigint`).Scan(&events, &queued, &different))
	if events != queued || events != different {
		b.Fatalf("%d events are stored, jobs name %d, of which %d are different", events, queued, different)
	}
	return events
}

// door is one web process: the webhook with an intake of its own.
type door struct {
	address string
	close   func()
}

func (y *yard) open(b *testing.B, pool *pgxpool.Pool) door {
	b.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: slog.New(slog.DiscardHandler), FetchCooldown: time.Millisecond})
	check(b, err)
	intake := bot.NewIntake(pool, jobs)
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { intake.Run(ctx) })
	mux := http.NewServeMux()
	mux.Handle("POST /line/webhook", line.NewWebhook(pool, y.box, intake, slog.New(slog.DiscardHandler), time.Now, func(string) {}))
	server := httptest.NewServer(mux)
	return door{server.Listener.Addr().String(), sync.OnceFunc(func() { server.Close(); stop(); running.Wait() })}
}

// syncs is how often the server has flushed its log so far.
func (y *yard) syncs(b *testing.B) (n int64) {
	b.Helper()
	time.Sleep(1200 * time.Millisecond) // back-ends report once a second
	check(b, y.owner.QueryRow(b.Context(), `SELECT wal_sync FROM pg_stat_wal`).Scan(&n))
	return n
}

// cost is processor time: ours, with the load generator in it, and the database's.
type cost struct{ ours, database time.Duration }

func (c cost) since(before cost) cost {
	return cost{c.ours - before.ours, c.database - before.database}
}

// cost reads what has been used so far. Unlike time it does not depend on what else the machine does.
// Where the kernel does not tell, the database's is 0.
func (y *yard) cost(b *testing.B) cost {
	b.Helper()
	var self syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &self))
	used := cost{ours: time.Duration(self.Utime.Nano() + self.Stime.Nano())}
	var file string
	check(b, y.owner.QueryRow(b.Context(), `SELECT pg_read_file('postmaster.pid')`).Scan(&file))
	server, _, _ := strings.Cut(file, "\n")
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	check(b, err)
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest) // from the third on, which is the state
		if len(fields) < 15 || (fields[1] != server && !strings.HasPrefix(string(stat), server+" ")) {
			continue
		}
		ticks := fields[11:13]
		if fields[1] != server {
			ticks = fields[11:15] // and those of its children that have ended
		}
		for _, field := range ticks {
			n, err := strconv.Atoi(field)
			check(b, err)
			used.database += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return used
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
