package portal

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
)

// partPage is one page of a form.
type partPage struct {
	door
	Service  string
	Agency   string
	Heading  string
	N, Of    int
	Action   string // where the page is sent to
	Back     string // where the way back leads when it is no page of the form
	Revision int
	Review   bool // opened to change one answer
	Things   []thingView
	Fields   []fieldView // of all things
	More     *moreView
	Problems []problemView
	Skip     bool // something is missing: the person may go on all the same
	Clash    bool
	Notes    []string
	Saved    bool
	Confirm  *confirmView
	Held     []hidden
	Known    int // how many questions can be answered with what is known
	Multi    bool
	Signed   bool // the draft is found under "my page"
	Script   string
	Files    string // the script of files; empty when the page takes none
	Computed []line
}

// thingView is one thing of a group, or all questions when there is no group.
type thingView struct {
	Name   string
	Remove string // what takes it out; empty when the form wants it
	Fields []fieldView
}

// moreView offers another thing of a group.
type moreView struct{ Ask, Label, Value string }

// confirmView asks before a thing is taken out.
type confirmView struct{ Name, Value string }

// problemView is a line of the summary of what is wrong.
type problemView struct{ To, Label, Text string }

// line is a name with a value.
type line struct{ Label, Value string }

// drawing is what a page is drawn with beyond what is stored.
type drawing struct {
	status   int
	typed    map[string]typed // shown in the boxes in place of what is stored
	problems map[string]string
	named    map[string][]namedFile
	clashes  []forms.Clash
	held     map[string]typed
	notes    []string
	missing  bool
	saved    bool
	confirm  string // the thing to be taken out
}

// draw draws one page of a form, counted from 0.
func (p *Portal) draw(ctx context.Context, tx pgx.Tx, r *http.Request, f filer, s sheet, n int, d drawing) (reply, error) {
	n = max(0, min(n, len(s.parts)-1))
	here := s.parts[n]
	page := partPage{
		door: doorOf(r, "กรอกคำขอ", "Fill in your request"), Service: "", Agency: s.agency.Name, N: n + 1, Of: len(s.parts), Action: s.to(n), Revision: s.draft.Revision,
		Review: r.URL.Query().Get("from") == "review", Saved: d.saved, Notes: d.notes, Clash: len(d.clashes) > 0, Signed: f.Citizen != 0, Skip: d.missing, Script: p.formScript(),
	}
	page.Here = s.to(n)
	page.Service, page.Heading = s.form.Title.In(page.Lang), here.heading.In(page.Lang)
	page.Title = page.Heading
	if page.Heading == page.Service {
		page.Service = ""
	}
	if page.Review {
		page.Action += "&from=review"
	}
	if n == 0 {
		page.Back = s.service.path()
	}
	draft := fieldDrawer{own: page.own, sheet: s, drawing: d, now: p.now()}
	var err error
	if draft.offers, err = p.offersFor(ctx, tx, f, s, here); err != nil {
		return nil, err
	}
	for _, fields := range thingsOf(here.fields) {
		thing := thingView{}
		for _, fl := range fields {
			if fl.Continues() { // asked by a button that is always there
				continue
			}
			v := draft.field(fl)
			if fl.Files() {
				if v.Upload, err = p.uploadOf(ctx, tx, draft, fl, v); err != nil {
					return nil, err
				}
				page.Multi = true
				if p.uploads != nil {
					page.Files = p.uploads.Script()
				}
			}
			if name, ok := fl.Thing(); ok {
				thing.Name, thing.Remove = name.In(page.Lang), s.removal(fl.Key)
			}
			if v.Known != nil && !v.Known.Document {
				page.Known++
			}
			thing.Fields = append(thing.Fields, v)
		}
		page.Things, page.Fields = append(page.Things, thing), append(page.Fields, thing.Fields...)
	}
	page.More = page.more(s, here)
	for _, v := range page.Fields {
		if v.Problem != "" {
			page.Problems = append(page.Problems, problemView{v.Focus, v.Label, v.Problem})
		}
	}
	for _, key := range sortedKeys(d.held) {
		page.Held = append(page.Held, carried(heldPrefix, key, d.held[key])...)
		if fl, ok := s.field(key); ok && partOf(s.parts, key) >= 0 {
			page.Notes = append(page.Notes, page.T("ส่วน “{part}” ข้อ “{label}” ยังใช้ไม่ได้: {why}", "In “{part}”, “{label}” cannot be used yet: {why}",
				"part", s.parts[partOf(s.parts, key)].heading.In(page.Lang), "label", fl.Label.In(page.Lang), "why", refusal(fl, d.held[key].boxes, page.Lang)))
		}
	}
	if d.confirm != "" {
		page.Confirm = &confirmView{s.thingLabel(d.confirm, page.Lang), "gone " + d.confirm}
	}
	page.Computed = page.follows(s, here)
	return html{view: "form", status: d.status, keep: keepNever, data: page}, nil
}

// refusal is why what was typed is no answer.
func refusal(fl forms.Field, b boxes, lang string) string {
	in, ok := inputOf(fl, b)
	if ok {
		in.Lang = lang
		if _, err := fl.Check(in); err != nil {
			return faultIn(err, lang)
		}
	}
	return ""
}

// more offers another thing of a group, on the page with the last one.
func (o own) more(s sheet, here part) *moreView {
	g, ok := s.form.Field(here.group)
	n := s.form.Things(s.draft.Answers, here.group)
	if !ok || here.group == "" || n >= g.Most || n < g.Least {
		return nil
	}
	last := here.group + "." + strconv.Itoa(n)
	if !slices.ContainsFunc(here.fields, func(fl forms.Field) bool { return thingName(fl.Key) == last }) {
		return nil
	}
	fl, ok := s.form.Field(last + ".more")
	if !ok || !fl.Continues() {
		return nil
	}
	return &moreView{Ask: fl.Ask.In(o.Lang), Label: fl.Label.In(o.Lang), Value: "add " + here.group}
}

// removal is what takes the thing out that a question is about; empty when the form wants it.
func (s sheet) removal(key string) string {
	root, _, _ := strings.Cut(key, ".")
	g, ok := s.form.Field(root)
	if !ok || s.form.Things(s.draft.Answers, root) <= max(1, g.Least) {
		return ""
	}
	return "less " + thingName(key)
}

// thingLabel is what a thing is called: "เครื่องที่ 2".
func (s sheet) thingLabel(thing, lang string) string {
	for _, p := range s.parts {
		for _, fl := range p.fields {
			if name, ok := fl.Thing(); ok && thingName(fl.Key) == thing && !fl.Continues() {
				return name.In(lang)
			}
		}
	}
	return thing
}

// follows are the values that follow from what was answered on a page.
func (o own) follows(s sheet, here part) []line {
	answered := slices.ContainsFunc(here.fields, func(fl forms.Field) bool { return s.answer(fl.Key).Field != "" })
	var all []line
	for _, a := range s.form.Asked(s.draft.Answers) {
		if a.Kind == forms.ComputedField && answered {
			label, value := s.form.ComputedIn(a, o.Lang)
			all = append(all, line{label, value})
		}
	}
	return all
}

// offersFor are what need not be asked again, where a page asks something that could be known.
func (p *Portal) offersFor(ctx context.Context, tx pgx.Tx, f filer, s sheet, here part) (forms.Offers, error) {
	could := func(fl forms.Field) bool {
		return (fl.Profile != "" || fl.Vault != nil) && s.answer(fl.Key).Field == ""
	}
	if f.Citizen == 0 || !slices.ContainsFunc(here.fields, could) {
		return forms.Offers{}, nil
	}
	return p.forms.Offers(ctx, tx, f.Person, s.draft.ID)
}

// uploadOf is the input for the files of a question.
func (p *Portal) uploadOf(ctx context.Context, tx pgx.Tx, d fieldDrawer, fl forms.Field, v fieldView) (*UploadInput, error) {
	in := &UploadInput{
		Field: boxName(fl.Key, ""), Label: v.Label, Hint: d.T("ได้ {n} ไฟล์", "Up to {n} files.", "n", fl.Limit()), Accept: accept(fl), Multiple: fl.Limit() > 1,
		Lang: d.Lang, Problem: v.Problem, Optional: v.Optional, Describe: v.Describe,
	}
	if fl.Limit() == 1 {
		in.Hint = ""
	}
	if p.uploads != nil {
		in.Largest = p.uploads.Largest()
	}
	stored := d.answer(fl.Key)
	ids, err := uploadsOf(ctx, tx, stored)
	if err != nil {
		return nil, err
	}
	kept := d.named[fl.Key]
	if _, wrong := d.problems[fl.Key]; !wrong {
		kept = nil
		for _, file := range stored.Files() {
			kept = append(kept, namedFile{storedValue(file.ID), file})
		}
	}
	for i, k := range kept {
		upload, ok := UploadOf(k.value)
		if !ok {
			upload = ids[k.file.ID]
		}
		in.Kept = append(in.Kept, KeptFile{Upload: upload, Stored: k.value, Name: d.fileName(fl, k.file, i+1), Size: size(k.file.Size)})
	}
	return in, nil
}
