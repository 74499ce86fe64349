package agencies

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Place is where a request is about: a point, words of an address, or both; either may be absent.
type Place struct {
	HasPoint bool
	Lat, Lon float64 // degrees, WGS 84
	Words    string
}

// Area is a part of the country that an agency looks after: a circle and the name by which it
// stands in addresses.
type Area struct {
	AgencyID AgencyID
	Name     string
	Lat, Lon float64
	RadiusM  float64
}

// AddArea gives an agency a place to look after.
func AddArea(ctx context.Context, tx pgx.Tx, a Area) error {
	_, err := tx.Exec(ctx, `INSERT INTO areas (agency_id, name, lat, lon, radius_m) VALUES ($1, $2, $3, $4, $5)`,
		a.AgencyID, a.Name, a.Lat, a.Lon, a.RadiusM)
	if err != nil {
		return fmt.Errorf("add area %s: %w", a.Name, err)
	}
	return nil
}

// SetRoute sends a service of an agency to one of its queues.
func SetRoute(ctx context.Context, tx pgx.Tx, agency AgencyID, formKey string, queue QueueID) error {
	_, err := tx.Exec(ctx, `INSERT INTO routes (agency_id, form_key, queue_id) VALUES ($1, $2, $3)
		ON CONFLICT (agency_id, form_key) DO UPDATE SET queue_id = excluded.queue_id`, agency, formKey, queue)
	if err != nil {
		return fmt.Errorf("set route of %s: %w", formKey, err)
	}
	return nil
}

// QueueFor is the queue in which an agency takes requests of a form: the one it was set up with, else that with the key that
// the form knows, else its first. An agency without any gets one.
func QueueFor(ctx context.Context, tx pgx.Tx, agency AgencyID, formKey, queueKey string) (queue QueueID, err error) {
	err = tx.QueryRow(ctx, `SELECT q.id FROM queues q LEFT JOIN routes r ON r.agency_id = q.agency_id AND r.queue_id = q.id AND r.form_key = $2
		WHERE q.agency_id = $1 ORDER BY r.form_key IS NOT NULL DESC, q.key = $3 DESC, q.id LIMIT 1`, agency, formKey, queueKey).Scan(&queue)
	if errors.Is(err, pgx.ErrNoRows) {
		q, err := CreateQueue(ctx, tx, agency, "general", "งานทั่วไป")
		return q.ID, err
	}
	if err != nil {
		return 0, fmt.Errorf("queue of agency %d for %s: %w", agency, formKey, err)
	}
	return queue, nil
}

// Route chooses the agency and its queue for a service at a place. An agency whose area holds the
// point wins (the nearest centre first), then one whose area is named in the words, then the
// agency that was written to. Only agencies that offer the service are asked, and none that is
// closed to it by now but the one written to; when none does, that one gets it, in the queue the
// form names or else its first: a request never falls between two offices (EGA-10.4).
func Route(ctx context.Context, tx pgx.Tx, formKey, queueKey string, writtenTo AgencyID, closed []int64, p Place) (AgencyID, QueueID, error) {
	var (
		agency AgencyID
		queue  QueueID
	)
	// A degree of latitude is 111,320 m everywhere; of longitude, that times the cosine.
	err := tx.QueryRow(ctx, `
		WITH offers AS (
			SELECT r.agency_id, r.queue_id,
			       min(CASE WHEN $3 AND d.metres <= a.radius_m THEN d.metres END) AS metres,
			       max(CASE WHEN $6 <> '' AND strpos($6, a.name) > 0 THEN length(a.name) END) AS named
			FROM routes r
			LEFT JOIN areas a ON a.agency_id = r.agency_id
			LEFT JOIN LATERAL (SELECT 111320 * sqrt((a.lat - $4) ^ 2 + ((a.lon - $5) * cosd(a.lat)) ^ 2) AS metres) d ON true
			WHERE r.form_key = $1 AND (r.agency_id = $2 OR r.agency_id <> ALL(coalesce($7::bigint[], '{}')))
			GROUP BY r.agency_id, r.queue_id)
		SELECT agency_id, queue_id FROM offers
		WHERE metres IS NOT NULL OR named IS NOT NULL OR agency_id = $2
		ORDER BY metres NULLS LAST, named DESC NULLS LAST, agency_id = $2 DESC, agency_id
		LIMIT 1`, formKey, writtenTo, p.HasPoint, p.Lat, p.Lon, p.Words, closed).Scan(&agency, &queue)
	if err == nil {
		return agency, queue, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, fmt.Errorf("route %s: %w", formKey, err)
	}
	err = tx.QueryRow(ctx, `SELECT id FROM queues WHERE agency_id = $1 ORDER BY key = $2 DESC, id LIMIT 1`,
		writtenTo, queueKey).Scan(&queue)
	if err != nil {
		return 0, 0, fmt.Errorf("route %s to agency %d, which has no queue: %w", formKey, writtenTo, err)
	}
	return writtenTo, queue, nil
}
