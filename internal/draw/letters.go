package draw

import (
	"bytes"
	"fmt"
	"image/color"
	"sync"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"saphan/internal/lines"
	"saphan/internal/third_party/plexthai"
)

// fonts are the two weights, read once. Fonts are safe to share; faces are made for each picture.
var fonts = sync.OnceValues(func() ([2]*font.Font, error) {
	var read [2]*font.Font
	for i, data := range [][]byte{plexthai.Medium(), plexthai.SemiBold()} {
		f, err := font.ParseTTF(bytes.NewReader(data))
		if err != nil {
			return read, fmt.Errorf("read the font: %w", err)
		}
		read[i] = f.Font
	}
	return read, nil
})

// Face writes in one weight.
type Face struct {
	face   *font.Face
	upem   float64
	shaper shaping.HarfbuzzShaper
}

// Faces returns the medium and the semi-bold weight for one picture.
func Faces() (medium, semiBold *Face, err error) {
	read, err := fonts()
	if err != nil {
		return nil, nil, err
	}
	made := func(f *font.Font) *Face { return &Face{face: font.NewFace(f), upem: float64(f.Upem())} }
	return made(read[0]), made(read[1]), nil
}

// glyph is a shaped glyph and where it stands, in thousandths of the size.
type glyph struct {
	id       font.GID
	x, y     float64
	from, to int     // runes of the line it stands for, its marks included
	advance  float64 // how far it moves the pen
}

// shape turns a line into glyphs and says how wide it is.
func (f *Face) shape(line string) (glyphs []glyph, width float64) {
	text := []rune(line)
	for start := 0; start < len(text); {
		script, end := run(text, start)
		out := f.shaper.Shape(shaping.Input{
			Text: text, RunStart: start, RunEnd: end, Direction: di.DirectionLTR,
			Face: f.face, Size: fixed.I(1000), Script: script, Language: language.NewLanguage("th"),
		})
		for _, g := range out.Glyphs {
			glyphs = append(glyphs, glyph{
				id: g.GlyphID, x: width + float64(g.XOffset)/64, y: float64(g.YOffset) / 64,
				from: g.TextIndex(), to: g.TextIndex() + g.RunesCount(), advance: float64(g.Advance) / 64,
			})
			width += float64(g.Advance) / 64
		}
		start = end
	}
	return glyphs, width
}

// run is the piece of text in one script from start on: a run that began with Latin would not raise
// Thai marks. Digits, spaces and signs go with what stands before them.
func run(text []rune, start int) (script language.Script, end int) {
	script = language.Latin
	for end = start; end < len(text); end++ {
		is := language.LookupScript(text[end])
		switch {
		case is == language.Common || is == language.Inherited || is == language.Unknown:
		case end == start || script == is:
			script = is
		default:
			return script, end
		}
	}
	return script, end
}

// Width is how wide a line is at a size, in pixels.
func (f *Face) Width(line string, size float64) float64 {
	_, w := f.shape(line)
	return w * size / 1000
}

// Fit is the largest size up to most at which a line is no wider than width.
func (f *Face) Fit(line string, most, width float64) float64 {
	if w := f.Width(line, most); w > width {
		return most * width / w
	}
	return most
}

// Wrap breaks text into lines no wider than width at a size, between words.
func (f *Face) Wrap(w lines.Words, text string, size, width float64) []string {
	return lines.Wrap(w, text, width, func(line string) []lines.Span {
		glyphs, _ := f.shape(line)
		var spans []lines.Span
		for _, g := range glyphs {
			if n := len(spans); n > 0 && spans[n-1].Start == g.from {
				spans[n-1].Advance += g.advance * size / 1000
			} else {
				spans = append(spans, lines.Span{Start: g.from, End: g.to, Advance: g.advance * size / 1000})
			}
		}
		return spans
	})
}

// Write draws a line whose baseline begins at p.
func (s Picture) Write(f *Face, line string, p Point, size float64, c color.RGBA) {
	glyphs, _ := f.shape(line)
	var all Outline
	for _, g := range glyphs {
		drawn, ok := f.face.GlyphDataOutline(g.id)
		if !ok {
			continue
		}
		place := func(q opentype.SegmentPoint) Point {
			return Point{p.X + g.x*size/1000 + float64(q.X)*size/f.upem, p.Y - g.y*size/1000 - float64(q.Y)*size/f.upem}
		}
		all = append(all, contours(drawn.Segments, place)...)
	}
	s.Fill(all, c)
}

// Centred draws a line with its middle at x.
func (s Picture) Centred(f *Face, line string, p Point, size float64, c color.RGBA) {
	s.Write(f, line, Point{p.X - f.Width(line, size)/2, p.Y}, size, c)
}

// contours are the shapes of a glyph.
func contours(segments []opentype.Segment, place func(opentype.SegmentPoint) Point) Outline {
	var all Outline
	var path []Point
	for _, seg := range segments {
		switch seg.Op {
		case opentype.SegmentOpMoveTo:
			if len(path) > 0 {
				all = append(all, path)
			}
			path = []Point{place(seg.Args[0])}
		case opentype.SegmentOpLineTo:
			path = append(path, place(seg.Args[0]))
		case opentype.SegmentOpQuadTo:
			path = bend(path, place(seg.Args[0]), place(seg.Args[1]))
		case opentype.SegmentOpCubeTo:
			path = Curve(path, place(seg.Args[0]), place(seg.Args[1]), place(seg.Args[2]))
		}
	}
	if len(path) > 0 {
		all = append(all, path)
	}
	return all
}
