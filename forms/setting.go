package forms

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"saphan/internal/thai"
)

// TableName says what a table of fees is for: the first line of the bill that reads it.
func (f *Form) TableName(key string) Text {
	for _, l := range f.Fee.Lines {
		if strings.Contains(l.Baht, "tables."+key) {
			return l.Label
		}
	}
	return Text{TH: key, EN: key}
}

// Setting is one setting of a service in words.
type Setting struct {
	What  string // in Thai
	Value string // as it stands; empty: it says itself
}

var indexed = regexp.MustCompile(`^(.*?)\[(\d+)\]`)

// pathOf takes the head of a setting's path and its number apart: clocks[1].days is clocks and 1. Without a
// number it is the path itself and -1. Words in brackets behind a path are remarks.
func pathOf(entry string) (head string, index int) {
	path, _, _ := strings.Cut(entry, " (")
	m := indexed.FindStringSubmatch(path)
	if m == nil {
		return path, -1
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return path, -1
	}
	return m[1], n
}

// Unsettled is an entry of Unconfirmed in words, for the officer who looks for its source.
func (f *Form) Unsettled(entry string) Setting {
	path, _, _ := strings.Cut(entry, " (")
	head, index := pathOf(entry)
	switch {
	case head == "fee.tables" && index < 0:
		return Setting{"อัตราค่าธรรมเนียม", "อัตราตัวอย่าง ให้ใส่อัตราตามข้อบัญญัติของหน่วยงาน"}
	case head == "fee.tables" && index < len(f.Fee.Tables):
		t := f.Fee.Tables[index]
		return Setting{"อัตรา “" + f.TableName(t.Key).TH + "”", t.Law.TH + " " + Span(t.From, t.Until)}
	case head == "clocks" && index >= 0 && index < len(f.Clocks):
		c := f.Clocks[index]
		return Setting{"กำหนดเวลา “" + c.Key.Thai() + "”", fmt.Sprintf("%d %s: %s", c.Days, c.Unit.Thai(), c.Law.TH)}
	case head == "clocks" || head == "clock":
		return Setting{"กำหนดเวลาทุกขั้น", f.listed("clocks")}
	case head == "form_code":
		return Setting{"ชื่อแบบฟอร์มกระดาษ", f.FormCode}
	case head == "appeal":
		return Setting{"การอุทธรณ์", fmt.Sprintf("%s ภายใน %d วัน", f.Appeal.Body.TH, f.Appeal.Days)}
	case head == "retention_class":
		return Setting{"อายุการเก็บเอกสาร", "หมวด " + f.Retention}
	case head == "legal_basis" && index >= 0 && index < len(f.Legal):
		return Setting{"ฐานกฎหมาย", f.Legal[index].TH}
	}
	s := f.setting(path)
	if s.Value == "" {
		s.Value = f.listed(path)
	}
	return s
}

// listed says what there is of something that a service has several of, so that whoever checks it knows what; empty: it
// is no such list.
func (f *Form) listed(path string) string {
	var all []string
	switch path {
	case "clocks":
		for _, c := range f.Clocks {
			all = append(all, fmt.Sprintf("%s %d %s", c.Key.Thai(), c.Days, c.Unit.Thai()))
		}
	case "fee.waivers":
		if all = f.waiverWords(f.Fee.Waivers); len(all) == 0 {
			return "แบบกลางไม่ยกเว้นหรือลดให้ผู้ใด"
		}
	case "fee.lines":
		for _, l := range f.Fee.Lines {
			all = append(all, l.Label.TH)
		}
	case "reasons":
		for _, r := range f.Reasons {
			all = append(all, r.Text.TH)
		}
	case "outcomes":
		for _, o := range f.Outcomes {
			all = append(all, o.Title.TH)
		}
	default:
		return f.choicesIn(path)
	}
	return strings.Join(all, " · ")
}

// choicesIn counts the choices of a question: there can be hundreds.
func (f *Form) choicesIn(path string) string {
	path, of := strings.CutSuffix(path, ".choices")
	if !of {
		return ""
	}
	fields, found := f.Fields, Field{}
	for key := range strings.SplitSeq(strings.TrimPrefix(path, "fields."), ".fields.") {
		i := slices.IndexFunc(fields, func(fl Field) bool { return fl.Key == key })
		if i < 0 {
			return ""
		}
		found, fields = fields[i], fields[i].Fields
	}
	return thai.Number(float64(len(found.Choices))) + " ตัวเลือก"
}

// StillConfirmed returns the entries of Unconfirmed that an agency checked in one version of a service and that another
// version says in the same way: what the centre changed is to be checked anew.
func StillConfirmed(before, after *Form, confirmed []string) []string {
	changed := Compare(before, after)
	return slices.DeleteFunc(slices.Clone(confirmed), func(entry string) bool {
		path := after.keyed(entry)
		return slices.ContainsFunc(changed, func(d Difference) bool {
			rest, under := strings.CutPrefix(d.Where, path)
			return under && (rest == "" || rest[0] == '.' || rest[0] == '[')
		})
	})
}

// keyed is the path of an entry of Unconfirmed as Compare has it: reasons stand by their keys, and remarks are none of it.
func (f *Form) keyed(entry string) string {
	path, _, _ := strings.Cut(entry, " (")
	if head, index := pathOf(path); head == "reasons" && index >= 0 && index < len(f.Reasons) {
		return strings.Replace(path, fmt.Sprintf("reasons[%d]", index), "reasons."+f.Reasons[index].Key, 1)
	}
	if path == "clock" {
		return "clocks"
	}
	return path
}

// Span says between which days something holds.
func Span(from, until Day) string {
	switch {
	case from.IsZero() && until.IsZero():
		return "ไม่จำกัดวัน"
	case until.IsZero():
		return "ตั้งแต่ " + thai.Date(from.Time) + " เป็นต้นไป"
	case from.IsZero():
		return "ถึง " + thai.Date(until.Time)
	default:
		return thai.Date(from.Time) + " ถึง " + thai.Date(until.Time)
	}
}

// settingWords are what settings are called, by the last name in their path.
var settingWords = map[string]string{
	"kind": "ชนิดของคำตอบ", "label": "ชื่อ", "ask": "ข้อความที่ถาม", "help": "คำอธิบาย", "example": "ตัวอย่าง", "when": "เงื่อนไข", "min": "ค่าต่ำสุด", "max": "ค่าสูงสุด", "unit": "หน่วย",
	"max_length": "ความยาวมากที่สุด", "multiple": "จำนวนไฟล์มากที่สุด", "optional": "ข้ามได้", "issuer": "ผู้ออกเอกสาร", "copies": "จำนวนชุด", "section": "หัวข้อ", "days": "จำนวนวัน",
	"law": "กฎหมาย", "baht": "จำนวนเงิน", "from": "วันเริ่มใช้", "until": "วันสุดท้าย", "percent": "ร้อยละที่ยกเว้น", "times": "จำนวนครั้งที่ขยายได้", "extend": "การขยายเวลา",
	"valid_years": "อายุ (ปี)", "code": "อักษรย่อในเลขที่", "form_code": "ชื่อแบบฟอร์ม", "title": "ชื่อ", "conditions": "เงื่อนไขท้ายใบอนุญาต", "displayed": "ต้องแสดง", "public": "เปิดในทะเบียน",
	"signature": "ระดับลายเซ็น", "replaces": "เป็นใบแทน", "former": "เลขที่ฉบับเดิม", "text": "ข้อความ", "body": "ผู้รับอุทธรณ์", "level": "ระดับการยืนยันตัวตน", "reason": "เหตุผล", "version": "รุ่น", "value": "สูตรคำนวณ",
	"summary": "คำอธิบายสั้น", "short": "ชื่อสั้น", "icon": "รูป", "order": "ลำดับในรายการ", "queue": "คิวงาน", "notice": "ประกาศความเป็นส่วนตัว", "retention_class": "อายุการเก็บเอกสาร",
	"appeal": "การอุทธรณ์", "note": "คำอธิบายค่าธรรมเนียม", "by": "วันที่ใช้อัตรา", "lines": "รายการ", "choices": "ตัวเลือก", "vault": "การใช้เอกสารซ้ำ", "sensitive": "ข้อมูลอ่อนไหว",
	"urgent": "เรื่องด่วน", "advice": "สิ่งที่ต้องทำทันที", "past": "ไม่หลังวันนี้", "future": "ไม่ก่อนวันนี้", "whole": "จำนวนเต็ม", "most": "มากที่สุด", "least": "น้อยที่สุด", "next": "ขั้นต่อไป", "declares": "คำรับรอง",
	"identity": "การยืนยันตัวตน", "legal_basis": "ฐานกฎหมาย", "reasons": "เหตุที่ไม่อนุมัติ", "outcomes": "ผลที่ออกให้", "signer": "ผู้ลงนาม", "holder": "ชื่อผู้ถือ", "shows": "รายการบนใบอนุญาต",
	"words": "คำค้น", "says": "ประโยคที่คนพูด", "subject": "สรุปเรื่อง", "queues": "คิวงานบางกรณี", "who": "ผู้ทำ", "fields": "คำถาม", "computed": "ค่าที่คำนวณ", "steps": "ขั้นตอน",
	"clocks": "กำหนดเวลา", "fee": "ค่าธรรมเนียม", "tables": "อัตรา", "waivers": "การยกเว้น", "rows": "รายการ", "in_person": "เหตุที่ต้องมาเอง", "own": "ยื่นแทนผู้อื่น", "human": "คุยกับเจ้าหน้าที่",
	"field": "คำตอบ", "type": "ชนิดเอกสาร", "profile": "ข้อมูลที่จำไว้", "partial": "ไม่ทราบวันหรือเดือนได้", "juristic": "นิติบุคคล", "item": "ชื่อของแต่ละรายการ", "more": "คำถามว่ามีอีกหรือไม่",
	"picture": "ภาพ", "auto_rules": "ขั้นตอนอัตโนมัติ", "notification": "เรื่องที่เป็นการแจ้ง", "after": "เวลาที่รอก่อน", "before": "จำนวนวันก่อนครบกำหนด", "off": "ปิดไว้ก่อน", "bound": "ไม่ใช้ดุลพินิจ",
	"closing": "การปิดเรื่อง", "requires": "หลักฐานการปิดเรื่อง", "confirm_days": "เวลาให้ประชาชนยืนยันผล", "duplicates": "เรื่องซ้ำ", "within_m": "ระยะห่าง (เมตร)", "same": "คำตอบที่ต้องตรงกัน",
}

// setting says a path of settings in Thai, fields.area.min is คำถาม “พื้นที่” ค่าต่ำสุด, and its value if that is one.
func (f *Form) setting(path string) Setting {
	path = f.keyed(path)
	names, _ := f.parts()
	values, labels := map[string]string{}, map[string]string{}
	flatten(f, values, labels)
	s := Setting{What: pathWords(path, names), Value: values[path+".th"]}
	if value := values[path]; value != "" {
		s.Value = valueWords(path, value, f)
		if strings.HasSuffix(path, "days") {
			s.Value += " วัน"
		}
	}
	return s
}

// pathWords walks down a path and says each part that has a name or a word.
func pathWords(path string, names map[string]string) string {
	parts := strings.Split(path, ".")
	language := ""
	if last := parts[len(parts)-1]; len(parts) > 1 && (last == "th" || last == "en") {
		parts = parts[:len(parts)-1]
		if last == "en" {
			language = " (ภาษาอังกฤษ)"
		}
	}
	var words []string
	at := ""
	for _, part := range parts {
		at = strings.TrimPrefix(at+"."+part, ".")
		list, _ := pathOf(part)
		name := names[at]
		if word := settingWords[list]; word != "" && (name == "" || list != part) {
			words = append(words, word)
		}
		if name != "" {
			words = append(words, "“"+name+"”")
		}
	}
	if len(words) == 0 {
		return path + language
	}
	return strings.Join(words, " ") + language
}
