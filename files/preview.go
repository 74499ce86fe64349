package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"time"

	"golang.org/x/image/webp"

	"saphan/internal/fault"
)

const (
	// previewMemory bounds the picture in memory that is drawn.
	previewMemory = 200 << 20
	// previewTime bounds the drawing of one: a small file may describe very much work.
	previewTime = 20 * time.Second
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
func Preview(ctx context.Context, r io.Reader, mediaType string, maxPx int) ([]byte, error) {
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
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	source := io.LimitReader(during{ctx, r}, previewBytes)
	dim, err := config(io.TeeReader(source, &read))
	if err != nil {
		return nil, undrawable(err)
	}
	if dim.Width <= 0 || dim.Height <= 0 || decodedSize(mediaType, dim, read.Bytes()) > previewMemory {
		return nil, tooLargeToDraw()
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

// during reads until its context ends: a decoder knows no end of its own.
type during struct {
	ctx context.Context
	r   io.Reader
}

func (d during) Read(p []byte) (int, error) {
	if err := d.ctx.Err(); err != nil {
		return 0, err
	}
	return d.r.Read(p)
}

// decodedSize is about how many bytes a decoder needs for a picture whose file begins like this.
func decodedSize(mediaType string, dim image.Config, head []byte) float64 {
	points := float64(dim.Width) * float64(dim.Height)
	switch mediaType {
	case "image/jpeg":
		return points * jpegPoint(head)
	case "image/png":
		each := 4.0
		switch dim.ColorModel {
		case color.RGBA64Model, color.NRGBA64Model:
			each = 8
		case color.GrayModel:
			each = 1
		case color.Gray16Model:
			each = 2
		}
		if len(head) > 28 && head[28] != 0 { // comes in passes, each a picture of its own
			each *= 2
		}
		return points * each
	default:
		return points * 4
	}
}

// jpegPoint is about how many bytes a decoder needs for each point of a JPEG that begins like this: one for
// every sample, four more when they come in several scans (progressive), and four for each point when colours
// are mixed anew (four components).
func jpegPoint(head []byte) float64 {
	const most = 24
	for rest := head[min(2, len(head)):]; len(rest) >= 4; {
		code, size := rest[1], int(binary.BigEndian.Uint16(rest[2:]))+2
		if rest[0] != 0xFF {
			return most
		}
		if code == 0xFF { // filling
			rest = rest[1:]
			continue
		}
		if code < 0xC0 || code > 0xC2 {
			rest = rest[min(size, len(rest)):]
			continue
		}
		if len(rest) < 10 || len(rest) < 10+3*int(rest[9]) {
			return most
		}
		samples, widest := 0, 1
		for i := range int(rest[9]) {
			sampling := rest[10+3*i+1]
			each := int(sampling>>4) * int(sampling&15)
			samples, widest = samples+each, max(widest, each)
		}
		bytes := float64(samples) / float64(widest)
		if code == 0xC2 {
			bytes *= 5
		}
		if rest[9] == 4 {
			bytes += 4
		}
		return bytes
	}
	return most
}

func tooLargeToDraw() error {
	return fault.New(fault.Invalid, "รูปภาพนี้ใหญ่เกินกว่าจะแสดงตัวอย่าง กรุณาดาวน์โหลดเพื่อเปิดดู")
}

// undrawable is the answer to a picture that does not decode. An error of the store is passed on.
func undrawable(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, ErrAltered) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("preview: %w", err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Invalid, "รูปภาพนี้ใช้เวลาแสดงตัวอย่างนานเกินไป กรุณาดาวน์โหลดเพื่อเปิดดู", err)
	}
	return fault.Wrap(fault.Invalid, "แสดงตัวอย่างรูปภาพนี้ไม่ได้ ไฟล์อาจเสียหาย กรุณาดาวน์โหลดเพื่อเปิดดู", err)
}

// Preview draws a stored picture that may be opened. Only a few are drawn at once; the others wait.
func (s *Store) Preview(ctx context.Context, a Attachment, maxPx int) (picture []byte, err error) {
	if err := a.Unopenable(); err != nil {
		return nil, err
	}
	if a.Size > previewBytes {
		return nil, tooLargeToDraw()
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
	return Preview(ctx, r, a.MediaType, maxPx)
}
