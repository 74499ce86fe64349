package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/thai"
	"saphan/payments"
	"saphan/tickets"
)

// FeesDueArgs asks for people to be reminded of fees that are due soon, and for those whose time is over to lapse.
type FeesDueArgs struct{}

// Kind names the job.
func (FeesDueArgs) Kind() string { return "fees_due" }

// feesDueEvery is how often that is looked for, over all worker processes together: a last day ends at midnight.
const feesDueEvery = time.Hour

// InsertOpts keeps it to one an hour, however many workers ask for it.
func (FeesDueArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: feesDueEvery}, MaxAttempts: 3}
}

// feesDue looks after the last days of fees. Each charge is a transaction of its own; what stops in the middle is gone
// on with the next hour.
type feesDue struct {
	river.WorkerDefaults[FeesDueArgs]
	*Deps
}

// feesBatch is how many are read at once.
const feesBatch = 200

// remindFrom and remindUntil are the hours of the day, in Bangkok, in which people are reminded.
const (
	remindFrom  = 8
	remindUntil = 20
)

// Timeout leaves room for many.
func (w *feesDue) Timeout(*river.Job[FeesDueArgs]) time.Duration { return 15 * time.Minute }

func (w *feesDue) Work(ctx context.Context, _ *river.Job[FeesDueArgs]) error {
	till := w.till()
	if hour := w.Now().In(thai.Bangkok()).Hour(); hour >= remindFrom && hour < remindUntil {
		if err := w.each(ctx, till.Nearly, func(tx pgx.Tx, id payments.ChargeID) error { return w.remind(ctx, tx, id) }); err != nil {
			return err
		}
	}
	return w.each(ctx, till.Overdue, func(tx pgx.Tx, id payments.ChargeID) error {
		_, err := till.Lapse(ctx, tx, id)
		return err
	})
}

// remind reminds a person of one fee.
func (w *feesDue) remind(ctx context.Context, tx pgx.Tx, id payments.ChargeID) error {
	c, ok, err := w.till().Remind(ctx, tx, id)
	if err != nil || !ok {
		return err
	}
	t, err := tickets.Find(ctx, tx, tickets.TicketID(c.TicketID))
	if err != nil {
		return err
	}
	return w.tellFee(ctx, tx, t, c, bot.FeeSoon, fmt.Sprintf("fee %d until %s", c.ID, c.DueOn.Format(time.DateOnly)), "")
}

// each does something about every charge of a list, page by page.
func (w *feesDue) each(ctx context.Context, list func(context.Context, pgx.Tx, payments.ChargeID, int) ([]payments.ChargeID, error), do func(pgx.Tx, payments.ChargeID) error) error {
	for after := payments.ChargeID(0); ; {
		var batch []payments.ChargeID
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			batch, err = list(ctx, tx, after, feesBatch)
			return err
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, id := range batch {
			if err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return do(tx, id) }); err != nil {
				return err
			}
			w.at("fee: after a last day")
		}
		after = batch[len(batch)-1]
	}
}
