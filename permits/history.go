package permits

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/chain"
)

// EventKind says what happened to a permit.
type EventKind string

// The kinds of event.
const (
	EventIssued    EventKind = "issued"
	EventReady     EventKind = "ready" // its document exists
	EventSuspended EventKind = "suspended"
	EventRestored  EventKind = "restored"
	EventRevoked   EventKind = "revoked"
	EventReplaced  EventKind = "replaced" // another permit was issued that stands for it
)

// Event is one line of a permit's append-only history.
type Event = chain.Event[PermitID, Actor, EventKind]

// histories returns where they are kept.
func histories() chain.Book[PermitID, Actor, EventKind] {
	return chain.Book[PermitID, Actor, EventKind]{Of: "permit"}
}

// History returns a permit's events, oldest first. chain.Check says whether they are whole (EGA-15.1).
func History(ctx context.Context, tx pgx.Tx, id PermitID) ([]Event, error) {
	return histories().History(ctx, tx, id)
}

// happened adds an event to the history of a permit that this transaction has locked or just made, and tells the agency's
// systems when it changes what they may rely on.
func (o *Office) happened(ctx context.Context, tx pgx.Tx, p Permit, by Actor, kind EventKind, detail map[string]any) error {
	e, err := histories().Append(ctx, tx, int64(p.AgencyID), Event{Subject: p.ID, At: o.now(), Actor: by, Kind: kind}, detail)
	if err != nil {
		return err
	}
	told := map[EventKind]agencies.EventKind{
		EventIssued: agencies.PermitIssued, EventSuspended: agencies.PermitChanged,
		EventRestored: agencies.PermitChanged, EventRevoked: agencies.PermitChanged, EventReplaced: agencies.PermitChanged,
	}
	webhook, ok := told[kind]
	if !ok {
		return nil
	}
	return agencies.Announce(ctx, tx, o.jobs, agencies.Announcement{
		Agency: p.AgencyID, Event: fmt.Sprintf("evt_permit_%d_%d", p.ID, e.Seq), Kind: webhook, At: e.At, Data: o.news(p),
	})
}

// News is the data of a permit's events: which permit, how it stands, where to read more. No personal data (PDP-9).
type News struct {
	Permit PermitNews `json:"permit"`
	Ticket TicketNews `json:"ticket"`
	Links  Links      `json:"links"`
}

// PermitNews is a permit as it stands when the event is announced.
type PermitNews struct {
	ID         int64  `json:"id"`
	Number     string `json:"number"`
	Service    string `json:"service"` // key of the form
	Status     Status `json:"status"`
	IssuedOn   string `json:"issued_on"`
	ValidUntil string `json:"valid_until,omitempty"`
	Replaces   string `json:"replaces,omitempty"`    // number of the permit it stands for
	ReplacedBy string `json:"replaced_by,omitempty"` // number of the permit that stands for it
}

// TicketNews points to the ticket the permit was issued on.
type TicketNews struct {
	ID int64 `json:"id"`
}

// Links lead to the permit.
type Links struct {
	Verify string `json:"verify"` // anyone may open it
}

func (o *Office) news(p Permit) News {
	n := News{
		Permit: PermitNews{ID: int64(p.ID), Number: p.Number, Service: p.FormKey, Status: p.StatusAt(o.now()), IssuedOn: date(p.IssuedOn), Replaces: p.Replaces, ReplacedBy: p.ReplacedBy},
		Ticket: TicketNews{ID: p.TicketID}, Links: Links{Verify: o.Link(p.Number)},
	}
	if p.ValidUntil != nil {
		n.Permit.ValidUntil = date(*p.ValidUntil)
	}
	return n
}
