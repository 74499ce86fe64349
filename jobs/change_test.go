package jobs

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/permits"
	"saphan/tickets"
)

// changes has the officer change what the citizen was told, and waits for what follows; the job may run twice.
func (h *house) changes(d tickets.Decision) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Change(h.T.Context(), tx, by, d) })
	h.Settled()
	must(h.T, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: d.TicketID}))
	h.Settled()
}

func (h *house) permitOf(id tickets.TicketID) (p permits.Permit) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		p, err = permits.FindByTicket(h.T.Context(), tx, int64(id))
		return err
	})
	return p
}

// revoking is all that a revocation must say; with conditions it is one in part.
func revoking(id tickets.TicketID, conditions string) tickets.Decision {
	return tickets.Decision{
		TicketID: id, Change: tickets.Revocation, Since: tickets.FromNow, Conditions: conditions, Facts: "ตรวจพบเสียงดังหลังเที่ยงคืน", Reason: "ผิดเงื่อนไขซ้ำ", LegalBasis: "มาตรา 60",
		AppealBody: "รัฐมนตรี", AppealDays: 30,
	}
}

// A licence that was paid for, then restricted, corrected, revoked, and granted anew after an appeal: each time the register,
// the money and what the citizen is told agree with the decision that stands (LFA-11.1, EGA-13.3).
func TestWhatAChangeBrings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.approved()
	h.Pays(ticket.ID)
	first := h.permitOf(ticket.ID)

	h.changes(revoking(ticket.ID, "ปิดก่อนเวลา 22.00 น."))
	second := h.permitOf(ticket.ID)
	if second.Replaces != first.Number || second.Conditions != "ปิดก่อนเวลา 22.00 น." || second.Recorded != permits.Active || second.ValidUntil == nil || !second.ValidUntil.Equal(*first.ValidUntil) {
		t.Errorf("restricted: %+v", second)
	}
	if n := h.Times("เพิกถอนบางส่วน"); n != 1 || h.Times(second.Number) == 0 {
		t.Errorf("told %d times of the restriction", n)
	}

	fixed := revoking(ticket.ID, "ปิดก่อนเวลา 22.00 น.")
	fixed.Change, fixed.Since, fixed.Mistake, fixed.Reason = tickets.Correction, "", "พิมพ์เหตุผลตกไปหนึ่งคำ", "ผิดเงื่อนไขซ้ำสองครั้ง"
	h.changes(fixed)
	if got := h.permitOf(ticket.ID); got.ID != second.ID {
		t.Errorf("what does not stand on a permit made another one: %+v", got)
	}
	h.Is(1, "cards of the correction", `SELECT count(*) FROM replies WHERE body::text LIKE '%พิมพ์เหตุผลตกไปหนึ่งคำ%' AND body::text LIKE '%แก้ไขข้อผิดหลง%'`)

	h.changes(revoking(ticket.ID, ""))
	if got := h.permitOf(ticket.ID); got.Recorded != permits.Revoked || got.StatusReason != "ผิดเงื่อนไขซ้ำ" {
		t.Errorf("revoked: %+v", got)
	}
	h.Is(1, "questions whether to pay back", `SELECT count(*) FROM ticket_events WHERE kind = 'fee_refund'`)
	h.Is(1, "cards of the revocation", `SELECT count(*) FROM replies WHERE body::text LIKE '%เพิกถอนผลเดิม%'`)
	h.Is(0, "permits that hold", `SELECT count(*) FROM permits WHERE status = 'active'`)

	h.changes(tickets.Decision{TicketID: ticket.ID, Change: tickets.Reconsider, Reason: "พบว่าตรวจผิดสถานที่"})
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve})
	h.Is(1, "permits that hold", `SELECT count(*) FROM permits WHERE status = 'active' AND decision = 5`)
	h.Is(1, "charges", `SELECT count(*) FROM charges`) // it was paid for
	h.Is(5, "decisions that were told", `SELECT count(*) FROM ticket_events WHERE kind = 'told'`)
	h.Is(1, "decisions that stand", `SELECT count(*) FROM decisions WHERE changed_at IS NULL AND overturned_at IS NULL`)
}

// A refusal that is given up: the fee is asked for with the new decision, and the permit issued when it is paid; a revocation
// before that asks for nothing more.
func TestRefusedThenGranted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("hazardous-business", ice()...)
	h.decide(tickets.Decision{
		TicketID: ticket.ID, Outcome: tickets.Refuse, Facts: "พบน้ำเสีย", Reason: "ไม่ถูกสุขลักษณะ", LegalBasis: "มาตรา 32", AppealBody: "รัฐมนตรี", AppealDays: 30,
	})
	h.changes(tickets.Decision{TicketID: ticket.ID, Change: tickets.Reconsider, Reason: "ผลตรวจน้ำของห้องปฏิบัติการผิด"})
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve})
	h.Is(1, "fees that are due", `SELECT count(*) FROM charges WHERE state = 'due'`)
	h.changes(revoking(ticket.ID, ""))
	h.Is(0, "fees that are due", `SELECT count(*) FROM charges WHERE state = 'due'`)
	h.changes(tickets.Decision{TicketID: ticket.ID, Change: tickets.Reconsider, Reason: "ผู้ขอแก้ไขสถานที่แล้ว"})
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve})
	h.Pays(ticket.ID)
	if got := h.permitOf(ticket.ID); got.Decision != 4 || got.Recorded != permits.Active || h.permits() != 1 {
		t.Errorf("%d permits, %+v", h.permits(), got)
	}
}
