package papers

import (
	"strconv"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/thai"
)

// Register is an agency's receive register on paper (ทะเบียนหนังสือรับ, MTH-2.3), one line a case. It is in Thai.
type Register struct {
	Agency     Agency
	Period     string // พ.ศ. 2569, or พฤศจิกายน 2569
	Entries    []Entered
	Whole      bool // no number of the year is missing
	MadeAt     time.Time
	ThaiDigits bool
}

// Entered is a line of a register.
type Entered struct {
	No        string // 1234
	Case      string // number of the case
	EnteredAt time.Time
	DeemedAt  time.Time
	From      string
	To        string
	About     string
	Result    string
	Way       string
}

const registerName = "ทะเบียนหนังสือรับ"

// PDF draws the register.
func (r Register) PDF() ([]byte, error) {
	if err := need(registerName, "ชื่อหน่วยงาน", r.Agency.Name, "ช่วงเวลา", r.Period); err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{Title: registerName + " " + r.Period, Author: r.Agency.Name, Subject: registerName, At: r.MadeAt, Lang: "th-TH"}, r.ThaiDigits, r.Agency.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = r.Period, "พิมพ์จากระบบอิเล็กทรอนิกส์ของ"+r.Agency.Name+" เมื่อ "+moment(r.MadeAt)
	return s.write(func(c *pdf.Page) float64 {
		agency := r.Agency
		agency.Emblem, agency.TaxID = nil, ""
		y := s.letterhead(c, agency, Row{"จำนวน", strconv.Itoa(len(r.Entries)) + " รายการ"})
		return s.heading(c, y, registerName, r.Period) - 6
	}, r.body(s))
}

func (r Register) body(s *sheet) []pdf.Piece {
	if len(r.Entries) == 0 {
		return s.paragraph("ไม่มีรายการในช่วงนี้")
	}
	rows := make([]row, len(r.Entries))
	for i, e := range r.Entries {
		deemed := para{}
		if !e.DeemedAt.Equal(e.EnteredAt) {
			deemed = para{text: "ถือว่าได้รับ " + thai.DateTime(e.DeemedAt), small: true, col: faint}
		}
		rows[i] = row{cells: []cell{
			strong(e.No), {{text: thai.DateTime(e.EnteredAt), col: ink}, deemed}, plain(e.From), plain(e.To),
			{{text: e.About, col: ink}, {text: e.Case + " · " + e.Way, small: true, col: faint}}, plain(e.Result),
		}}
	}
	out := s.table([]column{{"เลขรับ", 0.10, false}, {"รับเมื่อ", 0.15, false}, {"จาก", 0.17, false}, {"ถึง", 0.16, false}, {"เรื่อง", 0.27, false}, {"การปฏิบัติ", 0.15, false}}, rows)
	note := "เลขรับเรียงต่อเนื่องของหน่วยงานและปี พ.ศ. ระบบออกให้เมื่อเรื่องเข้าหน่วยงาน แก้ไขหรือลบไม่ได้"
	if r.Whole {
		note += " ทะเบียนปีนี้ครบทุกเลข ไม่มีเลขขาด"
	}
	return append(out, s.lines(s.regular, smallSize, left, measure, faint, note)...)
}
