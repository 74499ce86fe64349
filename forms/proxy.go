package forms

import (
	"slices"
	"strings"
)

// Proxy is how a form asks who files it for somebody else (PDP-10). Each may be empty: the form does not ask for it.
type Proxy struct {
	By, Choice     string // the question of who files, and its answer "for somebody else"
	Name, ID       string // of who files
	Document       string // the power of attorney
	Title          string // of whom it is filed for
	Person, Number string // name and national ID of that person
}

// powerOfAttorney is what every service calls the document.
const powerOfAttorney = "power_of_attorney"

// Proxy returns which of its questions a form asks because somebody files for somebody else, and which are about that
// person.
func (f *Form) Proxy() Proxy {
	p := Proxy{}
	if by, ok := f.Field("filed_by"); ok {
		for _, choice := range by.Choices {
			if _, asked := f.Field(choice.Value + "_name"); asked {
				p.By, p.Choice = by.Key, choice.Value
				p.Name, p.ID = choice.Value+"_name", choice.Value+"_id"
			}
		}
	}
	if _, ok := f.Field(powerOfAttorney); ok {
		p.Document = powerOfAttorney
	}
	for _, fl := range f.Fields {
		switch fl.Profile {
		case "title":
			p.Title = fl.Key
		case "name":
			p.Person = fl.Key
		case "national_id":
			p.Number = fl.Key
		}
	}
	return p
}

// Says reports whether a form that asks for whom it is says in its answers that it is for somebody else, of that name and
// national ID. What it does not ask cannot be wrong.
func (p Proxy) Says(answers []Answer, name, number string) bool {
	if a, ok := Find(answers, p.By); p.By != "" && (!ok || a.Picked() != p.Choice) {
		return false
	}
	if a, ok := Find(answers, p.Person); ok && !slices.Equal(strings.Fields(a.Text), strings.Fields(name)) {
		return false
	}
	a, ok := Find(answers, p.Number)
	return !ok || a.Raw() == number
}
