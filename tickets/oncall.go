package tickets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/tickets/oncall"
)

// OnCall is who is called when something cannot wait, as it was decided at one time. It is never changed; the newest counts, and
// each call says by which it was made.
type OnCall struct {
	N         int                `db:"n"` // of the agency, from 1 on; 0: nobody wrote any, and the head is called
	Shifts    oncall.Week        `db:"shifts"`
	OfficerID agencies.OfficerID `db:"officer_id"`
	Why       string             `db:"why"`
	At        time.Time          `db:"at"`
}

// OnCallInForce returns the newest table of an agency.
func OnCallInForce(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (OnCall, error) {
	all, err := OnCallTables(ctx, tx, agency, 1)
	if err != nil || len(all) == 0 {
		return OnCall{}, err
	}
	return all[0], nil
}

// OnCallTables returns the tables of an agency, the newest first and at most limit.
func OnCallTables(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, limit int) ([]OnCall, error) {
	rows, err := tx.Query(ctx, `SELECT n, shifts, officer_id, why, at FROM on_call_tables WHERE agency_id = $1 ORDER BY n DESC LIMIT $2`, agency, limit)
	if err != nil {
		return nil, fmt.Errorf("who is on call in agency %d: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[OnCall])
	if err != nil {
		return nil, fmt.Errorf("who is on call in agency %d: %w", agency, err)
	}
	return all, nil
}

// DecideOnCall makes a table count from now on, also for cases about which somebody is being called: for what was not done yet.
// Base is the table that whoever wrote it had seen: who did not see the newest changes nothing.
func (d *Desk) DecideOnCall(ctx context.Context, tx pgx.Tx, by Actor, agency agencies.AgencyID, base int, shifts oncall.Week, why string) (int, error) {
	officer, ok := by.officer()
	if !ok {
		return 0, fault.New(fault.Forbidden, "เฉพาะหัวหน้างานเท่านั้นที่กำหนดตารางเวรได้")
	}
	if why = strings.TrimSpace(why); why == "" {
		return 0, fault.New(fault.Invalid, "ยังไม่ได้เขียนเหตุผลของการเปลี่ยนตารางเวร เหตุผลนี้อยู่ในประวัติให้ผู้อื่นเข้าใจ")
	}
	if _, err := tx.Exec(ctx, `SELECT FROM agencies WHERE id = $1 FOR NO KEY UPDATE`, agency); err != nil { // one at a time
		return 0, fmt.Errorf("lock agency %d: %w", agency, err)
	}
	now, err := OnCallInForce(ctx, tx, agency)
	switch {
	case err != nil:
		return 0, err
	case now.N != base:
		return 0, fault.New(fault.Conflict, "มีผู้เปลี่ยนตารางเวรไประหว่างนี้ กรุณาเปิดตารางล่าสุดแล้วแก้ใหม่")
	}
	standby, err := agencies.LoadStandby(ctx, tx, agency, d.now())
	if err != nil {
		return 0, err
	}
	queues, err := agencies.Queues(ctx, tx, agency)
	if err != nil {
		return 0, err
	}
	house := oncall.House{Officers: standby.Officers()}
	for _, q := range queues {
		house.Queues = append(house.Queues, q.Key)
	}
	if wrong := shifts.Check(house); len(wrong) > 0 {
		return 0, fault.Newf(fault.Invalid, "{wrong}", "wrong", strings.Join(wrong, "\n"))
	}
	if shifts == nil {
		shifts = oncall.Week{}
	}
	_, err = tx.Exec(ctx, `INSERT INTO on_call_tables (agency_id, n, shifts, officer_id, why, at) VALUES ($1, $2, $3, $4, $5, $6)`, agency, base+1, shifts, officer, why, d.now())
	if err != nil {
		return 0, fmt.Errorf("keep who is on call: %w", err)
	}
	return base + 1, nil
}

// StandingBy is who is called in a queue at a moment, in order.
type StandingBy struct {
	Officer agencies.OfficerID
	For     agencies.OfficerID // in whose place; 0: they stand in the table themselves
	Minutes int
	Phone   bool // a telephone is known
}

// roster is all that says who is called.
type roster struct {
	table    OnCall
	standby  agencies.Standby
	calendar agencies.Calendar
	queue    string // key
}

// OnCallNow returns who is called in a queue now (its key; "": in one without shifts of its own), and then as the head.
func (d *Desk) OnCallNow(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, queue string) (chain []StandingBy, heads []StandingBy, err error) {
	calendar, err := agencies.LoadCalendar(ctx, tx, agency)
	if err != nil {
		return nil, nil, err
	}
	r, err := d.roster(ctx, tx, agency, calendar)
	if err != nil {
		return nil, nil, err
	}
	r.queue = queue
	for _, id := range r.standby.Heads(d.now()) {
		heads = append(heads, StandingBy{Officer: id, Phone: r.standby.Reached(id)})
	}
	return r.standing(d.now()), heads, nil
}

func (d *Desk) roster(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, calendar agencies.Calendar) (r roster, err error) {
	r.calendar = calendar
	if r.table, err = OnCallInForce(ctx, tx, agency); err != nil {
		return r, err
	}
	r.standby, err = agencies.LoadStandby(ctx, tx, agency, d.now())
	return r, err
}

// standing is who is called at a moment, with who stands in for those who are away, each once.
func (r roster) standing(at time.Time) (all []StandingBy) {
	holiday := func(day time.Time) bool { _, off := r.calendar.Holiday(day); return off }
	had := map[agencies.OfficerID]bool{}
	for _, t := range r.table.Shifts.At(r.queue, at, holiday) {
		id, ok := r.standby.For(t.Officer, at)
		if !ok || had[id] {
			continue
		}
		had[id] = true
		one := StandingBy{Officer: id, Minutes: t.Minutes, Phone: r.standby.Reached(id)}
		if id != t.Officer {
			one.For = t.Officer
		}
		all = append(all, one)
	}
	return all
}

// turns are the same for the chain.
func (r roster) turns(at time.Time) (all []oncall.Turn) {
	for _, s := range r.standing(at) {
		all = append(all, oncall.Turn{Officer: s.Officer, Minutes: s.Minutes})
	}
	return all
}

// rings says whether an event of an urgent case can begin or end the calling of officers, or is a call.
func (k EventKind) rings() bool {
	switch k {
	case EventReleased, EventCovered, EventCalled:
		return true
	default:
		return false
	}
}

// alarm is what the history says of a case that cannot wait and that nobody has; false: it can, or somebody has it, also who was
// given it by their queue before it became urgent, and who stands in for an officer.
func (r record) alarm() (a oncall.Alarm, rings bool) {
	if !r.Urgent || r.Status.Rests() {
		return a, false
	}
	held := false
	for _, e := range r.events {
		switch d := detailOf(e); e.Kind {
		case EventUrgent:
			a = oncall.Alarm{Since: e.At}
		case EventTaken, EventCovered:
			held = true
		case EventReleased, EventMoved, EventUnmerged: // it begins anew, with whoever is on call then
			a, held = oncall.Alarm{Since: e.At}, false
		case EventCameBack, EventReopened:
			a = oncall.Alarm{Since: e.At}
		case EventCalled:
			a.Calls = append(a.Calls, oncall.Call{At: e.At, Officer: d.Officer, Minutes: d.Minutes, Head: d.Head})
		default:
		}
	}
	return a, !held && !a.Since.IsZero()
}

// nextCall is when somebody is to be called next. It counts real time: what cannot wait does not wait for office hours.
func (r record) nextCall() time.Time {
	a, rings := r.alarm()
	if !rings {
		return time.Time{}
	}
	return a.Next(r.opens)
}

// NextCall is when somebody is to be called next about a case; zero: nobody is.
func (d *Desk) NextCall(ctx context.Context, tx pgx.Tx, t Ticket) (time.Time, error) {
	if !t.Urgent {
		return time.Time{}, nil
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return time.Time{}, err
	}
	return r.nextCall(), nil
}

// Alarms returns the cases of an agency that cannot wait and that nobody has taken, by remaining time and at most limit.
func Alarms(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, limit int) ([]Ticket, error) {
	rows, err := tx.Query(ctx, `SELECT `+ticketColumns+` FROM tickets WHERE agency_id = $1 AND closed_at IS NULL AND urgent AND officer_id IS NULL AND status <> 'merged'
		ORDER BY due_at, id LIMIT $2`, agency, limit)
	if err != nil {
		return nil, fmt.Errorf("what cannot wait in agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
}

// opens is when work begins next after a moment.
func (r record) opens(after time.Time) time.Time {
	for day := r.calendar.NextWorking(after); ; day = r.calendar.NextWorking(day.AddDate(0, 0, 1)) {
		if at := r.calendar.Opens(day); at.After(after) {
			return at
		}
	}
}

// OnCallArgs asks for the next step of the chain to be done when it falls due, to the minute; what falls due is looked for once a
// minute as well, so that nothing depends on this job.
type OnCallArgs struct {
	TicketID TicketID  `json:"ticket_id"`
	At       time.Time `json:"at"`
}

// Kind names the job.
func (OnCallArgs) Kind() string { return "on_call" }
