package agencies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Effect is what a given day does to a calendar.
type Effect string

// The effects.
const (
	DayAdded     Effect = "added"
	DayReplaced  Effect = "replaced"  // what stood is withdrawn, and the new row stands
	DayWithdrawn Effect = "withdrawn" // what stood is taken back
	DayKept      Effect = "kept"      // nothing changes
	DayHeld      Effect = "held"      // the nation has decided that day, which is not the agency's to change
)

// DayChange is what a given day does.
type DayChange struct {
	Effect Effect
	Day    Holiday
	Was    *Holiday // what stands now; nil: nothing
}

// Changes says whether the calendar is another one after it.
func (c DayChange) Changes() bool { return c.Effect != DayKept && c.Effect != DayHeld }

// PlanDays says what days would do to the calendar of an agency, or of the nation (agency 0), in their order. Nothing
// is stored.
func PlanDays(ctx context.Context, tx pgx.Tx, agency AgencyID, days []Holiday) ([]DayChange, error) {
	own, err := OwnHolidays(ctx, tx, agency)
	if err != nil {
		return nil, err
	}
	var nations []Holiday
	if agency != 0 {
		if nations, err = holidays(ctx, tx, agency, `withdrawn_at IS NULL AND NOT unconfirmed AND agency_id IS NULL`); err != nil {
			return nil, err
		}
	}
	plan := make([]DayChange, len(days))
	for i, day := range days {
		if err := day.Check(agency); err != nil {
			return nil, err
		}
		c := DayChange{Day: day}
		if at := slices.IndexFunc(own, day.at); at >= 0 {
			c.Was = &own[at]
		}
		decided := slices.IndexFunc(nations, func(h Holiday) bool { return h.on(day) && h.Kind.Closes() })
		switch {
		case day.Kind == Withdrawal && c.Was == nil:
			c.Effect = DayKept
		case day.Kind == Withdrawal:
			c.Effect = DayWithdrawn
		case decided >= 0:
			c.Effect, c.Was = DayHeld, &nations[decided]
		case c.Was == nil:
			c.Effect = DayAdded
		case day.same(*c.Was):
			c.Effect = DayKept
		default:
			c.Effect = DayReplaced
		}
		plan[i] = c
	}
	return plan, nil
}

// SaveDays changes the calendar of an agency, or of the nation (agency 0): nothing is deleted, what is no longer true is
// withdrawn. It returns what each day did, and lets the time of open cases be counted again when anything changed
// (LOC-4.1). The same days twice change nothing.
func SaveDays(ctx context.Context, tx pgx.Tx, jobs Jobs, agency AgencyID, now time.Time, days []Holiday) ([]DayChange, error) {
	if err := lockCalendar(ctx, tx, agency); err != nil {
		return nil, err
	}
	plan, err := PlanDays(ctx, tx, agency, days)
	if err != nil {
		return nil, err
	}
	return plan, applyDays(ctx, tx, jobs, agency, now, plan)
}

// applyDays stores a plan of a locked calendar.
func applyDays(ctx context.Context, tx pgx.Tx, jobs Jobs, agency AgencyID, now time.Time, plan []DayChange) error {
	for _, c := range plan {
		if c.Effect == DayReplaced || c.Effect == DayWithdrawn {
			if err := withdrawDay(ctx, tx, agency, c.Day, now); err != nil {
				return err
			}
		}
		if c.Effect == DayReplaced || c.Effect == DayAdded {
			if _, err := insertDay(ctx, tx, agency, c.Day); err != nil {
				return err
			}
		}
	}
	if !slices.ContainsFunc(plan, DayChange.Changes) {
		return nil
	}
	return calendarChanged(ctx, tx, jobs, agency)
}

// lockCalendar lets one at a time change a calendar.
func lockCalendar(ctx context.Context, tx pgx.Tx, agency AgencyID) error {
	sql, args := `SELECT FROM agencies WHERE id = $1 FOR NO KEY UPDATE`, []any{agency}
	if agency == 0 {
		sql, args = `SELECT pg_advisory_xact_lock(hashtext('holidays of the nation'))`, nil
	}
	if _, err := tx.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("lock the calendar of agency %d: %w", agency, err)
	}
	return nil
}

func withdrawDay(ctx context.Context, tx pgx.Tx, agency AgencyID, h Holiday, now time.Time) error {
	provinces := h.Provinces
	if provinces == nil {
		provinces = []string{}
	}
	_, err := tx.Exec(ctx, `UPDATE holidays SET withdrawn_at = $4
		WHERE agency_id IS NOT DISTINCT FROM NULLIF($1::bigint, 0) AND on_date = $2 AND provinces = $3 AND withdrawn_at IS NULL`,
		agency, h.On.Format(time.DateOnly), provinces, now)
	if err != nil {
		return fmt.Errorf("withdraw holiday %s: %w", h.On.Format(time.DateOnly), err)
	}
	return nil
}
