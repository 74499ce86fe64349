package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/internal/fault"
)

// duty is something that falls due in the course of a case by itself. Its doing leaves a line in the history, by which it is
// known to be done, so that it is done once however often it is looked for.
type duty struct {
	due func(record) time.Time // when it falls due next; zero: it does not
	do  func(*Desk, context.Context, pgx.Tx, record) error
}

// duties are all there are. What falls due at one moment is done in this order.
func duties() []duty {
	return []duty{
		{record.nextCall, (*Desk).call},
		{record.nextBounce, (*Desk).bounceBySelf},
		{record.lapses, (*Desk).returnLapsed},
		{record.nextWarning, (*Desk).warn},
		{record.nextMissed, (*Desk).miss},
		{record.nextDeemed, (*Desk).deem},
		{record.nextLetter, (*Desk).draftLetter},
		{record.nextUnsent, (*Desk).escalateLetter},
		{record.nextAcceptance, (*Desk).accept},
		{record.nextApproval, (*Desk).approve},
		{record.nextReminder, (*Desk).remind},
		{record.nextRenewal, (*Desk).renew},
		{record.nextUnconfirmed, (*Desk).unconfirm},
		{record.nextNear, (*Desk).nearConsultation},
		{record.nextOver, (*Desk).overConsultation},
	}
}

// nextDuty is when the next duty of a case falls due; zero: none does.
func (r record) nextDuty() (next time.Time) {
	if r.Status == Merged { // what it follows has them
		return time.Time{}
	}
	for _, d := range duties() {
		if due := d.due(r); !due.IsZero() && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return next
}

// DutyArgs asks for the duties of a case that are due to be done.
type DutyArgs struct {
	TicketID TicketID `json:"ticket_id" river:"unique"`
}

// Kind names the job.
func (DutyArgs) Kind() string { return "duty" }

// InsertOpts keeps one job for a case at a time.
func (DutyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// mostDuties is how many duties of a case are done at once; a case that was forgotten for longer goes on in the next run.
const mostDuties = 50

// DoDuties does what is due in a case by now, in the order in which it fell due, and keeps when the next duty falls. Again
// it finds nothing to do.
func (d *Desk) DoDuties(ctx context.Context, tx pgx.Tx, id TicketID) error {
	t, err := lock(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return nil // erased
	}
	if err != nil {
		return err
	}
	for range mostDuties {
		if t.Status == Merged {
			break
		}
		r, err := d.record(ctx, tx, t)
		if err != nil {
			return err
		}
		next, do := time.Time{}, duty{}
		for _, one := range duties() {
			if due := one.due(r); !due.IsZero() && !due.After(d.now()) && (next.IsZero() || due.Before(next)) {
				next, do = due, one
			}
		}
		if next.IsZero() {
			break
		}
		if err := do.do(d, ctx, tx, r); err != nil {
			return err
		}
		if t, err = lock(ctx, tx, id); err != nil {
			return err
		}
	}
	return d.reckon(ctx, tx, t, nil)
}

// WithDuties returns the cases in which a duty is due at a moment, the longest waiting first and at most limit.
func WithDuties(ctx context.Context, tx pgx.Tx, at time.Time, limit int) ([]TicketID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE next_duty_at <= $1 ORDER BY next_duty_at LIMIT $2`, at, limit)
	if err != nil {
		return nil, fmt.Errorf("cases with duties: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[TicketID])
}

// Running returns the open cases of an agency (0: of all), from after one on and at most limit, whose clocks a change of the
// calendar may move.
func Running(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, after TicketID, limit int) ([]TicketID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE closed_at IS NULL AND ($1 = 0 OR agency_id = $1) AND id > $2 ORDER BY id LIMIT $3`, agency, after, limit)
	if err != nil {
		return nil, fmt.Errorf("open cases of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[TicketID])
}
