package draw

import (
	"cmp"
	"encoding/binary"
	"image"
	"image/color"
	"maps"
	"slices"
)

// mostColours is how many a picture with an index of colours can have.
const mostColours = 256

// indexed returns the picture with an index of colours: a quarter of the bytes to compress and to send. The
// flat colours stay exactly what they are; of the shades along edges those that are rare become the next
// nearest, which nobody can see.
func indexed(img *image.RGBA) *image.Paletted {
	count := map[uint32]int{}
	each(img, func(_, n int, c uint32) { count[c] += n })
	common := slices.SortedFunc(maps.Keys(count), func(a, b uint32) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	common = common[:min(len(common), mostColours)]
	index := make(map[uint32]uint8, len(count))
	palette := make(color.Palette, len(common))
	for i, c := range common {
		palette[i] = rgba(c)
		index[c] = uint8(i)
	}
	for c := range count {
		if _, ok := index[c]; !ok {
			index[c] = uint8(palette.Index(rgba(c))) //nolint:gosec // there are no more than 256
		}
	}
	out := image.NewPaletted(img.Bounds(), palette)
	each(img, func(from, n int, c uint32) {
		i := index[c]
		for k := range out.Pix[from : from+n] {
			out.Pix[from+k] = i
		}
	})
	return out
}

// each calls do for every run of points of one colour, in order.
func each(img *image.RGBA, do func(from, n int, c uint32)) {
	from, last := 0, binary.LittleEndian.Uint32(img.Pix)
	for i := 4; i < len(img.Pix); i += 4 {
		if c := binary.LittleEndian.Uint32(img.Pix[i:]); c != last {
			do(from, i/4-from, last)
			from, last = i/4, c
		}
	}
	do(from, len(img.Pix)/4-from, last)
}

func rgba(c uint32) color.RGBA {
	return color.RGBA{R: uint8(c), G: uint8(c >> 8), B: uint8(c >> 16), A: uint8(c >> 24)} //nolint:gosec // its bytes
}
