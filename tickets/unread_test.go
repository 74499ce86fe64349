package tickets_test

import (
	"testing"
	"time"

	"saphan/agencies"
	"saphan/internal/thai"
	"saphan/tickets"
)

// MTH-2.1: a queue in which something unread waits is opened by 11:00 and by 15:00 of a working day, or the head is told, once
// each; whoever opens it takes the alert away.
func TestHeadIsToldOfQueuesThatNobodyOpens(t *testing.T) {
	t.Parallel()
	o := open(t)
	at := func(day int, clock string) time.Time {
		hour, err := time.Parse("15:04", clock)
		must(t, err)
		return time.Date(2026, time.November, day, hour.Hour(), hour.Minute(), 0, 0, thai.Bangkok())
	}
	alerts := func() (all []tickets.UnreadAlert) {
		t.Helper()
		for range 2 {
			must(t, o.desk.AlertUnread(t.Context(), o.tx, o.agency.ID))
		}
		all, err := tickets.UnreadAlerts(t.Context(), o.tx, o.agency.ID)
		must(t, err)
		return all
	}
	look := func(queue agencies.QueueID) { must(t, tickets.Look(t.Context(), o.tx, o.agency.ID, queue, o.now)) }
	_, err := agencies.AddHoliday(t.Context(), o.tx, o.agency.ID, at(25, "00:00"), "วันหยุดตัวอย่าง", "ประกาศตัวอย่าง")
	must(t, err)
	for _, c := range []struct {
		now  string
		day  int
		do   func()
		want int
		why  string
	}{
		{"10:00", 23, func() { o.ticket(t, "lamp") }, 0, "before the first hour"},
		{"11:00", 23, nil, 1, "nobody opened it by eleven"},
		{"11:20", 23, func() { look(o.queues["permits"]) }, 1, "another queue was opened"},
		{"11:30", 23, func() { look(o.queues["works"]) }, 0, "it was opened"},
		{"15:00", 23, nil, 0, "it was opened since eleven"},
		{"11:00", 24, nil, 1, "the next day it was not"},
		{"15:05", 24, nil, 1, "nor by three"},
		{"16:00", 24, func() { look(0) }, 0, "somebody opened the list of all"},
		{"11:00", 25, nil, 0, "a holiday"},
		{"10:30", 26, nil, 0, "not yet eleven"},
		{"12:00", 26, func() {
			_, err := o.tx.Exec(t.Context(), `UPDATE tickets SET unread = false`)
			must(t, err)
		}, 0, "nothing unread"},
	} {
		o.now = at(c.day, c.now)
		if c.do != nil {
			c.do()
		}
		if got := alerts(); len(got) != c.want || c.want > 0 && (got[0].QueueID != o.queues["works"] || got[0].Unread != 1) {
			t.Errorf("%d November %s, %s: %+v", c.day, c.now, c.why, got)
		}
	}
	if n := count(t, o.tx, `SELECT count(*) FROM unread_alerts`); n != 3 {
		t.Errorf("the head was told %d times, want 3", n)
	}
	if noted, err := tickets.Looked(t.Context(), o.tx, o.agency.ID, 0, at(24, "16:05")); err != nil || !noted {
		t.Errorf("noted a moment ago: %v, %v", noted, err)
	}
}
