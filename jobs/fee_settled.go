package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/payments"
	"saphan/tickets"
)

// feeSettled does what follows from a fee that was paid, waived or not paid in time: what was granted is issued, or both
// sides hear that it is not, and why.
type feeSettled struct {
	river.WorkerDefaults[payments.SettledArgs]
	*Deps
}

func (w *feeSettled) Work(ctx context.Context, job *river.Job[payments.SettledArgs]) error {
	w.at("fee: before what follows")
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		c, err := payments.Find(ctx, tx, job.Args.ChargeID)
		if err != nil {
			return err
		}
		t, err := tickets.Find(ctx, tx, tickets.TicketID(c.TicketID))
		if err != nil {
			return err
		}
		return w.follow(ctx, tx, t, c)
	})
	if err == nil {
		w.at("fee: after what follows")
	}
	return err
}

// follow carries out what a charge's end means. A charge that is due again meanwhile means nothing.
func (w *feeSettled) follow(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c payments.Charge) error {
	if c.SettledAt == nil {
		return nil
	}
	by, err := actorOf(ctx, tx, c)
	if err != nil {
		return err
	}
	cause := fmt.Sprintf("fee %d %s %d", c.ID, c.State, c.SettledAt.UnixMicro())
	end := bot.FeeEnd{Number: t.Reference, Service: c.About, Satang: c.Satang, LastDay: c.LastDay(), Reason: c.Why, Law: c.WhyLaw}
	switch c.State {
	case payments.Paid:
		if err := w.Desk.Fee(ctx, tx, by, t.ID, tickets.EventFeePaid, cause); err != nil {
			return err
		}
		return w.grantPaid(ctx, tx, t)
	case payments.Waived:
		if err := w.Desk.Fee(ctx, tx, by, t.ID, tickets.EventFeeWaived, cause); err != nil {
			return err
		}
		err := w.chat(ctx, tx, t, cause, func(lang string, _ agencies.Agency) bot.Reply { return bot.FeeWaivedCard(lang, end) })
		if err != nil {
			return err
		}
		return w.grantPaid(ctx, tx, t)
	case payments.Lapsed:
		if err := w.Desk.Fee(ctx, tx, by, t.ID, tickets.EventFeeLapsed, cause); err != nil {
			return err
		}
		return w.chat(ctx, tx, t, cause, func(lang string, agency agencies.Agency) bot.Reply {
			end.Agency, end.Phone = agency.Name, agency.Phone
			return bot.FeeLapsedCard(lang, end)
		})
	case payments.Due, payments.Claimed, payments.Cancelled:
	}
	return nil
}

// actorOf is who brought a charge to its end: whoever the last line of its history names.
func actorOf(ctx context.Context, tx pgx.Tx, c payments.Charge) (tickets.Actor, error) {
	events, err := payments.History(ctx, tx, c.ID)
	if err != nil || len(events) == 0 {
		return tickets.System(), err
	}
	return tickets.ParseActor(string(events[len(events)-1].Actor)), nil
}

// grantPaid issues the permit that waited for a fee. Of any other service the result was told already.
func (d *Deps) grantPaid(ctx context.Context, tx pgx.Tx, t tickets.Ticket) error {
	decision, err := tickets.FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) { // taken back after it was paid: nothing is granted yet
		return nil
	}
	if err != nil || !decision.Outcome.Granted() {
		return err
	}
	form, err := d.Desk.Form(ctx, tx, t)
	if err != nil {
		return err
	}
	req, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil || form.Outcome(req.Answers).Kind != forms.Permit {
		return err
	}
	return d.issue(ctx, tx, t, decision, form, req)
}

// feeTell tells a person of a charge that is another one, or has another last day.
type feeTell struct {
	river.WorkerDefaults[payments.TellArgs]
	*Deps
}

func (w *feeTell) Work(ctx context.Context, job *river.Job[payments.TellArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		c, err := payments.Find(ctx, tx, job.Args.ChargeID)
		if err != nil || !c.State.Owing() {
			return err
		}
		t, err := tickets.Find(ctx, tx, tickets.TicketID(c.TicketID))
		if err != nil {
			return err
		}
		by, err := actorOf(ctx, tx, c)
		if err != nil {
			return err
		}
		cause := fmt.Sprintf("fee %d event %d", c.ID, job.Args.Event)
		if err := w.Desk.Fee(ctx, tx, by, t.ID, tickets.EventFeeChanged, cause); err != nil {
			return err
		}
		return w.tellFee(ctx, tx, t, c, bot.FeeChanged, cause, c.Why)
	})
}

// slipRefused tells a person that a slip is no proof, why, and how to send another.
type slipRefused struct {
	river.WorkerDefaults[payments.RefusedArgs]
	*Deps
}

func (w *slipRefused) Work(ctx context.Context, job *river.Job[payments.RefusedArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		s, err := payments.FindSlip(ctx, tx, job.Args.SlipID)
		if err != nil {
			return err
		}
		c, err := payments.Find(ctx, tx, s.ChargeID)
		if err != nil {
			return err
		}
		t, err := tickets.Find(ctx, tx, tickets.TicketID(c.TicketID))
		if err != nil {
			return err
		}
		by := tickets.System()
		if s.OfficerID != nil {
			by = tickets.ByOfficer(*s.OfficerID)
		}
		if err := w.Desk.Fee(ctx, tx, by, t.ID, tickets.EventFeeRefused, fmt.Sprintf("slip %d", s.ID)); err != nil {
			return err
		}
		return w.tellFee(ctx, tx, t, c, bot.FeeRefused, fmt.Sprintf("fee slip %d", s.ID), s.Reason)
	})
}
