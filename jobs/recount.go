package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/tickets"
)

// recount counts the time of open cases again after a calendar changed (LOC-4.1). What stops in the middle begins again; a
// case that was counted already has nothing to note.
type recount struct {
	river.WorkerDefaults[agencies.CalendarChangedArgs]
	*Deps
}

// recountBatch is how many cases are one transaction.
const recountBatch = 100

// Timeout leaves room for the nation's open cases.
func (w *recount) Timeout(*river.Job[agencies.CalendarChangedArgs]) time.Duration {
	return 2 * time.Hour
}

func (w *recount) Work(ctx context.Context, job *river.Job[agencies.CalendarChangedArgs]) error {
	for after := tickets.TicketID(0); ; {
		var batch []tickets.TicketID
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if batch, err = tickets.Running(ctx, tx, job.Args.AgencyID, after, recountBatch); err != nil {
				return err
			}
			for _, id := range batch {
				if err := w.Desk.Recount(ctx, tx, id); err != nil {
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
