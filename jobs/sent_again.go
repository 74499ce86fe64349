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

// sentAgain puts back into the outbox what an officer wants to be sent again.
type sentAgain struct {
	river.WorkerDefaults[tickets.SentAgainArgs]
	*Deps
}

func (w *sentAgain) Work(ctx context.Context, job *river.Job[tickets.SentAgainArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		conversation, ok, err := tickets.ConversationOf(ctx, tx, job.Args.TicketID)
		if err != nil || !ok {
			return err
		}
		return bot.SendAgain(ctx, tx, w.Jobs, bot.ConversationID(conversation), fmt.Sprintf("ticket %d %s", job.Args.TicketID, job.Args.Source))
	})
}
