package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/tickets"
)

// absent hands over what lies with an officer as an absence begins. What stops in the middle goes on with what is left.
type absent struct {
	river.WorkerDefaults[tickets.AbsentArgs]
	*Deps
}

func (w *absent) Work(ctx context.Context, job *river.Job[tickets.AbsentArgs]) error {
	for more := true; more; {
		var wait time.Duration
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			wait, more, err = w.Desk.BeginAbsence(ctx, tx, job.Args.AbsenceID)
			return err
		})
		if err != nil {
			return err
		}
		if wait > 0 { // our clock is behind River's
			return river.JobSnooze(wait)
		}
	}
	return nil
}
