package files_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/webp"

	"saphan/files"
)

// planted is what no cleaned copy may contain.
const planted = "PLANTED 13.7563N 100.5018E"

// cleaned is the cleaned copy of a file, read in small pieces.
func cleaned(t *testing.T, data []byte, mediaType string) []byte {
	t.Helper()
	r, err := files.Clean(again(func() io.Reader { return iotest.HalfReader(bytes.NewReader(data)) }), mediaType)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(data) {
		t.Errorf("%s: %d bytes became %d", mediaType, len(data), len(got))
	}
	return got
}

// again opens a file anew each time.
func again(file func() io.Reader) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(file()), nil }
}

// segment is a part of a JPEG.
func segment(code byte, content string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, code}, uint16(len(content)+2)), content...)
}

// inJPEG puts segments behind the beginning of a JPEG.
func inJPEG(plain []byte, segments ...[]byte) []byte {
	out := bytes.Clone(plain[:2])
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(out, plain[2:]...)
}

// chunk is a part of a PNG.
func chunk(name, content string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	out = append(append(out, name...), content...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(name+content)))
}

// part is a part of a WebP.
func part(name, content string) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content)))
	return append(append(out, content...), make([]byte, len(content)%2)...)
}

// atom is a part of a movie or a HEIF picture.
func atom(name string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), name...), body...)
}

// dot is a WebP of one point.
func dot(t *testing.T) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if fmt.Sprint(a.At(x, y)) != fmt.Sprint(b.At(x, y)) {
				return false
			}
		}
	}
	return true
}

func TestCleanJPEGKeepsThePictureAndItsTurn(t *testing.T) {
	t.Parallel()
	plain := encode(t, quarters(400, 200))
	icc := segment(0xE2, "ICC_PROFILE\x00\x01\x01 colours")
	full := append(inJPEG(withEXIF(plain, binary.BigEndian, 6),
		segment(0xE0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), segment(0xE0, "JFXX\x00"+planted), icc,
		segment(0xE1, "http://ns.adobe.com/xap/1.0/\x00"+planted), segment(0xED, "Photoshop 3.0\x00"+planted), segment(0xE2, "MPF\x00"+planted),
		segment(0xFE, planted), segment(0xE5, planted+strings.Repeat("x", 65533-len(planted)))), planted+"\x00\x00\x00\x18ftypmp42"...)
	got := cleaned(t, full, "image/jpeg")
	if bytes.Contains(got, []byte("PLANTED")) || bytes.Contains(got, []byte("GPS")) || bytes.Contains(got, []byte("ftyp")) {
		t.Error("the copy still has what was added")
	}
	if !bytes.Contains(got, icc) {
		t.Error("the colours are gone")
	}
	before, err := jpeg.Decode(bytes.NewReader(full))
	if err != nil {
		t.Fatal(err)
	}
	after, err := jpeg.Decode(bytes.NewReader(got))
	if err != nil || !same(before, after) {
		t.Errorf("the picture is not the same (%v)", err)
	}
	for turn := uint16(1); turn <= 8; turn++ {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			full := withEXIF(plain, order, turn)
			if got := preview(t, cleaned(t, full, "image/jpeg"), "image/jpeg", 100); seen(got) != seen(preview(t, full, "image/jpeg", 100)) {
				t.Errorf("turn %d: the copy is turned to %s", turn, seen(got))
			}
		}
	}
}

func TestCleanPNGKeepsThePicture(t *testing.T) {
	t.Parallel()
	var plain bytes.Buffer
	if err := png.Encode(&plain, quarters(90, 60)); err != nil {
		t.Fatal(err)
	}
	head := plain.Bytes()[:33] // signature and IHDR
	full := bytes.Join([][]byte{
		head, chunk("eXIf", "MM\x00*"+planted), chunk("tEXt", "Comment\x00"+planted), chunk("iTXt", planted), chunk("zTXt", planted), chunk("prVt", planted),
		chunk("tIME", "1234567"), chunk("tEXt", strings.Repeat(planted, 500)), chunk("pHYs", "\x00\x00\x0b\x12\x00\x00\x0b\x12\x01"), plain.Bytes()[33:], []byte(planted),
	}, nil)
	got := cleaned(t, full, "image/png")
	if bytes.Contains(got, []byte("PLANTED")) || !bytes.Contains(got, []byte("pHYs")) {
		t.Error("the copy still has what was added, or has lost what belongs to the picture")
	}
	after, err := png.Decode(bytes.NewReader(got))
	if err != nil || !same(after, quarters(90, 60)) {
		t.Errorf("the picture is not the same (%v)", err)
	}
}

func TestCleanWebPKeepsThePicture(t *testing.T) {
	t.Parallel()
	picture := dot(t)[12:]
	body := bytes.Join([][]byte{
		part("VP8X", "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00"), picture, part("EXIF", planted), part("XMP ", planted+"x"), part("what", planted),
	}, nil)
	full := append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)+4)), append([]byte("WEBP"), body...)...)
	full = append(full, planted...)
	got := cleaned(t, full, "image/webp")
	if bytes.Contains(got, []byte("PLANTED")) || got[20] != 0 {
		t.Error("the copy still has what was added, or says that it has")
	}
	if _, err := webp.Decode(bytes.NewReader(got)); err != nil {
		t.Error(err)
	}
	if got := cleaned(t, dot(t), "image/webp"); !bytes.Equal(got, dot(t)) {
		t.Error("a picture with nothing added was changed")
	}
}

// The places where telephones write where a video was taken: ©xyz and loci in udta, keys in meta, XMP in uuid.
func TestCleanMovieKeepsSoundAndPictures(t *testing.T) {
	t.Parallel()
	samples := []byte("samples of sound and pictures: " + strings.Repeat("s", 5000))
	track := atom("trak", atom("tkhd", make([]byte, 84)), atom("udta", atom("\xa9xyz", []byte(planted))), atom("mdia", atom("mdhd", make([]byte, 24)), atom("hdlr", []byte("\x00\x00\x00\x00mhlrvide"))), atom("meta", []byte(planted)))
	large := append([]byte{0, 0, 0, 1}, "mdat"...)
	large = binary.BigEndian.AppendUint64(large, uint64(16+len(samples)))
	large = append(large, samples...)
	full := bytes.Join([][]byte{
		atom("ftyp", []byte("isom\x00\x00\x02\x00isomiso2")), atom("free", []byte(planted)),
		atom("moov", atom("mvhd", make([]byte, 100)), track, atom("udta", atom("loci", []byte(planted))), atom("meta", []byte("mdta "+planted))),
		atom("uuid", []byte("0123456789abcdef"+planted)), large, append(append([]byte{0, 0, 0, 0}, "mdat"...), samples...),
	}, nil)
	for _, mediaType := range []string{"video/mp4", "video/quicktime", "audio/x-m4a"} {
		got := cleaned(t, full, mediaType)
		if bytes.Contains(got, []byte("PLANTED")) || bytes.Contains(got, []byte("\xa9xyz")) || bytes.Contains(got, []byte("udta")) {
			t.Errorf("%s: the copy still has what was added", mediaType)
		}
		if bytes.Count(got, samples) != 2 || !bytes.Contains(got, []byte("mdhd")) || !bytes.Contains(got, []byte("tkhd")) {
			t.Errorf("%s: the copy has lost what belongs to the film", mediaType)
		}
	}
}

// A picture as an iPhone's format has it: what is no picture is blank, the rest is byte for byte the same.
func TestCleanHEIFKeepsThePicture(t *testing.T) {
	t.Parallel()
	full, err := os.ReadFile("testdata/picture.heic")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"SECRETNAME", "Exif", "xmpmeta"} {
		if !bytes.Contains(full, []byte(word)) {
			t.Fatalf("the sample has no %s", word)
		}
	}
	got := cleaned(t, full, "image/heic")
	for _, word := range []string{"SECRETNAME", "xmpmeta", "GPS", "II*"} {
		if bytes.Contains(got, []byte(word)) {
			t.Errorf("the copy still has %q", word)
		}
	}
	changed, blank := 0, 0
	for i := range got {
		if got[i] != full[i] {
			changed++
			if got[i] == 0 {
				blank++
			}
		}
	}
	if changed == 0 || changed != blank {
		t.Errorf("%d bytes were changed, %d of them blanked", changed, blank)
	}
}

// Whatever does not follow the rules of its type is blank from there on, and the copy always has the
// same length and an end.
func TestCleanOfNonsense(t *testing.T) {
	t.Parallel()
	heic, err := os.ReadFile("testdata/picture.heic")
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, quarters(20, 20)); err != nil {
		t.Fatal(err)
	}
	samples := map[string][]byte{
		"image/jpeg": inJPEG(encode(t, quarters(20, 20)), segment(0xFE, planted)), "image/png": picture.Bytes(), "image/webp": dot(t), "image/heic": heic,
		"video/mp4": bytes.Join([][]byte{atom("ftyp", []byte("isom")), atom("moov", atom("udta", []byte(planted))), atom("mdat", []byte("s"))}, nil),
	}
	for mediaType, sample := range samples {
		for cut := 0; cut <= len(sample); cut += max(1, len(sample)/400) {
			cleaned(t, sample[:cut], mediaType)
		}
		for at := range min(len(sample), 600) {
			broken := bytes.Clone(sample)
			broken[at] ^= 0xFF
			cleaned(t, broken, mediaType)
		}
		if got := cleaned(t, []byte(planted), mediaType); bytes.Contains(got, []byte("PLANTED")) {
			t.Errorf("%s: %q", mediaType, got)
		}
	}
	deep := []byte("x")
	for range 10_000 {
		deep = atom("moov", atom("trak", atom("mdia", atom("minf", deep))))
	}
	cleaned(t, append(atom("ftyp", []byte("isom")), deep...), "video/mp4")
	// Tables that claim more than they have: many items of many stretches, each of no bytes.
	for _, sizes := range []string{"\x00\x00", "\x04\x00", "\x44\x00"} {
		claims := append([]byte("\x01\x00\x00\x00"+sizes), "\xff\xff"...)
		claims = append(claims, bytes.Repeat([]byte("\x00\x01\x00\x00\x00\x00\xff\xff"), 5000)...)
		table := atom("meta", []byte("\x00\x00\x00\x00"), atom("iinf", []byte("\x00\x00\x00\x00\x00\x00")), atom("iloc", claims))
		cleaned(t, append(atom("ftyp", []byte("heic")), table...), "image/heic")
	}
	if got := cleaned(t, []byte("%PDF-1.7"), "application/pdf"); string(got) != "%PDF-1.7" {
		t.Errorf("a type without a cleaner: %q", got)
	}
	for mediaType, sample := range samples {
		down := again(func() io.Reader {
			return io.MultiReader(bytes.NewReader(sample[:len(sample)/2]), failing{files.ErrAltered})
		})
		r, err := files.Clean(down, mediaType)
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if !errors.Is(err, files.ErrAltered) {
			t.Errorf("%s: a file that breaks off is taken for a whole one: %v", mediaType, err)
		}
	}
}

// A film of any length passes through a small memory, and one that nobody reads on ends.
func TestCleanStreams(t *testing.T) {
	t.Parallel()
	const size = 200 << 20
	head := atom("ftyp", []byte("isom"))
	samples := append(binary.BigEndian.AppendUint32(nil, size+8), "mdat"...)
	tables := atom("moov", atom("mvhd", make([]byte, 100)))
	for what, film := range map[string]func() (io.ReadCloser, error){
		"tables first": again(func() io.Reader {
			return io.MultiReader(bytes.NewReader(head), bytes.NewReader(tables), bytes.NewReader(samples), noise(1, size))
		}),
		"tables last": again(func() io.Reader {
			return io.MultiReader(bytes.NewReader(head), bytes.NewReader(samples), noise(1, size), bytes.NewReader(tables))
		}),
	} {
		r, err := files.Clean(film, "video/mp4")
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil || n != int64(len(head)+len(samples)+len(tables)+size) {
			t.Errorf("%s: %d bytes, %v", what, n, err)
		}
	}
	picture := again(func() io.Reader { return io.MultiReader(bytes.NewReader([]byte("\xff\xd8\xff\xda\x00\x02")), zeros{}) })
	for range 50 {
		r, err := files.Clean(picture, "image/jpeg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, r, 100_000); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// zeros reads as zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Officers get the cleaned copy; the bytes in the store stay what they were.
func TestOpenClean(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	full := inJPEG(encode(t, quarters(40, 20)), segment(0xE1, "Exif\x00\x00"+planted))
	a := files.Attachment{Object: b.put(t, full), State: files.Ready}
	r, err := b.OpenClean(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	got := bytesOf(t, r)
	if err := r.Close(); err != nil || len(got) != len(full) || bytes.Contains(got, []byte("PLANTED")) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if kept, err := read(t.Context(), b.Store, a.Object); err != nil || !bytes.Equal(kept, full) {
		t.Errorf("the original: %v", err)
	}
	for range 20 { // closed before its end
		if r, err = b.OpenClean(t.Context(), files.Attachment{Object: a.Object, State: files.Ready}); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	a.State = files.Waiting
	if _, err := b.OpenClean(t.Context(), a); err == nil {
		t.Error("a file that waits for its scan was opened")
	}
}

func FuzzClean(f *testing.F) {
	heic, err := os.ReadFile("testdata/picture.heic")
	if err != nil {
		f.Fatal(err)
	}
	types := []string{"image/jpeg", "image/png", "image/webp", "image/heic", "video/mp4", "audio/mpeg"}
	f.Add(uint8(0), []byte("\xff\xd8\xff\xe1\x00\x08Exif\x00\x00\xff\xda\x00\x02\xff\x00\xff\xd9"))
	f.Add(uint8(1), []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x01tEXtx\x00\x00\x00\x00"))
	f.Add(uint8(2), []byte("RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x0c"))
	f.Add(uint8(3), heic[:600])
	f.Add(uint8(4), append(atom("ftyp", []byte("isom")), atom("moov", atom("udta", []byte(planted)))...))
	for _, late := range []bool{false, true} {
		f.Add(uint8(4), filmWithPlaces(late, 4, 32, 0))
		f.Add(uint8(4), filmWithPlaces(late, 8, 4, 3))
	}
	f.Add(uint8(4), fragmentedFilm(0x20000))
	f.Add(uint8(5), soundWithTags(3))
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		r, err := files.Clean(again(func() io.Reader { return bytes.NewReader(data) }), types[int(which)%len(types)])
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || len(got) != len(data) {
			t.Errorf("%d bytes became %d (%v)", len(data), len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}
