package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/tickets"
)

// asked tells the citizen which documents are missing, in one list with one date (LFA-8.1).
type asked struct {
	river.WorkerDefaults[tickets.AskedArgs]
	*Deps
}

func (w *asked) Work(ctx context.Context, job *river.Job[tickets.AskedArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		t, err := tickets.NoticeTicket(ctx, tx, job.Args.NoticeID)
		if err != nil {
			return err
		}
		req, err := tickets.FindRequest(ctx, tx, t.RequestID)
		if err != nil || req.ConversationID == nil {
			return err
		}
		wants, err := tickets.Wants(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		agency, err := agencies.Find(ctx, tx, t.AgencyID)
		if err != nil {
			return err
		}
		info := bot.WantInfo{Ticket: int64(t.ID), Number: t.Number, Agency: agency.Name}
		for _, want := range wants {
			if want.NoticeID == job.Args.NoticeID {
				info.DueOn = want.DueOn
				info.Wants = append(info.Wants, bot.Want{Item: fmt.Sprint(want.ID), Label: want.Label})
			}
		}
		conversation := bot.ConversationID(*req.ConversationID)
		lang, err := bot.LangOf(ctx, tx, conversation)
		if err != nil {
			return err
		}
		return bot.Notify(ctx, tx, w.Jobs, conversation, fmt.Sprintf("ticket %d notice %d", t.ID, job.Args.NoticeID), w.Now(), bot.WantCard(lang, info))
	})
}
