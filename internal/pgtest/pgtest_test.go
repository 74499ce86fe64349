package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func scan[T any](t *testing.T, q interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, sql string) T {
	t.Helper()
	var v T
	if err := q.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

const (
	allAgencies = `SELECT set_config('app.agency', 'all', true)`
	insert      = `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
		VALUES ('k', '', 1, 'text/plain', 'n', '', 'pgtest')`
	count = `SELECT count(*) FROM attachments WHERE source = 'pgtest'`
)

func TestTxActsAsTheProgramForAllAgenciesAndIsRolledBack(t *testing.T) {
	t.Parallel()
	for range 2 { // the second run would meet the first one's row
		t.Run("insert", func(t *testing.T) {
			tx := pgtest.Tx(t)
			if role := scan[string](t, tx, `SELECT current_user::text`); role != "saphan_app" {
				t.Errorf("role = %s", role)
			}
			if scope := scan[string](t, tx, `SELECT current_setting('app.agency')`); scope != "all" {
				t.Errorf("scope = %s", scope)
			}
			if n := scan[int](t, tx, count); n != 0 {
				t.Fatalf("rows before = %d", n)
			}
			if _, err := tx.Exec(t.Context(), insert); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDBIsACopyOfItsOwn(t *testing.T) {
	t.Parallel()
	a, b := pgtest.DB(t), pgtest.DB(t)
	if _, err := a.Exec(t.Context(), insert); err == nil {
		t.Error("a row was written without a scope")
	}
	if err := pgx.BeginFunc(t.Context(), a, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), allAgencies); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), insert)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for pool, want := range map[*pgxpool.Pool]int{a: 1, b: 0} {
		if err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), allAgencies); err != nil {
				return err
			}
			if n := scan[int](t, tx, count); n != want {
				t.Errorf("rows = %d, want %d", n, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if role := scan[string](t, pool, `SELECT current_user::text`); role != "saphan_app" {
			t.Errorf("role = %s", role)
		}
		if scope := scan[string](t, pool, `SELECT coalesce(current_setting('app.agency', true), '')`); scope != "" {
			t.Errorf("scope = %q, want none", scope)
		}
	}
}

func TestURLIsTheOwnersAndNoSuperusers(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if scan[bool](t, conn, `SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`) {
		t.Error("the owner passes row-level security")
	}
	if owner := scan[string](t, conn, `SELECT tableowner::text FROM pg_tables WHERE tablename = 'attachments'`); owner != "saphan" {
		t.Errorf("owner of the tables = %s", owner)
	}
}

func TestEmptyHasNoTables(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if n := scan[int](t, conn, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); n != 0 {
		t.Errorf("tables = %d", n)
	}
}

// A copy must stay cheap, or nobody will use one: below 100 ms on an idle machine.
func BenchmarkCopy(b *testing.B) {
	pgtest.URL(b)
	for b.Loop() {
		pgtest.URL(b)
	}
}

func BenchmarkTx(b *testing.B) {
	pgtest.Tx(b)
	for b.Loop() {
		if err := pgtest.Tx(b).Rollback(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
