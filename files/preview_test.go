package files_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"testing/iotest"

	"saphan/files"
	"saphan/internal/fault"
)

// quarters is a picture whose four quarters differ: red, green / blue, white.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{A: 255}
			switch {
			case y < h/2 && x < w/2:
				c.R = 255
			case y < h/2:
				c.G = 255
			case x < w/2:
				c.B = 255
			default:
				c.R, c.G, c.B = 255, 255, 255
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func encode(t *testing.T, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withEXIF puts a camera's note into a JPEG: how it is to be turned, and where it was taken.
func withEXIF(plain []byte, order binary.AppendByteOrder, turn uint16) []byte {
	mark := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	tiff := order.AppendUint32([]byte(mark), 8)
	tiff = order.AppendUint16(tiff, 2)
	tiff = order.AppendUint16(tiff, 0x010E) // a remark, before the orientation
	tiff = order.AppendUint16(tiff, 2)
	tiff = order.AppendUint32(tiff, 4)
	tiff = append(tiff, "GPS\x00"...)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, turn)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(body)+2))
	out := append([]byte{}, plain[:2]...)
	out = append(append(out, segment...), body...)
	return append(out, plain[2:]...)
}

func preview(t *testing.T, data []byte, mediaType string, maxPx int) image.Image {
	t.Helper()
	got, err := files.Preview(t.Context(), iotest.HalfReader(bytes.NewReader(data)), mediaType, maxPx)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(got, []byte("Exif")) || bytes.Contains(got, []byte("GPS")) {
		t.Error("the preview carries the camera's notes")
	}
	m, err := jpeg.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// seen names the four quarters of a picture, row by row.
func seen(m image.Image) string {
	b := m.Bounds()
	var s strings.Builder
	for _, p := range []image.Point{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
		r, g, bl, _ := m.At(b.Min.X+b.Dx()*p.X/4, b.Min.Y+b.Dy()*p.Y/4).RGBA()
		switch hi := func(v uint32) bool { return v > 0x8000 }; {
		case hi(r) && hi(g) && hi(bl):
			s.WriteByte('w')
		case hi(r):
			s.WriteByte('r')
		case hi(g):
			s.WriteByte('g')
		case hi(bl):
			s.WriteByte('b')
		default:
			s.WriteByte('?')
		}
	}
	return s.String()
}

func TestPreviewStandsUprightWithoutNotes(t *testing.T) {
	t.Parallel()
	plain := encode(t, quarters(80, 40))
	for turn, want := range map[uint16]string{
		1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb",
		0: "rgbw", 9: "rgbw", // nonsense
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			m := preview(t, withEXIF(plain, order, turn), "image/jpeg", 20)
			if got := seen(m); got != want {
				t.Errorf("orientation %d: %s, want %s", turn, got, want)
			}
			wantSize := image.Pt(20, 10)
			if turn >= 5 && turn <= 8 {
				wantSize = image.Pt(10, 20)
			}
			if got := m.Bounds().Size(); got != wantSize {
				t.Errorf("orientation %d: size %v, want %v", turn, got, wantSize)
			}
		}
	}
}

func TestPreviewOfASmallOrClearPicture(t *testing.T) {
	t.Parallel()
	if got := preview(t, encode(t, quarters(30, 20)), "image/jpeg", 320).Bounds().Size(); got != image.Pt(30, 20) {
		t.Errorf("a small picture becomes %v", got)
	}
	if got := preview(t, encode(t, quarters(900, 2)), "image/jpeg", 100).Bounds().Size(); got != image.Pt(100, 1) {
		t.Errorf("a narrow picture becomes %v", got)
	}
	var clear bytes.Buffer
	if err := png.Encode(&clear, image.NewNRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	if got := seen(preview(t, clear.Bytes(), "image/png", 8)); got != "wwww" {
		t.Errorf("a clear picture is seen as %s, want white", got)
	}
}

// hugePNG says that it is 50,000 x 50,000, in 60 bytes (S3).
func hugePNG() []byte {
	header := append([]byte("IHDR"), 0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

func TestPreviewRefusesWhatItCannotDraw(t *testing.T) {
	t.Parallel()
	whole := encode(t, quarters(400, 300))
	for name, c := range map[string]struct {
		data      []byte
		mediaType string
	}{
		"a bomb":          {hugePNG(), "image/png"},
		"a PDF":           {[]byte("%PDF-1.7"), "application/pdf"},
		"HEIC":            {ftyp("heic"), "image/heic"},
		"not a picture":   {[]byte("<html>"), "image/jpeg"},
		"cut short":       {whole[:len(whole)/2], "image/jpeg"},
		"nothing":         {nil, "image/webp"},
		"the wrong sort":  {whole, "image/png"},
		"only the header": {whole[:30], "image/jpeg"},
	} {
		if _, err := files.Preview(t.Context(), bytes.NewReader(c.data), c.mediaType, 320); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := files.Preview(t.Context(), bytes.NewReader(whole), "image/jpeg", 0); err == nil || fault.Is(err, fault.Invalid) {
		t.Errorf("no size: %v", err)
	}
	down := fault.New(fault.Unavailable, "x")
	if _, err := files.Preview(t.Context(), iotest.ErrReader(down), "image/jpeg", 320); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a store that is down: %v", err)
	}
	if _, err := files.Preview(t.Context(), iotest.ErrReader(files.ErrAltered), "image/jpeg", 320); !errors.Is(err, files.ErrAltered) {
		t.Errorf("altered bytes: %v", err)
	}
}

// Notes that lie about their own length must not be followed.
func FuzzPreview(f *testing.F) {
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, quarters(8, 8), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(withEXIF(plain.Bytes(), binary.LittleEndian, 6))
	f.Add(withEXIF(plain.Bytes(), binary.BigEndian, 3)[:60])
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := files.Preview(t.Context(), bytes.NewReader(data), "image/jpeg", 16); err == nil {
			if _, err := jpeg.Decode(bytes.NewReader(got)); err != nil {
				t.Errorf("the preview does not decode: %v", err)
			}
		}
	})
}

func TestStoredPictureHasAPreview(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := b.put(t, withEXIF(encode(t, quarters(400, 200)), binary.BigEndian, 6))
	got, err := b.Preview(t.Context(), files.Attachment{Object: o, State: files.Ready}, 100)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(got))
	if err != nil || m.Bounds().Size() != image.Pt(50, 100) || seen(m) != "brwg" {
		t.Errorf("preview %v, %s, %v", m.Bounds().Size(), seen(m), err)
	}
}

// A telephone's picture of 12 MP; 0.9 s were measured for decoding and a slower filter.
func BenchmarkPreview(b *testing.B) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, quarters(4000, 3000), nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := files.Preview(b.Context(), bytes.NewReader(out.Bytes()), "image/jpeg", 320); err != nil {
			b.Fatal(err)
		}
	}
}
