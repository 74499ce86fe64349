package portal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
)

// boxes are what stands in the boxes of one question, by the box: "" is the only one of most questions.
type boxes map[string][]string

// The boxes of questions that have several.
const (
	dayBox   = "day"
	monthBox = "month"
	yearBox  = "year"
	pointBox = "at" // of a place: latitude and longitude
)

// boxNames are all there are.
var boxNames = []string{"", dayBox, monthBox, yearBox, pointBox}

// fieldPrefix begins the name of every box of a question in a form.
const fieldPrefix = "f."

// boxName is the name of a box in a form.
func boxName(key, box string) string {
	if box == "" {
		return fieldPrefix + key
	}
	return fieldPrefix + key + ":" + box
}

// readBoxes takes the boxes of a question out of what was posted under names with a prefix.
func readBoxes(v url.Values, prefix, key string) boxes {
	b := boxes{}
	for _, box := range boxNames {
		if said := v[prefix+boxName(key, box)]; len(said) > 0 {
			b[box] = said
		}
	}
	return b
}

func (b boxes) one(box string) string {
	if len(b[box]) == 0 {
		return ""
	}
	return b[box][0]
}

// empty reports whether nothing was put in.
func (b boxes) empty() bool {
	for _, said := range b {
		if slices.ContainsFunc(said, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			return false
		}
	}
	return true
}

// same reports whether two are alike but for blanks around.
func (b boxes) same(other boxes) bool { return maps.EqualFunc(b.tidy(), other.tidy(), slices.Equal) }

func (b boxes) tidy() boxes {
	out := boxes{}
	for box, said := range b {
		for _, s := range said {
			if s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")); s != "" {
				out[box] = append(out[box], s)
			}
		}
	}
	return out
}

// boxesOf are the boxes with a stored answer in them; empty for none. Years are of the Buddhist era for who reads Thai.
func boxesOf(fl forms.Field, a forms.Answer, lang string) boxes {
	if a.Field == "" {
		return boxes{}
	}
	switch fl.Kind { //nolint:exhaustive // the others are one box with what was typed
	case forms.ChoiceField:
		return boxes{"": {a.Picked()}}
	case forms.ChoicesField:
		return boxes{"": a.PickedAll()}
	case forms.DateField:
		return dateBoxes(a.Raw(), lang)
	case forms.TimeField:
		return boxes{"": {strings.Replace(a.Raw(), ":", ".", 1)}}
	case forms.NumberField:
		var n float64
		if json.Unmarshal(a.Value, &n) == nil {
			return boxes{"": {thai.Number(n)}}
		}
	case forms.LocationField:
		var p forms.Place
		if json.Unmarshal(a.Value, &p) == nil {
			b := boxes{"": {p.Words()}}
			if p.Pinned() {
				b[pointBox] = []string{point(*p.Latitude, *p.Longitude)}
			}
			return b
		}
	case forms.PhotoField, forms.DocumentField:
		b := boxes{}
		for _, file := range a.Files() {
			b[""] = append(b[""], storedValue(file.ID))
		}
		return b
	case forms.ThaiIDField, forms.PhoneField:
		return boxes{"": {a.Text}}
	}
	if raw := a.Raw(); raw != "" {
		return boxes{"": {raw}}
	}
	return boxes{"": {a.Text}}
}

func point(lat, lon float64) string { return fmt.Sprintf("%.6f, %.6f", lat, lon) }

func dateBoxes(raw, lang string) boxes {
	parts := strings.Split(raw, "-")
	year, err := strconv.Atoi(parts[0])
	if err != nil {
		return boxes{}
	}
	if lang == "th" || lang == "" {
		year += 543
	}
	b := boxes{yearBox: {strconv.Itoa(year)}}
	for i, box := range []string{monthBox, dayBox} {
		if i+1 < len(parts) {
			b[box] = []string{strings.TrimLeft(parts[i+1], "0")}
		}
	}
	return b
}

// inputOf turns what stands in the boxes into what a field checks. Files are looked up by who knows them. It returns
// false when a box that no field checks cannot be read.
func inputOf(fl forms.Field, b boxes) (in forms.Input, ok bool) {
	text := b.one("")
	switch fl.Kind { //nolint:exhaustive // the others are words
	case forms.ChoiceField:
		return forms.Input{Choice: text}, true
	case forms.ChoicesField:
		return forms.Input{Picked: b.tidy()[""]}, true
	case forms.DateField:
		return forms.Input{Text: dateText(b)}, true
	case forms.LocationField:
		return placeOf(text, b.one(pointBox))
	}
	return forms.Input{Text: text}, true
}

// dateText writes a date as people type it. Of one that may be known in part, the day is nothing without its month.
func dateText(b boxes) string {
	day, month, year := strings.TrimSpace(b.one(dayBox)), strings.TrimSpace(b.one(monthBox)), strings.TrimSpace(b.one(yearBox))
	switch {
	case day == "" && month == "":
		return year
	case day == "":
		return month + "/" + year
	default:
		return day + "/" + cmp.Or(month, "?") + "/" + year
	}
}

// placeOf reads words and a point on the map.
func placeOf(words, at string) (in forms.Input, ok bool) {
	if strings.TrimSpace(at) == "" {
		return forms.Input{Text: words}, true
	}
	lat, lon, cut := strings.Cut(thai.Digits(at), ",")
	y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	if !cut || errY != nil || errX != nil || !(y >= -90 && y <= 90 && x >= -180 && x <= 180) {
		return forms.Input{}, false
	}
	return forms.Input{Place: &forms.Place{Title: words, Latitude: &y, Longitude: &x}}, true
}

// months are the choices of the box for a month.
func months(o own) []option {
	all := make([]option, 12)
	for i := range all {
		m := time.Month(i + 1)
		all[i] = option{Value: strconv.Itoa(i + 1), Label: m.String()}
		if o.thai() {
			all[i].Label = thai.Month(m)
		}
	}
	return all
}
