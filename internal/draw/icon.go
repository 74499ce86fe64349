package draw

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"saphan/internal/third_party/lucide"
)

// Icon draws one of the vendored line icons with its middle at c, so large that its box of 24
// units measures size pixels.
func (s Picture) Icon(name string, c Point, size, width float64, col color.RGBA) error {
	lines, err := linesOf(name)
	if err != nil {
		return err
	}
	for _, line := range lines {
		for i, p := range line {
			line[i] = Point{c.X + (p.X-12)*size/24, c.Y + (p.Y-12)*size/24}
		}
	}
	s.Stroke(lines, width, col)
	return nil
}

// HasIcon reports whether there is an icon of the name.
func HasIcon(name string) bool { return lucide.Has(name) }

// linesOf reads the lines of an icon: paths and circles are all that the chosen ones have.
func linesOf(name string) ([][]Point, error) {
	raw, err := lucide.Icons().ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("icon %s: %w", name, err)
	}
	var svg struct {
		Paths []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
		Rects []struct {
			X float64 `xml:"x,attr"`
			Y float64 `xml:"y,attr"`
			W float64 `xml:"width,attr"`
			H float64 `xml:"height,attr"`
			R float64 `xml:"rx,attr"`
		} `xml:"rect"`
		Polylines []struct {
			Points string `xml:"points,attr"`
		} `xml:"polyline"`
		Circles []struct {
			X float64 `xml:"cx,attr"`
			Y float64 `xml:"cy,attr"`
			R float64 `xml:"r,attr"`
		} `xml:"circle"`
	}
	if err := xml.Unmarshal(raw, &svg); err != nil {
		return nil, fmt.Errorf("icon %s: %w", name, err)
	}
	var lines [][]Point
	for _, p := range svg.Paths {
		read, err := readPath(p.D)
		if err != nil {
			return nil, fmt.Errorf("icon %s: %w", name, err)
		}
		lines = append(lines, read...)
	}
	for _, p := range svg.Polylines {
		read, err := readPath("M" + p.Points)
		if err != nil {
			return nil, fmt.Errorf("icon %s: %w", name, err)
		}
		lines = append(lines, read...)
	}
	for _, r := range svg.Rects {
		round := Rounded(r.X, r.Y, r.W, r.H, r.R)[0]
		lines = append(lines, append(round, round[0]))
	}
	for _, c := range svg.Circles {
		round := Disc(Point{c.X, c.Y}, c.R)[0]
		lines = append(lines, append(round, round[0]))
	}
	return lines, nil
}

// takes is how many numbers each command of a path takes.
var takes = map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'S': 4, 'Q': 4, 'A': 7, 'Z': 0}

// pathReader reads the d attribute of an SVG path.
type pathReader struct {
	rest    string
	lines   [][]Point
	line    []Point
	handle  Point // the last control point, for S
	smooth  bool  // the last command left one
	command byte
}

func readPath(d string) ([][]Point, error) {
	r := pathReader{rest: d}
	for {
		r.rest = strings.TrimLeft(r.rest, " ,\n\t")
		if r.rest == "" {
			r.end()
			return r.lines, nil
		}
		if c := r.rest[0]; c >= 'A' && c <= 'z' {
			r.command, r.rest = c, r.rest[1:]
		}
		n, known := takes[r.command&^0x20]
		if !known {
			return nil, fmt.Errorf("path command %q", r.command)
		}
		args := make([]float64, n)
		for i := range args {
			var err error
			if args[i], err = r.number(r.command&^0x20 == 'A' && (i == 3 || i == 4)); err != nil {
				return nil, err
			}
		}
		r.do(args)
	}
}

// number takes the next number; a flag of an arc is one digit, and nothing need stand after it.
func (r *pathReader) number(flag bool) (float64, error) {
	r.rest = strings.TrimLeft(r.rest, " ,\n\t")
	end, dot := 0, false
	for end < len(r.rest) {
		c := r.rest[end]
		if part := c >= '0' && c <= '9' || c == '.' && !dot || c == '-' && end == 0; !part {
			break
		}
		dot = dot || c == '.'
		end++
		if flag {
			break
		}
	}
	v, err := strconv.ParseFloat(r.rest[:end], 64)
	if err != nil {
		return 0, fmt.Errorf("path number: %w", err)
	}
	r.rest = r.rest[end:]
	return v, nil
}

func (r *pathReader) end() {
	if len(r.line) > 0 {
		r.lines = append(r.lines, r.line)
	}
	r.line = nil
}

// do carries out one command with its numbers.
func (r *pathReader) do(v []float64) {
	var at Point
	if len(r.line) > 0 {
		at = r.line[len(r.line)-1]
	} else if len(r.lines) > 0 {
		last := r.lines[len(r.lines)-1]
		at = last[len(last)-1]
	}
	base := Point{}
	relative := r.command >= 'a'
	if relative {
		base = at
	}
	p := func(i int) Point { return Point{base.X + v[i], base.Y + v[i+1]} }
	if r.command&^0x20 != 'M' && len(r.line) == 0 {
		r.line = []Point{at}
	}
	smooth := r.smooth
	r.smooth = false
	switch r.command &^ 0x20 {
	case 'M':
		r.end()
		r.line = []Point{p(0)}
		r.command = 'L' | r.command&0x20 // further pairs are lines
	case 'L':
		r.line = append(r.line, p(0))
	case 'H':
		r.line = append(r.line, Point{base.X + v[0], at.Y})
	case 'V':
		r.line = append(r.line, Point{at.X, base.Y + v[0]})
	case 'C':
		r.line, r.handle, r.smooth = Curve(r.line, p(0), p(2), p(4)), p(2), true
	case 'S':
		first := at
		if smooth {
			first = Point{2*at.X - r.handle.X, 2*at.Y - r.handle.Y}
		}
		r.line, r.handle, r.smooth = Curve(r.line, first, p(0), p(2)), p(0), true
	case 'Q':
		r.line = bend(r.line, p(0), p(2))
	case 'A':
		r.line = arc(r.line, v[0], v[1], v[2], v[3] != 0, v[4] != 0, p(5))
	case 'Z':
		r.line = append(r.line, r.line[0])
		r.end()
	}
}
