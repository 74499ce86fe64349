package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // pictures come as PNG or JPEG
	"strconv"
)

// Picture is a picture of one document; pages may draw it many times.
type Picture struct {
	Width, Height int // in pixels

	name string
	data []byte // as a viewer decodes it
	grey bool
	jpeg bool
}

// mostPixels is the largest picture that is decoded: a page needs far less.
const mostPixels = 40 << 20

// Picture takes a PNG or JPEG into the document. What shows through is laid on white. A JPEG in colours or greys is kept
// as it came; its turning by EXIF is not looked at.
func (d *Document) Picture(data []byte) (*Picture, error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read a picture: %w", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > mostPixels/config.Height {
		return nil, fmt.Errorf("read a picture: %d by %d points are too many", config.Width, config.Height)
	}
	p := &Picture{Width: config.Width, Height: config.Height, name: "P" + strconv.Itoa(len(d.pictures)+1)}
	if format == "jpeg" && (config.ColorModel == color.YCbCrModel || config.ColorModel == color.GrayModel) {
		// Looked at whole: a file that only begins like a picture would spoil the page.
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			return nil, fmt.Errorf("read a picture: %w", err)
		}
		p.data, p.jpeg, p.grey = data, true, config.ColorModel == color.GrayModel
	} else {
		img, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("read a picture: %w", err)
		}
		p.data = onWhite(img)
	}
	d.pictures = append(d.pictures, p)
	return p, nil
}

// onWhite is the picture as rows of red, green and blue, laid on white.
func onWhite(img image.Image) []byte {
	b := img.Bounds()
	out := make([]byte, 0, 3*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := img.At(x, y).RGBA() // premultiplied: what is missing is white
			rest := 0xffff - a
			out = append(out, byte((r+rest)>>8), byte((g+rest)>>8), byte((bl+rest)>>8)) //nolint:gosec // sixteen bits each
		}
	}
	return out
}

// embed writes the picture.
func (p *Picture) embed(o *objects) (ref, error) {
	space := "/DeviceRGB"
	if p.grey {
		space = "/DeviceGray"
	}
	entries := fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8", p.Width, p.Height, space)
	if p.jpeg {
		return o.stream(entries+" /Filter /DCTDecode", p.data), nil
	}
	return o.deflated(entries, p.data)
}

// Picture draws p into a rectangle whose lower left corner is x, y.
func (c *Page) Picture(p *Picture, x, y, w, h float64) {
	fmt.Fprintf(&c.content, "q %s 0 0 %s %s %s cm /%s Do Q\n", num(w), num(h), num(x), num(y), p.name)
}
