package agencies

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Hours are the working hours of a week as they are stored: "mon-fri 08:30-12:00 13:00-16:30, sat 09:00-12:00" (LOC-3).
type Hours string

// UsualHours are those of an agency that has not said otherwise, as manuals for citizens have them (LOC-3).
const UsualHours Hours = "mon-fri 08:30-16:30"

// Period is a time of work within a day, since midnight in Bangkok. Until is outside (EGA-10.2).
type Period struct{ From, Until time.Duration }

// Week is the periods of each day, by [time.Weekday]: in order, apart from each other.
type Week [7][]Period

// dayNames are how stored hours name the days.
var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// fromMonday is the order in which a week is told.
var fromMonday = [7]time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

const wholeDay = 24 * time.Hour

// Days are days of the week that follow each other and have the same hours.
type Days struct {
	First, Last time.Weekday
	Periods     []Period
}

// Groups tells a week from Monday on, days with the same hours together; days without are left out.
func (w Week) Groups() []Days {
	var all []Days
	for i, day := range fromMonday {
		if len(w[day]) == 0 {
			continue
		}
		if n := len(all); n > 0 && i > 0 && all[n-1].Last == fromMonday[i-1] && slices.Equal(all[n-1].Periods, w[day]) {
			all[n-1].Last = day
			continue
		}
		all = append(all, Days{day, day, w[day]})
	}
	return all
}

// Hours are the week as it is stored.
func (w Week) Hours() Hours {
	groups := w.Groups()
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = dayNames[g.First]
		if g.First != g.Last {
			said[i] += "-" + dayNames[g.Last]
		}
		said[i] += " " + PeriodsText(g.Periods)
	}
	return Hours(strings.Join(said, ", "))
}

// Week reads stored hours.
func (h Hours) Week() (Week, error) {
	var w Week
	for _, group := range strings.Split(string(h), ", ") {
		days, times, ok := strings.Cut(group, " ")
		if !ok {
			return w, fmt.Errorf("hours %q: %w", h, errNoHours)
		}
		first, last, spans := strings.Cut(days, "-")
		if !spans {
			last = first
		}
		from, until := slices.IndexFunc(fromMonday[:], named(first)), slices.IndexFunc(fromMonday[:], named(last))
		if from < 0 || until < from {
			return w, fmt.Errorf("hours %q: %w", h, errNoHours)
		}
		periods, err := ParsePeriods(times)
		if err != nil {
			return w, fmt.Errorf("hours %q: %w", h, err)
		}
		for _, day := range fromMonday[from : until+1] {
			w[day] = periods
		}
	}
	return w, nil
}

var errNoHours = errors.New("no days and times")

func named(name string) func(time.Weekday) bool {
	return func(d time.Weekday) bool { return dayNames[d] == name }
}

// usual are the periods of the first day of the week that has any.
func (w Week) usual() []Period {
	for _, day := range fromMonday {
		if len(w[day]) > 0 {
			return w[day]
		}
	}
	return nil
}

// of are the periods that are usual on a day of the week; on one without, those of the first day that has any.
func (w Week) of(day time.Weekday) []Period {
	if len(w[day]) > 0 {
		return w[day]
	}
	return w.usual()
}

var (
	onePeriod = regexp.MustCompile(`([0-9]{1,2})[.:]([0-9]{2})-([0-9]{1,2})[.:]([0-9]{2})`)
	dashes    = strings.NewReplacer("–", "-", "—", "-", "−", "-", "ถึง", "-", "นาฬิกา", "", "น.", "", "และ", ",", ";", ",")
	spaced    = regexp.MustCompile(`\s*([-:])\s*`)
)

// ParsePeriods reads the periods of a day as people type them: "08.30-12.00, 13.00-16.30 น.". Nothing typed is a day
// without work. They must be in order and apart.
func ParsePeriods(typed string) ([]Period, error) {
	said := spaced.ReplaceAllString(dashes.Replace(thai.Digits(typed)), "$1")
	if strings.Trim(onePeriod.ReplaceAllString(said, ""), " \t,") != "" {
		return nil, fault.New(fault.Invalid, "อ่านช่วงเวลาไม่ได้ กรุณาใส่เวลาเริ่มและเวลาสิ้นสุด คั่นแต่ละช่วงด้วยจุลภาค เช่น 08:30-12:00, 13:00-16:30")
	}
	var all []Period
	for _, m := range onePeriod.FindAllStringSubmatch(said, -1) {
		from, ok := sinceMidnight(m[1], m[2])
		until, also := sinceMidnight(m[3], m[4])
		switch {
		case !ok || !also || from == wholeDay:
			return nil, fault.New(fault.Invalid, "เวลาไม่ถูกต้อง กรุณาใส่ชั่วโมง 00 ถึง 23 และนาที 00 ถึง 59 เช่น 08:30-16:30")
		case until <= from:
			return nil, fault.New(fault.Invalid, "เวลาสิ้นสุดต้องหลังเวลาเริ่มของช่วงเดียวกัน กรุณาตรวจเวลาทั้งสอง")
		case len(all) > 0 && from <= all[len(all)-1].Until:
			return nil, fault.New(fault.Invalid, "ช่วงเวลาซ้อนหรือติดกัน กรุณาเรียงจากเช้าไปเย็นและรวมช่วงที่ติดกันเป็นช่วงเดียว")
		}
		all = append(all, Period{from, until})
	}
	return all, nil
}

// sinceMidnight is a time of day; 24:00 is the end of the day.
func sinceMidnight(hour, minute string) (time.Duration, bool) {
	var h, m int
	if _, err := fmt.Sscanf(hour+" "+minute, "%d %d", &h, &m); err != nil {
		return 0, false
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, h < 24 && m < 60 || h == 24 && m == 0
}

// Text is a period as "08:30-12:00".
func (p Period) Text() string { return clockText(p.From) + "-" + clockText(p.Until) }

func clockText(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// PeriodsText is how the periods of a day are stored: "08:30-12:00 13:00-16:30".
func PeriodsText(periods []Period) string {
	said := make([]string, len(periods))
	for i, p := range periods {
		said[i] = p.Text()
	}
	return strings.Join(said, " ")
}
