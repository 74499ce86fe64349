// Package forms defines the services that citizens can ask for, as data: what is asked, what
// it costs, how long it takes, what comes out and by which law. The definition is also the
// citizen manual (LFA-7.1). A new service is a new file in services/, without code.
package forms

import (
	"slices"
	"strings"
)

// Text is the same words in Thai and in English.
type Text struct {
	TH string `json:"th"`
	EN string `json:"en"`
}

// In returns the words in a language, Thai when there are no others.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.TH
}

// Form is one version of the definition of a service. It is never changed once loaded.
type Form struct {
	Key       Key      `json:"key"`
	Version   int      `json:"version"`
	Title     Text     `json:"title"`
	Short     Text     `json:"short"` // the title as it fits a small button
	Summary   Text     `json:"summary"`
	Icon      string   `json:"icon"`
	Order     int      `json:"order"`              // place in the list of services
	Words     []string `json:"words"`              // what people call it; matched in free text
	FormCode  string   `json:"form_code"`          // name of the paper form, a label only
	Fields    []Field  `json:"fields"`             //
	Declares  Text     `json:"declares,omitzero"`  // what sending the request declares, shown before sending
	Fee       Fee      `json:"fee"`                //
	Clock     Clock    `json:"clock"`              //
	Next      Text     `json:"next"`               // what happens after the request is in
	Steps     []Text   `json:"steps"`              // the agency's steps, for the manual
	Legal     []Text   `json:"legal_basis"`        //
	Outcome   Outcome  `json:"outcome"`            //
	Queue     string   `json:"queue"`              // key of the queue an agency uses unless it says otherwise
	Notice    Notice   `json:"notice"`             //
	Identity  Identity `json:"identity"`           //
	Retention string   `json:"retention_class"`    // EGA-17.1
	Reasons   []Reason `json:"reasons"`            // why the request may be refused
	Appeal    Appeal   `json:"appeal"`             //
	InPerson  *Law     `json:"in_person,omitzero"` // EGA-7.6: the act cannot be done on line; why
	SubjectOf []string `json:"subject"`            // fields that tell one request from another in a list
	Human     bool     `json:"human,omitempty"`    // the service that a request for a person is filed under
	// Unconfirmed names values that still need an official source, for the person who sets up an agency.
	Unconfirmed []string `json:"unconfirmed,omitempty"`

	keys []matchWord // Words as they are compared, made once
}

type matchWord struct {
	key    string
	weight int
}

// Field is one question.
type Field struct {
	Key       string    `json:"key"`
	Kind      FieldKind `json:"kind"`
	Label     Text      `json:"label"`   // the answer's name in lists
	Ask       Text      `json:"ask"`     // the question
	Example   Text      `json:"example"` // an answer that would be accepted
	Help      Text      `json:"help,omitzero"`
	Choices   []Choice  `json:"choices,omitempty"` // for a text or number field: answers offered for a tap
	Optional  bool      `json:"optional,omitempty"`
	Min       *float64  `json:"min,omitempty"`        // number
	Max       *float64  `json:"max,omitempty"`        // number
	Whole     bool      `json:"whole,omitempty"`      // number without decimals
	Unit      Text      `json:"unit,omitzero"`        // number
	MaxLength int       `json:"max_length,omitempty"` // text and address, in clusters
	Multiple  int       `json:"multiple,omitempty"`   // photo and document: how many at most; 0 is 1
	Past      bool      `json:"past,omitempty"`       // date not after today
	Future    bool      `json:"future,omitempty"`     // date not before today
	Juristic  bool      `json:"juristic,omitempty"`   // thai_id of a juristic person
	Needs     *Needs    `json:"needs,omitempty"`      // asked only if another answer is so
	Issuer    Issuer    `json:"issuer,omitempty"`     // document
	Copies    int       `json:"copies,omitempty"`     // document: anything above 1 is refused (EGA-7.4)
	Urgent    string    `json:"urgent,omitempty"`     // choice: the value that marks the request urgent
	Sensitive bool      `json:"sensitive,omitempty"`  // PDP-3
}

// Choice is one answer of a choice field, or one answer offered for a text or number field.
type Choice struct {
	Value string `json:"value"`
	Label Text   `json:"label"`
	Icon  string `json:"icon,omitempty"`
}

// Needs makes a field depend on the answer to an earlier choice field.
type Needs struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Issuer says who made a document. What the state itself issued is never required (EGA-12.1).
type Issuer string

// The issuers of documents.
const (
	Citizen Issuer = "citizen"
	Private Issuer = "private"
	State   Issuer = "state"
)

// Fee is what the service costs. Amounts differ by ordinance: Satang is the amount when it is
// the same for everyone, and Note says what it depends on.
type Fee struct {
	Satang int64 `json:"satang"`
	Varies bool  `json:"varies,omitempty"`
	Note   Text  `json:"note"`
}

// Unit is what a clock counts.
type Unit string

// The units of a clock (LOC-5).
const (
	CalendarDays Unit = "calendar_days"
	WorkingDays  Unit = "working_days"
)

// Clock is the time the agency has, from the day the request is deemed received.
type Clock struct {
	Days int  `json:"days"`
	Unit Unit `json:"unit"`
	Law  Text `json:"law"`
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
	Kind       OutcomeKind `json:"kind"`
	Title      Text        `json:"title"`
	Code       string      `json:"code,omitempty"` // short ASCII, part of permit numbers
	ValidYears int         `json:"valid_years,omitempty"`
	Shows      []Item      `json:"shows,omitempty"` // answers printed on the permit, in order
	// Holder names the fields with the holder's name: the first entry that is answered counts,
	// and "title+name" is two answers written together.
	Holder []string `json:"holder,omitempty"`
}

// Item is one line of a permit: the answer to a field under a name.
type Item struct {
	Field string `json:"field"`
	Label Text   `json:"label"`
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

// Reason is one reason for which a request may be refused.
type Reason struct {
	Key  string `json:"key"`
	Text Text   `json:"text"`
	Law  Text   `json:"law"`
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

// Field returns the field with the key.
func (f *Form) Field(key string) (Field, bool) {
	i := slices.IndexFunc(f.Fields, func(fl Field) bool { return fl.Key == key })
	if i < 0 {
		return Field{}, false
	}
	return f.Fields[i], true
}

// Choice returns the choice with the value.
func (f Field) Choice(value string) (Choice, bool) {
	i := slices.IndexFunc(f.Choices, func(c Choice) bool { return c.Value == value })
	if i < 0 {
		return Choice{}, false
	}
	return f.Choices[i], true
}

// Limit is how many photos or files the field takes.
func (f Field) Limit() int { return max(f.Multiple, 1) }

// Files reports whether the field is answered with photos or files.
func (f Field) Files() bool { return f.Kind == PhotoField || f.Kind == DocumentField }

// Find returns the answer to a field.
func Find(answers []Answer, field string) (Answer, bool) {
	i := slices.IndexFunc(answers, func(a Answer) bool { return a.Field == field })
	if i < 0 {
		return Answer{}, false
	}
	return answers[i], true
}

// Open returns the fields to be asked given the answers so far, in order.
func (f *Form) Open(answers []Answer) []Field {
	open := make([]Field, 0, len(f.Fields))
	for _, fl := range f.Fields {
		if f.asked(fl, answers) {
			open = append(open, fl)
		}
	}
	return open
}

// asked reports whether the answers call for the field; a field that needs one that is
// itself not asked is not asked either.
func (f *Form) asked(fl Field, answers []Answer) bool {
	for range f.Fields {
		if fl.Needs == nil {
			return true
		}
		a, ok := Find(answers, fl.Needs.Field)
		if !ok || a.Picked() != fl.Needs.Value {
			return false
		}
		if fl, ok = f.Field(fl.Needs.Field); !ok {
			return false
		}
	}
	return false
}

// Missing returns the fields that must still be answered before the form can be sent.
func (f *Form) Missing(answers []Answer) []Field {
	var missing []Field
	for _, fl := range f.Open(answers) {
		if _, ok := Find(answers, fl.Key); !ok && !fl.Optional {
			missing = append(missing, fl)
		}
	}
	return missing
}

// Asked returns the answers that the form asks for, in the form's order, leaving out those
// that another answer has made void.
func (f *Form) Asked(answers []Answer) []Answer {
	var asked []Answer
	for _, fl := range f.Open(answers) {
		if a, ok := Find(answers, fl.Key); ok {
			asked = append(asked, a)
		}
	}
	return asked
}

// Subject says in one line what sets this request apart: "ไฟถนนดับ · ซอยตัวอย่าง 4".
func (f *Form) Subject(answers []Answer) string {
	var parts []string
	for _, key := range f.SubjectOf {
		if a, ok := Find(answers, key); ok && a.Text != "" {
			parts = append(parts, clipLine(a.Text))
		}
	}
	if len(parts) == 0 {
		return f.Title.TH
	}
	return strings.Join(parts, " · ")
}

// Urgent reports whether an answer says that the matter cannot wait.
func (f *Form) Urgent(answers []Answer) bool {
	return slices.ContainsFunc(f.Fields, func(fl Field) bool {
		a, ok := Find(answers, fl.Key)
		return ok && fl.Urgent != "" && a.Picked() == fl.Urgent
	})
}
