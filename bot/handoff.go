package bot

import (
	"encoding/json"
	"strconv"

	"saphan/forms"
)

// HandoffAnswers are the answers under which a wish for a person is filed as a request of the
// form: what was said, and, line by line, what had been answered of the form that was open.
func HandoffAnswers(form *forms.Form, h Handoff, catalog *forms.Catalog) []forms.Answer {
	words := h.Words
	if words == "" {
		words = Tongue("th").Say("human.no_words")
	}
	var answers []forms.Answer
	for _, fl := range form.Fields {
		if fl.Kind == forms.TextField {
			answers = append(answers, line(fl.Key, fl.Label.TH, words))
			break
		}
	}
	if len(h.Files) > 0 {
		a := line("files", Tongue("th").Say("human.files"), Tongue("th").Say("count.files", "n", strconv.Itoa(len(h.Files))))
		a.Kind, a.Value = forms.DocumentField, nil
		for _, f := range h.Files {
			a.Attachments = append(a.Attachments, f.ID)
		}
		answers = append(answers, a)
	}
	if p := h.Place; p != nil {
		place := forms.Place{Title: p.Title, Address: p.Address, Latitude: &p.Latitude, Longitude: &p.Longitude}
		a, err := forms.Field{Key: "place", Kind: forms.LocationField, Label: forms.Text{TH: Tongue("th").Say("human.place")}}.Check(forms.Input{Place: &place})
		if err == nil { // a point that is on no map is left out
			answers = append(answers, a)
		}
	}
	if h.Form == "" {
		return answers
	}
	title := string(h.Form)
	if open, ok := catalog.Version(h.Form, h.Version); ok {
		title = open.Title.TH
	}
	answers = append(answers, line("open_form", Tongue("th").Say("human.open_form"), title))
	for _, a := range forms.Told(h.Partial) {
		a.Field = string(h.Form) + "." + a.Field
		answers = append(answers, a)
	}
	return answers
}

// HandoffSources are the messages that those answers came from, by field.
func HandoffSources(form *forms.Form, h Handoff) map[string][]string {
	sources := map[string][]string{"place": h.PlaceFrom}
	for _, fl := range form.Fields {
		if fl.Kind == forms.TextField {
			sources[fl.Key] = h.WordsFrom
			break
		}
	}
	for field, from := range h.PartialFrom {
		sources[string(h.Form)+"."+field] = from
	}
	return sources
}

func line(field, label, text string) forms.Answer {
	raw, err := json.Marshal(text)
	if err != nil { // a string always encodes
		raw = nil
	}
	return forms.Answer{Field: field, Kind: forms.TextField, Label: label, Text: text, Value: raw}
}
