package bot

import "saphan/internal/thai"

// Passing is what a citizen is told of a case between agencies (SEED-36).
type Passing string

// What there is to tell.
const (
	SentOn    Passing = "sent"
	TakenOver Passing = "taken"
	CameBack  Passing = "back"
)

// PassedInfo is a case that went from one agency to another.
type PassedInfo struct {
	News     Passing
	Ticket   int64
	Number   string // by which the citizen knows the case
	From, To string // agencies
	Phone    string // of the one that has it now; may be empty
	TrackURL string
}

// PassedCard says which agency has a case now, and that the citizen need not do anything.
func PassedCard(lang string, i PassedInfo) Reply {
	say := Tongue(lang)
	card := Card{Tone: "calm", Label: say.Say("passed.label"), Subtitle: say.Say("wantcard.case", "number", i.Number), Note: say.Say("passed.note")}
	has := i.To
	switch i.News {
	case SentOn:
		card.Title, card.Body = say.Say("passed.sent_title", "agency", i.To), say.Say("passed.sent")
	case TakenOver:
		card.Title, card.Body = say.Say("passed.taken_title", "agency", i.To), say.Say("passed.taken")
	case CameBack:
		card.Title, card.Body, has = say.Say("passed.back_title", "agency", i.From), say.Say("passed.back", "agency", i.To), i.From
	}
	card.row(say.Say("receipt.agency"), has)
	card.row(say.Say("passed.phone"), i.Phone)
	card.Alt = card.Title + " · " + i.Number
	card.Buttons = []Choice{link("primary", say.Say("choice.case"), i.TrackURL), button("secondary", say.Say("choice.talk"), TalkData(i.Ticket))}
	return Reply{Card: &card, Choices: say.ways()}
}

// ReferralInfo is a case that a body outside is in charge of (EGA-10.4).
type ReferralInfo struct {
	Ticket           int64
	Number           string
	Agency           string // that says so
	Body, Reach, Law string
	TrackURL         string
}

// ReferralCard says who is in charge and how to reach them.
func ReferralCard(lang string, i ReferralInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("referral.label"), Title: say.Say("referral.title", "body", thai.Clip(i.Body, maxBody)),
		Subtitle: say.Say("wantcard.case", "number", i.Number), Body: say.Say("referral.body", "agency", i.Agency), Note: say.Say("referral.note"),
	}
	card.row(say.Say("referral.who"), i.Body)
	card.row(say.Say("referral.reach"), i.Reach)
	card.row(say.Say("referral.law"), i.Law)
	card.Alt = card.Title + " · " + i.Number
	card.Buttons = []Choice{link("primary", say.Say("choice.case"), i.TrackURL), button("secondary", say.Say("choice.talk"), TalkData(i.Ticket))}
	return Reply{Card: &card, Choices: say.ways()}
}
