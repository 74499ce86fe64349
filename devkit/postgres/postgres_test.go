package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/child"
)

// holdEnv names the folder on which a test process starts a server and then waits to be killed.
const holdEnv = "SAPHAN_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		hold(dir)
		return
	}
	if from := os.Getenv(fetchFromEnv); from != "" {
		fetchAsUser(from, os.Getenv(fetchIntoEnv))
		return
	}
	os.Exit(m.Run())
}

// hold is the life of the process that a test kills.
func hold(dir string) {
	if _, err := Start(context.Background(), Config{Dir: dir, Sync: true}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	time.Sleep(time.Minute)
}

// folder is an empty folder that the server's user can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start runs a server until the test ends.
func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	requireBinaries(t)
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func requireBinaries(t *testing.T) {
	t.Helper()
	who, err := runAs()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := findBinaries(t.Context(), place{dir: t.TempDir()}, who, false, slog.New(slog.DiscardHandler)); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func one[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
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

func TestServerKeepsItsDataAndItsDurability(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	port, err := freePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Dir: dir, Sync: true, Port: int(port)}
	s := start(t, cfg)
	for range 2 { // the second call finds it made
		if err := s.Create(t.Context(), "saphan"); err != nil {
			t.Fatal(err)
		}
	}
	url := s.URL("saphan")
	expect(t, "fsync", one[string](t, url, "SHOW fsync"), "on")
	expect(t, "synchronous_commit", one[string](t, url, "SHOW synchronous_commit"), "on")
	expect(t, "encoding", one[string](t, url, "SHOW server_encoding"), "UTF8")
	if runtime.GOOS == "linux" {
		expect(t, "ctype", one[string](t, url, "SELECT datctype::text FROM pg_database WHERE datname = 'saphan'"), "C.UTF-8")
	}
	sorted := `SELECT string_agg(w, ' ' ORDER BY w COLLATE "th-x-icu") FROM unnest('{ขา,แก,กา,เก}'::text[]) w`
	expect(t, "Thai sorting", one[string](t, url, sorted), "กา เก แก ขา")
	expect(t, "address over TCP", one[string](t, s.LoopbackURL("saphan"), "SELECT host(inet_server_addr())"), "127.0.0.1")
	expect(t, "a row", one[int](t, url, "WITH a AS (SELECT 7 AS n) SELECT n FROM a"), 7)
	keep(t, url)

	conn, err := pgx.Connect(t.Context(), strings.Replace(s.LoopbackURL("saphan"), s.password, "guessed", 1))
	if err == nil {
		_ = conn.Close(t.Context())
		t.Error("a TCP connection needs no password")
	}

	stop(t, s)
	<-s.Done()
	again := start(t, cfg)
	expect(t, "what was kept", one[string](t, again.URL("saphan"), "SELECT word FROM kept"), "สะพาน")
	stop(t, again)

	cfg.Fresh = true
	anew := start(t, cfg)
	expect(t, "databases after a fresh start", one[int](t, anew.URL("postgres"), "SELECT count(*) FROM pg_database WHERE datname = 'saphan'"), 0)
}

func keep(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept AS SELECT 'สะพาน'::text AS word`); err != nil {
		t.Fatal(err)
	}
}

func TestSecondStarterOnAFolderGetsOneLine(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, Config{Dir: dir})
	_, err := Start(t.Context(), Config{Dir: dir})
	oneLine(t, err, "already running", dir)
	if !child.InUse(t.Context(), s.Dir()) {
		t.Error("the folder is not seen as in use")
	}
}

func TestPortInUseGetsOneLine(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscan(port, &n); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{Dir: folder(t), Port: n})
	oneLine(t, err, "port "+port+" is in use")
}

// The whole process group of the parent may be killed without warning (power key, kill -9): the
// server must not live on, and the next start must find its data and need no help.
func TestKilledParentTakesTheServerAlong(t *testing.T) {
	t.Parallel()
	requireBinaries(t)
	dir := folder(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
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
		if err != nil || string(answer[:n]) != "ready\n" {
			t.Fatalf("round %d: server did not start: %q, %v", round, answer[:n], err)
		}
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		if round == 1 {
			waitGone(t, filepath.Join(dir, dataFolder, "postmaster.pid"))
		}
		s := start(t, Config{Dir: dir, Sync: true})
		expect(t, "answer", one[int](t, s.URL("postgres"), "SELECT 1"), 1)
		stop(t, s)
	}
}

// waitGone waits until the server has taken its record away, which it does by itself only where the
// kernel tells it of its parent's death.
func waitGone(t *testing.T, path string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(path); os.IsNotExist(err) {
			return
		}
	}
	t.Error("the server lives on without its parent")
}

func TestRecordOfAStrangerIsNoObstacle(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, Config{Dir: dir})
	stop(t, s)
	stranger := exec.CommandContext(t.Context(), "sleep", "60")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill() }()
	record := fmt.Sprintf("%d\n%s/data\n1\n5432\n%s/socket\n\n", stranger.Process.Pid, dir, dir)
	if err := os.WriteFile(filepath.Join(dir, dataFolder, "postmaster.pid"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	again := start(t, Config{Dir: dir})
	expect(t, "answer", one[int](t, again.URL("postgres"), "SELECT 1"), 1)
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the stranger was ended: %v", err)
	}
}

func TestBrokenDataFolderGetsOneLine(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, Config{Dir: dir})
	stop(t, s)
	data := filepath.Join(dir, dataFolder)

	control := filepath.Join(data, "global", "pg_control")
	if err := os.Rename(control, control+".lost"); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: dir})
	oneLine(t, err, "did not start", "--fresh", logFile)
	if err := os.Rename(control+".lost", control); err != nil {
		t.Fatal(err)
	}

	version := filepath.Join(data, "PG_VERSION")
	if err := os.WriteFile(version, []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{Dir: dir})
	oneLine(t, err, "PostgreSQL 9", "no longer installed", "--fresh")

	if err := os.Remove(version); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{Dir: dir})
	oneLine(t, err, "no whole database", "--fresh")

	anew := start(t, Config{Dir: dir, Fresh: true})
	expect(t, "answer", one[int](t, anew.URL("postgres"), "SELECT 1"), 1)
}

func TestUnfinishedClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.MkdirAll(filepath.Join(dir, newFolder, "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, Config{Dir: dir})
	expect(t, "answer", one[int](t, s.URL("postgres"), "SELECT 1"), 1)
}

func TestLongFolderGetsAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("long-name-", 12))
	s := start(t, Config{Dir: dir})
	expect(t, "answer", one[int](t, s.URL("postgres"), "SELECT 1"), 1)
	stop(t, s)
	if _, err := os.Stat(s.place.socket); !os.IsNotExist(err) {
		t.Errorf("socket folder %s is left behind", s.place.socket)
	}
}

func TestFolderClosedToTheServersUserIsMovedAside(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	home := t.TempDir() // like root's home: closed to others
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(home, "saphan", "postgres")
	s := start(t, Config{Dir: dir})
	t.Cleanup(func() { _ = os.RemoveAll(s.Dir()) })
	if !strings.HasPrefix(s.Dir(), elsewhere) {
		t.Errorf("folder = %s", s.Dir())
	}
	expect(t, "answer", one[int](t, s.URL("postgres"), "SELECT 1"), 1)
	_, err := Start(t.Context(), Config{Dir: dir})
	oneLine(t, err, "already running")
}
