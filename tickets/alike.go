package tickets

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
)

// Near is a case that may be about the same as another: of the same service and kind, near in place and time (SVC-5).
type Near struct {
	Ticket
	Metres float64 `db:"metres"`
}

const (
	// mostNear is how many such cases are proposed at most.
	mostNear = 6
	// mostKnown is how many are looked at to say how many others reported a thing.
	mostKnown = 100
	// metresOfDegree is the length of a degree of latitude.
	metresOfDegree = 111_320
)

// Alike returns the cases of the same agency that a case may be joined with, the nearest first: open ones, and those that were
// closed as dealt with in the time that the service looks back. The index tickets_near finds them by agency, kind and a box
// around the place, however many cases there are.
func (d *Desk) Alike(ctx context.Context, tx pgx.Tx, t Ticket) ([]Near, error) {
	return d.alike(ctx, tx, t, mostNear)
}

// Reported is what others reported before of what is probably the same thing: nothing of who they are.
type Reported struct {
	Others int       // how many people
	Since  time.Time // when the first of them did
	Status Status    // how the nearest of their cases stands
}

// Reported returns what others reported of the same as a case before it, while that is not dealt with; ok is false where nobody did.
func (d *Desk) Reported(ctx context.Context, tx pgx.Tx, t Ticket) (k Reported, ok bool, err error) {
	near, err := d.alike(ctx, tx, t, mostKnown)
	if err != nil {
		return k, false, err
	}
	var mains []TicketID
	for _, n := range near {
		if n.ID > t.ID || n.Status.Closed() {
			continue
		}
		if len(mains) == 0 {
			k.Status = n.Status
		}
		mains = append(mains, n.ID)
	}
	if len(mains) == 0 {
		return k, false, nil
	}
	var since *time.Time
	err = tx.QueryRow(ctx, `SELECT count(DISTINCT citizen_id), min(entered_at) FROM tickets WHERE (id = ANY($1) OR main_id = ANY($1)) AND id < $2 AND citizen_id <> $3`,
		mains, t.ID, t.CitizenID).Scan(&k.Others, &since)
	if err != nil {
		return k, false, fmt.Errorf("who reported the same as ticket %d: %w", t.ID, err)
	}
	k.Since = timeOf(since)
	return k, k.Others > 0, nil
}

func (d *Desk) alike(ctx context.Context, tx pgx.Tx, t Ticket, most int) ([]Near, error) {
	if t.Status.Rests() {
		return nil, nil
	}
	form, err := d.Form(ctx, tx, t)
	if err != nil || form.Duplicates == nil {
		return nil, err
	}
	var (
		kind     *string
		lat, lon *float64
	)
	if err := tx.QueryRow(ctx, `SELECT alike, lat, lon FROM tickets WHERE id = $1`, t.ID).Scan(&kind, &lat, &lon); err != nil {
		return nil, fmt.Errorf("cases like ticket %d: %w", t.ID, err)
	}
	if kind == nil || lat == nil || lon == nil {
		return nil, nil
	}
	within, days := float64(form.Duplicates.WithinM), form.Duplicates.Days
	high := within / metresOfDegree
	narrow := math.Cos(*lat * math.Pi / 180)
	wide := high / math.Max(narrow, 0.01)
	// The place comes first, whatever the planner thinks of the days: where most agencies have a few cases and one has many,
	// the plan for all of them read every case of that one's last weeks.
	rows, err := tx.Query(ctx, `WITH near AS MATERIALIZED (
			SELECT *, sqrt(power((lat - $4) * $6, 2) + power((lon - $5) * $6 * $7, 2)) AS metres FROM tickets
			WHERE agency_id = $1 AND alike = $2 AND lat BETWEEN $4 - $8 AND $4 + $8 AND lon BETWEEN $5 - $9 AND $5 + $9)
		SELECT `+ticketColumns+`, metres FROM near
		WHERE id <> $3 AND form_key = $10 AND main_id IS NULL AND metres <= $11 AND status IN ('open', 'accepted', 'approved')
			AND entered_at BETWEEN $12 AND $13 ORDER BY closed_at IS NOT NULL, metres, id LIMIT $14`,
		t.AgencyID, *kind, t.ID, *lat, *lon, metresOfDegree, narrow, high, wide, t.FormKey, within,
		t.EnteredAt.AddDate(0, 0, -days), t.EnteredAt.AddDate(0, 0, days), most)
	if err != nil {
		return nil, fmt.Errorf("cases like ticket %d: %w", t.ID, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Near])
	if err != nil {
		return nil, fmt.Errorf("cases like ticket %d: %w", t.ID, err)
	}
	return all, nil
}
