package draw

import (
	"fmt"
	"image"
	"image/color"

	"saphan/internal/qr"
)

// QR draws the code for a text in the middle of a rectangle, black on white and as large as fits with its quiet border:
// every module is the same whole number of pixels.
func (s Picture) QR(text string, r image.Rectangle) error {
	code, err := qr.Encode(text)
	if err != nil {
		return fmt.Errorf("draw the code: %w", err)
	}
	all := code.Side() + 2*qr.Quiet
	module := min(r.Dx(), r.Dy()) / all
	if module < 1 {
		return fmt.Errorf("draw the code: %v is too small for %d modules", r, all)
	}
	at := r.Min.Add(image.Pt((r.Dx()-module*all)/2, (r.Dy()-module*all)/2))
	s.Rect(image.Rectangle{at, at.Add(image.Pt(module*all, module*all))}, color.RGBA{255, 255, 255, 255})
	code.Runs(func(x, y, wide int) {
		from := at.Add(image.Pt((x+qr.Quiet)*module, (y+qr.Quiet)*module))
		s.Rect(image.Rectangle{from, from.Add(image.Pt(wide*module, module))}, color.RGBA{A: 255})
	})
	return nil
}
