package papers

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/thai"
)

// Receipt is the receipt of a request (MTH-2.2): what came, when it counts as received and what happens next. It carries no
// emblem, because it belongs to an application (LOC-16).
type Receipt struct {
	Number     string // of the case: SN-2569-000123
	Service    string
	FormCode   string // กอ.1; differs between agencies
	Agency     Agency
	Citizen    string          // who asked
	NationalID thai.NationalID // shown masked; may be empty
	Channel    string          // LINE, เว็บไซต์, เคาน์เตอร์
	EnteredAt  time.Time       // when the request entered the system (EGA-10.1)
	ReceivedAt time.Time       // when it counts as received
	Why        string          // why these differ; empty: the usual sentence of section 10
	Answers    []Section
	Files      []ReceivedFile
	Next       []string  // what happens next, in order
	DueOn      time.Time // when the result is due; zero: no day is set
	DueLaw     string    // what sets the day: ภายใน 30 วันนับแต่เอกสารครบถ้วน ตาม…
	Contact    string    // whom to ask, when
	VerifyURL  string
	ThaiDigits bool
	MadeAt     time.Time
}

// ReceivedFile is a file that came with the request.
type ReceivedFile struct {
	Document string // what it is: สำเนาสัญญาเช่า
	Name     string // of the file
	Size     int64  // bytes
	SHA256   [32]byte
}

// The sentences of section 10, paragraph one.
const (
	section10     = "ตามมาตรา 10 แห่งพระราชบัญญัติการปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565"
	receivedLater = "คำขอเข้าระบบนอกวันหรือเวลาราชการ จึงถือว่าหน่วยงานได้รับในวันและเวลาทำการถัดไป " + section10
	receivedThen  = "คำขอเข้าระบบในวันและเวลาราชการ จึงถือว่าหน่วยงานได้รับในเวลานั้น " + section10
)

const receiptName = "ใบรับคำขอ"

func (r Receipt) check() error {
	if err := need(receiptName, "เลขที่", r.Number, "ชื่อบริการ", r.Service, "ชื่อหน่วยงาน", r.Agency.Name); err != nil {
		return err
	}
	if r.EnteredAt.IsZero() || r.ReceivedAt.IsZero() {
		return need(receiptName, "วันและเวลาที่ได้รับ", "")
	}
	return needLink(receiptName, r.VerifyURL)
}

// PDF draws the receipt.
func (r Receipt) PDF() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{
		Title: receiptName + " เลขที่ " + r.Number, Author: r.Agency.Name, Subject: r.Service, At: r.MadeAt,
	}, r.ThaiDigits, r.Citizen, r.Agency.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = r.Number, "ออกโดยระบบอิเล็กทรอนิกส์ของ"+r.Agency.Name+" เมื่อ "+moment(r.MadeAt)
	return s.write(func(c *pdf.Page) float64 { return r.head(s, c) }, r.body(s))
}

func (r Receipt) head(s *sheet, c *pdf.Page) float64 {
	agency := r.Agency
	agency.Emblem, agency.TaxID = nil, ""
	y := s.letterhead(c, agency, Row{"เลขที่คำขอ", r.Number}, Row{"แบบ", r.FormCode})
	y = s.heading(c, y, receiptName, r.Service)
	return s.facts(c, y, Row{"เข้าระบบเมื่อ", day(r.EnteredAt) + "\nเวลา " + thai.Clock(r.EnteredAt)},
		Row{"ถือว่าได้รับเมื่อ", day(r.ReceivedAt) + "\nเวลา " + thai.Clock(r.ReceivedAt)}, Row{"กำหนดแจ้งผลภายในวันที่", day(r.DueOn)}) - 6
}

func (r Receipt) body(s *sheet) []pdf.Piece {
	why := r.Why
	if why == "" {
		why = receivedThen
		if !r.EnteredAt.Equal(r.ReceivedAt) {
			why = receivedLater
		}
	}
	out := s.lines(s.regular, 9, left, measure, faint, why)
	out = append(out, s.lines(s.regular, 9, left, measure, faint, r.DueLaw)...)
	who := []Row{{"ชื่อ", r.Citizen}, {"ยื่นทาง", r.Channel}}
	if r.NationalID != "" {
		who = []Row{{"ชื่อ", r.Citizen}, {"เลขประจำตัวประชาชน", r.NationalID.String()}, {"ยื่นทาง", r.Channel}}
	}
	out = append(out, s.section("ผู้ยื่นคำขอ", s.rows(who)...)...)
	for _, a := range r.Answers {
		name := a.Heading
		if name == "" {
			name = "ข้อมูลที่ยื่น"
		}
		out = append(out, s.section(name, s.rows(a.Rows)...)...)
	}
	out = append(out, s.section("เอกสารที่แนบ", r.files(s)...)...)
	out = append(out, s.section("ขั้นตอนต่อไป", s.list(r.Next, len(r.Next) > 1)...)...)
	contact := r.Contact
	if contact == "" && r.Agency.Phone != "" {
		contact = r.Agency.Name + " โทร. " + r.Agency.Phone + " ในวันและเวลาราชการ"
	}
	out = append(out, s.section("สอบถาม", s.paragraph(contact)...)...)
	return append(out, s.check("ตรวจสอบใบรับและติดตามเรื่อง",
		"สแกนคิวอาร์โค้ดด้วยกล้องโทรศัพท์ หรือเปิดที่อยู่ด้านล่าง ใช้ใบรับนี้เป็นหลักฐานการยื่นคำขอได้ ไม่ต้องลงลายมือชื่อ", r.VerifyURL)...)
}

// files is the table of the files with what proves that they are the same.
func (r Receipt) files(s *sheet) []pdf.Piece {
	if len(r.Files) == 0 {
		return s.paragraph("ไม่มีเอกสารแนบ")
	}
	rows := make([]row, len(r.Files))
	for i, f := range r.Files {
		name := cell{{text: f.Document, bold: true, col: ink}, {text: f.Name, col: ink}, {text: "SHA-256 " + hex.EncodeToString(f.SHA256[:]), small: true, col: faint}}
		rows[i] = row{cells: []cell{plain(strconv.Itoa(i + 1)), name, plain(fileSize(f.Size))}}
	}
	return s.table([]column{{"ที่", 0.07, false}, {"เอกสาร", 0.75, false}, {"ขนาด", 0.18, true}}, rows)
}

// fileSize writes a number of bytes as people say it.
func fileSize(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " ไบต์"
	case n < 1_000_000:
		return strconv.FormatInt((n+500)/1000, 10) + " กิโลไบต์"
	}
	return fmt.Sprintf("%.1f เมกะไบต์", float64(n)/1e6)
}
