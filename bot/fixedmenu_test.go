package bot

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"saphan/forms"
	"saphan/internal/thai"
)

// taps are all that can be tapped in the fixed menu of a language.
func taps(catalog *forms.Catalog, lang string) []MenuArea {
	m := NewFixedMenu(catalog, "เทศบาลตำบลตัวอย่าง", lang)
	return append(slices.Clone(m.Areas[:]), m.Other)
}

// Every area works from every state of a conversation: the citizen gets an answer that leads on, and
// nothing that was filled in is lost.
func TestFixedMenuWorksFromEverywhere(t *testing.T) {
	t.Parallel()
	citizens := 60
	if testing.Short() {
		citizens = 10
	}
	for seed := range uint64(citizens) {
		play := &player{stage: newStage(t), rand: rand.New(rand.NewPCG(seed, 46)), sent: map[string]bool{}}
		for range 40 {
			play.move()
			for _, area := range taps(play.w.Forms, MenuLanguages()[play.rand.IntN(2)]) {
				still := *play.stage
				trial := &player{stage: &still, rand: play.rand, sent: map[string]bool{}, log: append(slices.Clone(play.log), "menu "+area.Key)}
				before := trial.c.clone()
				tap := Message{Kind: Postback, Data: area.Data}
				trial.give(tap)
				if len(trial.replies) == 0 {
					trial.fail("the menu's %s is not answered", area.Key)
				}
				trial.replyLimits()
				trial.wayOn(tap)
				trial.answersKept(before, tap)
				trial.effectsRight(before)
			}
		}
	}
}

// What each area leads to, said to somebody who has done nothing yet.
func TestFixedMenuLeadsWhereItSays(t *testing.T) {
	t.Parallel()
	for key, leads := range map[string]func(s *stage) bool{
		ApplyArea: func(s *stage) bool {
			last := s.replies[len(s.replies)-1]
			own := slices.DeleteFunc(s.w.Forms.List(), func(f *forms.Form) bool { return f.Key == reportForm || f.Key == questionForm || f.Human })
			return last.Card != nil && len(last.Card.Cards) == len(own) && last.Card.Cards[0].Title != "" && s.c.Draft == nil
		},
		ReportArea:   func(s *stage) bool { return s.c.Draft != nil && s.c.Draft.Form == "public-problem" },
		QuestionArea: func(s *stage) bool { return s.c.Draft != nil && s.c.Draft.Form == "question" },
		TrackArea:    func(s *stage) bool { return s.replies[0].Text == s.say("track.none") },
		PermitsArea:  func(s *stage) bool { return s.replies[0].Text == s.say("permits.none") },
		HumanArea:    func(s *stage) bool { return s.c.Mode == Human },
		"en":         func(s *stage) bool { return s.c.Lang == "en" && s.c.MenuLang() == "en" },
	} {
		s := newStage(t)
		all := taps(s.w.Forms, "th")
		i := slices.IndexFunc(all, func(a MenuArea) bool { return a.Key == key })
		if i < 0 {
			t.Fatalf("there is no area %s", key)
		}
		if s.give(Message{Kind: Postback, Data: all[i].Data}); !leads(s) {
			t.Errorf("%s leads to %+v with %+v", key, s.c, s.replies)
		}
	}
}

func (s *stage) say(key string) string { return Tongue("th").Say(key) }

// The citizen's permits are shown with a way to each, and the open question comes again.
func TestMyPermits(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.w.Cases = []Case{
		{Ticket: 1, Number: "กอ.1/2569", Title: "ใบอนุญาต", Status: "approved", Permit: "HB-1/2569", Closed: true},
		{Ticket: 2, Number: "กอ.2/2569", Title: "ไฟถนน", Status: "open"},
	}
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	for _, m := range []Message{{Kind: Postback, Data: data(verbPermits)}, {Kind: Text, Text: "ใบอนุญาตของฉัน"}} {
		if !AsksForPermits(m) {
			t.Errorf("%+v asks for permits", m)
		}
		s.give(m)
		if len(s.replies) < 2 || s.replies[0].Card == nil || len(s.replies[0].Card.Cards) != 1 || s.c.Draft == nil {
			t.Fatalf("%+v", s.replies)
		}
		card := s.replies[0].Card.Cards[0]
		if card.Subtitle != "HB-1/2569" || len(card.Buttons) != 1 || card.Buttons[0].URL != permitURL("https://saphan.example", "HB-1/2569") {
			t.Errorf("%+v", card)
		}
	}
	for _, m := range []Message{{Kind: Text, Text: "ใบอนุญาต"}, {Kind: Postback, Data: "v1|menu"}, {Kind: Postback, Data: "permits"}, {Kind: Image}} {
		if AsksForPermits(m) {
			t.Errorf("%+v does not ask for permits", m)
		}
	}
}

// The words fit their places on LINE (line.md 2.11, 4.2), and an agency without a service of its own
// kind still has six areas that work.
func TestFixedMenuFits(t *testing.T) {
	t.Parallel()
	whole, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../forms/services/hazardous-business.yaml")
	if err != nil {
		t.Fatal(err)
	}
	few, err := forms.Load(fstest.MapFS{"hazardous-business.yaml": {Data: raw}})
	if err != nil {
		t.Fatal(err)
	}
	for _, catalog := range []*forms.Catalog{whole, few} {
		for _, lang := range MenuLanguages() {
			m := NewFixedMenu(catalog, "", lang)
			if n := thai.Clusters(m.Bar); n == 0 || n > 14 {
				t.Errorf("%q does not fit the bar", m.Bar)
			}
			if m.Agency == "" || m.Other.Key == lang {
				t.Errorf("%+v", m)
			}
			for _, a := range append(m.Areas[:], m.Other) {
				if verb, _, ok := parseData(a.Data); !ok || verb == "" || len(a.Data) > maxData || thai.Clusters(a.Label) > maxLabel || a.Label == "" {
					t.Errorf("%s: %+v", lang, a)
				}
			}
		}
	}
}
