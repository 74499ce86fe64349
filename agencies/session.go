package agencies

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"saphan/internal/secret"
)

// How long a session lives (ASVS 7.3.1, 7.3.2).
const (
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
	// touchEvery is how far behind the time of the last sign of life may be.
	touchEvery = time.Minute
)

// Token is what a browser holds to be recognised: random, kept on our side only as a hash.
type Token string

// String keeps tokens out of every printed line.
func (Token) String() string { return "[session]" }

// hash is what the table knows a token by.
func (t Token) hash() []byte {
	sum := sha256.Sum256([]byte(t))
	return sum[:]
}

func newToken() Token {
	b := make([]byte, 32)
	rand.Read(b)
	return Token(base64.RawURLEncoding.EncodeToString(b))
}

// SessionCookie is the name of the cookie that holds an officer's token.
const SessionCookie = "session"

// SessionDB is what Sessions needs of a database; a pool has it.
type SessionDB interface {
	DB
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Sessions lets officers in and recognises them again. It opens its own transactions: a refused
// sign-in must be remembered too.
type Sessions struct {
	db  SessionDB
	box secret.Box
	now func() time.Time
}

// NewSessions returns Sessions kept in db, with secrets sealed by box.
func NewSessions(db SessionDB, box secret.Box, now func() time.Time) *Sessions {
	return &Sessions{db: db, box: box, now: now}
}

// Find returns the officer behind a token; found is false when the session has ended for
// whatever reason. With touch it also notes that the officer is still there; what a page does
// by itself must not, or an abandoned desk would never be signed out.
func (s *Sessions) Find(ctx context.Context, t Token, touch bool) (o Officer, found bool, err error) {
	now := s.now()
	rows, err := s.db.Query(ctx, `SELECT o.id, o.agency_id, o.email, o.name, o.role, o.disabled_at, s.seen_at
		FROM sessions s JOIN officers o ON o.id = s.officer_id
		WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND o.disabled_at IS NULL`,
		t.hash(), now, now.Add(-sessionIdle))
	if err != nil {
		return Officer{}, false, fmt.Errorf("find session: %w", err)
	}
	type live struct {
		Officer
		SeenAt time.Time `db:"seen_at"`
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[live])
	if errors.Is(err, pgx.ErrNoRows) {
		return Officer{}, false, nil
	}
	if err != nil {
		return Officer{}, false, fmt.Errorf("find session: %w", err)
	}
	if touch && now.Sub(l.SeenAt) >= touchEvery {
		if _, err := s.db.Exec(ctx, `UPDATE sessions SET seen_at = $2 WHERE token_hash = $1`, t.hash(), now); err != nil {
			return Officer{}, false, fmt.Errorf("note session: %w", err)
		}
	}
	return l.Officer, true, nil
}

// SignOut ends one session.
func (s *Sessions) SignOut(ctx context.Context, t Token) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM sessions WHERE token_hash = $1`, t.hash()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// SignOutEverywhere ends every session of an officer (ASVS 7.4.3).
func (s *Sessions) SignOutEverywhere(ctx context.Context, id OfficerID) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM sessions WHERE officer_id = $1`, id); err != nil {
		return fmt.Errorf("sign out everywhere: %w", err)
	}
	return nil
}

// open starts a session under a new token (ASVS 7.2.4) and sweeps out what has ended.
func (s *Sessions) open(ctx context.Context, tx pgx.Tx, id OfficerID) (Token, error) {
	now, t := s.now(), newToken()
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE token_hash IN
		(SELECT token_hash FROM sessions WHERE expires_at <= $1 OR seen_at <= $2 FOR UPDATE SKIP LOCKED)`, now, now.Add(-sessionIdle))
	if err != nil {
		return "", fmt.Errorf("sweep sessions: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO sessions (token_hash, officer_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)`,
		t.hash(), id, now, now.Add(sessionLife))
	if err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return t, nil
}
