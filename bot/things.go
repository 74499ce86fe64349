package bot

import (
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
)

// things counts the things of a group that are asked for.
func (t *turn) things(f *forms.Form, group string) int { return forms.Things(t.open(f), group) }

// thingHead is the heading of a thing in the summary. It can be taken out unless the form wants it.
func (t *turn) thingHead(f *forms.Form, fl forms.Field, name string) Row {
	head := Row{Head: true, Label: name}
	group, n, _, _ := forms.ThingKey(fl.Key)
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
	d.keep(f.TakeOut(d.sheet(), forms.Thing{Group: group, N: n}, t.m.At))
	t.changed()
	t.text(t.say.Say("things.gone", "thing", thing))
	t.advance(f)
	t.ask(f)
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
