package bot

import (
	"slices"
	"strings"

	"saphan/forms"
)

// start begins a service, or offers the form of it that was left open.
func (t *turn) start(key forms.Key) {
	f, ok := t.w.Forms.Find(key)
	if !ok {
		t.text(t.say.Say("service.gone"))
		t.services()
		return
	}
	if f.PersonalOnly() {
		t.text(t.say.Say("service.in_person", "text", f.InPerson.Text.In(string(t.say)), "law", f.InPerson.Law.In(string(t.say))),
			t.humanChoice(), t.menuChoice())
		return
	}
	if d, ok := t.c.keptOf(key); ok && (t.c.Draft == nil || t.c.Draft.Form != key) {
		t.c.takeUp(d.ID)
	}
	if d := t.c.Draft; d != nil && d.Form == key {
		f := t.formOf(*d)
		if len(d.Answers)+len(d.Skipped) == 0 {
			t.c.Mode = Plain
			t.touch()
			t.ask(f) // nothing to lose, and a second tap on "start" is no wish to choose
			return
		}
		t.offerResume(f)
		return
	}
	t.begin(f)
}

// begin opens a new draft: the privacy notice first, then the first question.
func (t *turn) begin(f *forms.Form) {
	aside := ""
	if t.c.Draft != nil {
		if old := t.formOf(*t.c.Draft); old != nil {
			aside = t.say.Say("draft.aside", "title", old.Title.In(string(t.say)))
		}
		t.c.putAside()
	}
	if aside != "" {
		t.text(aside)
	}
	t.c.Mode = Plain
	t.c.Draft = &Draft{ID: t.id(), Form: f.Key, Version: f.Version, StartedAt: t.m.At, TouchedAt: t.m.At}
	t.notice(f)
	t.offerKnown(f)
	if lines := t.useHeld(f); len(lines) > 0 {
		t.text(strings.Join(lines, "\n"))
	}
	t.advance(f)
	t.ask(f)
}

// notice tells what is done with the citizen's data, once for each version of the notice (PDP-1): what the service does
// with it, and what it means that it is said in a chat.
func (t *turn) notice(f *forms.Form) {
	shown := Shown{Form: f.Key, Version: f.Notice.Version}
	if slices.Contains(t.c.Noticed, shown) {
		return
	}
	t.c.Noticed = append(t.c.Noticed, shown)
	agency := t.w.Agency
	if agency == "" {
		agency = t.say.Say("agency.unnamed")
	}
	body := strings.ReplaceAll(f.Notice.Text.In(string(t.say)), "{agency}", agency) + "\n\n" + t.say.Say("notice.chat")
	t.card(Card{
		Alt: t.say.Say("notice.title"), Tone: "plain", Label: strings.TrimSpace(f.Icon + " " + f.Title.In(string(t.say))),
		Title: t.say.Say("notice.title"), Body: body,
	})
	t.do(Noticed{Form: f.Key, Version: f.Notice.Version})
}

// advance moves on to the first question without an answer; "" when there is none. What the citizen let be
// used of what is known answers on the way.
func (t *turn) advance(f *forms.Form) {
	d := t.c.Draft
	d.Editing = false
	d.turnTo("")
	for {
		open := t.open(f)
		i := slices.IndexFunc(open, t.waits)
		if i < 0 {
			return
		}
		if !d.Use || !t.fill(open[i]) {
			d.Field = open[i].Key
			return
		}
	}
}

// back returns to the question before; what was answered stays.
func (t *turn) back(f *forms.Form) {
	d := t.c.Draft
	t.c.Mode = Plain
	t.touch()
	if d.Editing {
		t.advance(f)
		t.ask(f)
		return
	}
	open := t.open(f)
	i := len(open)
	if d.Field != "" {
		i = slices.IndexFunc(open, func(fl forms.Field) bool { return fl.Key == d.Field })
	}
	if i <= 0 {
		t.text(t.say.Say("back.first"))
		t.ask(f)
		return
	}
	d.turnTo(open[i-1].Key)
	d.Fresh = open[i-1].Files()
	t.ask(f)
}

// edit opens one question again from the summary.
func (t *turn) edit(f *forms.Form, field string) {
	d := t.c.Draft
	fl, ok := t.field(f, field)
	if !ok {
		t.old()
		return
	}
	t.c.Mode = Plain
	t.touch()
	d.turnTo(field)
	d.Editing, d.Fresh = true, fl.Files()
	t.ask(f)
}

// skip leaves an optional question out, taking back what was answered there.
func (t *turn) skip(f *forms.Form, fl forms.Field) {
	d := t.c.Draft
	if !fl.Optional {
		t.text(t.say.Say("skip.required"))
		t.ask(f)
		return
	}
	t.touch()
	d.remove(fl.Key)
	if !slices.Contains(d.Skipped, fl.Key) {
		d.Skipped = append(d.Skipped, fl.Key)
	}
	t.advance(f)
	t.ask(f)
}

// confirmCancel asks before anything is given up.
func (t *turn) confirmCancel(f *forms.Form) {
	t.c.Mode = Cancelling
	id := t.c.Draft.ID
	t.text(t.say.Say("cancel.ask", "title", f.Title.In(string(t.say))),
		tap(t.say.Say("choice.drop"), data(verbDrop, id)),
		tap(t.say.Say("choice.go_on"), data(verbGo, id)),
		tap(t.say.Say("choice.park"), data(verbPark, id)),
		t.humanChoice())
}

// park puts the open form aside because the citizen wants to go on another time.
func (t *turn) park(f *forms.Form) {
	t.touch()
	t.c.Mode = Plain
	t.c.putAside()
	t.text(t.say.Say("park.done", "title", f.Title.In(string(t.say))), append(t.kept(), t.menuChoice(), t.trackChoice(), t.humanChoice())...)
}

// drop gives the form up, as the citizen confirmed.
func (t *turn) drop(id string) {
	title := ""
	if f := t.formOf(*t.c.Draft); f != nil && t.c.Draft.ID == id {
		title = f.Title.In(string(t.say))
	}
	t.c.end(false)
	t.c.Mode = Plain
	t.text(t.say.Say("cancel.done", "title", title), append(t.kept(), t.menuChoice(), t.trackChoice(), t.humanChoice())...)
}

// offerResume asks whether to go on with a form that was left, or to begin anew.
func (t *turn) offerResume(f *forms.Form) {
	d := t.c.Draft
	t.c.Mode = Resuming
	where := t.say.Say("resume.at_summary")
	if fl, ok := t.field(f, d.Field); ok {
		n, m := t.step(f, fl)
		where = t.say.Say("resume.at_question", "n", number(int64(n)), "m", number(int64(m)), "label", fl.Label.In(string(t.say)))
	}
	choices := []Choice{tap(t.say.Say("choice.go_on"), data(verbGo, d.ID))}
	if t.w.Web && len(t.open(f)) >= longForm {
		choices = append(choices, t.webChoice(*d))
	}
	t.text(t.say.Say("resume.ask", "title", f.Title.In(string(t.say)), "where", where), append(choices,
		tap(t.say.Say("choice.fresh"), data(verbFresh, d.ID)),
		t.menuChoice(), t.humanChoice(),
		tap(t.say.Say("choice.cancel"), data(verbCancel, d.ID)))...)
}

// resume goes on with the open form; words typed meanwhile count as the answer if they can.
func (t *turn) resume() {
	f := t.formOf(*t.c.Draft)
	resuming := t.c.Mode == Resuming
	t.c.Mode = Plain
	t.touch()
	fl, ok := t.field(f, t.c.Draft.Field)
	if resuming && ok && t.c.Held.Text != "" && typed(fl) {
		if a, err := fl.Check(forms.Input{Text: t.c.Held.Text, Now: t.m.At}); err == nil {
			t.text(t.say.Say("resume.used", "label", fl.Label.In(string(t.say)), "answer", t.shown(fl, a)))
			t.c.Draft.put(a, t.c.Held.From...)
			t.c.Held.Text = ""
			t.advance(f)
		}
	}
	t.ask(f)
}

// typed reports whether a question is answered in words.
func typed(fl forms.Field) bool {
	return !fl.Files() && fl.Kind != forms.LocationField
}

// takeUp opens a form that was put aside.
func (t *turn) takeUp(id string) {
	if !t.c.takeUp(id) {
		t.old()
		return
	}
	t.c.Mode = Plain
	t.touch()
	f := t.formOf(*t.c.Draft)
	t.text(t.say.Say("resume.taken_up", "title", f.Title.In(string(t.say))))
	t.ask(f)
}

// fresh gives the open form up for a new one of the same service.
func (t *turn) fresh(id string) {
	if t.c.Draft == nil || t.c.Draft.ID != id {
		t.old()
		return
	}
	key := t.c.Draft.Form
	t.c.end(false)
	f, ok := t.w.Forms.Find(key)
	if !ok {
		t.services()
		return
	}
	t.begin(f)
}

// send files the request. The receipt is sent by whoever gives it its number.
func (t *turn) send() {
	d := t.c.Draft
	f := t.formOf(*d)
	t.advance(f)
	if d.Field != "" {
		t.text(t.say.Say("send.missing"))
		t.ask(f)
		return
	}
	t.do(Submit{Draft: d.ID, Form: f.Key, Version: f.Version, Answers: f.Asked(d.Answers), Sources: d.Sources, Again: d.Again})
	t.c.end(true)
	t.c.Mode = Plain
	t.c.Held = Held{}
}
