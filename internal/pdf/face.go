package pdf

import (
	"bytes"
	"fmt"
	"math"
	"sync"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"saphan/internal/lines"
	"saphan/internal/third_party/sarabun"
)

// stand is drawn where the font has no glyph; the text underneath stays what it was.
const stand = '\u25cc'

// parsed are the fonts, read once. Fonts are safe to share; faces are made per document.
var parsed = sync.OnceValues(func() ([2]*font.Font, error) {
	var fonts [2]*font.Font
	for i, data := range [][]byte{sarabun.Regular(), sarabun.Bold()} {
		f, err := font.ParseTTF(bytes.NewReader(data))
		if err != nil {
			return fonts, fmt.Errorf("read the font: %w", err)
		}
		fonts[i] = f.Font
	}
	return fonts, nil
})

// Face is one font of one document: it shapes text and remembers the glyphs drawn.
type Face struct {
	name       string // of the resource: F1
	postscript string
	stem       int // width of an upright stroke, in thousandths
	face       *font.Face
	upem       float64
	shaper     shaping.HarfbuzzShaper
	shaped     map[string][]Cluster // lines are measured several times before they are drawn
	codes      map[string]uint16    // by what is drawn and what it means
	used       []Cluster            // code 1 is used[0]
}

// newFaces returns the regular and the bold face for one document.
func newFaces() (regular, bold *Face, err error) {
	fonts, err := parsed()
	if err != nil {
		return nil, nil, err
	}
	made := func(name, postscript string, stem int, f *font.Font) *Face {
		return &Face{name: name, postscript: postscript, stem: stem, face: font.NewFace(f), upem: float64(f.Upem()), shaped: map[string][]Cluster{}, codes: map[string]uint16{}}
	}
	return made("F1", "Sarabun-Regular", 82, fonts[0]), made("F2", "Sarabun-Bold", 140, fonts[1]), nil
}

// glyph is one shaped glyph: where it stands from the origin of its cluster, in thousandths of the size.
type glyph struct {
	gid    font.GID
	dx, dy float64
}

// Cluster is what is drawn as one character of the file: a letter with the marks above and below it, and its text.
type Cluster struct {
	start, end int // runes of the line
	text       string
	glyphs     []glyph
	Advance    float64 // after shaping
	width      float64 // what the viewer moves on by; shaping may kern
}

// Shape turns one line into clusters, left to right.
func (f *Face) Shape(line string) []Cluster {
	if done, ok := f.shaped[line]; ok {
		return done
	}
	text := []rune(line)
	shown := make([]rune, len(text))
	for i, r := range text {
		shown[i] = r
		if _, ok := f.face.NominalGlyph(r); !ok {
			shown[i] = stand
		}
		if text[i] == '\u00a0' {
			text[i] = ' '
		}
	}
	var out []Cluster
	for _, run := range scriptRuns(text) {
		shaped := f.shaper.Shape(shaping.Input{
			Text: shown, RunStart: run.start, RunEnd: run.end, Direction: di.DirectionLTR,
			Face: f.face, Size: fixed.I(1000), Script: run.script, Language: language.NewLanguage("th"),
		})
		out = append(out, f.clusters(text, shaped.Glyphs)...)
	}
	f.shaped[line] = out
	return out
}

// clusters groups shaped glyphs by the runes they came from.
func (f *Face) clusters(text []rune, shaped []shaping.Glyph) []Cluster {
	var out []Cluster
	for i := 0; i < len(shaped); {
		first := shaped[i]
		c := Cluster{start: first.TextIndex(), end: first.TextIndex() + first.RunesCount()}
		c.text = string(text[c.start:c.end])
		for ; i < len(shaped) && shaped[i].TextIndex() == c.start; i++ {
			g := shaped[i]
			c.glyphs = append(c.glyphs, glyph{gid: g.GlyphID, dx: math.Round(c.Advance + units(g.XOffset)), dy: math.Round(units(g.YOffset))})
			c.Advance += units(g.Advance)
			c.width += float64(f.face.HorizontalAdvance(g.GlyphID)) * 1000 / f.upem
		}
		c.width = math.Round(c.width)
		out = append(out, c)
	}
	return out
}

// code returns the character code that draws c, a new one when it is drawn for the first time.
func (f *Face) code(c Cluster) uint16 {
	key := fmt.Sprint(c.text, c.glyphs)
	if code, ok := f.codes[key]; ok {
		return code
	}
	f.used = append(f.used, c)
	code := uint16(len(f.used)) //nolint:gosec // embed refuses more than there are codes
	f.codes[key] = code
	return code
}

// Width is how wide the line is at the size, in points.
func (f *Face) Width(line string, size float64) float64 {
	var sum float64
	for _, c := range f.Shape(line) {
		sum += c.Advance
	}
	return sum * size / 1000
}

// Wrap breaks text into lines no wider than width at the size: between words, at worst between letter groups.
func (f *Face) Wrap(w lines.Words, text string, size, width float64) []string {
	return lines.Wrap(w, text, width, f.spans(size))
}

// Balanced is Wrap with lines of about the same width: for centred text.
func (f *Face) Balanced(w lines.Words, text string, size, width float64) []string {
	return lines.Balanced(w, text, width, 6, f.spans(size))
}

// spans measures the letters of lines at a size.
func (f *Face) spans(size float64) lines.Shape {
	return func(line string) []lines.Span {
		shaped := f.Shape(line)
		out := make([]lines.Span, len(shaped))
		for i, c := range shaped {
			out[i] = lines.Span{Start: c.start, End: c.end, Advance: c.Advance * size / 1000}
		}
		return out
	}
}

// scriptRun is a piece of text in one script.
type scriptRun struct {
	start, end int
	script     language.Script
}

// scriptRuns splits text where the script changes: a run that began with Latin would lose the raising of Thai marks.
// Digits, spaces and signs go with what stands before them.
func scriptRuns(text []rune) []scriptRun {
	var runs []scriptRun
	for i, r := range text {
		script := language.LookupScript(r)
		common := script == language.Common || script == language.Inherited || script == language.Unknown
		switch {
		case len(runs) == 0:
			runs = append(runs, scriptRun{0, 1, script})
		case common || script == runs[len(runs)-1].script:
			runs[len(runs)-1].end = i + 1
		case neutral(runs[len(runs)-1].script):
			runs[len(runs)-1].script, runs[len(runs)-1].end = script, i+1
		default:
			runs = append(runs, scriptRun{i, i + 1, script})
		}
	}
	for i := range runs {
		if neutral(runs[i].script) {
			runs[i].script = language.Latin
		}
	}
	return runs
}

// neutral reports whether the script says nothing about how to shape.
func neutral(s language.Script) bool {
	return s == language.Common || s == language.Inherited || s == language.Unknown
}

// units turns the shaper's fixed-point number into thousandths.
func units(v fixed.Int26_6) float64 { return float64(v) / 64 }
