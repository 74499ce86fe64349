package pdf

import (
	"fmt"

	"saphan/internal/qr"
)

// QR draws the code for content as vectors in a white square of the side, its quiet border included.
func (c *Page) QR(x, y, side float64, content string) error {
	code, err := qr.Encode(content)
	if err != nil {
		return fmt.Errorf("draw the QR code: %w", err)
	}
	module := side / float64(code.Side()+2*qr.Quiet)
	c.Rect(x, y, side, side, Colour{1, 1, 1})
	c.op(Colour{}.fill())
	code.Runs(func(col, row, wide int) {
		fmt.Fprintf(&c.content, "%.4f %.4f %.4f %.4f re\n", x+module*float64(col+qr.Quiet),
			y+side-module*float64(row+qr.Quiet+1), module*float64(wide), module)
	})
	c.op("f\n")
	return nil
}
