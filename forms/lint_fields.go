package forms

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/internal/thai"
	"saphan/internal/third_party/lucide"
)

var fieldKinds = []FieldKind{
	TextField, NumberField, ChoiceField, DateField, ThaiIDField,
	PhoneField, AddressField, LocationField, PhotoField, DocumentField, ChoicesField, TimeField, EmailField, GroupField,
}

// mostThings is how many things a group may have.
const mostThings = 20

func (l *lint) fields() {
	if len(l.form.Fields) == 0 && l.form.InPerson == nil {
		l.fault("fields", "are missing")
	}
	seen := map[string]bool{}
	for _, name := range commonNames {
		seen[name] = true
	}
	for _, c := range l.form.Computed {
		l.name("computed."+c.Key, c.Key, seen)
		l.pair("computed."+c.Key+".label", c.Label)
		l.pair("computed."+c.Key+".unit", c.Unit)
		for _, say := range c.Says {
			l.need("computed."+c.Key+".says."+say.Value, say.Label)
		}
	}
	for _, fl := range l.form.Fields {
		where := "fields." + fl.Key
		l.name(where, fl.Key, seen)
		l.field(where, fl)
		if fl.Kind == GroupField {
			l.group(where, fl, seen)
		}
	}
}

// name refuses a key that expressions cannot speak of, or that stands for two things.
func (l *lint) name(where, key string, seen map[string]bool) {
	if !wordForm.MatchString(key) || slices.Contains(reserved, key) {
		l.fault(where, "the key must be a small letter and then small letters, digits and underscores, and no word of CEL")
	}
	if seen[key] {
		l.fault(where, "the key is used twice; every field, computed value and name of expressions has its own")
	}
	seen[key] = true
}

// reserved are words that CEL keeps for itself.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "more", "namespace", "null",
	"package", "return", "true", "var", "void", "while", "int", "uint", "double", "bool", "string", "bytes", "list", "map", "type", "duration",
	"timestamp", "size", "has", "all", "exists", "exists_one", "filter", "dyn", "math", "sets", "date", "years", "days", "sum",
}

func (l *lint) group(where string, g Field, seen map[string]bool) {
	l.need(where+".item", g.Item)
	l.need(where+".more", g.More)
	if len(g.Fields) == 0 {
		l.fault(where+".fields", "are missing; say what is asked of each")
	}
	if g.Least < 1 || g.Most < g.Least || g.Most > mostThings {
		l.fault(where, "needs least and most, between 1 and %d; where there may be none at all, ask that before and give the group a condition", mostThings)
	}
	for _, sub := range g.Fields {
		at := where + ".fields." + sub.Key
		l.name(at, sub.Key, seen)
		l.field(at, sub)
		if sub.Kind == GroupField {
			l.fault(at, "a group cannot stand in a group; ask its fields here")
		}
	}
}

func (l *lint) field(where string, fl Field) {
	if !slices.Contains(fieldKinds, fl.Kind) {
		l.fault(where, "there is no kind %q", fl.Kind)
		return
	}
	l.need(where+".label", fl.Label)
	if fl.Kind != GroupField {
		l.need(where+".ask", fl.Ask)
	}
	l.pair(where+".section", fl.Section)
	l.pair(where+".help", fl.Help)
	l.pair(where+".unit", fl.Unit)
	if thai.Clusters(fl.Label.TH) > 40 || thai.Clusters(fl.Label.EN) > 40 {
		l.fault(where+".label", "must have at most 40 letters")
	}
	if thai.Clusters(fl.Ask.TH) > maxQuestionLen {
		l.fault(where+".ask", "must have at most %d letters", maxQuestionLen)
	}
	l.fitting(where, fl)
	l.choices(where, fl)
	l.example(where, fl)
}

// fitting refuses settings that mean nothing for the kind.
func (l *lint) fitting(where string, fl Field) {
	number := fl.Kind == NumberField
	date := fl.Kind == DateField
	for _, s := range []struct {
		name string
		set  bool
		fits bool
	}{
		{"min", fl.Min != nil, number},
		{"max", fl.Max != nil, number},
		{"whole", fl.Whole, number},
		{"unit", fl.Unit != Text{}, number},
		{"past", fl.Past, date},
		{"future", fl.Future, date},
		{"juristic", fl.Juristic, fl.Kind == ThaiIDField},
		{"multiple", fl.Multiple != 0, fl.Files()},
		{"issuer", fl.Issuer != "", fl.Kind == DocumentField},
		{"urgent", fl.Urgent != "", fl.Kind == ChoiceField},
		{"partial", fl.Partial, date},
		{"vault", fl.Vault != nil, fl.Kind == DocumentField},
		{"fields", len(fl.Fields) > 0, fl.Kind == GroupField},
		{"item", fl.Item != Text{}, fl.Kind == GroupField},
		{"more", fl.More != Text{}, fl.Kind == GroupField},
		{"least", fl.Least != 0, fl.Kind == GroupField || fl.Kind == ChoicesField},
		{"most", fl.Most != 0, fl.Kind == GroupField || fl.Kind == ChoicesField},
		{"profile", fl.Profile != "", fl.Kind != GroupField && !fl.Files()},
		{"max_length", fl.MaxLength != 0, fl.Kind == TextField || fl.Kind == AddressField || fl.Kind == LocationField},
	} {
		if s.set && !s.fits {
			l.fault(where+"."+s.name, "does not fit the kind %s; remove it", fl.Kind)
		}
	}
	if fl.Min != nil && fl.Max != nil && *fl.Min > *fl.Max {
		l.fault(where, "min is above max")
	}
	if fl.Multiple < 0 || fl.Multiple > 20 {
		l.fault(where, "multiple must be between 1 and 20")
	}
	if fl.MaxLength < 0 || fl.MaxLength > 2000 {
		l.fault(where, "max_length must be between 1 and 2000")
	}
	if fl.Profile != "" && !slices.Contains(profileKeys, fl.Profile) {
		l.fault(where+".profile", "must be one of %s", strings.Join(profileKeys, ", "))
	}
	if fl.Vault != nil && (!nameForm.MatchString(fl.Vault.Type) || fl.Vault.Days < 0) {
		l.fault(where+".vault", "needs a type of small letters, digits, hyphens and underscores, and no negative days")
	}
	if fl.Kind == ChoicesField && (fl.Least < 0 || fl.Most < 0 || fl.Most > len(fl.Choices) || (fl.Most > 0 && fl.Least > fl.Most)) {
		l.fault(where, "least and most must lie within the number of choices")
	}
	if fl.Kind == DocumentField && !slices.Contains([]Issuer{Citizen, Private, State}, fl.Issuer) {
		l.fault(where, "issuer must be %s, %s or %s", Citizen, Private, State)
	}
}

// mostChoices is how many choices can be searched by typing.
const mostChoices = 300

// profileKeys are what a citizen's profile knows (SEED-21).
var profileKeys = []string{
	"title", "name", "birth_date", "nationality", "national_id", "phone", "email", "address", "juristic_name", "juristic_number", "bank", "bank_account",
}

func (l *lint) choices(where string, fl Field) {
	offers := fl.Kind == TextField || fl.Kind == NumberField
	choice := fl.Kind == ChoiceField || fl.Kind == ChoicesField
	switch {
	case choice && (len(fl.Choices) < 2 || len(fl.Choices) > mostChoices):
		l.fault(where+".choices", "a choice needs 2 to %d choices", mostChoices)
	case offers && len(fl.Choices) > 9:
		l.fault(where+".choices", "at most 9 answers can be offered")
	case len(fl.Choices) > 0 && !choice && !offers:
		l.fault(where, "choices do not fit the kind %s", fl.Kind)
	}
	seen := map[string]bool{}
	for _, c := range fl.Choices {
		if !nameForm.MatchString(c.Value) || seen[c.Value] {
			l.fault(where, "choice value %q must be small letters, digits, hyphens and underscores, and used once", c.Value)
		}
		seen[c.Value] = true
		l.need(where+".choices."+c.Value, c.Label)
		l.pair(where+".choices."+c.Value+".help", c.Help)
		if c.Picture != "" && !lucide.Has(c.Picture) {
			l.fault(where+".choices."+c.Value+".picture", "there is no drawing %q; see internal/third_party/lucide/icons for those there are", c.Picture)
		}
		if most := l.mostLetters(fl); thai.Clusters(c.Icon+" "+c.Label.TH) > most || thai.Clusters(c.Icon+" "+c.Label.EN) > most {
			l.fault(where+".choices."+c.Value, "label and icon must have at most %d letters; say more in help", most)
		}
		if fl.Kind == NumberField {
			if _, err := strconv.ParseFloat(c.Value, 64); err != nil {
				l.fault(where+".choices."+c.Value, "the value offered for a number must be a number")
			}
		}
	}
	if fl.Urgent != "" && !seen[fl.Urgent] {
		l.fault(where, "there is no choice %q to mark as urgent", fl.Urgent)
	}
}

// mostLetters is how long the label of a choice may be: what fits no quick replies stands in lists.
func (l *lint) mostLetters(fl Field) int {
	if len(fl.Choices) > quickChoices || fl.Kind == ChoicesField {
		return longLabel
	}
	return maxLabel
}

// quickChoices is how many choices are offered as quick replies, beside the ways out of a question.
const (
	quickChoices = 9
	longLabel    = 60
)

// example makes sure that whoever types what is shown is understood.
func (l *lint) example(where string, fl Field) {
	if fl.Kind == ChoiceField || fl.Kind == ChoicesField || fl.Kind == GroupField || fl.Files() {
		return
	}
	l.need(where+".example", fl.Example)
	for _, text := range []string{fl.Example.TH, fl.Example.EN} {
		if _, err := fl.Check(Input{Text: text, Now: time.Time{}}); err != nil {
			l.fault(where+".example", "%q would itself be refused: %s", text, err)
		}
	}
}
