package proof

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
)

// grown returns the heads of the histories that grew in a time, by agency and in the order of books and subjects. Only
// lines of that time are read. A case that went from one agency to another leaves a head with each that had it.
func grown(ctx context.Context, tx pgx.Tx, since *time.Time, until time.Time) (map[agencies.AgencyID][]Leaf, error) {
	from := time.Time{}
	if since != nil {
		from = *since
	}
	heads := map[agencies.AgencyID][]Leaf{}
	for _, book := range chained() {
		rows, err := tx.Query(ctx, `SELECT agency_id, subject, seq, hash FROM (
				SELECT agency_id, `+string(book)+`_id AS subject, seq, hash, lead(agency_id) OVER (PARTITION BY `+string(book)+`_id ORDER BY seq) AS next
				FROM `+string(book)+`_events WHERE at >= $1 AND at < $2) lines
			WHERE next IS DISTINCT FROM agency_id ORDER BY subject, seq`, from, until)
		if err != nil {
			return nil, fmt.Errorf("histories of each %s that grew: %w", book, err)
		}
		var agency agencies.AgencyID
		l := Leaf{Book: book}
		_, err = pgx.ForEachRow(rows, []any{&agency, &l.Subject, &l.Line, &l.Hash}, func() error {
			heads[agency] = append(heads[agency], l)
			l.Hash = nil
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("histories of each %s that grew: %w", book, err)
		}
	}
	err := citizens.ReadingsOf(ctx, tx, from, until, func(r citizens.Reading) error {
		agency := agencies.AgencyID(r.AgencyID)
		heads[agency] = append(heads[agency], Leaf{Book: Readings, Subject: r.ID, Line: 1, Hash: r.Sum()})
		return nil
	})
	return heads, err
}
