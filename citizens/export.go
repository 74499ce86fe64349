package citizens

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// ExportID identifies a copy of a person's data.
type ExportID int64

// ExportState says how far a copy is.
type ExportState string

// The states.
const (
	ExportAsked ExportState = "asked" // being put together
	ExportReady ExportState = "ready"
	ExportTaken ExportState = "taken" // downloaded, once
	ExportGone  ExportState = "gone"  // its bytes are erased
)

const (
	// ExportLife is how long a copy can be downloaded, once.
	ExportLife = 24 * time.Hour
	// ExportKept is how long it is known that there was a copy, for the person to see who took one.
	ExportKept = 7 * 24 * time.Hour
	// exportsADay is how many copies a person can have made in a day: each reads everything.
	exportsADay = 3
)

// Export is a copy of everything that is kept about a person, for them to take away (PDP-4).
type Export struct {
	ID           ExportID    `db:"id"`
	CitizenID    CitizenID   `db:"citizen_id"`
	Token        string      `db:"token"` // in the link, which opens to nobody but the person
	State        ExportState `db:"state"`
	AttachmentID *int64      `db:"attachment_id"`
	AskedAt      time.Time   `db:"asked_at"`
	ReadyAt      *time.Time  `db:"ready_at"`
	TakenAt      *time.Time  `db:"taken_at"`
}

const exportColumns = `id, citizen_id, token, state, attachment_id, asked_at, ready_at, taken_at`

// Until is when the link ends; zero while there is nothing to download.
func (e Export) Until() time.Time {
	if e.ReadyAt == nil {
		return time.Time{}
	}
	return e.ReadyAt.Add(ExportLife)
}

// Downloads says whether the copy can be downloaded now.
func (e Export) Downloads(now time.Time) bool {
	return e.State == ExportReady && now.Before(e.Until())
}

// ExportArgs is the fact that a person asked for a copy of their data.
type ExportArgs struct {
	ExportID ExportID `json:"export_id"`
	// Accounts are all accounts of the person whose data go into it; they signed in well enough for that.
	Accounts []CitizenID `json:"accounts"`
}

// Kind names the job.
func (ExportArgs) Kind() string { return "export" }

// AskExport asks for a copy of all that is kept about the accounts of a person, for the account that asked.
// While one is being made another is not begun.
func AskExport(ctx context.Context, tx pgx.Tx, jobs Jobs, citizen CitizenID, accounts []CitizenID, now time.Time) (Export, error) {
	// One at a time for each person: two taps ask once.
	if _, err := tx.Exec(ctx, `SELECT FROM citizens WHERE id = $1 FOR UPDATE`, citizen); err != nil {
		return Export{}, fmt.Errorf("ask for a copy: %w", err)
	}
	all, err := Exports(ctx, tx, citizen)
	if err != nil {
		return Export{}, err
	}
	recent := 0
	for _, e := range all {
		if e.State == ExportAsked {
			return e, nil
		}
		if e.AskedAt.After(now.Add(-24 * time.Hour)) {
			recent++
		}
	}
	if recent >= exportsADay {
		return Export{}, fault.New(fault.Conflict, "วันนี้ท่านขอสำเนาข้อมูลครบ 3 ครั้งแล้ว กรุณาขอใหม่พรุ่งนี้ค่ะ")
	}
	e, err := oneExport(ctx, tx, `INSERT INTO exports (citizen_id, token, asked_at) VALUES ($1, $2, $3) RETURNING `+exportColumns, citizen, rand.Text(), now)
	if err != nil {
		return Export{}, err
	}
	if _, err := jobs.InsertTx(ctx, tx, ExportArgs{ExportID: e.ID, Accounts: accounts}, nil); err != nil {
		return Export{}, fmt.Errorf("enqueue copy %d: %w", e.ID, err)
	}
	return e, nil
}

// FindExport returns a copy by its number.
func FindExport(ctx context.Context, tx pgx.Tx, id ExportID) (Export, error) {
	return oneExport(ctx, tx, `SELECT `+exportColumns+` FROM exports WHERE id = $1`, id)
}

// Exports returns the copies that a person asked for, newest first.
func Exports(ctx context.Context, tx pgx.Tx, citizen CitizenID) ([]Export, error) {
	return manyExports(ctx, tx, `SELECT `+exportColumns+` FROM exports WHERE citizen_id = $1 ORDER BY id DESC`, citizen)
}

// ExportMade records that the bytes of a copy are there. It reports whether they are wanted still: the person may
// have asked for everything to be erased meanwhile.
func ExportMade(ctx context.Context, tx pgx.Tx, id ExportID, attachment int64, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE exports SET state = 'ready', attachment_id = $2, ready_at = $3 WHERE id = $1 AND state = 'asked'`, id, attachment, now)
	if err != nil {
		return false, fmt.Errorf("copy %d is made: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// errExportGone is what a link says that opens nothing.
func errExportGone() error {
	return fault.New(fault.NotFound, "ลิงก์ดาวน์โหลดนี้ใช้ไม่ได้แล้ว เพราะใช้ไปแล้วหรือเกิน 24 ชั่วโมง กรุณาขอสำเนาข้อมูลใหม่ค่ะ")
}

// ExportByToken returns the copy that a link is for, to the person who asked for it and nobody else.
func ExportByToken(ctx context.Context, tx pgx.Tx, citizen CitizenID, token string) (Export, error) {
	e, err := oneExport(ctx, tx, `SELECT `+exportColumns+` FROM exports WHERE citizen_id = $1 AND token = $2`, citizen, token)
	if errors.Is(err, pgx.ErrNoRows) {
		return Export{}, errExportGone()
	}
	return e, err
}

// TakeExport uses a copy's link up: it works once, within its life.
func TakeExport(ctx context.Context, tx pgx.Tx, citizen CitizenID, token string, now time.Time) (Export, error) {
	e, err := oneExport(ctx, tx, `UPDATE exports SET state = 'taken', taken_at = $3
		WHERE citizen_id = $1 AND token = $2 AND state = 'ready' AND ready_at > $4 RETURNING `+exportColumns, citizen, token, now, now.Add(-ExportLife))
	if errors.Is(err, pgx.ErrNoRows) {
		return Export{}, errExportGone()
	}
	return e, err
}

// UntakeExport lets a link be used once more whose download broke off.
func UntakeExport(ctx context.Context, tx pgx.Tx, id ExportID) error {
	if _, err := tx.Exec(ctx, `UPDATE exports SET state = 'ready', taken_at = NULL WHERE id = $1 AND state = 'taken'`, id); err != nil {
		return fmt.Errorf("copy %d was not taken: %w", id, err)
	}
	return nil
}

// takenFor is how long the bytes of a copy that was downloaded stay: a download may still be under way.
const takenFor = time.Hour

// SpentExports returns copies whose bytes nobody can have any more: downloaded, or too old.
func SpentExports(ctx context.Context, tx pgx.Tx, now time.Time, limit int) ([]Export, error) {
	return manyExports(ctx, tx, `SELECT `+exportColumns+` FROM exports
		WHERE state <> 'gone' AND (taken_at <= $1 OR ready_at <= $2 OR asked_at <= $3) ORDER BY id LIMIT $4`,
		now.Add(-takenFor), now.Add(-ExportLife-takenFor), now.Add(-ExportKept), limit)
}

// DropExport ends a copy whose bytes are being erased.
func DropExport(ctx context.Context, tx pgx.Tx, id ExportID) error {
	if _, err := tx.Exec(ctx, `UPDATE exports SET state = 'gone', attachment_id = NULL WHERE id = $1`, id); err != nil {
		return fmt.Errorf("drop copy %d: %w", id, err)
	}
	return nil
}

// ForgetExports removes what is known of copies that were asked for too long ago, and returns how many.
func ForgetExports(ctx context.Context, tx pgx.Tx, now time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `DELETE FROM exports WHERE state = 'gone' AND asked_at <= $1`, now.Add(-ExportKept))
	if err != nil {
		return 0, fmt.Errorf("forget old copies: %w", err)
	}
	return tag.RowsAffected(), nil
}

func oneExport(ctx context.Context, tx pgx.Tx, query string, args ...any) (Export, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Export{}, fmt.Errorf("find a copy: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Export])
	if err != nil {
		return Export{}, fmt.Errorf("find a copy: %w", err)
	}
	return e, nil
}

func manyExports(ctx context.Context, tx pgx.Tx, query string, args ...any) ([]Export, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list copies: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Export])
	if err != nil {
		return nil, fmt.Errorf("list copies: %w", err)
	}
	return all, nil
}
