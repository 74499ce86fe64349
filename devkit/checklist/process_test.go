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
	"saphan/internal/pgtest"
)

// partOf makes the test program a part of a house, in a process of its own that can be killed. It
// holds the plan.
const partOf = "SAPHAN_CHECKLIST_PART"

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
	deps, pool, err := p.build(ctx, log, time.Now)
	if err != nil {
		return err
	}
	if p.Role == "worker" {
		if _, err := p.work(ctx, deps, pool, fmt.Sprint("worker process ", os.Getpid())); err != nil {
			return err
		}
		select {}
	}
	handler, _, err := hook(ctx, deps, pool)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.Addr)
	if err != nil {
		return err
	}
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(l)
}

// part starts a part of the house as a process. It is killed at the end of the test at the latest.
func (h *house) part(role, addr string) (pid int, kill func()) {
	h.t.Helper()
	p := h.plan
	p.Role, p.Addr = role, addr
	text, err := json.Marshal(p)
	must(h.t, err)
	self, err := os.Executable()
	must(h.t, err)
	cmd := exec.CommandContext(context.WithoutCancel(h.t.Context()), self)
	cmd.Env = append(os.Environ(), partOf+"="+string(text))
	cmd.Stderr = h.log
	process, err := child.Start(cmd, syscall.SIGKILL)
	must(h.t, err)
	kill = func() {
		_ = cmd.Process.Kill() // it may have been killed before
		<-process.Done()
	}
	h.t.Cleanup(kill)
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
	h.t.Helper()
	h.until("somebody listens", func() bool {
		conn, err := (&net.Dialer{}).DialContext(h.t.Context(), "tcp", addr)
		if err != nil {
			return false
		}
		must(h.t, conn.Close())
		return true
	})
}
