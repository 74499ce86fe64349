package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// servicePage is one service with everything that an agency may decide about it (SVC-0, SEED-25).
type servicePage struct {
	chrome
	departure
	Chips   []chip
	Act     string // where decisions are sent
	Seen    forms.OverrideID
	Code    string // of the agency, for the address of the manual
	May     bool   // may decide
	Typed   url.Values
	Signer  string // who signs if nobody says otherwise
	Queues  []agencies.Queue
	Clocks  []clockLine
	Autos   []autoSetting
	Halts   serviceHalts
	Leads   bool // may stop what the system does by itself
	Tables  []tableLine
	Waivers []waiverLine
	Open    []openValue
	Example *exampleBill
	Past    []decisionLine
	Preview []forms.Change // what would change; nil: nothing is looked at beforehand
	Looked  bool           // that was asked for
	Since   *since
	Wrong   []string
	Done    string
}

// Tab is where the page stands among the settings.
func (servicePage) Tab() string { return "services" }

// Say is what stands in a field.
func (p servicePage) Say(name string) string { return p.Typed.Get(name) }

// opinionPick is a step of the opinions before a decision, as it is ticked.
type opinionPick struct {
	Step    forms.OpinionStep
	Ticked  bool
	Central bool // the template asks for it, so the agency cannot do without
}

// Chain is the steps that the agency can ask for.
func (p servicePage) Chain() (picks []opinionPick) {
	for _, step := range forms.OpinionSteps() {
		central := slices.Contains(p.Central.Deciding.Opinions, step)
		picks = append(picks, opinionPick{step, central || slices.Contains(p.Typed[fieldOpinions], string(step)), central})
	}
	return picks
}

// clockLine is the time for one duty.
type clockLine struct {
	forms.Clock
	Field string
	Case  string // when it counts; empty: always
	Typed string
}

// tableLine is a table of fees in the list.
type tableLine struct {
	Name    string
	Href    string
	Own     bool // the agency's rates
	Now     string
	Coming  string // from when others hold
	Missing bool   // no rates hold today
}

// waiverLine is one waiver as it is typed.
type waiverLine struct {
	At    string // what the names of its fields begin with
	N     int
	Typed url.Values
	Lines []waivedLine
}

// Say is what stands in a field of it.
func (w waiverLine) Say(part string) string { return w.Typed.Get(w.At + part) }

// Empty says whether nothing was typed.
func (w waiverLine) Empty() bool { return w.Say("text") == "" && w.Say("law") == "" }

type waivedLine struct {
	Key, Label string
	Picked     bool
}

// exampleBill is what the service's own example costs today.
type exampleBill struct {
	Answers []forms.Answer
	Lines   []feeLine
	Total   string
	None    string // why there is no amount
}

// decisionLine is a decision of the past in words.
type decisionLine struct {
	At      time.Time
	Who     string
	Changes []forms.Change
	Base    int
}

// since is what another officer decided while this one was typing.
type since struct {
	Who     string
	At      time.Time
	Changes []forms.Change
	Clashes bool // both changed the same
}

func (a *Admin) showService(r *http.Request, s Scope) (reply, error) {
	d, err := a.service(r, s)
	if err != nil {
		return nil, err
	}
	p, err := a.servicePage(r.Context(), s, d, typedService(d.Central, d.Made.Override))
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "service", data: p}, err
}

// servicePage draws a service with what is typed about it.
func (a *Admin) servicePage(ctx context.Context, s Scope, d departure, typed url.Values) (servicePage, error) {
	c, err := chromeOf(ctx, s, d.Own.Title.TH)
	if err != nil {
		return servicePage{}, err
	}
	agency, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return servicePage{}, err
	}
	p := servicePage{
		chrome: c, departure: d, Chips: serviceChips(d), Act: Base + servicePath(d.Central.Key), Seen: d.Made.ID, Code: agency.Code, May: s.Can(agencies.ManageAgency),
		Typed: typed, Signer: cmp.Or(d.Central.Signer, agency.Signer), Tables: tableLines(d, a.now()), Waivers: waiverLines(d.Central, typed),
	}
	if p.Queues, err = agencies.Queues(ctx, s.Tx, s.Agency); err != nil {
		return servicePage{}, err
	}
	for _, clock := range d.Central.Clocks {
		field := fieldDays + string(clock.Name())
		p.Clocks = append(p.Clocks, clockLine{Clock: clock, Field: field, Case: d.Central.CaseOf(clock.When).TH, Typed: typed.Get(field)})
	}
	p.Autos, p.Leads = autoSettings(d.Central, typed), s.Can(agencies.LeadTickets)
	if p.Halts, err = a.haltsOf(ctx, s, d.Central.Key); err != nil {
		return servicePage{}, err
	}
	if p.Open, err = openValues(ctx, s, d, typed[fieldConfirmed]); err != nil {
		return servicePage{}, err
	}
	p.Example = example(d.Own, a.now())
	p.Past, err = a.pastDecisions(ctx, s, d.Central, p.Queues)
	return p, err
}

// tableLines are the tables of fees of the service, each with what holds today.
func tableLines(d departure, now time.Time) (lines []tableLine) {
	for _, t := range d.Central.Fee.Tables {
		if slices.ContainsFunc(lines, func(l tableLine) bool { return l.Href == ratesPath(d.Central.Key, t.Key) }) {
			continue
		}
		l := tableLine{Name: d.Central.TableName(t.Key).TH, Href: ratesPath(d.Central.Key, t.Key)}
		l.Own = slices.ContainsFunc(d.Made.Tables, func(o forms.FeeTable) bool { return o.Key == t.Key })
		held, ok := d.Own.Fee.TableOn(t.Key, now)
		l.Missing = !ok
		if ok {
			l.Now = ratesWords(held)
		}
		if next, ok := nextTable(d.Own.Fee.Tables, t.Key, now); ok {
			l.Coming = forms.Span(next.From, forms.Day{})
		}
		lines = append(lines, l)
	}
	return lines
}

// ratesWords says a table in a line: how many rates, from the least to the most, and by which law.
func ratesWords(t forms.FeeTable) string {
	words := strconv.Itoa(len(t.Rows)) + " รายการ"
	if len(t.Rows) > 0 {
		by := func(x, y forms.FeeRow) int { return cmp.Compare(x.Baht, y.Baht) }
		words += " " + thai.Number(slices.MinFunc(t.Rows, by).Baht) + " ถึง " + thai.Number(slices.MaxFunc(t.Rows, by).Baht) + " บาท"
	}
	return words + " · " + t.Law.TH
}

// nextTable is the table that follows the one of today.
func nextTable(tables []forms.FeeTable, key string, now time.Time) (next forms.FeeTable, ok bool) {
	for _, t := range tables {
		if t.Key == key && t.From.After(now) && (!ok || t.From.Before(next.From.Time)) {
			next, ok = t, true
		}
	}
	return next, ok
}

// waiverLines are the waivers that are typed and an empty one.
func waiverLines(f *forms.Form, typed url.Values) (lines []waiverLine) {
	for i := range mostWaivers {
		l := waiverLine{At: fieldWaiver + strconv.Itoa(i) + ".", N: i + 1, Typed: typed}
		for _, bill := range f.Fee.Lines {
			l.Lines = append(l.Lines, waivedLine{bill.Key, bill.Label.TH, slices.Contains(typed[l.At+"lines"], bill.Key)})
		}
		for _, key := range typed[l.At+"lines"] {
			if !slices.ContainsFunc(f.Fee.Lines, func(bill forms.FeeLine) bool { return bill.Key == key }) {
				l.Lines = append(l.Lines, waivedLine{key, key + " (แบบกลางไม่มีรายการนี้แล้ว)", true})
			}
		}
		lines = append(lines, l)
		if l.Empty() {
			break
		}
	}
	return lines
}

// example makes up the bill of the service's own example as of today.
func example(f *forms.Form, now time.Time) *exampleBill {
	if f.Fee.Free() {
		return nil
	}
	answers, err := f.ExampleAnswers(now)
	if err != nil {
		return nil // a service of the installation whose examples are none
	}
	bill, unknown := f.Bill(answers, forms.Dates{Filed: now, Decided: now})
	b := &exampleBill{Answers: slices.DeleteFunc(answers, func(said forms.Answer) bool { return !f.Costs(said.Field) })}
	if unknown != nil {
		b.None = "คำนวณจากตัวอย่างไม่ได้ เจ้าหน้าที่ต้องกำหนดจำนวนเงินเอง ให้ตรวจว่ามีอัตราที่ใช้วันนี้และครบทุกรายการ"
		return b
	}
	for _, l := range bill.Lines {
		line := feeLine{Label: l.Label.TH, Amount: thai.Baht(l.Satang)}
		if l.Waived != nil {
			line.Law = l.Waived.Law.TH
		}
		b.Lines = append(b.Lines, line)
	}
	b.Total = thai.Baht(bill.Satang)
	return b
}

// pastDecisions are what the agency decided about a service, the newest first, each against the one before and the
// template that was looked at then.
func (a *Admin) pastDecisions(ctx context.Context, s Scope, f *forms.Form, queues []agencies.Queue) ([]decisionLine, error) {
	made, err := forms.Overrides(ctx, s.Tx, int64(s.Agency), f.Key)
	if err != nil {
		return nil, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	lines := make([]decisionLine, len(made))
	for i, m := range made {
		var before forms.Override
		if i+1 < len(made) {
			before = made[i+1].Override
		}
		then, ok := a.forms.Version(f.Key, m.Base)
		if !ok {
			then = f
		}
		lines[i] = decisionLine{At: m.At, Who: deciderName(m, officers), Changes: told(then, before, m.Override, queues), Base: m.Base}
	}
	return lines, nil
}

// told says what was decided between two decisions, with queues by their names.
func told(f *forms.Form, before, after forms.Override, queues []agencies.Queue) []forms.Change {
	before.Queue, after.Queue = queueOfKey(before.Queue, queues), queueOfKey(after.Queue, queues)
	return f.Decided(before, after)
}

func queueOfKey(key string, queues []agencies.Queue) string {
	if i := slices.IndexFunc(queues, func(q agencies.Queue) bool { return q.Key == key }); i >= 0 {
		return queues[i].Name
	}
	return key
}

func deciderName(m forms.Made, officers map[agencies.OfficerID]agencies.Officer) string {
	if m.Officer == nil {
		return "ผู้ดูแลระบบ"
	}
	return officers[agencies.OfficerID(*m.Officer)].Name
}

// decideService stores what was typed, or shows beforehand what it would change. It decides for whoever saw the newest
// decision; anybody else is shown what was decided since, with both put together, and nothing typed is lost.
func (a *Admin) decideService(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	d, err := a.service(r, s)
	if err != nil {
		return nil, err
	}
	typed := sentService(r.PostForm)
	if d.Renewed() { // what the centre changed is ticked off when it was looked at
		typed[fieldConfirmed] = d.Made.Confirmed
	}
	o, wrong := departed(d.Central, d.Made.Override, typed)
	switch {
	case len(wrong) > 0:
		p, err := a.servicePage(ctx, s, d, typed)
		p.Seen, p.Wrong = seenOverride(r), wrong
		return page{view: "service", status: fault.Invalid.Status(), data: p}, err
	case r.PostForm.Get("do") == "preview" && seenOverride(r) == d.Made.ID:
		would := departureOf(d.Central, forms.Made{Override: o, ID: d.Made.ID, Base: d.base(agencies.ServiceDecided)})
		p, err := a.servicePage(ctx, s, would, typed)
		p.Preview, p.Looked = told(d.Central, d.Made.Override, o, p.Queues), true
		return page{view: "service", data: p}, err
	}
	err = a.amend(ctx, s, d, o, seenOverride(r), agencies.ServiceDecided)
	if errors.Is(err, forms.ErrDecided) {
		return a.decidedSince(r, s, d.Central, typed)
	}
	if err != nil {
		return nil, err
	}
	return refreshed{redirect(link(servicePath(d.Central.Key), url.Values{"done": {"service"}}))}, nil
}

// seenOverride is the decision that the page was drawn from.
func seenOverride(r *http.Request) forms.OverrideID {
	n, err := strconv.ParseInt(r.PostForm.Get("seen"), 10, 64)
	if err != nil {
		return -1 // none: not the newest
	}
	return forms.OverrideID(n)
}

// amend stores a decision with its line in the agency's history; what is in force already is no decision.
func (a *Admin) amend(ctx context.Context, s Scope, d departure, o forms.Override, seen forms.OverrideID, kind agencies.ChangeKind) error {
	officer := int64(s.Officer.ID)
	id, err := forms.Amend(ctx, s.Tx, forms.Made{
		Override: o, Agency: int64(s.Agency), Form: d.Central.Key, Base: d.base(kind), Officer: &officer, At: a.now(),
	}, seen)
	if err != nil || id == d.Made.ID {
		return err
	}
	if d.Made.Off != o.Off { // its chats have menus that begin services
		if err := agencies.AskMenus(ctx, s.Tx, a.jobs, s.Agency); err != nil {
			return err
		}
	}
	return a.changed(ctx, s, kind, agencies.ChangeDetail{Service: string(d.Central.Key), Override: int64(id)})
}

// base is the version of the template that the agency has looked at when it decides: to decide something is not yet to
// have looked at what the centre changed.
func (d departure) base(kind agencies.ChangeKind) int {
	if kind == agencies.ServiceDecided && d.Renewed() {
		return d.Made.Base
	}
	return d.Central.Version
}

// decidedSince shows what another officer decided in the meantime, and what was typed on top of it.
func (a *Admin) decidedSince(r *http.Request, s Scope, f *forms.Form, typed url.Values) (reply, error) {
	was, news, err := whatHappened(r, s, f)
	if err != nil {
		return nil, err
	}
	both, clashes := merge(typedService(f, was), typedService(f, news.made.Override), typed)
	p, err := a.servicePage(r.Context(), s, a.looked(f, news.made), both)
	p.Since = &since{Who: news.who, At: news.made.At, Changes: told(f, was, news.made.Override, p.Queues), Clashes: len(clashes) > 0}
	return page{view: "service", status: fault.Conflict.Status(), data: p}, err
}

// latest is the newest decision and whose it is.
type latest struct {
	made forms.Made
	who  string
}

// whatHappened returns the decision that a page was drawn from and the newest one.
func whatHappened(r *http.Request, s Scope, f *forms.Form) (was forms.Override, now latest, err error) {
	made, err := forms.Overrides(r.Context(), s.Tx, int64(s.Agency), f.Key)
	if err != nil || len(made) == 0 {
		return was, now, err
	}
	officers, err := agencies.Officers(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return was, now, err
	}
	if i := slices.IndexFunc(made, func(m forms.Made) bool { return m.ID == seenOverride(r) }); i >= 0 {
		was = made[i].Override
	}
	return was, latest{made[0], deciderName(made[0], officers)}, nil
}
