package forms

import "slices"

// Field is one question.
type Field struct {
	Key       string    `json:"key"`
	Kind      FieldKind `json:"kind"`
	Section   Text      `json:"section,omitzero"` // heading of the part of the form that begins here
	Label     Text      `json:"label"`            // the answer's name in lists
	Ask       Text      `json:"ask"`              // the question
	Example   Text      `json:"example"`          // an answer that would be accepted
	Help      Text      `json:"help,omitzero"`
	When      string    `json:"when,omitempty"`    // asked only if this condition, in CEL, is met
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
	Partial   bool      `json:"partial,omitempty"`    // date of which the day, or day and month, may not be known (LOC-7)
	Juristic  bool      `json:"juristic,omitempty"`   // thai_id of a juristic person
	Issuer    Issuer    `json:"issuer,omitempty"`     // document
	Copies    int       `json:"copies,omitempty"`     // document: anything above 1 is refused (EGA-7.4)
	Vault     *Vault    `json:"vault,omitempty"`      // document: how long it can be used again (SEED-21)
	Urgent    string    `json:"urgent,omitempty"`     // choice: the value that marks the request urgent
	Sensitive bool      `json:"sensitive,omitempty"`  // PDP-3
	// Profile is what the answer says about the person, by the key of the citizen's profile: what is known
	// already is not asked again (SEED-21).
	Profile string `json:"profile,omitempty"`

	// Of a group, which is asked once for each of several things.
	Fields []Field `json:"fields,omitempty"`
	Item   Text    `json:"item,omitzero"` // the name of one of them: "อาคารที่ {n}"
	More   Text    `json:"more,omitzero"` // the question whether there is another
	Least  int     `json:"least,omitempty"`
	Most   int     `json:"most,omitempty"` // of a group and of choices

	when  *expression
	group string // of a field of one thing: the key of its group
	item  int    // and which of the things, from 1
	thing Text   // the name of that thing
}

// Vault says that a document is kept for later requests of the same person.
type Vault struct {
	Type string `json:"type"`           // what it is; documents of one type stand for one another
	Days int    `json:"days,omitempty"` // how long it is good after it was given; 0: as long as it is not replaced
}

// Choice is one answer of a choice field, or one answer offered for a text or number field.
type Choice struct {
	Value   string   `json:"value"`
	Label   Text     `json:"label"`
	Icon    string   `json:"icon,omitempty"`
	Picture string   `json:"picture,omitempty"` // name of a drawing that comes with the product
	Help    Text     `json:"help,omitzero"`     // what it covers
	Words   []string `json:"words,omitempty"`   // what people call it; matched in free text
	When    string   `json:"when,omitempty"`    // offered only if this condition, in CEL, is met

	when *expression
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

// Always reports whether everybody is asked.
func (f Field) Always() bool { return f.When == "" && f.group == "" }

// personal reports whether the field, or one of its group, is tied to the profile or the documents of a person.
func (f Field) personal() bool {
	return f.Profile != "" || f.Vault != nil || slices.ContainsFunc(f.Fields, Field.personal)
}
