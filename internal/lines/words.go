// Package lines breaks text into lines where a Thai reader would: between words, never inside a name or between a letter
// and its marks. It does not know how letters are drawn: who draws says how wide they are.
package lines

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"saphan/internal/third_party/thaiwords"
)

// Words are the words between which a line of Thai may be broken. What Known returns may be shared; what With returns
// belongs to one document and is not for several goroutines.
type Words struct {
	words   map[string]bool
	longest int               // in runes
	names   map[string]bool   // of this document: never broken
	done    map[string][]bool // texts of this document that have been cut
}

// Known returns the words that every document begins with.
func Known() Words { return known() }

// known is built once and never written to.
var known = sync.OnceValue(func() Words {
	d := Words{words: map[string]bool{}}
	for _, list := range [][]string{thaiwords.Words(), thaiwords.Places()} {
		for _, w := range list {
			d.words[w] = true
			d.longest = max(d.longest, len([]rune(w)))
		}
	}
	return d
})

// With returns the words for one document: the names in the texts are kept whole.
func (d Words) With(texts ...string) Words {
	const longest = 40 // what is longer may be broken after all
	d.names, d.done = map[string]bool{}, map[string][]bool{}
	for _, t := range texts {
		for _, w := range strings.Fields(Clean(t)) {
			if runes := []rune(w); len(runes) > 2 && len(runes) <= longest && thaiLetter(runes[0]) {
				d.names[w] = true
				d.longest = max(d.longest, len(runes))
			}
		}
	}
	return d
}

func (d Words) has(w string) bool { return d.names[w] || d.words[w] }

// breaks says before which runes a line may begin; never before the first.
func (d Words) breaks(text []rune) []bool {
	if out, ok := d.done[string(text)]; ok {
		return out
	}
	out := make([]bool, len(text)+1)
	for i := 0; i < len(text); {
		if !thaiLetter(text[i]) {
			i++
			continue
		}
		j := i
		for j < len(text) && thaiLetter(text[j]) {
			j++
		}
		for _, at := range d.thaiWords(text[i:j]) {
			out[i+at] = true
		}
		i = j
	}
	for i := 1; i < len(text); i++ {
		if text[i-1] == ' ' && text[i] != ' ' {
			out[i] = !bound(text, i)
		} else if thaiLetter(text[i-1]) != thaiLetter(text[i]) {
			out[i] = false
		}
		if closing(text[i]) || opening(text[i-1]) {
			out[i] = false
		}
	}
	wholeNames(text, out)
	out[0], out[len(text)] = false, true
	if d.done != nil {
		d.done[string(text)] = out
	}
	return out
}

// thaiWords returns where words begin inside one run of Thai letters, without the run's own beginning.
//
// Of all ways to cut the run, the one with the fewest letters outside the dictionary wins, then the fewest words.
// A piece outside the dictionary is most likely part of a name, so no line is broken beside it.
func (d Words) thaiWords(run []rune) []int {
	type best struct {
		cost, from int
		unknown    bool
	}
	const strange = 50 // a letter group outside the dictionary costs as much as so many words
	ends := make([]best, len(run)+1)
	for i := range ends {
		ends[i] = best{cost: -1}
	}
	ends[0].cost = 0
	better := func(to, cost, from int, unknown bool) {
		if ends[to].cost < 0 || cost < ends[to].cost {
			ends[to] = best{cost, from, unknown}
		}
	}
	for i := range run {
		if ends[i].cost < 0 {
			continue
		}
		next := i + 1
		for next < len(run) && !splittable(run[next-1], run[next]) {
			next++
		}
		for j := next; j <= min(len(run), i+d.longest); j++ {
			if j < len(run) && !splittable(run[j-1], run[j]) {
				continue
			}
			if d.has(string(run[i:j])) {
				better(j, ends[i].cost+1, i, false)
			}
		}
		better(next, ends[i].cost+strange, i, true)
	}
	var pieces []fragment
	for at := len(run); at > 0; at = ends[at].from {
		pieces = append(pieces, fragment{ends[at].from, at, ends[at].unknown})
	}
	slices.Reverse(pieces)
	spread(pieces)
	var cuts []int
	for i := 1; i < len(pieces); i++ {
		if p := pieces[i]; !p.unknown && !pieces[i-1].unknown && run[p.from] != 'ๆ' && run[p.from] != 'ฯ' {
			cuts = append(cuts, p.from)
		}
	}
	return cuts
}

// fragment is a part of a run of Thai letters: a word, or letters outside the dictionary.
type fragment struct {
	from, to int
	unknown  bool
}

// spread takes very short words beside an unknown piece for a part of the same name.
func spread(pieces []fragment) {
	const short = 4
	for i := 1; i < len(pieces); i++ {
		if pieces[i-1].unknown && pieces[i].to-pieces[i].from < short {
			pieces[i].unknown = true
		}
	}
	for i := len(pieces) - 2; i >= 0; i-- {
		if pieces[i+1].unknown && pieces[i].to-pieces[i].from < short {
			pieces[i].unknown = true
		}
	}
}

// titles are words whose name follows at once; the name is kept whole up to the next space.
var titles = []string{"นางสาว", "นาย", "นาง", "ตำบล", "อำเภอ", "จังหวัด", "แขวง", "ถนน", "ซอย", "หมู่บ้าน", "บริษัท", "ร้าน", "วัด", "โรงเรียน"}

// wholeNames takes away the breaks inside what follows a title, unless it is longer than names are.
func wholeNames(text []rune, out []bool) {
	const longestName = 30
	for i := range text {
		if i > 0 && text[i-1] != ' ' {
			continue
		}
		end := i
		for end < len(text) && text[end] != ' ' && text[end] != '\n' {
			end++
		}
		piece := string(text[i:end])
		if end-i > longestName || !slices.ContainsFunc(titles, func(t string) bool { return strings.HasPrefix(piece, t) }) {
			continue
		}
		for k := i + 1; k < end; k++ {
			out[k] = false
		}
	}
}

// leaders are words that a number follows, and units words that follow a number: both stay on its line.
var (
	leaders = []string{"พ.ศ.", "มาตรา", "ข้อ", "หมู่ที่", "หมู่", "ม.", "เลขที่", "ฉบับที่", "ลำดับที่", "ชั้น", "ที่", "โทร.", "ครั้งที่"}
	counted = []string{"บาท", "แรงม้า", "คน", "ตารางเมตร", "ตร.ม.", "วัน", "ปี", "เดือน", "น.", "เดซิเบล", "กิโลกรัม", "เมตร", "เครื่อง", "ครั้ง", "ชั่วโมง"}
)

// bound reports whether what stands before and after the space before rune i belongs together.
func bound(text []rune, i int) bool {
	before, after := []rune(strings.TrimRight(string(text[:i]), " ")), text[i:]
	if len(before) == 0 || len(after) == 0 {
		return true
	}
	if after[0] == 'ๆ' || after[0] == 'ฯ' {
		return true
	}
	if unicode.IsDigit(after[0]) {
		return unicode.IsDigit(before[len(before)-1]) ||
			slices.ContainsFunc(leaders, func(l string) bool { return strings.HasSuffix(string(before), l) })
	}
	if unicode.IsDigit(before[len(before)-1]) {
		rest := string(after)
		return slices.ContainsFunc(counted, func(u string) bool {
			tail, ok := strings.CutPrefix(rest, u)
			return ok && (tail == "" || tail[0] == ' ' || tail[0] == '\n')
		})
	}
	return false
}

// thaiLetter reports whether r is a Thai letter or mark (not a Thai digit).
func thaiLetter(r rune) bool { return r >= '\u0e01' && r <= '\u0e4e' && r != '฿' }

// splittable reports whether Thai may be cut between the two runes without cutting a syllable's own letters apart.
func splittable(before, after rune) bool {
	switch {
	case after == '\u0e31', after >= '\u0e34' && after <= '\u0e3a', after >= '\u0e47' && after <= '\u0e4e': // marks above and below
		return false
	case after == 'ะ', after == 'า', after == 'ำ', after == 'ๅ', after == 'ๆ', after == 'ฯ': // vowels and signs behind
		return false
	case before >= 'เ' && before <= 'ไ': // vowels before their consonant
		return false
	case before == '\u0e31', before == '\u0e37', before == '\u0e47': // a consonant must follow
		return false
	}
	return !unicode.Is(unicode.Mn, after) && !unicode.Is(unicode.Me, after)
}

func closing(r rune) bool { return strings.ContainsRune(")]}”’»,.;:!?%ๆฯ/", r) }
func opening(r rune) bool { return strings.ContainsRune("([{“‘«฿", r) }

// Letters cuts text into what must not be cut further: a letter with its marks and the vowels that cannot stand without it.
func Letters(text string) []string {
	runes := []rune(text)
	var out []string
	start := 0
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || splittable(runes[i-1], runes[i]) {
			out = append(out, string(runes[start:i]))
			start = i
		}
	}
	return out
}
