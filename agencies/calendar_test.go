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

func office(t *testing.T) agencies.Calendar {
	t.Helper()
	return agencies.NewCalendar(8*time.Hour+30*time.Minute, 16*time.Hour+30*time.Minute, map[time.Time]string{
		at(t, "2020-12-10 00:00:00"): "วันรัฐธรรมนูญ",
		at(t, "2020-12-11 00:00:00"): "วันหยุดชดเชยที่เลื่อนมา",
		at(t, "2023-05-04 00:00:00"): "วันฉัตรมงคล",
		at(t, "2023-05-05 00:00:00"): "วันหยุดพิเศษ",
	})
}

// The golden vectors of EGA-10.1 and EGA-10.2.
func TestDeemedReceivedEGA10(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ entered, deemed, why string }{
		{"2020-12-07 10:00:00", "2020-12-07 10:00:00", "the substitution day was moved away"},
		{"2020-12-09 16:45:00", "2020-12-14 08:30:00", "holiday, moved substitution, weekend"},
		{"2023-05-03 18:00:00", "2023-05-08 08:30:00", "holiday, extra day, weekend"},
		{"2026-11-20 16:29:59", "2026-11-20 16:29:59", "the last second of the day"},
		{"2026-11-20 16:30:00", "2026-11-23 08:30:00", "closing time is outside"},
		{"2026-11-23 07:10:00", "2026-11-23 08:30:00", "the next working time is the same day"},
		{"2026-11-22 12:00:00", "2026-11-23 08:30:00", "Sunday"},
	} {
		if got := office(t).DeemedReceived(at(t, v.entered)); !got.Equal(at(t, v.deemed)) {
			t.Errorf("entered %s: deemed received %s, want %s (%s)", v.entered, got, v.deemed, v.why)
		}
	}
}

func TestDeemedReceivedNeverEarlierAndAlwaysInHours(t *testing.T) {
	t.Parallel()
	c := office(t)
	for h := range 24 * 400 {
		entered := at(t, "2020-11-30 00:00:00").Add(time.Duration(h)*time.Hour + 17*time.Minute)
		got := c.DeemedReceived(entered)
		if got.Before(entered) {
			t.Fatalf("entered %s, deemed received earlier: %s", entered, got)
		}
		if !c.Working(got) || !c.DeemedReceived(got).Equal(got) {
			t.Fatalf("entered %s, deemed received outside of hours: %s", entered, got)
		}
	}
}

func TestCountingDaysLOC5(t *testing.T) {
	t.Parallel()
	c := office(t)
	for _, v := range []struct {
		got  time.Time
		want string
		why  string
	}{
		{c.AddWorkingDays(at(t, "2020-12-08 09:00:00"), 3), "2020-12-15 16:30:00", "10 and 11 December and the weekend do not count"},
		{c.AddWorkingDays(at(t, "2026-11-20 09:00:00"), 1), "2026-11-23 16:30:00", "the first day is not counted"},
		{c.AddCalendarDays(at(t, "2026-11-23 08:30:00"), 30), "2026-12-23 16:30:00", "thirty days"},
		{c.AddCalendarDays(at(t, "2026-11-20 08:30:00"), 1), "2026-11-23 16:30:00", "the last day is a Saturday"},
	} {
		if !v.got.Equal(at(t, v.want)) {
			t.Errorf("got %s, want %s (%s)", v.got, v.want, v.why)
		}
	}
}

// LOC-3, LOC-4: an agency takes back what it added itself, of a year it sees the nation's days and its own, and hours
// that end before they begin are none.
func TestHolidaysAndHours(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	a, b := makeAgency(t, tx, "HLA", "เทศบาลตัวอย่าง"), makeAgency(t, tx, "HLB", "เทศบาลตัวอย่างสอง")
	day := func(text string) time.Time { return at(t, text+" 00:00:00") }
	for _, h := range []struct {
		owner agencies.AgencyID
		on    string
	}{{0, "2031-04-13"}, {a.ID, "2031-02-01"}, {b.ID, "2031-03-01"}, {a.ID, "2032-01-01"}} {
		if added, err := agencies.AddHoliday(ctx, tx, h.owner, day(h.on), "วันหยุดตัวอย่าง", "ประกาศตัวอย่าง"); err != nil || !added {
			t.Fatal(added, err)
		}
		if again, err := agencies.AddHoliday(ctx, tx, h.owner, day(h.on), "อีกชื่อหนึ่ง", "ประกาศตัวอย่าง"); err != nil || again {
			t.Errorf("the same day twice: %t, %v", again, err)
		}
	}
	year, err := agencies.Holidays(ctx, tx, a.ID, 2031)
	if err != nil || len(year) != 2 || !year[0].Own || year[1].Own || year[0].On.Format(time.DateOnly) != "2031-02-01" {
		t.Errorf("%v: %+v", err, year)
	}
	if gone, err := agencies.RemoveHoliday(ctx, tx, a.ID, day("2031-02-01")); err != nil || gone.Name != "วันหยุดตัวอย่าง" {
		t.Errorf("%v: %+v", err, gone)
	}
	for _, on := range []string{"2031-02-01", "2031-03-01", "2031-04-13"} {
		if _, err := agencies.RemoveHoliday(ctx, tx, a.ID, day(on)); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", on, err)
		}
	}
	for _, hours := range [][2]string{{"16:30", "08:30"}, {"08:30", "08:30"}, {"x", "16:30"}, {"08:30", "25:00"}} {
		if err := agencies.SetHours(ctx, tx, a.ID, hours[0], hours[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", hours, err)
		}
	}
	if err := agencies.SetHours(ctx, tx, a.ID, "9.00", "17:15"); err != nil {
		t.Fatal(err)
	}
	if found, err := agencies.Find(ctx, tx, a.ID); err != nil || found.OpensAt != "09:00:00" || found.ClosesAt != "17:15:00" {
		t.Errorf("%v: %+v", err, found)
	}
}
