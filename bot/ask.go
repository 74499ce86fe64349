package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// ask puts the open question of the form, or shows the summary when all is answered.
func (t *turn) ask(f *forms.Form) {
	d := t.c.Draft
	d.Left = nil
	fl, ok := t.field(f, d.Field)
	if !ok && d.Field != "" { // another answer has made it void
		t.advance(f)
		fl, ok = t.field(f, d.Field)
	}
	if !ok {
		t.review(f, 0)
		return
	}
	answers, ways := t.answerChoices(fl), t.wayChoices(f, fl)
	switch {
	case fl.Kind == forms.ChoicesField:
		t.askSeveral(f, fl, 0)
	case fl.Kind == forms.ChoiceField && t.pictured(fl):
		t.askByPictures(f, fl, 0)
	case len(fl.Choices) > 0 && (len(answers)+len(ways) > maxChoices || wordy(answers)):
		t.askByCard(f, fl, 0)
	default:
		t.text(t.question(f, fl), append(answers, ways...)...)
	}
}

// wordy reports whether a choice is too long for a quick reply: on a card there is room for it.
func wordy(choices []Choice) bool {
	return slices.ContainsFunc(choices, func(c Choice) bool { return thai.Clusters(c.Label) > maxLabel })
}

// question is the open question in words: where we are, what is asked, help, an example.
func (t *turn) question(f *forms.Form, fl forms.Field) string {
	lines := append([]string{t.progress(f, fl)}, t.groupHead(f, fl)...)
	lines = append(lines, fl.Ask.In(string(t.say)))
	return strings.Join(append(lines, t.underQuestion(fl)...), "\n")
}

// groupHead announces that things are asked for one after the other, at the first question of a group.
func (t *turn) groupHead(f *forms.Form, fl forms.Field) []string {
	g, ok := f.Field(root(fl.Key))
	if !ok || g.Kind != forms.GroupField || t.c.Draft.Editing {
		return nil
	}
	for _, o := range t.open(f) {
		if root(o.Key) == g.Key {
			if o.Key != fl.Key {
				return nil
			}
			break
		}
	}
	lang := string(t.say)
	lines := []string{t.say.Say("ask.group", "label", g.Label.In(lang))}
	if help := g.Help.In(lang); help != "" {
		lines = append(lines, help)
	}
	return lines
}

// underQuestion is what stands under a question: help, an example, and what is known already.
func (t *turn) underQuestion(fl forms.Field) []string {
	lang := string(t.say)
	var lines []string
	if help := fl.Help.In(lang); help != "" {
		lines = append(lines, help)
	}
	if fl.Kind == forms.LocationField {
		lines = append(lines, t.say.Say("ask.place"))
	}
	if fl.Kind == forms.DocumentField && fl.Issuer == forms.State && fl.Help == (forms.Text{}) {
		lines = append(lines, t.say.Say("ask.state"))
	}
	if len(fl.Choices) <= helpedChoices {
		for _, c := range fl.Choices {
			if help := c.Help.In(lang); help != "" {
				lines = append(lines, t.say.Say("ask.choice", "label", c.Label.In(lang), "help", help))
			}
		}
	}
	if example := fl.Example.In(lang); example != "" && len(fl.Choices) < 2 {
		lines = append(lines, t.say.Say("ask.example", "example", example))
	}
	if a, ok, stands := t.answered(fl); ok {
		if stands {
			lines = append(lines, t.say.Say("ask.before", "answer", t.shown(fl, a)))
			if fl.Files() && t.c.Draft.Fresh {
				lines = append(lines, t.say.Say("ask.instead"))
			}
		} else {
			lines = append(lines, t.say.Say("ask.void", "answer", thai.Clip(a.Text, maxRow)))
		}
	}
	lines = append(lines, t.knownLines(fl)...)
	if t.heldFits(fl) {
		lines = append(lines, t.say.Say("ask.held", "words", thai.Clip(oneLine(t.c.Held.Text), 120)))
	}
	return lines
}

// helpedChoices is how many choices are explained one by one under a question.
const helpedChoices = 6

// answerChoices are the taps that answer the question.
func (t *turn) answerChoices(fl forms.Field) []Choice {
	d := t.c.Draft
	choices := t.knownChoices(fl)
	switch fl.Kind {
	case forms.ChoiceField, forms.TextField, forms.NumberField:
		if t.heldFits(fl) {
			choices = append(choices, tap(t.say.Say("choice.held"), data(verbHeld, d.ID, fl.Key)))
		}
		for _, c := range fl.Choices {
			choices = append(choices, tap(t.nameOf(c), data(verbAnswer, d.ID, fl.Key, c.Value)))
		}
		return append(choices, t.mendChoice(fl)...)
	case forms.DateField:
		choices = append(choices, t.dateChoice(fl))
		if fl.Partial {
			choices = append(choices, t.writeChoice(t.say.Say("choice.only_year"), fl, ""))
		}
	case forms.TimeField:
		choices = append(choices, t.timeChoice(fl))
	case forms.EmailField:
		choices = append(choices, t.writeChoice(t.say.Say("choice.type_email"), fl, ""))
	case forms.LocationField:
		choices = append(choices, Choice{Gesture: SharePlace, Label: t.say.Say("choice.place")})
	case forms.PhotoField, forms.DocumentField:
		choices = append(choices,
			Choice{Gesture: Camera, Label: t.say.Say("choice.camera")},
			Choice{Gesture: CameraRoll, Label: t.say.Say("choice.roll")})
	case forms.AddressField:
		choices = append(choices, t.mendChoice(fl)...)
	case forms.ThaiIDField, forms.PhoneField, forms.ChoicesField, forms.GroupField, forms.ComputedField:
	}
	return choices
}

// nameOf is a choice as it stands on a button.
func (t *turn) nameOf(c forms.Choice) string {
	return strings.TrimSpace(c.Icon + " " + c.Label.In(string(t.say)))
}

// writeChoice opens the keyboard, with words that need only be changed.
func (t *turn) writeChoice(label string, fl forms.Field, fill string) Choice {
	return Choice{Gesture: Write, Label: label, Data: data(verbWrite, t.c.Draft.ID, fl.Key), Fill: fill}
}

// maxFill is how many clusters can be typed in beforehand (line.md 2.11).
const maxFill = 300

// mendChoice offers the earlier answer to be changed in place, where it is long enough to be worth it.
func (t *turn) mendChoice(fl forms.Field) []Choice {
	a, ok, stands := t.answered(fl)
	if n := thai.Clusters(a.Text); !ok || !stands || fl.Kind == forms.NumberField || fl.Kind == forms.ChoiceField || n < heldWorth || n > maxFill {
		return nil
	}
	return []Choice{t.writeChoice(t.say.Say("choice.mend"), fl, a.Text)}
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
	if a, ok := forms.Find(t.c.Draft.Answers, fl.Key); ok && len(a.Raw()) == len(c.Min) && a.Raw() >= c.Min && a.Raw() <= c.Max {
		c.Initial = a.Raw()
	}
	return c
}

func (t *turn) timeChoice(fl forms.Field) Choice {
	c := Choice{Gesture: PickTime, Label: t.say.Say("choice.time"), Data: data(verbTime, t.c.Draft.ID, fl.Key), Initial: "08:00"}
	if a, ok := forms.Find(t.c.Draft.Answers, fl.Key); ok && len(a.Raw()) == len(c.Initial) {
		c.Initial = a.Raw()
	}
	return c
}

// clockOf is a picked time of day in Bangkok; "" when none was picked.
func clockOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(thai.Bangkok()).Format("15:04")
}

// wayChoices are the taps that lead elsewhere than to an answer.
func (t *turn) wayChoices(f *forms.Form, fl forms.Field) []Choice {
	d := t.c.Draft
	open := t.open(f)
	_, _, stands := t.answered(fl)
	var choices []Choice
	if t.undo {
		choices = append(choices, tap(t.say.Say("choice.undo"), data(verbUndo, d.ID, strconv.Itoa(d.Pasted.Revision))))
	}
	switch {
	case stands && fl.Kind != forms.ChoicesField:
		choices = append(choices, tap(t.say.Say("choice.same"), data(verbSame, d.ID, fl.Key)))
		if fl.Optional {
			choices = append(choices, tap(t.say.Say("choice.remove"), data(verbSkip, d.ID, fl.Key)))
		}
	case fl.Optional:
		choices = append(choices, tap(t.say.Say("choice.skip"), data(verbSkip, d.ID, fl.Key)))
	}
	first := len(open) > 0 && open[0].Key == fl.Key
	if !first && !d.Editing {
		choices = append(choices, tap(t.say.Say("choice.back"), data(verbBack, d.ID, fl.Key)))
	}
	if len(open) >= longForm {
		if first && t.w.Web {
			choices = append(choices, t.webChoice(*d))
		}
		if !first {
			choices = append(choices, tap(t.say.Say("choice.park"), data(verbPark, d.ID)))
		}
	}
	return append(choices, t.humanChoice(), tap(t.say.Say("choice.cancel"), data(verbCancel, d.ID)))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// write answers the tap that opens the keyboard: what to type, and the ways on that the tap took away.
func (t *turn) write(f *forms.Form, fl forms.Field) {
	t.c.Mode = Plain
	words := t.say.Say("write.any")
	switch {
	case fl.Kind == forms.DateField && fl.Partial:
		words = t.say.Say("write.partial")
	case fl.Kind == forms.EmailField:
		words = t.say.Say("write.email", "example", fl.Example.In(string(t.say)))
	}
	choices := slices.DeleteFunc(t.answerChoices(fl), func(c Choice) bool { return c.Gesture == Write })
	t.text(words, append(choices, t.wayChoices(f, fl)...)...)
}
