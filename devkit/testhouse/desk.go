package testhouse

import (
	"bytes"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
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

// Mends has the officer close a problem with the evidence that its service asks for: a photo after, a crew and the day (SVC-5).
func (h *House) Mends(id tickets.TicketID, result string) {
	h.T.Helper()
	o, err := h.Files.Put(h.T.Context(), bytes.NewReader(Photo(h.T, 0)), files.Limits{})
	must(h.T, err)
	h.Everywhere(func(tx pgx.Tx) error {
		file, err := files.Insert(h.T.Context(), tx, files.Attachment{Object: o, Name: "after.jpg", Source: "upload:" + o.Key})
		if err != nil {
			return err
		}
		return h.Desk.Photograph(h.T.Context(), tx, tickets.ByOfficer(h.Officer.ID), id, int64(file))
	})
	day := h.Now()
	h.Decides(tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: result, Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: &day})
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
