// Package thai knows how Thai text, dates, numbers and identifiers are written by people:
// Thai digits, the Buddhist era, marks typed in any order. It has no state and no data of ours.
package thai

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	nikhahit = 'ํ' // U+0E4D, the ring of a decomposed SARA AM
	saraAa   = 'า' // U+0E32
	saraAm   = 'ำ' // U+0E33
	saraE    = 'เ' // U+0E40, typed twice in place of SARA AE
	saraAe   = 'แ' // U+0E41
)

// Digits returns s with Thai digits replaced by Arabic ones (LOC-11).
func Digits(s string) string {
	if !strings.ContainsFunc(s, isThaiDigit) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isThaiDigit(r) {
			return r - '๐' + '0'
		}
		return r
	}, s)
}

// ThaiDigits returns s with Arabic digits replaced by Thai ones, for papers that are to have them (LOC-16). Addresses,
// hashes and whatever is typed again must keep theirs.
func ThaiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '๐'
		}
		return r
	}, s)
}

func isThaiDigit(r rune) bool { return r >= '๐' && r <= '๙' }

// Canonical returns s with each Thai word written in the one way it looks (LOC-8): composed
// (NFC, never NFKC), SARA AM whole, SARA AE as one letter, no invisible characters, no mark
// typed twice, vowels before tones. Digits stay as typed.
func Canonical(s string) string {
	s = strings.ToValidUTF8(s, "")
	for {
		// Mending two marks can bring a third one beside them that needs mending.
		next := canonicalPass(s)
		if next == s {
			return s
		}
		s = next
	}
}

// canonicalPass mends s from front to back. Each change shortens s or brings it nearer to
// the one order of marks, so that passes come to an end.
func canonicalPass(s string) string {
	in := []rune(norm.NFC.String(s))
	out := make([]rune, 0, len(in))
	for _, r := range in {
		if invisible(r, out) || (isMark(r) && piled(out)) {
			continue
		}
		out = appendCanonical(out, r)
	}
	return norm.NFC.String(string(out))
}

// piled reports whether out already ends in more marks than any letter carries: a prank, which
// would also make the sorting of marks slow.
func piled(out []rune) bool {
	const most = 6
	n := len(out)
	for i := n - 1; i >= 0 && n-i <= most; i-- {
		if !isMark(out[i]) {
			return false
		}
	}
	return n >= most
}

// appendCanonical adds r to out, mending what the last runes of out make of it.
func appendCanonical(out []rune, r rune) []rune {
	n := len(out)
	if n == 0 {
		return append(out, r)
	}
	last := out[n-1]
	switch {
	case r == saraE && last == saraE:
		return appendCanonical(out[:n-1], saraAe)
	case r == saraAa && last == nikhahit:
		return appendCanonical(out[:n-1], saraAm)
	case r == saraAa && isTone(last) && n > 1 && out[n-2] == nikhahit:
		return appendCanonical(appendCanonical(out[:n-2], last), saraAm)
	case (isMark(r) || r == saraAm) && r == last:
		return out
	case isVowelMark(r) && isTone(last):
		// ท + ่ + ี is ท + ี + ่ ; the vowel may then double one that is already there.
		return appendCanonical(appendCanonical(out[:n-1], r), last)
	case isTone(r) && last == saraAm:
		return appendCanonical(appendCanonical(out[:n-1], r), saraAm) // the tone belongs before
	}
	return append(out, r)
}

// isTone also covers the silencer (การันต์), which like a tone stands over a vowel.
func isTone(r rune) bool { return r >= '่' && r <= '์' }

func isVowelMark(r rune) bool {
	return r == 'ั' || (r >= 'ิ' && r <= 'ฺ') || r == '็' || r == nikhahit
}

func isMark(r rune) bool {
	return r == 'ั' || (r >= 'ิ' && r <= 'ฺ') || (r >= '็' && r <= '๎')
}

// invisible reports whether r shows nothing and changes what equal-looking words compare as.
// The joiner inside an emoji is kept: without it one picture falls into several.
func invisible(r rune, before []rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u2060', '\ufeff', '\u00ad':
		return true
	case '\u200d':
		return len(before) == 0 || !joinsEmoji(before[len(before)-1])
	}
	return false
}

func joinsEmoji(r rune) bool { return r == '\ufe0f' || r >= 0x2190 }

// Tidy returns s fit to be kept as somebody's answer: canonical, without control and
// direction-changing characters, without blanks at the ends of lines or more than one blank
// line in a row.
func Tidy(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t', r == '\r', r == '\u00a0', r == '\u3000':
			return ' '
		case unicode.IsControl(r), turnsText(r):
			return -1
		}
		return r
	}, Canonical(s))
	lines := strings.Split(s, "\n")
	kept := lines[:0]
	for i, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" && (i == 0 || len(kept) == 0 || kept[len(kept)-1] == "") {
			continue
		}
		kept = append(kept, line)
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}

// turnsText reports whether r changes the direction of the text after it.
func turnsText(r rune) bool {
	return r == '\u200e' || r == '\u200f' || r == '\u061c' || (r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}

// Key returns s as it is compared and searched: canonical, Arabic digits, lower case, blanks
// single, without the polite words that end a sentence in a chat (LOC-17).
func Key(s string) string {
	s = strings.ToLower(Digits(Tidy(s)))
	s = strings.Join(strings.Fields(s), " ")
	for {
		short := strings.TrimRight(s, " .!?…~ๆฯ\"'")
		for _, polite := range politeWords {
			if rest, ok := strings.CutSuffix(short, polite); ok && strings.TrimSpace(rest) != "" {
				short = rest
				break
			}
		}
		if short == s || short == "" {
			return s
		}
		s = short
	}
}

var politeWords = []string{"นะครับ", "นะคะ", "นะค่ะ", "ครับผม", "ครับ", "คับ", "ค้าบ", "ฮะ", "ค่ะ", "คะ", "จ้า", "จ้ะ", "จ๊ะ", "หน่อย", "ด้วย"}
