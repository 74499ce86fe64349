package match

import (
	"strings"
	"unicode"

	"saphan/internal/thai"
)

// text is an utterance made ready to be compared: plain is how it is spelled, bones how it
// sounds, roughly. Tone marks, silent letters and letters of one sound are where people spell
// differently, so words are found by their bones.
type text struct {
	said  []rune
	plain []rune
	bones []rune
	from  []int // where in said each of plain stands; one more for the end
	at    []int // where in plain each of the bones stands; one more for the end
}

func ready(said string) text {
	t := text{said: []rune(thai.Canonical(said))}
	t.plain, t.from = plain(t.said)
	t.bones, t.at = bones(t.plain)
	return t
}

// words returns the part of what was said that stands between two places of plain.
func (t text) words(from, to int) string {
	if from >= to {
		return ""
	}
	return strings.TrimSpace(string(t.said[t.from[from] : t.from[to-1]+1]))
}

// plain spells words in one way: Arabic digits, lower case, single blanks, no punctuation, no
// letter held down.
func plain(said []rune) (out []rune, from []int) {
	in := make([]rune, len(said))
	for i, r := range said {
		if r >= '๐' && r <= '๙' {
			r += '0' - '๐'
		}
		in[i] = unicode.ToLower(r)
	}
	out, from = make([]rune, 0, len(in)+1), make([]int, 0, len(in)+1)
	add := func(r rune, i int) { out, from = append(out, r), append(from, i) }
	for i, r := range in {
		last := rune(' ')
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		switch {
		case r == '.' && (isThai(last) || isDigit(last)) && i+1 < len(in) && in[i+1] != ' ':
			// "อ.1" and "น.ส.3" are one word, as "อ1" is.
		case r == '\'' || r == '’' || r == 'ๆ' || r == '\ufe0f' || unicode.Is(unicode.Sk, r):
		case !isThai(r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !isPicture(r):
			if last != ' ' {
				add(' ', i)
			}
		case held(out, r, in[i+1:]):
		default:
			if isPicture(r) && last != ' ' || isPicture(last) && last != ' ' {
				add(' ', i)
			}
			add(r, i)
		}
	}
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out, from = out[:n-1], from[:n-1]
	}
	return out, append(from, len(said))
}

// held reports whether r is a key held down for emphasis: the same letter three times or more,
// of which one is enough. A digit is never held down, except the five that laughs.
func held(out []rune, r rune, next []rune) bool {
	if isDigit(r) && r != '5' || len(out) == 0 {
		return false
	}
	n := len(out)
	if out[n-1] != r {
		return false
	}
	if n > 1 && out[n-2] == r {
		return true
	}
	return r != '5' && len(next) > 0 && next[0] == r
}

func isThai(r rune) bool  { return r >= 'ก' && r <= '๎' && r != '฿' }
func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isLatin(r rune) bool { return r < 0x250 && unicode.IsLetter(r) }

func isPicture(r rune) bool {
	return unicode.Is(unicode.So, r) || r >= 0x1f000 && r < 0x1fb00
}

// bones drops what the ear hardly hears and writes letters of one sound with one letter.
func bones(plain []rune) (out []rune, at []int) {
	out, at = make([]rune, 0, len(plain)), make([]int, 0, len(plain)+1)
	for i, r := range plain {
		if silent(plain, i) {
			continue
		}
		out, at = append(out, sound(r)), append(at, i)
	}
	return out, append(at, len(plain))
}

// silent reports whether the letter at i is not heard: a tone, a short vowel sign that many
// leave out, or a letter under the silencer.
func silent(plain []rune, i int) bool {
	switch r := plain[i]; {
	case r >= '็' && r <= '๎', r == 'ะ', r == 'ฯ':
		return true
	case r >= 'ก' && r <= 'ฮ':
		return i+1 < len(plain) && plain[i+1] == '์'
	default:
		return false
	}
}

func sound(r rune) rune {
	switch r {
	case 'ศ', 'ษ', 'ซ':
		return 'ส'
	case 'ณ':
		return 'น'
	case 'ญ':
		return 'ย'
	case 'ฎ':
		return 'ด'
	case 'ฏ':
		return 'ต'
	case 'ฐ':
		return 'ถ'
	case 'ฑ', 'ฒ', 'ธ':
		return 'ท'
	case 'ภ':
		return 'พ'
	case 'ฃ':
		return 'ข'
	case 'ฅ', 'ฆ':
		return 'ค'
	case 'ร', 'ฬ':
		return 'ล'
	case 'ี':
		return 'ิ'
	case 'ื':
		return 'ึ'
	case 'ู':
		return 'ุ'
	case 'ใ':
		return 'ไ'
	default:
		return r
	}
}

// parts reports whether Thai may be parted before plain[i] without cutting a syllable's own
// letters apart; words of other scripts are parted only at their ends.
func parts(plain []rune, i int) bool {
	if i <= 0 || i >= len(plain) {
		return true
	}
	before, after := plain[i-1], plain[i]
	switch {
	case before == ' ' || after == ' ':
		return true
	case isThai(before) && isThai(after):
		leads := before >= 'เ' && before <= 'ไ' || before == 'ั' || before == 'ื'
		return !belongs(after) && !leads
	default:
		return isThai(before) != isThai(after) || isDigit(before) != isDigit(after)
	}
}

// belongs reports whether a Thai letter is written onto or behind the consonant before it.
func belongs(r rune) bool {
	return r == 'ะ' || r == 'ั' || r == 'า' || r == 'ำ' || r >= 'ิ' && r <= 'ฺ' || r >= '็' && r <= '๎' || r == 'ๅ'
}
