package forms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference is one thing that another version of a service says otherwise.
type Difference struct {
	Where string // the setting: fields.area.min
	Of    string // what it belongs to, in Thai: the label of the field
	Old   string // empty: not there before
	New   string // empty: no longer there
}

// Compare lists what differs between two versions of a service, in the order of settings, for people who
// decide whether it concerns them (SEED-25).
func Compare(before, after *Form) []Difference {
	a, b := map[string]string{}, map[string]string{}
	names := map[string]string{}
	flatten(before, a, names)
	flatten(after, b, names)
	var all []Difference
	for where := range maps.Keys(merged(a, b)) {
		if a[where] != b[where] {
			all = append(all, Difference{Where: where, Of: nameAbove(names, where), Old: a[where], New: b[where]})
		}
	}
	slices.SortFunc(all, func(x, y Difference) int { return cmp.Compare(x.Where, y.Where) })
	return all
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// flatten writes a form down as settings and values, and the labels of what they belong to.
func flatten(f *Form, values, names map[string]string) {
	raw, err := json.Marshal(f)
	if err != nil {
		return // a form that was read can be written
	}
	var tree any
	if json.Unmarshal(raw, &tree) == nil {
		flattenInto("", tree, values, names)
	}
}

func flattenInto(at string, v any, values, names map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		if label, ok := v["label"].(map[string]any); ok {
			if th, ok := label["th"].(string); ok {
				names[at] = th
			}
		}
		for key, inner := range v {
			flattenInto(strings.TrimPrefix(at+"."+key, "."), inner, values, names)
		}
	case []any:
		for i, inner := range v {
			flattenInto(entryPath(at, i, inner), inner, values, names)
		}
	case nil:
	case string:
		if v != "" {
			values[at] = v
		}
	default:
		if text := fmt.Sprint(v); text != "0" && text != "false" {
			values[at] = text
		}
	}
}

// entryPath is the path of an entry of a list: by its key if it has one that is its own, else by its place.
func entryPath(at string, i int, entry any) string {
	if m, ok := entry.(map[string]any); ok {
		if key, ok := cmp.Or(m["key"], m["value"]).(string); ok && !strings.HasSuffix(at, "tables") && at != "clocks" {
			return at + "." + key
		}
	}
	return fmt.Sprintf("%s[%d]", at, i)
}

// nameAbove is the label of the nearest thing that a setting belongs to.
func nameAbove(names map[string]string, where string) string {
	for {
		if name := names[where]; name != "" {
			return name
		}
		i := strings.LastIndexAny(where, ".[")
		if i < 0 {
			return ""
		}
		where = where[:i]
	}
}
