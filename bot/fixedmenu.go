package bot

import (
	"slices"

	"saphan/forms"
	"saphan/internal/words"
)

// FixedMenu is the menu that always stands under the chats of a channel, in one language: a rich menu
// on LINE. Each of its taps works from every state of a conversation, for it is always there.
type FixedMenu struct {
	Lang   string      `json:"lang"`
	Agency string      `json:"agency"` // whose chat it is
	Bar    string      `json:"bar"`    // the words that open and fold it; at most 14 clusters (LINE)
	Areas  [6]MenuArea `json:"areas"`  // two rows of three
	Other  MenuArea    `json:"other"`  // the other language; its key is the language
}

// MenuArea is a part of the menu that can be tapped.
type MenuArea struct {
	Key   string `json:"key"` // what it is about, by which a channel chooses its picture
	Label string `json:"label"`
	Data  string `json:"data"` // of the postback
}

// The keys of the areas.
const (
	ApplyArea    = "apply"
	ReportArea   = "report"
	TrackArea    = "track"
	PermitsArea  = "permits"
	QuestionArea = "question"
	HumanArea    = "human"
)

// The services that have an area of their own.
const (
	reportForm   forms.Key = "public-problem"
	questionForm forms.Key = "question"
)

// MenuLanguages are the languages of the menus; who never chose one sees the first.
func MenuLanguages() []string { return []string{"th", "en"} }

// MenuLang is the language of the menu that belongs to a conversation. A menu is a picture with words in it, drawn in
// letters that the product has: in a further language people see the English one.
func (c Conversation) MenuLang() string {
	switch {
	case slices.Contains(MenuLanguages(), c.Lang):
		return c.Lang
	case words.Known(c.Lang):
		return words.English
	default:
		return MenuLanguages()[0]
	}
}

// NewFixedMenu returns the menu of an agency's channel. An area whose service is not on offer shows
// all there are; closed are those besides that the agency has switched off just now.
func NewFixedMenu(catalog *forms.Catalog, agency, lang string, closed ...forms.Key) FixedMenu {
	say := Tongue(lang)
	start := func(key forms.Key) string {
		if _, ok := catalog.Find(key); !ok || slices.Contains(closed, key) {
			return MenuData()
		}
		return StartData(string(key))
	}
	other := "en"
	if lang == "en" {
		other = "th"
	}
	if agency == "" {
		agency = say.Say("agency.unnamed")
	}
	return FixedMenu{
		Lang: lang, Agency: agency, Bar: say.Say("fixed.bar"),
		Areas: [6]MenuArea{
			{ApplyArea, say.Say("fixed.apply"), data(verbApply)},
			{ReportArea, say.Say("fixed.report"), start(reportForm)},
			{TrackArea, say.Say("fixed.track"), TrackData()},
			{PermitsArea, say.Say("fixed.permits"), data(verbPermits)},
			{QuestionArea, say.Say("fixed.question"), start(questionForm)},
			{HumanArea, say.Say("fixed.human"), HumanData()},
		},
		Other: MenuArea{other, words.Name(other), data(verbLang, other)},
	}
}

// apply shows the services that have no area of their own in the fixed menu, without losing what is
// open.
func (t *turn) apply() {
	list := slices.DeleteFunc(t.w.Forms.List(), func(f *forms.Form) bool { return f.Key == reportForm || f.Key == questionForm || f.Human })
	if len(list) == 0 {
		t.menu()
		return
	}
	t.leave()
	t.text(t.say.Say("apply.which"))
	t.offer(list)
}

// AsksForPermits says whether a message asks for the permits that the citizen holds; the World of its
// step then has those among its Cases, however old.
func AsksForPermits(m Message) bool {
	verb, _, ok := parseData(m.Data)
	return m.Kind == Postback && ok && verb == verbPermits || m.Kind == Text && commandOf(m.Text) == permitsCommand
}

// permits shows the permits that the citizen holds, and then asks the open question again.
func (t *turn) permits() {
	held := slices.DeleteFunc(slices.Clone(t.w.Cases), func(c Case) bool { return c.Permit == "" })
	if len(held) == 0 {
		t.text(t.say.Say("permits.none"))
		t.addHere(tap(t.say.Say("fixed.apply"), data(verbApply)))
		return
	}
	carousel := Card{Alt: t.say.Say("permits.alt", "n", number(int64(len(held))))}
	for _, c := range held[:min(len(held), maxCards)] {
		card := Card{
			Alt: c.Title + " " + c.Permit, Tone: "good", Label: t.say.Say("track.permit"), Title: c.Title, Subtitle: c.Permit,
			Rows: []Row{{Label: t.say.Say("permits.case"), Value: c.Number}},
		}
		if t.w.BaseURL != "" {
			card.Buttons = []Choice{{Gesture: Open, Label: t.say.Say("choice.permit"), URL: permitURL(t.w.BaseURL, c.Permit), Style: "primary"}}
		}
		carousel.Cards = append(carousel.Cards, card)
	}
	if t.c.Draft != nil || t.c.Mode == Human || t.c.Mode == Sorting {
		t.card(carousel)
		t.here()
		return
	}
	t.card(carousel, append(t.kept(), t.menuChoice(), t.trackChoice(), t.humanChoice())...)
}
