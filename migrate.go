package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"saphan/files"
	"saphan/internal/secret"
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
	if _, err := fmt.Fprintln(stdout, "The database is up to date."); err != nil {
		return err
	}
	if err := shipHolidays(ctx, cfg, stdout); err != nil {
		return err
	}
	if cfg.S3Endpoint == "" || cfg.SecretKey == "" {
		return nil
	}
	return makeBucket(ctx, cfg, log, stdout)
}

// makeBucket makes the bucket for documents if it is not there: a release has everything it needs.
func makeBucket(ctx context.Context, cfg config, log *slog.Logger, stdout io.Writer) error {
	box, err := secret.Parse(cfg.SecretKey)
	if err != nil {
		return fmt.Errorf("SECRET_KEY: %w", err)
	}
	store, err := files.New(cfg.store(), box, log)
	if err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	if err := store.Ensure(ctx); err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	_, err = fmt.Fprintln(stdout, "The bucket for documents is there.")
	return err
}
