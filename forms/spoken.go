package forms

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"saphan/internal/thai"
	"saphan/internal/words"
)

// Month is how months are written in a day for who reads another language than Thai: short in a chat, whole on a page.
type Month string

// The ways to write a month.
const (
	ShortMonth Month = "Jan"
	WholeMonth Month = "January"
)

// In is an answer to a field as a person reads it in a language. Answers are kept in Thai words: a choice, a day, a time,
// a number with its unit and an offered text are put into the language, all else is what the person wrote. Of files it
// is what the answer says in Thai.
func (a Answer) In(fl Field, lang string, months Month) string {
	switch fl.Kind { //nolint:exhaustive // below, or what the person wrote
	case ChoiceField:
		if c, ok := fl.Choice(a.Picked()); ok {
			return c.Label.In(lang)
		}
	case ChoicesField:
		if labels := fl.labels(a.PickedAll(), lang); len(labels) > 0 {
			return strings.Join(labels, ", ")
		}
	}
	if lang == words.Thai || lang == "" {
		return a.Text
	}
	switch fl.Kind { //nolint:exhaustive // the others are what the person wrote
	case DateField:
		return a.day(months)
	case TimeField:
		return a.Raw()
	case NumberField:
		if n, ok := a.number(); ok {
			return strings.TrimSpace(thai.Number(n) + " " + fl.Unit.In(lang))
		}
	case TextField:
		if i := slices.IndexFunc(fl.Choices, func(c Choice) bool { return c.Label.TH == a.Text }); i >= 0 {
			return fl.Choices[i].Label.In(lang)
		}
	}
	return a.Text
}

// labels are the names of those choices that the field still has.
func (f Field) labels(values []string, lang string) []string {
	var labels []string
	for _, value := range values {
		if c, ok := f.Choice(value); ok {
			labels = append(labels, c.Label.In(lang))
		}
	}
	return labels
}

// day is the day of a date answer in the Christian era, as far as it is known.
func (a Answer) day(months Month) string {
	month := string(months)
	for _, as := range [][2]string{{time.DateOnly, "2 " + month + " 2006"}, {"2006-01", month + " 2006"}, {"2006", "2006"}} {
		if day, err := time.Parse(as[0], a.Raw()); err == nil {
			return day.Format(as[1])
		}
	}
	return a.Text
}

func (a Answer) number() (n float64, ok bool) {
	return n, json.Unmarshal(a.Value, &n) == nil
}

// ComputedIn is a computed value, its name and what it says, as a person reads it in a language.
func (f *Form) ComputedIn(a Answer, lang string) (label, value string) {
	i := slices.IndexFunc(f.Computed, func(c Computed) bool { return c.Key == a.Field })
	if i < 0 || lang == words.Thai || lang == "" {
		return a.Label, a.Text
	}
	c, raw := f.Computed[i], a.Raw()
	if raw == "" {
		raw = string(a.Value) // a number or a boolean
	}
	if j := slices.IndexFunc(c.Says, func(s Choice) bool { return s.Value == raw }); j >= 0 {
		return c.Label.In(lang), c.Says[j].Label.In(lang)
	}
	if n, ok := a.number(); ok {
		return c.Label.In(lang), strings.TrimSpace(thai.Number(n) + " " + c.Unit.In(lang))
	}
	return c.Label.In(lang), a.Text
}
