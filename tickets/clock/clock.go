// Package clock counts the time that a law or an agency's own target gives for a duty. It is pure: the same rule, course of
// events and calendar give the same clock, with every step of the count, so that it can be shown, checked by hand and
// proved.
//
// Days are dates in Bangkok (LOC-1). The day on which the time begins is not counted (LOC-5). While a clock is stopped, the
// day on which the stop begins, the day on which it ends and those between are not counted, so that nobody loses a part of
// a day. A prolongation is counted on from the last day, before that is moved. The last day is one on which the agency
// works and nothing stops the clock, else the next such day; the time ends with office hours. Nothing stops or prolongs a
// clock that has run out, and a calendar that changes later makes no time end earlier (LOC-4.1).
package clock

import (
	"iter"
	"slices"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// Calendar says when an agency works. Times are any time of a day in Bangkok.
type Calendar interface {
	// Working says whether the agency works on t's date.
	Working(t time.Time) bool
	// Closes is the end of office hours on t's date; on a day without, of usual hours.
	Closes(t time.Time) time.Time
}

// Rule is the time for one duty.
type Rule struct {
	Key  forms.ClockKey
	Days int // 0: on the day itself
	Unit forms.Unit
	Law  forms.Text // what sets the time
	// Longer is how many days a prolongation adds at most, and Times how often the law allows one; 0: never.
	Longer, Times int
}

// RuleOf is the rule that a service's clock states.
func RuleOf(c forms.Clock) Rule {
	r := Rule{Key: c.Key, Days: c.Days, Unit: c.Unit, Law: c.Law}
	if c.Extend != nil {
		r.Longer, r.Times = c.Extend.Days, c.Extend.Times
	}
	return r
}

// Stop is a time in which a clock stands still.
type Stop struct {
	From  time.Time
	Until time.Time // zero: it has not ended
	Why   string    // why the law lets it stand still (LOC-6)
}

// Extension is a prolongation that was announced.
type Extension struct {
	At   time.Time
	Days int // at most the rule's Longer
	Why  string
}

// Course is what happened, as far as it matters to one clock.
type Course struct {
	From       time.Time // when the time begins: for most duties, when the request is deemed received
	Stops      []Stop
	Extensions []Extension
	DoneAt     time.Time // when the duty was done; zero: not yet
	OffAt      time.Time // when the duty fell away, as by a withdrawal; zero: it stands
	Floor      time.Time // what the citizen was told before the calendar changed: it ends no earlier (LOC-4.1); zero: nothing
}

// State is where a clock stands.
type State string

// The states.
const (
	Running State = "running"
	Stopped State = "stopped" // it stands still: when it ends is open
	Done    State = "done"    // the duty was done, in time or not
	Off     State = "off"     // the duty fell away
)

// Clock is a duty with its time, counted.
type Clock struct {
	Rule
	State  State
	Total  int       // days that are given, with prolongations
	Used   int       // days that were counted before the clock stopped; of a clock that is not stopped, Total
	LastOn time.Time // the last day, midnight in Bangkok; zero: stopped
	DueAt  time.Time // the end of office hours on it, or later by the floor; zero: stopped
	DoneAt time.Time
	Steps  []Step

	from    time.Time
	stops   []Stop
	reached time.Time // the last day before it was moved
	cal     Calendar
}

// Late says whether the duty was not done when its time was over, as known at a moment.
func (c Clock) Late(now time.Time) bool {
	switch c.State {
	case Done:
		return c.DoneAt.After(c.DueAt)
	case Running:
		return now.After(c.DueAt)
	case Stopped, Off:
	}
	return false
}

// Open says whether the duty is still to be done.
func (c Clock) Open() bool { return c.State == Running || c.State == Stopped }

// Run counts a clock.
func Run(r Rule, course Course, cal Calendar) Clock {
	c := Clock{Rule: r, Total: r.Days, from: course.From, cal: cal}
	c.steps(Step{Kind: Begins, On: course.From, Days: r.Days})
	c.count()
	times := r.Times
	for _, h := range course.happenings() {
		switch {
		case c.State == Running && h.at.After(c.DueAt): // it has run out
		case h.stop != nil:
			c.stops = append(c.stops, *h.stop)
			c.steps(Step{Kind: Stands, On: h.stop.From, Until: h.stop.Until, Why: h.why})
			c.count()
		case times > 0:
			times--
			days := min(h.days, r.Longer)
			c.Total += days
			c.steps(Step{Kind: Prolonged, On: h.at, Days: days, Why: h.why})
			c.count()
		}
	}
	return c.end(course)
}

// happening is a stop or a prolongation.
type happening struct {
	at   time.Time
	stop *Stop
	days int
	why  string
}

// happenings are the stops and prolongations of a course in the order of time, as far as they came before its end. A stop
// that has not ended when the duty is done ends there.
func (course Course) happenings() []happening {
	end := course.DoneAt
	if end.IsZero() {
		end = course.OffAt
	}
	var all []happening
	for _, s := range course.Stops {
		if !end.IsZero() && (s.Until.IsZero() || s.Until.After(end)) {
			s.Until = end
		}
		all = append(all, happening{s.From, &s, 0, s.Why})
	}
	for _, e := range course.Extensions {
		all = append(all, happening{e.At, nil, e.Days, e.Why})
	}
	all = slices.DeleteFunc(all, func(h happening) bool { return !end.IsZero() && h.at.After(end) })
	slices.SortStableFunc(all, func(a, b happening) int { return a.at.Compare(b.at) })
	return all
}

// count finds the last day, or how many days were counted before the clock stopped.
func (c *Clock) count() {
	c.State, c.Used, c.reached, c.LastOn, c.DueAt = Running, c.Total, time.Time{}, time.Time{}, time.Time{}
	reached, last, used := c.walk(c.Total)
	if last.IsZero() {
		c.State, c.Used = Stopped, used
		return
	}
	c.reached, c.LastOn, c.DueAt = reached, last, c.cal.Closes(last)
}

// days are the days that count, one after another without an end; where the clock stands still for an open time they end.
func (c *Clock) days() iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for day, idle := midnight(c.from).AddDate(0, 0, 1), 0; ; day = day.AddDate(0, 0, 1) {
			still, open := c.stopped(day)
			switch {
			case open:
				return
			case still:
			case c.Unit == forms.WorkingDays && !c.cal.Working(day) && idle < longest:
				idle++
			case !yield(day):
				return
			default:
				idle = 0
			}
		}
	}
}

// walk counts so many days, and goes on to the last day, which is one on which the agency works and nothing stops the
// clock. Where the clock stands still for an open time, last is zero and used is how many days were counted.
func (c *Clock) walk(days int) (reached, last time.Time, used int) {
	reached = midnight(c.from)
	for day := range c.days() {
		if used == days {
			break
		}
		reached, used = day, used+1
	}
	if used < days {
		return time.Time{}, time.Time{}, used
	}
	for day, idle := reached, 0; ; day, idle = day.AddDate(0, 0, 1), idle+1 {
		still, open := c.stopped(day)
		switch {
		case open:
			return time.Time{}, time.Time{}, used
		case !still && (c.cal.Working(day) || idle >= longest):
			return reached, day, used
		}
	}
}

// longest is after how many days without work a day is taken as it comes: a calendar of nothing but holidays never ends.
const longest = 3660

// stopped says whether a day belongs to a stop, and whether to one that has not ended.
func (c *Clock) stopped(day time.Time) (still, open bool) {
	for _, s := range c.stops {
		if day.Before(midnight(s.From)) {
			continue
		}
		if s.Until.IsZero() {
			return true, true
		}
		still = still || !day.After(midnight(s.Until))
	}
	return still, false
}

// end says how the count ends and what became of the duty.
func (c Clock) end(course Course) Clock {
	if c.State == Running {
		if !c.reached.Equal(c.LastOn) {
			c.steps(Step{Kind: Moved, On: c.reached, Until: c.LastOn})
		}
		if c.DueAt.Before(course.Floor) {
			c.DueAt, c.LastOn = course.Floor, midnight(course.Floor)
			c.steps(Step{Kind: Kept, On: course.Floor})
		}
		c.steps(Step{Kind: Ends, On: c.DueAt})
	}
	switch {
	case !course.DoneAt.IsZero():
		c.State, c.DoneAt = Done, course.DoneAt
	case !course.OffAt.IsZero():
		c.State = Off
	}
	return c
}

// Reaches is when a part of the time is used up: the end of office hours on the day by which so many hundredths of the days,
// rounded up, are counted. It is zero when the clock stands still before.
func (c Clock) Reaches(percent int) time.Time {
	if percent >= 100 {
		return c.DueAt
	}
	_, last, _ := c.walk((c.Total*percent + 99) / 100)
	if last.IsZero() {
		return time.Time{}
	}
	if at := c.cal.Closes(last); c.DueAt.IsZero() || at.Before(c.DueAt) {
		return at
	}
	return c.DueAt
}

// Share is the part of the time that is used up at a moment, in hundredths: 100 when the last day is over, more when it is
// late, by the days since.
func (c Clock) Share(now time.Time) int {
	if c.Total == 0 {
		if c.Late(now) {
			return 200
		}
		return 0
	}
	if !c.LastOn.IsZero() && now.After(c.DueAt) {
		return 100 + 100*int(midnight(now).Sub(c.LastOn)/day)/c.Total
	}
	used := 0
	for day := range c.days() {
		if used == c.Total || now.Before(c.cal.Closes(day)) {
			break
		}
		used++
	}
	return 100 * used / c.Total
}

const day = 24 * time.Hour

// midnight is the start of t's date in Bangkok, where there is no summer time.
func midnight(t time.Time) time.Time {
	t = t.In(thai.Bangkok())
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, thai.Bangkok())
}
