// Package tickets holds the case: a Request that a citizen submitted becomes a Ticket of one
// agency, moves through statuses, and ends in a Decision. Every change names its actor and is
// written together with its line of history and the job that reacts to it.
package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// TicketID identifies a ticket.
type TicketID int64

// RequestID identifies a request.
type RequestID int64

// Desk is where cases are worked on. It holds no state of its own.
type Desk struct {
	jobs    agencies.Jobs
	forms   *forms.Catalog
	baseURL string
	now     func() time.Time
}

// NewDesk returns a Desk that enqueues through jobs, knows the services in catalog, makes links
// under baseURL (no slash at the end) and tells the time by now.
func NewDesk(jobs agencies.Jobs, catalog *forms.Catalog, baseURL string, now func() time.Time) *Desk {
	return &Desk{jobs: jobs, forms: catalog, baseURL: baseURL, now: now}
}

// Ticket is one agency's case for a request (เรื่อง).
type Ticket struct {
	ID               TicketID            `db:"id"`
	AgencyID         agencies.AgencyID   `db:"agency_id"`
	RequestID        RequestID           `db:"request_id"`
	CitizenID        int64               `db:"citizen_id"`
	QueueID          agencies.QueueID    `db:"queue_id"`
	OfficerID        *agencies.OfficerID `db:"officer_id"` // who has taken it
	Number           string              `db:"number"`
	FormKey          forms.Key           `db:"form_key"`
	FormVersion      int                 `db:"form_version"`
	FormOverride     forms.OverrideID    `db:"form_override"` // what the agency did otherwise when it came; 0: nothing
	Title            string              `db:"title"`
	Subject          string              `db:"subject"`
	CitizenName      string              `db:"citizen_name"`
	Status           Status              `db:"status"`
	EnteredAt        time.Time           `db:"entered_at"`
	DeemedReceivedAt time.Time           `db:"deemed_received_at"`
	DueAt            time.Time           `db:"due_at"`
	ClosedAt         *time.Time          `db:"closed_at"`
	Unread           bool                `db:"unread"` // the citizen said something no officer has seen
	TrackToken       string              `db:"track_token"`
	UpdatedAt        time.Time           `db:"updated_at"`
	Stopped          bool                `db:"stopped"`    // the time to decide stands still, and DueAt with it (LOC-6)
	Used             int                 `db:"used"`       // the part of it that is used up at which officers are warned, in hundredths (LFA-10.3)
	LetterDue        bool                `db:"letter_due"` // a letter on the delay waits for its reason (LFA-10.2)
	Reference        string              `db:"reference"`  // the first number of the request's cases, by which the citizen knows it
	PassedTo         *TicketID           `db:"passed_to"`  // the case that holds the request since; nil: this one does
	AcceptBy         *time.Time          `db:"accept_by"`  // until when the agency says whether it takes what another sent; nil: it need not
	Bounces          int                 `db:"bounces"`    // how often it came back from other agencies
	Ruled            bool                `db:"ruled"`      // its service has rules by which the system does things by itself (SEED-24)
	Urgent           bool                `db:"urgent"`     // it cannot wait: it stands first, and whoever is on call is called
	MainID           *TicketID           `db:"main_id"`    // the case about the same that this one follows; nil: it follows none
}

const ticketColumns = `id, agency_id, request_id, citizen_id, queue_id, officer_id, number, form_key, form_version, coalesce(form_override, 0) AS form_override,
	title, subject, citizen_name, status, entered_at, deemed_received_at, due_at, closed_at, unread, track_token, updated_at, stopped, used, letter_due,
	coalesce(nullif(reference, ''), number) AS reference, passed_to, accept_by, bounces, ruled, urgent, main_id`

// Form returns the service of a ticket as it was when the ticket came to its agency (LFA-7.1).
func (d *Desk) Form(ctx context.Context, tx pgx.Tx, t Ticket) (*forms.Form, error) {
	form, err := d.forms.Kept(ctx, tx, t.FormKey, t.FormVersion, t.FormOverride)
	if err != nil {
		return nil, fmt.Errorf("form of ticket %d: %w", t.ID, err)
	}
	return form.On(t.EnteredAt), nil
}

// Find returns the ticket, or fault.NotFound when it is not in the transaction's scope.
func Find(ctx context.Context, tx pgx.Tx, id TicketID) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE id = $1`, id)
}

// FindByRequest returns the ticket that holds a request, or fault.NotFound.
func FindByRequest(ctx context.Context, tx pgx.Tx, id RequestID) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE request_id = $1 AND passed_to IS NULL`, id)
}

// FindByDraft returns the ticket that holds the request that was submitted as a draft, or fault.NotFound
// while there is none.
func FindByDraft(ctx context.Context, tx pgx.Tx, draft string) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE request_id = (SELECT id FROM requests WHERE draft = $1) AND passed_to IS NULL`, draft)
}

// FindByTrack returns the ticket that a tracking link opens, whichever agency holds it now, or fault.NotFound.
func FindByTrack(ctx context.Context, tx pgx.Tx, token string) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE track_token = $1 AND passed_to IS NULL`, token)
}

// lock returns the ticket and keeps it for this transaction: whoever changes it next waits. Its key is not kept: PostgreSQL
// looks at the key of a main case whenever one that follows it is written, and would wait there in a circle.
func lock(ctx context.Context, tx pgx.Tx, id TicketID) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE id = $1 FOR NO KEY UPDATE`, id)
}

func find(ctx context.Context, tx pgx.Tx, query string, arg any) (Ticket, error) {
	rows, err := tx.Query(ctx, query, arg)
	if err != nil {
		return Ticket{}, fmt.Errorf("find ticket: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Ticket])
	if errors.Is(err, pgx.ErrNoRows) {
		return Ticket{}, fault.New(fault.NotFound, "ไม่พบเรื่องนี้ในหน่วยงานของท่าน อาจถูกส่งต่อไปยังหน่วยงานอื่นแล้ว")
	}
	if err != nil {
		return Ticket{}, fmt.Errorf("find ticket: %w", err)
	}
	return t, nil
}

// OfCitizens returns the tickets that hold citizens' requests, of each the newest first and at most limit.
func OfCitizens(ctx context.Context, tx pgx.Tx, citizens []int64, limit int) (map[int64][]Ticket, error) {
	rows, err := tx.Query(ctx, `SELECT t.* FROM (SELECT DISTINCT citizen FROM unnest($1::bigint[]) AS u (citizen)) AS k
		CROSS JOIN LATERAL (SELECT `+ticketColumns+` FROM tickets WHERE citizen_id = k.citizen AND passed_to IS NULL ORDER BY id DESC LIMIT $2) AS t
		ORDER BY t.citizen_id, t.id DESC`, citizens, limit)
	if err != nil {
		return nil, fmt.Errorf("list tickets of citizens: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
	if err != nil {
		return nil, fmt.Errorf("list tickets of citizens: %w", err)
	}
	own := make(map[int64][]Ticket, len(citizens))
	for _, t := range all {
		own[t.CitizenID] = append(own[t.CitizenID], t)
	}
	return own, nil
}
