package forms

import (
	"strings"
	"unicode/utf8"
)

// Holder returns the name a permit is made out to, "" if the answers give none. Thai writes
// title and name without a blank (LOC-13).
func (f *Form) Holder(answers []Answer) string {
	asked := f.Asked(answers)
	for _, entry := range f.Outcome.Holder {
		name := ""
		for key := range strings.SplitSeq(entry, "+") {
			a, ok := Find(asked, key)
			if !ok {
				name = ""
				break
			}
			if last, _ := utf8.DecodeLastRuneInString(name); name != "" && last < utf8.RuneSelf && last != '.' {
				name += " " // Latin letters want one
			}
			name += a.Text
		}
		if name != "" {
			return name
		}
	}
	return ""
}

// Line is one printed line: an answer under the name it has on paper.
type Line struct {
	Field string
	Kind  FieldKind
	Label Text
	Text  string
}

// Printed returns the lines of the permit that the answers give, in the order of the form. A
// national number stands there whole; who shows the lines to others masks it.
func (f *Form) Printed(answers []Answer) []Line {
	asked := f.Asked(answers)
	var lines []Line
	for _, it := range f.Outcome.Shows {
		if a, ok := Find(asked, it.Field); ok {
			lines = append(lines, Line{Field: it.Field, Kind: a.Kind, Label: it.Label, Text: a.Text})
		}
	}
	return lines
}
