package citizens

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// EntryLife is how long a one-time link from the chat can be used.
const EntryLife = 15 * time.Minute

// ErrNoEntry means that a link does not let anybody in: it is forged, used or too old.
var ErrNoEntry = errors.New("no such way in")

// Entry is what a one-time link leads to.
type Entry struct {
	Citizen CitizenID  `db:"citizen_id"`
	Purpose string     `db:"purpose"` // the page, a path of ours
	UsedAt  *time.Time `db:"used_at"`
}

// NewEntry makes a one-time link's token for a citizen, to be sent into their own chat and nowhere else: whoever
// holds it is taken for them, as whoever holds the telephone is. Purpose is the path of the page it leads to.
// The address is /me/in/{token}.
func NewEntry(ctx context.Context, tx pgx.Tx, citizen CitizenID, purpose string, now time.Time) (token string, err error) {
	_, err = tx.Exec(ctx, `DELETE FROM entries WHERE token_hash IN
		(SELECT token_hash FROM entries WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, now, sweepAtOnce)
	if err != nil {
		return "", fmt.Errorf("forget old ways in: %w", err)
	}
	token = rand.Text()
	_, err = tx.Exec(ctx, `INSERT INTO entries (token_hash, citizen_id, purpose, expires_at) VALUES ($1, $2, $3, $4)`,
		entryHash(token), citizen, purpose, now.Add(EntryLife))
	if err != nil {
		return "", fmt.Errorf("make a way in for citizen %d: %w", citizen, err)
	}
	return token, nil
}

// LookEntry says where a link leads and whether it was used, without using it: programs that draw previews open
// links too. ErrNoEntry: nowhere.
func LookEntry(ctx context.Context, tx pgx.Tx, token string, now time.Time) (Entry, error) {
	return entry(ctx, tx, `SELECT citizen_id, purpose, used_at FROM entries WHERE token_hash = $1 AND expires_at > $2`, token, now)
}

// UseEntry lets the holder of a link in, once.
func UseEntry(ctx context.Context, tx pgx.Tx, token string, now time.Time) (Entry, error) {
	return entry(ctx, tx, `UPDATE entries SET used_at = $2 WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL
		RETURNING citizen_id, purpose, used_at`, token, now)
}

// tokenLife is for how long it is remembered that a token was used: longer than any of LINE's is good, which is an hour.
const tokenLife = 24 * time.Hour

// SpendToken notes that somebody came in by a token that another party signed, which is good for one time like a link of
// ours. Said is what the token says: the same can be written and signed in more than one way. ErrNoEntry: it was used
// before.
func SpendToken(ctx context.Context, tx pgx.Tx, citizen CitizenID, said []byte, now time.Time) error {
	tag, err := tx.Exec(ctx, `INSERT INTO entries (token_hash, citizen_id, purpose, expires_at, used_at) VALUES ($1, $2, '', $3, $4)
		ON CONFLICT (token_hash) DO NOTHING`, hashOf("signed token", string(said)), citizen, now.Add(tokenLife), now)
	if err != nil {
		return fmt.Errorf("note the token of citizen %d: %w", citizen, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNoEntry
	}
	return nil
}

func entry(ctx context.Context, tx pgx.Tx, query, token string, now time.Time) (Entry, error) {
	rows, err := tx.Query(ctx, query, entryHash(token), now)
	if err != nil {
		return Entry{}, fmt.Errorf("way in: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return Entry{}, ErrNoEntry
	}
	if err != nil {
		return Entry{}, fmt.Errorf("way in: %w", err)
	}
	return e, nil
}

func entryHash(token string) []byte { return hashOf("entry", token) }
