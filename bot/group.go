package bot

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// GroupReply is the one line that is said in a group before the account leaves it.
func GroupReply(lang string) Reply { return Reply{Text: Tongue(lang).Say("group.leave")} }

// hash is all that is remembered of a group.
func (g Group) hash() []byte {
	sum := sha256.Sum256([]byte(g.Kind + " " + g.ID))
	return sum[:]
}

// Leaving is how far taking an account out of a group is.
type Leaving string

// The states of leaving.
const (
	ToLeave   Leaving = "to_leave"   // the caller holds it
	BeingLeft Leaving = "being_left" // another job is at it
	HasLeft   Leaving = "has_left"   // since what was received then
)

// HoldGroup takes it upon the caller to take an account out of a group, until a time. What was received
// before the account last left is no reason to leave again.
func HoldGroup(ctx context.Context, tx pgx.Tx, channel int64, g Group, received, now, until time.Time) (Leaving, error) {
	_, err := tx.Exec(ctx, `INSERT INTO left_groups (channel_id, group_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING`, channel, g.hash())
	if err != nil {
		return "", fmt.Errorf("hold group: %w", err)
	}
	var held, left *time.Time
	err = tx.QueryRow(ctx, `SELECT held_until, left_at FROM left_groups WHERE channel_id = $1 AND group_hash = $2 FOR UPDATE`, channel, g.hash()).Scan(&held, &left)
	switch {
	case err != nil:
		return "", fmt.Errorf("hold group: %w", err)
	case left != nil && !received.After(*left):
		return HasLeft, nil
	case held != nil && held.After(now):
		return BeingLeft, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE left_groups SET held_until = $3 WHERE channel_id = $1 AND group_hash = $2`, channel, g.hash(), until); err != nil {
		return "", fmt.Errorf("hold group: %w", err)
	}
	return ToLeave, nil
}

// LeftGroup ends a hold: at the time that the account left the group, or, with the zero time, because
// it could not.
func LeftGroup(ctx context.Context, tx pgx.Tx, channel int64, g Group, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE left_groups SET held_until = NULL, left_at = coalesce($3, left_at) WHERE channel_id = $1 AND group_hash = $2`,
		channel, g.hash(), nullTime(at))
	if err != nil {
		return fmt.Errorf("left group: %w", err)
	}
	return nil
}
