package agencies

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// SuspendChannel records since when the chat service has taken an account out of use, or, with the zero
// time, that it put it back. Of two suspensions the first counts.
func SuspendChannel(ctx context.Context, tx pgx.Tx, id ChannelID, at time.Time) error {
	var err error
	if at.IsZero() {
		_, err = tx.Exec(ctx, `UPDATE channels SET suspended_at = NULL WHERE id = $1`, id)
	} else {
		_, err = tx.Exec(ctx, `UPDATE channels SET suspended_at = coalesce(suspended_at, $2) WHERE id = $1`, id, at)
	}
	if err != nil {
		return fmt.Errorf("suspend channel %d: %w", id, err)
	}
	return nil
}

// SuspendedSince says since when the chat service has taken an account out of use; nil: it is in use.
func SuspendedSince(ctx context.Context, tx pgx.Tx, id ChannelID) (*time.Time, error) {
	var since *time.Time
	if err := tx.QueryRow(ctx, `SELECT suspended_at FROM channels WHERE id = $1`, id).Scan(&since); err != nil {
		return nil, fmt.Errorf("is channel %d suspended: %w", id, err)
	}
	return since, nil
}
