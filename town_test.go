package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit"
	"saphan/internal/pgtest"
)

// beProgram makes the test binary the program itself: tests that kill a process start it that way.
const beProgram = "SAPHAN_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
		return
	}
	pgtest.Main(m)
}

// Bounds of waiting: for the start of everything, and for what should follow in milliseconds. They
// are wide because the machine may be busy with other tests.
const (
	startsWithin  = 2 * time.Minute
	followsWithin = 40 * time.Second
	lookAgain     = 15 * time.Millisecond
)

// town is a running saphan dev with all that a test needs to use it from outside.
type town struct {
	dir    string
	base   string // address of the program
	line   string // address of the LINE simulator
	agency string // address of the sample agency's pages
	creds  credentials
	client *http.Client
	mortal bool // the program may die and come back: what fails is tried again

	mu       sync.Mutex
	officers map[string]*officer // signed in, by e-mail address
}

// credentials is what GET /dev/credentials answers.
type credentials struct {
	Line struct {
		Destination string `json:"destination"`
		Secret      string `json:"channel_secret"`
		Token       string `json:"channel_access_token"`
	} `json:"line"`
	Officers []devkit.Officer `json:"officers"`
	Webhook  struct {
		URL    string `json:"url"`
		Secret string `json:"secret"`
	} `json:"webhook"`
	URLs map[string]string `json:"urls"`
}

// dataFolder is an empty folder that the database's own user may pass through.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// terminal takes what the program prints.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *terminal) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *terminal) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// running is the program at work in this process.
type running struct {
	out, err terminal
	stop     context.CancelFunc
	done     chan struct{}
	result   error
	alarms   []string // words of errors that are due
}

// begin starts the program with these arguments and variables.
func begin(ctx context.Context, env map[string]string, args ...string) *running {
	ctx, stop := context.WithCancel(ctx)
	r := &running{stop: stop, done: make(chan struct{})}
	getenv := func(name string) string {
		if v, ok := env[name]; ok || name != "METRICS_ADDR" {
			return v
		}
		return "off"
	}
	go func() {
		defer close(r.done)
		r.result = run(ctx, args, getenv, &r.out, &r.err)
	}()
	return r
}

// end tells the program to stop, as Ctrl-C does, and waits for it.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	select {
	case <-r.done:
	case <-time.After(startsWithin):
		t.Fatal("the program does not end")
	}
	if r.result != nil {
		t.Errorf("the program ended with: %v", r.result)
	}
	for line := range strings.Lines(r.err.String()) {
		if !slices.ContainsFunc(r.alarms, func(words string) bool { return strings.Contains(line, words) }) {
			t.Errorf("on the terminal: %s", line)
		}
	}
}

// startTown runs saphan dev in this process until the test ends. Further arguments go to the command.
func startTown(t *testing.T, dir string, args ...string) *town {
	t.Helper()
	tw, r := openTown(t, dir, args...)
	t.Cleanup(func() { r.end(t) })
	return tw
}

// openTown runs saphan dev in this process until end.
func openTown(t *testing.T, dir string, args ...string) (*town, *running) {
	t.Helper()
	return openTownWith(t, dir, nil, args...)
}

// openTownWith is openTown with variables of its own.
func openTownWith(t *testing.T, dir string, env map[string]string, args ...string) (*town, *running) {
	t.Helper()
	r := begin(context.WithoutCancel(t.Context()), env, append([]string{"dev", "--data", dir, "--addr", "127.0.0.1:0"}, args...)...)
	deadline := time.Now().Add(startsWithin)
	for {
		if base := addressOn(r.out.String()); base != "" {
			return newTown(t, dir, base, base+"/dev/line"), r
		}
		select {
		case <-r.done:
			missingTool(t, r.result)
			t.Fatalf("saphan dev did not start: %v\n%s", r.result, r.err.String())
		case <-time.After(lookAgain):
		}
		if time.Now().After(deadline) {
			r.stop()
			t.Fatalf("saphan dev does not get ready; it printed\n%s%s", r.out.String(), r.err.String())
		}
	}
}

// missingTool skips the test, unless CI is set, when the machine has no PostgreSQL.
func missingTool(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "no PostgreSQL programs found") && os.Getenv("CI") == "" {
		t.Skip(err)
	}
}

// addressOn reads the program's address from the screen that says it is ready.
func addressOn(screen string) string {
	_, after, ready := strings.Cut(screen, "Officer (inbox)")
	address, _, whole := strings.Cut(strings.TrimSpace(after), "/admin/")
	if !ready || !whole {
		return ""
	}
	return address
}

// newTown reads the credentials of a running program.
func newTown(t *testing.T, dir, base, line string) *town {
	t.Helper()
	tw := &town{
		dir: dir, base: base, line: line, agency: base + "/dev/agency",
		client:   &http.Client{Timeout: followsWithin, Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
		officers: map[string]*officer{},
	}
	t.Cleanup(tw.client.CloseIdleConnections)
	tw.getJSON(t, base+"/dev/credentials", &tw.creds)
	return tw
}

// fetch answers status, header and body of a GET.
func (tw *town) fetch(t *testing.T, address string, header ...string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := tw.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// page reads an address that must answer 200.
func (tw *town) page(t *testing.T, address string) string {
	t.Helper()
	status, _, body := tw.fetch(t, address)
	if status != http.StatusOK {
		t.Fatalf("GET %s: status %d\n%.500s", address, status, body)
	}
	return string(body)
}

func (tw *town) getJSON(t *testing.T, address string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(tw.page(t, address)), into); err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
}

// sql opens the program's database as its superuser, who sees every agency.
func (tw *town) sql(t *testing.T) *pgx.Conn {
	t.Helper()
	socket := filepath.Join(tw.dir, "postgres", "socket")
	conn, err := pgx.Connect(t.Context(), fmt.Sprintf("postgres://postgres@/saphan?host=%s&port=5432", socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) }) // the server may be gone already
	return conn
}

// rested waits until no job is left to do, and fails for jobs that gave up.
func (tw *town) rested(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	var left int
	eventually(t, "every job done", func() error {
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`).Scan(&left)
		if err == nil && left > 0 {
			err = fmt.Errorf("%d jobs are left", left)
		}
		return err
	})
	var failed string
	err := conn.QueryRow(t.Context(), `SELECT coalesce(string_agg(kind || ' ' || state || ' ' || coalesce(errors[1]->>'error', ''), '; '), '')
		FROM river_job WHERE state IN ('cancelled', 'discarded')`).Scan(&failed)
	if err != nil {
		t.Fatal(err)
	}
	if failed != "" {
		t.Errorf("jobs gave up: %s", failed)
	}
}

// delivery is what the sample agency knows of an event.
type delivery struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Verified   bool   `json:"verified"`
	Accepted   bool   `json:"accepted"`
	Arrivals   int    `json:"arrivals"`
	Duplicates int    `json:"duplicates"`
	Altered    bool   `json:"altered"`
	Body       struct {
		Data struct {
			Ticket struct {
				ID      int64  `json:"id"`
				Number  string `json:"number"`
				Service string `json:"service"`
				Status  string `json:"status"`
			} `json:"ticket"`
			Permit struct {
				Number string `json:"number"`
				Status string `json:"status"`
			} `json:"permit"`
			Decision struct {
				Outcome string `json:"outcome"`
			} `json:"decision"`
		} `json:"data"`
	} `json:"body"`
}

// deliveries are the events of one ticket that the agency's system has taken, oldest first. It fails
// for anything that arrived unsigned or altered.
func (tw *town) deliveries(t *testing.T, ticket int64) []delivery {
	t.Helper()
	var all struct {
		Refused    int        `json:"refused"`
		Deliveries []delivery `json:"deliveries"`
	}
	tw.getJSON(t, tw.agency+"/deliveries.json", &all)
	if all.Refused > 0 {
		t.Errorf("the agency's system refused %d requests", all.Refused)
	}
	var own []delivery
	for i := len(all.Deliveries) - 1; i >= 0; i-- {
		d := all.Deliveries[i]
		if !d.Verified || d.Altered {
			t.Errorf("delivery %s: verified %t, altered %t", d.ID, d.Verified, d.Altered)
		}
		if d.Body.Data.Ticket.ID == ticket {
			own = append(own, d)
		}
	}
	return own
}

// delivered waits until the agency's system has taken an event of a type for the ticket.
func (tw *town) delivered(t *testing.T, ticket int64, kind string) delivery {
	t.Helper()
	var found delivery
	eventually(t, kind+" at the agency's system", func() error {
		var seen []string
		for _, d := range tw.deliveries(t, ticket) {
			if d.Type == kind && d.Accepted {
				found = d
				return nil
			}
			seen = append(seen, d.Type)
		}
		return fmt.Errorf("it has %v", seen)
	})
	return found
}

// eventually repeats a look until it finds nothing wrong.
func eventually(t *testing.T, what string, look func() error) {
	t.Helper()
	deadline := time.Now().Add(followsWithin)
	for {
		err := look()
		if err == nil {
			return
		}
		if time.Now().After(deadline) || errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(lookAgain)
	}
}
