package bot

import (
	"slices"
	"strconv"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// undecided reports whether a case can still be withdrawn.
func (c Case) undecided() bool {
	return slices.Contains([]string{"open", "accepted", "awaiting_citizen"}, c.Status)
}

// withdrawSaid handles the wish to withdraw, in words: which case is meant is asked where there are several.
func (t *turn) withdrawSaid() {
	var choices []Choice
	for _, c := range t.w.Cases {
		if c.undecided() && len(choices) < 8 {
			choices = append(choices, tap(t.say.Say("choice.withdraw_one", "number", c.Number), data(verbLeave, number(c.Ticket))))
		}
	}
	switch len(choices) {
	case 0:
		t.text(t.say.Say("withdraw.none"), append(t.kept(), t.trackChoice(), t.menuChoice(), t.humanChoice())...)
	case 1:
		i := slices.IndexFunc(t.w.Cases, Case.undecided)
		t.withdraw(number(t.w.Cases[i].Ticket))
	default:
		t.text(t.say.Say("withdraw.which"), append(choices, t.trackChoice(), t.humanChoice())...)
	}
}

// withdraw asks before a case is withdrawn. An open form is kept.
func (t *turn) withdraw(ticket string) {
	c, ok := t.toWithdraw(ticket)
	if !ok {
		return
	}
	t.c.putAside()
	t.c.Mode, t.c.Leave, t.c.Held = Withdrawing, c.Ticket, Held{}
	t.text(t.say.Say("withdraw.ask", "number", c.Number, "title", c.Title), t.leaveChoices(c)...)
}

func (t *turn) leaveChoices(c Case) []Choice {
	return []Choice{
		tap(t.say.Say("choice.withdraw_yes"), data(verbLeft, number(c.Ticket))),
		tap(t.say.Say("choice.withdraw_no"), data(verbStay, number(c.Ticket))),
		t.humanChoice(),
	}
}

// toWithdraw returns an undecided case, or says why it is none.
func (t *turn) toWithdraw(ticket string) (Case, bool) {
	id, err := strconv.ParseInt(ticket, 10, 64)
	c, found := t.caseOf(id)
	switch {
	case err != nil || !found:
		t.old()
		return c, false
	case c.Over != nil:
		t.leave()
		t.over(c)
		return c, false
	case !c.undecided():
		t.leave()
		t.text(t.say.Say("withdraw.over", "number", c.Number), append(t.kept(), t.trackChoice(), t.menuChoice(), t.humanChoice())...)
		return c, false
	}
	return c, true
}

// over says why who filed a case for somebody else does nothing more in it.
func (t *turn) over(c Case) {
	t.text(fault.In(c.Over, string(t.say)), append(t.kept(), t.trackChoice(), t.menuChoice(), t.humanChoice())...)
}

// saidLeaving takes words while it is asked whether to withdraw: yes, no, or the reason.
func (t *turn) saidLeaving(c command) {
	ticket := number(t.c.Leave)
	switch c { //nolint:exhaustive // any other word is a reason
	case sendCommand:
		t.withdrawn(ticket)
		return
	case cancelCommand, noneCommand, undoCommand, backCommand:
		t.stay(ticket)
		return
	}
	one, ok := t.toWithdraw(ticket)
	if !ok {
		return
	}
	t.hold(func(h *Held) { h.Text = thai.Tidy(t.m.Text) })
	t.text(t.say.Say("withdraw.reason", "reason", thai.Clip(t.c.Held.Text, maxBody), "number", one.Number), t.leaveChoices(one)...)
}

// withdrawn withdraws a case. A "yes" from before, when something else is asked now, asks again.
func (t *turn) withdrawn(ticket string) {
	if t.c.Mode != Withdrawing || number(t.c.Leave) != ticket {
		t.withdraw(ticket)
		return
	}
	c, ok := t.toWithdraw(ticket)
	if !ok {
		return
	}
	w := Withdraw{Ticket: c.Ticket, Reason: t.c.Held.Text}
	if n := len(t.c.Held.From); n > 0 && w.Reason != "" {
		w.From = t.c.Held.From[n-1]
	}
	t.c.Mode, t.c.Leave, t.c.Held = Plain, 0, Held{}
	t.do(w)
}

// stay leaves a case as it is.
func (t *turn) stay(ticket string) {
	id, err := strconv.ParseInt(ticket, 10, 64)
	c, found := t.caseOf(id)
	if err != nil || !found {
		t.old()
		return
	}
	if t.c.Mode == Withdrawing {
		t.c.Mode, t.c.Leave, t.c.Held = Plain, 0, Held{}
	}
	t.text(t.say.Say("withdraw.kept", "number", c.Number), append(t.kept(), t.trackChoice(), t.menuChoice(), t.humanChoice())...)
}

// WithdrawnInfo is a case that its citizen withdrew.
type WithdrawnInfo struct {
	Ticket   int64
	Number   string
	Service  string
	Agency   string
	At       time.Time
	Paid     bool // money was paid for it
	TrackURL string
}

// WithdrawnCard confirms that a case was withdrawn, and lets it be filed again in one tap.
func WithdrawnCard(lang string, i WithdrawnInfo) Reply {
	say := Tongue(lang)
	card := Card{
		Alt: say.Say("withdrawn.alt", "number", i.Number), Tone: "plain", Label: say.Say("withdrawn.label"), Title: i.Service,
		Subtitle: say.Say("wantcard.case", "number", i.Number), Body: say.Say("withdrawn.body"), Note: say.Say("withdrawn.note"),
	}
	if i.Paid {
		card.Body += "\n" + say.Say("withdrawn.paid")
	}
	card.row(say.Say("withdrawn.at"), say.dateTime(i.At))
	card.row(say.Say("receipt.agency"), i.Agency)
	card.Buttons = []Choice{
		button("secondary", say.Say("choice.refile"), data(verbAgain, number(i.Ticket))),
		link("secondary", say.Say("choice.case"), i.TrackURL),
	}
	return Reply{Card: &card, Choices: say.ways()}
}

// NotWithdrawn says that a case was decided before it could be withdrawn.
func NotWithdrawn(lang, number string) Reply {
	say := Tongue(lang)
	return Reply{Text: say.Say("withdraw.late", "number", number), Choices: say.ways()}
}
