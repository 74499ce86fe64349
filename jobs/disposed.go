package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/payments"
	"saphan/tickets"
)

// disposed erases a case whose term is over, as an officer decided (EGA-17.1).
type disposed struct {
	river.WorkerDefaults[tickets.DisposedArgs]
	*Deps
}

func (w *disposed) Work(ctx context.Context, job *river.Job[tickets.DisposedArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		left, err := w.Desk.DisposeOf(ctx, tx, job.Args.TicketID)
		if err != nil {
			return err
		}
		if err := payments.Blank(ctx, tx, int64(job.Args.TicketID)); err != nil {
			return err
		}
		all := make([]files.AttachmentID, len(left))
		for i, id := range left {
			all[i] = files.AttachmentID(id)
		}
		return w.dropLoose(ctx, tx, all)
	})
}
