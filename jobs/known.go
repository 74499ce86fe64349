package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/citizens"
	"saphan/forms"
	"saphan/tickets"
)

// known reads what need not be asked again of the people of turns, for all of them at once.
func (w *received) known(ctx context.Context, tx pgx.Tx, turns []*turn, worlds []bot.World) error {
	askers := make([]bot.Asker, len(turns))
	for i, t := range turns {
		askers[i] = bot.Asker{Citizen: t.stored.Identity.CitizenID, Agency: t.account.AgencyID}
	}
	offers, err := bot.OffersFor(ctx, tx, w.Box, askers, w.Now())
	for i, o := range offers {
		worlds[i].Known, worlds[i].Vault = o.Facts, o.Documents
	}
	return err
}

// remember keeps what a request says about the person who files it, and the documents that came with it, for the next
// one. The agency is the one that received it. What was filed for somebody else says nothing of who filed it (PDP-10). Doing so
// twice is as once.
func (d *Deps) remember(ctx context.Context, tx pgx.Tx, form *forms.Form, t tickets.Routed) error {
	if t.Request.MandateID != nil {
		return nil
	}
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
