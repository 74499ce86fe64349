package portal

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/papers"
	"saphan/tickets"
)

// confirmPage shows a citizen what an officer filled in for them, to be confirmed by one tap (MTH-1.3, SEED-22).
type confirmPage struct {
	door
	Service   string
	Agency    string
	Officer   string
	Reference string
	Until     string
	Sections  []papers.Section
	Files     int
	Notice    []string
	Declares  string
	Name      string // as the officer was told, or as typed before a problem
	Problem   string
}

func errNoFiling() error {
	return fault.New(fault.NotFound, "ไม่พบคำขอที่เจ้าหน้าที่กรอกแทนนี้ ลิงก์อาจไม่ครบ กรุณาเปิดจากข้อความหรือสแกนคิวอาร์อีกครั้ง")
}

// filingOf finds what a link opens.
func filingOf(ctx context.Context, tx pgx.Tx, r *http.Request) (tickets.Filing, error) {
	token := chi.URLParam(r, "token")
	if !tokenForm.MatchString(token) {
		return tickets.Filing{}, errNoFiling()
	}
	return tickets.FilingByToken(ctx, tx, token)
}

// showConfirm shows what was filled in; when it was confirmed already, it leads on to the case.
func (p *Portal) showConfirm(r *http.Request) (out reply, err error) {
	var refusal error
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		f, err := filingOf(ctx, tx, r)
		if err != nil {
			return err
		}
		if refusal, err = p.atDesk(ctx, tx, r, f); err != nil || refusal != nil {
			return err
		}
		out, err = p.confirmed(ctx, tx, r, f)
		return err
	})
	if refusal != nil {
		out = elsewhere(r, refusal)
	}
	return out, err
}

// atDesk refuses to let a filing be confirmed where officers work: at a browser in which one is signed in, or in which one
// filled in for somebody these days (MTH-1.3). A refusal is noted, so whoever gets one must let the transaction commit. What
// needs no confirming any more is nobody's to refuse.
func (p *Portal) atDesk(ctx context.Context, tx pgx.Tx, r *http.Request, f tickets.Filing) (refusal, err error) {
	if f.State(p.now()) != tickets.FilingConfirms {
		return nil, nil
	}
	officer, found, err := agencies.NewSessions(tx, p.box, p.now).Find(ctx, agencies.Token(p.cookie(r, agencies.SessionCookie)), false)
	if err != nil {
		return nil, err
	}
	by := officer.ID
	for _, name := range []string{draftCookie, citizens.DeskCookie} {
		cookie := p.cookie(r, name)
		if found || !citizens.OfOfficer(cookie) {
			continue
		}
		filled, err := tickets.FilingAt(ctx, tx, citizens.BrowserOf(cookie))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		by, found = filled.OfficerID, err == nil
	}
	if !found {
		return nil, nil
	}
	return p.desk.AtDesk(ctx, tx, f.Token, by)
}

// elsewhere says kindly that a request is confirmed on the citizen's own telephone.
func elsewhere(r *http.Request, refusal error) reply {
	m := messageOf(r, refusal)
	m.Title = m.T("ยืนยันที่เครื่องนี้ไม่ได้", "Not on this device")
	return html{view: "message", status: fault.KindOf(refusal).Status(), keep: keepNever, data: m}
}

// confirmed is the page of a filing as it stands.
func (p *Portal) confirmed(ctx context.Context, tx pgx.Tx, r *http.Request, f tickets.Filing) (reply, error) {
	switch f.State(p.now()) {
	case tickets.FilingFiled:
		return p.filedAt(ctx, tx, f)
	case tickets.FilingConfirms:
		page, err := p.confirmOf(ctx, tx, r, f)
		return html{view: "form_confirm", keep: keepNever, data: page}, err
	case tickets.FilingUnsigned:
		return nil, fault.New(fault.Conflict, "คำขอนี้รอลงชื่อบนกระดาษที่เคาน์เตอร์ กรุณาติดต่อเจ้าหน้าที่")
	default:
		return nil, fault.New(fault.Conflict, "คำขอนี้หมดเวลายืนยันหรือถูกยกเลิกแล้ว ยังไม่มีการยื่น กรุณาติดต่อเจ้าหน้าที่เพื่อยื่นใหม่")
	}
}

func (p *Portal) confirmOf(ctx context.Context, tx pgx.Tx, r *http.Request, f tickets.Filing) (page confirmPage, err error) {
	filled, err := tickets.Lodged(ctx, tx, f.ID)
	if err != nil {
		return page, err
	}
	form, ok := p.catalog.Agency(int64(f.AgencyID)).Version(filled.Form, filled.Version)
	if !ok {
		return page, errNoService()
	}
	agency, err := agencies.Find(ctx, tx, f.AgencyID)
	if err != nil {
		return page, err
	}
	officers, err := agencies.Officers(ctx, tx, f.AgencyID)
	if err != nil {
		return page, err
	}
	page = confirmPage{door: doorOf(r, "ยืนยันคำขอ", "Confirm your request"), Agency: agency.Name, Officer: officers[f.OfficerID].Name, Reference: f.Reference(), Name: f.Name}
	page.Here = r.URL.Path
	page.Service, page.Until, page.Declares = form.Title.In(page.Lang), page.When(*f.Until), form.Declares.In(page.Lang)
	page.Sections = page.answered(form, filled.Answers)
	for _, a := range filled.Answers {
		page.Files += len(a.Attachments)
	}
	page.Notice = service{agency, form}.notice(page.own)
	return page, nil
}

// filedAt leads to where the case gets its number.
func (p *Portal) filedAt(ctx context.Context, tx pgx.Tx, f tickets.Filing) (reply, error) {
	t, err := tickets.FindByRequest(ctx, tx, f.RequestID)
	if err == nil {
		return redirect("/track/" + t.TrackToken + "?sent=1"), nil
	}
	if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	agency, err := agencies.Find(ctx, tx, f.AgencyID)
	if err != nil {
		return nil, err
	}
	draft, err := tickets.DraftOf(ctx, tx, f.RequestID)
	if err != nil {
		return nil, err
	}
	return redirect(formPath(agency.Code, f.FormKey) + "/" + url.PathEscape(draft) + "/sent?" + url.Values{"k": {p.sentKey(draft)}}.Encode()), nil
}

// confirm files the request: the citizen typed their name and tapped.
func (p *Portal) confirm(r *http.Request) (reply, error) {
	name, err := field(r, "name")
	if err != nil {
		return nil, err
	}
	var (
		out     reply
		refusal error
	)
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		f, err := filingOf(ctx, tx, r)
		if err != nil {
			return err
		}
		if refusal, err = p.atDesk(ctx, tx, r, f); err != nil || refusal != nil {
			return err
		}
		signed, err := p.desk.ConfirmFiling(ctx, tx, f.Token, name)
		if fault.Is(err, fault.Invalid) {
			page, readErr := p.confirmOf(ctx, tx, r, f)
			page.Name, page.Problem = name, faultIn(err, page.Lang)
			out = html{view: "form_confirm", status: fault.Invalid.Status(), keep: keepNever, data: page}
			return readErr
		}
		if err != nil {
			return err
		}
		out, err = p.filedAt(ctx, tx, signed)
		return err
	})
	if refusal != nil {
		out = elsewhere(r, refusal)
	}
	return out, err
}
