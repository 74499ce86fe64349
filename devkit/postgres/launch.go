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
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"saphan/devkit/child"
)

// logFile is the server's own log inside the folder, and logLimit the size at which it is begun anew.
const (
	logFile  = "postgres.log"
	logLimit = 4 << 20
)

// launch starts the server process and waits until it answers.
func (s *Server) launch(ctx context.Context, cfg Config, bin binaries, who account) error {
	logPath := filepath.Join(s.place.dir, logFile)
	if info, err := os.Stat(logPath); err == nil && info.Size() > logLimit {
		if err := os.Truncate(logPath, 0); err != nil {
			return fmt.Errorf("postgres: begin the log anew: %w", err)
		}
	}
	out, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("postgres: open the log: %w", err)
	}
	defer func() { _ = out.Close() }() // the child has its own copy
	begin, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("postgres: open the log: %w", err)
	}

	cmd := exec.Command(bin.path("postgres"), s.settings(cfg)...) //nolint:noctx // found by us; it outlives the start's context and is ended by Stop
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.place.dir, environment(), out, out, who.attributes()
	if s.child, err = child.Start(cmd, syscall.SIGINT); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	if err := s.awaitReady(ctx); err != nil {
		if s.child.Ended() {
			return fmt.Errorf("postgres: the server on %s did not start: %s; see %s, or begin with an empty folder (saphan dev --fresh)",
				s.place.dir, lastWord(logPath, begin), logPath)
		}
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return errors.Join(fmt.Errorf("postgres: the server on %s does not answer: %w", s.place.dir, err), s.end(stopCtx))
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
		case <-s.child.Done():
			return err
		case <-tick.C:
		}
	}
}

// end asks for a fast shutdown, then an immediate one, then takes the process away.
func (s *Server) end(ctx context.Context) error {
	if err := s.child.End(ctx, syscall.SIGINT, syscall.SIGQUIT); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return nil
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
	f, err := os.Open(path)
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
