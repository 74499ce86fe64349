package citizens

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
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
	ID           int64       `db:"id"`
	AgencyID     int64       `db:"agency_id"`
	TicketID     int64       `db:"ticket_id"`
	OfficerID    int64       `db:"officer_id"`
	Kind         ReadingKind `db:"kind"`
	AttachmentID int64       `db:"attachment_id"` // of a file; else 0
	Standing     Standing    `db:"standing"`
	Reason       string      `db:"reason"` // why, when the case is a colleague's
	At           time.Time   `db:"at"`
}

const readingColumns = `id, agency_id, ticket_id, officer_id, kind, attachment_id, standing, reason, at`

// Sum is the hash of a reading that is written down. Every part goes in with its length, so that nothing can be moved
// from one part to another; a day's readings are anchored by it (EGA-15.1).
func (r Reading) Sum() []byte {
	h := sha256.New()
	for _, part := range []string{
		strconv.FormatInt(r.ID, 10), strconv.FormatInt(r.AgencyID, 10), strconv.FormatInt(r.TicketID, 10), strconv.FormatInt(r.OfficerID, 10),
		string(r.Kind), strconv.FormatInt(r.AttachmentID, 10), string(r.Standing), r.Reason, r.At.UTC().Format(time.RFC3339Nano),
	} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// ReadingsOf calls each with every reading of a time, in the order they were written down.
func ReadingsOf(ctx context.Context, tx pgx.Tx, from, until time.Time, each func(Reading) error) error {
	rows, err := tx.Query(ctx, `SELECT `+readingColumns+` FROM readings WHERE at >= $1 AND at < $2 ORDER BY id`, from, until)
	if err != nil {
		return fmt.Errorf("readings of a time: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := pgx.RowToStructByName[Reading](rows)
		if err != nil {
			return fmt.Errorf("readings of a time: %w", err)
		}
		if err := each(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("readings of a time: %w", err)
	}
	return nil
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
	rows, err := tx.Query(ctx, `SELECT `+readingColumns+`
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
