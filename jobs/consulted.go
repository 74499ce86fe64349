package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/tickets"
)

// consulted brings what an agency asks another about a case there, and what that one answers back (peers.md row 62).
type consulted struct {
	river.WorkerDefaults[tickets.ConsultedArgs]
	*Deps
}

func (w *consulted) Work(ctx context.Context, job *river.Job[tickets.ConsultedArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return w.Desk.Settle(ctx, tx, job.Args.ConsultationID) })
}
