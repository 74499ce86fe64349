package portal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// serviceRoutes adds the catalogue of services: what can be asked for, where, and the manual of each (LFA-7.1).
func (p *Portal) serviceRoutes(r chi.Router) {
	r.Get("/robots.txt", p.robots)
	r.Get("/sitemap.xml", p.page(p.siteMap))
	r.Get("/sitemap-{part}.xml", p.page(p.siteMapPart))
	r.Get("/drawings/{name}.png", p.page(p.showDrawing))
	r.Get("/services", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/services/", http.StatusPermanentRedirect)
	})
	if p.catalog == nil {
		return
	}
	r.Group(func(r chi.Router) {
		r.Use(middleware.Compress(5, "text/html", "application/json", "application/xml"))
		r.Get("/services/", p.page(p.showServices)) // ?q= what, ?at= where, ?province=, ?service=, ?after=
		r.Get("/services/{agency}", p.page(p.showAgency))
		r.Get("/services/{agency}/{service}", p.page(p.showManual)) // also .json; ?version= and ?override= of a case
		r.Get("/services/{agency}/{service}/manual.pdf", p.page(p.manualPaper))
		r.Get("/services/{agency}/{service}/card.png", p.page(p.stepCard))
	})
}

// servicesPage is the catalogue: what can be asked for, and of whom.
type servicesPage struct {
	openPage
	Sought    string // what, in the reader's own words
	Where     string
	Province  string
	Provinces []string
	Chosen    *serviceLine // the service that an agency is looked for
	Unknown   bool         // nothing fits what was sought
	Services  []serviceLine
	Agencies  []agencyLine
	Found     int
	More      string // address of the next page of agencies
	Later     bool   // this is not the first page
}

// serviceLine is a service in a list.
type serviceLine struct {
	Key     forms.Key  `json:"service"`
	Title   forms.Text `json:"title"`
	Summary forms.Text `json:"summary"`
	Icon    string     `json:"icon"`
	Path    string     `json:"-"`
}

// agencyLine is an agency in a list.
type agencyLine struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Address string `json:"address,omitempty"`
	Path    string `json:"-"`
	Link    string `json:"link"`
}

// How much a page of the catalogue takes in and shows.
const (
	agenciesShown = 20
	soughtMost    = 200 // letters of what is looked for
)

func (p *Portal) showServices(r *http.Request) (reply, error) {
	q := r.URL.Query()
	page := servicesPage{
		openPage: p.openPageOf(r, forms.Text{TH: "บริการของหน่วยงานรัฐ", EN: "Public services"}), Later: q.Get("after") != "",
		Sought: soughtWords(q.Get("q")), Where: soughtWords(q.Get("at")), Province: soughtWords(q.Get("province")),
	}
	search := agencies.Search{Words: page.Where, Province: page.Province, Most: agenciesShown + 1}
	if after, err := strconv.ParseInt(q.Get("after"), 10, 64); err == nil {
		search.After = agencies.AgencyID(after)
	}
	p.seekServices(&page, forms.Key(q.Get("service")))
	if page.Chosen != nil {
		for _, id := range p.catalog.Without(page.Chosen.Key) {
			search.Without = append(search.Without, agencies.AgencyID(id))
		}
	}
	var found []agencies.Agency
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if found, page.Found, err = agencies.Seek(ctx, tx, search); err != nil {
			return err
		}
		page.Provinces, err = agencies.Provinces(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(found) > agenciesShown {
		found = found[:agenciesShown]
		next := url.Values{"after": {strconv.FormatInt(int64(found[agenciesShown-1].ID), 10)}}
		if page.Chosen != nil {
			next.Set("service", string(page.Chosen.Key))
		}
		page.More = "/services/?" + next.Encode() + page.place()
	}
	for _, a := range found {
		line := agencyLine{Code: a.Code, Name: a.Name, Kind: a.Kind, Address: a.Address, Path: agencyPath(a)}
		if page.Chosen != nil {
			line.Path = manualPath(a, page.Chosen.Key)
		}
		line.Link = p.base + line.Path
		page.Agencies = append(page.Agencies, line)
	}
	if wantsJSON(r) {
		return published{map[string]any{"services": page.Services, "agencies": page.Agencies, "agencies_found": page.Found, "next": absolute(p.base, page.More)}}, nil
	}
	return catalogued{view: "services", listed: page.Sought == "" && page.Where == "" && page.Province == "" && !page.Later, data: page}, nil
}

// absolute is a path with the public address before it; nothing stays nothing.
func absolute(base, path string) string {
	if path == "" {
		return ""
	}
	return base + path
}

// soughtWords is what somebody looks for, fit to be shown and compared.
func soughtWords(s string) string {
	s = strings.Join(strings.Fields(thai.Tidy(s)), " ")
	if utf8.RuneCountInString(s) > soughtMost {
		s = string([]rune(s)[:soughtMost])
	}
	return s
}

// seekServices puts on the page the services that fit what was sought, or all; one that was chosen is the only one.
func (p *Portal) seekServices(page *servicesPage, chosen forms.Key) {
	if f, ok := p.catalog.Find(chosen); ok {
		line := serviceLineOf(f)
		page.Chosen = &line
		page.Services = []serviceLine{line}
		return
	}
	fitting := p.catalog.List()
	if page.Sought != "" {
		if fitting = fit(p.catalog, page.Sought); len(fitting) == 0 {
			page.Unknown, fitting = true, p.catalog.List()
		}
	}
	for _, f := range fitting {
		line := serviceLineOf(f)
		line.Path += page.place()
		page.Services = append(page.Services, line)
	}
}

// place is what was said of where, as the end of an address.
func (s *servicesPage) place() string {
	q := url.Values{}
	if s.Where != "" {
		q.Set("at", s.Where)
	}
	if s.Province != "" {
		q.Set("province", s.Province)
	}
	if len(q) == 0 {
		return ""
	}
	return "&" + q.Encode()
}

func serviceLineOf(f *forms.Form) serviceLine {
	return serviceLine{Key: f.Key, Title: f.Title, Summary: f.Summary, Icon: f.Icon, Path: "/services/?service=" + url.QueryEscape(string(f.Key))}
}

// fit returns the services that fit words: by what people call them, or because their title or summary says so.
func fit(catalog *forms.Catalog, words string) []*forms.Form {
	found := catalog.Match(words)
	for _, f := range catalog.List() {
		said := thai.Key(strings.Join([]string{f.Title.TH, f.Title.EN, f.Summary.TH, f.Summary.EN}, " "))
		if !slices.Contains(found, f) && strings.Contains(said, thai.Key(words)) {
			found = append(found, f)
		}
	}
	return found
}

// agencyAt finds the agency that an address names; a fault NotFound: there is none.
func (p *Portal) agencyAt(ctx context.Context, tx pgx.Tx, r *http.Request) (agencies.Agency, error) {
	code := chi.URLParam(r, "agency")
	if len(code) > 10 {
		return agencies.Agency{}, errNoAgency()
	}
	a, err := agencies.FindByCode(ctx, tx, code)
	if fault.Is(err, fault.NotFound) {
		return agencies.Agency{}, errNoAgency()
	}
	return a, err
}

func errNoAgency() error {
	return fault.New(fault.NotFound, "ไม่พบหน่วยงานนี้ กรุณาค้นหาจากชื่อหรือจังหวัดในหน้าบริการของหน่วยงานรัฐ")
}
