package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"saphan/forms"
)

// stateVersion is the version of the stored form of a Conversation.
const stateVersion = 1

// Conversation is what is remembered of one citizen's exchange on one channel. It is stored
// as JSON between steps; the zero value is a conversation that has not begun.
type Conversation struct {
	Version int     `json:"v"`
	Lang    string  `json:"lang,omitempty"` // chosen by the citizen; "" leaves it to the World
	Mode    Mode    `json:"mode,omitempty"`
	Draft   *Draft  `json:"draft,omitempty"` // the form being filled in
	Kept    []Draft `json:"kept,omitempty"`  // forms put aside, one for each service, oldest first

	// TalkingTo is the ticket whose officers read what the citizen writes outside a form.
	TalkingTo int64     `json:"talking_to,omitempty"`
	TalkedAt  time.Time `json:"talked_at,omitzero"`   // when either side last wrote
	TalkFor   int64     `json:"talk_for,omitempty"`   // the ticket that TalkedAt and Told are about
	Told      bool      `json:"told,omitempty"`       // the citizen knows that words reach an officer
	Calling   string    `json:"calling,omitempty"`    // Handoff.Draft, until the ticket is known
	Leave     int64     `json:"leave,omitempty"`      // the ticket that Withdrawing is about; Held.Text is why
	Held      Held      `json:"held,omitzero"`        // sent without saying what for
	Albums    []Album   `json:"albums,omitempty"`     // the sets of pictures that came last, oldest first
	Noticed   []Shown   `json:"noticed,omitempty"`    // privacy notices shown
	Ended     []Ending  `json:"ended,omitempty"`      // the last drafts sent or given up
	Supplied  []Given   `json:"supplied,omitempty"`   // documents given on request, until the case says so
	Asked     []string  `json:"asked_away,omitempty"` // drafts whose partial form officers already have
	Cautioned bool      `json:"cautioned,omitempty"`  // knows that the channel is not announced
}

// Mode is what the next message is taken for, besides an answer to the question.
type Mode string

// The modes. Plain means: an answer when a form is open, else a new wish.
const (
	Plain       Mode = ""
	Cancelling  Mode = "cancelling"  // asked whether to give the form up
	Removing    Mode = "removing"    // asked whether to take a thing of a group out
	Resuming    Mode = "resuming"    // asked whether to go on with a form left days ago
	Human       Mode = "human"       // asked what to tell the officer
	Sorting     Mode = "sorting"     // asked what a photo, place or text is for
	Withdrawing Mode = "withdrawing" // asked whether to withdraw a case, and why
)

// Draft is one filling of a form.
type Draft struct {
	ID        string              `json:"id"`
	Form      forms.Key           `json:"form"`
	Version   int                 `json:"version"`
	Field     string              `json:"field,omitempty"` // the open question; "" when all is answered
	Editing   bool                `json:"editing,omitempty"`
	Fresh     bool                `json:"fresh,omitempty"`  // the next file replaces those sent before
	Retake    bool                `json:"retake,omitempty"` // the next file replaces the last one
	Picks     []string            `json:"picks,omitempty"`  // tapped so far at an open question of several choices
	Search    string              `json:"search,omitempty"` // typed to find a choice of the open question
	Remove    string              `json:"remove,omitempty"` // the thing that Removing is about: group|n.revision
	Again     int64               `json:"again,omitempty"`  // the case that was given back and is filed again by this; 0: none
	Use       bool                `json:"use,omitempty"`    // what is known of the citizen answers what it can (SEED-21)
	Pasted    *Pasted             `json:"pasted,omitempty"` // several answers that came in one message, while they can be undone
	Left      *Left               `json:"left,omitempty"`   // where the chat was when a page changed the form; nil: none did since
	Revision  int                 `json:"revision"`         // counts changes, so that what is sent is what was shown
	Answers   []forms.Answer      `json:"answers,omitempty"`
	Skipped   []string            `json:"skipped,omitempty"`
	Sources   map[string][]string `json:"sources,omitempty"` // messages that answers came from, by field
	StartedAt time.Time           `json:"started_at,omitzero"`
	TouchedAt time.Time           `json:"touched_at,omitzero"`
}

// Pasted is answers that were read out of one message.
type Pasted struct {
	Fields   []string `json:"fields"`
	Revision int      `json:"revision"` // of the draft when they were put in
	Field    string   `json:"field"`    // the question that was open
}

// Held is what came without a purpose: offered to the form or ticket it turns out to be for.
type Held struct {
	Files []HeldFile   `json:"files,omitempty"`
	Place *forms.Place `json:"place,omitempty"`
	Text  string       `json:"text,omitempty"`
	For   forms.Key    `json:"for,omitempty"`   // the service that Text was understood as
	Parts []Part       `json:"parts,omitempty"` // what Text says already about it
	At    time.Time    `json:"at,omitzero"`
	From  []string     `json:"from,omitempty"` // messages that Place and Text came from
}

// HeldFile is a file with the message that brought it.
type HeldFile struct {
	forms.File
	Message string `json:"message"`
}

// Shown is a privacy notice that was shown.
type Shown struct {
	Form    forms.Key `json:"form"`
	Version int       `json:"version"`
}

// Ending is a draft that is no more.
type Ending struct {
	Draft string    `json:"draft"`
	Form  forms.Key `json:"form"`
	Sent  bool      `json:"sent,omitempty"` // false: given up
}

// Given is a wanted document that was handed over.
type Given struct {
	Ticket int64  `json:"ticket"`
	Item   string `json:"item"`
}

// How much is remembered, and for how long it counts.
const (
	endedKept  = 20
	heldFiles  = 50 // the most pictures that can be chosen at once
	heldFor    = 30 * time.Minute
	heldWorth  = 15 // letters; shorter words name a service and say nothing about the matter
	staleAfter = 12 * time.Hour
	talkFor    = 72 * time.Hour
	draftFor   = 30 * 24 * time.Hour // PDP-5
	callFor    = time.Hour           // a wish for a person becomes a ticket in seconds
)

// UnmarshalJSON reads a stored conversation. One written by a later release is refused rather
// than read by halves.
func (c *Conversation) UnmarshalJSON(raw []byte) error {
	type plain Conversation
	var p struct {
		plain
		Album *Album `json:"album"` // as it was kept when there was one at a time
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("read a conversation: %w", err)
	}
	if p.Album != nil {
		p.Albums = append(p.Albums, *p.Album)
	}
	if p.Version > stateVersion {
		return fmt.Errorf("read a conversation: state version %d is newer than %d", p.Version, stateVersion)
	}
	*c = Conversation(p.plain)
	return nil
}

// Connected notes that a wish for a person has become a ticket: what the citizen writes
// from now on goes to its officers.
func (c Conversation) Connected(ticket int64, at time.Time) Conversation {
	c.Told = c.Told || c.Calling != "" // the wish itself was confirmed
	c.TalkingTo, c.TalkFor, c.TalkedAt, c.Calling = ticket, ticket, at, ""
	return c
}

// Spoken notes that an officer of the ticket wrote to the citizen: an answer in words goes
// back to the officer. A form that was being filled in is put aside, not lost.
func (c Conversation) Spoken(ticket int64, at time.Time) Conversation {
	c = c.clone()
	c.putAside()
	c.Mode = Plain
	c.TalkingTo, c.TalkFor, c.TalkedAt, c.Told = ticket, ticket, at, false
	return c
}

// clone copies what a step may change, so that the caller's value stays as it was.
func (c Conversation) clone() Conversation {
	if c.Draft != nil {
		d := c.Draft.clone()
		c.Draft = &d
	}
	c.Kept = slices.Clone(c.Kept)
	for i := range c.Kept {
		c.Kept[i] = c.Kept[i].clone()
	}
	c.Held.Files = slices.Clone(c.Held.Files)
	c.Albums = slices.Clone(c.Albums)
	for i := range c.Albums {
		c.Albums[i] = c.Albums[i].clone()
	}
	c.Held.From = slices.Clone(c.Held.From)
	c.Held.Parts = slices.Clone(c.Held.Parts)
	c.Noticed = slices.Clone(c.Noticed)
	c.Ended = slices.Clone(c.Ended)
	c.Supplied = slices.Clone(c.Supplied)
	c.Asked = slices.Clone(c.Asked)
	return c
}

func (d Draft) clone() Draft {
	d.Answers = slices.Clone(d.Answers)
	d.Skipped = slices.Clone(d.Skipped)
	d.Picks = slices.Clone(d.Picks)
	if d.Pasted != nil {
		p := *d.Pasted
		p.Fields = slices.Clone(p.Fields)
		d.Pasted = &p
	}
	sources := make(map[string][]string, len(d.Sources))
	for field, ids := range d.Sources {
		sources[field] = slices.Clone(ids)
	}
	d.Sources = sources
	return d
}

// Expire forgets forms that were left for longer than the law of the house allows (PDP-5) and
// things held without a purpose; changed says whether there were any. A step does so by itself;
// this is for those who never come back.
func (c Conversation) Expire(now time.Time) (expired Conversation, changed bool) {
	c = c.clone()
	old := func(d Draft) bool { return !d.TouchedAt.IsZero() && now.Sub(d.TouchedAt) > draftFor }
	before := len(c.Kept)
	for _, d := range c.Kept {
		if old(d) {
			c.note(Ending{Draft: d.ID, Form: d.Form})
		}
	}
	c.Kept = slices.DeleteFunc(c.Kept, old)
	changed = len(c.Kept) != before
	if c.Draft != nil && old(*c.Draft) {
		c.end(false)
		c.Mode, changed = Plain, true
	}
	if !c.Held.At.IsZero() && now.Sub(c.Held.At) > heldFor {
		c.Held, changed = Held{}, true
		if c.Mode == Sorting || c.Mode == Withdrawing {
			c.Mode = Plain
		}
	}
	return c, changed
}

// putAside keeps the open draft for later; an older one of the same service gives way only
// if it is the same draft.
func (c *Conversation) putAside() {
	if c.Draft == nil {
		return
	}
	c.Kept = slices.DeleteFunc(c.Kept, func(d Draft) bool { return d.ID == c.Draft.ID })
	c.Kept = append(c.Kept, *c.Draft)
	c.Draft = nil
}

// takeUp opens a kept draft again.
func (c *Conversation) takeUp(id string) bool {
	i := slices.IndexFunc(c.Kept, func(d Draft) bool { return d.ID == id })
	if i < 0 {
		return false
	}
	d := c.Kept[i]
	c.Kept = slices.Delete(c.Kept, i, i+1)
	c.putAside()
	c.Draft = &d
	return true
}

// VersionOf is the version of the form that a draft is of; 0: there is no such draft.
func (c Conversation) VersionOf(draft string) int {
	if c.Draft != nil && c.Draft.ID == draft {
		return c.Draft.Version
	}
	for _, d := range c.Kept {
		if d.ID == draft {
			return d.Version
		}
	}
	return 0
}

// keptOf returns the draft of a service that was put aside last.
func (c *Conversation) keptOf(form forms.Key) (Draft, bool) {
	for _, d := range slices.Backward(c.Kept) {
		if d.Form == form {
			return d, true
		}
	}
	return Draft{}, false
}

// end notes that the open draft is no more.
func (c *Conversation) end(sent bool) {
	if c.Draft == nil {
		return
	}
	c.note(Ending{Draft: c.Draft.ID, Form: c.Draft.Form, Sent: sent})
	c.Draft = nil
}

// note remembers for a while how a draft ended, for taps on its old cards.
func (c *Conversation) note(e Ending) {
	c.Ended = append(c.Ended, e)
	if n := len(c.Ended) - endedKept; n > 0 {
		c.Ended = slices.Delete(c.Ended, 0, n)
	}
	c.Asked = slices.DeleteFunc(c.Asked, func(id string) bool { return id == e.Draft })
}

// turnTo opens a question; what was begun at another one and is no answer yet is given up.
func (d *Draft) turnTo(field string) {
	d.Field, d.Fresh, d.Retake, d.Picks, d.Search = field, false, false, nil, ""
}

// put stores an answer in place of any earlier one.
func (d *Draft) put(a forms.Answer, messages ...string) {
	d.Revision++
	d.Skipped = slices.DeleteFunc(d.Skipped, func(key string) bool { return key == a.Field })
	if d.Sources == nil {
		d.Sources = map[string][]string{}
	}
	d.Sources[a.Field] = messages
	if i := slices.IndexFunc(d.Answers, func(b forms.Answer) bool { return b.Field == a.Field }); i >= 0 {
		d.Answers[i] = a
		return
	}
	d.Answers = append(d.Answers, a)
}

// remove takes the answer to a field out.
func (d *Draft) remove(field string) {
	d.Revision++
	d.Answers = slices.DeleteFunc(d.Answers, func(a forms.Answer) bool { return a.Field == field })
	delete(d.Sources, field)
}
