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

// replied takes an officer's words to the chat.
type replied struct {
	river.WorkerDefaults[tickets.RepliedArgs]
	*Deps
}

func (w *replied) Work(ctx context.Context, job *river.Job[tickets.RepliedArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		s, err := tickets.FindSaying(ctx, tx, job.Args.MessageID)
		if err != nil || s.ConversationID == nil {
			return err
		}
		agency, err := agencies.Find(ctx, tx, s.AgencyID)
		if err != nil {
			return err
		}
		conversation, cause := bot.ConversationID(*s.ConversationID), fmt.Sprintf("ticket %d %s", s.TicketID, s.Source)
		if err := bot.Spoke(ctx, tx, conversation, cause, int64(s.TicketID), w.Now()); err != nil {
			return err
		}
		lang, err := bot.LangOf(ctx, tx, conversation)
		if err != nil {
			return err
		}
		return bot.Notify(ctx, tx, w.Jobs, conversation, cause, w.Now(), bot.OfficerReply(lang, agency.Name, s.Number, s.Text)...)
	})
}
