package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"saphan/proof"
)

// AnchorArgs asks for what happened up to yesterday to be anchored (EGA-15.1).
type AnchorArgs struct{}

// Kind names the job.
func (AnchorArgs) Kind() string { return "anchor" }

// anchorEvery is how often it is looked whether a day is over, over all worker processes together.
const anchorEvery = time.Hour

// InsertOpts keeps it to one an hour, however many workers ask for it.
func (AnchorArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: anchorEvery}, MaxAttempts: 3}
}

// anchor makes one signed hash of all histories of an agency that grew yesterday.
type anchor struct {
	river.WorkerDefaults[AnchorArgs]
	*Deps
}

// Timeout leaves room for the lines of a nation's day.
func (w *anchor) Timeout(*river.Job[AnchorArgs]) time.Duration { return 30 * time.Minute }

func (w *anchor) Work(ctx context.Context, _ *river.Job[AnchorArgs]) error {
	made, err := w.notary().Anchor(ctx)
	if made > 0 {
		w.Log.InfoContext(ctx, "anchored histories", "agencies", made)
	}
	return err
}

// keepAnchor keeps an anchor outside the database.
type keepAnchor struct {
	river.WorkerDefaults[proof.KeepArgs]
	*Deps
}

func (w *keepAnchor) Work(ctx context.Context, job *river.Job[proof.KeepArgs]) error {
	return w.notary().Keep(ctx, job.Args.AgencyID, job.Args.Number)
}

func (d *Deps) notary() *proof.Notary {
	return &proof.Notary{DB: d.DB, Store: d.Files, Box: d.Box, Jobs: d.Jobs, Now: d.Now}
}
