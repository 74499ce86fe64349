package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/files"
)

const (
	// outsidePatience is how long a file waits for the channel or the store to come back.
	outsidePatience = 15 * time.Minute
	outsideAgain    = 5 * time.Second
	// contentPatience is how long after the first try another one is begun to get a file that the channel
	// prepares, or that broke off. With one try of the longest download (two minutes) in it there is time for
	// three.
	contentPatience = 150 * time.Second
	contentAgain    = time.Second
	// heldAgain is when to look again while another job brings the file in.
	heldAgain = 200 * time.Millisecond
	// workingTime is how long telling the person that we are at work may take.
	workingTime = time.Second
)

// errBroken means that the channel began to send a file and did not come to its end: it hung up, or sent
// fewer bytes than it had said.
var errBroken = errors.New("the file broke off")

// errHeld means that another job is bringing the file in.
var errHeld = errors.New("another job is bringing the file in")

// bringIn brings the file of an event in, or puts it off. When that takes long the person is told; name is
// theirs, if they are new. The token that was spent on that is of no use any more for what follows.
func (w *received) bringIn(ctx context.Context, job int64, h head, name string, got *bot.Received) error {
	err := func() error {
		defer w.tellWhenLong(ctx, h, name, *got)()
		return w.fetch(ctx, job, h.account, h.channel, h.Event, got)
	}()
	if err != nil {
		if w.longSince(h.Event) {
			w.tellWait(ctx, h, name, *got)
		}
		return w.putOff(ctx, job, h.Event, err)
	}
	if w.tries.end(h.Event.ID).told {
		got.ReplyToken = ""
	}
	return nil
}

// fileMax is the largest file that is taken from a chat, in bytes.
func (d *Deps) fileMax() int64 { return cmp.Or(d.FileMax, files.DefaultMax) }

// fetch brings a file in before the conversation sees it: its type and size decide the answer. It
// stores the same message once, however often it runs.
func (w *received) fetch(ctx context.Context, job int64, account agencies.Channel, channel Channel, event bot.Event, got *bot.Received) error {
	if most := w.fileMax(); got.FileSize > most {
		got.Message.Attachment = &bot.Attachment{Fault: bot.FileTooLarge, Limit: most}
		return nil
	}
	source := fileSource(account, got.Message.ID)
	var (
		at                  files.Attachment
		found, unsent, held bool
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		if at, found, err = files.FindSource(ctx, tx, source); err != nil || found {
			return err
		}
		// What was taken back before it came is not fetched: the step leaves nothing of it (line.md row 28).
		if unsent, err = bot.Unsent(ctx, tx, event.ChannelID, got.Message.ID); err != nil || unsent {
			return err
		}
		held, err = bot.HoldEvent(ctx, tx, event.ID, job, w.Now(), w.Now().Add(stepTime))
		return err
	})
	switch {
	case err != nil || unsent:
		return err
	case !found && !held:
		return errHeld
	case !found:
		var unfit *bot.Attachment
		again := w.Now().Sub(w.tries.since(event.ID, w.Now())) < contentPatience
		if at, unfit, err = w.bring(ctx, account, channel, event, source, again, got); err != nil {
			return err
		}
		if unfit != nil {
			got.Message.Attachment = unfit
			return nil
		}
	}
	if at.State == files.Infected { // the scanner was quicker than the conversation
		got.Message.Attachment = &bot.Attachment{Name: at.Name, Fault: bot.FileInfected}
		return nil
	}
	got.Message.Attachment = &bot.Attachment{ID: int64(at.ID), Name: at.Name, Type: at.MediaType, Size: at.Size}
	return nil
}

// bring takes a file from the channel to the store. It returns what there is to know of it, or, as
// an attachment with a fault, why there is none. Again says whether a file that is not ready, or breaks off,
// is to be tried again.
func (w *received) bring(ctx context.Context, account agencies.Channel, channel Channel, event bot.Event, source string, again bool, got *bot.Received) (at files.Attachment, unfit *bot.Attachment, err error) {
	working, cancel := context.WithTimeout(ctx, workingTime)
	channel.Working(working, account, event.Source)
	cancel()
	content, err := channel.Fetch(ctx, account, got.Message.ID)
	switch {
	case errors.Is(err, bot.ErrNotReady):
		if again {
			return files.Attachment{}, nil, err
		}
		return files.Attachment{}, &bot.Attachment{Fault: bot.FileNotReady}, nil
	case errors.Is(err, bot.ErrGone):
		return files.Attachment{}, &bot.Attachment{Fault: bot.FileGone}, nil
	case err != nil:
		return files.Attachment{}, nil, fmt.Errorf("fetch content of event %d: %w", event.ID, err)
	}
	at, err = w.keepBytes(ctx, event, content, source, got)
	if errors.Is(err, errBroken) && !again {
		// LINE is there and this file is not to be had: what the person says next goes on.
		w.Log.WarnContext(ctx, "file given up", "event", event.ID, "err", err)
		return files.Attachment{}, &bot.Attachment{Fault: bot.FileNotReady}, nil
	}
	if sentence, refused := files.Refusal(err); refused {
		w.Log.InfoContext(ctx, "file refused", "event", event.ID, "channel", account.ID, "err", err)
		return files.Attachment{}, &bot.Attachment{Fault: bot.FileRefused, Words: sentence}, nil
	}
	if errors.Is(err, bot.ErrGone) {
		return files.Attachment{}, &bot.Attachment{Fault: bot.FileGone}, nil
	}
	if err != nil {
		return files.Attachment{}, nil, fmt.Errorf("store content of event %d: %w", event.ID, err)
	}
	return at, nil, nil
}

// putOff comes back to a file that could not be fetched or stored; meanwhile no other job tries it.
// When that lasts too long the person is told, and what they say next goes on.
func (w *received) putOff(ctx context.Context, job int64, event bot.Event, err error) error {
	pause, age := time.Duration(0), w.Now().Sub(w.tries.since(event.ID, w.Now()))
	switch {
	case ctx.Err() != nil:
		return err // the hold is this job's until it runs again
	case errors.Is(err, errHeld):
		return river.JobSnooze(heldAgain)
	case errors.Is(err, bot.ErrNotReady):
		pause = contentAgain
	case age < outsidePatience:
		w.Log.WarnContext(ctx, "file put off", "event", event.ID, "age_s", int(age.Seconds()), "err", err)
		pause = outsideAgain
	}
	holdErr := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		_, err := bot.HoldEvent(ctx, tx, event.ID, job, w.Now(), w.Now().Add(pause))
		return err
	})
	switch {
	case holdErr != nil:
		return errors.Join(err, holdErr)
	case pause > 0:
		return river.JobSnooze(pause)
	default:
		return fmt.Errorf("file of event %d could not be brought in: %w", event.ID, err)
	}
}

// keepBytes keeps the bytes and then their row, with the job that has them scanned for viruses. Bytes
// without a row, after a crash between the two, are found and removed by the sweep.
func (w *received) keepBytes(ctx context.Context, event bot.Event, content bot.Content, source string, got *bot.Received) (files.Attachment, error) {
	defer content.Body.Close() //nolint:errcheck // read to its end or given up
	name := fileName(got)
	if most := w.fileMax(); content.Size > most {
		return files.Attachment{}, files.TooLarge(most) // without reading all of it first
	}
	object, err := w.Files.Put(ctx, &breaking{r: content.Body, needed: needed(got)}, files.Limits{Max: w.fileMax()})
	if err != nil {
		return files.Attachment{}, err
	}
	if err := isIt(object, got); err != nil {
		return files.Attachment{}, errors.Join(err, w.Files.Delete(ctx, object))
	}
	if err := files.Accept(object, name); err != nil {
		return files.Attachment{}, errors.Join(err, w.Files.Delete(ctx, object))
	}
	w.at("received: after the bytes are stored")
	at := files.Attachment{Object: object, Name: files.SafeName(name), Source: source, State: files.Ready}
	if w.Scanner != nil {
		at.State = files.Waiting
	}
	var unsent bool
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		// Taken back while the bytes were on their way, the file never was.
		if unsent, err = bot.UnsentMeanwhile(ctx, tx, event.ID); err != nil || unsent {
			return err
		}
		if at.ID, err = files.Insert(ctx, tx, at); err != nil || at.State == files.Ready {
			return err
		}
		if _, err := w.Jobs.InsertTx(ctx, tx, ScanArgs{AttachmentID: at.ID}, nil); err != nil {
			return fmt.Errorf("enqueue scan of attachment %d: %w", at.ID, err)
		}
		return nil
	})
	if err == nil && unsent {
		return files.Attachment{}, errors.Join(bot.ErrGone, w.Files.Delete(ctx, object))
	}
	return at, err
}

// breaking marks an error of the channel's, which is none of the store's.
type breaking struct {
	r      io.Reader
	needed bool // nothing at all is an error too
	some   bool // there was something
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.some = b.some || n > 0
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		err = fmt.Errorf("%w: %w", errBroken, err)
	case err != nil && b.needed && !b.some:
		err = fmt.Errorf("%w before its first byte", errBroken)
	}
	return n, err
}

// needed says whether a message's bytes cannot be none: nobody can send an empty picture, film or sound.
func needed(got *bot.Received) bool { return got.Message.Kind != bot.File || got.FileSize > 0 }

// isIt is an error when what came is not what the person sent: less than the channel had said, though the
// connection ended well, or the words of something on the way, told as a success.
func isIt(o files.Object, got *bot.Received) error {
	words := strings.HasPrefix(o.MediaType, "text/") || o.MediaType == "application/json"
	switch {
	case o.Size < got.FileSize:
		return fmt.Errorf("%w after %d of %d bytes", errBroken, o.Size, got.FileSize)
	case words && got.Message.Kind != bot.File, words && got.FileSize > 0 && o.Size != got.FileSize:
		return fmt.Errorf("%w: in its place came %d bytes of %s", errBroken, o.Size, o.MediaType)
	}
	return nil
}

// fileName is the sender's name of a file; photos have none.
func fileName(got *bot.Received) string {
	if got.FileName != "" {
		return got.FileName
	}
	switch got.Message.Kind {
	case bot.Image:
		return "รูปภาพ"
	case bot.Video:
		return "วิดีโอ"
	case bot.Audio:
		return "เสียง"
	default:
		return "ไฟล์"
	}
}
