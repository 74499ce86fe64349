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
	"saphan/internal/fault"
	"saphan/tickets"
)

// filled shows a citizen what an officer filled in for them, to be confirmed by one tap, in the chat that is surely theirs;
// else it sends the link as a text message to the telephone that they gave (MTH-1.3, SEED-22).
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
		if !f.Sure {
			to, words = f.Phone, bot.FilledText("th", agency.Name, link)
			return nil
		}
		filled, err := tickets.Lodged(ctx, tx, f.ID)
		if err != nil {
			return err
		}
		form, ok := w.Forms.Agency(int64(f.AgencyID)).Version(filled.Form, filled.Version)
		if !ok {
			return fmt.Errorf("filing %d is for service %s, which is not in the catalogue", f.ID, f.FormKey)
		}
		officers, err := agencies.Officers(ctx, tx, f.AgencyID)
		if err != nil {
			return err
		}
		t, err := tickets.Find(ctx, tx, f.KnownBy)
		if err != nil {
			return err
		}
		return w.chat(ctx, tx, t, fmt.Sprintf("filing %d", f.ID), func(lang string, agency agencies.Agency) bot.Reply {
			return bot.FilledCard(lang, bot.FilledInfo{
				Filing: int64(f.ID), Service: form.Title.In(lang), Agency: agency.Name, Officer: officers[f.OfficerID].Name, Name: f.Name,
				Answers: filled.Answers, Declares: form.Declares.In(lang), Until: *f.Until, ConfirmURL: link,
			})
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

// signFilled files what an officer filled in, or ends it, as its citizen says by a tap in their chat, and tells what became
// of it. A tap that was made up finds nothing that it could confirm.
func (w *received) signFilled(ctx context.Context, s saying, e bot.Sign) (bot.FilledOver, error) {
	who, id := s.stored.Identity, tickets.FilingID(e.Filing)
	var (
		f   tickets.Filing
		err error
	)
	if e.Mine {
		f, err = w.Desk.ConfirmFilingInChat(ctx, s.tx, s.citizen(), id, fmt.Sprintf("%s %d", who.Kind, who.ID), s.act().Entered)
	} else {
		f, err = w.Desk.DisownFiling(ctx, s.tx, s.citizen(), id)
	}
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		return "", err
	}
	switch f.State(w.Now()) {
	case tickets.FilingFiled:
		return bot.FilledFiled, nil
	case tickets.FilingDisowned:
		return bot.FilledDisowned, nil
	default:
		return bot.FilledLapsed, nil
	}
}
