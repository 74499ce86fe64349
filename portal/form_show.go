package portal

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// shown is an answer as a person reads it in their language.
func (o own) shown(fl forms.Field, a forms.Answer) string {
	switch fl.Kind { //nolint:exhaustive // the others read alike in every language, or are kept in Thai words
	case forms.ChoiceField:
		if c, ok := fl.Choice(a.Picked()); ok {
			return c.Label.In(o.Lang)
		}
	case forms.ChoicesField:
		var labels []string
		for _, value := range a.PickedAll() {
			if c, ok := fl.Choice(value); ok {
				labels = append(labels, c.Label.In(o.Lang))
			}
		}
		if len(labels) > 0 {
			return strings.Join(labels, ", ")
		}
	case forms.PhotoField, forms.DocumentField:
		var names []string
		for i, file := range a.Files() {
			names = append(names, o.fileName(fl, file, i+1))
		}
		return strings.Join(names, "\n")
	}
	if o.thai() {
		return a.Text
	}
	return foreign(fl, a, o.Lang)
}

// fileName is what a file is called; pictures from a chat have no name of their own.
func (o own) fileName(fl forms.Field, file forms.File, n int) string {
	switch {
	case file.Name != "":
		return file.Name
	case fl.Kind == forms.PhotoField:
		return o.T("รูปที่ {n}", "Photo {n}", "n", n)
	default:
		return o.T("ไฟล์ที่ {n}", "File {n}", "n", n)
	}
}

// foreign is an answer that is kept in Thai words, for who reads another language: a day, a time, a number with its
// unit, an offered text.
func foreign(fl forms.Field, a forms.Answer, lang string) string {
	switch fl.Kind { //nolint:exhaustive // the others are what the person wrote
	case forms.DateField:
		for _, as := range [][2]string{{time.DateOnly, "2 January 2006"}, {"2006-01", "January 2006"}, {"2006", "2006"}} {
			if day, err := time.Parse(as[0], a.Raw()); err == nil {
				return day.Format(as[1])
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

// computed is a value that follows from the answers, in the reader's language.
func (o own) computed(f *forms.Form, a forms.Answer) (label, value string) {
	i := slices.IndexFunc(f.Computed, func(c forms.Computed) bool { return c.Key == a.Field })
	if i < 0 {
		return a.Label, a.Text
	}
	c, raw := f.Computed[i], a.Raw()
	if raw == "" {
		raw = string(a.Value) // a number or a boolean
	}
	if j := slices.IndexFunc(c.Says, func(s forms.Choice) bool { return s.Value == raw }); j >= 0 {
		return c.Label.In(o.Lang), c.Says[j].Label.In(o.Lang)
	}
	var n float64
	if json.Unmarshal(a.Value, &n) == nil {
		return c.Label.In(o.Lang), strings.TrimSpace(thai.Number(n) + " " + c.Unit.In(o.Lang))
	}
	return c.Label.In(o.Lang), a.Text
}

// size is how large a file is.
func size(bytes int64) string {
	if bytes < 1e6 {
		return strconv.FormatInt(max(1, (bytes+500)/1000), 10) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
}
