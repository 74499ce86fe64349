package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/tickets"
)

// halted reckons again what is planned in the cases of a service that was stopped, or goes on (SEED-24). Nothing that is
// stopped is done before either: whoever does what is due looks first.
type halted struct {
	river.WorkerDefaults[tickets.HaltedArgs]
	*Deps
}

// Timeout leaves room for the cases of a large agency.
func (w *halted) Timeout(*river.Job[tickets.HaltedArgs]) time.Duration { return 30 * time.Minute }

func (w *halted) Work(ctx context.Context, job *river.Job[tickets.HaltedArgs]) error {
	for after := tickets.TicketID(0); ; {
		var batch []tickets.TicketID
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if batch, err = tickets.WithRules(ctx, tx, job.Args.AgencyID, job.Args.FormKey, after, recountBatch); err != nil {
				return err
			}
			for _, id := range batch {
				if err := w.Desk.DoDuties(ctx, tx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		after = batch[len(batch)-1]
	}
}
