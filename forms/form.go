// Package forms defines the services that citizens can ask for, as data: what is asked, what
// it costs, how long it takes, what comes out and by which law. The definition is also the
// citizen manual (LFA-7.1). A new service is a new file in services/, without code.
package forms

import (
	"slices"
	"strings"
	"time"

	"saphan/internal/words"
)

// Text is the same words in Thai and in English.
type Text = words.Text

// Form is one version of the definition of a service. It is never changed once loaded.
type Form struct {
	Key          Key           `json:"key"`
	Version      int           `json:"version"`
	Title        Text          `json:"title"`
	Short        Text          `json:"short"` // the title as it fits a small button
	Summary      Text          `json:"summary"`
	Icon         string        `json:"icon"`
	Order        int           `json:"order"`                 // place in the list of services
	From         Day           `json:"from,omitzero"`         // the day from which this version is offered; none: at once
	Words        []string      `json:"words"`                 // what people call it; matched in free text
	Says         []string      `json:"says,omitempty"`        // how people ask for it, an utterance each; matched in free text
	FormCode     string        `json:"form_code"`             // name of the paper form, a label only
	Signer       string        `json:"signer,omitempty"`      // post of who signs what comes out; "": the agency's usual
	Fields       []Field       `json:"fields"`                //
	Own          string        `json:"own,omitempty"`         // condition, in CEL: the answers are about who files, not about another
	Computed     []Computed    `json:"computed,omitempty"`    // what follows from the answers
	Declares     Text          `json:"declares,omitzero"`     // what sending the request declares, shown before sending
	Fee          Fee           `json:"fee"`                   //
	Clocks       []Clock       `json:"clocks"`                // the times by which the law has things done
	Late         LatePolicy    `json:"late_policy,omitempty"` // what follows when nobody decides in time; "": letters
	Next         Text          `json:"next"`                  // what happens after the request is in
	Steps        []Step        `json:"steps"`                 // the agency's steps, for the manual
	Deciding     Deciding      `json:"deciding,omitzero"`     // who must have looked at a case before it is decided
	Closing      Closing       `json:"closing,omitzero"`      // what stands behind the word that it is done
	Notification *Notification `json:"notification,omitzero"` // the requests that ask for no leave; nil: none
	Auto         []AutoRule    `json:"auto_rules,omitempty"`  // what the system does by itself
	Legal        []Text        `json:"legal_basis"`           //
	Outcomes     []Outcome     `json:"outcomes"`              // the first whose condition is met counts; the last has none
	Queue        string        `json:"queue"`                 // key of the queue an agency uses unless it says otherwise
	Queues       []Branch      `json:"queues,omitempty"`      // other queues for some requests; the first condition that is met counts
	Notice       Notice        `json:"notice"`                //
	Identity     Identity      `json:"identity"`              //
	Retention    string        `json:"retention_class"`       // EGA-17.1
	Reasons      []Reason      `json:"reasons"`               // why the request may be refused
	Appeal       Appeal        `json:"appeal"`                //
	InPerson     *Law          `json:"in_person,omitzero"`    // EGA-7.6: the act cannot be done on line; why
	SubjectOf    []string      `json:"subject"`               // fields that tell one request from another in a list
	Human        bool          `json:"human,omitempty"`       // the service that a request for a person is filed under
	// Urgencies says which requests cannot wait, beside those that the answer to a question marks.
	Urgencies []Urgency `json:"urgent,omitempty"`
	// Duplicates says which cases may be about the same; nil: none is.
	Duplicates *Duplicates `json:"duplicates,omitempty"`
	// Unconfirmed names values that still need an official source, for the person who sets up an agency.
	Unconfirmed []string `json:"unconfirmed,omitempty"`

	keys  []matchWord // Words as they are compared, made once
	own   *expression // Own as it is carried out; nil: always met
	logic *logic      // what conditions and formulas may speak of, made once
	today time.Time   // the day that conditions speak of; zero: not known
	moved bool        // the agency named the queue itself
}

type matchWord struct {
	key    string
	weight int
}

// Issuer says who made a document. What the state itself issued is never required (EGA-12.1).
type Issuer string

// The issuers of documents.
const (
	Citizen Issuer = "citizen"
	Private Issuer = "private"
	State   Issuer = "state"
)

// Unit is what a clock counts.
type Unit string

// The units of a clock (LOC-5).
const (
	CalendarDays Unit = "calendar_days"
	WorkingDays  Unit = "working_days"
)

// ClockKey says which duty a clock is about.
type ClockKey string

// The duties. Every service has Decide.
const (
	Acknowledge ClockKey = "acknowledge" // say that the request came in
	CheckAll    ClockKey = "check"       // say whether everything needed is there (LFA-8.1)
	Decide      ClockKey = "decide"      // decide and say so
	Pay         ClockKey = "pay"         // the citizen pays and collects
	// Supply is the time that the citizen has at least for documents that are asked for, from the asking on (LFA-8.1). An
	// agency gives more of it, never less.
	Supply ClockKey = "supply"
	// Confirm is the time in which the citizen may say that what is called done is not: Closing.ConfirmDays.
	Confirm ClockKey = "confirm"
)

// Clock is the time for one duty, from the day the request is deemed received; of Pay, from the day on
// which the citizen is told of the decision. Of the clocks for one duty the first whose condition is met
// counts.
type Clock struct {
	Key    ClockKey `json:"key"`
	Days   int      `json:"days"`
	Unit   Unit     `json:"unit"`
	Law    Text     `json:"law"`
	When   string   `json:"when,omitempty"`   // condition, in CEL
	Extend *Extend  `json:"extend,omitempty"` // how the law lets it be prolonged
	// RunsOn says that the time goes on while documents are awaited; else it stands still meanwhile, because it counts
	// from when everything is there (LFA-8.1, LOC-6).
	RunsOn bool `json:"runs_on,omitempty"`

	when *expression
}

// Name tells a clock from the others of its service, whatever their order: its duty and, if there is one, its
// condition.
func (c Clock) Name() ClockKey {
	if c.When == "" {
		return c.Key
	}
	return c.Key + ": " + ClockKey(c.When)
}

// Thai is the duty in Thai; of a Clock's Name too.
func (k ClockKey) Thai() string {
	switch duty, _, _ := strings.Cut(string(k), ": "); ClockKey(duty) {
	case Acknowledge:
		return "แจ้งว่าได้รับเรื่อง"
	case CheckAll:
		return "ตรวจความครบถ้วน"
	case Decide:
		return "พิจารณาและแจ้งผล"
	case Pay:
		return "ชำระเงินและรับเอกสาร"
	case Supply:
		return "ส่งเอกสารที่ขาด"
	case Confirm:
		return "ประชาชนยืนยันผล"
	default:
		return duty
	}
}

// Thai is the unit in Thai.
func (u Unit) Thai() string {
	if u == WorkingDays {
		return "วันทำการ"
	}
	return "วัน"
}

// LatePolicy is what follows when the time to decide is over (LFA-12.1).
type LatePolicy string

// The policies. A letter with the reason every week is the law of today; a later law may take some requests for approved,
// and only where the statute that the case keeps knows that does DeemedApproved count.
const (
	NotifyWeekly   LatePolicy = "notify_every_7_days"
	DeemedApproved LatePolicy = "deemed_approved"
)

// Extend says how often a clock may be prolonged, and by how many days at most each time.
type Extend struct {
	Times int `json:"times"`
	Days  int `json:"days"`
}

// Step is one step of the agency's work.
type Step struct {
	Text Text   `json:"text"`
	Who  Text   `json:"who,omitzero"`   // by post
	Days int    `json:"days,omitempty"` // of the whole time, for the manual; 0: not said
	When string `json:"when,omitempty"` // condition, in CEL

	when *expression
}

// Branch is the queue of some requests.
type Branch struct {
	When  string `json:"when"` // condition, in CEL
	Queue string `json:"queue"`

	when *expression
}

// Computed is a value that follows from the answers. Conditions and formulas may use it by its key; it is
// shown with the answers when it has a label.
type Computed struct {
	Key   string   `json:"key"`
	Label Text     `json:"label,omitzero"`
	Value string   `json:"value"`          // formula, in CEL
	Says  []Choice `json:"says,omitempty"` // the words for a value: for each when it is one of a few, or for a number that means more
	Unit  Text     `json:"unit,omitzero"`  // of a number

	formula *expression
}

// OutcomeKind says what the agency gives in the end.
type OutcomeKind string

// The kinds of outcome.
const (
	Permit OutcomeKind = "permit"
	Result OutcomeKind = "result"
)

// Outcome is what comes out of a request that is granted.
type Outcome struct {
	When       string      `json:"when,omitempty"` // condition, in CEL
	Kind       OutcomeKind `json:"kind"`
	Title      Text        `json:"title"`
	Granted    Text        `json:"granted,omitzero"`      // what it is called that the agency agrees; empty: as of every result
	Refused    Text        `json:"refused,omitzero"`      // and that it does not
	Code       string      `json:"code,omitempty"`        // short ASCII, part of permit numbers
	FormCode   string      `json:"form_code,omitempty"`   // name of the paper form of the permit, a label only
	ValidYears int         `json:"valid_years,omitempty"` // 0: without end
	Replaces   bool        `json:"replaces,omitempty"`    // a replacement (ใบแทน): keeps the end of the one it stands for
	Former     string      `json:"former,omitempty"`      // field with the number of that one; empty: only the officer knows it
	Displayed  bool        `json:"displayed,omitempty"`   // the law has it displayed (EGA-13.1)
	Signature  Signature   `json:"signature,omitempty"`   // of the document (MTH-4.1)
	Public     bool        `json:"public,omitempty"`      // stands in the public register (EGA-13.3)
	Shows      []Item      `json:"shows,omitempty"`       // answers printed on the permit, in order
	// Holder names the fields with the holder's name: the first entry that is answered counts,
	// and "title+name" is two answers written together.
	Holder []string `json:"holder,omitempty"`
	// Conditions are what the permit is given under, printed on it.
	Conditions []Text `json:"conditions,omitempty"`

	when *expression
}

// Signature is how strongly a document is signed (MTH-4.1), by the section of the Electronic Transactions
// Act that it meets.
type Signature string

// The levels of signature.
const (
	S9  Signature = "S9"  // an officer who signed in agreed
	S26 Signature = "S26" // reliable: a key that only the signer uses
	S28 Signature = "S28" // with a certificate of a licensed authority
)

// Item is one line of a permit: the answer to a field under a name. Of a field of a group it is the answers
// about each thing; "this|that" is the first of several fields that is answered.
type Item struct {
	Field   string `json:"field"`
	Label   Text   `json:"label"`
	Section Text   `json:"section,omitzero"` // heading on the paper of the lines that begin here
	Public  bool   `json:"public,omitempty"` // anyone may see it in the register (EGA-13.3); else only the holder
}

// Notice is the privacy notice shown before the first question (PDP-1, PDP-2). The basis is a
// public task, so it informs and asks for nothing.
type Notice struct {
	Version int  `json:"version"`
	Text    Text `json:"text"`
}

// Identity is the lowest level that fits and why (EGA-8.1); levels are those of MTH-2.5.
type Identity struct {
	Level  string `json:"level"`
	Reason Text   `json:"reason"`
}

// Rank is the level as a number: 0 to 3.
func (i Identity) Rank() int { return max(0, slices.Index(identityLevels, i.Level)) }

// Reason is one reason for which a request may be refused.
type Reason struct {
	Key  string `json:"key"`
	Text Text   `json:"text"`
	Law  Text   `json:"law"`
	When string `json:"when,omitempty"` // condition, in CEL: of which requests it can be said
	// Bound: the law leaves the agency no discretion, it is so or it is not (อำนาจผูกพัน). A notification that can be refused
	// for any other reason is not approved by a rule.
	Bound bool `json:"bound,omitempty"`

	when *expression
}

// Appeal says to whom and until when a refusal can be appealed.
type Appeal struct {
	Body Text `json:"body"`
	Days int  `json:"days"`
	Text Text `json:"text"`
}

// Law is a rule with the words that explain it.
type Law struct {
	Law  Text `json:"law"`
	Text Text `json:"text"`
}

// PersonalOnly reports whether the act must be done in person (EGA-7.6).
func (f *Form) PersonalOnly() bool { return f.InPerson != nil }

// Find returns the answer to a field.
func Find(answers []Answer, field string) (Answer, bool) {
	i := slices.IndexFunc(answers, func(a Answer) bool { return a.Field == field })
	if i < 0 {
		return Answer{}, false
	}
	return answers[i], true
}

// Missing returns the fields that must still be answered before the form can be sent.
func (f *Form) Missing(answers []Answer) []Field {
	var missing []Field
	for _, fl := range f.Open(answers) {
		if _, ok := fl.answered(answers); !ok && !fl.Optional {
			missing = append(missing, fl)
		}
	}
	return missing
}

// Subject says in one line what sets this request apart: "ไฟถนนดับ · ซอยตัวอย่าง 4".
func (f *Form) Subject(answers []Answer) string {
	var parts []string
	for _, key := range f.SubjectOf {
		if a, ok := f.entry(answers, key); ok {
			parts = append(parts, clipLine(a.Text))
		}
	}
	if len(parts) == 0 {
		return f.Title.TH
	}
	return strings.Join(parts, " · ")
}
