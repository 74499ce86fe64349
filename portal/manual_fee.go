package portal

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// manualFee is what the service costs, and by which rates.
type manualFee struct {
	Free    bool           `json:"free,omitempty"`
	Varies  bool           `json:"set_by_officer,omitempty"`
	Says    forms.Text     `json:"says"` // in a few words
	Note    forms.Text     `json:"note,omitzero"`
	Lines   []manualCharge `json:"lines,omitempty"`
	Tables  []manualTable  `json:"tables,omitempty"`
	Waivers []manualWaiver `json:"waivers,omitempty"`
}

// manualCharge is one line of the bill.
type manualCharge struct {
	Label       forms.Text `json:"label"`
	When        forms.Text `json:"when,omitzero"`
	Unconfirmed bool       `json:"unconfirmed,omitempty"`
}

// manualTable is rates that hold from one day until another.
type manualTable struct {
	About       forms.Text  `json:"about"` // what they are rates of
	Law         forms.Text  `json:"law"`
	From        forms.Day   `json:"from,omitzero"`
	Until       forms.Day   `json:"until,omitzero"`
	State       string      `json:"state"` // now, coming or past
	Rows        []manualRow `json:"rows"`
	Unconfirmed bool        `json:"unconfirmed,omitempty"`
}

// manualRow is one rate.
type manualRow struct {
	Label forms.Text `json:"label"`
	Baht  float64    `json:"baht"`
}

// Amount writes the rate.
func (r manualRow) Amount() string { return baht(r.Baht) }

// manualWaiver is what is let off for a time.
type manualWaiver struct {
	Text    forms.Text `json:"text"`
	Law     forms.Text `json:"law"`
	From    forms.Day  `json:"from,omitzero"`
	Until   forms.Day  `json:"until,omitzero"`
	State   string     `json:"state"`
	Percent int        `json:"percent"`
	When    forms.Text `json:"when,omitzero"`
}

// The states of what holds for a time.
const (
	holdsNow    = "now"
	holdsComing = "coming"
	holdsPast   = "past"
)

// inForce says whether something holds on a day; the first day and the last are included.
func inForce(from, until forms.Day, today time.Time) string {
	y, m, d := today.In(thai.Bangkok()).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	switch {
	case !from.IsZero() && day.Before(from.Time):
		return holdsComing
	case !until.IsZero() && day.After(until.Time):
		return holdsPast
	default:
		return holdsNow
	}
}

// fee is the fee with today's rates first and those to come after them. What is over is told only to who has a case of
// that time.
func (s source) fee() manualFee {
	f := s.form.Fee
	m := manualFee{Free: f.Free(), Varies: f.Varies, Note: f.Note}
	for i, l := range f.Lines {
		m.Lines = append(m.Lines, manualCharge{Label: l.Label, When: s.form.CaseOf(l.When), Unconfirmed: waits(s.form, "fee.lines", i, l.Key)})
	}
	for i, t := range f.Tables {
		state := inForce(t.From, t.Until, s.today)
		if state == holdsPast && !s.old {
			continue
		}
		one := manualTable{About: s.form.TableName(t.Key), Law: t.Law, From: t.From, Until: t.Until, State: state, Unconfirmed: !s.own(t) && waits(s.form, "fee.tables", i, t.Key)}
		for _, r := range t.Rows {
			one.Rows = append(one.Rows, manualRow{Label: r.Label, Baht: r.Baht})
		}
		m.Tables = append(m.Tables, one)
	}
	slices.SortStableFunc(m.Tables, func(a, b manualTable) int { return order(a.State) - order(b.State) })
	for _, w := range f.Waivers {
		state := inForce(w.From, w.Until, s.today)
		if state == holdsPast && !s.old {
			continue
		}
		percent := w.Percent
		if percent == 0 {
			percent = 100
		}
		m.Waivers = append(m.Waivers, manualWaiver{Text: w.Text, Law: w.Law, From: w.From, Until: w.Until, State: state, Percent: percent, When: s.form.CaseOf(w.When)})
	}
	m.Says = s.feeSays(m)
	return m
}

func order(state string) int {
	return slices.Index([]string{holdsNow, holdsComing, holdsPast}, state)
}

func reads(l forms.FeeLine, table string) bool {
	return strings.Contains(l.Baht, "tables."+table+".") || strings.Contains(l.Baht, "tables."+table+"[")
}

// own reports whether a table is the agency's, not one of the template.
func (s source) own(t forms.FeeTable) bool {
	return !slices.ContainsFunc(s.central.Fee.Tables, func(c forms.FeeTable) bool { return reflect.DeepEqual(c, t) })
}

// feeSays is the fee in a few words: free, the lowest and the highest rate, or that rates are multiplied by something.
func (s source) feeSays(m manualFee) forms.Text {
	switch {
	case m.Free:
		return forms.Text{TH: "ไม่มีค่าใช้จ่าย", EN: "Free of charge"}
	case m.Varies:
		return forms.Text{TH: "เจ้าหน้าที่แจ้งจำนวน", EN: "The officer tells you"}
	}
	least, most, known := 0.0, 0.0, false
	for _, t := range s.form.Fee.Tables {
		if inForce(t.From, t.Until, s.today) != holdsNow {
			continue
		}
		for _, l := range s.form.Fee.Lines {
			if reads(l, t.Key) && strings.Contains(l.Baht, "*") {
				return forms.Text{TH: "คิดตามอัตรา", EN: "By rates"}
			}
		}
		for _, r := range t.Rows {
			if !known || r.Baht < least {
				least = r.Baht
			}
			most, known = max(most, r.Baht), true
		}
	}
	switch {
	case !known:
		return forms.Text{TH: "คิดตามอัตรา", EN: "By rates"}
	case least == most:
		return words.With("{n} บาท", "{n} baht", "n", baht(most))
	default:
		return words.With("{least}–{most} บาท", "{least}–{most} baht", "least", baht(least), "most", baht(most))
	}
}
