package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/tickets"
)

// transferred makes the case at the agency to which one goes, and tells the citizen who has it now (SEED-36).
type transferred struct {
	river.WorkerDefaults[tickets.TransferredArgs]
	*Deps
}

func (w *transferred) Work(ctx context.Context, job *river.Job[tickets.TransferredArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		t, err := w.Desk.HandOver(ctx, tx, job.Args.TransferID)
		if err != nil {
			return err
		}
		p, err := tickets.FindTransfer(ctx, tx, job.Args.TransferID)
		if err != nil {
			return err
		}
		return w.passed(ctx, tx, t, p, bot.SentOn)
	})
}

// takenOver tells the citizen that the agency to which the case went takes it.
type takenOver struct {
	river.WorkerDefaults[tickets.TakenOverArgs]
	*Deps
}

func (w *takenOver) Work(ctx context.Context, job *river.Job[tickets.TakenOverArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		p, err := tickets.FindTransfer(ctx, tx, job.Args.TransferID)
		if err != nil {
			return err
		}
		t, err := tickets.Find(ctx, tx, *p.ToTicket)
		if err != nil {
			return err
		}
		return w.passed(ctx, tx, t, p, bot.TakenOver)
	})
}

// bounced opens a case again that another agency did not take, and tells the citizen who has it.
type bounced struct {
	river.WorkerDefaults[tickets.BouncedArgs]
	*Deps
}

func (w *bounced) Work(ctx context.Context, job *river.Job[tickets.BouncedArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		t, err := w.Desk.ComeBack(ctx, tx, job.Args.TransferID)
		if err != nil {
			return err
		}
		p, err := tickets.FindTransfer(ctx, tx, job.Args.TransferID)
		if err != nil {
			return err
		}
		return w.passed(ctx, tx, t, p, bot.CameBack)
	})
}

// passed tells the citizen once that a case went from one agency to another.
func (d *Deps) passed(ctx context.Context, tx pgx.Tx, t tickets.Ticket, p tickets.Transfer, news bot.Passing) error {
	names, err := agencies.FindSome(ctx, tx, []agencies.AgencyID{p.From, p.To})
	if err != nil {
		return err
	}
	return d.chat(ctx, tx, t, fmt.Sprintf("transfer %d %s", p.ID, news), func(lang string, _ agencies.Agency) bot.Reply {
		return bot.PassedCard(lang, bot.PassedInfo{
			News: news, Ticket: int64(t.ID), Number: t.Reference, From: names[p.From].Name, To: names[p.To].Name, Phone: names[t.AgencyID].Phone,
			TrackURL: d.BaseURL + "/track/" + t.TrackToken,
		})
	})
}

// referred tells the citizen which body outside is in charge, and how to reach it (EGA-10.4).
type referred struct {
	river.WorkerDefaults[tickets.ReferredArgs]
	*Deps
}

func (w *referred) Work(ctx context.Context, job *river.Job[tickets.ReferredArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, t tickets.Ticket) error {
		ref, err := tickets.FindReferral(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, "referral", func(lang string, agency agencies.Agency) bot.Reply {
			return bot.ReferralCard(lang, bot.ReferralInfo{
				Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name, Body: ref.Body, Reach: ref.Reach, Law: ref.Law, TrackURL: w.BaseURL + "/track/" + t.TrackToken,
			})
		})
	})
}
