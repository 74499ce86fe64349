package bot

import (
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
)

// How choices are spread over cards.
const (
	maxButtons  = 14 // on one card before it becomes several
	pageCards   = 3  // in a row before the rest comes on another page
	pagePieces  = 10 // choices with pictures in a row
	pageChoices = pageCards * maxButtons
	maxButton   = 2 * maxLabel // clusters of a button's label (line.md 2.11)
)

// pageOf spreads choices over pages; last reports whether there are no more behind this one.
func pageOf[T any](all []T, page, size int) (some []T, at int, last bool) {
	pages := (len(all) + size - 1) / size
	page = max(0, min(page, pages-1))
	from, to := page*size, min((page+1)*size, len(all))
	if from > to {
		return nil, 0, true
	}
	return all[from:to], page, to == len(all)
}

// pageSize spreads n choices evenly over as few cards as hold them.
func pageSize(n int) int {
	pages := max(1, (n+maxButtons-1)/maxButtons)
	return max(1, (n+pages-1)/pages)
}

// askByCard asks a question with more choices than quick replies can hold: on one card, on several in a
// row, or on pages of such. Quick replies are not shown on a computer; cards are.
func (t *turn) askByCard(f *forms.Form, fl forms.Field, page int) {
	answers := t.answerChoices(fl)
	answers = slices.DeleteFunc(answers, func(c Choice) bool { return c.Gesture != Tap })
	t.cardsOf(f, fl, answers, page, verbPage, t.questionCard(f, fl))
}

// questionCard is the open question on a card, without its choices.
func (t *turn) questionCard(f *forms.Form, fl forms.Field) Card {
	card := Card{
		Alt: t.question(f, fl), Tone: "plain", Label: t.progress(f, fl), Title: fl.Ask.In(string(t.say)),
		Body: strings.Join(append(t.groupHead(f, fl), nonEmpty(fl.Help.In(string(t.say)))...), "\n"),
	}
	if a, ok, stands := t.answered(fl); ok && stands {
		card.Note = t.say.Say("ask.before", "answer", thai.Clip(t.shown(fl, a), maxRow))
	} else if ok {
		card.Note = t.say.Say("ask.void", "answer", thai.Clip(a.Text, maxRow))
	}
	return card
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// cardsOf puts taps on cards. More than a few cards become pages, which verb turns.
func (t *turn) cardsOf(f *forms.Form, fl forms.Field, taps []Choice, page int, verb string, card Card, first ...Choice) {
	some, at, last := pageOf(taps, page, pageChoices)
	ways := append(first, t.wayChoices(f, fl)...)
	var next []Choice
	if !last {
		more := data(verb, t.c.Draft.ID, fl.Key, strconv.Itoa(at+1))
		label := t.say.Say("choice.next_page", "left", strconv.Itoa(len(taps)-(at+1)*pageChoices))
		next = []Choice{button("link", label, more)}
		ways = append([]Choice{tap(label, more)}, ways...)
	}
	if len(fl.Choices) > maxButtons {
		card.Body = strings.TrimSpace(card.Body + "\n" + t.say.Say("ask.search"))
	}
	var whole []string // what no button has room for
	for i := range some {
		if some[i].Style == "" {
			some[i].Style = "secondary"
		}
		if thai.Clusters(some[i].Label) > maxButton {
			whole = append(whole, "• "+some[i].Label)
			some[i].Label = thai.Clip(some[i].Label, maxButton)
		}
	}
	card.Body = strings.TrimSpace(card.Body + "\n" + strings.Join(whole, "\n"))
	pages := slices.Collect(slices.Chunk(some, pageSize(len(some))))
	if len(pages) <= 1 {
		card.Buttons = append(some, next...)
		t.card(card, ways...)
		return
	}
	carousel := Card{Alt: card.Alt}
	for i, one := range pages {
		c := card
		c.Buttons = one
		if i == len(pages)-1 {
			c.Buttons = append(one[:len(one):len(one)], next...)
		}
		carousel.Cards = append(carousel.Cards, c)
	}
	t.card(carousel, ways...)
}

// pictured reports whether choices can be shown as pictures: an image is fetched by LINE, over https only.
func (t *turn) pictured(fl forms.Field) bool {
	return strings.HasPrefix(t.w.BaseURL, "https://") && slices.ContainsFunc(fl.Choices, func(c forms.Choice) bool { return c.Picture != "" })
}

// drawingURL is the public address of a drawing that comes with the product.
func drawingURL(base, name string) string { return base + "/drawings/" + name + ".png" }

// askByPictures asks a question whose choices are easier seen than read: a card each, and one in front with
// the question.
func (t *turn) askByPictures(f *forms.Form, fl forms.Field, page int) {
	lang := string(t.say)
	some, at, last := pageOf(fl.Choices, page, pagePieces)
	front := t.questionCard(f, fl)
	carousel := Card{Alt: front.Alt, Cards: []Card{front}}
	for _, c := range some {
		one := Card{
			Alt: c.Label.In(lang), Tone: "plain", Title: t.nameOf(c), Body: c.Help.In(lang),
			Buttons: []Choice{button("primary", t.say.Say("choice.this"), data(verbAnswer, t.c.Draft.ID, fl.Key, c.Value))},
		}
		if c.Picture != "" {
			one.Picture = drawingURL(t.w.BaseURL, c.Picture)
		}
		carousel.Cards = append(carousel.Cards, one)
	}
	answers, ways := t.answerChoices(fl), t.wayChoices(f, fl)
	if len(answers)+len(ways) <= maxChoices { // on a telephone, nearer to the thumb
		ways = append(answers, ways...)
	} else {
		ways = append(t.knownChoices(fl), ways...)
	}
	if !last {
		more := data(verbPage, t.c.Draft.ID, fl.Key, strconv.Itoa(at+1))
		label := t.say.Say("choice.next_page", "left", strconv.Itoa(len(fl.Choices)-(at+1)*pagePieces))
		carousel.Cards = append(carousel.Cards, Card{Alt: label, Tone: "plain", Title: label, Body: t.say.Say("ask.search"), Buttons: []Choice{button("secondary", label, more)}})
		ways = append([]Choice{tap(label, more)}, ways...)
	}
	t.card(carousel, ways...)
}

// picks are the values chosen so far at an open question of several choices.
func (t *turn) picks(fl forms.Field) []string {
	d := t.c.Draft
	if d.Picks != nil {
		return d.Picks
	}
	a, ok := forms.Find(d.Answers, fl.Key)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(a.PickedAll(), func(v string) bool { _, offered := fl.Choice(v); return !offered })
}

// askSeveral asks a question that takes several choices: each tap adds or takes away, and the card that
// comes back shows what is chosen.
func (t *turn) askSeveral(f *forms.Form, fl forms.Field, page int) {
	d := t.c.Draft
	picked := t.picks(fl)
	var taps []Choice
	for _, c := range fl.Choices {
		if slices.Contains(picked, c.Value) {
			taps = append(taps, Choice{Gesture: Tap, Style: "primary", Label: "☑ " + t.nameOf(c), Data: data(verbUnpick, d.ID, fl.Key, c.Value)})
		} else {
			taps = append(taps, Choice{Gesture: Tap, Style: "secondary", Label: "☐ " + t.nameOf(c), Data: data(verbPick, d.ID, fl.Key, c.Value)})
		}
	}
	card := t.questionCard(f, fl)
	body := nonEmpty(card.Body)
	if fl.Most > 0 && fl.Most < len(fl.Choices) {
		body = append(body, t.say.Say("several.at_most", "n", strconv.Itoa(fl.Most)))
	} else {
		body = append(body, t.say.Say("several.any"))
	}
	card.Body = strings.Join(body, "\n")
	var ways []Choice
	if len(picked) > 0 {
		card.Note = t.say.Say("several.picked", "labels", thai.Clip(t.labelsOf(fl, picked), maxRow))
	}
	if len(picked) >= max(fl.Least, 1) {
		ways = append(ways, tap(t.say.Say("choice.done"), data(verbDone, d.ID, fl.Key)))
	}
	if len(fl.Choices) < maxButtons && len(ways) > 0 {
		taps = append(taps, button("primary", t.say.Say("choice.done"), data(verbDone, d.ID, fl.Key)))
	}
	t.cardsOf(f, fl, taps, page, verbPage, card, ways...)
}

func (t *turn) labelsOf(fl forms.Field, values []string) string {
	var labels []string
	for _, c := range fl.Choices {
		if slices.Contains(values, c.Value) {
			labels = append(labels, c.Label.In(string(t.say)))
		}
	}
	return strings.Join(labels, ", ")
}

// pick adds a choice to those of the open question, or takes it away. Saying the same twice changes nothing.
// As soon as the choices make an answer they are one, so that nothing is lost if the rest never comes.
func (t *turn) pick(f *forms.Form, fl forms.Field, value string, chosen bool) {
	d := t.c.Draft
	i := slices.IndexFunc(fl.Choices, func(c forms.Choice) bool { return c.Value == value })
	if fl.Kind != forms.ChoicesField || i < 0 {
		t.old()
		return
	}
	t.c.Mode = Plain
	t.touch()
	picked := slices.DeleteFunc(slices.Clone(t.picks(fl)), func(v string) bool { return v == value })
	if chosen {
		picked = append(picked, value)
	}
	if fl.Most > 0 && len(picked) > fl.Most {
		t.text(t.say.Say("several.too_many", "n", strconv.Itoa(fl.Most), "label", fl.Choices[i].Label.In(string(t.say))))
		t.askSeveral(f, fl, i/pageChoices)
		return
	}
	d.Picks = append([]string{}, picked...)
	if a, err := fl.Check(forms.Input{Picked: picked, Now: t.m.At}); err == nil {
		d.put(a, t.m.ID)
	} else {
		d.remove(fl.Key)
	}
	t.changed()
	t.askSeveral(f, fl, i/pageChoices)
}

// typedSeveral takes a list in words: with what was tapped before, if anything was.
func (t *turn) typedSeveral(f *forms.Form, fl forms.Field) {
	a, err := fl.Check(forms.Input{Text: t.m.Text, Now: t.m.At, Lang: string(t.say)})
	if err != nil || t.c.Draft.Picks == nil {
		t.answer(f, fl, forms.Input{Text: t.m.Text}, t.m.ID)
		return
	}
	all := slices.Clone(t.c.Draft.Picks)
	for _, v := range a.PickedAll() {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	t.answer(f, fl, forms.Input{Picked: all}, t.m.ID)
}
