package portal

import (
	"context"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

// chatless are those of the cases that were asked for on a page, by somebody who hears nothing in a chat: what such a
// person is to do cannot be done there either.
func chatless(ctx context.Context, tx pgx.Tx, cases ...tickets.Ticket) (map[tickets.TicketID]bool, error) {
	ids := make([]tickets.TicketID, len(cases))
	for i, t := range cases {
		ids[i] = t.ID
	}
	came, err := tickets.CameBy(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	found := map[tickets.TicketID]bool{}
	for id, kind := range came {
		found[id] = kind == agencies.WebKind
	}
	return found, nil
}
