package portal

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/qr"
)

// agencyPage is what an agency does, where it is and when it works.
type agencyPage struct {
	openPage
	Agency   agencies.Agency
	Hours    forms.Text
	Working  bool      // somebody works at this moment
	Opens    time.Time // when somebody does again
	Holidays []agencies.NamedDay
	Accounts []accountLine
	Groups   []serviceGroup
	Problems string // address of how reported problems fared
}

// accountLine is an official account with the ways to befriend it.
type accountLine struct {
	agencies.Account
	Link  string
	Image qr.Code
}

// serviceGroup are services of a kind.
type serviceGroup struct {
	Name     forms.Text
	Services []offer
}

// offer is a service in the list of an agency.
type offer struct {
	serviceLine
	Time  forms.Text
	Fee   forms.Text
	Who   forms.Text
	There bool // in person only
}

// holidaysShown is how many of the coming holidays an agency's page tells.
const holidaysShown = 3

func (p *Portal) showAgency(r *http.Request) (reply, error) {
	var (
		page     agencyPage
		calendar agencies.Calendar
	)
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if page.Agency, err = p.agencyAt(ctx, tx, r); err != nil {
			return err
		}
		if calendar, err = agencies.LoadCalendar(ctx, tx, page.Agency.ID); err != nil {
			return err
		}
		page.Accounts, err = accountsOf(ctx, tx, page.Agency.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if to := agencyPath(page.Agency); r.URL.Path != to {
		return moved(to), nil
	}
	page.openPage = p.openPageOf(r, forms.Text{TH: page.Agency.Name})
	page.Hours, page.Opens = hoursOf(page.Agency.Hours), calendar.DeemedReceived(p.now())
	page.Working, page.Holidays = page.Opens.Equal(p.now()), calendar.Coming(p.now(), holidaysShown)
	page.Groups, page.Problems = p.offers(page.Agency), problemsPath(page.Agency)
	if wantsJSON(r) {
		return published{p.agencyData(page)}, nil
	}
	return catalogued{view: "service_agency", listed: true, data: page}, nil
}

// agencyData is an agency with its services, for programs.
func (p *Portal) agencyData(page agencyPage) any {
	type line struct {
		serviceLine
		Time forms.Text `json:"time"`
		Fee  forms.Text `json:"fee"`
		Link string     `json:"link"`
	}
	var all []line
	for _, g := range page.Groups {
		for _, o := range g.Services {
			all = append(all, line{o.serviceLine, o.Time, o.Fee, p.base + o.Path})
		}
	}
	return map[string]any{"agency": agencyOf(page.Agency), "services": all}
}

// accountsOf are the accounts that people can write to.
func accountsOf(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]accountLine, error) {
	found, err := agencies.Accounts(ctx, tx, agency)
	if err != nil {
		return nil, err
	}
	all := make([]accountLine, len(found))
	for i, a := range found {
		all[i] = accountLine{Account: a, Link: friendLink(a.BasicID)}
		if all[i].Image, err = qr.New(all[i].Link); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// offers are the services of an agency: those that end in a permit, those that end in something else, and the rights of
// everybody against any agency.
func (p *Portal) offers(a agencies.Agency) []serviceGroup {
	groups := []serviceGroup{
		{Name: forms.Text{TH: "ใบอนุญาตและหนังสือรับรอง", EN: "Permits and certificates"}},
		{Name: forms.Text{TH: "แจ้งเรื่อง ขอรับบริการและสวัสดิการ", EN: "Reports, services and benefits"}},
	}
	for _, f := range p.catalog.Agency(int64(a.ID)).List() {
		clock, outcome := f.Usual()
		s := source{form: f, central: f, agency: a, today: p.now()}
		line := serviceLineOf(f)
		line.Path = manualPath(a, f.Key)
		at := 1
		if outcome.Kind == forms.Permit {
			at = 0
		}
		groups[at].Services = append(groups[at].Services, offer{
			serviceLine: line, Time: daysOf(clock.Days, clock.Unit), Fee: s.feeSays(manualFee{Free: f.Fee.Free(), Varies: f.Fee.Varies}), Who: identityOf(f).Name, There: f.PersonalOnly(),
		})
	}
	kept := groups[:0]
	for _, g := range groups {
		if len(g.Services) > 0 {
			kept = append(kept, g)
		}
	}
	return kept
}

// moved sends the reader on for good.
type moved string

func (to moved) write(w http.ResponseWriter, r *http.Request, _ *Portal) error {
	target := string(to)
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Cache-Control", keepOpen)
	http.Redirect(w, r, target, http.StatusPermanentRedirect) //nolint:gosec // to is a path of ours
	return nil
}
