package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/chain"
)

// EventKind says what happened to a charge.
type EventKind string

// The kinds of event.
const (
	EventMade             EventKind = "made"
	EventReminded         EventKind = "reminded"
	EventClaimed          EventKind = "claimed" // a slip came
	EventRefused          EventKind = "refused" // the slip is no proof
	EventPaid             EventKind = "paid"
	EventWaived           EventKind = "waived"
	EventLapsed           EventKind = "lapsed"
	EventExtended         EventKind = "extended"
	EventCancelled        EventKind = "cancelled"
	EventReceiptCancelled EventKind = "receipt_cancelled"
)

// Event is one line of a charge's append-only history.
type Event struct {
	ChargeID ChargeID        `db:"charge_id"`
	Seq      int             `db:"seq"`
	At       time.Time       `db:"at"`
	Actor    Actor           `db:"actor"`
	Kind     EventKind       `db:"kind"`
	Detail   json.RawMessage `db:"detail"` // no personal data
	Hash     []byte          `db:"hash"`
}

// Detail is what an event says beside its kind: numbers and dates, no personal data.
type Detail struct {
	Satang     int64              `json:"satang,omitempty"`
	DueOn      string             `json:"due_on,omitempty"`
	Slip       SlipID             `json:"slip,omitempty"`
	Attachment files.AttachmentID `json:"attachment,omitempty"`
	Receipt    string             `json:"receipt,omitempty"` // number
	Way        Way                `json:"way,omitempty"`
}

// History returns a charge's events, oldest first.
func History(ctx context.Context, tx pgx.Tx, id ChargeID) ([]Event, error) {
	rows, err := tx.Query(ctx, `SELECT charge_id, seq, at, actor, kind, detail, hash FROM charge_events WHERE charge_id = $1 ORDER BY seq`, id)
	if err != nil {
		return nil, fmt.Errorf("read history of charge %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Event])
}

// CheckHistory computes the chain of hashes again and returns chain.ErrTampered where it does not hold (EGA-15.1).
func CheckHistory(events []Event) error {
	lines := make([]chain.Line, len(events))
	for i, e := range events {
		lines[i] = e.line()
	}
	return chain.Check(lines)
}

// line is the event as its hash sees it.
func (e Event) line() chain.Line {
	return chain.Line{Subject: int64(e.ChargeID), Seq: e.Seq, At: e.At, Actor: string(e.Actor), Kind: string(e.Kind), Detail: e.Detail, Hash: e.Hash}
}

// happened adds an event to the history of a charge that this transaction has locked or just made.
func (t *Till) happened(ctx context.Context, tx pgx.Tx, c Charge, by Actor, kind EventKind, detail Detail) error {
	body, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("history of charge %d: %w", c.ID, err)
	}
	if by == "" {
		by = System
	}
	e := Event{ChargeID: c.ID, At: t.now().UTC().Truncate(time.Microsecond), Actor: by, Kind: kind, Detail: body}
	var before []byte
	err = tx.QueryRow(ctx, `SELECT seq, hash FROM charge_events WHERE charge_id = $1 ORDER BY seq DESC LIMIT 1`, c.ID).Scan(&e.Seq, &before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read history of charge %d: %w", c.ID, err)
	}
	e.Seq++
	e.Hash = e.line().Sum(before)
	_, err = tx.Exec(ctx, `INSERT INTO charge_events (agency_id, charge_id, seq, at, actor, kind, detail, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, c.AgencyID, c.ID, e.Seq, e.At, e.Actor, e.Kind, string(body), e.Hash)
	if err != nil {
		return fmt.Errorf("write history of charge %d: %w", c.ID, err)
	}
	return nil
}
