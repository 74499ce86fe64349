package forms

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Override is what one agency does otherwise than the central template (SVC-0, SEED-25). It cannot change
// what is asked: that is the manual of everybody.
type Override struct {
	Off        bool             `json:"off,omitempty"`       // the agency does not offer the service
	FormCode   string           `json:"form_code,omitempty"` // name of the paper form there
	Days       map[ClockKey]int `json:"days,omitempty"`      // fewer days than the template gives
	Tables     []FeeTable       `json:"tables,omitempty"`    // in place of all tables with the same key
	Waivers    []Waiver         `json:"waivers,omitempty"`   // besides those of the template
	Conditions []Text           `json:"conditions,omitempty"`
	Legal      []Text           `json:"legal_basis,omitempty"` // the agency's own ordinances
	Signer     string           `json:"signer,omitempty"`      // post of who signs what comes out
	Note       Text             `json:"note,omitzero"`         // about the fee, in place of the template's
	Queue      string           `json:"queue,omitempty"`
}

// Empty reports whether the agency does everything as the template says.
func (o Override) Empty() bool {
	return !o.Off && o.FormCode == "" && len(o.Days) == 0 && len(o.Tables) == 0 && len(o.Waivers) == 0 && len(o.Conditions) == 0 &&
		len(o.Legal) == 0 && o.Signer == "" && o.Note == Text{} && o.Queue == ""
}

// With returns the form as an agency has it. What does not fit the form is left out and named, for the
// agency to mend: more days than the template gives, a table that nothing reads any more.
func (f *Form) With(o Override) (own *Form, conflicts []string) {
	copied := *f
	own = &copied
	own.Clocks = slices.Clone(f.Clocks)
	for _, key := range slices.Sorted(maps.Keys(o.Days)) {
		days, used := o.Days[key], false
		for i, c := range own.Clocks {
			switch {
			case c.Key != key:
			case days < 1 || days > c.Days:
				conflicts = append(conflicts, fmt.Sprintf("กำหนดเวลา %s %d วัน ไม่อยู่ระหว่าง 1 ถึง %d วันตามแบบกลาง", key, days, c.Days))
				used = true
			default:
				own.Clocks[i].Days, used = days, true
			}
		}
		if !used {
			conflicts = append(conflicts, fmt.Sprintf("แบบกลางไม่มีกำหนดเวลา %s แล้ว", key))
		}
	}
	own.Fee.Tables = slices.Clone(f.Fee.Tables)
	for key, tables := range tablesByKey(o.Tables) {
		if !slices.ContainsFunc(f.Fee.Tables, func(t FeeTable) bool { return t.Key == key }) {
			conflicts = append(conflicts, fmt.Sprintf("แบบกลางไม่มีตารางค่าธรรมเนียม %s แล้ว", key))
			continue
		}
		conflicts = append(conflicts, rowsMissing(f.Fee, key, tables)...)
		own.Fee.Tables = slices.DeleteFunc(own.Fee.Tables, func(t FeeTable) bool { return t.Key == key })
		own.Fee.Tables = append(own.Fee.Tables, tables...)
	}
	own.Fee.Waivers = slices.Clone(f.Fee.Waivers)
	for _, w := range o.Waivers {
		if unknown := slices.DeleteFunc(slices.Clone(w.Lines), f.Fee.line); len(unknown) > 0 {
			conflicts = append(conflicts, fmt.Sprintf("แบบกลางไม่มีรายการค่าธรรมเนียม %s แล้ว", strings.Join(unknown, ", ")))
			continue
		}
		w.When, w.when = "", nil // an agency waives by date and line
		own.Fee.Waivers = append(own.Fee.Waivers, w)
	}
	if o.Note != (Text{}) {
		own.Fee.Note = o.Note
	}
	own.Outcomes = slices.Clone(f.Outcomes)
	for i := range own.Outcomes {
		if own.Outcomes[i].Kind == Permit {
			own.Outcomes[i].Conditions = slices.Concat(own.Outcomes[i].Conditions, o.Conditions)
		}
	}
	own.Legal = slices.Concat(f.Legal, o.Legal)
	if o.FormCode != "" {
		own.FormCode = o.FormCode
	}
	if o.Queue != "" {
		own.Queue, own.Queues = o.Queue, nil
	}
	own.Signer = cmp.Or(o.Signer, f.Signer)
	slices.Sort(conflicts)
	return own, conflicts
}

func tablesByKey(tables []FeeTable) map[string][]FeeTable {
	by := map[string][]FeeTable{}
	for _, t := range tables {
		by[t.Key] = append(by[t.Key], t)
	}
	return by
}

// rowsMissing names the rows of the template that an agency's own tables say nothing about: whoever answers
// so is told no fee.
func rowsMissing(fee Fee, key string, own []FeeTable) (missing []string) {
	for _, central := range fee.Tables {
		if central.Key != key {
			continue
		}
		for _, row := range central.Rows {
			has := func(t FeeTable) bool {
				return slices.ContainsFunc(t.Rows, func(r FeeRow) bool { return r.Key == row.Key })
			}
			said := fmt.Sprintf("ตารางค่าธรรมเนียม %s ของหน่วยงานไม่มีรายการ “%s”", key, row.Label.TH)
			if !slices.ContainsFunc(own, has) && !slices.Contains(missing, said) {
				missing = append(missing, said)
			}
		}
	}
	return missing
}

func (f Fee) line(key string) bool {
	return slices.ContainsFunc(f.Lines, func(l FeeLine) bool { return l.Key == key })
}

// Check says what is wrong with an override by itself, in the words of an officer; empty: nothing.
func (o Override) Check() (wrong []string) {
	for i, t := range o.Tables {
		if t.Law.TH == "" {
			wrong = append(wrong, fmt.Sprintf("ตาราง %s ยังไม่ได้บอกข้อบัญญัติ", t.Key))
		}
		if !t.From.IsZero() && !t.Until.IsZero() && t.Until.Before(t.From.Time) {
			wrong = append(wrong, fmt.Sprintf("ตาราง %s สิ้นสุดก่อนวันเริ่ม", t.Key))
		}
		for _, r := range t.Rows {
			if r.Baht < 0 || r.Baht > mostBaht {
				wrong = append(wrong, fmt.Sprintf("ตาราง %s รายการ “%s” จำนวนเงินไม่ถูกต้อง", t.Key, r.Label.TH))
			}
		}
		for _, other := range o.Tables[:i] {
			if other.Key == t.Key && overlap(other.From, other.Until, t.From, t.Until) {
				wrong = append(wrong, fmt.Sprintf("ตาราง %s มีผลซ้อนวันกัน ให้ตารางเดิมสิ้นสุดก่อนวันที่ตารางใหม่เริ่ม", t.Key))
			}
		}
	}
	for _, w := range o.Waivers {
		if w.Law.TH == "" || w.Text.TH == "" {
			wrong = append(wrong, "การยกเว้นค่าธรรมเนียมต้องบอกชื่อและกฎหมาย")
		}
		if w.Percent < 0 || w.Percent > 100 {
			wrong = append(wrong, "ร้อยละที่ยกเว้นต้องอยู่ระหว่าง 1 ถึง 100")
		}
	}
	return wrong
}
