package files_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"saphan/files"
	"saphan/internal/fault"
)

// An iPhone's picture is drawn, without what the camera added; one that is broken, and one that claims to
// be enormous, are refused like any other, and nothing is left lying about.
func TestHEICHasAPreview(t *testing.T) {
	t.Parallel()
	if !files.DrawsHEIF() {
		if os.Getenv("CI") != "" {
			t.Fatal("libheif's program is not installed")
		}
		t.Skip("libheif's program is not installed (Debian: apt-get install libheif-examples)")
	}
	full, err := os.ReadFile("testdata/picture.heic")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	stored := func(data []byte) files.Attachment {
		o := b.put(t, data)
		o.MediaType = "image/heic"
		return files.Attachment{Object: o, State: files.Ready}
	}
	if o := b.put(t, full); o.MediaType != "image/heic" || files.Accept(o, "IMG_0001.HEIC") != nil {
		t.Errorf("%s is not taken", o.MediaType)
	}
	got, err := b.Preview(t.Context(), stored(full), 160)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(got))
	if err != nil || max(m.Bounds().Dx(), m.Bounds().Dy()) != 160 || seen(m) != "rgbw" {
		t.Errorf("preview %v, %s, %v", m.Bounds().Size(), seen(m), err)
	}
	if bytes.Contains(got, []byte("SECRET")) || bytes.Contains(got, []byte("Exif")) {
		t.Error("the preview has what the camera added")
	}
	huge := bytes.Clone(full) // ispe: the size of the picture
	at := bytes.Index(huge, []byte("ispe"))
	copy(huge[at+8:], []byte{0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50})
	for name, data := range map[string][]byte{"cut": full[:len(full)/2], "only its head": full[:40], "huge": huge} {
		if _, err := b.Preview(t.Context(), stored(data), 160); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := filepath.Glob(fmt.Sprintf("/dev/shm/saphan-heif-%d-*", os.Getpid())); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	if files.Draws("application/pdf") || !files.Draws("image/jpeg") || !files.Draws("image/heif") {
		t.Error("what can be drawn is not known")
	}
}
