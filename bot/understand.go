package bot

import (
	"slices"
	"strings"
	"unicode"

	"saphan/forms"
	"saphan/internal/thai"
)

// Understood is what was read out of free text.
type Understood struct {
	Ranked []forms.Key // services that it may be about, the best first
	Sure   bool        // the first may be proposed alone
	Parts  []Part      // what it says already, of the first
	Place  string      // where it is about, in its own words; answers the first question for a place
	Tells  bool        // it says what the matter is: answers a question for more about it

	closed string // the title of the service that it certainly is about, when this agency does not offer it
}

// Part is an answer that free text already gives: the value of a choice, or words.
type Part struct {
	Field  string `json:"field"`
	Choice string `json:"choice,omitempty"`
	Text   string `json:"text,omitempty"`
}

// understand reads free text; without a reader the services whose own words occur in it are meant.
func (t *turn) understand(said string) Understood {
	var u Understood
	if t.w.Understand != nil {
		u = t.w.Understand(said)
	} else {
		for _, f := range t.w.Forms.Match(said) {
			u.Ranked = append(u.Ranked, f.Key)
		}
		u.Sure = len(u.Ranked) == 1
	}
	if u.Sure && len(u.Ranked) > 0 && !t.offered(u.Ranked[0]) {
		u.Sure = false
		if f, ok := t.w.Forms.Agency(0).Find(u.Ranked[0]); ok {
			u.closed = f.Title.In(string(t.say))
		}
	}
	u.Ranked = slices.DeleteFunc(slices.Clone(u.Ranked), func(key forms.Key) bool { return !t.offered(key) })
	u.Parts = slices.Clone(u.Parts)
	if !u.Sure || len(u.Ranked) == 0 {
		return u
	}
	f, _ := t.w.Forms.Find(u.Ranked[0])
	if u.Place != "" {
		u.say(f, thai.Tidy(u.Place), func(fl forms.Field) bool { return fl.Kind == forms.LocationField })
	}
	if u.Tells {
		words := thai.Tidy(said)
		n := thai.Clusters(words)
		u.say(f, words, func(fl forms.Field) bool { return tellsMore(f, fl, n) })
	}
	return u
}

func (t *turn) offered(key forms.Key) bool { _, ok := t.w.Forms.Find(key); return ok }

// say lets words answer the first question of a kind that everybody is asked, unless something does already.
func (u *Understood) say(f *forms.Form, words string, kind func(forms.Field) bool) {
	i := slices.IndexFunc(f.Fields, func(fl forms.Field) bool { return fl.Always() && kind(fl) })
	if i >= 0 && !slices.ContainsFunc(u.Parts, func(p Part) bool { return p.Field == f.Fields[i].Key }) {
		u.Parts = append(u.Parts, Part{Field: f.Fields[i].Key, Text: words})
	}
}

// tellsMore reports whether n letters of words are told to a question: one for anything more about the matter, or
// for the words to an officer. Any other question is asked, and what was said is offered there.
func tellsMore(f *forms.Form, fl forms.Field, n int) bool {
	return longText(fl) && fl.Profile == "" && n <= fl.MaxLength && (f.Human || fl.Optional && n >= heldWorth)
}

// guess answers words that nothing waits for: the service that they are about, with what they say already,
// a document still wanted, or everything there is.
func (t *turn) guess() {
	u := t.understand(t.m.Text)
	var matched []*forms.Form
	for _, key := range u.Ranked[:min(len(u.Ranked), mostAsked)] {
		f, _ := t.w.Forms.Find(key)
		matched = append(matched, f)
	}
	t.hold(func(h *Held) {
		h.Text, h.For, h.Parts = thai.Tidy(t.m.Text), "", nil
		if u.Sure && len(matched) > 0 {
			h.For, h.Parts = matched[0].Key, slices.Clone(u.Parts)
		}
	})
	switch {
	case u.Sure && len(matched) > 0:
		t.proposeOne(matched[0], matched[1:])
	case len(matched) > 0:
		t.proposeSome(matched)
	case len(t.wanted()) > 0:
		t.askWanted(t.say.Say("want.words"))
	case u.closed != "":
		t.text(t.say.Say("guess.closed", "title", u.closed))
		t.services(t.aboutChoices()...)
	default:
		t.text(t.say.Say("guess.none"))
		t.services(t.aboutChoices()...)
	}
}

// proposeOne asks whether a service is meant, and shows what the words already say of it.
func (t *turn) proposeOne(f *forms.Form, others []*forms.Form) {
	c := t.serviceCard(f)
	c.Label = t.say.Say("guess.one")
	told := t.partAnswers(f)
	for _, a := range told {
		c.Rows = append(c.Rows, Row{Label: t.labelOf(f, a), Value: thai.Clip(oneLine(t.shownOf(f, a)), maxRow)})
		if fl, ok := f.Field(a.Field); ok && fl.Urgent != "" && a.Picked() == fl.Urgent {
			t.text(t.urgent(f, told))
		}
	}
	var choices []Choice
	for _, o := range others {
		choices = append(choices, t.startChoice(o))
	}
	if f.Key == personalForm { // there it is done at once
		choices = append(choices, t.mineChoice())
	}
	choices = append(choices, t.aboutChoices()...)
	t.card(c, append(choices, t.notChoices(t.say.Say("choice.not_this"))...)...)
}

// proposeSome asks which of some services is meant.
func (t *turn) proposeSome(matched []*forms.Form) {
	var choices []Choice
	for _, f := range matched {
		choices = append(choices, t.startChoice(f))
	}
	if len(matched) == 1 {
		c := t.serviceCard(matched[0])
		c.Label = t.say.Say("guess.one")
		t.card(c, append(t.aboutChoices(), t.notChoices(t.say.Say("choice.not_this"))...)...)
		return
	}
	t.text(t.say.Say("guess.several"))
	carousel := Card{Alt: t.say.Say("guess.several")}
	for _, f := range matched {
		carousel.Cards = append(carousel.Cards, t.serviceCard(f))
	}
	t.card(carousel, slices.Concat(choices, t.aboutChoices(), t.notChoices(t.say.Say("choice.none_of_these")))...)
}

// notChoices lead away from what is proposed. Who wrote without a letter of Thai is offered another language.
func (t *turn) notChoices(none string) []Choice {
	ways := []Choice{tap(none, data(verbNotThese)), t.menuChoice(), t.humanChoice()}
	if t.say.thai() && !strings.ContainsFunc(t.m.Text, func(r rune) bool { return unicode.Is(unicode.Thai, r) }) {
		ways = append(ways, t.langChoice())
	}
	return ways
}

// notThese answers that none of the services that were proposed is meant. What was said is kept, and goes
// along when an officer is called.
func (t *turn) notThese() {
	t.c.Held.For, t.c.Held.Parts = "", nil
	if t.c.Draft != nil || t.c.Held.Text == "" {
		t.here()
		return
	}
	t.text(t.say.Say("guess.not_these"))
	t.services()
}

// proposed is the service that was proposed last and not started or refused; false when that is too long ago.
func (t *turn) proposed() (forms.Key, bool) {
	h := t.c.Held
	return h.For, h.For != "" && h.Text != "" && t.m.At.Sub(h.At) <= heldFor
}

// partAnswers are the answers that the held words give to questions that everybody is asked.
func (t *turn) partAnswers(f *forms.Form) []forms.Answer {
	if t.c.Held.For != f.Key {
		return nil
	}
	var all []forms.Answer
	for _, p := range t.c.Held.Parts {
		fl, ok := f.Field(p.Field)
		if !ok || !fl.Always() || fl.Files() {
			continue
		}
		if a, err := fl.Check(forms.Input{Choice: p.Choice, Text: p.Text, Now: t.m.At}); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// labelOf is the name of an answer in the citizen's language.
func (t *turn) labelOf(f *forms.Form, a forms.Answer) string {
	if fl, ok := f.Field(a.Field); ok {
		return fl.Label.In(string(t.say))
	}
	return a.Label
}

// shownOf is an answer in the citizen's language.
func (t *turn) shownOf(f *forms.Form, a forms.Answer) string {
	if fl, ok := f.Field(a.Field); ok {
		return t.shown(fl, a)
	}
	return a.Text
}
