package files_test

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"saphan/devkit/uploads"
	"saphan/files"
)

// S3: of a corpus made by a script every file is taken that is what it says, and every other one is
// refused with a sentence that says what to send.
func TestCorpusOfUploads(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	corpus, err := uploads.Corpus()
	if err != nil {
		t.Fatal(err)
	}
	if len(corpus) < 200 {
		t.Errorf("the corpus has only %d files", len(corpus))
	}
	taken := 0
	for _, u := range corpus {
		o := b.put(t, u.Data)
		err := files.Accept(o, u.Name)
		sentence, refused := files.Refusal(err)
		switch {
		case u.Taken && err != nil:
			t.Errorf("%s (%s, %s): %v", u.What, o.MediaType, o.Trait, err)
		case !u.Taken && !refused:
			t.Errorf("%s (%s, %q) is taken: %v", u.What, o.MediaType, u.Name, err)
		case refused && !strings.Contains(sentence, "กรุณา"):
			t.Errorf("%s: the sentence does not say what to do: %s", u.What, sentence)
		}
		if err == nil {
			taken++
		}
		name := files.SafeName(u.Name)
		if strings.ContainsAny(name, "/\\\u202e") || name == "" || len(name) > 220 {
			t.Errorf("%s: name %q", u.What, name)
		}
	}
	t.Logf("%d files, %d of them taken", len(corpus), taken)
}

// What good files may have in them: a film behind a picture (telephones do that), remarks, XMP, papers in
// papers, and bytes that look like anything by chance.
func TestGoodFilesWithMuchInThem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	picture := encode(t, quarters(64, 48))
	heic, err := os.ReadFile("testdata/picture.heic")
	if err != nil {
		t.Fatal(err)
	}
	pdf := append(uploads.PDF(), "\n4 0 obj<</Type/EmbeddedFile/Length 9>>stream\n<xml>...\n"...)
	for name, data := range map[string][]byte{
		"motion.jpg":  append(bytes.Clone(picture), "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42"...),
		"xmp.jpg":     inJPEG(picture, segment(0xE1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF/></x:xmpmeta>")),
		"padded.jpg":  append(bytes.Clone(picture), make([]byte, 1<<20)...),
		"IMG_1.heic":  heic,
		"paper.pdf":   pdf,
		"pk.jpg":      append(bytes.Clone(picture), "PK\x03\x04 PK\x05\x06 and too short"...),
		"nearly.jpg":  append(bytes.Clone(picture), append([]byte("PK\x05\x06\x07\x07\x07\x07"), bytes.Repeat([]byte{0x55}, 90)...)...),
		"scripts.pdf": append(append(uploads.PDF(), make([]byte, 2<<10)...), bytes.Repeat([]byte("% a paper about <script> and <html>\n"), 200)...),
	} {
		o := b.put(t, data)
		if err := files.Accept(o, name); err != nil || o.Trait != files.Plain {
			t.Errorf("%s (%s, %s): %v", name, o.MediaType, o.Trait, err)
		}
	}
}

// A word is found wherever it lies between the pieces in which a file is read; the file itself comes
// through unchanged.
func TestInspectionAcrossPieces(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	picture := encode(t, quarters(64, 48))
	for _, at := range []int{64<<10 - 9, 64<<10 - 4, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128<<10 - 3, 200_000, 5<<20 - 2} {
		data := append(bytes.Clone(picture), make([]byte, at-len(picture))...)
		data = append(append(data, "<ScRiPt>"...), make([]byte, rand.IntN(100_000))...)
		o := b.put(t, data)
		if o.Trait != files.Hiding {
			t.Errorf("at %d: %q", at, o.Trait)
		}
		if sum := sha256.Sum256(data); !bytes.Equal(o.SHA256, sum[:]) || o.Size != int64(len(data)) {
			t.Errorf("at %d: other bytes were stored", at)
		}
	}
}
