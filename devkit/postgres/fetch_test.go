package postgres

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// The environment of a test process that fetches: from where, and into which folder.
const (
	fetchFromEnv = "SAPHAN_TEST_FETCH_FROM"
	fetchIntoEnv = "SAPHAN_TEST_FETCH_INTO"
)

// fetchAsUser is the life of the process that fetches as an unprivileged user.
func fetchAsUser(from, into string) {
	cfg := embedded.DefaultConfig().BinaryRepositoryURL(from)
	for range 2 { // the second time it is there
		bin, err := fetchInto(context.Background(), into, cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(bin.dir)
	}
}

func TestFetchThatFailsGetsOneLine(t *testing.T) {
	t.Parallel()
	port, err := freePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg := embedded.DefaultConfig().BinaryRepositoryURL(fmt.Sprintf("http://127.0.0.1:%d", port))
	_, err = fetchInto(t.Context(), filepath.Join(t.TempDir(), "pg"), cfg, slog.New(slog.DiscardHandler))
	oneLine(t, err, "no PostgreSQL", "install", "cannot be fetched")
}

// A machine without PostgreSQL gets the programs from a repository, here one that offers those of
// this machine, and they are usable and stay.
func TestFetchBringsProgramsThatRun(t *testing.T) {
	t.Parallel()
	requireBinaries(t)
	jar := packPrograms(t)
	asked := 0
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".jar") {
			http.NotFound(w, r)
			return
		}
		asked++
		_, _ = w.Write(jar)
	}))
	defer repository.Close()

	home := folder(t)
	who, err := runAs()
	if err != nil {
		t.Fatal(err)
	}
	if err := who.own(home); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(home, "cache", "postgresql")
	cmd := exec.CommandContext(t.Context(), copySelf(t))
	cmd.Dir, cmd.SysProcAttr = home, who.attributes()
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home, fetchFromEnv+"="+repository.URL, fetchIntoEnv+"="+into)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := strings.Repeat(filepath.Join(into, "bin")+"\n", 2)
	if string(out) != want || asked != 1 {
		t.Errorf("fetched %d times into %q, want %q", asked, out, want)
	}
	known := versions(t.Context(), []string{filepath.Join(into, "bin")}, who)
	if len(known) != 1 || known[0].major < oldest {
		t.Errorf("programs = %v", known)
	}
	left, err := filepath.Glob(filepath.Join(home, "cache", "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// copySelf puts this test program where the server's user can run it.
func copySelf(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	path := filepath.Join(folder(t), "test-program")
	// Written by a child of its own: a program still open for writing anywhere cannot be run, and a
	// fork of a parallel test may hold ours open for a moment.
	write := exec.CommandContext(t.Context(), "sh", "-c", `cat > "$0" && chmod 755 "$0"`, path)
	write.Stdin = from
	if out, err := write.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// packPrograms packs this machine's programs as the repository does: a tar.xz inside a zip.
func packPrograms(t *testing.T) []byte {
	t.Helper()
	who, err := runAs()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := findBinaries(t.Context(), place{dir: t.TempDir()}, who, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	pack := exec.CommandContext(t.Context(), "tar", "-cJhf", "-", "--exclude=lib/bitcode", "-C", filepath.Dir(bin.dir), "bin/initdb", "bin/postgres", "bin/pg_ctl", "lib")
	pack.Env = append(os.Environ(), "XZ_OPT=-0")
	var failure bytes.Buffer
	pack.Stderr = &failure
	txz, err := pack.Output()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("tar with xz: %v: %s", err, &failure)
		}
		t.Skipf("needs tar with xz: %v", err)
	}
	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	w, err := z.Create("postgres-linux.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, bytes.NewReader(txz)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return jar.Bytes()
}
