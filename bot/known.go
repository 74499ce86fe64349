package bot

import (
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
)

// offers are what is known of the citizen.
func (t *turn) offers() forms.Offers {
	return forms.Offers{Facts: t.w.Known, Documents: t.w.Vault}
}

// knownAnswer is what is known of the citizen as the answer to a question, if it is one (SEED-21).
func (t *turn) knownAnswer(fl forms.Field) (forms.Answer, bool) { return t.offers().Fact(fl, t.m.At) }

// owned is the document that the citizen gave before and that a question asks for.
func (t *turn) owned(fl forms.Field) (Owned, bool) { return t.offers().Document(fl, t.m.At) }

// offerKnown shows on one card all that the form asks for and that is known already.
func (t *turn) offerKnown(f *forms.Form) {
	d, lang := t.c.Draft, string(t.say)
	card := Card{Tone: "plain", Label: t.say.Say("known.label"), Title: t.say.Say("known.title"), Body: t.say.Say("known.body")}
	others := false
	for _, fl := range f.Fields {
		if a, ok := t.knownAnswer(fl); ok {
			card.Rows = append(card.Rows, Row{Label: fl.Label.In(lang), Value: thai.Clip(oneLine(a.Masked()), maxRow)})
		}
		if o, ok := t.owned(fl); ok && !o.Tap {
			card.Rows = append(card.Rows, Row{Label: fl.Label.In(lang), Value: thai.Clip(t.documentWords(o), maxRow)})
		} else if ok {
			others = true
		}
	}
	if len(card.Rows) == 0 {
		return
	}
	if others {
		card.Note = t.say.Say("known.others")
	}
	card.Alt = card.Title
	card.Buttons = []Choice{
		button("primary", t.say.Say("choice.use_all"), data(verbUse, d.ID)),
		button("secondary", t.say.Say("choice.one_by_one"), data(verbEach, d.ID)),
	}
	t.card(card)
}

func (t *turn) documentWords(o Owned) string {
	name := o.File.Name
	if name == "" {
		name = t.say.Say("file.photo")
	}
	return t.say.Say("known.document", "name", name, "date", t.say.date(o.GivenAt))
}

// knownLines say under a question what is known, and what a tap on it means.
func (t *turn) knownLines(fl forms.Field) []string {
	if _, _, stands := t.answered(fl); stands {
		return nil
	}
	if a, ok := t.knownAnswer(fl); ok {
		return []string{t.say.Say("known.line", "answer", thai.Clip(oneLine(a.Masked()), maxRow))}
	}
	o, ok := t.owned(fl)
	switch {
	case !ok:
		return nil
	case o.Tap:
		return []string{t.say.Say("known.line", "answer", t.documentWords(o)), t.say.Say("known.share", "agency", o.Agency)}
	}
	return []string{t.say.Say("known.line", "answer", t.documentWords(o))}
}

// knownChoices offer what is known as the answer to a question.
func (t *turn) knownChoices(fl forms.Field) []Choice {
	if _, _, stands := t.answered(fl); stands {
		return nil
	}
	d := t.c.Draft
	if _, ok := t.knownAnswer(fl); ok {
		return []Choice{tap(t.say.Say("choice.known"), data(verbKnown, d.ID, fl.Key))}
	}
	o, ok := t.owned(fl)
	switch {
	case !ok:
		return nil
	case o.Tap:
		return []Choice{tap(t.say.Say("choice.share"), data(verbOld, d.ID, fl.Key))}
	}
	return []Choice{tap(t.say.Say("choice.old_file"), data(verbOld, d.ID, fl.Key))}
}

// fill answers a question with what is known, if that needs no more of the citizen than to have said so once.
func (t *turn) fill(fl forms.Field) bool {
	d := t.c.Draft
	if _, ok, _ := t.answered(fl); ok {
		return false
	}
	if a, ok := t.knownAnswer(fl); ok {
		d.put(a)
	} else if o, ok := t.owned(fl); ok && !o.Tap {
		a, err := fl.Check(forms.Input{Files: []forms.File{o.File}, Now: t.m.At})
		if err != nil {
			return false
		}
		d.put(a)
	}
	_, ok, stands := t.answered(fl)
	return ok && stands
}

// useAll answers with what is known all that it answers, now and as further questions come.
func (t *turn) useAll(f *forms.Form) {
	d := t.c.Draft
	t.c.Mode = Plain
	t.touch()
	d.Use = true
	n := 0
	for again := true; again; { // an answer can open further questions
		again = false
		for _, fl := range t.open(f) {
			if t.waits(fl) && t.fill(fl) {
				n, again = n+1, true
			}
		}
	}
	t.advance(f)
	t.changed()
	if n > 0 {
		t.text(t.say.Say("known.used", "n", strconv.Itoa(n)))
	} else {
		t.text(t.say.Say("known.used_later"))
	}
	t.ask(f)
}

// useKnown answers the open question with what is known.
func (t *turn) useKnown(f *forms.Form, fl forms.Field) {
	a, ok := t.knownAnswer(fl)
	if !ok {
		t.old()
		return
	}
	t.taken(f, fl, a)
}

// useOwned answers the open question with the document given before. A tap lets this agency have what
// another received.
func (t *turn) useOwned(f *forms.Form, fl forms.Field) {
	o, ok := t.owned(fl)
	if !ok {
		t.old()
		return
	}
	a, err := fl.Check(forms.Input{Files: []forms.File{o.File}, Now: t.m.At})
	if err != nil {
		t.refused(f, fl, err)
		return
	}
	if o.Tap {
		t.do(Share{Document: o.ID})
	}
	t.taken(f, fl, a)
}

// taken puts an answer that was not typed in, and goes on.
func (t *turn) taken(f *forms.Form, fl forms.Field, a forms.Answer) {
	t.touch()
	t.c.Mode = Plain
	t.c.Draft.put(a)
	t.changed()
	t.text(t.say.Say("answer.understood", "label", fl.Label.In(string(t.say)), "answer", strings.TrimSpace(thai.Clip(oneLine(a.Masked()), maxRow))))
	t.advance(f)
	t.ask(f)
}
