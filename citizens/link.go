package citizens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// LinkLife is how long a request to link can be finished: as long as the channel's own token for it
// (line.md 4.5).
const LinkLife = 10 * time.Minute

// ErrNoLink means that a nonce does not stand for a request to link: it is forged, used or too old.
var ErrNoLink = errors.New("no such request to link")

// StartLink begins joining a chat account with a person who signed in with us, and returns the nonce that
// comes back through the channel when the owner of the chat account agreed. It has 130 random bits and
// counts once; only its hash is kept.
func StartLink(ctx context.Context, tx pgx.Tx, citizen CitizenID, now time.Time) (nonce string, err error) {
	if _, err := tx.Exec(ctx, `DELETE FROM link_requests WHERE nonce_hash IN (SELECT nonce_hash FROM link_requests WHERE expires_at <= $1 LIMIT 100)`, now); err != nil {
		return "", fmt.Errorf("forget old requests to link: %w", err)
	}
	nonce = rand.Text()
	_, err = tx.Exec(ctx, `INSERT INTO link_requests (nonce_hash, citizen_id, expires_at) VALUES ($1, $2, $3)`, nonceHash(nonce), citizen, now.Add(LinkLife))
	if err != nil {
		return "", fmt.Errorf("start to link citizen %d: %w", citizen, err)
	}
	return nonce, nil
}

// FinishLink joins a chat account with the person who asked for it, in place of any it was joined with.
// The nonce is used up.
func FinishLink(ctx context.Context, tx pgx.Tx, identity IdentityID, nonce string, now time.Time) (CitizenID, error) {
	var citizen CitizenID
	err := tx.QueryRow(ctx, `DELETE FROM link_requests WHERE nonce_hash = $1 AND expires_at > $2 RETURNING citizen_id`, nonceHash(nonce), now).Scan(&citizen)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrNoLink
	}
	if err != nil {
		return 0, fmt.Errorf("finish to link identity %d: %w", identity, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_links (identity_id, citizen_id, linked_at) VALUES ($1, $2, $3)
		ON CONFLICT (identity_id) DO UPDATE SET citizen_id = excluded.citizen_id, linked_at = excluded.linked_at`, identity, citizen, now)
	if err != nil {
		return 0, fmt.Errorf("link identity %d: %w", identity, err)
	}
	return citizen, nil
}

// VoidLink uses up the nonce of a request that came to nothing.
func VoidLink(ctx context.Context, tx pgx.Tx, nonce string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM link_requests WHERE nonce_hash = $1`, nonceHash(nonce)); err != nil {
		return fmt.Errorf("void a request to link: %w", err)
	}
	return nil
}

// Unlink parts a chat account from the person it was joined with; one that was not is no error.
func Unlink(ctx context.Context, tx pgx.Tx, identity IdentityID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM account_links WHERE identity_id = $1`, identity); err != nil {
		return fmt.Errorf("unlink identity %d: %w", identity, err)
	}
	return nil
}

// LinkedTo returns the person that a chat account was joined with; ok is false when it was with nobody.
func LinkedTo(ctx context.Context, tx pgx.Tx, identity IdentityID) (citizen CitizenID, ok bool, err error) {
	err = tx.QueryRow(ctx, `SELECT citizen_id FROM account_links WHERE identity_id = $1`, identity).Scan(&citizen)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look for the link of identity %d: %w", identity, err)
	}
	return citizen, true, nil
}

// Linked returns the chat accounts that were joined with a person.
func Linked(ctx context.Context, tx pgx.Tx, citizen CitizenID) ([]Identity, error) {
	rows, err := tx.Query(ctx, `SELECT `+identityColumns+` FROM identities WHERE id IN (SELECT identity_id FROM account_links WHERE citizen_id = $1) ORDER BY id`, citizen)
	if err != nil {
		return nil, fmt.Errorf("accounts linked to citizen %d: %w", citizen, err)
	}
	linked, err := pgx.CollectRows(rows, pgx.RowToStructByName[Identity])
	if err != nil {
		return nil, fmt.Errorf("accounts linked to citizen %d: %w", citizen, err)
	}
	return linked, nil
}

func nonceHash(nonce string) []byte {
	sum := sha256.Sum256([]byte("link " + nonce))
	return sum[:]
}
