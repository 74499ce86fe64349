package papers

import (
	"time"

	"saphan/internal/pdf"
)

// Application is what an officer filled in for somebody at the counter, printed to be signed by pen (MTH-1.3). Nothing on it
// is a signature before the pen: the names under the lines stay blank too. It carries no emblem (LOC-16). It is in Thai.
type Application struct {
	Reference  string // until the case has its number
	Service    string
	FormCode   string
	Agency     Agency
	Citizen    string // for whom it was filled in
	Answers    []Section
	Files      []string // what was brought with it
	Declares   string   // what the citizen declares by signing
	Notice     []string // what is done with their data
	Officer    Officer  // who filled it in
	FilledAt   time.Time
	ThaiDigits bool
}

const applicationName = "แบบคำขอสำหรับลงชื่อ"

// PDF draws the sheet.
func (a Application) PDF() ([]byte, error) {
	err := need(applicationName, "เลขอ้างอิง", a.Reference, "ชื่อหน่วยงาน", a.Agency.Name, "ชื่อบริการ", a.Service, "ชื่อผู้ยื่น", a.Citizen, "ชื่อเจ้าหน้าที่", a.Officer.Name)
	if err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{Title: applicationName + " " + a.Reference, Author: a.Agency.Name, Subject: a.Service, At: a.FilledAt, Lang: "th-TH"}, a.ThaiDigits, a.Citizen, a.Agency.Name, a.Officer.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = a.Reference, "กรอกด้วยระบบอิเล็กทรอนิกส์ของ"+a.Agency.Name+" เมื่อ "+moment(a.FilledAt)
	return s.write(func(c *pdf.Page) float64 {
		agency := a.Agency
		agency.Emblem, agency.TaxID = nil, ""
		y := s.letterhead(c, agency, Row{"อ้างอิง", a.Reference}, Row{"แบบ", a.FormCode})
		return s.heading(c, y, applicationName, a.Service) - 6
	}, a.body(s))
}

func (a Application) body(s *sheet) []pdf.Piece {
	out := s.section("ผู้ยื่นคำขอ", s.rows([]Row{{"ชื่อ", a.Citizen}, {"กรอกโดยเจ้าหน้าที่", a.Officer.Name}})...)
	for _, part := range a.Answers {
		name := part.Heading
		if name == "" {
			name = "ข้อมูลที่ยื่น"
		}
		out = append(out, s.section(name, s.rows(part.Rows)...)...)
	}
	if len(a.Files) > 0 {
		out = append(out, s.section("เอกสารที่นำมา", s.list(a.Files, true)...)...)
	}
	for _, p := range a.Notice {
		out = append(out, s.lines(s.regular, smallSize, left, measure, faint, p)...)
	}
	if a.Declares != "" {
		out = append(out, gap(6))
		out = append(out, s.paragraph(a.Declares)...)
	}
	return append(out, gap(8), s.pens("ผู้ยื่นคำขอ", "เจ้าหน้าที่ผู้รับคำขอ"))
}

// pens is a blank for the pen of each of two people, beside each other; it is never split.
func (s *sheet) pens(first, second string) pdf.Piece {
	const high, wide = 104.0, measure / 2
	return pdf.Piece{Height: high, Draw: func(c *pdf.Page, y float64) {
		for i, who := range []string{first, second} {
			middle := left + wide*(float64(i)+0.5)
			s.part(c, "P", func() {
				c.Centred(s.regular, middle, y-38, 10.5, ink, "ลงชื่อ ................................................")
				c.Centred(s.regular, middle, y-60, 10.5, ink, "( ................................................ )")
				c.Centred(s.regular, middle, y-78, 10, ink, who)
				c.Centred(s.regular, middle, y-96, 10, ink, "วันที่ ........ / ........ / ............")
			})
		}
	}}
}
