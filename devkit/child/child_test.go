package child_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"saphan/devkit/child"
)

func start(t *testing.T, script string) *child.Process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := child.Start(cmd, syscall.SIGTERM)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatalf("child did not say that it is up: %v", err)
	}
	return p
}

func TestEndGrowsSterner(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		least  time.Duration
	}{
		"willing":   {"echo up; exec sleep 60", 0},
		"unwilling": {"trap '' INT TERM; echo up; while :; do sleep 0.1; done", 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, c.script)
			if p.Ended() {
				t.Fatal("ended by itself")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			began := time.Now()
			if err := p.End(ctx, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			<-p.Done()
			if took := time.Since(began); took < c.least {
				t.Errorf("ended after %v: not by the stern way", took)
			}
		})
	}
}

func TestStartOfNothingIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := child.Start(exec.CommandContext(t.Context(), "/nonexistent"), syscall.SIGTERM); err == nil {
		t.Error("no error")
	}
}

func TestOneUserOfAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := child.Lock(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := child.Lock(soon, dir); !errors.Is(err, child.ErrInUse) {
		t.Errorf("second user: %v", err)
	}
	if !child.InUse(t.Context(), dir) {
		t.Error("not in use")
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = f.Close() })
	again, err := child.Lock(t.Context(), dir) // waits
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(child.Patience); child.InUse(t.Context(), dir); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) { // a fork of another test may hold it for a moment
			t.Fatal("still in use")
		}
	}
}

func TestSweepTakesOnlyTheDead(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	old := time.Now().Add(-time.Hour)
	folder := func(name string, at time.Time) string {
		dir := filepath.Join(temp, name)
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	used := folder("saphan-used", old)
	lock, err := child.Lock(t.Context(), used)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	if err := os.Chtimes(used, old, old); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{
		used: true, folder("saphan-dead", old): false, folder("saphan-young", time.Now()): true, folder("else", old): true,
	}
	child.Sweep(t.Context(), temp, "saphan-", time.Minute)
	for dir, want := range want {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", dir, err == nil, want)
		}
	}
}
