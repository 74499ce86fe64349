package breaches

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// reminders are after how long the head is reminded that the regulator is still to be told, the last at the limit.
func reminders() []time.Duration { return []time.Duration{24 * time.Hour, 48 * time.Hour, Limit} }

// nextReminder is when the head is reminded next, if ever.
func (b Breach) nextReminder() (time.Time, bool) {
	if b.State() != Open {
		return time.Time{}, false
	}
	for _, after := range reminders() {
		if after > b.reminded {
			return b.DetectedAt.Add(after), true
		}
	}
	return time.Time{}, false
}

// remind writes down that the head is reminded now, where that is due. Whoever wrote a breach down late is told of the last
// of the times that are over, and not of each.
func (r *Register) remind(ctx context.Context, tx pgx.Tx, b Breach) (Breach, error) {
	if b.State() != Open {
		return b, nil
	}
	var due time.Duration
	for _, after := range reminders() {
		if after > b.reminded && !b.DetectedAt.Add(after).After(r.now()) {
			due = after
		}
	}
	if due == 0 {
		return b, nil
	}
	return r.happened(ctx, tx, b, System, EventReminded, Detail{Hours: int(due / time.Hour), DetectedAt: &b.DetectedAt})
}

// DutyArgs asks for the head to be reminded of a breach, where that is due.
type DutyArgs struct {
	BreachID BreachID `json:"breach_id" river:"unique"`
}

// Kind names the job.
func (DutyArgs) Kind() string { return "breach_duty" }

// InsertOpts keeps one job for a breach at a time.
func (DutyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// WithDuties returns the breaches of which somebody is to be reminded at a moment, the longest waiting first.
func WithDuties(ctx context.Context, tx pgx.Tx, at time.Time, limit int) ([]BreachID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM breaches WHERE next_duty_at <= $1 ORDER BY next_duty_at LIMIT $2`, at, limit)
	if err != nil {
		return nil, fmt.Errorf("breaches with duties: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[BreachID])
}

// Remind reminds the head of a breach where that is due, and reports for which one it did. Again it finds nothing to do.
func (r *Register) Remind(ctx context.Context, tx pgx.Tx, id BreachID) (b Breach, reminded bool, err error) {
	if b, err = lock(ctx, tx, id); err != nil {
		return b, false, err
	}
	before := b.Lines
	b, err = r.remind(ctx, tx, b)
	return b, b.Lines > before, err
}
