package forms

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// ThingKey takes the key of a question of a group apart: group, number of the thing, field. ok is false for one of
// no group.
func ThingKey(key string) (group string, n int, field string, ok bool) {
	group, rest, dotted := strings.Cut(key, ".")
	digits, field, two := strings.Cut(rest, ".")
	n, err := strconv.Atoi(digits)
	return group, n, field, dotted && two && err == nil && n > 0
}

// Things counts the things of a group that are asked for, given the answers so far.
func (f *Form) Things(answers []Answer, group string) int { return Things(f.Open(answers), group) }

// Things counts the things of a group among open questions.
func Things(open []Field, group string) int {
	most := 0
	for _, fl := range open {
		if g, n, _, ok := ThingKey(fl.Key); ok && g == group {
			most = max(most, n)
		}
	}
	return most
}

// begun reports whether something was said about the nth thing of a group.
func (f *Form) begun(answers []Answer, group string, n int) bool {
	return slices.ContainsFunc(answers, func(a Answer) bool {
		g, k, _, ok := ThingKey(a.Field)
		return ok && g == group && k == n && !a.Continues()
	})
}

// lastMore returns the question whether there is another thing after the last one; ok is false while that one is not
// complete, and when the group takes no more.
func (f *Form) lastMore(answers []Answer, group string, n int) (more Field, ok bool) {
	open := f.Open(answers)
	i := slices.IndexFunc(open, func(fl Field) bool { return fl.Key == group+"."+strconv.Itoa(n)+"."+moreKey })
	if i < 0 {
		return Field{}, false
	}
	return open[i], open[i].Continues()
}

// without says under which key a field stands once the thing was taken out; stays is false for those that go with it.
func (t Thing) without(key string) (to string, stays bool) {
	g, k, field, ok := ThingKey(key)
	switch {
	case !ok || g != t.Group || k < t.N:
		return key, true
	case k == t.N:
		return "", false
	}
	return t.Group + "." + strconv.Itoa(k-1) + "." + field, true
}

// TakeOut takes out of a draft all that was said about a thing of a group, and counts those behind it one less. There
// is no further thing then, as far as the group asks for none.
func (f *Form) TakeOut(d Draft, thing Thing, now time.Time) Draft {
	count := f.Things(d.Answers, thing.Group)
	out := d
	out.Answers, out.Skipped, out.Sources = nil, nil, map[string][]string{}
	out.Revision++
	for _, a := range d.Answers {
		to, stays := thing.without(a.Field)
		if !stays {
			continue
		}
		if from, ok := d.Sources[a.Field]; ok {
			out.Sources[to] = from
		}
		if to != a.Field {
			a.Field = to
			if fl, ok := f.Field(to); ok {
				a.Label = fl.Label.TH
			}
		}
		out.Answers = append(out.Answers, a)
	}
	for _, key := range d.Skipped {
		if to, stays := thing.without(key); stays {
			out.Skipped = append(out.Skipped, to)
		}
	}
	if last, ok := f.Field(thing.Group + "." + strconv.Itoa(count-1) + "." + moreKey); ok && last.Continues() {
		if a, err := last.Check(Input{Choice: MoreNo, Now: now}); err == nil {
			out.put(a)
		}
	}
	return out
}
