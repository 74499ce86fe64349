package bot

import (
	"slices"
	"strconv"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// Step returns what the conversation becomes after a message, what to answer and what must
// happen. It is pure: it does no I/O, reads no clock and changes none of its arguments.
func Step(c Conversation, m Message, w World) (Conversation, []Reply, []Effect) {
	t := &turn{c: c.clone(), m: m, w: w, say: Tongue(w.Lang)}
	t.c.Version = stateVersion
	if words.Known(t.c.Lang) { // a language may be offered no more
		t.say = Tongue(t.c.Lang)
	}
	t.settle()
	told := len(t.replies)
	t.take()
	if told > 0 && told == len(t.replies) && !t.opens() { // the message itself needed no answer
		t.replies[told-1].Choices = fit(t.say.ways())
	}
	t.caution()
	return t.c, t.replies, t.effects
}

// opens says whether whoever carries the effects out adds the card of a page to the answer.
func (t *turn) opens() bool {
	return slices.ContainsFunc(t.effects, func(e Effect) bool {
		switch e.(type) {
		case OpenWeb, OpenMine, Sign:
			return true
		default:
			return false
		}
	})
}

// turn is one step under way.
type turn struct {
	c       Conversation
	m       Message
	w       World
	say     Tongue
	replies []Reply
	effects []Effect
	asked   asked // the questions of the open form, as they were looked up last
	undo    bool  // what was just read can be undone
}

// settle brings what is remembered up to the world: closed tickets, documents that came in,
// things held too long, forms that are offered no more.
func (t *turn) settle() {
	if t.c.TalkingTo != t.c.TalkFor {
		t.c.TalkFor, t.c.TalkedAt, t.c.Told = t.c.TalkingTo, t.m.At, false
	}
	if t.c.TalkingTo != 0 {
		t.c.Calling = ""
		if cs, ok := t.caseOf(t.c.TalkingTo); ok && cs.Closed {
			t.c.TalkingTo, t.c.TalkFor = 0, 0
		}
	}
	t.c.Supplied = slices.DeleteFunc(t.c.Supplied, func(g Given) bool { return !t.wants(g.Ticket, g.Item) })
	open := t.c.Draft
	t.c, _ = t.c.Expire(t.m.At)
	if open != nil && t.c.Draft == nil {
		t.text(t.say.Say("draft.expired"))
	}
	t.c.Kept = slices.DeleteFunc(t.c.Kept, func(d Draft) bool { return t.formOf(d) == nil })
	if t.c.Draft == nil {
		return
	}
	f := t.formOf(*t.c.Draft)
	switch {
	case f == nil:
		t.c.end(false)
		t.c.Mode = Plain
		t.text(t.say.Say("service.gone"))
	case f.Version != t.c.Draft.Version:
		// The version it began with is gone: answers stay, new questions are asked.
		t.c.Draft.Version = f.Version
		t.advance(f)
	}
}

// formOf returns the form of a draft: the version it began with, else the newest.
func (t *turn) formOf(d Draft) *forms.Form {
	if f, ok := t.w.Forms.Version(d.Form, d.Version); ok {
		return f.On(t.m.At)
	}
	if f, ok := t.w.Forms.Find(d.Form); ok {
		return f.On(t.m.At)
	}
	return nil
}

// take handles the message.
func (t *turn) take() {
	if t.m.Kind != Image && t.m.Kind != Unsend && t.m.Kind != Spoiled && t.m.Kind != SetEnded {
		t.endAlbums() // something else was said: the rest of a set is waited for no more
	}
	if t.fromPage() {
		return
	}
	switch t.m.Kind {
	case Follow:
		t.greet()
	case Unfollow:
	case Linked:
		t.linked()
	case Unsend:
		t.takenBack()
	case Edited:
		t.edited()
	case Spoiled:
		t.spoiled()
	case SetEnded:
		t.setEnded()
	case Postback:
		t.tapped()
	case Text:
		t.said()
	case Image, Video, Audio, File:
		t.sent()
	case Location:
		t.pinned()
	case Sticker, Other:
		t.odd()
	default:
		t.odd()
	}
}

// text adds a reply in words; too long for one message, it becomes several.
func (t *turn) text(words string, choices ...Choice) {
	pieces := thai.SplitText(words, maxText)
	for i, piece := range pieces {
		r := Reply{Text: piece}
		if i == len(pieces)-1 {
			r.Choices = fit(choices)
		}
		t.replies = append(t.replies, r)
	}
}

// card adds a reply with structure.
func (t *turn) card(c Card, choices ...Choice) {
	c.Alt = thai.ClipUTF16(c.Alt, maxAlt)
	t.replies = append(t.replies, Reply{Card: &c, Choices: fit(choices)})
}

func (t *turn) do(e Effect) { t.effects = append(t.effects, e) }

// Limits of LINE (line.md 2.11).
const (
	maxText    = 5000 // UTF-16 units of a text message
	maxAlt     = 400  // of a card's alternative text: 1,500 allowed, but it is read aloud
	maxChoices = 13   // quick replies
	maxLabel   = 20   // clusters of a quick reply's label
	maxData    = 300  // units of a button's data
)

// fit keeps the choices within the limits; those that come last go first.
func fit(choices []Choice) []Choice {
	if len(choices) > maxChoices {
		choices = choices[:maxChoices]
	}
	for i := range choices {
		choices[i].Label = thai.Clip(choices[i].Label, maxLabel)
	}
	return choices
}

// tap is a choice that comes back as a postback.
func tap(label, data string) Choice { return Choice{Gesture: Tap, Label: label, Data: data} }

// button is a tap on a card.
func button(style, label, data string) Choice {
	return Choice{Gesture: Tap, Label: thai.Clip(label, maxLabel*2), Data: data, Style: style}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// id returns an identifier nobody has used, for a draft or an asking begun in this step.
func (t *turn) id() string {
	if t.w.NewID != "" {
		return t.w.NewID
	}
	return "m" + t.m.ID
}

// stale reports whether the open form was left so long ago that the citizen may have
// forgotten it.
func (t *turn) stale() bool {
	d := t.c.Draft
	return d != nil && !d.TouchedAt.IsZero() && t.m.At.Sub(d.TouchedAt) > staleAfter
}

func (t *turn) caseOf(ticket int64) (Case, bool) {
	i := slices.IndexFunc(t.w.Cases, func(c Case) bool { return c.Ticket == ticket || slices.Contains(c.Others, ticket) })
	if i < 0 {
		return Case{}, false
	}
	return t.w.Cases[i], true
}

func (t *turn) wants(ticket int64, item string) bool {
	c, ok := t.caseOf(ticket)
	return ok && slices.ContainsFunc(c.Wanted, func(w Want) bool { return w.Item == item })
}

// talking reports whether what the citizen writes outside a form goes to officers.
func (t *turn) talking() bool {
	if t.c.Calling != "" {
		return t.m.At.Sub(t.c.TalkedAt) <= callFor
	}
	return t.c.TalkingTo != 0 && t.m.At.Sub(t.c.TalkedAt) <= talkFor
}

// touch notes that the citizen is at work on the open form.
func (t *turn) touch() {
	if t.c.Draft != nil {
		t.c.Draft.TouchedAt = t.m.At
	}
}

// day is the day of a time in Bangkok as date pickers write it.
func day(at time.Time) string { return at.In(thai.Bangkok()).Format(time.DateOnly) }
