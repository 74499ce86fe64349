// Package citizens knows who is asking: people, their accounts on chat services, and what they
// have been told about their data. It is the only place personal data of a person is read or erased.
package citizens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// CitizenID identifies a person (ประชาชน).
type CitizenID int64

// IdentityID identifies an account of a person on a chat service.
type IdentityID int64

// Identity is a person's account on a channel (บัญชีช่องทาง). The same person has one account per
// provider of official accounts: LINE gives other user IDs under another provider (line.md 5.1).
type Identity struct {
	ID         IdentityID `db:"id"`
	CitizenID  CitizenID  `db:"citizen_id"`
	Kind       string     `db:"kind"`
	Provider   string     `db:"provider"`
	ExternalID string     `db:"external_id"`
	Name       string     `db:"name"` // display name; may stay empty for ever
}

const identityColumns = `id, citizen_id, kind, provider, external_id, name`

// Resolve returns the identity of an account, with a new citizen behind it when it was not known.
func Resolve(ctx context.Context, tx pgx.Tx, kind, provider, externalID string) (Identity, error) {
	id, err := identity(ctx, tx, `SELECT `+identityColumns+` FROM identities WHERE kind = $1 AND provider = $2 AND external_id = $3`,
		kind, provider, externalID)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	// Two first messages at once: the second waits for the first's row and then finds it; the
	// citizen it made for nothing has no identity and is removed again.
	var citizen CitizenID
	if err := tx.QueryRow(ctx, `INSERT INTO citizens DEFAULT VALUES RETURNING id`).Scan(&citizen); err != nil {
		return Identity{}, fmt.Errorf("new citizen: %w", err)
	}
	id, err = identity(ctx, tx, `INSERT INTO identities (citizen_id, kind, provider, external_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, provider, external_id) DO UPDATE SET external_id = excluded.external_id RETURNING `+identityColumns,
		citizen, kind, provider, externalID)
	if err != nil {
		return Identity{}, err
	}
	if id.CitizenID != citizen {
		if _, err := tx.Exec(ctx, `DELETE FROM citizens WHERE id = $1`, citizen); err != nil {
			return Identity{}, fmt.Errorf("remove spare citizen: %w", err)
		}
	}
	return id, nil
}

// FindIdentity returns an identity by its number.
func FindIdentity(ctx context.Context, tx pgx.Tx, id IdentityID) (Identity, error) {
	return identity(ctx, tx, `SELECT `+identityColumns+` FROM identities WHERE id = $1`, id)
}

func identity(ctx context.Context, tx pgx.Tx, query string, args ...any) (Identity, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Identity{}, fmt.Errorf("find identity: %w", err)
	}
	id, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Identity])
	if err != nil {
		return Identity{}, fmt.Errorf("find identity: %w", err)
	}
	return id, nil
}

// Rename records the display name of an account.
func Rename(ctx context.Context, tx pgx.Tx, id IdentityID, name string) error {
	if _, err := tx.Exec(ctx, `UPDATE identities SET name = $2 WHERE id = $1`, id, name); err != nil {
		return fmt.Errorf("name identity %d: %w", id, err)
	}
	return nil
}

// AccountName is the name that a citizen has given themselves in the chat; empty when they have no chat or no name there.
func AccountName(ctx context.Context, tx pgx.Tx, citizen CitizenID) (name string, err error) {
	err = tx.QueryRow(ctx, `SELECT coalesce((SELECT name FROM identities WHERE citizen_id = $1 AND kind = 'line' ORDER BY id DESC LIMIT 1), '')`, citizen).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("account of citizen %d: %w", citizen, err)
	}
	return name, nil
}

// Noticed records that a version of a service's privacy notice was shown before the first
// question (PDP-1, PDP-2). The first time counts.
func Noticed(ctx context.Context, tx pgx.Tx, citizen CitizenID, formKey string, version int, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO notices (citizen_id, form_key, version, shown_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, citizen, formKey, version, at)
	if err != nil {
		return fmt.Errorf("record notice: %w", err)
	}
	return nil
}

// Notice is that a version of a service's privacy notice was shown to a person.
type Notice struct {
	FormKey string    `db:"form_key"`
	Version int       `db:"version"`
	ShownAt time.Time `db:"shown_at"`
}

// Notices returns what was shown to a person, oldest first.
func Notices(ctx context.Context, tx pgx.Tx, citizen CitizenID) ([]Notice, error) {
	rows, err := tx.Query(ctx, `SELECT form_key, version, shown_at FROM notices WHERE citizen_id = $1 ORDER BY shown_at, form_key`, citizen)
	if err != nil {
		return nil, fmt.Errorf("notices of citizen %d: %w", citizen, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Notice])
	if err != nil {
		return nil, fmt.Errorf("notices of citizen %d: %w", citizen, err)
	}
	return all, nil
}

// Known says whether an account has been heard of before.
func Known(ctx context.Context, tx pgx.Tx, kind, provider, externalID string) (bool, error) {
	var known bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM identities WHERE kind = $1 AND provider = $2 AND external_id = $3)`,
		kind, provider, externalID).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look for identity: %w", err)
	}
	return known, nil
}
