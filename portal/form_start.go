package portal

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/network"
	"saphan/tickets"
)

// startPage is what is read before the first question: the privacy notice (PDP-1, PDP-2), and what will be needed.
type startPage struct {
	door
	service
	Path     string
	Service  string
	Agency   string
	Summary  string
	Notice   []string // paragraphs
	Fee      string
	Time     string
	Parts    int
	Papers   []string // documents that may be asked for
	Known    string   // how the person is known that files
	Checked  bool     // an officer looks at the identity, as it cannot be proved on line
	InPerson *forms.Law
	Open     string // address of the draft that was begun before
	Began    string // when that was
	Drop     string
	Against  string // number of the case that an appeal goes against, to be filled in
	For      string // whom an officer fills in for; empty: everybody fills in their own
}

// showStart shows the privacy notice, or the draft that there is.
func (p *Portal) showStart(r *http.Request) (reply, error) {
	f, err := p.filer(r)
	if err != nil {
		return nil, err
	}
	var (
		s     service
		draft forms.Draft
	)
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if s, err = p.serviceOf(ctx, tx, r); err != nil || !f.known() {
			return err
		}
		draft, err = p.draftOf(ctx, tx, f, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	if to, away := p.raise(f, s.form, s.path()); away && !s.form.PersonalOnly() {
		return to, nil
	}
	page := p.startOf(r, s)
	page.Against = against(s, r.URL.Query().Get(tickets.AppealCase))
	page.Checked, page.For = f.level < levelOf(s.form), f.filing.Name
	if draft.ID != "" {
		at := sheet{service: s, draft: draft}
		page.Open, page.Began, page.Drop = at.path(), page.When(draft.TouchedAt), at.path()+"/drop"
	}
	return html{view: "form_start", keep: keepNever, data: page}, nil
}

// against is the number of the case that an appeal names in its address; empty for every other service.
func against(s service, number string) string {
	if s.form.Key != tickets.AppealForm || len(number) > 40 {
		return ""
	}
	return number
}

// draftOf is the draft of a service that a person can go on with; zero when there is none.
func (p *Portal) draftOf(ctx context.Context, tx pgx.Tx, f filer, s service) (forms.Draft, error) {
	all, err := p.forms.Drafts(ctx, tx, f.Person)
	if err != nil {
		return forms.Draft{}, err
	}
	i := slices.IndexFunc(all, func(d forms.Draft) bool { return d.Agency == int64(s.agency.ID) && d.Form == s.form.Key && !d.Sent })
	if i < 0 {
		return forms.Draft{}, nil
	}
	return all[i], nil
}

// notice is what is done with the person's data, as paragraphs: what the service does with it, and whom to turn to.
func (s service) notice(o own) []string {
	office := s.agency.Name
	if s.agency.Phone != "" {
		office += " (" + s.agency.Phone + ")"
	}
	rights := o.T("คุณขอดู ขอแก้ หรือขอให้ลบข้อมูลของคุณได้ที่ “หน้าของฉัน” หรือติดต่อ {office}",
		"You may ask to see, correct or erase your data under “My page” or at {office}.", "office", office)
	return append(strings.Split(strings.ReplaceAll(s.form.Notice.Text.In(o.Lang), "{agency}", s.agency.Name), "\n\n"), rights)
}

func (p *Portal) startOf(r *http.Request, s service) startPage {
	page := startPage{door: doorOf(r, s.form.Title.TH, s.form.Title.EN), service: s, Path: s.path(), Agency: s.agency.Name, InPerson: s.form.InPerson}
	page.Title = s.form.Title.In(page.Lang)
	page.Service, page.Summary = page.Title, s.form.Summary.In(page.Lang)
	for _, paragraph := range s.notice(page.own) {
		page.Notice = append(page.Notice, strings.TrimSpace(paragraph))
	}
	clock, _ := s.form.Usual()
	page.Time, page.Fee = page.clock(clock), p.usualFee(page.own, s.form)
	for _, fl := range s.form.Fields {
		if fl.Kind == forms.DocumentField && fl.Issuer != forms.State {
			page.Papers = append(page.Papers, fl.Label.In(page.Lang))
		}
	}
	page.Parts = len(partsOf(s.form, nil))
	return page
}

// clock is a time that the law gives, in words.
func (o own) clock(c forms.Clock) string { return daysOf(c.Days, c.Unit).In(o.Lang) }

// usualFee is what a service costs before anything is answered.
func (p *Portal) usualFee(o own, f *forms.Form) string {
	switch {
	case f.Fee.Free():
		return o.T("ไม่มีค่าธรรมเนียม", "Free of charge")
	case f.Fee.Note.In(o.Lang) != "":
		return f.Fee.Note.In(o.Lang)
	default:
		return o.T("ขึ้นกับคำตอบ", "Depends on your answers")
	}
}

// begin notes that the notice was read and opens the first page.
func (p *Portal) begin(r *http.Request) (reply, error) {
	if _, err := field(r, "start"); err != nil { // reads the whole, within bounds
		return nil, err
	}
	f, err := p.filer(r)
	if err != nil {
		return nil, err
	}
	var cookies []*http.Cookie
	var at sheet
	var to reply
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		s, err := p.serviceOf(ctx, tx, r)
		switch {
		case err != nil:
			return err
		case s.form.PersonalOnly():
			return errNoService()
		}
		var away bool
		if to, away = p.raise(f, s.form, s.path()); away {
			return nil
		}
		if f.Citizen == 0 && !f.forOther() && !p.begun.allow(network.Of(r.RemoteAddr), p.now()) { // also with a cookie: anybody can make one up
			return fault.New(fault.Unavailable, "มีผู้เริ่มกรอกแบบจากเครือข่ายนี้มากเกินไป กรุณารอสักครู่แล้วลองใหม่")
		}
		if !f.known() {
			var cookie *http.Cookie
			f.Browser, cookie = p.newBrowser()
			cookies = append(cookies, cookie)
		}
		at.service = s
		at.draft, err = p.forms.Begin(ctx, tx, f.Person, s.agency.ID, s.form.Key)
		if number := against(s, r.PostForm.Get(tickets.AppealCase)); err == nil && number != "" {
			at.draft, _, err = p.forms.Fill(ctx, tx, f.Person, at.draft.ID, forms.Fill{Revision: at.draft.Revision, Entries: []forms.Entry{{Field: tickets.AppealCase, Input: forms.Input{Text: number}}}})
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case to != nil:
		return to, nil
	}
	return baked{redirect(at.path() + "?part=1"), cookies}, nil
}
