package agencies

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// shippedDays are the nation's days of each Buddhist year as far as they are known. What no announcement is known for is
// marked, shown to heads and not counted: a holiday is a decision, and the moon is no announcement (LOC-4).
//
//go:embed holidays/*.csv
var shippedDays embed.FS

// ShippedDays returns the nation's days that come with this release, in order.
func ShippedDays() ([]Holiday, error) {
	names, err := fs.Glob(shippedDays, "holidays/*.csv")
	if err != nil {
		return nil, fmt.Errorf("holidays: %w", err)
	}
	var all []Holiday
	for _, name := range names {
		raw, err := shippedDays.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("holidays: %w", err)
		}
		days, wrong := ReadDays(raw, 0, "")
		if len(wrong) > 0 {
			return nil, fmt.Errorf("%s: %w", name, errors.New(strings.Join(wrong, "; ")))
		}
		all = append(all, days...)
	}
	return all, nil
}

// ShipDays puts the nation's days of this release into the calendar and returns how many changed. What was decided
// here stands: a day that is known, or was and is withdrawn, stays as it is, unless it waited for its announcement and
// the release has it.
func ShipDays(ctx context.Context, tx pgx.Tx, jobs Jobs, now time.Time) (int, error) {
	days, err := ShippedDays()
	if err != nil {
		return 0, err
	}
	if err := lockCalendar(ctx, tx, 0); err != nil {
		return 0, err
	}
	known, err := holidays(ctx, tx, 0, `agency_id IS NULL`)
	if err != nil {
		return 0, err
	}
	days = slices.DeleteFunc(days, func(d Holiday) bool {
		return slices.ContainsFunc(known, func(k Holiday) bool {
			waits := k.WithdrawnAt == nil && k.Unconfirmed && !d.Unconfirmed
			return d.at(k) && !waits && !replaced(k, known)
		})
	})
	plan, err := PlanDays(ctx, tx, 0, days)
	if err != nil {
		return 0, err
	}
	return len(days), applyDays(ctx, tx, jobs, 0, now, plan)
}

// replaced says whether another row stands where one was withdrawn: that one decides.
func replaced(k Holiday, known []Holiday) bool {
	return k.WithdrawnAt != nil && slices.ContainsFunc(known, func(o Holiday) bool { return o.WithdrawnAt == nil && o.at(k) })
}
