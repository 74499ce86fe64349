package portal

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// reviewPage shows all answers before they are sent.
type reviewPage struct {
	door
	Service  string
	Agency   string
	Sections []reviewSection
	Computed []line
	Bill     []line
	Total    string
	Fee      string // when there is no bill: what it costs, in words
	Time     string
	Law      string
	Declares string
	Missing  []problemView
	Problem  string
	Verify   string // where the person proves who they are before sending
	Checked  bool   // an officer looks at the identity
	Revision int
	Send     string
	Drop     string
	Back     string
	Signed   bool
	For      string // whom an officer fills in for; empty: everybody fills in their own
	Whom     forWhom
	Danger   string // what to do now, before sending what cannot wait
}

// reviewSection is a part of the form, or a thing of a group, with its answers.
type reviewSection struct {
	Heading string
	Rows    []reviewRow
}

type reviewRow struct {
	Label, Value, Edit string
	None               bool
}

func (p *Portal) showReview(r *http.Request) (reply, error) {
	return p.opened(r, nil, func(ctx context.Context, tx pgx.Tx, f filer, s sheet) (reply, error) {
		page := p.review(r, f, s)
		var err error
		page.Whom, err = p.forWhomOf(ctx, tx, f, s)
		return html{view: "form_review", keep: keepNever, data: page}, err
	})
}

func (p *Portal) review(r *http.Request, f filer, s sheet) reviewPage {
	page := reviewPage{
		door: doorOf(r, "ตรวจก่อนส่ง", "Check before sending"), Agency: s.agency.Name, Revision: s.draft.Revision, Send: s.path() + "/send", Drop: s.path() + "/drop",
		Back: s.to(len(s.parts) - 1), Checked: f.level < levelOf(s.form), Signed: f.Citizen != 0, For: f.filing.Name,
	}
	page.Here = s.path() + "/review"
	page.Service, page.Declares = s.form.Title.In(page.Lang), s.form.Declares.In(page.Lang)
	page.Sections = page.sections(s)
	for _, fl := range s.form.Missing(s.draft.Answers) {
		if partOf(s.parts, fl.Key) >= 0 && !fl.Continues() { // what hangs on another is asked after that one
			page.Missing = append(page.Missing, problemView{To: s.edit(fl.Key), Label: fl.Label.In(page.Lang)})
		}
	}
	for _, a := range s.form.Asked(s.draft.Answers) {
		if a.Kind == forms.ComputedField {
			label, value := s.form.ComputedIn(a, page.Lang)
			page.Computed = append(page.Computed, line{label, value})
		}
	}
	if s.form.Urgent(s.draft.Answers) {
		page.Danger = page.danger(s.form, s.draft.Answers, s.agency)
	}
	p.bill(&page, s)
	if clock, ok := s.form.Clock(forms.Decide, s.draft.Answers); ok {
		page.Time, page.Law = page.clock(clock), clock.Law.In(page.Lang)
	}
	if to, away := p.raise(f, s.form, page.Here); away {
		if at, is := to.(redirect); is {
			page.Verify = string(at)
		}
	}
	return page
}

// edit is where one answer can be changed.
func (s sheet) edit(key string) string {
	return s.to(max(0, partOf(s.parts, key))) + "&from=review#" + boxName(key, "")
}

// sections are the answers under the headings of the form and the names of the things of groups.
func (o own) sections(s sheet) []reviewSection {
	var all []reviewSection
	for _, p := range s.parts {
		for _, fl := range p.fields {
			if fl.Continues() {
				continue
			}
			heading, label := p.heading.In(o.Lang), fl.Label.In(o.Lang)
			if thing, ok := fl.Thing(); ok {
				heading, label = thing.In(o.Lang), strings.TrimPrefix(label, thing.In(o.Lang)+" · ")
			}
			if last := len(all) - 1; last < 0 || all[last].Heading != heading {
				all = append(all, reviewSection{Heading: heading})
			}
			row := reviewRow{Label: label, Edit: s.edit(fl.Key), None: true, Value: o.T("ยังไม่ได้ตอบ", "Not answered yet")}
			if fl.Optional {
				row.Value = o.T("ไม่ได้ระบุ", "Left out")
			}
			if a := s.answer(fl.Key); a.Field != "" && (fl.Kind != forms.ChoiceField || !s.waits(fl)) {
				row.Value, row.None = o.shown(fl, a), false
			}
			all[len(all)-1].Rows = append(all[len(all)-1].Rows, row)
		}
	}
	return all
}

// bill is what the request costs, with how that comes about.
func (p *Portal) bill(page *reviewPage, s sheet) {
	bill, err := s.form.Bill(s.draft.Answers, forms.Dates{Filed: p.now()})
	switch {
	case s.form.Fee.Free(), err == nil && len(bill.Lines) == 0:
		page.Fee = page.T("ไม่มีค่าธรรมเนียม", "Free of charge")
	case err != nil:
		page.Fee = page.T("เจ้าหน้าที่คำนวณแล้วแจ้งให้ทราบ", "An officer works it out and tells you")
	default:
		for _, l := range bill.Lines {
			value := page.Baht(l.Satang)
			if l.Waived != nil {
				value = page.T("{baht} ({why})", "{baht} ({why})", "baht", value, "why", l.Waived.Text.In(page.Lang))
			}
			page.Bill = append(page.Bill, line{l.Label.In(page.Lang), value})
		}
		page.Total = page.Baht(bill.Satang)
	}
}

// send files the request.
func (p *Portal) send(r *http.Request) (reply, error) {
	said, err := field(r, "revision")
	if err != nil {
		return nil, err
	}
	revision, err := strconv.Atoi(said)
	if err != nil {
		revision = -1 // no draft's
	}
	f, err := p.filer(r)
	if err != nil {
		return nil, err
	}
	var (
		out   reply
		wrong error
	)
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		s, err := p.sheetOf(ctx, tx, r, f)
		if err != nil {
			return err
		}
		to, away := p.raise(f, s.form, s.path()+"/review")
		if away {
			out = to
			return nil
		}
		if err = p.fits(ctx, tx, s); err == nil {
			err = p.forms.Send(ctx, tx, f.Person, s.draft.ID, revision)
		}
		if kind := fault.KindOf(err); err != nil && (kind == fault.Conflict || kind == fault.Invalid) {
			page := p.review(r, f, s)
			page.Problem = faultIn(err, page.Lang)
			page.Whom, _ = p.forWhomOf(ctx, tx, f, s) // without it the page is whole too
			out, wrong = html{view: "form_review", status: kind.Status(), keep: keepNever, data: page}, err
			return err
		}
		out = redirect(p.sentPath(s))
		if f.forOther() {
			out = p.backToOfficer(f)
		}
		return err
	})
	switch {
	case wrong != nil && errors.Is(err, wrong):
		return out, nil
	case f.forOther() && f.filing.FilledAt != nil:
		return p.backToOfficer(f), nil
	case fault.Is(err, fault.NotFound) && p.sentBefore(r, f):
		return redirect(p.sentPathOf(r)), nil
	case fault.Is(err, fault.NotFound) && f.Citizen == 0:
		return p.turnedAway(r, nil, err)
	}
	return out, err
}

// backToOfficer leads back into the inbox, where the citizen's signature is waited for, and forgets whose form it was.
func (p *Portal) backToOfficer(f filer) reply {
	return baked{redirect("/admin/filings/" + strconv.FormatInt(int64(f.filing.ID), 10)), []*http.Cookie{p.bake(draftCookie, "", -1)}}
}

// askDropPage asks before a draft is given up.
type askDropPage struct {
	door
	Service string
	Agency  string
	Drop    string
	Back    string
}

func (p *Portal) askDrop(r *http.Request) (reply, error) {
	return p.opened(r, nil, func(_ context.Context, _ pgx.Tx, _ filer, s sheet) (reply, error) {
		page := askDropPage{door: doorOf(r, "ยกเลิกคำขอนี้", "Give this request up"), Agency: s.agency.Name, Drop: s.path() + "/drop", Back: s.path()}
		page.Service = s.form.Title.In(page.Lang)
		return html{view: "form_drop", keep: keepNever, data: page}, nil
	})
}

// drop gives a draft up.
func (p *Portal) drop(r *http.Request) (reply, error) {
	if _, err := field(r, "drop"); err != nil {
		return nil, err
	}
	return p.opened(r, nil, func(ctx context.Context, tx pgx.Tx, f filer, s sheet) (reply, error) {
		if err := p.forms.Drop(ctx, tx, f.Person, s.draft.ID); err != nil {
			return nil, err
		}
		if f.Citizen != 0 {
			return redirect(home), nil
		}
		return redirect(s.service.path()), nil
	})
}

// unfinished is a draft on the page with one's own requests.
type unfinished struct {
	Service string
	Agency  string
	Touched string
	Chat    string // where else it can be gone on with
	Go      string
	Drop    string
}

// unfinishedOf are the drafts that a citizen can go on with.
func (p *Portal) unfinishedOf(ctx context.Context, tx pgx.Tx, citizen citizens.CitizenID, o own) ([]unfinished, error) {
	if p.forms == nil || p.catalog == nil {
		return nil, nil
	}
	drafts, err := p.forms.Drafts(ctx, tx, citizens.Person{Citizen: citizen, Lang: o.Lang})
	if err != nil {
		return nil, err
	}
	var all []unfinished
	for _, d := range drafts {
		s, ok, err := p.serviceByDraft(ctx, tx, d)
		if err != nil {
			return nil, err
		}
		if !ok || d.Sent {
			continue
		}
		at := sheet{service: s, draft: d}.path()
		u := unfinished{Service: s.form.Title.In(o.Lang), Agency: s.agency.Name, Touched: o.When(d.TouchedAt), Go: at, Drop: at + "/drop"}
		if d.Chat == lineKind {
			u.Chat = "LINE"
		}
		all = append(all, u)
	}
	return all, nil
}

// ticketOf is the case that was made of a draft; ok is false until there is one.
func ticketOf(ctx context.Context, tx pgx.Tx, draft string) (t tickets.Ticket, ok bool, err error) {
	t, err = tickets.FindByDraft(ctx, tx, draft)
	if fault.Is(err, fault.NotFound) {
		return t, false, nil
	}
	return t, err == nil, err
}
