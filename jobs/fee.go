package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/files"
	"saphan/forms"
	"saphan/payments"
	"saphan/tickets"
)

// till is where money is taken.
func (d *Deps) till() *payments.Till { return payments.NewTill(d.Jobs, d.Now) }

// charge makes the charge that an approval brings, or finds the one that stands, which the officer may have made with the
// decision. Owed says that what is granted has to wait for the money; it is false when nothing is to be paid.
func (d *Deps) charge(ctx context.Context, tx pgx.Tx, t tickets.Ticket, decision tickets.Decision, form *forms.Form, req tickets.Request) (c payments.Charge, owed bool, err error) {
	c, ok, err := payments.Standing(ctx, tx, int64(t.ID))
	if err == nil && !ok {
		c, ok, err = d.openCharge(ctx, tx, t, decision, form, req)
	}
	if err != nil || !ok || c.State == payments.Paid || c.State == payments.Waived {
		return c, false, err
	}
	return c, true, d.Desk.Fee(ctx, tx, tickets.System(), t.ID, tickets.EventFeeDue, fmt.Sprintf("charge %d", c.ID))
}

// openCharge makes the charge of a decision by the rates of its day. Where no bill follows from what is known the officer
// who decided has set the amount; none was set, so nothing is to be paid.
func (d *Deps) openCharge(ctx context.Context, tx pgx.Tx, t tickets.Ticket, decision tickets.Decision, form *forms.Form, req tickets.Request) (payments.Charge, bool, error) {
	bill, err := form.Bill(req.Answers, forms.Dates{Filed: req.EnteredAt, Decided: decision.At})
	if errors.Is(err, forms.ErrNoBill) {
		return payments.Charge{}, false, nil
	}
	if err != nil {
		return payments.Charge{}, false, err
	}
	calendar, err := agencies.LoadCalendar(ctx, tx, t.AgencyID)
	if err != nil {
		return payments.Charge{}, false, err
	}
	demand := payments.ForApproval(form, req.Answers, calendar, d.Now(), decision.N)
	demand.AgencyID, demand.TicketID, demand.Payer, demand.Lines = t.AgencyID, int64(t.ID), t.CitizenName, payments.FromBill(bill)
	demand.By = payments.Actor(decision.By().String())
	return d.till().Open(ctx, tx, demand)
}

// tellFee puts a fee that is to be paid into the chat, once for each cause.
func (d *Deps) tellFee(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c payments.Charge, news bot.FeeNews, cause, why string) error {
	info := bot.FeeInfo{
		News: news, Ticket: int64(t.ID), Number: t.Reference, Service: c.About, Satang: c.Satang, LastDay: c.LastDay(), Law: c.Law,
		Counter: c.Counter, Code: c.AccountKind != "", PayURL: d.BaseURL + "/pay/" + c.Token, Charge: int64(c.ID), Slip: c.Slips + 1, Why: why,
	}
	for _, l := range c.Lines {
		info.Lines = append(info.Lines, bot.FeeLine{Label: l.Label, Satang: l.Satang})
	}
	return d.chat(ctx, tx, t, cause, func(lang string, agency agencies.Agency) bot.Reply {
		info.Agency = agency.Name
		return bot.FeeCard(lang, info)
	})
}

// slipWanted is the slip that is waited for while a fee of a decided ticket is due.
func slipWanted(ctx context.Context, tx pgx.Tx, t tickets.Ticket) ([]bot.Want, error) {
	c, ok, err := payments.Standing(ctx, tx, int64(t.ID))
	if err != nil || !ok || c.State != payments.Due || !c.TakesSlips() {
		return nil, err
	}
	return []bot.Want{bot.SlipWant("th", int64(c.ID), c.Slips+1)}, nil
}

// claim takes a picture for the slip of a charge: it stands in the talk, where officers see it, and beside the amount.
func (w *received) claim(ctx context.Context, s saying, charge int64, e bot.Supply) error {
	id := tickets.TicketID(e.Ticket)
	c, err := payments.Find(ctx, s.tx, payments.ChargeID(charge))
	if err != nil {
		return err
	}
	if c.TicketID != e.Ticket {
		return fmt.Errorf("the slip of ticket %d is for charge %d of another", e.Ticket, c.ID)
	}
	said := tickets.Said{Source: bot.SourceOf(s.message), Attachment: e.Attachment.ID, Label: "สลิป " + c.Number, At: s.at}
	if err := w.Desk.Receive(ctx, s.tx, s.citizen(), id, said); err != nil || !c.TakesSlips() {
		return err // what was paid or lapsed meanwhile is not claimed: the picture is in the talk
	}
	slip, err := w.till().Claim(ctx, s.tx, payments.Actor(s.citizen().String()), c.ID, files.AttachmentID(e.Attachment.ID), s.at)
	if err != nil {
		return err
	}
	return w.Desk.Fee(ctx, s.tx, s.citizen(), id, tickets.EventFeeClaimed, fmt.Sprintf("slip %d", slip.ID))
}
