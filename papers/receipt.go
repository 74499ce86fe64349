package papers

import (
	"encoding/hex"
	"strconv"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// Receipt is the receipt of a request (MTH-2.2): what came, when it counts as received and what happens next. It carries no
// emblem, because it belongs to an application (LOC-16).
type Receipt struct {
	Lang       string // of the paper's own words; see Spoken. In another than Thai it says that the Thai one is the receipt
	Number     string // of the case: SN-2569-000123
	Service    string
	FormCode   string // กอ.1; differs between agencies
	Agency     Agency
	Citizen    string          // who asked
	Attorney   string          // who filed it for them; empty: they did themselves
	Mandate    int64           // number of the power of attorney under which that was
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
func receivedLater(lang string) string {
	return words.In(lang, "คำขอเข้าระบบนอกวันหรือเวลาราชการ จึงถือว่าหน่วยงานได้รับในวันและเวลาทำการถัดไป ตามมาตรา 10 แห่งพระราชบัญญัติการปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565",
		"The request entered the system outside office hours, so it counts as received when the office opened next (Electronic Government Operations Act B.E. 2565, section 10).")
}

func receivedThen(lang string) string {
	return words.In(lang, "คำขอเข้าระบบในวันและเวลาราชการ จึงถือว่าหน่วยงานได้รับในเวลานั้น ตามมาตรา 10 แห่งพระราชบัญญัติการปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565",
		"The request entered the system in office hours, so it counts as received then (Electronic Government Operations Act B.E. 2565, section 10).")
}

// T says something in the paper's language.
func (r Receipt) T(th, en string, args ...any) string { return words.With(th, en, args...).In(r.Lang) }

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
	r.Lang = Spoken(r.Lang)
	s, err := begin(pdf.About{
		Title: r.T("ใบรับคำขอ เลขที่ {number}", "Receipt of request {number}", "number", r.Number), Author: r.Agency.Name, Subject: r.Service, At: r.MadeAt, Lang: tag(r.Lang),
	}, r.ThaiDigits && r.Lang == words.Thai, r.Citizen, r.Agency.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = r.Number, r.T("ออกโดยระบบอิเล็กทรอนิกส์ของ{agency} เมื่อ {time}", "Issued by the electronic system of {agency} on {time}", "agency", r.Agency.Name, "time", momentIn(r.Lang, r.MadeAt))
	s.speak(r.Lang)
	return s.write(func(c *pdf.Page) float64 { return r.head(s, c) }, r.body(s))
}

func (r Receipt) head(s *sheet, c *pdf.Page) float64 {
	agency := r.Agency
	agency.Emblem, agency.TaxID = nil, ""
	y := s.letterhead(c, agency, Row{r.T("เลขที่คำขอ", "Request"), r.Number}, Row{r.T("แบบ", "Form"), r.FormCode})
	y = s.heading(c, y, r.T(receiptName, "Receipt of a request"), r.Service)
	return s.facts(c, y, Row{r.T("เข้าระบบเมื่อ", "Entered the system"), r.stamp(r.EnteredAt)},
		Row{r.T("ถือว่าได้รับเมื่อ", "Counts as received"), r.stamp(r.ReceivedAt)}, Row{r.T("กำหนดแจ้งผลภายในวันที่", "Answer due by"), dayIn(r.Lang, r.DueOn)}) - 6
}

// stamp is a day with the time below it.
func (r Receipt) stamp(t time.Time) string {
	if r.Lang == words.Thai {
		return day(t) + "\nเวลา " + thai.Clock(t)
	}
	return dayIn(r.Lang, t) + "\n" + t.In(thai.Bangkok()).Format("15:04")
}

func (r Receipt) body(s *sheet) []pdf.Piece {
	why := r.Why
	if why == "" {
		why = receivedThen(r.Lang)
		if !r.EnteredAt.Equal(r.ReceivedAt) {
			why = receivedLater(r.Lang)
		}
	}
	out := s.lines(s.regular, 9, left, measure, faint, why)
	out = append(out, s.lines(s.regular, 9, left, measure, faint, r.DueLaw)...)
	if r.Lang != words.Thai {
		out = append(out, s.lines(s.regular, 9, left, measure, faint, r.T("เอกสารนี้เป็นคำแปล ใบรับคำขอฉบับภาษาไทยเป็นหลักฐาน", "This is a translation for reading. The receipt in Thai is the evidence."))...)
	}
	who := []Row{{r.T("ชื่อ", "Name"), r.Citizen}}
	if r.NationalID != "" {
		who = append(who, Row{r.T("เลขประจำตัวประชาชน", "National ID"), r.NationalID.String()})
	}
	if r.Attorney != "" {
		who = append(who, Row{r.T("ผู้ยื่นแทน", "Filed for them by"), r.T("{name} ตามหนังสือมอบอำนาจฉบับที่ {n}", "{name}, under power of attorney no. {n}", "name", r.Attorney, "n", r.Mandate)})
	}
	who = append(who, Row{r.T("ยื่นทาง", "Filed by"), r.Channel})
	out = append(out, s.section(r.T("ผู้ยื่นคำขอ", "Who asks"), s.rows(who)...)...)
	for _, a := range r.Answers {
		name := a.Heading
		if name == "" {
			name = r.T("ข้อมูลที่ยื่น", "What was filed")
		}
		out = append(out, s.section(name, s.rows(a.Rows)...)...)
	}
	out = append(out, s.section(r.T("เอกสารที่แนบ", "Files"), r.files(s)...)...)
	out = append(out, s.section(r.T("ขั้นตอนต่อไป", "What happens next"), s.list(r.Next, len(r.Next) > 1)...)...)
	contact := r.Contact
	if contact == "" && r.Agency.Phone != "" {
		contact = r.T("{agency} โทร. {phone} ในวันและเวลาราชการ", "{agency}, tel. {phone}, in office hours", "agency", r.Agency.Name, "phone", r.Agency.Phone)
	}
	out = append(out, s.section(r.T("สอบถาม", "Questions"), s.paragraph(contact)...)...)
	return append(out, s.check(r.T("ตรวจสอบใบรับและติดตามเรื่อง", "Check this receipt and follow the request"),
		r.T("สแกนคิวอาร์โค้ดด้วยกล้องโทรศัพท์ หรือเปิดที่อยู่ด้านล่าง ใช้ใบรับนี้เป็นหลักฐานการยื่นคำขอได้ ไม่ต้องลงลายมือชื่อ",
			"Scan the QR code with a phone's camera, or open the address below. The receipt proves that the request was filed; it needs no signature."), r.VerifyURL)...)
}

// files is the table of the files with what proves that they are the same.
func (r Receipt) files(s *sheet) []pdf.Piece {
	if len(r.Files) == 0 {
		return s.paragraph(r.T("ไม่มีเอกสารแนบ", "No files"))
	}
	rows := make([]row, len(r.Files))
	for i, f := range r.Files {
		name := cell{{text: f.Document, bold: true, col: ink}, {text: f.Name, col: ink}, {text: "SHA-256 " + hex.EncodeToString(f.SHA256[:]), small: true, col: faint}}
		rows[i] = row{cells: []cell{plain(strconv.Itoa(i + 1)), name, plain(r.size(f.Size))}}
	}
	return s.table([]column{{r.T("ที่", "No."), 0.07, false}, {r.T("เอกสาร", "Document"), 0.75, false}, {r.T("ขนาด", "Size"), 0.18, true}}, rows)
}

// size writes a number of bytes as people say it.
func (r Receipt) size(n int64) string {
	switch {
	case n < 1000:
		return r.T("{n} ไบต์", "{n} bytes", "n", n)
	case n < 1_000_000:
		return r.T("{n} กิโลไบต์", "{n} KB", "n", (n+500)/1000)
	}
	return r.T("{n} เมกะไบต์", "{n} MB", "n", strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64))
}
