package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Block records since when a person has blocked the account (nothing can be pushed), or, with the zero
// time, that they are back.
func Block(ctx context.Context, tx pgx.Tx, id ConversationID, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE conversations SET blocked_at = $2 WHERE id = $1`, id, nullTime(at)); err != nil {
		return fmt.Errorf("block conversation %d: %w", id, err)
	}
	return nil
}

// HeardSince says whether the person said or did something after a time by the channel's clock.
func HeardSince(ctx context.Context, tx pgx.Tx, id ConversationID, at time.Time) (bool, error) {
	var heard bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM messages WHERE conversation_id = $1 AND at > $2 AND kind <> 'unsend')`, id, at).Scan(&heard)
	if err != nil {
		return false, fmt.Errorf("when was conversation %d heard of: %w", id, err)
	}
	return heard, nil
}
