package papers

import (
	"strconv"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/thai"
)

// Breach is what an agency tells the regulator of a breach of personal data: what the notification of the PDPC on telling it
// of breaches (B.E. 2565) asks for, in our own words. It is in Thai, and the same record gives the same bytes.
type Breach struct {
	Number        string // TB 3/2569
	Agency        Agency
	Contact       string
	DetectedAt    time.Time
	DueAt         time.Time
	HappenedFrom  time.Time // zero: not known
	HappenedUntil time.Time
	ReportedBy    string
	What          string
	Data          string
	Persons       int // 0: not known
	Estimated     bool
	Consequences  string
	Measures      string
	Risk          string
	RiskReasons   string
	LateWhy       string
	At            time.Time // of the record that it is drawn from
	ThaiDigits    bool
}

const breachName = "แบบแจ้งเหตุการละเมิดข้อมูลส่วนบุคคล"

// notKnown stands where a thing that is asked for is not known yet: it can be told later.
const notKnown = "ยังไม่ทราบ จะแจ้งเพิ่มเติม"

// PDF draws the form. What is not known yet is said to be so.
func (b Breach) PDF() ([]byte, error) {
	if err := need(breachName, "ชื่อหน่วยงาน", b.Agency.Name, "เลขที่", b.Number, "สิ่งที่เกิดขึ้น", b.What); err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{Title: breachName + " " + b.Number, Author: b.Agency.Name, Subject: breachName, At: b.At, Lang: "th-TH"}, b.ThaiDigits, b.Agency.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = b.Number, "ออกจากทะเบียนเหตุละเมิดข้อมูลส่วนบุคคลของ"+b.Agency.Name+" ตามข้อมูล ณ "+moment(b.At)
	return s.write(func(c *pdf.Page) float64 {
		agency := b.Agency
		agency.Emblem, agency.TaxID = nil, ""
		y := s.letterhead(c, agency, Row{"ที่", b.Number}, Row{"วันที่", thai.Date(b.At)})
		return s.heading(c, y, breachName, "เสนอ สำนักงานคณะกรรมการคุ้มครองข้อมูลส่วนบุคคล (สคส.)") - 6
	}, b.body(s))
}

func (b Breach) body(s *sheet) []pdf.Piece {
	out := s.section("1. หน่วยงานและผู้ประสานงาน", s.rows([]Row{
		{"ผู้ควบคุมข้อมูล", b.Agency.Name}, {"ที่อยู่", b.Agency.Address}, {"โทรศัพท์", b.Agency.Phone}, {"DPO หรือผู้ประสานงาน", known(b.Contact)},
	})...)
	out = append(out, s.section("2. เวลา", s.rows([]Row{
		{"ทราบเหตุเมื่อ", moment(b.DetectedAt)}, {"ครบ 72 ชั่วโมง", moment(b.DueAt)}, {"เกิดเหตุ", b.happened()}, {"ผู้พบเหตุ", b.ReportedBy}, {"เหตุที่แจ้งเกินกำหนด", b.LateWhy},
	})...)...)
	out = append(out, s.section("3. ลักษณะของเหตุ", s.rows([]Row{
		{"สิ่งที่เกิดขึ้น", b.What}, {"ข้อมูลที่เกี่ยวข้อง", known(b.Data)}, {"จำนวนเจ้าของข้อมูล", b.persons()},
	})...)...)
	out = append(out, s.section("4. ผลและความเสี่ยง", s.rows([]Row{
		{"ผลที่อาจเกิดขึ้น", known(b.Consequences)}, {"ผลประเมิน", b.Risk}, {"เหตุผล", b.RiskReasons},
	})...)...)
	out = append(out, s.section("5. มาตรการที่ดำเนินการและจะดำเนินการ", s.rows([]Row{{"มาตรการ", known(b.Measures)}})...)...)
	out = append(out, gap(8))
	return append(out, s.lines(s.regular, smallSize, left, measure, faint,
		"แจ้งตามมาตรา 37 (4) แห่งพระราชบัญญัติคุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562 เอกสารนี้ไม่ระบุชื่อบุคคลใด ข้อมูลที่ทราบภายหลังจะแจ้งอีกครั้ง")...)
}

func known(text string) string {
	if text == "" {
		return notKnown
	}
	return text
}

func (b Breach) happened() string {
	switch {
	case b.HappenedFrom.IsZero():
		return notKnown
	case b.HappenedUntil.IsZero():
		return "ตั้งแต่ " + moment(b.HappenedFrom)
	default:
		return moment(b.HappenedFrom) + " ถึง " + moment(b.HappenedUntil)
	}
}

func (b Breach) persons() string {
	if b.Persons == 0 {
		return notKnown
	}
	text := thai.Number(float64(b.Persons)) + " คน"
	if b.Estimated {
		text = "ประมาณ " + text
	}
	return text
}

// BreachRegister is an agency's register of breaches of a year, on paper (PDP-6).
type BreachRegister struct {
	Agency     Agency
	Period     string // พ.ศ. 2569
	Entries    []BreachEntry
	MadeAt     time.Time
	ThaiDigits bool
}

// BreachEntry is a line of it.
type BreachEntry struct {
	No         string
	DetectedAt time.Time
	What       string
	Persons    string
	Risk       string
	State      string
	ReportedAt time.Time // zero: the regulator was not told
}

const breachRegisterName = "ทะเบียนเหตุละเมิดข้อมูลส่วนบุคคล"

// PDF draws the register.
func (r BreachRegister) PDF() ([]byte, error) {
	if err := need(breachRegisterName, "ชื่อหน่วยงาน", r.Agency.Name, "ช่วงเวลา", r.Period); err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{Title: breachRegisterName + " " + r.Period, Author: r.Agency.Name, Subject: breachRegisterName, At: r.MadeAt, Lang: "th-TH"}, r.ThaiDigits, r.Agency.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = r.Period, "พิมพ์จากระบบอิเล็กทรอนิกส์ของ"+r.Agency.Name+" เมื่อ "+moment(r.MadeAt)
	return s.write(func(c *pdf.Page) float64 {
		agency := r.Agency
		agency.Emblem, agency.TaxID = nil, ""
		y := s.letterhead(c, agency, Row{"จำนวน", strconv.Itoa(len(r.Entries)) + " เหตุ"})
		return s.heading(c, y, breachRegisterName, r.Period) - 6
	}, r.body(s))
}

func (r BreachRegister) body(s *sheet) []pdf.Piece {
	if len(r.Entries) == 0 {
		return s.paragraph("ไม่มีเหตุในช่วงนี้")
	}
	rows := make([]row, len(r.Entries))
	for i, e := range r.Entries {
		told := para{}
		if !e.ReportedAt.IsZero() {
			told = para{text: "แจ้ง สคส. " + thai.DateTime(e.ReportedAt), small: true, col: faint}
		}
		rows[i] = row{cells: []cell{strong(e.No), plain(thai.DateTime(e.DetectedAt)), plain(e.What), plain(e.Persons), plain(e.Risk), {{text: e.State, col: ink}, told}}}
	}
	out := s.table([]column{{"เลขที่", 0.10, false}, {"ทราบเหตุ", 0.15, false}, {"สิ่งที่เกิดขึ้น", 0.30, false}, {"จำนวนคน", 0.11, false}, {"ความเสี่ยง", 0.16, false}, {"สถานะ", 0.18, false}}, rows)
	return append(out, s.lines(s.regular, smallSize, left, measure, faint, "เลขที่เรียงต่อเนื่องของหน่วยงานและปี พ.ศ. แก้ไขหรือลบไม่ได้ การแก้ข้อมูลเป็นบรรทัดใหม่ในประวัติ")...)
}
