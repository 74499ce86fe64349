package main

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"reflect"
	"testing"
)

// markedPhoto is a picture that carries words no other file has, where a camera puts its comment.
func markedPhoto(t *testing.T, words string) []byte {
	t.Helper()
	img, shade := image.NewGray(image.Rect(0, 0, 64, 48)), crc32.ChecksumIEEE([]byte(words))
	for i := range img.Pix {
		img.Pix[i] = uint8(shade >> (i / 16 % 4 * 8)) // stripes of four shades, others for other words
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	comment := append([]byte{0xff, 0xfe, 0, byte(len(words) + 2)}, words...)
	return append(append(append([]byte{}, whole[:2]...), comment...), whole[2:]...)
}

// cleaned says whether a photo that an officer opens is the one that was sent, without the words that
// the camera had added.
func cleaned(t *testing.T, opened, sent []byte, words string) error {
	t.Helper()
	got, err := jpeg.Decode(bytes.NewReader(opened))
	if err != nil {
		return fmt.Errorf("no picture: %w", err)
	}
	want, err := jpeg.Decode(bytes.NewReader(sent))
	switch {
	case err != nil:
		t.Fatal(err)
	case !reflect.DeepEqual(got, want):
		return errors.New("another picture")
	case bytes.Contains(opened, []byte(words)):
		return fmt.Errorf("it still carries %q", words)
	}
	return nil
}

// markedPDF is a small document that carries words.
func markedPDF(words string) []byte {
	return fmt.Appendf(nil, "%%PDF-1.4\n%% %s\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"+
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n", words)
}
