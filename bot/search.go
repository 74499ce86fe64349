package bot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
)

// mostFound is how many choices a search proposes: with more, the words say too little.
const mostFound = 60

// found are the choices whose label, words or help are like what was typed, the best first.
func found(fl forms.Field, typed string) []forms.Choice {
	query := searchKey(typed)
	if len([]rune(query)) < 2 {
		return nil
	}
	type scored struct {
		choice forms.Choice
		score  int
	}
	var all []scored
	for _, c := range fl.Choices {
		best := 0
		for _, text := range append([]string{c.Label.TH, c.Label.EN}, c.Words...) {
			best = max(best, likeness(query, searchKey(text)))
		}
		for _, text := range []string{c.Help.TH, c.Help.EN} {
			best = max(best, likeness(query, searchKey(text))*2/3)
		}
		if best > 0 {
			all = append(all, scored{c, best})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	if len(all) > 0 && all[0].score >= 60 { // something is there in these very letters: what is only like it is not meant
		all = slices.DeleteFunc(all, func(s scored) bool { return s.score < 60 })
	}
	choices := make([]forms.Choice, 0, len(all))
	for _, s := range all[:min(len(all), mostFound)] {
		choices = append(choices, s.choice)
	}
	return choices
}

// searchKey is a text as it is searched: without blanks, and without the tone marks that people leave out
// or get wrong.
func searchKey(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '-' || r == '/' || (r >= '็' && r <= '๎') {
			return -1
		}
		return r
	}, thai.Key(s))
}

// likeness is how well what was typed names a text: 100 the very same, 90 part of it, 60 and more the text
// within what was typed, less when letters are wrong, 0 not at all.
func likeness(query, text string) int {
	q, s := []rune(query), []rune(text)
	switch {
	case len(s) < 2:
		return 0
	case query == text:
		return 100
	case strings.Contains(text, query):
		return 90
	case strings.Contains(query, text) && len(s) >= 3:
		return 60 + min(20, len(s))
	case len(q) < 4:
		return 0
	}
	wrong := nearest(q, s)
	if wrong > len(q)/4 || (len(q) > 2*len(s)) {
		return 0
	}
	return 50 - 10*wrong
}

// nearest is how many letters must be put in, left out or changed to find q somewhere in s.
func nearest(q, s []rune) int {
	row := make([]int, len(q)+1)
	for i := range row {
		row[i] = i
	}
	best := len(q)
	for _, r := range s {
		before := row[0] // q may begin anywhere
		for i := 1; i <= len(q); i++ {
			change := before
			if q[i-1] != r {
				change++
			}
			before = row[i]
			row[i] = min(change, row[i]+1, row[i-1]+1)
		}
		best = min(best, row[len(q)])
	}
	return best
}

// proposeFound shows the choices that are like what was typed; false when there are none.
func (t *turn) proposeFound(f *forms.Form, fl forms.Field, typed string, page int) bool {
	choices := found(fl, typed)
	if len(choices) == 0 {
		return false
	}
	if urgent := func(c forms.Choice) bool { return c.Value == fl.Urgent }; fl.Urgent != "" && slices.ContainsFunc(choices, urgent) && page == 0 {
		meant, err := fl.Check(forms.Input{Choice: fl.Urgent, Now: t.m.At})
		if err == nil {
			t.text(t.urgent(f, []forms.Answer{meant})) // first, also where it may not be meant
		}
	}
	d := t.c.Draft
	d.Search = thai.Clip(thai.Tidy(typed), 100)
	verb := verbAnswer
	if fl.Kind == forms.ChoicesField {
		verb = verbPick
	}
	var taps []Choice
	for _, c := range choices {
		taps = append(taps, tap(t.nameOf(c), data(verb, d.ID, fl.Key, c.Value)))
	}
	card := Card{
		Tone: "plain", Label: t.progress(f, fl), Title: t.say.Say("search.which"),
		Body: t.say.Say("search.found", "n", strconv.Itoa(len(choices)), "words", thai.Clip(oneLine(d.Search), 60)),
	}
	card.Alt = card.Title + "\n" + card.Body
	all := tap(t.say.Say("choice.all"), data(verbPage, d.ID, fl.Key, "0"))
	t.cardsOf(f, fl, taps, page, verbFound, card, all)
	return true
}

// turnPage shows another page of the choices of the open question, or of what was found among them.
func (t *turn) turnPage(f *forms.Form, fl forms.Field, verb, value string) {
	page, err := strconv.Atoi(value)
	if err != nil || page < 0 || len(fl.Choices) == 0 {
		t.old()
		return
	}
	t.c.Mode = Plain
	switch {
	case verb == verbFound:
		if t.c.Draft.Search == "" || !t.proposeFound(f, fl, t.c.Draft.Search, page) {
			t.ask(f)
		}
	case fl.Kind == forms.ChoicesField:
		t.askSeveral(f, fl, page)
	case fl.Kind == forms.ChoiceField && t.pictured(fl):
		t.askByPictures(f, fl, page)
	default:
		t.askByCard(f, fl, page)
	}
}
