package bot

import (
	"context"
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
	if send, ok := args.(SendArgs); ok && opts == nil {
		opts = &river.InsertOpts{Queue: l.lanes.Queue(SendQueue, send.Channel, 1, l.now())}
	}
	return l.Jobs.InsertTx(ctx, tx, args, opts)
}
