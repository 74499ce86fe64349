package citizens

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/secret"
	"saphan/internal/thai"
)

// Blind is a national ID as the database knows it, by which what is kept about one person is found without the number.
func Blind(box secret.Box, id thai.NationalID) []byte { return blindPID(box, id) }

// BlindsOf returns the national ID that ThaID proved of a citizen and that holds, blinded; none when nothing is proved.
func BlindsOf(ctx context.Context, tx pgx.Tx, citizen CitizenID, now time.Time) ([][]byte, error) {
	return blinds[[]byte](ctx, tx, `SELECT DISTINCT pid_hash FROM verifications
		WHERE citizen_id = $1 AND pid_hash IS NOT NULL AND how = 'thaid' AND ended_at IS NULL AND until > $2`, citizen, now)
}

// KnownBy returns the accounts of which ThaID proved that they are those of the person with a blinded national ID.
func KnownBy(ctx context.Context, tx pgx.Tx, blind []byte, now time.Time) ([]CitizenID, error) {
	return blinds[CitizenID](ctx, tx, `SELECT DISTINCT citizen_id FROM verifications
		WHERE pid_hash = $1 AND how = 'thaid' AND ended_at IS NULL AND until > $2 ORDER BY citizen_id`, blind, now)
}

func blinds[T any](ctx context.Context, tx pgx.Tx, query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find by national ID: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		return nil, fmt.Errorf("find by national ID: %w", err)
	}
	return all, nil
}
