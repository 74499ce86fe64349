package thai

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	_ "time/tzdata" // slim machines lack the zone files (LOC-1)
)

var bangkok = sync.OnceValue(func() *time.Location {
	if loc, err := time.LoadLocation("Asia/Bangkok"); err == nil {
		return loc
	}
	return time.FixedZone("Asia/Bangkok", 7*60*60) // no summer time, ever
})

// Bangkok returns the zone in which every date of the product is counted and shown (LOC-1).
func Bangkok() *time.Location { return bangkok() }

// BuddhistYear returns the Buddhist year of t in Bangkok.
func BuddhistYear(t time.Time) int { return t.In(Bangkok()).Year() + beOffset }

// FiscalYear returns the Buddhist fiscal year of t in Bangkok, which begins on 1 October.
func FiscalYear(t time.Time) int {
	t = t.In(Bangkok())
	if t.Month() >= time.October {
		return t.Year() + beOffset + 1
	}
	return t.Year() + beOffset
}

var shortMonths = [...]string{"ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."}

var longMonths = [...]string{
	"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
	"กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
}

// Date shows the day of t in Bangkok: 21 พ.ย. 2569.
func Date(t time.Time) string {
	t = t.In(Bangkok())
	return fmt.Sprintf("%d %s %d", t.Day(), shortMonths[t.Month()-1], BuddhistYear(t))
}

// LongDate shows the day of t in Bangkok: 21 พฤศจิกายน 2569.
func LongDate(t time.Time) string {
	t = t.In(Bangkok())
	return fmt.Sprintf("%d %s %d", t.Day(), longMonths[t.Month()-1], BuddhistYear(t))
}

// Clock shows the time of day of t in Bangkok: 16:30 น.
func Clock(t time.Time) string { return t.In(Bangkok()).Format("15:04") + "\u00a0น." }

// DateTime shows t in Bangkok: 21 พ.ย. 2569 เวลา 16:30 น.
func DateTime(t time.Time) string { return Date(t) + " เวลา " + Clock(t) }

// Remaining says how far off due is, counted in calendar days of Bangkok.
func Remaining(now, due time.Time) string {
	switch days := Days(now, due); {
	case days > 0:
		return "เหลือ " + strconv.Itoa(days) + " วัน"
	case days < 0:
		return "เกินกำหนด " + strconv.Itoa(-days) + " วัน"
	case due.Before(now):
		return "เกินกำหนดแล้ว"
	}
	return "ครบกำหนดวันนี้"
}

// Days returns how many calendar days of Bangkok lie between two times; negative if to is
// the earlier day.
func Days(from, to time.Time) int {
	return int(noon(to).Sub(noon(from)).Hours() / 24)
}

// Years returns how many whole years of Bangkok's calendar lie between two times, as ages are counted;
// negative if to is the earlier day. Whoever was born on 29 February is a year older on 1 March of a year
// without one.
func Years(from, to time.Time) int {
	if to.Before(from) {
		return -Years(to, from)
	}
	a, b := noon(from), noon(to)
	years := b.Year() - a.Year()
	if b.Month() < a.Month() || (b.Month() == a.Month() && b.Day() < a.Day()) {
		years--
	}
	return years
}

func noon(t time.Time) time.Time {
	t = t.In(Bangkok())
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
}
