package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"saphan/tickets"
)

// trial plays changed rules against the cases of a large agency.
type trial struct {
	river.WorkerDefaults[tickets.TrialArgs]
	*Deps
}

// Timeout leaves room for an agency with a million cases a year.
func (w *trial) Timeout(*river.Job[tickets.TrialArgs]) time.Duration { return 2 * time.Hour }

func (w *trial) Work(ctx context.Context, job *river.Job[tickets.TrialArgs]) error {
	return w.Desk.PlayTrial(ctx, w.DB, job.Args.AgencyID, job.Args.TrialID)
}
