package jobs

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/promptpay"
	"saphan/internal/thai"
	"saphan/internal/tool"
	"saphan/payments"
	"saphan/permits"
	"saphan/tickets"
)

// ice are the answers of a business whose fee stands in the table: 1,000 baht a year.
func ice() (answers []forms.Answer) {
	for _, a := range testhouse.Business() {
		switch a.Field {
		case "activities.1.activity":
			a = testhouse.Picked(a.Field, "food_ice", "ผลิต โม่ สะสม หรือแบ่งบรรจุน้ำแข็ง")
		case "activities.1.activity_unlisted":
			continue
		}
		answers = append(answers, a)
	}
	return answers
}

// approved is a licence that was granted and has to be paid for.
func (h *house) approved() tickets.Ticket {
	h.T.Helper()
	t := h.File("hazardous-business", ice()...)
	h.decide(tickets.Decision{TicketID: t.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน"})
	return t
}

// account lets the agency be paid by PromptPay.
func (h *house) payAccount() {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		return h.till().SetAccount(h.T.Context(), tx, h.Agency.ID, h.Officer.ID, payments.Account{
			Kind: promptpay.Biller, Number: "099400000000101", Name: "เทศบาลตำบลตัวอย่าง", Counter: "กองคลัง ชั้น 1",
		})
	})
}

// atTheTill lets the officer change a charge.
func (h *house) atTheTill(do func(tx pgx.Tx, till *payments.Till) error) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error { return do(tx, h.till()) })
}

// words are those of a drawn PDF.
func (h *house) words(source string) string {
	h.T.Helper()
	var at files.Attachment
	var found bool
	h.Everywhere(func(tx pgx.Tx) (err error) { at, found, err = files.FindSource(h.T.Context(), tx, source); return err })
	if !found {
		h.T.Fatalf("there is no %q", source)
	}
	document, err := h.BytesOf(at)
	must(h.T, err)
	return tool.Tight(tool.Text(h.T, document, "-layout"))
}

func (h *house) permits() int {
	return h.Count(`SELECT count(*) FROM permits WHERE ready_at IS NOT NULL`)
}

// From the approval to the permit through the chat: the fee is told with its code, the slip is taken, the officer confirms
// twice, and one receipt and one permit arrive, which names the receipt (EGA-7.5, LOC-15).
func TestFeeIsPaidThroughTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.payAccount()
	h.Talk()
	before := len(h.Said())
	ticket := h.approved()
	charge := h.Charge(ticket.ID)
	if h.permits() != 0 || charge.State != payments.Due || charge.Satang != 100000 || charge.DueOn == nil {
		t.Fatalf("%d permits, charge %+v", h.permits(), charge)
	}
	told := h.Since(before)
	for _, words := range []string{"1,000 บาท", "ชำระภายใน", "/pay/" + charge.Token, "กองคลัง ชั้น 1", "ถือว่าสละสิทธิ"} {
		if !strings.Contains(told, words) {
			t.Errorf("%q is not said:\n%s", words, told)
		}
	}
	must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID}))
	h.Settled()
	if n := h.Times("/pay/" + charge.Token); n != 1 {
		t.Errorf("the fee is told %d times", n)
	}
	h.Tap("ส่งสลิป")
	if all := strings.Join(h.Said(), "\n"); !strings.Contains(all, "สลิปค่าธรรมเนียม") {
		t.Errorf("nobody asks for the slip:\n%s", all)
	}
	h.Send("image", "slip.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if c := h.Charge(ticket.ID); c.State != payments.Claimed || c.Slips != 1 {
		t.Fatalf("after the slip: %+v\n%s", c, strings.Join(h.Said(), "\n"))
	}
	h.Is(1, "tickets with news for the officer", `SELECT count(*) FROM tickets WHERE unread`)
	receipt := h.Takes(ticket.ID)
	if again := h.Pays(ticket.ID); again.ID != receipt.ID {
		t.Errorf("confirmed twice: %s and %s", receipt.Number(), again.Number())
	}
	must(t, run(h, &feeSettled{Deps: h.Deps}, payments.SettledArgs{ChargeID: charge.ID}))
	must(t, run(h, &feeReceipt{Deps: h.Deps}, payments.ReceiptArgs{ReceiptID: receipt.ID}))
	h.Settled()
	if h.permits() != 1 || h.Times(receipt.Number()) != 1 || h.Times("SN-HB-") != 1 || h.Times("/pay/"+charge.Token+"/receipt.pdf") != 1 {
		t.Errorf("%d permits; said:\n%s", h.permits(), strings.Join(h.Said(), "\n"))
	}
	var p permits.Permit
	h.Everywhere(func(tx pgx.Tx) (err error) {
		p, err = permits.FindByTicket(t.Context(), tx, int64(ticket.ID))
		return err
	})
	if p.ReceiptNo != receipt.Number() || p.ReceiptOn == nil || p.FeeSatang != 100000 {
		t.Errorf("permit %+v", p)
	}
	if got := h.List(`SELECT kind FROM ticket_events WHERE kind LIKE 'fee%' ORDER BY seq`); strings.Join(got, " ") != "fee_due fee_claimed fee_paid" {
		t.Errorf("history %v", got)
	}
	words := h.words("fee receipt:1")
	for _, want := range []string{receipt.No(), "หนึ่งพันบาทถ้วน", "เงินสด", ticket.Number, "นางสาวสมหญิง ตัวอย่างสกุล"} {
		if !strings.Contains(words, tool.Tight(want)) {
			t.Errorf("the receipt does not say %q:\n%s", want, words)
		}
	}
	h.QuietAbout("สมหญิง")
}

// A slip that is no proof is refused with the officer's words, and another can be sent.
func TestSlipRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.approved()
	for i, picture := range [][]byte{testhouse.Photo(t, 0), testhouse.Photo(t, 0)} {
		h.Tap("ส่งสลิป")
		h.Send("image", "slip.jpg", picture)
		h.Settled()
		if c := h.Charge(ticket.ID); c.State != payments.Claimed || c.Slips != i+1 {
			t.Fatalf("slip %d: %+v\n%s", i+1, c, strings.Join(h.Said(), "\n"))
		}
		slip := payments.SlipID(h.Numbers(`SELECT max(id) FROM slips`)[0])
		h.atTheTill(func(tx pgx.Tx, till *payments.Till) error {
			return till.RefuseSlip(t.Context(), tx, h.Officer.ID, slip, "ยอดในสลิปไม่ตรงกับที่ต้องชำระ")
		})
		h.Settled()
		must(t, run(h, &slipRefused{Deps: h.Deps}, payments.RefusedArgs{SlipID: slip}))
		h.Settled()
		if n := h.Times("ยอดในสลิปไม่ตรงกับที่ต้องชำระ"); n != i+1 || h.Charge(ticket.ID).State != payments.Due {
			t.Fatalf("told %d times; %s", n, h.Charge(ticket.ID).State)
		}
	}
	h.Pays(ticket.ID)
	if h.permits() != 1 {
		t.Error("no permit after it was paid at the counter")
	}
	h.Send("image", "cat.jpg", testhouse.Photo(t, 0)) // is no slip any more
	h.Settled()
	h.Is(2, "slips", `SELECT count(*) FROM slips`)
}

// At ten in the morning, days before or after a last day.
func (h *house) inDays(c payments.Charge, days int) {
	h.T.Helper()
	day := c.LastDay()
	h.Ahead.Store(int64(time.Until(time.Date(day.Year(), day.Month(), day.Day()+days, 10, 0, 0, 0, thai.Bangkok()))))
}

// Three days before the last day the person is reminded, once; after it the right lapses, which both sides are told;
// with more time it can still be paid.
func TestFeeLapses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.approved()
	charge := h.Charge(ticket.ID)
	due := func(days, reminded, lapsed int) {
		t.Helper()
		h.inDays(charge, days)
		for range 2 {
			must(t, run(h, &feesDue{Deps: h.Deps}, FeesDueArgs{}))
		}
		h.Settled()
		if a, b := h.Times("ใกล้ครบกำหนดชำระ"), h.Times("พ้นกำหนดชำระค่าธรรมเนียม"); a != reminded || b != lapsed {
			t.Fatalf("at %+d days: reminded %d times, lapsed %d times", days, a, b)
		}
	}
	due(-4, 0, 0)
	due(-3, 1, 0)
	due(0, 1, 0)
	h.Is(0, "tickets with news for the officer", `SELECT count(*) FROM tickets WHERE unread AND status = 'approved'`)
	due(1, 1, 1)
	h.Is(1, "tickets with news for the officer", `SELECT count(*) FROM tickets WHERE unread AND status = 'approved'`)
	if c := h.Charge(ticket.ID); c.State != payments.Lapsed || h.permits() != 0 {
		t.Errorf("%d permits, charge %+v", h.permits(), c)
	}
	must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID})) // does not make it due again
	h.Settled()
	h.atTheTill(func(tx pgx.Tx, till *payments.Till) error {
		return till.Extend(t.Context(), tx, h.Officer.ID, charge.ID, h.Now().AddDate(0, 0, 10), "น้ำท่วมในพื้นที่")
	})
	h.Settled()
	if h.Times("น้ำท่วมในพื้นที่") != 1 {
		t.Errorf("nobody is told of more time:\n%s", strings.Join(h.Said(), "\n"))
	}
	h.Pays(ticket.ID)
	if h.permits() != 1 {
		t.Error("no permit after more time")
	}
}

// A fee that is waived is told with its reason and law, and the permit comes without a receipt.
func TestFeeWaived(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.approved()
	charge := h.Charge(ticket.ID)
	h.atTheTill(func(tx pgx.Tx, till *payments.Till) error {
		return till.Waive(t.Context(), tx, h.Officer.ID, charge.ID, "ผู้ประสบอุทกภัย", "กฎกระทรวงยกเว้นค่าธรรมเนียม")
	})
	h.Settled()
	must(t, run(h, &feeSettled{Deps: h.Deps}, payments.SettledArgs{ChargeID: charge.ID}))
	h.Settled()
	if h.permits() != 1 || h.Times("ผู้ประสบอุทกภัย") != 1 {
		t.Errorf("%d permits; said:\n%s", h.permits(), strings.Join(h.Said(), "\n"))
	}
	if note := strings.Join(h.List(`SELECT fee_note || receipt_no FROM permits`), ""); note != "ได้รับยกเว้นค่าธรรมเนียมตาม กฎกระทรวงยกเว้นค่าธรรมเนียม" {
		t.Errorf("on the permit: %q", note)
	}
}

// Stopped at every border between the payment and what follows, each job is gone on with: one receipt, one permit, each
// told once.
func TestFeeInterrupted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var stops atomic.Int64
	seen := map[string]*atomic.Bool{}
	for _, border := range []string{
		"decided: before the permit", "fee: before what follows", "fee: after what follows", "fee receipt: before it is there",
		"fee receipt: after it is there",
	} {
		seen[border] = &atomic.Bool{}
	}
	h.at(func(border string) {
		if s, ok := seen[border]; ok && s.CompareAndSwap(false, true) {
			stops.Add(1)
			panic("interrupted")
		}
	})
	h.Talk()
	go func() { // jobs that were interrupted wait for their time
		for t.Context().Err() == nil {
			time.Sleep(50 * time.Millisecond)
			_ = agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'retryable'`)
				return err
			})
		}
	}()
	ticket := h.approved()
	receipt := h.Pays(ticket.ID)
	if n := int(stops.Load()); n != len(seen) {
		t.Errorf("%d of %d borders were reached", n, len(seen))
	}
	if h.permits() != 1 || h.Times(receipt.Number()) != 1 || h.Times("SN-HB-") != 1 || h.Times("เปิดใบเสร็จ PDF") != 1 {
		t.Errorf("%d permits; said:\n%s", h.permits(), strings.Join(h.Said(), "\n"))
	}
	h.Is(1, "receipts", `SELECT count(*) FROM fee_receipts WHERE attachment_id IS NOT NULL`)
	h.Is(1, "payments in the history", `SELECT count(*) FROM ticket_events WHERE kind = 'fee_paid'`)
}
