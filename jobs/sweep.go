package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
)

// SweepArgs asks for what nobody points to any more to be removed.
type SweepArgs struct{}

// Kind names the job.
func (SweepArgs) Kind() string { return "sweep" }

// sweepEvery is how often the sweep runs, over all worker processes together.
const sweepEvery = 24 * time.Hour

// InsertOpts keeps it to one a day, however many workers ask for it.
func (SweepArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sweepEvery}, MaxAttempts: 3}
}

// Schedule is what the leader of the workers enqueues by the clock. A restart across the time
// skips nothing: each is asked for on start too, and is unique for its period.
func Schedule(d *Deps) []*river.PeriodicJob {
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(menuCheckEvery), func() (river.JobArgs, *river.InsertOpts) {
			design, err := d.Design()
			if err != nil {
				d.Log.Error("menus cannot be named", "err", err)
				return nil, nil
			}
			return MenuCheckArgs{Design: design}, nil
		}, &river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(quotaEvery), func() (river.JobArgs, *river.InsertOpts) { return QuotasArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(expireEvery), func() (river.JobArgs, *river.InsertOpts) { return ExpireArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(purgeEvery), func() (river.JobArgs, *river.InsertOpts) { return PurgeArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(uploadsEvery), func() (river.JobArgs, *river.InsertOpts) { return UploadsArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(feesDueEvery), func() (river.JobArgs, *river.InsertOpts) { return FeesDueArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(dutiesEvery), func() (river.JobArgs, *river.InsertOpts) { return DutiesArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(unreadEvery), func() (river.JobArgs, *river.InsertOpts) { return UnreadArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(anchorEvery), func() (river.JobArgs, *river.InsertOpts) { return AnchorArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(problemsEvery), func() (river.JobArgs, *river.InsertOpts) { return ProblemsArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(sweepEvery), func() (river.JobArgs, *river.InsertOpts) { return SweepArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
	}
}

// sweep removes bytes in the object store that have no row: a process was killed between storing
// the one and writing the other.
type sweep struct {
	river.WorkerDefaults[SweepArgs]
	*Deps
}

// Timeout leaves room for a large store.
func (w *sweep) Timeout(*river.Job[SweepArgs]) time.Duration { return 30 * time.Minute }

func (w *sweep) Work(ctx context.Context, _ *river.Job[SweepArgs]) error {
	removed, err := w.Files.Sweep(ctx, func(ctx context.Context, keys []string) (orphans []string, err error) {
		err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
			orphans, err = files.Orphans(ctx, tx, keys)
			return err
		})
		return orphans, err
	})
	if removed > 0 {
		w.Log.InfoContext(ctx, "removed bytes that nothing points to", "objects", removed)
	}
	if err != nil {
		return fmt.Errorf("sweep the object store: %w", err)
	}
	return nil
}
