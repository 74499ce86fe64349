package bot

import (
	"slices"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// saidAsAnswer takes words as the answer to the open question.
func (t *turn) saidAsAnswer(f *forms.Form, c command) {
	d := t.c.Draft
	fl, asking := f.Field(d.Field)
	if !asking {
		t.saidAtSummary(f, c)
		return
	}
	switch {
	case c == skipCommand && fl.Optional:
		t.skip(f, fl)
	case c == doneCommand && fl.Files():
		t.enough(f, fl)
	case c == editCommand:
		t.text(t.say.Say("edit.later"))
		t.ask(f)
	case greeting(t.m.Text):
		t.text(t.say.Say("greet.in_form"))
		t.ask(f)
	case thanks(t.m.Text) && fl.Kind != forms.TextField:
		t.text(t.say.Say("thanks"))
		t.ask(f)
	case fl.Files():
		t.refuse(f, fl, forms.Input{Text: t.m.Text})
	default:
		t.answer(f, fl, forms.Input{Text: t.m.Text}, t.m.ID)
	}
}

// saidAtSummary takes words when all questions are answered.
func (t *turn) saidAtSummary(f *forms.Form, c command) {
	switch c {
	case sendCommand, doneCommand:
		t.send()
		return
	case editCommand:
		t.text(t.say.Say("review.how_to_edit"))
	default:
		t.text(t.say.Say("review.not_sent"))
	}
	t.ask(f)
}

// answer checks an input and goes on to the next question, or says what is expected and
// asks again.
func (t *turn) answer(f *forms.Form, fl forms.Field, in forms.Input, messages ...string) {
	in.Now, in.Lang = t.m.At, string(t.say)
	a, err := fl.Check(in)
	if err != nil {
		t.refused(f, fl, err)
		return
	}
	t.touch()
	t.c.Mode = Plain
	t.c.Draft.put(a, messages...)
	t.changed()
	if fl.Kind == forms.DateField && in.Date == "" {
		t.text(t.say.Say("answer.understood", "label", fl.Label.In(string(t.say)), "answer", a.Text))
	}
	if fl.Urgent != "" && a.Picked() == fl.Urgent {
		t.text(t.urgent())
	}
	t.advance(f)
	t.ask(f)
}

func (t *turn) urgent() string {
	if t.w.Phone == "" {
		return t.say.Say("urgent")
	}
	return t.say.Say("urgent.phone", "phone", t.w.Phone)
}

// changed notes that officers do not have the newest answers of this form.
func (t *turn) changed() {
	t.c.Asked = slices.DeleteFunc(t.c.Asked, func(id string) bool { return id == t.c.Draft.ID })
}

// refuse says what is expected of an input that cannot be the answer, and asks again.
func (t *turn) refuse(f *forms.Form, fl forms.Field, in forms.Input) {
	t.c.Mode = Plain
	in.Now, in.Lang = t.m.At, string(t.say)
	if _, err := fl.Check(in); err != nil {
		t.refused(f, fl, err)
		return
	}
	t.ask(f)
}

// refused says what is expected and asks again. Choices now come on a card: whoever typed
// may not see quick replies, which LINE does not show on a computer.
func (t *turn) refused(f *forms.Form, fl forms.Field, err error) {
	t.text(fault.MessageOf(err))
	if fl.Kind == forms.ChoiceField {
		t.askByCard(f, fl, t.answerChoices(fl))
		return
	}
	t.ask(f)
}

// tapped handles the tap of a button, however old.
func (t *turn) tapped() {
	verb, args, ok := parseData(t.m.Data)
	if !ok {
		t.old()
		return
	}
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch verb {
	case verbMenu:
		t.menu()
	case verbTrack:
		t.track()
	case verbApply:
		t.apply()
	case verbPermits:
		t.permits()
	case verbUnlink:
		t.unlink()
	case verbHuman:
		t.human()
	case verbCall:
		t.call()
	case verbLang:
		t.tapLang(arg(0))
	case verbStart:
		t.start(forms.Key(arg(0)))
	case verbTalk:
		t.talk(arg(0))
	case verbAbout:
		t.about(arg(0))
	case verbSupply:
		t.supplyTapped(arg(0), arg(1))
	default:
		t.tappedInForm(verb, arg(0), arg(1), arg(2))
	}
}

func (t *turn) tapLang(lang string) {
	if lang != "th" && lang != "en" {
		t.old()
		return
	}
	t.speak(lang)
}

// tappedInForm handles a tap that is bound to a draft.
func (t *turn) tappedInForm(verb, id, field, value string) {
	if t.c.Draft == nil || t.c.Draft.ID != id {
		t.otherDraft(verb, id)
		return
	}
	f := t.formOf(*t.c.Draft)
	switch verb {
	case verbGo:
		t.resume()
		return
	case verbFresh:
		t.fresh(id)
		return
	case verbCancel:
		t.confirmCancel(f)
		return
	case verbDrop:
		if t.c.Mode != Cancelling {
			// An old "yes": ask again rather than throw away what was typed since.
			t.confirmCancel(f)
			return
		}
		t.drop(id)
		return
	case verbEdit:
		t.edit(f, field)
		return
	case verbSend:
		t.sendTapped(f, field)
		return
	}
	fl, ok := f.Field(field)
	switch {
	case verb == verbBack && field == t.c.Draft.Field:
		t.back(f)
	case !ok || field != t.c.Draft.Field:
		t.answered(f, field)
	default:
		t.tappedAnswer(f, fl, verb, value)
	}
}

// sendTapped files the request if the card that was tapped shows what would be sent.
func (t *turn) sendTapped(f *forms.Form, revision string) {
	d := t.c.Draft
	t.c.Mode = Plain
	switch {
	case d.Field != "" && !d.Editing:
		t.text(t.say.Say("send.missing"))
		t.ask(f)
	case revision != number(int64(d.Revision)):
		t.text(t.say.Say("send.changed"))
		t.advance(f)
		t.ask(f)
	default:
		t.send()
	}
}

// tappedAnswer handles a tap that answers the open question.
func (t *turn) tappedAnswer(f *forms.Form, fl forms.Field, verb, value string) {
	switch verb {
	case verbAnswer:
		t.answer(f, fl, forms.Input{Choice: value}, t.m.ID)
	case verbDate:
		t.answer(f, fl, forms.Input{Date: t.m.Picked}, t.m.ID)
	case verbSkip:
		t.c.Mode = Plain
		t.skip(f, fl)
	case verbDone:
		t.enough(f, fl)
	case verbSame:
		t.c.Mode = Plain
		t.touch()
		t.advance(f)
		t.ask(f)
	case verbHeld:
		if !t.heldFits(fl) {
			t.old()
			return
		}
		text, from := t.c.Held.Text, t.c.Held.From
		t.c.Held.Text = ""
		t.answer(f, fl, forms.Input{Text: text}, from...)
	default:
		t.old()
	}
}

// answered responds to a tap on a question that is not the open one: nothing changes.
func (t *turn) answered(f *forms.Form, field string) {
	if t.stale() {
		t.offerResume(f)
		return
	}
	t.c.Mode = Plain
	if fl, ok := f.Field(field); ok {
		if a, ok := forms.Find(t.c.Draft.Answers, field); ok {
			t.text(t.say.Say("tap.answered", "label", fl.Label.In(string(t.say)), "answer", thai.Clip(oneLine(t.shown(fl, a)), maxRow)))
			t.ask(f)
			return
		}
	}
	t.old()
}

// otherDraft responds to a tap on a card of a form that is not the open one.
func (t *turn) otherDraft(verb, id string) {
	if i := slices.IndexFunc(t.c.Kept, func(d Draft) bool { return d.ID == id }); i >= 0 {
		if verb == verbGo {
			t.takeUp(id)
			return
		}
		kept := t.c.Kept[i]
		title := t.formOf(kept).Title.In(string(t.say))
		t.text(t.say.Say("tap.aside", "title", title))
		t.addHere(t.goChoice(kept))
		return
	}
	if i := slices.IndexFunc(t.c.Ended, func(e Ending) bool { return e.Draft == id }); i >= 0 {
		if t.c.Ended[i].Sent {
			t.text(t.say.Say("tap.sent"))
		} else {
			t.text(t.say.Say("tap.dropped"))
		}
		t.here()
		return
	}
	t.old()
}

// old responds to a tap that means nothing any more.
func (t *turn) old() {
	t.text(t.say.Say("tap.old"))
	t.here()
}

// addHere says where things stand with one more choice in front.
func (t *turn) addHere(c Choice) {
	t.here()
	last := &t.replies[len(t.replies)-1]
	if !slices.ContainsFunc(last.Choices, func(o Choice) bool { return o.Data == c.Data }) {
		last.Choices = fit(append([]Choice{c}, last.Choices...))
	}
}
