// Package chain keeps append-only histories and links their lines by hashes, so that a line that was changed, removed
// or put elsewhere is found (EGA-15.1).
package chain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrTampered means that a history does not match its hashes.
var ErrTampered = errors.New("history does not match its hashes")

// Event is one line of the history of a subject, such as a ticket: what kind of thing happened, when and by whom.
type Event[S ~int64, A, K ~string] struct {
	Subject S // what the history is of
	Seq     int
	At      time.Time
	Actor   A
	Kind    K
	Detail  json.RawMessage // the very bytes that are stored; no personal data
	Hash    []byte          // of this line and the hash before it
}

// Sum returns the hash of a line after the one whose hash is before (nil: it is the first). Every
// part goes in with its length, so that nothing can be moved from one part to another.
func (e Event[S, A, K]) Sum(before []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{
		before, strconv.AppendInt(nil, int64(e.Subject), 10), strconv.AppendInt(nil, int64(e.Seq), 10),
		[]byte(e.At.UTC().Format(time.RFC3339Nano)), []byte(e.Actor), []byte(e.Kind), e.Detail,
	} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

// Check computes the hashes of a history again, oldest line first, and returns ErrTampered with
// the place of the first line that does not hold.
func Check[S ~int64, A, K ~string](events []Event[S, A, K]) error {
	var before []byte
	for i, e := range events {
		switch {
		case e.Seq != i+1:
			return fmt.Errorf("%w: line %d of %d is missing", ErrTampered, i+1, e.Subject)
		case !bytes.Equal(e.Sum(before), e.Hash):
			return fmt.Errorf("%w: line %d of %d was changed", ErrTampered, e.Seq, e.Subject)
		}
		before = e.Hash
	}
	return nil
}

// Book is the histories of all subjects of one sort. Of is what they are of: the histories of a "ticket" are the table
// ticket_events, which belongs to the package of tickets, with the columns agency_id, ticket_id, seq, at, actor, kind,
// detail and hash.
type Book[S ~int64, A, K ~string] struct{ Of string }

// owner is the column that says whose a line is; the histories of agencies are of their owners.
const owner = "agency"

// History returns the history of a subject, oldest line first.
func (b Book[S, A, K]) History(ctx context.Context, tx pgx.Tx, subject S) ([]Event[S, A, K], error) {
	rows, err := tx.Query(ctx, `SELECT `+b.Of+`_id AS subject, seq, at, actor, kind, detail, hash FROM `+b.Of+`_events WHERE `+b.Of+`_id = $1 ORDER BY seq`, subject)
	if err != nil {
		return nil, fmt.Errorf("read history of %s %d: %w", b.Of, subject, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Event[S, A, K]])
	if err != nil {
		return nil, fmt.Errorf("read history of %s %d: %w", b.Of, subject, err)
	}
	return all, nil
}

// Append writes the next line of the history of a subject that this transaction has locked or just made, and returns it
// as it stands there. Detail is stored as JSON; its times are exact to the microsecond, as the database's are.
func (b Book[S, A, K]) Append(ctx context.Context, tx pgx.Tx, agency int64, e Event[S, A, K], detail any) (Event[S, A, K], error) {
	body, err := json.Marshal(detail)
	if err != nil {
		return e, fmt.Errorf("history of %s %d: %w", b.Of, e.Subject, err)
	}
	e.Detail, e.At = body, e.At.UTC().Truncate(time.Microsecond)
	var before []byte
	err = tx.QueryRow(ctx, `SELECT seq, hash FROM `+b.Of+`_events WHERE `+b.Of+`_id = $1 ORDER BY seq DESC LIMIT 1`, e.Subject).Scan(&e.Seq, &before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return e, fmt.Errorf("read history of %s %d: %w", b.Of, e.Subject, err)
	}
	e.Seq++
	e.Hash = e.Sum(before)
	columns, values := `seq, at, actor, kind, detail, hash, `+b.Of+`_id`, `$1, $2, $3, $4, $5, $6, $7`
	args := []any{e.Seq, e.At, string(e.Actor), string(e.Kind), string(body), e.Hash, int64(e.Subject)}
	if b.Of != owner {
		columns, values, args = columns+`, `+owner+`_id`, values+`, $8`, append(args, agency)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO `+b.Of+`_events (`+columns+`) VALUES (`+values+`)`, args...); err != nil {
		return e, fmt.Errorf("write history of %s %d: %w", b.Of, e.Subject, err)
	}
	return e, nil
}
