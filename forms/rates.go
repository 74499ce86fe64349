package forms

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"saphan/internal/thai"
)

// rateColumns are the columns of a table of fees as a spreadsheet has it.
var rateColumns = []string{"key", "label", "baht"}

// RatesCSV writes the rows of a table of fees for a spreadsheet: key, label, baht.
func RatesCSV(rows []FeeRow) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff") // by which spreadsheets know that it is UTF-8
	w := csv.NewWriter(&b)
	lines := [][]string{rateColumns}
	for _, r := range rows {
		label := r.Label.TH
		if label != "" && strings.ContainsRune("=+-@\t\r", rune(label[0])) {
			label = "'" + label // no formula
		}
		lines = append(lines, []string{r.Key, label, strconv.FormatFloat(r.Baht, 'f', -1, 64)})
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("write the rates: %w", err)
	}
	return b.Bytes(), nil
}

// ReadRates reads the amounts of a table from a spreadsheet into its rows; labels are there for people and are not
// taken. What is wrong is told line by line in Thai, and then nothing counts.
func ReadRates(raw []byte, rows []FeeRow) (own []FeeRow, wrong []string) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	if first, _, _ := bytes.Cut(raw, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	own = slices.Clone(rows)
	given := map[string]int{}
	key, baht := 0, 2
	for number := 1; ; number++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := 0, 0
		if err == nil {
			line, _ = r.FieldPos(0)
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, append(wrong, fmt.Sprintf("บรรทัดที่ %d อ่านไม่ได้ ให้ตรวจเครื่องหมายคำพูดที่ไม่ครบคู่ หรือบันทึกไฟล์เป็น CSV (UTF-8) ใหม่", broken.Line))
		}
		if err != nil {
			return nil, append(wrong, "อ่านไฟล์ไม่ได้ ให้บันทึกเป็น CSV (UTF-8) แล้วลองใหม่")
		}
		if number == 1 {
			k, b := column(record, "key"), column(record, "baht")
			if k < 0 || b < 0 {
				return nil, []string{"บรรทัดที่ 1 ต้องเป็นชื่อคอลัมน์ key, label และ baht ให้ดาวน์โหลดไฟล์จากหน้านี้ไปแก้แล้วนำเข้ามาใหม่"}
			}
			key, baht = k, b
			continue
		}
		if len(record) == 1 && strings.TrimSpace(record[0]) == "" {
			continue
		}
		if said := takeRate(own, given, record, key, baht, line); said != "" {
			wrong = append(wrong, said)
		}
	}
	if len(wrong) == 0 && len(given) == 0 {
		wrong = append(wrong, "ไฟล์ไม่มีรายการ ให้ใส่อย่างน้อยหนึ่งบรรทัดต่อจากชื่อคอลัมน์")
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return own, nil
}

func column(record []string, name string) int {
	return slices.IndexFunc(record, func(cell string) bool { return strings.EqualFold(strings.TrimSpace(cell), name) })
}

// takeRate puts one line's amount into the row with its key, or says what is wrong with it.
func takeRate(rows []FeeRow, given map[string]int, record []string, key, baht, line int) string {
	if len(record) <= max(key, baht) {
		return fmt.Sprintf("บรรทัดที่ %d มีไม่ครบคอลัมน์ ต้องมี key, label และ baht", line)
	}
	name := strings.TrimSpace(record[key])
	i := slices.IndexFunc(rows, func(r FeeRow) bool { return r.Key == name })
	switch {
	case name == "":
		return fmt.Sprintf("บรรทัดที่ %d ไม่มี key ให้ใส่ key ตามไฟล์ที่ดาวน์โหลด", line)
	case i < 0:
		return fmt.Sprintf("บรรทัดที่ %d ไม่มีรายการ “%s” ในตารางนี้ ให้ใช้ key ตามไฟล์ที่ดาวน์โหลด หรือลบบรรทัดนี้", line, thai.Clip(name, 60))
	case given[name] != 0:
		return fmt.Sprintf("บรรทัดที่ %d ซ้ำกับบรรทัดที่ %d (%s) ให้เหลือบรรทัดเดียว", line, given[name], name)
	}
	given[name] = line
	amount, ok := ReadBaht(record[baht])
	if !ok {
		return fmt.Sprintf("บรรทัดที่ %d “%s” จำนวนเงิน “%s” ไม่ถูกต้อง ให้ใส่ตัวเลขตั้งแต่ 0 ขึ้นไป เช่น 200 หรือ 0.50", line, rows[i].Label.TH, thai.Clip(strings.TrimSpace(record[baht]), 40))
	}
	rows[i].Baht = amount
	return ""
}

// ReadBaht reads an amount in baht as an officer types it: with Thai digits, commas and up to two decimals.
func ReadBaht(typed string) (float64, bool) {
	amount, err := thai.ParseNumber(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(typed), "บาท")))
	if err != nil || amount < 0 || amount > mostBaht || math.Abs(amount*100-math.Round(amount*100)) > 1e-6 {
		return 0, false
	}
	return amount, true
}
