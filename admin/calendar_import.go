package admin

import (
	"context"
	"net/http"
	"strconv"

	"saphan/agencies"
	"saphan/internal/fault"
)

// importPage is what a file of days would change, before anything is stored.
type importPage struct {
	chrome
	Lines   []importLine
	Changes int
	Kept    int    // days of the file that are so already
	Days    string // the file again, as it was understood
}

// Tab is where the page stands among the settings.
func (importPage) Tab() string { return "calendar" }

// importLine is what one day of a file would do.
type importLine struct {
	holidayLine
	Was    *holidayLine
	Effect chip
	Held   bool
}

// effects are what a day of a file does, as it is shown.
var effects = map[agencies.Effect]chip{
	agencies.DayAdded:     {Kind: "ok", Icon: "plus", Text: "เพิ่ม"},
	agencies.DayReplaced:  {Kind: "brand", Icon: "refresh-cw", Text: "เปลี่ยน"},
	agencies.DayWithdrawn: {Kind: "bad", Icon: "undo-2", Text: "ยกเลิก"},
	agencies.DayHeld:      {Kind: "warn", Icon: "landmark", Text: "ไม่เปลี่ยน"},
}

// exportDays sends the agency's own days for a spreadsheet.
func (a *Admin) exportDays(r *http.Request, s Scope) (reply, error) {
	days, err := agencies.OwnHolidays(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	body, err := agencies.DaysCSV(days)
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "text/csv; charset=utf-8", name: "days-" + strconv.FormatInt(int64(s.Agency), 10) + ".csv", body: body}, nil
}

// importDays shows what a file of days would change. Nothing is stored: a head reads it first.
func (a *Admin) importDays(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	raw, err := upload(r, "file")
	if err != nil {
		return nil, err
	}
	source := tidy(r.PostForm.Get("source"))
	days, wrong := agencies.ReadDays(raw, s.Agency, source)
	if len(wrong) > 0 {
		p, err := a.calendarPage(ctx, s, "")
		p.Wrong, p.New.Source = wrong, source
		return page{view: "calendar", status: fault.Invalid.Status(), data: p}, err
	}
	plan, err := agencies.PlanDays(ctx, s.Tx, s.Agency, days)
	if err != nil {
		return nil, err
	}
	p, err := importPageOf(ctx, s, plan)
	if err != nil {
		return nil, err
	}
	again, err := agencies.DaysCSV(days)
	p.Days = string(again)
	return page{view: "calendar-import", data: p}, err
}

func importPageOf(ctx context.Context, s Scope, plan []agencies.DayChange) (importPage, error) {
	c, err := chromeOf(ctx, s, "ตรวจวันหยุดจากไฟล์")
	p := importPage{chrome: c}
	for _, change := range plan {
		if change.Effect == agencies.DayKept {
			p.Kept++
			continue
		}
		if change.Changes() {
			p.Changes++
		}
		l := importLine{holidayLine: lineOf(change.Day), Effect: effects[change.Effect], Held: change.Effect == agencies.DayHeld}
		if change.Was != nil {
			was := lineOf(*change.Was)
			l.Was = &was
		}
		p.Lines = append(p.Lines, l)
	}
	return p, err
}

// saveDays stores what was shown. Whoever changed the calendar meanwhile is not overlooked: the days are compared again
// with what stands now.
func (a *Admin) saveDays(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	days, wrong := agencies.ReadDays([]byte(r.PostForm.Get("days")), s.Agency, "")
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "อ่านวันหยุดจากหน้าตรวจไม่ได้ กรุณากลับไปหน้าปฏิทินแล้วเลือกไฟล์อีกครั้ง")
	}
	plan, err := agencies.SaveDays(ctx, s.Tx, a.jobs, s.Agency, a.now(), days)
	if err != nil {
		return nil, err
	}
	if err := a.noteDays(ctx, s, plan); err != nil {
		return nil, err
	}
	return toCalendar("days-imported", days[0].On), nil
}
