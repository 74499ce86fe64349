package bot

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// shown is an answer in the citizen's language.
func (t *turn) shown(fl forms.Field, a forms.Answer) string {
	lang := string(t.say)
	switch {
	case fl.Kind == forms.ChoiceField:
		if c, ok := fl.Choice(a.Picked()); ok {
			return c.Label.In(lang)
		}
	case fl.Kind == forms.ChoicesField:
		var labels []string
		for _, value := range a.PickedAll() {
			if c, ok := fl.Choice(value); ok {
				labels = append(labels, c.Label.In(lang))
			}
		}
		if len(labels) > 0 {
			return strings.Join(labels, ", ")
		}
	case fl.Files():
		n := strconv.Itoa(len(a.Attachments))
		if fl.Kind == forms.PhotoField {
			return t.say.Say("count.photos", "n", n)
		}
		return t.say.Say("count.files", "n", n)
	}
	if t.say.thai() {
		return a.Text
	}
	return abroad(fl, a, lang)
}

// abroad is an answer that is kept in Thai words, in another language: a day, a time, a number with its unit, an offered
// text.
func abroad(fl forms.Field, a forms.Answer, lang string) string {
	switch fl.Kind { //nolint:exhaustive // the others are what the citizen wrote
	case forms.DateField:
		for layout, shown := range map[string]string{time.DateOnly: "2 Jan 2006", "2006-01": "Jan 2006", "2006": "2006"} {
			if day, err := time.Parse(layout, a.Raw()); err == nil {
				return day.Format(shown)
			}
		}
	case forms.TimeField:
		return a.Raw()
	case forms.NumberField:
		var n float64
		if json.Unmarshal(a.Value, &n) == nil {
			return strings.TrimSpace(thai.Number(n) + " " + fl.Unit.In(lang))
		}
	case forms.TextField:
		if i := slices.IndexFunc(fl.Choices, func(c forms.Choice) bool { return c.Label.TH == a.Text }); i >= 0 {
			return fl.Choices[i].Label.In(lang)
		}
	}
	return a.Text
}
