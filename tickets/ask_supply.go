package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Supply files a document that was asked for. When it was the last one, the ticket goes back to
// work. Supplying a want again replaces nothing: the first file stays, the new one is kept beside it. What another agency
// asked for goes to the one that holds the case by now.
func (d *Desk) Supply(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, want WantID, file int64) error {
	t, err := holding(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := d.MayAct(ctx, tx, by, t); err != nil {
		return err
	}
	id = t.ID
	w, err := findWant(ctx, tx, id, want)
	if err != nil {
		return err
	}
	want = w.ID
	if err := attach(ctx, tx, t, file, w.Label, d.now()); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE wants SET attachment_id = $2, supplied_at = $3, why = '' WHERE id = $1 AND supplied_at IS NULL`, want, file, d.now())
	if err != nil {
		return fmt.Errorf("supply to ticket %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	open, err := stillWanted(ctx, tx, id)
	if err != nil {
		return err
	}
	if t.Status == Awaiting && open == 0 {
		t.Status = Accepted
		if t.OfficerID == nil {
			t.Status = Open
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, unread = true WHERE id = $1`, id, t.Status); err != nil {
		return fmt.Errorf("update ticket %d: %w", id, err)
	}
	return d.happened(ctx, tx, t, by, EventSupplied, Detail{Want: want, Attachment: file, Documents: open})
}

// Unreadable asks for a document again that came and cannot be read. It is the same item of the same notice, so it is no
// second asking; the citizen has at least as many days for it as for a first one.
func (d *Desk) Unreadable(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, want WantID, why string) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ขอเอกสารเพิ่มได้")
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุว่าเอกสารที่ส่งมาอ่านไม่ได้เพราะอะไร เพื่อให้ประชาชนส่งใหม่ได้ถูกต้อง")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := t.idle(); err != nil {
		return err
	}
	w, err := findWant(ctx, tx, id, want)
	switch {
	case err != nil:
		return err
	case w.SuppliedAt == nil && w.Why == why:
		return nil
	case w.SuppliedAt == nil:
		return fault.New(fault.Conflict, "เอกสารนี้ยังไม่ได้ส่งมา จึงยังไม่มีอะไรให้ส่งใหม่")
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE wants SET attachment_id = NULL, supplied_at = NULL, why = $2 WHERE id = $1`, want, why); err != nil {
		return fmt.Errorf("ask ticket %d again for a file: %w", id, err)
	}
	due := w.DueOn
	if first := r.soonest(d.now()); day(due) < day(first) {
		due = first
		if err := lengthen(ctx, tx, w.NoticeID, due); err != nil {
			return err
		}
	}
	open, err := stillWanted(ctx, tx, id)
	if err != nil {
		return err
	}
	return d.await(ctx, tx, t, by, EventUnreadable, Detail{Notice: w.NoticeID, Want: want, Documents: open, DueOn: day(due)})
}

// Lengthen gives the citizen more time for the documents, never less.
func (d *Desk) Lengthen(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, until time.Time) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ขยายเวลาส่งเอกสารได้")
	}
	if until.IsZero() {
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกวันครบกำหนดส่งเอกสาร กรุณาเลือกวันที่")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	switch {
	case t.idle() != nil:
		return t.idle()
	case t.Status != Awaiting:
		return fault.New(fault.Conflict, "เรื่องนี้ไม่ได้รอเอกสารจากประชาชน จึงไม่มีกำหนดส่งให้ขยาย")
	}
	notices, err := Notices(ctx, tx, id)
	if err != nil {
		return err
	}
	if len(notices) == 0 {
		return fault.New(fault.Conflict, "เรื่องนี้ไม่ได้รอเอกสารจากประชาชน จึงไม่มีกำหนดส่งให้ขยาย")
	}
	n := notices[len(notices)-1]
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	until = r.onWorkingDay(until)
	switch {
	case day(until) == day(n.Until()):
		return nil
	case day(until) < day(n.Until()):
		return fault.Newf(fault.Invalid, "กำหนดส่งเดิมคือ {day} ขยายออกไปได้ แต่ย่นให้สั้นลงไม่ได้", "day", thai.Date(n.Until()))
	}
	if err := lengthen(ctx, tx, n.ID, until); err != nil {
		return err
	}
	open, err := stillWanted(ctx, tx, id)
	if err != nil {
		return err
	}
	return d.await(ctx, tx, t, by, EventLengthened, Detail{Notice: n.ID, Documents: open, DueOn: day(until)})
}

func lengthen(ctx context.Context, tx pgx.Tx, notice NoticeID, until time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE deficiency_notices SET lengthened_to = $2 WHERE id = $1`, notice, day(until)); err != nil {
		return fmt.Errorf("lengthen notice %d: %w", notice, err)
	}
	return nil
}

func findWant(ctx context.Context, tx pgx.Tx, id TicketID, want WantID) (Want, error) {
	rows, err := tx.Query(ctx, `SELECT w.id, w.notice_id, w.label, w.law, w.why, coalesce(n.lengthened_to, n.due_on) AS due_on, w.attachment_id, w.supplied_at
		FROM wants w JOIN deficiency_notices n ON n.id = w.notice_id WHERE w.ticket_id = $2
		AND coalesce(w.origin, w.id) = (SELECT coalesce(o.origin, o.id) FROM wants o WHERE o.id = $1)`, want, id)
	if err != nil {
		return Want{}, fmt.Errorf("find what ticket %d wants: %w", id, err)
	}
	w, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Want])
	if errors.Is(err, pgx.ErrNoRows) {
		return Want{}, fault.New(fault.NotFound, "ไม่พบรายการเอกสารที่ขอ อาจส่งไปแล้วหรือหน่วยงานไม่ต้องการแล้ว กรุณาเปิดดูเรื่องอีกครั้ง")
	}
	if err != nil {
		return Want{}, fmt.Errorf("find what ticket %d wants: %w", id, err)
	}
	return w, nil
}

// stillWanted is how many documents have not come.
func stillWanted(ctx context.Context, tx pgx.Tx, id TicketID) (open int, err error) {
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM wants WHERE ticket_id = $1 AND supplied_at IS NULL`, id).Scan(&open); err != nil {
		return 0, fmt.Errorf("count wants of ticket %d: %w", id, err)
	}
	return open, nil
}
