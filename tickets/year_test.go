package tickets_test

import (
	"container/heap"
	"context"
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

// interval is a time in which a clock stands still, or rules do; until is zero while it goes on.
type interval struct{ from, until time.Time }

// resultOf is a decision; whoever reported the thing may have said something to it, or that the work goes on.
type resultOf struct{ at, told, said, reopened time.Time }

// lifeOf is what happened to a case, written down apart from the program's own history.
type lifeOf struct {
	ticket           tickets.Ticket
	noticed          time.Time // documents were asked for
	supplied         time.Time
	lastDay          time.Time // on which they may come
	returned         time.Time // they did not
	stops, halts     []interval
	extended         []time.Time
	checked          time.Time
	results          []resultOf
	permitUntil      time.Time
	lettersWrittenAt map[int]time.Time
}

// closed reports whether nothing more is done to the case; ended is since when, zero while it is open.
func (l *lifeOf) closed() bool { return !l.ended().IsZero() }

func (l *lifeOf) ended() time.Time {
	if n := len(l.results); n > 0 && l.results[n-1].reopened.IsZero() {
		return l.results[n-1].at
	}
	return l.returned
}

// goesOn ends what stands still.
func goesOn(all []interval, at time.Time) {
	if n := len(all); n > 0 && all[n-1].until.IsZero() {
		all[n-1].until = at
	}
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

// A fiscal year of an agency on a virtual clock: every duty of the law and every step of the rules is done at its time and none
// twice, as counted again day by day from what was written down beside. SAPHAN_YEAR_CASES says how many cases; the report is
// the test's output.
func TestFiscalYear(t *testing.T) {
	t.Parallel()
	cases := 300
	if n, err := strconv.Atoi(os.Getenv("SAPHAN_YEAR_CASES")); err == nil {
		cases = n
	}
	pool := pgtest.DB(t)
	w := &town{pool: pool, t: t, r: rand.New(rand.NewPCG(2570, 1)), lives: map[tickets.TicketID]*lifeOf{}, holidays: map[string]bool{}}
	w.begins()
	t.Cleanup(func() { _ = w.yet.Rollback(context.Background()) }) // else the pool waits for it when something fails
	w.office = openIn(t, w.yet, "TB")
	w.switched(t, certificateOn)
	w.commits()
	begin := time.Date(2026, time.October, 1, 0, 0, 0, 0, thai.Bangkok())
	w.now = begin
	w.holiday("2026-10-13", "2026-10-23", "2026-12-07", "2026-12-10", "2026-12-31", "2027-01-01", "2027-04-06", "2027-04-13", "2027-04-14", "2027-04-15", "2027-05-04", "2027-06-03", "2027-07-28", "2027-08-12")
	w.now = begin.AddDate(0, 0, -1)
	_, err := w.tx.Exec(t.Context(), `INSERT INTO verifications (citizen_id, level, how, attributes, checked_by, at, until) VALUES ($1, 2, 'phone', '', 'phone', $2, $3)`,
		w.citizen.CitizenID, w.now, w.now.AddDate(3, 0, 0))
	w.must(err)
	w.now = begin
	w.plan(time.Date(2027, time.February, 10, 10, 0, 0, 0, thai.Bangkok()), func() { w.announces("2027-02-17") })
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

// vacuums does what PostgreSQL does by itself where tests have not switched it off: else each look for the next duty reads past
// all that were done.
func (w *town) vacuums() {
	w.must(w.yet.Commit(w.t.Context()))
	w.must(w.pool.AcquireFunc(w.t.Context(), func(conn *pgxpool.Conn) error {
		_, err := conn.Exec(w.t.Context(), `RESET ROLE`)
		if err == nil {
			_, err = conn.Exec(w.t.Context(), `VACUUM ANALYZE`)
		}
		if err == nil {
			_, err = conn.Exec(w.t.Context(), `SET ROLE saphan_app`)
		}
		return err
	}))
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

// announces is a holiday that nobody knew of until a week before (LOC-4.1).
func (w *town) announces(day string) {
	w.holiday(day)
	for after := tickets.TicketID(0); ; {
		running, err := tickets.Running(w.t.Context(), w.tx, w.agency.ID, after, 100)
		w.must(err)
		if len(running) == 0 {
			return
		}
		for _, id := range running {
			w.must(w.desk.Recount(w.t.Context(), w.tx, id))
			after = id
		}
	}
}

// live goes from one thing to the next, a thing that somebody does or a duty that falls due.
func (w *town) live(end time.Time) {
	for n := 1; ; n++ {
		if n%50 == 0 {
			w.commits()
		}
		if n%20_000 == 0 {
			w.vacuums()
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
				w.sees(w.lives[id])
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

// sees writes down what the program closed by itself; whether it should have, and when, is asked in the end.
func (w *town) sees(l *lifeOf) {
	if l.closed() || l.noticed.IsZero() && l.ticket.FormKey != "food-premises" {
		return
	}
	switch w.find(w.t, l.ticket.ID).Status {
	case tickets.Returned:
		goesOn(l.stops, w.now)
		l.returned = w.now
	case tickets.Approved:
		w.result(l)
	default:
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
	l := &lifeOf{lettersWrittenAt: map[int]time.Time{}}
	draft := fmt.Sprintf("y%d", n)
	switch n % 4 {
	case 0:
		l.ticket = w.ticket(w.t, draft)
	case 1:
		l.ticket = w.business(w.t, draft)
	case 2:
		l.ticket = w.reported(w.t, draft)
	default:
		l.ticket = w.shop(w.t, draft)
	}
	w.lives[l.ticket.ID] = l
	w.plan(w.working(w.r.IntN(4)), func() { w.begin(l) })
	w.plan(w.working(1), func() { w.letters(l) })
	if l.ticket.FormKey == "food-premises" && w.r.IntN(5) == 0 {
		w.plan(w.now.Add(time.Duration(w.r.IntN(600))*time.Minute), func() { w.halt(l) })
	}
}

func (w *town) begin(l *lifeOf) {
	if l.closed() {
		return
	}
	w.must(w.desk.Take(w.t.Context(), w.tx, w.by(), l.ticket.ID))
	switch l.ticket.FormKey {
	case "food-premises": // is done without anybody
		return
	case "public-problem":
		l.checked = w.now
	case "hazardous-business":
		for range w.r.IntN(3) {
			w.plan(w.working(10+w.r.IntN(18)), func() { w.extend(l) })
		}
	}
	if w.r.IntN(3) == 0 {
		w.plan(w.working(w.r.IntN(5)), func() { w.ask(l) })
	}
	w.plan(w.working(w.r.IntN(12)+w.r.IntN(12)*w.r.IntN(8)), func() { w.decide(l) })
}

// halt is an officer who stops the rules in a case, and lets them go on some days later.
func (w *town) halt(l *lifeOf) {
	if l.closed() {
		return
	}
	w.must(w.desk.Halt(w.t.Context(), w.tx, w.by(), l.ticket.ID, "", "ขอตรวจสถานที่ก่อน"))
	l.halts = append(l.halts, interval{from: w.now})
	w.plan(w.working(1+w.r.IntN(6)), func() {
		w.must(w.desk.Resume(w.t.Context(), w.tx, w.by(), l.ticket.ID, ""))
		goesOn(l.halts, w.now)
	})
}

// ask is for documents, of which a third never comes.
func (w *town) ask(l *lifeOf) {
	if l.closed() {
		return
	}
	days := 20 + w.r.IntN(41)
	w.must(w.desk.Ask(w.t.Context(), w.tx, w.head(), l.ticket.ID, tickets.Asking{Added: added("แผนที่"), DueOn: w.now.AddDate(0, 0, days)}))
	l.noticed = w.now
	last := w.now.In(thai.Bangkok()).AddDate(0, 0, days)
	l.lastDay = time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, thai.Bangkok())
	l.stops = append(l.stops, interval{from: w.now})
	if l.checked.IsZero() {
		l.checked = w.now
	}
	if w.r.IntN(3) > 0 {
		w.plan(w.now.Add(time.Duration(w.r.IntN(15*24*60))*time.Minute), func() { w.supply(l) })
	}
}

func (w *town) supply(l *lifeOf) {
	if l.closed() {
		return
	}
	wants, err := tickets.Wants(w.t.Context(), w.tx, l.ticket.ID)
	w.must(err)
	file := w.office.file(w.t, fmt.Sprintf("message %d", l.ticket.ID))
	w.must(w.desk.Supply(w.t.Context(), w.tx, of(l.ticket), l.ticket.ID, wants[0].ID, file))
	l.supplied = w.now
	goesOn(l.stops, w.now)
}

func (w *town) extend(l *lifeOf) {
	if l.closed() || len(l.extended) == 2 {
		return
	}
	if due, open := w.due(l, w.now); !open && w.now.After(due) {
		return
	}
	w.must(w.desk.Extend(w.t.Context(), w.tx, w.by(), l.ticket.ID, 15, "รอผลตรวจสถานที่"))
	l.extended = append(l.extended, w.now)
}

// decide is not done while documents are awaited, but by who has seen enough.
func (w *town) decide(l *lifeOf) {
	if l.closed() {
		return
	}
	if !l.noticed.IsZero() && l.supplied.IsZero() && w.r.IntN(10) > 0 {
		w.plan(w.working(1+w.r.IntN(5)), func() { w.decide(l) })
		return
	}
	if l.ticket.FormVersion >= 2 && l.ticket.FormKey == "public-problem" {
		w.mend(w.t, l.ticket.ID)
	} else {
		w.must(w.desk.Decide(w.t.Context(), w.tx, w.by(), tickets.Decision{TicketID: l.ticket.ID, Outcome: tickets.Approve, Reason: "ดำเนินการแล้ว"}))
	}
	w.result(l)
}

// result is a decision of which the citizen is told at once, or two weeks later because they blocked the account.
func (w *town) result(l *lifeOf) {
	goesOn(l.stops, w.now)
	l.results = append(l.results, resultOf{at: w.now})
	if l.checked.IsZero() {
		l.checked = w.now
	}
	after := time.Minute
	if w.r.IntN(20) == 0 {
		after = time.Duration(w.r.IntN(14*24)) * time.Hour
	}
	w.plan(w.now.Add(after), func() { w.tell(l) })
}

func (w *town) tell(l *lifeOf) {
	if l.ticket.FormKey == "hazardous-business" {
		l.permitUntil = w.now.In(thai.Bangkok()).AddDate(0, 1+w.r.IntN(8), w.r.IntN(28))
		_, err := w.tx.Exec(w.t.Context(), `INSERT INTO permits (agency_id, ticket_id, number, form_key, title, holder, items, issued_on, created_at, valid_until)
			VALUES ($1, $2, 'TB-HB-' || $2::bigint, 'hazardous-business', 't', 'h', '[]', $3::timestamptz, $3, $4)`, w.agency.ID, l.ticket.ID, w.now, l.permitUntil)
		w.must(err)
	}
	w.must(w.desk.Told(w.t.Context(), w.tx, l.ticket.ID))
	l.results[len(l.results)-1].told = w.now
	if l.ticket.FormVersion >= 2 && l.ticket.FormKey == "public-problem" && w.r.IntN(4) > 0 {
		w.plan(w.now.Add(time.Duration(w.r.IntN(6*24*60))*time.Minute), func() { w.say(l) })
	}
}

// say is the citizen who says that it is done, or is not; the latter only once, of what was decided in time.
func (w *town) say(l *lifeOf) {
	n := len(l.results)
	last := &l.results[n-1]
	if due, _ := w.due(l, last.at); n > 1 || last.at.After(due) || w.r.IntN(3) > 0 {
		w.must(w.desk.Confirm(w.t.Context(), w.tx, of(l.ticket), l.ticket.ID, n, "line 1"))
		last.said = w.now
		return
	}
	w.must(w.desk.Reopen(w.t.Context(), w.tx, of(l.ticket), l.ticket.ID, n, "line 1"))
	last.reopened = w.now
	l.stops = append(l.stops, interval{last.at, w.now})
	w.plan(w.working(w.r.IntN(12)), func() { w.decide(l) })
	w.plan(w.working(1), func() { w.letters(l) })
}

// letters is somebody who looks for letters to write, most days, until the case is decided.
func (w *town) letters(l *lifeOf) {
	if l.closed() {
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

// report prints what was done.
func (w *town) report(seen map[string]int) {
	lines := []string{fmt.Sprintf("%d cases of a fiscal year", len(w.lives))}
	for _, kind := range slices.Sorted(maps.Keys(seen)) {
		lines = append(lines, fmt.Sprintf("%6d  %s", seen[kind], kind))
	}
	w.t.Log(strings.Join(lines, "\n"))
}
