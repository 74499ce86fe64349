package thai

import (
	"slices"
	"strings"
	"time"

	"saphan/internal/fault"
)

// Month is the full name of a month: พฤศจิกายน.
func Month(m time.Month) string { return longMonths[m-1] }

// ParseMonth reads a year, or a month and a year, as people type them who do not know the day: "2490",
// "พ.ศ. 2490", "มี.ค. 2490", "03/2490". The month is 0 when it is not said. Eras are read as by ParseDate;
// the year has four digits, or two of the Buddhist era.
func ParseMonth(s string) (year int, month time.Month, err error) {
	p, numbers, ok := readParts(s)
	switch {
	case !ok || len(numbers) == 0 || len(numbers) > 2:
		return 0, 0, errMonth()
	case len(numbers) == 2 && (p.month != 0 || len(numbers[0]) > 2):
		return 0, 0, errMonth()
	case len(numbers) == 2:
		p.month = atoi(numbers[0])
	}
	last := numbers[len(numbers)-1]
	p.year, p.yearDigits = atoi(last), len(last)
	if (p.yearDigits != 4 && p.yearDigits != 2) || p.month < 0 || p.month > 12 || (len(numbers) == 2 && p.month == 0) {
		return 0, 0, errMonth()
	}
	year, ok = p.christianYear()
	if !ok {
		return 0, 0, errMonth()
	}
	return year, time.Month(p.month), nil
}

func errMonth() error {
	return fault.New(fault.Invalid, "กรุณาพิมพ์วัน เดือน ปี หรือเฉพาะปี เช่น 2490")
}

// ParseTime reads a time of day as people type it: 8.30, 08:30 น., 8 โมงครึ่ง, บ่ายสอง, สามทุ่ม, เที่ยง, 9am.
func ParseTime(s string) (hour, minute int, err error) {
	said := strings.ReplaceAll(Key(s), " ", "")
	for _, suffix := range []string{"นาฬิกา", "น.", "น", "hrs", "hr", "h"} {
		if rest := strings.TrimSuffix(said, suffix); rest != "" && rest[len(rest)-1] >= '0' && rest[len(rest)-1] <= '9' {
			said = rest
		}
	}
	if h, m, ok := clockTime(said); ok {
		return h, m, nil
	}
	said, half := strings.CutSuffix(said, "ครึ่ง")
	said, evening := strings.CutSuffix(strings.TrimSuffix(said, "ตรง"), "เย็น")
	hour, ok := hourNamed(said, evening)
	if !ok {
		return 0, 0, fault.New(fault.Invalid, "กรุณาพิมพ์เวลา เช่น 08.30")
	}
	if half {
		minute = 30
	}
	return hour, minute, nil
}

// clockTime reads digits: 8.30, 08:30, 0830, 8, 9.30am.
func clockTime(s string) (hour, minute int, ok bool) {
	afternoon := strings.HasSuffix(s, "pm")
	half := afternoon || strings.HasSuffix(s, "am")
	s = strings.TrimSuffix(strings.TrimSuffix(s, "pm"), "am")
	digits := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	}
	h, m, cut := strings.Cut(strings.NewReplacer(":", ".", "-", ".").Replace(s), ".")
	switch {
	case !digits(h) || (cut && (!digits(m) || len(m) > 2)):
		return 0, 0, false
	case !cut && len(h) >= 3 && len(h) <= 4:
		h, m = h[:len(h)-2], h[len(h)-2:]
	case len(h) > 2:
		return 0, 0, false
	}
	hour = atoi(h)
	if m != "" {
		minute = atoi(m)
		if len(m) == 1 {
			minute *= 10 // 8.3 is half past eight
		}
	}
	if half {
		if hour < 1 || hour > 12 {
			return 0, 0, false
		}
		hour %= 12
		if afternoon {
			hour += 12
		}
	}
	if hour == 24 && minute == 0 {
		hour = 0
	}
	return hour, minute, hour <= 23 && minute <= 59
}

var hourWords = []string{"", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า", "สิบ", "สิบเอ็ด", "สิบสอง"}

// hourNamed reads an hour of the Thai six-hour clock.
func hourNamed(s string, evening bool) (hour int, ok bool) {
	switch s {
	case "เที่ยง", "เที่ยงวัน", "noon":
		return 12, true
	case "เที่ยงคืน", "midnight":
		return 0, true
	case "บ่าย", "บ่ายโมง":
		return 13, true
	case "ทุ่ม", "ทุ่มหนึ่ง":
		return 19, true
	}
	number := func(s string) (int, bool) {
		if n := slices.Index(hourWords, s); n > 0 {
			return n, true
		}
		n := atoi(s)
		return n, n >= 1 && n <= 12
	}
	type clock struct {
		prefix, suffix string
		from, most     int
	}
	for _, c := range []clock{{"ตี", "", 0, 6}, {"บ่าย", "โมง", 12, 5}, {"บ่าย", "", 12, 5}, {"", "ทุ่ม", 18, 6}, {"", "โมงเช้า", 0, 11}, {"", "โมง", 0, 11}} {
		rest, has := strings.CutPrefix(s, c.prefix)
		if !has {
			continue
		}
		if rest, has = strings.CutSuffix(rest, c.suffix); !has {
			continue
		}
		n, is := number(rest)
		if !is || n > c.most {
			continue
		}
		if c.suffix == "โมง" && c.prefix == "" && evening {
			return 12 + n, n >= 4 && n <= 6
		}
		if c.suffix == "โมง" && c.prefix == "" && n < 6 {
			return 12 + n, n <= 5 // "สี่โมง" without "เช้า" is four in the afternoon
		}
		return (c.from + n) % 24, true
	}
	return 0, false
}
