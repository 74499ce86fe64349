package admin

import (
	"encoding/json"

	"saphan/forms"
)

// pinned returns the point on the map that an answer gives.
func pinned(a forms.Answer) (forms.Place, bool) {
	if a.Kind != forms.LocationField {
		return forms.Place{}, false
	}
	return readPlace(a.Value)
}

// readPlace reads a place that has a point.
func readPlace(raw json.RawMessage) (forms.Place, bool) {
	var p forms.Place
	if len(raw) == 0 || json.Unmarshal(raw, &p) != nil || !p.Pinned() {
		return forms.Place{}, false
	}
	return p, true
}
