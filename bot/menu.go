package bot

import (
	"slices"
	"strings"

	"saphan/forms"
	"saphan/internal/words"
)

// greet welcomes the citizen and shows what can be done here.
func (t *turn) greet() {
	t.text(t.say.Say("greet", "agency", t.w.Agency))
	if t.c.Draft != nil {
		t.offerResume(t.formOf(*t.c.Draft))
		return
	}
	t.services()
}

// menu shows the services without losing what is open.
func (t *turn) menu() {
	t.leave()
	t.services()
}

// leave gives up a question that was only about what to do.
func (t *turn) leave() {
	if t.c.Mode == Human || t.c.Mode == Sorting || t.c.Mode == Cancelling || t.c.Mode == Withdrawing {
		t.c.Mode = Plain
	}
}

// services shows a card for each service and, as choices, the ways to the rest.
func (t *turn) services(first ...Choice) { t.offer(t.w.Forms.List(), first...) }

// offer shows a card for each of the services.
func (t *turn) offer(list []*forms.Form, first ...Choice) {
	carousel := Card{Alt: t.say.Say("services.alt")}
	for _, f := range list {
		if len(carousel.Cards) < maxCards {
			carousel.Cards = append(carousel.Cards, t.serviceCard(f))
		}
	}
	choices := append(first, t.kept()...)
	for _, f := range list {
		if len(choices) < maxChoices-3 {
			choices = append(choices, t.startChoice(f))
		}
	}
	t.card(carousel, append(choices, t.trackChoice(), t.humanChoice(), t.langChoice())...)
}

// langChoice offers the other language, named in itself, or the choice of one where there are more.
func (t *turn) langChoice() Choice {
	if others := t.otherLanguages(); len(others) == 1 {
		return others[0]
	}
	return tap(t.say.Say("choice.languages"), data(verbLang, ""))
}

// otherLanguages offers every language but the one that is spoken.
func (t *turn) otherLanguages() []Choice {
	var choices []Choice
	for _, l := range words.Offered() {
		if l.Code != string(t.say) && len(choices) < maxChoices-1 {
			choices = append(choices, tap(l.Name, data(verbLang, l.Code)))
		}
	}
	return choices
}

// maxCards is how many bubbles a carousel holds (line.md 2.11).
const maxCards = 12

func (t *turn) serviceCard(f *forms.Form) Card {
	lang := string(t.say)
	return Card{
		Alt: f.Title.In(lang), Tone: "plain", Title: strings.TrimSpace(f.Icon + " " + f.Title.In(lang)), Body: f.Summary.In(lang),
		Rows: []Row{
			{Label: t.say.Say("service.fee"), Value: t.fee(f)},
			{Label: t.say.Say("service.time"), Value: t.clock(f)},
		},
		Buttons: []Choice{button("primary", t.say.Say("service.start"), data(verbStart, string(f.Key)))},
	}
}

func (t *turn) fee(f *forms.Form) string {
	switch {
	case f.Fee.Varies:
		return t.say.Say("fee.varies")
	case f.Fee.Free():
		return t.say.Say("fee.free")
	}
	var answers []forms.Answer
	if d := t.c.Draft; d != nil && d.Form == f.Key {
		answers = d.Answers
	}
	if bill, err := f.Bill(answers, forms.Dates{Filed: t.m.At}); err == nil {
		if len(bill.Lines) == 0 {
			return t.say.Say("fee.free")
		}
		return t.say.baht(bill.Satang)
	}
	return t.say.Say("fee.depends")
}

func (t *turn) clock(f *forms.Form) string {
	clock, _ := f.Usual()
	if d := t.c.Draft; d != nil && d.Form == f.Key {
		clock, _ = f.Clock(forms.Decide, d.Answers)
	}
	n := number(int64(clock.Days))
	if clock.Unit == forms.WorkingDays {
		return t.say.Say("clock.working", "n", n)
	}
	return t.say.Say("clock.calendar", "n", n)
}

// kept offers the forms that were put aside.
func (t *turn) kept() []Choice {
	var choices []Choice
	if d := t.c.Draft; d != nil {
		choices = append(choices, t.goChoice(*d))
	}
	for _, d := range slices.Backward(t.c.Kept) {
		if len(choices) < 3 {
			choices = append(choices, t.goChoice(d))
		}
	}
	return choices
}

func (t *turn) goChoice(d Draft) Choice {
	title := ""
	if f := t.formOf(d); f != nil {
		title = f.Short.In(string(t.say))
	}
	return tap(t.say.Say("choice.go_on_with", "title", title), data(verbGo, d.ID))
}

func (t *turn) startChoice(f *forms.Form) Choice {
	return tap(strings.TrimSpace(f.Icon+" "+f.Short.In(string(t.say))), data(verbStart, string(f.Key)))
}

func (t *turn) menuChoice() Choice  { return tap(t.say.Say("choice.menu"), data(verbMenu)) }
func (t *turn) trackChoice() Choice { return tap(t.say.Say("choice.track"), data(verbTrack)) }
func (t *turn) humanChoice() Choice { return tap(t.say.Say("choice.human"), data(verbHuman)) }

// speak changes the language.
func (t *turn) speak(lang string) {
	t.c.Lang, t.say = lang, Tongue(lang)
	t.text(t.say.Say("lang.changed", "language", words.Name(lang)))
	t.here()
}

// here says where things stand and what comes next.
func (t *turn) here() {
	switch {
	case t.c.Draft != nil && t.stale():
		t.offerResume(t.formOf(*t.c.Draft))
	case t.c.Draft != nil:
		t.c.Mode = Plain
		t.ask(t.formOf(*t.c.Draft))
	case t.c.Mode == Human:
		t.askHuman()
	case t.c.Mode == Sorting:
		t.sort()
	case t.talking():
		t.text(t.say.Say("talk.here"), t.talkChoices()...)
	default:
		t.text(t.say.Say("here.idle"), append(t.kept(), t.menuChoice(), t.trackChoice(), t.humanChoice())...)
	}
}
