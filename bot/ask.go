package bot

import (
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
)

// ask puts the open question of the form, or shows the summary when all is answered.
func (t *turn) ask(f *forms.Form) {
	d := t.c.Draft
	fl, ok := f.Field(d.Field)
	if !ok {
		t.review(f)
		return
	}
	question := t.question(f, fl)
	answers := t.answerChoices(fl)
	choices := append(answers, t.wayChoices(f, fl)...)
	if fl.Kind == forms.ChoiceField && len(choices) > maxChoices {
		t.askByCard(f, fl, answers)
		return
	}
	t.text(question, choices...)
}

// question is the open question in words: where we are, what is asked, help, an example.
func (t *turn) question(f *forms.Form, fl forms.Field) string {
	lang := string(t.say)
	lines := []string{t.progress(f, fl), fl.Ask.In(lang)}
	if help := fl.Help.In(lang); help != "" {
		lines = append(lines, help)
	}
	if example := fl.Example.In(lang); example != "" && len(fl.Choices) < 2 {
		lines = append(lines, t.say.Say("ask.example", "example", example))
	}
	if a, ok := forms.Find(t.c.Draft.Answers, fl.Key); ok {
		lines = append(lines, t.say.Say("ask.before", "answer", t.shown(fl, a)))
	}
	if t.heldFits(fl) {
		lines = append(lines, t.say.Say("ask.held", "words", thai.Clip(oneLine(t.c.Held.Text), 120)))
	}
	return strings.Join(lines, "\n")
}

func (t *turn) progress(f *forms.Form, fl forms.Field) string {
	if t.c.Draft.Editing {
		return t.say.Say("ask.editing", "label", fl.Label.In(string(t.say)))
	}
	open := f.Open(t.c.Draft.Answers)
	n := slices.IndexFunc(open, func(o forms.Field) bool { return o.Key == fl.Key })
	progress := t.say.Say("ask.progress", "n", strconv.Itoa(n+1), "m", strconv.Itoa(len(open)))
	if fl.Optional {
		progress += t.say.Say("ask.optional")
	}
	return progress
}

// answerChoices are the taps that answer the question.
func (t *turn) answerChoices(fl forms.Field) []Choice {
	d := t.c.Draft
	lang := string(t.say)
	var choices []Choice
	switch fl.Kind {
	case forms.ChoiceField, forms.TextField, forms.NumberField:
		if t.heldFits(fl) {
			choices = append(choices, tap(t.say.Say("choice.held"), data(verbHeld, d.ID, fl.Key)))
		}
		for _, c := range fl.Choices {
			label := strings.TrimSpace(c.Icon + " " + c.Label.In(lang))
			choices = append(choices, tap(label, data(verbAnswer, d.ID, fl.Key, c.Value)))
		}
	case forms.DateField:
		choices = append(choices, t.dateChoice(fl))
	case forms.LocationField:
		choices = append(choices, Choice{Gesture: SharePlace, Label: t.say.Say("choice.place")})
	case forms.PhotoField, forms.DocumentField:
		choices = append(choices,
			Choice{Gesture: Camera, Label: t.say.Say("choice.camera")},
			Choice{Gesture: CameraRoll, Label: t.say.Say("choice.roll")})
	case forms.ThaiIDField, forms.PhoneField, forms.AddressField:
	}
	return choices
}

func (t *turn) dateChoice(fl forms.Field) Choice {
	c := Choice{Gesture: PickDate, Label: t.say.Say("choice.date"), Data: data(verbDate, t.c.Draft.ID, fl.Key), Min: "1900-01-01", Max: "2100-12-31"}
	c.Initial = day(t.m.At)
	if fl.Past {
		c.Max, c.Initial = day(t.m.At), "1990-01-01"
	}
	if fl.Future {
		c.Min = day(t.m.At)
	}
	if a, ok := forms.Find(t.c.Draft.Answers, fl.Key); ok && a.Raw() >= c.Min && a.Raw() <= c.Max {
		c.Initial = a.Raw()
	}
	return c
}

// wayChoices are the taps that lead elsewhere than to an answer.
func (t *turn) wayChoices(f *forms.Form, fl forms.Field) []Choice {
	d := t.c.Draft
	_, answered := forms.Find(d.Answers, fl.Key)
	var choices []Choice
	switch {
	case answered:
		choices = append(choices, tap(t.say.Say("choice.same"), data(verbSame, d.ID, fl.Key)))
		if fl.Optional {
			choices = append(choices, tap(t.say.Say("choice.remove"), data(verbSkip, d.ID, fl.Key)))
		}
	case fl.Optional:
		choices = append(choices, tap(t.say.Say("choice.skip"), data(verbSkip, d.ID, fl.Key)))
	}
	if open := f.Open(d.Answers); len(open) > 0 && open[0].Key != fl.Key && !d.Editing {
		choices = append(choices, tap(t.say.Say("choice.back"), data(verbBack, d.ID, fl.Key)))
	}
	return append(choices, t.humanChoice(), tap(t.say.Say("choice.cancel"), data(verbCancel, d.ID)))
}

// maxButtons is how many choices stand on one card before it becomes several.
const maxButtons = 14

// askByCard asks a question with more choices than quick replies can hold.
func (t *turn) askByCard(f *forms.Form, fl forms.Field, answers []Choice) {
	lang := string(t.say)
	for i := range answers {
		answers[i].Style = "secondary"
	}
	card := Card{Alt: t.question(f, fl), Tone: "plain", Label: t.progress(f, fl), Title: fl.Ask.In(lang), Body: fl.Help.In(lang)}
	if a, ok := forms.Find(t.c.Draft.Answers, fl.Key); ok {
		card.Note = t.say.Say("ask.before", "answer", t.shown(fl, a))
	}
	pages := slices.Collect(slices.Chunk(answers, pageSize(len(answers))))
	if len(pages) == 1 {
		card.Buttons = answers
		t.card(card, t.wayChoices(f, fl)...)
		return
	}
	carousel := Card{Alt: card.Alt}
	for _, page := range pages {
		c := card
		c.Buttons = page
		carousel.Cards = append(carousel.Cards, c)
	}
	t.card(carousel, t.wayChoices(f, fl)...)
}

// pageSize spreads n choices evenly over as few cards as hold them.
func pageSize(n int) int {
	pages := (n + maxButtons - 1) / maxButtons
	return (n + pages - 1) / pages
}

// review shows all answers before they are sent.
func (t *turn) review(f *forms.Form) {
	d := t.c.Draft
	lang := string(t.say)
	send := data(verbSend, d.ID, strconv.Itoa(d.Revision))
	card := Card{
		Alt: t.say.Say("review.alt", "title", f.Title.In(lang)), Tone: "plain",
		Label: t.say.Say("review.label"), Title: f.Title.In(lang), Body: t.say.Say("review.body"),
		Buttons: []Choice{button("primary", t.say.Say("choice.send"), send)},
	}
	for _, fl := range f.Open(d.Answers) {
		row := Row{Label: fl.Label.In(lang), Value: t.say.Say("review.empty"), Edit: data(verbEdit, d.ID, fl.Key), EditWord: t.say.Say("review.edit")}
		if a, ok := forms.Find(d.Answers, fl.Key); ok {
			row.Value = thai.Clip(oneLine(t.shown(fl, a)), maxRow)
		}
		card.Rows = append(card.Rows, row)
	}
	notes := []string{t.say.Say("review.note", "fee", t.fee(f), "clock", t.clock(f))}
	if declares := f.Declares.In(lang); declares != "" {
		notes = append(notes, declares)
	}
	card.Note = strings.Join(notes, "\n")
	t.card(card,
		tap(t.say.Say("choice.send"), send),
		tap(t.say.Say("choice.back"), data(verbBack, d.ID, "")),
		t.humanChoice(),
		tap(t.say.Say("choice.cancel"), data(verbCancel, d.ID)))
}

// maxRow is how many letters of an answer the summary shows.
const maxRow = 120

// shown is an answer in the citizen's language.
func (t *turn) shown(fl forms.Field, a forms.Answer) string {
	if fl.Kind == forms.ChoiceField {
		if c, ok := fl.Choice(a.Picked()); ok {
			return c.Label.In(string(t.say))
		}
	}
	if fl.Files() {
		n := strconv.Itoa(len(a.Attachments))
		if fl.Kind == forms.PhotoField {
			return t.say.Say("count.photos", "n", n)
		}
		return t.say.Say("count.files", "n", n)
	}
	return a.Text
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
