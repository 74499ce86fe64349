package pdf

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode"

	"saphan/internal/lines"
)

// LOC-18: no line begins with a mark or ends in a vowel that needs what follows, however narrow the column.
func TestWrapNeverCutsLetters(t *testing.T) {
	t.Parallel()
	face, _, err := newFaces()
	if err != nil {
		t.Fatal(err)
	}
	text := "เจ้าหน้าที่ผู้รับผิดชอบแก้ไขปัญหาน้ำเสียเก้าอี้โต๊ะเปี๊ยะ ปั๊มน้ำ ซ้ำ ถ้ำ ที่ ปี่ ญุ ฐุ ป้ำ Supercalifragilistic 12/3 กำลังเครื่องจักร"
	for width := 8.0; width < 300; width += 3.5 {
		cut := face.Wrap(lines.Known(), text, 11, width)
		if got, want := strings.Join(strings.Fields(strings.Join(cut, "")), ""), strings.Join(strings.Fields(text), ""); got != want {
			t.Fatalf("width %v: text changed to %q", width, got)
		}
		for i, line := range cut {
			runes := []rune(line)
			if unicode.Is(unicode.Mn, runes[0]) || strings.ContainsRune("าำะๅๆฯ", runes[0]) {
				t.Errorf("width %v: line %q begins inside a letter group", width, line)
			}
			if last := runes[len(runes)-1]; last >= 'เ' && last <= 'ไ' {
				t.Errorf("width %v: line %q ends in a vowel without its consonant", width, line)
			}
			if wide := face.Width(line, 11); wide > width+0.5 && len(face.Shape(line)) > 4 {
				t.Errorf("width %v: line %d %q is %v wide", width, i, line, wide)
			}
		}
	}
}

// Latin before Thai must not switch off the raising of Thai marks.
func TestScriptRuns(t *testing.T) {
	t.Parallel()
	var got []string
	text := []rune("12 Cafe ปั๊ม 3 (ที่) ok")
	for _, r := range scriptRuns(text) {
		got = append(got, r.script.String()+":"+string(text[r.start:r.end]))
	}
	if s := strings.Join(got, "|"); s != "Latn:12 Cafe |Thai:ปั๊ม 3 (ที่) |Latn:ok" {
		t.Errorf("runs are %s", s)
	}
}

// A letter and its marks are one character of the file, with their text.
func TestClusters(t *testing.T) {
	t.Parallel()
	face, _, err := newFaces()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range face.Shape("น้ำที่ปั๊ม") {
		texts = append(texts, c.text)
	}
	if got := strings.Join(texts, "|"); got != "น้ำ|ที่|ปั๊|ม" {
		t.Errorf("clusters are %s", got)
	}
	stacked := face.Shape("ที่")[0]
	plain := face.Shape("ท่")[0]
	if tone, low := stacked.glyphs[len(stacked.glyphs)-1], plain.glyphs[len(plain.glyphs)-1]; tone.gid == low.gid && tone.dy <= low.dy {
		t.Errorf("the tone over a vowel is not raised: %+v, alone %+v", tone, low)
	}
}

// The profile's length, tags and white point are what ICC.1:2001-04 asks for.
func TestProfile(t *testing.T) {
	t.Parallel()
	p := sRGB()
	if int(binary.BigEndian.Uint32(p)) != len(p) || string(p[12:24]) != "mntrRGB XYZ " || string(p[36:40]) != "acsp" {
		t.Fatal("the header is wrong")
	}
	count := int(binary.BigEndian.Uint32(p[128:]))
	for i := range count {
		at := 132 + 12*i
		offset, size := int(binary.BigEndian.Uint32(p[at+4:])), int(binary.BigEndian.Uint32(p[at+8:]))
		if offset%4 != 0 || offset+size > len(p) || offset < 132+12*count {
			t.Errorf("tag %s lies at %d, %d bytes", p[at:at+4], offset, size)
		}
		kind := string(p[offset : offset+4])
		want := map[string]string{"desc": "desc", "cprt": "text", "chad": "sf32", "wtpt": "XYZ ", "rXYZ": "XYZ ", "gXYZ": "XYZ ", "bXYZ": "XYZ ",
			"rTRC": "curv", "gTRC": "curv", "bTRC": "curv"}[string(p[at:at+4])]
		if kind != want {
			t.Errorf("tag %s is of type %q, want %q", p[at:at+4], kind, want)
		}
	}
}

// The checksums of the font are those a careful reader computes.
func TestProgramChecksums(t *testing.T) {
	t.Parallel()
	face, _, err := newFaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range face.Shape("ปั๊มน้ำ ABC") {
		face.code(c)
	}
	data, _ := face.program()
	if sum32(data) != 0xB1B0AFBA {
		t.Errorf("the whole sums to %#x", sum32(data))
	}
	n := int(binary.BigEndian.Uint16(data[4:]))
	for i := range n {
		at := 12 + 16*i
		offset, size := binary.BigEndian.Uint32(data[at+8:]), binary.BigEndian.Uint32(data[at+12:])
		part := append([]byte{}, data[offset:offset+size]...)
		if string(data[at:at+4]) == "head" {
			copy(part[8:12], []byte{0, 0, 0, 0})
		}
		if sum32(part) != binary.BigEndian.Uint32(data[at+4:]) {
			t.Errorf("table %s has a wrong checksum", data[at:at+4])
		}
	}
}
