package admin

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"saphan/forms"
)

// part is a part of the request under the heading that the form gives it.
type part struct {
	Heading string
	Facts   []fact
	Things  []thing // a table each
}

// thing is one of several things of a group, such as one of the buildings, with what was said of it.
type thing struct {
	Name  string
	Facts []fact
}

// fact is one answer of the request.
type fact struct {
	Field     string // key of the answer
	Label     string
	Text      string
	Hidden    string // a national number: shown masked, whole on request
	Map       string // address of the place on a map
	Wide      bool
	TakenBack *time.Time // when the citizen took the message back that it came from; it stays as a record
}

// computedHeading stands over what follows from the answers.
const computedHeading = "ระบบคำนวณให้"

// parts are the answers in words under the headings of the form, each thing of a group in a table of its own. Files
// stand in the list of documents under the same name. TakenBack tells of answers whose message was taken back.
func parts(form *forms.Form, answers []forms.Answer, takenBack map[string]time.Time) []part {
	sections := map[string]string{}
	heading := ""
	for _, fl := range form.Fields {
		if fl.Section.TH != "" {
			heading = fl.Section.TH
		}
		sections[fl.Key] = heading
	}
	var all []part
	under := "-" // the heading that the last part stands under; no form has this one
	for _, answer := range forms.Told(answers) {
		if len(answer.Attachments) > 0 {
			continue
		}
		top, _, _ := strings.Cut(answer.Field, ".")
		heading := sections[top]
		if answer.Kind == forms.ComputedField {
			heading = computedHeading
		}
		name, label := thingOf(form, answer)
		last := len(all) - 1
		switch {
		case heading != under:
			all, under = append(all, part{Heading: heading}), heading
		case name == "" && len(all[last].Things) > 0: // what comes after the things of the same part
			all = append(all, part{})
		}
		p := &all[len(all)-1]
		f := factOf(answer)
		if at, is := takenBack[answer.Field]; is {
			f.TakenBack = &at
		}
		if name == "" {
			p.Facts = append(p.Facts, f)
			continue
		}
		if n := len(p.Things); n == 0 || p.Things[n-1].Name != name {
			p.Things = append(p.Things, thing{Name: name})
		}
		f.Label = label
		t := &p.Things[len(p.Things)-1]
		t.Facts = append(t.Facts, f)
	}
	return all
}

// thingOf returns which thing of a group an answer is about, and what it says about it; name is empty for an answer of
// no group.
func thingOf(form *forms.Form, answer forms.Answer) (name, label string) {
	group, rest, dotted := strings.Cut(answer.Field, ".")
	fl, known := form.Field(answer.Field)
	words, grouped := fl.Thing()
	if !dotted || !known || !grouped {
		return "", answer.Label
	}
	g, _ := form.Field(group)
	_, key, _ := strings.Cut(rest, ".")
	for _, sub := range g.Fields {
		if sub.Key == key {
			return words.TH, sub.Label.TH
		}
	}
	return words.TH, answer.Label
}

// factOf is an answer in words.
func factOf(answer forms.Answer) fact {
	f := fact{Field: answer.Field, Label: answer.Label, Text: answer.Text, Wide: len([]rune(answer.Text)) > 60}
	if masked := answer.Masked(); masked != answer.Text {
		f.Text, f.Hidden, f.Wide = masked, answer.Text, true
	}
	if place, ok := pinned(answer); ok {
		f.Map = mapLink(place)
	}
	return f
}

// mapLink shows a place on a map of the world outside; it is followed only by a click.
func mapLink(p forms.Place) string {
	where := strconv.FormatFloat(*p.Latitude, 'f', 6, 64) + "," + strconv.FormatFloat(*p.Longitude, 'f', 6, 64)
	return "https://www.google.com/maps/search/?" + url.Values{"api": {"1"}, "query": {where}}.Encode()
}
