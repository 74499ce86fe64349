package papers

import (
	"fmt"
	"strconv"
	"strings"

	"saphan/internal/lines"
	"saphan/internal/pdf"
	"saphan/internal/words"
)

// The page, in points.
const (
	left    = 56.0
	right   = pdf.Width - left
	measure = right - left
	top     = pdf.Height - 48
	bottom  = 62.0

	bodySize   = 10.5
	smallSize  = 8.5
	labelWidth = 136.0
)

// lead is how far apart the lines of a size stand: Thai needs room above and below.
func lead(size float64) float64 { return size * 1.5 }

// The colours of the page, those of the house's look.
var (
	ink   = pdf.Colour{0.086, 0.125, 0.173}
	faint = pdf.Colour{0.290, 0.341, 0.404}
	brand = pdf.Colour{0.043, 0.361, 0.420}
	hair  = pdf.Colour{0.800, 0.835, 0.870}
	wash  = pdf.Colour{0.925, 0.965, 0.969}
	good  = pdf.Colour{0.078, 0.376, 0.227}
)

// sheet lays out one paper.
type sheet struct {
	lang          string
	file          *pdf.Document
	words         lines.Words
	regular, bold *pdf.Face
	thaiDigits    bool
	page          func(n, of int) string // what the foot says of the page
	title, number string                 // what further pages say on top
	foot          string
	err           error // the first thing that could not be drawn
}

// begin starts a paper. Names are kept whole where lines break.
func begin(a pdf.About, thaiDigits bool, names ...string) (*sheet, error) {
	file, err := pdf.New(a)
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", a.Subject, err)
	}
	s := &sheet{
		file: file, words: lines.Known().With(names...), regular: file.Regular, bold: file.Bold, thaiDigits: thaiDigits, title: a.Title,
	}
	s.speak(words.Thai)
	return s, nil
}

// speak makes a paper's frame speak a language.
func (s *sheet) speak(lang string) {
	s.lang = lang
	s.page = func(n, of int) string {
		return words.With("หน้า {n} จาก {of}", "Page {n} of {of}", "n", n, "of", of).In(lang)
	}
}

// text makes a value fit to be drawn: clean, and with the digits the paper is to have.
func (s *sheet) text(v string) string {
	v = lines.Clean(v)
	if s.thaiDigits {
		v = digits(v)
	}
	return v
}

// element makes an element of the structure when it is first drawn: so elements stand in the order of the pages, which is
// the order in which they are read aloud.
func element(in func() *pdf.Element, kind string) func() *pdf.Element {
	var e *pdf.Element
	return func() *pdf.Element {
		if e == nil {
			e = in().Add(kind)
		}
		return e
	}
}

// scoped is element for the head of a row or column of a table.
func scoped(in func() *pdf.Element, scope string) func() *pdf.Element {
	head := element(in, "TH")
	return func() *pdf.Element { return head().Scope(scope) }
}

// part draws something as an element of its own.
func (s *sheet) part(c *pdf.Page, kind string, draw func()) {
	c.In(s.file.Root().Add(kind), draw)
}

// wrap breaks a value into lines. Where a line ends at a blank the blank stays: it is not seen, and whoever has the paper
// read to him hears two words.
func (s *sheet) wrap(f *pdf.Face, size, wide float64, value string) []string {
	rest := s.text(value)
	out := f.Wrap(s.words, rest, size, wide)
	for i := range out {
		rest = strings.TrimPrefix(rest, out[i])
		if next := strings.TrimLeft(rest, " \n"); len(next) < len(rest) && i+1 < len(out) {
			out[i] += " "
			rest = next
		}
	}
	return out
}

// write draws the pieces below what head draws, on as many pages as they need, and returns the file.
func (s *sheet) write(head func(c *pdf.Page) float64, body []pdf.Piece) ([]byte, error) {
	page := s.file.NewPage()
	y := head(page)
	turns, _ := pdf.Flow(body, y, s.headAgain(&pdf.Page{}), bottom, -1)
	for i, p := range body {
		if turns[i] {
			page = s.file.NewPage()
			y = s.headAgain(page)
			if p.Again != nil {
				p.Again.Draw(page, y)
				y -= p.Again.Height
			}
		}
		p.Draw(page, y)
		y -= p.Height
	}
	if s.err != nil {
		return nil, fmt.Errorf("draw %s: %w", s.title, s.err)
	}
	pages := s.file.Pages()
	for i, p := range pages {
		p.Rule(left, bottom-16, right, bottom-16, 0.5, hair)
		p.Text(s.regular, left, bottom-27, 7.5, faint, s.regular.Wrap(s.words, s.text(s.foot), 7.5, measure-80)[0])
		p.Rightward(s.regular, right, bottom-27, 7.5, faint, s.text(s.page(i+1, len(pages))))
	}
	out, err := s.file.Bytes()
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", s.title, err)
	}
	return out, nil
}

// headAgain draws the top of a further page and returns where its body begins.
func (s *sheet) headAgain(c *pdf.Page) float64 {
	number := s.text(s.number)
	room := measure - s.regular.Width(number, 9) - 16
	c.Text(s.bold, left, top-8, 9.5, brand, s.bold.Wrap(s.words, s.text(s.title), 9.5, room)[0])
	c.Rightward(s.regular, right, top-8, 9, faint, number)
	c.Rule(left, top-16, right, top-16, 0.6, hair)
	return top - 26
}

// letterhead draws whose paper it is at the left and labelled numbers at the right, over a rule; it returns where the rest
// begins.
func (s *sheet) letterhead(c *pdf.Page, a Agency, numbers ...Row) float64 {
	x, room := left, measure-170
	if len(a.Emblem) > 0 {
		pic, err := s.file.Picture(a.Emblem)
		if err != nil {
			s.err = err
			return top
		}
		const side = 46.0
		w, h := side, side*float64(pic.Height)/float64(pic.Width)
		if h > side {
			w, h = side*side/h, side
		}
		c.In(s.file.Root().Add("Figure").Alt("ตราของ"+a.Name), func() { c.Picture(pic, x, top-h, w, h) })
		x, room = x+w+12, room-w-12
	}
	y := top - 12
	s.part(c, "P", func() {
		for _, line := range s.bold.Wrap(s.words, s.text(a.Name), 13.5, room) {
			c.Text(s.bold, x, y, 13.5, ink, line)
			y -= 19
		}
	})
	y += 4
	where := a.where(s.lang)
	if a.TaxID != "" {
		where += "\nเลขประจำตัวผู้เสียภาษี " + a.TaxID
	}
	s.part(c, "P", func() {
		for _, line := range s.wrap(s.regular, smallSize, room, where) {
			c.Text(s.regular, x, y, smallSize, faint, line)
			y -= lead(smallSize)
		}
	})
	at := top - 8.0
	for _, n := range numbers {
		if strings.TrimSpace(n.Value) == "" {
			continue
		}
		value, size := s.text(n.Value), 13.0
		if wide := s.bold.Width(value, size); wide > 158 {
			size *= 158 / wide
		}
		s.part(c, "P", func() { c.Rightward(s.regular, right, at, smallSize, faint, n.Label) })
		s.part(c, "P", func() { c.Rightward(s.bold, right, at-16, size, ink, value) })
		at -= 34
	}
	y = min(y, at+6, top-50)
	c.Rule(left, y, right, y, 1.2, brand)
	return y
}

// heading draws the name of the paper and what it is about in the middle.
func (s *sheet) heading(c *pdf.Page, y float64, name, about string) float64 {
	y -= 30
	s.part(c, "H1", func() {
		for _, line := range s.bold.Balanced(s.words, s.text(name), 19, measure-40) {
			c.Centred(s.bold, pdf.Width/2, y, 19, brand, line)
			y -= 27
		}
	})
	if s.text(about) == "" {
		return y + 12
	}
	y += 4
	s.part(c, "P", func() {
		for _, line := range s.bold.Balanced(s.words, s.text(about), 12.5, measure-60) {
			c.Centred(s.bold, pdf.Width/2, y, 12.5, ink, line)
			y -= 18.5
		}
	})
	return y + 8
}

// facts draws what matters most in boxes beside each other and returns where the rest begins.
func (s *sheet) facts(c *pdf.Page, y float64, facts ...Row) float64 {
	var shown []Row
	for _, f := range facts {
		if strings.TrimSpace(f.Value) != "" {
			shown = append(shown, f)
		}
	}
	if len(shown) == 0 {
		return y
	}
	const gap, pad = 8.0, 11.0
	wide := (measure - gap*float64(len(shown)-1)) / float64(len(shown))
	values, most := make([][]string, len(shown)), 1
	for i, f := range shown {
		values[i] = s.wrap(s.bold, 12, wide-pad-8, f.Value)
		most = max(most, len(values[i]))
	}
	high := 28 + 17.5*float64(most)
	for i, f := range shown {
		x := left + float64(i)*(wide+gap)
		c.Rect(x, y-high, wide, high, wash)
		c.Rect(x, y-high, 2.5, high, brand)
		s.part(c, "P", func() { c.Text(s.regular, x+pad, y-15, smallSize, faint, s.text(f.Label)) })
		s.part(c, "P", func() {
			for k, line := range values[i] {
				c.Text(s.bold, x+pad, y-33-17.5*float64(k), 12, ink, line)
			}
		})
	}
	return y - high
}

// section is a heading over pieces; without pieces there is no heading.
func (s *sheet) section(name string, body ...pdf.Piece) []pdf.Piece {
	if len(body) == 0 {
		return nil
	}
	name = s.text(name)
	head := pdf.Piece{Height: 31, With: true, Heading: true, Draw: func(c *pdf.Page, y float64) {
		words := s.bold.Wrap(s.words, name, 11.5, measure)
		s.part(c, "H2", func() { c.Text(s.bold, left, y-21, 11.5, brand, words[0]) })
		if from := left + s.bold.Width(words[0], 11.5) + 10; from < right {
			c.Rule(from, y-17, right, y-17, 0.5, hair)
		}
	}}
	return append([]pdf.Piece{head}, body...)
}

// lines are pieces of a paragraph, one a line, at x and as wide as given.
func (s *sheet) lines(f *pdf.Face, size, x, wide float64, col pdf.Colour, text string) []pdf.Piece {
	return s.linesOf(element(s.file.Root, "P"), f, size, x, wide, col, text)
}

// linesOf are pieces of text that belong to an element.
func (s *sheet) linesOf(e func() *pdf.Element, f *pdf.Face, size, x, wide float64, col pdf.Colour, text string) []pdf.Piece {
	if s.text(text) == "" {
		return nil
	}
	var out []pdf.Piece
	for _, line := range s.wrap(f, size, wide, text) {
		out = append(out, pdf.Piece{Height: lead(size), Draw: func(c *pdf.Page, y float64) {
			c.In(e(), func() { c.Text(f, x, y-size*1.15, size, col, line) })
		}})
	}
	return kept(out)
}

// kept keeps a short text on one page, and the first line of a longer one with its second.
func kept(out []pdf.Piece) []pdf.Piece {
	const short = 4
	for i := range out {
		out[i].With = i+1 < len(out) && (i == 0 || len(out) <= short || i == len(out)-2)
	}
	return out
}

// paragraph is text over the whole width.
func (s *sheet) paragraph(text string) []pdf.Piece {
	return s.lines(s.regular, bodySize, left, measure, ink, text)
}

// list is lines behind marks: numbers, or a dash when there is nothing to count.
func (s *sheet) list(items []string, numbered bool) []pdf.Piece {
	column := 16.0
	if numbered && len(items) > 9 {
		column = 24
	}
	var out []pdf.Piece
	all := element(s.file.Root, "L")
	for i, item := range items {
		one := element(all, "LI")
		label := element(one, "Lbl")
		mark := "–"
		if numbered {
			mark = s.text(strconv.Itoa(i+1) + ".")
		}
		body := s.linesOf(element(one, "LBody"), s.regular, bodySize, left+column, measure-column, ink, item)
		if len(body) == 0 {
			continue
		}
		first := body[0].Draw
		body[0].Draw = func(c *pdf.Page, y float64) {
			c.In(label(), func() { c.Text(s.regular, left, y-bodySize*1.15, bodySize, faint, mark) })
			first(c, y)
		}
		out = append(out, body...)
	}
	return out
}

// rows are labels at the left and values beside them; empty ones are left out.
func (s *sheet) rows(rows []Row) []pdf.Piece {
	var out []pdf.Piece
	all := element(s.file.Root, "Table")
	for _, r := range rows {
		if s.text(r.Value) == "" {
			continue
		}
		columns := [][]inked{{}, {}}
		for _, words := range s.wrap(s.regular, bodySize*0.95, labelWidth-10, r.Label) {
			columns[0] = append(columns[0], inked{words, bodySize * 0.95, s.regular, faint})
		}
		for _, words := range s.wrap(s.regular, bodySize, measure-labelWidth, r.Value) {
			columns[1] = append(columns[1], inked{words, bodySize, s.regular, ink})
		}
		one := element(all, "TR")
		cells := []func() *pdf.Element{scoped(one, "Row"), element(one, "TD")}
		out = append(out, s.beside(columns, cells, 0, 1, func(c *pdf.Page, i int, y float64, l inked) {
			c.Text(l.face, left+labelWidth*float64(i), y, l.size, l.col, l.text)
		}, nil)...)
	}
	return out
}

// inked is one line of a column.
type inked struct {
	text string
	size float64
	face *pdf.Face
	col  pdf.Colour
}

// beside is columns of lines beside each other, with room above and below. What is not long stays together and is drawn
// column by column, as it is to be read; what is long is one piece a line. under is drawn first, below the lines; it is
// told where they begin, how high they are and whether they are the last.
func (s *sheet) beside(columns [][]inked, cells []func() *pdf.Element, above, below float64, put func(c *pdf.Page, column int, y float64, l inked), under func(c *pdf.Page, y, high float64, last bool)) []pdf.Piece {
	most := 1
	for _, c := range columns {
		most = max(most, len(c))
	}
	heights := make([]float64, most) // of the lines, the highest in any column
	for n := range heights {
		heights[n] = 1
		for _, c := range columns {
			if n < len(c) {
				heights[n] = max(heights[n], lead(c[n].size))
			}
		}
	}
	part := func(from, to int) pdf.Piece {
		room, high := 0.0, 0.0
		if from == 0 {
			room = above
		}
		for _, h := range heights[from:to] {
			high += h
		}
		high += room
		if to == most {
			high += below
		}
		return pdf.Piece{Height: high, Draw: func(c *pdf.Page, y float64) {
			if under != nil {
				under(c, y, high, to == most)
			}
			for i, lines := range columns {
				at := y - room
				c.In(cells[i](), func() {
					for n := from; n < min(to, len(lines)); n++ {
						put(c, i, at-lines[n].size*1.13, lines[n])
						at -= heights[n]
					}
				})
			}
		}}
	}
	const short = 8 // lines
	if most <= short {
		return []pdf.Piece{part(0, most)}
	}
	out := make([]pdf.Piece, most)
	for n := range out {
		out[n] = part(n, n+1)
	}
	return kept(out)
}

// gap is empty room.
func gap(height float64) pdf.Piece {
	return pdf.Piece{Height: height, Draw: func(*pdf.Page, float64) {}}
}

// check is the box with the QR code by which anyone sees that the paper is real. It is never split.
func (s *sheet) check(name, how, link string) []pdf.Piece {
	const side, high = 88.0, 104.0
	return []pdf.Piece{gap(12), {Height: high, Draw: func(c *pdf.Page, y float64) {
		c.Frame(left, y-high+6, measure, high-6, 0.6, hair)
		c.In(s.file.Root().Add("Figure").Alt("QR: "+link), func() {
			if err := c.QR(left+5, y-high+11, side, link); err != nil {
				s.err = err
			}
		})
		x := left + side + 18
		room := right - x - 10
		s.part(c, "H2", func() { c.Text(s.bold, x, y-20, 11, brand, s.text(name)) })
		at := y - 37
		s.part(c, "P", func() {
			for _, line := range s.wrap(s.regular, 9, room, how) {
				c.Text(s.regular, x, at, 9, ink, line)
				at -= 13.5
			}
		})
		c.In(s.file.Root().Add("P").Add("Link"), func() {
			for _, line := range s.regular.Wrap(s.words, link, smallSize, room) {
				c.Text(s.regular, x, at-2, smallSize, brand, line)
				c.Link(x, at-5, s.regular.Width(line, smallSize), 11, link)
				at -= 12
			}
			c.Link(left+5, y-high+11, side, side, link)
		})
	}}}
}
