package jobs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/payments"
	"saphan/tickets"
)

// "ถอนเรื่อง" in the chat: asked once more, the reason reaches the officers, it is confirmed once, and filing again is one tap.
func TestWithdrawnInTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	ticket := h.Question()
	before := len(h.Said())
	h.Say("ถอนเรื่อง")
	h.Settled()
	h.saysSince(before, ticket.Number, "ใช่ไหมคะ")
	h.Say("ย้ายออกไปแล้ว")
	h.Settled()
	h.Tap("ยืนยันถอนเรื่อง")
	h.Settled()
	h.Is(1, "withdrawn cases", `SELECT count(*) FROM tickets WHERE status = 'withdrawn' AND unread`)
	if thread := strings.Join(h.Thread(ticket.ID), "\n"); !strings.Contains(thread, "ย้ายออกไปแล้ว") {
		t.Errorf("officers read %q", thread)
	}
	must(t, run(h, &withdrawn{Deps: h.Deps}, tickets.WithdrawnArgs{TicketID: ticket.ID}))
	h.Settled()
	if n := h.Times("ถอนเรื่องตามที่คุณแจ้งแล้ว"); n != 1 {
		t.Errorf("confirmed %d times", n)
	}
	before = len(h.Said())
	h.Say("ถอนเรื่อง")
	h.Settled()
	h.saysSince(before, "ไม่มีเรื่องที่ถอนได้")
	h.Tap("ยื่นใหม่")
	h.Settled()
	h.saysSince(before, "ยื่นใหม่แทนเรื่อง "+ticket.Number)
}

// What was decided between the question and the tap stays decided, and the citizen hears so.
func TestWithdrawnTooLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	ticket := h.Question()
	h.Say("ถอนเรื่อง")
	h.Settled()
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ตอบแล้ว"})
	h.Settled()
	before := len(h.Said())
	h.Tap("ยืนยันถอนเรื่อง")
	h.Settled()
	h.saysSince(before, "ปิดแล้วค่ะ จึงถอนไม่ได้")
	h.Is(0, "withdrawn cases", `SELECT count(*) FROM tickets WHERE status = 'withdrawn'`)
}

// What is owed for a case that was withdrawn is owed no more; of what was paid the officers hear, once.
func TestWithdrawnWithACharge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	owing, paid := h.Question(), h.Question()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		for _, one := range []tickets.Ticket{owing, paid} {
			_, _, err := h.till().Open(t.Context(), tx, payments.Demand{
				AgencyID: h.Agency.ID, TicketID: int64(one.ID), Cause: "approval", About: "ตัวอย่าง", Payer: "ตัวอย่าง", By: payments.Actor(by.String()),
				Lines: []payments.Line{{Label: "ค่าตรวจ", Satang: 5000, Whole: 5000}},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	h.Takes(paid.ID)
	h.Settled()
	h.Everywhere(func(tx pgx.Tx) error {
		for _, one := range []tickets.Ticket{owing, paid} {
			err := h.Parts.Desk.Withdraw(t.Context(), tx, tickets.ByCitizen(one.CitizenID), tickets.Withdrawal{TicketID: one.ID, Way: "track"})
			if err != nil {
				return err
			}
		}
		return nil
	})
	h.Settled()
	must(t, run(h, &withdrawn{Deps: h.Deps}, tickets.WithdrawnArgs{TicketID: paid.ID}))
	h.Is(1, "charges that are called off", `SELECT count(*) FROM charges WHERE state = 'cancelled' AND ticket_id = $1`, owing.ID)
	h.Is(1, "charges that were paid", `SELECT count(*) FROM charges WHERE state = 'paid' AND ticket_id = $1`, paid.ID)
	h.Is(1, "questions whether to pay back", `SELECT count(*) FROM ticket_events WHERE kind = $1 AND ticket_id = $2`, tickets.EventFeeRefund, paid.ID)
	h.Is(1, "questions whether to pay back in all", `SELECT count(*) FROM ticket_events WHERE kind = $1`, tickets.EventFeeRefund)
	if n := h.Times("เจ้าหน้าที่จะพิจารณาเรื่องคืนเงิน"); n != 1 {
		t.Errorf("told %d times of the money", n)
	}
}

// A refusal offers its appeal: one tap begins it with the case filled in, it is filed as a case, and the first case is told of
// it (EGA-5.1, LFA-11.1).
func TestAppealInTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	first := h.Question()
	before := len(h.Said())
	h.decide(tickets.Decision{
		TicketID: first.ID, Outcome: tickets.Refuse, Facts: "ไม่มีข้อมูล", Reason: "เปิดเผยไม่ได้", LegalBasis: "พ.ร.บ. ข้อมูลข่าวสาร", AppealBody: "นายกเทศมนตรี", AppealDays: 15,
	})
	h.Settled()
	h.Tap("อุทธรณ์")
	h.Settled()
	h.saysSince(before, "อุทธรณ์ผลของเรื่อง "+first.Number, "ไม่เห็นด้วยกับข้อใด")
	h.Say("ข้อมูลนี้เปิดเผยได้")
	h.Settled()
	h.Say("ขอให้เปิดเผย")
	h.Settled()
	h.Say("ข้าม")
	h.Settled()
	h.Tap("ส่งคำขอ")
	h.Settled()
	h.Is(1, "appeals", `SELECT count(*) FROM appeals WHERE against = $1 AND NOT late`, first.ID)
	h.Press("v1|appeal|" + strconv.FormatInt(int64(first.ID), 10))
	h.Settled()
	h.saysSince(before, "อุทธรณ์ไปแล้ว")
}

// saysSince fails unless the chat shows each of the words since a moment.
func (h *house) saysSince(since int, words ...string) {
	h.T.Helper()
	all := h.Since(since)
	for _, w := range words {
		if !strings.Contains(all, w) {
			h.T.Errorf("%q is not said:\n%s", w, all)
		}
	}
}
