package portal

import (
	"strings"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/words"
)

// dayName is what a day of the week is called, after "วัน".
func dayName(d time.Weekday) forms.Text {
	return [7]forms.Text{
		{TH: "อาทิตย์", EN: "Sunday"}, {TH: "จันทร์", EN: "Monday"}, {TH: "อังคาร", EN: "Tuesday"}, {TH: "พุธ", EN: "Wednesday"},
		{TH: "พฤหัสบดี", EN: "Thursday"}, {TH: "ศุกร์", EN: "Friday"}, {TH: "เสาร์", EN: "Saturday"},
	}[d]
}

// spans are the periods of a day: 08:30–12:00, 13:00–16:30.
func spans(periods []agencies.Period) string {
	said := make([]string, len(periods))
	for i, p := range periods {
		said[i] = strings.ReplaceAll(p.Text(), "-", "–")
	}
	return strings.Join(said, ", ")
}

// Spans are the periods of a day.
func (openPage) Spans(periods []agencies.Period) string { return spans(periods) }

// hoursOf says when an agency is open (LOC-3).
func hoursOf(h agencies.Hours) forms.Text {
	groups := groupsOf(h)
	if len(groups) == 0 {
		return forms.Text{TH: "กรุณาสอบถามเวลาทำการจากหน่วยงาน", EN: "Please ask the agency for its hours."}
	}
	return words.With("{hours} เว้นวันหยุดราชการ", "{hours}, except on public holidays", "hours", daysAndTimes(groups))
}

// hoursShort is hoursOf where there is room for a few words: the times alone, if they are the same on all days.
func hoursShort(h agencies.Hours) forms.Text {
	groups := groupsOf(h)
	if len(groups) == 1 {
		return forms.Text{TH: spans(groups[0].Periods), EN: spans(groups[0].Periods)}
	}
	return daysAndTimes(groups)
}

// groupsOf are the days of a week by their hours; none when they cannot be read.
func groupsOf(h agencies.Hours) []agencies.Days {
	week, err := h.Week()
	if err != nil {
		return nil
	}
	return week.Groups()
}

// daysAndTimes tells the days of a week with their times.
func daysAndTimes(groups []agencies.Days) (all forms.Text) {
	for i, g := range groups {
		days := words.With("วัน{day}", "{day}", "day", dayName(g.First))
		if g.First != g.Last {
			days = words.With("วัน{first}–{last}", "{first} to {last}", "first", dayName(g.First), "last", dayName(g.Last))
		}
		one := words.With("{days} เวลา {times} น.", "{days}, {times}", "days", days, "times", spans(g.Periods))
		if i == 0 {
			all = one
		} else {
			all = words.With("{before} และ{after}", "{before}; {after}", "before", all, "after", one)
		}
	}
	return all
}
