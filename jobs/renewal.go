package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/fault"
	"saphan/permits"
	"saphan/tickets"
)

// renewal reminds the holder of a permit that it ends (SEED-24).
type renewal struct {
	river.WorkerDefaults[tickets.RenewalArgs]
	*Deps
}

func (w *renewal) Work(ctx context.Context, job *river.Job[tickets.RenewalArgs]) error {
	return w.ofCase(ctx, job.Args.TicketID, func(tx pgx.Tx, t tickets.Ticket) error {
		p, err := permits.FindByTicket(ctx, tx, int64(t.ID))
		if fault.Is(err, fault.NotFound) || err == nil && (p.ValidUntil == nil || p.StatusAt(w.Now()) != permits.Active) {
			return nil // erased, revoked or replaced meanwhile
		}
		if err != nil {
			return err
		}
		_, said, err := why(ctx, tx, t.ID, job.Args.Seq)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, fmt.Sprintf("ticket %d line %d", t.ID, job.Args.Seq), func(lang string, agency agencies.Agency) bot.Reply {
			return bot.RenewalCard(lang, bot.RenewalInfo{
				Ticket: int64(t.ID), Title: p.Title, Permit: p.Number, Agency: agency.Name, Until: *p.ValidUntil, Left: said.Days, Form: t.FormKey, URL: w.Permits.HolderLink(p.Number),
			})
		})
	})
}
