package tickets

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/words"
)

// closedFault tells an officer that nothing more can be done to a ticket.
func closedFault(t Ticket) error {
	if t.Status == Merged {
		return fault.Newf(fault.Conflict, "เรื่อง {number} รวมกับเรื่องอื่นแล้ว กรุณาดำเนินการที่เรื่องหลัก หรือแยกเรื่องออกก่อน", "number", t.Number)
	}
	return fault.Newf(fault.Conflict, "เรื่อง {number} ปิดแล้ว ({status}) จึงแก้ไขต่อไม่ได้ หากมีข้อมูลเพิ่มให้เขียนบันทึกภายใน", "number", t.Number, "status", words.Text{TH: t.Status.Thai()})
}

// idle says why an officer may not work on a case: it is closed, or follows another, or it came from another agency and nobody has said yet
// that this one takes it.
func (t Ticket) idle() error {
	switch {
	case t.Status.Rests():
		return closedFault(t)
	case t.Pending():
		return fault.New(fault.Conflict, "หน่วยงานอื่นส่งเรื่องนี้มาและยังไม่มีผู้รับ กรุณากดรับเรื่องก่อน หรือแจ้งว่าไม่ใช่เรื่องของหน่วยงานพร้อมเหตุผล")
	}
	return nil
}

// Pending says whether the agency has still to say whether it takes what another sent.
func (t Ticket) Pending() bool { return t.AcceptBy != nil && !t.Status.Closed() }

// Take makes an officer responsible for a ticket, and with that the agency for what another sent. Taking one's own ticket again changes nothing;
// a ticket that somebody else has taken is refused, so that two people never work on one case
// without knowing.
func (d *Desk) Take(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่รับเรื่องได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	switch {
	case t.Status.Rests():
		return closedFault(t)
	case t.OfficerID != nil && *t.OfficerID == officer:
		return nil
	case t.OfficerID != nil:
		return fault.New(fault.Conflict, "มีเจ้าหน้าที่ท่านอื่นรับเรื่องนี้ไปแล้ว หากจำเป็นให้ผู้รับเรื่องคืนเรื่องก่อน")
	}
	if err := MayJudge(ctx, tx, t, officer); err != nil {
		return err
	}
	if t, err = d.takeOver(ctx, tx, by, officer, t); err != nil {
		return err
	}
	status := t.Status
	if status == Open {
		status = Accepted
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET officer_id = $2, status = $3 WHERE id = $1`, id, officer, status); err != nil {
		return fmt.Errorf("take ticket %d: %w", id, err)
	}
	t.OfficerID, t.Status = &officer, status
	return d.happened(ctx, tx, t, by, EventTaken, Detail{Officer: officer})
}

// Release gives a ticket back to its queue. What another officer has taken only the head gives back.
func (d *Desk) Release(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if t.Status.Rests() {
		return closedFault(t)
	}
	if t.OfficerID == nil {
		return nil
	}
	if officer, ok := by.officer(); ok && officer != *t.OfficerID {
		who, err := agencies.FindOfficer(ctx, tx, officer)
		if err != nil {
			return err
		}
		if !who.Role.Can(agencies.LeadTickets) {
			return fault.New(fault.Forbidden, "เรื่องนี้เจ้าหน้าที่ท่านอื่นรับไว้ เฉพาะผู้รับเรื่องหรือหัวหน้างานเท่านั้นที่คืนเรื่องได้ กรุณาติดต่อผู้รับเรื่อง")
		}
	}
	_, err = d.release(ctx, tx, by, t)
	return err
}

// release puts a ticket back where any officer of its queue may take it.
func (d *Desk) release(ctx context.Context, tx pgx.Tx, by Actor, t Ticket) (Ticket, error) {
	if t.OfficerID = nil; t.Status == Accepted {
		t.Status = Open
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET officer_id = NULL, status = $2 WHERE id = $1`, t.ID, t.Status); err != nil {
		return t, fmt.Errorf("release ticket %d: %w", t.ID, err)
	}
	return t, d.happened(ctx, tx, t, by, EventReleased, Detail{})
}

// Move puts a ticket into another queue of the same agency, free for whoever works there. One that a colleague took leaves
// their hands with a reason only, which stands as an internal note.
func (d *Desk) Move(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, to agencies.QueueID, why string) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if t.Status.Rests() {
		return closedFault(t)
	}
	switch to {
	case t.QueueID:
		return nil
	case 0:
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกคิวงานปลายทาง กรุณาเลือกหนึ่งคิว")
	}
	why = strings.TrimSpace(why)
	if officer, ok := by.officer(); ok && t.OfficerID != nil && *t.OfficerID != officer && len([]rune(why)) < shortestReason {
		return fault.New(fault.Invalid, "เจ้าหน้าที่ท่านอื่นรับเรื่องนี้ไว้ กรุณาระบุเหตุที่ย้ายคิว เพื่อให้ผู้รับเรื่องทราบ")
	}
	return d.move(ctx, tx, by, t, to, why, false)
}

// MoveBack puts a ticket back into the queue from which it was moved, because it is not work of this one. That is possible
// once; then the head says where it belongs.
func (d *Desk) MoveBack(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, why string) error {
	if why = strings.TrimSpace(why); len([]rune(why)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุว่าทำไมไม่ใช่งานของคิวนี้ เพื่อให้คิวเดิมส่งต่อได้ถูกต้อง")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if t.Status.Closed() {
		return closedFault(t)
	}
	from, err := movedFrom(ctx, tx, t)
	if err != nil {
		return err
	}
	if from == 0 {
		return fault.New(fault.Conflict, "เรื่องนี้ไม่ได้ย้ายมาจากคิวอื่น หรือเคยส่งกลับไปแล้ว กรุณาให้หัวหน้างานพิจารณาว่าเป็นงานของคิวใด")
	}
	return d.move(ctx, tx, by, t, from, why, true)
}

// movedFrom is the queue to which a ticket may be sent back; 0: to none.
func movedFrom(ctx context.Context, tx pgx.Tx, t Ticket) (from agencies.QueueID, err error) {
	events, err := History(ctx, tx, t.ID)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if e.Kind != EventMoved {
			continue
		}
		d := detailOf(e)
		if d.Back {
			return 0, nil
		}
		from = d.From
	}
	return from, nil
}

// MayMoveBack reports whether a ticket may be put back into the queue from which it was moved.
func MayMoveBack(events []Event) bool {
	moved := false
	for _, e := range events {
		if e.Kind == EventMoved {
			if moved = true; detailOf(e).Back {
				return false
			}
		}
	}
	return moved
}

func (d *Desk) move(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, to agencies.QueueID, why string, back bool) error {
	if err := tooLong(why); err != nil {
		return err
	}
	queues, err := agencies.Queues(ctx, tx, t.AgencyID)
	if err != nil {
		return err
	}
	for _, q := range queues {
		if q.ID != to {
			continue
		}
		status := t.Status
		if status == Accepted {
			status = Open
		}
		_, err := tx.Exec(ctx, `UPDATE tickets SET queue_id = $2, officer_id = NULL, status = $3 WHERE id = $1`, t.ID, to, status)
		if err != nil {
			return fmt.Errorf("move ticket %d: %w", t.ID, err)
		}
		t.Status = status
		if why != "" {
			if err := d.Note(ctx, tx, by, t.ID, why); err != nil {
				return err
			}
		}
		if err := d.happened(ctx, tx, t, by, EventMoved, Detail{From: t.QueueID, To: to, Back: back}); err != nil {
			return err
		}
		t.QueueID, t.OfficerID = to, nil
		if t.Pending() { // to be given something is to take it, and that is for somebody to say
			return nil
		}
		return d.shareOut(ctx, tx, t)
	}
	return fault.New(fault.NotFound, "ไม่พบคิวงานปลายทางในหน่วยงานนี้ กรุณาเลือกคิวงานใหม่")
}
