package agencies

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// RotateSecret gives a channel a new secret. The one it had goes on verifying until a moment: LINE
// signs with the new one at once, but deliveries signed before may still be on their way (line.md 1.2).
func RotateSecret(ctx context.Context, tx pgx.Tx, box secret.Box, id ChannelID, fresh string, oldUntil time.Time) error {
	if fresh == "" {
		return fault.New(fault.Invalid, "รหัสลับใหม่ (channel secret) ต้องไม่ว่าง กรุณาคัดลอกจาก LINE Developers Console")
	}
	c, err := FindChannel(ctx, tx, box, id)
	if err != nil {
		return err
	}
	return changed(ctx, tx, id, "rotate secret", `UPDATE channels SET old_secret_sealed = secret_sealed, old_secret_until = $2, secret_sealed = $3
		WHERE id = $1 AND removed_at IS NULL`, oldUntil, box.Seal([]byte(fresh), secretPurpose(c.Kind, c.Destination)))
}

// SetTokens changes how a channel comes by its tokens: to the channel ID, kind, token and keys of c.
func SetTokens(ctx context.Context, tx pgx.Tx, box secret.Box, c Channel) error {
	if err := c.authorised(); err != nil {
		return err
	}
	s := c.seal(box)
	return changed(ctx, tx, c.ID, "set tokens", `UPDATE channels SET line_id = $2, token_kind = $3, token_sealed = $4, token_from = NULL, token_until = NULL,
		token_renewing_until = NULL, key_sealed = $5, key_id = $6, next_key_sealed = $7 WHERE id = $1 AND removed_at IS NULL`,
		c.LineID, c.TokenKind, s.token, s.key, c.KeyID, s.next)
}

// KeepNextKey gives a channel a private key whose public half is still to be registered with LINE.
// The channel goes on with what it has.
func KeepNextKey(ctx context.Context, tx pgx.Tx, box secret.Box, c Channel, key string) error {
	return changed(ctx, tx, c.ID, "keep key", `UPDATE channels SET next_key_sealed = $2 WHERE id = $1 AND removed_at IS NULL`,
		box.Seal([]byte(key), keyPurpose(c.Kind, c.Destination)))
}

// AnnounceChannel notes when and where the agency announced a channel as one for requests; from then
// on what enters it counts as received (EGA-10.6). Neither goes without the other.
func AnnounceChannel(ctx context.Context, tx pgx.Tx, id ChannelID, at time.Time, ref string) error {
	if at.IsZero() || ref == "" {
		return errAnnouncement()
	}
	return changed(ctx, tx, id, "announce channel", `UPDATE channels SET announced_at = $2, announced_ref = $3 WHERE id = $1 AND removed_at IS NULL`, at, ref)
}

// WithdrawAnnouncement makes a channel one that is not announced.
func WithdrawAnnouncement(ctx context.Context, tx pgx.Tx, id ChannelID) error {
	return changed(ctx, tx, id, "withdraw announcement", `UPDATE channels SET announced_at = NULL, announced_ref = '' WHERE id = $1 AND removed_at IS NULL`)
}

// NameChannel notes what an account is called now.
func NameChannel(ctx context.Context, tx pgx.Tx, id ChannelID, name, basicID string) error {
	return changed(ctx, tx, id, "name channel", `UPDATE channels SET name = $2, basic_id = $3 WHERE id = $1 AND removed_at IS NULL`, name, basicID)
}

// PauseChannel stops a channel: what people send is kept and waits, and nothing is sent. A zero time
// lets it go on.
func PauseChannel(ctx context.Context, tx pgx.Tx, id ChannelID, at time.Time) error {
	var since *time.Time
	if !at.IsZero() {
		since = &at
	}
	return changed(ctx, tx, id, "pause channel", `UPDATE channels SET paused_at = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(paused_at, $2) END
		WHERE id = $1 AND removed_at IS NULL`, since)
}

// RemoveChannel ends a channel: its secrets are erased, deliveries to it are refused, and messages
// that wait for it fail visibly. The talks and cases that came through it stay.
func RemoveChannel(ctx context.Context, tx pgx.Tx, id ChannelID, at time.Time) error {
	return changed(ctx, tx, id, "remove channel", `UPDATE channels SET removed_at = $2, secret_sealed = '', old_secret_sealed = NULL, old_secret_until = NULL,
		token_sealed = '', token_from = NULL, token_until = NULL, token_renewing_until = NULL, key_sealed = NULL, key_id = '', next_key_sealed = NULL, paused_at = NULL
		WHERE id = $1 AND removed_at IS NULL`, at)
}

// BeginRenewal asks for leave to fetch the shared token of a channel anew. One process at a time has
// it, until a moment at the latest.
func BeginRenewal(ctx context.Context, tx pgx.Tx, id ChannelID, now, until time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE channels SET token_renewing_until = $3
		WHERE id = $1 AND removed_at IS NULL AND (token_renewing_until IS NULL OR token_renewing_until <= $2)`, id, now, until)
	if err != nil {
		return false, fmt.Errorf("renew token of channel %d: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// EndRenewal gives that leave back without a token.
func EndRenewal(ctx context.Context, tx pgx.Tx, id ChannelID) error {
	return changed(ctx, tx, id, "end renewal", `UPDATE channels SET token_renewing_until = NULL WHERE id = $1`)
}

// KeepToken stores the shared token of a channel for the other processes, unless the channel has
// come to get its tokens in another way meanwhile.
func KeepToken(ctx context.Context, tx pgx.Tx, box secret.Box, c Channel, token string, from, until time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE channels SET token_sealed = $2, token_from = $3, token_until = $4, token_renewing_until = NULL
		WHERE id = $1 AND token_kind = $5 AND removed_at IS NULL`, c.ID, box.Seal([]byte(token), tokenPurpose(c.Kind, c.Destination)), from, until, SharedToken)
	if err != nil {
		return fmt.Errorf("keep token of channel %d: %w", c.ID, err)
	}
	return nil
}

// changed runs a statement about one channel, whose number is its first argument.
func changed(ctx context.Context, tx pgx.Tx, id ChannelID, what, sql string, args ...any) error {
	tag, err := tx.Exec(ctx, sql, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("%s of channel %d: %w", what, id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบช่องทางนี้")
	}
	return nil
}
