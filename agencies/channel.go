package agencies

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// Channel is an official account of an agency on a chat service (ช่องทาง).
type Channel struct {
	ID          ChannelID
	AgencyID    AgencyID
	Kind        string // "line"
	Destination string // LINE: the bot's user ID, by which a webhook names its account
	Provider    string // LINE user IDs are one per provider (line.md 5.1)
	Name        string
	Secret      string // signs webhooks
	OldSecret   string // signs them too until OldUntil; empty: none (line.md 1.2)
	OldUntil    time.Time
	Token       string // authorises calls
	AnnouncedAt *time.Time
}

// LogValue keeps the secrets out of every log line.
func (c Channel) LogValue() slog.Value {
	return slog.GroupValue(slog.Int64("id", int64(c.ID)), slog.String("kind", c.Kind))
}

type channelRow struct {
	ID           ChannelID  `db:"id"`
	AgencyID     AgencyID   `db:"agency_id"`
	Kind         string     `db:"kind"`
	Destination  string     `db:"destination"`
	Provider     string     `db:"provider"`
	Name         string     `db:"name"`
	SecretSealed []byte     `db:"secret_sealed"`
	OldSealed    []byte     `db:"old_secret_sealed"`
	OldUntil     *time.Time `db:"old_secret_until"`
	TokenSealed  []byte     `db:"token_sealed"`
	AnnouncedAt  *time.Time `db:"announced_at"`
}

const channelColumns = `id, agency_id, kind, destination, provider, name, secret_sealed, old_secret_sealed, old_secret_until, token_sealed, announced_at`

// The words under which a channel's secrets are sealed: bound to the account, not to the row.
func secretPurpose(kind, destination string) string {
	return "channel secret " + kind + " " + destination
}
func tokenPurpose(kind, destination string) string {
	return "channel token " + kind + " " + destination
}

// CreateChannel adds an official account. An empty secret is refused: with it anybody could sign
// webhooks (line.md row 4).
func CreateChannel(ctx context.Context, tx pgx.Tx, box secret.Box, c Channel) (ChannelID, error) {
	if c.Secret == "" || c.Token == "" || c.Destination == "" {
		return 0, fault.New(fault.Invalid, "ช่องทางต้องมีรหัสบัญชี (destination) รหัสลับ (channel secret) และโทเคนครบถ้วน")
	}
	var id ChannelID
	err := tx.QueryRow(ctx, `INSERT INTO channels (agency_id, kind, destination, provider, name, secret_sealed, token_sealed, announced_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`, c.AgencyID, c.Kind, c.Destination, c.Provider, c.Name,
		box.Seal([]byte(c.Secret), secretPurpose(c.Kind, c.Destination)),
		box.Seal([]byte(c.Token), tokenPurpose(c.Kind, c.Destination)), c.AnnouncedAt).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("create channel: %w", err)
	}
	return id, nil
}

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
	_, err = tx.Exec(ctx, `UPDATE channels SET old_secret_sealed = secret_sealed, old_secret_until = $2, secret_sealed = $3 WHERE id = $1`,
		id, oldUntil, box.Seal([]byte(fresh), secretPurpose(c.Kind, c.Destination)))
	if err != nil {
		return fmt.Errorf("rotate secret of channel %d: %w", id, err)
	}
	return nil
}

// FindChannel returns a channel by its number.
func FindChannel(ctx context.Context, tx pgx.Tx, box secret.Box, id ChannelID) (Channel, error) {
	return channel(ctx, tx, box, `SELECT `+channelColumns+` FROM channels WHERE id = $1`, id)
}

// Channels returns every channel of a kind, for the webhook to choose from.
func Channels(ctx context.Context, tx pgx.Tx, box secret.Box, kind string) ([]Channel, error) {
	rows, err := tx.Query(ctx, `SELECT `+channelColumns+` FROM channels WHERE kind = $1 ORDER BY id`, kind)
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[channelRow])
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	channels := make([]Channel, 0, len(found))
	for _, r := range found {
		c, err := r.open(box)
		if err != nil {
			return nil, err
		}
		channels = append(channels, c)
	}
	return channels, nil
}

func channel(ctx context.Context, tx pgx.Tx, box secret.Box, query string, args ...any) (Channel, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Channel{}, fmt.Errorf("find channel: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[channelRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Channel{}, fault.New(fault.NotFound, "ไม่พบช่องทางนี้")
	}
	if err != nil {
		return Channel{}, fmt.Errorf("find channel: %w", err)
	}
	return r.open(box)
}

func (r channelRow) open(box secret.Box) (Channel, error) {
	key, err := box.Open(r.SecretSealed, secretPurpose(r.Kind, r.Destination))
	if err != nil {
		return Channel{}, fmt.Errorf("open secret of channel %d (was SECRET_KEY changed?): %w", r.ID, err)
	}
	token, err := box.Open(r.TokenSealed, tokenPurpose(r.Kind, r.Destination))
	if err != nil {
		return Channel{}, fmt.Errorf("open token of channel %d (was SECRET_KEY changed?): %w", r.ID, err)
	}
	c := Channel{
		ID: r.ID, AgencyID: r.AgencyID, Kind: r.Kind, Destination: r.Destination, Provider: r.Provider, Name: r.Name,
		Secret: string(key), Token: string(token), AnnouncedAt: r.AnnouncedAt,
	}
	if r.OldUntil != nil {
		old, err := box.Open(r.OldSealed, secretPurpose(r.Kind, r.Destination))
		if err != nil {
			return Channel{}, fmt.Errorf("open old secret of channel %d (was SECRET_KEY changed?): %w", r.ID, err)
		}
		c.OldSecret, c.OldUntil = string(old), *r.OldUntil
	}
	return c, nil
}
