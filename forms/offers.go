package forms

import (
	"encoding/json"
	"slices"
	"time"
)

// Known is something known about the person who fills in a form, by the key that fields name in their profile
// (SEED-21).
type Known struct {
	Key   string
	Text  string          // as a person reads it
	Value json.RawMessage // as the answer of a form keeps it; may be empty

	Origin string    // where it is from: "thaid", "phone", "officer 3", "request 7"
	At     time.Time // since when it is known
}

// Source returns where the fact is from that would answer a question, and since when it is known.
func (o Offers) Source(fl Field) (origin string, at time.Time) {
	for _, k := range o.Facts {
		if k.Key == fl.Profile {
			return k.Origin, k.At
		}
	}
	return "", time.Time{}
}

// Owned is a document that the person gave before, by the type that fields name in their vault (SEED-21).
type Owned struct {
	ID      int64 // of the document
	Type    string
	File    File
	GivenAt time.Time
	Agency  string // that received it
	Tap     bool   // another agency received it: the person must agree to this one having it
}

// Offers are what need not be asked of a person again (SEED-21).
type Offers struct {
	Facts     []Known
	Documents []Owned // that still hold, one of a type
}

// Fact is what is known of the person as the answer to an open question, if it is one.
func (o Offers) Fact(fl Field, now time.Time) (Answer, bool) {
	i := slices.IndexFunc(o.Facts, func(k Known) bool { return fl.Profile != "" && k.Key == fl.Profile })
	if i < 0 {
		return Answer{}, false
	}
	k := o.Facts[i]
	var raw string
	if json.Unmarshal(k.Value, &raw) != nil {
		raw = "" // not words; what a person reads will do
	}
	for _, in := range inputsOf(fl, raw, k.Text) {
		in.Now = now
		if a, err := fl.Check(in); err == nil {
			return a, true
		}
	}
	return Answer{}, false
}

// inputsOf are the ways in which a known value may answer a question, the surest first.
func inputsOf(fl Field, raw, text string) []Input {
	var all []Input
	switch {
	case raw == "":
	case fl.Kind == DateField && len(raw) == len("2006-01-02"):
		all = append(all, Input{Date: raw})
	case fl.Kind == ChoiceField:
		all = append(all, Input{Choice: raw})
	case fl.Kind != DateField:
		all = append(all, Input{Text: raw})
	}
	return append(all, Input{Text: text})
}

// Document is the document that the person gave before and that an open question asks for.
func (o Offers) Document(fl Field, now time.Time) (Owned, bool) {
	if fl.Kind != DocumentField || fl.Vault == nil {
		return Owned{}, false
	}
	i := slices.IndexFunc(o.Documents, func(d Owned) bool {
		over := fl.Vault.Days > 0 && now.After(d.GivenAt.AddDate(0, 0, fl.Vault.Days))
		return d.Type == fl.Vault.Type && d.File.ID != 0 && !over
	})
	if i < 0 {
		return Owned{}, false
	}
	return o.Documents[i], true
}
