package thai

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// UTF16Len returns the length of s in UTF-16 code units, the unit LINE counts texts in (LOC-18).
func UTF16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// Clusters returns how many grapheme clusters (letters with their marks) s has.
func Clusters(s string) int {
	n := 0
	for it := graphemes.FromString(s); it.Next(); {
		n++
	}
	return n
}

// Clip returns s cut to at most limit clusters; a cut text ends in "…", which counts.
// A letter is never parted from its marks.
func Clip(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	if len(s) <= limit || Clusters(s) <= limit {
		return s
	}
	n, end := 0, 0
	for it := graphemes.FromString(s); n < limit-1 && it.Next(); n++ {
		end = it.End()
	}
	return strings.TrimRight(s[:end], " \n") + "…"
}

// ClipUTF16 is Clip with the limit counted in UTF-16 code units.
func ClipUTF16(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	if UTF16Len(s) <= limit {
		return s
	}
	n, end := 0, 0
	for it := graphemes.FromString(s); it.Next(); end = it.End() {
		if n += UTF16Len(it.Value()); n > limit-1 {
			break
		}
	}
	return strings.TrimRight(s[:end], " \n") + "…"
}

// SplitText cuts s into pieces of at most limit UTF-16 code units, at the end of a line if
// one is near, else at a blank, else between clusters. Only blanks at the cuts are lost.
// A single cluster over the limit, which no language has, is cut between characters.
func SplitText(s string, limit int) []string {
	limit = max(limit, 2) // one character may take two units
	var pieces []string
	for UTF16Len(s) > limit {
		cut := cutAt(s, limit)
		if piece := strings.TrimRight(s[:cut], " \n"); piece != "" {
			pieces = append(pieces, piece)
		}
		s = strings.TrimLeft(s[cut:], " \n")
	}
	if s != "" {
		pieces = append(pieces, s)
	}
	return pieces
}

// cutAt returns the byte offset at which to end the first piece of s.
func cutAt(s string, limit int) int {
	var n, end, blank, line int
	for it := graphemes.FromString(s); it.Next(); {
		n += UTF16Len(it.Value())
		if n > limit {
			break
		}
		end = it.End()
		switch it.Value() {
		case "\n", "\r\n":
			line = end
		case " ":
			blank = end
		}
	}
	switch {
	case line > end/2:
		return line
	case blank > end/2:
		return blank
	case end > 0:
		return end
	}
	n = 0
	for i, r := range s {
		if n += max(utf16.RuneLen(r), 1); n > limit {
			return i
		}
		end = i + utf8.RuneLen(r)
	}
	return end
}
