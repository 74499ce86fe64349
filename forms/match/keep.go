package match

import (
	"cmp"
	"slices"
	"strings"

	"saphan/internal/thai"
)

// Choice is a value of a field that is answered by choosing, and words by which people say it.
type Choice struct {
	Field string
	Value string
	Words []string
}

// Parts is what an utterance already answers. All of it is a guess, to be shown and confirmed.
type Parts struct {
	Place       string // where, in the words said: "หน้าบ้านซอย 4"; empty if nothing says where
	Chosen      []Chosen
	Description string // all that was said, tidied
}

// Chosen is a value that the words point to.
type Chosen struct {
	Field string
	Value string
	Why   string // the words that say so
}

// Keep returns what an utterance already answers of a service, so that it is not asked again.
func (m *Matcher) Keep(service, said string) Parts {
	t := ready(said)
	return Parts{
		Place:       m.places.find(t),
		Chosen:      m.choices[service].find(t),
		Description: thai.Tidy(said),
	}
}

// choices finds the values of one service's fields.
type choices struct {
	lexicon *lexicon
	values  []Chosen // by meaning, without the words
}

func newChoices(all []Choice) choices {
	c := choices{lexicon: newLexicon()}
	for _, a := range all {
		v := Chosen{Field: a.Field, Value: a.Value}
		i := slices.Index(c.values, v)
		if i < 0 {
			i = len(c.values)
			c.values = append(c.values, v)
		}
		for _, w := range a.Words {
			c.lexicon.add(int32(i), w) //nolint:gosec // as many as a form has choices
		}
	}
	return c
}

// find returns for each field the value that most of the words speak for, if one leads.
func (c choices) find(t text) []Chosen {
	if c.lexicon == nil {
		return nil
	}
	type found struct {
		meaning int32
		size    int
		words   string
		longest int
	}
	var all []found
	for _, h := range c.lexicon.find(t) {
		if h.inside {
			continue
		}
		i := slices.IndexFunc(all, func(f found) bool { return f.meaning == h.meaning })
		if i < 0 {
			i = len(all)
			all = append(all, found{meaning: h.meaning})
		}
		f := &all[i]
		f.size += h.to - h.from
		if h.to-h.from > f.longest {
			f.longest, f.words = h.to-h.from, t.words(h.from, h.to)
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(b.size, a.size) })
	var chosen []Chosen
	for i, f := range all {
		v := c.values[f.meaning]
		rival := func(g found) bool { return c.values[g.meaning].Field == v.Field && g.meaning != f.meaning }
		if slices.ContainsFunc(all[:i], rival) || slices.ContainsFunc(all[i+1:], func(g found) bool { return rival(g) && g.size == f.size }) {
			continue
		}
		v.Why = f.words
		chosen = append(chosen, v)
	}
	return chosen
}

// places finds the words that tell where something is.
type places struct {
	lexicon                   *lexicon
	beside, named, spot, stop int32
}

func newPlaces() places {
	p := places{lexicon: newLexicon()}
	for _, line := range table("data/places.txt") {
		for _, w := range line.words {
			p.lexicon.add(p.lexicon.meaning(line.meaning), w)
		}
	}
	l := p.lexicon
	p.beside, p.named, p.spot, p.stop = l.meaning("beside"), l.meaning("named"), l.meaning("spot"), l.meaning("stop")
	return p
}

// longestName bounds the letters of a name between known words: beyond it, what follows is
// more likely the rest of the sentence.
const longestName = 18

// find returns the places said, joined by blanks.
func (p places) find(t text) string {
	hits := p.lexicon.find(t)
	hits = slices.DeleteFunc(hits, func(h hit) bool { return h.inside || !abbreviates(t, h) })
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.from, b.from) })
	var said []string
	end := 0
	for i := 0; i < len(hits); i++ {
		if hits[i].from < end || hits[i].meaning == p.stop || hits[i].meaning == p.spot {
			continue
		}
		to, ok := p.phrase(t, hits[i:])
		if ok {
			said = append(said, t.words(hits[i].from, to))
			end = to
		}
	}
	return strings.Join(said, " ")
}

// abbreviates reports whether a single letter that was found is an abbreviation: "ม." before a
// number, not a letter of some word.
func abbreviates(t text, h hit) bool {
	if h.to-h.from > 1 {
		return true
	}
	at := t.from[h.from]
	return (h.from == 0 || t.plain[h.from-1] == ' ') && at+1 < len(t.said) && t.said[at+1] == '.'
}

// phrase returns where the place that begins with the first of hits ends; false if nothing
// there names a place.
func (p places) phrase(t text, hits []hit) (to int, ok bool) {
	to = hits[0].to
	wants := hits[0].meaning // what a name must still follow, or spot when none need
	for i := 0; ; i++ {
		for i+1 < len(hits) && hits[i+1].from < to { // words may share letters: "กลางม.3"
			i++
		}
		next := len(t.plain)
		if i+1 < len(hits) {
			next = hits[i+1].from
		}
		if name, well := p.name(t, to, next, wants != p.spot); name > to {
			to, wants = name, p.spot
			if number, _ := p.name(t, to, next, false); number > to {
				to = number
			} else if !well {
				return to, true
			}
		}
		if i+1 == len(hits) || strings.TrimSpace(string(t.plain[to:hits[i+1].from])) != "" || hits[i+1].meaning == p.stop {
			return to, wants == p.spot
		}
		h := hits[i+1]
		switch {
		case h.meaning == p.spot:
			to, wants = h.to, p.spot
		case wants == p.spot:
			// "หน้าบ้านซอย 4" goes on; "หน้าบ้าน ถนนพัง" does not.
			if more, ok := p.phrase(t, hits[i+1:]); ok {
				return more, true
			}
			return to, true
		case h.meaning == p.beside && wants == p.named:
			return to, false // "ถนนหน้าวัด": the place begins behind the road
		default:
			to, wants = h.to, h.meaning
		}
	}
}

// name returns the end of a name or a number that stands between from and next, and whether all
// of what stands there belongs to it. A number may follow a blank, a name only where one is
// wanted.
func (p places) name(t text, from, next int, wanted bool) (to int, well bool) {
	i := from
	if i < next && t.plain[i] == ' ' {
		i++
	}
	to = i
	for to < next && isDigit(t.plain[to]) {
		to++
	}
	if to > i {
		for to+1 < next && t.plain[to] == ' ' && isDigit(t.plain[to+1]) && t.said[t.from[to]] == '/' {
			to += 2
			for to < next && isDigit(t.plain[to]) {
				to++
			}
		}
		return to, to == next || t.plain[to] == ' '
	}
	if !wanted && i > from {
		return from, true
	}
	for to < next && t.plain[to] != ' ' {
		to++
	}
	if to == i || to-i > longestName {
		return from, false
	}
	return to, true
}
