package portal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// mandatesPage lists the powers of attorney that a person holds or gave, and takes another (PDP-10).
type mandatesPage struct {
	own
	Held, Given []mandateCard
	Offices     []office
	Chosen      *office // for which another is shown; nil: to be chosen first
	Services    []offered
	Typed       url.Values
	Problem     string
	Takes       bool // this site takes files
}

type office struct {
	ID   agencies.AgencyID
	Name string
}

type offered struct {
	Key, Title string
	Picked     bool
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
	Why     string
	Endable bool
}

func (p *Portal) showMandates(r *http.Request, v Visitor) (reply, error) {
	page, err := p.mandatesPage(r, v, r.URL.Query().Get("agency"), url.Values{})
	switch r.URL.Query().Get("done") {
	case "shown":
		page.Done = page.T("ส่งแล้ว เจ้าหน้าที่จะตรวจและแจ้งผลให้ทราบ", "Sent. An officer will check it and tell you.")
	case "ended":
		page.Done = page.T("สิ้นสุดแล้ว ยื่นแทนด้วยฉบับนี้ไม่ได้อีก", "It has ended. Nothing more can be filed under it.")
	}
	return html{view: "me_mandates", keep: keepNever, data: page}, err
}

// mandatesPage reads the page; code is of the agency for which another is shown.
func (p *Portal) mandatesPage(r *http.Request, v Visitor, code string, typed url.Values) (mandatesPage, error) {
	page := mandatesPage{own: ownOf(r, "mandates", "มอบอำนาจ", "Powers of attorney"), Typed: typed, Takes: p.uploads != nil && p.catalog != nil}
	if page.Here == "" {
		page.Here = "/me/mandates"
	}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		accounts, err := v.accounts(ctx, tx, p)
		if err != nil {
			return err
		}
		all, err := agencies.All(ctx, tx)
		if err != nil {
			return err
		}
		names := map[agencies.AgencyID]string{}
		for _, a := range all {
			names[a.ID] = a.Name
			page.Offices = append(page.Offices, office{a.ID, a.Name})
			if strconv.FormatInt(int64(a.ID), 10) == code {
				page.Chosen = &office{a.ID, a.Name}
			}
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
		held, err := tickets.MandatesOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		given, err := tickets.MandatesFrom(ctx, tx, blinds)
		if err != nil {
			return err
		}
		for _, m := range held {
			page.Held = append(page.Held, p.mandateCard(page.own, m, m.Principal(), names))
		}
		for _, m := range given {
			page.Given = append(page.Given, p.mandateCard(page.own, m, m.AttorneyName, names))
		}
		return nil
	})
	if err != nil || page.Chosen == nil || p.catalog == nil {
		return page, err
	}
	for _, f := range p.catalog.Agency(int64(page.Chosen.ID)).List() {
		if !f.Human {
			page.Services = append(page.Services, offered{string(f.Key), f.Title.In(page.Lang), slices.Contains(typed["service"], string(f.Key))})
		}
	}
	return page, nil
}

func (p *Portal) mandateCard(o own, m tickets.Mandate, who string, names map[agencies.AgencyID]string) mandateCard {
	c := mandateCard{ID: m.ID, Who: who, Agency: names[m.AgencyID], From: o.Day(m.FromOn), Until: o.Day(m.UntilOn), Why: m.RefusedWhy + m.EndedWhy}
	if who == "" {
		c.Who = o.T("(ลบแล้ว)", "(deleted)")
	}
	for _, key := range m.Services {
		if p.catalog == nil {
			break
		}
		if f, ok := p.catalog.Agency(int64(m.AgencyID)).Find(key); ok {
			c.Scope = append(c.Scope, f.Title.In(o.Lang))
		}
	}
	switch m.State(p.now()) {
	case tickets.MandateWaiting:
		c.Says, c.Tone, c.Endable = o.T("รอเจ้าหน้าที่ตรวจ", "Waiting to be checked"), "warn", true
	case tickets.MandateAccepted:
		c.Says, c.Tone, c.Endable = o.T("ใช้ได้", "Good"), "ok", true
	case tickets.MandateRefused:
		c.Says, c.Tone = o.T("ไม่รับ", "Not accepted"), "bad"
	case tickets.MandateExpired:
		c.Says = o.T("พ้นกำหนดแล้ว", "Its last day is over")
	case tickets.MandateEnded:
		c.Says = o.T("สิ้นสุดแล้ว", "Ended")
	}
	return c
}

// showMandate takes a power of attorney with the signed paper.
func (p *Portal) showMandate(w http.ResponseWriter, r *http.Request, v Visitor) (reply, error) {
	by := tickets.ByCitizen(int64(v.Citizen))
	posted, err := p.posted(w, r, by)
	if err != nil {
		return nil, err
	}
	n, err := readMandate(posted)
	if err == nil && len(posted.Refused) > 0 {
		page, broken := p.mandatesPage(r, v, posted.Values.Get("agency"), posted.Values)
		page.Problem = posted.Refused[0].Sentence
		return html{view: "me_mandates", status: http.StatusUnprocessableEntity, keep: keepNever, data: page}, broken
	}
	if err == nil {
		err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
			_, err := p.desk.ShowMandate(ctx, tx, p.box, by, n)
			return err
		})
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict) {
		page, broken := p.mandatesPage(r, v, posted.Values.Get("agency"), posted.Values)
		page.Problem = faultIn(err, page.Lang)
		return html{view: "me_mandates", status: kind.Status(), keep: keepNever, data: page}, broken
	}
	if err != nil {
		return nil, err
	}
	return redirect("/me/mandates?done=shown"), nil
}

// readMandate reads what was typed.
func readMandate(posted Posted) (n tickets.NewMandate, err error) {
	said := posted.Values
	agency, err := strconv.ParseInt(said.Get("agency"), 10, 64)
	if err != nil {
		return n, fault.Wrap(fault.Invalid, "ยังไม่ได้เลือกหน่วยงาน กรุณาเลือกหน่วยงานที่จะยื่นแทน", err)
	}
	n = tickets.NewMandate{
		Agency: agencies.AgencyID(agency), Kind: tickets.MandateKind(said.Get("kind")), Attorney: said.Get("attorney"), AttorneyID: said.Get("attorney_id"),
		Title: said.Get("title"), Principal: said.Get("principal"), Principal13: said.Get("principal_id"),
	}
	if said.Get("scope") != "all" {
		for _, key := range said["service"] {
			n.Services = append(n.Services, forms.Key(key))
		}
		if len(n.Services) == 0 {
			return n, fault.New(fault.Invalid, "ยังไม่ได้เลือกบริการที่มอบ กรุณาเลือกอย่างน้อยหนึ่งบริการ หรือเลือกทุกบริการ")
		}
	}
	if n.FromOn, err = thai.ParseDate(said.Get("from")); err == nil {
		n.UntilOn, err = thai.ParseDate(said.Get("until"))
	}
	if err != nil {
		return n, fault.Wrap(fault.Invalid, "อ่านวันไม่ได้ กรุณาพิมพ์เช่น 1 ธ.ค. 2569", err)
	}
	if came := posted.Files["paper"]; len(came) > 0 {
		n.Attachment = int64(came[0].Attachment.ID)
	}
	return n, nil
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
	return redirect("/me/mandates?done=ended"), nil
}
