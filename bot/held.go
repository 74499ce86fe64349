package bot

import (
	"encoding/json"
	"slices"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
)

// hold keeps what came without a purpose.
func (t *turn) hold(change func(*Held)) {
	h := &t.c.Held
	if !h.At.IsZero() && t.m.At.Sub(h.At) > heldFor {
		*h = Held{}
	}
	change(h)
	h.At = t.m.At
	if t.m.ID != "" && t.m.Attachment == nil {
		h.From = append(h.From, t.m.ID)
	}
}

// longText reports whether a question asks for an account in somebody's own words.
func longText(fl forms.Field) bool { return fl.Kind == forms.TextField && fl.MaxLength >= 500 }

// heldFits reports whether the words said before the form was opened may answer this question:
// one that asks for an account in somebody's own words.
func (t *turn) heldFits(fl forms.Field) bool {
	n := thai.Clusters(t.c.Held.Text)
	return longText(fl) && n >= heldWorth && n <= fl.MaxLength && t.m.At.Sub(t.c.Held.At) <= heldFor
}

// useHeld answers the first photo and the first place question with what was sent before, and those that
// the words said before already answer. It returns what to say about it.
func (t *turn) useHeld(f *forms.Form) []string {
	h := &t.c.Held
	lines := t.useParts(f)
	for _, fl := range f.Fields {
		switch {
		case fl.Kind == forms.PhotoField && len(h.Files) > 0 && fl.Always():
			var files []forms.File
			var from []string
			for _, held := range h.Files {
				if strings.HasPrefix(held.Type, "image/") && len(files) < fl.Limit() {
					files, from = append(files, held.File), append(from, held.Message)
				}
			}
			if a, err := fl.Check(forms.Input{Files: files, Now: t.m.At}); err == nil {
				t.c.Draft.put(a, from...)
				h.Files = nil
				lines = append(lines, t.say.Say("held.photos", "n", number(int64(len(files)))))
			}
		case fl.Kind == forms.LocationField && h.Place != nil && fl.Always():
			if a, err := fl.Check(forms.Input{Place: h.Place, Now: t.m.At}); err == nil {
				t.c.Draft.put(a, h.From...)
				h.Place = nil
				lines = append(lines, t.say.Say("held.place", "place", thai.Clip(a.Text, maxRow)))
			}
		}
	}
	return lines
}

// useParts answers questions with what the words said before were understood to say. It can be undone.
func (t *turn) useParts(f *forms.Form) []string {
	d, h := t.c.Draft, &t.c.Held
	answers := t.partAnswers(f)
	h.For, h.Parts = "", nil
	if len(answers) == 0 || t.m.At.Sub(h.At) > heldFor {
		return nil
	}
	lines := []string{t.say.Say("paste.got")}
	var keys []string
	for _, a := range answers {
		if _, ok := forms.Find(d.Answers, a.Field); ok {
			continue
		}
		d.put(a, h.From...)
		keys = append(keys, a.Field)
		if a.Text == h.Text { // told already, and not to be offered again
			h.Text = ""
		}
		lines = append(lines, t.say.Say("paste.line", "label", t.labelOf(f, a), "answer", thai.Clip(oneLine(t.shownOf(f, a)), maxRow)))
	}
	if len(keys) == 0 {
		return nil
	}
	d.Pasted = &Pasted{Fields: keys, Revision: d.Revision, Field: keys[0]}
	t.undo = true
	return lines
}

// pinDown adds a pin to a place that was told in words, when the form asks for one place; false when there is
// nothing to add.
func (t *turn) pinDown(f *forms.Form, pin *forms.Place) bool {
	d := t.c.Draft
	places := slices.DeleteFunc(slices.Clone(t.open(f)), func(fl forms.Field) bool { return fl.Kind != forms.LocationField })
	if len(places) != 1 {
		return false
	}
	fl := places[0]
	told, ok := forms.Find(d.Answers, fl.Key)
	var before forms.Place
	if !ok || json.Unmarshal(told.Value, &before) != nil || before.Pinned() {
		return false
	}
	if pin.Title == "" {
		pin.Title = told.Text
	}
	a, err := fl.Check(forms.Input{Place: pin, Now: t.m.At, Lang: string(t.say)})
	if err != nil {
		return false
	}
	t.touch()
	t.c.Mode = Plain
	d.put(a, append(slices.Clone(d.Sources[fl.Key]), t.m.ID)...)
	t.changed()
	t.text(t.say.Say("answer.understood", "label", fl.Label.In(string(t.say)), "answer", thai.Clip(oneLine(t.shown(fl, a)), maxRow)))
	t.ask(f)
	return true
}
