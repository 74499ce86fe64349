package clock_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/tickets/clock"
)

// year is a calendar that works from Monday to Friday less its holidays, until half past four, or until its half day ends.
type year struct {
	off    map[string]bool
	extra  map[string]bool // Saturdays that are worked
	closes map[string]time.Duration
}

func (y year) Working(t time.Time) bool {
	t = t.In(thai.Bangkok())
	key := t.Format(time.DateOnly)
	return !y.off[key] && (y.extra[key] || t.Weekday() != time.Saturday && t.Weekday() != time.Sunday)
}

func (y year) Closes(t time.Time) time.Time {
	t = t.In(thai.Bangkok())
	end, ok := y.closes[t.Format(time.DateOnly)]
	if !ok {
		end = 16*time.Hour + 30*time.Minute
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, thai.Bangkok()).Add(end)
}

// at reads a time in Bangkok; the year is Christian.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", text, thai.Bangkok())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The count at its edges (LOC-2, LOC-5, LOC-6).
func TestRun(t *testing.T) {
	t.Parallel()
	days := func(n int) clock.Rule {
		return clock.Rule{Key: forms.Decide, Days: n, Unit: forms.CalendarDays, Longer: 15, Times: 2}
	}
	working := func(n int) clock.Rule { return clock.Rule{Key: forms.Decide, Days: n, Unit: forms.WorkingDays} }
	holidays := year{off: map[string]bool{"2020-12-10": true, "2020-12-11": true, "2026-12-31": true, "2027-01-01": true}}
	for name, c := range map[string]struct {
		rule  clock.Rule
		from  string
		stops []string // pairs; an empty end has not come
		more  []string
		want  string // empty: it stands still
	}{
		"the first day is not counted":             {days(1), "2026-11-23 08:30", nil, nil, "2026-11-24 16:30"},
		"thirty days":                              {days(30), "2026-11-23 08:30", nil, nil, "2026-12-23 16:30"},
		"the last day is a Saturday":               {days(1), "2026-11-20 09:00", nil, nil, "2026-11-23 16:30"},
		"on the day itself":                        {days(0), "2026-11-20 09:00", nil, nil, "2026-11-20 16:30"},
		"over the end of the year":                 {working(2), "2026-12-29 09:00", nil, nil, "2027-01-04 16:30"},
		"over the end of the fiscal year":          {days(7), "2026-09-28 09:00", nil, nil, "2026-10-05 16:30"},
		"29 February counts":                       {days(1), "2028-02-28 09:00", nil, nil, "2028-02-29 16:30"},
		"no 29 February":                           {days(1), "2027-02-28 09:00", nil, nil, "2027-03-01 16:30"},
		"a moved substitution day":                 {working(1), "2020-12-09 09:00", nil, nil, "2020-12-14 16:30"},
		"waiting for documents":                    {days(30), "2026-11-23 08:30", []string{"2026-11-25 10:00", "2026-12-01 22:00"}, nil, "2026-12-30 16:30"},
		"asked and supplied on one day":            {days(5), "2026-11-23 08:30", []string{"2026-11-25 10:00", "2026-11-25 10:05"}, nil, "2026-11-30 16:30"},
		"asked on the last day":                    {days(1), "2026-11-23 08:30", []string{"2026-11-24 16:29", "2026-11-26 09:00"}, nil, "2026-11-27 16:30"},
		"asked when it had run out":                {days(1), "2026-11-23 08:30", []string{"2026-11-24 16:31", "2026-11-26 09:00"}, nil, "2026-11-24 16:30"},
		"still waiting":                            {days(30), "2026-11-23 08:30", []string{"2026-11-25 10:00", ""}, nil, ""},
		"prolonged, from the last day as it stood": {days(5), "2026-11-23 08:30", nil, []string{"2026-11-27 09:00"}, "2026-12-14 16:30"},
		"prolonged twice, and no third time":       {days(5), "2026-11-23 08:30", nil, []string{"2026-11-24 09:00", "2026-11-25 09:00", "2026-11-26 09:00"}, "2026-12-28 16:30"},
		"prolonged too late":                       {days(1), "2026-11-23 08:30", nil, []string{"2026-11-24 16:31"}, "2026-11-24 16:30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			course := clock.Course{From: at(t, c.from)}
			for pair := range slices.Chunk(c.stops, 2) {
				s := clock.Stop{From: at(t, pair[0]), Why: "รอเอกสาร"}
				if pair[1] != "" {
					s.Until = at(t, pair[1])
				}
				course.Stops = append(course.Stops, s)
			}
			for _, m := range c.more {
				course.Extensions = append(course.Extensions, clock.Extension{At: at(t, m), Days: 15, Why: "ตรวจสถานที่"})
			}
			got := clock.Run(c.rule, course, holidays)
			switch {
			case c.want == "" && got.State != clock.Stopped:
				t.Errorf("%+v, want it to stand still", got)
			case c.want != "" && !got.DueAt.Equal(at(t, c.want)):
				t.Errorf("ends %s, want %s\n%+v", got.DueAt, c.want, got.Steps)
			}
		})
	}
}

// LOC-4.1: a holiday that is announced later moves the end on; one that is taken back never moves it before what was told.
func TestFloor(t *testing.T) {
	t.Parallel()
	rule := clock.Rule{Key: forms.Decide, Days: 5, Unit: forms.WorkingDays}
	course := clock.Course{From: at(t, "2026-11-23 08:30")}
	before := clock.Run(rule, course, year{}).DueAt
	announced := year{off: map[string]bool{"2026-11-26": true}}
	later := clock.Run(rule, course, announced).DueAt
	if !later.Equal(at(t, "2026-12-01 16:30")) || !before.Equal(at(t, "2026-11-30 16:30")) {
		t.Fatalf("from %s to %s", before, later)
	}
	course.Floor = later
	if got := clock.Run(rule, course, year{}); !got.DueAt.Equal(later) || got.Steps[len(got.Steps)-2].Kind != clock.Kept {
		t.Errorf("ends %s, want %s: %+v", got.DueAt, later, got.Steps)
	}
}

// What is done is late or not; what fell away is neither. A wait that had not ended when the duty was done ends there.
func TestDone(t *testing.T) {
	t.Parallel()
	rule := clock.Rule{Key: forms.Decide, Days: 1, Unit: forms.CalendarDays}
	course := clock.Course{From: at(t, "2026-11-23 08:30")}
	for _, c := range []struct {
		done, off string
		late      bool
	}{{"2026-11-24 16:30", "", false}, {"2026-11-24 16:31", "", true}, {"", "2026-12-24 10:00", false}} {
		course := course
		if c.done != "" {
			course.DoneAt = at(t, c.done)
		} else {
			course.OffAt = at(t, c.off)
		}
		if got := clock.Run(rule, course, year{}); got.Open() || got.Late(at(t, "2027-01-01 00:00")) != c.late {
			t.Errorf("%+v: %s, late %v", c, got.State, got.Late(at(t, "2027-01-01 00:00")))
		}
	}
	course.Stops = []clock.Stop{{From: at(t, "2026-11-24 09:00")}}
	course.DoneAt = at(t, "2026-12-03 09:00")
	if got := clock.Run(rule, course, year{}); got.Late(course.DoneAt) || !got.DueAt.Equal(at(t, "2026-12-04 16:30")) {
		t.Errorf("decided while documents were waited for: %+v", got)
	}
}

// The parts at which officers are warned (LFA-10.3).
func TestReachesAndShare(t *testing.T) {
	t.Parallel()
	c := clock.Run(clock.Rule{Days: 10, Unit: forms.WorkingDays}, clock.Course{From: at(t, "2026-11-23 08:30")}, year{})
	for percent, want := range map[int]string{50: "2026-11-30 16:30", 80: "2026-12-03 16:30", 100: "2026-12-07 16:30"} {
		if got := c.Reaches(percent); !got.Equal(at(t, want)) || c.Share(got) != percent || c.Share(got.Add(-time.Minute)) >= percent {
			t.Errorf("%d %% at %s, want %s; shares %d and %d", percent, got, want, c.Share(got.Add(-time.Minute)), c.Share(got))
		}
	}
	if got := c.Share(at(t, "2026-12-17 09:00")); got != 200 {
		t.Errorf("ten days late: %d %%", got)
	}
}

// Against a reference that lives through the days one after another, on random calendars and courses of events.
func TestRunAsLivedDayByDay(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() {
		n = 2_000
	}
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 193))
		cal, rule, course := randomYear(r), randomRule(r), randomCourse(r)
		got := clock.Run(rule, course, cal)
		due, used, open := lived(rule, course, cal)
		switch {
		case open:
			if got.State != clock.Stopped || got.Used != used {
				t.Fatalf("seed %d: %s after %d days, want it to stand still after %d\n%s", seed, got.State, got.Used, used, told(rule, course))
			}
		case got.State != clock.Running || !got.DueAt.Equal(due):
			t.Fatalf("seed %d: %s, ends %s, want %s\n%s", seed, got.State, got.DueAt, due, told(rule, course))
		}
	}
}

func told(rule clock.Rule, course clock.Course) string { return fmt.Sprintf("%+v\n%+v", rule, course) }

// lived goes from the first day on, day by day, and does on each what the law says, in the order of the hours.
func lived(rule clock.Rule, course clock.Course, cal year) (due time.Time, used int, open bool) {
	first := time.Date(course.From.Year(), course.From.Month(), course.From.Day(), 0, 0, 0, 0, thai.Bangkok())
	stops, more := slices.Clone(course.Stops), slices.Clone(course.Extensions) // those to come
	slices.SortStableFunc(stops, func(a, b clock.Stop) int { return a.From.Compare(b.From) })
	slices.SortStableFunc(more, func(a, b clock.Extension) int { return a.At.Compare(b.At) })
	var begun []clock.Stop
	left, over, counted, times := rule.Days, 0, 0, rule.Times // over: days that went by since the last one, while it was moved on
	for day := first; ; day = day.AddDate(0, 0, 1) {
		if day.Sub(first) > 4000*24*time.Hour {
			return time.Time{}, counted, true
		}
		still := func() bool {
			return slices.ContainsFunc(begun, func(s clock.Stop) bool { return s.Until.IsZero() || !s.Until.Before(day) })
		}
		counts := day != first && (rule.Unit == forms.CalendarDays || cal.Working(day))
		ends := func() bool { // were nothing more to happen on this day
			return !still() && cal.Working(day) && (left == 0 || left == 1 && counts)
		}
		for len(stops) > 0 || len(more) > 0 {
			stop := len(more) == 0 || len(stops) > 0 && !stops[0].From.After(more[0].At)
			var at time.Time
			if stop {
				at = stops[0].From
			} else {
				at = more[0].At
			}
			if !at.Before(day.AddDate(0, 0, 1)) || ends() && at.After(cal.Closes(day)) {
				break
			}
			if stop {
				begun, stops = append(begun, stops[0]), stops[1:]
				continue
			}
			if times > 0 {
				times--
				longer := min(more[0].Days, rule.Longer)
				gone := min(over, longer) // they are the first days of the prolongation
				left, over, counted = left+longer-gone, over-gone, counted+gone
			}
			more = more[1:]
		}
		switch {
		case still():
			continue
		case ends():
			return cal.Closes(day), 0, false
		case counts && left > 0:
			left, counted = left-1, counted+1
		case counts:
			over++
		}
	}
}

func randomYear(r *rand.Rand) year {
	y := year{map[string]bool{}, map[string]bool{}, map[string]time.Duration{}}
	for range r.IntN(40) {
		y.off[randomDay(r).Format(time.DateOnly)] = true
	}
	for range r.IntN(10) {
		y.extra[randomDay(r).Format(time.DateOnly)] = true
		y.closes[randomDay(r).Format(time.DateOnly)] = 12 * time.Hour
	}
	return y
}

// randomDay is one around the leap day of B.E. 2571.
func randomDay(r *rand.Rand) time.Time {
	return time.Date(2027, time.November, 1+r.IntN(240), 0, 0, 0, 0, thai.Bangkok())
}

func randomRule(r *rand.Rand) clock.Rule {
	rule := clock.Rule{Days: r.IntN(46), Unit: forms.CalendarDays, Longer: 1 + r.IntN(15), Times: r.IntN(3)}
	if r.IntN(2) == 0 {
		rule.Unit = forms.WorkingDays
	}
	return rule
}

func randomCourse(r *rand.Rand) clock.Course {
	from := randomDay(r).Add(time.Duration(510+r.IntN(480)) * time.Minute)
	c := clock.Course{From: from}
	later := func() time.Time { return from.Add(time.Duration(r.IntN(90*24*60)) * time.Minute) }
	for range r.IntN(4) {
		s := clock.Stop{From: later()}
		if r.IntN(5) > 0 {
			s.Until = s.From.Add(time.Duration(r.IntN(15*24*60)) * time.Minute)
		}
		c.Stops = append(c.Stops, s)
	}
	for range r.IntN(4) {
		c.Extensions = append(c.Extensions, clock.Extension{At: later(), Days: 1 + r.IntN(20)})
	}
	return c
}
