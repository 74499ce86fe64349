package oncall_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/internal/thai"
	"saphan/tickets/oncall"
)

// at is a time of the week of 23 November 2026, a Monday.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, time.November, 22+day, hour, minute, 0, 0, thai.Bangkok())
}

func turns(officers ...agencies.OfficerID) (all []oncall.Turn) {
	for _, o := range officers {
		all = append(all, oncall.Turn{Officer: o, Minutes: oncall.UsualMinutes})
	}
	return all
}

// Who stands by: in office hours, in nights past midnight, on holidays, in a queue of its own.
func TestWhoStandsBy(t *testing.T) {
	t.Parallel()
	weekdays := oncall.Days()[:5]
	week := oncall.Week{
		{Days: weekdays, From: 8*60 + 30, Until: 16*60 + 30, Turns: turns(1, 2)},
		{Days: weekdays, From: 16*60 + 30, Until: 8*60 + 30, Turns: turns(3)},
		{Days: []oncall.Day{"sat"}, From: 0, Until: 0, Turns: turns(4)},
		{Days: []oncall.Day{oncall.Holiday}, From: 8 * 60, Until: 20 * 60, Turns: turns(5)},
		{Queue: "water", Days: oncall.Days()[:7], From: 22 * 60, Until: 5 * 60, Turns: turns(6)},
	}
	holiday := func(day time.Time) bool { return day.Day() == 25 } // Wednesday
	for _, c := range []struct {
		queue string
		at    time.Time
		want  []oncall.Turn
	}{
		{"works", at(1, 8, 30), turns(1, 2)}, {"works", at(1, 16, 29), turns(1, 2)}, {"works", at(1, 16, 30), turns(3)},
		{"works", at(2, 3, 0), turns(3)}, {"works", at(2, 8, 29), turns(3)}, // the night of Monday
		{"works", at(1, 3, 0), nil},                                         // that of Sunday, on which nobody stands by
		{"works", at(3, 8, 0), turns(5)}, {"works", at(3, 20, 0), turns(3)}, // a holiday, and the evening of it
		{"works", at(6, 0, 0), turns(4)}, {"works", at(6, 23, 59), turns(4)}, {"works", at(7, 0, 0), nil},
		{"water", at(1, 21, 59), turns(3)}, {"water", at(1, 22, 0), turns(6)}, {"water", at(2, 4, 59), turns(6)}, {"water", at(2, 5, 0), turns(3)},
	} {
		if got := week.At(c.queue, c.at, holiday); !slices.Equal(got, c.want) {
			t.Errorf("%s at %s: %v, want %v", c.queue, c.at.Format("Mon 15:04"), got, c.want)
		}
	}
}

// SEED-7: three minutes, then the next one, at ten the head, every ten minutes for an hour, then as each working day begins.
func TestAChainThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	w := world{since: at(5, 20, 0), week: map[int]oncall.Week{0: {{Days: oncall.Days(), Turns: turns(1, 2, 3, 4, 5)}}}, until: 4 * 24 * 60, taken: 1 << 30}
	got := strings.Join(w.engine(), " ")
	want := "0:1 3:2 6:3 9:4 10:head 20:head 30:head 40:head 50:head 60:head " + // Friday at 20:00
		fmt.Sprintf("%d:head %d:head", (2*24+12)*60+30, (3*24+12)*60+30) // Monday and Tuesday at 8:30
	if got != want {
		t.Errorf("called %s\nwant   %s", got, want)
	}
}

// A process that was down for an hour calls who counts now, and nobody else.
func TestAfterAnHourOnlyTheStepThatCounts(t *testing.T) {
	t.Parallel()
	a := oncall.Alarm{Since: at(1, 20, 0), Calls: []oncall.Call{{At: at(1, 20, 0), Officer: 1, Minutes: 3}}}
	s, due := a.Due(at(1, 21, 2), func(time.Time) []oncall.Turn { return turns(1, 2, 3) }, opens)
	if !due || !s.Head() {
		t.Errorf("%v %v, want the head", s, due)
	}
	a.Calls = append(a.Calls, oncall.Call{At: at(1, 21, 2), Head: true})
	if next := a.Next(opens); !next.Equal(at(2, 8, 30)) {
		t.Errorf("the next is called at %s", next)
	}
}

// opens is when an agency begins to work next, on weekdays at 8:30.
func opens(after time.Time) time.Time {
	for d := time.Date(after.Year(), after.Month(), after.Day(), 8, 30, 0, 0, thai.Bangkok()); ; d = d.AddDate(0, 0, 1) {
		if d.After(after) && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
			return d
		}
	}
}

// world is a case that nobody takes for a while, by minutes since it became urgent.
type world struct {
	since       time.Time
	week        map[int]oncall.Week // the table, from which minute on
	away        []away
	down        [][2]int // from and until, when no process runs
	taken       int
	until       int
	holidayFrom time.Time
}

// away is an officer who is away, and who stands in; 0: nobody.
type away struct {
	officer, cover agencies.OfficerID
	from, until    int
}

func (w world) time(minute int) time.Time { return w.since.Add(time.Duration(minute) * time.Minute) }

func (w world) holiday(day time.Time) bool {
	return !w.holidayFrom.IsZero() && !day.Before(w.holidayFrom) && day.Before(w.holidayFrom.AddDate(0, 0, 1))
}

func (w world) up(minute int) bool {
	return !slices.ContainsFunc(w.down, func(d [2]int) bool { return d[0] <= minute && minute < d[1] })
}

// chain is who is called at a minute, as it is known now.
func (w world) chain(now, minute int) (all []oncall.Turn) {
	latest := 0
	for from := range w.week {
		if from <= now && from > latest {
			latest = from
		}
	}
	for _, t := range w.week[latest].At("works", w.time(minute), w.holiday) {
		for _, a := range w.away {
			if a.officer == t.Officer && a.from <= minute && minute < a.until {
				t.Officer = a.cover
				break
			}
		}
		if t.Officer != 0 && !slices.ContainsFunc(all, func(o oncall.Turn) bool { return o.Officer == t.Officer }) {
			all = append(all, t)
		}
	}
	return all
}

// engine has the chain walked as the program does: it looks whenever it runs.
func (w world) engine() (called []string) {
	a := oncall.Alarm{Since: w.since}
	for m := 0; m < w.until && m < w.taken; m++ {
		if !w.up(m) {
			continue
		}
		s, due := a.Due(w.time(m), func(at time.Time) []oncall.Turn { return w.chain(m, int(at.Sub(w.since)/time.Minute)) }, opens)
		if !due {
			continue
		}
		a.Calls = append(a.Calls, oncall.Call{At: w.time(m), Officer: s.Officer, Minutes: s.Minutes, Head: s.Head()})
		called = append(called, saying(m, s.Officer))
	}
	return called
}

func saying(minute int, officer agencies.OfficerID) string {
	if officer == 0 {
		return fmt.Sprintf("%d:head", minute)
	}
	return fmt.Sprintf("%d:%d", minute, officer)
}

// plain is the same by the words of the rule, minute by minute: whose turn is it, and were they called?
func (w world) plain() (called []string) {
	type turn struct {
		officer        agencies.OfficerID
		begun, minutes int
	}
	var last *turn // the one who was called last
	var had []agencies.OfficerID
	for m := 0; m < w.until && m < w.taken; m++ {
		if !w.up(m) {
			continue
		}
		now, passed := last, slices.Clone(had)
		from := 0
		if last != nil {
			from = last.begun
		}
		for k := from; k <= m; k++ {
			over := now == nil
			switch {
			case now == nil:
			case now.officer != 0:
				over = k == now.begun+now.minutes || k == 10
			case now.begun+10 <= 60:
				over = k == now.begun+10
			default:
				over = k > now.begun && opens(w.time(k-1)).Equal(w.time(k))
			}
			if !over || now != nil && k == now.begun {
				continue
			}
			next := turn{begun: k}
			if k < 10 {
				for _, t := range w.chain(m, k) {
					if !slices.Contains(passed, t.Officer) {
						next.officer, next.minutes = t.Officer, t.Minutes
						break
					}
				}
			}
			now, passed = &next, append(passed, next.officer)
		}
		if now == last {
			continue
		}
		now.begun = m // who is called late has their time from then on
		last, had = now, append(had, now.officer)
		called = append(called, saying(m, now.officer))
	}
	return called
}

// The chain against the plain walk: random tables, absences, edits, takings, and times at which no process ran.
func TestChainsAgainstAPlainWalk(t *testing.T) {
	t.Parallel()
	long := 0
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := world{since: at(1+r.IntN(7), r.IntN(24), r.IntN(60)), taken: r.IntN(120), until: 90, week: map[int]oncall.Week{0: anyWeek(r)}}
		if seed%500 == 0 { // into the next days
			w.taken, w.until = 1<<30, 30*60
		}
		if r.IntN(2) == 0 {
			w.week[1+r.IntN(15)] = anyWeek(r)
		}
		for range r.IntN(3) {
			from := r.IntN(40)
			w.down = append(w.down, [2]int{from, from + 1 + r.IntN(60)})
		}
		for range r.IntN(4) {
			a := away{officer: agencies.OfficerID(1 + r.IntN(6)), cover: agencies.OfficerID(r.IntN(7)), from: r.IntN(15) - 5}
			if a.until = a.from + r.IntN(20); a.cover != a.officer {
				w.away = append(w.away, a)
			}
		}
		if r.IntN(3) == 0 {
			w.holidayFrom = at(1+r.IntN(7), 0, 0)
		}
		got, want := w.engine(), w.plain()
		if !slices.Equal(got, want) {
			t.Fatalf("world %d %+v:\ncalled %v\nwant   %v", seed, w, got, want)
		}
		if len(got) > 3 {
			long++
		}
	}
	if long < 500 {
		t.Errorf("only %d chains were long", long)
	}
}

// anyWeek is some table.
func anyWeek(r *rand.Rand) (w oncall.Week) {
	for range r.IntN(5) {
		s := oncall.Shift{From: oncall.Minute(r.IntN(24 * 60)), Until: oncall.Minute(r.IntN(24 * 60))}
		if r.IntN(3) == 0 {
			s.From, s.Until = 0, 0
		}
		for _, d := range oncall.Days() {
			if r.IntN(2) == 0 {
				s.Days = append(s.Days, d)
			}
		}
		for _, o := range r.Perm(6)[:r.IntN(6)] {
			s.Turns = append(s.Turns, oncall.Turn{Officer: agencies.OfficerID(o + 1), Minutes: 1 + r.IntN(5)})
		}
		w = append(w, s)
	}
	return w
}

// A table that cannot be carried out is refused with what to do.
func TestTablesThatAreRefused(t *testing.T) {
	t.Parallel()
	house := oncall.House{Officers: []agencies.OfficerID{1, 2, 3}, Queues: []string{"works"}}
	good := func() oncall.Shift {
		return oncall.Shift{Queue: "works", Days: []oncall.Day{"mon"}, From: 60, Until: 120, Turns: turns(1, 2)}
	}
	if wrong := (oncall.Week{good()}).Check(house); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for says, change := range map[string]func(*oncall.Shift){
		"ไม่พบคิวงาน":               func(s *oncall.Shift) { s.Queue = "x" },
		"ยังไม่ได้เลือกวัน":         func(s *oncall.Shift) { s.Days = nil },
		"ไม่รู้จักวัน":              func(s *oncall.Shift) { s.Days = []oncall.Day{"someday"} },
		"เวลาไม่ถูกต้อง":            func(s *oncall.Shift) { s.From = -1 },
		"ยังไม่ได้เลือกเจ้าหน้าที่": func(s *oncall.Shift) { s.Turns = nil },
		"ไม่ใช่เจ้าหน้าที่":         func(s *oncall.Shift) { s.Turns = turns(9) },
		"ซ้ำกับลำดับ":               func(s *oncall.Shift) { s.Turns = turns(1, 1) },
		"ให้รอ 1 ถึง":               func(s *oncall.Shift) { s.Turns[0].Minutes = 0 },
		"ไม่ถูกเรียก": func(s *oncall.Shift) {
			s.Turns = turns(1, 2, 3)
			s.Turns[0].Minutes, s.Turns[1].Minutes = 9, 2
		},
	} {
		s := good()
		change(&s)
		if wrong := strings.Join((oncall.Week{s}).Check(house), "\n"); !strings.Contains(wrong, says) {
			t.Errorf("%s: %q", says, wrong)
		}
	}
}
