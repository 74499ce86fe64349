package tickets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
)

// Terms are the terms of an agency by class: its own where it has one, else everybody's (PDP-5).
func Terms(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]Term, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT ON (key) key, name, years, law, confirmed FROM retention_classes
		WHERE agency_id = $1 OR agency_id IS NULL ORDER BY key, agency_id NULLS LAST`, agency)
	if err != nil {
		return nil, fmt.Errorf("terms of agency %d: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Term])
	if err != nil {
		return nil, fmt.Errorf("terms of agency %d: %w", agency, err)
	}
	return all, nil
}

// Ruled is how many cases of a class a person decided about in a month (EGA-17.1).
type Ruled struct {
	Month   time.Time `db:"month"` // its first day
	Class   string    `db:"class"`
	Verdict Verdict   `db:"verdict"`
	Cases   int       `db:"cases"`
	Erased  int       `db:"erased"` // of those to be disposed of: how many are
}

// RuledBy returns what an agency decided about cases whose term was over, the newest month first.
func RuledBy(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]Ruled, error) {
	rows, err := tx.Query(ctx, `SELECT date_trunc('month', d.decided_at AT TIME ZONE 'Asia/Bangkok') AS month, d.class, d.verdict, count(*)::int AS cases,
			count(t.erased_at) FILTER (WHERE d.verdict = 'dispose')::int AS erased
		FROM disposals d JOIN tickets t ON t.id = d.ticket_id WHERE d.agency_id = $1 AND d.verdict IS NOT NULL
		GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3`, agency)
	if err != nil {
		return nil, fmt.Errorf("what agency %d decided about its records: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Ruled])
	if err != nil {
		return nil, fmt.Errorf("what agency %d decided about its records: %w", agency, err)
	}
	return all, nil
}

// Ending is how many cases of a class come to the end of their term in a month.
type Ending struct {
	Month time.Time // its first day
	Class string
	Cases int
}

// EndingBy returns the closed cases of an agency whose term ends before a day and that nobody was asked about yet, the
// next month first.
func (d *Desk) EndingBy(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, until time.Time) ([]Ending, error) {
	type closed struct {
		Form    forms.Key `db:"form_key"`
		Version int       `db:"form_version"`
		Month   time.Time `db:"month"`
		Cases   int       `db:"cases"`
	}
	rows, err := tx.Query(ctx, `SELECT form_key, form_version, date_trunc('month', closed_at AT TIME ZONE 'Asia/Bangkok') AS month, count(*)::int AS cases
		FROM tickets t WHERE agency_id = $1 AND erased_at IS NULL AND NOT EXISTS (SELECT FROM disposals d WHERE d.ticket_id = t.id)
			AND closed_at < $2::timestamptz - make_interval(years => (SELECT min(years) FROM retention_classes WHERE agency_id = $1 OR agency_id IS NULL))
		GROUP BY 1, 2, 3`, agency, until)
	if err != nil {
		return nil, fmt.Errorf("records of agency %d: %w", agency, err)
	}
	groups, err := pgx.CollectRows(rows, pgx.RowToStructByName[closed])
	if err != nil {
		return nil, fmt.Errorf("records of agency %d: %w", agency, err)
	}
	var all []Ending
	for _, g := range groups {
		term, err := d.TermFor(ctx, tx, Ticket{AgencyID: agency, FormKey: g.Form, FormVersion: g.Version})
		if err != nil {
			return nil, err
		}
		end := Ending{Month: g.Month.AddDate(term.Years, 0, 0), Class: term.Class, Cases: g.Cases}
		if end.Month.After(until) {
			continue
		}
		same := slices.IndexFunc(all, func(e Ending) bool { return e.Month.Equal(end.Month) && e.Class == end.Class })
		if same < 0 {
			all = append(all, end)
			continue
		}
		all[same].Cases += end.Cases
	}
	slices.SortFunc(all, func(a, b Ending) int {
		if c := a.Month.Compare(b.Month); c != 0 {
			return c
		}
		return slices.Compare([]byte(a.Class), []byte(b.Class))
	})
	return all, nil
}
