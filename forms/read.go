package forms

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"saphan/internal/thai"
)

// FaultError is a mistake in a service file: where it is, what is wrong and how to mend it.
type FaultError struct {
	File  string
	Line  int    // 1 for the first
	Where string // the setting, such as fields.area.min; empty: the file as a whole
	What  string // what is wrong; and how to mend it
}

// Error implements error in the form that editors know: file:line: what.
func (f FaultError) Error() string {
	at := f.File + ":" + strconv.Itoa(max(f.Line, 1)) + ": "
	if f.Where != "" {
		at += f.Where + ": "
	}
	return at + f.What
}

// Read reads one version of a service, in YAML or JSON. The file is named after the service, with .v2 before
// the ending where several versions are kept. A definition that is incomplete, that contradicts itself or
// that asks for what the law forbids to ask is refused with every FaultError that is found in it.
func Read(name string, raw []byte) (*Form, []FaultError) { return read(name, raw, false) }

// readKept is Read of a version that was published. How texts are to be written is not asked again: cases keep it.
func readKept(name string, raw []byte) (*Form, []FaultError) { return read(name, raw, true) }

func read(name string, raw []byte, kept bool) (*Form, []FaultError) {
	if strings.HasSuffix(name, ".json") {
		raw = bytes.ReplaceAll(raw, []byte("\t"), []byte("  ")) // which JSON allows and YAML does not
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, []FaultError{unreadable(name, err)}
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, []FaultError{{File: name, What: "must hold exactly one service; put each in a file of its own"}}
	}
	l := lint{form: &Form{}, file: name, lines: positions{}, kept: kept}
	l.lines.add("", file.Docs[0].Body)
	if l.settings("", file.Docs[0].Body, reflect.TypeFor[Form]()); len(l.faults) > 0 {
		return nil, l.faults
	}
	form := l.form
	if err := yaml.NodeToValue(file.Docs[0].Body, form, yaml.Strict()); err != nil {
		return nil, []FaultError{unreadable(name, err)}
	}
	if base, _, _ := strings.Cut(path.Base(name), "."); Key(base) != form.Key {
		l.fault("key", "is %q, but the file is named %q; make them the same", form.Key, base)
	}
	l.run()
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	for _, w := range form.Words {
		key := thai.Key(w)
		form.keys = append(form.keys, matchWord{key: key, weight: thai.Clusters(key)})
	}
	return form, nil
}

// unreadable says where a file cannot be read as a service.
func unreadable(name string, err error) FaultError {
	var at yaml.Error
	if !errors.As(err, &at) {
		return FaultError{File: name, What: firstLine(err.Error())}
	}
	f := FaultError{File: name, What: firstLine(at.GetMessage())}
	if t := at.GetToken(); t != nil && t.Position != nil {
		f.Line = t.Position.Line
	}
	return f
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// positions are the lines of settings by their paths, such as fields.area.choices.small.label.
type positions map[string]int

// add notes where a node and everything in it begins. What stands in a list goes by its key or value where
// it has one, and by its number besides: fields.area and fields[3].
func (p positions) add(at string, n ast.Node) {
	if t := n.GetToken(); t != nil && t.Position != nil {
		if _, ok := p[at]; !ok {
			p[at] = t.Position.Line
		}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			p.add(at, v)
		}
	case *ast.MappingValueNode:
		name := strings.Trim(n.Key.String(), `"'`)
		child := strings.TrimPrefix(at+"."+name, ".")
		p[child] = n.Key.GetToken().Position.Line
		p.add(child, n.Value)
	case *ast.SequenceNode:
		for i, v := range n.Values {
			p.add(fmt.Sprintf("%s[%d]", at, i), v)
			if name := nameOf(v); name != "" {
				p.add(at+"."+name, v)
			}
		}
	case *ast.AnchorNode:
		p.add(at, n.Value)
	}
}

// nameOf is the key or value of a mapping.
func nameOf(n ast.Node) string {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return ""
	}
	names := map[string]string{}
	for _, v := range m.Values {
		if s, ok := v.Value.(*ast.StringNode); ok {
			names[strings.Trim(v.Key.String(), `"'`)] = s.Value
		}
	}
	return cmp.Or(names["key"], names["value"])
}

// line is that of a setting, or of what it would stand in.
func (p positions) line(where string) int {
	for {
		if n, ok := p[where]; ok {
			return n
		}
		i := strings.LastIndexAny(where, ".[")
		if i < 0 {
			return 1
		}
		where = where[:i]
	}
}
