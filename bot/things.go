package bot

import (
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
)

// thingKey takes the key of a question of a group apart: group, number of the thing, field.
func thingKey(key string) (group string, n int, field string, ok bool) {
	group, rest, dotted := strings.Cut(key, ".")
	digits, field, two := strings.Cut(rest, ".")
	n, err := strconv.Atoi(digits)
	return group, n, field, dotted && two && err == nil && n > 0
}

// things counts the things of a group that are asked for.
func (t *turn) things(f *forms.Form, group string) int {
	most := 0
	for _, fl := range t.open(f) {
		if g, n, _, ok := thingKey(fl.Key); ok && g == group {
			most = max(most, n)
		}
	}
	return most
}

// thingHead is the heading of a thing in the summary. It can be taken out unless the form wants it.
func (t *turn) thingHead(f *forms.Form, fl forms.Field, name string) Row {
	head := Row{Head: true, Label: name}
	group, n, _, _ := thingKey(fl.Key)
	if g, ok := f.Field(group); ok && t.things(f, group) > max(1, g.Least) {
		head.Edit, head.EditWord = data(verbLess, t.c.Draft.ID, group, strconv.Itoa(n)), t.say.Say("things.less")
	}
	return head
}

// moreButtons offer another thing for each group that takes one.
func (t *turn) moreButtons(f *forms.Form) []Choice {
	var buttons []Choice
	for _, g := range f.Fields {
		n := 0
		if g.Kind == forms.GroupField {
			n = t.things(f, g.Key)
		}
		if n == 0 || n >= g.Most || n < g.Least {
			continue
		}
		if more, ok := t.field(f, g.Key+"."+strconv.Itoa(n)+"."+moreField); ok {
			label := t.say.Say("choice.more_things", "thing", more.Label.In(string(t.say)))
			buttons = append(buttons, button("link", label, data(verbMore, t.c.Draft.ID, g.Key, strconv.Itoa(n))))
		}
	}
	return buttons
}

// moreField is the last part of the key of the question whether there is another thing (forms.Field.Continues).
const moreField = "more"

// moreThings begins another thing of a group.
func (t *turn) moreThings(f *forms.Form, group, n string) {
	fl, ok := t.field(f, group+"."+n+"."+moreField)
	if !ok || !fl.Continues() {
		t.old()
		return
	}
	t.answer(f, fl, forms.Input{Choice: forms.MoreYes}, t.m.ID)
}

// lessThings asks before a thing is taken out with all that was said about it.
func (t *turn) lessThings(f *forms.Form, group, number string) {
	n, thing, ok := t.removable(f, group, number)
	if !ok {
		t.old()
		return
	}
	d := t.c.Draft
	which := strconv.Itoa(n) + "." + strconv.Itoa(d.Revision)
	t.c.Mode, d.Remove = Removing, group+"|"+which
	t.text(t.say.Say("things.ask", "thing", thing),
		tap(t.say.Say("choice.remove_thing"), data(verbGone, d.ID, group, which)),
		tap(t.say.Say("choice.keep_thing"), data(verbGo, d.ID)), t.humanChoice())
}

// removable finds the thing of a group that is to be taken out.
func (t *turn) removable(f *forms.Form, group, number string) (n int, thing string, ok bool) {
	g, is := f.Field(group)
	n, err := strconv.Atoi(number)
	if !is || err != nil || g.Kind != forms.GroupField || len(g.Fields) == 0 {
		return 0, "", false
	}
	count := t.things(f, group)
	if n < 1 || n > count || count <= max(1, g.Least) {
		return 0, "", false
	}
	fl, is := f.Field(group + "." + number + "." + g.Fields[0].Key)
	name, _ := fl.Thing()
	return n, name.In(string(t.say)), is
}

// removeThing takes a thing out, as the citizen confirmed. Those behind it move up.
func (t *turn) removeThing(f *forms.Form, group, value string) {
	number, revision, _ := strings.Cut(value, ".")
	n, thing, ok := t.removable(f, group, number)
	d := t.c.Draft
	if !ok || revision != strconv.Itoa(d.Revision) {
		t.old()
		return
	}
	t.c.Mode = Plain
	t.touch()
	count := t.things(f, group)
	d.moveUp(f, group, n)
	if last, ok := f.Field(group + "." + strconv.Itoa(count-1) + "." + moreField); ok && last.Continues() {
		if a, err := last.Check(forms.Input{Choice: forms.MoreNo, Now: t.m.At}); err == nil {
			d.put(a, t.m.ID)
		}
	}
	t.changed()
	t.text(t.say.Say("things.gone", "thing", thing))
	t.advance(f)
	t.ask(f)
}

// moveUp takes out all that was said about the nth thing of a group, and counts those behind it one less.
func (d *Draft) moveUp(f *forms.Form, group string, n int) {
	moved := func(key string) (to string, stays bool) {
		g, k, field, ok := thingKey(key)
		switch {
		case !ok || g != group || k < n:
			return key, true
		case k == n:
			return "", false
		}
		return group + "." + strconv.Itoa(k-1) + "." + field, true
	}
	var answers []forms.Answer
	sources := map[string][]string{}
	for _, a := range d.Answers {
		to, stays := moved(a.Field)
		if !stays {
			continue
		}
		if from, ok := d.Sources[a.Field]; ok {
			sources[to] = from
		}
		if to != a.Field {
			a.Field = to
			if fl, ok := f.Field(to); ok {
				a.Label = fl.Label.TH
			}
		}
		answers = append(answers, a)
	}
	var skipped []string
	for _, key := range d.Skipped {
		if to, stays := moved(key); stays {
			skipped = append(skipped, to)
		}
	}
	d.Answers, d.Sources, d.Skipped, d.Pasted = answers, sources, skipped, nil
	d.Revision++
}

// otherThings takes the words that people use where they are asked whether there is another thing.
func otherThings(c command) (value string, ok bool) {
	more := []command{sendCommand, goCommand}
	none := []command{skipCommand, doneCommand, noneCommand, undoCommand}
	switch {
	case slices.Contains(more, c):
		return forms.MoreYes, true
	case slices.Contains(none, c):
		return forms.MoreNo, true
	}
	return "", false
}
