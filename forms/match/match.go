// Package match finds out which service a citizen means by what he writes in his own words.
//
// Everything comes from data: the services' own words and example utterances, a list of chatter,
// and a table of common and dialect words. From these a small linear model is fitted when the
// program starts, the same every time. Nothing leaves the machine, and each answer names the
// words that decided it.
package match

import (
	"cmp"
	"math"
	"slices"
)

// Chatter is the key of what is no wish: greetings, thanks, jokes, nonsense. It is also said
// when it is not sure what was meant.
const Chatter = "-"

// Service is what the matcher needs to know about a service.
type Service struct {
	Key   string
	Title string
	Words []string // what people call it, short
	Says  []string // how people ask for it, whole utterances

	// Choices are the values of the service's fields that words in an utterance can answer.
	Choices []Choice
}

// Matcher knows the services. It is safe for concurrent use.
type Matcher struct {
	eye     eye
	model   model
	keys    []string // of the classes; the last is Chatter
	choices map[string]choices
	places  places
}

// Score is how well a service fits what was said.
type Score struct {
	Key   string
	Score float64  // 0..1; all services and chatter together make 1
	Why   []string // the words that spoke for it, strongest first
}

// Result is what was understood.
type Result struct {
	Ranked  []Score // services, best first
	Chatter float64 // 0..1, how much it sounds like no wish at all
	Sure    bool    // the first may be taken without asking which was meant
}

// New learns the services. Chatter is a list of utterances that are no wish.
func New(services []Service, chatter []string) *Matcher { return learn(services, chatter, measured()) }

func learn(services []Service, chatter []string, k knobs) *Matcher {
	m := &Matcher{eye: eye{lexicon: newLexicon(), knobs: k}, choices: map[string]choices{}, places: newPlaces()}
	l := m.eye.lexicon
	for _, line := range table("data/common.txt") {
		for _, w := range line.words {
			l.add(l.meaning(line.meaning), w)
		}
	}
	m.eye.fill, m.eye.whole = l.meaning("fill"), l.meaning("whole")
	l.shared = len(l.names)
	for _, s := range services {
		own := l.meaning("service " + s.Key)
		for _, w := range s.Words {
			l.add(own, w)
		}
	}
	for _, s := range services {
		m.choices[s.Key] = newChoices(s.Choices)
	}
	type lesson struct {
		class int
		share float64
		says  string
	}
	var all []lesson
	for i, s := range services {
		m.keys = append(m.keys, s.Key)
		says := append([]string{s.Title}, s.Says...)
		share := evened(len(says), k.even)
		for _, say := range says {
			all = append(all, lesson{i, share, say})
		}
		for _, w := range s.Words {
			all = append(all, lesson{i, k.wordShare * share, w})
		}
	}
	m.keys = append(m.keys, Chatter)
	for _, say := range chatter {
		all = append(all, lesson{len(services), evened(len(chatter), k.even), say})
	}
	seen := make([][]sight, len(all))
	for i, t := range all {
		seen[i] = m.eye.look(ready(t.says))
	}
	m.model.classes = len(m.keys)
	m.model.number(seen, k.known)
	examples := make([]example, len(all))
	for i, t := range all {
		examples[i] = example{t.class, t.share, m.model.features(seen[i], k)}
	}
	m.model.fit(examples, k)
	return m
}

// evened returns what one of n examples counts: a service with few of them must not be forgotten
// over those with many.
func evened(n int, even float64) float64 { return math.Pow(usual/float64(max(n, 1)), even) }

const usual = 100 // examples of a service

// Match ranks the services by how well they fit what was said.
func (m *Matcher) Match(said string) Result {
	t := ready(said)
	var r Result
	features := m.model.features(m.eye.look(t), m.eye.knobs)
	score := make([]float64, len(m.keys))
	m.model.score(features, score)
	last := len(m.keys) - 1
	r.Chatter = score[last]
	for c, s := range score[:last] {
		r.Ranked = append(r.Ranked, Score{Key: m.keys[c], Score: s})
	}
	slices.SortStableFunc(r.Ranked, func(a, b Score) int { return cmp.Compare(b.Score, a.Score) })
	if len(r.Ranked) == 0 {
		return r
	}
	second := r.Chatter
	if len(r.Ranked) > 1 {
		second = max(second, r.Ranked[1].Score)
	}
	top := r.Ranked[0].Score
	r.Sure = top >= m.eye.knobs.sure && top-second >= m.eye.knobs.lead
	for i := range r.Ranked[:min(len(r.Ranked), 3)] {
		r.Ranked[i].Why = m.why(t, features, slices.Index(m.keys, r.Ranked[i].Key))
	}
	return r
}

// Key is the service that was meant, or Chatter when that is not sure.
func (r Result) Key() string {
	if !r.Sure {
		return Chatter
	}
	return r.Ranked[0].Key
}

// Score is how sure Key is, 0..1: the share of the service, or what is left to chatter and to
// doubt.
func (r Result) Score() float64 {
	if len(r.Ranked) == 0 {
		return 1
	}
	if !r.Sure {
		return 1 - r.Ranked[0].Score
	}
	return r.Ranked[0].Score
}

// why names the parts of the utterance that speak for a class rather than for the average one.
func (m *Matcher) why(t text, features []feature, class int) []string {
	weight := make([]float64, len(t.plain))
	for _, f := range features {
		if f.to <= f.from {
			continue
		}
		w := m.model.weights[int(f.id)*m.model.classes : (int(f.id)+1)*m.model.classes]
		mean := 0.0
		for _, v := range w {
			mean += v / float64(len(w))
		}
		share := (w[class] - mean) * f.value / float64(f.to-f.from)
		for i := f.from; i < f.to; i++ {
			weight[i] += share
		}
	}
	type part struct {
		words  string
		weight float64
	}
	var parted []part
	var total float64
	for from := 0; from < len(t.plain); {
		to := from
		sum := 0.0
		for to < len(t.plain) && weight[to] > 0 {
			sum += weight[to]
			to++
		}
		if to > from {
			from, to := whole(t.plain, from, to)
			if words := t.words(from, to); words != "" {
				parted, total = append(parted, part{words, sum}), total+sum
			}
		}
		from = max(to, from+1)
	}
	slices.SortStableFunc(parted, func(a, b part) int { return cmp.Compare(b.weight, a.weight) })
	var why []string
	for _, p := range parted {
		if len(why) < 3 && p.weight > total/10 && !slices.Contains(why, p.words) {
			why = append(why, p.words)
		}
	}
	return why
}

// whole widens a part of the utterance so that no syllable's letters are cut apart.
func whole(plain []rune, from, to int) (int, int) {
	for !parts(plain, from) {
		from--
	}
	for !parts(plain, to) {
		to++
	}
	return from, to
}
