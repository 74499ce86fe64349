package portal

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/permits"
	"saphan/tickets"
)

// meRoutes adds a person's own pages.
func (p *Portal) meRoutes(r chi.Router) {
	r.Group(func(r chi.Router) {
		r.Use(p.personal)
		r.Get("/me", p.own(p.showMine))
		r.Get("/me/documents", p.own(p.showDocuments))
		r.Get("/me/documents/{document}/file", p.own(p.openOwn))
		r.Post("/me/documents/{document}/delete", p.own(p.takeOut))
		r.Get("/me/profile", p.own(p.showProfile))
		r.Post("/me/profile/{key}/delete", p.own(p.forgetFact))
		r.Get("/me/readings", p.own(p.showReadings))
		r.Get(mandatesPath, p.own(p.showMandates))
		r.With(p.formGuard).Get(mandatesPath+"/new", p.own(p.showNewMandate)) // ?agency=
		r.With(p.formGuard).Post(mandatesPath, func(w http.ResponseWriter, r *http.Request) {
			p.own(func(r *http.Request, v Visitor) (reply, error) { return p.showMandate(w, r, v) })(w, r)
		})
		r.Post(mandatesPath+"/{mandate}/end", p.own(p.endMandate))
		r.Get("/me/data", p.own(p.showData))
		r.Post("/me/data/export", p.own(p.askExport))
		r.Get("/me/export/{token}", p.own(p.showExport))
		r.Post("/me/export/{token}", p.own(p.takeExport))
		r.Get("/me/delete", p.own(p.showErasure))
		r.Post("/me/delete", p.own(p.askErasure))
	})
}

// minePage lists a person's requests.
type minePage struct {
	own
	Drafts []unfinished
	Open   []mineCase
	Ended  []mineCase
}

// mineCase is a request in the list.
type mineCase struct {
	Number  string
	Service string
	Subject string
	Agency  string
	Says    string
	Tone    string
	Next    string // what happens next, or what the person is to do
	Due     string
	Left    string
	Late    bool
	Entered string
	Track   string
	Leave   string // address at which it is withdrawn; empty: it is decided
	Permit  string
	For     string // for whom it was filed, under a power of attorney; empty: for oneself
	Over    bool   // that is over
}

// casesShown is how many cases the list has; the rest are in the copy of all data.
const casesShown = 200

func (p *Portal) showMine(r *http.Request, v Visitor) (reply, error) {
	page := minePage{own: ownOf(r, "requests", "คำขอของฉัน", "My requests")}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		own, err := p.casesOf(ctx, tx, v)
		if err != nil {
			return err
		}
		if page.Drafts, err = p.unfinishedOf(ctx, tx, v.Citizen, page.own); err != nil {
			return err
		}
		alone, err := chatless(ctx, tx, own...)
		if err != nil {
			return err
		}
		for _, t := range own {
			c, err := p.mineCase(ctx, tx, t, page.own, alone[t.ID])
			if err != nil {
				return err
			}
			if t.Status.Closed() {
				page.Ended = append(page.Ended, c)
			} else {
				page.Open = append(page.Open, c)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return html{view: "me", keep: keepNever, data: page}, nil
}

// casesOf are the cases that a visitor may see, newest first.
func (p *Portal) casesOf(ctx context.Context, tx pgx.Tx, v Visitor) ([]tickets.Ticket, error) {
	accounts, err := v.accounts(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(accounts))
	for i, c := range accounts {
		ids[i] = int64(c)
	}
	of, err := tickets.OfCitizens(ctx, tx, ids, casesShown)
	if err != nil {
		return nil, err
	}
	var all []tickets.Ticket
	for _, own := range of {
		all = append(all, own...)
	}
	slices.SortFunc(all, func(a, b tickets.Ticket) int { return b.EnteredAt.Compare(a.EnteredAt) })
	return all, nil
}

func (p *Portal) mineCase(ctx context.Context, tx pgx.Tx, t tickets.Ticket, o own, alone bool) (mineCase, error) {
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	if err != nil {
		return mineCase{}, err
	}
	c := mineCase{
		Number: t.Reference, Service: p.desk.ServiceTitle(t, o.Lang), Subject: t.Subject, Agency: agency.Name, Says: says(o, t.Status),
		Tone: tone(t.Status), Next: nextStep(o, t.Status, alone), Entered: o.When(t.EnteredAt), Track: "/track/" + t.TrackToken,
	}
	if c.Subject == t.Title {
		c.Subject = ""
	}
	if t.Status.CanBecome(tickets.Withdrawn) {
		c.Leave = withdrawPath(t)
	}
	if err := p.filedForIn(ctx, tx, t, &c); err != nil {
		return c, err
	}
	if t.Stopped && !t.Status.Closed() {
		c.Due = o.standsStill()
		return c, nil
	}
	if !t.Status.Closed() {
		c.Due, c.Late = o.When(t.DueAt), t.DueAt.Before(p.now())
		c.Left = o.Left(p.now(), t.DueAt)
		return c, nil
	}
	number, err := permits.NumberOf(ctx, tx, int64(t.ID))
	if err == nil && number != "" {
		c.Permit = "/p/" + number
	}
	return c, err
}

// filedForIn adds for whom a case was filed, which its own page does not tell.
func (p *Portal) filedForIn(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c *mineCase) error {
	f, err := p.filedForOf(ctx, tx, t)
	if err != nil || f.Mandate == 0 {
		return err
	}
	c.For = t.CitizenName
	if f.Over {
		c.Over, c.Leave, c.Next = c.Leave != "", "", ""
	}
	return nil
}

// says is a status as its citizen reads it.
func says(o own, s tickets.Status) string {
	switch s {
	case tickets.Open:
		return o.T("รอรับเรื่อง", "Waiting for an officer")
	case tickets.Accepted:
		return o.T("กำลังดำเนินการ", "In progress")
	case tickets.Awaiting:
		return o.T("รอเอกสารจากท่าน", "Waiting for your documents")
	case tickets.Approved:
		return o.T("ดำเนินการแล้ว", "Done")
	case tickets.Refused:
		return o.T("ไม่อนุมัติ", "Refused")
	case tickets.Revoked:
		return o.T("เพิกถอนแล้ว", "Revoked")
	case tickets.Withdrawn:
		return o.T("ถอนเรื่องแล้ว", "Withdrawn")
	case tickets.Returned:
		return o.T("คืนคำขอแล้ว", "Returned")
	case tickets.Transferred, tickets.Bounced: // for the moment until the next agency has it
		return o.T("กำลังส่งต่อให้หน่วยงานที่รับผิดชอบ", "On its way to the agency in charge")
	case tickets.Referred:
		return o.T("แจ้งหน่วยงานที่รับผิดชอบแล้ว", "You were told who is in charge")
	case tickets.Merged:
		return o.T("ดำเนินการรวมกับเรื่องเดียวกัน", "Handled with other reports of the same")
	default:
		return string(s)
	}
}

// nextStep says what comes next; empty when nothing does. Who has no chat is sent to none.
func nextStep(o own, s tickets.Status, alone bool) string {
	switch {
	case s == tickets.Open && alone:
		return o.T("เจ้าหน้าที่จะรับเรื่อง ดูความคืบหน้าได้ที่นี่", "An officer will take it up. You can follow it here.")
	case s == tickets.Open:
		return o.T("เจ้าหน้าที่จะรับเรื่องและแจ้งในแชต", "An officer will take it up and tell you in the chat.")
	case s == tickets.Accepted && alone:
		return o.T("เจ้าหน้าที่กำลังดำเนินการ ดูผลได้ที่นี่", "An officer is working on it. You will find the result here.")
	case s == tickets.Accepted:
		return o.T("เจ้าหน้าที่กำลังดำเนินการ จะแจ้งผลในแชต", "An officer is working on it. You will hear the result in the chat.")
	case s == tickets.Awaiting && alone:
		return o.T("เปิดเรื่องนี้เพื่อส่งเอกสารที่เจ้าหน้าที่ขอ", "Open the case to send the documents that the officer asked for.")
	case s == tickets.Awaiting:
		return o.T("ส่งเอกสารที่เจ้าหน้าที่ขอในแชตเดิมได้เลย", "Please send the documents that were asked for in the chat.")
	case s == tickets.Refused || s == tickets.Revoked:
		return o.T("เหตุผลและวิธีอุทธรณ์อยู่ในหน้าติดตามเรื่อง", "Reasons and how to appeal are on the tracking page.")
	default:
		return ""
	}
}
