// Package permits holds the electronic permit (ใบอนุญาตอิเล็กทรอนิกส์): its gapless number, its document, whether it is valid
// on a day, and the links by which anyone checks it and its holder fetches it. The document is drawn by permits/sheet.
package permits

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// PermitID identifies a permit.
type PermitID int64

// Actor is whoever changed a permit, as the history names it: "officer 3", "agency 1", "system".
type Actor string

// System is the actor of what the program does by itself.
const System Actor = "system"

// Office issues permits and keeps their register. It holds no state of its own.
type Office struct {
	jobs    agencies.Jobs
	box     secret.Box
	baseURL string
	now     func() time.Time
}

// NewOffice returns an Office that enqueues through jobs, makes links that only box can make under the public address
// baseURL, and tells the time by now.
func NewOffice(jobs agencies.Jobs, box secret.Box, baseURL string, now func() time.Time) *Office {
	return &Office{jobs: jobs, box: box, baseURL: strings.TrimRight(baseURL, "/"), now: now}
}

// Permit is a document issued from an approval.
type Permit struct {
	ID             PermitID            `db:"id"`
	AgencyID       agencies.AgencyID   `db:"agency_id"`
	TicketID       int64               `db:"ticket_id"`
	Decision       int                 `db:"decision"` // of the ticket, by which it was granted
	Number         string              `db:"number"`
	FormKey        string              `db:"form_key"`
	FormCode       string              `db:"form_code"`
	Title          string              `db:"title"`
	Holder         string              `db:"holder"`
	Items          []Item              `db:"items"`
	Conditions     string              `db:"conditions"`
	LegalBasis     string              `db:"legal_basis"`
	FeeSatang      int64               `db:"fee_satang"`
	FeeNote        string              `db:"fee_note"`
	ReceiptNo      string              `db:"receipt_no"` // of the fee; empty: none was paid
	ReceiptOn      *time.Time          `db:"receipt_on"`
	SignerName     string              `db:"signer_name"`
	SignerPost     string              `db:"signer_post"`
	IssuedOn       time.Time           `db:"issued_on"`
	ValidUntil     *time.Time          `db:"valid_until"` // last day; nil: no end
	Recorded       Status              `db:"status"`      // what was recorded; whether it holds on a day says StatusAt
	StatusReason   string              `db:"status_reason"`
	SuspendedUntil *time.Time          `db:"suspended_until"` // last day; nil: until restored
	Replaces       string              `db:"replaces"`        // number of the permit this one stands for, ours or one on paper; empty: none
	ReplacedBy     string              `db:"replaced_by"`     // number of the permit that stands for this one
	AttachmentID   *files.AttachmentID `db:"attachment_id"`
	ReadyAt        *time.Time          `db:"ready_at"` // the document exists
	CreatedAt      time.Time           `db:"created_at"`
}

const permitColumns = `id, agency_id, ticket_id, decision, number, form_key, form_code, title, holder, items, conditions, legal_basis,
	fee_satang, fee_note, receipt_no, receipt_on, signer_name, signer_post, issued_on, valid_until, status, status_reason, suspended_until,
	replaces, replaced_by, attachment_id, ready_at, created_at`

// Find returns the permit with the number, or fault.NotFound.
func Find(ctx context.Context, tx pgx.Tx, number string) (Permit, error) {
	return find(ctx, tx, `SELECT `+permitColumns+` FROM permits WHERE number = $1`, number)
}

// FindByID returns the permit, or fault.NotFound.
func FindByID(ctx context.Context, tx pgx.Tx, id PermitID) (Permit, error) {
	return find(ctx, tx, `SELECT `+permitColumns+` FROM permits WHERE id = $1`, id)
}

// FindByTicket returns the newest permit issued on a ticket, or fault.NotFound.
func FindByTicket(ctx context.Context, tx pgx.Tx, ticket int64) (Permit, error) {
	return find(ctx, tx, `SELECT `+permitColumns+` FROM permits WHERE ticket_id = $1 ORDER BY decision DESC LIMIT 1`, ticket)
}

// lock returns the permit and keeps it for this transaction: whoever changes it next waits.
func lock(ctx context.Context, tx pgx.Tx, id PermitID) (Permit, error) {
	return find(ctx, tx, `SELECT `+permitColumns+` FROM permits WHERE id = $1 FOR UPDATE`, id)
}

func find(ctx context.Context, tx pgx.Tx, query string, args ...any) (Permit, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Permit{}, fmt.Errorf("find permit: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Permit])
	if errors.Is(err, pgx.ErrNoRows) {
		return Permit{}, fault.New(fault.NotFound, "ไม่พบใบอนุญาตเลขที่นี้ กรุณาตรวจเลขที่บนใบอนุญาตแล้วลองใหม่")
	}
	if err != nil {
		return Permit{}, fmt.Errorf("find permit: %w", err)
	}
	return p, nil
}

// OfTicket returns the permits that came of a ticket, oldest first: each decision that changed what is permitted made one.
func OfTicket(ctx context.Context, tx pgx.Tx, ticket int64) ([]Permit, error) {
	rows, err := tx.Query(ctx, `SELECT `+permitColumns+` FROM permits WHERE ticket_id = $1 ORDER BY decision`, ticket)
	if err != nil {
		return nil, fmt.Errorf("list permits of ticket %d: %w", ticket, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Permit])
	if err != nil {
		return nil, fmt.Errorf("list permits of ticket %d: %w", ticket, err)
	}
	return all, nil
}

// NumberOf returns the number of the newest permit issued on a ticket, empty when there is none.
func NumberOf(ctx context.Context, tx pgx.Tx, ticket int64) (string, error) {
	var number string
	err := tx.QueryRow(ctx, `SELECT number FROM permits WHERE ticket_id = $1 ORDER BY decision DESC LIMIT 1`, ticket).Scan(&number)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find the permit of ticket %d: %w", ticket, err)
	}
	return number, nil
}

// numberForm is how permit numbers look: agency, form, Buddhist year, running number.
var numberForm = regexp.MustCompile(`^[A-Z]{2,6}-[A-Z0-9]{1,8}-[0-9]{4}-[0-9]{6,}$`)

// ParseNumber reads a permit number as people type it: any case, Thai digits, blanks or other dashes. It reports whether the
// result can be a permit's number.
func ParseNumber(typed string) (string, bool) {
	s := strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case '–', '—', '‐', '‑', '−', '_':
			return '-'
		case ' ', '\t', '\u00a0':
			return -1
		}
		return r
	}, thai.Digits(thai.Canonical(typed))))
	return s, len(s) <= 40 && numberForm.MatchString(s)
}
