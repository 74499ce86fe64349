package line_test

import (
	"bytes"
	"image"
	"image/png"
)

// picture is a PNG of that size.
func picture(width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		return nil
	}
	return b.Bytes()
}
