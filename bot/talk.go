package bot

import (
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/thai"
)

// human brings a person in, from wherever the citizen is (design rule 10). With a form open
// the officers get what was answered so far; the form is kept.
func (t *turn) human() {
	d := t.c.Draft
	switch {
	case d != nil && slices.Contains(t.c.Asked, d.ID):
		t.c.putAside()
		t.c.Mode = Plain
		t.text(t.say.Say("human.again"), t.talkChoices()...)
	case d != nil:
		t.handoff("")
	case t.talking():
		t.c.Mode = Plain
		choices := t.talkChoices()
		if t.c.Calling == "" {
			choices = append([]Choice{tap(t.say.Say("choice.other_matter"), data(verbCall))}, choices...)
		}
		t.text(t.say.Say("talk.here"), choices...)
	default:
		t.askHuman()
	}
}

// askHuman asks what to tell the officer; calling without a word is offered too.
func (t *turn) askHuman() {
	t.c.Mode = Human
	words := t.say.Say("human.ask")
	if t.w.Phone != "" {
		words += "\n" + t.say.Say("human.phone", "phone", t.w.Phone)
	}
	t.text(words, tap(t.say.Say("choice.call"), data(verbCall)), t.menuChoice(), t.trackChoice())
}

// call handles the tap that calls an officer at once, or about another matter.
func (t *turn) call() {
	switch {
	case t.c.Draft != nil:
		t.human()
	case t.c.Mode == Human:
		t.handoff("")
	case t.c.Calling != "":
		t.text(t.say.Say("talk.here"), t.talkChoices()...)
	default:
		t.askHuman()
	}
}

// handoff asks for a person, with what was held, and keeps the open form for later.
func (t *turn) handoff(words string, files ...Attachment) {
	h := Handoff{Draft: t.id(), Words: words, Files: files, Place: placeOf(t.c.Held.Place)}
	if before := t.c.Held.Text; before != "" && before != words {
		h.Words = strings.TrimSpace(before + "\n" + words)
	}
	for _, f := range t.c.Held.Files {
		h.Files = append(h.Files, attachmentOf(f.File))
	}
	if words != "" {
		h.WordsFrom = append(h.WordsFrom, t.m.ID)
	}
	if t.c.Held.Text != "" {
		h.WordsFrom = append(h.WordsFrom, t.c.Held.From...)
	}
	if h.Place != nil {
		h.PlaceFrom = append(slices.Clone(t.c.Held.From), t.m.ID)
	}
	t.c.Held = Held{}
	answer := t.say.Say("human.called")
	if d := t.c.Draft; d != nil {
		f := t.formOf(*d)
		h.Form, h.Version, h.Partial = f.Key, f.Version, f.Asked(d.Answers)
		h.PartialFrom = d.clone().Sources
		if h.Draft == d.ID {
			h.Draft += "-h" // a draft begun in this very step has taken the identifier
		}
		t.c.Asked = append(t.c.Asked, d.ID)
		t.c.putAside()
		answer = t.say.Say("human.called_with_form")
	}
	t.do(h)
	t.c.Mode = Plain
	t.c.TalkingTo, t.c.TalkFor, t.c.Told = 0, 0, true
	t.c.Calling = h.Draft
	t.c.TalkedAt = t.m.At
	t.text(answer, t.talkChoices()...)
}

// talkChoices are offered while words go to officers.
func (t *turn) talkChoices() []Choice {
	return append(t.kept(), t.menuChoice(), t.trackChoice())
}

// tell passes something on to the officers the citizen is talking to. Only the first time is
// confirmed: a person does not confirm each sentence either.
func (t *turn) tell(what Tell) {
	what.Ticket, what.Handoff = t.c.TalkingTo, t.c.Calling
	if what.Ticket != 0 {
		what.Handoff = ""
	}
	t.do(what)
	t.c.TalkedAt = t.m.At
	if !t.c.Told {
		t.c.Told = true
		t.text(t.say.Say("talk.told"), t.talkChoices()...)
	}
}

// tellHeld passes on what was held, to the officers the citizen is now talking to.
func (t *turn) tellHeld() {
	h := t.c.Held
	t.c.Held = Held{}
	t.c.Told = true // one confirmation for all of it, by the caller
	from := ""
	if len(h.From) > 0 {
		from = h.From[len(h.From)-1]
	}
	if h.Text != "" || h.Place != nil {
		t.tell(Tell{Text: h.Text, Place: placeOf(h.Place), From: from})
	}
	for _, f := range h.Files {
		a := attachmentOf(f.File)
		t.tell(Tell{Attachment: &a, From: f.Message})
	}
}

func attachmentOf(f forms.File) Attachment {
	return Attachment{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size}
}

func placeOf(p *forms.Place) *Place {
	if p == nil || !p.Pinned() {
		return nil
	}
	return &Place{Title: p.Title, Address: p.Address, Latitude: *p.Latitude, Longitude: *p.Longitude}
}

// talk turns what the citizen writes to the officers of one case.
func (t *turn) talk(ticket string) {
	c, ok := t.openCase(ticket)
	if !ok {
		t.old()
		return
	}
	t.c.putAside()
	t.c.Mode = Plain
	t.c.TalkingTo, t.c.TalkFor, t.c.TalkedAt, t.c.Told, t.c.Calling = c.Ticket, c.Ticket, t.m.At, false, ""
	t.text(t.say.Say("talk.begin", "number", c.Number), t.talkChoices()...)
}

func (t *turn) openCase(ticket string) (Case, bool) {
	id, err := strconv.ParseInt(ticket, 10, 64)
	if err != nil {
		return Case{}, false
	}
	c, ok := t.caseOf(id)
	return c, ok && !c.Closed
}

// about passes what was held to the officers of one case.
func (t *turn) about(ticket string) {
	c, ok := t.openCase(ticket)
	if h := t.c.Held; !ok || (h.Text == "" && h.Place == nil && len(h.Files) == 0) {
		t.old()
		return
	}
	t.c.Mode = Plain
	t.c.TalkingTo, t.c.TalkFor, t.c.TalkedAt, t.c.Calling = c.Ticket, c.Ticket, t.m.At, ""
	t.tellHeld()
	t.text(t.say.Say("talk.told_about", "number", c.Number), t.talkChoices()...)
}

// aboutChoices offer to pass what was held to the officers of an open case.
func (t *turn) aboutChoices() []Choice {
	var choices []Choice
	for _, c := range t.w.Cases {
		if !c.Closed && len(choices) < 4 {
			choices = append(choices, tap(t.say.Say("choice.about", "number", c.Number), data(verbAbout, number(c.Ticket))))
		}
	}
	return choices
}

// sentFreely handles a file while no form is open: a document an officer waits for, something
// for the officer being talked to, or a thing whose purpose must be asked.
func (t *turn) sentFreely(files ...HeldFile) {
	wanted := t.wanted()
	switch {
	case len(wanted) == 1 && document(t.m.Kind) && (!t.talking() || t.c.TalkingTo == wanted[0].ticket):
		t.supply(wanted[0], files)
	case len(wanted) > 0 && document(t.m.Kind): // more than one, or the talk is about another case: which is it?
		t.holdFiles(files)
		t.sort()
	case t.c.Mode == Human:
		all := make([]Attachment, 0, len(files))
		for _, f := range files {
			all = append(all, attachmentOf(f.File))
		}
		t.handoff("", all...)
	case t.talking():
		t.tellFiles(files)
	default:
		t.holdFiles(files)
		t.sort()
	}
}

// document reports whether a message can carry a document.
func document(k Kind) bool { return k == Image || k == File }

func (t *turn) tellFiles(files []HeldFile) {
	for _, f := range files {
		a := attachmentOf(f.File)
		told := Tell{Attachment: &a}
		if f.Message != t.m.ID {
			told.From = f.Message
		}
		t.tell(told)
	}
}

func (t *turn) holdFiles(files []HeldFile) {
	t.hold(func(h *Held) {
		for _, f := range files {
			if slices.ContainsFunc(h.Files, func(old HeldFile) bool { return old.ID == f.ID }) {
				continue
			}
			var from []string
			for _, old := range h.Files {
				from = append(from, old.Message)
			}
			h.Files = slices.Insert(h.Files, t.placeAmong(from, f.Message), f)
		}
		if n := len(h.Files) - heldFiles; n > 0 {
			h.Files = slices.Delete(h.Files, 0, n)
		}
	})
}

// pinnedFreely handles a place while no form is open.
func (t *turn) pinnedFreely(p *forms.Place) {
	switch {
	case t.c.Mode == Human:
		t.c.Held.Place = p
		t.handoff("")
	case t.talking():
		t.tell(Tell{Place: placeOf(p)})
	default:
		t.hold(func(h *Held) { h.Place = p })
		t.sort()
	}
}

// sort asks what a photo or a place is for.
func (t *turn) sort() {
	t.c.Mode = Sorting
	var choices []Choice
	ask := t.say.Say("held.what_for")
	for _, w := range t.wanted() {
		if len(choices) < 5 {
			choices, ask = append(choices, tap(w.label, data(verbSupply, number(w.ticket), w.item))), t.say.Say("held.which_document")
		}
	}
	for _, f := range t.w.Forms.List() {
		if takesHeld(f, t.c.Held) && len(choices) < 8 {
			choices = append(choices, t.startChoice(f))
		}
	}
	choices = append(choices, t.aboutChoices()...)
	t.text(ask, append(choices, t.humanChoice(), t.menuChoice())...)
}

// sortInForm asks whether a file that the open question has no use for is a document that an
// officer waits for.
func (t *turn) sortInForm() {
	t.c.Mode = Plain
	var choices []Choice
	for _, w := range t.wanted() {
		if len(choices) < 8 {
			choices = append(choices, tap(w.label, data(verbSupply, number(w.ticket), w.item)))
		}
	}
	t.text(t.say.Say("held.is_wanted"), append(choices, t.goChoice(*t.c.Draft), t.humanChoice())...)
}

// takesHeld reports whether a service asks for what is held without asking who you are first:
// those are the ones a loose photo is likely for.
func takesHeld(f *forms.Form, h Held) bool {
	return slices.ContainsFunc(f.Fields, func(fl forms.Field) bool {
		photo := fl.Kind == forms.PhotoField && slices.ContainsFunc(h.Files, func(x HeldFile) bool { return strings.HasPrefix(x.Type, "image/") })
		place := fl.Kind == forms.LocationField && h.Place != nil
		return (photo || place) && fl.Always() && len(f.Fields) < 10
	})
}

// wish is a document that an officer asked for and has not got.
type wish struct {
	ticket int64
	number string
	item   string
	label  string
}

// wanted lists the documents officers wait for, leaving out those just given. Those of the
// ticket being talked about come first.
func (t *turn) wanted() []wish {
	var wishes []wish
	for _, c := range t.w.Cases {
		for _, w := range c.Wanted {
			if !c.Closed && !slices.Contains(t.c.Supplied, Given{Ticket: c.Ticket, Item: w.Item}) {
				wishes = append(wishes, wish{ticket: c.Ticket, number: c.Number, item: w.Item, label: w.Label})
			}
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int {
		return rank(a.ticket == t.c.TalkingTo) - rank(b.ticket == t.c.TalkingTo)
	})
	return wishes
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// supply hands a wanted document over.
func (t *turn) supply(w wish, files []HeldFile) {
	for i, f := range files {
		a := attachmentOf(f.File)
		if i == 0 {
			t.do(Supply{Ticket: w.ticket, Item: w.item, Attachment: a})
			continue
		}
		t.do(Tell{Ticket: w.ticket, Attachment: &a, From: f.Message}) // further pages
	}
	t.c.Supplied = append(t.c.Supplied, Given{Ticket: w.ticket, Item: w.item})
	t.c.Mode = Plain
	t.c.TalkingTo, t.c.TalkFor, t.c.TalkedAt, t.c.Calling = w.ticket, w.ticket, t.m.At, ""
	got := t.say.Say("want.got", "label", w.label, "number", w.number)
	switch {
	case t.c.Draft != nil:
		t.text(got)
		t.here()
	case len(t.wanted()) == 0:
		t.text(got, t.talkChoices()...)
	default:
		t.text(got)
		t.askWanted(t.say.Say("want.more"))
	}
}

// supplyTapped hands over the held files as the tapped document, or waits for them.
func (t *turn) supplyTapped(ticket, item string) {
	i := slices.IndexFunc(t.wanted(), func(w wish) bool { return number(w.ticket) == ticket && w.item == item })
	switch {
	case i < 0:
		t.text(t.say.Say("want.done"))
		t.here()
	case len(t.c.Held.Files) == 0:
		t.askWanted(t.say.Say("want.send"))
	default:
		w, files := t.wanted()[i], t.c.Held.Files
		t.c.Held.Files = nil
		t.supply(w, files)
	}
}

// askWanted asks again for the documents officers wait for.
func (t *turn) askWanted(words string) {
	var lines []string
	for _, w := range t.wanted() {
		lines = append(lines, t.say.Say("want.line", "label", w.label, "number", w.number))
	}
	first := t.wanted()[0]
	t.text(thai.ClipUTF16(words+"\n"+strings.Join(lines, "\n"), maxText),
		Choice{Gesture: Camera, Label: t.say.Say("choice.camera")},
		Choice{Gesture: CameraRoll, Label: t.say.Say("choice.roll")},
		tap(t.say.Say("choice.talk"), data(verbTalk, number(first.ticket))),
		t.menuChoice(), t.trackChoice())
}

// track shows the citizen's cases, and then asks the open question again.
func (t *turn) track() {
	if len(t.w.Cases) == 0 {
		t.text(t.say.Say("track.none"))
		t.addHere(t.mineChoice())
		return
	}
	carousel := Card{Alt: t.say.Say("track.alt", "n", number(int64(len(t.w.Cases))))}
	for _, c := range t.w.Cases[:min(len(t.w.Cases), maxCards-2)] {
		carousel.Cards = append(carousel.Cards, t.caseCard(c))
	}
	if t.w.BaseURL != "" {
		carousel.Cards = append(carousel.Cards, Card{
			Alt: t.say.Say("mine.label"), Tone: "plain", Title: t.say.Say("mine.label"), Body: t.say.Say("mine.requests.body"),
			Buttons: []Choice{button("secondary", t.say.Say("choice.open_mine"), mineData(MineRequests))},
		})
	}
	if t.c.Draft != nil || t.c.Mode == Human || t.c.Mode == Sorting {
		t.card(carousel)
		t.here()
		return
	}
	t.card(carousel, append(t.kept(), t.menuChoice(), t.humanChoice())...)
}

func (t *turn) caseCard(c Case) Card {
	card := Card{
		Alt: c.Title + " " + c.Number, Tone: "plain", Label: c.Number, Title: c.Title,
		Rows: []Row{{Label: t.say.Say("track.status"), Value: t.standing(c)}},
	}
	if !c.Closed && !c.DueAt.IsZero() {
		card.Rows = append(card.Rows, Row{Label: t.say.Say("track.due"), Value: t.say.date(c.DueAt) + " (" + t.say.remaining(t.m.At, c.DueAt) + ")"})
	}
	for _, w := range c.Wanted {
		if !slices.Contains(t.c.Supplied, Given{Ticket: c.Ticket, Item: w.Item}) {
			card.Tone = "warn"
			card.Rows = append(card.Rows, Row{Label: t.say.Say("track.wanted"), Value: w.Label})
		}
	}
	if c.Permit != "" {
		card.Tone = "good"
		card.Rows = append(card.Rows, Row{Label: t.say.Say("track.permit"), Value: c.Permit})
		if t.w.BaseURL != "" {
			card.Buttons = append(card.Buttons, Choice{Gesture: Open, Label: t.say.Say("choice.permit"), URL: permitURL(t.w.BaseURL, c.Permit), Style: "primary"})
		}
	}
	if c.Result != 0 {
		id, n := number(c.Ticket), number(int64(c.Result))
		card.Buttons = append(card.Buttons, button("primary", t.say.Say("choice.fixed"), data(verbFixed, id, n)), button("secondary", t.say.Say("choice.not_fixed"), data(verbNotFixed, id, n)))
	}
	if c.Again != nil && c.Over == nil {
		card.Buttons = append(card.Buttons, button("primary", t.say.Say("choice.refile"), data(verbAgain, number(c.Ticket))))
	}
	if c.Appeal != nil && c.Over == nil {
		card.Buttons = append(card.Buttons, button("secondary", t.say.Say("choice.appeal"), AppealData(c.Ticket)))
	}
	if !c.Closed {
		card.Buttons = append(card.Buttons, button("secondary", t.say.Say("choice.talk"), data(verbTalk, number(c.Ticket))))
	}
	if c.undecided() && c.Over == nil {
		card.Buttons = append(card.Buttons, button("link", t.say.Say("choice.withdraw"), data(verbLeave, number(c.Ticket))))
	}
	return card
}

// standing is how a case stands, in the citizen's words.
func (t *turn) standing(c Case) string {
	switch c.Status {
	case "open":
		return t.say.Say("status.open")
	case "accepted":
		return t.say.Say("status.accepted")
	case "awaiting_citizen":
		return t.say.Say("status.awaiting")
	case "approved":
		return t.say.Say("status.approved")
	case "refused":
		return t.say.Say("status.refused")
	case "revoked":
		return t.say.Say("status.revoked")
	case "returned":
		return t.say.Say("status.returned")
	case "withdrawn":
		return t.say.Say("status.withdrawn")
	case "transferred", "bounced": // for the moment until the next agency has it
		return t.say.Say("status.transferred")
	case "referred":
		return t.say.Say("status.referred")
	case "merged":
		return t.say.Say("status.merged")
	default:
		return c.Status
	}
}
