package bot

import (
	"time"

	"saphan/forms"
)

// World is what a step may know besides the conversation itself. It is read before the step.
type World struct {
	Forms   *forms.Catalog
	Agency  string // name of the channel's agency, as greeted
	Phone   string // of the agency, for emergencies and breakdowns; may be empty
	Cases   []Case // the citizen's cases, newest first
	Lang    string // "th" or "en"
	NewID   string // an unused identifier, for a draft begun in this step
	BaseURL string // public address, without a slash at the end

	Known      []Known                      // facts about the citizen
	Vault      []Owned                      // documents that the citizen gave before and that still hold, one of a type
	Web        bool                         // a form can be gone on with in a browser: OpenWeb is carried out
	Understand func(said string) Understood // reads free text; nil: the services' own words are looked for

	Announced bool            // the agency has announced the channel as one for requests (EGA-10.6)
	TakenBack []TakenBackFrom // Unsend: what it meant for the citizen's cases
}

// TakenBackFrom is what taking a message back meant for a case, as far as the citizen should know.
type TakenBackFrom struct {
	Ticket int64
	Number string
	Item   string // of a Want that is missing again; empty: none
	Label  string // of that document
	Stays  bool   // the answer stays in the request, which was filed
}

// Case is one ticket or decided matter of the citizen, as far as the chat tells of it.
type Case struct {
	Ticket int64
	Others []int64 // tickets of the same request at other agencies, which cards from before name
	Number string
	Title  string // name of the service
	Status string // tickets.Status
	DueAt  time.Time
	Permit string // permit number, when one was issued
	Wanted []Want // documents an officer asked for and has not got
	Result int    // the decision that the citizen may still say of whether it is so; 0: none
	Again  *Again // it was given back or withdrawn and can be filed again; nil: it was not, or was filed again
	Appeal *Again // what an appeal against its decision begins with, Answers[0] naming the case; nil: there can be none
	Over   error  // why nothing is done in it by whoever filed it for somebody else, as a fault; nil: they go on (PDP-10)
	Closed bool
}

// Known and Owned are what need not be asked of the citizen again.
type (
	Known = forms.Known
	Owned = forms.Owned
)

// Want is a document that an officer asked for.
type Want struct {
	Item  string
	Label string
	Why   string // why what came is asked for again; empty: it is not
}
