package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
)

// menuLink shows a person the menu of the language they chose.
type menuLink struct {
	river.WorkerDefaults[bot.MenuLinkArgs]
	*Deps
}

// Work gives the menu and then looks whether it is still the one that is wanted: of two changes of mind
// that are worked on at once, the later one holds, whichever call arrives last.
func (w *menuLink) Work(ctx context.Context, job *river.Job[bot.MenuLinkArgs]) error {
	var given *bot.MenuLink
	for {
		var (
			link    bot.MenuLink
			ok      bool
			account agencies.Channel
			stand   agencies.Menus
		)
		err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
			if given != nil {
				if err := bot.GaveMenu(ctx, tx, []bot.MenuLink{*given}, given.Menu); err != nil {
					return err
				}
			}
			if link, ok, err = bot.FindMenuLink(ctx, tx, job.Args.ConversationID); err != nil || !ok {
				return err
			}
			if account, err = agencies.FindChannel(ctx, tx, w.Box, link.Channel); err != nil {
				return err
			}
			stand, err = agencies.MenusOf(ctx, tx, link.Channel)
			return err
		})
		if err != nil || !ok {
			return err
		}
		shows, can := w.Menus[account.Kind]
		menu := stand.InUse[link.Lang]
		switch {
		case !can, link.Blocked, account.PausedAt != nil, account.RemovedAt != nil, menu == "":
			return nil // whoever brings the menus gives theirs to all who chose
		case given != nil && given.Lang == link.Lang && link.Menu == given.Menu:
			return nil
		case link.Lang == bot.MenuLanguages()[0]:
			menu = "" // everybody's
		}
		switch err := w.give(ctx, shows, account, link, menu); {
		case errors.Is(err, bot.ErrNoMenu):
			return w.missed(ctx, link.Channel)
		case err != nil:
			return err
		}
		link.Menu = menu
		given = &link
	}
}

func (w *menuLink) give(ctx context.Context, shows Menus, account agencies.Channel, link bot.MenuLink, menu string) error {
	ctx, cancel := context.WithTimeout(ctx, menuCall)
	defer cancel()
	return shows.GiveMenu(ctx, account, menu, []string{link.Person})
}

// missed asks for the menus of a channel that has lost one; its people get theirs with them.
func (w *menuLink) missed(ctx context.Context, id agencies.ChannelID) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		if _, err := w.Jobs.InsertTx(ctx, tx, agencies.MenusArgs{Channel: id}, nil); err != nil {
			return fmt.Errorf("ask for the menus of channel %d: %w", id, err)
		}
		return nil
	})
}

// chooseMenu lets the menu follow the language of the chat: when that changed, when the person asked for
// another menu, which may have failed (line.md row 46), and when they come back.
func (d *Deps) chooseMenu(ctx context.Context, tx pgx.Tx, stored bot.Stored, state bot.Conversation, got bot.Received) error {
	lang := state.MenuLang()
	changed := lang != stored.State.MenuLang() || got.Switched != nil
	back := got.Message.Kind == bot.Follow && lang != bot.MenuLanguages()[0]
	if !changed && !back {
		return nil
	}
	return bot.ChooseMenu(ctx, tx, d.Jobs, stored.ID, lang)
}
