package sheet

import (
	"math"
	"strings"
	"unicode"

	"saphan/internal/lines"
	"saphan/internal/pdf"
)

// seal draws a ring with the agency's initials and its name around it, in place of a stamped seal.
func (s *sheet) seal(c *pdf.Page, x, y, r float64) {
	c.Disc(x, y, r, white)
	c.Ring(x, y, r, 1.4, brand)
	c.Ring(x, y, r-2.6, 0.5, gold)
	inner := r * 0.66
	c.Ring(x, y, inner, 0.5, gold)
	c.Disc(x, y, inner-2.2, brand)

	initials := s.d.Agency.Initials
	if initials == "" {
		initials = initialsOf(s.d.Agency.Name)
	}
	size := r * 0.58
	shaped := s.bold.Shape(lines.Clean(initials))
	wide := 0.0
	for _, cl := range shaped {
		wide += cl.Advance
	}
	if room := (inner - 7) * 2; wide*size/1000 > room {
		size = room * 1000 / wide
	}
	c.Outline(s.bold, x-wide*size/2000, y-size*0.30, size, 0, white, shaped)
	s.around(c, x, y, (r-2.6+inner)/2)
}

// around draws the agency's name along the ring, clockwise over the top, as small as it must be to fit.
func (s *sheet) around(c *pdf.Page, x, y, r float64) {
	shaped := s.bold.Shape(lines.Clean(s.d.Agency.Name))
	wide := 0.0
	for _, cl := range shaped {
		wide += cl.Advance
	}
	const (
		most     = 1.62 * math.Pi // how far round the name may reach
		smallest = 3.2            // points; below it the letters are only grey
	)
	size := r * 0.235
	if arc := wide * size / 1000 / r; arc > most {
		size *= most / arc
	}
	if size < smallest || wide == 0 {
		s.studs(c, x, y, r, 0)
		return
	}
	track := 0.0 // a short name is spread a little
	if arc := wide * size / 1000 / r; arc < math.Pi && len(shaped) > 1 {
		track = math.Min(size*0.12, (math.Pi-arc)*r/float64(len(shaped)))
	}
	arc := (wide*size/1000 + track*float64(len(shaped)-1)) / r
	base := r - size*0.33
	angle := math.Pi/2 + arc/2
	for _, cl := range shaped {
		half := cl.Advance * size / 2000 / r
		angle -= half
		turn := angle - math.Pi/2
		px, py := x+base*math.Cos(angle), y+base*math.Sin(angle)
		shift := cl.Advance * size / 2000
		c.Outline(s.bold, px-shift*math.Cos(turn), py-shift*math.Sin(turn), size, turn, brand, []pdf.Cluster{cl})
		angle -= half + track/r
	}
	s.studs(c, x, y, r, arc)
}

// studs draws small dots on the part of the ring that the name leaves free.
func (s *sheet) studs(c *pdf.Page, x, y, r, arc float64) {
	free := 2*math.Pi - arc
	count := max(1, int(free/0.42))
	var at []pdf.Point
	for i := range count {
		a := -math.Pi/2 + (float64(i)-float64(count-1)/2)*0.34
		if arc == 0 {
			a = 2 * math.Pi * float64(i) / float64(count)
		}
		if math.Abs(a+math.Pi/2) > free/2-0.16 && arc > 0 {
			continue
		}
		at = append(at, pdf.Point{X: x + r*math.Cos(a), Y: y + r*math.Sin(a)})
	}
	c.Discs(0.9, gold, at...)
}

// initialsOf makes initials of an agency's name: what is usual for its kind, else its first letter.
func initialsOf(name string) string {
	for _, k := range [][2]string{
		{"องค์การบริหารส่วนตำบล", "อบต."}, {"องค์การบริหารส่วนจังหวัด", "อบจ."},
		{"เทศบาลนคร", "ทน."}, {"เทศบาลเมือง", "ทม."}, {"เทศบาลตำบล", "ทต."}, {"กรุงเทพมหานคร", "กทม."},
	} {
		if strings.HasPrefix(name, k[0]) {
			return k[1]
		}
	}
	for _, r := range name {
		if unicode.IsLetter(r) && (r < 'เ' || r > 'ไ') {
			return string(r)
		}
	}
	return "•"
}

// rosette draws a fine web of lines behind the text, pale enough to read over.
func rosette(c *pdf.Page, x, y, r float64) {
	var loops [][]pdf.Point
	for layer := range 3 {
		const steps = 720
		petals, depth := float64(12+6*layer), 0.16+0.05*float64(layer)
		radius := r * (1 - 0.27*float64(layer))
		for twist := range 3 {
			phase := float64(twist) * 2 * math.Pi / petals / 3
			loop := make([]pdf.Point, steps+1)
			for i := range loop {
				a := 2 * math.Pi * float64(i) / steps
				at := radius * (1 - depth + depth*math.Cos(petals*(a+phase)))
				loop[i] = pdf.Point{X: x + at*math.Cos(a), Y: y + at*math.Sin(a)}
			}
			loops = append(loops, loop)
		}
	}
	c.Loops(0.35, ghost, loops...)
}
