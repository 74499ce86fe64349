package sheet

import (
	"fmt"
	"strconv"
	"strings"

	"saphan/internal/lines"
	"saphan/internal/pdf"
	"saphan/internal/thai"
)

// The page, in points, and the room inside its frame.
const (
	pageWidth  = pdf.Width
	pageHeight = pdf.Height
	frameGap   = 26.0 // from the paper's edge to the frame
	left       = 58.0
	right      = pageWidth - left
	measure    = right - left
	top        = pageHeight - 50
	bottom     = 61.0
	labelWidth = 128.0
)

// sheet lays out one document.
type sheet struct {
	d             Document
	file          *pdf.Document
	words         lines.Words
	regular, bold *pdf.Face
	dataHash      string
	scale         float64 // of body text: shrunk a little when that saves a page
	paired        bool    // short rows stand two in a line, when that saves a page
}

// pages draws the document on as many pages as it needs: one, if a slightly smaller body makes that possible.
func (s *sheet) pages() error {
	room := s.head(&pdf.Page{}) - bottom - s.closingHeight()
	for _, try := range []struct {
		scale  float64
		paired bool
	}{{1, false}, {1, true}, {0.95, true}, {0.9, true}} {
		s.scale, s.paired = try.scale, try.paired
		if pdf.Total(s.body()) <= room {
			return s.draw()
		}
	}
	s.scale, s.paired = 1, false
	return s.draw()
}

// draw fills pages with the body and puts the closing part at the foot of the last.
func (s *sheet) draw() error {
	body := s.body()
	page := s.newPage()
	y := s.head(page)
	again := s.headAgain(&pdf.Page{})
	turns, end := pdf.Flow(body, y, again, bottom, -1)
	alone := end-s.closingHeight() < bottom
	if alone { // nobody trusts a signature on a page without what was signed
		if last := pdf.LastSection(body); last >= 0 {
			if t, e := pdf.Flow(body, y, again, bottom, last); e-s.closingHeight() >= bottom {
				turns, alone = t, false
			}
		}
	}
	turn := func() {
		page = s.newPage()
		y = s.headAgain(page)
	}
	for i, p := range body {
		if turns[i] {
			turn()
		}
		p.Draw(page, y)
		y -= p.Height
	}
	if alone {
		turn()
	}
	if err := s.closing(page); err != nil {
		return err
	}
	pages := s.file.Pages()
	for i, p := range pages {
		s.foot(p, i+1, len(pages))
	}
	return nil
}

// newPage begins a page with its frame and pale ground.
func (s *sheet) newPage() *pdf.Page {
	c := s.file.NewPage()
	rosette(c, pageWidth/2, pageHeight/2-20, 190)
	c.Frame(frameGap, frameGap, pageWidth-2*frameGap, pageHeight-2*frameGap, 1.5, brand)
	c.Frame(frameGap+4, frameGap+4, pageWidth-2*frameGap-8, pageHeight-2*frameGap-8, 0.5, gold)
	for _, x := range []float64{frameGap + 4, pageWidth - frameGap - 4} {
		for _, y := range []float64{frameGap + 4, pageHeight - frameGap - 4} {
			c.Disc(x, y, 5.5, white)
			c.Ring(x, y, 5.5, 0.8, brand)
			c.Disc(x, y, 2.2, gold)
		}
	}
	return c
}

const (
	sealRadius = 39.0
	titleSize  = 20.0
	titleLead  = 29.0
)

// The colours of the page.
var (
	ink    = pdf.Colour{0.086, 0.125, 0.173}
	faint  = pdf.Colour{0.290, 0.341, 0.404}
	brand  = pdf.Colour{0.043, 0.361, 0.420}
	gold   = pdf.Colour{0.690, 0.545, 0.220}
	hair   = pdf.Colour{0.800, 0.835, 0.870}
	wash   = pdf.Colour{0.925, 0.965, 0.969}
	ghost  = pdf.Colour{0.905, 0.945, 0.950}
	white  = pdf.Colour{1, 1, 1}
	danger = pdf.Colour{0.647, 0.094, 0.169}
)

// titleLines are the lines of the title, and its size: long titles are set smaller.
func (s *sheet) titleLines() ([]string, float64) {
	title := lines.Clean(s.d.Title)
	for size := titleSize; size > 15; size-- {
		if lines := s.bold.Wrap(s.words, title, size, measure); len(lines) == 1 {
			return lines, size
		}
	}
	return s.bold.Balanced(s.words, title, 17, measure-30), 17
}

// agencyLines are the lines under the seal: who issues the permit and where.
func (s *sheet) agencyLines() (name, rest []string) {
	name = s.bold.Balanced(s.words, s.d.Agency.Name, 14.5, measure-40)
	if lines.Clean(s.d.Agency.Unit) != "" {
		rest = append(rest, s.regular.Balanced(s.words, s.d.Agency.Unit, 9.5, measure-60)...)
	}
	where := strings.TrimSpace(s.d.Agency.Address + prefixed(" โทร. ", s.d.Agency.Phone))
	if lines.Clean(where) != "" {
		rest = append(rest, s.regular.Balanced(s.words, where, 9.5, measure-60)...)
	}
	return name, rest
}

func prefixed(prefix, value string) string {
	if value == "" {
		return ""
	}
	return prefix + value
}

func (s *sheet) basisLines() []string {
	if lines.Clean(s.d.LegalBasis) == "" {
		return nil
	}
	return s.regular.Balanced(s.words, s.d.LegalBasis, 10, measure-50)
}

// head draws the top of the first page and returns where the body begins.
func (s *sheet) head(c *pdf.Page) float64 {
	c.Text(s.regular, left, top-6, 9, faint, "เลขที่ใบอนุญาต")
	c.Text(s.bold, left, top-22, 13, ink, lines.Clean(s.d.Number))
	y := top - 37
	if s.d.Book != "" {
		c.Text(s.regular, left, y, 9, faint, "เล่มที่ "+lines.Clean(s.d.Book))
	}
	y = top - 6
	if s.d.FormCode != "" {
		c.Rightward(s.bold, right, y-2, 12, ink, lines.Clean(s.d.FormCode))
		y -= 16
	}
	c.Rightward(s.regular, right, y, 9, faint, "ใบอนุญาตอิเล็กทรอนิกส์")
	if s.d.Replaces != "" {
		s.stamp(c, right, y-26)
	}
	s.seal(c, pageWidth/2, top-sealRadius+6, sealRadius)

	y = top - 2*sealRadius - 14
	name, rest := s.agencyLines()
	for _, line := range name {
		c.Centred(s.bold, pageWidth/2, y, 14.5, ink, line)
		y -= 20
	}
	y += 3
	for _, line := range rest {
		c.Centred(s.regular, pageWidth/2, y, 9.5, faint, line)
		y -= 13.5
	}
	title, size := s.titleLines()
	y -= 17
	for i, line := range title {
		if i > 0 {
			y -= size / titleSize * titleLead
		}
		c.Centred(s.bold, pageWidth/2, y, size, brand, line)
	}
	y -= 13
	c.Rule(pageWidth/2-70, y, pageWidth/2-7, y, 0.7, gold)
	c.Rule(pageWidth/2+7, y, pageWidth/2+70, y, 0.7, gold)
	c.Disc(pageWidth/2, y, 1.8, gold)
	y -= 5
	for _, line := range s.basisLines() {
		y -= 14.5
		c.Centred(s.regular, pageWidth/2, y+2, 10, faint, line)
	}
	return y - 6
}

// replacement is the word that stands on what replaces a lost or damaged permit.
const replacement = "ใบแทน"

// stamp says which permit this one stands for. A replacement is marked in red as on paper; an amended one is not (its title
// says what it is).
func (s *sheet) stamp(c *pdf.Page, x, y float64) {
	below := y + 9
	if strings.HasPrefix(s.d.Title, replacement) {
		w := s.bold.Width(replacement, 15) + 20
		c.Frame(x-w, y-7, w, 25, 1.4, danger)
		c.Text(s.bold, x-w+10, y, 15, danger, replacement)
		below = y - 19
	}
	c.Rightward(s.regular, x, below, 8.5, faint, "แทนฉบับเลขที่ "+lines.Clean(s.d.Replaces))
}

// headAgain draws the top of a further page.
func (s *sheet) headAgain(c *pdf.Page) float64 {
	c.Text(s.bold, left, top-8, 10.5, brand, s.bold.Wrap(s.words, s.d.Title, 10.5, measure-150)[0])
	c.Rightward(s.regular, right, top-8, 10.5, ink, "เลขที่ "+lines.Clean(s.d.Number))
	c.Rule(left, top-17, right, top-17, 0.6, hair)
	return top - 32
}

// body is what flows from page to page: the sections, the fee and the conditions.
func (s *sheet) body() []pdf.Piece {
	var out []pdf.Piece
	for _, sec := range s.d.Sections {
		rows := s.rows(sec.Rows)
		if len(rows) == 0 {
			continue
		}
		out = append(append(out, s.heading(sec.Heading)), rows...)
	}
	out = append(append(out, s.heading("ค่าธรรมเนียม")), s.rows([]Row{{Label: s.feeLabel(), Value: s.fee()}})...)
	if len(s.d.Conditions) > 0 {
		out = append(out, s.heading("เงื่อนไขที่ต้องปฏิบัติ"))
		column := 20.0
		if len(s.d.Conditions) > 9 {
			column = 30
		}
		for i, cond := range s.d.Conditions {
			mark := ""
			if len(s.d.Conditions) > 1 {
				mark = strconv.Itoa(i+1) + "."
			}
			out = append(out, s.labelled(mark, cond, column)...)
		}
	}
	return out
}

func (s *sheet) feeLabel() string {
	if s.d.Fee.Satang > 0 {
		return "จำนวนเงิน"
	}
	return "อัตรา"
}

// fee says what was paid.
func (s *sheet) fee() string {
	if s.d.Fee.Satang == 0 {
		if lines.Clean(s.d.Fee.Note) != "" {
			return s.d.Fee.Note
		}
		return "ไม่มีค่าธรรมเนียม"
	}
	words := thai.Baht(s.d.Fee.Satang)
	if s.d.Fee.Note != "" {
		words += " " + s.d.Fee.Note
	}
	if s.d.Fee.ReceiptNo != "" {
		words += " ใบเสร็จรับเงินเลขที่ " + s.d.Fee.ReceiptNo
	}
	if !s.d.Fee.PaidOn.IsZero() {
		words += " ลงวันที่ " + thai.LongDate(s.d.Fee.PaidOn)
	}
	return words
}

// heading is the name of a section over a hairline; it never stands alone at the foot of a page.
func (s *sheet) heading(words string) pdf.Piece {
	size := 11 * s.scale
	return pdf.Piece{Height: 25 * s.scale, With: true, Heading: true, Draw: func(c *pdf.Page, y float64) {
		c.Text(s.bold, left, y-17*s.scale, size, brand, lines.Clean(words))
		from := left + s.bold.Width(lines.Clean(words), size) + 10
		c.Rule(from, y-13.5*s.scale, right, y-13.5*s.scale, 0.5, hair)
	}}
}

// rows are the labelled values of a section; empty ones are left out.
func (s *sheet) rows(rows []Row) []pdf.Piece {
	var out []pdf.Piece
	for i := 0; i < len(rows); i++ {
		r := rows[i]
		if lines.Clean(r.Value) == "" {
			continue
		}
		if s.paired && i+1 < len(rows) && s.short(r) && s.short(rows[i+1]) {
			out = append(out, s.pair(r, rows[i+1]))
			i++
			continue
		}
		out = append(out, s.labelled(r.Label, r.Value, labelWidth)...)
	}
	return out
}

// Where the second row of a pair stands, and the room its parts have.
const (
	secondAt    = 246.0
	secondLabel = 108.0
)

// short reports whether a row fits into half a line.
func (s *sheet) short(r Row) bool {
	size := 11 * s.scale
	return lines.Clean(r.Value) != "" && !strings.Contains(lines.Clean(r.Value), "\n") &&
		s.regular.Width(lines.Clean(r.Label), size*0.94) <= secondLabel-8 &&
		s.regular.Width(lines.Clean(r.Value), size) <= secondAt-labelWidth-8
}

// pair is two short rows beside each other.
func (s *sheet) pair(a, b Row) pdf.Piece {
	size := 11 * s.scale
	return pdf.Piece{Height: 16.8 * s.scale, Draw: func(c *pdf.Page, y float64) {
		base := y - 12*s.scale
		c.Text(s.regular, left, base, size*0.94, faint, lines.Clean(a.Label))
		c.Text(s.regular, left+labelWidth, base, size, ink, lines.Clean(a.Value))
		c.Text(s.regular, left+secondAt, base, size*0.94, faint, lines.Clean(b.Label))
		c.Text(s.regular, left+secondAt+secondLabel, base, size, ink, lines.Clean(b.Value))
	}}
}

// labelled is a label at the left and a value beside it, one piece a line.
func (s *sheet) labelled(label, value string, column float64) []pdf.Piece {
	size, lead := 11*s.scale, 15.8*s.scale
	labels := s.regular.Wrap(s.words, label, size*0.94, column-8)
	values := s.regular.Wrap(s.words, value, size, measure-column)
	out := make([]pdf.Piece, max(len(labels), len(values)))
	for i := range out {
		out[i] = pdf.Piece{Height: lead, Draw: func(c *pdf.Page, y float64) {
			if i < len(labels) {
				c.Text(s.regular, left, y-12*s.scale, size*0.94, faint, labels[i])
			}
			if i < len(values) {
				c.Text(s.regular, left+column, y-12*s.scale, size, ink, values[i])
			}
		}}
	}
	out[0].With = len(out) > 1 // no single line of a longer value alone at the foot of a page
	out[len(out)-1].Height += 1 * s.scale
	return out
}

// foot draws what stands under the frame's inner edge of every page.
func (s *sheet) foot(c *pdf.Page, page, pages int) {
	y := frameGap + 24
	c.Rule(left, y+11, right, y+11, 0.5, hair)
	c.Text(s.regular, left, y, 7.5, faint, "ข้อมูลแนบในไฟล์ ("+attached+") มีค่าแฮช SHA-256")
	c.Text(s.regular, left, y-9.5, 6.6, faint, s.dataHash)
	c.Rightward(s.regular, right, y, 7.5, faint, fmt.Sprintf("หน้า %d จาก %d", page, pages))
	c.Rightward(s.regular, right, y-9.5, 7.5, faint, "เลขที่ "+lines.Clean(s.d.Number))
}
