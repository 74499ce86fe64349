package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/tickets"
)

// ofCase finds a case, in a transaction that sees all agencies, and does with it what a job is there for.
func (d *Deps) ofCase(ctx context.Context, id tickets.TicketID, do func(tx pgx.Tx, t tickets.Ticket) error) error {
	return agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
		t, err := tickets.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		return do(tx, t)
	})
}

// chat says something about a ticket in the chat that it came by, if it came by one.
func (d *Deps) chat(ctx context.Context, tx pgx.Tx, t tickets.Ticket, cause string, say func(lang string, agency agencies.Agency) bot.Reply) error {
	req, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil || req.ConversationID == nil {
		return err
	}
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	if err != nil {
		return err
	}
	conversation := bot.ConversationID(*req.ConversationID)
	lang, err := bot.LangOf(ctx, tx, conversation)
	if err != nil {
		return err
	}
	return bot.Notify(ctx, tx, d.Jobs, conversation, fmt.Sprintf("ticket %d %s", t.ID, cause), d.Now(), say(lang, agency))
}
