package forms

import (
	"slices"
	"strconv"
	"time"

	"saphan/internal/thai"
)

var fieldKinds = []FieldKind{
	TextField, NumberField, ChoiceField, DateField, ThaiIDField,
	PhoneField, AddressField, LocationField, PhotoField, DocumentField,
}

func (l *lint) fields() {
	if len(l.form.Fields) == 0 && l.form.InPerson == nil {
		l.fault("fields", "are missing")
	}
	seen := map[string]bool{}
	for _, fl := range l.form.Fields {
		where := "fields." + fl.Key
		if !nameForm.MatchString(fl.Key) {
			l.fault(where, "the key must be small letters, digits, hyphens and underscores")
		}
		if seen[fl.Key] {
			l.fault(where, "the key is used twice")
		}
		l.field(where, fl)
		l.needs(where, fl, seen)
		seen[fl.Key] = true
	}
}

func (l *lint) field(where string, fl Field) {
	if !slices.Contains(fieldKinds, fl.Kind) {
		l.fault(where, "there is no kind %q", fl.Kind)
		return
	}
	l.need(where+".label", fl.Label)
	l.need(where+".ask", fl.Ask)
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
		{"max_length", fl.MaxLength != 0, fl.Kind == TextField || fl.Kind == AddressField || fl.Kind == LocationField},
	} {
		if s.set && !s.fits {
			l.fault(where, "%s does not fit the kind %s", s.name, fl.Kind)
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
	if fl.Kind == DocumentField && !slices.Contains([]Issuer{Citizen, Private, State}, fl.Issuer) {
		l.fault(where, "issuer must be %s, %s or %s", Citizen, Private, State)
	}
}

func (l *lint) choices(where string, fl Field) {
	offers := fl.Kind == TextField || fl.Kind == NumberField
	switch {
	case fl.Kind == ChoiceField && (len(fl.Choices) < 2 || len(fl.Choices) > 60):
		l.fault(where, "a choice needs 2 to 60 choices")
	case offers && len(fl.Choices) > 9:
		l.fault(where, "at most 9 answers can be offered")
	case len(fl.Choices) > 0 && fl.Kind != ChoiceField && !offers:
		l.fault(where, "choices do not fit the kind %s", fl.Kind)
	}
	seen := map[string]bool{}
	for _, c := range fl.Choices {
		if !nameForm.MatchString(c.Value) || seen[c.Value] {
			l.fault(where, "choice value %q must be small letters, digits, hyphens and underscores, and used once", c.Value)
		}
		seen[c.Value] = true
		l.need(where+".choices."+c.Value, c.Label)
		if thai.Clusters(c.Icon+" "+c.Label.TH) > maxLabel || thai.Clusters(c.Icon+" "+c.Label.EN) > maxLabel {
			l.fault(where+".choices."+c.Value, "label and icon must have at most %d letters", maxLabel)
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

// example makes sure that whoever types what is shown is understood.
func (l *lint) example(where string, fl Field) {
	if fl.Kind == ChoiceField || fl.Files() {
		return
	}
	l.need(where+".example", fl.Example)
	for _, text := range []string{fl.Example.TH, fl.Example.EN} {
		if _, err := fl.Check(Input{Text: text, Now: time.Time{}}); err != nil {
			l.fault(where+".example", "%q would itself be refused", text)
		}
	}
}

func (l *lint) needs(where string, fl Field, before map[string]bool) {
	if fl.Needs == nil {
		return
	}
	on, ok := l.form.Field(fl.Needs.Field)
	switch {
	case !ok || !before[fl.Needs.Field]:
		l.fault(where, "needs %q, which is not asked before it", fl.Needs.Field)
	case on.Kind != ChoiceField:
		l.fault(where, "needs %q, which is not a choice", fl.Needs.Field)
	default:
		if _, ok := on.Choice(fl.Needs.Value); !ok {
			l.fault(where, "needs %q to be %q, which cannot be chosen", fl.Needs.Field, fl.Needs.Value)
		}
	}
}
