package tickets_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"saphan/internal/thai"
	"saphan/tickets"
)

// What a year asks for, counted in the plainest way: day by day, and hours minute by minute.

// clockAt is a time of a day in Bangkok, some days after another.
func clockAt(day time.Time, days, hour, minute int) time.Time {
	day = day.In(thai.Bangkok())
	return time.Date(day.Year(), day.Month(), day.Day()+days, hour, minute, 0, 0, thai.Bangkok())
}

// onWorking is the same time on the next day on which the office works, the day itself if it does.
func (w *town) onWorking(day time.Time) time.Time {
	for !w.works(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// next is the end of the working day after a moment.
func (w *town) next(after time.Time) time.Time { return w.onWorking(clockAt(after, 1, 16, 30)) }

// hours is when so many hours in which the office is open have passed.
func (w *town) hours(from time.Time, hours int) time.Time {
	t := from.In(thai.Bangkok())
	for left := hours * 60; left > 0; t = t.Add(time.Minute) {
		if w.works(t) && !t.Before(clockAt(t, 0, 8, 30)) && t.Before(clockAt(t, 0, 16, 30)) {
			left--
		}
	}
	return t
}

// terms are how many days are given to decide, and which count, as it was known at a moment.
func (w *town) terms(l *lifeOf, known time.Time) (days int, counts func(time.Time) bool) {
	every := func(time.Time) bool { return true }
	switch l.ticket.FormKey {
	case "public-problem":
		return 7, w.works
	case "food-premises":
		return 7, every
	default:
		days = 30
		for _, e := range l.extended {
			if !e.After(known) {
				days += 15
			}
		}
		return days, every
	}
}

// still reports whether the time stands still on a day, as it was known at a moment, and whether it did so still.
func (l *lifeOf) still(day, known time.Time) (is, yet bool) {
	date := func(t time.Time) string { return t.In(thai.Bangkok()).Format(time.DateOnly) }
	for _, s := range l.stops {
		switch {
		case s.from.After(known) || date(day) < date(s.from):
		case s.until.IsZero() || s.until.After(known):
			return true, true
		case date(day) <= date(s.until):
			is = true
		}
	}
	return is, false
}

// due counts the end of the time to decide, as it was known at a moment; open: nobody can say while something is awaited.
func (w *town) due(l *lifeOf, known time.Time) (end time.Time, open bool) {
	left, counts := w.terms(l, known)
	for day := clockAt(l.ticket.DeemedReceivedAt, 0, 16, 30); ; day = day.AddDate(0, 0, 1) {
		is, yet := l.still(day, known)
		if yet {
			return time.Time{}, true
		}
		if !is && counts(day) && day.After(clockAt(l.ticket.DeemedReceivedAt, 0, 23, 59)) {
			left--
		}
		if left <= 0 && !is && w.works(day) {
			return day, false
		}
	}
}

// used is how many days of how many were counted by the end of a working day, as was known then; open: that day stands still.
func (w *town) used(l *lifeOf, by time.Time) (used, total int, open bool) {
	total, counts := w.terms(l, by)
	for day := clockAt(l.ticket.DeemedReceivedAt, 1, 16, 30); !day.After(by); day = day.AddDate(0, 0, 1) {
		if is, _ := l.still(day, by); !is && counts(day) {
			used++
		}
	}
	is, _ := l.still(by, by)
	return used, total, is
}

// said are the duties and steps that a history tells of, as lines.
func said(events []tickets.Event) (all []string) {
	for _, e := range events {
		var d struct {
			Percent, Letter, Days int
			Clock, Rule           string
		}
		_ = json.Unmarshal(e.Detail, &d)
		what := ""
		switch e.Kind {
		case tickets.EventWarned:
			what = fmt.Sprint(d.Percent)
		case tickets.EventMissed:
			what = d.Clock
		case tickets.EventLate, tickets.EventLateUnsent:
			what = fmt.Sprint(d.Letter)
		case tickets.EventReminded:
			what = fmt.Sprint(d.Rule, " ", d.Days)
		case tickets.EventComplete, tickets.EventDecided:
			if d.Rule == "" {
				continue
			}
			what = d.Rule
		case tickets.EventReturned, tickets.EventUnconfirmed:
		default:
			continue
		}
		all = append(all, line(e.At, string(e.Kind), what))
	}
	return all
}

func line(at time.Time, kind, what string) string {
	return strings.TrimSpace(at.In(thai.Bangkok()).Format(time.DateTime) + " " + kind + " " + what)
}

// check compares what the program noted with what the year asks for, and returns how many there were.
func (w *town) check() map[string]int {
	seen := map[string]int{}
	for id, l := range w.lives {
		events, err := tickets.History(w.t.Context(), w.tx, id)
		w.must(err)
		got, want := said(events), w.wanted(l)
		for _, one := range got {
			seen[one[len("2026-10-01 08:30:00 "):]]++
		}
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

// wanted are the duties and steps of a life, as lines.
func (w *town) wanted(l *lifeOf) (all []string) {
	return slices.Concat(w.lateness(l), w.missed(l), w.warnings(l), w.reminders(l), w.unconfirmed(l), w.bySelf(l))
}

// lateness is a letter at the end of the time and every seven days, and that one which nobody wrote is brought before the head.
func (w *town) lateness(l *lifeOf) (all []string) {
	end := l.ended()
	due, _ := w.due(l, end)
	for n := 1; ; n++ {
		day := due.AddDate(0, 0, 7*(n-1))
		if day.After(end) {
			return all
		}
		all = append(all, line(day, "late", fmt.Sprint(n)))
		unsent := w.next(day)
		written, ok := l.lettersWrittenAt[n]
		if (!ok || written.After(unsent)) && !unsent.After(end) {
			next := day.AddDate(0, 0, 7)
			if !next.Before(unsent) || !next.Before(end) { // else a later letter is out by then: that one is brought before the head
				all = append(all, line(unsent, "late_unsent", fmt.Sprint(n)))
			}
		}
	}
}

// missed are the other times that were over: to look whether all is there, and to tell the citizen.
func (w *town) missed(l *lifeOf) (all []string) {
	var check time.Time
	checked := l.checked
	switch l.ticket.FormKey {
	case "public-problem": // sorted on the working day after
		check = w.next(l.ticket.DeemedReceivedAt)
	case "food-premises":
		check = w.onWorking(clockAt(l.ticket.DeemedReceivedAt, 7, 16, 30))
		checked, _ = w.ruled(l)
	default:
	}
	if !check.IsZero() && (checked.IsZero() && check.Before(l.ended()) || check.Before(checked)) {
		all = append(all, line(check, "missed", "check"))
	}
	for _, r := range l.results {
		if tell := w.onWorking(clockAt(r.at, 7, 16, 30)); tell.Before(r.told) {
			return append(all, line(tell, "missed", "tell"))
		}
	}
	return all
}

// warnings are those at half, four fifths and the end of the time, as it was known when each came.
func (w *town) warnings(l *lifeOf) (all []string) {
	given := map[int]bool{}
	for day := w.next(l.ticket.DeemedReceivedAt); !day.After(l.ended()) && !given[100]; day = w.next(day) {
		used, total, open := w.used(l, day)
		if open {
			continue
		}
		for _, part := range []int{100, 80, 50} {
			if used*100 < total*part {
				continue
			}
			if !given[part] {
				all = append(all, line(day, "warned", fmt.Sprint(part)))
			}
			for _, less := range []int{50, 80, 100} {
				given[less] = given[less] || less <= part
			}
			break
		}
	}
	return all
}

// reminders are of documents that are awaited, with the end of the case if they do not come, and of the end of a permit.
func (w *town) reminders(l *lifeOf) (all []string) {
	remind := func(rule string, last, begun, end time.Time, before ...int) {
		for _, days := range before {
			if day := clockAt(last, -days, 9, 0); day.After(begun) && (end.IsZero() || day.Before(end)) {
				all = append(all, line(day, "reminded", fmt.Sprint(rule, " ", days)))
			}
		}
	}
	if !l.permitUntil.IsZero() {
		remind("renewal", l.permitUntil, l.results[0].told, time.Time{}, 60, 30, 7)
	}
	if l.noticed.IsZero() {
		return all
	}
	last := w.onWorking(l.lastDay)
	over, came := clockAt(last, 1, 0, 0), l.supplied
	if came.IsZero() && len(l.results) > 0 {
		came = l.results[0].at
	}
	if l.ticket.FormKey == "hazardous-business" {
		remind("documents", last, l.noticed, came, 3, 1)
	}
	if came.IsZero() || came.After(over) {
		all = append(all, line(over, "returned", ""))
	}
	return all
}

// unconfirmed is that nobody said whether it is done, in a week from when they were told.
func (w *town) unconfirmed(l *lifeOf) (all []string) {
	if l.ticket.FormKey != "public-problem" || l.ticket.FormVersion < 2 {
		return nil
	}
	for _, r := range l.results {
		if r.said.IsZero() && r.reopened.IsZero() {
			all = append(all, line(w.onWorking(clockAt(r.told, 7, 16, 30)).Add(time.Second), "unconfirmed", ""))
		}
	}
	return all
}

// bySelf is the notice of a small shop.
func (w *town) bySelf(l *lifeOf) (all []string) {
	if l.ticket.FormKey != "food-premises" {
		return nil
	}
	complete, certified := w.ruled(l)
	return []string{line(complete, "complete", "complete"), line(certified, "decided", "certificate")}
}

// ruled is when it is seen to be complete, as it counts as received, and when it is certified, after four hours of work; both
// are anew after somebody let go on what they had stopped.
func (w *town) ruled(l *lifeOf) (complete, certified time.Time) {
	complete = l.ticket.DeemedReceivedAt
	certified = w.hours(complete, 4)
	for _, h := range l.halts {
		if h.from.Before(complete) && h.until.After(complete) {
			complete = h.until
		}
		if h.from.Before(certified) {
			certified = w.hours(later(complete, h.until), 4)
		}
	}
	return complete, certified
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
