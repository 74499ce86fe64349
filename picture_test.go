package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"testing"
)

// markedPhoto is a picture that carries words no other file has, where a camera puts its comment.
func markedPhoto(t *testing.T, words string) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = uint8(i % 251)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	comment := append([]byte{0xff, 0xfe, 0, byte(len(words) + 2)}, words...)
	return append(append(append([]byte{}, whole[:2]...), comment...), whole[2:]...)
}

// markedPDF is a small document that carries words.
func markedPDF(words string) []byte {
	return fmt.Appendf(nil, "%%PDF-1.4\n%% %s\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"+
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n", words)
}
