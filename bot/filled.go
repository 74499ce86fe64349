package bot

import "time"

// FilledInfo is what a citizen is told of a request that an officer filled in for them.
type FilledInfo struct {
	Service    string
	Agency     string
	Until      time.Time
	ConfirmURL string
}

// FilledCard asks the citizen to look at what an officer filled in for them, and to confirm it by one tap (SEED-22).
func FilledCard(lang string, i FilledInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("filled.label"), Title: say.Say("filled.title"), Subtitle: i.Service, Note: say.Say("filled.note"),
		Buttons: []Choice{link("primary", say.Say("filled.button"), i.ConfirmURL)},
	}
	card.row(say.Say("filled.until"), say.date(i.Until))
	card.row(say.Say("receipt.agency"), i.Agency)
	card.Alt = card.Title + " · " + i.Service
	return Reply{Card: &card, Choices: say.ways()}
}

// FilledText is the same for a telephone without a chat. It says nothing of the matter: telephones lie about.
func FilledText(lang, agency, url string) string {
	return Tongue(lang).Say("filled.text", "agency", agency, "url", url)
}
