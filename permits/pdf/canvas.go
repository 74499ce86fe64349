package pdf

import (
	"bytes"
	"fmt"
	"math"

	"github.com/go-text/typesetting/font/opentype"
)

// colour is red, green and blue, each 0 to 1.
type colour [3]float64

// The colours of the page.
var (
	ink    = colour{0.086, 0.125, 0.173}
	faint  = colour{0.290, 0.341, 0.404}
	brand  = colour{0.043, 0.361, 0.420}
	gold   = colour{0.690, 0.545, 0.220}
	hair   = colour{0.800, 0.835, 0.870}
	wash   = colour{0.925, 0.965, 0.969}
	ghost  = colour{0.905, 0.945, 0.950}
	white  = colour{1, 1, 1}
	danger = colour{0.647, 0.094, 0.169}
)

func (c colour) fill() string   { return num(c[0]) + " " + num(c[1]) + " " + num(c[2]) + " rg\n" }
func (c colour) stroke() string { return num(c[0]) + " " + num(c[1]) + " " + num(c[2]) + " RG\n" }

// canvas is the content of one page; its origin is the lower left corner.
type canvas struct {
	bytes.Buffer
	links []link
}

// link is a place on the page that opens an address.
type link struct {
	x, y, w, h float64
	uri        string
}

// op writes operators as they are.
func (c *canvas) op(s string) { fmt.Fprint(&c.Buffer, s) }

// text draws one line with its baseline at y.
func (c *canvas) text(f *typeface, x, y, size float64, col colour, line string) {
	if line == "" {
		return
	}
	fmt.Fprintf(c, "BT\n%s/%s %s Tf\n%s %s Td\n", col.fill(), f.name, num(size), num(x), num(y))
	t := typist{canvas: c}
	for _, cl := range f.shape(line) {
		t.put(f.code(cl), cl)
	}
	t.flush()
	c.op("ET\n")
}

// centred draws a line with its middle at x.
func (c *canvas) centred(f *typeface, x, y, size float64, col colour, line string) {
	c.text(f, x-f.width(line, size)/2, y, size, col, line)
}

// rightward draws a line that ends at x.
func (c *canvas) rightward(f *typeface, x, y, size float64, col colour, line string) {
	c.text(f, x-f.width(line, size), y, size, col, line)
}

// typist writes characters at exact places: where shaping puts one elsewhere than the viewer would, it says by how much.
type typist struct {
	canvas *canvas
	want   float64 // where the next character belongs, in thousandths of the size
	pen    float64 // where the viewer is
	row    bytes.Buffer
	open   bool // inside a hexadecimal string
}

func (t *typist) put(code uint16, c cluster) {
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
	t.want += c.advance
}

func (t *typist) close() {
	if t.open {
		t.row.WriteByte('>')
		t.open = false
	}
}

func (t *typist) flush() {
	t.close()
	fmt.Fprintf(t.canvas, "[%s] TJ\n", t.row.String())
}

// rect fills a rectangle whose lower left corner is x, y.
func (c *canvas) rect(x, y, w, h float64, col colour) {
	fmt.Fprintf(c, "%s%s %s %s %s re f\n", col.fill(), num(x), num(y), num(w), num(h))
}

// frame strokes a rectangle.
func (c *canvas) frame(x, y, w, h, line float64, col colour) {
	fmt.Fprintf(c, "%s%s w %s %s %s %s re S\n", col.stroke(), num(line), num(x), num(y), num(w), num(h))
}

// rule draws a straight line.
func (c *canvas) rule(x1, y1, x2, y2, line float64, col colour) {
	fmt.Fprintf(c, "%s%s w %s %s m %s %s l S\n", col.stroke(), num(line), num(x1), num(y1), num(x2), num(y2))
}

// circle adds a circle to the path; paint says how it is painted: S strokes, f fills.
func (c *canvas) circle(x, y, r float64, paint string) {
	const k = 0.5522847498 // four curves make a circle
	fmt.Fprintf(c, "%s %s m\n", num(x+r), num(y))
	for _, q := range [4][6]float64{
		{r, k * r, k * r, r, 0, r}, {-k * r, r, -r, k * r, -r, 0},
		{-r, -k * r, -k * r, -r, 0, -r}, {k * r, -r, r, -k * r, r, 0},
	} {
		fmt.Fprintf(c, "%s %s %s %s %s %s c\n", num(x+q[0]), num(y+q[1]), num(x+q[2]), num(y+q[3]), num(x+q[4]), num(y+q[5]))
	}
	c.op(paint + "\n")
}

// ring strokes a circle.
func (c *canvas) ring(x, y, r, line float64, col colour) {
	fmt.Fprintf(c, "%s%s w ", col.stroke(), num(line))
	c.circle(x, y, r, "s")
}

// outline draws a line as shapes, not as text: what is decoration is not read out. It is turned by angle around x, y.
func (c *canvas) outline(f *typeface, x, y, size, angle float64, col colour, clusters []cluster) {
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
		pen += cl.advance
	}
	c.op("f\n")
}

// path writes the outline of one glyph; quadratic curves become cubic ones.
func (c *canvas) path(segments []opentype.Segment, place func(opentype.SegmentPoint) string) {
	var at opentype.SegmentPoint
	between := func(a, b opentype.SegmentPoint) opentype.SegmentPoint {
		return opentype.SegmentPoint{X: a.X + (b.X-a.X)*2/3, Y: a.Y + (b.Y-a.Y)*2/3}
	}
	for _, s := range segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			fmt.Fprintf(c, "%s m\n", place(s.Args[0]))
			at = s.Args[0]
		case opentype.SegmentOpLineTo:
			fmt.Fprintf(c, "%s l\n", place(s.Args[0]))
			at = s.Args[0]
		case opentype.SegmentOpQuadTo:
			fmt.Fprintf(c, "%s %s %s c\n", place(between(at, s.Args[0])), place(between(s.Args[1], s.Args[0])), place(s.Args[1]))
			at = s.Args[1]
		case opentype.SegmentOpCubeTo:
			fmt.Fprintf(c, "%s %s %s c\n", place(s.Args[0]), place(s.Args[1]), place(s.Args[2]))
			at = s.Args[2]
		}
	}
	c.op("h\n")
}
