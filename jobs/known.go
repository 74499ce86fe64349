package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/tickets"
)

// known reads what need not be asked again of the people of turns (SEED-21): the facts and documents of the very
// account that chats, for all of them at once. What is known of the person by other accounts is not told to a
// chat, which may be in a child's hand.
func (w *received) known(ctx context.Context, tx pgx.Tx, turns []*turn, worlds []bot.World) error {
	people := make([]citizens.CitizenID, len(turns))
	for i, t := range turns {
		people[i] = t.stored.Identity.CitizenID
	}
	facts, err := citizens.Profiles(ctx, tx, w.Box, people)
	if err != nil {
		return err
	}
	vaults, err := citizens.Vaults(ctx, tx, people)
	if err != nil {
		return err
	}
	for i, t := range turns {
		for _, f := range facts[people[i]] {
			worlds[i].Known = append(worlds[i].Known, bot.Known{Key: string(f.Key), Text: f.Text, Value: f.Value})
		}
		for _, o := range citizens.Offers(vaults[people[i]], int64(t.account.AgencyID), w.Now()) {
			owned, ok, err := w.owned(ctx, tx, o)
			if err != nil {
				return err
			}
			if ok {
				worlds[i].Vault = append(worlds[i].Vault, owned)
			}
		}
	}
	return nil
}

// owned is a document of a vault as the chat offers it; ok is false while its file cannot be opened.
func (w *received) owned(ctx context.Context, tx pgx.Tx, o citizens.Offered) (owned bot.Owned, ok bool, err error) {
	at, err := files.Find(ctx, tx, files.AttachmentID(o.AttachmentID))
	if err != nil || at.Unopenable() != nil {
		return bot.Owned{}, false, err
	}
	agency, err := agencies.Find(ctx, tx, agencies.AgencyID(o.AgencyID))
	if err != nil {
		return bot.Owned{}, false, err
	}
	return bot.Owned{
		ID: int64(o.ID), Type: o.Type, File: forms.File{ID: int64(at.ID), Name: at.Name, Type: at.MediaType, Size: at.Size}, GivenAt: o.GivenAt, Agency: agency.Name, Tap: o.Tap,
	}, true, nil
}

// remember keeps what a request says about the person who files it, and the documents that came with it, for the next
// one. The agency is the one that received it. Doing so twice is as once.
func (d *Deps) remember(ctx context.Context, tx pgx.Tx, form *forms.Form, t tickets.Routed) error {
	citizen, origin := citizens.CitizenID(t.CitizenID), fmt.Sprintf("request %d", t.RequestID)
	var facts []citizens.Fact
	for _, fl := range form.On(t.EnteredAt).Open(t.Request.Answers) {
		a, ok := forms.Find(t.Request.Answers, fl.Key)
		if !ok {
			continue
		}
		if fl.Profile != "" {
			facts = append(facts, citizens.Fact{Key: citizens.FactKey(fl.Profile), Text: a.Text, Value: a.Value, Origin: origin, At: t.EnteredAt})
		}
		if fl.Vault == nil {
			continue
		}
		doc := citizens.Document{
			Type: fl.Vault.Type, Label: a.Label, AgencyID: int64(t.AgencyID), RequestID: int64(t.RequestID), Issuer: string(fl.Issuer), GivenAt: t.EnteredAt,
		}
		if fl.Vault.Days > 0 {
			last := t.EnteredAt.AddDate(0, 0, fl.Vault.Days)
			doc.ValidUntil = &last
		}
		for _, file := range a.Attachments {
			doc.AttachmentID = file
			if err := citizens.Deposit(ctx, tx, citizen, doc); err != nil {
				return err
			}
		}
	}
	return citizens.Remember(ctx, tx, d.Box, citizen, facts)
}
