package bot

import (
	"slices"
	"strconv"

	"saphan/forms"
)

// appeal begins an appeal against the decision of a case, which is a form of its own with the case filled in (EGA-5.1).
func (t *turn) appeal(ticket string) {
	id, err := strconv.ParseInt(ticket, 10, 64)
	c, found := t.caseOf(id)
	switch {
	case err != nil || !found:
		t.old()
		return
	case c.Appeal == nil:
		t.text(t.say.Say("appeal.gone", "number", c.Number))
		t.here()
		return
	}
	ofCase := func(d *Draft) bool {
		a, ok := forms.Find(d.Answers, c.Appeal.Answers[0].Field)
		return ok && d.Form == c.Appeal.Form && a.Text == c.Appeal.Answers[0].Text
	}
	if d := t.c.Draft; d != nil && ofCase(d) {
		t.resume() // tapped twice
		return
	}
	if i := slices.IndexFunc(t.c.Kept, func(d Draft) bool { return ofCase(&d) }); i >= 0 {
		t.takeUp(t.c.Kept[i].ID)
		return
	}
	f, ok := t.w.Forms.Find(c.Appeal.Form)
	if !ok {
		t.text(t.say.Say("service.gone"))
		t.services()
		return
	}
	if t.c.Draft != nil {
		t.c.putAside()
	}
	t.c.Mode = Plain
	t.c.Draft = &Draft{ID: t.id(), Form: f.Key, Version: f.Version, Answers: slices.Clone(c.Appeal.Answers), StartedAt: t.m.At, TouchedAt: t.m.At}
	t.notice(f)
	t.text(t.say.Say("appeal.begun", "number", c.Number))
	t.advance(f)
	t.ask(f)
}

// AppealData is the button data that begins an appeal against the decision of a ticket.
func AppealData(ticket int64) string { return data(verbAppeal, number(ticket)) }
