package portal

import (
	"testing"

	"saphan/agencies"
)

// LOC-3: an agency's hours as citizens read them, in both languages.
func TestHoursInWords(t *testing.T) {
	t.Parallel()
	for hours, want := range map[agencies.Hours][3]string{
		agencies.UsualHours: {"วันจันทร์–ศุกร์ เวลา 08:30–16:30 น. เว้นวันหยุดราชการ", "Monday to Friday, 08:30–16:30, except on public holidays", "08:30–16:30"},
		"mon-fri 08:30-12:00 13:00-16:30, sat 09:00-12:00": {
			"วันจันทร์–ศุกร์ เวลา 08:30–12:00, 13:00–16:30 น. และวันเสาร์ เวลา 09:00–12:00 น. เว้นวันหยุดราชการ",
			"Monday to Friday, 08:30–12:00, 13:00–16:30; Saturday, 09:00–12:00, except on public holidays",
			"วันจันทร์–ศุกร์ เวลา 08:30–12:00, 13:00–16:30 น. และวันเสาร์ เวลา 09:00–12:00 น.",
		},
		"?": {"กรุณาสอบถามเวลาทำการจากหน่วยงาน", "Please ask the agency for its hours.", ""},
	} {
		said := hoursOf(hours)
		if got := [3]string{said.In("th"), said.In("en"), hoursShort(hours).In("th")}; got != want {
			t.Errorf("%q: %q, want %q", hours, got, want)
		}
	}
}
