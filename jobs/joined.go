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

// joined tells a citizen that their case goes on with another about the same, or alone again.
type joined struct {
	river.WorkerDefaults[tickets.JoinedArgs]
	*Deps
}

func (w *joined) Work(ctx context.Context, job *river.Job[tickets.JoinedArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, t tickets.Ticket) error {
		kind, _, err := why(ctx, tx, t.ID, job.Args.Seq)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, fmt.Sprintf("line %d", job.Args.Seq), func(lang string, agency agencies.Agency) bot.Reply {
			info := w.joinInfo(t, agency)
			if kind == tickets.EventUnmerged {
				info.DueAt = t.DueAt
				return bot.PartCard(lang, info)
			}
			return bot.JoinCard(lang, info)
		})
	})
}

func (d *Deps) joinInfo(t tickets.Ticket, agency agencies.Agency) bot.JoinInfo {
	return bot.JoinInfo{Ticket: int64(t.ID), Number: t.Number, Subject: t.Subject, Agency: agency.Name, TrackURL: d.BaseURL + "/track/" + t.TrackToken}
}

// reopened tells the others who reported a thing that it goes on, because one of them said that it is not done. That one
// was answered at once.
type reopened struct {
	river.WorkerDefaults[tickets.ReopenedArgs]
	*Deps
}

func (w *reopened) Work(ctx context.Context, job *river.Job[tickets.ReopenedArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, main tickets.Ticket) error {
		family, err := tickets.Family(ctx, tx, main)
		if err != nil {
			return err
		}
		for _, t := range family {
			if t.ID == job.Args.By {
				continue
			}
			err := w.chat(ctx, tx, t, fmt.Sprintf("reopened %d", job.Args.N), func(lang string, agency agencies.Agency) bot.Reply {
				return bot.ReopenCard(lang, w.joinInfo(t, agency))
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
