package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"saphan/internal/fault"
)

const (
	// previewPixels is the largest picture that is drawn: decoding takes about four bytes a pixel.
	previewPixels = 50_000_000
	// previewBytes is the most of a file that is read for its preview.
	previewBytes = 60 << 20
	// previewsAtOnce bounds the memory that previews take together.
	previewsAtOnce = 2
	previewQuality = 82
	// exifBytes is how far into a file its orientation is looked for: the segment is at most 64 KiB
	// long and comes early.
	exifBytes = 128 << 10
)

// Preview draws a picture anew, small enough to show: a JPEG of at most maxPx on the longer side,
// upright, without anything else that the file carried (place, camera, remarks). A file that is no
// picture we can draw, or too large a one, is a fault of kind Invalid.
func Preview(r io.Reader, mediaType string, maxPx int) ([]byte, error) {
	if maxPx <= 0 {
		return nil, errors.New("preview: no size given")
	}
	var (
		config func(io.Reader) (image.Config, error)
		decode func(io.Reader) (image.Image, error)
	)
	switch mediaType {
	case "image/jpeg":
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	case "image/png":
		config, decode = png.DecodeConfig, png.Decode
	case "image/webp":
		config, decode = webp.DecodeConfig, webp.Decode
	default:
		return nil, fault.New(fault.Invalid, "ไฟล์ชนิดนี้ไม่มีภาพตัวอย่าง กรุณาดาวน์โหลดเพื่อเปิดดู")
	}
	var read bytes.Buffer
	source := io.LimitReader(r, previewBytes)
	dim, err := config(io.TeeReader(source, &read))
	if err != nil {
		return nil, undrawable(err)
	}
	if dim.Width <= 0 || dim.Height <= 0 || dim.Width > previewPixels/dim.Height {
		return nil, fault.New(fault.Invalid, "รูปภาพนี้ใหญ่เกินกว่าจะแสดงตัวอย่าง กรุณาดาวน์โหลดเพื่อเปิดดู")
	}
	if more := exifBytes - read.Len(); mediaType == "image/jpeg" && more > 0 {
		if _, err := io.CopyN(&read, source, int64(more)); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("preview: %w", err)
		}
	}
	turn := upright
	if mediaType == "image/jpeg" {
		turn = orientation(read.Bytes())
	}
	picture, err := decode(io.MultiReader(&read, source))
	if err != nil {
		return nil, undrawable(err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, turn.apply(shrink(picture, maxPx)), &jpeg.Options{Quality: previewQuality}); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	return out.Bytes(), nil
}

// undrawable is the answer to a picture that does not decode. An error of the store is passed on.
func undrawable(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, ErrAltered) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("preview: %w", err)
	}
	return fault.Wrap(fault.Invalid, "แสดงตัวอย่างรูปภาพนี้ไม่ได้ ไฟล์อาจเสียหาย กรุณาดาวน์โหลดเพื่อเปิดดู", err)
}

// shrink draws a picture on white within maxPx; a smaller one keeps its size.
func shrink(picture image.Image, maxPx int) *image.RGBA {
	from := picture.Bounds()
	w, h := from.Dx(), from.Dy()
	if longer := max(w, h); longer > maxPx {
		w, h = max(1, w*maxPx/longer), max(1, h*maxPx/longer)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(to, to.Bounds(), picture, from, draw.Over, nil)
	return to
}

// Preview draws a stored picture that may be opened. Only a few are drawn at once; the others wait.
func (s *Store) Preview(ctx context.Context, a Attachment, maxPx int) (picture []byte, err error) {
	if err := a.Unopenable(); err != nil {
		return nil, err
	}
	select {
	case s.previews <- struct{}{}:
		defer func() { <-s.previews }()
	case <-ctx.Done():
		return nil, fmt.Errorf("preview: %w", ctx.Err())
	}
	if slices.Contains(heifTypes, a.MediaType) {
		r, err := s.OpenClean(ctx, a) // libheif need not see what was added either
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.Close()) }()
		return previewHEIF(ctx, r, maxPx)
	}
	r, err := s.Open(ctx, a)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return Preview(r, a.MediaType, maxPx)
}
