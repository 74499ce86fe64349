package bot

import (
	"strconv"
	"time"

	"saphan/forms"
)

// RenewalInfo is a permit that ends.
type RenewalInfo struct {
	Ticket int64 // by which it was granted
	Title  string
	Permit string // its number
	Agency string
	Until  time.Time // its last day
	Left   int       // days until then
	Form   forms.Key // by which it is renewed
	URL    string    // where it is checked
}

// RenewalCard reminds the holder that a permit ends, and begins its renewal in one tap (SEED-24).
func RenewalCard(lang string, i RenewalInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("renewal.label"), Title: say.Say("renewal.title", "n", strconv.Itoa(i.Left)), Subtitle: i.Title, Note: say.Say("renewal.note"),
	}
	card.Alt = card.Title + " · " + i.Permit
	card.row(say.Say("renewal.number"), i.Permit)
	card.row(say.Say("renewal.until"), say.date(i.Until))
	card.row(say.Say("receipt.agency"), i.Agency)
	card.Buttons = []Choice{
		button("primary", say.Say("renewal.start"), StartData(string(i.Form))), link("secondary", say.Say("choice.permit"), i.URL), button("secondary", say.Say("choice.talk"), TalkData(i.Ticket)),
	}
	return Reply{Card: &card, Choices: say.ways()}
}
