package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/secret"
	"saphan/tickets"
)

// Counter is where forms are filled in on pages, wherever the person began. Every method works in the caller's
// transaction, which sees every agency.
type Counter struct {
	forms *forms.Catalog
	box   secret.Box
	now   func() time.Time
	base  string
	clerk bot.Clerk
}

// NewCounter returns the counter of the services in a catalogue. Base is the public address, without a slash at the end.
func NewCounter(catalog *forms.Catalog, desk *tickets.Desk, box secret.Box, base string, now func() time.Time) *Counter {
	return &Counter{forms: catalog, box: box, now: now, base: base, clerk: bot.Clerk{Desk: desk, Forms: catalog}}
}

// Begin returns the person's open draft of a service, or begins one after noting the privacy notice as shown (PDP-1).
func (c *Counter) Begin(ctx context.Context, tx pgx.Tx, who citizens.Person, agency agencies.AgencyID, form forms.Key) (forms.Draft, error) {
	all, err := c.talks(ctx, tx, who)
	if err != nil {
		return forms.Draft{}, err
	}
	for _, t := range all {
		for _, d := range t.State.Drafts(c.now()) {
			if t.Agency == agency && d.Form == form {
				return draftOf(t, d), nil
			}
		}
	}
	own, err := c.own(ctx, tx, who, agency)
	if err != nil {
		return forms.Draft{}, err
	}
	state, d, effects, err := c.page(own, who).Begin(own.State, form)
	if err != nil {
		return forms.Draft{}, err
	}
	state.Lang = who.Lang
	return draftOf(own, d), c.keep(ctx, tx, own, state, effects)
}

// Open returns a draft of the person, begun on a page or in a chat. A fault NotFound: theirs is no such draft; the
// sentence says what became of it.
func (c *Counter) Open(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (forms.Draft, error) {
	t, err := c.find(ctx, tx, who, draft)
	if err != nil {
		return forms.Draft{}, err
	}
	return c.page(t, who).open(t, draft)
}

// Fill changes a draft. What is refused is told field by field; everything else is kept.
func (c *Counter) Fill(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string, fill forms.Fill) (forms.Draft, forms.Filled, error) {
	t, err := c.hold(ctx, tx, who, draft)
	if err != nil {
		return forms.Draft{}, forms.Filled{}, err
	}
	before, err := c.page(t, who).open(t, draft)
	if err != nil {
		return forms.Draft{}, forms.Filled{}, err
	}
	came, err := c.bringIn(ctx, tx, who, t, before, &fill)
	if err != nil {
		return forms.Draft{}, forms.Filled{}, err
	}
	state, d, filled, err := c.page(t, who).Fill(t.State, draft, fill)
	if err != nil {
		return forms.Draft{}, forms.Filled{}, err
	}
	maps.Copy(filled.Faults, came.faults)
	if err := c.keep(ctx, tx, t, state, came.effects(d)); err != nil {
		return forms.Draft{}, forms.Filled{}, err
	}
	return draftOf(t, d), filled, came.note(ctx, tx, t, d, c.now())
}

// Send files the request once, however often it is called. A fault Conflict when revision is not the draft's, so that
// what is sent is what was shown; Invalid when something is missing.
func (c *Counter) Send(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string, revision int) error {
	t, err := c.hold(ctx, tx, who, draft)
	if err != nil {
		return err
	}
	state, effects, err := c.page(t, who).Send(t.State, draft, revision)
	if err != nil {
		return err
	}
	return c.keep(ctx, tx, t, state, effects)
}

// Drop gives a draft up.
func (c *Counter) Drop(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) error {
	t, err := c.hold(ctx, tx, who, draft)
	if err != nil {
		return err
	}
	state, err := c.page(t, who).Drop(t.State, draft)
	if err != nil {
		return err
	}
	return c.keep(ctx, tx, t, state, nil)
}

// Drafts are those that a person can go on with, the last touched first.
func (c *Counter) Drafts(ctx context.Context, tx pgx.Tx, who citizens.Person) ([]forms.Draft, error) {
	all, err := c.talks(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	var drafts []forms.Draft
	for _, t := range all {
		for _, d := range t.State.Drafts(c.now()) {
			drafts = append(drafts, draftOf(t, d))
		}
	}
	slices.SortStableFunc(drafts, func(a, b forms.Draft) int { return b.TouchedAt.Compare(a.TouchedAt) })
	return drafts, nil
}

// Offers are what need not be asked again (SEED-21): facts by profile key and documents by type. Nothing is known of a
// browser that nobody is signed in at.
func (c *Counter) Offers(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (forms.Offers, error) {
	t, err := c.find(ctx, tx, who, draft)
	if err != nil || who.Citizen == 0 {
		return forms.Offers{}, err
	}
	return c.offers(ctx, tx, t)
}

func (c *Counter) offers(ctx context.Context, tx pgx.Tx, t bot.Talk) (forms.Offers, error) {
	all, err := bot.OffersFor(ctx, tx, c.box, []bot.Asker{{Citizen: t.Identity.CitizenID, Agency: t.Agency}}, c.now())
	if err != nil {
		return forms.Offers{}, err
	}
	return all[0], nil
}

// talks are the conversations in which drafts of the person may be.
func (c *Counter) talks(ctx context.Context, tx pgx.Tx, who citizens.Person) ([]bot.Talk, error) {
	switch {
	case who.Citizen != 0:
		return bot.TalksOf(ctx, tx, who.Citizen)
	case who.Browser != "":
		return bot.TalksBy(ctx, tx, Kind, agencies.WebProvider, who.Account())
	}
	return nil, nil
}

// own returns the person's conversation on the pages of an agency, held for this transaction.
func (c *Counter) own(ctx context.Context, tx pgx.Tx, who citizens.Person, agency agencies.AgencyID) (bot.Talk, error) {
	channel, err := agencies.Web(ctx, tx, c.box, agency, c.now())
	if err != nil {
		return bot.Talk{}, err
	}
	identity, err := citizens.OnWeb(ctx, tx, Kind, agencies.WebProvider, who)
	if err != nil {
		return bot.Talk{}, err
	}
	stored, err := bot.Load(ctx, tx, int64(channel.ID), identity, who.Account())
	return bot.Talk{Stored: stored, Channel: channel.ID, Agency: agency, Kind: Kind, Source: who.Account()}, err
}

// find returns the conversation that a draft of the person is in, or was in when it ended.
func (c *Counter) find(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (bot.Talk, error) {
	all, err := c.talks(ctx, tx, who)
	if err != nil {
		return bot.Talk{}, err
	}
	if t, ok := holder(all, draft, c.now()); ok {
		return t, nil
	}
	if i := slices.IndexFunc(all, func(t bot.Talk) bool { _, ended := t.State.Ending(draft); return ended }); i >= 0 {
		return all[i], nil
	}
	return bot.Talk{}, bot.Conversation{}.Gone(draft)
}

// holder is the conversation that has a draft.
func holder(all []bot.Talk, draft string, now time.Time) (bot.Talk, bool) {
	i := slices.IndexFunc(all, func(t bot.Talk) bool {
		return slices.ContainsFunc(t.State.Drafts(now), func(d forms.Draft) bool { return d.ID == draft })
	})
	if i < 0 {
		return bot.Talk{}, false
	}
	return all[i], true
}

// hold is find, and keeps the conversation for this transaction: a chat and a page change it one after the other.
func (c *Counter) hold(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (bot.Talk, error) {
	t, err := c.find(ctx, tx, who, draft)
	if err != nil {
		return bot.Talk{}, err
	}
	held, err := t.Hold(ctx, tx)
	if err != nil {
		return bot.Talk{}, err
	}
	if held.Identity.CitizenID != t.Identity.CitizenID {
		return bot.Talk{}, bot.Conversation{}.Gone(draft)
	}
	return held, nil
}

// page is what is done now in a conversation.
func (c *Counter) page(t bot.Talk, who citizens.Person) page {
	return page{bot.Page{At: c.now(), World: bot.World{
		Forms: c.forms.Agency(int64(t.Agency)), Lang: langOf(who), NewID: rand.Text(), BaseURL: c.base,
	}}}
}

// langOf is the language in which a person is spoken to.
func langOf(who citizens.Person) string { return cmp.Or(who.Lang, "th") }

type page struct{ bot.Page }

// open returns a draft of a conversation, or says what became of it.
func (p page) open(t bot.Talk, draft string) (forms.Draft, error) {
	all := t.State.Drafts(p.At)
	i := slices.IndexFunc(all, func(d forms.Draft) bool { return d.ID == draft })
	if i < 0 {
		return forms.Draft{}, t.State.Gone(draft)
	}
	return draftOf(t, all[i]), nil
}

// keep saves what a conversation became, with what follows.
func (c *Counter) keep(ctx context.Context, tx pgx.Tx, t bot.Talk, state bot.Conversation, effects []bot.Effect) error {
	now := c.now()
	act := bot.Act{Stored: t.Stored, Channel: t.Channel, Agency: t.Agency, At: now, Entered: now}
	for _, e := range effects {
		if carried, err := c.clerk.Carry(ctx, tx, act, e); err != nil {
			return err
		} else if !carried {
			return fmt.Errorf("a page asked for %T", e)
		}
	}
	return bot.Save(ctx, tx, t.ID, state, now)
}

// draftOf is a draft with where it is at home.
func draftOf(t bot.Talk, d forms.Draft) forms.Draft {
	d.Agency = int64(t.Agency)
	if t.Kind != Kind {
		d.Chat = t.Kind
	}
	return d
}
