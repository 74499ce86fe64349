package tickets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// Fewest is of how many problems anything is told in public at least (SEED-20).
const Fewest = 5

// publishedMonths is how many months are published: two years that are over.
const publishedMonths = 24

// Fold makes of problems groups of which no one has fewer than Fewest. In each month the kinds with fewer are told together,
// with the smallest of the others while they are too few still; a month with fewer altogether is left out. Whatever else is
// published is summed up from these groups alone, so that no subtraction gives back what was folded.
func Fold(all []Problems) (told []Problems) {
	for _, month := range ByMonth(all) {
		if month.Filed < Fewest {
			continue
		}
		kinds := slices.DeleteFunc(slices.Clone(all), func(p Problems) bool { return !p.Month.Equal(month.Month) })
		slices.SortStableFunc(kinds, func(a, b Problems) int { return a.Filed - b.Filed })
		rest := Problems{Month: month.Month, Service: Together, Kind: Together}
		for len(kinds) > 0 && (kinds[0].Filed < Fewest || rest.Filed > 0 && rest.Filed < Fewest) {
			rest.Tally, kinds = rest.With(kinds[0].Tally), kinds[1:]
		}
		slices.Reverse(kinds) // the most frequent first
		told = append(told, kinds...)
		if rest.Filed > 0 {
			told = append(told, rest)
		}
	}
	return told
}

// PublishProblems writes what everybody may read of an agency's problems, of the months that are over, in the place of what was
// written before.
func (d *Desk) PublishProblems(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) error {
	now := d.now()
	until := monthOf(now)
	all, err := d.ProblemsOf(ctx, tx, agency, until.AddDate(0, -publishedMonths, 0), until)
	if err != nil {
		return err
	}
	writes := &pgx.Batch{}
	writes.Queue(`DELETE FROM published_problems WHERE agency_id = $1`, agency)
	for _, p := range Fold(all) {
		writes.Queue(`INSERT INTO published_problems (agency_id, month, service, kind, `+tallyColumns+`, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			agency, p.Month, p.Service, p.Kind, p.Filed, p.Reports, p.Open, p.EndedOtherwise, p.Claimed, p.Confirmed, p.Unconfirmed, p.Reopened, p.ToClaim, p.ToConfirmation, now)
	}
	if err := tx.SendBatch(ctx, writes).Close(); err != nil {
		return fmt.Errorf("publish the problems of agency %d: %w", agency, err)
	}
	return nil
}

// PublishedProblems returns what everybody may read of an agency's problems, the first month first, and as of when it is;
// nothing is published while that is zero.
func PublishedProblems(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (all []Problems, at time.Time, err error) {
	rows, err := tx.Query(ctx, `SELECT month, service, kind, `+tallyColumns+`, at FROM published_problems WHERE agency_id = $1 ORDER BY month, kind = '*', filed DESC, service, kind`, agency)
	if err != nil {
		return nil, at, fmt.Errorf("what is published of agency %d: %w", agency, err)
	}
	type published struct {
		Problems
		At time.Time `db:"at"`
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[published])
	if err != nil {
		return nil, at, fmt.Errorf("what is published of agency %d: %w", agency, err)
	}
	for _, p := range found {
		all, at = append(all, p.Problems), p.At
	}
	return all, at, nil
}
