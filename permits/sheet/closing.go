package sheet

import (
	"fmt"
	"net/url"

	"saphan/internal/lines"
	"saphan/internal/pdf"
	"saphan/internal/thai"
)

// The closing part: dates, how to check, signature and the duty to display. It is never split.
const (
	datesHeight  = 43.0
	qrSide       = 96.0
	noticeHeight = 25.0
	signWidth    = 210.0
)

// signLines are the lines of the signature block and whether each is bold.
func (s *sheet) signLines() []signLine {
	var out []signLine
	add := func(text string, size float64, bold bool) {
		if lines.Clean(text) == "" {
			return
		}
		face := s.regular
		if bold {
			face = s.bold
		}
		for _, line := range face.Wrap(s.words, text, size, signWidth) {
			out = append(out, signLine{line, size, face})
		}
	}
	add(prefixed("(", s.d.Signer.Name)+prefixedAfter(s.d.Signer.Name, ")"), 11.5, true)
	add(s.d.Signer.Post, 10.5, false)
	if s.d.Signer.ActingFor != "" {
		add("ปฏิบัติราชการแทน", 10.5, false)
		add(s.d.Signer.ActingFor, 10.5, false)
	}
	return out
}

type signLine struct {
	text string
	size float64
	face *pdf.Face
}

func prefixedAfter(value, suffix string) string {
	if value == "" {
		return ""
	}
	return suffix
}

const (
	signTop  = 50.0 // from the block's top to the first line under the signature rule
	signLead = 15.5
)

// noticeLines are the words of the duty to display.
func (s *sheet) noticeLines() []string {
	words := s.d.Notice
	if lines.Clean(words) == "" {
		words = usualNotice
	}
	return s.bold.Wrap(s.words, words, 10.5, measure-24)
}

func (s *sheet) closingHeight() float64 {
	block := max(qrSide+18, signTop+signLead*float64(len(s.signLines()))+4)
	return 9 + datesHeight + 10 + block + 7 + noticeHeight + 15*float64(len(s.noticeLines())-1) + 7
}

// closing draws the part upwards from the foot of the page.
func (s *sheet) closing(c *pdf.Page) error {
	y := bottom + s.closingHeight() - 9
	s.dates(c, y)
	y -= datesHeight + 10
	if err := s.howToCheck(c, y); err != nil {
		return err
	}
	s.signature(c, y)

	words := s.noticeLines()
	high := noticeHeight + 15*float64(len(words)-1)
	c.Rect(left, bottom+7, measure, high, brand)
	for i, line := range words {
		c.Centred(s.bold, pageWidth/2, bottom+7+high-16.5-15*float64(i), 10.5, white, line)
	}
	return nil
}

// dates draws from when until when the permit holds.
func (s *sheet) dates(c *pdf.Page, y float64) {
	half := (measure - 10) / 2
	until := "ไม่มีวันหมดอายุ"
	if !s.d.ValidUntil.IsZero() {
		until = thai.LongDate(s.d.ValidUntil)
	}
	for i, cell := range [][2]string{{"ออกให้ ณ วันที่", thai.LongDate(s.d.IssuedOn)}, {"ใช้ได้ถึงวันที่", until}} {
		x := left + float64(i)*(half+10)
		c.Rect(x, y-datesHeight, half, datesHeight, wash)
		c.Rect(x, y-datesHeight, 2.5, datesHeight, gold)
		c.Text(s.regular, x+14, y-14.5, 9, faint, cell[0])
		c.Text(s.bold, x+14, y-33.5, 14, ink, cell[1])
	}
}

// howToCheck draws the QR code and says what it is for.
func (s *sheet) howToCheck(c *pdf.Page, y float64) error {
	c.Frame(left, y-qrSide, qrSide, qrSide, 0.6, hair)
	if err := c.QR(left+1, y-qrSide+1, qrSide-2, s.d.VerifyURL); err != nil {
		return fmt.Errorf("say how to check: %w", err)
	}
	c.Link(left, y-qrSide, qrSide, qrSide, s.d.VerifyURL)
	x := left + qrSide + 14
	room := right - signWidth - 16 - x
	c.Text(s.bold, x, y-11, 10.5, brand, "ตรวจสอบใบอนุญาต")
	at := y - 27
	for _, line := range s.regular.Wrap(s.words, "สแกนคิวอาร์โค้ดด้วยกล้องโทรศัพท์ หรือเปิดเว็บไซต์ด้านล่าง แล้วเทียบเลขที่และสถานะ ตรวจได้ทุกคน ไม่มีค่าใช้จ่าย", 9, room) {
		c.Text(s.regular, x, at, 9, ink, line)
		at -= 13
	}
	address := s.d.VerifyURL
	if u, err := url.Parse(address); err == nil {
		address = u.Host + u.Path
	}
	size := 8.5
	if wide := s.regular.Width(address, size); wide > measure {
		size *= measure / wide
	}
	c.Text(s.regular, left, y-qrSide-14, size, brand, address)
	c.Link(left, y-qrSide-18, s.regular.Width(address, size), 13, s.d.VerifyURL)
	return nil
}

// signature draws who issued the permit.
func (s *sheet) signature(c *pdf.Page, y float64) {
	middle := right - signWidth/2
	words := "ลงนามด้วยวิธีการทางอิเล็กทรอนิกส์"
	c.Centred(s.regular, middle, y-11, 9, faint, words)
	if !s.d.Signer.SignedAt.IsZero() {
		c.Centred(s.regular, middle, y-24, 9, faint, "เมื่อ "+thai.DateTime(s.d.Signer.SignedAt))
	}
	at := y - signTop
	for _, l := range s.signLines() {
		c.Centred(l.face, middle, at, l.size, ink, l.text)
		at -= signLead
	}
}
