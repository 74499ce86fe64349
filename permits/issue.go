package permits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Grant is what an approval gives: what is to stand on the permit.
type Grant struct {
	AgencyID   agencies.AgencyID
	TicketID   int64
	Decision   int // of the case, by which it is granted; 0 is the first
	FormKey    string
	Code       string // short name of the kind of permit in its number: HB
	FormCode   string // name of the paper form: กอ.2
	Title      string
	Holder     string
	Items      []Item
	Conditions string // one a line
	LegalBasis string
	FeeSatang  int64
	FeeNote    string
	ReceiptNo  string    // of the fee, with its book; empty: none was paid
	ReceiptOn  time.Time // any time of its day; zero: none
	SignerName string    // the official in whose name it is issued
	SignerPost string
	ValidYears int // 0: no end
	// Replaces is the number of the permit this one stands for, ours or one on paper; then it ends when that one does, on
	// Until (any time of its day; zero: no end), whatever ValidYears says. The end of one of ours is what the register says.
	Replaces string
	Until    time.Time
	By       Actor
}

// RenderQueue is the job queue of drawing documents: it takes a processor for a while, so chats do not wait behind it.
const RenderQueue = "render"

// RenderArgs is the fact that a permit was issued and needs its document.
type RenderArgs struct {
	PermitID PermitID `json:"permit_id"`
}

// Kind names the job.
func (RenderArgs) Kind() string { return "render" }

// InsertOpts gives drawing its queue.
func (RenderArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: RenderQueue} }

// code is how the kind of permit may be written in numbers and links.
var code = regexp.MustCompile(`^[A-Z0-9]{1,8}$`)

// Issue makes the permit for a ticket: number, register row, history, webhook event and the job that draws the document, all
// in the caller's transaction. Numbers run without gaps within an agency, kind and Buddhist year. Issuing again for the same
// decision of a ticket returns the permit there is and changes nothing. A permit of ours that this one stands for is replaced from then on.
func (o *Office) Issue(ctx context.Context, tx pgx.Tx, g Grant) (Permit, error) {
	if !code.MatchString(g.Code) || strings.TrimSpace(g.Holder) == "" || strings.TrimSpace(g.Title) == "" {
		return Permit{}, fault.New(fault.Invalid, "ออกใบอนุญาตไม่ได้ เพราะแบบคำขอหรือคำตอบไม่มีรหัส ชื่อใบอนุญาต หรือชื่อผู้รับใบอนุญาต")
	}
	g.Decision = max(1, g.Decision)
	// Two approvals of one ticket at the same moment: the second waits here, so that it takes no number.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('permit of ticket ' || $1::bigint, 0))`, g.TicketID); err != nil {
		return Permit{}, fmt.Errorf("issue a permit: wait for the ticket: %w", err)
	}
	p, err := find(ctx, tx, `SELECT `+permitColumns+` FROM permits WHERE ticket_id = $1 AND decision = $2`, g.TicketID, g.Decision)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return p, err
	}
	agency, err := agencies.Find(ctx, tx, g.AgencyID)
	if err != nil {
		return Permit{}, err
	}
	old, err := o.takeOver(ctx, tx, &g)
	if err != nil {
		return Permit{}, err
	}
	now := o.now()
	year := thai.BuddhistYear(now)
	n, err := agencies.NextNumber(ctx, tx, g.AgencyID, "permit "+g.Code, year)
	if err != nil {
		return Permit{}, err
	}
	if g.SignerPost == "" {
		g.SignerPost = agency.Signer
	}
	p, err = insert(ctx, tx, g, fmt.Sprintf("%s-%s-%d-%06d", agency.Code, g.Code, year, n), now)
	if err != nil {
		return Permit{}, err
	}
	if g.By == "" {
		g.By = System
	}
	detail := map[string]any{"number": p.Number}
	if p.Replaces != "" {
		detail["replaces"] = p.Replaces
	}
	if err := o.happened(ctx, tx, p, g.By, EventIssued, detail); err != nil {
		return Permit{}, err
	}
	if old != nil {
		if err := o.replaced(ctx, tx, g.By, *old, p); err != nil {
			return Permit{}, err
		}
	}
	if _, err := o.jobs.InsertTx(ctx, tx, RenderArgs{PermitID: p.ID}, nil); err != nil {
		return Permit{}, fmt.Errorf("enqueue the document of permit %d: %w", p.ID, err)
	}
	return p, nil
}

func insert(ctx context.Context, tx pgx.Tx, g Grant, number string, now time.Time) (Permit, error) {
	if g.Items == nil {
		g.Items = []Item{}
	}
	items, err := json.Marshal(g.Items)
	if err != nil {
		return Permit{}, fmt.Errorf("issue permit %s: %w", number, err)
	}
	local := now.In(thai.Bangkok())
	issued := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	until, paid := dayOf(g.Until), dayOf(g.ReceiptOn)
	if g.Replaces == "" {
		until = nil
		if g.ValidYears > 0 {
			last := yearsLater(issued, g.ValidYears)
			until = &last
		}
	}
	rows, err := tx.Query(ctx, `INSERT INTO permits (agency_id, ticket_id, number, form_key, form_code, title, holder, items, conditions,
			legal_basis, fee_satang, fee_note, signer_name, signer_post, issued_on, valid_until, created_at, receipt_no, receipt_on, replaces, decision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) RETURNING `+permitColumns,
		g.AgencyID, g.TicketID, number, g.FormKey, g.FormCode, strings.TrimSpace(g.Title), strings.TrimSpace(g.Holder), items,
		strings.TrimSpace(g.Conditions), g.LegalBasis, g.FeeSatang, g.FeeNote, g.SignerName, g.SignerPost, issued, until, now, g.ReceiptNo, paid, g.Replaces, g.Decision)
	if err != nil {
		return Permit{}, fmt.Errorf("issue permit %s: %w", number, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Permit])
	if errors.Is(err, pgx.ErrNoRows) {
		return Permit{}, fmt.Errorf("issue permit %s: the row is outside of the transaction's scope", number)
	}
	if err != nil {
		return Permit{}, fmt.Errorf("issue permit %s: %w", number, err)
	}
	return p, nil
}

// dayOf is the day of a moment in Bangkok as the database keeps it; nil for no moment.
func dayOf(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	local := at.In(thai.Bangkok())
	on := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	return &on
}

// MarkReady records that the permit's document exists. Only the first document counts: marking again changes nothing, so a
// render that ran twice leaves one document.
func (o *Office) MarkReady(ctx context.Context, tx pgx.Tx, id PermitID, attachment files.AttachmentID) error {
	p, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if p.ReadyAt != nil {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE permits SET attachment_id = $2, ready_at = $3 WHERE id = $1`, id, attachment, o.now()); err != nil {
		return fmt.Errorf("mark permit %d ready: %w", id, err)
	}
	return o.happened(ctx, tx, p, System, EventReady, map[string]any{"attachment": attachment})
}
