package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/breaches"
	"saphan/tickets"
)

// breachRegister is the register of breaches as jobs write in it.
func (d *Deps) breachRegister() *breaches.Register { return breaches.NewRegister(d.Jobs, d.Now) }

// breachDuty reminds whoever keeps the register that the 72 hours run, and lets open inboxes show it (PDP-6).
type breachDuty struct {
	river.WorkerDefaults[breaches.DutyArgs]
	*Deps
}

func (w *breachDuty) Work(ctx context.Context, job *river.Job[breaches.DutyArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		b, reminded, err := w.breachRegister().Remind(ctx, tx, job.Args.BreachID)
		if err != nil || !reminded {
			return err
		}
		return tickets.Ring(ctx, tx, b.AgencyID, 0)
	})
}

// breachTell tells the people concerned by a breach, each once for each notice that was signed (PDP-6). The outbox keeps to
// the pace of each account; who has neither chat nor page is noted, for the agency to tell in another way.
type breachTell struct {
	river.WorkerDefaults[breaches.TellArgs]
	*Deps
}

// tellBatch is how many people are told in one transaction.
const tellBatch = 100

func (w *breachTell) Work(ctx context.Context, job *river.Job[breaches.TellArgs]) error {
	for {
		notice, left, err := w.some(ctx, job.Args.BreachID)
		if err != nil || notice == 0 {
			return err
		}
		w.at("breach: some were told")
		if left {
			continue
		}
		return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
			return w.breachRegister().AllTold(ctx, tx, job.Args.BreachID, notice)
		})
	}
}

// some tells some of those who were not told yet, by the notice that was signed last; left says that there may be others.
func (w *breachTell) some(ctx context.Context, id breaches.BreachID) (of breaches.NoticeID, left bool, err error) {
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		b, err := breaches.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		notice, signed, err := breaches.FindNotice(ctx, tx, id)
		if err != nil || !signed {
			return err
		}
		of = notice.ID
		people, err := breaches.Untold(ctx, tx, id, notice.ID, tellBatch)
		if err != nil {
			return err
		}
		left = len(people) == tellBatch
		for _, p := range people {
			if err := w.tell(ctx, tx, b, notice, p); err != nil {
				return err
			}
		}
		return nil
	})
	return of, left, err
}

// tell tells one person, by the way that their request came.
func (w *breachTell) tell(ctx context.Context, tx pgx.Tx, b breaches.Breach, n breaches.Notice, p breaches.Person) error {
	t, err := tickets.Find(ctx, tx, tickets.TicketID(p.Ticket))
	if err != nil {
		return err
	}
	ways, err := tickets.CameBy(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	way := breaches.ByNone
	if kind, ok := ways[t.ID]; ok {
		way = breaches.Way(kind)
	}
	first, err := w.breachRegister().Tell(ctx, tx, b, n.ID, p, way)
	if err != nil || !first || way == breaches.ByNone {
		return err
	}
	return w.chat(ctx, tx, t, n.ID.Cause(), func(lang string, agency agencies.Agency) bot.Reply {
		return bot.BreachCard(lang, bot.BreachInfo{
			Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name, What: n.Words.What, Consequences: n.Words.Consequences, Measures: n.Words.Measures,
			Advice: n.Words.Advice, Contact: n.Words.Contact, TrackURL: w.BaseURL + "/track/" + t.TrackToken,
		})
	})
}
