package payments_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/promptpay"
	"saphan/internal/thai"
	"saphan/payments"
)

// A charge is made once for its cause, with the lines, the account and the last day of its moment; nothing to pay is none.
func TestOpen(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	must(t, c.till.SetAccount(ctx, c.tx, c.agency.ID, c.by, payments.Account{Kind: promptpay.Biller, Number: "0994000000001 01", Name: "เทศบาลตำบลตัวอย่าง", Counter: "กองคลัง ชั้น 1"}))
	ticket, _ := c.ticket()
	d := c.demand(ticket)
	d.Lines = payments.FromBill(forms.Bill{Satang: 5050, Lines: []forms.BillLine{
		{Label: forms.Text{TH: "ค่าใบอนุญาต"}, Whole: 5050, Satang: 5050},
		{Label: forms.Text{TH: "ค่าตรวจ"}, Whole: 2000, Waived: &forms.Waiver{Law: forms.Text{TH: "กฎกระทรวง"}}},
	}})
	free := d
	free.Lines = d.Lines[1:]
	if _, ok, err := c.till.Open(ctx, c.tx, free); ok || err != nil {
		t.Errorf("a charge of nothing: %t, %v", ok, err)
	}
	var first payments.Charge
	for i := range 3 {
		charge, ok, err := c.till.Open(ctx, c.tx, d)
		must(t, err)
		if i == 0 {
			first = charge
		}
		if !ok || charge.ID != first.ID || charge.Number != "SN-FEE-2569-000001" {
			t.Fatalf("opened again: %+v", charge)
		}
	}
	if first.Satang != 5050 || first.State != payments.Due || first.DueOn.Format(time.DateOnly) != "2026-12-08" || len(first.Lines) != 2 || first.Lines[1].Law != "กฎกระทรวง" || first.Lines[1].Whole != 2000 {
		t.Errorf("charge %+v", first)
	}
	p, ok := first.Payment("SN-2569-000007")
	if text, err := p.Payload(); !ok || err != nil || !strings.Contains(text, "SNFEE2569000001") || !strings.Contains(text, "SN2569000007") || !strings.Contains(text, "540550.50") {
		t.Errorf("payment %q (%v)", text, err)
	}
	if got := c.kinds(first.ID); !slices.Equal(got, []payments.EventKind{payments.EventMade}) {
		t.Errorf("history %v", got)
	}
	for name, lines := range map[string][]payments.Line{
		"less than nothing":     {{Label: "x", Satang: -1, Whole: 1}},
		"more than the whole":   {{Label: "x", Satang: 2, Whole: 1}},
		"without a name":        {{Satang: 1, Whole: 1}},
		"more than all the tea": {{Label: "x", Satang: 1e13, Whole: 1e13}},
	} {
		d.Cause, d.Lines = "other", lines
		if _, _, err := c.till.Open(ctx, c.tx, d); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An officer's confirmation issues one receipt, however often it is sent; numbers have no gaps within a fiscal year and
// begin again with the next.
func TestTake(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	var numbers []string
	for _, day := range []time.Month{time.August, time.September, time.October, time.October} {
		c.set(2027, day, 5, 10, 0, 0)
		ticket, _ := c.ticket()
		charge := c.open(ticket)
		for range 2 {
			r, err := c.till.Take(ctx, c.tx, c.taking(charge))
			must(t, err)
			if n := len(numbers); n == 0 || numbers[n-1] != r.Number() {
				numbers = append(numbers, r.Number())
			}
		}
		now, err := payments.Find(ctx, c.tx, charge.ID)
		must(t, err)
		if now.State != payments.Paid || now.SettledAt == nil {
			t.Errorf("charge %+v", now)
		}
	}
	if want := []string{"2570/000001", "2570/000002", "2571/000001", "2571/000002"}; !slices.Equal(numbers, want) {
		t.Errorf("numbers %v, want %v", numbers, want)
	}
	if a, b := c.jobs("charge_settled"), c.jobs("fee_receipt"); a != 4 || b != 4 {
		t.Errorf("%d and %d jobs", a, b)
	}
}

// What an officer saw must be what is due, on a day that can be.
func TestTakeRefuses(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	ticket, _ := c.ticket()
	charge := c.open(ticket)
	for name, spoil := range map[string]func(*payments.Taking){
		"too little":  func(k *payments.Taking) { k.Satang-- },
		"too much":    func(k *payments.Taking) { k.Satang++ },
		"no way":      func(k *payments.Taking) { k.Way = "" },
		"tomorrow":    func(k *payments.Taking) { k.PaidAt = c.now().AddDate(0, 0, 1) },
		"before":      func(k *payments.Taking) { k.PaidAt = c.now().AddDate(0, 0, -1) },
		"nobody":      func(k *payments.Taking) { k.OfficerName = " " },
		"a long word": func(k *payments.Taking) { k.Reference = strings.Repeat("x", 61) },
	} {
		k := c.taking(charge)
		spoil(&k)
		if _, err := c.till.Take(ctx, c.tx, k); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := c.jobs("fee_receipt"); n != 0 {
		t.Errorf("%d receipts", n)
	}
}

// A slip is claimed once; refused, the charge is due again and the person is told; the next one is another.
func TestSlips(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	ticket, picture := c.ticket()
	charge := c.open(ticket)
	state := func() payments.State {
		now, err := payments.Find(ctx, c.tx, charge.ID)
		must(t, err)
		return now.State
	}
	s, err := c.till.Claim(ctx, c.tx, "citizen 1", charge.ID, picture, c.now())
	must(t, err)
	if again, err := c.till.Claim(ctx, c.tx, "citizen 1", charge.ID, picture, c.now()); err != nil || again.ID != s.ID || state() != payments.Claimed {
		t.Errorf("claimed again: %+v, %v", again, err)
	}
	if err := c.till.RefuseSlip(ctx, c.tx, c.by, s.ID, " "); !fault.Is(err, fault.Invalid) {
		t.Errorf("refused without words: %v", err)
	}
	for range 2 {
		must(t, c.till.RefuseSlip(ctx, c.tx, c.by, s.ID, "ยอดเงินไม่ครบ"))
	}
	if n := c.jobs("slip_refused"); n != 1 || state() != payments.Due {
		t.Errorf("%d refusals are told; %s", n, state())
	}
	second, err := c.till.Claim(ctx, c.tx, "citizen 1", charge.ID, c.file(ticket), c.now())
	must(t, err)
	_, err = c.till.Take(ctx, c.tx, c.taking(charge))
	must(t, err)
	all, err := payments.SlipsOf(ctx, c.tx, charge.ID)
	must(t, err)
	if len(all) != 2 || all[0].ID != second.ID || all[0].State != "taken" || all[1].State != "refused" || all[1].Reason != "ยอดเงินไม่ครบ" {
		t.Errorf("slips %+v", all)
	}
	if _, err := c.till.Claim(ctx, c.tx, "citizen 1", charge.ID, c.file(ticket), c.now()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a slip for what is paid: %v", err)
	}
	if err := c.till.RefuseSlip(ctx, c.tx, c.by, second.ID, "x"); !fault.Is(err, fault.Conflict) {
		t.Errorf("refused after it was taken: %v", err)
	}
	if got := c.kinds(charge.ID); !slices.Equal(got, []payments.EventKind{"made", "claimed", "refused", "claimed", "paid"}) {
		t.Errorf("history %v", got)
	}
}

// The last day is whole: at its last second nothing lapses, a second later it does, once; a slip that waits stops it; an
// officer can give more time.
func TestLapse(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	ticket, _ := c.ticket()
	other, picture := c.ticket()
	charge, claimed := c.open(ticket), c.open(other) // until 8 December
	_, err := c.till.Claim(ctx, c.tx, "citizen 1", claimed.ID, picture, c.now())
	must(t, err)
	lists := func() (near, over []payments.ChargeID) {
		near, err := c.till.Nearly(ctx, c.tx, 0, 10)
		must(t, err)
		over, err = c.till.Overdue(ctx, c.tx, 0, 10)
		must(t, err)
		return near, over
	}
	c.set(2026, time.December, 4, 23, 59, 59)
	if near, over := lists(); len(near)+len(over) != 0 {
		t.Errorf("four days before: %v %v", near, over)
	}
	c.set(2026, time.December, 5, 0, 0, 0)
	if near, over := lists(); !slices.Equal(near, []payments.ChargeID{charge.ID}) || len(over) != 0 {
		t.Errorf("three days before: %v %v", near, over)
	}
	for want := range 2 {
		if _, ok, err := c.till.Remind(ctx, c.tx, charge.ID); err != nil || ok != (want == 0) {
			t.Errorf("reminded: %t, %v", ok, err)
		}
	}
	c.set(2026, time.December, 8, 23, 59, 59)
	if near, over := lists(); len(near)+len(over) != 0 {
		t.Errorf("on the last day: %v %v", near, over)
	}
	if done, err := c.till.Lapse(ctx, c.tx, charge.ID); done || err != nil {
		t.Errorf("lapsed on the last day: %v", err)
	}
	c.set(2026, time.December, 9, 0, 0, 0)
	if _, over := lists(); !slices.Equal(over, []payments.ChargeID{charge.ID}) {
		t.Errorf("after the last day: %v", over)
	}
	for want := range 2 {
		if done, err := c.till.Lapse(ctx, c.tx, charge.ID); err != nil || done != (want == 0) {
			t.Errorf("lapsed: %t, %v", done, err)
		}
	}
	if done, err := c.till.Lapse(ctx, c.tx, claimed.ID); done || err != nil {
		t.Errorf("lapsed although a slip waits: %v", err)
	}
	if _, err := c.till.Take(ctx, c.tx, c.taking(charge)); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken after the end: %v", err)
	}
	if err := c.till.Extend(ctx, c.tx, c.by, charge.ID, c.now().AddDate(0, 0, -1), "น้ำท่วม"); !fault.Is(err, fault.Invalid) {
		t.Errorf("until yesterday: %v", err)
	}
	must(t, c.till.Extend(ctx, c.tx, c.by, charge.ID, c.now(), "น้ำท่วม"))
	_, err = c.till.Take(ctx, c.tx, c.taking(charge))
	must(t, err)
	if got := c.kinds(charge.ID); !slices.Equal(got, []payments.EventKind{"made", "reminded", "lapsed", "extended", "paid"}) {
		t.Errorf("history %v", got)
	}
	if n := c.jobs("charge_tell"); n != 1 {
		t.Errorf("%d are told of the new day", n)
	}
}

// A waiver needs a reason and a law; a wrong amount is put right by another charge.
func TestWaiveAndAmend(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	ticket, _ := c.ticket()
	charge := c.open(ticket)
	if _, err := c.till.Amend(ctx, c.tx, c.by, charge.ID, 0, "ผิด"); !fault.Is(err, fault.Invalid) {
		t.Errorf("to nothing: %v", err)
	}
	var next payments.Charge
	for range 2 {
		var err error
		next, err = c.till.Amend(ctx, c.tx, c.by, charge.ID, 50000, "คิดอัตราผิด")
		must(t, err)
	}
	if next.ID == charge.ID || next.Satang != 50000 || !next.DueOn.Equal(*charge.DueOn) {
		t.Errorf("instead: %+v", next)
	}
	if all, err := payments.Of(ctx, c.tx, ticket); err != nil || len(all) != 2 || all[1].State != payments.Cancelled || all[1].Why != "คิดอัตราผิด" {
		t.Errorf("charges %+v, %v", all, err)
	}
	if standing, ok, err := payments.Standing(ctx, c.tx, ticket); err != nil || !ok || standing.ID != next.ID {
		t.Errorf("standing: %+v, %v", standing, err)
	}
	for _, words := range [][2]string{{"", "กฎหมาย"}, {"เหตุผล", " "}} {
		if err := c.till.Waive(ctx, c.tx, c.by, next.ID, words[0], words[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("waived for %q: %v", words, err)
		}
	}
	for range 2 {
		must(t, c.till.Waive(ctx, c.tx, c.by, next.ID, "ผู้ประสบภัย", "ประกาศกระทรวง"))
	}
	if n := c.jobs("charge_settled"); n != 1 {
		t.Errorf("%d jobs", n)
	}
	if err := c.till.Extend(ctx, c.tx, c.by, next.ID, c.now(), "x"); !fault.Is(err, fault.Conflict) {
		t.Errorf("extended what is waived: %v", err)
	}
}

// A cancelled receipt stays in the register with its reason, counts for nothing, and its number is not used again
// (SEED-4).
func TestCancelledReceiptStays(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	ticket, _ := c.ticket()
	charge := c.open(ticket)
	first, err := c.till.Take(ctx, c.tx, c.taking(charge))
	must(t, err)
	if err := c.till.CancelReceipt(ctx, c.tx, c.by, first.ID, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	for range 2 {
		must(t, c.till.CancelReceipt(ctx, c.tx, c.by, first.ID, "ชื่อผู้ชำระผิด"))
	}
	k := c.taking(charge)
	k.Way = payments.ByPromptPay
	second, err := c.till.Take(ctx, c.tx, k)
	must(t, err)
	all, err := payments.Register(ctx, c.tx, c.agency.ID, c.now().AddDate(0, 0, -1), c.now().AddDate(0, 0, 1))
	must(t, err)
	if len(all) != 2 || all[0].Seq != 1 || all[0].CancelledWhy != "ชื่อผู้ชำระผิด" || all[1].Seq != 2 || all[1].ID != second.ID || all[1].About != "ค่าธรรมเนียมใบอนุญาต" {
		t.Fatalf("register %+v", all)
	}
	if s := payments.Sum(all); s.Satang != 100000 || s.Count != 1 || s.Cancelled != 1 || s.ByWay[payments.ByPromptPay] != 100000 || s.ByWay[payments.ByCash] != 0 {
		t.Errorf("totals %+v", s)
	}
	if none, err := payments.Register(ctx, c.tx, c.agency.ID, c.now().AddDate(0, 0, 1), c.now().AddDate(0, 0, 2)); err != nil || len(none) != 0 {
		t.Errorf("another day: %+v, %v", none, err)
	}
}

// Another agency neither sees nor changes anything, and its numbers are its own.
func TestWrongAgency(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	a, b := newCounter(t, tx, "AAA"), newCounter(t, tx, "BBB")
	ticket, picture := a.ticket()
	other, _ := b.ticket()
	charge, theirs := a.open(ticket), b.open(other)
	if charge.Number != "AAA-FEE-2569-000001" || theirs.Number != "BBB-FEE-2569-000001" {
		t.Errorf("numbers %s %s", charge.Number, theirs.Number)
	}
	slip, err := a.till.Claim(ctx, tx, "citizen 1", charge.ID, picture, a.now())
	must(t, err)
	_, err = tx.Exec(ctx, fmt.Sprintf(`SET LOCAL app.agency = '%d'`, b.agency.ID))
	must(t, err)
	for name, err := range map[string]error{
		"take":   second(b.till.Take(ctx, tx, b.taking(charge))),
		"amend":  second(b.till.Amend(ctx, tx, b.by, charge.ID, 1, "x")),
		"waive":  b.till.Waive(ctx, tx, b.by, charge.ID, "x", "x"),
		"extend": b.till.Extend(ctx, tx, b.by, charge.ID, b.now(), "x"),
		"refuse": b.till.RefuseSlip(ctx, tx, b.by, slip.ID, "x"),
		"find":   second(payments.Find(ctx, tx, charge.ID)),
		"token":  second(payments.FindByToken(ctx, tx, charge.Token)),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if owed, err := payments.Owed(ctx, tx, a.agency.ID, 10); err != nil || len(owed) != 0 {
		t.Errorf("owed to A: %+v, %v", owed, err)
	}
	if owed, err := payments.Owed(ctx, tx, b.agency.ID, 10); err != nil || len(owed) != 1 {
		t.Errorf("owed to B: %+v, %v", owed, err)
	}
}

func second[T any](_ T, err error) error { return err }

// Where an agency takes money is checked before it stands on a picture.
func TestSetAccount(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	if _, ok, err := payments.FindAccount(ctx, c.tx, c.agency.ID); ok || err != nil {
		t.Errorf("an account before there is one: %v", err)
	}
	for _, a := range []payments.Account{
		{Kind: "bank", Number: "1", Name: "x"}, {Kind: promptpay.Mobile, Number: "02 000 0000", Name: "x"}, {Kind: promptpay.Biller, Number: "099400000000101"},
		{Counter: strings.Repeat("ก", 501)},
	} {
		if err := c.till.SetAccount(ctx, c.tx, c.agency.ID, c.by, a); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	must(t, c.till.SetAccount(ctx, c.tx, c.agency.ID, c.by, payments.Account{Kind: promptpay.Mobile, Number: "๐๘๑ ๒๓๔ ๕๖๗๘", Name: "เทศบาลตำบลตัวอย่าง"}))
	must(t, c.till.SetAccount(ctx, c.tx, c.agency.ID, c.by, payments.Account{Number: "left over", Counter: " กองคลัง "}))
	if a, ok, err := payments.FindAccount(ctx, c.tx, c.agency.ID); err != nil || !ok || a.Kind != "" || a.Number != "" || a.Counter != "กองคลัง" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestParseBaht(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int64{"1,000": 100000, "250.50": 25050, "๑๐๐ บาท": 10000, " 0 ": 0, "0.01": 1, "19.99": 1999} {
		if got, err := payments.ParseBaht(typed); err != nil || got != want {
			t.Errorf("%q: %d, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "x", "-1", "1.005", "10000000000000"} {
		if got, err := payments.ParseBaht(typed); err == nil {
			t.Errorf("%q: %d", typed, got)
		}
	}
}

// Two officers confirm the same payment at the same moment: one receipt, one number.
func TestTakenByTwoAtOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	var c *counter
	var charge payments.Charge
	must(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		c = newCounter(t, tx, "SN")
		ticket, _ := c.ticket()
		charge = c.open(ticket)
		return nil
	}))
	numbers := make(chan string, 8)
	for range cap(numbers) {
		go func() {
			var r payments.Receipt
			err := agencies.Within(t.Context(), pool, c.agency.ID, func(tx pgx.Tx) (err error) {
				r, err = c.till.Take(t.Context(), tx, c.taking(charge))
				return err
			})
			if err != nil {
				t.Error(err)
			}
			numbers <- r.Number()
		}()
	}
	for range cap(numbers) {
		if n := <-numbers; n != "2570/000001" {
			t.Errorf("number %s", n)
		}
	}
}

// A line of the history that was changed is found.
func TestHistoryIsChained(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newCounter(t, pgtest.Tx(t), "SN")
	ticket, _ := c.ticket()
	charge := c.open(ticket)
	events, err := payments.History(ctx, c.tx, charge.ID)
	must(t, err)
	events[0].Detail = []byte(`{"satang":1}`)
	if err := chain.Check(events); !errors.Is(err, chain.ErrTampered) {
		t.Errorf("changed: %v", err)
	}
	if over := charge.Over(); !over.Equal(time.Date(2026, time.December, 9, 0, 0, 0, 0, thai.Bangkok())) || thai.Date(charge.LastDay()) != "8 ธ.ค. 2569" {
		t.Errorf("over %v, last day %s", over, thai.Date(charge.LastDay()))
	}
}

// EGA-17.1: of a case whose term is over the register keeps numbers, amounts and times, and names nobody.
func TestBlank(t *testing.T) {
	t.Parallel()
	c := newCounter(t, pgtest.Tx(t), "BLK")
	gone, stays := c.open(first(c.ticket())), c.open(first(c.ticket()))
	for _, charge := range []payments.Charge{gone, stays} {
		taking := c.taking(charge)
		taking.Reference = "015-TTB-1"
		r, err := c.till.Take(t.Context(), c.tx, taking)
		must(t, err)
		must(t, c.till.CancelReceipt(t.Context(), c.tx, c.by, r.ID, "ชื่อผู้ชำระผิด"))
	}
	for range 2 {
		must(t, payments.Blank(t.Context(), c.tx, gone.TicketID))
	}
	for _, charge := range []payments.Charge{gone, stays} {
		want := charge.Payer
		why, ref := "ชื่อผู้ชำระผิด", "015-TTB-1"
		if charge.ID == gone.ID {
			want, why, ref = "", "(ลบแล้ว)", ""
		}
		now, err := payments.Find(t.Context(), c.tx, charge.ID)
		must(t, err)
		receipts, err := payments.ReceiptsOf(t.Context(), c.tx, charge.ID)
		must(t, err)
		if r := receipts[0]; now.Payer != want || r.Payer != want || r.CancelledWhy != why || r.Reference != ref || r.Satang != charge.Satang || now.Number != charge.Number {
			t.Errorf("%s: %+v, %+v", charge.Number, now, r)
		}
		c.kinds(charge.ID) // the history still holds
	}
}

// A charge takes so many slips and no more; what is taken already stays the same slip.
func TestSlipsHaveAnEnd(t *testing.T) {
	t.Parallel()
	c := newCounter(t, pgtest.Tx(t), "SLP")
	ticket, file := c.ticket()
	charge := c.open(ticket)
	by := payments.Actor("citizen 1")
	for n := 1; n <= 20; n++ {
		slip, err := c.till.Claim(t.Context(), c.tx, by, charge.ID, c.file(ticket), c.now())
		must(t, err)
		if slip.Seq != n {
			t.Fatalf("slip %d is the %dth", n, slip.Seq)
		}
	}
	now, err := payments.Find(t.Context(), c.tx, charge.ID)
	must(t, err)
	if now.TakesSlips() {
		t.Error("it takes more")
	}
	if _, err := c.till.Claim(t.Context(), c.tx, by, charge.ID, file, c.now()); !fault.Is(err, fault.Conflict) {
		t.Errorf("one more: %v", err)
	}
}

func first(id int64, _ files.AttachmentID) int64 { return id }
