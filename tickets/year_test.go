package tickets_test

import (
	"container/heap"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
	"saphan/tickets"
)

// act is something that somebody does at a time of the year.
type act struct {
	at time.Time
	do func()
}

type acts []act

func (a acts) Len() int           { return len(a) }
func (a acts) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a acts) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *acts) Push(x any)        { *a = append(*a, x.(act)) } //nolint:forcetypeassert // of this list only
func (a *acts) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// lifeOf is what happened to a case, written down apart from the program's own history.
type lifeOf struct {
	ticket           tickets.Ticket
	asked, supplied  time.Time
	extended         []time.Time
	checked          time.Time
	decided, told    time.Time
	lettersWrittenAt map[int]time.Time
}

// town is an agency that lives through a fiscal year.
type town struct {
	*office
	pool     *pgxpool.Pool
	yet      pgx.Tx // what is done now and not yet committed
	t        *testing.T
	r        *rand.Rand
	ahead    acts
	lives    map[tickets.TicketID]*lifeOf
	holidays map[string]bool
}

// A fiscal year of an agency on a virtual clock: every duty of the law is done at its time and none twice, as counted again
// day by day from what was written down beside. SAPHAN_YEAR_CASES says how many cases; the report is the test's output.
func TestFiscalYear(t *testing.T) {
	t.Parallel()
	cases := 300
	if n, err := strconv.Atoi(os.Getenv("SAPHAN_YEAR_CASES")); err == nil {
		cases = n
	}
	pool := pgtest.DB(t)
	w := &town{pool: pool, t: t, r: rand.New(rand.NewPCG(2570, 1)), lives: map[tickets.TicketID]*lifeOf{}, holidays: map[string]bool{}}
	w.begins()
	w.office = openIn(t, w.yet, "TB")
	w.commits()
	begin := time.Date(2026, time.October, 1, 0, 0, 0, 0, thai.Bangkok())
	w.now = begin
	w.holiday("2026-10-13", "2026-10-23", "2026-12-07", "2026-12-10", "2026-12-31", "2027-01-01", "2027-04-06", "2027-04-13", "2027-04-14", "2027-04-15", "2027-05-04", "2027-06-03", "2027-07-28", "2027-08-12")
	for n := range cases {
		w.plan(begin.Add(time.Duration(w.r.Int64N(int64(365*24*time.Hour)))), func() { w.file(n) })
	}
	w.live(begin.AddDate(2, 0, 0))
	w.report(w.check())
	w.must(w.yet.Rollback(t.Context()))
}

func (w *town) must(err error) { w.t.Helper(); must(w.t, err) }

// begins opens a transaction for what is done next; commits ends it. A year in one transaction would read past all
// the rows that it ever replaced.
func (w *town) begins() {
	var err error
	w.yet, err = w.pool.Begin(w.t.Context())
	w.must(err)
	_, err = w.yet.Exec(w.t.Context(), `SET LOCAL app.agency = 'all'`)
	w.must(err)
	if w.office != nil {
		w.tx = w.yet
	}
}

func (w *town) commits() {
	w.must(w.yet.Commit(w.t.Context()))
	w.begins()
}

func (w *town) plan(at time.Time, do func()) { heap.Push(&w.ahead, act{at.Truncate(time.Minute), do}) }

func (w *town) holiday(days ...string) {
	for _, text := range days {
		day, err := time.ParseInLocation(time.DateOnly, text, thai.Bangkok())
		w.must(err)
		_, err = agencies.AddHoliday(w.t.Context(), w.tx, w.agency.ID, day, "วันหยุดตัวอย่าง", "ประกาศตัวอย่าง")
		w.must(err)
		w.holidays[text] = true
	}
}

// live goes from one thing to the next, a thing that somebody does or a duty that falls due.
func (w *town) live(end time.Time) {
	for n := 1; ; n++ {
		if n%50 == 0 {
			w.commits()
		}
		var duty *time.Time
		w.must(w.tx.QueryRow(w.t.Context(), `SELECT min(next_duty_at) FROM tickets WHERE next_duty_at > $1`, w.now.AddDate(0, 0, -1)).Scan(&duty)) // not past all that is done
		switch {
		case duty != nil && duty.Before(end) && (len(w.ahead) == 0 || !duty.After(w.ahead[0].at)):
			w.now = *duty
			due, err := tickets.WithDuties(w.t.Context(), w.tx, w.now, 100)
			w.must(err)
			for _, id := range due {
				w.must(w.desk.DoDuties(w.t.Context(), w.tx, id))
				w.must(w.desk.DoDuties(w.t.Context(), w.tx, id))
			}
		case len(w.ahead) > 0:
			next, _ := heap.Pop(&w.ahead).(act)
			w.now = next.at
			next.do()
		default:
			return
		}
	}
}

// working is a moment in office hours, some days from now.
func (w *town) working(days int) time.Time {
	day := w.now.In(thai.Bangkok()).AddDate(0, 0, days)
	for !w.works(day) {
		day = day.AddDate(0, 0, 1)
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), 8, 30, 0, 0, thai.Bangkok()).Add(time.Duration(w.r.IntN(480)) * time.Minute)
	if at.Before(w.now) {
		return w.now.Add(time.Minute)
	}
	return at
}

func (w *town) works(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && !w.holidays[day.Format(time.DateOnly)]
}

// file is a citizen who files, and what becomes of it.
func (w *town) file(n int) {
	var ticket tickets.Ticket
	if n%2 == 0 {
		ticket = w.ticket(w.t, fmt.Sprintf("y%d", n))
	} else {
		ticket = w.business(w.t, fmt.Sprintf("y%d", n))
	}
	l := &lifeOf{ticket: ticket, lettersWrittenAt: map[int]time.Time{}}
	w.lives[ticket.ID] = l
	w.plan(w.working(w.r.IntN(4)), func() { w.begin(l) })
	w.plan(w.working(1), func() { w.letters(l) })
}

func (w *town) begin(l *lifeOf) {
	if !l.decided.IsZero() {
		return
	}
	w.must(w.desk.Take(w.t.Context(), w.tx, w.by(), l.ticket.ID))
	if l.ticket.FormKey == "public-problem" {
		l.checked = w.now
	}
	if w.r.IntN(4) == 0 {
		w.plan(w.working(w.r.IntN(5)), func() { w.ask(l) })
	}
	if l.ticket.FormKey == "hazardous-business" {
		for range w.r.IntN(3) {
			w.plan(w.working(10+w.r.IntN(18)), func() { w.extend(l) })
		}
	}
	w.plan(w.working(w.r.IntN(12)+w.r.IntN(12)*w.r.IntN(8)), func() { w.decide(l) })
}

func (w *town) ask(l *lifeOf) {
	if !l.decided.IsZero() {
		return
	}
	w.must(w.desk.Ask(w.t.Context(), w.tx, w.head(), l.ticket.ID, tickets.Asking{Added: added("แผนที่"), DueOn: w.now.AddDate(0, 0, 60)}))
	l.asked = w.now
	if l.checked.IsZero() {
		l.checked = w.now
	}
	w.plan(w.now.Add(time.Duration(w.r.IntN(15*24*60))*time.Minute), func() { w.supply(l) })
}

func (w *town) supply(l *lifeOf) {
	if !l.decided.IsZero() {
		return
	}
	wants, err := tickets.Wants(w.t.Context(), w.tx, l.ticket.ID)
	w.must(err)
	file := w.office.file(w.t, fmt.Sprintf("message %d", l.ticket.ID))
	w.must(w.desk.Supply(w.t.Context(), w.tx, tickets.ByCitizen(int64(w.citizen.CitizenID)), l.ticket.ID, wants[0].ID, file))
	l.supplied = w.now
}

func (w *town) extend(l *lifeOf) {
	if !l.decided.IsZero() || len(l.extended) == 2 {
		return
	}
	if due, open := w.due(l, w.now); !open && w.now.After(due) {
		return
	}
	w.must(w.desk.Extend(w.t.Context(), w.tx, w.by(), l.ticket.ID, 15, "รอผลตรวจสถานที่"))
	l.extended = append(l.extended, w.now)
}

func (w *town) decide(l *lifeOf) {
	if !l.decided.IsZero() {
		return
	}
	w.must(w.desk.Decide(w.t.Context(), w.tx, w.by(), tickets.Decision{TicketID: l.ticket.ID, Outcome: tickets.Approve, Reason: "ดำเนินการแล้ว"}))
	l.decided = w.now
	if l.checked.IsZero() {
		l.checked = w.now
	}
	after := time.Minute
	if w.r.IntN(20) == 0 { // the account was blocked
		after = time.Duration(w.r.IntN(14*24)) * time.Hour
	}
	w.plan(w.now.Add(after), func() {
		w.must(w.desk.Told(w.t.Context(), w.tx, l.ticket.ID))
		l.told = w.now
	})
}

// letters is somebody who looks for letters to write, most days, until the case is decided.
func (w *town) letters(l *lifeOf) {
	if !l.decided.IsZero() {
		return
	}
	w.plan(w.working(1+w.r.IntN(5)/4), func() { w.letters(l) })
	if w.now.Before(l.ticket.DueAt) { // it never ends earlier than it was going to
		return
	}
	waiting, err := tickets.Letters(w.t.Context(), w.tx, l.ticket.ID)
	w.must(err)
	for _, letter := range waiting {
		if letter.SentAt == nil {
			w.must(w.desk.WriteLetter(w.t.Context(), w.tx, w.by(), l.ticket.ID, letter.N, "รอผลตรวจสถานที่จากผู้เชี่ยวชาญ"))
			l.lettersWrittenAt[letter.N] = w.now
		}
	}
}

// terms are how many days are given, which count, and on which the time stands still (and whether it does so still), as it was
// known at a moment.
func (w *town) terms(l *lifeOf, at time.Time) (days int, works func(time.Time) bool, still func(time.Time) (is, yet bool)) {
	days, works = 30, func(time.Time) bool { return true }
	if l.ticket.FormKey == "public-problem" {
		days, works = 7, w.works
	}
	for _, e := range l.extended {
		if !e.After(at) {
			days += 15
		}
	}
	date := func(t time.Time) string { return t.In(thai.Bangkok()).Format(time.DateOnly) }
	return days, works, func(day time.Time) (is, yet bool) {
		if l.asked.IsZero() || l.asked.After(at) || date(day) < date(l.asked) {
			return false, false
		}
		until := l.supplied
		if until.IsZero() {
			until = l.decided
		}
		if until.IsZero() || until.After(at) {
			return true, true
		}
		return date(day) <= date(until), false
	}
}

// due counts the end of the time to decide again, day by day, as it was known at a moment; open: documents are awaited.
func (w *town) due(l *lifeOf, at time.Time) (end time.Time, open bool) {
	days, works, still := w.terms(l, at)
	from := l.ticket.DeemedReceivedAt.In(thai.Bangkok())
	day := time.Date(from.Year(), from.Month(), from.Day(), 16, 30, 0, 0, thai.Bangkok())
	for left := days; left > 0; {
		day = day.AddDate(0, 0, 1)
		is, yet := still(day)
		if yet {
			return time.Time{}, true
		}
		if !is && works(day) {
			left--
		}
	}
	for {
		is, yet := still(day)
		switch {
		case yet:
			return time.Time{}, true
		case !is && w.works(day):
			return day, false
		}
		day = day.AddDate(0, 0, 1)
	}
}

// check compares what the program noted of its duties with what the year asks for, and returns how many there were.
func (w *town) check() map[string]int {
	seen := map[string]int{}
	for id, l := range w.lives {
		events, err := tickets.History(w.t.Context(), w.tx, id)
		w.must(err)
		var got []string
		for _, e := range events {
			switch e.Kind {
			case tickets.EventWarned, tickets.EventMissed, tickets.EventLate, tickets.EventLateUnsent:
				detail := strings.Trim(strings.Split(string(e.Detail), ",")[0], "{}")
				got = append(got, e.At.In(thai.Bangkok()).Format(time.DateTime)+" "+string(e.Kind)+" "+detail)
				seen[string(e.Kind)+" "+detail]++
			default:
			}
		}
		want := w.wanted(l)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			w.t.Errorf("case %d of %s: %+v\ndone\n%s\nwanted\n%s", id, l.ticket.FormKey, l, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	var left int
	w.must(w.tx.QueryRow(w.t.Context(), `SELECT count(*) FROM tickets WHERE agency_id = $1 AND next_duty_at IS NOT NULL`, w.agency.ID).Scan(&left))
	if left != 0 {
		w.t.Errorf("%d cases still have a duty", left)
	}
	return seen
}

// wanted are the duties of a life, as lines.
func (w *town) wanted(l *lifeOf) (all []string) {
	add := func(at time.Time, what string) {
		all = append(all, at.In(thai.Bangkok()).Format(time.DateTime)+" "+what)
	}
	end := l.decided
	due, _ := w.due(l, end)
	for n := 1; ; n++ {
		at := due.AddDate(0, 0, 7*(n-1))
		if at.After(end) {
			break
		}
		add(at, fmt.Sprintf(`late "letter":%d`, n))
		unsent := w.next(at)
		written, ok := l.lettersWrittenAt[n]
		if (!ok || written.After(unsent)) && !unsent.After(end) {
			next := at.AddDate(0, 0, 7)
			if !next.Before(unsent) || !next.Before(end) { // else a later letter is out by then: that one is brought before the head
				add(unsent, fmt.Sprintf(`late_unsent "letter":%d`, n))
			}
		}
	}
	if l.ticket.FormKey == "public-problem" { // sorted on the working day after
		if at := w.next(l.ticket.DeemedReceivedAt); l.checked.IsZero() && at.Before(end) || !l.checked.IsZero() && at.Before(l.checked) {
			add(at, `missed "clock":"check"`)
		}
	}
	if !l.decided.IsZero() {
		day := l.decided.In(thai.Bangkok()).AddDate(0, 0, 7)
		for !w.works(day) {
			day = day.AddDate(0, 0, 1)
		}
		if at := time.Date(day.Year(), day.Month(), day.Day(), 16, 30, 0, 0, thai.Bangkok()); at.Before(l.told) {
			add(at, `missed "clock":"tell"`)
		}
	}
	return append(all, w.warnings(l)...)
}

// next is the end of the working day after a moment.
func (w *town) next(at time.Time) time.Time {
	day := at.In(thai.Bangkok()).AddDate(0, 0, 1)
	for !w.works(day) {
		day = day.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 16, 30, 0, 0, thai.Bangkok())
}

// warnings are those at half, four fifths and the end of the time, as it was known when each came.
func (w *town) warnings(l *lifeOf) (all []string) {
	given := map[int]bool{}
	for at := w.next(l.ticket.DeemedReceivedAt); !at.After(l.decided) && !given[100]; at = w.next(at) {
		used, total, open := w.used(l, at)
		if open {
			continue
		}
		for _, part := range []int{100, 80, 50} {
			if used*100 < total*part {
				continue
			}
			if !given[part] {
				all = append(all, at.Format(time.DateTime)+fmt.Sprintf(` warned "percent":%d`, part))
			}
			for _, less := range []int{50, 80, 100} {
				given[less] = given[less] || less <= part
			}
			break
		}
	}
	return all
}

// used is how many days of how many were counted by the end of a working day, as was known then; open: that day stands still.
func (w *town) used(l *lifeOf, at time.Time) (used, total int, open bool) {
	days, works, still := w.terms(l, at)
	from := l.ticket.DeemedReceivedAt.In(thai.Bangkok())
	for day := time.Date(from.Year(), from.Month(), from.Day()+1, 16, 30, 0, 0, thai.Bangkok()); !day.After(at); day = day.AddDate(0, 0, 1) {
		if s, _ := still(day); !s && works(day) {
			used++
		}
	}
	s, _ := still(at)
	return used, days, s
}

// report prints what was done.
func (w *town) report(seen map[string]int) {
	lines := []string{fmt.Sprintf("%d cases of a fiscal year", len(w.lives))}
	for _, kind := range slices.Sorted(maps.Keys(seen)) {
		lines = append(lines, fmt.Sprintf("%6d  %s", seen[kind], kind))
	}
	w.t.Log(strings.Join(lines, "\n"))
}
