package forms

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/internal/fault"
)

// FillIn puts what a page says into a draft. Answers are checked as their questions stand after the answers
// before them, so that what a page answers to a question that another answer of the same page opened counts. What
// is said to a question that is not asked is passed over, and an answer to one that is asked no more stays, as in
// a chat. The same Fill again changes nothing.
//
// The question whether there is another thing of a group need not be on a page: where something is said about a
// group, no answer to it means that there is none.
func (f *Form) FillIn(d Draft, fill Fill, now time.Time, lang string) (Draft, Filled) {
	in := &filling{form: f, draft: d.clone(), now: now, lang: lang, fresh: fill.Revision == d.Revision, filled: Filled{Faults: map[string]string{}}}
	in.enter(fill.Entries)
	in.less(fill.Less)
	in.more(fill.More)
	if in.draft.Revision != d.Revision {
		in.draft.TouchedAt = now
	}
	order := f.Open(in.draft.Answers)
	place := func(c Clash) int {
		return slices.IndexFunc(order, func(fl Field) bool { return fl.Key == c.Field })
	}
	slices.SortStableFunc(in.filled.Clashes, func(a, b Clash) int { return cmp.Compare(place(a), place(b)) })
	return in.draft, in.filled
}

// filling is one Fill under way.
type filling struct {
	form   *Form
	draft  Draft
	now    time.Time
	lang   string
	fresh  bool // the draft is as the page showed it
	filled Filled
}

// enter takes the entries in the order of the form. Each answer may open and close questions.
func (in *filling) enter(entries []Entry) {
	waiting, groups := map[string]Entry{}, map[string]bool{}
	for _, e := range entries {
		waiting[e.Field] = e
		if group, _, _, ok := ThingKey(e.Field); ok {
			groups[group] = true
		}
	}
	for again := true; again; {
		again = false
		for _, fl := range in.form.Open(in.draft.Answers) {
			e, said := waiting[fl.Key]
			delete(waiting, fl.Key)
			before := in.draft.Revision
			switch group, _, _, _ := ThingKey(fl.Key); {
			case said && (!e.Empty || !fl.Continues()):
				in.put(fl, e)
			case fl.Continues() && groups[group]:
				in.draft.noMore(fl, in.now)
			}
			if again = in.draft.Revision != before; again {
				break
			}
		}
	}
}

// put takes one entry, unless the question was answered elsewhere since the page was drawn, in another way.
func (in *filling) put(fl Field, e Entry) {
	stored, has := Find(in.draft.Answers, fl.Key)
	stands := has && fl.Stands(stored)
	var says Answer
	if !e.Empty {
		e.Input.Now, e.Input.Lang = in.now, in.lang
		e.Input.Text = strings.ReplaceAll(e.Input.Text, "\r\n", "\n") // as browsers send lines
		var err error
		if says, err = fl.Check(e.Input); err != nil {
			in.filled.Faults[fl.Key] = fault.In(err, in.lang)
			return
		}
	}
	switch {
	case has && says.same(stored):
	case e.Empty && !has:
		in.leaveOut(fl)
	case e.Was == stored.Print(), !stands && e.Was == "":
		if e.Empty {
			in.takeBack(fl)
			return
		}
		in.draft.put(says)
	case e.Empty && e.Was == "": // the page knew of no answer and says nothing: what came since stays
	default:
		in.filled.Clashes = append(in.filled.Clashes, Clash{Field: fl.Key, Stored: stored, Put: says})
	}
}

// leaveOut notes that an optional question was passed over.
func (in *filling) leaveOut(fl Field) {
	if fl.Optional && !slices.Contains(in.draft.Skipped, fl.Key) {
		in.draft.Skipped = append(in.draft.Skipped, fl.Key)
		in.draft.Revision++
	}
}

// takeBack takes an answer out that the person emptied. That one is needed is said when the request is sent.
func (in *filling) takeBack(fl Field) {
	in.draft.remove(fl.Key)
	in.leaveOut(fl)
}

// less takes things of groups out, as far as a group can do without them.
func (in *filling) less(things []Thing) {
	if len(things) == 0 {
		return
	}
	if !in.fresh {
		in.filled.Stale = true
		return
	}
	// The last first: those behind a thing that goes are counted anew.
	things = slices.Clone(things)
	slices.SortFunc(things, func(a, b Thing) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(b.N, a.N))
	})
	for _, thing := range slices.Compact(things) {
		g, ok := in.form.Field(thing.Group)
		count := in.form.Things(in.draft.Answers, thing.Group)
		if !ok || g.Kind != GroupField || thing.N < 1 || thing.N > count || count <= max(1, g.Least) {
			continue
		}
		in.draft = in.form.TakeOut(in.draft, thing, in.now)
		in.moveUp(thing)
	}
}

// moveUp brings what is said about fields into line with the things as they are counted now.
func (in *filling) moveUp(thing Thing) {
	faults := map[string]string{}
	for key, says := range in.filled.Faults {
		if to, stays := thing.without(key); stays {
			faults[to] = says
		}
	}
	var clashes []Clash
	for _, c := range in.filled.Clashes {
		if to, stays := thing.without(c.Field); stays {
			c.Field = to
			clashes = append(clashes, c)
		}
	}
	in.filled.Faults, in.filled.Clashes = faults, clashes
}

// more begins another thing of each group, when the last one is complete.
func (in *filling) more(groups []string) {
	for _, group := range groups {
		g, ok := in.form.Field(group)
		n := in.form.Things(in.draft.Answers, group)
		if !ok || g.Kind != GroupField || n == 0 {
			continue
		}
		last, takes := in.form.lastMore(in.draft.Answers, group, n)
		switch {
		case takes && in.form.begun(in.draft.Answers, group, n):
			if a, err := last.Check(Input{Choice: MoreYes, Now: in.now}); err == nil {
				in.draft.put(a)
			}
		case !in.fresh: // asked for before, perhaps: the same page came twice
		case n >= g.Most:
			in.filled.Faults[group] = sentence(in.lang, "things_most", "max", strconv.Itoa(g.Most))
		default:
			in.filled.Faults[group] = sentence(in.lang, "things_first", "thing", numbered(g.Item, n).In(in.lang))
		}
	}
}

// Closed answers that there are no more things of groups, where that was not said: on a page it need not be.
func (f *Form) Closed(d Draft, now time.Time) Draft {
	d = d.clone()
	for again := true; again; {
		before := d.Revision
		for _, fl := range f.Open(d.Answers) {
			if fl.Continues() {
				d.noMore(fl, now)
			}
		}
		again = d.Revision != before
	}
	return d
}
