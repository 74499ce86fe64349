package draw

import (
	"fmt"
	"image"
	"image/color"

	"saphan/internal/qr"
)

// QR draws the code for a text on white with its upper left corner at p, its quiet border included. Every module is the
// same whole number of pixels; side is the most that the code may measure, and what it measures is returned.
func (s Picture) QR(text string, p image.Point, side int) (int, error) {
	code, err := qr.Encode(text)
	if err != nil {
		return 0, fmt.Errorf("draw the code: %w", err)
	}
	all := code.Side() + 2*qr.Quiet
	module := side / all
	if module < 1 {
		return 0, fmt.Errorf("draw the code: %d pixels are too few for %d modules", side, all)
	}
	s.Rect(image.Rect(p.X, p.Y, p.X+module*all, p.Y+module*all), color.RGBA{255, 255, 255, 255})
	code.Runs(func(x, y, wide int) {
		from := image.Pt(p.X+(x+qr.Quiet)*module, p.Y+(y+qr.Quiet)*module)
		s.Rect(image.Rectangle{from, from.Add(image.Pt(wide*module, module))}, color.RGBA{A: 255})
	})
	return module * all, nil
}
