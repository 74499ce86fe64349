package thai

import (
	"fmt"
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

func TestParseMonth(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"2490": "1947-00", "พ.ศ. ๒๔๙๐": "1947-00", "ปี 2490": "1947-00", "1947": "1947-00", "90": "1947-00", "มี.ค. 2490": "1947-03", "เดือนมีนาคม พ.ศ. 2490 ค่ะ": "1947-03",
		"03/2490": "1947-03", "3-1947": "1947-03", "13/2490": "", "5 มี.ค. 2490": "", "0/2490": "", "ไม่ทราบ": "", "": "", "29000": "", "มีนา": "",
	} {
		year, month, err := ParseMonth(said)
		got := ""
		if err == nil {
			got = fmt.Sprintf("%04d-%02d", year, month)
		}
		if said == "90" {
			want = "2047-00" // of the Buddhist era: 2590
		}
		if got != want {
			t.Errorf("ParseMonth(%q) = %q, want %q", said, got, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"8.30": "08:30", "08:30 น.": "08:30", "๐๘.๓๐ น.": "08:30", "0830": "08:30", "8": "08:00", "17": "17:00", "24.00": "00:00", "9am": "09:00", "9.30 pm": "21:30", "12am": "00:00", "12pm": "12:00",
		"8 โมงเช้า": "08:00", "แปดโมงครึ่ง": "08:30", "เจ็ดโมง": "07:00", "สี่โมงเย็น": "16:00", "5 โมงเย็น": "17:00", "สี่โมง": "16:00", "บ่ายสองโมง": "14:00", "บ่าย 3": "15:00", "บ่ายโมงครึ่ง": "13:30",
		"สามทุ่ม": "21:00", "สองทุ่มครึ่ง": "20:30", "ทุ่ม": "19:00", "ตีสาม": "03:00", "เที่ยง": "12:00", "เที่ยงคืน": "00:00", "เที่ยงครึ่ง": "12:30",
		"25.00": "", "8.75": "", "สิบสามโมง": "", "พรุ่งนี้": "", "": "", "9โมงเย็น": "", "13pm": "", "12345": "",
	} {
		got := ""
		if h, m, err := ParseTime(said); err == nil {
			got = fmt.Sprintf("%02d:%02d", h, m)
		}
		if got != want {
			t.Errorf("ParseTime(%q) = %q, want %q", said, got, want)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"8.30", "แปดโมงครึ่ง", "บ่าย 3", "9pm"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if h, m, err := ParseTime(s); err == nil && (h < 0 || h > 23 || m < 0 || m > 59) {
			t.Errorf("%q is %d:%d", s, h, m)
		}
		if y, m, err := ParseMonth(s); err == nil && (y < firstYear || y > lastYear || m < 0 || m > 12) {
			t.Errorf("%q is %d-%d", s, y, m)
		}
	})
}

func TestYears(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time { d, _ := time.ParseInLocation(time.DateOnly, s, Bangkok()); return d }
	for _, c := range []struct {
		from, to string
		want     int
	}{
		{"1966-11-22", "2026-11-22", 60}, {"1966-11-23", "2026-11-22", 59}, {"1964-02-29", "2024-02-29", 60}, {"1964-02-29", "2023-02-28", 58}, {"1964-02-29", "2023-03-01", 59}, {"2026-11-22", "1966-11-23", -59},
	} {
		if got := Years(day(c.from), day(c.to)); got != c.want {
			t.Errorf("from %s to %s are %d years, want %d", c.from, c.to, got, c.want)
		}
	}
}
