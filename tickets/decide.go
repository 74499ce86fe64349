package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// Outcome is which way a decision went.
type Outcome string

// The outcomes.
const (
	Approve Outcome = "approve"
	Refuse  Outcome = "refuse"
)

// Decision is the formal result of a ticket (ผลการพิจารณา).
type Decision struct {
	TicketID   TicketID           `db:"ticket_id"`
	OfficerID  agencies.OfficerID `db:"officer_id"`
	Outcome    Outcome            `db:"outcome"`
	Reason     string             `db:"reason"`      // facts and reasons; for an approval, what was done
	LegalBasis string             `db:"legal_basis"` // of a refusal
	Appeal     string             `db:"appeal"`      // of a refusal: to whom and within how many days (LFA-11.1)
	Conditions string             `db:"conditions"`  // of an approval
	// Replaces is the number of the permit that an approved one stands for, and ReplacesUntil its last day (nil: no end),
	// which the new one keeps. Empty: it stands for none.
	Replaces      string     `db:"replaces"`
	ReplacesUntil *time.Time `db:"replaces_until"`
	At            time.Time  `db:"at"`
}

// DecidedArgs is the fact that a ticket was decided.
type DecidedArgs struct {
	TicketID TicketID `json:"ticket_id"`
}

// Kind names the job.
func (DecidedArgs) Kind() string { return "decided" }

// Decide closes a ticket with its formal result. A refusal without reasons, legal basis and
// appeal is not accepted (LFA-11.1). Deciding the same way again changes nothing.
func (d *Desk) Decide(ctx context.Context, tx pgx.Tx, by Actor, dec Decision) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่บันทึกผลการพิจารณาได้")
	}
	dec.OfficerID, dec.At = officer, d.now()
	status, err := dec.check()
	if err != nil {
		return err
	}
	t, err := lock(ctx, tx, dec.TicketID)
	if err != nil {
		return err
	}
	if t.Status == status {
		return nil
	}
	if !t.Status.CanBecome(status) {
		return closedFault(t)
	}
	_, err = tx.Exec(ctx, `INSERT INTO decisions (ticket_id, agency_id, officer_id, outcome, reason, legal_basis, appeal, conditions, at, replaces, replaces_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		dec.TicketID, t.AgencyID, dec.OfficerID, dec.Outcome, dec.Reason, dec.LegalBasis, dec.Appeal, dec.Conditions, dec.At, dec.Replaces, dec.ReplacesUntil)
	if err != nil {
		return fmt.Errorf("write decision of ticket %d: %w", t.ID, err)
	}
	_, err = tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = $3, unread = false, officer_id = coalesce(officer_id, $4) WHERE id = $1`,
		t.ID, status, dec.At, officer)
	if err != nil {
		return fmt.Errorf("close ticket %d: %w", t.ID, err)
	}
	t.Status = status
	if err := d.happened(ctx, tx, t, by, EventDecided, dec.detail()); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, DecidedArgs{TicketID: t.ID}, nil); err != nil {
		return fmt.Errorf("enqueue decision of ticket %d: %w", t.ID, err)
	}
	return nil
}

// detail is what the history keeps of a decision.
func (dec Decision) detail() Detail {
	d := Detail{Outcome: dec.Outcome, Replaces: dec.Replaces}
	if dec.ReplacesUntil != nil {
		d.ReplacesUntil = dec.ReplacesUntil.Format(time.DateOnly)
	}
	return d
}

// check trims a decision and refuses one that the law does not let out.
func (dec *Decision) check() (Status, error) {
	for _, s := range []*string{&dec.Reason, &dec.LegalBasis, &dec.Appeal, &dec.Conditions, &dec.Replaces} {
		*s = strings.TrimSpace(*s)
	}
	if dec.Replaces == "" || dec.Outcome != Approve {
		dec.Replaces, dec.ReplacesUntil = "", nil
	}
	switch dec.Outcome {
	case Approve:
		return Approved, nil
	case Refuse:
		switch {
		case dec.Reason == "":
			return "", fault.New(fault.Invalid, "การไม่อนุมัติต้องมีข้อเท็จจริงและเหตุผล กรุณาระบุเหตุผลก่อนบันทึก")
		case dec.LegalBasis == "":
			return "", fault.New(fault.Invalid, "การไม่อนุมัติต้องอ้างกฎหมาย กรุณาระบุข้อกฎหมายก่อนบันทึก")
		case dec.Appeal == "":
			return "", fault.New(fault.Invalid, "การไม่อนุมัติต้องแจ้งสิทธิอุทธรณ์ กรุณาระบุผู้รับอุทธรณ์และระยะเวลา")
		}
		return Refused, nil
	default:
		return "", fault.New(fault.Invalid, "กรุณาเลือกผลการพิจารณา")
	}
}

// FindDecision returns the decision of a ticket, or fault.NotFound while there is none.
func FindDecision(ctx context.Context, tx pgx.Tx, id TicketID) (Decision, error) {
	rows, err := tx.Query(ctx, `SELECT ticket_id, officer_id, outcome, reason, legal_basis, appeal, conditions, replaces, replaces_until, at
		FROM decisions WHERE ticket_id = $1`, id)
	if err != nil {
		return Decision{}, fmt.Errorf("find decision of ticket %d: %w", id, err)
	}
	dec, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Decision])
	if errors.Is(err, pgx.ErrNoRows) {
		return Decision{}, fault.New(fault.NotFound, "เรื่องนี้ยังไม่มีผลการพิจารณา")
	}
	if err != nil {
		return Decision{}, fmt.Errorf("find decision of ticket %d: %w", id, err)
	}
	return dec, nil
}
