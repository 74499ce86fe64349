package bot

import (
	"strconv"
	"time"

	"saphan/internal/thai"
)

// DelayInfo is what a citizen is told of the time that a case takes.
type DelayInfo struct {
	Ticket   int64
	Number   string
	Agency   string
	Letter   int       // which letter on the delay it is: 1 is the first
	Reason   string    // by the officer
	DueAt    time.Time // when it should be, or should have been, decided
	TrackURL string
	// LetterURL is where the letter itself is, as a document; empty: there is none.
	LetterURL string
}

// DelayCard says why a case is not decided in time. Another such letter comes every week until it is (LFA-10.2).
func DelayCard(lang string, i DelayInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("delay.label", "n", strconv.Itoa(i.Letter)), Title: say.Say("delay.title"),
		Subtitle: say.Say("wantcard.case", "number", i.Number), Body: say.Say("delay.body"), Note: say.Say("delay.note"),
	}
	card.row(say.Say("delay.due"), say.date(i.DueAt))
	return i.close(say, card)
}

// ExtensionCard says that the time to decide was prolonged as the law allows, and until when (LFA-10.1).
func ExtensionCard(lang string, i DelayInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("extension.label"), Title: say.Say("extension.title", "day", say.date(i.DueAt)),
		Subtitle: say.Say("wantcard.case", "number", i.Number), Note: say.Say("extension.note"),
	}
	card.row(say.Say("receipt.due"), say.date(i.DueAt))
	return i.close(say, card)
}

// close ends a card on time: the reason, the agency, and the ways on.
func (i DelayInfo) close(say Tongue, card Card) Reply {
	card.row(say.Say("decision.reason"), thai.Clip(i.Reason, maxBody))
	card.row(say.Say("receipt.agency"), i.Agency)
	card.Alt = card.Title + " · " + i.Number
	card.Buttons = []Choice{link("primary", say.Say("choice.case"), i.TrackURL)}
	if i.LetterURL != "" {
		card.Buttons = append(card.Buttons, link("secondary", say.Say("delay.letter"), i.LetterURL))
	}
	card.Buttons = append(card.Buttons, button("secondary", say.Say("choice.talk"), TalkData(i.Ticket)))
	return Reply{Card: &card, Choices: say.ways()}
}
