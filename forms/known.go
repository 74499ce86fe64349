package forms

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"saphan/internal/thai"
)

// logic is what the expressions of a form may speak of.
type logic struct {
	names    []string                             // fields and computed values
	patterns map[string]*cel.AttributePatternType // of every name
	env      *cel.Env                             // that declares them, for conditions from outside the form

	conditions sync.Map // of those, by their text: *expression
	compiled   atomic.Int32
}

// known is what is known of a request, for expressions (cel.Activation).
type known struct {
	logic  *logic
	values map[string]any
	spoken []string // the names that the expression being carried out speaks of
}

// ResolveName implements cel.Activation.
func (k *known) ResolveName(name string) (any, bool) {
	v, ok := k.values[name]
	return v, ok
}

// Parent implements cel.Activation.
func (k *known) Parent() cel.Activation { return nil }

// AsPartialActivation lets CEL see that what is missing here is not known, and no error.
func (k *known) AsPartialActivation() (cel.PartialActivation, bool) { return k, true }

// UnknownAttributePatterns implements cel.PartialActivation: what may be spoken of and is not known.
func (k *known) UnknownAttributePatterns() []*cel.AttributePatternType {
	var unknown []*cel.AttributePatternType
	for _, name := range k.spoken {
		if _, ok := k.values[name]; !ok {
			unknown = append(unknown, k.logic.patterns[name])
		}
	}
	return unknown
}

// within is what is known while one thing of a group is spoken of.
func (k *known) within() *known {
	return &known{logic: k.logic, values: maps.Clone(k.values)}
}

// On returns the form as it is on a day: conditions may depend on it.
func (f *Form) On(day time.Time) *Form {
	dated := *f
	dated.today = day
	return &dated
}

// walk goes through the fields that are asked given the answers, in order, each of a group as it unfolds,
// and returns what is known in the end. Answers to fields that are not asked are not known.
func (f *Form) walk(answers []Answer, each func(Field)) *known {
	k := &known{logic: f.logic, values: map[string]any{}}
	if k.logic == nil {
		k.logic = &logic{}
	}
	if !f.today.IsZero() {
		k.values[nameToday] = types.Timestamp{Time: midnight(f.today.In(thai.Bangkok()))}
	}
	f.compute(k)
	for _, fl := range f.Fields {
		switch {
		case !fl.when.met(k):
		case fl.Kind == GroupField:
			f.walkGroup(k, fl, answers, each)
			f.compute(k)
		default:
			fl.offer(k)
			f.disown(&fl, k)
			each(fl)
			if a, ok := fl.answered(answers); ok {
				k.values[fl.Key] = asKnown(a)
				f.compute(k)
			}
		}
	}
	return k
}

// walkGroup goes through the things of a group: as many as there must be, and then as many as there are.
func (f *Form) walkGroup(k *known, g Field, answers []Answer, each func(Field)) {
	var things []any
	for n := 1; n <= g.Most; n++ {
		inner, thing, whole := k.within(), map[string]any{}, true
		for _, sub := range g.Fields {
			if !sub.when.met(inner) {
				continue
			}
			fl := g.of(sub, n)
			fl.offer(inner)
			f.disown(&fl, inner)
			each(fl)
			if a, ok := fl.answered(answers); ok {
				thing[sub.Key] = asKnown(a)
				inner.values[sub.Key] = thing[sub.Key]
			} else if !fl.Optional {
				whole = false
			}
		}
		things = append(things, thing)
		if n < g.Least {
			continue
		}
		if !whole {
			return
		}
		if n < g.Most {
			more := g.more(n)
			each(more)
			a, ok := Find(answers, more.Key)
			if !ok {
				return
			}
			if a.Picked() == MoreYes {
				continue
			}
		}
		k.values[g.Key] = things
		return
	}
}

// disown takes off a field what ties it to the profile and the documents of who files, when it is asked
// about another person: nothing of the one is to be filled in for, or kept of, the other.
func (f *Form) disown(fl *Field, k *known) {
	if f.own != nil && (fl.Profile != "" || fl.Vault != nil) && !f.own.met(k) {
		fl.Profile, fl.Vault = "", nil
	}
}

// compute adds the computed values that can be known by now.
func (f *Form) compute(k *known) {
	for _, c := range f.Computed {
		if _, ok := k.values[c.Key]; ok {
			continue
		}
		if v, err := c.formula.value(k); err == nil {
			k.values[c.Key] = v
		}
	}
}

// offer leaves the choices whose condition is met. One that stands at many choices is asked once.
func (f *Field) offer(k *known) {
	if !slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.when != nil }) {
		return
	}
	met := map[*expression]bool{}
	f.Choices = slices.DeleteFunc(slices.Clone(f.Choices), func(c Choice) bool {
		is, asked := met[c.when]
		if !asked {
			is = c.when.met(k)
			met[c.when] = is
		}
		return !is
	})
}

// answered returns the answer to the field, if it still is one: a choice may be offered no more.
func (f Field) answered(answers []Answer) (Answer, bool) {
	a, ok := Find(answers, f.Key)
	if ok && f.Kind == ChoiceField {
		_, ok = f.Choice(a.Picked())
	}
	return a, ok
}

// Stands reports whether what was chosen is still offered; an answer that was not chosen always stands.
func (f Field) Stands(a Answer) bool {
	gone := func(value string) bool { _, offered := f.Choice(value); return !offered }
	switch f.Kind { //nolint:exhaustive // the others have nothing to choose from
	case ChoiceField:
		return !gone(a.Picked())
	case ChoicesField:
		return len(a.PickedAll()) > 0 && !slices.ContainsFunc(a.PickedAll(), gone)
	}
	return true
}

// asKnown is an answer as expressions see it.
func asKnown(a Answer) any {
	switch a.Kind {
	case NumberField:
		var n float64
		if json.Unmarshal(a.Value, &n) == nil {
			return n
		}
	case DateField:
		if day, ok := firstDay(a.Raw()); ok {
			return types.Timestamp{Time: midnight(day)}
		}
	case ChoicesField:
		return a.PickedAll()
	case PhotoField, DocumentField:
		return int64(len(a.Attachments))
	case LocationField:
		return a.Text
	default:
	}
	return a.Raw()
}

// firstDay is the day of a date answer. Of one without a day, or without day and month, it is the first
// that it can be (LOC-7: Civil and Commercial Code, section 16).
func firstDay(value string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// MoreYes and MoreNo are the answers to the question whether there is another thing of a group.
const (
	MoreYes = "yes"
	MoreNo  = "no"
)

const moreKey = "more"

// of is a field of the group as it is asked for the nth thing.
func (f Field) of(sub Field, n int) Field {
	sub.group, sub.item = f.Key, n
	sub.Key = f.Key + "." + strconv.Itoa(n) + "." + sub.Key
	thing := numbered(f.Item, n)
	sub.Label = Text{TH: thing.TH + " · " + sub.Label.TH, EN: thing.EN + " · " + sub.Label.EN}
	sub.thing = thing
	return sub
}

// more asks whether there is another thing after the nth.
func (f Field) more(n int) Field {
	thing := numbered(f.Item, n+1)
	return Field{
		Key: f.Key + "." + strconv.Itoa(n) + "." + moreKey, Kind: ChoiceField, Label: thing, Ask: f.More,
		Choices: []Choice{
			{Value: MoreYes, Label: Text{TH: "มีอีก", EN: "Yes, another"}},
			{Value: MoreNo, Label: Text{TH: "ครบแล้ว", EN: "No, that is all"}},
		},
		group: f.Key, item: n,
	}
}

func numbered(t Text, n int) Text {
	return Text{TH: strings.ReplaceAll(t.TH, "{n}", strconv.Itoa(n)), EN: strings.ReplaceAll(t.EN, "{n}", strconv.Itoa(n))}
}

// Thing is the name of the thing of a group that the field is about ("อาคารที่ 2"); ok is false for a field
// of no group.
func (f Field) Thing() (Text, bool) { return f.thing, f.group != "" }

// Continues reports whether the field asks if there is another thing of its group. Its answer says nothing
// that the answers about that thing do not say, and need not be shown.
func (f Field) Continues() bool { return continues(f.Key) }

// Continues reports whether the answer only says if there is another thing of a group.
func (a Answer) Continues() bool { return continues(a.Field) }

func continues(key string) bool {
	return strings.HasSuffix(key, "."+moreKey) && strings.Count(key, ".") == 2
}

// Field returns the field with the key; one of a group has the key group.n.field.
func (f *Form) Field(key string) (Field, bool) {
	group, rest, dotted := strings.Cut(key, ".")
	i := slices.IndexFunc(f.Fields, func(fl Field) bool { return fl.Key == group })
	switch {
	case i < 0:
		return Field{}, false
	case !dotted:
		return f.Fields[i], true
	}
	g := f.Fields[i]
	number, name, ok := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 || n > g.Most || strconv.Itoa(n) != number {
		return Field{}, false
	}
	if name == moreKey && n < g.Most {
		return g.more(n), true
	}
	for _, sub := range g.Fields {
		if sub.Key == name {
			return g.of(sub, n), true
		}
	}
	return Field{}, false
}

// Open returns the fields to be asked given the answers so far, in order, with the choices that are offered.
// A group stands there as the fields of its things: key group.n.field. Profile and Vault are set only of
// fields that are about the person who files.
func (f *Form) Open(answers []Answer) []Field {
	open := make([]Field, 0, len(f.Fields))
	f.walk(answers, func(fl Field) { open = append(open, fl) })
	return open
}

// Asked returns the answers that the form asks for, in the form's order, leaving out those that another
// answer has made void, and then what follows from them.
func (f *Form) Asked(answers []Answer) []Answer {
	var asked []Answer
	k := f.walk(answers, func(fl Field) {
		if a, ok := fl.answered(answers); ok {
			asked = append(asked, a)
		}
	})
	for _, c := range f.Computed {
		if a, ok := c.answer(k); ok {
			asked = append(asked, a)
		}
	}
	return asked
}

// Fit returns the answers without those to choices that are offered no more.
func (f *Form) Fit(answers []Answer) []Answer {
	var gone []string
	f.walk(answers, func(fl Field) {
		if _, ok := Find(answers, fl.Key); ok {
			if _, fits := fl.answered(answers); !fits {
				gone = append(gone, fl.Key)
			}
		}
	})
	if len(gone) == 0 {
		return answers
	}
	return slices.DeleteFunc(slices.Clone(answers), func(a Answer) bool { return slices.Contains(gone, a.Field) })
}
