package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/words"
)

// Withdrawal is a citizen's word that a case is not to go on (ถอนเรื่อง).
type Withdrawal struct {
	TicketID TicketID
	Reason   string // in the citizen's words; empty: none was given, and none is needed
	Source   string // what the reason came from, e.g. "message 17"; empty: it was said with the act itself
	Way      string // by which the citizen did it: "line 9" is an identity in a chat, "track" the page of whoever holds the link
}

// WithdrawnArgs is the fact that a case was withdrawn.
type WithdrawnArgs struct {
	TicketID TicketID `json:"ticket_id"`
}

// Kind names the job.
func (WithdrawnArgs) Kind() string { return "withdrawn" }

// Withdraw ends a case because its citizen does not want it any more, which is possible until it is decided. Its reason
// stands in the talk, where officers read it and the citizen can take it back; record and documents stay, as the law has
// them kept (EGA-17.1). Again it changes nothing.
func (d *Desk) Withdraw(ctx context.Context, tx pgx.Tx, by Actor, w Withdrawal) error {
	if by.Kind != "citizen" || w.Way == "" {
		return fault.New(fault.Forbidden, "เฉพาะผู้ยื่นคำขอเท่านั้นที่ถอนเรื่องได้")
	}
	w.Reason = strings.TrimSpace(w.Reason)
	if len([]rune(w.Reason)) > Longest {
		return fault.Newf(fault.Invalid, "เหตุผลยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", Longest)
	}
	t, err := holding(ctx, tx, w.TicketID)
	switch {
	case err != nil:
		return err
	case t.CitizenID != by.ID:
		return fault.New(fault.NotFound, "ไม่พบเรื่องนี้ กรุณาเปิดรายการเรื่องของท่านอีกครั้ง")
	case t.Status == Withdrawn:
		return nil
	case !t.Status.CanBecome(Withdrawn):
		return fault.Newf(fault.Conflict, "เรื่อง {number} ปิดแล้ว ({status}) จึงถอนไม่ได้ ผลที่แจ้งยังมีผลอยู่", "number", t.Reference, "status", words.Text{TH: t.Status.Thai()})
	}
	if err := d.MayAct(ctx, tx, by, t); err != nil {
		return err
	}
	detail := Detail{Way: w.Way}
	if w.Reason != "" {
		if w.Source == "" {
			w.Source = "withdrawal"
		}
		detail.Message, err = say(ctx, tx, t, Message{Author: "citizen", Text: w.Reason, At: d.now()}, w.Source)
		if err != nil && !errors.Is(err, errSaid) { // said to the officers before
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = $3, unread = true, main_id = NULL WHERE id = $1`, t.ID, Withdrawn, d.now()); err != nil {
		return fmt.Errorf("withdraw ticket %d: %w", t.ID, err)
	}
	t.Status, t.MainID = Withdrawn, nil
	if err := d.happened(ctx, tx, t, by, EventWithdrawn, detail); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, WithdrawnArgs{TicketID: t.ID}, nil); err != nil {
		return fmt.Errorf("enqueue the withdrawal of ticket %d: %w", t.ID, err)
	}
	return nil
}
