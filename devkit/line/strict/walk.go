package strict

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// place is where in a request something is. Outside Flex and templates LINE writes
// messages[0].text, inside them it writes a JSON pointer from the container on.
type place struct {
	text    string
	pointer bool
	message int
}

func (p place) key(name string) place {
	switch {
	case p.pointer:
		p.text += "/" + name
	case p.text == "":
		p.text = name
	default:
		p.text += "." + name
	}
	return p
}

func (p place) item(i int) place {
	if p.pointer {
		p.text += "/" + strconv.Itoa(i)
	} else {
		p.text += "[" + strconv.Itoa(i) + "]"
	}
	return p
}

// inside begins a pointer of its own: the container of a Flex message or a template.
func (p place) inside() place { return place{pointer: true, message: p.message} }

// kind is the JSON type of a property.
type kind int

const (
	text kind = iota
	integer
	number
	boolean
	object
	union
	list
	textMap
)

// rule is what a property must be.
type rule struct {
	kind     kind
	need     bool
	max      int  // length of a text, value of an integer, size of a list
	min      int  // likewise
	filled   bool // a text must not be empty
	clusters bool // the length counts grapheme clusters, else UTF-16 units
	values   []string
	of       string // shape or union of an object or of the items of a list
	form     form   // further check of a text
	inside   bool   // a JSON pointer of its own begins here
}

// form checks a text and returns what is wrong with it, or nothing.
type form func(c *check, s string) string

// shape is an object: its properties, and checks between them.
type shape struct {
	fields map[string]rule
	also   extra
}

// check gathers what is wrong with a request.
type check struct {
	options Options
	menu    bool // a rich menu: its messages have words of their own
	// outer are problems of the request; inner of Flex and templates, by message.
	outer []Problem
	inner map[int][]Problem
	wrong string // a property whose JSON type is wrong: LINE stops there
}

// err is the answer to all that was found.
func (c *check) err() error {
	switch {
	case c.wrong != "":
		return &Error{Message: "The property, '" + c.wrong + "', in the request body is invalid (line: -, column: -)"}
	case len(c.outer) > 0:
		return &Error{Message: fmt.Sprintf("The request body has %d error(s)", len(c.outer)), Details: c.outer}
	case len(c.inner) > 0:
		first := slices.Min(slices.Collect(maps.Keys(c.inner)))
		return &Error{
			Message: fmt.Sprintf("A message (messages[%d]) in the request body is invalid", first),
			Details: c.inner[first],
		}
	}
	return nil
}

// add notes a problem. Inside Flex and templates the words differ.
func (c *check) add(at place, outer, inner string) {
	if !at.pointer {
		c.outer = append(c.outer, Problem{outer, at.text})
		return
	}
	if c.inner == nil {
		c.inner = map[int][]Problem{}
	}
	property := at.text
	if property == "" {
		property = "/"
	}
	c.inner[at.message] = append(c.inner[at.message], Problem{inner, property})
}

// badType notes a value of a wrong JSON type.
func (c *check) badType(at place) {
	if at.pointer {
		c.add(at, "", "invalid property")
		return
	}
	if c.wrong == "" {
		c.wrong = at.text
	}
}

// missing notes a required property that is not there.
func (c *check) missing(at place) {
	if c.menu {
		c.add(at, "must be specified", "must be specified")
		return
	}
	c.add(at, "May not be empty", "must be specified")
}

// sortedKeys appends the keys of the object in order.
func sortedKeys(keys []string, m map[string]any) []string {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// union checks an object whose type names its shape.
func (c *check) union(name string, at place, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.badType(at)
		return
	}
	members := unions[name]
	t, ok := m["type"]
	switch {
	case !ok && at.pointer: // line.md 2.6: the thing itself is named, as nobody can tell what it was to be
		c.add(at, "", "invalid property")
		return
	case !ok:
		c.missing(at.key("type"))
		return
	}
	tag, isText := t.(string)
	member, known := members[tag]
	if !isText || !known {
		allowed := slices.Sorted(maps.Keys(members))
		c.add(at.key("type"), "Must be one of the following values: ["+strings.Join(allowed, ", ")+"]", "invalid property")
		return
	}
	c.object(member, at, v)
}

// object checks an object of a known shape.
func (c *check) object(name string, at place, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.badType(at)
		return
	}
	s, known := shapes[name]
	if !known {
		c.add(at, "no rules for "+name, "no rules for "+name)
		return
	}
	var few [24]string // enough for nearly every object, so that no list need be made
	for _, key := range sortedKeys(few[:0], m) {
		r, allowed := s.fields[key]
		if !allowed {
			if at.pointer || c.options.Applies(GuessOuterFields) {
				c.add(at.key(key), "unknown field", "unknown field")
			}
			continue
		}
		c.value(r, at.key(key), m[key])
	}
	for _, key := range needed[name] {
		if _, there := m[key]; !there {
			c.missing(at.key(key))
		}
	}
	c.extra(s.also, at, m)
}

// value checks one property.
func (c *check) value(r rule, at place, v any) {
	switch r.kind {
	case text:
		s, ok := v.(string)
		if !ok {
			c.badType(at)
			return
		}
		c.text(r, at, s)
	case integer, number:
		c.number(r, at, v)
	case boolean:
		if _, ok := v.(bool); !ok {
			c.badType(at)
		}
	case object, union:
		if r.inside {
			at = at.inside()
		}
		if r.kind == object {
			c.object(r.of, at, v)
			return
		}
		c.union(r.of, at, v)
	case list:
		c.list(r, at, v)
	case textMap:
		m, ok := v.(map[string]any)
		if !ok {
			c.badType(at)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			c.union(r.of, at.key(key), m[key])
		}
	}
}

func (c *check) text(r rule, at place, s string) {
	if s == "" && r.filled {
		c.add(at, "May not be empty", "must be non-empty text")
		return
	}
	if n := length(s, r.clusters); r.max > 0 && (n > r.max || n < r.min) {
		c.add(at, fmt.Sprintf("Length must be between %d and %d", r.min, r.max),
			fmt.Sprintf("must be less than or equal %d characters", r.max)) // inner words UNCONFIRMED
	}
	if len(r.values) > 0 && !slices.Contains(r.values, s) {
		c.add(at, "Must be one of the following values: ["+strings.Join(r.values, ", ")+"]", "invalid property")
	}
	if r.form != nil && s != "" {
		if wrong := r.form(c, s); wrong != "" {
			c.add(at, wrong, wrong)
		}
	}
}

func (c *check) number(r rule, at place, v any) {
	n, ok := v.(json.Number)
	if !ok {
		c.badType(at)
		return
	}
	f, err := n.Float64()
	if err != nil || r.kind == integer && strings.ContainsAny(n.String(), ".eE") {
		c.badType(at)
		return
	}
	if r.max > r.min && (f < float64(r.min) || f > float64(r.max)) {
		c.add(at, fmt.Sprintf("Must be between %d and %d", r.min, r.max), "invalid property")
	}
}

func (c *check) list(r rule, at place, v any) {
	items, ok := v.([]any)
	if !ok {
		c.badType(at)
		return
	}
	if r.max > 0 && (len(items) > r.max || len(items) < r.min && c.options.Applies(GuessEmptyCarousel)) {
		c.add(at, fmt.Sprintf("Size must be between %d and %d", r.min, r.max), fmt.Sprintf("size must be between %d and %d", r.min, r.max))
		return
	}
	for i, item := range items {
		if _, isUnion := unions[r.of]; isUnion {
			c.union(r.of, at.item(i), item)
		} else {
			c.object(r.of, at.item(i), item)
		}
	}
}
