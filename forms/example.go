package forms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ExampleAnswers fills in a service with its own examples and the first of each choice, for people who want to see
// what comes of it.
func (f *Form) ExampleAnswers(now time.Time) ([]Answer, error) {
	dated := f.On(now)
	var answers []Answer
	for {
		missing := dated.Missing(answers)
		if len(missing) == 0 {
			return dated.Asked(answers), nil
		}
		a, err := missing[0].example(now)
		if err != nil {
			return nil, fmt.Errorf("example of %s.%s: %w", f.Key, missing[0].Key, err)
		}
		answers = append(answers, a)
	}
}

func (f Field) example(now time.Time) (Answer, error) {
	in := Input{Text: f.Example.TH, Now: now}
	switch {
	case f.Continues():
		in = Input{Choice: MoreNo, Now: now}
	case f.Kind == ChoiceField, f.Kind == ChoicesField:
		in = Input{Choice: f.Choices[0].Value, Now: now}
	case f.Kind == LocationField:
		lat, lon := 13.7563, 100.5018 // the middle of Bangkok
		in = Input{Place: &Place{Title: f.Example.TH, Latitude: &lat, Longitude: &lon}, Now: now}
	case f.Files():
		in = Input{Files: []File{{ID: 1, Name: f.Label.TH + ".pdf"}}, Now: now}
	}
	return f.Check(in)
}

// Costs reports whether the bill speaks of a field, by itself or through a computed value. A field of a group is named as
// in answers: activities.1.activity.
func (f *Form) Costs(field string) bool {
	key := field[strings.LastIndex(field, ".")+1:]
	if slices.ContainsFunc(f.Computed, func(c Computed) bool { return c.Key == key }) {
		return false // it says nothing that was not answered
	}
	spoken := []*regexp.Regexp{mentions(key)} // the field, and the computed values that go back to it
	speaks := func(formula string) bool {
		return slices.ContainsFunc(spoken, func(name *regexp.Regexp) bool { return name.MatchString(formula) })
	}
	for _, c := range f.Computed {
		if speaks(c.Value) {
			spoken = append(spoken, mentions(c.Key))
		}
	}
	return slices.ContainsFunc(f.Fee.Lines, func(l FeeLine) bool { return speaks(l.When) || speaks(l.Baht) })
}

// mentions finds a name in a formula.
func mentions(key string) *regexp.Regexp {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(key) + `\b`)
}
