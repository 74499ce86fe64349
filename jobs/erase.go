package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
)

// EraseArgs is the fact that nobody may see a file any more.
type EraseArgs struct {
	AttachmentID files.AttachmentID `json:"attachment_id"`
}

// Kind names the job.
func (EraseArgs) Kind() string { return "erase" }

// erase removes the bytes of a file from the object store; the row stays as the fact.
type erase struct {
	river.WorkerDefaults[EraseArgs]
	*Deps
}

func (w *erase) Work(ctx context.Context, job *river.Job[EraseArgs]) error {
	var at files.Attachment
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		at, err = files.Find(ctx, tx, job.Args.AttachmentID)
		return err
	})
	if err != nil {
		return err
	}
	return w.Files.Delete(ctx, at.Object)
}
