package jobs

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/tickets"
)

// mandate tells what became of a power of attorney: whoever holds it, and whoever gave it where ThaID says which accounts
// are theirs, so that nobody acts for them without their hearing of it (PDP-10).
type mandate struct {
	river.WorkerDefaults[tickets.MandateArgs]
	*Deps
}

func (w *mandate) Work(ctx context.Context, job *river.Job[tickets.MandateArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		m, err := tickets.FindMandate(ctx, tx, job.Args.MandateID)
		if err != nil || m.PrincipalName == "" { // erased
			return err
		}
		agency, err := agencies.Find(ctx, tx, m.AgencyID)
		if err != nil {
			return err
		}
		info := bot.MandateInfo{State: string(job.Args.State), Agency: agency.Name, Principal: m.Principal(), Attorney: m.AttorneyName, URL: w.BaseURL + "/me/mandates"}
		switch job.Args.State { //nolint:exhaustive // of the others there is no reason
		case tickets.MandateRefused:
			info.Why = m.RefusedWhy
		case tickets.MandateEnded:
			info.Why = m.EndedWhy
		}
		cause := fmt.Sprintf("mandate %d %s", m.ID, job.Args.State)
		if job.Args.State != tickets.MandateWaiting { // who showed it a moment ago knows
			if err := w.tellPerson(ctx, tx, citizens.CitizenID(m.CitizenID), cause, func(lang string) bot.Reply { return bot.MandateWords(lang, info) }); err != nil {
				return err
			}
		}
		givers, err := citizens.KnownBy(ctx, tx, m.PrincipalHash, w.Now())
		if err != nil {
			return err
		}
		info.Given = true
		for _, giver := range givers {
			if err := w.tellPerson(ctx, tx, giver, cause+" given", func(lang string) bot.Reply { return bot.MandateWords(lang, info) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// tellPerson says something in the chat that an account talks in, the newest of several. Who has none sees it on the pages.
func (d *Deps) tellPerson(ctx context.Context, tx pgx.Tx, citizen citizens.CitizenID, cause string, say func(lang string) bot.Reply) error {
	accounts, err := citizens.Identities(ctx, tx, citizen)
	if err != nil {
		return err
	}
	accounts = slices.DeleteFunc(accounts, func(a citizens.Identity) bool { return a.Kind == agencies.WebKind })
	talks, err := bot.ConversationsOf(ctx, tx, accounts)
	if err != nil || len(talks) == 0 {
		return err
	}
	newest := talks[len(talks)-1]
	lang, err := bot.LangOf(ctx, tx, newest)
	if err != nil {
		return err
	}
	return bot.Notify(ctx, tx, d.Jobs, newest, cause, d.Now(), say(lang))
}
