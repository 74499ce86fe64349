package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/files"
	"saphan/tickets"
)

// ExpireArgs asks for forms that nobody went on with, and the files that came for nothing, to go.
type ExpireArgs struct{}

// Kind names the job.
func (ExpireArgs) Kind() string { return "expire" }

// expireEvery is how often that is looked for, over all worker processes together.
const expireEvery = 24 * time.Hour

// InsertOpts keeps it to one a day, however many workers ask for it.
func (ExpireArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: expireEvery}, MaxAttempts: 3}
}

// expire forgets what people began and left (PDP-5): first the forms, out of each conversation; then the
// files that no form, no request and no ticket needs any more, whoever left them behind. One that stops
// in the middle is gone on with the next day.
type expire struct {
	river.WorkerDefaults[ExpireArgs]
	*Deps
}

// expireBatch is how many are read at once; each is then changed in a transaction of its own.
const expireBatch = 500

// Timeout leaves room for many.
func (w *expire) Timeout(*river.Job[ExpireArgs]) time.Duration { return 30 * time.Minute }

func (w *expire) Work(ctx context.Context, _ *river.Job[ExpireArgs]) error {
	forms, err := w.drafts(ctx)
	if err != nil {
		return err
	}
	erased := 0
	for kind := range w.Channels {
		n, err := w.loose(ctx, kind)
		erased += n
		if err != nil {
			return err
		}
	}
	if forms+erased > 0 {
		w.Log.InfoContext(ctx, "forgot what was begun and left", "conversations", forms, "files", erased)
	}
	return nil
}

// drafts takes forms out of conversations. It returns out of how many.
func (w *expire) drafts(ctx context.Context) (changed int, err error) {
	for after := bot.ConversationID(0); ; {
		var batch []bot.ConversationID
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			batch, err = bot.Unfinished(ctx, tx, after, expireBatch)
			return err
		})
		if err != nil || len(batch) == 0 {
			return changed, err
		}
		for _, id := range batch {
			err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
				gone, err := bot.Forget(ctx, tx, id, w.Now())
				if gone {
					changed++
				}
				return err
			})
			if err != nil {
				return changed, err
			}
		}
		after = batch[len(batch)-1]
	}
}

// loose erases the files from a kind of channel that are old and belong to nothing. It returns how many.
func (w *expire) loose(ctx context.Context, kind string) (erased int, err error) {
	before := w.Now().Add(-bot.DraftFor)
	for after := files.AttachmentID(0); ; {
		var (
			batch []files.AttachmentID
			kept  []int64
		)
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if batch, err = files.From(ctx, tx, kind+":", before, after, expireBatch); err != nil {
				return err
			}
			kept, err = tickets.Keep(ctx, tx, batch)
			return err
		})
		if err != nil || len(batch) == 0 {
			return erased, err
		}
		for _, id := range batch {
			if slices.Contains(kept, int64(id)) {
				continue
			}
			gone, err := w.eraseLoose(ctx, id)
			if err != nil {
				return erased, err
			}
			if gone {
				erased++
			}
		}
		after = batch[len(batch)-1]
	}
}

// eraseLoose erases a file unless, holding the conversation that brought it, it turns out to be needed.
func (w *expire) eraseLoose(ctx context.Context, id files.AttachmentID) (erased bool, err error) {
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
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
		if _, err := w.Jobs.InsertTx(ctx, tx, EraseArgs{AttachmentID: id}, nil); err != nil {
			return fmt.Errorf("enqueue erasing of attachment %d: %w", id, err)
		}
		erased = true
		return nil
	})
	return erased, err
}

// begunWith reports, holding the conversation that a file was brought into, whether that still needs it.
func begunWith(ctx context.Context, tx pgx.Tx, id files.AttachmentID) (bool, error) {
	carried, ok, err := bot.Carrier(ctx, tx, id)
	if err != nil || !ok {
		return false, err
	}
	stored, err := bot.Reload(ctx, tx, carried.Conversation)
	return err == nil && stored.State.Holds(int64(id)), err
}
