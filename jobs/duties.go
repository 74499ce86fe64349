package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/tickets"
)

// DutiesArgs asks for the cases and breaches in which the law asks for something by now: a warning, a letter on a delay.
type DutiesArgs struct{}

// Kind names the job.
func (DutiesArgs) Kind() string { return "duties" }

// dutiesEvery is how often that is looked for, over all worker processes together.
const dutiesEvery = time.Minute

// InsertOpts keeps it to one a minute, however many workers ask for it.
func (DutiesArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: dutiesEvery}, MaxAttempts: 3}
}

// duties hands each such case to a job of its own, so that one that fails holds up no other.
type duties struct {
	river.WorkerDefaults[DutiesArgs]
	*Deps
}

// dutiesBatch is how many cases are handed over at once: of 8,000 agencies, all end their day at half past four.
const dutiesBatch = 5000

func (w *duties) Work(ctx context.Context, _ *river.Job[DutiesArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		due, err := tickets.WithDuties(ctx, tx, w.Now(), dutiesBatch)
		if err != nil {
			return err
		}
		var params []river.InsertManyParams
		for _, id := range due {
			params = append(params, river.InsertManyParams{Args: tickets.DutyArgs{TicketID: id}})
		}
		known, err := breaches.WithDuties(ctx, tx, w.Now(), dutiesBatch)
		if err != nil {
			return err
		}
		for _, id := range known {
			params = append(params, river.InsertManyParams{Args: breaches.DutyArgs{BreachID: id}})
		}
		if len(params) == 0 {
			return nil
		}
		if _, err := w.Jobs.InsertManyTx(ctx, tx, params); err != nil {
			return fmt.Errorf("enqueue the duties of %d cases and breaches: %w", len(params), err)
		}
		return nil
	})
}

// oneDuty does what is due in a case.
type oneDuty struct {
	river.WorkerDefaults[tickets.DutyArgs]
	*Deps
}

func (w *oneDuty) Work(ctx context.Context, job *river.Job[tickets.DutyArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return w.Desk.DoDuties(ctx, tx, job.Args.TicketID) })
}
