package migrations_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"saphan/internal/pgtest"
	"saphan/migrations"
)

// migrateURL makes the test binary a process that migrates the database at this address and ends.
const migrateURL = "SAPHAN_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if url := os.Getenv(migrateURL); url != "" {
		if err := migrations.Apply(context.Background(), url, slog.New(slog.NewTextHandler(os.Stdout, nil))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Main(m)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
