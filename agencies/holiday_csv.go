package agencies

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// dayColumns are the columns of a file of days, with the Thai names that they may have instead.
var dayColumns = []struct{ name, thai string }{
	{"date", "วันที่"}, {"name", "ชื่อ"}, {"kind", "ชนิด"}, {"hours", "เวลาทำการ"}, {"provinces", "จังหวัด"},
	{"source", "ที่มา"}, {"announced", "วันที่ประกาศ"}, {"unconfirmed", "รอยืนยัน"},
}

// DaysCSV writes days for a spreadsheet, so that ReadDays reads the same ones.
func DaysCSV(days []Holiday) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff") // by which spreadsheets know that it is UTF-8
	w := csv.NewWriter(&b)
	head := make([]string, len(dayColumns))
	for i, c := range dayColumns {
		head[i] = c.name
	}
	lines := [][]string{head}
	for _, d := range days {
		announced, unconfirmed := "", ""
		if d.AnnouncedAt != nil {
			announced = d.AnnouncedAt.Format(time.DateOnly)
		}
		if d.Unconfirmed {
			unconfirmed = "true"
		}
		lines = append(lines, []string{d.On.Format(time.DateOnly), plainCell(d.Name), string(d.Kind), d.Hours, strings.Join(d.Provinces, " "), plainCell(d.Source), announced, unconfirmed})
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("write days: %w", err)
	}
	return b.Bytes(), nil
}

// plainCell keeps a spreadsheet from taking words for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// csv reads a spreadsheet.
func (r *dayReader) csv(raw []byte) {
	lines := csv.NewReader(bytes.NewReader(raw))
	lines.FieldsPerRecord, lines.TrimLeadingSpace = -1, true
	if first, _, _ := bytes.Cut(raw, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		lines.Comma = ';'
	}
	var columns map[string]int
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			r.mistake(broken.Line, "อ่านไม่ได้ ให้ตรวจเครื่องหมายคำพูดที่ไม่ครบคู่ หรือบันทึกไฟล์เป็น CSV UTF-8 ใหม่")
			return
		}
		if err != nil {
			r.mistake(1, "อ่านไฟล์ไม่ได้ ให้บันทึกเป็น CSV UTF-8 แล้วลองใหม่")
			return
		}
		line, _ := lines.FieldPos(0)
		switch {
		case columns == nil:
			if columns = columnsOf(record); columns["date"] < 0 || columns["name"] < 0 {
				r.mistake(line, "ต้องเป็นชื่อคอลัมน์ อย่างน้อย date และ name (หรือ วันที่ และ ชื่อ) ให้ดาวน์โหลดไฟล์จากหน้าปฏิทินเป็นตัวอย่าง")
				return
			}
		case strings.TrimSpace(strings.Join(record, "")) != "":
			r.record(line, func(column string) string {
				if at := columns[column]; at >= 0 && at < len(record) {
					return thai.Tidy(record[at])
				}
				return ""
			})
		}
	}
}

// columnsOf says where each column is; -1: nowhere.
func columnsOf(head []string) map[string]int {
	at := make(map[string]int, len(dayColumns))
	for _, c := range dayColumns {
		at[c.name] = slices.IndexFunc(head, func(cell string) bool {
			cell = strings.TrimSpace(cell)
			return strings.EqualFold(cell, c.name) || cell == c.thai
		})
	}
	return at
}

// record reads one line by its cells.
func (r *dayReader) record(line int, cell func(column string) string) {
	h := Holiday{Name: strings.TrimPrefix(cell("name"), "'"), Kind: kindOf(cell("kind")), Source: strings.TrimPrefix(cell("source"), "'")}
	var err error
	if h.On, err = readDay(cell("date")); err != nil {
		r.mistake(line, fault.MessageOf(err))
		return
	}
	periods, err := ParsePeriods(cell("hours"))
	if err != nil {
		r.mistake(line, fault.MessageOf(err))
		return
	}
	h.Hours = PeriodsText(periods)
	if typed := cell("announced"); typed != "" {
		day, err := readDay(typed)
		if err != nil {
			r.mistake(line, "วันที่ประกาศ "+fault.MessageOf(err))
			return
		}
		h.AnnouncedAt = &day
	}
	switch strings.ToLower(cell("unconfirmed")) {
	case "", "false", "0", "no", "ไม่":
	case "true", "1", "yes", "ใช่":
		h.Unconfirmed = true
	default:
		r.mistake(line, "คอลัมน์ unconfirmed ต้องว่าง หรือเป็น true เมื่อรอยืนยัน")
		return
	}
	if h.Provinces = strings.Fields(strings.NewReplacer(",", " ", ";", " ").Replace(cell("provinces"))); len(h.Provinces) > 0 {
		slices.Sort(h.Provinces)
		h.Provinces = slices.Compact(h.Provinces)
	}
	r.take(line, h)
}

// kindOf reads a kind by its key or its Thai name; nothing is a public holiday.
func kindOf(typed string) HolidayKind {
	for _, known := range holidayKinds {
		if strings.EqualFold(typed, string(known.kind)) || typed == known.thai {
			return known.kind
		}
	}
	if typed == "" {
		return PublicHoliday
	}
	return HolidayKind(typed)
}
