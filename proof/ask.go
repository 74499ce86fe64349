package proof

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
)

// BundleID identifies an evidence bundle.
type BundleID int64

// Bundle is the evidence of a case that an officer asked for.
type Bundle struct {
	ID           BundleID            `db:"id"`
	AgencyID     agencies.AgencyID   `db:"agency_id"`
	TicketID     int64               `db:"ticket_id"`
	OfficerID    agencies.OfficerID  `db:"officer_id"`
	Reason       string              `db:"reason"` // why; the citizen can read it (PDP-8)
	AskedAt      time.Time           `db:"asked_at"`
	AttachmentID *files.AttachmentID `db:"attachment_id"`
	ReadyAt      *time.Time          `db:"ready_at"` // nil: it is being made
}

const bundleColumns = `id, agency_id, ticket_id, officer_id, reason, asked_at, attachment_id, ready_at`

// BundleArgs asks for a bundle to be made.
type BundleArgs struct {
	BundleID BundleID `json:"bundle_id"`
}

// Kind names the job.
func (BundleArgs) Kind() string { return "bundle" }

// Letters of a reason to take evidence.
const (
	ReasonLeast = 10
	ReasonMost  = 200
)

// Ask notes that an officer wants the evidence of a case, and why, and enqueues its making.
func Ask(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, b Bundle) (BundleID, error) {
	b.Reason = strings.Join(strings.Fields(b.Reason), " ")
	if n := len([]rune(b.Reason)); n < ReasonLeast || n > ReasonMost {
		return 0, fault.Newf(fault.Invalid, "กรุณาระบุเหตุที่ขอชุดพยานหลักฐาน {least}-{most} ตัวอักษร ประชาชนเจ้าของเรื่องจะเห็นเหตุนี้", "least", ReasonLeast, "most", ReasonMost)
	}
	var id BundleID
	err := tx.QueryRow(ctx, `INSERT INTO bundles (agency_id, ticket_id, officer_id, reason, asked_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		b.AgencyID, b.TicketID, b.OfficerID, b.Reason, b.AskedAt).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("ask for the evidence of ticket %d: %w", b.TicketID, err)
	}
	if _, err := jobs.InsertTx(ctx, tx, BundleArgs{BundleID: id}, nil); err != nil {
		return 0, fmt.Errorf("enqueue the evidence of ticket %d: %w", b.TicketID, err)
	}
	return id, nil
}

// FindBundle returns a bundle, or fault.NotFound.
func FindBundle(ctx context.Context, tx pgx.Tx, id BundleID) (Bundle, error) {
	rows, err := tx.Query(ctx, `SELECT `+bundleColumns+` FROM bundles WHERE id = $1`, id)
	if err != nil {
		return Bundle{}, fmt.Errorf("find bundle %d: %w", id, err)
	}
	b, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Bundle])
	if errors.Is(err, pgx.ErrNoRows) {
		return Bundle{}, fault.New(fault.NotFound, "ไม่พบชุดพยานหลักฐานนี้ กรุณากลับไปที่เรื่องแล้วเลือกใหม่")
	}
	if err != nil {
		return Bundle{}, fmt.Errorf("find bundle %d: %w", id, err)
	}
	return b, nil
}

// BundlesOf returns the bundles of a case, newest first.
func BundlesOf(ctx context.Context, tx pgx.Tx, ticket int64) ([]Bundle, error) {
	rows, err := tx.Query(ctx, `SELECT `+bundleColumns+` FROM bundles WHERE ticket_id = $1 ORDER BY id DESC`, ticket)
	if err != nil {
		return nil, fmt.Errorf("bundles of ticket %d: %w", ticket, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Bundle])
	if err != nil {
		return nil, fmt.Errorf("bundles of ticket %d: %w", ticket, err)
	}
	return all, nil
}

// Made notes that a bundle is there.
func Made(ctx context.Context, tx pgx.Tx, id BundleID, file files.AttachmentID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE bundles SET attachment_id = $2, ready_at = $3 WHERE id = $1 AND ready_at IS NULL`, id, file, at)
	if err != nil {
		return fmt.Errorf("bundle %d is made: %w", id, err)
	}
	return nil
}
