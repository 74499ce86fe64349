package forms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Without returns the agencies that do not offer a service, in order.
func (c *Catalog) Without(key Key) []int64 {
	s := c.held()
	var without []int64
	for agency, own := range s.overrides {
		if id := own[key]; id != 0 && s.made[id].Off {
			without = append(without, agency)
		}
	}
	slices.Sort(without)
	return without
}

// Edition is a version of a service as an agency has it, since the day on which both were there.
type Edition struct {
	Version  int
	Override OverrideID // 0: none
	Since    time.Time  // zero: not known, as of a service that was never published
}

// EditionOf returns the edition of a version of a service by an override of the agency; 0: by none. ok is false when there
// is no such version, or the override is not of this agency and service.
func EditionOf(ctx context.Context, tx pgx.Tx, agency int64, f *Form, override OverrideID) (e Edition, ok bool, err error) {
	e = Edition{Version: f.Version, Override: override, Since: f.From.Time}
	if e.Since.IsZero() {
		err = tx.QueryRow(ctx, `SELECT published_at FROM form_versions WHERE key = $1 AND version = $2`, f.Key, f.Version).Scan(&e.Since)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return Edition{}, false, fmt.Errorf("edition of %s version %d: %w", f.Key, f.Version, err)
		}
	}
	if override == 0 {
		return e, true, nil
	}
	var decided time.Time
	err = tx.QueryRow(ctx, `SELECT at FROM form_overrides WHERE id = $1 AND agency_id = $2 AND form_key = $3`, override, agency, f.Key).Scan(&decided)
	if errors.Is(err, pgx.ErrNoRows) {
		return Edition{}, false, nil
	}
	if err != nil {
		return Edition{}, false, fmt.Errorf("edition of %s version %d: %w", f.Key, f.Version, err)
	}
	if decided.After(e.Since) {
		e.Since = decided
	}
	return e, true, nil
}
