package bot

// UrgentInfo is what a citizen is told of a case that cannot wait.
type UrgentInfo struct {
	Ticket   int64
	Number   string
	Agency   string
	Phone    string // of the agency; empty: none is known
	Warned   bool   // the citizen was told already what to do now
	Advice   string // what the service tells to do now; empty: to keep away, and whom to call
	TrackURL string
}

// UrgentCard says what to do now, unless that was said, and that officers are being called.
func UrgentCard(lang string, i UrgentInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Tone: "warn", Label: say.Say("urgent.label"), Title: say.Say("urgent.title"), Subtitle: say.Say("wantcard.case", "number", i.Number),
		Body: say.Say("urgent.called", "agency", i.Agency), Buttons: []Choice{link("primary", say.Say("choice.case"), i.TrackURL), button("secondary", say.Say("choice.talk"), TalkData(i.Ticket))},
	}
	if !i.Warned {
		card.Note = say.danger(i.Advice, i.Phone)
	}
	card.Alt = card.Title + " · " + i.Number
	return Reply{Card: &card, Choices: say.ways()}
}

// danger says what to do now and whom to call, as the service advises; where it does not, to keep away.
func (say Tongue) danger(advice, phone string) string {
	if advice == "" {
		advice = say.Say("urgent")
	}
	if phone == "" {
		return advice
	}
	return advice + say.Say("urgent.phone", "phone", phone)
}
