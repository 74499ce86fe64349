package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/tickets"
)

// filled sends a citizen the link at which they confirm what an officer filled in for them: into their chat where the
// agency knows it, else as a text message to the telephone that they gave (MTH-1.3, SEED-22).
type filled struct {
	river.WorkerDefaults[tickets.FilledArgs]
	*Deps
}

func (w *filled) Work(ctx context.Context, job *river.Job[tickets.FilledArgs]) error {
	var to, words string
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		f, err := tickets.FindFiling(ctx, tx, job.Args.FilingID)
		if err != nil || f.State(w.Now()) != tickets.FilingConfirms {
			return err
		}
		agency, err := agencies.Find(ctx, tx, f.AgencyID)
		if err != nil {
			return err
		}
		link := w.BaseURL + "/confirm/" + f.Token
		if f.KnownBy == 0 {
			to, words = f.Phone, bot.FilledText("th", agency.Name, link)
			return nil
		}
		form, ok := w.Forms.Agency(int64(f.AgencyID)).Find(f.FormKey)
		if !ok {
			return fmt.Errorf("filing %d is for service %s, which is not in the catalogue", f.ID, f.FormKey)
		}
		t, err := tickets.Find(ctx, tx, f.KnownBy)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, fmt.Sprintf("filing %d", f.ID), func(lang string, agency agencies.Agency) bot.Reply {
			return bot.FilledCard(lang, bot.FilledInfo{Service: form.Title.In(lang), Agency: agency.Name, Until: *f.Until, ConfirmURL: link})
		})
	})
	if err != nil || to == "" || w.Texter == nil {
		return err
	}
	call, cancel := context.WithTimeout(ctx, textCall)
	defer cancel()
	err = w.Texter.Text(call, fmt.Sprintf("filing-%d", job.Args.FilingID), to, words)
	if errors.Is(err, citizens.ErrTextRefused) {
		w.Log.WarnContext(ctx, "the link of a filing was not sent", "filing", int64(job.Args.FilingID), "err", err)
		return nil
	}
	return err
}
