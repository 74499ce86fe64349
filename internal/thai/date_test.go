package thai

import (
	"testing"
	"time"
)

// TestParseDate holds LOC-2: both eras, Thai digits, names and numbers.
func TestParseDate(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"21 พ.ย. 69":        "2026-11-21",
		"๒๑/๑๑/๒๕๖๙":        "2026-11-21",
		"21/11/2026":        "2026-11-21",
		"21 พฤศจิกายน 2569": "2026-11-21",
		"21 พย 69":          "2026-11-21",
		"21พ.ย.69":          "2026-11-21",
		"วันที่ 21 เดือนพฤศจิกายน พ.ศ. 2569":  "2026-11-21",
		"วันที่ 21 เดือน พฤศจิกายน พ.ศ. 2569": "2026-11-21",
		"วันเสาร์ที่ 21 พฤศจิกายน พ.ศ.2569":   "2026-11-21",
		"21 พฤศจิกายนพ.ศ.2569":                "2026-11-21",
		"21 พฤศจิกายน ค.ศ. 2026":              "2026-11-21",
		"21-11-69":          "2026-11-21",
		"21.11.2569":        "2026-11-21",
		"2026-11-21":        "2026-11-21",
		"2569-11-21":        "2026-11-21",
		"21112569":          "2026-11-21",
		"21 Nov 2026":       "2026-11-21",
		"Nov 21, 2026":      "2026-11-21",
		"5 มี.ค. 2530 ค่ะ":  "1987-03-05",
		"1 ม.ค. 2484":       "1941-01-01",
		"29 ก.พ. 2567":      "2024-02-29", // CE 2024 is a leap year, BE 2567 would not be
		"29/2/2024":         "2024-02-29",
		"29 ก.พ. 2569":      "", // CE 2026 is none
		"29 ก.พ. 2400":      "", // CE 1857
		"31 เม.ย. 2569":     "",
		"30 ก.พ. 2569":      "",
		"0/1/2569":          "",
		"32/1/2569":         "",
		"1/13/2569":         "",
		"1/1/256":           "",
		"1/1/20269":         "",
		"พ.ย. 2569":         "",
		"21 ตุลา พ.ย. 2569": "",
		"21 11":             "",
		"21 ค.ศ. 11 69":     "",
		"พรุ่งนี้":          "",
		"":                  "",
		"๒๑ หมา ๒๕๖๙":       "",
		"21/11/2569/4":      "",
		"21 พ.ย. 9999":      "",
	} {
		got, err := ParseDate(in)
		switch {
		case want == "" && err == nil:
			t.Errorf("ParseDate(%q) = %s, want a refusal", in, got.Format(time.DateOnly))
		case want != "" && err != nil:
			t.Errorf("ParseDate(%q): %v", in, err)
		case want != "" && got.Format(time.DateOnly) != want:
			t.Errorf("ParseDate(%q) = %s, want %s", in, got.Format(time.DateOnly), want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"21 พ.ย. 69", "๒๑/๑๑/๒๕๖๙", "2026-11-21", "29 ก.พ. 2567", "Nov 21, 2026 พ.ศ."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDate(s)
		if err != nil {
			return
		}
		// What is shown of a date is read back as the same date.
		for _, shown := range []string{Date(got), LongDate(got)} {
			if again, err := ParseDate(shown); err != nil || !again.Equal(got) {
				t.Fatalf("%q was read as %s, shown as %q and read again as %s (%v)", s, got, shown, again, err)
			}
		}
	})
}

func TestShow(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) // 16:30 in Bangkok
	newYear := time.Date(2026, 12, 31, 17, 0, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{Date(at), "21 พ.ย. 2569"},
		{LongDate(at), "21 พฤศจิกายน 2569"},
		{DateTime(at), "21 พ.ย. 2569 เวลา 16:30\u00a0น."},
		{Date(newYear), "1 ม.ค. 2570"}, // trap 4 of part 9: the year turns in Bangkok
		{Date(newYear.Add(-time.Second)), "31 ธ.ค. 2569"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if y := BuddhistYear(newYear); y != 2570 {
		t.Errorf("BuddhistYear = %d", y)
	}
	// LOC-2: fiscal year 2570 is 1 Oct 2026 to 30 Sep 2027.
	for at, want := range map[string]int{"2026-09-30": 2569, "2026-10-01": 2570, "2027-09-30": 2570, "2027-10-01": 2571} {
		day, err := time.ParseInLocation(time.DateOnly, at, Bangkok())
		if err != nil {
			t.Fatal(err)
		}
		if got := FiscalYear(day); got != want {
			t.Errorf("FiscalYear(%s) = %d, want %d", at, got, want)
		}
	}
}

func TestRemaining(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	for want, due := range map[string]time.Time{
		"เหลือ 3 วัน":       now.AddDate(0, 0, 3),
		"เหลือ 1 วัน":       time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC), // midnight in Bangkok
		"ครบกำหนดวันนี้":    now.Add(time.Hour),
		"เกินกำหนดแล้ว":     now.Add(-time.Hour),
		"เกินกำหนด 1 วัน":   now.AddDate(0, 0, -1),
		"เกินกำหนด 365 วัน": now.AddDate(-1, 0, 0),
	} {
		if got := Remaining(now, due); got != want {
			t.Errorf("Remaining(%s) = %q, want %q", due, got, want)
		}
	}
}
