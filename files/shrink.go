package files

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// shrink draws a picture on white within maxPx; a smaller one keeps its size. It needs little memory beside
// the picture: filters that are finer than this keep hundreds of megabytes between their two passes.
func shrink(picture image.Image, maxPx int) *image.RGBA {
	from := picture.Bounds()
	w, h := from.Dx(), from.Dy()
	longer := max(w, h)
	if longer > maxPx {
		w, h = max(1, w*maxPx/longer), max(1, h*maxPx/longer)
	}
	whole := blocks(picture, max(1, longer/maxPx))
	if whole.Rect.Dx() == w && whole.Rect.Dy() == h {
		return whole
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(to, to.Rect, whole, whole.Rect, draw.Src, nil) // at most to a half
	return to
}

// bandPoints are the points of a picture that are brought into one form at a time.
const bandPoints = 1 << 18

// blocks draws a picture on white with one point for each square of so many points, the mean of theirs.
func blocks(picture image.Image, size int) *image.RGBA {
	from := picture.Bounds()
	w, h := from.Dx(), from.Dy()
	to := image.NewRGBA(image.Rect(0, 0, (w+size-1)/size, (h+size-1)/size))
	band := image.NewRGBA(image.Rect(0, 0, w, min(h, max(1, bandPoints/max(1, w)))))
	white := image.NewUniform(color.White)
	sums := make([]uint64, 4*to.Rect.Dx())
	for y := range h {
		line := y % band.Rect.Dy()
		if line == 0 {
			draw.Draw(band, band.Rect, white, image.Point{}, draw.Src)
			draw.Draw(band, band.Rect, picture, from.Min.Add(image.Pt(0, y)), draw.Over)
		}
		points := band.Pix[band.PixOffset(0, line):][:4*w]
		if size == 1 {
			copy(to.Pix[to.PixOffset(0, y):], points)
			continue
		}
		for x := range w {
			sum, point := sums[x/size*4:][:4], points[4*x:][:4]
			for i, c := range point {
				sum[i] += uint64(c)
			}
		}
		if rows := y%size + 1; rows == size || y == h-1 {
			means(to.Pix[to.PixOffset(0, y/size):][:len(sums)], sums, w, rows, size)
		}
	}
	return to
}

// means writes the mean of each sum of points, and begins the sums anew.
func means(line []uint8, sums []uint64, w, rows, size int) {
	for i := range sums {
		columns := min(size, w-i/4*size)
		line[i] = uint8((sums[i] + uint64(rows*columns)/2) / uint64(rows*columns)) //nolint:gosec // the mean of bytes
		sums[i] = 0
	}
}
