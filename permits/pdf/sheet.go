package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"saphan/internal/thai"
)

// The page: A4, in points, and the room inside its frame.
const (
	pageWidth  = 595.276
	pageHeight = 841.89
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
	words         dictionary
	regular, bold *typeface
	dataHash      string
	scale         float64 // of body text: shrunk a little when that saves a page
	paired        bool    // short rows stand two in a line, when that saves a page
}

// piece is something of a fixed height in the flow of a page.
type piece struct {
	height  float64
	with    bool // must stand on the same page as the piece after it
	heading bool // begins a section
	draw    func(c *canvas, y float64)
}

// pages draws the document on as many pages as it needs: one, if a slightly smaller body makes that possible.
func (s *sheet) pages() ([]*canvas, error) {
	room := s.head(&canvas{}) - bottom - s.closingHeight()
	for _, try := range []struct {
		scale  float64
		paired bool
	}{{1, false}, {1, true}, {0.95, true}, {0.9, true}} {
		s.scale, s.paired = try.scale, try.paired
		if height(s.body()) <= room {
			return s.draw()
		}
	}
	s.scale, s.paired = 1, false
	return s.draw()
}

func height(pieces []piece) float64 {
	var sum float64
	for _, p := range pieces {
		sum += p.height
	}
	return sum
}

// flow says before which pieces a page is turned, and where the last page's body ends; first and again are where the body
// begins on the first page and on further ones. The piece at forced, if any, begins a page.
func flow(body []piece, first, again float64, forced int) (turns map[int]bool, y float64) {
	turns, y = map[int]bool{}, first
	for i, p := range body {
		need := p.height
		for k := i; body[k].with && k+1 < len(body); k++ {
			need += body[k+1].height
		}
		if i == forced || y-need < bottom && y < again {
			turns[i] = true
			y = again
		}
		y -= p.height
	}
	return turns, y
}

// lastSection is where the last heading stands: what follows it is taken along when the signature needs a page of its own.
func lastSection(body []piece) int {
	for i := len(body) - 1; i >= 0; i-- {
		if body[i].heading {
			return i
		}
	}
	return -1
}

// draw fills pages with the body and puts the closing part at the foot of the last.
func (s *sheet) draw() ([]*canvas, error) {
	body := s.body()
	page := s.newPage()
	pages := []*canvas{page}
	y := s.head(page)
	again := s.headAgain(&canvas{})
	turns, end := flow(body, y, again, -1)
	alone := end-s.closingHeight() < bottom
	if alone { // nobody trusts a signature on a page without what was signed
		if last := lastSection(body); last >= 0 {
			if t, e := flow(body, y, again, last); e-s.closingHeight() >= bottom {
				turns, alone = t, false
			}
		}
	}
	turn := func() {
		page = s.newPage()
		pages = append(pages, page)
		y = s.headAgain(page)
	}
	for i, p := range body {
		if turns[i] {
			turn()
		}
		p.draw(page, y)
		y -= p.height
	}
	if alone {
		turn()
	}
	if err := s.closing(page); err != nil {
		return nil, err
	}
	for i, p := range pages {
		s.foot(p, i+1, len(pages))
	}
	return pages, nil
}

// newPage begins a page with its frame and pale ground.
func (s *sheet) newPage() *canvas {
	c := &canvas{}
	rosette(c, pageWidth/2, pageHeight/2-20, 190)
	c.frame(frameGap, frameGap, pageWidth-2*frameGap, pageHeight-2*frameGap, 1.5, brand)
	c.frame(frameGap+4, frameGap+4, pageWidth-2*frameGap-8, pageHeight-2*frameGap-8, 0.5, gold)
	for _, x := range []float64{frameGap + 4, pageWidth - frameGap - 4} {
		for _, y := range []float64{frameGap + 4, pageHeight - frameGap - 4} {
			c.op(white.fill())
			c.circle(x, y, 5.5, "f")
			c.ring(x, y, 5.5, 0.8, brand)
			c.op(gold.fill())
			c.circle(x, y, 2.2, "f")
		}
	}
	return c
}

const (
	sealRadius = 39.0
	titleSize  = 20.0
	titleLead  = 29.0
)

// titleLines are the lines of the title, and its size: long titles are set smaller.
func (s *sheet) titleLines() ([]string, float64) {
	title := clean(s.d.Title)
	for size := titleSize; size > 15; size-- {
		if lines := s.bold.wrap(s.words, title, size, measure); len(lines) == 1 {
			return lines, size
		}
	}
	return s.bold.balanced(s.words, title, 17, measure-30), 17
}

// agencyLines are the lines under the seal: who issues the permit and where.
func (s *sheet) agencyLines() (name, rest []string) {
	name = s.bold.balanced(s.words, s.d.Agency.Name, 14.5, measure-40)
	if clean(s.d.Agency.Unit) != "" {
		rest = append(rest, s.regular.balanced(s.words, s.d.Agency.Unit, 9.5, measure-60)...)
	}
	where := strings.TrimSpace(s.d.Agency.Address + prefixed(" โทร. ", s.d.Agency.Phone))
	if clean(where) != "" {
		rest = append(rest, s.regular.balanced(s.words, where, 9.5, measure-60)...)
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
	if clean(s.d.LegalBasis) == "" {
		return nil
	}
	return s.regular.balanced(s.words, s.d.LegalBasis, 10, measure-50)
}

// head draws the top of the first page and returns where the body begins.
func (s *sheet) head(c *canvas) float64 {
	c.text(s.regular, left, top-6, 9, faint, "เลขที่ใบอนุญาต")
	c.text(s.bold, left, top-22, 13, ink, clean(s.d.Number))
	y := top - 37
	if s.d.Book != "" {
		c.text(s.regular, left, y, 9, faint, "เล่มที่ "+clean(s.d.Book))
	}
	y = top - 6
	if s.d.FormCode != "" {
		c.rightward(s.bold, right, y-2, 12, ink, clean(s.d.FormCode))
		y -= 16
	}
	c.rightward(s.regular, right, y, 9, faint, "ใบอนุญาตอิเล็กทรอนิกส์")
	if s.d.Replaces != "" {
		s.stamp(c, right, y-26)
	}
	s.seal(c, pageWidth/2, top-sealRadius+6, sealRadius)

	y = top - 2*sealRadius - 14
	name, rest := s.agencyLines()
	for _, line := range name {
		c.centred(s.bold, pageWidth/2, y, 14.5, ink, line)
		y -= 20
	}
	y += 3
	for _, line := range rest {
		c.centred(s.regular, pageWidth/2, y, 9.5, faint, line)
		y -= 13.5
	}
	title, size := s.titleLines()
	y -= 17
	for i, line := range title {
		if i > 0 {
			y -= size / titleSize * titleLead
		}
		c.centred(s.bold, pageWidth/2, y, size, brand, line)
	}
	y -= 13
	c.rule(pageWidth/2-70, y, pageWidth/2-7, y, 0.7, gold)
	c.rule(pageWidth/2+7, y, pageWidth/2+70, y, 0.7, gold)
	c.op(gold.fill())
	c.circle(pageWidth/2, y, 1.8, "f")
	y -= 5
	for _, line := range s.basisLines() {
		y -= 14.5
		c.centred(s.regular, pageWidth/2, y+2, 10, faint, line)
	}
	return y - 6
}

// stamp marks a replacement, in red as on paper.
func (s *sheet) stamp(c *canvas, x, y float64) {
	word := "ใบแทน"
	w := s.bold.width(word, 15) + 20
	c.frame(x-w, y-7, w, 25, 1.4, danger)
	c.text(s.bold, x-w+10, y, 15, danger, word)
	c.rightward(s.regular, x, y-19, 8.5, faint, "แทนฉบับเลขที่ "+clean(s.d.Replaces))
}

// headAgain draws the top of a further page.
func (s *sheet) headAgain(c *canvas) float64 {
	c.text(s.bold, left, top-8, 10.5, brand, s.bold.wrap(s.words, s.d.Title, 10.5, measure-150)[0])
	c.rightward(s.regular, right, top-8, 10.5, ink, "เลขที่ "+clean(s.d.Number))
	c.rule(left, top-17, right, top-17, 0.6, hair)
	return top - 32
}

// body is what flows from page to page: the sections, the fee and the conditions.
func (s *sheet) body() []piece {
	var out []piece
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
		if clean(s.d.Fee.Note) != "" {
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
func (s *sheet) heading(words string) piece {
	size := 11 * s.scale
	return piece{height: 25 * s.scale, with: true, heading: true, draw: func(c *canvas, y float64) {
		c.text(s.bold, left, y-17*s.scale, size, brand, clean(words))
		from := left + s.bold.width(clean(words), size) + 10
		c.rule(from, y-13.5*s.scale, right, y-13.5*s.scale, 0.5, hair)
	}}
}

// rows are the labelled values of a section; empty ones are left out.
func (s *sheet) rows(rows []Row) []piece {
	var out []piece
	for i := 0; i < len(rows); i++ {
		r := rows[i]
		if clean(r.Value) == "" {
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
	return clean(r.Value) != "" && !strings.Contains(clean(r.Value), "\n") &&
		s.regular.width(clean(r.Label), size*0.94) <= secondLabel-8 &&
		s.regular.width(clean(r.Value), size) <= secondAt-labelWidth-8
}

// pair is two short rows beside each other.
func (s *sheet) pair(a, b Row) piece {
	size := 11 * s.scale
	return piece{height: 16.8 * s.scale, draw: func(c *canvas, y float64) {
		base := y - 12*s.scale
		c.text(s.regular, left, base, size*0.94, faint, clean(a.Label))
		c.text(s.regular, left+labelWidth, base, size, ink, clean(a.Value))
		c.text(s.regular, left+secondAt, base, size*0.94, faint, clean(b.Label))
		c.text(s.regular, left+secondAt+secondLabel, base, size, ink, clean(b.Value))
	}}
}

// labelled is a label at the left and a value beside it, one piece a line.
func (s *sheet) labelled(label, value string, column float64) []piece {
	size, lead := 11*s.scale, 15.8*s.scale
	labels := s.regular.wrap(s.words, label, size*0.94, column-8)
	values := s.regular.wrap(s.words, value, size, measure-column)
	out := make([]piece, max(len(labels), len(values)))
	for i := range out {
		out[i] = piece{height: lead, draw: func(c *canvas, y float64) {
			if i < len(labels) {
				c.text(s.regular, left, y-12*s.scale, size*0.94, faint, labels[i])
			}
			if i < len(values) {
				c.text(s.regular, left+column, y-12*s.scale, size, ink, values[i])
			}
		}}
	}
	out[0].with = len(out) > 1 // no single line of a longer value alone at the foot of a page
	out[len(out)-1].height += 1 * s.scale
	return out
}

// foot draws what stands under the frame's inner edge of every page.
func (s *sheet) foot(c *canvas, page, pages int) {
	y := frameGap + 24
	c.rule(left, y+11, right, y+11, 0.5, hair)
	c.text(s.regular, left, y, 7.5, faint, "ข้อมูลแนบในไฟล์ ("+attached+") มีค่าแฮช SHA-256")
	c.text(s.regular, left, y-9.5, 6.6, faint, s.dataHash)
	c.rightward(s.regular, right, y, 7.5, faint, fmt.Sprintf("หน้า %d จาก %d", page, pages))
	c.rightward(s.regular, right, y-9.5, 7.5, faint, "เลขที่ "+clean(s.d.Number))
}
