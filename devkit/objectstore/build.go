package objectstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"saphan/devkit/child"
)

// sources are the files of the server's module; a change in one makes another program.
var sources = []string{"main.go", "go.mod", "go.sum"}

// buildLimit bounds a build on a slow machine and a slow network; reminder is how often a waiting
// person is told that it goes on.
const (
	buildLimit = 15 * time.Minute
	reminder   = 15 * time.Second
)

// instead is what to do when the server cannot be built.
const instead = "or set S3_ENDPOINT to an object store of your own"

// build returns the server program, made on first use.
func build(ctx context.Context, log *slog.Logger) (string, error) {
	source, err := sourceFolder()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("object store: no cache folder to build the server in: %w", err)
	}
	return buildInto(ctx, filepath.Join(cache, "saphan", "objectstore"), source, log)
}

// buildInto builds the module in source into a folder of its own below cache, one process at a time.
func buildInto(ctx context.Context, cache, source string, log *slog.Logger) (string, error) {
	key, err := fingerprint(source)
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, key)
	program := filepath.Join(home, "server")
	if exists(program) {
		return program, nil
	}
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", fmt.Errorf("object store: %w", err)
	}
	lock, err := child.Lock(ctx, home)
	if err != nil {
		return "", fmt.Errorf("object store: wait for another build: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if exists(program) { // another process was quicker
		return program, nil
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("object store: the go tool is not in PATH, so its server cannot be built; install Go " + instead)
	}
	log.InfoContext(ctx, "building the object store, about a minute, once")
	defer remind(ctx, log)()
	cmd := exec.CommandContext(ctx, tool, "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w", "-o", program+".new", ".")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("object store: building its server was broken off: %w", ctx.Err())
		}
		return "", fmt.Errorf("object store: its server cannot be built: %s; mend that %s", lastOf(string(out)), instead)
	}
	if err := os.Rename(program+".new", program); err != nil {
		return "", fmt.Errorf("object store: %w", err)
	}
	return program, nil
}

// remind tells from time to time that the build goes on, until the returned function is called.
func remind(ctx context.Context, log *slog.Logger) (stop func()) {
	done := make(chan struct{})
	began := time.Now()
	tick := time.NewTicker(reminder)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				log.InfoContext(ctx, "still building the object store", "seconds", int(time.Since(began).Seconds()))
			}
		}
	}()
	return func() {
		tick.Stop()
		close(done)
	}
}

// fingerprint names the program that the sources make with this Go release on this kind of machine.
func fingerprint(source string) (string, error) {
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH) // a hash takes everything
	for _, name := range sources {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", fmt.Errorf("object store: its sources are not whole: %w", err)
		}
		_, _ = fmt.Fprintln(sum, name, len(text)) // as above
		_, _ = sum.Write(text)                    // as above
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// sourceFolder finds the server's module: beside this file as it was compiled, or in the checkout
// around the working folder. It cannot be embedded: a module never holds another one's files.
func sourceFolder() (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		if dir := filepath.Join(filepath.Dir(file), "server"); exists(filepath.Join(dir, "go.mod")) {
			return dir, nil
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("object store: %w", err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module saphan\n") {
			return filepath.Join(dir, "devkit", "objectstore", "server"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("object store: its sources are not here; start saphan inside its checkout " + instead)
		}
		dir = filepath.Dir(dir)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
