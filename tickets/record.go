package tickets

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/tickets/clock"
)

// record is a case with all that its clocks are counted from: the service as the case keeps it, the answers that conditions
// speak of, the agency's calendar and the history.
type record struct {
	Ticket
	form     *forms.Form
	answers  []forms.Answer
	calendar agencies.Calendar
	law      clock.Statute // that the case keeps (LFA-12.2)
	events   []Event
	facts    *facts   // what rules look at; nil: the service has none
	kept     *reading // nil: nothing is kept
}

// reading keeps what was made of a history, which every duty asks for.
type reading struct {
	story *story
	clock *clock.Clock // to decide
}

// record reads a case. The caller has locked it, or only looks.
func (d *Desk) record(ctx context.Context, tx pgx.Tx, t Ticket) (r record, err error) {
	r.Ticket, r.kept, r.law = t, &reading{}, clock.StatuteOn(t.DeemedReceivedAt)
	if r.form, err = d.Form(ctx, tx, t); err != nil {
		return r, err
	}
	if r.calendar, err = agencies.LoadCalendar(ctx, tx, t.AgencyID); err != nil {
		return r, err
	}
	// An officer waits for this: the answers and what the story needs of the history come in one round trip.
	both := &pgx.Batch{}
	both.Queue(`SELECT answers FROM requests WHERE id = $1`, t.RequestID).QueryRow(func(row pgx.Row) error { return row.Scan(&r.answers) })
	both.Queue(`SELECT at, kind, detail FROM ticket_events WHERE ticket_id = $1 ORDER BY seq`, t.ID).Query(func(rows pgx.Rows) error {
		r.events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Event, err error) {
			return e, row.Scan(&e.At, &e.Kind, &e.Detail)
		})
		return err
	})
	if err := tx.SendBatch(ctx, both).Close(); err != nil {
		return r, fmt.Errorf("read the record of ticket %d: %w", t.ID, err)
	}
	if t.Ruled {
		r.facts, err = d.look(ctx, tx, r)
	}
	return r, err
}

// detailOf reads what an event says; of another release's event that cannot be read, nothing.
func detailOf(e Event) (d Detail) {
	if json.Unmarshal(e.Detail, &d) != nil {
		return Detail{}
	}
	return d
}

// story is what a history says about clocks.
type story struct {
	stops      []clock.Stop
	extensions []clock.Extension
	// extensionsOff is how many there were before the case was to be decided anew.
	extensionsOff int
	checkedAt     time.Time // somebody saw whether everything is there
	decidedAt     time.Time // zero: not yet, or not any more
	changedAt     time.Time // the decision was, after it was told
	anewAt        time.Time // it was not right, and the case is decided anew
	toldAt        time.Time // the citizen was told of the decision
	saidAt        time.Time // somebody confirmed it, or the time to say otherwise was over
	offAt         time.Time // withdrawn, returned, or passed on
	floor         time.Time // LOC-4.1

	lastAsked, suppliedAt time.Time // when documents were asked for last, or came
	unanswered            bool      // the citizen wrote since filing, and nobody answered
	answeredAt            time.Time
	takenBack             bool                               // a decision was, or was not right
	before                struct{ toldAt, saidAt time.Time } // of the decision that was changed

	warned       map[int]time.Time       // at which part of the time, in hundredths: when last
	missed       map[forms.ClockKey]bool // which other time was over
	letters      []time.Time             // on a delay: when each was due
	lettersOff   int                     // how many of them were due before the case was to be decided anew
	sent, unsent map[int]bool            // which of them went out, or were brought before the head

	awaited []awaited // opinions of other agencies

	holders []Holding // who had the case, the first one first; of the last it is open until when
}

// Why a clock stands still, as its working says it.
const (
	WhyAsked    = "รอเอกสารจากประชาชน"
	WhyAnswered = "แจ้งผลแล้ว ก่อนประชาชนขอให้ดำเนินการต่อ"
)

// story is what the history says about clocks, read once of one record.
func (r record) story() story {
	if r.kept == nil {
		return r.tell()
	}
	if r.kept.story == nil {
		s := r.tell()
		r.kept.story = &s
	}
	return *r.kept.story
}

// tell reads a history from its beginning.
func (r record) tell() (s story) {
	s.warned, s.missed, s.sent, s.unsent = map[int]time.Time{}, map[forms.ClockKey]bool{}, map[int]bool{}, map[int]bool{}
	for _, e := range r.events {
		switch d := detailOf(e); e.Kind {
		case EventCreated, EventCameBack:
			s.begin(r.Ticket, d.Course)
		case EventAsked:
			s.lastAsked = e.At
			s.checked(e.At)
			s.stop(e.At, WhyAsked)
		case EventUnreadable:
			s.lastAsked = e.At
			s.stop(e.At, WhyAsked)
		case EventLengthened:
			s.lastAsked = e.At
		case EventReceived:
			s.unanswered = true
		case EventReplied:
			s.unanswered, s.answeredAt = false, e.At
		case EventSupplied:
			s.suppliedAt = e.At
			if d.Documents == 0 {
				s.goOn(e.At)
			}
		case EventComplete:
			s.checked(e.At)
		case EventTaken, EventMoved:
			// Nothing to look for: who takes or passes it on has sorted it. A queue that shares has looked at nothing.
			if d.Shared == "" && !slices.ContainsFunc(r.form.Fields, func(f forms.Field) bool { return f.Kind == forms.DocumentField }) {
				s.checked(e.At)
			}
		case EventExtended:
			s.extensions = append(s.extensions, clock.Extension{At: e.At, Days: d.Days})
		case EventDecided:
			s.checked(e.At)
			s.goOn(e.At)
			s.decidedAt, s.changedAt, s.toldAt, s.saidAt = e.At, time.Time{}, time.Time{}, time.Time{}
		case EventChanged:
			s.before.toldAt, s.before.saidAt = s.toldAt, s.saidAt
			s.changedAt, s.toldAt, s.saidAt = e.At, time.Time{}, time.Time{}
		case EventTakenBack:
			s.takenBack = true
			if d.Change != "" { // the one before stands again, of which the citizen was told
				s.changedAt, s.toldAt, s.saidAt = time.Time{}, s.before.toldAt, s.before.saidAt
				break
			}
			s.decidedAt, s.toldAt = time.Time{}, time.Time{}
		case EventAppealDecided, EventReconsidered:
			if d.Result != 0 {
				s.again(e.At)
			}
		case EventReopened: // the time goes on where it stood when it was closed
			s.stops = append(s.stops, clock.Stop{From: s.decidedAt, Until: e.At, Why: WhyAnswered})
			s.decidedAt, s.toldAt, s.saidAt = time.Time{}, time.Time{}, time.Time{}
		case EventConfirmed, EventUnconfirmed:
			if s.saidAt.IsZero() {
				s.saidAt = e.At
			}
		case EventTold:
			s.toldAt = e.At
		case EventWithdrawn, EventReturned, EventReferred:
			s.goOn(e.At)
			s.offAt = e.At
		case EventTransferred, EventBounced: // what stands still goes on standing still at the next agency
			s.offAt = e.At
		case EventWarned:
			s.warned[d.Percent] = e.At
		case EventMissed:
			s.missed[forms.ClockKey(d.Clock)] = true
		case EventLate:
			s.letters = append(s.letters, timeOf(d.DueAt))
		case EventLateSent:
			s.sent[d.Letter] = true
		case EventLateUnsent:
			s.unsent[d.Letter] = true
		case EventRecounted:
			s.floor = timeOf(d.DueAt)
		case EventConsulted, EventConsultNear, EventConsultOver, EventConsultAnswered, EventConsultDeclined, EventConsultEnded:
			s.consulting(e, d)
		default:
		}
	}
	return s
}

// again lets the time to decide run anew: the decision was not right.
func (s *story) again(at time.Time) {
	s.anewAt, s.takenBack = at, true
	s.decidedAt, s.changedAt, s.toldAt, s.saidAt, s.floor = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	s.extensionsOff += len(s.extensions)
	s.stops, s.extensions, s.warned, s.lettersOff = nil, nil, map[int]time.Time{}, len(s.letters)
	delete(s.missed, clock.Tell)
}

func (s *story) checked(at time.Time) {
	if s.checkedAt.IsZero() {
		s.checkedAt = at
	}
}

// stop begins a stop, unless the clock stands still already.
func (s *story) stop(at time.Time, why string) {
	if n := len(s.stops); n == 0 || !s.stops[n-1].Until.IsZero() {
		s.stops = append(s.stops, clock.Stop{From: at, Why: why})
	}
}

// goOn ends the stop that stands, if one does.
func (s *story) goOn(at time.Time) {
	if n := len(s.stops); n > 0 && s.stops[n-1].Until.IsZero() {
		s.stops[n-1].Until = at
	}
}

// timeOf is a time that may be missing.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
