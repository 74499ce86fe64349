package jobs

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/citizens"
)

// link joins the chat account with the person who signed in with us and sent them here, if the channel
// agreed and the nonce is one of ours, unused and in time (line.md row 52). Otherwise the message says
// that it was refused.
func (w *received) link(ctx context.Context, tx pgx.Tx, identity citizens.Identity, m *bot.Message) error {
	if m.Refused {
		return citizens.VoidLink(ctx, tx, m.Data)
	}
	_, err := citizens.FinishLink(ctx, tx, identity.ID, m.Data, w.Now())
	if errors.Is(err, citizens.ErrNoLink) {
		m.Refused = true
		return nil
	}
	return err
}
