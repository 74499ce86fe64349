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

// letter tells the citizen why a case is not decided in time (LFA-10.2).
type letter struct {
	river.WorkerDefaults[tickets.LetterArgs]
	*Deps
}

func (w *letter) Work(ctx context.Context, job *river.Job[tickets.LetterArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, t tickets.Ticket) error {
		l, err := tickets.FindLetter(ctx, tx, t.ID, job.Args.N)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, fmt.Sprintf("ticket %d letter %d", t.ID, l.N), func(lang string, agency agencies.Agency) bot.Reply {
			return bot.DelayCard(lang, bot.DelayInfo{
				Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name, Letter: l.N, Reason: l.Reason, DueAt: t.DueAt, TrackURL: w.BaseURL + "/track/" + t.TrackToken,
				LetterURL: fmt.Sprintf("%s/track/%s/letters/%d.pdf", w.BaseURL, t.TrackToken, l.N),
			})
		})
	})
}

// extended tells the citizen that the time to decide was prolonged, and why (LFA-10.1).
type extended struct {
	river.WorkerDefaults[tickets.ExtendedArgs]
	*Deps
}

func (w *extended) Work(ctx context.Context, job *river.Job[tickets.ExtendedArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, t tickets.Ticket) error {
		e, err := tickets.FindExtension(ctx, tx, t.ID, job.Args.N)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, fmt.Sprintf("ticket %d extension %d", t.ID, e.N), func(lang string, agency agencies.Agency) bot.Reply {
			return bot.ExtensionCard(lang, bot.DelayInfo{
				Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name, Reason: e.Reason, DueAt: t.DueAt, TrackURL: w.BaseURL + "/track/" + t.TrackToken,
			})
		})
	})
}
