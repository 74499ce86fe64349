package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/internal/fault"
)

// deliverWaits are the waits before the second, third ... attempt at a delivery: the schedule
// that Standard Webhooks gives, ten attempts in about three days.
var deliverWaits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// How deliveries behave beside the schedule.
const (
	deliverPatience = 5 * 24 * time.Hour // how long an agency's system may put us off by Retry-After
	deliverBusy     = time.Second        // until a place at the endpoint may be free
	deliverOurs     = 15 * time.Second   // until our own trouble (the database) may be over
	deliverRecord   = 10 * time.Second   // to record what came of an attempt, shutting down or not
)

// Deliver makes one delivery to an agency's system (step 4 of the flow). It may run twice for
// the same delivery: what was taken is not sent again, and what is sent again bears the same
// webhook-id.
type Deliver struct {
	river.WorkerDefaults[agencies.DeliverArgs]

	DB        agencies.DB
	Deliverer *agencies.Deliverer
	Now       func() time.Time
	Log       *slog.Logger
	At        func(border string) // told between two facts; tests stop the process there. Nil does nothing
}

// Timeout leaves room for the attempt and both transactions.
func (w *Deliver) Timeout(*river.Job[agencies.DeliverArgs]) time.Duration { return time.Minute }

// NextRetry follows the schedule, up to a tenth earlier or later, so that what failed together
// does not come back together.
func (w *Deliver) NextRetry(job *river.Job[agencies.DeliverArgs]) time.Time {
	wait := deliverWaits[min(max(job.Attempt, 1), len(deliverWaits))-1]
	return w.Now().Add(jitter(wait))
}

// Work reads the delivery, sends it outside of any transaction and records what came of it.
func (w *Deliver) Work(ctx context.Context, job *river.Job[agencies.DeliverArgs]) error {
	var parcel agencies.Parcel
	err := w.within(ctx, job, func(tx pgx.Tx) (err error) {
		parcel, err = agencies.FindDelivery(ctx, tx, job.Args.DeliveryID)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return river.JobCancel(err)
	case err != nil:
		return w.ours(ctx, job, err)
	case parcel.State != agencies.DeliveryWaiting:
		return nil
	}

	w.at("deliver: before the post")
	attempt, err := w.Deliverer.Attempt(ctx, parcel)
	switch {
	case errors.Is(err, agencies.ErrBusy):
		return river.JobSnooze(jitter(deliverBusy))
	case err != nil:
		return fmt.Errorf("deliver %d: %w", parcel.ID, err)
	}

	w.at("deliver: after the post")

	age := w.Now().Sub(job.CreatedAt)
	putOff := attempt.RetryAfter > 0 && !attempt.Gone() && age < deliverPatience
	last := parcel.Endpoint.DisabledAt != nil || attempt.Gone() || (job.Attempt >= agencies.DeliverAttempts && !putOff)

	// The agency's system has answered: that must be kept even when we are told to stop now.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverRecord)
	defer cancel()
	err = w.within(keep, job, func(tx pgx.Tx) error {
		return agencies.Record(keep, tx, parcel, attempt, last)
	})
	w.at("deliver: after the record")
	switch {
	case err != nil:
		return w.ours(ctx, job, err)
	case attempt.Delivered():
		return nil
	case last:
		w.Log.WarnContext(ctx, "delivery failed for good", "delivery", parcel.ID, "endpoint", parcel.EndpointID,
			"agency", parcel.AgencyID, "event", parcel.EventID, "status", attempt.Status, "attempt", job.Attempt)
		return river.JobCancel(failure(parcel, attempt))
	case putOff:
		// Not sooner than asked, and less and less often.
		return river.JobSnooze(max(attempt.RetryAfter, age/20) + time.Duration(rand.Int64N(int64(time.Second)))) //nolint:gosec // spreads load, guards nothing
	default:
		return failure(parcel, attempt)
	}
}

func (w *Deliver) at(border string) {
	if w.At != nil {
		w.At(border)
	}
}

func (w *Deliver) within(ctx context.Context, job *river.Job[agencies.DeliverArgs], fn func(pgx.Tx) error) error {
	return agencies.Within(ctx, w.DB, job.Args.AgencyID, fn)
}

// ours puts the job off without counting an attempt: the agency's system is not to blame, and
// a delivery must not end unrecorded because our database was away for its last attempt.
func (w *Deliver) ours(ctx context.Context, job *river.Job[agencies.DeliverArgs], err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("deliver %d: %w", job.Args.DeliveryID, err)
	}
	w.Log.ErrorContext(ctx, "delivery put off by trouble of our own", "delivery", job.Args.DeliveryID, "err", err)
	return river.JobSnooze(jitter(deliverOurs))
}

func failure(p agencies.Parcel, a agencies.Attempt) error {
	return fmt.Errorf("delivery %d to endpoint %d: status %d: %s", p.ID, p.EndpointID, a.Status, a.Problem)
}

// jitter returns a wait up to a tenth shorter or longer.
func jitter(wait time.Duration) time.Duration {
	return wait - wait/10 + time.Duration(rand.Int64N(int64(wait/5)+1)) //nolint:gosec // spreads load, guards nothing
}
