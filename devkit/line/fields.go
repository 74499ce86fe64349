package line

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"saphan/devkit/line/strict"
)

// unknownFields lists the properties of a JSON body that the value it was decoded into does not have,
// by the names in its json tags. That LINE refuses such properties outside Flex is UNCONFIRMED
// (strict.GuessOuterFields). What is a json.RawMessage there has rules of its own and is left alone.
// known, when there are any, are the only properties at the top.
func unknownFields(body json.RawMessage, into any, known []string) []strict.Problem {
	var u unknowns
	u.value(body, reflect.TypeOf(into), "", known)
	return u
}

// unknowns gathers what is not known.
type unknowns []strict.Problem

// value looks into a JSON value for a Go type; anything that holds no properties is passed by.
func (u *unknowns) value(raw json.RawMessage, t reflect.Type, at string, known []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
	case t.Kind() == reflect.Struct:
		u.object(raw, t, at, known)
	case t.Kind() == reflect.Slice:
		var items []json.RawMessage
		if holdsProperties(t.Elem()) && json.Unmarshal(raw, &items) == nil {
			for i, item := range items {
				u.value(item, t.Elem(), at+"["+strconv.Itoa(i)+"]", nil)
			}
		}
	}
}

// object compares the properties of an object with the fields of a struct.
func (u *unknowns) object(raw json.RawMessage, t reflect.Type, at string, known []string) {
	var properties map[string]json.RawMessage
	if json.Unmarshal(raw, &properties) != nil {
		return
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if len(known) == 0 || slices.Contains(known, name) {
			fields[name] = t.Field(i).Type
		}
	}
	if at != "" {
		at += "."
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		field, there := fields[name]
		if !there {
			*u = append(*u, strict.Problem{Message: "unknown field", Property: at + name})
			continue
		}
		u.value(properties[name], field, at+name, nil)
	}
}

// holdsProperties says whether a type is decoded from objects with properties of ours.
func holdsProperties(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]() {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}
