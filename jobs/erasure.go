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
	"saphan/citizens"
	"saphan/files"
	"saphan/payments"
	"saphan/permits"
	"saphan/tickets"
)

// erasure forgets a person who asked for it (PDP-4, R17): case by case, conversation by conversation, and then the
// person. Each is a transaction of its own that drops the keys of its files with it, so whatever stops in the
// middle is gone on with, and nothing is lost between them. The account goes last, when no agency owes an answer.
type erasure struct {
	river.WorkerDefaults[citizens.ErasureArgs]
	*Deps
}

// sendAgain is when to look again while messages wait to be sent.
const sendAgain = time.Minute

// Timeout leaves room for somebody who talked for years.
func (w *erasure) Timeout(*river.Job[citizens.ErasureArgs]) time.Duration { return 30 * time.Minute }

func (w *erasure) Work(ctx context.Context, job *river.Job[citizens.ErasureArgs]) error {
	var e citizens.Erasure
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		e, err = citizens.FindErasure(ctx, tx, job.Args.ErasureID)
		return err
	})
	if err != nil || e.FinishedAt != nil {
		return err
	}
	f := forgetting{Deps: w.Deps, citizen: e.CitizenID, asked: e.AskedAt}
	if err := f.cases(ctx); err != nil {
		return err
	}
	again, err := f.person(ctx, e.ID)
	if err == nil && again {
		return river.JobSnooze(sendAgain)
	}
	return err
}

// forgetting is the act of forgetting one citizen.
type forgetting struct {
	*Deps
	citizen citizens.CitizenID
	asked   time.Time
	stays   []citizens.Stay
	keep    []string // services whose cases stay
}

// cases forgets what no law keeps of the citizen's cases, and notes the rest.
func (f *forgetting) cases(ctx context.Context) error {
	var all []tickets.TicketID
	err := agencies.Everywhere(ctx, f.DB, func(tx pgx.Tx) (err error) {
		all, err = tickets.TicketsOf(ctx, tx, int64(f.citizen))
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range all {
		err := agencies.Everywhere(ctx, f.DB, func(tx pgx.Tx) error {
			left, err := f.Desk.Forget(ctx, tx, id)
			if err != nil {
				return err
			}
			if err := f.note(ctx, tx, left); err != nil {
				return err
			}
			if left.Open || left.Record {
				f.keep = append(f.keep, string(left.Ticket.FormKey))
			} else if err := payments.Blank(ctx, tx, int64(id)); err != nil {
				return err
			}
			return f.drop(ctx, tx, left.Files)
		})
		if err != nil {
			return err
		}
		f.at("erasure: after a case")
	}
	if len(all) > 0 {
		f.stays = append(f.stays, citizens.Stay{Kind: citizens.StayHistory})
	}
	return nil
}

// note writes down what stays of a case.
func (f *forgetting) note(ctx context.Context, tx pgx.Tx, left tickets.Left) error {
	stay, stays, err := f.Desk.Stay(ctx, tx, left)
	if err != nil || !stays {
		return err
	}
	f.stays = append(f.stays, stay)
	number, err := permits.NumberOf(ctx, tx, int64(left.Ticket.ID))
	if err == nil && number != "" {
		f.stays = append(f.stays, citizens.Stay{Kind: citizens.StayPermit, Number: number, Title: left.Ticket.Title})
	}
	return err
}

// drop erases files that nothing needs any more: the key in this transaction, the bytes by a job.
func (d *Deps) drop(ctx context.Context, tx pgx.Tx, ids []int64) error {
	all := make([]files.AttachmentID, len(ids))
	for i, id := range ids {
		all[i] = files.AttachmentID(id)
	}
	return d.dropLoose(ctx, tx, all)
}

// person forgets the conversations and the person. It reports whether messages have to be sent before the rest
// can go.
func (f *forgetting) person(ctx context.Context, id citizens.ErasureID) (again bool, err error) {
	if err := f.talks(ctx, false); err != nil {
		return false, err
	}
	f.at("erasure: after the talks")
	whole, again, err := f.clear(ctx)
	if err != nil {
		return false, err
	}
	if whole {
		if err := f.talks(ctx, true); err != nil {
			return false, err
		}
		f.at("erasure: after the conversations")
	}
	if err := f.uploads(ctx); err != nil {
		return false, err
	}
	return again, agencies.Everywhere(ctx, f.DB, func(tx pgx.Tx) error {
		if err := f.mandates(ctx, tx); err != nil {
			return err
		}
		left, err := citizens.Erase(ctx, tx, f.citizen, f.keep, whole)
		if err != nil {
			return err
		}
		if err := f.drop(ctx, tx, left); err != nil {
			return err
		}
		return citizens.Erased(ctx, tx, id, f.stays, whole, f.Now())
	})
}

// mandates forgets the powers of attorney that the citizen holds, and those that they gave (PDP-10).
func (f *forgetting) mandates(ctx context.Context, tx pgx.Tx) error {
	blinds, err := citizens.BlindsOf(ctx, tx, f.citizen, f.Now())
	if err != nil {
		return err
	}
	papers, err := f.Desk.ForgetMandates(ctx, tx, int64(f.citizen), blinds)
	if err != nil {
		return err
	}
	return f.drop(ctx, tx, papers)
}

// uploads forgets files that the citizen sent by web: those on their way, and those that came for nothing. What the
// store has of the first is removed at once, and by the sweep when that was in vain.
func (f *forgetting) uploads(ctx context.Context) error {
	var left []files.Upload
	err := agencies.Everywhere(ctx, f.DB, func(tx pgx.Tx) error {
		owner := tickets.ByCitizen(int64(f.citizen)).String()
		became, err := files.UploadedBy(ctx, tx, owner)
		if err != nil {
			return err
		}
		if left, err = files.EraseUploads(ctx, tx, owner); err != nil {
			return err
		}
		return f.dropLoose(ctx, tx, became)
	})
	if err != nil {
		return err
	}
	for _, up := range left {
		if err := f.Files.Discard(ctx, up); err != nil {
			return err
		}
	}
	return nil
}

// conversations are those of the citizen's accounts.
func (f *forgetting) conversations(ctx context.Context, tx pgx.Tx) ([]bot.ConversationID, error) {
	accounts, err := citizens.Identities(ctx, tx, f.citizen)
	if err != nil {
		return nil, err
	}
	return bot.ConversationsOf(ctx, tx, accounts)
}

// talks forgets what was said, or the conversations themselves.
func (f *forgetting) talks(ctx context.Context, whole bool) error {
	var all []bot.ConversationID
	err := agencies.Everywhere(ctx, f.DB, func(tx pgx.Tx) (err error) {
		all, err = f.conversations(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range all {
		err := agencies.Everywhere(ctx, f.DB, func(tx pgx.Tx) error {
			if whole {
				if err := tickets.Part(ctx, tx, int64(f.citizen), []int64{int64(id)}); err != nil {
					return err
				}
			}
			came, err := bot.Erase(ctx, tx, id, f.asked, whole, f.Now())
			if err != nil {
				return err
			}
			return f.dropLoose(ctx, tx, came)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// clear says whether the account can go now: no agency owes an answer, and no form was begun since. Again says
// that only messages wait, which will be sent in a moment.
func (f *forgetting) clear(ctx context.Context) (whole, again bool, err error) {
	err = agencies.Everywhere(ctx, f.DB, func(tx pgx.Tx) error {
		owed, err := tickets.Waits(ctx, tx, int64(f.citizen))
		if err != nil || owed {
			return err
		}
		all, err := f.conversations(ctx, tx)
		if err != nil {
			return err
		}
		begun, waiting, err := bot.Unsaid(ctx, tx, all)
		whole, again = !begun && !waiting, !begun && waiting
		return err
	})
	return whole, again, err
}

// dropLoose erases those of the files that no case, and no request that is to become one, needs.
func (d *Deps) dropLoose(ctx context.Context, tx pgx.Tx, all []files.AttachmentID) error {
	kept, err := tickets.Keep(ctx, tx, all)
	if err != nil {
		return err
	}
	for _, id := range all {
		if slices.Contains(kept, int64(id)) {
			continue
		}
		if err := files.MarkGone(ctx, tx, id); err != nil {
			return err
		}
		if _, err := d.Jobs.InsertTx(ctx, tx, EraseArgs{AttachmentID: id}, nil); err != nil {
			return fmt.Errorf("enqueue erasing of attachment %d: %w", id, err)
		}
	}
	return nil
}
