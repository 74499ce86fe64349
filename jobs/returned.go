package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/tickets"
)

// returned tells the citizen why a case was given back, how to correct it and where to appeal (LFA-9.1).
type returned struct {
	river.WorkerDefaults[tickets.ReturnedArgs]
	*Deps
}

func (w *returned) Work(ctx context.Context, job *river.Job[tickets.ReturnedArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, t tickets.Ticket) error {
		back, err := tickets.FindReturn(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		form, err := w.Desk.Form(ctx, tx, t)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, "returned", func(lang string, agency agencies.Agency) bot.Reply {
			return bot.ReturnCard(lang, bot.ReturnInfo{
				Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name, Missing: back.Missing, Reason: back.Reason, Remedy: back.Remedy, Appeal: back.Appeal,
				Form: form, TrackURL: w.BaseURL + "/track/" + t.TrackToken, LetterURL: w.BaseURL + "/track/" + t.TrackToken + "/return.pdf",
			})
		})
	})
}
