package citizens

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// AccountsOf returns every account of the person behind one of them, that one included, in ascending order:
// those that the same national ID was proved for by ThaID and holds, and those that were joined through
// the channel (StartLink). What belongs to the others may be shown only where ThaID vouched for the person
// in this very session (Session.Level is Proven): the account alone may be in a child's hand.
func AccountsOf(ctx context.Context, tx pgx.Tx, citizen CitizenID, now time.Time) ([]CitizenID, error) {
	rows, err := tx.Query(ctx, `
		WITH joined AS (
			SELECT $1::bigint AS id
			UNION SELECT i.citizen_id FROM account_links l JOIN identities i ON i.id = l.identity_id WHERE l.citizen_id = $1
			UNION SELECT l.citizen_id FROM account_links l JOIN identities i ON i.id = l.identity_id WHERE i.citizen_id = $1
		), proved AS (
			SELECT citizen_id, pid_hash FROM verifications WHERE pid_hash IS NOT NULL AND how = 'thaid' AND ended_at IS NULL AND until > $2
		), mine AS (
			SELECT pid_hash FROM proved WHERE citizen_id = $1
		)
		SELECT citizen_id FROM proved WHERE pid_hash IN (SELECT pid_hash FROM mine)
		UNION SELECT id FROM joined
			WHERE id = $1 OR NOT EXISTS (SELECT FROM proved WHERE citizen_id = joined.id AND pid_hash NOT IN (SELECT pid_hash FROM mine))`, citizen, now)
	if err != nil {
		return nil, fmt.Errorf("accounts of citizen %d: %w", citizen, err)
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowTo[CitizenID])
	if err != nil {
		return nil, fmt.Errorf("accounts of citizen %d: %w", citizen, err)
	}
	slices.Sort(accounts)
	return accounts, nil
}

// PersonOf is the account that stands for the person behind one of theirs: the oldest that ThaID proved to be
// the same person's, and the account itself when there is none. What is kept once for a person, such as
// their profile, is kept there (SEED-21).
func PersonOf(ctx context.Context, tx pgx.Tx, citizen CitizenID, now time.Time) (CitizenID, error) {
	var person CitizenID
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT min(other.citizen_id) FROM verifications mine JOIN verifications other USING (pid_hash)
		WHERE mine.citizen_id = $1 AND mine.how = 'thaid' AND mine.ended_at IS NULL AND mine.until > $2
		AND other.how = 'thaid' AND other.ended_at IS NULL AND other.until > $2), $1)`, citizen, now).Scan(&person)
	if err != nil {
		return 0, fmt.Errorf("person of citizen %d: %w", citizen, err)
	}
	return person, nil
}

// ForgetIdentity removes everything that was proved of a citizen and every way in of theirs, for erasure. The
// accounts on channels stay; they are removed with the conversations. Sending a code that waits comes to
// nothing.
func ForgetIdentity(ctx context.Context, tx pgx.Tx, citizen CitizenID) error {
	for _, table := range []string{"verifications", "citizen_sessions", "entries", "departures", "phone_codes"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE citizen_id = $1`, citizen); err != nil {
			return fmt.Errorf("forget %s of citizen %d: %w", table, citizen, err)
		}
	}
	return nil
}
