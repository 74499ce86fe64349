package bot

import "saphan/forms"

// Effect is something that must happen because of a step. Step only names it; the job that
// runs the step carries it out in the same transaction.
type Effect interface{ effect() }

// Submit files the request: the form is complete and the citizen confirmed it.
type Submit struct {
	Draft   string // identifies this filling of the form; a second Submit of it changes nothing
	Form    forms.Key
	Version int
	Answers []forms.Answer
	Sources map[string][]string // Message.IDs that the answers came from, by field
	Again   int64               // the case that was given back and is filed again by this; 0: none
}

// Handoff asks for a person. Partial is what was answered so far, when a form was open.
type Handoff struct {
	Draft   string // identifies this asking; a second one changes nothing
	Form    forms.Key
	Version int
	Partial []forms.Answer
	Words   string // what the citizen said, if anything
	Files   []Attachment
	Place   *Place

	WordsFrom   []string            // Message.IDs that Words came from
	PlaceFrom   []string            // and Place
	PartialFrom map[string][]string // and Partial, by field
}

// Tell passes a message of the citizen to the officers of an open ticket.
type Tell struct {
	Ticket     int64  // tickets.TicketID; 0 when the ticket of a Handoff is not known yet
	Handoff    string // then Handoff.Draft of that asking
	From       string // Message.ID of the message it came with, when that is not the one of this step
	Text       string
	Attachment *Attachment
	Place      *Place
}

// Supply answers an officer's request for a missing document.
type Supply struct {
	Ticket     int64
	Item       string // key of the document asked for
	Attachment Attachment
}

// Countersign records that the citizen saw a deficiency notice (LFA-8.1).
type Countersign struct {
	Ticket int64
	Notice int64 // tickets.NoticeID
}

// Noticed records that the privacy notice was shown before the first question (PDP-1, PDP-2).
type Noticed struct {
	Form    forms.Key
	Version int // of the notice, not of the form
}

// Share records that the citizen, with a tap, lets this agency have a document that another agency
// received (SEED-21).
type Share struct {
	Document int64 // Owned.ID
}

// OpenWeb asks for a link with which the citizen goes on with a draft in a browser. It is answered with
// a WebCard.
type OpenWeb struct {
	Draft string
	Form  forms.Key
}

// OpenMine asks for a link with which the citizen opens one of their own pages. It is answered with a MineCard.
type OpenMine struct{ Page MinePage }

// Withdraw ends a case of the citizen. What becomes of it is told by whoever carries it out.
type Withdraw struct {
	Ticket int64
	Reason string // empty: none was given
	From   string // Message.ID of the message that gave it
}

func (Countersign) effect() {}

func (Withdraw) effect() {}

func (OpenMine) effect() {}
func (Submit) effect()   {}
func (Handoff) effect()  {}
func (Tell) effect()     {}
func (Supply) effect()   {}
func (Noticed) effect()  {}
func (Share) effect()    {}
func (OpenWeb) effect()  {}
