package bot

import (
	"slices"
	"strings"

	"saphan/forms"
)

// asked are the questions of a form as they stand for the answers so far. They are looked up once for each
// change of an answer: going through a long form is what costs most in a step.
type asked struct {
	draft             string
	version, revision int
	fields            []forms.Field
}

// open returns the questions of the open form, in order, with the choices that they offer.
func (t *turn) open(f *forms.Form) []forms.Field {
	d := t.c.Draft
	if a := t.asked; a.fields == nil || a.draft != d.ID || a.version != f.Version || a.revision != d.Revision {
		t.asked = asked{draft: d.ID, version: f.Version, revision: d.Revision, fields: f.Open(d.Answers)}
	}
	return t.asked.fields
}

// field returns an open question.
func (t *turn) field(f *forms.Form, key string) (forms.Field, bool) {
	if key == "" {
		return forms.Field{}, false
	}
	open := t.open(f)
	i := slices.IndexFunc(open, func(o forms.Field) bool { return o.Key == key })
	if i < 0 {
		return forms.Field{}, false
	}
	return open[i], true
}

// answered returns the answer to an open question. stands is false when it chose what is offered no more:
// the question is asked again, and the answer is kept for the case that it is offered again.
func (t *turn) answered(fl forms.Field) (a forms.Answer, ok, stands bool) {
	a, ok = forms.Find(t.c.Draft.Answers, fl.Key)
	if !ok {
		return a, false, false
	}
	return a, true, fl.Stands(a)
}

// waits reports whether an open question still wants an answer.
func (t *turn) waits(fl forms.Field) bool {
	if slices.Contains(t.c.Draft.Skipped, fl.Key) && fl.Optional {
		return false
	}
	_, _, stands := t.answered(fl)
	return !stands
}

// root is the field, or the group, that stands in the form for a question.
func root(key string) string {
	group, _, _ := strings.Cut(key, ".")
	return group
}

// step counts where a question is in the form. A group counts as one step, so that the number of steps does
// not grow with the number of its things.
func (t *turn) step(f *forms.Form, fl forms.Field) (n, m int) {
	last := ""
	for _, o := range t.open(f) {
		if r := root(o.Key); r != last {
			m, last = m+1, r
		}
		if o.Key == fl.Key {
			n = m
		}
	}
	return n, m
}

// section is the heading of the part of the form that a question stands in.
func section(f *forms.Form, key string) forms.Text {
	var heading forms.Text
	for _, fl := range f.Fields {
		if fl.Section != (forms.Text{}) {
			heading = fl.Section
		}
		if fl.Key == root(key) {
			break
		}
	}
	return heading
}

// progress says where in the form a question is: the part, the step and the thing.
func (t *turn) progress(f *forms.Form, fl forms.Field) string {
	lang := string(t.say)
	if t.c.Draft.Editing {
		return t.say.Say("ask.editing", "label", fl.Label.In(lang))
	}
	n, m := t.step(f, fl)
	progress := t.say.Say("ask.progress", "n", number(int64(n)), "m", number(int64(m)))
	if part := section(f, fl.Key).In(lang); part != "" {
		progress = t.say.Say("ask.part", "part", part, "progress", progress)
	}
	if thing, ok := fl.Thing(); ok && thing.In(lang) != "" {
		progress = t.say.Say("ask.thing", "progress", progress, "thing", thing.In(lang))
	}
	if fl.Optional {
		progress += t.say.Say("ask.optional")
	}
	return progress
}
