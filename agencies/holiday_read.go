package agencies

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// mostDays is how many days a file may have: more than a calendar of twenty years.
const mostDays = 1000

// ReadDays reads the days of a file for an agency, or for the nation (agency 0): CSV, or iCalendar when it begins with
// BEGIN:VCALENDAR. Source is where they were announced, for days that do not say. What is wrong is told line by line in
// Thai, and then nothing counts.
func ReadDays(raw []byte, agency AgencyID, source string) (days []Holiday, wrong []string) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(raw) {
		return nil, []string{"ไฟล์ไม่ได้เข้ารหัสแบบ UTF-8 ให้บันทึกใหม่เป็น CSV UTF-8 (ใน Excel เลือก “CSV UTF-8 (Comma delimited)”)"}
	}
	r := dayReader{agency: agency, source: thai.Tidy(source), lines: map[string]int{}}
	if begin := bytes.TrimSpace(raw); len(begin) >= len(icsBegin) && strings.EqualFold(string(begin[:len(icsBegin)]), icsBegin) {
		r.ics(raw)
	} else {
		r.csv(raw)
	}
	switch {
	case len(r.wrong) > 0:
		return nil, r.wrong
	case len(r.days) == 0:
		return nil, []string{"ไฟล์ไม่มีวันหยุด ให้ใส่อย่างน้อยหนึ่งวัน"}
	case len(r.days) > mostDays:
		return nil, []string{fmt.Sprintf("ไฟล์มี %d วัน มากกว่าที่รับได้ครั้งละ %d วัน ให้แบ่งเป็นหลายไฟล์", len(r.days), mostDays)}
	}
	slices.SortStableFunc(r.days, func(a, b Holiday) int { return a.On.Compare(b.On) })
	return r.days, nil
}

// dayReader gathers the days of a file and what is wrong in it.
type dayReader struct {
	agency AgencyID
	source string
	days   []Holiday
	lines  map[string]int // where each day stands
	wrong  []string
}

// mistake notes what is wrong in a line. Many are of one cause: the first ones are enough.
func (r *dayReader) mistake(line int, said string) {
	const enough = 20
	switch {
	case len(r.wrong) < enough:
		r.wrong = append(r.wrong, fmt.Sprintf("บรรทัดที่ %d: %s", line, said))
	case len(r.wrong) == enough:
		r.wrong = append(r.wrong, "และยังมีบรรทัดอื่นอีก ให้แก้บรรทัดข้างต้นแล้วอ่านไฟล์ใหม่")
	}
}

// take adds a day that stands in a line.
func (r *dayReader) take(line int, h Holiday) {
	if h.Source == "" {
		h.Source = r.source
	}
	if err := h.Check(r.agency); err != nil {
		r.mistake(line, fault.MessageOf(err))
		return
	}
	key := h.On.Format(time.DateOnly) + strings.Join(h.Provinces, " ")
	if before := r.lines[key]; before != 0 {
		r.mistake(line, fmt.Sprintf("วันซ้ำกับบรรทัดที่ %d ให้เหลือบรรทัดเดียว", before))
		return
	}
	r.lines[key] = line
	r.days = append(r.days, h)
}

// readDay reads a date as files have it: 2026-12-10, 2569-12-10, or as people write one.
func readDay(s string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, thai.Digits(strings.TrimSpace(s))); err == nil {
		const ahead = 543
		if day.Year() > lastYear {
			day = time.Date(day.Year()-ahead, day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
		}
		return day, nil
	}
	return thai.ParseDate(s)
}
