package agencies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/chain"
)

// ChangeKind says what was changed in what an agency has set up.
type ChangeKind string

// The kinds of changes.
const (
	AgencySetUp        ChangeKind = "agency set up"
	ChannelAdded       ChangeKind = "channel added"
	ChannelRemoved     ChangeKind = "channel removed"
	ChannelPaused      ChangeKind = "channel paused"
	ChannelResumed     ChangeKind = "channel resumed"
	ChannelRenamed     ChangeKind = "channel renamed"
	ChannelAnnounced   ChangeKind = "channel announced"
	ChannelUnannounced ChangeKind = "channel announcement withdrawn"
	ChannelSecret      ChangeKind = "channel secret changed"
	ChannelTokens      ChangeKind = "channel tokens changed"
	ChannelKeyMade     ChangeKind = "channel key made"
	ChannelWebhook     ChangeKind = "channel webhook set"
	OfficerInvited     ChangeKind = "officer invited"
	OfficerJoined      ChangeKind = "officer joined"
	OfficerReset       ChangeKind = "officer reset"
	OfficerDisabled    ChangeKind = "officer disabled"
	OfficerEnabled     ChangeKind = "officer enabled"
	OfficerRole        ChangeKind = "officer role changed"
	ServiceDecided     ChangeKind = "service decided" // what it does otherwise than the template
	ServiceSeen        ChangeKind = "service template looked at"
	AccountChanged     ChangeKind = "pay account changed"
	HolidayAdded       ChangeKind = "holiday added"
	HolidayRemoved     ChangeKind = "holiday removed"
	HoursChanged       ChangeKind = "working hours changed"
)

// Change is one line of the history of what an agency has set up. It names no secrets.
type Change struct {
	AgencyID AgencyID        `db:"agency_id"`
	Seq      int             `db:"seq"`
	At       time.Time       `db:"at"`
	Actor    string          `db:"actor"` // "officer 3" or "system"
	Kind     ChangeKind      `db:"kind"`
	Detail   json.RawMessage `db:"detail"`
	Hash     []byte          `db:"hash"`
}

// ChangeDetail is what a change says beside its kind.
type ChangeDetail struct {
	Channel   ChannelID `json:"channel,omitempty"`
	Officer   OfficerID `json:"officer,omitempty"`
	TokenKind TokenKind `json:"token_kind,omitempty"`
	Role      Role      `json:"role,omitempty"`
	Ref       string    `json:"ref,omitempty"`
	Until     string    `json:"until,omitempty"`
	Service   string    `json:"service,omitempty"`  // forms.Key
	Override  int64     `json:"override,omitempty"` // forms.OverrideID of what was decided
	Day       string    `json:"day,omitempty"`      // 2006-01-02
}

// NoteChange adds a line to the history of what an agency has set up, in the transaction of the
// change itself. By is the officer who made it, 0 for the program.
func NoteChange(ctx context.Context, tx pgx.Tx, agency AgencyID, by OfficerID, at time.Time, kind ChangeKind, detail ChangeDetail) error {
	body, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("note change of agency %d: %w", agency, err)
	}
	// One at a time: each line follows the one before.
	if _, err := tx.Exec(ctx, `SELECT FROM agencies WHERE id = $1 FOR NO KEY UPDATE`, agency); err != nil {
		return fmt.Errorf("lock agency %d: %w", agency, err)
	}
	c := Change{AgencyID: agency, At: at.UTC().Truncate(time.Microsecond), Actor: "system", Kind: kind, Detail: body}
	if by != 0 {
		c.Actor = fmt.Sprintf("officer %d", by)
	}
	var before []byte
	err = tx.QueryRow(ctx, `SELECT seq, hash FROM agency_events WHERE agency_id = $1 ORDER BY seq DESC LIMIT 1`, agency).Scan(&c.Seq, &before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read changes of agency %d: %w", agency, err)
	}
	c.Seq++
	c.Hash = c.line().Sum(before)
	_, err = tx.Exec(ctx, `INSERT INTO agency_events (agency_id, seq, at, actor, kind, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.AgencyID, c.Seq, c.At, c.Actor, c.Kind, string(body), c.Hash)
	if err != nil {
		return fmt.Errorf("note change of agency %d: %w", agency, err)
	}
	return nil
}

// Changes returns the whole history of what an agency has set up, oldest first, and chain.ErrTampered
// with it when it does not match its hashes.
func Changes(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Change, error) {
	rows, err := tx.Query(ctx, `SELECT agency_id, seq, at, actor, kind, detail, hash FROM agency_events WHERE agency_id = $1 ORDER BY seq`, agency)
	if err != nil {
		return nil, fmt.Errorf("read changes of agency %d: %w", agency, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Change])
	if err != nil {
		return nil, fmt.Errorf("read changes of agency %d: %w", agency, err)
	}
	lines := make([]chain.Line, len(list))
	for i, c := range list {
		lines[i] = c.line()
	}
	return list, chain.Check(lines)
}

// line is the change as its hash sees it.
func (c Change) line() chain.Line {
	return chain.Line{Subject: int64(c.AgencyID), Seq: c.Seq, At: c.At, Actor: c.Actor, Kind: string(c.Kind), Detail: c.Detail, Hash: c.Hash}
}
