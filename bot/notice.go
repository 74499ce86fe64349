package bot

import (
	"strconv"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// WantInfo is an officer's request for documents (LFA-8.1: one list, one date).
type WantInfo struct {
	Ticket   int64
	Notice   int64 // tickets.NoticeID, for the citizen's acknowledgement; 0: there is nothing to acknowledge
	Number   string
	Agency   string
	Wants    []Want
	Words    string    // the officer's explanation; may be empty
	DueOn    time.Time // last day to send them
	Longer   bool      // it is the same request: there is more time for it
	Left     int       // it is the same request, of which so many days are left: a reminder; 0: none
	TrackURL string    // where the notice is read as a paper; empty: nowhere
}

// WantCard asks for missing documents.
func WantCard(lang string, i WantInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Alt: say.Say("wantcard.alt", "number", i.Number), Tone: "warn", Label: say.Say("wantcard.label"),
		Title: say.Say("wantcard.title", "n", strconv.Itoa(len(i.Wants))), Subtitle: say.Say("wantcard.case", "number", i.Number),
		Body: thai.Clip(i.Words, maxBody), Note: say.Say("wantcard.note"),
	}
	if i.Longer {
		card.Label, card.Title = say.Say("wantcard.longer"), say.Say("wantcard.longer_title", "day", say.date(i.DueOn))
	}
	if i.Left > 0 {
		card.Label, card.Title = say.Say("wantcard.soon"), say.Say("wantcard.soon_title", "n", strconv.Itoa(i.Left))
	}
	for n, w := range i.Wants {
		card.row(strconv.Itoa(n+1), w.Label)
		card.row(say.Say("wantcard.why"), w.Why)
	}
	if !i.DueOn.IsZero() {
		card.row(say.Say("wantcard.due"), say.date(i.DueOn))
	}
	card.row(say.Say("receipt.agency"), i.Agency)
	if i.Notice != 0 {
		card.Buttons = append(card.Buttons, button("primary", say.Say("choice.acknowledge"), data(verbAck, number(i.Ticket), number(i.Notice))))
		card.Note = say.Say("wantcard.note_acknowledge")
	}
	if i.TrackURL != "" {
		card.Buttons = append(card.Buttons, link("secondary", say.Say("choice.case"), i.TrackURL))
	}
	card.Buttons = append(card.Buttons, button("secondary", say.Say("choice.talk"), TalkData(i.Ticket)))
	return Reply{Card: &card, Choices: []Choice{
		{Gesture: Camera, Label: say.Say("choice.camera")},
		{Gesture: CameraRoll, Label: say.Say("choice.roll")},
		tap(say.Say("choice.talk"), TalkData(i.Ticket)),
	}}
}

// ReturnInfo is a case that was given back (LFA-9.1).
type ReturnInfo struct {
	Ticket    int64
	Number    string
	Agency    string
	Missing   []string
	Reason    string
	Remedy    string // how to correct it
	Appeal    string
	Form      *forms.Form // what it says itself is told in the citizen's language
	TrackURL  string
	LetterURL string // the letter as PDF; empty: there is none
}

// ReturnCard says why a case was given back, how to correct it and where to appeal, and lets it be filed again in one tap.
func ReturnCard(lang string, i ReturnInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Alt: say.Say("return.alt", "number", i.Number), Tone: "bad", Label: say.Say("return.label"), Title: say.Say("return.title"),
		Subtitle: say.Say("wantcard.case", "number", i.Number), Body: say.Say("return.body"), Note: say.Say("return.note"),
	}
	for n, what := range i.Missing {
		card.row(say.Say("return.missing", "n", strconv.Itoa(n+1)), what)
	}
	card.row(say.Say("decision.reason"), i.Reason)
	card.row(say.Say("return.remedy"), i.Remedy)
	card.row(say.Say("decision.appeal"), say.known(i.Form, i.Appeal))
	card.row(say.Say("receipt.agency"), i.Agency)
	card.Buttons = []Choice{
		button("primary", say.Say("choice.refile"), data(verbAgain, number(i.Ticket))),
		link("secondary", say.Say("choice.case"), i.TrackURL),
	}
	if i.LetterURL != "" {
		card.Buttons = append(card.Buttons, link("secondary", say.Say("choice.letter"), i.LetterURL))
	}
	return Reply{Card: &card, Choices: say.ways()}
}

// Again is what a case that was given back brings into the one that is filed in its place.
type Again struct {
	Form    forms.Key
	Answers []forms.Answer // without those that are missing
}

// acknowledge notes that the citizen saw what an officer asked for: that is their signature (LFA-8.1).
func (t *turn) acknowledge(ticket, notice string) {
	id, err := strconv.ParseInt(ticket, 10, 64)
	about, bad := strconv.ParseInt(notice, 10, 64)
	c, found := t.caseOf(id)
	switch {
	case err != nil || bad != nil || !found:
		t.old()
	case c.Closed:
		t.text(t.say.Say("want.over", "number", c.Number), append(t.kept(), t.trackChoice(), t.menuChoice(), t.humanChoice())...)
	case len(c.Wanted) == 0:
		t.do(Countersign{Ticket: id, Notice: about})
		t.text(t.say.Say("want.done"))
		t.here()
	default:
		t.do(Countersign{Ticket: id, Notice: about})
		t.askWanted(t.say.Say("want.acknowledged", "number", c.Number))
	}
}

// refile begins the form of a case that was given back, with all that was answered: only what is missing is asked.
func (t *turn) refile(ticket string) {
	id, err := strconv.ParseInt(ticket, 10, 64)
	c, found := t.caseOf(id)
	switch {
	case err == nil && found && c.Over != nil:
		t.over(c)
		return
	case err != nil || !found || c.Again == nil:
		t.text(t.say.Say("return.gone"))
		t.here()
		return
	}
	t.beginFilled(c.Again.Form, filled{
		same:  func(d *Draft) bool { return d.Again == id },
		draft: Draft{Again: id, Answers: c.Again.Answers},
		begun: t.say.Say("return.begun", "number", c.Number),
	})
}
