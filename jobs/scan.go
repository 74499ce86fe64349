package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/files"
	"saphan/internal/fault"
)

// ScanArgs is the fact that a file waits to be looked at by the virus scanner.
type ScanArgs struct {
	AttachmentID files.AttachmentID `json:"attachment_id"`
}

// ScanQueue keeps files that wait for a scanner out of the way of the chat.
const ScanQueue = "scan"

// Kind names the job.
func (ScanArgs) Kind() string { return "scan" }

// InsertOpts puts it into its queue.
func (ScanArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: ScanQueue} }

const (
	// scanSoonest and scanLatest bound how soon a scanner that did not answer is asked again: the
	// longer a file has waited, the later, so that the first comes through soon after the scanner is
	// back and a long outage is no storm.
	scanSoonest = 5 * time.Second
	scanLatest  = 2 * time.Minute
	// unscannableAgain is when a file is tried again that the scanner's settings do not let through.
	unscannableAgain = time.Hour
	// carrierPatience is how long a finding waits for the message that brings the file to be worked
	// on, so that its sender can be told.
	carrierPatience = 5 * time.Minute
	carrierAgain    = time.Second
)

// scan has the virus scanner look at a file that nobody may open before that. The case goes on
// meanwhile. A scanner that is away makes files wait, and nothing else.
type scan struct {
	river.WorkerDefaults[ScanArgs]
	*Deps
}

// Timeout leaves room for a large file.
func (w *scan) Timeout(*river.Job[ScanArgs]) time.Duration { return 10 * time.Minute }

func (w *scan) Work(ctx context.Context, job *river.Job[ScanArgs]) error {
	var at files.Attachment
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		at, err = files.Find(ctx, tx, job.Args.AttachmentID)
		return err
	})
	if err != nil || at.State != files.Waiting {
		return err
	}
	if w.Scanner == nil {
		// Never opened unseen because a setting was lost: it takes a scanner to let the file go.
		w.Log.ErrorContext(ctx, "a file waits for its virus scan, but CLAMD_ADDR is not set", "attachment", at.ID)
		return river.JobSnooze(unscannableAgain)
	}
	finding, err := w.look(ctx, at)
	if err != nil {
		return w.later(ctx, at, err)
	}
	w.at("scan: after the verdict")
	if finding != "" {
		return w.spoil(ctx, at, finding)
	}
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		clean, err := files.MarkClean(ctx, tx, at.ID, w.Now())
		if err != nil || !clean {
			return err
		}
		return w.Desk.Scanned(ctx, tx, int64(at.ID))
	})
}

// look has the scanner read the whole file.
func (w *scan) look(ctx context.Context, at files.Attachment) (finding string, err error) {
	content, err := w.Files.Get(ctx, at.Object)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	return w.Scanner.Scan(ctx, content)
}

// later says when a file is tried again that could not be scanned. Only bytes that are not those we
// stored count as a failure of the job: no waiting mends them.
func (w *scan) later(ctx context.Context, at files.Attachment, err error) error {
	age := w.Now().Sub(at.CreatedAt)
	pause := min(max(age/4, scanSoonest), scanLatest)
	switch {
	case ctx.Err() != nil, errors.Is(err, files.ErrAltered), fault.Is(err, fault.NotFound):
		return err
	case errors.Is(err, files.ErrUnscannable):
		w.Log.ErrorContext(ctx, "file cannot be scanned for viruses", "attachment", at, "err", err)
		pause = unscannableAgain
	default:
		w.Log.WarnContext(ctx, "virus scan put off", "attachment", at, "age_s", int(age.Seconds()), "err", err)
	}
	return river.JobSnooze(pause)
}

// spoil makes a file unreadable in which a virus was found, takes it out of what its sender has not
// sent yet, tells the sender and every ticket that holds it, and has the bytes removed: one fact.
func (w *scan) spoil(ctx context.Context, at files.Attachment, finding string) error {
	var wait bool
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		carried, ok, err := bot.Carrier(ctx, tx, at.ID)
		if err != nil {
			return err
		}
		if wait = !ok && !at.Uploaded() && w.Now().Sub(at.CreatedAt) < carrierPatience; wait {
			return nil
		}
		var stored bot.Stored
		if ok { // the conversation is held first, as in a step
			if stored, err = bot.Reload(ctx, tx, carried.Conversation); err != nil {
				return err
			}
		}
		marked, err := files.MarkInfected(ctx, tx, at.ID, finding, w.Now())
		if err != nil || !marked {
			return err
		}
		w.Log.WarnContext(ctx, "virus found in a file", "attachment", at, "finding", finding)
		if _, err := w.Jobs.InsertTx(ctx, tx, EraseArgs{AttachmentID: at.ID}, nil); err != nil {
			return fmt.Errorf("enqueue erasing of attachment %d: %w", at.ID, err)
		}
		if err := w.Desk.Spoiled(ctx, tx, int64(at.ID)); err != nil || !ok {
			return err
		}
		return w.tell(ctx, tx, stored, at, carried)
	})
	if err == nil && wait {
		return river.JobSnooze(carrierAgain)
	}
	return err
}

// tell takes the conversation through the loss of the file.
func (w *scan) tell(ctx context.Context, tx pgx.Tx, stored bot.Stored, at files.Attachment, carried bot.Carried) error {
	account, _, err := w.account(ctx, tx, carried.Channel)
	if err != nil {
		return err
	}
	world, err := (&received{Deps: w.Deps}).world(ctx, tx, account, stored)
	if err != nil {
		return err
	}
	lost := bot.Message{ID: carried.Message, Kind: bot.Spoiled, At: w.Now(), Attachment: &bot.Attachment{Name: at.Name}}
	state, replies, _ := bot.Step(stored.State, lost, world) // a loss has no effects outside of the chat
	if err := bot.Save(ctx, tx, stored.ID, state, w.Now()); err != nil {
		return err
	}
	return bot.Notify(ctx, tx, w.Jobs, stored.ID, fmt.Sprintf("file %d infected", at.ID), w.Now(), replies...)
}
