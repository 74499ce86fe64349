// Package sheet lays out an electronic permit: one PDF/A-3 file that a person reads, a phone checks by its QR code and a
// program reads by the data attached inside. The same input and time give the same bytes.
package sheet

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Document is what stands on a permit. Everything is shown as given; what is empty is left out.
type Document struct {
	Number     string // of the permit: HB-2569-000001
	Book       string // of the paper register, if the agency keeps one
	Title      string // ใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ
	FormCode   string // a label that differs between agencies: กอ.2, อภ.2
	Agency     Agency
	LegalBasis string // what the permit rests on
	Holder     string // name of the person or company
	Sections   []Section
	Fee        Fee
	Conditions []string
	IssuedOn   time.Time
	ValidUntil time.Time // zero: no end
	Signer     Signer
	Replaces   string // number of the permit this one stands in for; under a title that begins with ใบแทน it is marked so
	VerifyURL  string // where anyone checks the permit: https://…/p/HB-2569-000001
	Notice     string // the duty to display; empty: the usual words
}

// Agency is who issues the permit.
type Agency struct {
	Name     string
	Unit     string // กองสาธารณสุขและสิ่งแวดล้อม
	Address  string
	Phone    string
	Code     string
	TaxID    string
	Initials string // in the seal; empty: made from the name
}

// Section is a group of rows under a heading.
type Section struct {
	Heading string
	Rows    []Row
}

// Row is one labelled value.
type Row struct {
	Label string
	Value string
	Data  string // where the value goes in the attached data (domain list): premises.name, activity.horsepower …; may be empty
	// Public replaces the value in the attached data when that must not carry the value itself (a national number).
	Public string
}

// Fee is what was paid for the permit. Without an amount the note stands alone; without either there is said to be no fee.
type Fee struct {
	Satang    int64
	Note      string // ต่อปี
	ReceiptNo string
	PaidOn    time.Time
}

// Signer is the official who issued the permit.
type Signer struct {
	Name      string
	Post      string // may have several lines
	ActingFor string // post of the official the signer acts for
	SignedAt  time.Time
}

// usualNotice is printed when a document brings no words of its own.
const usualNotice = "ต้องแสดงใบอนุญาตนี้ไว้ในที่เปิดเผย เห็นได้ง่าย ณ สถานประกอบกิจการ ตลอดเวลาที่ประกอบกิจการ"

// check refuses a document that could not be checked or found again.
func (d Document) check() error {
	missing := ""
	switch {
	case d.Number == "":
		missing = "เลขที่ใบอนุญาต"
	case d.Title == "":
		missing = "ชื่อใบอนุญาต"
	case d.Agency.Name == "":
		missing = "ชื่อหน่วยงาน"
	case d.Holder == "":
		missing = "ชื่อผู้รับใบอนุญาต"
	case d.IssuedOn.IsZero():
		missing = "วันที่ออกใบอนุญาต"
	}
	if missing != "" {
		return fault.Newf(fault.Invalid, "สร้างเอกสารใบอนุญาตไม่ได้ เพราะยังไม่มี{what}", "what", missing)
	}
	u, err := url.Parse(d.VerifyURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(d.VerifyURL) > 300 {
		return fault.Wrap(fault.Invalid, "สร้างเอกสารใบอนุญาตไม่ได้ เพราะที่อยู่สำหรับตรวจสอบไม่ถูกต้อง", err)
	}
	return nil
}

// day writes a date for programs, in Bangkok.
func day(t time.Time) string { return t.In(thai.Bangkok()).Format("2006-01-02") }

// numbers are the places in the attached data that hold numbers.
func isNumber(place string) bool {
	switch place {
	case "premises.lat", "premises.lon", "activity.area_m2", "activity.horsepower", "activity.workers":
		return true
	}
	return false
}

// data writes the machine-readable permit that is attached to the file: the minimal e-licence data, and every row as printed.
func (d Document) data() ([]byte, error) {
	out := map[string]any{
		"schema": "saphan/e-licence/1", "licence_no": d.Number, "year_be": thai.BuddhistYear(d.IssuedOn), "kind": d.Title,
		"issued_on": day(d.IssuedOn), "valid_from": day(d.IssuedOn), "status": "issued", "verify_url": d.VerifyURL,
		"agency": present("name", d.Agency.Name, "unit", d.Agency.Unit, "code", d.Agency.Code, "tax_id", d.Agency.TaxID),
		"holder": present("name", d.Holder),
		"signer": present("name", d.Signer.Name, "post", d.Signer.Post, "acting_for", d.Signer.ActingFor),
	}
	for key, value := range present("book_no", d.Book, "form_code", d.FormCode, "replaces", d.Replaces, "legal_basis", d.LegalBasis) {
		out[key] = value
	}
	if !d.ValidUntil.IsZero() {
		out["valid_until"] = day(d.ValidUntil)
	}
	fee := present("receipt_no", d.Fee.ReceiptNo, "note", d.Fee.Note)
	if d.Fee.Satang > 0 || d.Fee.Note == "" {
		fee["amount"] = fmt.Sprintf("%d.%02d", d.Fee.Satang/100, d.Fee.Satang%100)
		fee["currency"] = "THB"
	}
	if !d.Fee.PaidOn.IsZero() {
		fee["receipt_date"] = day(d.Fee.PaidOn)
	}
	out["fee"] = fee
	out["conditions"] = append([]string{}, d.Conditions...)
	items := []map[string]any{}
	for _, s := range d.Sections {
		for _, r := range s.Rows {
			value := r.Value
			if r.Public != "" {
				value = r.Public
			}
			items = append(items, present("section", s.Heading, "label", r.Label, "value", value))
			group, name, ok := strings.Cut(r.Data, ".")
			if !ok {
				continue
			}
			inner, ok := out[group].(map[string]any)
			if !ok {
				inner = map[string]any{}
				out[group] = inner
			}
			inner[name] = value
			if n, ok := amount(r.Value); ok && isNumber(r.Data) {
				inner[name] = n
			}
		}
	}
	out["items"] = items
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the attached data: %w", err)
	}
	return append(b, '\n'), nil
}

// amount reads the number at the beginning of a value, before its unit: 1,200.5 ตร.ม.
func amount(value string) (float64, bool) {
	first, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	n, err := thai.ParseNumber(first)
	return n, err == nil
}

// present makes an object of the pairs whose value is not empty.
func present(pairs ...string) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out[pairs[i]] = pairs[i+1]
		}
	}
	return out
}
