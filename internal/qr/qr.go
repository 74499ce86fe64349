// Package qr draws QR codes as paths, for pages that load nothing from elsewhere.
package qr

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	barcode "github.com/boombuler/barcode/qr"
)

// Code is a QR code as the path of a drawing of Side by Side units.
type Code struct {
	Side int
	Path string
}

// quiet is the empty border a reader needs, in modules.
const quiet = 4

// New makes the code for a text.
func New(text string) (Code, error) {
	img, err := barcode.Encode(text, barcode.M, barcode.Auto)
	if err != nil {
		return Code{}, fmt.Errorf("make the QR code: %w", err)
	}
	size := img.Bounds().Dx()
	var b strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for x < size && dark(img, x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1H%dz", from+quiet, y+quiet, x-from, from+quiet)
			}
		}
	}
	return Code{Side: size + 2*quiet, Path: b.String()}, nil
}

func dark(img image.Image, x, y int) bool {
	return color.Gray16Model.Convert(img.At(x, y)) == color.Gray16{Y: 0}
}
