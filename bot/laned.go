package bot

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
)

// InLanes returns jobs that puts sending on the lane of its channel.
func InLanes(jobs agencies.Jobs, lanes *Lanes, now func() time.Time) agencies.Jobs {
	return laned{jobs, lanes, now}
}

type laned struct {
	agencies.Jobs
	lanes *Lanes
	now   func() time.Time
}

// InsertTx implements agencies.Jobs.
func (l laned) InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error) {
	return l.Jobs.InsertTx(ctx, tx, args, l.laned(args, opts))
}

// InsertManyTx implements agencies.Jobs.
func (l laned) InsertManyTx(ctx context.Context, tx pgx.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error) {
	laned := slices.Clone(params)
	for i, p := range laned {
		laned[i].InsertOpts = l.laned(p.Args, p.InsertOpts)
	}
	return l.Jobs.InsertManyTx(ctx, tx, laned)
}

// laned chooses the lane of a job that has none yet.
func (l laned) laned(args river.JobArgs, opts *river.InsertOpts) *river.InsertOpts {
	if send, ok := args.(SendArgs); ok && opts == nil {
		return l.lanes.Lane(SendQueue, send.Channel, 1, l.now()).Opts()
	}
	return opts
}
