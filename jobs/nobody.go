package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
)

const (
	// leaveHold is how long one job may take to leave a group: two calls.
	leaveHold = 30 * time.Second
	// leaveAgain is when to look again while another job is at it.
	leaveAgain = time.Second
)

// nobodys works on an event that belongs to nobody's conversation: one of a group or room, one about
// the account itself, one that bears no person.
func (w *received) nobodys(ctx context.Context, event bot.Event) error {
	if !event.Waiting() {
		return nil
	}
	var (
		account agencies.Channel
		channel Channel
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		account, channel, err = w.account(ctx, tx, agencies.ChannelID(event.ChannelID))
		return err
	})
	if err != nil {
		return err
	}
	got, err := channel.Decode(event)
	switch {
	case err != nil:
		w.Log.WarnContext(ctx, "event put into quarantine", "event", event.ID, "channel", account.ID, "err", err)
		return w.finish(ctx, event, err.Error())
	case got.Group != nil:
		return w.leave(ctx, account, channel, event, got)
	case got.Notice != "":
		return w.noticed(ctx, account, event, got.Notice)
	case got.Unknown:
		w.unknown(ctx, event)
	}
	return w.keepRaw(ctx, event, got.Message)
}

// keepRaw is done with an event that leads to nothing: it is kept as it came. A message that is taken back is
// emptied though nobody has read it, and whichever of the two comes first (line.md rows 20, 27, 28). The nonce of
// a request to link that failed, which LINE tells without a person, is used up and not kept (row 52).
func (w *received) keepRaw(ctx context.Context, event bot.Event, m bot.Message) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		switch m.Kind {
		case bot.Unsend:
			return bot.TakeBackRaw(ctx, tx, event, m.ID)
		case bot.Linked:
			return errors.Join(citizens.VoidLink(ctx, tx, m.Data), bot.ForgetEvent(ctx, tx, event.ID, "not linked"))
		default:
			return bot.KeepRaw(ctx, tx, event)
		}
	})
}

func (w *received) finish(ctx context.Context, event bot.Event, problem string) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error { return bot.FinishEvent(ctx, tx, event.ID, problem) })
}

// leave says one polite line in a group or room, if that costs nothing, and takes the account out of
// it. Nothing is kept but that it happened; nothing is ever pushed there (line.md 5.2).
func (w *received) leave(ctx context.Context, account agencies.Channel, channel Channel, event bot.Event, got bot.Received) error {
	group := *got.Group
	if group.Left || got.Standby {
		return w.forgetGroup(ctx, event, group, time.Time{})
	}
	var leaving bot.Leaving
	now := w.Now()
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		leaving, err = bot.HoldGroup(ctx, tx, event.ChannelID, group, event.ReceivedAt, now, now.Add(leaveHold))
		return err
	})
	switch {
	case err != nil:
		return err
	case leaving == bot.HasLeft:
		return w.forgetGroup(ctx, event, group, time.Time{})
	case leaving == bot.BeingLeft:
		return river.JobSnooze(leaveAgain)
	}
	if got.ReplyToken != "" && now.Before(got.ReplyUntil) {
		said := channel.Send(ctx, account, bot.Call{
			Channel: account.ID, Token: got.ReplyToken, TokenUntil: got.ReplyUntil, Tries: 1, FirstTriedAt: now,
			Replies: []bot.Outgoing{{Body: bot.GroupReply("th")}},
		})
		if said.Verdict != bot.Accepted { // a courtesy: it is not tried again
			w.Log.InfoContext(ctx, "left a group without a word", "channel", account.ID, "request", said.RequestID, "problem", said.Problem)
		}
	}
	if err := channel.Leave(ctx, account, group); err != nil {
		releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), countingTime)
		defer cancel()
		return errors.Join(err, agencies.Everywhere(releasing, w.DB, func(tx pgx.Tx) error {
			return bot.LeftGroup(releasing, tx, event.ChannelID, group, time.Time{})
		}))
	}
	w.Log.InfoContext(ctx, "left a group", "channel", account.ID, "kind", group.Kind)
	return w.forgetGroup(ctx, event, group, w.Now())
}

// forgetGroup leaves of a group's event only the fact, and notes when the account left, unless that is
// the zero time.
func (w *received) forgetGroup(ctx context.Context, event bot.Event, group bot.Group, left time.Time) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		if !left.IsZero() {
			if err := bot.LeftGroup(ctx, tx, event.ChannelID, group, left); err != nil {
				return err
			}
		}
		return bot.ForgetEvent(ctx, tx, event.ID, "in a "+group.Kind)
	})
}

// noticed keeps what a channel says about an account of ours. One that was taken out of use answers
// nobody: that is an alarm, here and as a metric.
func (w *received) noticed(ctx context.Context, account agencies.Channel, event bot.Event, notice bot.Notice) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		var (
			news bool
			err  error
		)
		switch notice {
		case bot.Suspended:
			if news, err = agencies.SuspendChannel(ctx, tx, account.ID, event.At); news {
				w.Log.ErrorContext(ctx, "LINE suspended an official account: nobody can be answered on it until LINE puts it back", "channel", account.ID, "agency", account.AgencyID)
			}
		case bot.Resumed:
			if news, err = agencies.ResumeChannel(ctx, tx, account.ID, event.At); news {
				w.Log.InfoContext(ctx, "LINE put an official account back into use", "channel", account.ID)
			}
		case bot.Deactivated:
			w.Log.WarnContext(ctx, "another module speaks for an official account now", "channel", account.ID)
		case bot.Activated:
			w.Log.InfoContext(ctx, "this module speaks for an official account now", "channel", account.ID)
		}
		return errors.Join(err, bot.FinishEvent(ctx, tx, event.ID, ""))
	})
}
