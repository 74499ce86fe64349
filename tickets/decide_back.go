package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// EventTakenBack says that a decision of which nobody was told yet does not stand any more.
const EventTakenBack EventKind = "decision_taken_back"

// tellers are the events by which a citizen hears of a decision, or of what it brings.
func tellers() []EventKind { return []EventKind{EventTold, EventFeeDue, EventFeePaid, EventFeeWaived} }

// TakeBack takes back a decision that its citizen was not told of yet, with the reason; both stay in the history, and the
// case goes on, its clocks too. One that was told changes by a new administrative act only. Again it changes nothing.
func (d *Desk) TakeBack(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, why string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่เพิกถอนผลที่ยังไม่ได้แจ้งได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุเหตุที่แก้ไขผล เหตุนี้เก็บไว้ในประวัติคู่กับผลเดิม")
	}
	dec, err := FindDecision(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if t.MainID != nil {
		return closedFault(Ticket{Number: t.Number, Status: Merged})
	}
	if told, err := d.toldOf(ctx, tx, t); err != nil {
		return err
	} else if told {
		return fault.New(fault.Conflict, "แจ้งผลแก่ประชาชนแล้ว จึงแก้ไขไม่ได้ ต้องออกคำสั่งทางปกครองใหม่ เช่น เพิกถอนโดยระบุเหตุผล หรือตามผลการอุทธรณ์")
	}
	_, err = tx.Exec(ctx, `UPDATE decisions SET withdrawn_at = $3, withdrawn_by = $4, withdrawn_why = $5 WHERE ticket_id = $1 AND n = $2`, id, dec.N, d.now(), officer, why)
	if err != nil {
		return fmt.Errorf("take back the decision of ticket %d: %w", id, err)
	}
	if dec.Change != "" {
		return d.unchange(ctx, tx, t, by, dec)
	}
	status := Accepted
	if t.OfficerID == nil {
		status = Open
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = NULL WHERE id = $1`, id, status); err != nil {
		return fmt.Errorf("open ticket %d again: %w", id, err)
	}
	t.Status, t.ClosedAt = status, nil
	if err := d.happened(ctx, tx, t, by, EventTakenBack, Detail{Outcome: dec.Outcome}); err != nil {
		return err
	}
	return d.openFollowers(ctx, tx, t, by, EventTakenBack, Detail{Outcome: dec.Outcome, Case: t.ID})
}

// Standing returns a case with the decision that stands, and keeps both for this transaction: what is made of a decision is
// made of one that is not taken back meanwhile. ok is false when none stands.
func Standing(ctx context.Context, tx pgx.Tx, id TicketID) (t Ticket, dec Decision, ok bool, err error) {
	if t, err = lock(ctx, tx, id); err != nil {
		return t, dec, false, err
	}
	dec, err = FindDecision(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return t, dec, false, nil
	}
	return t, dec, err == nil, err
}

// Untold reports whether the decision of a case may still be taken back.
func (d *Desk) Untold(ctx context.Context, tx pgx.Tx, t Ticket) (bool, error) {
	if !t.Status.Decided() {
		return false, nil
	}
	told, err := d.toldOf(ctx, tx, t)
	return !told, err
}

// toldOf reports whether the citizen heard of the decision that stands, or a permit was issued by it.
func (d *Desk) toldOf(ctx context.Context, tx pgx.Tx, t Ticket) (told bool, err error) {
	var heard bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM decisions d JOIN permits p ON p.ticket_id = d.ticket_id AND p.decision = d.n WHERE d.ticket_id = $1 AND `+stands+`)
		OR EXISTS (SELECT FROM tickets f JOIN ticket_events e ON e.ticket_id = f.id WHERE f.main_id = $1 AND e.kind = $2
			AND e.at >= (SELECT at FROM decisions WHERE ticket_id = $1 AND `+stands+`))`, t.ID, EventTold).Scan(&heard)
	if err != nil {
		return false, fmt.Errorf("was the decision of ticket %d told: %w", t.ID, err)
	}
	events, err := History(ctx, tx, t.ID)
	if err != nil {
		return false, err
	}
	for _, e := range events {
		switch {
		case e.Kind == EventDecided || e.Kind == EventChanged:
			told = false
		case e.Kind == EventTakenBack: // what was changed had been told
			told = detailOf(e).Change != ""
		case slices.Contains(tellers(), e.Kind):
			told = true
		}
	}
	return told || heard, nil
}
