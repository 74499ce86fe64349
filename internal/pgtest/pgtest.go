// Package pgtest gives a test a real PostgreSQL database, fast. Each package's tests share one
// private server; each test has its own transaction or its own copy of the migrated database.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/devkit/postgres"
)

// Main runs a package's tests and then ends the server that they shared. Call it from TestMain:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
func Main(m *testing.M) {
	shared.main.Store(true)
	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Tx returns a transaction on the migrated database that is rolled back when the test ends. It acts
// as the program's role, for all agencies. It is the default for a test.
func Tx(t testing.TB) pgx.Tx {
	t.Helper()
	c := open(t)
	ctx, cancel := cleanupContext(t)
	defer cancel()
	tx, err := c.pool.Begin(ctx)
	if err != nil {
		t.Fatalf("pgtest: begin: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := cleanupContext(t)
		defer cancel()
		if err := tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			t.Errorf("pgtest: roll back: %v", err)
		}
	})
	if _, err := tx.Exec(ctx, `SELECT set_config('app.agency', 'all', true)`); err != nil {
		t.Fatalf("pgtest: set the scope: %v", err)
	}
	return tx
}

// DB returns a pool on the test's own copy of the migrated database, for tests that commit, listen or
// run jobs. Every connection acts as the program's role; a transaction must set its own scope.
func DB(t testing.TB) *pgxpool.Pool {
	t.Helper()
	ctx, cancel := cleanupContext(t)
	defer cancel()
	pool, err := appPool(ctx, URL(t), 12)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// URL returns the address of the test's own copy of the migrated database, as the role that owns it:
// what DATABASE_URL is in production.
func URL(t testing.TB) string {
	t.Helper()
	c := open(t)
	name := fmt.Sprintf("test_%d", c.copies.Add(1))
	ctx, cancel := cleanupContext(t)
	defer cancel()
	if err := c.copy(ctx, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := cleanupContext(t)
		defer cancel()
		if _, err := c.admin.Exec(ctx, `DROP DATABASE `+pgx.Identifier{name}.Sanitize()+` WITH (FORCE)`); err != nil {
			t.Errorf("pgtest: drop the copy: %v", err)
		}
	})
	return c.url(name)
}

// Empty returns the address of a database without any table, for tests of the migrations themselves.
func Empty(t testing.TB) string {
	t.Helper()
	c := open(t)
	name := fmt.Sprintf("empty_%d", c.copies.Add(1))
	ctx, cancel := cleanupContext(t)
	defer cancel()
	if _, err := c.admin.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()+` OWNER `+owner); err != nil {
		t.Fatalf("pgtest: make an empty database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := cleanupContext(t)
		defer cancel()
		if _, err := c.admin.Exec(ctx, `DROP DATABASE `+pgx.Identifier{name}.Sanitize()+` WITH (FORCE)`); err != nil {
			t.Errorf("pgtest: drop the empty database: %v", err)
		}
	})
	return c.url(name)
}

// open returns the package's server, started by the first test that asks. Without PostgreSQL the
// test is skipped, but fails where CI is set.
func open(t testing.TB) *cluster {
	t.Helper()
	if !shared.main.Load() {
		t.Fatal("pgtest: the package has no TestMain that calls pgtest.Main")
	}
	c, err := shared.open(t)
	if errors.Is(err, postgres.ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cleanupContext outlives the test's own context, which ends before its cleanups run.
func cleanupContext(t testing.TB) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
}
