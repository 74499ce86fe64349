package migrations_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/internal/pgtest"
	"saphan/migrations"
)

func TestApplyTwice(t *testing.T) {
	t.Parallel()
	url, quiet := pgtest.Empty(t), slog.New(slog.DiscardHandler)
	if pending, err := migrations.Pending(t.Context(), url); err != nil || !pending {
		t.Errorf("an empty database: pending %v (%v)", pending, err)
	}
	for range 2 {
		must(t, migrations.Apply(t.Context(), url, quiet))
		if pending, err := migrations.Pending(t.Context(), url); err != nil || pending {
			t.Errorf("after migrating: pending %v (%v)", pending, err)
		}
	}
	// Behind this release means pending, whichever part is behind.
	conn := connect(t, url)
	for _, behind := range []string{
		`DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`,
		`DELETE FROM river_migration WHERE version = (SELECT max(version) FROM river_migration)`,
	} {
		tx, err := conn.Begin(t.Context())
		must(t, err)
		_, err = tx.Exec(t.Context(), behind)
		must(t, err)
		must(t, tx.Commit(t.Context()))
		if pending, err := migrations.Pending(t.Context(), url); err != nil || !pending {
			t.Errorf("after %s: pending %v (%v)", behind, pending, err)
		}
	}
}

// Any number of processes may start at once: one migrates, the others wait and find nothing to do.
func TestApplyByThreeProcessesAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	program, err := os.Executable()
	must(t, err)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		said bytes.Buffer
	)
	for range 3 {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), program)
			cmd.Env = append(os.Environ(), migrateURL+"="+url)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			mu.Lock()
			defer mu.Unlock()
			said.Write(out)
		})
	}
	wg.Wait()
	for _, file := range []string{"00001_house.sql", "00004_line.sql"} {
		if n := strings.Count(said.String(), file); n != 1 {
			t.Errorf("%s was applied %d times", file, n)
		}
	}
	if pending, err := migrations.Pending(t.Context(), url); err != nil || pending {
		t.Errorf("pending %v (%v)", pending, err)
	}
}

// An address that cannot be read is not quoted: it has a password in it.
func TestAddressIsNotQuoted(t *testing.T) {
	t.Parallel()
	const bad = "postgres://saphan:hunter2@host:notaport/db"
	if err := migrations.Apply(t.Context(), bad, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Apply: %v", err)
	}
	if _, err := migrations.Pending(t.Context(), bad); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Pending: %v", err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// A user who may neither make roles nor join the program's is told what an administrator has to
// do, in one line.
func TestApplyWithoutTheRole(t *testing.T) {
	t.Parallel()
	address, quiet := pgtest.Empty(t), slog.New(slog.DiscardHandler)
	must(t, migrations.Apply(t.Context(), pgtest.Empty(t), quiet)) // so that the role exists
	conn := connect(t, address)
	u, err := url.Parse(address)
	must(t, err)
	_, err = conn.Exec(t.Context(), `CREATE ROLE stranger LOGIN PASSWORD 'p'`)
	must(t, err)
	u.User = url.UserPassword("stranger", "p")
	err = migrations.Apply(t.Context(), u.String(), quiet)
	if err == nil || !strings.Contains(err.Error(), "GRANT saphan_app TO stranger") || strings.Contains(err.Error(), "\n") {
		t.Errorf("migrating as a stranger: %v", err)
	}
}
