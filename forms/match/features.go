package match

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// feature is something seen in an utterance and how much of it.
type feature struct {
	id    int32
	value float64
	from  int // where in plain it was seen; to is 0 for what belongs to the whole
	to    int
}

// kind tells features of different sorts apart.
type kind byte

const (
	aboutAll  kind = iota // length, script and the like
	word                  // a common word's meaning
	own                   // a service whose own words were seen
	pair                  // two meanings in one utterance
	piece                 // a run of letters
	latin                 // a word of another script
	latinPair             // two such words in a row
	kinds
)

// sight is a feature before it has a number.
type sight struct {
	kind     kind
	name     uint64
	size     float64 // how much of it, before the rarity of the feature; 1 unless said otherwise
	from, to int
}

// eye turns utterances into features.
type eye struct {
	lexicon *lexicon
	fill    int32 // the meaning of words that say nothing
	whole   int32 // the meaning of words that only keep others from being seen inside them
	knobs   knobs
}

// look returns everything there is to see in t.
func (e *eye) look(t text) []sight {
	hits := e.lexicon.find(t)
	var sights []sight
	var meanings []int32
	var owned []hit
	blank := make([]bool, len(t.plain)+1)
	for _, h := range hits {
		switch h.meaning {
		case e.fill:
			if !h.inside {
				for i := h.from; i < h.to; i++ {
					blank[i] = true
				}
			}
		case e.whole:
		default:
			if !slices.Contains(meanings, h.meaning) {
				meanings = append(meanings, h.meaning)
			}
			if h.own && !h.inside {
				owned = append(owned, h)
			}
			s := sight{word, uint64(h.meaning), 1, h.from, h.to} //nolint:gosec // meanings are numbered from 0
			if h.own {
				s.kind, s.size = own, math.Sqrt(float64(h.to-h.from))
			}
			sights = append(sights, s)
		}
	}
	sights = unique(sights)
	slices.Sort(meanings)
	for i, a := range meanings {
		for _, b := range meanings[i+1:] {
			sights = append(sights, sight{kind: pair, name: uint64(a)<<32 | uint64(b), size: 1}) //nolint:gosec // meanings are numbered from 0
		}
	}
	sights = e.pieces(sights, t, blank, owned)
	sights = words(sights, t, blank)
	return append(sights, shape(t, blank)...)
}

// unique keeps each common meaning once, at its first place.
func unique(s []sight) []sight {
	var out []sight
	for _, a := range s {
		if a.kind == own || !slices.ContainsFunc(out, func(b sight) bool { return b.kind == a.kind && b.name == a.name }) {
			out = append(out, a)
		}
	}
	return out
}

// pieces adds runs of letters, by their bones, within what is left between blanks.
func (e *eye) pieces(sights []sight, t text, blank []bool, owned []hit) []sight {
	run := make([]rune, 0, len(t.bones)+2)
	at := make([]int, 0, len(t.bones)+2)
	run, at = append(run, ' '), append(at, 0)
	for i, r := range t.bones {
		if blank[t.at[i]] {
			r = ' '
		}
		if isDigit(r) {
			r = '0'
		}
		if r == ' ' && run[len(run)-1] == ' ' {
			continue
		}
		run, at = append(run, r), append(at, t.at[i])
	}
	if run[len(run)-1] != ' ' {
		run, at = append(run, ' '), append(at, len(t.plain))
	}
	at = append(at, len(t.plain))
	seen := make(map[uint64]bool, 3*len(run))
	for n := e.knobs.shortest; n <= e.knobs.longest; n++ {
		for i := 0; i+n <= len(run); i++ {
			if n == 1 && run[i] == ' ' {
				continue
			}
			if slices.ContainsFunc(owned, func(h hit) bool { return at[i] >= h.from && at[i+n] <= h.to }) {
				continue
			}
			h := hash(run[i : i+n])
			if seen[h] {
				continue // once is enough: a long utterance repeats the common pieces
			}
			seen[h] = true
			sights = append(sights, sight{piece, h, 1, at[i], at[i+n]})
		}
	}
	return sights
}

// words adds the words of other scripts and numbers.
func words(sights []sight, t text, blank []bool) []sight {
	last, begun := uint64(0), -1
	for i := 0; i <= len(t.plain); i++ {
		inWord := i < len(t.plain) && !isThai(t.plain[i]) && t.plain[i] != ' ' && !blank[i]
		switch {
		case inWord && begun < 0:
			begun = i
		case !inWord && begun >= 0:
			if isDigit(t.plain[begun]) && isDigit(t.plain[i-1]) {
				last, begun = 0, -1 // a number says nothing by itself
				continue
			}
			h := hash(stem(t.plain[begun:i]))
			sights = append(sights, sight{latin, h, 1, begun, i})
			if last != 0 {
				sights = append(sights, sight{latinPair, last*31 + h, 1, begun, i})
			}
			last, begun = h, -1
		}
	}
	return sights
}

// stem takes the commonest endings off an English word.
func stem(w []rune) []rune {
	for _, end := range []string{"ing", "ed", "s"} {
		if len(w) > len(end)+3 && strings.HasSuffix(string(w), end) {
			return w[:len(w)-len(end)]
		}
	}
	return w
}

// shape tells how the utterance is made as a whole.
func shape(t text, blank []bool) []sight {
	thaiLetters, latinLetters, digits, pictures := 0, 0, 0, 0
	for i, r := range t.plain {
		switch {
		case blank[i]:
		case isThai(r):
			thaiLetters++
		case isLatin(r):
			latinLetters++
		case isDigit(r):
			digits++
		case r != ' ':
			pictures++
		}
	}
	var sights []sight
	mark := func(name uint64) { sights = append(sights, sight{kind: aboutAll, name: name, size: 1}) }
	if thaiLetters == 0 && latinLetters == 0 {
		mark(1)
	}
	if latinLetters > thaiLetters {
		mark(2)
	}
	if digits > 0 {
		mark(3)
	}
	if pictures > 0 {
		mark(4)
	}
	letters := thaiLetters + latinLetters
	mark(10 + uint64(min(7, bits.Len(uint(letters))))) //nolint:gosec // a count is not negative
	return sights
}

// hash is FNV-1a over the letters.
func hash(run []rune) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range run {
		h ^= uint64(uint32(r)) //nolint:gosec // a rune's bits, whatever its sign
		h *= 1099511628211
	}
	return h
}
