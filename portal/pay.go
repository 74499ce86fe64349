package portal

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/papers"
	"saphan/payments"
	"saphan/tickets"
)

// payPage is a fee: what is to be paid and how, or that it was paid and by which receipt. Whoever holds the link, or
// scans a receipt, sees it; it names nobody.
type payPage struct {
	own
	Says     string
	Tone     string
	About    string
	Amount   string
	Words    string // the amount in words (LOC-15); Thai only
	Number   string // of the charge
	Case     string
	Agency   agencies.Agency
	Lines    []payLine
	Until    string
	Law      string
	Owing    bool
	Picture  string // address of the picture to pay by; empty: no PromptPay
	Account  string
	Alone    bool // there is no chat to send the slip in
	Counter  string
	Why      string
	WhyLaw   string
	Receipts []payReceipt
	Document string // address of the receipt that holds
}

type payLine struct{ Label, Amount, Waived string }

type payReceipt struct{ Number, Amount, Issued, Cancelled string }

// feeFound is a charge with what belongs to it.
type feeFound struct {
	charge   payments.Charge
	ticket   tickets.Ticket
	agency   agencies.Agency
	alone    bool // the person has no chat
	receipts []payments.Receipt
}

// fee reads the charge that the address names.
func (p *Portal) fee(r *http.Request) (f feeFound, err error) {
	token := chi.URLParam(r, "token")
	missing := fault.New(fault.NotFound, "ไม่พบรายการชำระเงินจากลิงก์นี้ กรุณาเปิดจากข้อความในแชตอีกครั้ง")
	if !tokenForm.MatchString(token) {
		return f, missing
	}
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if f.charge, err = payments.FindByToken(ctx, tx, token); err != nil {
			return err
		}
		if f.ticket, err = tickets.Find(ctx, tx, tickets.TicketID(f.charge.TicketID)); err != nil {
			return err
		}
		if f.agency, err = agencies.Find(ctx, tx, f.charge.AgencyID); err != nil {
			return err
		}
		alone, err := chatless(ctx, tx, f.ticket)
		if err != nil {
			return err
		}
		f.alone = alone[f.ticket.ID]
		f.receipts, err = payments.ReceiptsOf(ctx, tx, f.charge.ID)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return f, missing
	}
	return f, err
}

// showFee answers what is to be paid, or what was.
func (p *Portal) showFee(r *http.Request) (reply, error) {
	f, err := p.fee(r)
	if err != nil {
		return nil, err
	}
	c, o := f.charge, ownOf(r, "", "", "")
	o.Title = o.T("ค่าธรรมเนียม {number}", "Fee {number}", "number", c.Number)
	page := payPage{
		own: o, Says: feeSays(o, c.State), Tone: feeTone(c.State), About: c.About, Amount: o.Baht(c.Satang), Number: c.Number, Case: f.ticket.Reference,
		Agency: f.agency, Law: c.Law, Owing: c.State.Owing(), Account: c.AccountName, Alone: f.alone, Counter: c.Counter, Why: c.Why, WhyLaw: c.WhyLaw,
	}
	if o.thai() {
		if page.Words, err = thai.BahtWords(c.Satang); err != nil {
			return nil, err
		}
	}
	if c.DueOn != nil {
		page.Until = o.DayOf(c.LastDay())
	}
	for _, l := range c.Lines {
		page.Lines = append(page.Lines, payLine{Label: l.Label, Amount: o.Baht(l.Satang), Waived: l.Law})
	}
	if _, ok := c.Payment(f.ticket.Number); ok && page.Owing {
		page.Picture = "/pay/" + c.Token + "/qr.png"
	}
	for _, one := range f.receipts {
		line := payReceipt{Number: one.Number(), Amount: o.Baht(one.Satang), Issued: o.DayOf(one.IssuedAt)}
		if one.CancelledAt != nil {
			line.Cancelled = o.DayOf(*one.CancelledAt)
		} else if one.AttachmentID != nil {
			page.Document = "/pay/" + c.Token + "/receipt.pdf"
		}
		page.Receipts = append(page.Receipts, line)
	}
	return html{view: "pay", keep: keepNever, data: page}, nil
}

// feeSays is a state as the citizen reads it.
func feeSays(o own, s payments.State) string {
	switch s {
	case payments.Due:
		return o.T("รอชำระ", "To be paid")
	case payments.Claimed:
		return o.T("ส่งสลิปแล้ว รอตรวจ", "Slip sent, being checked")
	case payments.Paid:
		return o.T("ชำระแล้ว", "Paid")
	case payments.Waived:
		return o.T("ยกเว้น", "Waived")
	case payments.Cancelled:
		return o.T("ยกเลิก", "Cancelled")
	case payments.Lapsed:
		return o.T("พ้นกำหนดชำระ", "The time to pay has passed")
	default:
		return string(s)
	}
}

// feeTone is the colour of a state; its words say the same.
func feeTone(s payments.State) string {
	switch s {
	case payments.Paid, payments.Waived:
		return "ok"
	case payments.Due, payments.Claimed:
		return "warn"
	case payments.Lapsed:
		return "bad"
	case payments.Cancelled:
		return "calm"
	default:
		return "calm"
	}
}

// payPicture is the picture to pay by. It is drawn as the charge stands now: what is paid is not asked for again.
func (p *Portal) payPicture(r *http.Request) (reply, error) {
	f, err := p.fee(r)
	if err != nil {
		return nil, err
	}
	payment, ok := f.charge.Payment(f.ticket.Number)
	if !ok || !f.charge.State.Owing() {
		return nil, fault.New(fault.NotFound, "รายการนี้ไม่มีภาพสำหรับชำระเงินแล้ว กรุณาดูสถานะล่าสุดในหน้ารายการชำระเงิน")
	}
	png, err := papers.PayCard{
		Lang: langOf(r), Agency: f.agency.Name, About: f.charge.About, Number: f.ticket.Number, Account: f.charge.AccountName, Until: f.charge.LastDay(), Payment: payment,
	}.PNG()
	if err != nil {
		return nil, err
	}
	return picture(png), nil
}

// picture is a PNG that no cache keeps.
type picture []byte

func (b picture) write(w http.ResponseWriter, _ *http.Request, _ *Portal) error {
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Cache-Control", keepNever)
	_, _ = w.Write(b) // who has gone needs no answer
	return nil
}

// feeReceipt hands out the receipt of a fee.
func (p *Portal) feeReceipt(r *http.Request) (reply, error) {
	f, err := p.fee(r)
	if err != nil {
		return nil, err
	}
	for _, one := range f.receipts {
		if one.CancelledAt != nil {
			continue
		}
		if one.AttachmentID == nil {
			return nil, fault.New(fault.Unavailable, "กำลังจัดทำใบเสร็จรับเงิน กรุณาลองใหม่ในอีกสักครู่")
		}
		return p.paper(r, "receipt-"+one.Book()+"-"+one.No()+".pdf", func(ctx context.Context, tx pgx.Tx) (files.Attachment, bool, error) {
			at, err := files.Find(ctx, tx, *one.AttachmentID)
			return at, true, err
		})
	}
	return nil, fault.New(fault.NotFound, "รายการนี้ยังไม่มีใบเสร็จรับเงิน")
}

// paper hands out a document that was drawn, or asks for patience while it is not there.
func (p *Portal) paper(r *http.Request, name string, find func(context.Context, pgx.Tx) (files.Attachment, bool, error)) (reply, error) {
	var document files.Attachment
	var found bool
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		document, found, err = find(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.Unavailable, "กำลังจัดทำเอกสาร กรุณาลองใหม่ในอีกสักครู่")
	}
	if document.State != files.Ready {
		return nil, fault.New(fault.NotFound, "เอกสารนี้ถูกลบแล้ว")
	}
	return download{name: name, size: document.Size, open: func(ctx context.Context) (io.ReadCloser, error) {
		return p.files.Open(ctx, document)
	}}, nil
}
