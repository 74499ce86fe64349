package forms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"

	"saphan/internal/thai"
)

// Conditions and formulas are written in CEL (cel.dev). They speak of answers by the keys of their fields:
//
//	text, address, phone, thai_id, email, choice, time   string (a choice by its value)
//	number                                               double
//	date                                                 timestamp, midnight in Bangkok
//	choices                                              list of strings
//	photo, document                                      int, how many there are
//	location                                             string, the place in words
//	group                                                list of maps, when nothing more is added to it
//
// and of computed values by theirs. What is not answered is not known, and a condition that depends on it
// is not met. Besides there are today, filed and decided (timestamps), tables (of the fee, in baht) and the
// functions date("2569-11-22"), years(from, to), days(from, to), sum(list) and those of CEL's math and sets.
type expression struct {
	text    string
	uses    []string // the names it speaks of, sorted
	tree    *cel.Ast
	program cel.Program
}

// costMost bounds the work of one evaluation, in CEL's own units; what forms need takes some hundreds.
const costMost = 100_000

// Names that every expression may use besides fields and computed values.
const (
	nameToday   = "today"
	nameFiled   = "filed"
	nameDecided = "decided"
	nameTables  = "tables"
	nameLines   = "lines"
)

var commonNames = []string{nameToday, nameFiled, nameDecided, nameTables, nameLines}

// kindTypes are the types of answers in expressions.
var kindTypes = map[FieldKind]*cel.Type{
	TextField: cel.StringType, AddressField: cel.StringType, PhoneField: cel.StringType, ThaiIDField: cel.StringType,
	EmailField: cel.StringType, ChoiceField: cel.StringType, TimeField: cel.StringType, LocationField: cel.StringType,
	NumberField: cel.DoubleType, DateField: cel.TimestampType, ChoicesField: cel.ListType(cel.StringType),
	PhotoField: cel.IntType, DocumentField: cel.IntType, GroupField: cel.ListType(cel.MapType(cel.StringType, cel.DynType)),
}

// language is CEL with the functions of forms.
func language() (*cel.Env, error) {
	stamp, list := cel.TimestampType, cel.ListType(cel.DynType)
	return cel.NewEnv(
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		ext.Math(), ext.Sets(),
		cel.Variable(nameToday, stamp), cel.Variable(nameFiled, stamp), cel.Variable(nameDecided, stamp),
		cel.Variable(nameTables, cel.MapType(cel.StringType, cel.MapType(cel.StringType, cel.DoubleType))),
		cel.Variable(nameLines, cel.MapType(cel.StringType, cel.DoubleType)),
		cel.Function("date", cel.Overload("date_string", []*cel.Type{cel.StringType}, stamp, cel.UnaryBinding(dateOf))),
		cel.Function("years", cel.Overload("years_between", []*cel.Type{stamp, stamp}, cel.IntType, cel.BinaryBinding(yearsBetween))),
		cel.Function("days", cel.Overload("days_between", []*cel.Type{stamp, stamp}, cel.IntType, cel.BinaryBinding(daysBetween))),
		cel.Function("sum", cel.Overload("sum_list", []*cel.Type{list}, cel.DoubleType, cel.UnaryBinding(sumOf))),
	)
}

func dateOf(v ref.Val) ref.Val {
	var d Day
	if err := d.UnmarshalText([]byte(fmt.Sprint(v.Value()))); err != nil {
		return types.NewErr("%s", err)
	}
	return types.Timestamp{Time: midnight(d.Time)}
}

func yearsBetween(a, b ref.Val) ref.Val {
	from, to, ok := twoDays(a, b)
	if !ok {
		return types.NewErr("years needs two dates")
	}
	return types.Int(thai.Years(from, to))
}

func daysBetween(a, b ref.Val) ref.Val {
	from, to, ok := twoDays(a, b)
	if !ok {
		return types.NewErr("days needs two dates")
	}
	return types.Int(thai.Days(from, to))
}

func twoDays(a, b ref.Val) (from, to time.Time, ok bool) {
	x, isA := a.(types.Timestamp)
	y, isB := b.(types.Timestamp)
	return x.Time, y.Time, isA && isB
}

func sumOf(v ref.Val) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.NewErr("sum needs a list of numbers")
	}
	total := 0.0
	for it := list.Iterator(); it.HasNext() == types.True; {
		switch n := it.Next().Value().(type) {
		case float64:
			total += n
		case int64:
			total += float64(n)
		default:
			return types.NewErr("sum needs a list of numbers")
		}
	}
	return types.Double(total)
}

// midnight is the beginning of a day in Bangkok.
func midnight(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, thai.Bangkok())
}

// compile reads an expression that must have one of some types.
func compile(env *cel.Env, text string, want ...*cel.Type) (*expression, error) {
	tree, issues := env.Compile(text)
	if err := issues.Err(); err != nil {
		return nil, plainIssue(issues)
	}
	got := tree.OutputType()
	if !slices.ContainsFunc(want, got.IsExactType) && !got.IsExactType(cel.DynType) {
		return nil, fmt.Errorf("gives a %s where a %s is needed", typeName(got), typeName(want[0]))
	}
	program, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize, cel.OptPartialEval), cel.CostLimit(costMost))
	if err != nil {
		return nil, fmt.Errorf("cannot be carried out: %w", err)
	}
	return &expression{text: text, uses: namesIn(tree), tree: tree, program: program}, nil
}

func typeName(t *cel.Type) string {
	switch {
	case t.IsExactType(cel.BoolType):
		return "condition (true or false)"
	case t.IsExactType(cel.DoubleType), t.IsExactType(cel.IntType):
		return "number"
	}
	return t.String()
}

// plainIssue is the first thing that is wrong with an expression, with how to mend what is often wrong.
func plainIssue(issues *cel.Issues) error {
	first := issues.Errors()[0]
	message, _, _ := strings.Cut(first.Message, " (in container")
	switch {
	case strings.HasPrefix(message, "undeclared reference to"):
		message += "; no field or computed value has that key"
	case strings.Contains(message, "found no matching overload") && strings.Contains(message, "double") && strings.Contains(message, "int"):
		message += "; answers are numbers with decimals: write 2.0 for 2"
	}
	return fmt.Errorf("at letter %d: %s", first.Location.Column()+1, message)
}

// namesIn lists the names that an expression takes from outside.
func namesIn(tree *cel.Ast) []string {
	inner := map[string]bool{} // variables of map(), filter() and the like
	var names []string
	root := ast.NavigateAST(tree.NativeRep())
	for _, e := range ast.MatchDescendants(root, ast.KindMatcher(ast.ComprehensionKind)) {
		c := e.AsComprehension()
		inner[c.IterVar()], inner[c.IterVar2()], inner[c.AccuVar()] = true, true, true
	}
	for _, e := range ast.MatchDescendants(root, ast.KindMatcher(ast.IdentKind)) {
		if name := e.AsIdent(); !inner[name] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// errUnknown means that something an expression speaks of is not known yet.
var errUnknown = errors.New("not known yet")

// value carries an expression out over what is known.
func (e *expression) value(k *known) (ref.Val, error) {
	k.spoken = e.uses
	out, _, err := e.program.Eval(k)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", e.text, err)
	case types.IsUnknown(out):
		return nil, errUnknown
	case types.IsError(out):
		return nil, fmt.Errorf("%s: %v", e.text, out)
	}
	return out, nil
}

// met reports whether a condition holds as far as is known; no condition always does.
func (e *expression) met(k *known) bool {
	if e == nil {
		return true
	}
	out, err := e.value(k)
	return err == nil && out == types.True
}

// number carries out a formula for a number.
func (e *expression) number(k *known) (float64, error) {
	out, err := e.value(k)
	if err != nil {
		return 0, err
	}
	switch n := out.Value().(type) {
	case float64:
		return n, nil
	case int64:
		return float64(n), nil
	}
	return 0, fmt.Errorf("%s: gives no number", e.text)
}
