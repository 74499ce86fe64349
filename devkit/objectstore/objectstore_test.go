package objectstore

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// holdEnv names the folder on which a test process starts a server and then waits to be killed.
const holdEnv = "SAPHAN_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		hold(dir)
		return
	}
	os.Exit(m.Run())
}

// hold is the life of the process that a test kills.
func hold(dir string) {
	s, err := Start(context.Background(), Config{Dir: dir, AccessKey: "test", SecretKey: "test-secret"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.Endpoint())
	time.Sleep(time.Minute)
}

func requireProgram(t *testing.T) {
	t.Helper()
	if _, err := build(t.Context(), slog.New(slog.NewTextHandler(t.Output(), nil))); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	requireProgram(t)
	cfg.AccessKey, cfg.SecretKey = "test", "test-secret"
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	if err := s.child.End(ctx, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	_ = s.lock.Close() // may be closed already
}

func status(t *testing.T, address string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

// oneLine checks an error for an operator: one line, with these words.
func oneLine(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

func TestStrangersAreRefusedAndAnOccupiedFolderOrPortGetsOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, Config{Dir: dir})
	if got := status(t, "http://"+s.Endpoint()+"/"); got != http.StatusForbidden {
		t.Errorf("anonymous list = %d, want 403", got)
	}
	_, err := Start(t.Context(), Config{Dir: dir, AccessKey: "a", SecretKey: "b"})
	oneLine(t, err, "already running", dir)
	_, err = Start(t.Context(), Config{Dir: t.TempDir(), Addr: s.Endpoint(), AccessKey: "a", SecretKey: "b"})
	_, port, splitErr := net.SplitHostPort(s.Endpoint())
	if splitErr != nil {
		t.Fatal(splitErr)
	}
	oneLine(t, err, "port "+port+" is in use")
	began := time.Now()
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	<-s.Done()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the end took %v", took)
	}
	again := start(t, Config{Dir: dir, Addr: s.Endpoint()})
	if again.Endpoint() != s.Endpoint() {
		t.Errorf("endpoint = %s, want %s", again.Endpoint(), s.Endpoint())
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, cfg := range []Config{{}, {Dir: t.TempDir()}, {Dir: t.TempDir(), AccessKey: "a"}} {
		_, err := Start(t.Context(), cfg)
		oneLine(t, err, "needed")
	}
	requireProgram(t)
	_, err := Start(t.Context(), Config{Dir: t.TempDir(), Addr: "nonsense", AccessKey: "a", SecretKey: "b"})
	oneLine(t, err, "nonsense", "host:port")
}

// The parent may be killed without warning: the server must not live on, and the next start on the
// same folder and address must succeed at once.
func TestKilledParentTakesTheServerAlong(t *testing.T) {
	t.Parallel()
	requireProgram(t)
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), holdEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1000)
	n, err := out.Read(answer)
	endpoint := strings.TrimSpace(string(answer[:n]))
	if err != nil || !strings.HasPrefix(endpoint, "127.0.0.1:") {
		t.Fatalf("server did not start: %q, %v", endpoint, err)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	s := start(t, Config{Dir: dir, Addr: endpoint})
	if got := status(t, "http://"+s.Endpoint()+"/"); got != http.StatusForbidden {
		t.Errorf("anonymous list = %d, want 403", got)
	}
}

func TestBuildThatFailsGetsOneLine(t *testing.T) {
	t.Parallel()
	source, cache := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"main.go": "package main\n\nfunc main() { nonsense() }\n", "go.mod": "module broken\n", "go.sum": ""} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := buildInto(t.Context(), cache, source, slog.New(slog.DiscardHandler))
	oneLine(t, err, "cannot be built", "nonsense", "S3_ENDPOINT")

	if err := os.WriteFile(filepath.Join(source, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := buildInto(t.Context(), cache, source, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := buildInto(t.Context(), cache, source, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(program); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("built again without need: %v", err)
	}
	if err := os.Remove(filepath.Join(source, "go.sum")); err != nil {
		t.Fatal(err)
	}
	_, err = buildInto(t.Context(), cache, source, slog.New(slog.DiscardHandler))
	oneLine(t, err, "not whole")
}

func TestNoGoToolGetsOneLine(t *testing.T) { // not parallel: PATH belongs to the whole program
	t.Setenv("PATH", t.TempDir())
	source, err := sourceFolder()
	if err != nil {
		t.Fatal(err)
	}
	_, err = buildInto(t.Context(), t.TempDir(), source, slog.New(slog.DiscardHandler))
	oneLine(t, err, "go tool", "S3_ENDPOINT")
}

func TestForTestIsSharedWhileInUse(t *testing.T) {
	t.Parallel()
	var endpoint string
	t.Run("two users", func(t *testing.T) {
		a, b := ForTest(t), ForTest(t)
		if a != b || a.SecretKey == "" {
			t.Errorf("accounts differ: %v, %v", a.Endpoint, b.Endpoint)
		}
		endpoint = a.Endpoint
	})
	if got := status(t, "http://"+endpoint+"/"); got != 0 {
		t.Errorf("the server answers %d after its last user left", got)
	}
	if got := status(t, "http://"+ForTest(t).Endpoint+"/"); got != http.StatusForbidden {
		t.Errorf("a later user is answered %d, want 403", got)
	}
}
