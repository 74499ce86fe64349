package line_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"saphan/bot"
	"saphan/forms"
)

// manyMachines is a form with as many things as a form can have, each answered as long as it can be.
func manyMachines(t *testing.T) (*forms.Catalog, bot.Draft) {
	t.Helper()
	raw, err := os.ReadFile("../../forms/testdata/workshop.yaml")
	check(t, err)
	catalog, err := forms.Load(fstest.MapFS{"workshop.yaml": &fstest.MapFile{Data: []byte(strings.Replace(string(raw), "most: 3", "most: 20", 1))}})
	check(t, err)
	f, _ := catalog.Find("workshop")
	at := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	d := bot.Draft{ID: strings.Repeat("D", 26), Form: f.Key, Version: f.Version, StartedAt: at, TouchedAt: at}
	for {
		missing := f.On(at).Missing(d.Answers)
		for _, fl := range f.On(at).Open(d.Answers) {
			if _, ok := forms.Find(d.Answers, fl.Key); !ok && fl.Optional && fl.Kind == forms.TextField {
				missing = append(missing, fl)
			}
		}
		if len(missing) == 0 {
			return catalog, d
		}
		for _, fl := range missing {
			in := forms.Input{Text: fl.Example.TH, Now: at}
			switch {
			case fl.Continues():
				in = forms.Input{Choice: forms.MoreYes}
			case len(fl.Choices) > 0:
				in = forms.Input{Choice: fl.Choices[0].Value, Now: at}
			case fl.Kind == forms.TextField:
				in = forms.Input{Text: longest(490), Now: at}
			}
			a, err := fl.Check(in)
			check(t, err)
			d.Answers = append(d.Answers, a)
		}
	}
}

// A summary of any length is shown whole, on cards and pages that LINE takes, and every line of it can be
// changed.
func TestRow49LongSummary(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	catalog, d := manyMachines(t)
	f, _ := catalog.Find("workshop")
	at := d.TouchedAt.Add(time.Minute)
	world := bot.World{Forms: catalog, Agency: "เทศบาล", Lang: "th", Announced: true, NewID: "n"}
	state := bot.Conversation{Draft: &d, Noticed: []bot.Shown{{Form: f.Key, Version: 1}}}
	edits, pages := map[string]int{}, 0
	next := "v1|go|" + d.ID
	for next != "" && pages < 20 {
		pages++
		var replies []bot.Reply
		state, replies, _ = bot.Step(state, bot.Message{ID: fmt.Sprint(pages), Kind: bot.Postback, Data: next, At: at}, world)
		next = ""
		for _, r := range replies {
			j.hold("page", r)
			for _, c := range tappable(r) {
				if strings.HasPrefix(c.Data, "v1|e|") {
					edits[c.Data]++
				}
				if strings.HasPrefix(c.Data, "v1|rd|") && !strings.HasSuffix(c.Data, "|0") {
					next = c.Data
				}
			}
			raw, err := json.Marshal(r)
			check(t, err)
			if r.Card != nil && strings.Contains(string(raw), `"v1|s|`) == (len(r.Card.Cards) > 0) {
				t.Errorf("the card to send with is not the last of its own: %s", raw)
			}
		}
	}
	want := 0
	for _, fl := range f.On(at).Open(d.Answers) {
		if !fl.Continues() {
			want++
		}
	}
	if pages < 2 || len(edits) != want || want < 60 {
		t.Errorf("%d pages show %d lines, want %d", pages, len(edits), want)
	}
}
