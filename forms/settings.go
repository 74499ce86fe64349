package forms

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// settings compares what stands in a file with the type that it is read into, and names every setting that
// there is none of and every value of another sort.
func (l *lint) settings(at string, n ast.Node, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.AliasNode: // nothing, or what was looked at where it stands
	case *ast.AnchorNode:
		l.settings(at, n.Value, t)
	case *ast.TagNode:
		l.settings(at, n.Value, t)
	default:
		l.value(at, n, t)
	}
}

// value looks at a value of a sort that is known.
func (l *lint) value(at string, n ast.Node, t reflect.Type) {
	if text, is := reflect.New(t).Interface().(encoding.TextUnmarshaler); is {
		if s, ok := n.(ast.ScalarNode); !ok {
			l.wants(at, n, "a day such as 2026-11-22")
		} else if err := text.UnmarshalText([]byte(fmt.Sprint(s.GetValue()))); err != nil {
			l.at(at, n, "%v", err)
		}
		return
	}
	switch t.Kind() { //nolint:exhaustive // the sorts that settings are of
	case reflect.Struct:
		l.mapping(at, n, t)
	case reflect.Slice:
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			l.wants(at, n, "a list; put a hyphen and a blank before each entry")
			return
		}
		for i, v := range list.Values {
			inner := fmt.Sprintf("%s[%d]", at, i)
			if name := nameOf(v); name != "" {
				inner = at + "." + name
			}
			l.settings(inner, v, t.Elem())
		}
	case reflect.Bool:
		if _, ok := n.(*ast.BoolNode); !ok {
			l.wants(at, n, "true or false; write it without quotes")
		}
	case reflect.Int:
		if _, ok := n.(*ast.IntegerNode); !ok {
			l.wants(at, n, "a whole number; write it without quotes")
		}
	case reflect.Float64:
		_, whole := n.(*ast.IntegerNode)
		if _, ok := n.(*ast.FloatNode); !ok && !whole {
			l.wants(at, n, "a number; write it without quotes")
		}
	case reflect.String:
		if _, ok := n.(ast.ScalarNode); !ok {
			l.wants(at, n, "a text; put it in quotes if it has : or # or begins with { or [")
		}
	}
}

// mapping looks at settings and their names.
func (l *lint) mapping(at string, n ast.Node, t reflect.Type) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		l.wants(at, n, "a mapping; write name: value")
		return
	}
	known := map[string]reflect.Type{}
	for f := range t.Fields() {
		if f.IsExported() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			known[name] = f.Type
		}
	}
	for _, v := range values {
		if _, merged := v.Key.(*ast.MergeKeyNode); merged {
			continue
		}
		name := strings.Trim(v.Key.String(), `"'`)
		kind, ok := known[name]
		if !ok {
			mend := "look up its name in the schema of services"
			if near := nearest(name, slices.Sorted(maps.Keys(known))); near != "" {
				mend = "write " + near
			}
			l.at(at, v.Key, "unknown field %q; remove it, or %s", name, mend)
			continue
		}
		l.settings(strings.TrimPrefix(at+"."+name, "."), v.Value, kind)
	}
}

// wants says what sort of value is needed.
func (l *lint) wants(at string, n ast.Node, needed string) {
	what, how, _ := strings.Cut(needed, ";")
	if how != "" {
		how = ";" + how
	}
	l.at(at, n, "%s is needed here%s", what, how)
}

// at notes a fault where a node stands.
func (l *lint) at(where string, n ast.Node, format string, args ...any) {
	f := FaultError{File: l.file, Line: l.lines.line(where), Where: where, What: fmt.Sprintf(format, args...)}
	if t := n.GetToken(); t != nil && t.Position != nil {
		f.Line = t.Position.Line
	}
	l.faults = append(l.faults, f)
}

// nearest is the name that was most likely meant: one that differs by two letters at most; "": none.
func nearest(name string, names []string) string {
	best, least := "", min(3, len(name))
	for _, other := range names {
		if d := distance(name, other); d < least {
			best, least = other, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or changed to make one word of another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}
