package checklist

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"saphan/devkit/child"
	"saphan/devkit/testhouse"
	"saphan/internal/pgtest"
)

// partOf makes the test program a part of a house, in a process of its own that can be killed. It
// holds the plan.
const partOf = "SAPHAN_CHECKLIST_PART"

// plan is what such a process must know.
type plan struct {
	testhouse.Plan
	Role string // web or worker
	Addr string // where the web part listens
}

func TestMain(m *testing.M) {
	if text := os.Getenv(partOf); text != "" {
		if err := bePart(context.Background(), text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Main(m)
}

// bePart is the whole life of such a process: it ends by being killed.
func bePart(ctx context.Context, text string) error {
	var p plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	parts, err := p.Build(ctx, log, time.Now)
	if err != nil {
		return err
	}
	if p.Role == "worker" {
		if _, err := work(ctx, p.Database, parts, deps(parts), fmt.Sprint("worker process ", os.Getpid())); err != nil {
			return err
		}
		select {}
	}
	handler, _ := parts.Webhook(ctx)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.Addr)
	if err != nil {
		return err
	}
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(l)
}

// part starts a part of the house as a process. It is killed at the end of the test at the latest.
func (h *house) part(role, addr string) (pid int, kill func()) {
	h.T.Helper()
	text, err := json.Marshal(plan{Plan: h.Plan, Role: role, Addr: addr})
	must(h.T, err)
	self, err := os.Executable()
	must(h.T, err)
	cmd := exec.CommandContext(context.WithoutCancel(h.T.Context()), self)
	cmd.Env = append(os.Environ(), partOf+"="+string(text))
	cmd.Stderr = h.Diary
	process, err := child.Start(cmd, syscall.SIGKILL)
	must(h.T, err)
	kill = func() {
		_ = cmd.Process.Kill() // it may have been killed before
		<-process.Done()
	}
	h.T.Cleanup(kill)
	return cmd.Process.Pid, kill
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

// listening waits until somebody listens.
func (h *house) listening(addr string) {
	h.T.Helper()
	h.Until("somebody listens", func() bool {
		conn, err := (&net.Dialer{}).DialContext(h.T.Context(), "tcp", addr)
		if err != nil {
			return false
		}
		must(h.T, conn.Close())
		return true
	})
}
