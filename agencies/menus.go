package agencies

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// MenusQueue is where menus are drawn and brought to channels.
const MenusQueue = "menus"

// MenusArgs asks for the fixed menus of a channel to be as they should be. Whoever adds a channel or
// changes what its menus show (the agency's name) asks for it in the same transaction.
type MenusArgs struct {
	Channel ChannelID `json:"channel"`
	// Design names the release that asks; another release leaves it to that one. Empty: whoever comes.
	Design string `json:"design,omitempty"`
	// Tidy is asked for when menus were replaced: to remove those that nobody sees any more.
	Tidy bool `json:"tidy,omitempty"`
}

// Kind names the job.
func (MenusArgs) Kind() string { return "menus" }

// InsertOpts keeps it to one at a time for a channel. LINE lets an account make a hundred menus an hour,
// so tries go on for longer than that.
func (MenusArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: MenusQueue, MaxAttempts: 12, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished()}}
}

// unfinished are the states of a job that will still run.
func unfinished() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}
}

// Menus is how the fixed menus of a channel stand.
type Menus struct {
	InUse      map[string]string `db:"menus"` // by language
	SwitchedAt *time.Time        `db:"switched_at"`
	CheckedAt  *time.Time        `db:"checked_at"` // nil: never yet
	Problem    string            `db:"problem"`    // empty: none
}

// ErrMenusHeld means that another job is at work on the channel's menus.
var ErrMenusHeld = errors.New("another job is at work on the menus")

// HoldMenus makes the holder the only one at work on a channel's menus until a moment, and returns how
// they stand.
func HoldMenus(ctx context.Context, tx pgx.Tx, c Channel, holder uuid.UUID, now, until time.Time) (Menus, error) {
	rows, err := tx.Query(ctx, `INSERT INTO channel_menus AS m (channel_id, agency_id, holder, held_until) VALUES ($1, $2, $3, $5)
		ON CONFLICT (channel_id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until, agency_id = excluded.agency_id
		WHERE m.holder IS NULL OR m.holder = excluded.holder OR m.held_until <= $4
		RETURNING menus, switched_at, checked_at, problem`, c.ID, c.AgencyID, holder, now, until)
	if err != nil {
		return Menus{}, fmt.Errorf("hold the menus of channel %d: %w", c.ID, err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Menus])
	if errors.Is(err, pgx.ErrNoRows) {
		return Menus{}, ErrMenusHeld
	}
	if err != nil {
		return Menus{}, fmt.Errorf("hold the menus of channel %d: %w", c.ID, err)
	}
	return m, nil
}

// UseMenus records the menus that are in use from now on, unless another holder has taken over.
func UseMenus(ctx context.Context, tx pgx.Tx, id ChannelID, holder uuid.UUID, menus map[string]string, now time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE channel_menus SET menus = $3, switched_at = $4 WHERE channel_id = $1 AND holder = $2`, id, holder, menus, now)
	if err != nil {
		return fmt.Errorf("record the menus of channel %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrMenusHeld
	}
	return nil
}

// LeaveMenus ends the holder's work: all is as it should be, or there was a problem.
func LeaveMenus(ctx context.Context, tx pgx.Tx, id ChannelID, holder uuid.UUID, problem string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE channel_menus SET holder = NULL, held_until = NULL, problem = $3,
		checked_at = CASE WHEN $3 = '' THEN $4 ELSE checked_at END WHERE channel_id = $1 AND holder = $2`, id, holder, problem, now)
	if err != nil {
		return fmt.Errorf("let go of the menus of channel %d: %w", id, err)
	}
	return nil
}

// MenusOf returns how the menus of a channel stand; nothing is known of one that never had any.
func MenusOf(ctx context.Context, tx pgx.Tx, id ChannelID) (Menus, error) {
	rows, err := tx.Query(ctx, `SELECT menus, switched_at, checked_at, problem FROM channel_menus WHERE channel_id = $1`, id)
	if err != nil {
		return Menus{}, fmt.Errorf("menus of channel %d: %w", id, err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Menus])
	if errors.Is(err, pgx.ErrNoRows) {
		return Menus{InUse: map[string]string{}}, nil
	}
	if err != nil {
		return Menus{}, fmt.Errorf("menus of channel %d: %w", id, err)
	}
	return m, nil
}

// AskMenus asks for the menus of all of an agency's channels to be as they should be, because what they show has
// changed: the services that it offers.
func AskMenus(ctx context.Context, tx pgx.Tx, jobs Jobs, agency AgencyID) error {
	rows, err := tx.Query(ctx, `SELECT id FROM channels WHERE agency_id = $1 AND kind <> $2 AND removed_at IS NULL ORDER BY id`, agency, WebKind)
	if err != nil {
		return fmt.Errorf("channels of agency %d: %w", agency, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ChannelID])
	if err != nil {
		return fmt.Errorf("channels of agency %d: %w", agency, err)
	}
	for _, id := range ids {
		if _, err := jobs.InsertTx(ctx, tx, MenusArgs{Channel: id}, nil); err != nil {
			return fmt.Errorf("ask for the menus of channel %d: %w", id, err)
		}
	}
	return nil
}

// WorkingChannels returns the official accounts that are neither paused nor removed.
func WorkingChannels(ctx context.Context, tx pgx.Tx) ([]ChannelID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM channels WHERE kind <> $1 AND removed_at IS NULL AND paused_at IS NULL ORDER BY id`, WebKind)
	if err != nil {
		return nil, fmt.Errorf("list working channels: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ChannelID])
	if err != nil {
		return nil, fmt.Errorf("list working channels: %w", err)
	}
	return ids, nil
}
