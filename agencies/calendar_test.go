package agencies_test

import (
	"testing"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
)

// at reads a time of day in Bangkok; the year is Christian.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04:05", text, thai.Bangkok())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// weekOf reads stored hours.
func weekOf(t *testing.T, hours agencies.Hours) agencies.Week {
	t.Helper()
	w, err := hours.Week()
	if err != nil {
		t.Fatal(err)
	}
	if w.Hours() != hours {
		t.Errorf("%q is stored as %q", hours, w.Hours())
	}
	return w
}

// shipped is the calendar of an agency in a new installation.
func shipped(t *testing.T) agencies.Calendar {
	t.Helper()
	days, err := agencies.ShippedDays()
	if err != nil {
		t.Fatal(err)
	}
	return agencies.NewCalendar(weekOf(t, agencies.UsualHours), days)
}

// The golden vectors of EGA-10.1 and EGA-10.2, by the days that come with the product.
func TestDeemedReceivedEGA10(t *testing.T) {
	t.Parallel()
	c := shipped(t)
	for _, v := range []struct{ entered, deemed, why string }{
		{"2020-12-07 10:00:00", "2020-12-07 10:00:00", "the substitution day was moved away"},
		{"2020-12-09 16:45:00", "2020-12-14 08:30:00", "holiday, moved substitution, weekend"},
		{"2023-05-03 18:00:00", "2023-05-08 08:30:00", "holiday, extra day, weekend"},
		{"2026-11-20 16:29:59", "2026-11-20 16:29:59", "the last second of the day"},
		{"2026-11-20 16:30:00", "2026-11-23 08:30:00", "closing time is outside"},
		{"2026-11-23 07:10:00", "2026-11-23 08:30:00", "the next working time is the same day"},
		{"2026-11-22 12:00:00", "2026-11-23 08:30:00", "Sunday"},
		{"2020-04-13 09:00:00", "2020-04-13 09:00:00", "Songkran of 2563 was moved"},
		{"2020-09-04 09:00:00", "2020-09-08 08:30:00", "to 4 and 7 September"},
		{"2027-05-05 09:00:00", "2027-05-05 09:00:00", "Coronation Day of before was abolished in 2560"},
		{"2026-12-07 09:00:00", "2026-12-07 09:00:00", "what waits for its announcement does not count"},
	} {
		if got := c.DeemedReceived(at(t, v.entered)); !got.Equal(at(t, v.deemed)) {
			t.Errorf("entered %s: deemed received %s, want %s (%s)", v.entered, got, v.deemed, v.why)
		}
	}
}

// LOC-3: breaks, half days, closures and Saturdays that are worked.
func TestDaysThatAreOtherwise(t *testing.T) {
	t.Parallel()
	day := func(text string) time.Time { return at(t, text+" 00:00:00") }
	c := agencies.NewCalendar(weekOf(t, "mon-thu 08:30-12:00 13:00-16:30, fri 08:30-12:00"), []agencies.Holiday{
		{On: day("2026-11-24"), Kind: agencies.HalfDay, Hours: "08:30-11:00", Name: "ครึ่งวัน"},
		{On: day("2026-11-25"), Kind: agencies.Closure, Name: "น้ำท่วม"},
		{On: day("2026-11-28"), Kind: agencies.WorkingDay, Name: "ทำการชดเชย"},
		{On: day("2026-11-29"), Kind: agencies.WorkingDay, Hours: "09:00-10:00 11:00-24:00", Name: "ทำการชดเชย"},
		{On: day("2026-11-30"), Kind: agencies.PublicHoliday, Name: "รอ", Unconfirmed: true},
		{On: day("2026-12-10"), Kind: agencies.HalfDay, Hours: "08:30-11:00", Name: "ครึ่งวันทั้งประเทศ"},
		{On: day("2026-12-10"), Kind: agencies.HalfDay, Hours: "08:30-15:00", Name: "ครึ่งวันของหน่วยงาน"},
		{On: day("2026-12-11"), Kind: agencies.WorkingDay, Name: "ทำการทั้งประเทศ"},
		{On: day("2026-12-11"), Kind: agencies.Closure, Name: "ปิดของหน่วยงาน"},
	})
	for _, v := range []struct{ entered, deemed, why string }{
		{"2026-11-23 12:00:00", "2026-11-23 13:00:00", "the break"},
		{"2026-11-23 13:00:00", "2026-11-23 13:00:00", "after it"},
		{"2026-11-24 10:59:59", "2026-11-24 10:59:59", "half day"},
		{"2026-11-24 11:00:00", "2026-11-26 08:30:00", "half day over, flood"},
		{"2026-11-27 13:30:00", "2026-11-28 08:30:00", "Friday afternoon, a Saturday that is worked"},
		{"2026-11-28 16:30:00", "2026-11-29 09:00:00", "Saturday has the hours of Monday, Sunday its own"},
		{"2026-11-29 10:30:00", "2026-11-29 11:00:00", "between"},
		{"2026-11-29 23:59:59", "2026-11-29 23:59:59", "to midnight"},
		{"2026-11-30 00:00:00", "2026-11-30 08:30:00", "not confirmed: worked"},
		{"2026-12-10 11:00:00", "2026-12-14 08:30:00", "the nation's half day counts, and who closes is closed"},
	} {
		if got := c.DeemedReceived(at(t, v.entered)); !got.Equal(at(t, v.deemed)) {
			t.Errorf("entered %s: deemed received %s, want %s (%s)", v.entered, got, v.deemed, v.why)
		}
	}
	if got := c.AddWorkingDays(at(t, "2026-11-23 09:00:00"), 1); !got.Equal(at(t, "2026-11-24 11:00:00")) {
		t.Errorf("the last day is a half day and ends with it: %s", got)
	}
	if name, ok := c.Holiday(at(t, "2026-11-25 09:00:00")); !ok || name != "น้ำท่วม" {
		t.Errorf("the flood is %q", name)
	}
	if name, ok := c.Holiday(at(t, "2026-11-24 09:00:00")); ok {
		t.Errorf("a half day is a day off: %q", name)
	}
	if got := c.Closes(at(t, "2026-11-25 09:00:00")); !got.Equal(at(t, "2026-11-25 16:30:00")) {
		t.Errorf("usual hours of a closed day end %s", got)
	}
	coming := c.Coming(at(t, "2026-11-24 20:00:00"), 3)
	if len(coming) != 3 || coming[0].Name != "ครึ่งวัน" || len(coming[0].Periods) != 1 || coming[1].Name != "น้ำท่วม" || len(coming[1].Periods) != 0 {
		t.Errorf("coming: %+v", coming)
	}
}

func TestCountingDaysLOC5(t *testing.T) {
	t.Parallel()
	c := shipped(t)
	for _, v := range []struct {
		got  time.Time
		want string
		why  string
	}{
		{c.AddWorkingDays(at(t, "2020-12-08 09:00:00"), 3), "2020-12-15 16:30:00", "10 and 11 December and the weekend do not count"},
		{c.AddWorkingDays(at(t, "2026-11-20 09:00:00"), 1), "2026-11-23 16:30:00", "the first day is not counted"},
		{c.AddCalendarDays(at(t, "2026-11-23 08:30:00"), 30), "2026-12-23 16:30:00", "thirty days"},
		{c.AddCalendarDays(at(t, "2026-11-20 08:30:00"), 1), "2026-11-23 16:30:00", "the last day is a Saturday"},
		{c.AddCalendarDays(at(t, "2024-02-14 08:30:00"), 15), "2024-02-29 16:30:00", "29 February"},
		{c.AddCalendarDays(at(t, "2026-12-30 08:30:00"), 1), "2027-01-04 16:30:00", "over the end of the year"},
	} {
		if !v.got.Equal(at(t, v.want)) {
			t.Errorf("got %s, want %s (%s)", v.got, v.want, v.why)
		}
	}
}

func TestPeriodsAsTyped(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"":            "",
		"08:30-16:30": "08:30-16:30",
		"๘.๓๐ น. – ๑๒.๐๐ น. และ 13:00ถึง16:30 น.": "08:30-12:00 13:00-16:30",
		"8.30-12.00, 13.00 - 16.30": "08:30-12:00 13:00-16:30",
		"00:00-24:00":               "00:00-24:00",
	} {
		got, err := agencies.ParsePeriods(typed)
		if err != nil || agencies.PeriodsText(got) != want {
			t.Errorf("%q: %q, %v", typed, agencies.PeriodsText(got), err)
		}
	}
	for _, typed := range []string{"x", "08:30", "16:30-08:30", "08:30-08:30", "08:30-12:00 11:00-13:00", "08:30-12:00 12:00-13:00", "25:00-26:00", "08:60-09:00", "24:00-24:00", "08:30-12:00 ปิด"} {
		if _, err := agencies.ParsePeriods(typed); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, stored := range []agencies.Hours{"", "mon", "mon-fri", "fri-mon 08:30-16:30", "day 08:30-16:30", "mon 16:30-08:30"} {
		if _, err := stored.Week(); err == nil {
			t.Errorf("%q is read", stored)
		}
	}
}

// Hours of a week as they are stored, what the release before reads of them, and who hears that they changed (LOC-4.1).
func TestHours(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	a := makeAgency(t, tx, "HLA", "เทศบาลตัวอย่าง")
	told := &taken{}
	if _, err := agencies.SetHours(ctx, tx, told, a.ID, agencies.Week{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a week without work: %v", err)
	}
	const hours agencies.Hours = "mon-thu 08:30-12:00 13:00-16:30, fri 08:30-12:00, sun 09:00-24:00"
	for _, want := range []bool{true, false} {
		if changed, err := agencies.SetHours(ctx, tx, told, a.ID, weekOf(t, hours)); err != nil || changed != want {
			t.Errorf("changed %t, %v", changed, err)
		}
	}
	if len(told.args) != 1 || told.args[0].(agencies.CalendarChangedArgs).AgencyID != a.ID {
		t.Errorf("heard: %+v", told.args)
	}
	var opens, closes string
	if err := tx.QueryRow(ctx, `SELECT opens_at::text, closes_at::text FROM agencies WHERE id = $1`, a.ID).Scan(&opens, &closes); err != nil || opens != "08:30:00" || closes != "24:00:00" {
		t.Errorf("the release before reads %s-%s, %v", opens, closes, err)
	}
	c, err := agencies.LoadCalendar(ctx, tx, a.ID)
	if err != nil || !c.DeemedReceived(at(t, "2026-11-27 12:00:00")).Equal(at(t, "2026-11-29 09:00:00")) {
		t.Errorf("%v", err)
	}
}
