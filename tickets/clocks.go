package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets/clock"
)

// What happens to the clocks of a case.
const (
	EventComplete  EventKind = "complete"  // an officer saw that everything needed is there (LFA-8.1)
	EventExtended  EventKind = "extended"  // the time to decide was prolonged, and the citizen told
	EventTold      EventKind = "told"      // the decision went to the citizen
	EventRecounted EventKind = "recounted" // the calendar changed, and with it the time to decide (LOC-4.1)
)

// Clocks returns the clocks of a case with the working of each, in the order of its life: to check, to decide, to tell.
func (d *Desk) Clocks(ctx context.Context, tx pgx.Tx, id TicketID) ([]clock.Clock, error) {
	t, err := Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	all := r.clocks()
	if len(r.story().extensions) == 0 {
		return all, nil
	}
	return all, because(ctx, tx, id, all, r.story().extensionsOff)
}

// because adds to the working of clocks why they were prolonged, which histories do not keep (they hold no words). The first off
// prolongations were of a time that is over.
func because(ctx context.Context, tx pgx.Tx, id TicketID, all []clock.Clock, off int) error {
	why, err := Extensions(ctx, tx, id)
	if err != nil {
		return err
	}
	why = why[min(off, len(why)):]
	for _, c := range all {
		for i, n := 0, 0; i < len(c.Steps) && n < len(why); i++ {
			if c.Steps[i].Kind == clock.Prolonged {
				c.Steps[i].Why = why[n].Reason
				n++
			}
		}
	}
	return nil
}

// clocks counts every clock of a case.
func (r record) clocks() []clock.Clock {
	s := r.story()
	var all []clock.Clock
	if c, ok := r.form.Clock(forms.CheckAll, r.answers); ok {
		all = append(all, clock.Run(clock.RuleOf(c), clock.Course{From: r.DeemedReceivedAt, DoneAt: s.checkedAt, OffAt: s.offAt}, r.calendar))
	}
	all = append(all, r.deciding())
	if !s.decidedAt.IsZero() {
		rule := r.law.Tell
		all = append(all, clock.Run(rule, clock.Course{From: later(s.decidedAt, s.changedAt), DoneAt: s.toldAt}, r.calendar))
	}
	return all
}

// deciding is the time to decide, counted once of one record.
func (r record) deciding() clock.Clock {
	if r.kept == nil {
		return r.decide(r.tell())
	}
	if r.kept.clock == nil {
		c := r.decide(r.story())
		r.kept.clock = &c
	}
	return *r.kept.clock
}

// decide counts the time to decide.
func (r record) decide(s story) clock.Clock {
	c, _ := r.form.Clock(forms.Decide, r.answers)
	course := clock.Course{From: later(r.DeemedReceivedAt, s.anewAt), Extensions: s.extensions, DoneAt: s.decidedAt, OffAt: s.offAt, Floor: s.floor}
	if !c.RunsOn {
		course.Stops = s.stops
	}
	return clock.Run(clock.RuleOf(c), course, r.calendar)
}

// moves says whether an event can change a clock or a duty.
func (k EventKind) moves() bool {
	switch k {
	case EventAsked, EventSupplied, EventSpoiled, EventComplete, EventTaken, EventMoved, EventExtended, EventUnreadable, EventLengthened, EventReturned, EventDecided, EventChanged, EventReconsidered, EventAppealDecided, EventTakenBack, EventTold, EventWithdrawn, EventRecounted, EventLateSent,
		EventTransferred, EventTakenOver, EventBounced, EventCameBack, EventReferred, EventReopened, EventConfirmed, EventUnconfirmed, EventMerged, EventUnmerged, EventUrgent, EventNotUrgent,
		EventConsulted, EventConsultAnswered, EventConsultDeclined, EventConsultEnded:
		return true
	default:
		return false
	}
}

// stirs says whether an event can change what rules do in a case that has some.
func (k EventKind) stirs() bool {
	switch k {
	case EventCreated, EventReceived, EventReplied, EventIdentified, EventIdentityEnded, EventHalted, EventResumed, EventReminded, EventSpoiled, EventUnsent:
		return true
	default:
		return false
	}
}

// reckon counts the clocks of a case again after something happened to it, and keeps when it is due and when its next duty
// falls; and when it was changed, if that is what it is counted for. A case that waits for its citizen keeps the time it had.
func (d *Desk) reckon(ctx context.Context, tx pgx.Tx, t Ticket, changed *time.Time) error {
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	due, c, s := t.DueAt, r.deciding(), r.story()
	switch {
	case c.DueAt.IsZero():
	case c.DueAt.Before(due): // a holiday was taken back: what the citizen was told stays (LOC-4.1)
		return d.happened(ctx, tx, t, System(), EventRecounted, Detail{DueAt: &due})
	default:
		due = c.DueAt
	}
	_, err = tx.Exec(ctx, `UPDATE tickets SET due_at = $2, next_duty_at = $3, stopped = $4, used = $5, letter_due = $6, updated_at = coalesce($7, updated_at) WHERE id = $1`,
		t.ID, due, orNull(r.nextDuty()), c.State == clock.Stopped, r.used(d.now()), c.Open() && len(s.sent) < len(s.letters), changed)
	if err != nil {
		return fmt.Errorf("keep the clocks of ticket %d: %w", t.ID, err)
	}
	return d.wake(ctx, tx, r)
}

// used is the largest part of the time to decide, in hundredths, at which officers are warned and which is used up.
func (r record) used(now time.Time) (used int) {
	c := r.deciding()
	for _, part := range r.law.WarnAt {
		if at := c.Reaches(part); !at.IsZero() && !now.Before(at) {
			used = part
		}
	}
	return used
}

// orNull is a time for the database, which knows no zero.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Complete notes that an officer saw that everything needed is there. Saying so again changes nothing.
func (d *Desk) Complete(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่บันทึกความครบถ้วนได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	switch {
	case t.idle() != nil:
		return t.idle()
	case t.Status == Awaiting:
		return fault.New(fault.Conflict, "เรื่องนี้ยังรอเอกสารจากประชาชน จึงยังบันทึกว่าครบถ้วนไม่ได้")
	}
	r, err := d.record(ctx, tx, t)
	if err != nil || !r.story().checkedAt.IsZero() {
		return err
	}
	return d.happened(ctx, tx, t, by, EventComplete, Detail{})
}

// Recount counts the time to decide again after the calendar of its agency changed. It ends later where the law says so,
// never earlier (LOC-4.1); either is a line of the history.
func (d *Desk) Recount(ctx context.Context, tx pgx.Tx, id TicketID) error {
	t, err := lock(ctx, tx, id)
	if fault.Is(err, fault.NotFound) || err == nil && t.Status.Closed() {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	c := r.deciding()
	if c.DueAt.IsZero() || c.DueAt.Equal(t.DueAt) {
		return d.reckon(ctx, tx, t, nil) // another time than that to decide may have moved
	}
	due := c.DueAt
	if due.Before(t.DueAt) {
		due = t.DueAt
	}
	due = due.UTC()
	return d.happened(ctx, tx, t, System(), EventRecounted, Detail{DueAt: &due})
}

// Told notes that the decision of a case went to its citizen (LFA-10.1). Again it changes nothing.
func (d *Desk) Told(ctx context.Context, tx pgx.Tx, id TicketID) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	if s := r.story(); s.decidedAt.IsZero() || !s.toldAt.IsZero() {
		return nil
	}
	if err := d.happened(ctx, tx, t, System(), EventTold, Detail{}); err != nil {
		return err
	}
	dec, err := FindDecision(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	if err := d.keepLetter(ctx, tx, LetterID{t.ID, DecisionLetter, int64(dec.N)}); err != nil {
		return err
	}
	return d.judged(ctx, tx, t, dec)
}
