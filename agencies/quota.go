package agencies

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Quota is how many messages of its own accord an account may send in a month, and has sent, as its
// channel says. Answers to what a person just said do not count (line.md 2.2).
type Quota struct {
	Most     *int64     `db:"most"` // nil: as many as it likes
	Used     int64      `db:"used"`
	ReadAt   *time.Time `db:"read_at"`    // nil: never yet
	UsedUpAt *time.Time `db:"used_up_at"` // since when messages are refused because the month is used up; nil: they are not
}

// alarmAt is the used part of a month at which somebody must do something: buy a larger plan or say less.
const alarmAt = 0.8

// Ratio is the used part of the month, 0 where there is no limit and 1 where nothing is left.
func (q Quota) Ratio() float64 {
	switch {
	case q.UsedUpAt != nil:
		return 1
	case q.Most == nil:
		return 0
	case *q.Most <= 0:
		return 1
	}
	return float64(q.Used) / float64(*q.Most)
}

// Short says whether so much of the month is used that somebody must do something.
func (q Quota) Short() bool { return q.Ratio() >= alarmAt }

const quotaColumns = `most, used, read_at, used_up_at`

// QuotaOf returns what is known of a channel's quota; one that was never read is zero.
func QuotaOf(ctx context.Context, tx pgx.Tx, id ChannelID) (Quota, error) {
	rows, err := tx.Query(ctx, `SELECT `+quotaColumns+` FROM channel_quota WHERE channel_id = $1`, id)
	if err != nil {
		return Quota{}, fmt.Errorf("quota of channel %d: %w", id, err)
	}
	q, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Quota])
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Quota{}, fmt.Errorf("quota of channel %d: %w", id, err)
	}
	return q, nil
}

// QuotaChange is what a new reading of a quota means.
type QuotaChange struct {
	Quota Quota
	Alarm bool // the month has become short, for the first time
	Freed bool // there is room again for what was refused
}

// KeepQuota keeps a new reading. Most nil means that there is no limit; month names the channel's
// month (2026-11).
func KeepQuota(ctx context.Context, tx pgx.Tx, id ChannelID, most *int64, used int64, month string, now time.Time) (QuotaChange, error) {
	before, alarmed, err := lockQuota(ctx, tx, id)
	if err != nil {
		return QuotaChange{}, err
	}
	c := QuotaChange{Quota: Quota{Most: most, Used: used, ReadAt: &now, UsedUpAt: before.UsedUpAt}}
	if before.UsedUpAt != nil && (most == nil || used < *most) {
		// A month that has begun or a larger plan. The count lags behind what was sent, so a refusal of
		// the last minutes weighs more.
		if now.Sub(*before.UsedUpAt) > quotaLag {
			c.Freed, c.Quota.UsedUpAt = true, nil
		}
	}
	c.Alarm = c.Quota.Short() && alarmed != month
	if c.Alarm {
		alarmed = month
	}
	_, err = tx.Exec(ctx, `UPDATE channel_quota SET most = $2, used = $3, read_at = $4, used_up_at = $5, alarmed_on = $6 WHERE channel_id = $1`,
		id, most, used, now, c.Quota.UsedUpAt, alarmed)
	if err != nil {
		return QuotaChange{}, fmt.Errorf("keep quota of channel %d: %w", id, err)
	}
	return c, nil
}

// quotaLag is by how much a channel's count may be behind.
const quotaLag = 30 * time.Minute

// QuotaUsedUp keeps that a channel refused a message because its month is used up. First is true
// when that was not known.
func QuotaUsedUp(ctx context.Context, tx pgx.Tx, id ChannelID, now time.Time) (first bool, err error) {
	before, _, err := lockQuota(ctx, tx, id)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `UPDATE channel_quota SET used_up_at = $2 WHERE channel_id = $1`, id, now); err != nil {
		return false, fmt.Errorf("keep that the month of channel %d is used up: %w", id, err)
	}
	return before.UsedUpAt == nil, nil
}

// lockQuota returns the row of a channel, making it when there is none, and holds it.
func lockQuota(ctx context.Context, tx pgx.Tx, id ChannelID) (q Quota, alarmed string, err error) {
	_, err = tx.Exec(ctx, `INSERT INTO channel_quota (channel_id, agency_id) SELECT id, agency_id FROM channels WHERE id = $1 ON CONFLICT DO NOTHING`, id)
	if err != nil {
		return Quota{}, "", fmt.Errorf("quota of channel %d: %w", id, err)
	}
	err = tx.QueryRow(ctx, `SELECT `+quotaColumns+`, alarmed_on FROM channel_quota WHERE channel_id = $1 FOR UPDATE`, id).
		Scan(&q.Most, &q.Used, &q.ReadAt, &q.UsedUpAt, &alarmed)
	if err != nil {
		return Quota{}, "", fmt.Errorf("quota of channel %d: %w", id, err)
	}
	return q, alarmed, nil
}

// MeteredChannel is a channel in use, and whether its quota was ever read.
type MeteredChannel struct {
	ID    ChannelID `db:"id"`
	Known bool      `db:"known"`
}

// Metered returns the official accounts that are in use.
func Metered(ctx context.Context, tx pgx.Tx) ([]MeteredChannel, error) {
	rows, err := tx.Query(ctx, `SELECT c.id, q.read_at IS NOT NULL AS known FROM channels c LEFT JOIN channel_quota q ON q.channel_id = c.id
		WHERE c.kind <> $1 AND c.removed_at IS NULL ORDER BY c.id`, WebKind)
	if err != nil {
		return nil, fmt.Errorf("channels in use: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[MeteredChannel])
}
