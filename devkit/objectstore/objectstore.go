// Package objectstore runs a private S3 server for development and tests: versitygw over plain files,
// with real signature checks. The server is a program and a module of its own (folder server), built
// once into the user's cache and run as a child process.
package objectstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"saphan/devkit/child"
)

// DefaultRegion is the region when Config names none.
const DefaultRegion = "us-east-1"

// startLimit bounds the start once the program is built; attempts is how often a start with a free
// port is tried, as another program may take the port in between.
const (
	startLimit = 20 * time.Second
	attempts   = 3
)

// logFile is the server's own log inside its folder, and logLimit the size at which it is begun anew.
const (
	logFile  = "objectstore.log"
	logLimit = 4 << 20
)

// Config says where and how the server runs.
type Config struct {
	// Dir holds everything. It is made when missing.
	Dir string
	// Addr is host:port; port 0 takes a free one, an empty Addr a free one on the loopback address.
	Addr string
	// Region is the region that clients must sign for; empty means DefaultRegion.
	Region string
	// AccessKey and SecretKey are the one account's.
	AccessKey, SecretKey string
	// Logger tells of what takes time. Nil means silence.
	Logger *slog.Logger
}

// Server is a running private object store.
type Server struct {
	child *child.Process
	lock  *os.File
	addr  string
}

// Start brings up the store of a folder and returns when it answers. Every error is one line that says
// what to do.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Dir == "" || cfg.AccessKey == "" || cfg.SecretKey == "" {
		return nil, errors.New("object store: folder, access key and secret key are needed")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Region == "" {
		cfg.Region = DefaultRegion
	}
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("object store: data folder: %w", err)
	}
	cfg.Dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("object store: the data folder cannot be made: %w", err)
	}
	program, err := build(ctx, cfg.Logger)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	s, err := launchFree(ctx, cfg, program, lock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// Endpoint is host:port, as S3 clients take it.
func (s *Server) Endpoint() string { return s.addr }

// Done is closed when the server has ended, wanted or not.
func (s *Server) Done() <-chan struct{} { return s.child.Done() }

// Stop ends the server when what it is answering is answered, or when ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	err := s.child.End(ctx, syscall.SIGTERM)
	return errors.Join(err, s.lock.Close())
}

// lockFolder makes sure that one server at a time works on a folder. The server holds the lock too,
// so one that is just ending is waited for.
func lockFolder(ctx context.Context, dir string) (*os.File, error) {
	patient, done := context.WithTimeout(ctx, child.Patience)
	defer done()
	lock, err := child.Lock(patient, dir)
	if errors.Is(err, child.ErrInUse) {
		return nil, fmt.Errorf("object store: the one in %s is already running under another saphan; end that one or choose another folder (--data)", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	return lock, nil
}

// errPort means that the address is taken.
var errPort = errors.New("in use on this machine; end the program that holds it or choose another")

// launchFree launches on the address configured, or on a free one.
func launchFree(ctx context.Context, cfg Config, program string, lock *os.File) (*Server, error) {
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("object store: address %q is not host:port", cfg.Addr)
	}
	for attempt := 1; ; attempt++ {
		addr, err := reserve(ctx, host, port)
		if err != nil {
			return nil, err
		}
		s, err := launch(ctx, cfg, program, addr, lock)
		if err == nil || port != "0" || attempt == attempts {
			return s, err
		}
	}
}

// reserve returns an address that nobody holds now.
func reserve(ctx context.Context, host, port string) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", fmt.Errorf("object store: port %s is %w", port, errPort)
	}
	if err != nil {
		return "", fmt.Errorf("object store: %w", err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", fmt.Errorf("object store: %w", err)
	}
	return addr, nil
}

// launch starts the program and waits until it answers.
func launch(ctx context.Context, cfg Config, program, addr string, lock *os.File) (*Server, error) {
	logPath := filepath.Join(cfg.Dir, logFile)
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(logPath); err == nil && info.Size() > logLimit {
		flags |= os.O_TRUNC
	}
	out, err := os.OpenFile(logPath, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("object store: open the log: %w", err)
	}
	defer func() { _ = out.Close() }() // the child has its own copy
	// The path nobody else answers on tells our server from a stranger's on the same port.
	health := "/health-" + strings.ToLower(rand.Text())
	cmd := exec.Command(program) //nolint:noctx // built by us; it outlives the start's context and is ended by Stop
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = cfg.Dir, out, out, []*os.File{lock}
	cmd.Env = append(os.Environ(), "OBJECTSTORE_DIR="+cfg.Dir, "OBJECTSTORE_ADDR="+addr, "OBJECTSTORE_REGION="+cfg.Region,
		"OBJECTSTORE_ACCESS_KEY="+cfg.AccessKey, "OBJECTSTORE_SECRET_KEY="+cfg.SecretKey, "OBJECTSTORE_HEALTH_PATH="+health)
	// The server ends when its input does: also where the kernel has no parent-death signal.
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	process, err := child.Start(cmd, syscall.SIGTERM)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	ready, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := awaitReady(ready, process, "http://"+addr+health); err != nil {
		ended := process.Ended()
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if endErr := process.End(soon, syscall.SIGTERM); endErr != nil {
			return nil, fmt.Errorf("object store: %w", endErr)
		}
		if ended {
			return nil, fmt.Errorf("object store: the server on %s did not start: %s", cfg.Dir, lastLine(logPath))
		}
		return nil, fmt.Errorf("object store: the server on %s does not answer; see %s", addr, logPath)
	}
	return &Server{child: process, lock: lock, addr: addr}, nil
}

// awaitReady returns when the server answers, ends or ctx does.
func awaitReady(ctx context.Context, process *child.Process, address string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-process.Done():
			return errors.New("ended")
		case <-tick.C:
		}
		if answers(ctx, client, address) {
			return nil
		}
	}
}

func answers(ctx context.Context, client *http.Client, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body) // only the status matters
	return resp.StatusCode == http.StatusOK
}

// lastLine is what the program said last.
func lastLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "it gave no reason"
	}
	return lastOf(string(text))
}

// lastOf is the last line that says something.
func lastOf(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return "it gave no reason"
}
