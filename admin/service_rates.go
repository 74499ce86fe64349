package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// The fields of a table of fees that begins to hold on a day.
const (
	fieldFrom  = "from"
	fieldUntil = "until"
	fieldLaw   = "law"
	fieldLawEN = "law_en"
	fieldRow   = "row:" // and the key of the row
)

// newTable stands in the place of a day for a table that is not there yet.
const newTable = "new"

// ratesPage is a table of fees with its dated versions, and one of them to change.
type ratesPage struct {
	chrome
	departure
	Name     string
	Act      string
	Back     string
	May      bool
	Own      bool // the agency has its own rates
	Versions []versionLine
	Was      string // the version that is shown: its first day, "open" or "new"
	Seen     forms.OverrideID
	Typed    url.Values
	Rows     []rateLine
	Imported int // rows that a file says otherwise; -1: no file was read
	Since    *since
	Wrong    []string
	Done     string
}

// Tab is where the page stands among the settings.
func (ratesPage) Tab() string { return "services" }

// Say is what stands in a field.
func (p ratesPage) Say(name string) string { return p.Typed.Get(name) }

// New says whether the version shown is not there yet.
func (p ratesPage) New() bool { return p.Was == newTable }

type versionLine struct {
	Span    string
	Law     string
	Href    string
	Chip    chip
	Current bool
}

type rateLine struct {
	Key, Label, Typed string
	Central           string // what the template says
	Fresh             bool   // a file says otherwise than what is in force
}

func ratesPath(key forms.Key, table string) string {
	return Base + servicePath(key) + "/rates/" + table
}

// dayKey names a version of a table in addresses.
func dayKey(d forms.Day) string {
	if d.IsZero() {
		return "open"
	}
	return d.Format(time.DateOnly)
}

// ratesOf returns the versions of a table, the newest first: the agency's, else the template's.
func ratesOf(f *forms.Form, o forms.Override, key string) (versions []forms.FeeTable, own bool) {
	for _, tables := range [][]forms.FeeTable{o.Tables, f.Fee.Tables} {
		for _, t := range tables {
			if t.Key == key {
				versions = append(versions, t)
			}
		}
		if len(versions) > 0 {
			break
		}
	}
	slices.SortFunc(versions, func(x, y forms.FeeTable) int { return y.From.Compare(x.From.Time) })
	return versions, slices.ContainsFunc(o.Tables, func(t forms.FeeTable) bool { return t.Key == key })
}

// shownRates picks the version of a day, as ratesPage.Was names it; else that of today, else the newest.
func shownRates(versions []forms.FeeTable, was string, now time.Time) forms.FeeTable {
	i := slices.IndexFunc(versions, func(t forms.FeeTable) bool { return dayKey(t.From) == was })
	if i < 0 {
		i = max(slices.IndexFunc(versions, func(t forms.FeeTable) bool { return inForce(t, now) }), 0)
	}
	return versions[i]
}

// typedRates is what the form says of a version when nobody has typed anything.
func typedRates(t forms.FeeTable) url.Values {
	v := url.Values{fieldFrom: {dayInput(t.From)}, fieldUntil: {dayInput(t.Until)}, fieldLaw: {t.Law.TH}, fieldLawEN: {t.Law.EN}}
	for _, r := range t.Rows {
		v.Set(fieldRow+r.Key, strconv.FormatFloat(r.Baht, 'f', -1, 64))
	}
	return v
}

// rates reads the table in the path: its service and the versions that hold.
func (a *Admin) rates(r *http.Request, s Scope) (d departure, key string, versions []forms.FeeTable, err error) {
	if d, err = a.service(r, s); err != nil {
		return d, "", nil, err
	}
	key = chi.URLParam(r, "table")
	if !slices.ContainsFunc(d.Central.Fee.Tables, func(t forms.FeeTable) bool { return t.Key == key }) {
		return d, "", nil, fault.New(fault.NotFound, "ไม่พบตารางค่าธรรมเนียมนี้ กรุณาเลือกจากหน้าบริการ")
	}
	versions, _ = ratesOf(d.Central, d.Made.Override, key)
	return d, key, versions, nil
}

func (a *Admin) showRates(r *http.Request, s Scope) (reply, error) {
	d, key, versions, err := a.rates(r, s)
	if err != nil {
		return nil, err
	}
	was := r.FormValue("version")
	shown := shownRates(versions, was, a.now())
	typed := typedRates(shown)
	if was == newTable {
		typed.Set(fieldFrom, "")
		typed.Set(fieldUntil, "")
		typed.Set(fieldLaw, "")
		typed.Set(fieldLawEN, "")
	} else {
		was = dayKey(shown.From)
	}
	p, err := a.ratesPage(r.Context(), s, d, key, was, typed)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "service-rates", data: p}, err
}

func (a *Admin) ratesPage(ctx context.Context, s Scope, d departure, key, was string, typed url.Values) (ratesPage, error) {
	c, err := chromeOf(ctx, s, d.Central.TableName(key).TH)
	if err != nil {
		return ratesPage{}, err
	}
	p := ratesPage{
		chrome: c, departure: d, Name: d.Central.TableName(key).TH, Act: ratesPath(d.Central.Key, key), Back: Base + servicePath(d.Central.Key),
		May: s.Can(agencies.ManageAgency), Was: was, Seen: d.Made.ID, Typed: typed, Imported: -1,
	}
	versions, own := ratesOf(d.Central, d.Made.Override, key)
	p.Own = own
	for _, t := range versions {
		p.Versions = append(p.Versions, versionLine{
			Span: forms.Span(t.From, t.Until), Law: t.Law.TH, Href: p.Act + "?" + url.Values{"version": {dayKey(t.From)}}.Encode(),
			Chip: versionChip(t, a.now()), Current: dayKey(t.From) == was,
		})
	}
	central, _ := ratesOf(d.Central, forms.Override{}, key)
	for _, row := range rowsOf(central, versions) {
		l := rateLine{Key: row.Key, Label: row.Label.TH, Typed: typed.Get(fieldRow + row.Key)}
		if own {
			for _, t := range central {
				if i := slices.IndexFunc(t.Rows, func(r forms.FeeRow) bool { return r.Key == row.Key }); i >= 0 && (l.Central == "" || inForce(t, a.now())) {
					l.Central = thai.Number(t.Rows[i].Baht)
				}
			}
		}
		p.Rows = append(p.Rows, l)
	}
	return p, nil
}

func versionChip(t forms.FeeTable, now time.Time) chip {
	switch {
	case inForce(t, now):
		return chip{Kind: "ok", Icon: "circle-check", Text: "ใช้อยู่วันนี้"}
	case t.From.After(now):
		return chip{Kind: "brand", Icon: "clock", Text: "ยังไม่เริ่มใช้"}
	default:
		return chip{Icon: "history", Text: "สิ้นสุดแล้ว"}
	}
}

// rowsOf are the rows that a table can have, in the order of the template: what formulas may ask for.
func rowsOf(central, versions []forms.FeeTable) (rows []forms.FeeRow) {
	for _, t := range slices.Concat(central, versions) {
		for _, r := range t.Rows {
			if !slices.ContainsFunc(rows, func(o forms.FeeRow) bool { return o.Key == r.Key }) {
				rows = append(rows, r)
			}
		}
	}
	return rows
}
