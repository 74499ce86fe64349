package agencies_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/internal/thai"
)

// walked is a calendar told minute by minute: the independent, plain reference. It knows no periods, only which minutes
// of which date are worked.
type walked struct {
	week  [7][1440]bool
	dates map[string][1440]bool
}

func (w walked) minutes(day time.Time) [1440]bool {
	if m, ok := w.dates[day.Format(time.DateOnly)]; ok {
		return m
	}
	return w.week[day.Weekday()]
}

func (w walked) works(day time.Time) bool {
	for _, worked := range w.minutes(day) {
		if worked {
			return true
		}
	}
	return false
}

// received walks on minute by minute until one is worked.
func (w walked) received(t time.Time) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	if w.minutes(day)[t.Hour()*60+t.Minute()] {
		return t
	}
	for from := t.Hour()*60 + t.Minute() + 1; ; day, from = day.AddDate(0, 0, 1), 0 {
		worked := w.minutes(day)
		for m := from; m < 1440; m++ {
			if worked[m] {
				return day.Add(time.Duration(m) * time.Minute)
			}
		}
	}
}

// end is the minute after the last worked one of a day.
func (w walked) end(day time.Time) time.Time {
	worked := w.minutes(day)
	last := 0
	for m, yes := range worked {
		if yes {
			last = m + 1
		}
	}
	return day.Add(time.Duration(last) * time.Minute)
}

// day counts days after t's, all of them or those that are worked, then goes on to one that is worked.
func (w walked) day(t time.Time, n int, all bool) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if all || w.works(day) {
			n--
		}
	}
	for !w.works(day) {
		day = day.AddDate(0, 0, 1)
	}
	return w.end(day)
}

// shift draws periods of a day and the minutes they are.
func shift(r *rand.Rand) (text string, minutes [1440]bool) {
	from := r.IntN(600)
	for n := 1 + r.IntN(3); n > 0 && from < 1380; n-- {
		until := min(1440, from+1+r.IntN(400))
		for m := from; m < until; m++ {
			minutes[m] = true
		}
		text += fmt.Sprintf("%02d:%02d-%02d:%02d ", from/60, from%60, until/60, until%60)
		from = until + 1 + r.IntN(120)
	}
	return text[:len(text)-1], minutes
}

// drawn is a random calendar around a day, as it is given and as it is walked.
func drawn(t *testing.T, r *rand.Rand, around time.Time) (agencies.Calendar, walked) {
	t.Helper()
	var week agencies.Week
	w := walked{dates: map[string][1440]bool{}}
	usual, minutes := shift(r)
	open := 0
	for _, day := range []time.Weekday{1, 2, 3, 4, 5, 6, 0} {
		text, worked := usual, minutes
		switch {
		case day == time.Monday || day < time.Saturday && day > 0 && r.IntN(8) > 0: // most agencies; Monday so that there is a usual day
		case r.IntN(3) == 0:
			text, worked = shift(r)
		default:
			continue
		}
		open++
		periods, err := agencies.ParsePeriods(text)
		if err != nil {
			t.Fatal(text, err)
		}
		week[day], w.week[day] = periods, worked
	}
	var days []agencies.Holiday
	for range r.IntN(40) {
		on := around.AddDate(0, 0, r.IntN(90)-15)
		key := on.Format(time.DateOnly)
		if _, taken := w.dates[key]; taken {
			continue
		}
		h := agencies.Holiday{On: on, Name: "วัน"}
		switch r.IntN(6) {
		case 0:
			h.Kind = agencies.HalfDay
			h.Hours, minutes = shift(r)
			w.dates[key] = minutes
		case 1: // with the hours of its weekday, or of Monday
			h.Kind = agencies.WorkingDay
			m := w.week[on.Weekday()]
			if len(week[on.Weekday()]) == 0 {
				m = w.week[time.Monday]
			}
			w.dates[key] = m
		case 2: // counts for nothing
			h.Kind, h.Unconfirmed = agencies.PublicHoliday, true
		case 3:
			h.Kind = agencies.Closure
			w.dates[key] = [1440]bool{}
		default:
			h.Kind = agencies.PublicHoliday
			w.dates[key] = [1440]bool{}
		}
		days = append(days, h)
	}
	r.Shuffle(len(days), func(i, j int) { days[i], days[j] = days[j], days[i] })
	return agencies.NewCalendar(week, days), w
}

// EGA-10.2, LOC-5: 100,000 random calendars (several periods, half days, closures, worked Saturdays, 29 February, ends of
// years) give what walking minute by minute and day by day gives.
func TestCalendarsAreAsWalked(t *testing.T) {
	t.Parallel()
	calendars := 100_000
	if testing.Short() {
		calendars = 2_000
	}
	r := rand.New(rand.NewPCG(28, 10))
	anchors := []time.Time{at(t, "2024-02-20 00:00:00"), at(t, "2026-12-20 00:00:00"), at(t, "2027-02-20 00:00:00"), at(t, "2020-12-01 00:00:00"), at(t, "2100-02-20 00:00:00")}
	for n := range calendars {
		around := anchors[r.IntN(len(anchors))].AddDate(0, 0, r.IntN(20))
		c, w := drawn(t, r, around)
		entered := around.Add(time.Duration(r.IntN(14*86400)) * time.Second).In(thai.Bangkok())
		if got, want := c.DeemedReceived(entered.UTC()), w.received(entered); !got.Equal(want) {
			t.Fatalf("calendar %d: entered %s: received %s, walked %s", n, entered, got, want)
		}
		days := r.IntN(30)
		if got, want := c.AddWorkingDays(entered.UTC(), days), w.day(entered, days, false); !got.Equal(want) {
			t.Fatalf("calendar %d: %d working days from %s: %s, walked %s", n, days, entered, got, want)
		}
		if got, want := c.AddCalendarDays(entered.UTC(), days), w.day(entered, days, true); !got.Equal(want) {
			t.Fatalf("calendar %d: %d days from %s: %s, walked %s", n, days, entered, got, want)
		}
	}
}
