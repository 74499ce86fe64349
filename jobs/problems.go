package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
)

// ProblemsArgs asks for how reported problems fared to be published (SVC-5, SEED-20).
type ProblemsArgs struct{}

// Kind names the job.
func (ProblemsArgs) Kind() string { return "problems" }

// problemsEvery is how often that is done, over all worker processes together.
const problemsEvery = 24 * time.Hour

// InsertOpts keeps it to one a day, however many workers ask for it.
func (ProblemsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: problemsEvery}, MaxAttempts: 3}
}

// problems publishes them agency by agency, each in a transaction of its own: what stops in the middle begins again, and finds
// the same numbers.
type problems struct {
	river.WorkerDefaults[ProblemsArgs]
	*Deps
}

// Timeout leaves room for every agency.
func (w *problems) Timeout(*river.Job[ProblemsArgs]) time.Duration { return 2 * time.Hour }

func (w *problems) Work(ctx context.Context, _ *river.Job[ProblemsArgs]) error {
	var all []agencies.Agency
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		all, err = agencies.All(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := agencies.Within(ctx, w.DB, a.ID, func(tx pgx.Tx) error { return w.Desk.PublishProblems(ctx, tx, a.ID) }); err != nil {
			return err
		}
	}
	return nil
}
