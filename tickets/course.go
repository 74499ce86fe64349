package tickets

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/tickets/clock"
)

// Course is what a case brings along of its time when another agency takes it or gives it back: the clock is one, whoever
// holds the case. It stands in the history of the case that goes on, so that this one needs no other to be counted.
type Course struct {
	Since      time.Time         `json:"since"` // the agency has the case
	Holders    []Holding         `json:"holders"`
	Stops      []CourseStop      `json:"stops,omitempty"`
	Extensions []CourseExtension `json:"extensions,omitempty"`
	CheckedAt  *time.Time        `json:"checked_at,omitempty"`
	Floor      *time.Time        `json:"floor,omitempty"` // until when the citizen was told at the latest: it ends no earlier
	Warned     map[int]time.Time `json:"warned,omitempty"`
	Missed     []forms.ClockKey  `json:"missed,omitempty"`
	Letters    []time.Time       `json:"letters,omitempty"`
	Sent       []int             `json:"sent,omitempty"`
	Unsent     []int             `json:"unsent,omitempty"`
}

// CourseStop is a time in which the clock stood still; without an end it still does.
type CourseStop struct {
	From  time.Time  `json:"from"`
	Until *time.Time `json:"until,omitempty"`
	Why   string     `json:"why"` // why the law lets it stand still: words of the program
}

// CourseExtension is a prolongation that was announced.
type CourseExtension struct {
	At   time.Time `json:"at"`
	Days int       `json:"days"`
}

// Holding is the time for which an agency had a case.
type Holding struct {
	Agency agencies.AgencyID `json:"agency"`
	From   time.Time         `json:"from"`
	Until  time.Time         `json:"-"` // of the last: until the case was decided or passed on, or now
	Took   time.Duration     `json:"-"` // of it, without what the law lets the clock stand still
}

// course is what a case has behind it, for the agency that has it since a moment.
func (r record) course(since time.Time) *Course {
	s := r.story()
	c := &Course{Since: since.UTC(), Holders: s.holders, Warned: s.warned, Letters: s.letters}
	for _, stop := range s.stops {
		c.Stops = append(c.Stops, CourseStop{From: stop.From.UTC(), Until: utcOrNull(stop.Until), Why: stop.Why})
	}
	for _, e := range s.extensions {
		c.Extensions = append(c.Extensions, CourseExtension{At: e.At.UTC(), Days: e.Days})
	}
	c.CheckedAt, c.Floor = utcOrNull(s.checkedAt), utcOrNull(later(s.floor, r.DueAt))
	for key := range s.missed {
		c.Missed = append(c.Missed, key)
	}
	for n := range len(s.letters) {
		if s.sent[n+1] {
			c.Sent = append(c.Sent, n+1)
		}
		if s.unsent[n+1] {
			c.Unsent = append(c.Unsent, n+1)
		}
	}
	return c
}

// begin lets a story go on from where a course ended; without one it begins when the request was received.
func (s *story) begin(t Ticket, c *Course) {
	if c == nil {
		s.holders = append(s.holders, Holding{Agency: t.AgencyID, From: t.DeemedReceivedAt.UTC()})
		return
	}
	s.stops, s.extensions, s.missed, s.sent, s.unsent = nil, nil, map[forms.ClockKey]bool{}, map[int]bool{}, map[int]bool{}
	for _, stop := range c.Stops {
		s.stops = append(s.stops, clock.Stop{From: stop.From, Until: timeOf(stop.Until), Why: stop.Why})
	}
	for _, e := range c.Extensions {
		s.extensions = append(s.extensions, clock.Extension{At: e.At, Days: e.Days})
	}
	s.checkedAt, s.floor, s.offAt, s.decidedAt, s.toldAt = timeOf(c.CheckedAt), timeOf(c.Floor), time.Time{}, time.Time{}, time.Time{}
	s.warned, s.letters = map[int]time.Time{}, c.Letters
	for part, at := range c.Warned {
		s.warned[part] = at
	}
	for _, key := range c.Missed {
		s.missed[key] = true
	}
	for _, n := range c.Sent {
		s.sent[n] = true
	}
	for _, n := range c.Unsent {
		s.unsent[n] = true
	}
	s.holders = append(append([]Holding{}, c.Holders...), Holding{Agency: t.AgencyID, From: c.Since})
}

// Holdings lists who had a case and for how long, the first agency first. Together they took the time since it was received
// without that in which the law lets the clock stand still (SEED-36).
func (d *Desk) Holdings(ctx context.Context, tx pgx.Tx, id TicketID) ([]Holding, error) {
	t, err := Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	return r.holdings(d.now()), nil
}

func (r record) holdings(now time.Time) []Holding {
	s := r.story()
	all := append([]Holding{}, s.holders...)
	for i := range all {
		switch h := &all[i]; {
		case i+1 < len(all):
			h.Until = all[i+1].From
		case !s.offAt.IsZero():
			h.Until = s.offAt
		case !s.decidedAt.IsZero():
			h.Until = s.decidedAt
		default:
			h.Until = now
		}
		all[i].Took = all[i].Until.Sub(all[i].From)
		if c, _ := r.form.Clock(forms.Decide, r.answers); c.RunsOn {
			continue
		}
		for _, stop := range s.stops {
			all[i].Took -= overlap(all[i], stop)
		}
	}
	return all
}

// overlap is how much of the time of a holder a stop takes.
func overlap(h Holding, s clock.Stop) time.Duration {
	from, until := later(h.From, s.From), h.Until
	if !s.Until.IsZero() && s.Until.Before(until) {
		until = s.Until
	}
	return max(0, until.Sub(from))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func utcOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
