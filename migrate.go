package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"saphan/migrations"
)

// runMigrate brings the database to this release.
func runMigrate(ctx context.Context, cfg config, stdout, stderr io.Writer) error {
	if cfg.DatabaseDirectURL == "" {
		return errors.New("DATABASE_URL is not set: the PostgreSQL address, postgres://user:password@host/database")
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	if err := migrations.Apply(ctx, cfg.DatabaseDirectURL, log); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, "The database is up to date.")
	return err
}
