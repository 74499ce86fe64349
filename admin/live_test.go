package admin_test

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/admin"
	"saphan/tickets"
)

// listener reads a stream of news.
type listener struct {
	t     *testing.T
	lines chan string // events in the order they came; closed at the end of the stream
	stop  context.CancelFunc
}

var livePattern = regexp.MustCompile(`hx-sse:connect="([^"]+)"`)

// listen opens the stream that the inbox names.
func (b *browser) listen(t *testing.T, from string) *listener {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.h.server.URL+from, nil)
	b.h.must(err)
	resp, err := b.client.Do(r) //nolint:bodyclose // closed by the reader below
	b.h.must(err)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("stream: %d %v", resp.StatusCode, resp.Header)
	}
	l := &listener{t: t, lines: make(chan string, 100), stop: stop}
	go func() {
		defer close(l.lines)
		defer resp.Body.Close() //nolint:errcheck // it was only read
		for scanner := bufio.NewScanner(resp.Body); scanner.Scan(); {
			if event, ok := strings.CutPrefix(scanner.Text(), "event: "); ok {
				l.lines <- event
			}
		}
	}()
	return l
}

// next waits for an event; "" is the end of the stream.
func (l *listener) next() string {
	l.t.Helper()
	select {
	case e := <-l.lines:
		return e
	case <-time.After(10 * time.Second):
		l.t.Fatal("no event came")
		return ""
	}
}

// liveAddress is the address of the stream that the inbox names.
func (b *browser) liveAddress(t *testing.T) string {
	t.Helper()
	found := livePattern.FindStringSubmatch(b.get("/admin/").body)
	if found == nil {
		t.Fatal("the inbox names no stream")
	}
	return found[1]
}

func TestNewsOfOwnAgencyOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withBell(t))
	h.awaitBell()
	b, strange := h.as(h.officer), h.as(h.stranger)
	own, other := b.listen(t, b.liveAddress(t)), strange.listen(t, strange.liveAddress(t))
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	if e := own.next(); e != "tickets" {
		t.Errorf("event %q", e)
	}
	if e := own.next(); e != "ticket-1" {
		t.Errorf("event %q", e)
	}
	h.says(ticket, tickets.Said{Source: "m", Text: "x"})
	if e := own.next(); e != "tickets" {
		t.Errorf("event %q", e)
	}
	select {
	case e := <-other.lines:
		t.Errorf("another agency hears %q", e)
	case <-time.After(300 * time.Millisecond):
	}
}

// awaitBell waits until changes are heard: the first thing heard is that everything may be new.
func (h *house) awaitBell() {
	h.t.Helper()
	b := h.as(h.head)
	h.pass(31 * time.Second)
	for range 200 {
		found := livePattern.FindStringSubmatch(b.get("/admin/").body)
		if found != nil && !strings.HasSuffix(found[1], "-0") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	h.t.Fatal("changes are not heard")
}

// What happens between reading the page and opening the stream is not missed, and neither is what
// happens while the stream is broken.
func TestNothingIsMissed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withBell(t))
	h.awaitBell()
	b := h.as(h.officer)
	before := b.liveAddress(t)
	h.problem("หน้าโรงเรียนตัวอย่าง")
	first := b.listen(t, before)
	if e := first.next(); e != "tickets" {
		t.Errorf("event %q", e)
	}
	first.stop()
	// A mark of another process, or one that nobody remembers: read everything.
	for _, after := range []string{"", "AAAAAAAA-1", "nonsense", "-"} {
		l := b.listen(t, "/admin/live?after="+url.QueryEscape(after))
		if e := l.next(); e != "resync" {
			t.Errorf("after %q: event %q", after, e)
		}
		l.stop()
	}
}

// ASVS 7.4.1: the stream ends with the program, and nobody without a session gets one.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	h := newHouse(t, func(d *admin.Deps) {
		go func() { done <- d.Bell.Listen(ctx, d.DB.Config().ConnString()) }()
	})
	h.awaitBell()
	if got := h.browser().get("/admin/live"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("without a session: %d", got.StatusCode)
	}
	b := h.as(h.officer)
	l := b.listen(t, b.liveAddress(t))
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if e := l.next(); e != "" {
		t.Errorf("event %q after the end", e)
	}
}

// R-class fault: the connection that listens is cut; it is made anew and pages read everything again.
func TestListeningAgainAfterALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withBell(t))
	h.awaitBell()
	b := h.as(h.officer)
	l := b.listen(t, b.liveAddress(t))
	owner, err := pgx.Connect(t.Context(), h.pool.Config().ConnString())
	h.must(err)
	defer func() { h.must(owner.Close(context.WithoutCancel(t.Context()))) }()
	_, err = owner.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'`)
	h.must(err)
	if e := l.next(); e != "resync" {
		t.Errorf("event %q", e)
	}
	h.problem("หน้าโรงเรียนตัวอย่าง")
	if e := l.next(); e != "tickets" {
		t.Errorf("event %q", e)
	}
}

func TestListenNeedsAnAddress(t *testing.T) {
	t.Parallel()
	err := admin.NewBell(slog.New(slog.DiscardHandler)).Listen(t.Context(), "postgres://user:geheim@:x:y/")
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("error: %v", err)
	}
}

// ASVS 7.4.1: a stream does not outlive its session by more than a heartbeat.
func TestStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withBell(t))
	h.awaitBell()
	b := h.as(h.officer)
	l := b.listen(t, b.liveAddress(t))
	h.must(h.sessionsOf().SignOutEverywhere(t.Context(), h.officer.ID))
	select {
	case e := <-l.lines:
		if e != "signed-out" {
			t.Errorf("event %q", e)
		}
	case <-time.After(25 * time.Second):
		t.Fatal("the stream goes on")
	}
	if e := l.next(); e != "" {
		t.Errorf("event %q after the end", e)
	}
}
