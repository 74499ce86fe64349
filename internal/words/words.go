// Package words says things in the language of whoever reads them.
//
// The Thai text is the key: it stands where it is said, most often with its English beside it, and a further language is
// one catalogue file, which gives a translation for each Thai text. What a catalogue lacks is said in English, and what
// has no English in Thai, so that a half-done translation is a page in two languages and never an empty one.
package words

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The languages in which everything is said.
const (
	Thai    = "th"
	English = "en"
)

// Text is the same words in Thai and in English.
type Text struct {
	TH string `json:"th"`
	EN string `json:"en"`

	from *pattern // what they were filled in from; nil: they are as they were written
}

// pattern is words that leave something open, and what belongs there.
type pattern struct {
	th, en string
	args   []any
}

// With returns words whose {names} are filled in: args are a name and its value, in turn. A value that is a Text is said
// in the language of the whole. Further languages know the words as they are written here, with their names.
func With(th, en string, args ...any) Text {
	p := &pattern{th: th, en: en, args: args}
	return Text{TH: p.in(Thai), EN: p.in(English), from: p}
}

func (p *pattern) in(lang string) string {
	said := make([]string, len(p.args))
	for i, a := range p.args {
		if t, ok := a.(Text); ok {
			said[i] = t.In(lang)
		} else {
			said[i] = fmt.Sprint(a)
		}
	}
	return Fill(In(lang, p.th, p.en), said...)
}

// In returns the words in a language.
func (t Text) In(lang string) string {
	if t.from != nil {
		return t.from.in(lang)
	}
	return In(lang, t.TH, t.EN)
}

// Language is a language that can be chosen.
type Language struct {
	Code string // as BCP 47 has it: th, en, my
	Name string // in the language itself
}

// installed are the catalogues of this process. They are set once, before anything is said, as the time zone is: to hand
// them to each of the hundreds of places where something is said would lengthen every one of them and tell nothing.
var installed atomic.Pointer[Catalogues]

// shipped are the catalogues that come with the product, for who installs none.
var shipped = sync.OnceValue(func() *Catalogues {
	c, err := Read(Shipped())
	if err != nil {
		return &Catalogues{} // a test reads them: this release has no such fault
	}
	return c
})

// Install makes c what everything is said from. It is called once, by who starts the process.
func Install(c *Catalogues) { installed.Store(c) }

func current() *Catalogues {
	if c := installed.Load(); c != nil {
		return c
	}
	return shipped()
}

// In returns a text in a language: the Thai; the English beside it, else that of the English catalogue; or that of the
// language's own catalogue. What there is not is said in English, else in Thai. An unknown language is Thai.
func In(lang, th, en string) string { return current().In(lang, th, en) }

// Offered are the languages that can be chosen: Thai, English, and the others by their codes.
func Offered() []Language { return current().Offered() }

// Known reports whether a language can be chosen.
func Known(code string) bool {
	return slices.ContainsFunc(Offered(), func(l Language) bool { return l.Code == code })
}

// Name is what a language is called in itself; its code when there is no such language.
func Name(code string) string {
	for _, l := range Offered() {
		if l.Code == code {
			return l.Name
		}
	}
	return code
}

// Speaker returns In for one language, for lists of words.
func Speaker(lang string) func(th, en string) string {
	return func(th, en string) string { return In(lang, th, en) }
}

// Accepted is the language that a browser or a program asks for (RFC 9110, Accept-Language), of those there are; else Thai.
func Accepted(header string) string {
	best, weight := Thai, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, q, weighed := strings.Cut(strings.TrimSpace(part), ";")
		w := 1.0
		if weighed {
			if _, err := fmt.Sscanf(strings.TrimSpace(q), "q=%g", &w); err != nil {
				continue
			}
		}
		code, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if w > weight && Known(code) {
			best, weight = code, w
		}
	}
	return best
}

// Fill puts values into the {names} of a text: args are a name and its value, in turn.
func Fill(text string, args ...string) string {
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+args[i]+"}", args[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// sorted puts languages in the order in which they are offered.
func sorted(all []Language) []Language {
	rank := func(l Language) int { return slices.Index([]string{English, Thai}, l.Code) }
	slices.SortFunc(all, func(a, b Language) int { return cmp.Or(rank(b)-rank(a), strings.Compare(a.Code, b.Code)) })
	return all
}
