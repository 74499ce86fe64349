package jobs

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
	"saphan/internal/pgtest"
)

// ward is a database with running jobs, as worker processes leave them.
type ward struct {
	t    *testing.T
	url  string
	conn *pgx.Conn
	log  *testhouse.Diary
}

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{t: t, url: pgtest.URL(t), log: &testhouse.Diary{}}
	var err error
	w.conn, err = pgx.Connect(t.Context(), w.url)
	must(t, err)
	t.Cleanup(func() { _ = w.conn.Close(context.WithoutCancel(t.Context())) })
	return w
}

// running adds a job that a client is working on.
func (w *ward) running(client string) (id int64) {
	w.t.Helper()
	must(w.t, w.conn.QueryRow(w.t.Context(), `INSERT INTO river_job (kind, args, max_attempts, state, attempt, attempted_at, attempted_by)
		VALUES ('send', '{}', 25, 'running', 1, now(), $1) RETURNING id`, []string{"an earlier client", client}).Scan(&id))
	return id
}

func (w *ward) state(id int64) (state string) {
	w.t.Helper()
	must(w.t, w.conn.QueryRow(w.t.Context(), `SELECT state FROM river_job WHERE id = $1`, id).Scan(&state))
	return state
}

// hold starts a worker that looks after the others, and waits until it is ready.
func (w *ward) hold(client string) (ready <-chan struct{}, stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	held, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		r := Rescue{URL: w.url, Client: client, Log: slog.New(slog.NewTextHandler(w.log, nil))}
		if err := r.Hold(ctx, func() { close(held) }); err != nil {
			w.t.Error(err)
		}
	}()
	stop = func() { cancel(); <-done }
	w.t.Cleanup(stop)
	return held, stop
}

func (w *ward) wait(ready <-chan struct{}) {
	w.t.Helper()
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		w.t.Fatalf("never ready\n%s", w.log.String())
	}
}

// become waits until a job is in a state.
func (w *ward) become(id int64, state string) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); w.state(id) != state; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("job %d stays %s, want %s\n%s", id, w.state(id), state, w.log.String())
		}
	}
}

// R6: the running jobs of a dead client come back: those from before the start at once, later ones
// within seconds. A living client's and one's own stay.
func TestRescue(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	alive, endAlive := w.hold("alive")
	w.wait(alive)
	before, theirs := w.running("dead"), w.running("alive")
	me, _ := w.hold("me")
	w.wait(me)
	if got := w.state(before); got != "available" {
		t.Errorf("ready to work, but the job of a dead client is %s", got)
	}
	mine, later := w.running("me"), w.running("dead too")
	w.become(later, "available")
	for id, client := range map[int64]string{theirs: "alive", mine: "me"} {
		if got := w.state(id); got != "running" {
			t.Errorf("the job of %q became %s", client, got)
		}
	}
	endAlive()
	w.become(theirs, "available")
	if got := w.state(mine); got != "running" {
		t.Errorf("my own job became %s", got)
	}
	if !strings.Contains(w.log.String(), "gave back the jobs of a worker that died") {
		t.Error("the log says nothing")
	}
}

// A worker whose connection is cut takes its lock again; two of one name do not both begin.
func TestRescueTakesItsLockAgain(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	first, endFirst := w.hold("twin")
	w.wait(first)
	second, _ := w.hold("twin")
	select {
	case <-second:
		t.Error("two workers of one name are at work")
	case <-time.After(1500 * time.Millisecond):
	}
	endFirst()
	w.wait(second)

	job := w.running("twin")
	_, err := w.conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	must(t, err)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var held bool
		must(t, w.conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&held))
		if held && strings.Contains(w.log.String(), "taking it again") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the lock was not taken again\n%s", w.log.String())
		}
	}
	if got := w.state(job); got != "running" {
		t.Errorf("its own job became %s", got)
	}
}

// Without a database it says so and does not begin; told to stop, it stops.
func TestRescueWithoutADatabase(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.url = "postgres://nobody@127.0.0.1:1/nowhere"
	ready, stop := w.hold("me")
	select {
	case <-ready:
		t.Error("ready without a lock")
	case <-time.After(300 * time.Millisecond):
	}
	stop()
	if !strings.Contains(w.log.String(), "lock was lost") {
		t.Error("the log says nothing")
	}
}
