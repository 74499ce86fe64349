package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/tickets"
)

// UploadsArgs asks for files to go that somebody began to send and left, and for those that were sent and
// that nothing needs.
type UploadsArgs struct{}

// Kind names the job.
func (UploadsArgs) Kind() string { return "uploads" }

// uploadsEvery is how often that is looked for, over all worker processes together.
const uploadsEvery = time.Hour

// InsertOpts keeps it to one an hour, however many workers ask for it.
func (UploadsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: uploadsEvery}, MaxAttempts: 3}
}

// uploads forgets what was sent for nothing. One that stops in the middle is gone on with an hour later.
type uploads struct {
	river.WorkerDefaults[UploadsArgs]
	*Deps
}

// uploadsBatch is how many are read at once; each is then dropped in a transaction of its own.
const uploadsBatch = 100

// Timeout leaves room for many.
func (w *uploads) Timeout(*river.Job[UploadsArgs]) time.Duration { return 30 * time.Minute }

func (w *uploads) Work(ctx context.Context, _ *river.Job[UploadsArgs]) error {
	left, err := w.drop(ctx)
	if err != nil {
		return err
	}
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		_, err := files.ForgetUploads(ctx, tx, w.Now())
		return err
	})
	if err != nil {
		return err
	}
	erased, err := (&expire{Deps: w.Deps}).loose(ctx, "upload")
	if left+erased > 0 {
		w.Log.InfoContext(ctx, "forgot files that were sent for nothing", "unfinished", left, "unused", erased)
	}
	return err
}

// drop takes back uploads whose time is over. It returns how many. Bytes that a crash leaves behind are the
// sweep's.
func (w *uploads) drop(ctx context.Context) (dropped int, err error) {
	for {
		var batch []files.Upload
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			batch, err = files.LeftUploads(ctx, tx, w.Now(), uploadsBatch)
			return err
		})
		if err != nil || len(batch) == 0 {
			return dropped, err
		}
		for _, up := range batch {
			err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return files.DropUpload(ctx, tx, up.ID) })
			if err != nil {
				return dropped, err
			}
			w.at("uploads: after the key is gone")
			if err := w.Files.Discard(ctx, up); err != nil {
				return dropped, err
			}
			dropped++
		}
	}
}

// ScanUpload has a file scanned that came by way of a page: what files.UploadsConfig wants for Scan.
func ScanUpload(queue agencies.Jobs) func(ctx context.Context, tx pgx.Tx, id files.AttachmentID) error {
	return func(ctx context.Context, tx pgx.Tx, id files.AttachmentID) error {
		if _, err := queue.InsertTx(ctx, tx, ScanArgs{AttachmentID: id}, nil); err != nil {
			return fmt.Errorf("enqueue scan of attachment %d: %w", id, err)
		}
		return nil
	}
}

// EraseUnused erases a file that its sender took back, unless a request, a ticket or a form that is filled in holds it by
// now: what files.UploadsConfig wants for Unused.
func EraseUnused(queue agencies.Jobs) func(ctx context.Context, tx pgx.Tx, id files.AttachmentID) error {
	return func(ctx context.Context, tx pgx.Tx, id files.AttachmentID) error {
		held, err := begunWith(ctx, tx, id)
		if err != nil || held {
			return err
		}
		kept, err := tickets.Keep(ctx, tx, []files.AttachmentID{id})
		if err != nil || len(kept) > 0 {
			return err
		}
		if err := files.MarkGone(ctx, tx, id); err != nil {
			return err
		}
		if _, err := queue.InsertTx(ctx, tx, EraseArgs{AttachmentID: id}, nil); err != nil {
			return fmt.Errorf("enqueue erasing of attachment %d: %w", id, err)
		}
		return nil
	}
}
