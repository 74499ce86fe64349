package menuart

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// point is a place on the picture, in pixels.
type point struct{ x, y float64 }

// outline is a set of closed shapes, each a run of straight pieces.
type outline [][]point

// sheet is the picture being drawn.
type sheet struct{ *image.RGBA }

// fill paints what is inside an outline. Shapes that wind the same way join where they overlap.
func (s sheet) fill(o outline, c color.RGBA) {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, shape := range o {
		for _, p := range shape {
			low.x, low.y = math.Min(low.x, p.x), math.Min(low.y, p.y)
			high.x, high.y = math.Max(high.x, p.x), math.Max(high.y, p.y)
		}
	}
	box := image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x)), int(math.Ceil(high.y)))
	if box.Empty() {
		return
	}
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	at := func(p point) (float32, float32) {
		return float32(p.x - float64(box.Min.X)), float32(p.y - float64(box.Min.Y))
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
	r.DrawOp = draw.Over
	r.Draw(s.RGBA, box, image.NewUniform(c), image.Point{})
}

// plate fills a rectangle with round corners: flat in the middle, and a disc in each corner.
func (s sheet) plate(r image.Rectangle, corner int, c color.RGBA) {
	flat := image.NewUniform(c)
	draw.Draw(s.RGBA, image.Rect(r.Min.X+corner, r.Min.Y, r.Max.X-corner, r.Max.Y), flat, image.Point{}, draw.Src)
	draw.Draw(s.RGBA, image.Rect(r.Min.X, r.Min.Y+corner, r.Max.X, r.Max.Y-corner), flat, image.Point{}, draw.Src)
	for _, x := range []int{r.Min.X + corner, r.Max.X - corner} {
		for _, y := range []int{r.Min.Y + corner, r.Max.Y - corner} {
			s.fill(disc(point{float64(x), float64(y)}, float64(corner)), c)
		}
	}
}

// quarter is how many straight pieces stand for a quarter of a circle.
const quarter = 24

// rounded is a rectangle with round corners.
func rounded(x, y, w, h, r float64) outline {
	var shape []point
	for i, c := range []point{{x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}, {x + w - r, y + r}} {
		for k := range quarter + 1 {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(i) + float64(k)/quarter))
			shape = append(shape, point{c.x + r*cos, c.y + r*sin})
		}
	}
	return outline{shape}
}

// disc is a filled circle.
func disc(c point, r float64) outline { return rounded(c.x-r, c.y-r, 2*r, 2*r, r) }

// stroke draws lines of some width along paths, with round ends and corners: a pixel is covered by
// how far it is from the nearest piece, so that pieces join without a seam.
func (s sheet) stroke(paths [][]point, width float64, c color.RGBA) {
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
					d := apart(point{float64(x) + 0.5, float64(y) + 0.5}, a, b)
					row[x-box.Min.X] = math.Min(row[x-box.Min.X], d)
				}
			}
		}
	}
	mask := image.NewAlpha(box)
	for i, d := range near {
		mask.Pix[i] = uint8(math.Round(255 * min(1, max(0, r+0.5-math.Sqrt(d)))))
	}
	draw.DrawMask(s.RGBA, box, image.NewUniform(c), image.Point{}, mask, box.Min, draw.Over)
}

// around is where a piece of a line can leave ink.
func around(a, b point, r float64) image.Rectangle {
	return image.Rect(int(min(a.x, b.x)-r-2), int(min(a.y, b.y)-r-2), int(max(a.x, b.x)+r+2), int(max(a.y, b.y)+r+2))
}

// apart is the squared distance of p from the piece between a and b.
func apart(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	t := 0.0
	if long := dx*dx + dy*dy; long > 0 {
		t = min(1, max(0, ((p.x-a.x)*dx+(p.y-a.y)*dy)/long))
	}
	x, y := p.x-a.x-t*dx, p.y-a.y-t*dy
	return x*x + y*y
}

// curve adds a cubic curve to a path.
func curve(path []point, b, c, d point) []point {
	a := path[len(path)-1]
	const n = 24
	for k := 1; k <= n; k++ {
		t := float64(k) / n
		u := 1 - t
		at := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
		path = append(path, point{at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)})
	}
	return path
}

// bend adds a quadratic curve to a path.
func bend(path []point, b, c point) []point {
	a := path[len(path)-1]
	return curve(path, point{a.x + (b.x-a.x)*2/3, a.y + (b.y-a.y)*2/3}, point{c.x + (b.x-c.x)*2/3, c.y + (b.y-c.y)*2/3}, c)
}

// arc adds a part of an ellipse to a path, as SVG describes it (SVG 1.1, appendix F.6).
func arc(path []point, rx, ry, turned float64, large, sweep bool, to point) []point {
	from := path[len(path)-1]
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || from == to {
		return append(path, to)
	}
	sin, cos := math.Sincos(turned * math.Pi / 180)
	dx, dy := (from.x-to.x)/2, (from.y-to.y)/2
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
	mid := point{cos*ox - sin*oy + (from.x+to.x)/2, sin*ox + cos*oy + (from.y+to.y)/2}
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
		path = append(path, point{mid.x + cos*rx*c - sin*ry*s, mid.y + sin*rx*c + cos*ry*s})
	}
	return path
}
