package agencies

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// SuspendChannel records that the chat service took an account out of use, at a time by its own clock. Of
// two suspensions the first counts. News is false when something later was heard already: what the service
// says may come in another order than it happened.
func SuspendChannel(ctx context.Context, tx pgx.Tx, id ChannelID, at time.Time) (news bool, err error) {
	return suspension(ctx, tx, `UPDATE channels SET suspended_at = coalesce(suspended_at, $2), suspension_told_at = $2
		WHERE id = $1 AND (suspension_told_at IS NULL OR suspension_told_at <= $2)`, id, at)
}

// ResumeChannel records that the chat service put an account back into use. News is as for SuspendChannel.
func ResumeChannel(ctx context.Context, tx pgx.Tx, id ChannelID, at time.Time) (news bool, err error) {
	return suspension(ctx, tx, `UPDATE channels SET suspended_at = NULL, suspension_told_at = $2
		WHERE id = $1 AND (suspension_told_at IS NULL OR suspension_told_at <= $2)`, id, at)
}

func suspension(ctx context.Context, tx pgx.Tx, query string, id ChannelID, at time.Time) (news bool, err error) {
	tag, err := tx.Exec(ctx, query, id, at)
	if err != nil {
		return false, fmt.Errorf("suspension of channel %d: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// SuspendedSince says since when the chat service has taken an account out of use; nil: it is in use.
func SuspendedSince(ctx context.Context, tx pgx.Tx, id ChannelID) (*time.Time, error) {
	var since *time.Time
	if err := tx.QueryRow(ctx, `SELECT suspended_at FROM channels WHERE id = $1`, id).Scan(&since); err != nil {
		return nil, fmt.Errorf("is channel %d suspended: %w", id, err)
	}
	return since, nil
}
