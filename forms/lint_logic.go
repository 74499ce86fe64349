package forms

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// logic reads every condition and formula of the form, and sees to it that each speaks only of what is
// known by then.
func (l *lint) logic() {
	f := l.form
	env, err := language()
	if err != nil {
		l.fault("", "expressions cannot be read: %v", err)
		return
	}
	f.logic = &logic{patterns: map[string]*cel.AttributePatternType{}}
	for _, name := range commonNames {
		f.logic.patterns[name] = cel.AttributePattern(name)
	}
	var variables []cel.EnvOption
	declare := func(name string, kind *cel.Type) cel.EnvOption {
		f.logic.patterns[name] = cel.AttributePattern(name)
		return cel.Variable(name, kind)
	}
	for _, fl := range f.Fields {
		f.logic.names = append(f.logic.names, fl.Key)
		variables = append(variables, declare(fl.Key, kindTypes[fl.Kind]))
	}
	if l.env, err = env.Extend(variables...); err != nil {
		l.fault("fields", "cannot be spoken of in expressions: %v", err)
		return
	}
	before := slices.Clone(commonNames)
	later := l.computed(before)
	for i := range f.Fields {
		fl := &f.Fields[i]
		where := "fields." + fl.Key
		if f.own == nil && fl.personal() {
			f.own = l.condition("own", f.Own, l.env, before)
		}
		fl.when = l.condition(where+".when", fl.When, l.env, before)
		l.offers(where, fl, l.env, before)
		if fl.Kind == GroupField {
			l.inner(where, fl, before, declare)
		}
		before = append(before, fl.Key)
		for name, needs := range later { // a computed value is known when all it needs is
			if subset(needs, before) {
				before = append(before, name)
				delete(later, name)
			}
		}
	}
	if f.Own != "" && !slices.ContainsFunc(f.Fields, Field.personal) {
		l.fault("own", "means nothing: no field has profile or vault; remove it")
	}
	l.rest(before)
	f.logic.env = l.env
}

// computed reads the formulas of computed values and returns what each needs. One may use those before it.
func (l *lint) computed(common []string) map[string][]string {
	f := l.form
	needs, may := map[string][]string{}, slices.Concat(common, f.logic.names)
	for i := range f.Computed {
		c := &f.Computed[i]
		where := "computed." + c.Key + ".value"
		e, err := compile(l.env, c.Value, cel.StringType, cel.DoubleType, cel.IntType, cel.BoolType, cel.TimestampType)
		if err != nil {
			l.fault(where, "%v", err)
			continue
		}
		l.allowed(where, e, may)
		c.formula = e
		needs[c.Key] = e.uses
		kind, err := outputOf(l.env, c.Value)
		if err == nil {
			l.env, err = l.env.Extend(cel.Variable(c.Key, kind))
		}
		if err != nil {
			l.fault(where, "cannot be spoken of in other expressions: %v", err)
		}
		f.logic.patterns[c.Key] = cel.AttributePattern(c.Key)
		f.logic.names = append(f.logic.names, c.Key)
		may = append(may, c.Key)
	}
	return needs
}

// outputOf is the type of an expression's value.
func outputOf(env *cel.Env, text string) (*cel.Type, error) {
	tree, issues := env.Compile(text)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	return tree.OutputType(), nil
}

// inner reads the conditions of the fields of one thing of a group.
func (l *lint) inner(where string, g *Field, before []string, declare func(string, *cel.Type) cel.EnvOption) {
	var variables []cel.EnvOption
	var names []string
	for _, sub := range g.Fields {
		names = append(names, sub.Key)
		variables = append(variables, declare(sub.Key, kindTypes[sub.Kind]))
	}
	env, err := l.env.Extend(variables...)
	if err != nil {
		l.fault(where, "its fields cannot be spoken of in expressions: %v", err)
		return
	}
	for i := range g.Fields {
		sub := &g.Fields[i]
		at, known := where+".fields."+sub.Key, slices.Concat(before, names[:i])
		sub.when = l.condition(at+".when", sub.When, env, known)
		l.offers(at, sub, env, known)
	}
}

// offers reads the conditions of choices. Those of a long list are few and stand at many choices: each is
// read once.
func (l *lint) offers(where string, fl *Field, env *cel.Env, before []string) {
	conditions := map[string]*expression{}
	for i := range fl.Choices {
		c := &fl.Choices[i]
		when, ok := conditions[c.When]
		if !ok {
			when = l.condition(where+".choices."+c.Value+".when", c.When, env, before)
			conditions[c.When] = when
		}
		c.when = when
	}
}

// rest reads what depends on all answers.
func (l *lint) rest(all []string) {
	f := l.form
	for i := range f.Outcomes {
		f.Outcomes[i].when = l.condition(fmt.Sprintf("outcomes[%d].when", i), f.Outcomes[i].When, l.env, all)
	}
	for i := range f.Clocks {
		f.Clocks[i].when = l.condition(fmt.Sprintf("clocks[%d].when", i), f.Clocks[i].When, l.env, all)
	}
	for i := range f.Steps {
		f.Steps[i].when = l.condition(fmt.Sprintf("steps[%d].when", i), f.Steps[i].When, l.env, all)
	}
	for i := range f.Reasons {
		f.Reasons[i].when = l.condition(fmt.Sprintf("reasons[%d].when", i), f.Reasons[i].When, l.env, all)
	}
	if f.Notification != nil {
		f.Notification.when = l.condition("notification.when", f.Notification.When, l.env, all)
	}
	for i := range f.Auto {
		f.Auto[i].when = l.condition(fmt.Sprintf("auto_rules[%d].when", i), f.Auto[i].When, l.env, all)
	}
	for i := range f.Queues {
		f.Queues[i].when = l.condition(fmt.Sprintf("queues[%d].when", i), f.Queues[i].When, l.env, all)
	}
	for i := range f.Urgencies {
		f.Urgencies[i].when = l.condition(fmt.Sprintf("urgent[%d].when", i), f.Urgencies[i].When, l.env, all)
	}
	f.Closing.when = l.condition("closing.when", f.Closing.When, l.env, all)
	if f.Duplicates != nil {
		f.Duplicates.when = l.condition("duplicates.when", f.Duplicates.When, l.env, all)
	}
	for i := range f.Fee.Lines {
		line := &f.Fee.Lines[i]
		where := "fee.lines." + line.Key
		line.when = l.condition(where+".when", line.When, l.env, all)
		e, err := compile(l.env, line.Baht, cel.DoubleType, cel.IntType)
		if err != nil {
			l.fault(where+".baht", "%v", err)
			continue
		}
		line.formula = e
	}
	for i := range f.Fee.Waivers {
		f.Fee.Waivers[i].when = l.condition(fmt.Sprintf("fee.waivers[%d].when", i), f.Fee.Waivers[i].When, l.env, all)
	}
}

// condition reads a condition; nil: there is none, or it is faulty.
func (l *lint) condition(where, text string, env *cel.Env, before []string) *expression {
	if text == "" {
		return nil
	}
	e, err := compile(env, text, cel.BoolType)
	if err != nil {
		l.fault(where, "%v", err)
		return nil
	}
	l.allowed(where, e, before)
	l.constants(where, e)
	return e
}

// allowed refuses an expression that speaks of what is not known yet where it stands.
func (l *lint) allowed(where string, e *expression, before []string) {
	for _, name := range e.uses {
		if !slices.Contains(before, name) {
			l.fault(where, "speaks of %q, which is not known before it; move it further down, or the field further up", name)
		}
	}
}

// constants refuses the comparison of a choice with what cannot be chosen: such a condition is never met.
func (l *lint) constants(where string, e *expression) {
	for _, n := range ast.MatchDescendants(ast.NavigateAST(e.tree.NativeRep()), ast.KindMatcher(ast.CallKind)) {
		call := n.AsCall()
		args := call.Args()
		if len(args) != 2 {
			continue
		}
		switch call.FunctionName() {
		case operators.Equals, operators.NotEquals:
			l.chosen(where, args[0], args[1])
			l.chosen(where, args[1], args[0])
		case operators.In:
			if args[1].Kind() == ast.ListKind {
				l.chosen(where, args[0], args[1].AsList().Elements()...)
			} else {
				l.chosen(where, args[1], args[0])
			}
		}
	}
}

func (l *lint) chosen(where string, field ast.Expr, values ...ast.Expr) {
	if field.Kind() != ast.IdentKind {
		return
	}
	fl, ok := l.named(field.AsIdent())
	if !ok || (fl.Kind != ChoiceField && fl.Kind != ChoicesField) {
		return
	}
	for _, v := range values {
		if v.Kind() != ast.LiteralKind {
			continue
		}
		value, isText := v.AsLiteral().Value().(string)
		if _, offered := fl.Choice(value); isText && !offered {
			l.fault(where, "%s cannot be %q; its choices are %s", fl.Key, value, strings.Join(valuesOf(fl.Choices), ", "))
		}
	}
}

// named finds a field, also within a group.
func (l *lint) named(key string) (Field, bool) {
	for _, fl := range l.form.Fields {
		if fl.Key == key {
			return fl, true
		}
		for _, sub := range fl.Fields {
			if sub.Key == key {
				return sub, true
			}
		}
	}
	return Field{}, false
}

func valuesOf(choices []Choice) []string {
	values := make([]string, len(choices))
	for i, c := range choices {
		values[i] = c.Value
	}
	return values
}

func subset(names, of []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(of, n) })
}
