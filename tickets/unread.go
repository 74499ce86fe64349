package tickets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/thai"
)

// Lookouts are the hours of a working day, in Bangkok, by which somebody must have opened a queue in which something unread
// waits: the channel is looked at twice a day at least (MTH-2.1).
func Lookouts() []time.Duration { return []time.Duration{11 * time.Hour, 15 * time.Hour} }

// lookAgain is how exactly it is known when a queue was opened: reading pages writes little.
const lookAgain = 10 * time.Minute

// Look notes that an officer opened a queue, or all of an agency (0).
func Look(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, queue agencies.QueueID, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO queue_looks (queue_id, agency_id, at) SELECT id, agency_id, $3 FROM queues WHERE agency_id = $1 AND ($2 = 0 OR id = $2)
		ON CONFLICT (queue_id) DO UPDATE SET at = greatest(queue_looks.at, excluded.at)`, agency, queue, now)
	if err != nil {
		return fmt.Errorf("note who opened queue %d of agency %d: %w", queue, agency, err)
	}
	return nil
}

// Looked reports whether that was noted a moment ago.
func Looked(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, queue agencies.QueueID, now time.Time) (noted bool, err error) {
	err = tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM queues q LEFT JOIN queue_looks l ON l.queue_id = q.id
		WHERE q.agency_id = $1 AND ($2 = 0 OR q.id = $2) AND (l.at IS NULL OR l.at < $3))`, agency, queue, now.Add(-lookAgain)).Scan(&noted)
	if err != nil {
		return false, fmt.Errorf("who opened queue %d of agency %d: %w", queue, agency, err)
	}
	return noted, nil
}

// lookout is the last of the day's hours that is over and from when on a queue must have been opened by it; ok is false when
// none is, or nobody had to work before it.
func lookout(c agencies.Calendar, now time.Time) (slot, since time.Time, ok bool) {
	now = now.In(thai.Bangkok())
	since = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, thai.Bangkok())
	midnight := since
	for _, hour := range Lookouts() {
		if at := midnight.Add(hour); !at.After(now) {
			if !slot.IsZero() {
				since = slot
			}
			slot = at
		}
	}
	works := slices.ContainsFunc(c.Periods(midnight), func(p agencies.Period) bool {
		return midnight.Add(p.From).Before(slot) && midnight.Add(p.Until).After(since)
	})
	return slot, since, works && !slot.IsZero()
}

// AlertUnread tells the head of an agency of the queues that nobody opened by the last of the day's hours although something
// unread waited there since before, once each.
func (d *Desk) AlertUnread(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) error {
	calendar, err := agencies.LoadCalendar(ctx, tx, agency)
	if err != nil {
		return err
	}
	slot, since, ok := lookout(calendar, d.now())
	if !ok {
		return nil
	}
	_, err = tx.Exec(ctx, `INSERT INTO unread_alerts (queue_id, agency_id, slot, unread)
		SELECT q.id, q.agency_id, $2, count(*) FROM queues q JOIN tickets t ON t.queue_id = q.id AND t.unread AND t.closed_at IS NULL AND t.updated_at < $2
			LEFT JOIN queue_looks l ON l.queue_id = q.id
		WHERE q.agency_id = $1 AND (l.at IS NULL OR l.at < $3) GROUP BY q.id, q.agency_id ON CONFLICT DO NOTHING`, agency, slot, since)
	if err != nil {
		return fmt.Errorf("alert the head of agency %d: %w", agency, err)
	}
	return nil
}

// UnreadAlert is a queue that nobody opened in time.
type UnreadAlert struct {
	QueueID agencies.QueueID `db:"queue_id"`
	Slot    time.Time        `db:"slot"`   // by when
	Unread  int              `db:"unread"` // how many cases waited then
}

// UnreadAlerts returns the queues of an agency that nobody opened in time nor since, each with the last hour that was missed.
func UnreadAlerts(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]UnreadAlert, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT ON (a.queue_id) a.queue_id, a.slot, a.unread FROM unread_alerts a LEFT JOIN queue_looks l ON l.queue_id = a.queue_id
		WHERE a.agency_id = $1 AND (l.at IS NULL OR l.at < a.slot) ORDER BY a.queue_id, a.slot DESC`, agency)
	if err != nil {
		return nil, fmt.Errorf("alerts of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[UnreadAlert])
}

// WithUnread returns the agencies in which something unread waits.
func WithUnread(ctx context.Context, tx pgx.Tx) ([]agencies.AgencyID, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT q.agency_id FROM queues q WHERE EXISTS (SELECT FROM tickets t WHERE t.queue_id = q.id AND t.unread AND t.closed_at IS NULL) ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("agencies with unread cases: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[agencies.AgencyID])
}
