package bot

import (
	"slices"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// saidAsAnswer takes words as the answer to the open question.
func (t *turn) saidAsAnswer(f *forms.Form, c command) {
	fl, asking := t.field(f, t.c.Draft.Field)
	if !asking {
		t.saidAtSummary(f, c)
		return
	}
	switch {
	case c == skipCommand && (fl.Optional || t.cannotMean(fl)):
		t.skip(f, fl)
	case fl.Continues() && t.saidWhetherMore(f, fl, c):
	case t.saidAsTap(f, fl, c):
	case (c == doneCommand || c == goCommand) && (fl.Files() || fl.Kind == forms.ChoicesField):
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
	case t.paste(f, fl):
	case fl.Files():
		t.refuse(f, fl, forms.Input{Text: t.m.Text})
	case fl.Kind == forms.ChoicesField:
		t.typedSeveral(f, fl)
	default:
		t.answer(f, fl, forms.Input{Text: t.unlabelled(fl)}, t.m.ID)
	}
}

// cannotMean reports whether the words are no answer to a question that takes one of its own kind: "ไม่มี" to that for a
// telephone number. They may be one where people answer freely or choose.
func (t *turn) cannotMean(fl forms.Field) bool {
	if slices.Contains([]forms.FieldKind{forms.TextField, forms.ChoiceField, forms.ChoicesField}, fl.Kind) {
		return false
	}
	_, err := fl.Check(forms.Input{Text: t.m.Text, Now: t.m.At})
	return err != nil
}

// saidWhetherMore takes a word such as "ใช่" or "ไม่มี" where the question is whether there is another thing.
func (t *turn) saidWhetherMore(f *forms.Form, fl forms.Field, c command) bool {
	value, ok := otherThings(c)
	if ok {
		t.answer(f, fl, forms.Input{Choice: value}, t.m.ID)
	}
	return ok
}

// saidAsTap takes the words that stand on a button for a tap on it: who writes on a computer sees the words
// under a question, and no quick replies.
func (t *turn) saidAsTap(f *forms.Form, fl forms.Field, c command) bool {
	_, _, stands := t.answered(fl)
	_, known := t.knownAnswer(fl)
	_, owned := t.owned(fl)
	switch {
	case c == sameCommand && stands:
		t.tappedAnswer(f, fl, verbSame, "")
	case c == knownCommand && known && !stands:
		t.useKnown(f, fl)
	case c == knownCommand && owned && !stands:
		t.useOwned(f, fl)
	case c == retakeCommand && stands && fl.Files():
		t.retake(f, fl.Key)
	case c == sendCommand && fl.Kind == forms.ChoiceField && t.c.Draft.Search != "": // "yes" to the only one that was found
		choices := found(fl, t.c.Draft.Search)
		if len(choices) != 1 {
			return false
		}
		t.answer(f, fl, forms.Input{Choice: choices[0].Value}, t.m.ID)
	default:
		return false
	}
	return true
}

// saidAtSummary takes words when all questions are answered.
func (t *turn) saidAtSummary(f *forms.Form, c command) {
	switch c {
	case sendCommand: // not doneCommand: the word that ended the photos may come twice
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
	if read(fl, in) {
		t.text(t.say.Say("answer.understood", "label", fl.Label.In(string(t.say)), "answer", t.shown(fl, a)))
	}
	if fl.Urgent != "" && a.Picked() == fl.Urgent {
		t.text(t.urgent(f, t.c.Draft.Answers))
	}
	t.advance(f)
	t.ask(f)
}

// read reports whether an answer is said back: it was read out of words in which it could have been another, or picked
// on a wheel, which leaves nothing in the chat to see.
func read(fl forms.Field, in forms.Input) bool {
	switch fl.Kind { //nolint:exhaustive // the others are what was typed
	case forms.DateField, forms.TimeField:
		return true
	case forms.ChoicesField:
		return in.Text != "" || len(in.Picked) > 0
	}
	return false
}

// urgent says what to do now about what such answers tell.
func (t *turn) urgent(f *forms.Form, answers []forms.Answer) string {
	return t.say.danger(f.Advice(answers).In(string(t.say)), t.w.Phone)
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
	choosing := fl.Kind == forms.ChoiceField || fl.Kind == forms.ChoicesField
	if choosing && t.m.Kind == Text && t.proposeFound(f, fl, t.m.Text, 0) {
		return
	}
	t.text(fault.In(err, string(t.say)))
	switch {
	case fl.Kind == forms.ChoicesField:
		t.askSeveral(f, fl, 0)
	case choosing && !t.pictured(fl):
		t.askByCard(f, fl, 0)
	default:
		t.ask(f)
	}
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
	case verbMine:
		t.mineTapped(MinePage(arg(0)))
	case verbNotThese:
		t.notThese()
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
	case verbAck:
		t.acknowledge(arg(0), arg(1))
	case verbAgain:
		t.refile(arg(0))
	case verbAppeal:
		t.appeal(arg(0))
	case verbLeave:
		t.withdraw(arg(0))
	case verbLeft:
		t.withdrawn(arg(0))
	case verbStay:
		t.stay(arg(0))
	case verbSign, verbDisown:
		t.filled(arg(0), verb == verbSign)
	case verbFixed, verbNotFixed:
		t.verdict(arg(0), arg(1), verb == verbFixed)
	default:
		t.tappedInForm(verb, arg(0), arg(1), arg(2))
	}
}

func (t *turn) tapLang(lang string) {
	switch {
	case words.Known(lang):
		t.speak(lang)
	case lang == "":
		t.text(t.say.Say("lang.choose"), append(t.otherLanguages(), t.menuChoice())...)
	default:
		t.old()
	}
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
	if t.tappedAbout(f, verb, field, value) {
		return
	}
	fl, ok := t.field(f, field)
	switch {
	case verb == verbBack && field == t.c.Draft.Field:
		t.back(f)
	case verb == verbRetake:
		t.retake(f, field)
	case !ok || field != t.c.Draft.Field:
		t.answeredBefore(f, field)
	default:
		t.tappedAnswer(f, fl, verb, value)
	}
}

// tappedAbout handles a tap that is about the form as a whole; false when it is not.
func (t *turn) tappedAbout(f *forms.Form, verb, field, value string) bool {
	switch verb {
	case verbPark:
		t.park(f)
	case verbWeb:
		t.web(f)
	case verbUndo:
		t.unpaste(f, field)
	case verbUse:
		t.useAll(f)
	case verbEach:
		t.c.Mode = Plain
		t.touch()
		t.ask(f)
	case verbRead:
		t.readOn(f, field)
	case verbMore:
		t.moreThings(f, field, value)
	case verbLess:
		t.lessThings(f, field, value)
	case verbGone:
		t.removeThing(f, field, value)
	default:
		return false
	}
	return true
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
	case verbTime:
		t.answer(f, fl, forms.Input{Clock: clockOf(t.m.PickedAt)}, t.m.ID)
	case verbPick, verbUnpick:
		t.pick(f, fl, value, verb == verbPick)
	case verbPage, verbFound:
		t.turnPage(f, fl, verb, value)
	case verbWrite:
		t.write(f, fl)
	case verbKnown:
		t.useKnown(f, fl)
	case verbOld:
		t.useOwned(f, fl)
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

// answeredBefore responds to a tap on a question that is not the open one: nothing changes.
func (t *turn) answeredBefore(f *forms.Form, field string) {
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
