package web

import (
	"context"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/files"
)

// Adopt gives a citizen who signed in what was filled in at the same browser before. A form of a service that they fill
// in already stands beside the other. What was sent from the browser stays known by its tracking link alone: whoever
// signs in next at a shared computer is somebody else.
func (c *Counter) Adopt(ctx context.Context, tx pgx.Tx, browser string, citizen citizens.CitizenID) error {
	before, after := citizens.Person{Browser: browser}, citizens.Person{Citizen: citizen}
	if browser == "" || citizen == 0 {
		return nil
	}
	all, err := bot.TalksBy(ctx, tx, Kind, agencies.WebProvider, before.Account())
	if err != nil {
		return err
	}
	for _, t := range all {
		if len(t.State.Drafts(c.now())) == 0 {
			continue
		}
		if err := c.adopt(ctx, tx, t, after); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return files.HandOver(ctx, tx, before.Owner(), after.Owner())
}

// adopt takes the forms of one conversation into the citizen's own. The browser's is held first, by everybody who holds
// both.
func (c *Counter) adopt(ctx context.Context, tx pgx.Tx, t bot.Talk, who citizens.Person) error {
	from, err := t.Hold(ctx, tx)
	if err != nil {
		return err
	}
	drafts := from.State.Drafts(c.now())
	to, err := c.own(ctx, tx, who, t.Agency)
	if err != nil {
		return err
	}
	catalog := c.forms.Agency(int64(t.Agency))
	for _, d := range drafts {
		f, ok := catalog.Version(d.Form, d.Version)
		if !ok {
			continue
		}
		if err := citizens.Noticed(ctx, tx, who.Citizen, string(d.Form), f.Notice.Version, d.StartedAt); err != nil {
			return err
		}
	}
	into, left := to.State.Take(from.State)
	if err := bot.Save(ctx, tx, to.ID, into, c.now()); err != nil {
		return err
	}
	if err := bot.Save(ctx, tx, from.ID, left, c.now()); err != nil {
		return err
	}
	return bot.Rehome(ctx, tx, from.ID, to.ID)
}
