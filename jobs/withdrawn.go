package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/payments"
	"saphan/tickets"
)

// withdrawn does what follows when a citizen withdraws a case: nothing is owed for it any more, officers hear of what was
// paid, and the citizen has it confirmed.
type withdrawn struct {
	river.WorkerDefaults[tickets.WithdrawnArgs]
	*Deps
}

func (w *withdrawn) Work(ctx context.Context, job *river.Job[tickets.WithdrawnArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		t, _, _, err := tickets.Standing(ctx, tx, job.Args.TicketID) // nobody claims a slip of it meanwhile
		if err != nil || t.Status != tickets.Withdrawn {
			return err
		}
		paid, err := w.callOff(ctx, tx, t, tickets.ByCitizen(t.CitizenID), "ผู้ยื่นถอนเรื่อง")
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, "withdrawn", func(lang string, agency agencies.Agency) bot.Reply {
			return bot.WithdrawnCard(lang, bot.WithdrawnInfo{
				Ticket: int64(t.ID), Number: t.Reference, Service: w.Desk.ServiceTitle(t, lang), Agency: agency.Name, At: *t.ClosedAt, Paid: paid,
				TrackURL: w.BaseURL + "/track/" + t.TrackToken,
			})
		})
	})
}

// callOff ends what is owed for a case that comes to nothing. What was paid is not paid back here: officers are told, once
// for each charge, and paid is true.
func (d *Deps) callOff(ctx context.Context, tx pgx.Tx, t tickets.Ticket, by tickets.Actor, why string) (paid bool, err error) {
	if err := d.till().CallOffAll(ctx, tx, payments.Actor(by.String()), int64(t.ID), why); err != nil {
		return false, err
	}
	charges, err := payments.Of(ctx, tx, int64(t.ID))
	if err != nil {
		return false, err
	}
	for _, c := range charges {
		if c.State != payments.Paid {
			continue
		}
		paid = true
		if err := d.Desk.Fee(ctx, tx, by, t.ID, tickets.EventFeeRefund, fmt.Sprintf("charge %d refund", c.ID)); err != nil {
			return false, err
		}
	}
	return paid, nil
}
