package match

import (
	"cmp"
	"slices"
)

// lexicon finds known words in an utterance, however they are joined.
type lexicon struct {
	nodes  []node
	forms  []form
	names  []string // of the meanings
	shared int      // how many of them belong to no one service; those come first
}

type node struct {
	next  map[rune]int32
	forms []int32
}

// form is one way to say a meaning.
type form struct {
	plain   string
	meaning int32
}

// hit is a known word found: where in plain it stands and what it means.
type hit struct {
	from, to int
	meaning  int32
	own      bool // it is one of a service's own words
	inside   bool // within a longer word that was found as well
}

// Words of fewer bones than these are too alike to be found by sound; they must be spelled right.
const soundFrom = 5

func newLexicon() *lexicon { return &lexicon{nodes: []node{{}}} }

// meaning returns the number of a meaning, known or new.
func (l *lexicon) meaning(name string) int32 {
	i := slices.Index(l.names, name)
	if i < 0 {
		i = len(l.names)
		l.names = append(l.names, name)
	}
	return int32(i) //nolint:gosec // as many meanings as the lexicon has lines
}

// add teaches one way to say a meaning.
func (l *lexicon) add(meaning int32, word string) {
	t := ready(word)
	if len(t.bones) == 0 {
		return
	}
	at := int32(0)
	for _, r := range t.bones {
		next, ok := l.nodes[at].next[r]
		if !ok {
			next = int32(len(l.nodes)) //nolint:gosec // a few thousand words
			if l.nodes[at].next == nil {
				l.nodes[at].next = map[rune]int32{}
			}
			l.nodes[at].next[r] = next
			l.nodes = append(l.nodes, node{})
		}
		at = next
	}
	f := form{plain: string(t.plain), meaning: meaning}
	for _, i := range l.nodes[at].forms {
		// What is common to all belongs to no one service, whatever a service says.
		if known := l.forms[i]; known == f || known.plain == f.plain && int(known.meaning) < l.shared {
			return
		}
	}
	l.nodes[at].forms = append(l.nodes[at].forms, int32(len(l.forms))) //nolint:gosec // a few thousand words
	l.forms = append(l.forms, f)
}

// find returns the words in t, longest first where they overlap; a word wholly at the
// beginning or the end of a longer one is found too.
func (l *lexicon) find(t text) []hit {
	var all []hit
	for i := range t.bones {
		from := t.at[i]
		if !parts(t.plain, from) {
			continue
		}
		at := int32(0)
		for j := i; j < len(t.bones); j++ {
			next, ok := l.nodes[at].next[t.bones[j]]
			if !ok {
				break
			}
			at = next
			if len(l.nodes[at].forms) == 0 {
				continue
			}
			to := t.at[j+1]
			if to == len(t.plain) || parts(t.plain, to) || isLatin(t.plain[to-1]) && plural(t.plain, to) {
				all = l.hits(all, t, at, from, to, j+1-i)
			}
		}
	}
	return settle(all)
}

// plural reports whether only the s of a plural stands between to and the end of the word.
func plural(plain []rune, to int) bool {
	return plain[to] == 's' && parts(plain, to+1)
}

func (l *lexicon) hits(all []hit, t text, at int32, from, to, size int) []hit {
	for _, i := range l.nodes[at].forms {
		f := l.forms[i]
		if size < soundFrom && (f.plain != string(t.plain[from:to]) || dangling(t.plain, from, to)) {
			continue
		}
		all = append(all, hit{from: from, to: to, meaning: f.meaning, own: int(f.meaning) >= l.shared})
	}
	return all
}

// dangling reports whether a short word would leave one consonant behind it that belongs to its
// last syllable: "ตา" in "ตามใจ".
func dangling(plain []rune, from, to int) bool {
	if to-from > 3 || to >= len(plain) {
		return false
	}
	r := plain[to]
	if r < 'ก' || r > 'ฮ' || !isThai(plain[to-1]) {
		return false
	}
	if to+1 == len(plain) {
		return true
	}
	after := plain[to+1]
	return after == ' ' || after >= 'เ' && after <= 'ไ' || after == '์'
}

// settle keeps of overlapping words the longest.
func settle(all []hit) []hit {
	slices.SortStableFunc(all, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.to-b.from, a.to-a.from), cmp.Compare(a.from, b.from), cmp.Compare(a.meaning, b.meaning))
	})
	var kept []hit
	for _, h := range all {
		ok := true
		for _, k := range kept {
			if k.inside || h.to <= k.from || h.from >= k.to {
				continue
			}
			if h.from == k.from && h.to == k.to {
				continue // the same word under another meaning
			}
			// The beginning or end of a longer word still says what it says ("ใบอนุญาต" in
			// "ใบอนุญาตก่อสร้าง"), unless it speaks of another service than the whole does.
			atEnd := h.from == k.from && h.to < k.to || h.to == k.to && h.from > k.from
			if atEnd && (!h.own || !k.own || h.meaning == k.meaning) {
				h.inside = true
				continue
			}
			ok = false
			break
		}
		if ok {
			kept = append(kept, h)
		}
	}
	return kept
}
