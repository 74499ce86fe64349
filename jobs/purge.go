package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/files"
	"saphan/tickets"
)

// PurgeArgs asks for what is too old to be kept to go.
type PurgeArgs struct{}

// Kind names the job.
func (PurgeArgs) Kind() string { return "purge" }

// purgeEvery is how often that is looked for, over all worker processes together.
const purgeEvery = 24 * time.Hour

// InsertOpts keeps it to one a day, however many workers ask for it.
func (PurgeArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: purgeEvery}, MaxAttempts: 3}
}

// purge lets old things go (PDP-5): the words of chats after thirty days, people who said something and never
// asked for anything, copies of data whose links ended, powers of attorney a year after they were over. It goes on with people who are to be forgotten and had
// to wait for an answer, and puts cases whose term is over on a list for a person to decide about: those it never
// touches (EGA-17.1). One that stops in the middle is gone on with the next day.
type purge struct {
	river.WorkerDefaults[PurgeArgs]
	*Deps
}

// Timeout leaves room for many.
func (w *purge) Timeout(*river.Job[PurgeArgs]) time.Duration { return 30 * time.Minute }

func (w *purge) Work(ctx context.Context, _ *river.Job[PurgeArgs]) error {
	words, err := w.words(ctx)
	if err != nil {
		return err
	}
	people, err := w.idle(ctx)
	if err != nil {
		return err
	}
	if err := w.copies(ctx); err != nil {
		return err
	}
	if err := w.unfinished(ctx); err != nil {
		return err
	}
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		_, err := w.Desk.LapseFilings(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	mandates, err := w.mandates(ctx)
	if err != nil {
		return err
	}
	proposed, err := w.terms(ctx)
	if err != nil {
		return err
	}
	if words+int64(people+mandates+proposed) > 0 {
		w.Log.InfoContext(ctx, "let old things go", "rows_emptied", words, "people_forgotten", people, "mandates_emptied", mandates, "cases_proposed", proposed)
	}
	return nil
}

// words empties what was said long ago.
func (w *purge) words(ctx context.Context) (emptied int64, err error) {
	run := bot.Purge{Before: w.Now().Add(-bot.DraftFor)}
	for more := true; more; {
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
			n, again, err := run.Next(ctx, tx)
			emptied, more = emptied+n, again
			return err
		})
		if err != nil {
			return emptied, err
		}
	}
	return emptied, nil
}

// idle forgets people who talked, asked nobody for anything and never came back.
func (w *purge) idle(ctx context.Context) (forgotten int, err error) {
	since := w.Now().Add(-bot.DraftFor)
	for after := bot.ConversationID(0); ; {
		var batch []bot.ConversationID
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			batch, err = bot.Idle(ctx, tx, since, after, expireBatch)
			return err
		})
		if err != nil || len(batch) == 0 {
			return forgotten, err
		}
		for _, id := range batch {
			gone, err := w.stranger(ctx, id)
			if err != nil {
				return forgotten, err
			}
			if gone {
				forgotten++
			}
		}
		after = batch[len(batch)-1]
	}
}

// stranger forgets the person of an idle conversation unless, holding it, they turn out to be known. Somebody who
// talks with several accounts is forgotten when the last of them is idle.
func (w *purge) stranger(ctx context.Context, id bot.ConversationID) (gone bool, err error) {
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		stored, err := bot.Reload(ctx, tx, id)
		if err != nil {
			return err
		}
		citizen := stored.Identity.CitizenID
		filed, err := tickets.HasFiled(ctx, tx, int64(citizen))
		if err != nil || filed {
			return err
		}
		known, err := citizens.SignedIn(ctx, tx, citizen)
		if err != nil || known {
			return err
		}
		accounts, err := citizens.Identities(ctx, tx, citizen)
		if err != nil {
			return err
		}
		talks, err := bot.ConversationsOf(ctx, tx, accounts)
		if err != nil {
			return err
		}
		came, err := bot.Erase(ctx, tx, id, w.Now().Add(-bot.DraftFor), true, w.Now())
		if err != nil {
			return err
		}
		if err := w.dropLoose(ctx, tx, came); err != nil {
			return err
		}
		if gone = len(talks) == 1; !gone {
			return nil
		}
		_, err = citizens.Erase(ctx, tx, citizen, nil, true)
		return err
	})
	return gone, err
}

// copies erases copies of people's data that nobody can download any more.
func (w *purge) copies(ctx context.Context) error {
	for {
		var spent []citizens.Export
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			spent, err = citizens.SpentExports(ctx, tx, w.Now(), expireBatch)
			return err
		})
		if err != nil {
			return err
		}
		if len(spent) == 0 {
			break
		}
		for _, e := range spent {
			err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
				if e.AttachmentID != nil {
					if err := w.dropLoose(ctx, tx, []files.AttachmentID{files.AttachmentID(*e.AttachmentID)}); err != nil {
						return err
					}
				}
				return citizens.DropExport(ctx, tx, e.ID)
			})
			if err != nil {
				return err
			}
		}
	}
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		_, err := citizens.ForgetExports(ctx, tx, w.Now())
		return err
	})
}

// unfinished goes on with people whose accounts had to wait.
func (w *purge) unfinished(ctx context.Context) error {
	for after := citizens.ErasureID(0); ; {
		var batch []citizens.ErasureID
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if batch, err = citizens.UnfinishedErasures(ctx, tx, after, expireBatch); err != nil {
				return err
			}
			for _, id := range batch {
				if _, err := w.Jobs.InsertTx(ctx, tx, citizens.ErasureArgs{ErasureID: id}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: time.Hour}}); err != nil {
					return fmt.Errorf("enqueue erasure %d: %w", id, err)
				}
			}
			return nil
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		after = batch[len(batch)-1]
	}
}

// mandates empties the powers of attorney whose term is over, with their signed papers (PDP-5, PDP-10).
func (w *purge) mandates(ctx context.Context) (emptied int, err error) {
	for more := true; more; {
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
			n, papers, err := w.Desk.LapseMandates(ctx, tx, expireBatch)
			if err != nil {
				return err
			}
			emptied, more = emptied+n, n == expireBatch
			return w.drop(ctx, tx, papers)
		})
		if err != nil {
			return emptied, err
		}
	}
	return emptied, nil
}

// terms puts cases whose term is over on the list of what a person decides about.
func (w *purge) terms(ctx context.Context) (proposed int, err error) {
	for after := tickets.TicketID(0); ; {
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
			last, n, err := w.Desk.ProposeDisposals(ctx, tx, after, expireBatch)
			after, proposed = last, proposed+n
			return err
		})
		if err != nil || after == 0 {
			return proposed, err
		}
	}
}
