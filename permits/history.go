package permits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
)

// Event is one line of a permit's append-only history.
type Event struct {
	PermitID PermitID        `db:"permit_id"`
	Seq      int             `db:"seq"`
	At       time.Time       `db:"at"`
	Actor    Actor           `db:"actor"`
	Kind     EventKind       `db:"kind"`
	Detail   json.RawMessage `db:"detail"` // no personal data
	Hash     []byte          `db:"hash"`
}

// History returns a permit's events, oldest first.
func History(ctx context.Context, tx pgx.Tx, id PermitID) ([]Event, error) {
	rows, err := tx.Query(ctx, `SELECT permit_id, seq, at, actor, kind, detail, hash FROM permit_events WHERE permit_id = $1 ORDER BY seq`, id)
	if err != nil {
		return nil, fmt.Errorf("read history of permit %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Event])
}

// CheckHistory computes the chain of hashes again and returns chain.ErrTampered where it does not hold (EGA-15.1).
func CheckHistory(events []Event) error {
	lines := make([]chain.Line, len(events))
	for i, e := range events {
		lines[i] = e.line()
	}
	return chain.Check(lines)
}

// line is the event as its hash sees it.
func (e Event) line() chain.Line {
	return chain.Line{Subject: int64(e.PermitID), Seq: e.Seq, At: e.At, Actor: string(e.Actor), Kind: string(e.Kind), Detail: e.Detail, Hash: e.Hash}
}

// happened adds an event to the history of a permit that this transaction has locked or just made, and tells the agency's
// systems when it changes what they may rely on.
func (o *Office) happened(ctx context.Context, tx pgx.Tx, p Permit, by Actor, kind EventKind, detail map[string]any) error {
	body, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("history of permit %d: %w", p.ID, err)
	}
	e := Event{PermitID: p.ID, At: o.now().UTC().Truncate(time.Microsecond), Actor: by, Kind: kind, Detail: body}
	var before []byte
	err = tx.QueryRow(ctx, `SELECT seq, hash FROM permit_events WHERE permit_id = $1 ORDER BY seq DESC LIMIT 1`, p.ID).Scan(&e.Seq, &before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read history of permit %d: %w", p.ID, err)
	}
	e.Seq++
	e.Hash = e.line().Sum(before)
	_, err = tx.Exec(ctx, `INSERT INTO permit_events (agency_id, permit_id, seq, at, actor, kind, detail, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, p.AgencyID, p.ID, e.Seq, e.At, e.Actor, e.Kind, string(body), e.Hash)
	if err != nil {
		return fmt.Errorf("write history of permit %d: %w", p.ID, err)
	}
	told := map[EventKind]agencies.EventKind{
		EventIssued: agencies.PermitIssued, EventSuspended: agencies.PermitChanged,
		EventRestored: agencies.PermitChanged, EventRevoked: agencies.PermitChanged,
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
		Permit: PermitNews{ID: int64(p.ID), Number: p.Number, Service: p.FormKey, Status: p.StatusAt(o.now()), IssuedOn: date(p.IssuedOn)},
		Ticket: TicketNews{ID: p.TicketID}, Links: Links{Verify: o.Link(p.Number)},
	}
	if p.ValidUntil != nil {
		n.Permit.ValidUntil = date(*p.ValidUntil)
	}
	return n
}
