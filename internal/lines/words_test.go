package lines

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// cut shows where lines may begin.
func cut(d Words, s string) string {
	runes := []rune(s)
	may := d.breaks(runes)
	var b strings.Builder
	for i, r := range runes {
		if may[i] {
			b.WriteByte('|')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// LOC-12: lines are broken between words; names, numbers and what belongs to them stay whole.
func TestBreaks(t *testing.T) {
	t.Parallel()
	d := known().With("นายสมชาย ใจดีตัวอย่าง")
	for _, want := range []string{
		"ต้อง|แสดง|ใบอนุญาต|ไว้|ใน|ที่|เปิดเผย",
		"อนุญาต|ให้|ประกอบกิจการ",
		"12 |หมู่ที่ 4 |ตำบลทุ่งแค้ว |อำเภอหนองม่วงไข่ |จังหวัดแพร่ |54170",
		"ให้ |นายสมชาย |ใจดีตัวอย่าง |ดำเนินการ",
		"ไม่|เกิน |70 เดซิเบล |ระหว่าง|เวลา |20:00 น. |ถึง |06:00 น.",
		"พ.ศ. 2535 |มาตรา 54",
		"ต่าง ๆ |ที่|เกี่ยวข้อง",
		"โทร. 02 000 0000",
		"(ก) |น้ำแข็ง",
		"เว้น|วันหยุดราชการ",
	} {
		if got := cut(d, strings.ReplaceAll(want, "|", "")); got != want {
			t.Errorf("breaks at %q, want %q", got, want)
		}
	}
}

// A piece outside the dictionary is most likely a name: no break inside it, nor beside it.
func TestUnknownPiecesStayWhole(t *testing.T) {
	t.Parallel()
	if got := cut(known(), "กฤตติกาภรณ์ชญานิษฐ์"); strings.Contains(got, "|") {
		t.Errorf("a name was broken: %s", got)
	}
}

// Every letter a unit wide: lines are full but not over, nothing is lost, and a balanced text is no longer.
func TestWrap(t *testing.T) {
	t.Parallel()
	each := func(line string) []Span {
		out := make([]Span, utf8.RuneCountInString(line))
		for i := range out {
			out[i] = Span{i, i + 1, 1}
		}
		return out
	}
	text := "ต้องแสดงใบอนุญาตนี้ไว้ในที่เปิดเผย เห็นได้ง่าย\nณ สถานประกอบกิจการ\n\nตลอดเวลา"
	for _, width := range []float64{1, 9, 12, 20, 200} {
		got := Wrap(Known(), text, width, each)
		if a, b := strings.Join(strings.Fields(strings.Join(got, "")), ""), strings.Join(strings.Fields(text), ""); a != b {
			t.Errorf("width %v: text changed to %q", width, got)
		}
		for _, line := range got {
			if n := utf8.RuneCountInString(line); float64(n) > width && n > 4 {
				t.Errorf("width %v: %q is too long", width, line)
			}
		}
		even := Balanced(Known(), text, width, 2, each)
		if len(even) != len(got) {
			t.Errorf("width %v: balanced into %d lines, want %d", width, len(even), len(got))
		}
	}
	if got := Wrap(Known(), text, 200, each); len(got) != 4 || got[2] != "" {
		t.Errorf("line breaks were lost: %q", got)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", " a\t b\u200b\r\nc ": "a b\nc", "น\u0e4d\u0e49า": "น้ำ", "\u202ex\ufeff": "x", "a\u00a0b": "a\u00a0b", "x\u2028y": "x\ny",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
