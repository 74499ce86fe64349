package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/payments"
	"saphan/tickets"
)

// feeBox is the fee of a case as its page shows it.
type feeBox struct {
	payments.Charge
	Chip     chip
	Amount   string
	Lines    []feeLine
	Slips    []feeSlip // the newest first
	Receipts []feeReceipt
	Page     string // what the citizen sees
	Manage   bool   // the officer may take money
}

type feeLine struct{ Label, Amount, Law string }

// feeSlip is a slip beside the amount.
type feeSlip struct {
	payments.Slip
	Document *documentLine
}

// feeReceipt is a receipt of the fee.
type feeReceipt struct {
	payments.Receipt
	Amount string
	Way    string
	Href   string // the document; empty: not drawn yet
}

// feeOf reads the fee of a case; nil: there is none.
func feeOf(ctx context.Context, s Scope, t tickets.Ticket, documents []documentLine) (*feeBox, error) {
	c, ok, err := payments.Standing(ctx, s.Tx, int64(t.ID))
	if err != nil || !ok {
		return nil, err
	}
	box := &feeBox{Charge: c, Chip: feeChip(c.State), Amount: thai.Baht(c.Satang), Page: "/pay/" + c.Token, Manage: s.Can(agencies.TakeMoney)}
	for _, l := range c.Lines {
		box.Lines = append(box.Lines, feeLine{Label: l.Label, Amount: thai.Baht(l.Satang), Law: l.Law})
	}
	slips, err := payments.SlipsOf(ctx, s.Tx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, one := range slips {
		slip := feeSlip{Slip: one}
		for i := range documents {
			if documents[i].ID == one.AttachmentID {
				slip.Document = &documents[i]
			}
		}
		box.Slips = append(box.Slips, slip)
	}
	receipts, err := payments.ReceiptsOf(ctx, s.Tx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, one := range receipts {
		line := feeReceipt{Receipt: one, Amount: thai.Baht(one.Satang), Way: one.Way.Thai()}
		if one.AttachmentID != nil {
			line.Href = Base + receiptPath(one.ID)
		}
		box.Receipts = append(box.Receipts, line)
	}
	return box, nil
}

// feeChip is the state of a fee.
func feeChip(s payments.State) chip {
	switch s {
	case payments.Paid, payments.Waived:
		return chip{Kind: "ok", Icon: "circle-check", Text: s.Thai()}
	case payments.Claimed:
		return chip{Kind: "warn", Icon: "eye", Text: s.Thai()}
	case payments.Due:
		return chip{Kind: "warn", Icon: "hourglass", Text: s.Thai()}
	case payments.Lapsed:
		return chip{Kind: "bad", Icon: "circle-x", Text: s.Thai()}
	case payments.Cancelled:
	}
	return chip{Icon: "x", Text: s.Thai()}
}

// feeSheet is where money is taken.
type feeSheet struct {
	sheet
	Fee     feeBox
	Ways    []payments.Way
	Now     string // for the field of the time, in Bangkok
	Baht    string // the amount as a field has it
	Waiting *feeSlip
	Valid   *feeReceipt // the receipt that holds
	From    string      // where it was opened from: fromFees, or empty
}

// fromFees says that a fee was opened from the list of fees, and leads back there: whoever only takes money has no
// reason to open the case.
const fromFees = "fees"

// Do is the address of something to do with the fee.
func (f feeSheet) Do(what string) string { return feeLink(f.Ticket.ID, "/"+what, f.From) }

// feeLink is the address of a case's fee, or of something to do with it.
func feeLink(id tickets.TicketID, what, from string) string {
	q := url.Values{}
	if from != "" {
		q.Set("from", from)
	}
	return link(ticketPath(id)+"/fee"+what, q)
}

// fieldTime is how a field for day and time writes them.
const fieldTime = "2006-01-02T15:04"

func (a *Admin) showFee(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "fee", "ค่าธรรมเนียม")
	if err != nil {
		return nil, err
	}
	documents, err := documents(r.Context(), s, sh.Ticket, viewOf(r.URL.Query()))
	if err != nil {
		return nil, err
	}
	box, err := feeOf(r.Context(), s, sh.Ticket, documents)
	if err != nil {
		return nil, err
	}
	if box == nil {
		return nil, fault.New(fault.NotFound, "เรื่องนี้ยังไม่มีรายการค่าธรรมเนียม รายการเกิดขึ้นเมื่อบันทึกผลอนุญาตตามอัตราของบริการ")
	}
	f := feeSheet{sheet: sh, Fee: *box, Ways: payments.Ways(), Now: a.now().In(thai.Bangkok()).Format(fieldTime), Baht: bahtField(box.Satang)}
	if r.URL.Query().Get("from") == fromFees {
		f.From, f.Back = fromFees, link("/fees", nil)
	}
	for i := range box.Slips {
		if box.Slips[i].Waiting() {
			f.Waiting = &box.Slips[i]
			break
		}
	}
	for i := range box.Receipts {
		if box.Receipts[i].CancelledAt == nil {
			f.Valid = &box.Receipts[i]
		}
	}
	sheet := page{view: "fee", part: "sheet", data: f}
	if f.Waiting == nil || f.Waiting.Document == nil {
		return sheet, nil
	}
	return a.watchSlip(r.Context(), s, sh.Ticket, f.Waiting.Document.ID, sheet)
}

// bahtField is an amount as a field for numbers has it.
func bahtField(satang int64) string {
	return strconv.FormatFloat(float64(satang)/100, 'f', 2, 64)
}

// till is where money is taken.
func (a *Admin) till() *payments.Till { return payments.NewTill(a.jobs, a.now) }

// onFee changes the fee of the ticket in the path, once for each form that was shown.
func (a *Admin) onFee(r *http.Request, s Scope, done string, change func(ctx context.Context, c payments.Charge) error) (reply, error) {
	answer, err := a.act(r, s, done, func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		c, ok, err := payments.Standing(ctx, s.Tx, int64(t.ID))
		if err != nil {
			return err
		}
		if shown := number(r.PostForm.Get("charge"), 1<<53); !ok || payments.ChargeID(shown) != c.ID {
			return fault.New(fault.Conflict, "ค่าธรรมเนียมของเรื่องนี้เปลี่ยนไปแล้ว กรุณาเปิดหน้านี้ใหม่แล้วตรวจอีกครั้ง")
		}
		return change(ctx, c)
	})
	if err == nil && r.URL.Query().Get("from") == fromFees {
		return redirect(link("/fees", url.Values{"done": {done}})), nil
	}
	return answer, err
}

func (a *Admin) takeFee(r *http.Request, s Scope) (reply, error) {
	return a.onFee(r, s, "fee-taken", func(ctx context.Context, c payments.Charge) error {
		satang, err := payments.ParseBaht(r.PostForm.Get("amount"))
		if err != nil {
			return err
		}
		paid, err := time.ParseInLocation(fieldTime, r.PostForm.Get("paid_at"), thai.Bangkok())
		if err != nil {
			return fault.Wrap(fault.Invalid, "อ่านวันและเวลาที่ชำระไม่ได้ กรุณาเลือกวันและเวลาตามสลิปหรือบัญชีธนาคาร", err)
		}
		_, err = a.till().Take(ctx, s.Tx, payments.Taking{
			ChargeID: c.ID, OfficerID: s.Officer.ID, OfficerName: s.Officer.Name, Way: payments.Way(r.PostForm.Get("way")), Satang: satang,
			PaidAt: paid, Reference: r.PostForm.Get("reference"),
		})
		return err
	})
}

func (a *Admin) refuseSlip(r *http.Request, s Scope) (reply, error) {
	return a.onFee(r, s, "fee-refused", func(ctx context.Context, c payments.Charge) error {
		slip, err := payments.FindSlip(ctx, s.Tx, payments.SlipID(number(r.PostForm.Get("slip"), 1<<53)))
		if err != nil {
			return err
		}
		if slip.ChargeID != c.ID {
			return fault.New(fault.NotFound, "ไม่พบสลิปนี้ในเรื่องนี้ กรุณาเปิดหน้าค่าธรรมเนียมของเรื่องใหม่แล้วตรวจอีกครั้ง")
		}
		return a.till().RefuseSlip(ctx, s.Tx, s.Officer.ID, slip.ID, unixLines(r.PostForm.Get("reason")))
	})
}

func (a *Admin) waiveFee(r *http.Request, s Scope) (reply, error) {
	return a.onFee(r, s, "fee-waived", func(ctx context.Context, c payments.Charge) error {
		return a.till().Waive(ctx, s.Tx, s.Officer.ID, c.ID, unixLines(r.PostForm.Get("reason")), unixLines(r.PostForm.Get("law")))
	})
}

func (a *Admin) extendFee(r *http.Request, s Scope) (reply, error) {
	return a.onFee(r, s, "fee-extended", func(ctx context.Context, c payments.Charge) error {
		until, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("until"), thai.Bangkok())
		if err != nil {
			return fault.Wrap(fault.Invalid, "อ่านวันครบกำหนดใหม่ไม่ได้ กรุณาเลือกวันที่ตั้งแต่วันนี้เป็นต้นไป", err)
		}
		return a.till().Extend(ctx, s.Tx, s.Officer.ID, c.ID, until, unixLines(r.PostForm.Get("reason")))
	})
}

func (a *Admin) amendFee(r *http.Request, s Scope) (reply, error) {
	return a.onFee(r, s, "fee-amended", func(ctx context.Context, c payments.Charge) error {
		satang, err := payments.ParseBaht(r.PostForm.Get("amount"))
		if err != nil {
			return err
		}
		_, err = a.till().Amend(ctx, s.Tx, s.Officer.ID, c.ID, satang, unixLines(r.PostForm.Get("reason")))
		return err
	})
}

func (a *Admin) cancelReceipt(r *http.Request, s Scope) (reply, error) {
	return a.onFee(r, s, "fee-cancelled", func(ctx context.Context, c payments.Charge) error {
		one, err := payments.FindReceipt(ctx, s.Tx, payments.ReceiptID(number(r.PostForm.Get("receipt"), 1<<53)))
		if err != nil {
			return err
		}
		if one.ChargeID != c.ID {
			return fault.New(fault.NotFound, "ไม่พบใบเสร็จนี้ในเรื่องนี้ กรุณาเปิดหน้าค่าธรรมเนียมของเรื่องใหม่แล้วตรวจอีกครั้ง")
		}
		return a.till().CancelReceipt(ctx, s.Tx, s.Officer.ID, one.ID, unixLines(r.PostForm.Get("reason")))
	})
}

// receiptPath is the address of a receipt's document, below Base.
func receiptPath(id payments.ReceiptID) string {
	return "/fees/receipts/" + strconv.FormatInt(int64(id), 10) + ".pdf"
}

// receiptFile reads the document of a receipt of the agency.
func receiptFile(ctx context.Context, s Scope, one payments.Receipt) (files.Attachment, error) {
	if one.AgencyID != s.Agency || one.AttachmentID == nil {
		return files.Attachment{}, fault.New(fault.NotFound, "ยังไม่มีไฟล์ของใบเสร็จนี้ กรุณาลองใหม่ในอีกสักครู่")
	}
	at, err := files.Find(ctx, s.Tx, *one.AttachmentID)
	if err != nil {
		return files.Attachment{}, err
	}
	return at, at.Unopenable()
}
