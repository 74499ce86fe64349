package bot

import (
	"strconv"
	"time"
)

// Confirm is what a citizen says of a result that they were told: it is really done, or it is not.
type Confirm struct {
	Ticket int64
	Result int // which decision it was: 1 is the first
	Fixed  bool
}

func (Confirm) effect() {}

// asks adds to the card of a result by whom and when the work was done, and the two taps by which the citizen says whether
// it is so (SVC-5). The photos are on the page of the case.
func (c *Card) asks(say Tongue, d DecisionInfo) {
	c.row(say.Say("decision.work"), d.Work)
	if d.Ask == 0 {
		return
	}
	id, n := number(d.Ticket), strconv.Itoa(d.Ask)
	c.Buttons = append(c.Buttons,
		button("primary", say.Say("choice.fixed"), data(verbFixed, id, n)),
		button("secondary", say.Say("choice.not_fixed"), data(verbNotFixed, id, n)))
	if d.Photos > 0 && d.TrackURL != "" {
		c.Buttons = append(c.Buttons, link("link", say.Say("choice.photos"), d.TrackURL))
	}
	c.Note = say.Say("decision.ask", "n", strconv.Itoa(d.AskDays))
}

// verdict takes what a citizen taps under a result. Who says that it is not done can go on at once with words and photos.
func (t *turn) verdict(ticket, result string, fixed bool) {
	id, err := strconv.ParseInt(ticket, 10, 64)
	n, bad := strconv.Atoi(result)
	c, found := t.caseOf(id)
	switch {
	case err != nil || bad != nil || !found:
		t.old()
	case c.Result != n && !c.Closed:
		t.text(t.say.Say("verdict.open", "number", c.Number), t.say.ways()...)
	case c.Result != n:
		t.text(t.say.Say("verdict.over", "number", c.Number), t.say.ways()...)
	case fixed:
		t.do(Confirm{Ticket: id, Result: n, Fixed: true})
		t.text(t.say.Say("verdict.fixed", "number", c.Number), t.say.ways()...)
	default:
		t.do(Confirm{Ticket: id, Result: n})
		t.c.putAside()
		t.c.Mode = Plain
		t.c.TalkingTo, t.c.TalkFor, t.c.TalkedAt, t.c.Told, t.c.Calling = c.Ticket, c.Ticket, t.m.At, false, ""
		t.text(t.say.Say("verdict.not_fixed", "number", c.Number), t.talkChoices()...)
	}
}

// JoinInfo is a case that goes on with another about the same, alone again, or open again because somebody said that it is
// not done.
type JoinInfo struct {
	Ticket   int64
	Number   string
	Subject  string
	Agency   string
	DueAt    time.Time // zero: not said
	TrackURL string
}

// JoinCard says that others told of the same: the case goes on with theirs and keeps its number.
func JoinCard(lang string, i JoinInfo) Reply {
	say := Tongue(lang)
	return say.joined(i, say.Say("join.joined"), say.Say("join.joined.body"))
}

// PartCard says that the case goes on by itself.
func PartCard(lang string, i JoinInfo) Reply {
	say := Tongue(lang)
	return say.joined(i, say.Say("join.parted"), say.Say("join.parted.body"))
}

// ReopenCard says that somebody else who told of the same says that it is not done.
func ReopenCard(lang string, i JoinInfo) Reply {
	say := Tongue(lang)
	return say.joined(i, say.Say("join.reopened"), say.Say("join.reopened.body"))
}

func (t Tongue) joined(i JoinInfo, title, body string) Reply {
	card := Card{
		Alt: title + " · " + i.Number, Tone: "plain", Label: t.Say("join.label"), Title: title, Subtitle: t.Say("wantcard.case", "number", i.Number), Body: body,
	}
	card.row(t.Say("receipt.subject"), i.Subject)
	card.row(t.Say("receipt.agency"), i.Agency)
	if !i.DueAt.IsZero() {
		card.row(t.Say("receipt.due"), t.date(i.DueAt))
	}
	card.Buttons = []Choice{link("primary", t.Say("choice.track_this"), i.TrackURL), button("secondary", t.Say("choice.talk"), TalkData(i.Ticket))}
	return Reply{Card: &card, Choices: t.ways()}
}
