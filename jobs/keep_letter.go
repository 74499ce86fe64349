package jobs

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/letters"
	"saphan/papers"
	"saphan/tickets"
)

// keepLetter keeps the letter by which a citizen was told something as it was then: its file with the case, its fingerprint in
// the history. One that is there is not drawn again.
type keepLetter struct {
	river.WorkerDefaults[tickets.KeepLetterArgs]
	*Deps
}

func (w *keepLetter) Work(ctx context.Context, job *river.Job[tickets.KeepLetterArgs]) error {
	id := job.Args.LetterID
	var (
		kept   bool
		letter papers.Letter
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		if _, kept, err = files.FindSource(ctx, tx, id.Source()); err != nil || kept {
			return err
		}
		letter, err = letters.Desk{Cases: w.Desk, Base: w.BaseURL}.Compose(ctx, tx, id)
		return err
	})
	if kept || fault.Is(err, fault.NotFound) { // erased, or one that says it without a letter
		return nil
	}
	if err != nil {
		return err
	}
	document, err := letter.PDF()
	if err != nil {
		return fmt.Errorf("draw the letter %s: %w", id.Source(), err)
	}
	object, err := w.Files.Put(ctx, bytes.NewReader(document), files.Limits{})
	if err != nil {
		return fmt.Errorf("keep the letter %s: %w", id.Source(), err)
	}
	w.at("letter: before it is kept")
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		if _, _, _, err := tickets.Standing(ctx, tx, id.TicketID); err != nil { // nobody else keeps it meanwhile
			return err
		}
		if _, kept, err := files.FindSource(ctx, tx, id.Source()); err != nil || kept {
			return err
		}
		file, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: string(id.Letter) + "-" + letter.Number + ".pdf", Source: id.Source()})
		if err != nil {
			return err
		}
		return w.Desk.Lettered(ctx, tx, id, int64(file), object.SHA256)
	})
	if err == nil {
		w.at("letter: after it is kept")
	}
	return err
}
