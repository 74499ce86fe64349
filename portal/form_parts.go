package portal

import (
	"slices"
	"strings"

	"saphan/forms"
)

// partMost is how many questions stand on one page, unless one thing of a group has more.
const partMost = 8

// part is what one page of a form asks.
type part struct {
	heading forms.Text
	group   string // key of the group that it is about; empty: of none
	fields  []forms.Field
}

// partsOf divides the open questions of a form into pages: by the headings of the form, its groups apart, and long
// stretches into even pieces.
func partsOf(f *forms.Form, answers []forms.Answer) []part {
	headings := headingsOf(f)
	var all []part
	for _, fl := range asked(f, answers) {
		root, _, _ := strings.Cut(fl.Key, ".")
		p := part{heading: headings[root]}
		if _, thing := fl.Thing(); thing || fl.Continues() {
			p.group = root
		}
		if last := len(all) - 1; last < 0 || all[last].group != p.group || all[last].heading != p.heading {
			all = append(all, p)
		}
		all[len(all)-1].fields = append(all[len(all)-1].fields, fl)
	}
	var pages []part
	for _, p := range all {
		for _, fields := range pieces(p) {
			pages = append(pages, part{heading: p.heading, group: p.group, fields: fields})
		}
	}
	for i, p := range pages {
		if g, ok := f.Field(p.group); ok && p.group != "" {
			pages[i].heading = g.Label
		}
	}
	return pages
}

// asked are the open questions that can be asked by now. What is offered for some depends on the answer to one before, as
// the kinds of business do on their group: they come when that one is answered. In a chat it always is.
func asked(f *forms.Form, answers []forms.Answer) []forms.Field {
	var all []forms.Field
	waits := map[string]bool{} // questions before that need an answer
	for _, fl := range f.Open(answers) {
		if _, ok := forms.Find(answers, fl.Key); !ok && !fl.Optional {
			waits[fl.Key] = true
		}
		if !hangs(f, fl, waits) {
			all = append(all, fl)
		}
	}
	return all
}

// hangs reports whether there is nothing to choose from before a question that waits is answered.
func hangs(f *forms.Form, fl forms.Field, waits map[string]bool) bool {
	if fl.Kind != forms.ChoiceField && fl.Kind != forms.ChoicesField || len(fl.Choices) > 1 {
		return false
	}
	whole, _ := f.Field(fl.Key)
	beside := ""
	if thing := thingName(fl.Key); thing != "" {
		beside = thing + "."
	}
	return slices.ContainsFunc(whole.Choices, func(c forms.Choice) bool {
		return slices.ContainsFunc(strings.FieldsFunc(c.When, betweenNames), func(name string) bool { return waits[beside+name] || waits[name] })
	})
}

// betweenNames reports whether a letter of a condition is of no field's name.
func betweenNames(r rune) bool {
	return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
}

// headingsOf are the headings under which the questions of a form stand, by key.
func headingsOf(f *forms.Form) map[string]forms.Text {
	headings, now := map[string]forms.Text{}, f.Title
	for _, fl := range f.Fields {
		if fl.Section != (forms.Text{}) {
			now = fl.Section
		}
		headings[fl.Key] = now
	}
	return headings
}

// pieces cuts a part that is too long for one page. A thing of a group stays whole.
func pieces(p part) [][]forms.Field {
	if p.group == "" {
		n := (len(p.fields) + partMost - 1) / partMost
		return slices.Collect(slices.Chunk(p.fields, (len(p.fields)+n-1)/n))
	}
	var cut [][]forms.Field
	for _, thing := range thingsOf(p.fields) {
		if last := len(cut) - 1; last >= 0 && questions(cut[last])+questions(thing) <= partMost {
			cut[last] = append(cut[last], thing...)
		} else {
			cut = append(cut, thing)
		}
	}
	return cut
}

// questions counts those that are seen: whether there is another thing is asked by a button.
func questions(fields []forms.Field) (n int) {
	for _, fl := range fields {
		if !fl.Continues() {
			n++
		}
	}
	return n
}

// thingsOf divides the questions of a group by the things that they are about.
func thingsOf(fields []forms.Field) [][]forms.Field {
	var things [][]forms.Field
	now := ""
	for _, fl := range fields {
		name := thingName(fl.Key)
		if name != now || len(things) == 0 {
			things, now = append(things, nil), name
		}
		things[len(things)-1] = append(things[len(things)-1], fl)
	}
	return things
}

// thingName is what the keys of all questions about one thing begin with: "machines.2".
func thingName(key string) string {
	i := strings.LastIndexByte(key, '.')
	return key[:max(i, 0)]
}

// partOf is the page on which a question stands, counted from 0; below 0: on none.
func partOf(parts []part, key string) int {
	return slices.IndexFunc(parts, func(p part) bool {
		return slices.ContainsFunc(p.fields, func(fl forms.Field) bool { return fl.Key == key })
	})
}
