// Package oncall knows who is called when something cannot wait, and when: a week of shifts as data, and the chain of calls of one
// case. It counts real time, not working time, and reads and writes nothing.
package oncall

import (
	"fmt"
	"slices"
	"time"

	"saphan/agencies"
	"saphan/internal/thai"
)

// Week is who stands by and when. Where nobody does, the head is called.
type Week []Shift

// Shift is a time of some days at which officers stand by, in the order in which they are called.
type Shift struct {
	Queue string `json:"queue,omitempty"` // key; "": of every queue that has no shift of its own then
	Days  []Day  `json:"days"`            // on which it begins
	From  Minute `json:"from"`
	Until Minute `json:"until"` // at or before From: of the day after
	Turns []Turn `json:"turns"`
}

// Turn is an officer with the minutes that they have to take the case, before the next one is called.
type Turn struct {
	Officer agencies.OfficerID `json:"officer"`
	Minutes int                `json:"minutes"`
}

// Day is a day of the week, or Holiday.
type Day string

// Holiday is any day that the calendar calls one, whatever day of the week it is.
const Holiday Day = "holiday"

// Days lists the days from Monday on, and holidays.
func Days() []Day { return []Day{"mon", "tue", "wed", "thu", "fri", "sat", "sun", Holiday} }

// Thai is the day as people read it, in short.
func (d Day) Thai() string {
	return map[Day]string{"mon": "จ.", "tue": "อ.", "wed": "พ.", "thu": "พฤ.", "fri": "ศ.", "sat": "ส.", "sun": "อา.", Holiday: "วันหยุดราชการ"}[d]
}

// dayOf is the day of the week of a time.
func dayOf(t time.Time) Day { return Days()[(int(t.Weekday())+6)%7] }

// Minute is a time of the day in Bangkok, in minutes since midnight.
type Minute int

const wholeDay Minute = 24 * 60

// Text is the time as "16:30".
func (m Minute) Text() string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// end is when a shift ends, counted from the midnight before it began.
func (s Shift) end() Minute {
	if s.Until > s.From {
		return s.Until
	}
	return s.Until + wholeDay
}

// At returns who is called in a queue at a moment, in order; nobody: the head is. The queue's own shifts go before those of every
// queue, on a holiday those of holidays before those of the weekday, and a shift that began today before one of yesterday.
func (w Week) At(queue string, at time.Time, holiday func(time.Time) bool) []Turn {
	at = at.In(thai.Bangkok())
	today := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, thai.Bangkok())
	minute := Minute(at.Sub(today) / time.Minute)
	for _, of := range slices.Compact([]string{queue, ""}) {
		for ago := range 2 {
			begun := today.AddDate(0, 0, -ago)
			names := []Day{dayOf(begun)}
			if holiday(begun) {
				names = []Day{Holiday, dayOf(begun)}
			}
			for _, name := range names {
				for _, s := range w {
					if now := minute + Minute(ago)*wholeDay; s.Queue == of && slices.Contains(s.Days, name) && s.From <= now && now < s.end() {
						return s.Turns
					}
				}
			}
		}
	}
	return nil
}

// The times of a chain (SEED-7).
const (
	// UsualMinutes are those that an officer has unless the table says otherwise.
	UsualMinutes = 3
	// HeadAfter is when the head is called at the latest, whoever is left in the chain.
	HeadAfter = 10 * time.Minute
	// HeadEvery is how often the head is called again, until HeadFor after the beginning; then as each working day begins.
	HeadEvery = 10 * time.Minute
	HeadFor   = time.Hour
)

// Call is that somebody was called.
type Call struct {
	At      time.Time
	Officer agencies.OfficerID
	Minutes int
	Head    bool // as the head, after the chain or because nobody stands in it
}

// Alarm is a case that cannot wait and that nobody has taken.
type Alarm struct {
	Since time.Time // from when on
	Calls []Call    // since then, the first one first
}

// Step is who is called next.
type Step struct {
	Officer agencies.OfficerID // 0: the head
	Minutes int
}

// Head says whether the step is to call the head.
func (s Step) Head() bool { return s.Officer == 0 }

// Next is when somebody is to be called next. Opens is when the agency begins to work next after a moment.
func (a Alarm) Next(opens func(time.Time) time.Time) time.Time {
	if len(a.Calls) == 0 {
		return a.Since
	}
	last := a.Calls[len(a.Calls)-1]
	return a.after(last.At, Step{last.Officer, last.Minutes}, last.Head, opens)
}

// after is when the step after one falls due.
func (a Alarm) after(at time.Time, s Step, head bool, opens func(time.Time) time.Time) time.Time {
	if !head {
		next := at.Add(time.Duration(s.Minutes) * time.Minute)
		if last := a.Since.Add(HeadAfter); next.After(last) {
			return last
		}
		return next
	}
	if next := at.Add(HeadEvery); !next.After(a.Since.Add(HeadFor)) {
		return next
	}
	return opens(at)
}

// Due returns the step that counts at a moment; false: none is due. Chain says who is called at a moment, in order, without those
// who are away. Steps that passed while nobody could be called are not made up for: only the last of them is done.
func (a Alarm) Due(now time.Time, chain func(time.Time) []Turn, opens func(time.Time) time.Time) (Step, bool) {
	at := a.Next(opens)
	if at.After(now) {
		return Step{}, false
	}
	had := map[agencies.OfficerID]bool{}
	for _, c := range a.Calls {
		had[c.Officer] = true
	}
	for {
		s := a.step(at, had, chain)
		next := a.after(at, s, s.Head(), opens)
		if next.After(now) || !next.After(at) {
			return s, true
		}
		had[s.Officer], at = true, next
	}
}

// step is the first of the chain who was not called yet, or the head when the chain or its time is over.
func (a Alarm) step(at time.Time, had map[agencies.OfficerID]bool, chain func(time.Time) []Turn) Step {
	if at.Before(a.Since.Add(HeadAfter)) {
		for _, t := range chain(at) {
			if !had[t.Officer] {
				return Step(t)
			}
		}
	}
	return Step{}
}
