package breaches

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// Person is somebody whose data it concerns, with the case by which the agency knows them. The name is the case's.
type Person struct {
	Citizen int64
	Ticket  int64
}

// List puts people on the list of those concerned, each once, and reports how many are new there. How says by what they were
// chosen. Where words were confirmed already, they go to the new ones too.
func (r *Register) List(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, people []Person, how string) (added int, err error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return 0, err
	}
	citizens, tickets := make([]int64, len(people)), make([]int64, len(people))
	for i, p := range people {
		citizens[i], tickets[i] = p.Citizen, p.Ticket
	}
	tag, err := tx.Exec(ctx, `INSERT INTO breach_persons (breach_id, agency_id, citizen_id, ticket_id, added_at)
		SELECT $1, $2, p.citizen, p.ticket, $5 FROM unnest($3::bigint[], $4::bigint[]) AS p (citizen, ticket) ON CONFLICT DO NOTHING`, b.ID, b.AgencyID, citizens, tickets, r.now())
	if err != nil {
		return 0, fmt.Errorf("list who is concerned by breach %d: %w", id, err)
	}
	if added = int(tag.RowsAffected()); added == 0 {
		return 0, nil
	}
	if b, err = r.happened(ctx, tx, b, byOfficer(by), EventListed, Detail{Persons: added, Why: how}); err != nil {
		return 0, err
	}
	if b.Notice == 0 {
		return added, nil
	}
	return added, r.tell(ctx, tx, b)
}

// Listed is a line of the list.
type Listed struct {
	Ticket  int64  `db:"ticket_id"`
	Way     Way    `db:"way"`     // by which they were told last; empty: they were not yet
	Sending string `db:"sending"` // how the message fares: "waiting", "sent", "failed", "parked"; empty: there is none
}

// People returns who is concerned by a breach, in the order in which they were listed and at most limit; 0: all.
func People(ctx context.Context, tx pgx.Tx, b Breach, limit int) ([]Listed, error) {
	rows, err := tx.Query(ctx, `SELECT p.ticket_id, coalesce(t.way, '') AS way, coalesce(CASE WHEN t.way <> $3 THEN sending_state(p.ticket_id, $2) END, '') AS sending
		FROM breach_persons p LEFT JOIN breach_tellings t ON t.citizen_id = p.citizen_id AND t.notice_id = $4
		WHERE p.breach_id = $1 ORDER BY p.added_at, p.ticket_id LIMIT nullif($5::int, 0)`, b.ID, b.Notice.Cause(), ByNone, b.Notice, limit)
	if err != nil {
		return nil, fmt.Errorf("who is concerned by breach %d: %w", b.ID, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Listed])
	if err != nil {
		return nil, fmt.Errorf("who is concerned by breach %d: %w", b.ID, err)
	}
	return all, nil
}

// Cause is the cause, behind that of the case, of the message by which a notice is said.
func (n NoticeID) Cause() string { return fmt.Sprintf("breach %d", n) }

// Saved writes down that an officer took the list out, with how people are reached (PDP-8).
func (r *Register) Saved(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID) (Breach, error) {
	b, err := lock(ctx, tx, id)
	if err != nil {
		return b, err
	}
	if err := may(ctx, tx, b.AgencyID, by, agencies.KeepBreaches); err != nil {
		return b, err
	}
	return r.happened(ctx, tx, b, byOfficer(by), EventSaved, Detail{Persons: b.Listed})
}
