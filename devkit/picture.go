package devkit

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
)

// nightStreet draws a street at night with one lamp lit and one dark: the photo of the sample cases.
func nightStreet() ([]byte, error) {
	const width, height = 1200, 900
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, nightPixel(float64(x)/width, float64(y)/height))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("draw the demo photo: %w", err)
	}
	return b.Bytes(), nil
}

// nightPixel is the colour at a point of the unit square.
func nightPixel(x, y float64) color.RGBA {
	sky := 18 + 30*y
	r, g, b := sky*0.7, sky*0.8, sky*1.5
	if y > 0.62 { // the road, lighter towards the viewer
		shade := 38 + 40*(y-0.62)
		r, g, b = shade, shade, shade*1.05
		if math.Abs(x-0.5) < 0.008*(y-0.5)*8 && int(y*24)%2 == 0 {
			r, g, b = 150, 148, 130
		}
	}
	for _, lamp := range []struct {
		x   float64
		lit bool
	}{{0.28, true}, {0.72, false}} {
		if math.Abs(x-lamp.x) < 0.006 && y > 0.24 && y < 0.7 {
			r, g, b = 70, 74, 80
		}
		far := math.Hypot((x-lamp.x)*1.33, y-0.23)
		switch {
		case far < 0.022 && lamp.lit:
			r, g, b = 255, 236, 170
		case far < 0.022:
			r, g, b = 58, 60, 66
		case lamp.lit && y > 0.2:
			glow := 150 * math.Exp(-far*5)
			r, g, b = r+glow, g+glow*0.85, b+glow*0.45
		}
	}
	return color.RGBA{R: level(r), G: level(g), B: level(b), A: 255}
}

func level(v float64) uint8 { return uint8(min(max(v, 0), 255)) }
