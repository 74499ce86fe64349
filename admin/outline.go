package admin

import (
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"saphan/agencies"
)

// drawn is an area as a plain outline: a path in a box of its own.
type drawn struct {
	Box    string // of the drawing
	Path   string // what lies in a hole is left open by the even-odd rule
	Marked bool   // there is a point in it
	X, Y   string // of that point
	R      string // how large it is drawn
}

// drawnWidth is how wide an outline is drawn, in units of its own.
const drawnWidth = 320

// draw draws an outline or a circle, with a point that belongs to it; a list of tambons has no shape.
func draw(a agencies.Area, lat, lon float64, marked bool) *drawn {
	rings := a.Rings
	if a.Kind == agencies.Circle {
		rings = []agencies.Ring{circle(a)}
	}
	if len(rings) == 0 {
		return nil
	}
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, r := range rings {
		for _, p := range r {
			west, east, south, north = math.Min(west, p.X), math.Max(east, p.X), math.Min(south, p.Y), math.Max(north, p.Y)
		}
	}
	shrink := math.Cos((south + north) / 2 * math.Pi / 180) // a degree of longitude is shorter
	scale := drawnWidth / math.Max((east-west)*shrink, north-south)
	at := func(x, y float64) (string, string) {
		return tenth((x - west) * shrink * scale), tenth((north - y) * scale)
	}
	var path strings.Builder
	for _, r := range rings {
		for i, p := range r {
			x, y := at(p.X, p.Y)
			path.WriteString([]string{"L", "M"}[btoi(i == 0)] + x + " " + y)
		}
		path.WriteString("Z")
	}
	width, height := (east-west)*shrink*scale, (north-south)*scale
	d := drawn{Path: path.String(), Marked: marked, R: "6", Box: "-8 -8 " + tenth(width+16) + " " + tenth(height+16)}
	d.X, d.Y = at(lon, lat)
	return &d
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func tenth(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// circle is a circle as a ring of many corners.
func circle(a agencies.Area) agencies.Ring {
	const corners, degree = 64, 111320
	r := make(agencies.Ring, corners)
	for i := range r {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		r[i] = pgtype.Vec2{X: a.Lon + a.RadiusM/(degree*math.Cos(a.Lat*math.Pi/180))*cos, Y: a.Lat + a.RadiusM/degree*sin}
	}
	return r
}
