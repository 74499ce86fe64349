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

// How long a citizen's session lives. It is longer idle than an officer's: people look for papers while a
// form is open. (ASVS 7.3.1, 7.3.2)
const (
	SessionIdle = time.Hour
	SessionLife = 12 * time.Hour
	// sessionTouch is how far behind the time of the last sign of life may be.
	sessionTouch = time.Minute
	// sweepAtOnce is how many rows whose time is over one new row takes away with it.
	sweepAtOnce = 100
)

// SessionToken is what a browser holds to be recognised: random, kept on our side only as a hash.
type SessionToken string

// String keeps tokens out of every printed line.
func (SessionToken) String() string { return "[session]" }

func (t SessionToken) hash() []byte { return hashOf("citizen session", string(t)) }

// Way is how somebody signed in.
type Way string

// The ways in.
const (
	FromChat  Way = "chat"  // by a one-time link that was sent into their chat
	WithLine  Way = "line"  // LINE Login
	WithThaID Way = "thaid" // ThaID
	WithPhone Way = "phone" // signed in before, and answered a code since
)

// Session is a browser in which a citizen is signed in.
type Session struct {
	Citizen   CitizenID `db:"citizen_id"`
	Level     Level     `db:"level"` // what was proved in this very session
	Way       Way       `db:"way"`
	CreatedAt time.Time `db:"created_at"`
	SeenAt    time.Time `db:"seen_at"`
	ExpiresAt time.Time `db:"expires_at"`
}

// OpenSession signs a citizen in under a new token. The session that the browser had before, if any, ends: no
// token outlives a sign-in or a higher level (ASVS 7.2.4).
func OpenSession(ctx context.Context, tx pgx.Tx, old SessionToken, citizen CitizenID, level Level, way Way, now time.Time) (SessionToken, error) {
	_, err := tx.Exec(ctx, `DELETE FROM citizen_sessions WHERE token_hash IN
		(SELECT token_hash FROM citizen_sessions WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, now, sweepAtOnce)
	if err != nil {
		return "", fmt.Errorf("sweep sessions: %w", err)
	}
	if old != "" {
		if err := CloseSession(ctx, tx, old); err != nil {
			return "", err
		}
	}
	t := SessionToken(rand.Text())
	_, err = tx.Exec(ctx, `INSERT INTO citizen_sessions (token_hash, citizen_id, level, way, created_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $5, $6)`, t.hash(), citizen, level, way, now, now.Add(SessionLife))
	if err != nil {
		return "", fmt.Errorf("open session of citizen %d: %w", citizen, err)
	}
	return t, nil
}

// FindSession returns the session behind a token; ok is false when it has ended for whatever reason. With
// touch it also notes that the person is still there; what a page does by itself must not.
func FindSession(ctx context.Context, tx pgx.Tx, t SessionToken, touch bool, now time.Time) (s Session, ok bool, err error) {
	if t == "" {
		return Session{}, false, nil
	}
	rows, err := tx.Query(ctx, `SELECT citizen_id, level, way, created_at, seen_at, expires_at FROM citizen_sessions
		WHERE token_hash = $1 AND expires_at > $2 AND seen_at > $3`, t.hash(), now, now.Add(-SessionIdle))
	if err != nil {
		return Session{}, false, fmt.Errorf("find session: %w", err)
	}
	s, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Session])
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, fmt.Errorf("find session: %w", err)
	}
	if touch && now.Sub(s.SeenAt) >= sessionTouch {
		if _, err := tx.Exec(ctx, `UPDATE citizen_sessions SET seen_at = $2 WHERE token_hash = $1`, t.hash(), now); err != nil {
			return Session{}, false, fmt.Errorf("note session: %w", err)
		}
	}
	return s, true, nil
}

// CloseSession signs one browser out.
func CloseSession(ctx context.Context, tx pgx.Tx, t SessionToken) error {
	if _, err := tx.Exec(ctx, `DELETE FROM citizen_sessions WHERE token_hash = $1`, t.hash()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// CloseSessions signs a citizen out of every browser (ASVS 7.4.3), and ends the links that were sent to the chat. What was
// used stays noted, so that it is not good once more.
func CloseSessions(ctx context.Context, tx pgx.Tx, citizen CitizenID) error {
	for _, end := range []string{`DELETE FROM citizen_sessions WHERE citizen_id = $1`, `DELETE FROM entries WHERE citizen_id = $1 AND used_at IS NULL`} {
		if _, err := tx.Exec(ctx, end, citizen); err != nil {
			return fmt.Errorf("sign out citizen %d everywhere: %w", citizen, err)
		}
	}
	return nil
}

// hashOf is a random secret as the database knows it. The kind keeps one from being taken for another.
func hashOf(kind, random string) []byte {
	sum := sha256.Sum256([]byte(kind + " " + random))
	return sum[:]
}
