package menuart

import (
	"bytes"
	"image"
	"image/color"
	over "image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"saphan/internal/draw"
)

// menus are one in each language, with the longest labels that the words allow.
func menus() map[string]Menu {
	return map[string]Menu{
		"th": {Agency: "เทศบาลเมืองตัวอย่าง", Other: "English", Tiles: [6]Tile{
			{"ยื่นคำขอ", "file-pen-line", Strong}, {"แจ้งปัญหา", "megaphone", Warm}, {"ติดตามเรื่อง", "search-check", Calm},
			{"ใบอนุญาตของฉัน", "badge-check", Good}, {"ถามคำถาม", "message-circle-question-mark", Calm}, {"คุยกับเจ้าหน้าที่", "headset", Calm},
		}},
		"en": {Agency: "เทศบาลเมืองตัวอย่าง", Other: "ภาษาไทย", Tiles: [6]Tile{
			{"File a request", "file-pen-line", Strong}, {"Report a problem", "megaphone", Warm}, {"Track my cases", "search-check", Calm},
			{"My permits", "badge-check", Good}, {"Ask a question", "message-circle-question-mark", Calm}, {"Talk to an officer", "headset", Calm},
		}},
		"long": {Agency: "สำนักงานคณะกรรมการตัวอย่างว่าด้วยการอำนวยความสะดวกในการพิจารณาอนุญาตแห่งชาติ", Other: "Bahasa Melayu Patani", Tiles: [6]Tile{
			{strings.Repeat("กั้", 20), "file-pen-line", Strong}, {"ก", "megaphone", Warm}, {"ญุญูฐูฏุ ปี่ ฟ้า", "search-check", Calm},
			{"น้ำ ซื้อ ทั้งนี้", "badge-check", Good}, {"12 ๑๒ A1", "message-circle-question-mark", Calm}, {"🙂", "headset", Calm},
		}},
	}
}

func drawn(t *testing.T, m Menu) (*image.RGBA, []byte) {
	t.Helper()
	raw, err := Draw(m)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	over.Draw(out, out.Bounds(), img, image.Point{}, over.Src)
	return out, raw
}

// The picture is one that LINE takes (line.md 4.2): size, ratio, weight; and nothing on it runs over.
func TestPictureIsTaken(t *testing.T) {
	t.Parallel()
	for lang, m := range menus() {
		img, raw := drawn(t, m)
		if b := img.Bounds(); b.Dx() != Width || b.Dy() != Height || float64(b.Dx()) < 1.45*float64(b.Dy()) {
			t.Errorf("%s: %v", lang, b)
		}
		if len(raw) > 1<<20 {
			t.Errorf("%s: %d bytes", lang, len(raw))
		}
		if !img.Opaque() {
			t.Errorf("%s: something shows through", lang)
		}
		keep(t, "menu-"+lang+".png", raw)
		nothingRunsOver(t, lang, m, img)
		if lang == "th" {
			if again, err := Draw(m); err != nil || !bytes.Equal(again, raw) {
				t.Errorf("drawn twice it differs (%v)", err)
			}
		}
	}
}

// keep leaves the picture among the artefacts, to be looked at.
func keep(t *testing.T, name string, raw []byte) {
	t.Helper()
	const folder = "../../../artefacts"
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every point of the picture belongs to exactly one area, and each tile lies within its own.
func TestAreasCoverThePicture(t *testing.T) {
	t.Parallel()
	all := append([]image.Rectangle{Switch()}, func() []image.Rectangle { a := Areas(); return a[:] }()...)
	sum := 0
	for i, a := range all {
		sum += a.Dx() * a.Dy()
		if !a.In(image.Rect(0, 0, Width, Height)) {
			t.Errorf("area %d %v reaches beyond the picture", i, a)
		}
		for _, b := range all[i+1:] {
			if a.Overlaps(b) {
				t.Errorf("%v and %v overlap", a, b)
			}
		}
	}
	// Only the name of the agency leads nowhere.
	if want := Width*Height - (Width-Switch().Dx())*head; sum != want {
		t.Errorf("areas cover %d points, want %d", sum, want)
	}
	for i, a := range Areas() {
		x, y, w, h := tile(i)
		if box := image.Rect(int(x), int(y), int(x+w)+1, int(y+h)+1); !box.In(a) {
			t.Errorf("tile %d %v lies outside of its area %v", i, box, a)
		}
	}
}

// nothingRunsOver holds that no word or sign is drawn over the rim of its tile, however long the label,
// nor over the edge of the band, however long the agency's name.
func nothingRunsOver(t *testing.T, lang string, m Menu, img *image.RGBA) {
	t.Helper()
	look := draw.House()
	for i, tl := range m.Tiles {
		x, y, w, h := tile(i)
		want := look.Surface
		if tl.Tone == Strong {
			want = look.Brand
		}
		for _, side := range []image.Rectangle{
			image.Rect(int(x)+8, int(y)+corner, int(x)+24, int(y+h)-corner), image.Rect(int(x+w)-24, int(y)+corner, int(x+w)-8, int(y+h)-corner),
			image.Rect(int(x)+corner, int(y+h)-20, int(x+w)-corner, int(y+h)-8),
		} {
			if at, ok := only(img, side, want); !ok {
				t.Errorf("%s: tile %d is drawn over its rim at %v", lang, i, at)
			}
		}
	}
	for _, r := range []image.Rectangle{image.Rect(0, 0, Width, 20), image.Rect(0, head-20, Width, head), image.Rect(Width-40, 0, Width, head)} {
		if at, ok := only(img, r, look.Brand); !ok {
			t.Errorf("%s: the band is drawn over its edge at %v", lang, at)
		}
	}
}

// only finds the first point that has another colour.
func only(img *image.RGBA, r image.Rectangle, want color.RGBA) (image.Point, bool) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if img.RGBAAt(x, y) != want {
				return image.Pt(x, y), false
			}
		}
	}
	return image.Point{}, true
}

// Words and signs stand out from what they are drawn on (WCAG 2.2: 4.5 for text, 3 for signs).
func TestContrast(t *testing.T) {
	t.Parallel()
	look := draw.House()
	for name, pair := range map[string]struct {
		on, of color.RGBA
		least  float64
	}{
		"label": {look.Surface, look.Ink, 4.5}, "label of the first": {look.Brand, look.Surface, 4.5}, "agency": {look.Brand, look.Surface, 4.5}, "language": {look.Surface, look.Brand, 4.5},
		"calm sign": {look.BrandSoft, look.Brand, 3}, "warm sign": {look.WarmSoft, look.Warm, 3}, "good sign": {look.GoodSoft, look.Good, 3}, "mark": {look.BrandDeep, look.Surface, 3},
	} {
		a, b := luminance(pair.on), luminance(pair.of)
		if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < pair.least {
			t.Errorf("%s: contrast %.1f, want %.1f", name, got, pair.least)
		}
	}
}

func TestUnknownIcon(t *testing.T) {
	t.Parallel()
	m := menus()["th"]
	m.Tiles[2].Icon = "no-such-icon"
	if _, err := Draw(m); err == nil || !strings.Contains(err.Error(), "no-such-icon") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkDraw(b *testing.B) {
	m := menus()["th"]
	for b.Loop() {
		if _, err := Draw(m); err != nil {
			b.Fatal(err)
		}
	}
}

// luminance is how light a colour is (WCAG 2.2).
func luminance(c color.RGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}
