package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/tickets"
)

// urgent tells the citizen of a case that cannot wait what to do now, and that officers are being called.
type urgent struct {
	river.WorkerDefaults[tickets.UrgentArgs]
	*Deps
}

func (w *urgent) Work(ctx context.Context, job *river.Job[tickets.UrgentArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, t tickets.Ticket) error { return w.tellUrgent(ctx, tx, t) })
}

// tellUrgent tells it once, however often the case becomes urgent; of one that came so, with the receipt, so that both go out by
// one reply. What to do is not said to somebody whom the chat warned as it asked.
func (d *Deps) tellUrgent(ctx context.Context, tx pgx.Tx, t tickets.Ticket) error {
	if !t.Urgent || t.Status.Rests() {
		return nil
	}
	req, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return err
	}
	form, err := d.Desk.Form(ctx, tx, t)
	if err != nil {
		return err
	}
	came, err := tickets.CameBy(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	_, warned := form.Warned(req.Answers)
	return d.chat(ctx, tx, t, "urgent", func(lang string, agency agencies.Agency) bot.Reply {
		return bot.UrgentCard(lang, bot.UrgentInfo{
			Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name, Phone: agency.Phone, Warned: warned && came[t.ID] != agencies.WebKind, TrackURL: d.BaseURL + "/track/" + t.TrackToken,
			Advice: form.Advice(req.Answers).In(lang),
		})
	})
}
