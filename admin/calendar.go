package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// calendarPage is when the agency works: the hours of its week and the days of a year that are otherwise (LOC-3, LOC-4).
type calendarPage struct {
	chrome
	May           bool
	Week          []weekdayLine
	Year          int // Buddhist era
	Before, After int
	Waiting       int // days of the year that wait for their announcement
	Months        []monthLines
	Withdrawn     []holidayLine
	Province      string // whose regional holidays are among them
	AcceptDays    int    // working days to take over what another agency sends
	MostAccept    int
	Kinds         []agencies.HolidayKind
	New           newDay
	Problem       string   // with what was typed
	Wrong         []string // in a file
	Done          string
}

// Tab is where the page stands among the settings.
func (calendarPage) Tab() string { return "calendar" }

// weekdayLine is a day of the week with its hours, as typed or as they are.
type weekdayLine struct {
	Name, Field, Typed string
}

// newDay is the form of a day of the agency's own, as typed before a problem.
type newDay struct {
	Day, Name, Hours, Source, Announced string
	Kind                                agencies.HolidayKind
}

type monthLines struct {
	Name string
	Days []holidayLine
}

type holidayLine struct {
	agencies.Holiday
	Weekday string
	Key     string // 2006-01-02
}

// Chip says whose day it is, or that it waits.
func (l holidayLine) Chip() chip {
	switch {
	case l.Unconfirmed:
		return chip{Kind: "warn", Icon: "hourglass", Text: "รอยืนยันจากประกาศ ครม."}
	case l.Own:
		return chip{Kind: "brand", Icon: "building-2", Text: "ของหน่วยงาน"}
	case len(l.Provinces) > 0:
		return chip{Icon: "map-pin", Text: "ประจำภูมิภาค"}
	}
	return chip{Icon: "landmark", Text: "ทั้งประเทศ"}
}

// Open are the hours of a day on which there is work, in words; empty: a whole day off.
func (l holidayLine) Open() string {
	switch {
	case l.Kind.Closes():
		return ""
	case l.Hours == "":
		return "เปิดตามเวลาทำการปกติ"
	}
	return "เปิด " + strings.ReplaceAll(l.Hours, " ", ", ") + " น."
}

// buddhist is what the Buddhist era is ahead of the Christian one.
const buddhist = 543

// The years that can be looked at, Buddhist era: more than the holidays that anybody keeps.
const firstYear, lastYear = 2540, 2640

// weekFields are the days of the week as a form names them, from Monday on.
var weekFields = [7]struct {
	day   time.Weekday
	field string
}{
	{time.Monday, "mon"}, {time.Tuesday, "tue"}, {time.Wednesday, "wed"}, {time.Thursday, "thu"}, {time.Friday, "fri"}, {time.Saturday, "sat"}, {time.Sunday, "sun"},
}

func (a *Admin) showCalendar(r *http.Request, s Scope) (reply, error) {
	p, err := a.calendarPage(r.Context(), s, r.FormValue("year"))
	if err != nil {
		return nil, err
	}
	p.Done = doneSetting[r.FormValue("done")]
	for _, m := range p.Months { // a day that waits, and has been announced meanwhile
		for _, d := range m.Days {
			if d.Unconfirmed && d.Key == r.FormValue("day") {
				p.New.Day, p.New.Name, p.New.Kind = thai.LongDate(d.On), d.Name, d.Kind
			}
		}
	}
	return page{view: "calendar", data: p}, nil
}

func (a *Admin) calendarPage(ctx context.Context, s Scope, year string) (calendarPage, error) {
	c, err := chromeOf(ctx, s, "ปฏิทินและเวลาทำการ")
	if err != nil {
		return calendarPage{}, err
	}
	agency, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return calendarPage{}, err
	}
	week, err := agency.Hours.Week()
	if err != nil {
		return calendarPage{}, err
	}
	p := calendarPage{chrome: c, May: s.Can(agencies.ManageAgency), Year: yearTyped(year, a.now()), Province: agency.Province, Kinds: agencies.HolidayKinds(), MostAccept: agencies.MostAcceptDays}
	if p.AcceptDays, err = agencies.AcceptDays(ctx, s.Tx, s.Agency); err != nil {
		return p, err
	}
	p.Before, p.After = p.Year-1, p.Year+1
	for _, f := range weekFields {
		p.Week = append(p.Week, weekdayLine{Name: weekdays[f.day], Field: f.field, Typed: strings.ReplaceAll(agencies.PeriodsText(week[f.day]), " ", ", ")})
	}
	days, err := agencies.Holidays(ctx, s.Tx, s.Agency, p.Year-buddhist)
	if err != nil {
		return calendarPage{}, err
	}
	p.list(days)
	gone, err := agencies.WithdrawnHolidays(ctx, s.Tx, s.Agency, p.Year-buddhist)
	if err != nil {
		return calendarPage{}, err
	}
	for _, h := range gone {
		p.Withdrawn = append(p.Withdrawn, lineOf(h))
	}
	return p, nil
}

// list puts days under their months.
func (p *calendarPage) list(days []agencies.Holiday) {
	for _, h := range days {
		if h.Unconfirmed {
			p.Waiting++
		}
		month := thai.Month(h.On.Month())
		if n := len(p.Months); n == 0 || p.Months[n-1].Name != month {
			p.Months = append(p.Months, monthLines{Name: month})
		}
		last := &p.Months[len(p.Months)-1]
		last.Days = append(last.Days, lineOf(h))
	}
}

func lineOf(h agencies.Holiday) holidayLine {
	return holidayLine{Holiday: h, Weekday: weekdays[h.On.Weekday()], Key: h.On.Format(time.DateOnly)}
}

// yearTyped reads a year of the Buddhist era; anything else is this year.
func yearTyped(typed string, now time.Time) int {
	year, err := strconv.Atoi(thai.Digits(typed))
	if err != nil || year < firstYear || year > lastYear {
		return thai.BuddhistYear(now)
	}
	return year
}

// toCalendar goes back to a year of the calendar, and says there what was done.
func toCalendar(done string, day time.Time) reply {
	return redirect(link("/calendar", url.Values{"done": {done}, "year": {strconv.Itoa(day.Year() + buddhist)}}))
}

func (a *Admin) setHours(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	var (
		week    agencies.Week
		problem string
	)
	for _, f := range weekFields {
		periods, err := agencies.ParsePeriods(pasted(r, f.field))
		if err != nil && problem == "" {
			problem = weekdays[f.day] + ": " + fault.MessageOf(err)
		}
		week[f.day] = periods
	}
	changed := false
	if problem == "" {
		var err error
		if changed, err = agencies.SetHours(ctx, s.Tx, a.jobs, s.Agency, week); fault.Is(err, fault.Invalid) {
			problem = fault.MessageOf(err)
		} else if err != nil {
			return nil, err
		}
	}
	if problem != "" {
		p, err := a.calendarPage(ctx, s, "")
		for i, l := range p.Week {
			p.Week[i].Typed = pasted(r, l.Field)
		}
		p.Problem = problem
		return page{view: "calendar", status: fault.Invalid.Status(), data: p}, err
	}
	if changed {
		if err := a.changed(ctx, s, agencies.HoursChanged, agencies.ChangeDetail{Ref: string(week.Hours())}); err != nil {
			return nil, err
		}
	}
	return redirect(link("/calendar", url.Values{"done": {"hours"}})), nil
}
