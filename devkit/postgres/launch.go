package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// logFile is the server's own log inside the folder, and logLimit the size at which it is begun anew.
const (
	logFile  = "postgres.log"
	logLimit = 4 << 20
)

// child is the server process.
type child struct {
	process *os.Process
	done    chan struct{}
}

// launch starts the server process and waits until it answers.
func (s *Server) launch(ctx context.Context, cfg Config, bin binaries, who account) error {
	logPath := filepath.Join(s.place.dir, logFile)
	if info, err := os.Stat(logPath); err == nil && info.Size() > logLimit {
		if err := os.Truncate(logPath, 0); err != nil {
			return fmt.Errorf("postgres: begin the log anew: %w", err)
		}
	}
	out, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // the path is ours
	if err != nil {
		return fmt.Errorf("postgres: open the log: %w", err)
	}
	defer func() { _ = out.Close() }() // the child has its own copy
	begin, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("postgres: open the log: %w", err)
	}

	s.child, err = startChild(bin.path("postgres"), s.settings(cfg), out, s.place.dir, who)
	if err != nil {
		return fmt.Errorf("postgres: start %s: %w", bin.path("postgres"), err)
	}
	if err := s.awaitReady(ctx); err != nil {
		select {
		case <-s.child.done:
			return fmt.Errorf("postgres: the server on %s did not start: %s; see %s, or begin with an empty folder (saphan dev --fresh)",
				s.place.dir, lastWord(logPath, begin), logPath)
		default:
		}
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return errors.Join(fmt.Errorf("postgres: the server on %s does not answer: %w", s.place.dir, err), s.child.stop(stopCtx))
	}
	return nil
}

// awaitReady returns when a connection succeeds, the process ends or ctx does.
func (s *Server) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgconn.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-s.child.done:
			return err
		case <-tick.C:
		}
	}
}

// startChild runs a command whose life is bound to this process. The kernel ties the parent-death
// signal to the OS thread that started the child, so one locked goroutine starts it, waits for it
// and keeps its thread until then.
func startChild(name string, args []string, out *os.File, dir string, who account) (*child, error) {
	cmd := exec.Command(name, args...) //nolint:gosec,noctx // found by us; it outlives the start's context and is ended by stop
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environment(), out, out
	cmd.SysProcAttr = who.attributes()
	c := &child{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		c.process = cmd.Process
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // an end that nobody asked for shows in the log and on done
		close(c.done)
	}()
	return c, <-started
}

// stop asks for a fast shutdown, then an immediate one, then takes the process away.
func (c *child) stop(ctx context.Context) error {
	if c == nil {
		return nil
	}
	if c.ask(ctx, syscall.SIGINT) {
		return nil
	}
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		ended := c.ask(soon, sig)
		cancel()
		if ended {
			return nil
		}
	}
	return fmt.Errorf("postgres: process %d does not end", c.process.Pid)
}

// ask sends a signal and reports whether the process ended before ctx did.
func (c *child) ask(ctx context.Context, sig syscall.Signal) bool {
	_ = c.process.Signal(sig) // a process that has just ended is what we want
	select {
	case <-c.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// environment is ours without the variables by which PostgreSQL's programs can be turned elsewhere.
func environment() []string {
	var env []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" {
			continue
		}
		env = append(env, pair)
	}
	return append(env, "LANG=C")
}

// lastWord is the reason the server gave for not starting: the last line of weight in its log.
func lastWord(path string, from int64) string {
	f, err := os.Open(path) //nolint:gosec // the path is ours
	if err != nil {
		return "it gave no reason"
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.NewSectionReader(f, from, 1<<20))
	if err != nil {
		return "it gave no reason"
	}
	return reason(text)
}

// reason picks the sentence to show from a program's output.
func reason(output []byte) string {
	word := ""
	for _, line := range strings.Split(string(bytes.TrimSpace(output)), "\n") {
		for _, mark := range []string{"FATAL:", "PANIC:", "error:", "ERROR:"} {
			if _, after, found := strings.Cut(line, mark); found {
				word = strings.TrimSpace(after)
			}
		}
		if word == "" && strings.TrimSpace(line) != "" && !strings.Contains(line, "LOG:") {
			word = strings.TrimSpace(line)
		}
	}
	if word == "" {
		return "it gave no reason"
	}
	return word
}
