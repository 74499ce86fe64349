package forms

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/parser"

	"saphan/internal/thai"
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
		return f.bothOf(args, Text{TH: " และ", EN: " and "})
	case operators.LogicalOr:
		return f.bothOf(args, Text{TH: " หรือ", EN: " or "})
	case operators.In, operators.OldIn:
		return f.oneOf(args[0], args[1])
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return f.compared(c.FunctionName(), args[0], args[1])
	case operators.LogicalNot:
		return f.holds(args[0], Text{TH: "ไม่มีคำว่า", EN: " does not contain "})
	}
	return f.holds(e, Text{TH: "มีคำว่า", EN: " contains "})
}

// holds says that an answer contains words, or does not.
func (f *Form) holds(e ast.Expr, how Text) (Text, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "contains" {
		return Text{}, false
	}
	c := e.AsCall()
	n, known := f.named(c.Target())
	words, is := textIn(c.Args()[0])
	return Text{TH: n.label.TH + how.TH + " “" + words + "”", EN: n.label.EN + how.EN + "“" + words + "”"}, known && is
}

// bothOf joins two conditions. One that is itself joined the other way stands in brackets.
func (f *Form) bothOf(args []ast.Expr, joint Text) (Text, bool) {
	left, ok := f.caseOf(args[0])
	right, too := f.caseOf(args[1])
	if joint.EN == " and " {
		left, right = bracketed(args[0], left), bracketed(args[1], right)
	}
	return Text{TH: left.TH + joint.TH + right.TH, EN: left.EN + joint.EN + right.EN}, ok && too
}

func bracketed(e ast.Expr, said Text) Text {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalOr {
		return Text{TH: "(" + said.TH + ")", EN: "(" + said.EN + ")"}
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
	var th, en []string
	for _, e := range among.AsList().Elements() {
		value, is := textIn(e)
		if !is {
			return Text{}, false
		}
		w := n.word(value)
		th, en = append(th, "“"+w.TH+"”"), append(en, w.EN)
	}
	return Text{TH: n.label.TH + " " + listed(th, " ", " หรือ "), EN: n.label.EN + ": " + listed(en, ", ", " or ")}, true
}

func answers(n named, what Text) Text {
	return Text{TH: n.label.TH + " “" + what.TH + "”", EN: n.label.EN + ": " + what.EN}
}

// listed joins words as people do.
func listed(words []string, comma, or string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], comma) + or + words[len(words)-1]
}

// comparisons are the words for a comparison with a number, and with a day. The number stands at the %.
var comparisons = map[string][2]Text{
	operators.Equals:        {{TH: "เท่ากับ %", EN: "is %"}, {TH: "ตรงกับ%", EN: "is %"}},
	operators.NotEquals:     {{TH: "ไม่ใช่ %", EN: "is not %"}, {TH: "ไม่ตรงกับ%", EN: "is not %"}},
	operators.Less:          {{TH: "น้อยกว่า %", EN: "is less than %"}, {TH: "ก่อน%", EN: "is before %"}},
	operators.LessEquals:    {{TH: "ไม่เกิน %", EN: "is up to %"}, {TH: "ไม่เกิน%", EN: "is not after %"}},
	operators.Greater:       {{TH: "เกิน %", EN: "is more than %"}, {TH: "หลัง%", EN: "is after %"}},
	operators.GreaterEquals: {{TH: "ตั้งแต่ % ขึ้นไป", EN: "is % or more"}, {TH: "ตั้งแต่%", EN: "is not before %"}},
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
	words := comparisons[how][0]
	if other, known := f.named(right); known {
		words, put = comparisons[how][1], other.label
	} else if v, is := numberIn(right); is {
		put = Text{TH: strings.TrimSpace(thai.Number(v) + " " + n.unit.TH), EN: strings.TrimSpace(thai.Number(v) + " " + n.unit.EN)}
	} else {
		return Text{}, false
	}
	return Text{TH: n.label.TH + strings.Replace(words.TH, "%", put.TH, 1), EN: n.label.EN + " " + strings.Replace(words.EN, "%", put.EN, 1)}, true
}

// is says that an answer is a value, or that it is not.
func (n named) is(value string, so bool) Text {
	w := n.word(value)
	switch {
	case value == "" && so:
		return Text{TH: "ไม่ได้ระบุ" + n.label.TH, EN: n.label.EN + " is not given"}
	case value == "":
		return Text{TH: "ระบุ" + n.label.TH, EN: n.label.EN + " is given"}
	case so:
		return answers(n, w)
	}
	return Text{TH: n.label.TH + "ไม่ใช่ “" + w.TH + "”", EN: n.label.EN + ": not " + w.EN}
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
