package agencies

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"

	"saphan/internal/thai"
)

// icsBegin is how an iCalendar file begins (RFC 5545).
const icsBegin = "BEGIN:VCALENDAR"

// icsLine is one line of an iCalendar file, put together again where it was folded.
type icsLine struct {
	number             int // of its first line in the file
	name, param, value string
}

// icsEvent is what an event says.
type icsEvent struct {
	line       int
	name       string
	from, till time.Time // till is outside; zero: the one day
	bad        bool      // said already
}

// ics reads the whole-day events of an iCalendar file: VEVENT with DTSTART;VALUE=DATE, DTEND or DURATION in days, and
// SUMMARY. What repeats, has a time of day or was cancelled is refused, because a holiday is a decision on a day.
func (r *dayReader) ics(raw []byte) {
	var (
		open  []string
		event *icsEvent
		ended bool
	)
	for _, l := range icsLines(raw) {
		switch {
		case ended:
			r.mistake(l.number, "มีข้อความหลัง END:VCALENDAR ให้ส่งออกไฟล์ปฏิทินใหม่ครั้งละหนึ่งปฏิทิน")
			return
		case l.name == "":
			r.mistake(l.number, "ไม่ใช่บรรทัดของไฟล์ปฏิทิน ให้ส่งออกไฟล์จากโปรแกรมปฏิทินใหม่")
			return
		case l.name == "BEGIN":
			open = append(open, strings.ToUpper(l.value))
			if len(open) == 2 && open[1] == "VEVENT" {
				event = &icsEvent{line: l.number}
			}
		case l.name == "END":
			if len(open) == 0 || open[len(open)-1] != strings.ToUpper(l.value) {
				r.mistake(l.number, "BEGIN และ END ไม่ตรงคู่กัน ให้ส่งออกไฟล์จากโปรแกรมปฏิทินใหม่")
				return
			}
			open = open[:len(open)-1]
			if event != nil && len(open) == 1 {
				r.event(*event)
				event = nil
			}
			ended = len(open) == 0
		case event != nil && len(open) == 2: // an alarm inside of it is not read
			r.property(event, l)
		}
	}
	if !ended {
		r.mistake(bytes.Count(raw, []byte("\n"))+1, "ไฟล์จบก่อน END:VCALENDAR อาจคัดลอกมาไม่ครบ ให้ส่งออกไฟล์ใหม่")
	}
}

// icsLines unfolds the lines of a file; blank ones are left out.
func icsLines(raw []byte) []icsLine {
	var all []icsLine
	for i, text := range strings.Split(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n") {
		if n := len(all); n > 0 && text != "" && (text[0] == ' ' || text[0] == '\t') {
			all[n-1].value += text[1:]
			continue
		}
		if strings.TrimSpace(text) != "" {
			all = append(all, icsLine{number: i + 1, value: text})
		}
	}
	for i, l := range all {
		head, value, ok := strings.Cut(l.value, ":")
		if !ok {
			continue
		}
		name, param, _ := strings.Cut(head, ";")
		all[i] = icsLine{number: l.number, name: strings.ToUpper(strings.TrimSpace(name)), param: strings.ToUpper(param), value: strings.TrimSpace(value)}
	}
	return all
}

var icsDays = regexp.MustCompile(`^P([0-9]{1,3})([DW])$`)

// property reads a line of an event.
func (r *dayReader) property(e *icsEvent, l icsLine) {
	mistake := func(said string) {
		r.mistake(l.number, said)
		e.bad = true
	}
	switch l.name {
	case "SUMMARY":
		e.name = thai.Tidy(strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(l.value))
	case "DTSTART", "DTEND":
		day, err := time.Parse("20060102", l.value)
		if err != nil || strings.Contains(l.param, "DATE-TIME") {
			mistake("ต้องเป็นวันทั้งวัน เช่น DTSTART;VALUE=DATE:20261210 ให้ตั้งเหตุการณ์เป็น “ทั้งวัน” แล้วส่งออกใหม่ วันที่เปิดบางเวลาให้ใช้ไฟล์ CSV")
			return
		}
		if l.name == "DTSTART" {
			e.from = day
		} else {
			e.till = day
		}
	case "DURATION":
		m := icsDays.FindStringSubmatch(l.value)
		if m == nil || e.from.IsZero() {
			mistake("ระยะเวลาต้องเป็นจำนวนวันและอยู่หลัง DTSTART เช่น DURATION:P1D ให้ตั้งเหตุการณ์เป็น “ทั้งวัน” แล้วส่งออกใหม่")
			return
		}
		n, _ := strconv.Atoi(m[1]) // up to three digits, by the pattern
		if m[2] == "W" {
			n *= 7
		}
		e.till = e.from.AddDate(0, 0, n)
	case "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID":
		mistake("เหตุการณ์ที่ซ้ำทุกปีรับไม่ได้ เพราะวันหยุดเป็นไปตามประกาศแต่ละปี ให้แยกเป็นเหตุการณ์ของแต่ละวัน")
	case "STATUS":
		if strings.EqualFold(l.value, "CANCELLED") {
			mistake("เหตุการณ์นี้ถูกยกเลิก ให้ยกเลิกวันหยุดในหน้าปฏิทิน แล้วนำเหตุการณ์ออกจากไฟล์")
		}
	}
}

// event takes the days of an event.
func (r *dayReader) event(e icsEvent) {
	const longest = 31
	if e.till.IsZero() {
		e.till = e.from.AddDate(0, 0, 1)
	}
	switch {
	case e.bad:
		return
	case e.from.IsZero():
		r.mistake(e.line, "เหตุการณ์ไม่มีวันที่ ให้ใส่ DTSTART;VALUE=DATE")
		return
	case !e.till.After(e.from) || e.till.After(e.from.AddDate(0, 0, longest)):
		r.mistake(e.line, "วันสิ้นสุดของเหตุการณ์ต้องหลังวันเริ่ม และไม่เกิน 31 วัน ให้ตรวจ DTEND")
		return
	}
	for day := e.from; day.Before(e.till); day = day.AddDate(0, 0, 1) {
		r.take(e.line, Holiday{On: day, Name: e.name, Kind: PublicHoliday})
	}
}
