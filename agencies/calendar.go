package agencies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/thai"
)

// Calendar is when an agency works: its hours, Monday to Friday, less the holidays, which are
// decisions and not a formula (LOC-4).
type Calendar struct {
	opens, closes time.Duration // since midnight in Bangkok; closes is outside
	holidays      map[time.Time]string
}

// NewCalendar returns a calendar with working hours [opens, closes), counted from midnight, and
// holidays by date (any time of that day in Bangkok).
func NewCalendar(opens, closes time.Duration, holidays map[time.Time]string) Calendar {
	c := Calendar{opens: opens, closes: closes, holidays: make(map[time.Time]string, len(holidays))}
	for day, name := range holidays {
		c.holidays[midnight(day)] = name
	}
	return c
}

// LoadCalendar reads the calendar of an agency: its hours, the nation's holidays and its own.
func LoadCalendar(ctx context.Context, tx pgx.Tx, agency AgencyID) (Calendar, error) {
	var opens, closes time.Duration
	err := tx.QueryRow(ctx, `SELECT opens_at - '00:00'::time, closes_at - '00:00'::time FROM agencies WHERE id = $1`,
		agency).Scan(&opens, &closes)
	if err != nil {
		return Calendar{}, fmt.Errorf("read hours of agency %d: %w", agency, err)
	}
	rows, err := tx.Query(ctx, `SELECT on_date, name FROM holidays WHERE agency_id IS NULL OR agency_id = $1`, agency)
	if err != nil {
		return Calendar{}, fmt.Errorf("read holidays: %w", err)
	}
	holidays := map[time.Time]string{}
	var (
		day  time.Time
		name string
	)
	_, err = pgx.ForEachRow(rows, []any{&day, &name}, func() error {
		holidays[time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, thai.Bangkok())] = name
		return nil
	})
	if err != nil {
		return Calendar{}, fmt.Errorf("read holidays: %w", err)
	}
	return NewCalendar(opens, closes, holidays), nil
}

// Holiday returns the name of the holiday on t's date in Bangkok, if it is one.
func (c Calendar) Holiday(t time.Time) (string, bool) {
	name, ok := c.holidays[midnight(t)]
	return name, ok
}

// Working says whether the agency works on t's date in Bangkok.
func (c Calendar) Working(t time.Time) bool {
	day := midnight(t)
	if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return false
	}
	_, holiday := c.holidays[day]
	return !holiday
}

// DeemedReceived is when the law counts something as received that entered the system at t: at
// once within working hours, else at the next working date and time (EGA-10.2).
func (c Calendar) DeemedReceived(entered time.Time) time.Time {
	t := entered.In(thai.Bangkok())
	day := midnight(t)
	if c.Working(day) {
		switch since := t.Sub(day); {
		case since < c.opens:
			return day.Add(c.opens)
		case since < c.closes:
			return t
		}
	}
	return c.nextWorking(day.AddDate(0, 0, 1)).Add(c.opens)
}

// AddWorkingDays returns the end of office hours on the n-th working day after t's date. The
// first day is not counted (LOC-5).
func (c Calendar) AddWorkingDays(t time.Time, n int) time.Time {
	day := midnight(t)
	for range n {
		day = c.nextWorking(day.AddDate(0, 0, 1))
	}
	return c.nextWorking(day).Add(c.closes)
}

// AddCalendarDays returns the end of office hours n days after t's date; when that day is not a
// working day, on the next one (LOC-5).
func (c Calendar) AddCalendarDays(t time.Time, n int) time.Time {
	return c.nextWorking(midnight(t).AddDate(0, 0, n)).Add(c.closes)
}

// Closes is the end of office hours on t's date in Bangkok; on a day without, of usual hours.
func (c Calendar) Closes(t time.Time) time.Time { return midnight(t).Add(c.closes) }

// nextWorking returns the first working day from day on. A calendar of nothing but holidays
// would never end: after ten years it gives up and takes the day itself.
func (c Calendar) nextWorking(day time.Time) time.Time {
	for d, n := day, 0; n < 3660; d, n = d.AddDate(0, 0, 1), n+1 {
		if c.Working(d) {
			return d
		}
	}
	return day
}

// midnight is the start of t's date in Bangkok, where there is no summer time.
func midnight(t time.Time) time.Time {
	t = t.In(thai.Bangkok())
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, thai.Bangkok())
}

// NamedDay is a holiday and what it is called.
type NamedDay struct {
	Day  time.Time // midnight in Bangkok
	Name string
}

// Coming returns the next holidays from t's date on, the first ones first. Those on a weekend, when nobody works
// anyway, are left out.
func (c Calendar) Coming(t time.Time, most int) []NamedDay {
	var all []NamedDay
	for day, name := range c.holidays {
		if wd := day.Weekday(); !day.Before(midnight(t)) && wd != time.Saturday && wd != time.Sunday {
			all = append(all, NamedDay{day, name})
		}
	}
	slices.SortFunc(all, func(a, b NamedDay) int { return a.Day.Compare(b.Day) })
	return all[:min(most, len(all))]
}

// CalendarChangedArgs is the fact that a calendar changed: the time of open cases is counted again (LOC-4.1).
type CalendarChangedArgs struct {
	AgencyID AgencyID `json:"agency_id"` // 0: the nation's
}

// Kind names the job.
func (CalendarChangedArgs) Kind() string { return "calendar_changed" }
