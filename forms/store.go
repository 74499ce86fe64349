package forms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// OverrideID identifies what an agency decided to do otherwise than a template.
type OverrideID int64

// Made is an override as it was made.
type Made struct {
	Override
	ID      OverrideID
	Agency  int64 // agencies.AgencyID
	Form    Key
	Base    int    // the version of the template that the agency looked at
	Officer *int64 // agencies.OfficerID of who decided so; nil: a command
	At      time.Time
}

// Publish records the versions that files define, for the cases that will keep them. A version may change
// as long as no request uses it; that one was changed which is used is a FaultError of its file.
func Publish(ctx context.Context, tx pgx.Tx, files []Source, now time.Time) error {
	for _, f := range files {
		var (
			source []byte
			used   bool
		)
		err := tx.QueryRow(ctx, `SELECT source, used FROM form_versions WHERE key = $1 AND version = $2 FOR UPDATE`, f.Form.Key, f.Form.Version).Scan(&source, &used)
		switch {
		case err == nil && bytes.Equal(source, f.Text):
			continue
		case err == nil && used:
			return FaultError{File: f.Name, Where: "version", What: fmt.Sprintf("version %d of %s is in use and was changed; raise the version", f.Form.Version, f.Form.Key)}
		}
		_, err = tx.Exec(ctx, `INSERT INTO form_versions (key, version, file, source, hash, published_at) VALUES ($1, $2, $3, $4, sha256($4), $5)
			ON CONFLICT (key, version) DO UPDATE SET file = excluded.file, source = excluded.source, hash = excluded.hash, published_at = excluded.published_at WHERE NOT form_versions.used`,
			f.Form.Key, f.Form.Version, f.Name, f.Text, now)
		if err != nil {
			return fmt.Errorf("publish %s: %w", f.Name, err)
		}
	}
	return nil
}

// Use notes that a request uses a version of a service, which is not changed from then on.
func Use(ctx context.Context, tx pgx.Tx, key Key, version int) error {
	_, err := tx.Exec(ctx, `UPDATE form_versions SET used = true WHERE key = $1 AND version = $2 AND NOT used`, key, version)
	if err != nil {
		return fmt.Errorf("use %s version %d: %w", key, version, err)
	}
	return nil
}

// published returns every version that was ever published.
func published(ctx context.Context, tx pgx.Tx) ([]Source, error) {
	rows, err := tx.Query(ctx, `SELECT file, source FROM form_versions ORDER BY key, version`)
	if err != nil {
		return nil, fmt.Errorf("published services: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Name string
		Text []byte
	}])
	if err != nil {
		return nil, fmt.Errorf("published services: %w", err)
	}
	files := make([]Source, len(all))
	for i, f := range all {
		files[i] = Source{Name: f.Name, Text: f.Text}
	}
	return files, nil
}

// Depart records what an agency does otherwise from now on; an override that is Empty takes all back. It
// takes effect in every process within seconds, for cases that begin then.
func Depart(ctx context.Context, tx pgx.Tx, m Made) (OverrideID, error) {
	changes, err := json.Marshal(m.Override)
	if err != nil {
		return 0, fmt.Errorf("override of %s: %w", m.Form, err)
	}
	var id OverrideID
	err = tx.QueryRow(ctx, `INSERT INTO form_overrides (agency_id, form_key, base, changes, officer_id, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		m.Agency, m.Form, m.Base, changes, m.Officer, m.At).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("override of %s: %w", m.Form, err)
	}
	return id, nil
}

// ErrDecided means that an agency decided about a service in the meantime.
var ErrDecided = errors.New("the agency has decided about the service since")

// Amend is Depart for somebody who looked at the agency's newest decision, seen (0: there was none). ErrDecided: it is
// not the newest any more, and nothing was changed. To amend by what is in force already changes nothing either.
func Amend(ctx context.Context, tx pgx.Tx, m Made, seen OverrideID) (OverrideID, error) {
	// One at a time for an agency and a service; the lock ends with the transaction.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('form override ' || $1::bigint::text || ' ' || $2::text, 0))`, m.Agency, m.Form); err != nil {
		return 0, fmt.Errorf("override of %s: %w", m.Form, err)
	}
	newest, err := made(ctx, tx, `SELECT `+madeColumns+` FROM form_overrides WHERE agency_id = $1 AND form_key = $2 ORDER BY id DESC LIMIT 1`, m.Agency, m.Form)
	if err != nil {
		return 0, err
	}
	var now Made
	if len(newest) > 0 {
		now = newest[0]
	}
	switch same, err := alike(now.Override, m.Override); {
	case err != nil:
		return 0, fmt.Errorf("override of %s: %w", m.Form, err)
	case same && (now.Base == m.Base || now.ID == 0 && m.Empty()):
		return now.ID, nil
	case now.ID != seen:
		return now.ID, ErrDecided
	}
	return Depart(ctx, tx, m)
}

// alike reports whether two overrides are stored as the same.
func alike(a, b Override) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return bytes.Equal(x, y), err
}

// Newest returns what an agency decided last about each service that it decided about.
func Newest(ctx context.Context, tx pgx.Tx, agency int64) (map[Key]Made, error) {
	all, err := made(ctx, tx, `SELECT DISTINCT ON (form_key) `+madeColumns+` FROM form_overrides WHERE agency_id = $1 ORDER BY form_key, id DESC`, agency)
	if err != nil {
		return nil, err
	}
	newest := make(map[Key]Made, len(all))
	for _, m := range all {
		newest[m.Form] = m
	}
	return newest, nil
}

// Closed returns the agencies that do not offer a service.
func Closed(ctx context.Context, tx pgx.Tx, form Key) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT agency_id FROM (SELECT DISTINCT ON (agency_id) agency_id, changes FROM form_overrides WHERE form_key = $1 ORDER BY agency_id, id DESC) newest
		WHERE (changes->>'off')::boolean`, form)
	if err != nil {
		return nil, fmt.Errorf("agencies without %s: %w", form, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("agencies without %s: %w", form, err)
	}
	return ids, nil
}

const madeColumns = `id, agency_id, form_key, base, changes, officer_id, at`

// Overrides returns what was decided about a service by an agency, the newest first.
func Overrides(ctx context.Context, tx pgx.Tx, agency int64, form Key) ([]Made, error) {
	return made(ctx, tx, `SELECT `+madeColumns+` FROM form_overrides WHERE agency_id = $1 AND form_key = $2 ORDER BY id DESC`, agency, form)
}

// InForce returns the newest override of each service that an agency has; 0: none.
func InForce(ctx context.Context, tx pgx.Tx, agency int64, form Key) (OverrideID, error) {
	var id OverrideID
	err := tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM form_overrides WHERE agency_id = $1 AND form_key = $2`, agency, form).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("override of %s in force: %w", form, err)
	}
	return id, nil
}

func made(ctx context.Context, tx pgx.Tx, query string, args ...any) ([]Made, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m Made, err error) {
		err = row.Scan(&m.ID, &m.Agency, &m.Form, &m.Base, &m.Override, &m.Officer, &m.At)
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	return all, nil
}
