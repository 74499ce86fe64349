package forms

import (
	"encoding/json"
	"slices"

	"saphan/internal/thai"
)

// Key names a service, e.g. "public-problem".
type Key string

// Answer is one answered field as it was when the citizen confirmed it. A request keeps its
// answers whole, so that it can be read without the form it came from.
//
// Value is, by kind: text, address, choice, phone (E.164), thai_id (digits), email, time (15:04) and date
// (2006-01-02, Christian era; 2006-01 or 2006 when the day or month is not known) a string; number a
// number; choices a list of strings; location a Place; photo and document a list of File; computed a
// string, a number or a boolean.
type Answer struct {
	Field       string          `json:"field"`                 // key of the field in the form
	Kind        FieldKind       `json:"kind"`                  //
	Label       string          `json:"label"`                 // the field's Thai name
	Text        string          `json:"text"`                  // the answer as a person reads it
	Value       json.RawMessage `json:"value,omitempty"`       // the answer as a program reads it
	Attachments []int64         `json:"attachments,omitempty"` // files.AttachmentID, for photo and document
}

// FieldKind says what sort of answer a field takes.
type FieldKind string

// The kinds of field.
const (
	TextField     FieldKind = "text"
	NumberField   FieldKind = "number"
	ChoiceField   FieldKind = "choice"
	DateField     FieldKind = "date"
	ThaiIDField   FieldKind = "thai_id"
	PhoneField    FieldKind = "phone"
	AddressField  FieldKind = "address"
	LocationField FieldKind = "location"
	PhotoField    FieldKind = "photo"
	DocumentField FieldKind = "document"
	ChoicesField  FieldKind = "choices" // several of some
	TimeField     FieldKind = "time"    // of the day
	EmailField    FieldKind = "email"
	GroupField    FieldKind = "group"    // asked as its fields, and never answered itself
	ComputedField FieldKind = "computed" // not asked: follows from other answers
)

// Kinds are all kinds of field that a form can ask.
func Kinds() []FieldKind { return slices.Clone(fieldKinds) }

// File is one attachment of a photo or document answer.
type File struct {
	ID   int64  `json:"id"`
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"`
	Size int64  `json:"size,omitempty"`
}

// Picked returns the value of a choice answer, empty for any other.
func (a Answer) Picked() string {
	if a.Kind != ChoiceField {
		return ""
	}
	return a.Raw()
}

// PickedAll returns the values of a choices answer, nil for any other.
func (a Answer) PickedAll() []string {
	if a.Kind != ChoicesField {
		return nil
	}
	var all []string
	if json.Unmarshal(a.Value, &all) != nil {
		return nil
	}
	return all
}

// Raw returns the value of an answer that is a string: text, address, choice, phone,
// thai_id, date; empty for any other.
func (a Answer) Raw() string {
	var s string
	if json.Unmarshal(a.Value, &s) != nil {
		return ""
	}
	return s
}

// Files returns the attachments of a photo or document answer.
func (a Answer) Files() []File {
	var files []File
	if json.Unmarshal(a.Value, &files) != nil {
		return nil
	}
	return files
}

// Told returns the answers that say something to whoever reads a request: those without "is there another?"
// (Continues). Programs get all of them.
func Told(answers []Answer) []Answer {
	told := make([]Answer, 0, len(answers))
	for _, a := range answers {
		if !a.Continues() {
			told = append(told, a)
		}
	}
	return told
}

// Masked is the answer as it may be shown where others could see it: a national number
// keeps only its ends.
func (a Answer) Masked() string {
	if a.Kind == ThaiIDField {
		return thai.NationalID(a.Raw()).String()
	}
	return a.Text
}
