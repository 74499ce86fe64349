package pdf

import (
	"fmt"
	"image"
	"image/color"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty border a reader needs around the code, in modules.
const quiet = 4

// qrCode draws the code for content as vectors in a white square of the side, its quiet border included.
func (c *canvas) qrCode(x, y, side float64, content string) error {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("make the QR code: %w", err)
	}
	bounds := code.Bounds()
	module := side / float64(bounds.Dx()+2*quiet)
	c.rect(x, y, side, side, white)
	c.op(colour{}.fill())
	for row := bounds.Min.Y; row < bounds.Max.Y; row++ {
		for col := bounds.Min.X; col < bounds.Max.X; col++ {
			from := col
			for col < bounds.Max.X && dark(code, col, row) {
				col++
			}
			if col > from {
				fmt.Fprintf(c, "%.4f %.4f %.4f %.4f re\n", x+module*float64(from+quiet),
					y+side-module*float64(row+quiet+1), module*float64(col-from), module)
			}
		}
	}
	c.op("f\n")
	return nil
}

func dark(code image.Image, x, y int) bool {
	return color.Gray16Model.Convert(code.At(x, y)) == color.Gray16{Y: 0}
}
