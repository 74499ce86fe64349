package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/thai"
)

// Way is by which way a case came to its agency.
type Way string

// The ways.
const (
	ByChat      Way = "chat"
	ByWeb       Way = "web"
	ByCounter   Way = "counter"   // an officer filed it for somebody at the counter (MTH-1.3)
	ByPhone     Way = "phone"     // the same, on the telephone
	ByVolunteer Way = "volunteer" // a village volunteer filed it with a power of attorney (PDP-10)
	ByTransfer  Way = "transfer"  // another agency handed it over
	ByOther     Way = "other"
)

// Thai is what officers read.
func (w Way) Thai() string {
	switch w {
	case ByChat:
		return "แชต"
	case ByWeb:
		return "เว็บ"
	case ByCounter:
		return "เคาน์เตอร์"
	case ByPhone:
		return "โทรศัพท์"
	case ByVolunteer:
		return "อาสาสมัคร"
	case ByTransfer:
		return "รับโอน"
	default:
		return "อื่น ๆ"
	}
}

// arrival is how a case came to its agency.
type arrival struct {
	Way       Way               // empty: as its request came
	From      agencies.AgencyID // of a transfer: who handed it over
	EnteredAt time.Time         // when it came to this agency
	DeemedAt  time.Time         // when it counts as received there (EGA-10.1)
}

// register enters a case that this transaction made into its agency's receive register, under the next number of the
// Buddhist year in which it counts as received (MTH-2.3). The number is taken in the one statement that uses it, after
// the case's own, so that whoever waits, waits once.
func register(ctx context.Context, tx pgx.Tx, t Ticket, a arrival) error {
	_, err := tx.Exec(ctx, `WITH next AS (
			INSERT INTO number_series (agency_id, series, year_be, last) VALUES ($1, 'received', $2, 1)
			ON CONFLICT (agency_id, series, year_be) DO UPDATE SET last = number_series.last + 1 RETURNING last)
		INSERT INTO received (agency_id, year_be, n, ticket_id, way, from_agency, unit, entered_at, deemed_at)
		SELECT $1, $2, next.last, $3,
			coalesce(nullif($4, ''), nullif(r.way, ''), CASE ch.kind WHEN 'line' THEN 'chat' WHEN 'web' THEN 'web' ELSE 'other' END),
			nullif($5::bigint, 0), q.name, $6, $7
		FROM next, queues q, requests r LEFT JOIN conversations c ON c.id = r.conversation_id LEFT JOIN channels ch ON ch.id = c.channel_id
		WHERE q.id = $8 AND r.id = $9`,
		t.AgencyID, thai.BuddhistYear(a.DeemedAt), t.ID, a.Way, a.From, a.EnteredAt, a.DeemedAt, t.QueueID, t.RequestID)
	if err != nil {
		return fmt.Errorf("register ticket %d: %w", t.ID, err)
	}
	return nil
}

// Received is a line of an agency's receive register (ทะเบียนหนังสือรับ). The name is the case's: where it was erased, the
// number stays without it.
type Received struct {
	YearBE     int        `db:"year_be"`
	N          int64      `db:"n"`
	TicketID   TicketID   `db:"ticket_id"`
	Number     string     `db:"number"` // of the case
	Way        Way        `db:"way"`
	FromAgency string     `db:"from_agency"` // who handed it over; empty: the citizen wrote
	Citizen    string     `db:"citizen_name"`
	Unit       string     `db:"unit"` // to whom
	Title      string     `db:"title"`
	Subject    string     `db:"subject"`
	Status     Status     `db:"status"`
	Outcome    Outcome    `db:"outcome"` // empty: nothing is decided
	EnteredAt  time.Time  `db:"entered_at"`
	DeemedAt   time.Time  `db:"deemed_at"`
	ClosedAt   *time.Time `db:"closed_at"`
}

// No is the number as offices write it: รับ 1234/2569.
func (r Received) No() string { return fmt.Sprintf("รับ %d/%d", r.N, r.YearBE) }

// RegisterFilter chooses lines of a receive register.
type RegisterFilter struct {
	Agency agencies.AgencyID
	YearBE int
	Month  time.Month // in which they count as received; 0: the whole year
	Search string     // any part of number, subject, name or answers
	Before int64      // only lines with a smaller number; 0: all
	Limit  int        // at most so many; 0: all
}

// Register returns lines of an agency's receive register, the newest first.
func Register(ctx context.Context, tx pgx.Tx, f RegisterFilter) ([]Received, error) {
	rows, err := tx.Query(ctx, `SELECT e.year_be, e.n, e.ticket_id, t.number, e.way, coalesce(a.name, '') AS from_agency, t.citizen_name, e.unit, t.title, t.subject,
			t.status, coalesce(d.outcome, '') AS outcome, e.entered_at, e.deemed_at, t.closed_at
		FROM received e JOIN tickets t ON t.id = e.ticket_id LEFT JOIN agencies a ON a.id = e.from_agency
		LEFT JOIN LATERAL (SELECT outcome FROM decisions WHERE ticket_id = t.id AND `+stands+`) d ON true
		WHERE e.agency_id = $1 AND e.year_be = $2 AND ($3 = 0 OR extract(month FROM e.deemed_at AT TIME ZONE 'Asia/Bangkok') = $3)
			AND ($4 = '' OR position($4 IN t.search) > 0) AND ($5 = 0 OR e.n < $5)
		ORDER BY e.n DESC LIMIT nullif($6::int, 0)`, f.Agency, f.YearBE, int(f.Month), thai.Key(f.Search), f.Before, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("receive register of %d: %w", f.YearBE, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Received])
	if err != nil {
		return nil, fmt.Errorf("receive register of %d: %w", f.YearBE, err)
	}
	return all, nil
}

// RegisterSum is how a year of a register stands.
type RegisterSum struct {
	Count int64 // lines
	Last  int64 // the number that was given last
}

// Whole says that no number is missing.
func (s RegisterSum) Whole() bool { return s.Count == s.Last }

// SumRegister counts a year of an agency's receive register against the series of its numbers: they agree, because no
// line is ever taken away (MTH-2.3).
func SumRegister(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, yearBE int) (s RegisterSum, err error) {
	err = tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM received WHERE agency_id = $1 AND year_be = $2),
		coalesce((SELECT last FROM number_series WHERE agency_id = $1 AND series = 'received' AND year_be = $2), 0)`, agency, yearBE).Scan(&s.Count, &s.Last)
	if err != nil {
		return RegisterSum{}, fmt.Errorf("count the receive register of %d: %w", yearBE, err)
	}
	return s, nil
}
