package forms

import "encoding/json"

// Key names a service, e.g. "public-problem".
type Key string

// Answer is one answered field as it was when the citizen confirmed it. A request keeps its
// answers whole, so that it can be read without the form it came from.
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
)
