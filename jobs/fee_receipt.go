package jobs

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/files"
	"saphan/papers"
	"saphan/payments"
	"saphan/tickets"
)

// feeReceipt draws the receipt of money that was taken and brings it to whoever paid (LOC-15, SEED-4).
type feeReceipt struct {
	river.WorkerDefaults[payments.ReceiptArgs]
	*Deps
}

func (w *feeReceipt) Work(ctx context.Context, job *river.Job[payments.ReceiptArgs]) error {
	var (
		r      payments.Receipt
		c      payments.Charge
		t      tickets.Ticket
		agency agencies.Agency
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		if r, err = payments.FindReceipt(ctx, tx, job.Args.ReceiptID); err != nil {
			return err
		}
		if c, err = payments.Find(ctx, tx, r.ChargeID); err != nil {
			return err
		}
		if t, err = tickets.Find(ctx, tx, tickets.TicketID(c.TicketID)); err != nil {
			return err
		}
		agency, err = agencies.Find(ctx, tx, r.AgencyID)
		return err
	})
	if err != nil || r.AttachmentID != nil {
		return err
	}
	document, err := receiptPaper(r, c, t, agency, w.BaseURL).PDF()
	if err != nil {
		return fmt.Errorf("draw receipt %s: %w", r.Number(), err)
	}
	object, err := w.Files.Put(ctx, bytes.NewReader(document), files.Limits{})
	if err != nil {
		return fmt.Errorf("store receipt %s: %w", r.Number(), err)
	}
	w.at("fee receipt: before it is there")
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		name := fmt.Sprintf("receipt-%s-%s.pdf", r.Book(), r.No())
		file, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: name, Source: fmt.Sprintf("fee receipt:%d", r.ID)})
		if err != nil {
			return err
		}
		if err := tickets.Enclose(ctx, tx, t, int64(file), "ใบเสร็จรับเงิน "+r.Number(), w.Now()); err != nil {
			return err
		}
		if err := payments.Drawn(ctx, tx, r.ID, file); err != nil {
			return err
		}
		if r, err = payments.FindReceipt(ctx, tx, r.ID); err != nil || r.CancelledAt != nil {
			return err // nobody is brought a receipt that does not hold
		}
		return w.chat(ctx, tx, t, fmt.Sprintf("fee receipt %d", r.ID), func(lang string, agency agencies.Agency) bot.Reply {
			return bot.PaidCard(lang, bot.PaidInfo{
				Number: r.Number(), Case: t.Reference, About: c.About, Agency: agency.Name, Satang: r.Satang, PaidAt: r.PaidAt,
				OpenURL: w.BaseURL + "/pay/" + c.Token + "/receipt.pdf",
			})
		})
	})
	if err == nil {
		w.at("fee receipt: after it is there")
	}
	return err
}

// receiptPaper is what stands on a receipt of money.
func receiptPaper(r payments.Receipt, c payments.Charge, t tickets.Ticket, agency agencies.Agency, base string) papers.FeeReceipt {
	paper := papers.FeeReceipt{
		Book: r.Book(), Number: r.No(), Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone},
		IssuedAt: r.IssuedAt, Payer: papers.Party{Name: r.Payer}, Request: t.Number, Way: r.Way.Thai(), Reference: r.Reference, PaidAt: r.PaidAt,
		Officer: papers.Officer{Name: r.OfficerName}, VerifyURL: base + "/pay/" + c.Token,
	}
	for _, l := range c.Lines {
		if l.Satang > 0 {
			paper.Lines = append(paper.Lines, papers.FeeLine{About: l.Label, Satang: l.Satang})
		}
	}
	return paper
}
