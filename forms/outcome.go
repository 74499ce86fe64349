package forms

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/types/ref"

	"saphan/internal/thai"
)

// Outcome returns what comes out of a request that is granted.
func (f *Form) Outcome(answers []Answer) Outcome {
	k := f.walk(answers, func(Field) {})
	for _, o := range f.Outcomes {
		if o.when.met(k) {
			return o
		}
	}
	return Outcome{}
}

// Clock returns the time for a duty; ok is false when the law of the service sets none.
func (f *Form) Clock(duty ClockKey, answers []Answer) (c Clock, ok bool) {
	k := f.walk(answers, func(Field) {})
	i := slices.IndexFunc(f.Clocks, func(c Clock) bool { return c.Key == duty && c.when.met(k) })
	if i < 0 {
		return Clock{}, false
	}
	return f.Clocks[i], true
}

// Usual returns the time to decide and the outcome of most requests: the last of each, which has no condition.
func (f *Form) Usual() (Clock, Outcome) {
	var c Clock
	for _, other := range f.Clocks {
		if other.Key == Decide {
			c = other
		}
	}
	return c, f.Outcomes[len(f.Outcomes)-1]
}

// QueueOf returns the key of the queue a request goes to unless the agency says otherwise.
func (f *Form) QueueOf(answers []Answer) string {
	if len(f.Queues) == 0 {
		return f.Queue
	}
	k := f.walk(answers, func(Field) {})
	for _, b := range f.Queues {
		if b.when.met(k) {
			return b.Queue
		}
	}
	return f.Queue
}

// OwnQueue is the key of the queue that the agency named for the service itself; ok is false when it named none.
func (f *Form) OwnQueue() (key string, ok bool) { return f.Queue, f.moved }

// Path returns the agency's steps for a request.
func (f *Form) Path(answers []Answer) []Step {
	k := f.walk(answers, func(Field) {})
	return slices.DeleteFunc(slices.Clone(f.Steps), func(s Step) bool { return !s.when.met(k) })
}

// ReasonsFor returns the reasons for which a request can be refused.
func (f *Form) ReasonsFor(answers []Answer) []Reason {
	k := f.walk(answers, func(Field) {})
	return slices.DeleteFunc(slices.Clone(f.Reasons), func(r Reason) bool { return !r.when.met(k) })
}

// answer is a computed value as it stands with the answers; ok is false when it is not known or not shown.
func (c Computed) answer(k *known) (a Answer, ok bool) {
	v, known := k.values[c.Key]
	if !known || c.Label == (Text{}) {
		return Answer{}, false
	}
	if val, is := v.(ref.Val); is {
		v = val.Value()
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return Answer{}, false
	}
	a = Answer{Field: c.Key, Kind: ComputedField, Label: c.Label.TH, Value: raw}
	switch v := v.(type) {
	case string:
		a.Text = c.words(v)
	case bool:
		a.Text = c.words(strconv.FormatBool(v))
	case float64:
		a.Text = c.amount(v, string(raw))
	case int64:
		a.Text = c.amount(float64(v), string(raw))
	}
	return a, a.Text != ""
}

// amount is a number with its unit, or the words for that number.
func (c Computed) amount(n float64, raw string) string {
	if words := c.words(raw); words != raw {
		return words
	}
	return strings.TrimSpace(thai.Number(n) + " " + c.Unit.TH)
}

// words are those of a value, or the value itself.
func (c Computed) words(value string) string {
	i := slices.IndexFunc(c.Says, func(s Choice) bool { return s.Value == value })
	if i < 0 {
		return value
	}
	return c.Says[i].Label.TH
}

// Holder returns the name a permit is made out to, "" if the answers give none. Thai writes
// title and name without a blank (LOC-13).
func (f *Form) Holder(answers []Answer) string {
	asked := f.Asked(answers)
	for _, entry := range f.Outcome(answers).Holder {
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
	Field   string
	Kind    FieldKind
	Label   Text
	Text    string
	Section Text // heading that it stands under; zero: none of its own
	Public  bool // anyone may see it in the register
}

// Printed returns the lines of the permit that the answers give, in the order of the form. A
// national number stands there whole; who shows the lines to others masks it.
func (f *Form) Printed(answers []Answer) []Line {
	asked := f.Asked(answers)
	var lines []Line
	var section Text
	for _, it := range f.Outcome(answers).Shows {
		if it.Section != (Text{}) {
			section = it.Section
		}
		if a, ok := f.entry(asked, it.Field); ok {
			lines = append(lines, Line{Field: a.Field, Kind: a.Kind, Label: it.Label, Text: a.Text, Section: section, Public: it.Public})
		}
	}
	return lines
}

// entry is what answers say under a name: the key of a field or of a computed value. A field of a group is
// said of each of its things, "this|that" is the first of several that is answered, and the last names it.
func (f *Form) entry(answers []Answer, name string) (said Answer, ok bool) {
	names := strings.Split(name, "|")
	said.Field = names[len(names)-1]
	g, grouped := f.groupOf(said.Field)
	if !grouped {
		for _, key := range names {
			if a, answered := Find(answers, key); answered && a.Text != "" {
				a.Field = said.Field
				return a, true
			}
		}
		return Answer{}, false
	}
	var texts []string
	for n := 1; n <= g.Most; n++ {
		for _, key := range names {
			a, answered := Find(answers, g.Key+"."+strconv.Itoa(n)+"."+key)
			if !answered {
				continue
			}
			said.Kind = a.Kind
			if !slices.Contains(texts, a.Text) {
				texts = append(texts, a.Text)
			}
			break
		}
	}
	said.Text = strings.Join(texts, ", ")
	return said, said.Text != ""
}

// groupOf returns the group that a field stands in.
func (f *Form) groupOf(key string) (Field, bool) {
	i := slices.IndexFunc(f.Fields, func(g Field) bool {
		return slices.ContainsFunc(g.Fields, func(sub Field) bool { return sub.Key == key })
	})
	if i < 0 {
		return Field{}, false
	}
	return f.Fields[i], true
}
