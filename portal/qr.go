package portal

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// code is a QR code as the path of a drawing of Side units.
type code struct {
	Side int
	Path string
}

// quiet is the empty border a reader needs, in modules.
const quiet = 4

// qrCode makes the code for an address.
func qrCode(address string) (code, error) {
	img, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return code{}, fmt.Errorf("make the QR code: %w", err)
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
	return code{Side: size + 2*quiet, Path: b.String()}, nil
}

func dark(img image.Image, x, y int) bool {
	return color.Gray16Model.Convert(img.At(x, y)) == color.Gray16{Y: 0}
}
