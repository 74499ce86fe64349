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
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, main tickets.Ticket) error {
		l, err := tickets.FindLetter(ctx, tx, main.ID, job.Args.N)
		if err != nil {
			return err
		}
		return w.ofTime(ctx, tx, main, job.Args.To, fmt.Sprintf("letter %d", l.N), func(lang string, i bot.DelayInfo, own bool) bot.Reply {
			i.Letter, i.Reason = l.N, l.Reason
			if own { // it is written to who filed the case, by name
				i.LetterURL = fmt.Sprintf("%s/track/%s/letters/%d.pdf", w.BaseURL, main.TrackToken, l.N)
			}
			return bot.DelayCard(lang, i)
		})
	})
}

// ofTime says something about the time of a case to its citizen, or to that of a case that followed it when it happened.
func (d *Deps) ofTime(ctx context.Context, tx pgx.Tx, main tickets.Ticket, to tickets.TicketID, cause string, say func(lang string, i bot.DelayInfo, own bool) bot.Reply) error {
	t := main
	if to != 0 {
		var err error
		if t, err = tickets.Find(ctx, tx, to); err != nil {
			return err
		}
		cause = fmt.Sprintf("%s of %d", cause, main.ID)
	}
	return d.chat(ctx, tx, t, cause, func(lang string, agency agencies.Agency) bot.Reply {
		return say(lang, bot.DelayInfo{Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name, DueAt: main.DueAt, TrackURL: d.BaseURL + "/track/" + t.TrackToken}, to == 0)
	})
}

// extended tells the citizen that the time to decide was prolonged, and why (LFA-10.1).
type extended struct {
	river.WorkerDefaults[tickets.ExtendedArgs]
	*Deps
}

func (w *extended) Work(ctx context.Context, job *river.Job[tickets.ExtendedArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, main tickets.Ticket) error {
		e, err := tickets.FindExtension(ctx, tx, main.ID, job.Args.N)
		if err != nil {
			return err
		}
		return w.ofTime(ctx, tx, main, job.Args.To, fmt.Sprintf("extension %d", e.N), func(lang string, i bot.DelayInfo, _ bool) bot.Reply {
			i.Reason = e.Reason
			return bot.ExtensionCard(lang, i)
		})
	})
}
