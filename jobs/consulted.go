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
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		if err := w.Desk.Settle(ctx, tx, job.Args.ConsultationID); err != nil {
			return err
		}
		w.at("consulted: before it counts")
		return nil
	})
	if err == nil {
		w.at("consulted: after it counts")
	}
	return err
}
