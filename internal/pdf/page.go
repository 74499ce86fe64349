package pdf

import (
	"bytes"
	"fmt"
	"math"

	"github.com/go-text/typesetting/font/opentype"
)

// The size of a page: A4, in points (1/72 inch).
const (
	Width  = 595.276
	Height = 841.89
)

// Colour is red, green and blue, each 0 to 1.
type Colour [3]float64

func (c Colour) fill() string   { return num(c[0]) + " " + num(c[1]) + " " + num(c[2]) + " rg\n" }
func (c Colour) stroke() string { return num(c[0]) + " " + num(c[1]) + " " + num(c[2]) + " RG\n" }

// Point is a place on a page, in points from the lower left corner.
type Point struct{ X, Y float64 }

// Page is one page: what is drawn last lies on top. Its origin is the lower left corner, its unit the point. A page that
// belongs to no document is good for measuring.
type Page struct {
	content bytes.Buffer
	links   []link
	spans   []span // what of the content belongs to elements
}

// link is a place on the page that opens an address.
type link struct {
	x, y, w, h float64
	uri        string
	element    *Element // that it belongs to, if the document has a structure
}

// Link makes a rectangle, whose lower left corner is x, y, open an address.
func (c *Page) Link(x, y, w, h float64, uri string) {
	c.links = append(c.links, link{x: x, y: y, w: w, h: h, uri: uri})
}

// op writes operators as they are.
func (c *Page) op(s string) { fmt.Fprint(&c.content, s) }

// Text draws one line with its baseline at y.
func (c *Page) Text(f *Face, x, y, size float64, col Colour, line string) {
	if line == "" {
		return
	}
	fmt.Fprintf(&c.content, "BT\n%s/%s %s Tf\n%s %s Td\n", col.fill(), f.name, num(size), num(x), num(y))
	t := typist{page: c}
	for _, cl := range f.Shape(line) {
		t.put(f.code(cl), cl)
	}
	t.flush()
	c.op("ET\n")
}

// Centred draws a line with its middle at x.
func (c *Page) Centred(f *Face, x, y, size float64, col Colour, line string) {
	c.Text(f, x-f.Width(line, size)/2, y, size, col, line)
}

// Rightward draws a line that ends at x.
func (c *Page) Rightward(f *Face, x, y, size float64, col Colour, line string) {
	c.Text(f, x-f.Width(line, size), y, size, col, line)
}

// typist writes characters at exact places: where shaping puts one elsewhere than the viewer would, it says by how much.
type typist struct {
	page *Page
	want float64 // where the next character belongs, in thousandths of the size
	pen  float64 // where the viewer is
	row  bytes.Buffer
	open bool // inside a hexadecimal string
}

func (t *typist) put(code uint16, c Cluster) {
	if back := math.Round(t.pen - t.want); back != 0 {
		t.close()
		t.row.WriteString(num(back))
		t.pen -= back
	}
	if !t.open {
		t.row.WriteByte('<')
		t.open = true
	}
	fmt.Fprintf(&t.row, "%04X", code)
	t.pen += c.width
	t.want += c.Advance
}

func (t *typist) close() {
	if t.open {
		t.row.WriteByte('>')
		t.open = false
	}
}

func (t *typist) flush() {
	t.close()
	fmt.Fprintf(&t.page.content, "[%s] TJ\n", t.row.String())
}

// Rect fills a rectangle whose lower left corner is x, y.
func (c *Page) Rect(x, y, w, h float64, col Colour) {
	fmt.Fprintf(&c.content, "%s%s %s %s %s re f\n", col.fill(), num(x), num(y), num(w), num(h))
}

// Frame strokes a rectangle.
func (c *Page) Frame(x, y, w, h, line float64, col Colour) {
	fmt.Fprintf(&c.content, "%s%s w %s %s %s %s re S\n", col.stroke(), num(line), num(x), num(y), num(w), num(h))
}

// Rule draws a straight line.
func (c *Page) Rule(x1, y1, x2, y2, line float64, col Colour) {
	fmt.Fprintf(&c.content, "%s%s w %s %s m %s %s l S\n", col.stroke(), num(line), num(x1), num(y1), num(x2), num(y2))
}

// circle adds a circle to the path; paint says how it is painted: S strokes, f fills.
func (c *Page) circle(x, y, r float64, paint string) {
	const k = 0.5522847498 // four curves make a circle
	fmt.Fprintf(&c.content, "%s %s m\n", num(x+r), num(y))
	for _, q := range [4][6]float64{
		{r, k * r, k * r, r, 0, r}, {-k * r, r, -r, k * r, -r, 0},
		{-r, -k * r, -k * r, -r, 0, -r}, {k * r, -r, r, -k * r, r, 0},
	} {
		fmt.Fprintf(&c.content, "%s %s %s %s %s %s c\n", num(x+q[0]), num(y+q[1]), num(x+q[2]), num(y+q[3]), num(x+q[4]), num(y+q[5]))
	}
	c.op(paint + "\n")
}

// Disc fills a circle.
func (c *Page) Disc(x, y, r float64, col Colour) {
	c.op(col.fill())
	c.circle(x, y, r, "f")
}

// Discs fills circles of one size and colour.
func (c *Page) Discs(r float64, col Colour, at ...Point) {
	c.op(col.fill())
	for _, p := range at {
		c.circle(p.X, p.Y, r, "f")
	}
}

// Loops strokes closed lines of one width and colour.
func (c *Page) Loops(line float64, col Colour, loops ...[]Point) {
	fmt.Fprintf(&c.content, "%s%s w\n", col.stroke(), num(line))
	for _, loop := range loops {
		for i, p := range loop {
			op := "l"
			if i == 0 {
				op = "m"
			}
			fmt.Fprintf(&c.content, "%.2f %.2f %s\n", p.X, p.Y, op)
		}
		c.op("s\n")
	}
}

// Ring strokes a circle.
func (c *Page) Ring(x, y, r, line float64, col Colour) {
	fmt.Fprintf(&c.content, "%s%s w ", col.stroke(), num(line))
	c.circle(x, y, r, "s")
}

// Outline draws a line as shapes, not as text: what is decoration is not read out. It is turned by angle around x, y.
func (c *Page) Outline(f *Face, x, y, size, angle float64, col Colour, clusters []Cluster) {
	sin, cos := math.Sin(angle), math.Cos(angle)
	c.op(col.fill())
	pen := 0.0
	for _, cl := range clusters {
		for _, g := range cl.glyphs {
			shape, ok := f.face.GlyphDataOutline(g.gid)
			if ok && len(shape.Segments) > 0 {
				place := func(p opentype.SegmentPoint) string {
					px := (pen+g.dx)*size/1000 + float64(p.X)*size/f.upem
					py := g.dy*size/1000 + float64(p.Y)*size/f.upem
					return num(x+px*cos-py*sin) + " " + num(y+px*sin+py*cos)
				}
				c.path(shape.Segments, place)
			}
		}
		pen += cl.Advance
	}
	c.op("f\n")
}

// path writes the outline of one glyph; quadratic curves become cubic ones.
func (c *Page) path(segments []opentype.Segment, place func(opentype.SegmentPoint) string) {
	var at opentype.SegmentPoint
	between := func(a, b opentype.SegmentPoint) opentype.SegmentPoint {
		return opentype.SegmentPoint{X: a.X + (b.X-a.X)*2/3, Y: a.Y + (b.Y-a.Y)*2/3}
	}
	for _, s := range segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			fmt.Fprintf(&c.content, "%s m\n", place(s.Args[0]))
			at = s.Args[0]
		case opentype.SegmentOpLineTo:
			fmt.Fprintf(&c.content, "%s l\n", place(s.Args[0]))
			at = s.Args[0]
		case opentype.SegmentOpQuadTo:
			fmt.Fprintf(&c.content, "%s %s %s c\n", place(between(at, s.Args[0])), place(between(s.Args[1], s.Args[0])), place(s.Args[1]))
			at = s.Args[1]
		case opentype.SegmentOpCubeTo:
			fmt.Fprintf(&c.content, "%s %s %s c\n", place(s.Args[0]), place(s.Args[1]), place(s.Args[2]))
			at = s.Args[2]
		}
	}
	c.op("h\n")
}
