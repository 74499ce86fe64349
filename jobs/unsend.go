package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/files"
	"saphan/tickets"
)

// unsentHint is in the bytes of every event by which a message is taken back. It only spares the others
// a closer look.
var unsentHint = []byte("unsend")

// takeBackFirst lets a message that is taken back go at once, before everything else that waits in the
// conversation: it must not be seen any longer because a large file is under way. It returns what comes
// next after that.
func (w *received) takeBackFirst(ctx context.Context, t talk, h head) (head, error) {
	for _, e := range t.events {
		if !e.Waiting() || e.Failures >= poisonedAfter || !bytes.Contains(e.Body, unsentHint) {
			continue
		}
		if !takesBack(h.channel, e) {
			continue // its turn will come
		}
		own := h
		own.Event = e
		var err error
		if h, err = w.try(ctx, t, own); err != nil || !h.OK || h.err != nil {
			return h, err
		}
	}
	return h, nil
}

// takesBack says whether a message is taken back by an event. One that cannot be read, or that a fault keeps from
// being read, is dealt with and counted when its turn comes.
func takesBack(channel Channel, event bot.Event) (is bool) {
	defer func() {
		if recover() != nil {
			is = false
		}
	}()
	got, err := channel.Decode(event)
	return err == nil && got.Message.Kind == bot.Unsend
}

// unsend removes what the citizen took back, from the chat's memory and from every ticket it was told
// to, as far as it is not a record; the bytes of a file follow. It returns what that means for cases.
func (w *received) unsend(ctx context.Context, tx pgx.Tx, account agencies.Channel, stored bot.Stored, m bot.Message) ([]bot.TakenBackFrom, error) {
	gone, err := bot.TakeBack(ctx, tx, stored.ID, int64(account.ID), m.ID, w.Now())
	if err != nil {
		return nil, err
	}
	if gone.File == 0 {
		// Its bytes may be here already, though the conversation has not seen them.
		at, found, err := files.FindSource(ctx, tx, fileSource(account, m.ID))
		if err != nil {
			return nil, err
		}
		if found && at.State != files.Gone {
			gone.File = at.ID
		}
	}
	consequences, keep, err := w.Desk.Unsend(ctx, tx, tickets.TakenBack{
		Source: bot.SourceOf(gone.Message), Citizen: int64(stored.Identity.CitizenID), Words: gone.Words, Place: gone.Place, File: int64(gone.File),
	})
	if err != nil {
		return nil, err
	}
	var back []bot.TakenBackFrom
	for _, c := range consequences {
		from := bot.TakenBackFrom{Ticket: int64(c.Ticket), Number: c.Number, Label: c.Label, Stays: c.Stays}
		if c.Want != 0 {
			from.Item = fmt.Sprint(c.Want)
		}
		back = append(back, from)
	}
	if keep {
		return back, nil
	}
	return back, w.erase(ctx, tx, gone.File)
}

// fileSource is under what name the bytes of a message are stored once.
func fileSource(account agencies.Channel, message string) string {
	return fmt.Sprintf("%s:%d:%s", account.Kind, account.ID, message)
}

// forget leaves nothing of a message that the citizen took back before it was worked on.
func (w *received) forget(ctx context.Context, tx pgx.Tx, event bot.Event, m bot.Message) error {
	if err := bot.ForgetEvent(ctx, tx, event.ID, "unsent"); err != nil || m.Attachment == nil {
		return err
	}
	return w.erase(ctx, tx, files.AttachmentID(m.Attachment.ID))
}

// forgetIfUnsent erases the file of a message that was taken back while its bytes were on their way.
func (w *received) forgetIfUnsent(ctx context.Context, tx pgx.Tx, event bot.Event, m bot.Message) error {
	if m.Attachment == nil || m.Attachment.ID == 0 {
		return nil
	}
	unsent, err := bot.Unsent(ctx, tx, event.ChannelID, m.ID)
	if err != nil || !unsent {
		return err
	}
	return w.erase(ctx, tx, files.AttachmentID(m.Attachment.ID))
}

// erase makes a file unreadable and has its bytes removed. 0 is no file.
func (w *received) erase(ctx context.Context, tx pgx.Tx, file files.AttachmentID) error {
	if file == 0 {
		return nil
	}
	if err := files.MarkGone(ctx, tx, file); err != nil {
		return err
	}
	_, err := w.Jobs.InsertTx(ctx, tx, EraseArgs{AttachmentID: file}, nil)
	if err != nil {
		return fmt.Errorf("enqueue erasing of attachment %d: %w", file, err)
	}
	return nil
}

// edit changes the words of a message that the citizen edited, in the chat's memory and in every ticket
// it was told to. known is false when there is nothing to change.
func (w *received) edit(ctx context.Context, tx pgx.Tx, t *turn) (known bool, err error) {
	m := t.got.Message
	id, known, err := bot.Amend(ctx, tx, t.stored.ID, t.event.ChannelID, m)
	if err != nil {
		return false, err
	}
	if !known {
		unsent, err := bot.Unsent(ctx, tx, t.event.ChannelID, m.ID)
		if err != nil || !unsent {
			return false, err
		}
		return false, bot.ForgetEvent(ctx, tx, t.event.ID, "unsent")
	}
	err = w.Desk.Edit(ctx, tx, bot.SourceOf(id), m.Text, m.At)
	if errors.Is(err, tickets.ErrNotRouted) {
		return false, errNotRouted
	}
	return true, err
}
