package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// checklist is what the service asks of a case, read from the version of the form that the case began with (LFA-7.1):
// the documents, what the agency fetches by itself, how well the citizen must be known, what is to be paid, and the
// way through the house.
type checklist struct {
	Documents []asked
	Steps     []task
	Identity  identityBox
	Fee       *working // nil: nothing is to be paid, or it stands in the case already
	Done, All int      // things to tick
}

// asked is a document that the service asks for, and how it stands.
type asked struct {
	Label string
	Chip  chip
	// Lacking means that the service cannot do without it and nothing was sent.
	Lacking bool
	Files   []documentLine
	Task    *task // what the state issued: the agency fetches or copies it (EGA-12.1)
}

// task is something an officer ticks off.
type task struct {
	Item string // its name in the history
	Text string
	Who  string // by post
	Days int    // of the whole time; 0: not said
	Here bool   // where the case stands
	By   string // who did it; empty: not done
	At   time.Time
	Do   string // words on the button
	Tick string // address that ticks are sent to; empty: the officer may not tick
}

// Next is what a tick says: that it is done, or that it is not after all.
func (t task) Next() string {
	if t.By != "" {
		return "no"
	}
	return "yes"
}

// working is how a fee comes about, before it is charged.
type working struct {
	Lines []workingLine
	Total string
	Laws  []string // of the tables that the amounts are from
	Note  string   // why the amount is not known
}

type workingLine struct {
	Label, Amount string
	Waived        string // from what, why and by which law less is to be paid
}

// checklist reads how a case stands against what its form asks for.
func (a *Admin) checklist(ctx context.Context, s Scope, p *ticketPane, m matter) (*checklist, error) {
	whole, err := tickets.Whole(ctx, s.Tx, p.Ticket)
	if err != nil || !whole {
		return nil, err
	}
	done := tickets.Checks(m.events)
	words := historian{ticket: p.Ticket, officers: m.officers}
	l := &checklist{Documents: askedOf(p, m), Steps: stepsOf(m.form, m.request.Answers)}
	tick := ""
	if p.Can.Note && p.Status != tickets.Refused && p.Status != tickets.Revoked && p.Status != tickets.Withdrawn && p.Status != tickets.Returned {
		tick = p.Act("check")
	}
	for _, t := range l.tasks() {
		l.All++
		t.Tick = tick
		if by, is := done[t.Item]; is {
			t.By, t.At = words.who(by.Actor), by.At
			l.Done++
		}
	}
	if here := slices.IndexFunc(l.Steps, func(t task) bool { return t.By == "" }); here >= 0 && !p.Status.Closed() {
		l.Steps[here].Here = true
	}
	if l.Fee, err = a.workingOf(p, m); err != nil {
		return nil, err
	}
	l.Identity, err = a.identityOf(ctx, s, p, m)
	return l, err
}

// tasks are the things to tick off.
func (l *checklist) tasks() []*task {
	var all []*task
	for i := range l.Documents {
		if t := l.Documents[i].Task; t != nil {
			all = append(all, t)
		}
	}
	for i := range l.Steps {
		all = append(all, &l.Steps[i])
	}
	return all
}

// undone says what of the checklist stands open, for whoever is about to grant the request. It hinders nobody: the
// officer knows why.
func (l *checklist) undone() []string {
	var all []string
	if lacking := slices.DeleteFunc(slices.Clone(l.Documents), func(d asked) bool { return !d.Lacking }); len(lacking) > 0 {
		labels := make([]string, len(lacking))
		for i, d := range lacking {
			labels[i] = d.Label
		}
		all = append(all, "เอกสารที่ยังขาด: "+strings.Join(labels, ", "))
	}
	for _, d := range l.Documents {
		if d.Task != nil && d.Task.By == "" {
			all = append(all, "ยังไม่ได้ตรวจกับหน่วยงานผู้ออก: "+d.Label)
		}
	}
	if l.Identity.Low {
		all = append(all, "ตัวตนของประชาชนยังต่ำกว่าระดับที่บริการนี้ต้องการ: "+l.Identity.Wanted)
	}
	return all
}

// askedOf are the documents that the form asks this request for, with what came of each.
func askedOf(p *ticketPane, m matter) []asked {
	var all []asked
	for _, fl := range m.form.Open(m.request.Answers) {
		if !fl.Files() {
			continue
		}
		d := asked{Label: fl.Label.TH}
		answer, _ := forms.Find(m.request.Answers, fl.Key)
		for _, id := range answer.Attachments {
			if i := slices.IndexFunc(p.Documents, func(d documentLine) bool { return d.ID == files.AttachmentID(id) }); i >= 0 {
				d.Files = append(d.Files, p.Documents[i])
			}
		}
		d.Chip = givenChip(d, p.Missing, fl)
		d.Lacking = d.Chip.Kind == "bad"
		if fl.Issuer == forms.State {
			d.Task = &task{Item: "document " + fl.Key, Text: fl.Label.TH, Do: "ตรวจหรือคัดสำเนาแล้ว"}
		}
		all = append(all, d)
	}
	return all
}

// givenChip says how a document stands.
func givenChip(d asked, wanted []missing, fl forms.Field) chip {
	good := 0
	for _, f := range d.Files {
		if !f.Gone && !f.Infected {
			good++
		}
	}
	want := slices.IndexFunc(wanted, func(w missing) bool { return w.Label == d.Label })
	switch {
	case want >= 0 && wanted[want].SuppliedAt != nil:
		return chip{Kind: "ok", Icon: "circle-check", Text: "ได้รับเพิ่มแล้ว"}
	case want >= 0:
		return chip{Kind: "warn", Icon: "hourglass", Text: "ขอเพิ่มแล้ว รอประชาชนส่ง"}
	case good > 0:
		return chip{Kind: "ok", Icon: "circle-check", Text: "ได้รับ " + strconv.Itoa(good) + " ไฟล์"}
	case fl.Issuer == forms.State:
		return chip{Icon: "landmark", Text: "หน่วยงานตรวจเอง"}
	case len(d.Files) > 0:
		return chip{Kind: "bad", Icon: "circle-x", Text: "ไฟล์ที่ส่งมาใช้ไม่ได้แล้ว"}
	case fl.Optional:
		return chip{Text: "ไม่บังคับ ยังไม่ได้ส่ง"}
	default:
		return chip{Kind: "bad", Icon: "circle-alert", Text: "ยังขาด"}
	}
}

// stepsOf are the steps of a request through the agency.
func stepsOf(form *forms.Form, answers []forms.Answer) []task {
	path := form.Path(answers)
	all := make([]task, len(path))
	for i, step := range path {
		all[i] = task{Item: stepItem(form, step), Text: step.Text.TH, Who: step.Who.TH, Days: step.Days, Do: "ทำแล้ว"}
	}
	return all
}

// stepItem names a step in the history by its place among all steps of the version, which the answers do not move.
func stepItem(form *forms.Form, step forms.Step) string {
	return "step " + strconv.Itoa(1+slices.IndexFunc(form.Steps, func(s forms.Step) bool { return s.Text == step.Text && s.When == step.When }))
}

// itemWords say what a thing on the checklist is.
func itemWords(form *forms.Form, item string) string {
	if form == nil {
		return item
	}
	for _, step := range form.Steps {
		if stepItem(form, step) == item {
			return step.Text.TH
		}
	}
	if len(item) > len("document ") {
		if fl, ok := form.Field(item[len("document "):]); ok {
			return "ตรวจ" + fl.Label.TH + "กับหน่วยงานผู้ออก"
		}
	}
	return item
}

// workingOf makes up what is to be paid if the request is granted, by the rates of its day; nil when nothing ever is,
// or when the charge stands in the case.
func (a *Admin) workingOf(p *ticketPane, m matter) (*working, error) {
	if p.Fee != nil || p.Status.Closed() || m.form.Fee.Free() {
		return nil, nil //nolint:nilnil // most cases cost nothing
	}
	on := forms.Dates{Filed: m.request.EnteredAt, Decided: a.now()}
	bill, err := m.form.Bill(m.request.Answers, on)
	if errors.Is(err, forms.ErrNoBill) {
		return &working{Note: m.form.Fee.Note.TH}, nil
	}
	if err != nil {
		return nil, err
	}
	w := &working{Total: thai.Baht(bill.Satang)}
	for _, line := range bill.Lines {
		one := workingLine{Label: line.Label.TH, Amount: thai.Baht(line.Satang)}
		if line.Waived != nil {
			one.Waived = fmt.Sprintf("เต็ม %s %s (%s)", thai.Baht(line.Whole), line.Waived.Text.TH, line.Waived.Law.TH)
		}
		w.Lines = append(w.Lines, one)
	}
	day := on.Filed
	if m.form.Fee.By == forms.ByDecision {
		day = on.Decided
	}
	for _, t := range m.form.Fee.Tables {
		if table, ok := m.form.Fee.TableOn(t.Key, day); ok && table.Law.TH != "" && !slices.Contains(w.Laws, table.Law.TH) {
			w.Laws = append(w.Laws, table.Law.TH)
		}
	}
	return w, nil
}

// check ticks something of the checklist off, or not after all. Doing so again changes nothing.
func (a *Admin) check(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	t, err := tickets.Find(ctx, s.Tx, id)
	if err != nil {
		return nil, err
	}
	form, err := a.desk.Form(ctx, s.Tx, t)
	if err != nil {
		return nil, err
	}
	request, err := tickets.FindRequest(ctx, s.Tx, t.RequestID)
	if err != nil {
		return nil, err
	}
	l := checklist{Documents: askedOf(&ticketPane{}, matter{form: form, request: request}), Steps: stepsOf(form, request.Answers)}
	item, done := r.PostForm.Get("item"), r.PostForm.Get("done") == "yes"
	if !slices.ContainsFunc(l.tasks(), func(t *task) bool { return t.Item == item }) {
		return nil, fault.New(fault.Invalid, "รายการนี้ไม่อยู่ในรายการตรวจของเรื่อง กรุณาโหลดหน้าใหม่แล้วเลือกอีกครั้ง")
	}
	if err := a.desk.Check(ctx, s.Tx, s.Actor(), id, item, done); err != nil {
		return nil, err
	}
	q := viewOf(r.URL.Query()).query()
	if q.Set("done", "checked"); !done {
		q.Set("done", "unchecked")
	}
	return redirect(link(ticketPath(id), q)), nil
}
