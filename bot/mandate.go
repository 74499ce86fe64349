package bot

// MandateInfo is what became of a power of attorney (PDP-10).
type MandateInfo struct {
	State     string // tickets.MandateState
	Agency    string
	Principal string
	Attorney  string
	Why       string // why it was refused or ended; may be empty
	URL       string // the page of one's powers of attorney
	Given     bool   // told to the principal, who gave it
}

// MandateWords tells attorney or principal what became of a power of attorney.
func MandateWords(lang string, i MandateInfo) Reply {
	say := Tongue(lang)
	words := []string{"agency", i.Agency, "principal", i.Principal, "attorney", i.Attorney, "url", i.URL}
	var text string
	switch {
	case i.State == "waiting" && i.Given:
		text = say.Say("mandate.given", words...)
	case i.State == "waiting":
		text = say.Say("mandate.waiting", words...)
	case i.State == "accepted" && i.Given:
		text = say.Say("mandate.given_accepted", words...)
	case i.State == "accepted":
		text = say.Say("mandate.accepted", words...)
	case i.State == "refused" && i.Given:
		text = say.Say("mandate.given_refused", words...)
	case i.State == "refused":
		text = say.Say("mandate.refused", words...)
	case i.Given:
		text = say.Say("mandate.given_ended", words...)
	default:
		text = say.Say("mandate.ended", words...)
	}
	if i.Why != "" {
		text += "\n" + say.Say("mandate.why", "why", i.Why)
	}
	return Reply{Text: text, Choices: say.ways()}
}
