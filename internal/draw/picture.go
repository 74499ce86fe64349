// Package draw paints flat pictures for a chat: shapes with soft edges, line icons, and lines of Thai as the house writes
// them. The same calls give the same bytes.
package draw

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	over "image/draw"
	"image/png"
	"math"

	"golang.org/x/image/vector"
)

// Point is a place on a picture, in pixels from the upper left corner.
type Point struct{ X, Y float64 }

// At is the place x to the right and y down.
func At(x, y float64) Point { return Point{x, y} }

// Outline is a set of closed shapes, each a run of straight pieces.
type Outline [][]Point

// Picture is a picture being drawn. A shape must lie on it.
type Picture struct{ *image.RGBA }

// New begins a picture of one colour.
func New(width, height int, ground color.RGBA) Picture {
	s := Picture{image.NewRGBA(image.Rect(0, 0, width, height))}
	s.Rect(s.Bounds(), ground)
	return s
}

// Rect fills a rectangle.
func (s Picture) Rect(r image.Rectangle, c color.RGBA) {
	over.Draw(s.RGBA, r, image.NewUniform(c), image.Point{}, over.Src)
}

// PNG is the picture as a file, with an index of colours: see indexed.
func (s Picture) PNG() ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, indexed(s.RGBA)); err != nil {
		return nil, fmt.Errorf("encode the picture: %w", err)
	}
	return out.Bytes(), nil
}

// Fill paints what is inside an Outline. Shapes that wind the same way join where they overlap.
func (s Picture) Fill(o Outline, c color.RGBA) {
	low, high := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, shape := range o {
		for _, p := range shape {
			low.X, low.Y = math.Min(low.X, p.X), math.Min(low.Y, p.Y)
			high.X, high.Y = math.Max(high.X, p.X), math.Max(high.Y, p.Y)
		}
	}
	box := image.Rect(int(math.Floor(low.X)), int(math.Floor(low.Y)), int(math.Ceil(high.X)), int(math.Ceil(high.Y)))
	if box.Empty() {
		return
	}
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	at := func(p Point) (float32, float32) {
		return float32(p.X - float64(box.Min.X)), float32(p.Y - float64(box.Min.Y))
	}
	for _, shape := range o {
		for i, p := range shape {
			if x, y := at(p); i == 0 {
				r.MoveTo(x, y)
			} else {
				r.LineTo(x, y)
			}
		}
		r.ClosePath()
	}
	// The rasterizer does not clip against its target: a shape must lie on the picture.
	r.DrawOp = over.Over
	r.Draw(s.RGBA, box, image.NewUniform(c), image.Point{})
}

// Plate fills a rectangle with round corners: flat in the middle, and a disc in each corner.
func (s Picture) Plate(r image.Rectangle, corner int, c color.RGBA) {
	flat := image.NewUniform(c)
	over.Draw(s.RGBA, image.Rect(r.Min.X+corner, r.Min.Y, r.Max.X-corner, r.Max.Y), flat, image.Point{}, over.Src)
	over.Draw(s.RGBA, image.Rect(r.Min.X, r.Min.Y+corner, r.Max.X, r.Max.Y-corner), flat, image.Point{}, over.Src)
	for _, x := range []int{r.Min.X + corner, r.Max.X - corner} {
		for _, y := range []int{r.Min.Y + corner, r.Max.Y - corner} {
			s.Fill(Disc(Point{float64(x), float64(y)}, float64(corner)), c)
		}
	}
}

// quarter is how many straight pieces stand for a quarter of a circle.
const quarter = 24

// Rounded is a rectangle with round corners.
func Rounded(x, y, w, h, r float64) Outline {
	var shape []Point
	for i, c := range []Point{{x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}, {x + w - r, y + r}} {
		for k := range quarter + 1 {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(i) + float64(k)/quarter))
			shape = append(shape, Point{c.X + r*cos, c.Y + r*sin})
		}
	}
	return Outline{shape}
}

// Disc is a filled circle.
func Disc(c Point, r float64) Outline { return Rounded(c.X-r, c.Y-r, 2*r, 2*r, r) }

// Stroke draws lines of some width along paths, with round ends and corners: a pixel is covered by
// how far it is from the nearest piece, so that pieces join without a seam.
func (s Picture) Stroke(paths [][]Point, width float64, c color.RGBA) {
	r := width / 2
	box := image.Rectangle{}
	for _, path := range paths {
		for _, p := range path {
			box = box.Union(around(p, p, r))
		}
	}
	near := make([]float64, box.Dx()*box.Dy()) // squared distance from the nearest piece
	for i := range near {
		near[i] = math.Inf(1)
	}
	for _, path := range paths {
		for i := 1; i < len(path); i++ {
			a, b := path[i-1], path[i]
			part := around(a, b, r)
			for y := part.Min.Y; y < part.Max.Y; y++ {
				row := near[(y-box.Min.Y)*box.Dx():]
				for x := part.Min.X; x < part.Max.X; x++ {
					d := apart(Point{float64(x) + 0.5, float64(y) + 0.5}, a, b)
					row[x-box.Min.X] = math.Min(row[x-box.Min.X], d)
				}
			}
		}
	}
	mask := image.NewAlpha(box)
	for i, d := range near {
		mask.Pix[i] = uint8(math.Round(255 * min(1, max(0, r+0.5-math.Sqrt(d)))))
	}
	over.DrawMask(s.RGBA, box, image.NewUniform(c), image.Point{}, mask, box.Min, over.Over)
}

// around is where a piece of a line can leave ink.
func around(a, b Point, r float64) image.Rectangle {
	return image.Rect(int(min(a.X, b.X)-r-2), int(min(a.Y, b.Y)-r-2), int(max(a.X, b.X)+r+2), int(max(a.Y, b.Y)+r+2))
}

// apart is the squared distance of p from the piece between a and b.
func apart(p, a, b Point) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	t := 0.0
	if long := dx*dx + dy*dy; long > 0 {
		t = min(1, max(0, ((p.X-a.X)*dx+(p.Y-a.Y)*dy)/long))
	}
	x, y := p.X-a.X-t*dx, p.Y-a.Y-t*dy
	return x*x + y*y
}

// Curve adds a cubic curve to a path.
func Curve(path []Point, b, c, d Point) []Point {
	a := path[len(path)-1]
	const n = 24
	for k := 1; k <= n; k++ {
		t := float64(k) / n
		u := 1 - t
		at := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
		path = append(path, Point{at(a.X, b.X, c.X, d.X), at(a.Y, b.Y, c.Y, d.Y)})
	}
	return path
}

// bend adds a quadratic curve to a path.
func bend(path []Point, b, c Point) []Point {
	a := path[len(path)-1]
	return Curve(path, Point{a.X + (b.X-a.X)*2/3, a.Y + (b.Y-a.Y)*2/3}, Point{c.X + (b.X-c.X)*2/3, c.Y + (b.Y-c.Y)*2/3}, c)
}

// arc adds a part of an ellipse to a path, as SVG describes it (SVG 1.1, appendix F.6).
func arc(path []Point, rx, ry, turned float64, large, sweep bool, to Point) []Point {
	from := path[len(path)-1]
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || from == to {
		return append(path, to)
	}
	sin, cos := math.Sincos(turned * math.Pi / 180)
	dx, dy := (from.X-to.X)/2, (from.Y-to.Y)/2
	px, py := cos*dx+sin*dy, -sin*dx+cos*dy
	if over := px*px/(rx*rx) + py*py/(ry*ry); over > 1 {
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	under := rx*rx*py*py + ry*ry*px*px
	f := math.Sqrt(math.Max(0, (rx*rx*ry*ry-under)/under))
	if large == sweep {
		f = -f
	}
	ox, oy := f*rx*py/ry, -f*ry*px/rx
	mid := Point{cos*ox - sin*oy + (from.X+to.X)/2, sin*ox + cos*oy + (from.Y+to.Y)/2}
	first := math.Atan2((py-oy)/ry, (px-ox)/rx)
	whole := math.Atan2((-py-oy)/ry, (-px-ox)/rx) - first
	switch {
	case sweep && whole < 0:
		whole += 2 * math.Pi
	case !sweep && whole > 0:
		whole -= 2 * math.Pi
	}
	n := max(2, int(math.Ceil(math.Abs(whole)/(math.Pi/2)*quarter)))
	for k := 1; k <= n; k++ {
		s, c := math.Sincos(first + whole*float64(k)/float64(n))
		path = append(path, Point{mid.X + cos*rx*c - sin*ry*s, mid.Y + sin*rx*c + cos*ry*s})
	}
	return path
}
