package agencies

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/thai"
)

// Calendar is when an agency works: the hours of its week, and the days that are otherwise, which are decisions and not a
// formula (LOC-3, LOC-4). Times are any time of a day; days are dates in Bangkok.
type Calendar struct {
	week Week
	days map[time.Time]otherDay // by midnight in Bangkok
}

// otherDay is a day that is not as its week.
type otherDay struct {
	name    string
	periods []Period // none: nobody works
	closed  bool     // by a row that closes it, against which no hours count
}

// NewCalendar returns a calendar of a week and the days that are otherwise, those of the widest authority first: a row
// that closes a day always counts, and of several that give it hours the first. Days that were not confirmed or were
// withdrawn do not count.
func NewCalendar(week Week, days []Holiday) Calendar {
	c := Calendar{week: week, days: make(map[time.Time]otherDay, len(days))}
	for _, h := range days {
		if h.Unconfirmed || h.WithdrawnAt != nil {
			continue
		}
		on := midnightOf(h.On)
		before, known := c.days[on]
		if !known || h.Kind.Closes() && !before.closed {
			c.days[on] = otherDay{name: h.Name, periods: h.periods(week), closed: h.Kind.Closes()}
		}
	}
	return c
}

// LoadCalendar reads the calendar of an agency: its hours, the days of the nation and of its province, and its own.
func LoadCalendar(ctx context.Context, tx pgx.Tx, agency AgencyID) (Calendar, error) {
	var (
		hours Hours
		all   []Holiday
	)
	// Every act on a case reads it: its two queries are one round trip.
	both := &pgx.Batch{}
	both.Queue(`SELECT hours FROM agencies WHERE id = $1`, agency).QueryRow(func(row pgx.Row) error { return row.Scan(&hours) })
	both.Queue(`SELECT on_date, name, kind, hours FROM holidays
		WHERE withdrawn_at IS NULL AND NOT unconfirmed AND (agency_id = $1
			OR agency_id IS NULL AND (provinces = '{}' OR (SELECT province FROM agencies WHERE id = $1) = ANY(provinces)))
		ORDER BY agency_id NULLS FIRST, provinces`, agency).Query(func(rows pgx.Rows) error {
		var h Holiday
		_, err := pgx.ForEachRow(rows, []any{&h.On, &h.Name, &h.Kind, &h.Hours}, func() error {
			all = append(all, h)
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, both).Close(); err != nil {
		return Calendar{}, fmt.Errorf("read the calendar of agency %d: %w", agency, err)
	}
	week, err := hours.Week()
	if err != nil {
		return Calendar{}, fmt.Errorf("agency %d: %w", agency, err)
	}
	return NewCalendar(week, all), nil
}

// Periods are the times of work on t's date, in order; none on a day without work.
func (c Calendar) Periods(t time.Time) []Period {
	day := midnight(t)
	if other, ok := c.days[day]; ok {
		return other.periods
	}
	return c.week[day.Weekday()]
}

// Holiday returns the name of the holiday on t's date, if a whole day off was decided.
func (c Calendar) Holiday(t time.Time) (string, bool) {
	other, ok := c.days[midnight(t)]
	if !ok || len(other.periods) > 0 {
		return "", false
	}
	return other.name, true
}

// Working says whether the agency works on t's date.
func (c Calendar) Working(t time.Time) bool { return len(c.Periods(t)) > 0 }

// DeemedReceived is when the law counts something as received that entered the system at t: at once within working
// hours, else at the next working date and time (EGA-10.2), which may be after the break of the same day.
func (c Calendar) DeemedReceived(entered time.Time) time.Time {
	t := entered.In(thai.Bangkok())
	day := midnight(t)
	for _, p := range c.Periods(day) {
		switch since := t.Sub(day); {
		case since < p.From:
			return day.Add(p.From)
		case since < p.Until:
			return t
		}
	}
	return c.Opens(c.NextWorking(day.AddDate(0, 0, 1)))
}

// AddWorkingDays returns the end of office hours on the n-th working day after t's date. The first day is not counted
// (LOC-5).
func (c Calendar) AddWorkingDays(t time.Time, n int) time.Time {
	day := midnight(t)
	for range n {
		day = c.NextWorking(day.AddDate(0, 0, 1))
	}
	return c.Closes(c.NextWorking(day))
}

// AddCalendarDays returns the end of office hours n days after t's date; when that day is not a working day, on the next
// one (LOC-5).
func (c Calendar) AddCalendarDays(t time.Time, n int) time.Time {
	return c.Closes(c.NextWorking(midnight(t).AddDate(0, 0, n)))
}

// AddWorking returns when so much working time has passed since t. A calendar of nothing but holidays would never end: after
// ten years it gives up.
func (c Calendar) AddWorking(t time.Time, d time.Duration) time.Time {
	t = t.In(thai.Bangkok())
	for day, n := midnight(t), 0; n < 3660; day, n = day.AddDate(0, 0, 1), n+1 {
		for _, p := range c.Periods(day) {
			from, until := day.Add(p.From), day.Add(p.Until)
			if from.Before(t) {
				from = t
			}
			if left := until.Sub(from); left >= d {
				return from.Add(d)
			} else if left > 0 {
				d -= left
			}
		}
	}
	return t
}

// Opens is when work begins on t's date; on a day without, when it usually does.
func (c Calendar) Opens(t time.Time) time.Time { return midnight(t).Add(c.known(t)[0].From) }

// Closes is the end of office hours on t's date; on a day without, of usual hours.
func (c Calendar) Closes(t time.Time) time.Time {
	periods := c.known(t)
	return midnight(t).Add(periods[len(periods)-1].Until)
}

// known are the periods of t's date, else the usual ones, else the whole day: never none.
func (c Calendar) known(t time.Time) []Period {
	if p := c.Periods(t); len(p) > 0 {
		return p
	}
	if p := c.week.of(midnight(t).Weekday()); len(p) > 0 {
		return p
	}
	return []Period{{0, wholeDay}}
}

// NextWorking returns the first working day from t's date on, midnight in Bangkok. A calendar of nothing but holidays
// would never end: after ten years it gives up and takes the day itself.
func (c Calendar) NextWorking(t time.Time) time.Time {
	day := midnight(t)
	for d, n := day, 0; n < 3660; d, n = d.AddDate(0, 0, 1), n+1 {
		if c.Working(d) {
			return d
		}
	}
	return day
}

// midnight is the start of t's date in Bangkok, where there is no summer time.
func midnight(t time.Time) time.Time { return midnightOf(t.In(thai.Bangkok())) }

// midnightOf is the start in Bangkok of the date that t shows, whatever its zone.
func midnightOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, thai.Bangkok())
}

// NamedDay is a day that is not as its week, and what it is called.
type NamedDay struct {
	Day     time.Time // midnight in Bangkok
	Name    string
	Periods []Period // when there is work all the same; none: a whole day off
}

// Coming returns the next days from t's date on that are otherwise than the week, the first ones first. Those off when
// nobody works anyway are left out.
func (c Calendar) Coming(t time.Time, most int) []NamedDay {
	var all []NamedDay
	for day, other := range c.days {
		if !day.Before(midnight(t)) && !slices.Equal(other.periods, c.week[day.Weekday()]) {
			all = append(all, NamedDay{day, other.name, other.periods})
		}
	}
	slices.SortFunc(all, func(a, b NamedDay) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Name, b.Name)) })
	return all[:min(most, len(all))]
}

// CalendarChangedArgs is the fact that a calendar changed: the time of open cases is counted again (LOC-4.1).
type CalendarChangedArgs struct {
	AgencyID AgencyID `json:"agency_id"` // 0: the nation's
}

// Kind names the job.
func (CalendarChangedArgs) Kind() string { return "calendar_changed" }
