package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/tickets"
)

// UnreadArgs asks whether somebody opened every queue in which something unread waits (MTH-2.1).
type UnreadArgs struct{}

// Kind names the job.
func (UnreadArgs) Kind() string { return "unread" }

// unreadEvery is how often that is looked for, over all worker processes together.
const unreadEvery = 5 * time.Minute

// InsertOpts keeps it to one in that time, however many workers ask for it.
func (UnreadArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: unreadEvery}, MaxAttempts: 3}
}

// unread tells the heads of agencies, each in a transaction of its own.
type unread struct {
	river.WorkerDefaults[UnreadArgs]
	*Deps
}

// Timeout leaves room for every agency.
func (w *unread) Timeout(*river.Job[UnreadArgs]) time.Duration { return 10 * time.Minute }

func (w *unread) Work(ctx context.Context, _ *river.Job[UnreadArgs]) error {
	var waiting []agencies.AgencyID
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		waiting, err = tickets.WithUnread(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, agency := range waiting {
		if err := agencies.Within(ctx, w.DB, agency, func(tx pgx.Tx) error { return w.Desk.AlertUnread(ctx, tx, agency) }); err != nil {
			return err
		}
	}
	return nil
}
