package portal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/thai"
)

// filled is what became of a posted page.
type filled struct {
	sheet
	posted
	lang     string
	problems map[string]string // by key of the question
	clashes  []forms.Clash
	stale    bool
	settled  map[string]string // prints of the answers that are stored as the page has them
	missing  []string          // questions of the page that need an answer and have none
	added    string            // the thing that was begun
	before   sheet             // as it was
}

// fillIn takes a posted page in and leads on.
func (p *Portal) fillIn(w http.ResponseWriter, r *http.Request) (reply, error) {
	f, err := p.filer(r)
	if err != nil {
		return nil, err
	}
	form, err := p.readForm(w, r, f)
	if err != nil {
		return nil, err
	}
	page := readPosted(r, form)
	return p.opened(r, form.Values, func(ctx context.Context, tx pgx.Tx, f filer, s sheet) (reply, error) {
		done, err := p.fill(ctx, tx, f, s, page)
		if err != nil {
			return nil, err
		}
		if wantsJSON(r) {
			return p.savedReply(done), nil
		}
		return p.lead(ctx, tx, r, f, done)
	})
}

// readForm reads a posted page with its files. Those of nobody are passed over.
func (p *Portal) readForm(w http.ResponseWriter, r *http.Request, f filer) (Posted, error) {
	if p.uploads != nil && f.known() {
		return p.uploads.ReadForm(w, r, f.Owner())
	}
	r.Body = http.MaxBytesReader(w, r.Body, PlainLargest+plainText)
	if err := r.ParseMultipartForm(plainText); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return Posted{}, unreadable(err, "")
	}
	if r.MultipartForm != nil {
		if err := r.MultipartForm.RemoveAll(); err != nil {
			return Posted{}, fmt.Errorf("remove files of nobody: %w", err)
		}
	}
	return Posted{Values: r.PostForm}, nil
}

// fill puts a posted page into its draft.
func (p *Portal) fill(ctx context.Context, tx pgx.Tx, f filer, s sheet, page posted) (filled, error) {
	done := filled{sheet: s, posted: page, problems: maps.Clone(page.refused), settled: map[string]string{}, before: s, lang: f.Lang}
	change := forms.Fill{Revision: page.revision}
	inputs := map[string]forms.Input{}
	for _, key := range page.here {
		fl, ok := s.field(key)
		if !ok || fl.Kind == forms.GroupField || fl.Kind == forms.ComputedField {
			continue
		}
		e, in, say, err := p.entry(ctx, tx, f, s, fl, page, done.problems)
		if err != nil {
			return done, err
		}
		inputs[key] = in
		if say {
			change.Entries = append(change.Entries, e)
		}
	}
	switch page.do {
	case "add":
		change.More = []string{page.arg}
	case "gone":
		if thing, ok := thingOf(page.arg); ok {
			change.Less = []forms.Thing{thing}
		}
	}
	before := s.draft
	draft, result, err := p.forms.Fill(ctx, tx, f.Person, s.draft.ID, change)
	if err != nil {
		return done, err
	}
	done.sheet = s.with(draft)
	maps.Copy(done.problems, result.Faults)
	done.clashes, done.stale = append(done.unsettled(), result.Clashes...), result.Stale
	if err := p.useOffers(ctx, tx, f, &done); err != nil {
		return done, err
	}
	done.settle(inputs)
	if len(change.More) > 0 {
		done.added = added(before, done.sheet, page.arg)
	}
	done.lack()
	return done, nil
}

// entry is what a page says about one question; say is false when it says nothing new.
func (p *Portal) entry(ctx context.Context, tx pgx.Tx, f filer, s sheet, fl forms.Field, page posted, problems map[string]string) (e forms.Entry, none forms.Input, say bool, err error) {
	t, stored := page.typed[fl.Key], s.answer(fl.Key)
	takes, chosen := page.keep[fl.Key]
	if page.clashing[fl.Key] && !takes { // what is stored stays, or nothing was chosen yet
		return e, none, false, nil
	}
	e = forms.Entry{Field: fl.Key, Was: t.was, Empty: t.boxes.empty()}
	switch {
	case e.Empty && fl.Continues():
		return e, none, false, nil
	case e.Empty && stored.Field == "":
		// That a question was left out is said by going on, not by what saves itself.
		return e, none, fl.Optional && (page.do == "next" || page.do == "skip"), nil
	case e.Empty:
		return e, none, true, nil
	case t.boxes.same(boxesOf(fl, stored, f.Lang)):
		return e, none, false, nil
	}
	in, ok, err := p.input(ctx, tx, f, fl, page, stored, problems)
	if err != nil || !ok {
		return e, in, false, err
	}
	in.Now = p.now()
	e.Input = in
	if a, err := fl.Check(in); err == nil && !chosen && t.was != "" && a.Print() == t.was {
		return e, in, false, nil // as the page had shown it: whatever was changed elsewhere since stays
	}
	return e, in, true, nil
}

// input is what stands in the boxes of a question; ok is false when nothing of it can be used. What is wrong is added to
// the problems.
func (p *Portal) input(ctx context.Context, tx pgx.Tx, f filer, fl forms.Field, page posted, stored forms.Answer, problems map[string]string) (in forms.Input, ok bool, err error) {
	b := page.typed[fl.Key].boxes
	if fl.Files() {
		named, problem, err := p.filesOf(ctx, tx, f, fl, stored, b[""])
		if problem != "" {
			problems[fl.Key] = problem
		}
		in.Files, page.named[fl.Key] = filesIn(named), named
		return in, len(named) > 0, err
	}
	if in, ok = inputOf(fl, b); !ok {
		problems[fl.Key] = own{Lang: f.Lang}.T("อ่านพิกัดไม่ได้ กรุณาใส่ละติจูดและลองจิจูดคั่นด้วยจุลภาค เช่น 13.756300, 100.501800 หรือเว้นว่างไว้", "These coordinates cannot be read. Write latitude and longitude with a comma, such as 13.756300, 100.501800, or leave them out.")
	}
	return in, ok, nil
}

// thingOf reads which thing of a group is meant: "machines.2".
func thingOf(arg string) (forms.Thing, bool) {
	group := thingName(arg)
	n, err := strconv.Atoi(arg[min(len(group)+1, len(arg)):])
	return forms.Thing{Group: group, N: n}, err == nil && group != ""
}

// added is the name of the first question about a thing that was not there before.
func added(before forms.Draft, now sheet, group string) string {
	open := map[string]bool{}
	for _, fl := range now.form.Open(before.Answers) {
		open[thingName(fl.Key)] = true
	}
	for _, p := range now.parts {
		for _, fl := range p.fields {
			if p.group == group && !open[thingName(fl.Key)] {
				return fl.Key
			}
		}
	}
	return ""
}

// unsettled are the questions that were shown as answered in two ways, and of which none was chosen.
func (d filled) unsettled() []forms.Clash {
	var all []forms.Clash
	for _, key := range slices.Sorted(maps.Keys(d.clashing)) {
		if _, chosen := d.keep[key]; chosen {
			continue
		}
		fl, ok := d.field(key)
		in, is := inputOf(fl, d.typed[key].boxes)
		if !ok || !is {
			continue
		}
		put, err := fl.Check(in)
		if stored := d.answer(key); err != nil || put.Print() != stored.Print() {
			all = append(all, forms.Clash{Field: key, Stored: stored, Put: put})
		}
	}
	return all
}

// settle notes which of the page's questions are stored as the page has them.
func (d *filled) settle(inputs map[string]forms.Input) {
	for _, key := range d.here {
		fl, ok := d.field(key)
		if _, wrong := d.problems[key]; !ok || wrong && !fl.Files() || d.clashed(key) {
			continue
		}
		stored, in := d.answer(key), inputs[key]
		if d.typed[key].boxes.same(boxesOf(fl, stored, d.lang)) || d.typed[key].boxes.empty() && stored.Field == "" {
			d.settled[key] = stored.Print()
			continue
		}
		if in.Now.IsZero() {
			continue
		}
		a, err := fl.Check(in)
		if same := a.Print() == stored.Print() || fl.Files() && slices.Equal(a.Attachments, stored.Attachments); err == nil && same {
			d.settled[key] = stored.Print()
		}
	}
}

func (d *filled) clashed(key string) bool {
	return slices.ContainsFunc(d.clashes, func(c forms.Clash) bool { return c.Field == key })
}

// lack finds the questions of the page that must be answered and were not.
func (d *filled) lack() {
	for _, key := range d.here {
		i := partOf(d.parts, key)
		if i < 0 {
			continue
		}
		fl, _ := d.field(key)
		if _, wrong := d.problems[key]; !wrong && !d.clashed(key) && !fl.Optional && !fl.Continues() && d.waits(fl) {
			d.missing = append(d.missing, key)
		}
	}
}

// useOffers answers with what is known what the person had it used for (SEED-21): all of the page, or one question. By
// the same tap this agency is let have a document that another one received.
func (p *Portal) useOffers(ctx context.Context, tx pgx.Tx, f filer, done *filled) error {
	if done.do != "use" && done.do != "document" {
		return nil
	}
	offers, err := p.forms.Offers(ctx, tx, f.Person, done.draft.ID)
	if err != nil {
		return err
	}
	change := forms.Fill{Revision: done.draft.Revision}
	for _, fl := range done.form.Open(done.draft.Answers) {
		if !slices.Contains(done.here, fl.Key) || done.arg != "" && done.arg != fl.Key || done.answer(fl.Key).Field != "" {
			continue
		}
		if a, ok := offers.Fact(fl, p.now()); ok && done.do == "use" {
			if in, ok := inputOf(fl, boxesOf(fl, a, "")); ok {
				change.Entries = append(change.Entries, forms.Entry{Field: fl.Key, Input: in})
				delete(done.problems, fl.Key)
				delete(done.typed, fl.Key)
			}
		}
		if o, ok := offers.Document(fl, p.now()); ok && done.do == "document" && done.arg == fl.Key && f.Citizen != 0 {
			change.Entries = append(change.Entries, forms.Entry{Field: fl.Key, Input: forms.Input{Files: []forms.File{o.File}}})
		}
	}
	draft, result, err := p.forms.Fill(ctx, tx, f.Person, done.draft.ID, change)
	if err != nil {
		return err
	}
	maps.Copy(done.problems, result.Faults)
	done.clashes = append(done.clashes, result.Clashes...)
	done.sheet = done.with(draft)
	return nil
}

// savedAnswer tells the page's script what was saved.
type savedAnswer struct {
	Saved    string            `json:"saved"` // when, as people read it
	Revision int               `json:"revision"`
	Was      map[string]string `json:"was"`
	Faults   map[string]string `json:"faults,omitempty"`
	Clash    bool              `json:"clash,omitempty"`
}

func (p *Portal) savedReply(done filled) reply {
	return object{keep: keepNever, data: savedAnswer{
		Saved: p.now().In(thai.Bangkok()).Format("15:04"), Revision: done.draft.Revision, Was: done.settled, Faults: done.problems, Clash: len(done.clashes) > 0,
	}}
}
