package payments

import (
	"context"

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
type Event = chain.Event[ChargeID, Actor, EventKind]

// histories returns where they are kept.
func histories() chain.Book[ChargeID, Actor, EventKind] {
	return chain.Book[ChargeID, Actor, EventKind]{Of: "charge"}
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

// History returns a charge's events, oldest first. chain.Check says whether they are whole (EGA-15.1).
func History(ctx context.Context, tx pgx.Tx, id ChargeID) ([]Event, error) {
	return histories().History(ctx, tx, id)
}

// happened adds an event to the history of a charge that this transaction has locked or just made.
func (t *Till) happened(ctx context.Context, tx pgx.Tx, c Charge, by Actor, kind EventKind, detail Detail) error {
	if by == "" {
		by = System
	}
	_, err := histories().Append(ctx, tx, int64(c.AgencyID), Event{Subject: c.ID, At: t.now(), Actor: by, Kind: kind}, detail)
	return err
}
