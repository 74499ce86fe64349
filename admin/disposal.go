package admin

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// disposalsPage is how long records are kept, which are over, what was decided about them and what comes next (PDP-5,
// EGA-17.1). It names nobody.
type disposalsPage struct {
	chrome
	Waiting []overLine
	More    bool // there are more than are shown
	Ruled   []ruledMonth
	Ending  []ruledMonth
	Classes []classLine
	Key     string
	Done    string
}

// overLine is a case whose term is over.
type overLine struct {
	ID     tickets.TicketID
	Number string
	Title  string
	Closed time.Time
	Until  time.Time // the last day of its term
	Class  string
	Href   string
}

// ruledMonth is a month with a line for each class.
type ruledMonth struct {
	Month string
	Lines []ruledLine
}

type ruledLine struct {
	Class   string
	Law     string
	Cases   int
	Words   string // what was decided; of what comes: nothing
	Running int    // of what is to be disposed of: still under way
}

// classLine is a class of records with the services whose cases belong to it.
type classLine struct {
	tickets.Term
	Services string
}

const (
	// overMost is how many cases are put before a person at once.
	overMost = 200
	// endingAhead is how far the page looks.
	endingAhead = 12 // months
)

func (a *Admin) showDisposals(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	c, err := chromeOf(ctx, s, "อายุการเก็บและการทำลายเอกสาร")
	if err != nil {
		return nil, err
	}
	p := disposalsPage{chrome: c, Key: rand.Text(), Done: disposalDone[r.FormValue("done")]}
	terms, err := tickets.Terms(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p.Classes = a.classes(terms)
	if p.Waiting, p.More, err = waiting(r, s, terms); err != nil {
		return nil, err
	}
	ruled, err := tickets.RuledBy(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	for _, one := range ruled {
		line := ruledLine{Cases: one.Cases, Words: "ทำลายแล้ว", Running: one.Cases - one.Erased}
		if one.Verdict == tickets.KeepLong {
			line.Words, line.Running = "เก็บไว้ต่อ", 0
		}
		p.Ruled = underMonth(p.Ruled, one.Month, one.Class, terms, line)
	}
	ending, err := a.desk.EndingBy(ctx, s.Tx, s.Agency, a.now().AddDate(0, endingAhead, 0))
	if err != nil {
		return nil, err
	}
	for _, one := range ending {
		p.Ending = underMonth(p.Ending, one.Month, one.Class, terms, ruledLine{Cases: one.Cases})
	}
	return page{view: "disposals", data: p}, nil
}

// underMonth adds a line to its month; lines come in the order of their months.
func underMonth(months []ruledMonth, month time.Time, class string, terms []tickets.Term, line ruledLine) []ruledMonth {
	term := termOf(terms, class)
	line.Class, line.Law = term.Name, term.Law
	words := thai.Month(month.Month()) + " " + strconv.Itoa(thai.BuddhistYear(month))
	if n := len(months); n == 0 || months[n-1].Month != words {
		months = append(months, ruledMonth{Month: words})
	}
	last := &months[len(months)-1]
	last.Lines = append(last.Lines, line)
	return months
}

// termOf is the term of a class; one that is not there any more has its key for a name.
func termOf(terms []tickets.Term, class string) tickets.Term {
	i := slices.IndexFunc(terms, func(t tickets.Term) bool { return t.Class == class })
	if i < 0 {
		return tickets.Term{Class: class, Name: class}
	}
	return terms[i]
}

// classes are the classes of records with the services of each.
func (a *Admin) classes(terms []tickets.Term) []classLine {
	all := make([]classLine, len(terms))
	for i, term := range terms {
		var services []string
		for _, f := range a.forms.List() {
			if f.Retention == term.Class {
				services = append(services, f.Title.TH)
			}
		}
		all[i] = classLine{Term: term, Services: strings.Join(services, ", ")}
	}
	return all
}

// waiting are the cases that a person is to decide about.
func waiting(r *http.Request, s Scope, terms []tickets.Term) (lines []overLine, more bool, err error) {
	list, err := tickets.Disposals(r.Context(), s.Tx, s.Agency, overMost+1)
	if err != nil {
		return nil, false, err
	}
	more = len(list) > overMost
	for _, one := range list[:min(len(list), overMost)] {
		t, err := tickets.Find(r.Context(), s.Tx, one.TicketID)
		if err != nil {
			return nil, false, err
		}
		line := overLine{ID: t.ID, Number: t.Number, Title: t.Title, Until: one.KeptUntil, Class: termOf(terms, one.Class).Name, Href: Base + ticketPath(t.ID)}
		if t.ClosedAt != nil {
			line.Closed = *t.ClosedAt
		}
		lines = append(lines, line)
	}
	return lines, more, nil
}

// disposalDone tells what was done a moment ago.
var disposalDone = map[string]string{
	"dispose": "บันทึกแล้ว ระบบกำลังลบข้อความ ชื่อ และไฟล์ของเรื่องที่เลือก เลขที่ ผล และประวัติยังอยู่",
	"keep":    "บันทึกแล้ว เรื่องที่เลือกเก็บไว้ต่อ",
}

// rule carries out what a head decided about cases whose term is over: all that were ticked, or none.
func (a *Admin) rule(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	verdict, reason := tickets.Verdict(r.PostForm.Get("verdict")), strings.TrimSpace(unixLines(r.PostForm.Get("reason")))
	picked := r.PostForm["ticket"]
	switch {
	case len(picked) == 0:
		return nil, fault.New(fault.Invalid, "ยังไม่ได้เลือกเรื่อง กรุณาเลือกอย่างน้อยหนึ่งเรื่อง")
	case len(picked) > overMost:
		return nil, fault.Newf(fault.Invalid, "เลือกได้ครั้งละไม่เกิน {n} เรื่อง กรุณาแบ่งทำหลายครั้ง", "n", overMost)
	case len([]rune(reason)) > longestWhy:
		return nil, fault.Newf(fault.Invalid, "เหตุผลยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", longestWhy)
	}
	first, err := a.once(ctx, s, r.PostForm.Get("key"), "disposals")
	if err != nil {
		return nil, err
	}
	if first {
		ids := make([]tickets.TicketID, 0, len(picked))
		for _, one := range picked {
			id, err := strconv.ParseInt(one, 10, 64)
			if err != nil {
				return nil, fault.Wrap(fault.Invalid, "อ่านเรื่องที่เลือกไม่ได้ กรุณาโหลดหน้าใหม่แล้วเลือกอีกครั้ง", err)
			}
			ids = append(ids, tickets.TicketID(id))
		}
		slices.Sort(ids) // two heads lock them in one order
		for _, id := range slices.Compact(ids) {
			if err := a.desk.DecideDisposal(ctx, s.Tx, s.Actor(), id, verdict, reason); err != nil {
				return nil, err
			}
		}
	}
	return redirect(Base + "/disposals?done=" + string(verdict)), nil
}
