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
	Off        bool                  `json:"off,omitempty"`       // the agency does not offer the service
	FormCode   string                `json:"form_code,omitempty"` // name of the paper form there
	Days       map[ClockKey]int      `json:"days,omitempty"`      // fewer days than the template gives, by the Name of the clock
	Tables     []FeeTable            `json:"tables,omitempty"`    // in place of all tables with the same key
	Waivers    []Waiver              `json:"waivers,omitempty"`   // besides those of the template
	Conditions []Text                `json:"conditions,omitempty"`
	Legal      []Text                `json:"legal_basis,omitempty"` // the agency's own ordinances
	Signer     string                `json:"signer,omitempty"`      // post of who signs what comes out
	Note       Text                  `json:"note,omitzero"`         // about the fee, in place of the template's
	Queue      string                `json:"queue,omitempty"`       // in place of where the agency works on the service; those of a Branch stay
	Deciding   Deciding              `json:"deciding,omitzero"`     // besides what the template asks for
	Auto       map[string]AutoChoice `json:"auto,omitempty"`        // which rules are on, and their limits, by the key of the rule
	Confirmed  []string              `json:"confirmed,omitempty"`   // entries of Form.Unconfirmed that the agency has checked
}

// Empty reports whether the agency does everything as the template says.
func (o Override) Empty() bool {
	return !o.Off && o.FormCode == "" && len(o.Days) == 0 && len(o.Tables) == 0 && len(o.Waivers) == 0 && len(o.Conditions) == 0 &&
		len(o.Legal) == 0 && o.Signer == "" && o.Note == Text{} && o.Queue == "" && o.Deciding.empty() && len(o.Auto) == 0 && len(o.Confirmed) == 0
}

// With returns the form as an agency has it. What does not fit the form is left out and named, for the
// agency to mend: more days than the template gives, a table that nothing reads any more.
func (f *Form) With(o Override) (own *Form, conflicts []string) {
	copied := *f
	own = &copied
	conflicts = slices.Concat(own.hasten(o.Days), own.price(o.Tables), own.waive(o.Waivers))
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
		own.Queue, own.moved = o.Queue, true
	}
	own.Signer = cmp.Or(o.Signer, f.Signer)
	own.Deciding = f.Deciding.with(o.Deciding)
	conflicts = append(conflicts, own.automate(o.Auto)...)
	own.Unconfirmed = slices.DeleteFunc(slices.Clone(f.Unconfirmed), func(entry string) bool { return f.settled(entry, o) })
	slices.Sort(conflicts)
	return own, conflicts
}

// hasten gives the clocks the agency's days.
func (f *Form) hasten(days map[ClockKey]int) (conflicts []string) {
	f.Clocks = slices.Clone(f.Clocks)
	for _, name := range slices.Sorted(maps.Keys(days)) {
		i := slices.IndexFunc(f.Clocks, func(c Clock) bool { return c.Name() == name })
		if i < 0 {
			conflicts = append(conflicts, fmt.Sprintf("แบบกลางไม่มีกำหนดเวลา “%s” แล้ว จำนวนวันที่ตั้งไว้จึงไม่มีผล ให้บันทึกหน้านี้อีกครั้งเพื่อนำออก", name.Thai()))
			continue
		}
		if own := f.Clocks[i]; own.Key == Supply && days[name] < own.Days { // the citizen's time: more of it, never less (LFA-8.1)
			conflicts = append(conflicts, fmt.Sprintf("กำหนดเวลา “%s” ตั้งไว้ %d วัน แต่แบบกลางให้ประชาชนไม่น้อยกว่า %d วัน ระบบใช้ %d วันไปก่อน ให้แก้เป็น %d วันขึ้นไป หรือเว้นว่าง", name.Thai(), days[name], own.Days, own.Days, own.Days))
			continue
		}
		if most := f.Clocks[i].Days; days[name] < 1 || days[name] > most && f.Clocks[i].Key != Supply {
			conflicts = append(conflicts, fmt.Sprintf("กำหนดเวลา “%s” ตั้งไว้ %d วัน แต่แบบกลางให้ไม่เกิน %d วัน ระบบใช้ %d วันไปก่อน ให้แก้เป็น 1 ถึง %d วัน หรือเว้นว่าง", name.Thai(), days[name], most, most, most))
			continue
		}
		f.Clocks[i].Days = days[name]
	}
	return conflicts
}

// price puts the agency's tables in the place of those with their keys.
func (f *Form) price(tables []FeeTable) (conflicts []string) {
	central := *f
	f.Fee.Tables = slices.Clone(f.Fee.Tables)
	for key, own := range tablesByKey(tables) {
		if !slices.ContainsFunc(central.Fee.Tables, func(t FeeTable) bool { return t.Key == key }) {
			conflicts = append(conflicts, fmt.Sprintf("แบบกลางไม่มีตารางค่าธรรมเนียม %s แล้ว อัตราที่ตั้งไว้จึงไม่มีผล ให้ใส่อัตราของหน่วยงานในตารางของแบบกลางรุ่นนี้ เมื่อบันทึกหน้าบริการระบบจะนำอัตราเดิมออก", key))
			continue
		}
		conflicts = append(conflicts, central.rowsMissing(key, own)...)
		f.Fee.Tables = slices.DeleteFunc(f.Fee.Tables, func(t FeeTable) bool { return t.Key == key })
		f.Fee.Tables = append(f.Fee.Tables, own...)
	}
	return conflicts
}

// waive adds the agency's waivers.
func (f *Form) waive(waivers []Waiver) (conflicts []string) {
	f.Fee.Waivers = slices.Clone(f.Fee.Waivers)
	for _, w := range waivers {
		if unknown := slices.DeleteFunc(slices.Clone(w.Lines), f.Fee.line); len(unknown) > 0 {
			conflicts = append(conflicts, fmt.Sprintf("แบบกลางไม่มีรายการค่าธรรมเนียม %s แล้ว การยกเว้น “%s” จึงไม่มีผล ให้เลือกรายการใหม่หรือลบการยกเว้นนี้", strings.Join(unknown, ", "), w.Text.TH))
			continue
		}
		w.When, w.when = "", nil // an agency waives by date and line
		f.Fee.Waivers = append(f.Fee.Waivers, w)
	}
	return conflicts
}

// settled reports whether an agency has checked a value that needs an official source, or put its own in its place.
func (f *Form) settled(entry string, o Override) bool {
	if slices.Contains(o.Confirmed, entry) {
		return true
	}
	switch head, index := pathOf(entry); head {
	case "form_code":
		return o.FormCode != ""
	case "fee.tables":
		own := tablesByKey(o.Tables)
		return len(f.Fee.Tables) > 0 && !slices.ContainsFunc(f.Fee.Tables, func(t FeeTable) bool {
			return own[t.Key] == nil && (index < 0 || index < len(f.Fee.Tables) && f.Fee.Tables[index].Key == t.Key)
		})
	case "clocks":
		return index >= 0 && index < len(f.Clocks) && o.Days[f.Clocks[index].Name()] != 0
	default:
		return false
	}
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
func (f *Form) rowsMissing(key string, own []FeeTable) (missing []string) {
	for _, central := range f.Fee.Tables {
		if central.Key != key {
			continue
		}
		for _, row := range central.Rows {
			has := func(t FeeTable) bool {
				return slices.ContainsFunc(t.Rows, func(r FeeRow) bool { return r.Key == row.Key })
			}
			said := fmt.Sprintf("อัตรา “%s” ของหน่วยงานไม่มีรายการ “%s” ผู้ที่ตอบเช่นนี้จะไม่ทราบค่าธรรมเนียม ให้ใส่จำนวนเงินของรายการนี้", f.TableName(key).TH, row.Label.TH)
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
func (o Override) Check(f *Form) (wrong []string) {
	for i, t := range o.Tables {
		name := f.TableName(t.Key).TH
		if t.Law.TH == "" {
			wrong = append(wrong, fmt.Sprintf("อัตรา “%s” ยังไม่ได้บอกข้อบัญญัติ ให้ใส่ชื่อและปีของข้อบัญญัติที่กำหนดอัตรานี้", name))
		}
		if !t.From.IsZero() && !t.Until.IsZero() && t.Until.Before(t.From.Time) {
			wrong = append(wrong, fmt.Sprintf("อัตรา “%s” สิ้นสุดก่อนวันเริ่มใช้ ให้ตรวจวันที่ทั้งสอง", name))
		}
		for _, r := range t.Rows {
			if r.Baht < 0 || r.Baht > mostBaht {
				wrong = append(wrong, fmt.Sprintf("อัตรา “%s” รายการ “%s” จำนวนเงินไม่ถูกต้อง ให้ใส่จำนวนบาทตั้งแต่ 0 ขึ้นไป", name, r.Label.TH))
			}
		}
		for _, other := range o.Tables[:i] {
			if other.Key == t.Key && overlap(other.From, other.Until, t.From, t.Until) {
				wrong = append(wrong, fmt.Sprintf("อัตรา “%s” มีสองอัตราใช้ในวันเดียวกัน ให้อัตราเดิมสิ้นสุดก่อนวันที่อัตราใหม่เริ่ม", name))
			}
		}
	}
	wrong = append(wrong, f.checkAuto(o.Auto)...)
	for _, w := range o.Waivers {
		if w.Law.TH == "" || w.Text.TH == "" {
			wrong = append(wrong, "การยกเว้นค่าธรรมเนียมต้องบอกทั้งชื่อและกฎหมายที่ให้ยกเว้น")
		}
		if w.Percent < 0 || w.Percent > 100 {
			wrong = append(wrong, "ร้อยละที่ยกเว้นต้องอยู่ระหว่าง 1 ถึง 100")
		}
		if !w.From.IsZero() && !w.Until.IsZero() && w.Until.Before(w.From.Time) {
			wrong = append(wrong, fmt.Sprintf("การยกเว้น “%s” สิ้นสุดก่อนวันเริ่ม ให้ตรวจวันที่ทั้งสอง", w.Text.TH))
		}
	}
	return wrong
}
