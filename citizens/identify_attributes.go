package citizens

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"saphan/internal/secret"
	"saphan/internal/thai"
)

// Attributes is what was proved about a person. Anything but what the proof was about may be empty.
type Attributes struct {
	NationalID thai.NationalID `json:"national_id,omitempty"`
	Title      string          `json:"title,omitempty"` // นาย, นางสาว, ด.ต., … (LOC-13)
	GivenName  string          `json:"given_name,omitempty"`
	MiddleName string          `json:"middle_name,omitempty"`
	FamilyName string          `json:"family_name,omitempty"` // some people have none
	FullName   string          `json:"full_name,omitempty"`   // when the parts were not told
	// BirthDate is as exact as it is known: 1958, 1958-04 or 1958-04-13, Christian era (LOC-7).
	BirthDate string `json:"birth_date,omitempty"`
	Gender    string `json:"gender,omitempty"`    // male or female
	Address   string `json:"address,omitempty"`   // of the house registration, in one line
	Phone     string `json:"phone,omitempty"`     // E.164
	Assurance string `json:"assurance,omitempty"` // how well the identity provider itself knows the person (IAL)
	Document  string `json:"document,omitempty"`  // what an officer looked at
}

// Name is the whole name as it stands on paper: no space between title and first name (LOC-13).
func (a Attributes) Name() string {
	if a.GivenName == "" {
		return a.FullName
	}
	return strings.Join(strings.Fields(a.Title+a.GivenName+" "+a.MiddleName+" "+a.FamilyName), " ")
}

// String keeps what is known about a person out of every printed line.
func (Attributes) String() string { return "[attributes]" }

// GoString keeps it out of %#v too.
func (Attributes) GoString() string { return "[attributes]" }

// LogValue keeps it out of every log line.
func (Attributes) LogValue() slog.Value { return slog.StringValue("[attributes]") }

// attributesPurpose binds sealed attributes to their citizen: a row copied to another one opens nothing.
func attributesPurpose(citizen CitizenID) string {
	return fmt.Sprintf("verification of citizen %d", citizen)
}

func openAttributes(box secret.Box, citizen CitizenID, sealed []byte) (Attributes, error) {
	plain, err := box.Open(sealed, attributesPurpose(citizen))
	if err != nil {
		return Attributes{}, err
	}
	var a Attributes
	if err := json.Unmarshal(plain, &a); err != nil {
		return Attributes{}, fmt.Errorf("read attributes: %w", err)
	}
	return a, nil
}

// blindPID is a national ID as the database knows it: equal for equal numbers, and of no use to whoever has
// the database alone. There are few enough numbers to try them all, so a plain hash would not do.
func blindPID(box secret.Box, id thai.NationalID) []byte {
	return box.MAC("national id", []byte(id.Digits()))
}
