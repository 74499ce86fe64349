package forms

import (
	"slices"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/parser"

	"saphan/internal/thai"
	"saphan/internal/words"
)

// CaseOf says in words when a condition of the form is met, for the manual (LFA-7.1): "เรื่องที่ขอ: ขอใหม่ หรือ ต่ออายุ".
// No condition is no case. What cannot be said shortly is "some cases".
func (f *Form) CaseOf(when string) Text {
	if when == "" {
		return Text{}
	}
	p, err := parser.NewParser()
	if err != nil {
		return someCases()
	}
	tree, issues := p.Parse(common.NewTextSource(when))
	if len(issues.GetErrors()) > 0 {
		return someCases()
	}
	said, ok := f.caseOf(tree.Expr())
	if !ok {
		return someCases()
	}
	return said
}

func someCases() Text {
	return Text{TH: "บางกรณี ขึ้นกับคำตอบในแบบคำขอ", EN: "In some cases, depending on the answers"}
}

// caseOf says a condition, if it is of a kind that can be said.
func (f *Form) caseOf(e ast.Expr) (Text, bool) {
	if e.Kind() != ast.CallKind {
		return Text{}, false
	}
	c := e.AsCall()
	args := c.Args()
	switch c.FunctionName() {
	case operators.LogicalAnd:
		return f.both(args, true)
	case operators.LogicalOr:
		return f.both(args, false)
	case operators.In, operators.OldIn:
		return f.oneOf(args[0], args[1])
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return f.compared(c.FunctionName(), args[0], args[1])
	case operators.LogicalNot:
		return f.holds(args[0], Text{TH: "{label}ไม่มีคำว่า “{words}”", EN: "{label} does not contain “{words}”"})
	}
	return f.holds(e, Text{TH: "{label}มีคำว่า “{words}”", EN: "{label} contains “{words}”"})
}

// holds says that an answer contains words, or does not.
func (f *Form) holds(e ast.Expr, how Text) (Text, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "contains" {
		return Text{}, false
	}
	c := e.AsCall()
	n, known := f.named(c.Target())
	said, is := textIn(c.Args()[0])
	return words.With(how.TH, how.EN, "label", n.label, "words", said), known && is
}

// both joins two conditions. One that is itself joined the other way stands in brackets.
func (f *Form) both(args []ast.Expr, all bool) (Text, bool) {
	one, ok := f.caseOf(args[0])
	other, too := f.caseOf(args[1])
	if !all {
		return words.With("{one} หรือ{other}", "{one} or {other}", "one", one, "other", other), ok && too
	}
	return words.With("{one} และ{other}", "{one} and {other}", "one", bracketed(args[0], one), "other", bracketed(args[1], other)), ok && too
}

func bracketed(e ast.Expr, said Text) Text {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalOr {
		return words.With("({what})", "({what})", "what", said)
	}
	return said
}

// named is what a name in a condition stands for.
type named struct {
	label   Text
	choices []Choice
	unit    Text
	day     bool
}

// named looks up a name: a field, one of a group, a computed value, or a day that every condition may speak of.
func (f *Form) named(e ast.Expr) (named, bool) {
	key := ""
	switch e.Kind() { //nolint:exhaustive // what else there is cannot be said
	case ast.IdentKind:
		key = e.AsIdent()
	case ast.CallKind: // size(group)
		if c := e.AsCall(); c.FunctionName() == "size" && len(c.Args()) == 1 {
			n, ok := f.named(c.Args()[0])
			n.unit = Text{TH: "รายการ", EN: "items"}
			return n, ok
		}
	}
	for _, fl := range f.Fields {
		if fl.Key == key {
			return namedField(fl), true
		}
		for _, sub := range fl.Fields {
			if sub.Key == key {
				return namedField(sub), true
			}
		}
	}
	if i := slices.IndexFunc(f.Computed, func(c Computed) bool { return c.Key == key && c.Label != Text{} }); i >= 0 {
		return named{label: f.Computed[i].Label, choices: f.Computed[i].Says, unit: f.Computed[i].Unit}, true
	}
	day, ok := map[string]Text{
		nameToday: {TH: "วันนี้", EN: "today"}, nameFiled: {TH: "วันที่ยื่น", EN: "the day of filing"}, nameDecided: {TH: "วันที่มีคำสั่ง", EN: "the day of the decision"},
	}[key]
	return named{label: day, day: true}, ok
}

func namedField(f Field) named {
	return named{label: f.Label, choices: f.Choices, unit: f.Unit, day: f.Kind == DateField}
}

// word is a value as people read it.
func (n named) word(value string) Text {
	if i := slices.IndexFunc(n.choices, func(c Choice) bool { return c.Value == value }); i >= 0 {
		return n.choices[i].Label
	}
	return Text{TH: value, EN: value}
}

// oneOf says that an answer is one of some.
func (f *Form) oneOf(what, among ast.Expr) (Text, bool) {
	if value, is := textIn(what); is { // 'x' in choices
		n, ok := f.named(among)
		return answers(n, n.word(value)), ok
	}
	n, ok := f.named(what)
	if !ok || among.Kind() != ast.ListKind {
		return Text{}, false
	}
	var values Text
	elements := among.AsList().Elements()
	for i, e := range elements {
		value, is := textIn(e)
		if !is {
			return Text{}, false
		}
		one := words.With("“{value}”", "{value}", "value", n.word(value))
		switch i {
		case 0:
			values = one
		case len(elements) - 1:
			values = words.With("{some} หรือ {one}", "{some} or {one}", "some", values, "one", one)
		default:
			values = words.With("{some} {one}", "{some}, {one}", "some", values, "one", one)
		}
	}
	return words.With("{label} {values}", "{label}: {values}", "label", n.label, "values", values), true
}

// answers says that an answer is a value.
func answers(n named, what Text) Text {
	return words.With("{label} “{value}”", "{label}: {value}", "label", n.label, "value", what)
}

// comparisons are the words for a comparison with a number, and with a day.
var comparisons = map[string][2]Text{
	operators.Equals:        {Text{TH: "{label}เท่ากับ {value}", EN: "{label} is {value}"}, Text{TH: "{label}ตรงกับ{value}", EN: "{label} is {value}"}},
	operators.NotEquals:     {Text{TH: "{label}ไม่ใช่ {value}", EN: "{label} is not {value}"}, Text{TH: "{label}ไม่ตรงกับ{value}", EN: "{label} is not {value}"}},
	operators.Less:          {Text{TH: "{label}น้อยกว่า {value}", EN: "{label} is less than {value}"}, Text{TH: "{label}ก่อน{value}", EN: "{label} is before {value}"}},
	operators.LessEquals:    {Text{TH: "{label}ไม่เกิน {value}", EN: "{label} is up to {value}"}, Text{TH: "{label}ไม่เกิน{value}", EN: "{label} is not after {value}"}},
	operators.Greater:       {Text{TH: "{label}เกิน {value}", EN: "{label} is more than {value}"}, Text{TH: "{label}หลัง{value}", EN: "{label} is after {value}"}},
	operators.GreaterEquals: {Text{TH: "{label}ตั้งแต่ {value} ขึ้นไป", EN: "{label} is {value} or more"}, Text{TH: "{label}ตั้งแต่{value}", EN: "{label} is not before {value}"}},
}

// compared says a comparison of an answer with a value or another answer.
func (f *Form) compared(how string, left, right ast.Expr) (Text, bool) {
	n, ok := f.named(left)
	if !ok {
		return Text{}, false
	}
	if value, is := textIn(right); is {
		return n.is(value, how == operators.Equals), how == operators.Equals || how == operators.NotEquals
	}
	var put Text
	said := comparisons[how][0]
	if other, known := f.named(right); known {
		said, put = comparisons[how][1], other.label
	} else if v, is := numberIn(right); is {
		if put = words.With("{n} {unit}", "{n} {unit}", "n", thai.Number(v), "unit", n.unit); n.unit == (Text{}) {
			put = Text{TH: thai.Number(v), EN: thai.Number(v)}
		}
	} else {
		return Text{}, false
	}
	return words.With(said.TH, said.EN, "label", n.label, "value", put), true
}

// is says that an answer is a value, or that it is not.
func (n named) is(value string, so bool) Text {
	switch {
	case value == "" && so:
		return words.With("ไม่ได้ระบุ{label}", "{label} is not given", "label", n.label)
	case value == "":
		return words.With("ระบุ{label}", "{label} is given", "label", n.label)
	case so:
		return answers(n, n.word(value))
	}
	return words.With("{label}ไม่ใช่ “{value}”", "{label}: not {value}", "label", n.label, "value", n.word(value))
}

func textIn(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().Value().(string)
	return s, ok
}

func numberIn(e ast.Expr) (float64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	switch v := e.AsLiteral().Value().(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}
