package testhouse

import (
	"github.com/jackc/pgx/v5"

	"saphan/payments"
	"saphan/tickets"
)

// Charge is what is to be paid for a ticket, once the decision has had its consequences.
func (h *House) Charge(id tickets.TicketID) (c payments.Charge) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		standing, ok, err := payments.Standing(h.T.Context(), tx, int64(id))
		if err == nil && !ok {
			h.T.Fatalf("nothing is to be paid for ticket %d", id)
		}
		c = standing
		return err
	})
	return c
}

// Pays has the officer take the fee of a ticket in cash, in full, and waits for what follows.
func (h *House) Pays(id tickets.TicketID) payments.Receipt {
	h.T.Helper()
	r := h.Takes(id)
	h.Settled()
	return r
}

// Takes has the officer take the fee of a ticket, and does not wait.
func (h *House) Takes(id tickets.TicketID) (r payments.Receipt) {
	h.T.Helper()
	c := h.Charge(id)
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) (err error) {
		r, err = payments.NewTill(h.Client, h.Now).Take(h.T.Context(), tx, payments.Taking{
			ChargeID: c.ID, OfficerID: h.Officer.ID, OfficerName: h.Officer.Name, Way: payments.ByCash, Satang: c.Satang,
		})
		return err
	})
	return r
}
