package citizens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ReadingKind says what an officer opened.
type ReadingKind string

// The kinds of reading.
const (
	ReadCase ReadingKind = "case"
	ReadFile ReadingKind = "file"
)

// Standing says how a case stood to the officer who opened it.
type Standing string

// The standings.
const (
	Holder Standing = "holder" // the officer has taken it
	Free   Standing = "free"   // nobody had
	Other  Standing = "other"  // a colleague had
)

// Reading is that an officer opened a case or a file of it (PDP-8).
type Reading struct {
	AgencyID     int64       `db:"agency_id"`
	TicketID     int64       `db:"ticket_id"`
	OfficerID    int64       `db:"officer_id"`
	Kind         ReadingKind `db:"kind"`
	AttachmentID int64       `db:"attachment_id"` // of a file; else 0
	Standing     Standing    `db:"standing"`
	Reason       string      `db:"reason"` // why, when the case is a colleague's
	At           time.Time   `db:"at"`
}

// ReadAgain is how long opening the same thing again is the same reading, on the clock's own steps.
const ReadAgain = 10 * time.Minute

// slot is the number of the ten minutes in which a reading falls. Those of a colleague's case are counted apart, below
// zero: a case can become a colleague's in the midst of them, and then it is opened for a reason.
func (r Reading) slot() int64 {
	n := r.At.Unix() / int64(ReadAgain/time.Second)
	if r.Standing == Other {
		return -n
	}
	return n
}

// ReadingNoted says whether a reading is written down already: the same was opened in the same ten minutes.
func ReadingNoted(ctx context.Context, tx pgx.Tx, r Reading) (bool, error) {
	var noted bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM readings WHERE ticket_id = $1 AND officer_id = $2 AND attachment_id = $3 AND slot = $4)`,
		r.TicketID, r.OfficerID, r.AttachmentID, r.slot()).Scan(&noted)
	if err != nil {
		return false, fmt.Errorf("was a reading of ticket %d noted: %w", r.TicketID, err)
	}
	return noted, nil
}

// NoteReading writes down that an officer opened something, in the scope of the officer's agency. It is one
// insert, and adds nothing when the same was opened in the same ten minutes.
func NoteReading(ctx context.Context, tx pgx.Tx, r Reading) error {
	if r.AgencyID == 0 || r.TicketID == 0 || r.OfficerID == 0 || r.At.IsZero() || (r.Kind == ReadFile) != (r.AttachmentID != 0) {
		return errors.New("note a reading: who, what and when are needed")
	}
	_, err := tx.Exec(ctx, `INSERT INTO readings (agency_id, ticket_id, officer_id, kind, attachment_id, standing, reason, at, slot)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (ticket_id, officer_id, attachment_id, slot) DO NOTHING`,
		r.AgencyID, r.TicketID, r.OfficerID, r.Kind, r.AttachmentID, r.Standing, r.Reason, r.At, r.slot())
	if err != nil {
		return fmt.Errorf("note a reading of ticket %d: %w", r.TicketID, err)
	}
	return nil
}

// ReasonHolds is for how long a reason to open a colleague's case is a reason for the next opening too.
const ReasonHolds = 12 * time.Hour

// LastReason says whether an officer opened a case since a moment, and the last reason given for that; empty: none. A
// file that was opened by itself is no opening of the case.
func LastReason(ctx context.Context, tx pgx.Tx, ticket, officer int64, since time.Time) (reason string, opened bool, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) > 0, coalesce((array_agg(reason ORDER BY at DESC, id DESC) FILTER (WHERE reason <> ''))[1], '')
		FROM readings WHERE ticket_id = $1 AND officer_id = $2 AND at > $3 AND kind = 'case'`, ticket, officer, since).Scan(&opened, &reason)
	if err != nil {
		return "", false, fmt.Errorf("why was ticket %d read: %w", ticket, err)
	}
	return reason, opened, nil
}

// Readings returns who opened any of these tickets, newest first and at most limit.
func Readings(ctx context.Context, tx pgx.Tx, tickets []int64, limit int) ([]Reading, error) {
	rows, err := tx.Query(ctx, `SELECT agency_id, ticket_id, officer_id, kind, attachment_id, standing, reason, at
		FROM readings WHERE ticket_id = ANY($1) ORDER BY at DESC, id DESC LIMIT $2`, tickets, limit)
	if err != nil {
		return nil, fmt.Errorf("readings: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Reading])
	if err != nil {
		return nil, fmt.Errorf("readings: %w", err)
	}
	return all, nil
}
