// Package qr draws QR codes: as paths for pages that load nothing from elsewhere, as pictures, and as squares for whoever
// draws himself.
package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	barcode "github.com/boombuler/barcode/qr"
)

// Quiet is the empty border a reader needs around a code, in modules.
const Quiet = 4

// Matrix is a QR code as a square of modules, without its quiet border.
type Matrix struct{ img image.Image }

// Encode makes the code for a text, as small as it can be at error correction M.
func Encode(text string) (Matrix, error) {
	img, err := barcode.Encode(text, barcode.M, barcode.Auto)
	if err != nil {
		return Matrix{}, fmt.Errorf("make the QR code: %w", err)
	}
	return Matrix{img}, nil
}

// Side is how many modules the code is wide and high.
func (m Matrix) Side() int { return m.img.Bounds().Dx() }

// Dark reports whether the module in a column and row is dark.
func (m Matrix) Dark(x, y int) bool {
	return color.Gray16Model.Convert(m.img.At(x, y)) == color.Gray16{Y: 0}
}

// Runs calls do for every run of dark modules: where it begins and how many they are, row by row.
func (m Matrix) Runs(do func(x, y, wide int)) {
	side := m.Side()
	for y := range side {
		for x := 0; x < side; x++ {
			from := x
			for x < side && m.Dark(x, y) {
				x++
			}
			if x > from {
				do(from, y, x-from)
			}
		}
	}
}

// Code is a QR code as the path of a drawing of Side by Side units, its quiet border included.
type Code struct {
	Side int
	Path string
}

// New makes the code for a text.
func New(text string) (Code, error) {
	m, err := Encode(text)
	if err != nil {
		return Code{}, err
	}
	var b strings.Builder
	m.Runs(func(x, y, wide int) {
		fmt.Fprintf(&b, "M%d %dh%dv1H%dz", x+Quiet, y+Quiet, wide, x+Quiet)
	})
	return Code{Side: m.Side() + 2*Quiet, Path: b.String()}, nil
}

// Picture makes the code for a text as a PNG of pixels by pixels: black on white, every module the same whole number of
// pixels, what is left over added to the quiet border.
func Picture(text string, pixels int) ([]byte, error) {
	m, err := Encode(text)
	if err != nil {
		return nil, err
	}
	module := pixels / (m.Side() + 2*Quiet)
	if module < 1 {
		return nil, fmt.Errorf("make the QR code: %d pixels are too few for %d modules", pixels, m.Side()+2*Quiet)
	}
	img := image.NewPaletted(image.Rect(0, 0, pixels, pixels), color.Palette{color.White, color.Black})
	edge := (pixels - module*m.Side()) / 2
	m.Runs(func(x, y, wide int) {
		for py := edge + y*module; py < edge+(y+1)*module; py++ {
			for px := edge + x*module; px < edge+(x+wide)*module; px++ {
				img.SetColorIndex(px, py, 1)
			}
		}
	})
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode the QR code: %w", err)
	}
	return out.Bytes(), nil
}
