package tickets

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/tickets/clock"
)

// What the system notes of the time of a case.
const (
	EventWarned EventKind = "warned" // so much of the time to decide is used up (LFA-10.3)
	EventMissed EventKind = "missed" // the time to check, or to tell, is over
)

// nextWarning is when the next part of the time to decide is used up at which officers are warned.
func (r record) nextWarning() time.Time {
	at, _ := r.warning()
	return at
}

// warning finds that part, in hundredths. Of several that end at one moment only the last is said; and only the end itself
// again, when it was moved on.
func (r record) warning() (at time.Time, percent int) {
	s := r.story()
	c := r.deciding()
	if !c.Open() {
		return time.Time{}, 0
	}
	parts := r.law.WarnAt
	for i, part := range parts {
		at := c.Reaches(part)
		switch last, before := s.warned[part]; {
		case at.IsZero():
			return time.Time{}, 0
		case i+1 < len(parts) && at.Equal(c.Reaches(parts[i+1])):
		case !before, part == parts[len(parts)-1] && at.After(last):
			return at, part
		}
	}
	return time.Time{}, 0
}

func (d *Desk) warn(ctx context.Context, tx pgx.Tx, r record) error {
	_, percent := r.warning()
	return d.happened(ctx, tx, r.Ticket, System(), EventWarned, Detail{Percent: percent})
}

// nextMissed is when the time for a duty other than to decide is over.
func (r record) nextMissed() time.Time {
	at, _ := r.missed()
	return at
}

// missed finds that duty.
func (r record) missed() (at time.Time, key forms.ClockKey) {
	s := r.story()
	for _, c := range r.clocks() {
		if c.Key == forms.Decide || c.State != clock.Running || s.missed[c.Key] {
			continue
		}
		if at.IsZero() || c.DueAt.Before(at) {
			at, key = c.DueAt, c.Key
		}
	}
	return at, key
}

func (d *Desk) miss(ctx context.Context, tx pgx.Tx, r record) error {
	_, key := r.missed()
	return d.happened(ctx, tx, r.Ticket, System(), EventMissed, Detail{Clock: string(key)})
}
