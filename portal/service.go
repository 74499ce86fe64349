package portal

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/qr"
	"saphan/internal/words"
	"saphan/tickets"
)

// servicePage is the manual of a service, with the ways to ask for it.
type servicePage struct {
	openPage
	manual
	Title    string
	Office   agencies.Agency
	Up       string // the agency's page
	Way      bool   // it can be asked for from afar
	Form     string // where it is filled in on this site; empty: not there
	Talk     string // where it is asked for in LINE; empty: no account
	Image    qr.Code
	Paper    string // the manual as a PDF
	Card     string // its step card
	CardHigh int    // in pixels, at a width of 1040
	CardSays string // the card in words
	Part     []manualClock
	Whole    manualClock // the time of most requests
	Current  string      // of an old edition: where the one in force is; empty: this is it
	Since    string
}

// notOfferedError means that an agency does not offer a service, or that there is none of that name.
type notOfferedError struct {
	agency agencies.Agency
	form   *forms.Form // nil: there is no such service anywhere
}

func (notOfferedError) Error() string { return "the agency does not offer the service" }

// manualAt finds the manual that an address names: the one in force, or the edition that a case keeps.
func (p *Portal) manualAt(ctx context.Context, tx pgx.Tx, r *http.Request) (source, error) {
	s := source{today: p.now(), base: p.base, web: p.forms != nil}
	var err error
	if s.agency, err = p.agencyAt(ctx, tx, r); err != nil {
		return s, err
	}
	key := forms.Key(strings.TrimSuffix(chi.URLParam(r, "service"), ".json"))
	var override forms.OverrideID
	asked, old := r.URL.Query().Get("version"), false
	if asked != "" {
		version, _ := strconv.Atoi(asked)
		if s.central, old = p.catalog.Version(key, version); !old {
			return s, fault.New(fault.NotFound, "ไม่พบคู่มือฉบับนี้ กรุณาเปิดคู่มือฉบับที่ใช้อยู่จากหน้าบริการของหน่วยงาน")
		}
		n, _ := strconv.ParseInt(r.URL.Query().Get("override"), 10, 64)
		override = forms.OverrideID(n)
	} else {
		if _, ok := p.catalog.Agency(int64(s.agency.ID)).Find(key); !ok {
			s.form, _ = p.catalog.Find(key)
			return s, notOfferedError{s.agency, s.form}
		}
		s.central, _ = p.catalog.Find(key)
		if override, err = forms.InForce(ctx, tx, int64(s.agency.ID), key); err != nil {
			return s, err
		}
	}
	if s.form, err = p.catalog.Kept(ctx, tx, key, s.central.Version, override); err != nil {
		return s, err
	}
	var ok bool
	if s.edition, ok, err = forms.EditionOf(ctx, tx, int64(s.agency.ID), s.central, override); err != nil {
		return s, err
	} else if !ok {
		return s, fault.New(fault.NotFound, "ไม่พบคู่มือฉบับนี้ กรุณาเปิดคู่มือฉบับที่ใช้อยู่จากหน้าบริการของหน่วยงาน")
	}
	if old {
		s.old, err = p.superseded(ctx, tx, s)
	}
	if err == nil {
		s.accounts, err = agencies.Accounts(ctx, tx, s.agency.ID)
	}
	return s, err
}

// superseded reports whether another edition than this one is in force.
func (p *Portal) superseded(ctx context.Context, tx pgx.Tx, s source) (bool, error) {
	now, ok := p.catalog.Agency(int64(s.agency.ID)).Find(s.form.Key)
	if !ok || now.Version != s.form.Version {
		return true, nil
	}
	override, err := forms.InForce(ctx, tx, int64(s.agency.ID), s.form.Key)
	return override != s.edition.Override, err
}

// manualOfCase is the address of the manual that a case keeps (LFA-7.1); empty when its agency has no such edition, as after a
// case was passed on.
func (p *Portal) manualOfCase(ctx context.Context, tx pgx.Tx, t tickets.Ticket, agency agencies.Agency) (string, error) {
	if p.catalog == nil {
		return "", nil
	}
	f, ok := p.catalog.Version(t.FormKey, t.FormVersion)
	if !ok {
		return "", nil
	}
	_, ok, err := forms.EditionOf(ctx, tx, int64(t.AgencyID), f, t.FormOverride)
	if err != nil || !ok {
		return "", err
	}
	return withQuery(manualPath(agency, t.FormKey), editionQuery(t.FormVersion, t.FormOverride), words.Thai), nil
}

func (p *Portal) showManual(r *http.Request) (reply, error) {
	var s source
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		s, err = p.manualAt(ctx, tx, r)
		return err
	})
	data := wantsJSON(r) || strings.HasSuffix(r.URL.Path, ".json")
	if missing := (notOfferedError{}); errors.As(err, &missing) {
		return p.showNotOffered(r, missing, data)
	}
	if err != nil {
		return nil, err
	}
	if data {
		return published{s.manual()}, nil
	}
	if to := manualPath(s.agency, s.form.Key); r.URL.Path != to {
		return moved(to), nil
	}
	page, err := p.servicePageOf(r, s)
	if err != nil {
		return nil, err
	}
	return catalogued{view: "service", listed: !page.Old, data: page}, nil
}

// servicePageOf is the page of a manual.
func (p *Portal) servicePageOf(r *http.Request, s source) (servicePage, error) {
	path := manualPath(s.agency, s.form.Key)
	page := servicePage{openPage: p.openPageOf(r, s.form.Title), manual: s.manual(), Office: s.agency, Up: agencyPath(s.agency)}
	page.Title = page.openPage.Title
	edition := url.Values{}
	if s.old {
		edition = editionQuery(s.edition.Version, s.edition.Override)
	}
	page.Paper, page.Card = withQuery(path+"/manual.pdf", edition, page.Lang), withQuery(path+"/card.png", edition, page.Lang)
	if !s.edition.Since.IsZero() {
		page.Since = page.Day(s.edition.Since)
	}
	page.Part, page.Whole = split(page.Clocks)
	if page.Old {
		page.Current = path
	} else if !s.form.PersonalOnly() {
		page.Way = true
		if p.forms != nil {
			page.Form = path + "/form"
		}
	}
	if len(s.accounts) > 0 && page.Way {
		page.Talk = talkLink(s.accounts[0].BasicID, s.form.Title.TH)
		var err error
		if page.Image, err = qr.New(page.Talk); err != nil {
			return page, err
		}
	}
	card := page.card(page.Lang)
	page.CardSays = card.Alt()
	var err error
	page.CardHigh, err = p.cardHigh(card)
	return page, err
}

// editionQuery names an edition of a manual.
func editionQuery(version int, override forms.OverrideID) url.Values {
	q := url.Values{"version": {strconv.Itoa(version)}}
	if override != 0 {
		q.Set("override", strconv.FormatInt(int64(override), 10))
	}
	return q
}

// withQuery is an address of a document in a language.
func withQuery(path string, edition url.Values, lang string) string {
	if lang != words.Thai {
		edition = maps.Clone(edition)
		edition.Set("lang", lang)
	}
	if q := edition.Encode(); q != "" {
		return path + "?" + q
	}
	return path
}

// HandIn is how many documents may have to be handed in.
func (p servicePage) HandIn() int {
	n := 0
	for _, d := range p.Documents {
		if !d.Fetched && !d.Optional {
			n++
		}
	}
	return n
}

// Conditions are those of every permit that can come out, each once.
func (p servicePage) Conditions() []forms.Text {
	var all []forms.Text
	for _, o := range p.Outcomes {
		for _, c := range o.Conditions {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// split takes the time of most requests, which is the last to decide, from among the others.
func split(all []manualClock) (others []manualClock, whole manualClock) {
	for _, c := range all {
		if c.Duty == forms.Decide && c.When == (forms.Text{}) {
			whole = c
			continue
		}
		others = append(others, c)
	}
	return others, whole
}

// notOfferedPage says that an agency does not offer a service, and where to turn.
type notOfferedPage struct {
	openPage
	Agency    agencies.Agency
	Service   *serviceLine // nil: there is none of that name
	Up        string
	Elsewhere string // the agencies that offer it
}

func (p *Portal) showNotOffered(r *http.Request, missing notOfferedError, data bool) (reply, error) {
	if data {
		return nil, fault.New(fault.NotFound, "หน่วยงานนี้ไม่ได้ให้บริการนี้ทางระบบ")
	}
	page := notOfferedPage{
		openPage: p.openPageOf(r, forms.Text{TH: "ไม่มีบริการนี้ที่หน่วยงานนี้", EN: "This agency does not offer this service"}), Agency: missing.agency, Up: agencyPath(missing.agency),
	}
	if missing.form != nil {
		line := serviceLineOf(missing.form)
		page.Service, page.Elsewhere = &line, line.Path
	}
	return catalogued{view: "service_none", status: http.StatusNotFound, data: page}, nil
}

// manualPaper hands out the manual as a PDF.
func (p *Portal) manualPaper(r *http.Request) (reply, error) {
	m, lang, err := p.manualFor(r)
	if err != nil {
		return nil, err
	}
	paper := m.paper(lang, p.now())
	return p.drawOnce(r.Context(), "manual", paper, func() ([]byte, error) { return paper.PDF() }, drawn{kind: "application/pdf", name: "manual-" + string(m.Service) + ".pdf"})
}

// stepCard hands out the step card as a picture.
func (p *Portal) stepCard(r *http.Request) (reply, error) {
	m, lang, err := p.manualFor(r)
	if err != nil {
		return nil, err
	}
	card := m.card(lang)
	return p.drawOnce(r.Context(), "card", card, func() ([]byte, error) { return card.PNG() }, drawn{kind: "image/png", open: true})
}

// manualFor is the manual that a document is asked of, and in which language.
func (p *Portal) manualFor(r *http.Request) (manual, string, error) {
	var m manual
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		s, err := p.manualAt(ctx, tx, r)
		if err == nil {
			m = s.manual()
		}
		return err
	})
	if missing := (notOfferedError{}); errors.As(err, &missing) {
		err = fault.New(fault.NotFound, "หน่วยงานนี้ไม่ได้ให้บริการนี้ทางระบบ")
	}
	return m, langOf(r), err
}
