package tickets

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// EventLettered says that the letter by which a citizen was told something is kept as it was, with its fingerprint.
const EventLettered EventKind = "letter_kept"

// LetterKind is by which letter a citizen was told something.
type LetterKind string

// The letters.
const (
	DecisionLetter LetterKind = "decision" // by number of the decision
	ReturnLetter   LetterKind = "return"   // of which there is one
	NoticeLetter   LetterKind = "notice"   // by identifier of the deficiency notice
)

// LetterID names a letter: of which case, of what kind, and which of that kind.
type LetterID struct {
	TicketID TicketID   `json:"ticket_id"`
	Letter   LetterKind `json:"letter"`
	N        int64      `json:"n"`
}

// Source names its file among the files.
func (l LetterID) Source() string { return fmt.Sprintf("letter:%d:%s:%d", l.TicketID, l.Letter, l.N) }

// KeepLetterArgs is the fact that a citizen was told something by a letter, which is to be kept as it was.
type KeepLetterArgs struct{ LetterID }

// Kind names the job.
func (KeepLetterArgs) Kind() string { return "keep_letter" }

// keepLetter has a letter kept.
func (d *Desk) keepLetter(ctx context.Context, tx pgx.Tx, l LetterID) error {
	if _, err := d.jobs.InsertTx(ctx, tx, KeepLetterArgs{l}, nil); err != nil {
		return fmt.Errorf("have the %s letter of ticket %d kept: %w", l.Letter, l.TicketID, err)
	}
	return nil
}

// Lettered encloses with a case the file of a letter by which its citizen was told something, and writes its SHA-256 into the
// history, where it stays when the file is erased (EGA-15.1, EGA-17.1).
func (d *Desk) Lettered(ctx context.Context, tx pgx.Tx, l LetterID, file int64, digest []byte) error {
	t, err := lock(ctx, tx, l.TicketID)
	if err != nil {
		return err
	}
	if err := Enclose(ctx, tx, t, file, l.Letter.Thai(), d.now()); err != nil {
		return err
	}
	return d.happened(ctx, tx, t, System(), EventLettered, Detail{Item: string(l.Letter), Result: int(l.N), Attachment: file, Digest: hex.EncodeToString(digest)})
}

// KeptLetters returns the kept letters of a case, oldest first.
func KeptLetters(ctx context.Context, tx pgx.Tx, id TicketID) ([]File, error) {
	rows, err := tx.Query(ctx, `SELECT f.attachment_id, f.label, f.at FROM ticket_files f JOIN attachments a ON a.id = f.attachment_id
		WHERE f.ticket_id = $1 AND f.made AND a.source LIKE 'letter:%' ORDER BY f.at, f.attachment_id`, id)
	if err != nil {
		return nil, fmt.Errorf("list letters of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[File])
}

// Thai is the letter as officers read it.
func (k LetterKind) Thai() string {
	switch k {
	case DecisionLetter:
		return "หนังสือแจ้งผล"
	case ReturnLetter:
		return "หนังสือคืนคำขอ"
	case NoticeLetter:
		return "บันทึกความบกพร่อง"
	default:
		return string(k)
	}
}
