package forms

import (
	"encoding/json"
	"strings"

	"saphan/internal/thai"
)

// Place is where something is: a point on the map, words, or both.
type Place struct {
	Title     string   `json:"title,omitempty"`
	Address   string   `json:"address,omitempty"`
	Latitude  *float64 `json:"lat,omitempty"` // degrees, WGS 84; nil when only words were given
	Longitude *float64 `json:"lon,omitempty"`
	Tambon    string   `json:"tambon,omitempty"` // its code of six digits, where the map tells it (LOC-14)
}

// Words is the place as a person reads it.
func (p Place) Words() string {
	title, address := strings.TrimSpace(p.Title), strings.TrimSpace(p.Address)
	switch {
	case title == "" || strings.Contains(address, title):
		return address
	case address == "":
		return title
	}
	return title + " " + address
}

// Pinned reports whether the place is a point on the map.
func (p Place) Pinned() bool { return p.Latitude != nil && p.Longitude != nil }

// Place returns where the request is about: the first location given, else the address of
// the premises, else the first address; false if the answers name no place.
func (f *Form) Place(answers []Answer) (Place, bool) {
	for _, kind := range []FieldKind{LocationField, AddressField} {
		for _, fl := range f.Open(answers) {
			a, ok := Find(answers, fl.Key)
			if !ok || fl.Kind != kind {
				continue
			}
			if kind == AddressField {
				return Place{Address: a.Text}, true
			}
			var p Place
			if json.Unmarshal(a.Value, &p) == nil && (p.Pinned() || p.Words() != "") {
				return p, true
			}
		}
	}
	return Place{}, false
}

// clipLine makes one short line of a text.
func clipLine(s string) string {
	return thai.Clip(strings.Join(strings.Fields(s), " "), 60)
}
