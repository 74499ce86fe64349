package bot

// BreachInfo is what somebody is told of a breach of their personal data, in the words that two officers signed.
type BreachInfo struct {
	Ticket       int64
	Number       string // of the case by which the agency knows them
	Agency       string
	What         string
	Consequences string
	Measures     string
	Advice       string
	Contact      string
	TrackURL     string
}

// BreachCard says what happened to a person's data, what may follow, what is done about it and what they can do (PDP-6).
func BreachCard(lang string, i BreachInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("breach.label"), Title: say.Say("breach.title"), Subtitle: i.Agency, Note: say.Say("breach.note", "number", i.Number),
		Buttons: []Choice{link("primary", say.Say("choice.case"), i.TrackURL), button("secondary", say.Say("choice.talk"), TalkData(i.Ticket))},
	}
	card.row(say.Say("breach.what"), i.What)
	card.row(say.Say("breach.consequences"), i.Consequences)
	card.row(say.Say("breach.measures"), i.Measures)
	card.row(say.Say("breach.advice"), i.Advice)
	card.row(say.Say("breach.contact"), i.Contact)
	card.Alt = card.Label + " · " + i.Agency
	return Reply{Card: &card, Choices: say.ways()}
}
