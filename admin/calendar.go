package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// calendarPage is when the agency works: its hours and the holidays of a year (LOC-3, LOC-4).
type calendarPage struct {
	chrome
	May           bool
	Opens, Closes string // as typed, or as they are
	Year          int    // Buddhist era
	Before, After int
	Months        []monthLines
	Day           string // of a new holiday, as typed before a problem; with its name and where it was announced
	Name          string
	Source        string
	Problem       string
	Done          string
}

// Tab is where the page stands among the settings.
func (calendarPage) Tab() string { return "calendar" }

type monthLines struct {
	Name string
	Days []holidayLine
}

type holidayLine struct {
	agencies.Holiday
	Weekday string
	Chip    chip
	Key     string // 2006-01-02
}

// buddhist is what the Buddhist era is ahead of the Christian one.
const buddhist = 543

// The years that can be looked at, Buddhist era: more than the holidays that anybody keeps.
const firstYear, lastYear = 2540, 2640

func (a *Admin) showCalendar(r *http.Request, s Scope) (reply, error) {
	p, err := a.calendarPage(r.Context(), s, r.FormValue("year"))
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "calendar", data: p}, err
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
	p := calendarPage{chrome: c, May: s.Can(agencies.ManageAgency), Opens: shortClock(agency.OpensAt), Closes: shortClock(agency.ClosesAt), Year: yearTyped(year, a.now())}
	p.Before, p.After = p.Year-1, p.Year+1
	days, err := agencies.Holidays(ctx, s.Tx, s.Agency, p.Year-buddhist)
	if err != nil {
		return calendarPage{}, err
	}
	for _, h := range days {
		l := holidayLine{Holiday: h, Weekday: weekdays[h.On.Weekday()], Key: h.On.Format(time.DateOnly), Chip: chip{Icon: "landmark", Text: "ทั้งประเทศ"}}
		if h.Own {
			l.Chip = chip{Kind: "brand", Icon: "building-2", Text: "ของหน่วยงาน"}
		}
		month := thai.Month(h.On.Month())
		if n := len(p.Months); n == 0 || p.Months[n-1].Name != month {
			p.Months = append(p.Months, monthLines{Name: month})
		}
		last := &p.Months[len(p.Months)-1]
		last.Days = append(last.Days, l)
	}
	return p, nil
}

// yearTyped reads a year of the Buddhist era; anything else is this year.
func yearTyped(typed string, now time.Time) int {
	year, err := strconv.Atoi(thai.Digits(typed))
	if err != nil || year < firstYear || year > lastYear {
		return thai.BuddhistYear(now)
	}
	return year
}

// shortClock is a time of day without its seconds.
func shortClock(clock string) string {
	if len(clock) > len("15:04") {
		return clock[:len("15:04")]
	}
	return clock
}

func (a *Admin) setHours(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	opens, closes := pasted(r, "opens"), pasted(r, "closes")
	before, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	err = agencies.SetHours(ctx, s.Tx, s.Agency, opens, closes)
	if fault.Is(err, fault.Invalid) {
		problem := fault.MessageOf(err)
		p, err := a.calendarPage(ctx, s, "")
		p.Opens, p.Closes, p.Problem = opens, closes, problem
		return page{view: "calendar", status: fault.Invalid.Status(), data: p}, err
	}
	if err != nil {
		return nil, err
	}
	after, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	if before != after {
		ref := shortClock(after.OpensAt) + "-" + shortClock(after.ClosesAt)
		if err := a.changed(ctx, s, agencies.HoursChanged, agencies.ChangeDetail{Ref: ref}); err != nil {
			return nil, err
		}
	}
	return redirect(link("/calendar", url.Values{"done": {"hours"}})), nil
}

func (a *Admin) addHoliday(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	typed, name, source := pasted(r, "day"), tidy(r.PostForm.Get("name")), tidy(r.PostForm.Get("source"))
	day, err := a.newHoliday(ctx, s, typed, name, source)
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		problem := fault.MessageOf(err)
		p, err := a.calendarPage(ctx, s, r.PostForm.Get("year"))
		p.Day, p.Name, p.Source, p.Problem = typed, name, source, problem
		return page{view: "calendar", status: kind.Status(), data: p}, err
	}
	if err != nil {
		return nil, err
	}
	return redirect(link("/calendar", url.Values{"done": {"holiday-added"}, "year": {strconv.Itoa(thai.BuddhistYear(day))}})), nil
}

// newHoliday stores a holiday of the agency's own with its line in the history.
func (a *Admin) newHoliday(ctx context.Context, s Scope, typed, name, source string) (time.Time, error) {
	day, err := thai.ParseDate(typed)
	switch {
	case err != nil:
		return day, err
	case name == "":
		return day, fault.New(fault.Invalid, "ยังไม่ได้ใส่ชื่อวันหยุด กรุณาใส่ชื่อที่ประชาชนจะเห็น เช่น วันหยุดชดเชย")
	case source == "":
		return day, fault.New(fault.Invalid, "ยังไม่ได้บอกที่มาของวันหยุด กรุณาใส่มติ ประกาศ หรือคำสั่ง พร้อมเลขที่และวันที่")
	case thai.Clusters(name) > 120 || thai.Clusters(source) > 300:
		return day, fault.New(fault.Invalid, "ชื่อวันหยุดยาวได้ไม่เกิน 120 ตัวอักษร และที่มาไม่เกิน 300 ตัวอักษร")
	}
	days, err := agencies.Holidays(ctx, s.Tx, s.Agency, day.Year())
	if err != nil {
		return day, err
	}
	taken := slices.ContainsFunc(days, func(h agencies.Holiday) bool { return h.On.Equal(day) })
	if !taken {
		added, err := agencies.AddHoliday(ctx, s.Tx, s.Agency, day, name, source)
		if err != nil {
			return day, err
		}
		taken = !added // by another head, at the same moment
	}
	if taken {
		return day, fault.New(fault.Conflict, "วันนี้เป็นวันหยุดอยู่แล้ว ถ้าต้องการแก้ชื่อหรือที่มาของวันหยุดของหน่วยงาน ให้ลบแล้วเพิ่มใหม่")
	}
	return day, a.changed(ctx, s, agencies.HolidayAdded, agencies.ChangeDetail{Day: day.Format(time.DateOnly), Ref: name})
}

func (a *Admin) removeHoliday(r *http.Request, s Scope) (reply, error) {
	day, err := time.Parse(time.DateOnly, pasted(r, "day"))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "ไม่ทราบว่าจะลบวันใด กรุณากดลบจากรายการวันหยุด", err)
	}
	gone, err := agencies.RemoveHoliday(r.Context(), s.Tx, s.Agency, day)
	if err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.HolidayRemoved, agencies.ChangeDetail{Day: day.Format(time.DateOnly), Ref: gone.Name}); err != nil {
		return nil, err
	}
	return redirect(link("/calendar", url.Values{"done": {"holiday-removed"}, "year": {strconv.Itoa(thai.BuddhistYear(day))}})), nil
}
