package testhouse

import (
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

// AtDesk lets the officer act on a ticket, inside the agency's own scope.
func (h *House) AtDesk(act func(tx pgx.Tx, by tickets.Actor) error) {
	h.T.Helper()
	must(h.T, agencies.Within(h.T.Context(), h.Pool, h.Agency.ID, func(tx pgx.Tx) error { return act(tx, tickets.ByOfficer(h.Officer.ID)) }))
}

// Replies has the officer write to the citizen of a ticket; the same key is the same message.
func (h *House) Replies(to tickets.TicketID, key, words string) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Reply(h.T.Context(), tx, by, to, key, words) })
}

// Decides has the officer decide a ticket.
func (h *House) Decides(d tickets.Decision) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Decide(h.T.Context(), tx, by, d) })
}

// AsksFor has the officer ask the citizen of a ticket for documents.
func (h *House) AsksFor(of tickets.TicketID, what tickets.Asking) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Ask(h.T.Context(), tx, by, of, what) })
}

// Added are things that a law adds to the manual, which a case may be asked for whatever its service lists.
func Added(labels ...string) (all []tickets.Added) {
	for _, l := range labels {
		all = append(all, tickets.Added{Label: l, Law: "ข้อบัญญัติตัวอย่าง ข้อ 5"})
	}
	return all
}
