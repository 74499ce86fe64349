// Package migrations brings a database to the shape this release needs: its own numbered SQL
// files and River's tables, applied together under one lock.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var files embed.FS

// lock is the advisory lock that one migrating process holds: "saphan" in ASCII.
const lock = 0x73617068616e

// Apply migrates the database. Any number of processes may call it at once: one works, the
// others wait and then find nothing to do. The login role must own the schema.
func Apply(ctx context.Context, databaseURL string, log *slog.Logger) (err error) {
	pool, err := open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate: connect: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(lock)); err != nil {
		return fmt.Errorf("migrate: take the lock: %w", err)
	}
	defer func() {
		// The lock ends with the connection in any case; let the next process go on at once.
		_, unlockErr := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(lock))
		err = errors.Join(err, unlockErr)
	}()

	if err := checkLocale(ctx, conn); err != nil {
		return err
	}
	if err := takeRole(ctx, conn); err != nil {
		return err
	}
	river, err := newRiver(pool)
	if err != nil {
		return err
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate: tables of the job queue: %w", err)
	}
	provider, db, err := newProvider(pool)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	results, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := grant(ctx, conn); err != nil {
		return err
	}
	for _, r := range results {
		log.InfoContext(ctx, "migrated", "file", r.Source.Path, "ms", r.Duration.Milliseconds())
	}
	return nil
}

// Pending says whether the database is behind this release. Web and worker processes refuse
// to be ready while it is.
func Pending(ctx context.Context, databaseURL string) (pending bool, err error) {
	pool, err := open(ctx, databaseURL)
	if err != nil {
		return false, err
	}
	defer pool.Close()
	river, err := newRiver(pool)
	if err != nil {
		return false, err
	}
	valid, err := river.Validate(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("migrations: check the tables of the job queue: %w", err)
	}
	provider, db, err := newProvider(pool)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	own, err := provider.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("migrations: %w", err)
	}
	return own || !valid.OK, nil
}

func open(ctx context.Context, databaseURL string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// The parser's error may quote the address and with it the password.
		return nil, errors.New("migrations: DATABASE_URL is not a PostgreSQL address")
	}
	cfg.MaxConns = 4 // the lock, goose's own and River's
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return pool, nil
}

func newRiver(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("migrations: prepare the tables of the job queue: %w", err)
	}
	return m, nil
}

func newProvider(pool *pgxpool.Pool) (*goose.Provider, *sql.DB, error) {
	db := stdlib.OpenDBFromPool(pool)
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("migrations: read files: %w", err), db.Close())
	}
	return p, db, nil
}

// checkLocale refuses a database in which Thai search finds nothing (LOC-10).
func checkLocale(ctx context.Context, conn *pgxpool.Conn) error {
	var ctype string
	err := conn.QueryRow(ctx, `SELECT datctype FROM pg_database WHERE datname = current_database()`).Scan(&ctype)
	if err != nil {
		return fmt.Errorf("migrate: read the locale: %w", err)
	}
	if ctype == "C" || ctype == "POSIX" {
		return fmt.Errorf("migrate: the database was made with ctype %q, under which Thai text cannot be searched: "+
			"create it with LC_CTYPE 'C.UTF-8' (createdb --template=template0 --locale=C.UTF-8)", ctype)
	}
	return nil
}

// takeRole makes the program's role and becomes a member of it. Where the login may do neither, an
// administrator does it once.
func takeRole(ctx context.Context, conn *pgxpool.Conn) error {
	var login string
	var exists, member bool
	err := conn.QueryRow(ctx, `SELECT current_user, r.oid IS NOT NULL, coalesce(pg_has_role(current_user, r.oid, 'MEMBER'), false)
		FROM (SELECT) one LEFT JOIN pg_roles r ON r.rolname = 'saphan_app'`).Scan(&login, &exists, &member)
	if err != nil {
		return fmt.Errorf("migrate: look for the role saphan_app: %w", err)
	}
	if !exists {
		_, err = conn.Exec(ctx, `CREATE ROLE saphan_app NOLOGIN NOSUPERUSER NOBYPASSRLS`)
		var known *pgconn.PgError
		if errors.As(err, &known) && (known.Code == "42710" || known.Code == "23505") {
			err = nil // roles are shared by all databases of a server, and another one was quicker
		}
	}
	if err == nil && !member {
		_, err = conn.Exec(ctx, `GRANT saphan_app TO CURRENT_USER`)
	}
	if err != nil {
		return fmt.Errorf("migrate: the database user %s may not make the role saphan_app or join it (%w); "+
			"let an administrator of the database run once: CREATE ROLE saphan_app NOLOGIN; GRANT saphan_app TO %s", login, err, login)
	}
	return nil
}

// grant lets the program's role use what exists; history may be added to, never changed (EGA-15.1).
func grant(ctx context.Context, conn *pgxpool.Conn) error {
	for _, stmt := range []string{
		`GRANT USAGE ON SCHEMA public TO saphan_app`,
		`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO saphan_app`,
		`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO saphan_app`,
		`REVOKE UPDATE, DELETE, TRUNCATE ON ticket_events, permit_events, agency_events, charge_events, enquiry_events, readings, form_overrides, anchors, anchor_keys, bundles, received FROM saphan_app`,
		`GRANT UPDATE (attachment_id, ready_at) ON bundles TO saphan_app`,           // why it was asked for stays
		`REVOKE DELETE, TRUNCATE ON decisions, opinions, transfers FROM saphan_app`, // triggers let them be taken back, and emptied when a record is disposed of
		`REVOKE UPDATE, DELETE, TRUNCATE ON referrals FROM saphan_app`,
		`REVOKE DELETE, TRUNCATE ON halts FROM saphan_app`,                    // what was stopped is ended
		`REVOKE DELETE, TRUNCATE ON mandates FROM saphan_app`,                 // they are ended, and emptied
		`REVOKE DELETE, TRUNCATE ON consultations, enquiries FROM saphan_app`, // triggers let them be answered, ended and emptied
		`REVOKE UPDATE, DELETE, TRUNCATE ON enquiry_files FROM saphan_app`,    // they go with what is in the case
		`REVOKE DELETE, TRUNCATE ON form_versions FROM saphan_app`,
		`REVOKE UPDATE, DELETE, TRUNCATE ON holidays FROM saphan_app`, // a day is withdrawn, not changed (LOC-4)
		`GRANT UPDATE (withdrawn_at) ON holidays TO saphan_app`,
		// A case shows by which map and rules it came (peers.md row 32).
		`REVOKE UPDATE, DELETE, TRUNCATE ON areas, area_tambons, routing_sets, ticket_routes, on_call_tables FROM saphan_app`,
		`REVOKE UPDATE, DELETE, TRUNCATE ON calls FROM saphan_app`, // who was called stays; what became of the message is added
		`GRANT UPDATE (ended_at, sent, why) ON calls TO saphan_app`,
		`GRANT UPDATE (ended_at) ON areas TO saphan_app`,
		`REVOKE UPDATE, TRUNCATE ON verifications FROM saphan_app`, // who vouched for whom is ended, not changed
		`GRANT UPDATE (ended_at, ended_by, ended_why) ON verifications TO saphan_app`,
		// What is known of a breach is its history; its row only follows from that (PDP-6).
		`REVOKE UPDATE, DELETE, TRUNCATE ON breaches, breach_events, breach_persons, breach_notices, breach_tellings FROM saphan_app`,
		`GRANT UPDATE (state, detected_at, next_duty_at) ON breaches TO saphan_app`,
		`REVOKE ALL ON goose_db_version FROM saphan_app`,
		`GRANT SELECT ON goose_db_version TO saphan_app`,
		// The queue's table is written and deleted from all day: keep it small (River issue 59).
		// Nothing here looks for jobs by what they carry or by kind alone, and every event would pay
		// for two GIN indexes and a tree.
		`DROP INDEX IF EXISTS river_job_args_index, river_job_metadata_index, river_job_kind`,
		`ALTER TABLE river_job SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0)`,
	} {
		if _, err := conn.Exec(ctx, stmt); err != nil {
			return fmt.Errorf("migrate: %s: %w", stmt, err)
		}
	}
	return nil
}
