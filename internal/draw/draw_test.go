package draw

import (
	"image"
	"io/fs"
	"strings"
	"testing"

	"saphan/internal/lines"
	"saphan/internal/third_party/lucide"
)

// Marks stand above one another, not upon one another: a letter with vowel and tone is higher than with
// the vowel alone.
func TestThaiMarksAreRaised(t *testing.T) {
	t.Parallel()
	medium, semiBold, err := Faces()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*Face{medium, semiBold} {
		top := func(s string) float64 {
			img := Picture{image.NewRGBA(image.Rect(0, 0, 800, 400))}
			img.Write(f, s, Point{100, 300}, 200, House().Ink)
			for y := range 400 {
				for x := range 800 {
					if img.RGBAAt(x, y).A > 128 {
						return float64(300 - y)
					}
				}
			}
			return 0
		}
		for plain, raised := range map[string]string{"ยื": "ยื่", "ที": "ที่", "A ที": "A ที่"} {
			if top(raised) < top(plain)+10 {
				t.Errorf("%s is %g high and %s %g", raised, top(raised), plain, top(plain))
			}
		}
		if a, b := f.Width("ที่", 100), f.Width("ท", 100); a != b {
			t.Errorf("marks take room: %g, %g", a, b)
		}
	}
}

// Every command of a path that the icons use, and what is none.
func TestReadPath(t *testing.T) {
	t.Parallel()
	for d, want := range map[string]Point{
		"M1 2l3 4": {4, 6}, "m1 2 3 4": {4, 6}, "M1 2L3 4": {3, 4}, "M1 2h5v-1": {6, 1}, "M1 2H5V9": {5, 9}, "M1 2c1 1 2 2 3 0": {4, 2},
		"M1 2C1 1 2 2 3 0": {3, 0}, "M0 0s1 1 2 0": {2, 0}, "M0 0q1 1 2 0": {2, 0}, "M1 2a2 2 0 0 1 2-2": {3, 0}, "M1 2a2 2 0 012-2": {3, 0},
		"M1 2A2 2 0 1 0 3 0": {3, 0}, "M1 2l3 4zm1 1 1 1": {3, 4}, "M.5.5l-.5.5": {0, 1},
	} {
		lines, err := readPath(d)
		if err != nil {
			t.Errorf("%s: %v", d, err)
			continue
		}
		last := lines[len(lines)-1]
		if got := last[len(last)-1]; (got.X-want.X)*(got.X-want.X)+(got.Y-want.Y)*(got.Y-want.Y) > 1e-9 {
			t.Errorf("%s ends at %v, want %v", d, got, want)
		}
	}
	for _, d := range []string{"M1", "X1 2", "M1 b", "1 2", "M1 2a2 2 0 3"} {
		if lines, err := readPath(d); err == nil {
			t.Errorf("%q was read as %v", d, lines)
		}
	}
}

// Every icon that is carried can be drawn, inside its box.
func TestEveryIcon(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(lucide.Icons(), "icons/*.svg")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d icons, %v", len(names), err)
	}
	for _, name := range names {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "icons/"), ".svg")
		lines, err := linesOf(name)
		if err != nil || len(lines) == 0 {
			t.Errorf("%s: %d lines, %v", name, len(lines), err)
		}
		for _, line := range lines {
			for _, p := range line {
				if p.X < 0.5 || p.Y < 0.5 || p.X > 23.5 || p.Y > 23.5 {
					t.Errorf("%s reaches %v", name, p)
				}
			}
		}
	}
}

// Text is broken between words and no line is wider than it may be.
func TestWrap(t *testing.T) {
	t.Parallel()
	medium, _, err := Faces()
	if err != nil {
		t.Fatal(err)
	}
	text := "เจ้าหน้าที่ตรวจสถานที่ประกอบกิจการ ภายใน 10 วันทำการ แล้วแจ้งผลให้ทราบทางแชตนี้ Officers visit the premises"
	got := medium.Wrap(lines.Known(), text, 36, 500)
	if len(got) < 3 || strings.ReplaceAll(strings.Join(got, ""), " ", "") != strings.ReplaceAll(text, " ", "") {
		t.Errorf("wrapped into %q", got)
	}
	for _, line := range got {
		if w := medium.Width(line, 36); w > 500 {
			t.Errorf("%q is %v wide", line, w)
		}
	}
}
