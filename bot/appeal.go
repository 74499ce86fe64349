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
	case c.Over != nil:
		t.over(c)
		return
	case c.Appeal == nil:
		t.text(t.say.Say("appeal.gone", "number", c.Number))
		t.here()
		return
	}
	t.beginFilled(c.Appeal.Form, filled{
		same: func(d *Draft) bool {
			a, ok := forms.Find(d.Answers, c.Appeal.Answers[0].Field)
			return ok && d.Form == c.Appeal.Form && a.Text == c.Appeal.Answers[0].Text
		},
		draft: Draft{Answers: c.Appeal.Answers},
		begun: t.say.Say("appeal.begun", "number", c.Number),
	})
}

// filled is a form that a case begins, with answers in it.
type filled struct {
	same  func(*Draft) bool // which draft is this one, begun before
	draft Draft             // what is in it
	begun string            // what is said first
}

// beginFilled begins such a form, or goes on with it where it was begun before; what was being filled in waits.
func (t *turn) beginFilled(key forms.Key, as filled) {
	if d := t.c.Draft; d != nil && as.same(d) {
		t.resume() // tapped twice
		return
	}
	if i := slices.IndexFunc(t.c.Kept, func(d Draft) bool { return as.same(&d) }); i >= 0 {
		t.takeUp(t.c.Kept[i].ID)
		return
	}
	f, ok := t.w.Forms.Find(key)
	if !ok {
		t.text(t.say.Say("service.gone"))
		t.services()
		return
	}
	if t.c.Draft != nil {
		t.c.putAside()
	}
	t.c.Mode = Plain
	d := as.draft
	d.ID, d.Form, d.Version, d.Answers, d.StartedAt, d.TouchedAt = t.id(), f.Key, f.Version, slices.Clone(d.Answers), t.m.At, t.m.At
	t.c.Draft = &d
	t.notice(f)
	t.text(as.begun)
	t.advance(f)
	t.ask(f)
}

// AppealData is the button data that begins an appeal against the decision of a ticket.
func AppealData(ticket int64) string { return data(verbAppeal, number(ticket)) }
