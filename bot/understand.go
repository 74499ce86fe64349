package bot

import (
	"slices"

	"saphan/forms"
	"saphan/internal/thai"
)

// Understood is what was read out of free text.
type Understood struct {
	Ranked []forms.Key // services that it may be about, the best first
	Sure   bool        // the first may be proposed alone
	Parts  []Part      // what it says already, of the first
	Place  string      // where it is about, in its own words; answers the first question for a place
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
	u.Ranked = slices.DeleteFunc(slices.Clone(u.Ranked), func(key forms.Key) bool { _, ok := t.w.Forms.Find(key); return !ok })
	u.Parts = slices.Clone(u.Parts)
	if u.Place == "" || len(u.Ranked) == 0 {
		return u
	}
	f, _ := t.w.Forms.Find(u.Ranked[0])
	i := slices.IndexFunc(f.Fields, func(fl forms.Field) bool { return fl.Kind == forms.LocationField && fl.Always() })
	if i >= 0 && !slices.ContainsFunc(u.Parts, func(p Part) bool { return p.Field == f.Fields[i].Key }) {
		u.Parts = append(u.Parts, Part{Field: f.Fields[i].Key, Text: u.Place})
	}
	return u
}

// guess answers words that nothing waits for: the service that they are about, with what they say already,
// a document still wanted, or everything there is.
func (t *turn) guess() {
	u := t.understand(t.m.Text)
	var matched []*forms.Form
	for _, key := range u.Ranked[:min(len(u.Ranked), 3)] {
		f, _ := t.w.Forms.Find(key)
		matched = append(matched, f)
	}
	t.hold(func(h *Held) {
		h.Text, h.For, h.Parts = thai.Tidy(t.m.Text), "", nil
		if u.Sure && len(matched) > 0 {
			h.For, h.Parts = matched[0].Key, slices.Clone(u.Parts)
		}
	})
	var choices []Choice
	for _, f := range matched {
		choices = append(choices, t.startChoice(f))
	}
	switch {
	case u.Sure && len(matched) > 0:
		c := t.serviceCard(matched[0])
		c.Label = t.say.Say("guess.one")
		for _, a := range t.partAnswers(matched[0]) {
			c.Rows = append(c.Rows, Row{Label: t.labelOf(matched[0], a), Value: thai.Clip(oneLine(a.Text), maxRow)})
		}
		t.card(c, slices.Concat(choices[1:], t.aboutChoices(), []Choice{t.menuChoice(), t.humanChoice()})...)
	case len(matched) > 0:
		t.text(t.say.Say("guess.several"), slices.Concat(choices, t.aboutChoices(), []Choice{t.menuChoice(), t.humanChoice()})...)
	case len(t.wanted()) > 0:
		t.askWanted(t.say.Say("want.words"))
	default:
		t.text(t.say.Say("guess.none"))
		t.services(t.aboutChoices()...)
	}
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
