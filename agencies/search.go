package agencies

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/internal/thai"
)

// Search is what somebody looks for among the agencies. Its zero value finds them all.
type Search struct {
	Words    string     // each of them stands in the name, the code, the kind or the address
	Province string     // as the address names it; empty: any
	Without  []AgencyID // those that are not wanted
	After    AgencyID   // the last one of the page before; 0: from the beginning
	Most     int        // how many at most
}

// searchWords is how many words of a search count.
const searchWords = 6

// filter is the condition of a search without After, and what stands in it.
func (s Search) filter() (where string, args []any) {
	conditions := []string{"true"}
	hold := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf(condition, len(args)))
	}
	for i, w := range strings.Fields(strings.ToLower(thai.Tidy(s.Words))) {
		if i == searchWords {
			break
		}
		hold("search LIKE $%d", "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w)+"%")
	}
	if s.Province != "" {
		hold("province = $%d", s.Province)
	}
	if len(s.Without) > 0 {
		hold("id <> ALL($%d)", s.Without)
	}
	return strings.Join(conditions, " AND "), args
}

// Seek returns the agencies that are looked for, by name, and how many there are on all pages together.
func Seek(ctx context.Context, tx pgx.Tx, s Search) (found []Agency, all int, err error) {
	where, args := s.filter()
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM agencies WHERE `+where, args...).Scan(&all); err != nil {
		return nil, 0, fmt.Errorf("count agencies: %w", err)
	}
	if s.After != 0 {
		last, err := Find(ctx, tx, s.After)
		if err != nil {
			return nil, 0, err
		}
		args = append(args, last.Name, last.ID)
		where += fmt.Sprintf(` AND (name COLLATE "th-x-icu", id) > ($%d, $%d)`, len(args)-1, len(args))
	}
	args = append(args, s.Most)
	rows, err := tx.Query(ctx, `SELECT `+agencyColumns+` FROM agencies WHERE `+where+
		fmt.Sprintf(` ORDER BY name COLLATE "th-x-icu", id LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, 0, fmt.Errorf("look for agencies: %w", err)
	}
	if found, err = pgx.CollectRows(rows, pgx.RowToStructByName[Agency]); err != nil {
		return nil, 0, fmt.Errorf("look for agencies: %w", err)
	}
	return found, all, nil
}

// Provinces returns the provinces that agencies are in, by name. The index is skipped through: it takes a step for
// each province and none for the agencies.
func Provinces(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `WITH RECURSIVE p AS (
			(SELECT province FROM agencies WHERE province > '' ORDER BY province LIMIT 1)
			UNION ALL
			SELECT (SELECT a.province FROM agencies a WHERE a.province > p.province ORDER BY a.province LIMIT 1) FROM p WHERE p.province IS NOT NULL
		) SELECT province FROM p WHERE province IS NOT NULL ORDER BY province COLLATE "th-x-icu"`)
	if err != nil {
		return nil, fmt.Errorf("list provinces: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Some returns agencies in the order in which they were made, so many after so many others.
func Some(ctx context.Context, tx pgx.Tx, after, most int) ([]Agency, error) {
	rows, err := tx.Query(ctx, `SELECT `+agencyColumns+` FROM agencies ORDER BY id OFFSET $1 LIMIT $2`, after, most)
	if err != nil {
		return nil, fmt.Errorf("list some agencies: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Agency])
}

// Account is an official account that people write to.
type Account struct {
	Kind    string `db:"kind"`     // "line"
	Name    string `db:"name"`     //
	BasicID string `db:"basic_id"` // the @name that people search for; never empty
}

// Accounts returns the official accounts of an agency that it has announced for requests (EGA-10.6) and that work.
func Accounts(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Account, error) {
	rows, err := tx.Query(ctx, `SELECT kind, name, basic_id FROM channels WHERE agency_id = $1 AND basic_id <> '' AND announced_at IS NOT NULL
		AND paused_at IS NULL AND removed_at IS NULL ORDER BY id`, agency)
	if err != nil {
		return nil, fmt.Errorf("accounts of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Account])
}
