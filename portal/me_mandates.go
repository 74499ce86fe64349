package portal

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// mandatesPage lists the powers of attorney that a person holds or gave (PDP-10).
type mandatesPage struct {
	own
	Held, Given []mandateCard
	Proved      bool     // ThaID says who the visitor is, so what they gave is found
	Offices     []office // to which another can be shown; none: this site takes no files
}

type office struct {
	ID   agencies.AgencyID
	Code string
	Name string
}

// mandateCard is one of them in the list.
type mandateCard struct {
	ID      tickets.MandateID
	Who     string // the other person
	Agency  string
	Scope   []string
	From    string
	Until   string
	Says    string
	Tone    string
	Over    string // who ended it, and when
	Why     string // why it was refused or ended
	Broken  string // why the signed paper cannot be read
	Go      string // where the services are that can be filed under it
	Anew    string // where another is shown in its place
	Endable bool
}

// mandatesPath is the page of one's powers of attorney.
const mandatesPath = "/me/mandates"

func (p *Portal) showMandates(r *http.Request, v Visitor) (reply, error) {
	page := mandatesPage{own: ownOf(r, "mandates", "มอบอำนาจ", "Powers of attorney")}
	switch r.URL.Query().Get("done") {
	case "shown":
		page.Done = page.T("ส่งแล้ว เจ้าหน้าที่จะตรวจและแจ้งผลให้ทราบ", "Sent. An officer will check it and tell you.")
	case "ended":
		page.Done = page.T("สิ้นสุดแล้ว ยื่นแทนด้วยฉบับนี้ไม่ได้อีก", "It has ended. Nothing more can be filed under it.")
	}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		offices, err := officesOf(ctx, tx)
		if err != nil {
			return err
		}
		if p.takesMandates() {
			page.Offices = offices
		}
		return p.mandatesOf(ctx, tx, v, &page, offices)
	})
	return html{view: "me_mandates", keep: keepNever, data: page}, err
}

// officesOf are the agencies with which somebody can file for another.
func officesOf(ctx context.Context, tx pgx.Tx) (offices []office, err error) {
	all, err := agencies.All(ctx, tx)
	for _, a := range all {
		offices = append(offices, office{a.ID, a.Code, a.Name})
	}
	return offices, err
}

// mandatesOf adds those that the visitor's accounts hold, and those that the person behind them gave.
func (p *Portal) mandatesOf(ctx context.Context, tx pgx.Tx, v Visitor, page *mandatesPage, offices []office) error {
	accounts, err := v.accounts(ctx, tx, p)
	if err != nil {
		return err
	}
	var blinds [][]byte
	ids := make([]int64, len(accounts))
	for i, account := range accounts {
		ids[i] = int64(account)
		proved, err := citizens.BlindsOf(ctx, tx, account, p.now())
		if err != nil {
			return err
		}
		blinds = append(blinds, proved...)
	}
	page.Proved = len(blinds) > 0
	held, err := tickets.MandatesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, m := range held {
		card, err := p.heldCard(ctx, tx, page.own, m, offices)
		if err != nil {
			return err
		}
		page.Held = append(page.Held, card)
	}
	given, err := tickets.MandatesFrom(ctx, tx, blinds)
	for _, m := range given {
		page.Given = append(page.Given, p.mandateCard(page.own, m, m.AttorneyName, offices))
	}
	for _, cards := range [][]mandateCard{page.Held, page.Given} { // those that are over come last
		slices.SortStableFunc(cards, func(a, b mandateCard) int { return cmp.Compare(over(a), over(b)) })
	}
	return err
}

// over is 1 of what cannot be used any more.
func over(c mandateCard) int {
	if c.Endable {
		return 0
	}
	return 1
}

// heldCard is one as its attorney sees it: with what can be done next.
func (p *Portal) heldCard(ctx context.Context, tx pgx.Tx, o own, m tickets.Mandate, offices []office) (mandateCard, error) {
	c := p.mandateCard(o, m, m.Principal(), offices)
	state := m.State(p.now())
	switch of := officeIn(offices, m.AgencyID); {
	case state == tickets.MandateAccepted && p.forms != nil:
		c.Go = "/services/" + strings.ToLower(of.Code)
		if len(m.Services) == 1 {
			c.Go += "/" + string(m.Services[0])
		}
	case state != tickets.MandateAccepted && state != tickets.MandateWaiting && p.takesMandates():
		c.Anew = newMandatePath(m.AgencyID)
	}
	if state != tickets.MandateWaiting || m.AttachmentID == nil {
		return c, nil
	}
	at, err := files.Find(ctx, tx, files.AttachmentID(*m.AttachmentID))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return c, err
	}
	if err != nil || at.State != files.Ready && at.State != files.Waiting {
		c.Broken = o.T("ไฟล์หนังสือเปิดไม่ได้ กรุณายุติฉบับนี้ แล้วยื่นใหม่ด้วยไฟล์อื่น", "The file cannot be opened. End this one, and show it again with another file.")
	}
	return c, nil
}

// officeIn is one of several; the zero office when it is not there.
func officeIn(offices []office, id agencies.AgencyID) office {
	for _, of := range offices {
		if of.ID == id {
			return of
		}
	}
	return office{}
}

func (p *Portal) mandateCard(o own, m tickets.Mandate, who string, offices []office) mandateCard {
	c := mandateCard{
		ID: m.ID, Who: who, Agency: officeIn(offices, m.AgencyID).Name, Scope: p.scopeOf(o, m), From: o.Day(m.FromOn), Until: o.Day(m.UntilOn), Why: m.RefusedWhy + m.EndedWhy,
	}
	if who == "" {
		c.Who = o.T("(ลบแล้ว)", "(deleted)")
	}
	switch m.State(p.now()) {
	case tickets.MandateWaiting:
		c.Says, c.Tone, c.Endable = o.T("รอเจ้าหน้าที่ตรวจ", "Waiting to be checked"), "warn", true
	case tickets.MandateAccepted:
		c.Says, c.Tone, c.Endable = o.T("ใช้ได้", "Good"), "ok", true
		if thai.Days(p.now(), m.FromOn) > 0 {
			c.Says, c.Tone = o.T("ใช้ได้ตั้งแต่ {day}", "Good from {day}", "day", c.From), ""
		}
	case tickets.MandateRefused:
		c.Says, c.Tone = o.T("ไม่รับ", "Not accepted"), "bad"
	case tickets.MandateExpired:
		c.Says = o.T("พ้นกำหนดแล้ว", "Its last day is over")
	case tickets.MandateEnded:
		c.Says, c.Over = o.T("สิ้นสุดแล้ว", "Ended"), endedBy(o, m)
	}
	return c
}

// endedBy says who ended one, and when.
func endedBy(o own, m tickets.Mandate) string {
	day := o.DayOf(*m.EndedAt)
	switch m.EndedBy {
	case tickets.EndedByPrincipal:
		return o.T("ผู้มอบอำนาจให้สิ้นสุดเมื่อ {day}", "By who gave it, on {day}", "day", day)
	case tickets.EndedByAttorney:
		return o.T("ผู้รับมอบอำนาจให้สิ้นสุดเมื่อ {day}", "By who held it, on {day}", "day", day)
	default:
		return o.T("เจ้าหน้าที่ให้สิ้นสุดเมื่อ {day}", "By an officer, on {day}", "day", day)
	}
}

// scopeOf are the names of the services it is for; none: every service of the agency.
func (p *Portal) scopeOf(o own, m tickets.Mandate) (names []string) {
	for _, key := range m.Services {
		name := string(key)
		if p.catalog != nil {
			if f, ok := p.catalog.Agency(int64(m.AgencyID)).Find(key); ok {
				name = f.Title.In(o.Lang)
			}
		}
		names = append(names, name)
	}
	return names
}

// endMandate ends one that the visitor holds or gave, by whichever of their accounts it is theirs.
func (p *Portal) endMandate(r *http.Request, v Visitor) (reply, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "mandate"), 10, 64)
	if err != nil {
		id = 0 // nobody's
	}
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		accounts, err := v.accounts(ctx, tx, p)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			err = p.desk.EndMandate(ctx, tx, tickets.ByCitizen(int64(account)), tickets.MandateID(id), "")
			if !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return redirect(mandatesPath + "?done=ended"), nil
}
