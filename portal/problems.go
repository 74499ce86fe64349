package portal

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/tickets"
)

// openDataRoutes adds what anybody may take and use: how reported problems fared, agency by agency (SVC-5, docs/open-data.md).
func (p *Portal) openDataRoutes(r chi.Router) {
	if p.catalog == nil {
		return
	}
	r.Get("/open-data", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/open-data/", http.StatusPermanentRedirect)
	})
	r.Group(func(r chi.Router) {
		r.Use(middleware.Compress(5, "text/html", "application/json", "text/csv"))
		r.Get("/open-data/", p.page(p.showOpenData))
		r.Get("/open-data/{agency}/problems", p.page(p.showProblems))
		r.Get("/open-data/{agency}/problems.json", p.page(p.problemsJSON))
		r.Get("/open-data/{agency}/problems.csv", p.page(p.problemsCSV))
	})
}

// openDataPage says what there is and what its fields mean.
type openDataPage struct {
	openPage
	Fields []dataField
}

// dataField is a field of the data. Keys never change.
type dataField struct {
	Key  string
	Name forms.Text // beside the key, in the table's first line
	What forms.Text
}

// problemFields are the fields of a group of problems, in the order of the table.
func problemFields() []dataField {
	text := func(th, en string) forms.Text { return forms.Text{TH: th, EN: en} }
	return []dataField{
		{"agency", text("หน่วยงาน", "Agency"), text("รหัสหน่วยงาน", "Code of the agency")},
		{"month", text("เดือนที่แจ้ง", "Month"), text("เดือนที่แจ้งปัญหา ปี ค.ศ. เช่น 2026-09", "Month in which the problems were filed, such as 2026-09")},
		{"service", text("รหัสบริการ", "Service"), text("รหัสของบริการ หรือ * เมื่อรวมหลายประเภท", "Key of the service; * for several kinds together")},
		{"kind", text("รหัสประเภท", "Kind"), text("รหัสประเภทปัญหา หรือ * เมื่อรวมประเภทที่มีน้อย", "Key of the kind of problem; * for small kinds together")},
		{"title", text("ประเภท", "Title"), text("ชื่อประเภทปัญหา", "What the kind is called")},
		{"filed", text("ปัญหาที่แจ้ง", "Filed"), text("จำนวนปัญหา หลายคนแจ้งเรื่องเดียวกันนับเป็นหนึ่ง", "Problems; what several people reported is one")},
		{"reports", text("จำนวนการแจ้ง", "Reports"), text("จำนวนคำแจ้งของปัญหาเหล่านี้", "How many reports these problems had")},
		{"open", text("ยังดำเนินการ", "Open"), text("ยังไม่แก้ หรือกลับมาดำเนินการอีกครั้ง", "Still to be fixed, or once more")},
		{"ended_otherwise", text("ยุติทางอื่น", "Ended otherwise"), text("ไม่รับดำเนินการ ถอนเรื่อง คืนเรื่อง หรือเป็นหน้าที่ของหน่วยงานอื่น", "Refused, withdrawn, returned, or another body is in charge")},
		{"claimed", text("หน่วยงานแจ้งว่าแก้แล้ว", "Claimed fixed"), text("หน่วยงานแจ้งว่าแก้แล้วอย่างน้อยหนึ่งครั้ง", "The agency said at least once that it is fixed")},
		{"confirmed", text("ประชาชนยืนยันว่าแก้แล้ว", "Confirmed fixed"), text("ผู้แจ้งยืนยันผลล่าสุดว่าแก้แล้วจริง", "Somebody who reported it says of the latest result that it is so")},
		{"unconfirmed", text("ไม่มีผู้ยืนยัน", "Not confirmed"), text("พ้นเวลายืนยันโดยไม่มีผู้แจ้งคนใดตอบ ไม่นับเป็นการยืนยัน", "Nobody answered in the time for it, which is not counted as a yes")},
		{"reopened", text("แจ้งว่ายังไม่เรียบร้อย", "Reopened"), text("ผู้แจ้งบอกว่ายังไม่เรียบร้อยอย่างน้อยหนึ่งครั้ง", "Somebody who reported it said at least once that it is not fixed")},
		{"median_days_to_claim", text("มัธยฐานวันทำการจนแจ้งว่าแก้แล้ว", "Median days to the claim"), text("วันทำการตั้งแต่วันถือว่าได้รับจนหน่วยงานแจ้งว่าแก้แล้วครั้งแรก ว่างเมื่อมีไม่ถึง 5 ปัญหา", "Working days from receipt to the first claim; empty of fewer than 5")},
		{"median_days_to_confirmation", text("มัธยฐานวันทำการจนประชาชนยืนยัน", "Median days to the confirmation"), text("วันทำการตั้งแต่วันถือว่าได้รับจนผู้แจ้งยืนยัน ว่างเมื่อมีไม่ถึง 5 ปัญหา", "Working days from receipt to the confirmation; empty of fewer than 5")},
	}
}

func (p *Portal) showOpenData(r *http.Request) (reply, error) {
	page := openDataPage{openPage: p.openPageOf(r, forms.Text{TH: "ข้อมูลเปิด", EN: "Open data"}), Fields: problemFields()}
	return catalogued{view: "service_data", listed: true, data: page}, nil
}

func problemsPath(a agencies.Agency) string {
	return "/open-data" + agencyPath(a)[len("/services"):] + "/problems"
}

// monthsShown is how many months the page shows; files hold all that is published.
const monthsShown = 12

// problemsPage is how reported problems fared, as the agency and as its citizens say.
type problemsPage struct {
	openPage
	Agency    agencies.Agency
	AgencyAt  string // address of its page
	Published bool
	At        time.Time
	From, To  string // the first and the last month
	Total     problemLine
	Months    []problemLine
	Kinds     []problemLine
	JSON, CSV string
}

// problemLine is a row of a table. One that has only its name tells of too few problems.
type problemLine struct {
	Name string
	Few  bool
	tickets.Tally
	Claim, Confirmation string // median working days
}

// Of is a part of what was filed, in hundredths.
func (l problemLine) Of(n int) int {
	if l.Filed == 0 {
		return 0
	}
	return int(math.Round(100 * float64(n) / float64(l.Filed)))
}

// Apart is how many the agency calls fixed that no citizen does.
func (l problemLine) Apart() int { return l.Claimed - l.Confirmed }

func (p *Portal) showProblems(r *http.Request) (reply, error) {
	page := problemsPage{openPage: p.openPageOf(r, forms.Text{TH: "ผลการแก้ปัญหาที่ประชาชนแจ้ง", EN: "How reported problems fared"})}
	all, at, err := p.problemsOf(r, &page.Agency)
	if err != nil {
		return nil, err
	}
	if to := problemsPath(page.Agency); r.URL.Path != to {
		return moved(to), nil
	}
	page.AgencyAt, page.JSON, page.CSV = agencyPath(page.Agency), page.Path+".json", page.Path+".csv"
	if page.Published = len(all) > 0; !page.Published {
		return catalogued{view: "service_problems", listed: true, data: page}, nil
	}
	page.At = at
	last := monthBefore(at)
	first := last.AddDate(0, 1-monthsShown, 0)
	for len(all) > 0 && all[0].Month.Before(first) {
		all = all[1:]
	}
	if len(all) > 0 && all[0].Month.After(first) {
		first = all[0].Month
	}
	page.From, page.To = page.month(first), page.month(last)
	byMonth := map[time.Time]tickets.Tally{}
	for _, m := range tickets.ByMonth(all) {
		byMonth[m.Month] = m.Tally
	}
	for m := last; !m.Before(first); m = m.AddDate(0, -1, 0) {
		t, told := byMonth[m]
		page.Months = append(page.Months, problemLine{Few: !told}.told(page.month(m), t))
	}
	for _, k := range tickets.ByKind(all) {
		page.Kinds = append(page.Kinds, problemLine{}.told(page.In(p.kindTitle(k)), k.Tally))
	}
	page.Total = problemLine{}.told(page.T("ทั้งหมด", "All"), tickets.Total(all))
	return catalogued{view: "service_problems", listed: true, data: page}, nil
}

func (l problemLine) told(name string, t tickets.Tally) problemLine {
	l.Name, l.Tally, l.Claim, l.Confirmation = name, t, medianWords(t.ToClaim), medianWords(t.ToConfirmation)
	return l
}

// month writes a month as people read it.
func (o openPage) month(m time.Time) string {
	if o.thai() {
		return thai.Month(m.Month()) + " " + strconv.Itoa(thai.BuddhistYear(m))
	}
	return m.Format("January 2006")
}

// monthBefore is the first day of the last month that was over at a time.
func monthBefore(t time.Time) time.Time {
	t = t.In(thai.Bangkok())
	return time.Date(t.Year(), t.Month()-1, 1, 0, 0, 0, 0, time.UTC)
}

// median is that of a group that is large enough to tell it of.
func median(s tickets.Spread) *float64 {
	days, ok := s.Median()
	if !ok || s.Count() < tickets.Fewest {
		return nil
	}
	return &days
}

func medianWords(s tickets.Spread) string {
	days := median(s)
	if days == nil {
		return ""
	}
	return strconv.FormatFloat(*days, 'f', -1, 64)
}

// kindTitle is what a kind of problems is called today.
func (p *Portal) kindTitle(k tickets.Problems) forms.Text {
	if k.Kind == tickets.Together {
		return forms.Text{TH: "ประเภทที่มีน้อยรวมกัน", EN: "Small kinds together"}
	}
	if f, ok := p.catalog.Find(k.Service); ok {
		return f.KindTitle(k.Kind)
	}
	return forms.Text{TH: k.Kind}
}

func (p *Portal) problemsOf(r *http.Request, agency *agencies.Agency) (all []tickets.Problems, at time.Time, err error) {
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if *agency, err = p.agencyAt(ctx, tx, r); err != nil {
			return err
		}
		all, at, err = tickets.PublishedProblems(ctx, tx, agency.ID)
		return err
	})
	return all, at, err
}

// problemData is a group as programs read it.
type problemData struct {
	Month          string     `json:"month"`
	Service        forms.Key  `json:"service"`
	Kind           string     `json:"kind"`
	Title          forms.Text `json:"title"`
	Filed          int        `json:"filed"`
	Reports        int        `json:"reports"`
	Open           int        `json:"open"`
	EndedOtherwise int        `json:"ended_otherwise"`
	Claimed        int        `json:"claimed"`
	Confirmed      int        `json:"confirmed"`
	Unconfirmed    int        `json:"unconfirmed"`
	Reopened       int        `json:"reopened"`
	ToClaim        *float64   `json:"median_days_to_claim"`
	ToConfirmation *float64   `json:"median_days_to_confirmation"`
}

func (p *Portal) problemData(k tickets.Problems) problemData {
	return problemData{
		Month: k.Month.Format("2006-01"), Service: k.Service, Kind: k.Kind, Title: p.kindTitle(k), Filed: k.Filed, Reports: k.Reports, Open: k.Open, EndedOtherwise: k.EndedOtherwise,
		Claimed: k.Claimed, Confirmed: k.Confirmed, Unconfirmed: k.Unconfirmed, Reopened: k.Reopened, ToClaim: median(k.ToClaim), ToConfirmation: median(k.ToConfirmation),
	}
}

func (p *Portal) problemsJSON(r *http.Request) (reply, error) {
	var agency agencies.Agency
	all, at, err := p.problemsOf(r, &agency)
	if err != nil {
		return nil, err
	}
	groups := make([]problemData, len(all))
	for i, k := range all {
		groups[i] = p.problemData(k)
	}
	data := map[string]any{"agency": agencyOf(agency), "fewest": tickets.Fewest, "groups": groups, "as_of": nil}
	if len(all) > 0 {
		data["as_of"] = at.UTC()
	}
	return published{data}, nil
}

// problemsCSV sends the groups as a table, with the mark by which spreadsheets know that it is UTF-8.
func (p *Portal) problemsCSV(r *http.Request) (reply, error) {
	var agency agencies.Agency
	all, _, err := p.problemsOf(r, &agency)
	if err != nil {
		return nil, err
	}
	var head []string
	for _, f := range problemFields() {
		head = append(head, f.Key+" ("+f.Name.TH+")")
	}
	rows := [][]string{head}
	for _, k := range all {
		d := p.problemData(k)
		row := []string{agency.Code, d.Month, string(d.Service), d.Kind, d.Title.TH}
		for _, n := range []int{d.Filed, d.Reports, d.Open, d.EndedOtherwise, d.Claimed, d.Confirmed, d.Unconfirmed, d.Reopened} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, medianWords(k.ToClaim), medianWords(k.ToConfirmation)))
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the problems of agency %d: %w", agency.ID, err)
	}
	return drawn{kind: "text/csv; charset=utf-8", name: "problems-" + agencyPath(agency)[len("/services/"):] + ".csv", body: b.Bytes(), open: true}, nil
}
