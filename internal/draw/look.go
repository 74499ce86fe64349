package draw

import "image/color"

// Look is the colours of the house on light ground, the same on menus, cards and pages.
type Look struct {
	Ink, Faint                  color.RGBA // words, and words that matter less
	Ground, Surface, Line       color.RGBA // what lies behind, what stands on it, and its rim
	Brand, BrandDeep, BrandSoft color.RGBA
	Warm, WarmSoft              color.RGBA // something to look out for
	Good, GoodSoft              color.RGBA // something was granted
}

// House returns the look.
func House() Look {
	return Look{
		Ink: color.RGBA{0x16, 0x20, 0x2c, 255}, Faint: color.RGBA{0x4a, 0x57, 0x67, 255},
		Ground: color.RGBA{0xee, 0xf2, 0xf6, 255}, Surface: color.RGBA{255, 255, 255, 255}, Line: color.RGBA{0xdb, 0xe2, 0xea, 255},
		Brand: color.RGBA{0x0b, 0x5c, 0x6b, 255}, BrandDeep: color.RGBA{0x09, 0x4b, 0x57, 255}, BrandSoft: color.RGBA{0xe2, 0xf1, 0xf3, 255},
		Warm: color.RGBA{0x8a, 0x4b, 0x00, 255}, WarmSoft: color.RGBA{0xff, 0xf1, 0xdc, 255},
		Good: color.RGBA{0x14, 0x60, 0x3a, 255}, GoodSoft: color.RGBA{0xe3, 0xf4, 0xea, 255},
	}
}

// Bridge draws the house's mark, as on its pages, with its middle at x, y.
func (s Picture) Bridge(x, y, size float64, c color.RGBA) {
	at := func(px, py float64) Point { return Point{x + (px-16)*size/32, y + (py-16)*size/32} }
	arch := Curve([]Point{at(5, 18)}, at(11, 9), at(21, 9), at(27, 18))
	s.Stroke([][]Point{
		{at(5, 21), at(27, 21)}, {at(8, 21), at(8, 18)}, {at(24, 21), at(24, 18)}, arch,
		{at(12, 21), at(12, 14)}, {at(20, 21), at(20, 14)}, {at(16, 21), at(16, 12.5)},
	}, 2*size/32, c)
}
