package admin

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/thai"
	"saphan/tickets"
)

// problemsPage is how reported problems fared, as the agency and as its citizens say (SVC-5): what everybody may read, and what
// is too little for that, as it stands now.
type problemsPage struct {
	chrome
	Period        string
	Total         problemLine
	Months, Kinds []problemLine
	Public        string // address of the page for everybody
}

// problemLine is a row of a table.
type problemLine struct {
	Name string
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

// Public says whether everybody may read of so many.
func (l problemLine) Public() bool { return l.Filed >= tickets.Fewest }

// problemMonths is how many months are shown, this one with them.
const problemMonths = 12

func (a *Admin) showProblems(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ผลการแก้ปัญหาที่ประชาชนแจ้ง")
	if err != nil {
		return nil, err
	}
	now := a.now().In(thai.Bangkok())
	next := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, thai.Bangkok())
	first := next.AddDate(0, -problemMonths, 0)
	all, err := a.desk.ProblemsOf(r.Context(), s.Tx, s.Agency, first, next)
	if err != nil {
		return nil, err
	}
	agency, err := agencies.Find(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p := problemsPage{chrome: c, Period: monthWords(first) + " ถึง " + monthWords(now), Total: problemLineOf("ทั้งหมด", tickets.Total(all)), Public: "/open-data/" + strings.ToLower(agency.Code) + "/problems"}
	months := tickets.ByMonth(all)
	for i := len(months) - 1; i >= 0; i-- {
		p.Months = append(p.Months, problemLineOf(monthWords(months[i].Month), months[i].Tally))
	}
	for _, k := range tickets.ByKind(all) {
		name := k.Kind
		if form, ok := a.forms.Find(k.Service); ok {
			name = form.KindTitle(k.Kind).TH
		}
		p.Kinds = append(p.Kinds, problemLineOf(name, k.Tally))
	}
	return page{view: "problems", data: p}, nil
}

func monthWords(m time.Time) string {
	return thai.Month(m.Month()) + " " + strconv.Itoa(thai.BuddhistYear(m))
}

func problemLineOf(name string, t tickets.Tally) problemLine {
	return problemLine{Name: name, Tally: t, Claim: medianWords(t.ToClaim), Confirmation: medianWords(t.ToConfirmation)}
}

func medianWords(s tickets.Spread) string {
	days, ok := s.Median()
	if !ok {
		return "–"
	}
	return strconv.FormatFloat(days, 'f', -1, 64)
}
