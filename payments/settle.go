package payments

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// SettledArgs is the fact that a charge was paid, waived or lapsed.
type SettledArgs struct {
	ChargeID ChargeID `json:"charge_id"`
}

// Kind names the job.
func (SettledArgs) Kind() string { return "charge_settled" }

// TellArgs is the fact that the person should hear of a charge: it is another one, or has another last day.
type TellArgs struct {
	ChargeID ChargeID `json:"charge_id"`
	Event    int      `json:"event"` // number of the event in its history that it is told of
}

// Kind names the job.
func (TellArgs) Kind() string { return "charge_tell" }

// RefusedArgs is the fact that an officer did not take a slip for proof.
type RefusedArgs struct {
	SlipID SlipID `json:"slip_id"`
}

// Kind names the job.
func (RefusedArgs) Kind() string { return "slip_refused" }

// move changes where a charge stands, in a transaction that has locked it.
func (t *Till) move(ctx context.Context, tx pgx.Tx, c *Charge, to State, why, law string) error {
	now := t.now()
	var settled *time.Time
	if !to.Owing() {
		settled = &now
	}
	_, err := tx.Exec(ctx, `UPDATE charges SET state = $2, settled_at = $3, why = $4, why_law = $5 WHERE id = $1`, c.ID, to, settled, why, law)
	if err != nil {
		return fmt.Errorf("charge %d becomes %s: %w", c.ID, to, err)
	}
	c.State, c.SettledAt, c.Why, c.WhyLaw = to, settled, why, law
	return nil
}

// Claim takes a picture that a person sent as the slip of a payment. The same picture again is the same slip.
func (t *Till) Claim(ctx context.Context, tx pgx.Tx, by Actor, id ChargeID, picture files.AttachmentID, at time.Time) (Slip, error) {
	c, err := lock(ctx, tx, id)
	if err != nil {
		return Slip{}, err
	}
	s, err := findSlip(ctx, tx, `SELECT `+slipColumns+` FROM slips WHERE charge_id = $1 AND attachment_id = $2`, id, picture)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return s, err
	}
	if !c.State.Owing() {
		return Slip{}, notOwing(c)
	}
	if !c.TakesSlips() {
		return Slip{}, fault.Newf(fault.Conflict, "ส่งสลิปของรายการนี้ครบ {n} ครั้งแล้ว กรุณาติดต่อหน่วยงานเพื่อตรวจการชำระเงิน", "n", slipsMost)
	}
	s, err = findSlip(ctx, tx, `INSERT INTO slips (agency_id, charge_id, attachment_id, seq, at) VALUES ($1, $2, $3, $4, $5) RETURNING `+slipColumns,
		c.AgencyID, c.ID, picture, c.Slips+1, at)
	if err != nil {
		return Slip{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE charges SET slips = $2, state = 'claimed' WHERE id = $1`, c.ID, s.Seq); err != nil {
		return Slip{}, fmt.Errorf("claim charge %d: %w", c.ID, err)
	}
	return s, t.happened(ctx, tx, c, by, EventClaimed, Detail{Slip: s.ID, Attachment: picture})
}

// RefuseSlip says that a slip is no proof, with words that the person reads; the charge is due again.
func (t *Till) RefuseSlip(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, id SlipID, reason string) error {
	s, err := FindSlip(ctx, tx, id)
	if err != nil {
		return err
	}
	c, err := lock(ctx, tx, s.ChargeID)
	if err != nil {
		return err
	}
	if s, err = FindSlip(ctx, tx, id); err != nil { // as it is now that nobody else changes it
		return err
	}
	if s.State == slipRefused {
		return nil
	}
	if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > longest {
		return fault.Newf(fault.Invalid, "กรุณาบอกประชาชนว่าสลิปไม่ถูกต้องอย่างไร ไม่เกิน {max} ตัวอักษร", "max", longest)
	}
	if s.State != slipWaiting || !c.State.Owing() {
		return notOwing(c)
	}
	if err := t.look(ctx, tx, officer, id, slipRefused, reason); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE charges SET state = 'due' WHERE id = $1 AND NOT EXISTS (SELECT FROM slips WHERE charge_id = $1 AND state = 'waiting')`, c.ID)
	if err != nil {
		return fmt.Errorf("charge %d is due again: %w", c.ID, err)
	}
	if err := t.happened(ctx, tx, c, byOfficer(officer), EventRefused, Detail{Slip: id}); err != nil {
		return err
	}
	if _, err := t.jobs.InsertTx(ctx, tx, RefusedArgs{SlipID: id}, nil); err != nil {
		return fmt.Errorf("enqueue the refusal of slip %d: %w", id, err)
	}
	return nil
}

// longest is how many letters a reason may have.
const longest = 500

// look records what an officer found of a slip.
func (t *Till) look(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, id SlipID, state, reason string) error {
	_, err := tx.Exec(ctx, `UPDATE slips SET state = $2, reason = $3, officer_id = $4, looked_at = $5 WHERE id = $1`, id, state, reason, officer, t.now())
	if err != nil {
		return fmt.Errorf("slip %d becomes %s: %w", id, state, err)
	}
	return nil
}

// Waive takes the whole charge off, for a reason and by a law. Waiving again changes nothing.
func (t *Till) Waive(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, id ChargeID, reason, law string) error {
	c, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	reason, law = strings.TrimSpace(reason), strings.TrimSpace(law)
	switch {
	case c.State == Waived:
		return nil
	case !c.State.Owing():
		return notOwing(c)
	case reason == "" || law == "" || len([]rune(reason)) > longest || len([]rune(law)) > longest:
		return fault.Newf(fault.Invalid, "การยกเว้นค่าธรรมเนียมต้องมีเหตุผลและข้อกฎหมาย อย่างละไม่เกิน {max} ตัวอักษร", "max", longest)
	}
	if err := t.move(ctx, tx, &c, Waived, reason, law); err != nil {
		return err
	}
	if err := t.happened(ctx, tx, c, byOfficer(officer), EventWaived, Detail{Satang: c.Satang}); err != nil {
		return err
	}
	return t.settled(ctx, tx, c)
}

// Lapse ends a charge whose time is over; done is false when it is not, or when a slip waits to be looked at: then the
// delay is not the person's. The lapse is told to both sides by the job that follows.
func (t *Till) Lapse(ctx context.Context, tx pgx.Tx, id ChargeID) (done bool, err error) {
	c, err := lock(ctx, tx, id)
	if err != nil || c.State != Due || c.DueOn == nil || t.now().Before(c.Over()) {
		return false, err
	}
	if err := t.move(ctx, tx, &c, Lapsed, "", c.Law); err != nil {
		return false, err
	}
	if err := t.happened(ctx, tx, c, System, EventLapsed, Detail{DueOn: dateOf(c.DueOn)}); err != nil {
		return false, err
	}
	return true, t.settled(ctx, tx, c)
}

// CallOff ends a charge that is owed no more, because what it was for comes to nothing. One that is not owed stays as it is.
func (t *Till) CallOff(ctx context.Context, tx pgx.Tx, by Actor, id ChargeID, why string) error {
	c, err := lock(ctx, tx, id)
	if err != nil || !c.State.Owing() {
		return err
	}
	if err := t.move(ctx, tx, &c, Cancelled, why, ""); err != nil {
		return err
	}
	return t.happened(ctx, tx, c, by, EventCancelled, Detail{})
}

// CallOffAll ends every charge of a case that is owed, because what it was for comes to nothing.
func (t *Till) CallOffAll(ctx context.Context, tx pgx.Tx, by Actor, ticket int64, why string) error {
	all, err := Of(ctx, tx, ticket)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := t.CallOff(ctx, tx, by, c.ID, why); err != nil {
			return err
		}
	}
	return nil
}

// TakenBack is why nothing is owed for a decision that was taken back.
const TakenBack = "ผลการพิจารณาถูกแก้ไขก่อนแจ้งประชาชน"

// Extend gives a charge another last day, also one that has lapsed, for a reason.
func (t *Till) Extend(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, id ChargeID, until time.Time, reason string) error {
	c, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if !c.State.Owing() && c.State != Lapsed {
		return notOwing(c)
	}
	if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > longest {
		return fault.Newf(fault.Invalid, "กรุณาระบุเหตุผลที่ขยายเวลาชำระ ไม่เกิน {max} ตัวอักษร", "max", longest)
	}
	day := until.In(thai.Bangkok())
	last := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
	if c.DueOn = &last; !t.now().Before(c.Over()) {
		return fault.New(fault.Invalid, "วันครบกำหนดใหม่ผ่านมาแล้ว กรุณาเลือกวันตั้งแต่วันนี้เป็นต้นไป")
	}
	state := c.State
	if state == Lapsed {
		state = Due
	}
	if err := t.move(ctx, tx, &c, state, reason, ""); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE charges SET due_on = $2, reminded_at = NULL WHERE id = $1`, c.ID, last); err != nil {
		return fmt.Errorf("extend charge %d: %w", c.ID, err)
	}
	if err := t.happened(ctx, tx, c, byOfficer(officer), EventExtended, Detail{DueOn: dateOf(c.DueOn)}); err != nil {
		return err
	}
	return t.tell(ctx, tx, c)
}

// settled enqueues what follows from a charge that is at its end.
func (t *Till) settled(ctx context.Context, tx pgx.Tx, c Charge) error {
	if _, err := t.jobs.InsertTx(ctx, tx, SettledArgs{ChargeID: c.ID}, nil); err != nil {
		return fmt.Errorf("enqueue the end of charge %d: %w", c.ID, err)
	}
	return nil
}

// tell has the person hear of the newest event of a charge.
func (t *Till) tell(ctx context.Context, tx pgx.Tx, c Charge) error {
	var seq int
	if err := tx.QueryRow(ctx, `SELECT max(seq) FROM charge_events WHERE charge_id = $1`, c.ID).Scan(&seq); err != nil {
		return fmt.Errorf("tell of charge %d: %w", c.ID, err)
	}
	if _, err := t.jobs.InsertTx(ctx, tx, TellArgs{ChargeID: c.ID, Event: seq}, nil); err != nil {
		return fmt.Errorf("tell of charge %d: %w", c.ID, err)
	}
	return nil
}

// RemindDays is how many days before the last one a person is reminded.
const RemindDays = 3

// Nearly returns charges whose last day is near and of which nobody was reminded, in order of their number after one.
func (t *Till) Nearly(ctx context.Context, tx pgx.Tx, after ChargeID, limit int) ([]ChargeID, error) {
	return t.dueBy(ctx, tx, `due_on >= $1 AND due_on <= $1 + $4::int AND reminded_at IS NULL`, after, limit, RemindDays)
}

// Overdue returns charges whose time is over, in order of their number after one.
func (t *Till) Overdue(ctx context.Context, tx pgx.Tx, after ChargeID, limit int) ([]ChargeID, error) {
	return t.dueBy(ctx, tx, `due_on < $1 AND $4::int = 0`, after, limit, 0)
}

func (t *Till) dueBy(ctx context.Context, tx pgx.Tx, when string, after ChargeID, limit, days int) ([]ChargeID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM charges WHERE state = 'due' AND `+when+` AND id > $2 ORDER BY id LIMIT $3`,
		t.now().In(thai.Bangkok()).Format(time.DateOnly), after, limit, days)
	if err != nil {
		return nil, fmt.Errorf("charges by their last day: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ChargeID])
	if err != nil {
		return nil, fmt.Errorf("charges by their last day: %w", err)
	}
	return ids, nil
}

// Remind notes that a person is reminded of a charge; ok is false when that was done or is of no use any more.
func (t *Till) Remind(ctx context.Context, tx pgx.Tx, id ChargeID) (c Charge, ok bool, err error) {
	c, err = lock(ctx, tx, id)
	if err != nil || c.State != Due || c.RemindedAt != nil || c.DueOn == nil || !t.now().Before(c.Over()) {
		return c, false, err
	}
	if _, err := tx.Exec(ctx, `UPDATE charges SET reminded_at = $2 WHERE id = $1`, id, t.now()); err != nil {
		return c, false, fmt.Errorf("remind of charge %d: %w", id, err)
	}
	return c, true, t.happened(ctx, tx, c, System, EventReminded, Detail{DueOn: dateOf(c.DueOn)})
}
