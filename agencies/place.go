package agencies

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Place is where a request is about: a point, words of an address, the code of a tambon, or several of them; any may be
// absent.
type Place struct {
	HasPoint bool
	Lat, Lon float64 // degrees, WGS 84
	Words    string
	Tambon   string // its code of six digits (LOC-14), where the answer gives one
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

// Found says by what the agency of a request was found.
type Found string

// The ways, the surest first.
const (
	ByOutline Found = "outline" // the point lies inside an outline
	ByTambon  Found = "tambon"  // the tambon is on a list
	ByCircle  Found = "circle"  // the point lies in a circle
	ByName    Found = "name"    // the address names the place
	ByWriting Found = "written" // nothing of this: it stays with whom it was written to
)

// Way is to whom a request goes, and by what.
type Way struct {
	Agency AgencyID
	Queue  QueueID
	Found  Found
	Area   AreaID // 0: ByWriting
}

// holding finds the areas that hold a place ($1 whether there is a point, $2 latitude, $3 longitude, $4 words, $5 code, $6
// names of tambons in the words, $7 beginnings in the words), each by its index, with how sure that is: level, then size,
// then distance, the least first. A degree of latitude is 111,320 m everywhere; of longitude, that times the cosine.
const holding = `
	SELECT a.agency_id, a.id AS area_id, CASE a.kind WHEN 'outline' THEN 1 ELSE 3 END AS level, a.size, coalesce(d.metres, 0) AS far
	FROM areas a, LATERAL (SELECT 111320 * sqrt((a.lat - $2) ^ 2 + ((a.lon - $3) * cosd(a.lat)) ^ 2) AS metres) d
	WHERE $1 AND a.ended_at IS NULL AND a.bounds @> box(point($3, $2), point($3, $2))
	  AND CASE a.kind WHEN 'outline' THEN (SELECT count(*) FROM unnest(a.rings) AS r (ring) WHERE r.ring @> point($3, $2)) % 2 = 1 ELSE d.metres <= a.radius_m END
	UNION ALL
	SELECT a.agency_id, a.id, 2, a.size, 0 FROM area_tambons t JOIN areas a ON a.id = t.area_id
	WHERE a.ended_at IS NULL AND (t.code = $5 OR t.name = ANY($6) AND strpos($4, t.province) > 0
	  AND (strpos($4, t.amphoe) > 0 OR t.amphoe LIKE 'เมือง%' AND strpos($4, 'เมือง') > 0))
	UNION ALL
	SELECT a.agency_id, a.id, 4, -length(a.name), 0 FROM unnest($7::text[]) AS b (beginning),
	LATERAL (SELECT agency_id, id, name FROM areas WHERE ended_at IS NULL AND begins = beginning AND strpos($4, name) > 0 OFFSET 0) a`

// args are what holding asks for.
func (p Place) args() []any {
	return []any{p.HasPoint, p.Lat, p.Lon, p.Words, p.Tambon, tambonsIn(p.Words), beginnings(p.Words)}
}

// routing chooses of the areas that hold a place the one whose agency ($8: who was written to) offers a service ($9) and is
// not closed to it ($10).
// Each is looked up by itself, so that how many agencies there are does not matter.
const routing = `WITH held AS MATERIALIZED (` + holding + ` UNION ALL SELECT $8, 0, 5, 0, 0),
	offered AS MATERIALIZED (SELECT *, (SELECT queue_id FROM routes WHERE agency_id = held.agency_id AND form_key = $9) AS queue_id FROM held)
	SELECT agency_id, queue_id, area_id, level FROM offered
	WHERE queue_id IS NOT NULL AND (agency_id = $8 OR agency_id <> ALL(coalesce($10::bigint[], '{}')))
	ORDER BY level, size, far, agency_id = $8 DESC, agency_id LIMIT 1`

// Route chooses the agency and its queue for a service at a place. An agency whose outline holds the point wins, then one
// whose list has the tambon, then one whose circle holds the point, then one whose area is named in the words, then the
// agency that was written to; of several the smallest area (of names the longest), then the nearest centre. Only agencies
// that offer the service are asked, and none that is closed to it by now but the one written to; when none does, that one
// gets it, in the queue the form names or else its first: a request never falls between two offices (EGA-10.4, LOC-14).
func Route(ctx context.Context, tx pgx.Tx, formKey, queueKey string, writtenTo AgencyID, closed []int64, p Place) (Way, error) {
	var level int
	w := Way{Agency: writtenTo, Found: ByWriting}
	err := tx.QueryRow(ctx, routing, append(p.args(), writtenTo, formKey, closed)...).Scan(&w.Agency, &w.Queue, &w.Area, &level)
	if err == nil {
		w.Found = []Found{ByOutline, ByTambon, ByCircle, ByName, ByWriting}[level-1]
		return w, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return Way{}, fmt.Errorf("route %s: %w", formKey, err)
	}
	err = tx.QueryRow(ctx, `SELECT id FROM queues WHERE agency_id = $1 ORDER BY key = $2 DESC, id LIMIT 1`, writtenTo, queueKey).Scan(&w.Queue)
	if err != nil {
		return Way{}, fmt.Errorf("route %s to agency %d, which has no queue: %w", formKey, writtenTo, err)
	}
	return w, nil
}

// Held is which of an agency's areas hold a place, and the tambons of its lists that it lies in.
type Held struct {
	Areas   []AreaID
	Tambons []string
}

// Holding asks the areas of one agency, for its rules.
func Holding(ctx context.Context, tx pgx.Tx, agency AgencyID, p Place) (h Held, err error) {
	err = tx.QueryRow(ctx, `WITH held AS (SELECT area_id FROM (`+holding+`) AS all_held WHERE agency_id = $8)
		SELECT array(SELECT DISTINCT area_id FROM held ORDER BY 1),
		       array(SELECT DISTINCT t.code FROM area_tambons t JOIN areas a ON a.id = t.area_id WHERE a.agency_id = $8 AND a.ended_at IS NULL
		             AND t.name = ANY($6) AND strpos($4, t.province) > 0 AND (strpos($4, t.amphoe) > 0 OR t.amphoe LIKE 'เมือง%' AND strpos($4, 'เมือง') > 0) ORDER BY 1)`,
		append(p.args(), agency)...).Scan(&h.Areas, &h.Tambons)
	if err != nil {
		return Held{}, fmt.Errorf("areas of agency %d that hold a place: %w", agency, err)
	}
	if p.Tambon != "" && !slices.Contains(h.Tambons, p.Tambon) {
		h.Tambons = append(h.Tambons, p.Tambon)
	}
	return h, nil
}

// tambonName finds what an address calls its tambon, up to a blank or to the amphoe or province that follows.
var tambonName = regexp.MustCompile(`(?:ตำบล|ต\.|แขวง)\s*(\pL[\pL\pM]*?)(?:อ\.|อำเภอ|เขต|จ\.|จังหวัด|[^\pL\pM]|$)`)

// tambonsIn lists the tambons that an address names.
func tambonsIn(words string) (names []string) {
	for _, m := range tambonName.FindAllStringSubmatch(words, -1) {
		names = append(names, m[1])
	}
	return names
}

// begins is how many letters of an area's name are indexed, as areas.begins has it.
const begins = 12

// beginnings lists what a name that stands in the words can begin with: every twelve letters of them, and fewer for names
// that are shorter. So a name is found by the index of its beginning, however many agencies there are.
func beginnings(words string) []string {
	letters := []rune(words)
	seen := map[string]bool{}
	for i := range letters {
		for n := 1; n <= min(begins, len(letters)-i); n++ {
			seen[string(letters[i:i+n])] = true
		}
	}
	all := make([]string, 0, len(seen))
	for s := range seen {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}
