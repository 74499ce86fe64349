package papers

import (
	"strings"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/thai"
)

// Letter is a letter of an agency to a citizen in the form of official correspondence (หนังสือราชการ). It is in Thai, and
// carries no emblem, because it belongs to an application (LOC-16).
type Letter struct {
	Number     string // ที่
	Agency     Agency
	At         time.Time
	About      string   // เรื่อง
	To         string   // เรียน
	Refers     string   // อ้างถึง; empty: to nothing
	Body       []string // paragraphs, without what ends a letter
	Facts      []Section
	Officer    Officer  // who signs
	Copies     []string // to whom copies go
	VerifyURL  string   // where the letter can be checked
	ThaiDigits bool
}

const letterName = "หนังสือ"

func (l Letter) check() error {
	err := need(letterName, "เลขที่", l.Number, "ชื่อหน่วยงาน", l.Agency.Name, "เรื่อง", l.About, "ผู้รับ", l.To, "ข้อความ", strings.Join(l.Body, ""), "ชื่อผู้ลงนาม", l.Officer.Name)
	if err != nil {
		return err
	}
	if l.At.IsZero() {
		return need(letterName, "วันที่", "")
	}
	return needLink(letterName, l.VerifyURL)
}

// PDF draws the letter.
func (l Letter) PDF() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{Title: l.About + " ที่ " + l.Number, Author: l.Agency.Name, Subject: l.About, At: l.At}, l.ThaiDigits, l.To, l.Agency.Name, l.Officer.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = l.Number, "ออกโดยระบบอิเล็กทรอนิกส์ของ"+l.Agency.Name+" เมื่อ "+moment(l.At)
	return s.write(func(c *pdf.Page) float64 {
		agency := l.Agency
		agency.Emblem, agency.TaxID = nil, ""
		y := s.letterhead(c, agency, Row{"ที่", l.Number}) - 30
		s.part(c, "P", func() { c.Centred(s.regular, pdf.Width/2, y, 12, ink, s.text(day(l.At))) })
		return y - 10
	}, l.body(s))
}

func (l Letter) body(s *sheet) []pdf.Piece {
	out := s.rows([]Row{{"เรื่อง", l.About}, {"เรียน", l.To}, {"อ้างถึง", l.Refers}})
	out = append(out, gap(8))
	for _, p := range l.Body {
		out = append(out, s.indented(p)...)
		out = append(out, gap(6))
	}
	for _, f := range l.Facts {
		out = append(out, s.section(f.Heading, s.rows(f.Rows)...)...)
	}
	out = append(out, gap(10), s.signature(l.Officer, l.At, header{"ขอแสดงความนับถือ", 11, ink}))
	if len(l.Copies) > 0 {
		out = append(out, gap(10))
		out = append(out, s.lines(s.regular, 9, left, measure, faint, "สำเนาส่ง "+strings.Join(l.Copies, " "))...)
	}
	return append(out, s.check("ตรวจสอบหนังสือและติดตามเรื่อง", "สแกนคิวอาร์โค้ดด้วยกล้องโทรศัพท์ หรือเปิดที่อยู่ด้านล่าง แล้วเทียบเลขที่และข้อความ", l.VerifyURL)...)
}

// indented is a paragraph whose first line begins further to the right, as letters have it.
func (s *sheet) indented(text string) []pdf.Piece {
	const size, inset = 11.0, 36.0
	lines := s.wrap(s.regular, size, measure-inset, text)
	if len(lines) == 0 || s.text(text) == "" {
		return nil
	}
	e := element(s.file.Root, "P")
	first := lines[0]
	rest := strings.TrimLeft(strings.TrimPrefix(s.text(text), strings.TrimRight(first, " ")), " \n")
	out := []pdf.Piece{{Height: lead(size), Draw: func(c *pdf.Page, y float64) {
		c.In(e(), func() { c.Text(s.regular, left+inset, y-size*1.15, size, ink, first) })
	}}}
	return kept(append(out, s.linesOf(e, s.regular, size, left, measure, ink, rest)...))
}

// header is what stands above a signature.
type header struct {
	text string
	size float64
	ink  pdf.Colour
}

// signature is who signed, and when; it is never split.
func (s *sheet) signature(o Officer, at time.Time, above header) pdf.Piece {
	const wide = 240.0
	words := append(s.bold.Balanced(s.words, s.text("("+o.Name+")"), 11, wide), s.regular.Balanced(s.words, s.text(o.Post), 10, wide)...)
	return pdf.Piece{Height: 52 + 16*float64(len(words)), Draw: func(c *pdf.Page, y float64) {
		middle := right - wide/2
		s.part(c, "P", func() {
			c.Centred(s.regular, middle, y-16, above.size, above.ink, above.text)
			c.Centred(s.regular, middle, y-34, 8, faint, s.text("ลงนามด้วยวิธีการทางอิเล็กทรอนิกส์ เมื่อ "+thai.DateTime(at)))
		})
		s.part(c, "P", func() {
			for i, line := range words {
				face, size := s.bold, 11.0
				if i > 0 {
					face, size = s.regular, 10
				}
				c.Centred(face, middle, y-54-16*float64(i), size, ink, line)
			}
		})
	}}
}
