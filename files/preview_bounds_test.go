package files_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"

	"saphan/files"
)

// allocated is how many bytes fn asks for. Nothing else may run at the time.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A long strip, and a picture of the usual shape that is made only half as large, are drawn in little more
// memory than the picture itself.
func TestPreviewNeedsLittleMemory(t *testing.T) { //nolint:paralleltest // memory is counted for the whole program
	for _, size := range []image.Point{{2, 4_000_000}, {4_000_000, 2}, {2000, 4000}} {
		var file bytes.Buffer
		if err := png.Encode(&file, image.NewGray(image.Rectangle{Max: size})); err != nil {
			t.Fatal(err)
		}
		const maxPx = 1600
		n := allocated(func() {
			got, err := files.Preview(t.Context(), bytes.NewReader(file.Bytes()), "image/png", maxPx)
			if err != nil || len(got) == 0 {
				t.Errorf("%v: %v", size, err)
			}
		})
		if n > 80<<20 {
			t.Errorf("%v: %d MB for %d million points", size, n>>20, size.X*size.Y/1_000_000)
		}
	}
}

// head is the beginning of a JPEG of so many points, which says how it goes on.
func head(sof byte, w, h uint16, sampling ...byte) []byte {
	body := binary.BigEndian.AppendUint16([]byte{8}, h)
	body = append(binary.BigEndian.AppendUint16(body, w), byte(len(sampling)))
	for i, s := range sampling {
		body = append(body, byte(i+1), s, 0)
	}
	start := append([]byte("\xff\xd8"), segment(sof, string(body))...)
	return append(start, "\xff\xda\x00\x02"...)
}

// What a decoder needs depends on more than the size: a picture in several scans takes five times as much as
// the same picture in one, and one of 16 bits twice as much as one of 8. The refusal comes before the memory
// is asked for.
func TestPreviewCountsWhatDecodingNeeds(t *testing.T) {
	t.Parallel()
	deep := func(bits, passes byte) []byte {
		ihdr := append([]byte("IHDR"), 0, 0, 0x1B, 0x58, 0, 0, 0x1B, 0x58, bits, 2, 0, 0, passes) // 7000 x 7000
		out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
	}
	for name, c := range map[string]struct {
		data      []byte
		mediaType string
		refused   bool
	}{
		"49 million points in one scan":     {head(0xC0, 7000, 7000, 0x22, 0x11, 0x11), "image/jpeg", false},
		"the same in several":               {head(0xC2, 7000, 7000, 0x22, 0x11, 0x11), "image/jpeg", true},
		"a telephone's in several":          {head(0xC2, 4000, 3000, 0x22, 0x11, 0x11), "image/jpeg", false},
		"four components":                   {head(0xC0, 7000, 7000, 0x11, 0x11, 0x11, 0x11), "image/jpeg", true},
		"49 million points of 8 bits":       {deep(8, 0), "image/png", false},
		"of 16 bits":                        {deep(16, 0), "image/png", true},
		"of 8 bits, in passes (interlaced)": {deep(8, 1), "image/png", true},
	} {
		_, err := files.Preview(t.Context(), bytes.NewReader(c.data), c.mediaType, 320)
		if err == nil {
			t.Fatalf("%s: a head alone was drawn", name)
		}
		if refused := strings.Contains(err.Error(), "ใหญ่เกิน"); refused != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// remarks is a JPEG of remarks without end, during which somebody leaves.
type remarks struct {
	read  int
	leave func()
}

func (r *remarks) Read(p []byte) (int, error) {
	const one = "\xff\xfe\x00\x02"
	for i := range p {
		p[i] = one[(r.read+i)%len(one)]
	}
	if r.read == 0 {
		copy(p, "\xff\xd8\xff\xfe\x00\x04..")
	}
	if r.read += len(p); r.read > 100_000 {
		r.leave()
	}
	return len(p), nil
}

// Drawing ends with the one who asked for it, however much the file still describes.
func TestPreviewEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &remarks{leave: cancel}
	if _, err := files.Preview(ctx, r, "image/jpeg", 320); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if r.read > 1<<20 {
		t.Errorf("%d bytes were read for nobody", r.read)
	}
	var whole bytes.Buffer
	if err := png.Encode(&whole, quarters(40, 40)); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Preview(ctx, io.MultiReader(&whole), "image/png", 320); !errors.Is(err, context.Canceled) {
		t.Errorf("begun after its end: %v", err)
	}
}
