package files

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// AttachmentID names an attachment.
type AttachmentID int64

// State says whether an attachment can be read.
type State string

// The states. Of an infected and of a gone attachment there is only the fact that there was one.
const (
	Waiting  State = "waiting" // no scanner has looked at it yet: nobody may open it
	Ready    State = "ready"
	Infected State = "infected" // a virus was found
	Gone     State = "gone"     // the sender took it back
)

// Attachment is the row about a file.
type Attachment struct {
	ID AttachmentID `db:"id"`
	Object
	Name      string    `db:"name"`   // as the sender called it, made safe by SafeName
	Source    string    `db:"source"` // where it came from, once: "line:<channel>:<message id>"
	State     State     `db:"state"`
	CreatedAt time.Time `db:"created_at"`
	// ScannedAt is when a scanner gave its verdict; null when none did.
	ScannedAt *time.Time `db:"scanned_at"`
	// Finding is what the scanner calls that which it found.
	Finding string `db:"finding"`
}

// LogValue keeps the name and the keys out of every log line.
func (a Attachment) LogValue() slog.Value {
	return slog.GroupValue(slog.Int64("attachment", int64(a.ID)), slog.String("type", a.MediaType), slog.Int64("bytes", a.Size))
}

const columns = `id, object_key, sha256, size_bytes, media_type, sealed_key, part_bytes, name, source, state, created_at, scanned_at, finding`

// Insert adds a row, or finds the one that its source already has: the same message fetched twice is
// one attachment, whose bytes are those of the first time. Without a state it is Ready.
func Insert(ctx context.Context, tx pgx.Tx, a Attachment) (AttachmentID, error) {
	if a.Key == "" || a.Source == "" || len(a.SealedKey) == 0 {
		return 0, errors.New("insert attachment: key, sealed key and source are needed")
	}
	if a.State == "" {
		a.State = Ready
	}
	var id AttachmentID
	err := tx.QueryRow(ctx, `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, part_bytes, source, state)
		VALUES (@key, @sha256, @size, @type, @name, @sealed, @parts, @source, @state)
		ON CONFLICT (source) DO NOTHING RETURNING id`,
		pgx.NamedArgs{"key": a.Key, "sha256": a.SHA256, "size": a.Size, "type": a.MediaType, "name": a.Name, "sealed": a.SealedKey, "parts": a.PartBytes, "source": a.Source, "state": a.State},
	).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		err = tx.QueryRow(ctx, `SELECT id FROM attachments WHERE source = $1`, a.Source).Scan(&id)
	}
	if err != nil {
		return 0, fmt.Errorf("insert attachment: %w", err)
	}
	return id, nil
}

// Find returns an attachment that the transaction's scope may see.
func Find(ctx context.Context, tx pgx.Tx, id AttachmentID) (Attachment, error) {
	a, found, err := find(ctx, tx, `SELECT `+columns+` FROM attachments WHERE id = $1`, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, sentenceMissing)
	}
	return a, err
}

// FindSource returns the attachment that came from a source, if there is one.
func FindSource(ctx context.Context, tx pgx.Tx, source string) (Attachment, bool, error) {
	return find(ctx, tx, `SELECT `+columns+` FROM attachments WHERE source = $1`, source)
}

func find(ctx context.Context, tx pgx.Tx, query string, arg any) (Attachment, bool, error) {
	rows, err := tx.Query(ctx, query, arg)
	if err != nil {
		return Attachment{}, false, fmt.Errorf("find attachment: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Attachment])
	if errors.Is(err, pgx.ErrNoRows) {
		return Attachment{}, false, nil
	}
	if err != nil {
		return Attachment{}, false, fmt.Errorf("find attachment: %w", err)
	}
	return a, true, nil
}

// MarkGone erases what the row says about the file, its key first of all: from the commit on no copy
// of the bytes can be read, even before Store.Delete removes them. The fact that there was a file of
// this size and type stays. Marking twice is no error.
func MarkGone(ctx context.Context, tx pgx.Tx, id AttachmentID) error {
	tag, err := tx.Exec(ctx, `UPDATE attachments SET state = 'gone', name = '', sha256 = '', sealed_key = '', finding = '' WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("mark attachment %d gone: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, sentenceMissing)
	}
	return nil
}

// MarkClean lets an attachment be opened, after a scanner found nothing in it. It reports whether the
// attachment was waiting for that: one that was taken back meanwhile stays gone.
func MarkClean(ctx context.Context, tx pgx.Tx, id AttachmentID, at time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE attachments SET state = 'ready', scanned_at = $2 WHERE id = $1 AND state = 'waiting'`, id, at)
	if err != nil {
		return false, fmt.Errorf("mark attachment %d clean: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// MarkInfected erases the key of an attachment in which a scanner found something: from the commit on
// no copy of the bytes can be read. Name, size, type and hash stay, for whoever asks what it was. It
// reports whether the attachment was waiting for its scan.
func MarkInfected(ctx context.Context, tx pgx.Tx, id AttachmentID, finding string, at time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE attachments SET state = 'infected', sealed_key = '', finding = $2, scanned_at = $3
		WHERE id = $1 AND state = 'waiting'`, id, finding, at)
	if err != nil {
		return false, fmt.Errorf("mark attachment %d infected: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// Unopenable is why an attachment that is not Ready may not be opened, as officers are told; nil when
// it may.
func (a Attachment) Unopenable() error {
	switch a.State {
	case Ready:
		return nil
	case Waiting:
		return fault.New(fault.Conflict, "เอกสารนี้กำลังรอตรวจไวรัส จะเปิดได้เมื่อตรวจแล้วว่าปลอดภัย กรุณารอสักครู่")
	case Infected:
		return fault.New(fault.NotFound, "เอกสารนี้มีไวรัส ระบบลบแล้ว จึงไม่มีให้เปิดดู ประชาชนได้รับแจ้งให้ส่งใหม่แล้ว")
	case Gone:
	}
	return fault.New(fault.NotFound, sentenceGone)
}

// From returns attachments whose source begins with a prefix, that came before a time and still have
// bytes, in order of their number after one.
func From(ctx context.Context, tx pgx.Tx, prefix string, before time.Time, after AttachmentID, limit int) ([]AttachmentID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM attachments
		WHERE id > $1 AND created_at < $2 AND state IN ('waiting', 'ready') AND starts_with(source, $3) ORDER BY id LIMIT $4`, after, before, prefix, limit)
	if err != nil {
		return nil, fmt.Errorf("old attachments: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[AttachmentID])
	if err != nil {
		return nil, fmt.Errorf("old attachments: %w", err)
	}
	return ids, nil
}
