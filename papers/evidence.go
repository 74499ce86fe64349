package papers

import (
	"encoding/hex"
	"strconv"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// Evidence is the summary on top of an evidence bundle (EGA-15.1): the case in words, every original with its hash, and
// what happened, for whoever has to judge or to pay by it. It is in Thai, and says how the bundle is checked.
type Evidence struct {
	Number     string
	Service    string
	Agency     Agency
	Citizen    string
	Mandate    []Row // under which power of attorney somebody else filed (PDP-10); empty: none
	EnteredAt  time.Time
	ReceivedAt time.Time
	ClosedAt   time.Time // zero: it is not closed
	Status     string
	Answers    []Row
	Decision   []Row // empty: none yet
	Files      []ReceivedFile
	Past       []Happened
	Readings   []Row // who opened the case, when and why
	AskedBy    string
	Reason     string // why the bundle was asked for
	KeyID      string // of the key that signed
	KeyURL     string // where it is published
	AnchoredOn time.Time
	MadeAt     time.Time
}

// Happened is a line of the history.
type Happened struct {
	At   time.Time
	Who  string
	What string
	Hash []byte
}

const evidenceName = "สรุปพยานหลักฐาน"

// PDF draws the summary.
func (e Evidence) PDF() ([]byte, error) {
	if err := need(evidenceName, "เลขที่", e.Number, "ชื่อหน่วยงาน", e.Agency.Name); err != nil {
		return nil, err
	}
	if err := needLink(evidenceName, e.KeyURL); err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{Title: "สรุปพยานหลักฐาน เรื่องเลขที่ " + e.Number, Author: e.Agency.Name, Subject: e.Service, At: e.MadeAt, Lang: "th-TH"}, false, e.Citizen, e.Agency.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = e.Number, "จัดทำโดยระบบอิเล็กทรอนิกส์ของ"+e.Agency.Name+" เมื่อ "+moment(e.MadeAt)
	return s.write(func(c *pdf.Page) float64 { return e.head(s, c) }, e.body(s))
}

func (e Evidence) head(s *sheet, c *pdf.Page) float64 {
	agency := e.Agency
	agency.Emblem, agency.TaxID = nil, ""
	y := s.letterhead(c, agency, Row{"เรื่องเลขที่", e.Number})
	y = s.heading(c, y, evidenceName, e.Service)
	closed := "ยังไม่สิ้นสุด"
	if !e.ClosedAt.IsZero() {
		closed = stamped(e.ClosedAt)
	}
	return s.facts(c, y, Row{"เข้าระบบเมื่อ", stamped(e.EnteredAt)}, Row{"ถือว่าได้รับเมื่อ", stamped(e.ReceivedAt)}, Row{"สิ้นสุดเมื่อ", closed}) - 6
}

// stamped is a day with the time below it.
func stamped(t time.Time) string { return day(t) + "\nเวลา " + thai.Clock(t) }

func (e Evidence) body(s *sheet) []pdf.Piece {
	anchored := "ยังไม่มีการผนึกประจำวันของเรื่องนี้ ระบบผนึกประวัติของแต่ละวันหลังเวลา 01:00 น. ของวันถัดไป"
	if !e.AnchoredOn.IsZero() {
		anchored = "ประวัติผนึกแล้วถึงสิ้นวันที่ " + day(e.AnchoredOn)
	}
	out := s.lines(s.regular, 9, left, measure, faint, "เอกสารนี้สรุปพยานหลักฐานอิเล็กทรอนิกส์ของเรื่องตามมาตรา 15 แห่งพระราชบัญญัติการปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 ต้นฉบับและประวัติทุกรายการอยู่ในชุดเดียวกัน")
	out = append(out, s.section("เรื่องและผู้ยื่น", s.rows([]Row{{"ผู้ยื่น", e.Citizen}, {"สถานะ", e.Status}, {"ผู้ขอชุดพยานหลักฐาน", e.AskedBy}, {"เหตุที่ขอ", e.Reason}})...)...)
	if len(e.Mandate) > 0 {
		out = append(out, s.section("การมอบอำนาจ", s.rows(e.Mandate)...)...)
	}
	if len(e.Answers) > 0 {
		out = append(out, s.section("ข้อมูลที่ยื่น", s.rows(e.Answers)...)...)
	}
	if len(e.Decision) > 0 {
		out = append(out, s.section("ผลการพิจารณา", s.rows(e.Decision)...)...)
	}
	out = append(out, s.section("เอกสารต้นฉบับในชุดนี้", Receipt{Lang: words.Thai, Files: e.Files}.files(s)...)...)
	out = append(out, s.section("ประวัติ", e.past(s)...)...)
	if len(e.Readings) > 0 {
		out = append(out, s.section("ผู้เปิดดูเรื่อง", s.rows(e.Readings)...)...)
	}
	out = append(out, s.section("การผนึกและกุญแจ", s.rows([]Row{{"การผนึก", anchored}, {"กุญแจสาธารณะ", e.KeyID}})...)...)
	return append(out, s.check("ตรวจว่าไม่ถูกแก้ไข",
		"ใช้คำสั่ง saphan verify กับไฟล์ ZIP ทั้งไฟล์ ตรวจได้โดยไม่ต้องต่ออินเทอร์เน็ต แล้วเทียบกุญแจสาธารณะกับที่หน่วยงานประกาศไว้ตามที่อยู่ด้านล่าง", e.KeyURL)...)
}

// past is the table of what happened; each line's own hash stands below it, cut to what a person can compare.
func (e Evidence) past(s *sheet) []pdf.Piece {
	rows := make([]row, len(e.Past))
	for i, h := range e.Past {
		what := cell{{text: h.What, col: ink}, {text: h.Who, col: faint}, {text: hex.EncodeToString(h.Hash), small: true, col: faint}}
		rows[i] = row{cells: []cell{plain(strconv.Itoa(i + 1)), plain(stamped(h.At)), what}}
	}
	return s.table([]column{{"ที่", 0.07, false}, {"เมื่อ", 0.29, false}, {"เหตุการณ์", 0.64, false}}, rows)
}
