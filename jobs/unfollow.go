package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
)

// unfollow notes that somebody blocked the account: nothing is pushed any more, their cases go on, and
// the officers see that it takes another way to reach them. Of somebody we never heard of nothing is
// kept (line.md 1.5).
func (w *received) unfollow(ctx context.Context, tx pgx.Tx, account agencies.Channel, event bot.Event) error {
	known, err := citizens.Known(ctx, tx, account.Kind, account.Provider, event.Source)
	if err != nil {
		return err
	}
	if !known {
		// Their first words may have come meanwhile: those are earlier, and come first.
		next, ok, err := bot.NextEvent(ctx, tx, event.ChannelID, event.Source)
		if err != nil || !ok || next.ID != event.ID {
			return err
		}
		return bot.ForgetEvent(ctx, tx, event.ID, "from a stranger")
	}
	identity, err := citizens.Resolve(ctx, tx, account.Kind, account.Provider, event.Source)
	if err != nil {
		return err
	}
	stored, err := bot.Load(ctx, tx, event.ChannelID, identity, event.Source)
	if err != nil {
		return err
	}
	if now, err := bot.FindEvent(ctx, tx, event.ID); err != nil || !now.Waiting() {
		return err
	}
	if err := bot.FinishEvent(ctx, tx, event.ID, ""); err != nil {
		return err
	}
	heard, back, err := bot.HeardSince(ctx, tx, stored.ID, event.At)
	if err != nil {
		return err
	}
	if back { // what they said after it came first
		return bot.ShowAgain(ctx, tx, w.Jobs, stored.ID, event.At, heard, w.Now())
	}
	if err := bot.Block(ctx, tx, stored.ID, event.At); err != nil || stored.BlockedAt != nil {
		return err
	}
	return w.Desk.Unreachable(ctx, tx, int64(stored.ID), true)
}

// back notes that somebody who had blocked the account has not any more. Words from before that,
// which come late, do not say so.
func (w *received) back(ctx context.Context, tx pgx.Tx, stored bot.Stored, m bot.Message) error {
	if stored.BlockedAt == nil {
		return nil
	}
	if back, err := bot.Back(ctx, tx, stored.ID, m.At); !back || err != nil {
		return err
	}
	return w.Desk.Unreachable(ctx, tx, int64(stored.ID), false)
}
