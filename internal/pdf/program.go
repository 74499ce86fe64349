package pdf

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/go-text/typesetting/font/opentype"
)

// point is one point of a TrueType outline; between two points off the curve lies one on it.
type point struct {
	x, y int
	on   bool
}

// outlineOf is the outline of a cluster: its glyphs, each moved to its place.
func (f *Face) outlineOf(c Cluster) [][]point {
	var contours [][]point
	for _, g := range c.glyphs {
		shape, ok := f.face.GlyphDataOutline(g.gid)
		if !ok {
			continue
		}
		scale := f.upem / 1000
		contours = append(contours, contoursOf(shape.Segments, g.dx*scale, g.dy*scale)...)
	}
	return contours
}

// contoursOf turns segments into points, leaving out those that TrueType implies.
func contoursOf(segments []opentype.Segment, dx, dy float64) [][]point {
	type exact struct {
		x, y float64
		on   bool
	}
	var contours [][]point
	var pts []exact
	add := func(p opentype.SegmentPoint, on bool) {
		pts = append(pts, exact{float64(p.X) + dx, float64(p.Y) + dy, on})
	}
	end := func() {
		if n := len(pts); n > 1 && pts[0] == pts[n-1] {
			pts = pts[:n-1]
		}
		var contour []point
		for i, p := range pts {
			before, after := pts[(i+len(pts)-1)%len(pts)], pts[(i+1)%len(pts)]
			implied := p.on && !before.on && !after.on && p.x == (before.x+after.x)/2 && p.y == (before.y+after.y)/2
			if !implied {
				contour = append(contour, point{int(math.Round(p.x)), int(math.Round(p.y)), p.on})
			}
		}
		if len(contour) > 1 {
			contours = append(contours, contour)
		}
		pts = nil
	}
	for _, s := range segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			end()
			add(s.Args[0], true)
		case opentype.SegmentOpLineTo:
			add(s.Args[0], true)
		case opentype.SegmentOpQuadTo:
			add(s.Args[0], false)
			add(s.Args[1], true)
		case opentype.SegmentOpCubeTo: // TrueType outlines have none; keep the end so that nothing is lost silently
			add(s.Args[2], true)
		}
	}
	end()
	return contours
}

// box is the room an outline takes.
type box struct{ xMin, yMin, xMax, yMax int }

func boxOf(contours [][]point) box {
	b := box{math.MaxInt16, math.MaxInt16, math.MinInt16, math.MinInt16}
	for _, c := range contours {
		for _, p := range c {
			b = box{min(b.xMin, p.x), min(b.yMin, p.y), max(b.xMax, p.x), max(b.yMax, p.y)}
		}
	}
	if len(contours) == 0 {
		return box{}
	}
	return b
}

func (b box) with(o box) box {
	return box{min(b.xMin, o.xMin), min(b.yMin, o.yMin), max(b.xMax, o.xMax), max(b.yMax, o.yMax)}
}

// put16 appends numbers as two bytes each; negative ones in two's complement.
func put16(out []byte, values ...int) []byte {
	for _, v := range values {
		out = binary.BigEndian.AppendUint16(out, uint16(v)) //nolint:gosec // font units fit
	}
	return out
}

func put32(out []byte, values ...uint32) []byte {
	for _, v := range values {
		out = binary.BigEndian.AppendUint32(out, v)
	}
	return out
}

// glyf writes an outline as a simple TrueType glyph without instructions.
func glyf(contours [][]point) []byte {
	if len(contours) == 0 {
		return nil
	}
	b := boxOf(contours)
	out := put16(nil, len(contours), b.xMin, b.yMin, b.xMax, b.yMax)
	last := -1
	var flags, xs, ys []byte
	x, y := 0, 0
	for _, c := range contours {
		last += len(c)
		out = put16(out, last)
		for _, p := range c {
			var flag byte
			if p.on {
				flag = 1
			}
			xs, flag = coordinate(xs, flag, p.x-x, 0x02, 0x10)
			ys, flag = coordinate(ys, flag, p.y-y, 0x04, 0x20)
			flags = append(flags, flag)
			x, y = p.x, p.y
		}
	}
	out = put16(out, 0) // no instructions
	out = append(append(append(out, flags...), xs...), ys...)
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	return out
}

// coordinate appends one step along an axis in the shortest form and marks the form in the flag.
func coordinate(out []byte, flag byte, d int, short, same byte) ([]byte, byte) {
	switch {
	case d == 0:
		return out, flag | same
	case d > 0 && d < 256:
		return append(out, byte(d)), flag | short | same
	case d < 0 && d > -256:
		return append(out, byte(-d)), flag | short
	}
	return put16(out, d), flag
}

// program writes a TrueType font whose glyph n is what code n draws; glyph 0 is drawn for no code.
func (f *Face) program() ([]byte, box) {
	scale := f.upem / 1000
	all := append([]Cluster{{glyphs: []glyph{{gid: 0}}, width: float64(f.face.HorizontalAdvance(0)) / scale}}, f.used...)
	var glyphs, hmtx, loca []byte
	whole := box{}
	widest, mostPoints, mostContours := 0, 0, 0
	for _, c := range all {
		contours := f.outlineOf(c)
		b := boxOf(contours)
		whole = whole.with(b)
		points := 0
		for _, k := range contours {
			points += len(k)
		}
		mostPoints, mostContours = max(mostPoints, points), max(mostContours, len(contours))
		width := int(math.Round(c.width * scale))
		widest = max(widest, width)
		hmtx = put16(hmtx, width, b.xMin)
		loca = put32(loca, uint32(len(glyphs))) //nolint:gosec // far below 4 GB
		glyphs = append(glyphs, glyf(contours)...)
	}
	loca = put32(loca, uint32(len(glyphs))) //nolint:gosec // as above
	ext, _ := f.face.FontHExtents()
	ascent, descent := int(ext.Ascender), int(ext.Descender)

	head := put32(nil, 0x00010000, 0x00010000, 0, 0x5F0F3CF5)
	head = put16(head, 0x000B, int(f.upem))
	head = append(head, make([]byte, 16)...) // no dates: the same glyphs give the same bytes
	head = put16(head, whole.xMin, whole.yMin, whole.xMax, whole.yMax, 0, 8, 2, 1, 0)

	hhea := put32(nil, 0x00010000)
	hhea = put16(hhea, ascent, descent, 0, widest, whole.xMin, 0, whole.xMax, 1, 0, 0, 0, 0, 0, 0, 0, len(all))

	maxp := put32(nil, 0x00010000)
	maxp = put16(maxp, len(all), mostPoints, mostContours, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)

	return sfnt([]table{{"glyf", glyphs}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}}), whole
}

// table is one part of a TrueType file.
type table struct {
	name string
	data []byte
}

// sfnt writes tables, given in the order of their names, as a TrueType file with its checksums.
func sfnt(tables []table) []byte {
	n := len(tables)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	out := put16(put32(nil, 0x00010000), n, power*16, log, n*16-power*16)
	var body bytes.Buffer
	start, headAt := 12+16*n, 0
	for _, t := range tables {
		if t.name == "head" {
			headAt = start + body.Len()
		}
		out = append(out, t.name...)
		out = put32(out, sum32(t.data), uint32(start+body.Len()), uint32(len(t.data))) //nolint:gosec // far below 4 GB
		body.Write(t.data)
		for body.Len()%4 != 0 {
			body.WriteByte(0)
		}
	}
	out = append(out, body.Bytes()...)
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-sum32(out))
	return out
}

// sum32 is TrueType's checksum.
func sum32(data []byte) uint32 {
	var sum uint32
	for len(data) >= 4 {
		sum += binary.BigEndian.Uint32(data)
		data = data[4:]
	}
	var rest [4]byte
	copy(rest[:], data)
	return sum + binary.BigEndian.Uint32(rest[:])
}
