package forms

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"saphan/internal/fault"
)

// Condition is one that stands outside the definition of a service and speaks of its answers: a rule of an agency. It is
// written in CEL, as those of the form are, and may speak of the fields, the computed values and today.
type Condition struct {
	form *Form
	e    *expression
}

// mostConditions bounds how many conditions a version of a form keeps compiled; agencies have some tens of rules.
const mostConditions = 1000

// Condition reads a condition for this version of the form, or names what in it cannot be known.
func (f *Form) Condition(text string) (Condition, error) {
	if e, ok := f.logic.conditions.Load(text); ok {
		return Condition{form: f, e: e.(*expression)}, nil //nolint:forcetypeassert // nothing else is stored
	}
	tree, issues := f.logic.env.Parse(text)
	if err := issues.Err(); err != nil {
		return Condition{}, fault.Newf(fault.Invalid, "อ่านเงื่อนไข “{text}” ไม่ได้: {why}", "text", text, "why", plainIssue(issues).Error())
	}
	may := slices.Concat(f.logic.names, []string{nameToday})
	for _, name := range namesIn(tree) {
		if !slices.Contains(may, name) {
			return Condition{}, fault.Newf(fault.Invalid, "เงื่อนไขพูดถึง “{name}” ซึ่งบริการ “{service}” ไม่มีคำตอบชื่อนี้ตอนรับเรื่อง ที่ใช้ได้คือ {names}", "name", name, "service", f.Title, "names", strings.Join(may, ", "))
		}
	}
	l := lint{form: f, env: f.logic.env, kept: true}
	e := l.condition("", text, l.env, may)
	if len(l.faults) > 0 || e == nil {
		var why []string
		for _, one := range l.faults {
			why = append(why, one.What)
		}
		return Condition{}, fault.Newf(fault.Invalid, "เงื่อนไข “{text}” ใช้กับบริการ “{service}” ไม่ได้: {why}", "text", text, "service", f.Title, "why", strings.Join(why, "; "))
	}
	if f.logic.compiled.Add(1) > mostConditions {
		f.logic.conditions.Clear()
		f.logic.compiled.Store(1)
	}
	f.logic.conditions.Store(text, e)
	return Condition{form: f, e: e}, nil
}

// Met reports whether the condition holds for answers; what depends on something that is not answered does not. An error is
// one of carrying it out: a division by nothing, a date that is none.
func (c Condition) Met(answers []Answer) (bool, error) {
	out, err := c.e.value(c.form.walk(answers, func(Field) {}))
	if errors.Is(err, errUnknown) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	met, ok := out.Value().(bool)
	if !ok {
		return false, fmt.Errorf("%s: gives no yes or no", c.e.text)
	}
	return met, nil
}

// Uses lists what the condition speaks of, sorted: keys of fields and computed values, and today.
func (c Condition) Uses() []string { return c.e.uses }

// Answerable lists what conditions from outside the form may speak of.
func (f *Form) Answerable() []string { return slices.Concat(f.logic.names, []string{nameToday}) }
