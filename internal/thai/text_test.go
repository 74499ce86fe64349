package thai

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestCanonical holds the rules of LOC-8.
func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain stays", "ที่ ปี่ ญุ ฐุ ป้ำ", "ที่ ปี่ ญุ ฐุ ป้ำ"},
		{"SARA AM typed as two", "น\u0e4d\u0e32", "นำ"},
		{"tone between ring and SARA AA", "น\u0e4d\u0e49\u0e32", "น้ำ"},
		{"ring after the tone", "น\u0e49\u0e4d\u0e32", "น้ำ"},
		{"tone after SARA AM", "น\u0e33\u0e49", "น้ำ"},
		{"SARA E twice is SARA AE", "เเมว", "แมว"},
		{"tone before the vowel", "ท\u0e48\u0e35", "ที่"},
		{"tone before MAI HAN-AKAT", "ก\u0e49\u0e31น", "กั้น"},
		{"silencer before SARA I", "ส\u0e34ทธ\u0e4c\u0e34", "สิทธิ์"},
		{"tone typed twice", "ที่\u0e48", "ที่"},
		{"vowel typed twice", "ป\u0e35\u0e35\u0e48", "ปี่"},
		{"vowel below and tone in the wrong order", "ป\u0e48\u0e38", "ปุ่"},
		{"zero-width space", "กรุง\u200bเทพ", "กรุงเทพ"},
		{"byte order mark", "\ufeffกอ", "กอ"},
		{"joiner between Thai letters", "ก\u200dข", "กข"},
		{"joiner inside a picture", "👩\u200d🔧", "👩\u200d🔧"},
		{"NFC, never NFKC", "ﬁ ① ｅ\u0301", "ﬁ ① ｅ\u0301"},
		{"Latin is composed", "e\u0301", "é"},
		{"digits stay", "๑๒๓", "๑๒๓"},
		{"broken bytes go", "ก\xffข", "กข"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Canonical(c.in); got != c.want {
				t.Errorf("Canonical(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"น\u0e4d\u0e49\u0e32", "เเเเ", "ก\u0e48\u0e48\u0e35\u0e35\u0e4d\u0e32", "ำ้ำ", "e\u0301\u0301", "\u200d👩\u200d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Canonical(s)
		if !utf8.ValidString(once) {
			t.Fatalf("Canonical(%q) is not UTF-8", s)
		}
		if twice := Canonical(once); twice != once {
			t.Fatalf("Canonical(%+q) = %+q, and again %+q", s, once, twice)
		}
	})
}

func TestTidy(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  ก  ข \t ค ":             "ก ข ค",
		"ก\r\nข":                   "ก\nข",
		"\n\nก\n\n\n\nข\n":         "ก\n\nข",
		"ก\u202eข\u2066ค\u200f":    "กขค",
		"ก\x00\x1bข":               "กข",
		"น\u0e4d\u0e32\u00a0ประปา": "นำ ประปา",
		" \n ":                     "",
	} {
		if got := Tidy(in); got != want {
			t.Errorf("Tidy(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestKey holds LOC-17: particles and punctuation change nothing.
func TestKey(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"เมนูค่ะ":           "เมนู",
		"ยกเลิก ครับ!!":     "ยกเลิก",
		"เจ้าหน้าที่นะคะ ":  "เจ้าหน้าที่",
		"พอแล้วค่ะๆ":        "พอแล้ว",
		"ค่ะ":               "ค่ะ",
		"  Track  STATUS? ": "track status",
		"ข้อ ๒":             "ข้อ 2",
		"ขอดูหน่อยครับ":     "ขอดู",
		"...": "...",
		"":    "",
		"ไม่ทราบครับผม ค่ะๆ": "ไม่ทราบ",
	} {
		if got := Key(in); got != want {
			t.Errorf("Key(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestDigits holds LOC-11.
func TestDigits(t *testing.T) {
	t.Parallel()
	if got := Digits("๐๑๒๓๔๕๖๗๘๙ 7 ก"); got != "0123456789 7 ก" {
		t.Errorf("got %q", got)
	}
}

// TestMeasure holds LOC-18: units for lengths, clusters for labels.
func TestMeasure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s               string
		units, clusters int
	}{
		{"", 0, 0},
		{"ที่นี่", 6, 2},
		{"น้ำ", 3, 1},
		{"👩\u200d🔧", 5, 1},
		{"กขค", 3, 3},
		{"🇹🇭", 4, 1},
	} {
		if got := UTF16Len(c.s); got != c.units {
			t.Errorf("UTF16Len(%q) = %d, want %d", c.s, got, c.units)
		}
		if got := Clusters(c.s); got != c.clusters {
			t.Errorf("Clusters(%q) = %d, want %d", c.s, got, c.clusters)
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"ที่นี่", 2, "ที่นี่"},
		{"ที่นี่มี", 2, "ที่…"},
		{"ก ข ค", 3, "ก…"},
		{"กขค", 0, ""},
		{"กขค", 1, "…"},
	} {
		if got := Clip(c.in, c.limit); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
	if got := ClipUTF16("ที่นี่มี", 6); got != "ที่…" {
		t.Errorf("ClipUTF16 = %q: a letter was parted from its marks", got)
	}
	if got := ClipUTF16("กขค", 3); got != "กขค" {
		t.Errorf("ClipUTF16 = %q", got)
	}
}

func TestSplitText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		limit    int
		want     []string
	}{
		{"short", "กขค", 5, []string{"กขค"}},
		{"empty", "", 5, nil},
		{"at the line", "กขค\nงจฉ", 5, []string{"กขค", "งจฉ"}},
		{"at the blank", "กขค งจฉ", 5, []string{"กขค", "งจฉ"}},
		{"between letters", "ที่ที่", 4, []string{"ที่", "ที่"}},
		{"never inside a picture", "👩\u200d🔧👩\u200d🔧", 7, []string{"👩\u200d🔧", "👩\u200d🔧"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := SplitText(c.in, c.limit)
			if strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzSplitText(f *testing.F) {
	f.Add("ที่นี่ กขค\nงจฉ👩‍🔧", 4)
	f.Add("e\u0301\u0301\u0301\u0301\u0301\u0301", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if !utf8.ValidString(s) {
			return
		}
		limit = max(limit%5000, 2)
		without := func(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }
		joined := ""
		for _, piece := range SplitText(s, limit) {
			if UTF16Len(piece) > limit || piece == "" {
				t.Fatalf("piece %q of %d units, limit %d", piece, UTF16Len(piece), limit)
			}
			joined += piece
		}
		if without(joined) != without(s) {
			t.Fatalf("SplitText(%q, %d) lost something: %q", s, limit, joined)
		}
		if clipped := ClipUTF16(s, limit); UTF16Len(clipped) > limit {
			t.Fatalf("ClipUTF16(%q, %d) = %q", s, limit, clipped)
		}
	})
}

// TestCanonicalSettles tries every short string of the letters that get mixed up.
func TestCanonicalSettles(t *testing.T) {
	t.Parallel()
	letters := []rune{'ก', saraE, saraAe, saraAa, saraAm, nikhahit, '่', '้', '์', 'ี', 'ั', 'ุ', '\u200b'}
	word := make([]rune, 0, 5)
	var try func()
	try = func() {
		once := Canonical(string(word))
		if twice := Canonical(once); twice != once {
			t.Fatalf("Canonical(%+q) = %+q, and again %+q", string(word), once, twice)
		}
		if len(word) == cap(word) {
			return
		}
		for _, r := range letters {
			word = append(word, r)
			try()
			word = word[:len(word)-1]
		}
	}
	try()
}

func TestThaiDigits(t *testing.T) {
	t.Parallel()
	if got := ThaiDigits("21 พ.ย. 2569 เวลา 09:30"); got != "๒๑ พ.ย. ๒๕๖๙ เวลา ๐๙:๓๐" || Digits(got) != "21 พ.ย. 2569 เวลา 09:30" {
		t.Errorf("got %q", got)
	}
}
