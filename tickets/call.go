package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/tickets/oncall"
)

// That an officer was called in the inbox about a case that cannot wait, and that a text message went to their telephone as well.
const (
	EventCalled EventKind = "called"
	EventTexted EventKind = "texted"
)

// CallID identifies a call.
type CallID int64

// CallArgs asks for a call to go out as a text message.
type CallArgs struct {
	CallID CallID `json:"call_id"`
}

// Kind names the job.
func (CallArgs) Kind() string { return "call" }

// InsertOpts gives up soon: by then the next one is called.
func (CallArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 6, Priority: 1} }

// wake has the next step of the chain done when it falls due.
func (d *Desk) wake(ctx context.Context, tx pgx.Tx, r record) error {
	at := r.nextCall()
	if at.IsZero() {
		return nil
	}
	_, err := d.jobs.InsertTx(ctx, tx, OnCallArgs{TicketID: r.ID, At: at.UTC()}, &river.InsertOpts{ScheduledAt: at, Priority: 1, UniqueOpts: river.UniqueOpts{ByArgs: true}})
	if err != nil {
		return fmt.Errorf("enqueue the next call about ticket %d: %w", r.ID, err)
	}
	return nil
}

// call calls who counts now: the next one of the chain, or the head.
func (d *Desk) call(ctx context.Context, tx pgx.Tx, r record) error {
	a, rings := r.alarm()
	if !rings {
		return nil
	}
	who, err := d.roster(ctx, tx, r.AgencyID, r.calendar)
	if err != nil {
		return err
	}
	if err := tx.QueryRow(ctx, `SELECT key FROM queues WHERE id = $1`, r.QueueID).Scan(&who.queue); err != nil {
		return fmt.Errorf("queue of ticket %d: %w", r.ID, err)
	}
	step, due := a.Due(d.now(), who.turns, r.opens)
	if !due {
		return nil
	}
	if !step.Head() {
		return d.callOne(ctx, tx, r.Ticket, who, step)
	}
	heads := who.standby.Heads(d.now())
	if len(heads) == 0 { // nobody could be called: the line says so, and it is tried again
		return d.happened(ctx, tx, r.Ticket, System(), EventCalled, Detail{Head: true, Table: who.table.N})
	}
	for _, head := range heads {
		if err := d.callOne(ctx, tx, r.Ticket, who, oncall.Step{Officer: head}); err != nil {
			return err
		}
	}
	return nil
}

// callOne calls somebody in the inbox, with the job that sends a message to their telephone: whether one went out is known to that
// job alone, and a line of its own. Who has no minutes is called as the head.
func (d *Desk) callOne(ctx context.Context, tx pgx.Tx, t Ticket, who roster, s oncall.Step) error {
	said := Detail{Officer: s.Officer, Minutes: s.Minutes, Head: s.Minutes == 0, Table: who.table.N}
	for _, one := range who.standing(d.now()) {
		if one.Officer == s.Officer && !said.Head {
			said.Absent = one.For
		}
	}
	if err := d.happened(ctx, tx, t, System(), EventCalled, said); err != nil {
		return err
	}
	return d.ring(ctx, tx, t.AgencyID, t.ID, s.Officer)
}

// TryCall calls an officer to try it out, as if something could not wait.
func (d *Desk) TryCall(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, officer agencies.OfficerID) error {
	var recent bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM calls WHERE agency_id = $1 AND officer_id = $2 AND ticket_id IS NULL AND at > $3)`, agency, officer, d.now().Add(-tryAgain)).Scan(&recent); err != nil {
		return fmt.Errorf("calls of officer %d: %w", officer, err)
	}
	if recent {
		return fault.New(fault.Conflict, "เพิ่งทดลองเรียกไป กรุณารอหนึ่งนาทีแล้วลองใหม่")
	}
	return d.ring(ctx, tx, agency, 0, officer)
}

// tryAgain is how soon somebody can try it out again: each message costs money.
const tryAgain = time.Minute

// ring keeps a call, for the job that sends it.
func (d *Desk) ring(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, ticket TicketID, officer agencies.OfficerID) error {
	var id CallID
	err := tx.QueryRow(ctx, `INSERT INTO calls (agency_id, ticket_id, officer_id, at) VALUES ($1, nullif($2, 0), $3, $4) RETURNING id`, agency, ticket, officer, d.now()).Scan(&id)
	if err != nil {
		return fmt.Errorf("keep a call of officer %d: %w", officer, err)
	}
	if _, err := d.jobs.InsertTx(ctx, tx, CallArgs{CallID: id}, nil); err != nil {
		return fmt.Errorf("enqueue call %d: %w", id, err)
	}
	return nil
}

// Unsent says why a call did not go out as a text message.
type Unsent string

// The reasons.
const (
	UnsentTaken   Unsent = "taken"   // somebody took the case first, or it is not urgent any more
	UnsentPhone   Unsent = "phone"   // no telephone of theirs is known
	UnsentGateway Unsent = "gateway" // no gateway for text messages is configured
	UnsentRefused Unsent = "refused" // the gateway took it not
	UnsentLate    Unsent = "late"    // it could not be sent while it counted
)

// Thai is the reason as people read it.
func (u Unsent) Thai() string {
	switch u {
	case UnsentTaken:
		return "ไม่ส่ง SMS เพราะมีผู้รับเรื่องแล้ว"
	case UnsentPhone:
		return "ไม่ส่ง SMS เพราะไม่มีเบอร์"
	case UnsentGateway:
		return "ไม่ส่ง SMS เพราะระบบยังไม่ได้ต่อบริการส่ง SMS"
	case UnsentRefused:
		return "บริการส่ง SMS ไม่รับข้อความ"
	case UnsentLate:
		return "ไม่ได้ส่ง SMS เพราะระบบหยุดไปในช่วงนั้น"
	default:
		return string(u)
	}
}

// Call is what became of a call.
type Call struct {
	ID        CallID             `db:"id"`
	AgencyID  agencies.AgencyID  `db:"agency_id"`
	TicketID  TicketID           `db:"ticket_id"` // 0: it is tried out
	OfficerID agencies.OfficerID `db:"officer_id"`
	At        time.Time          `db:"at"`
	EndedAt   *time.Time         `db:"ended_at"` // nil: the message is on its way
	Sent      bool               `db:"sent"`
	Why       Unsent             `db:"why"`
}

const callColumns = `id, agency_id, coalesce(ticket_id, 0) AS ticket_id, officer_id, at, ended_at, sent, why`

// callLife is how long a call is worth sending.
const callLife = 10 * time.Minute

// Calls returns the calls about a case, or, of 0, those that an officer tried out; the last ones first and at most limit.
func Calls(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, ticket TicketID, officer agencies.OfficerID, limit int) ([]Call, error) {
	rows, err := tx.Query(ctx, `SELECT `+callColumns+` FROM calls WHERE agency_id = $1 AND ($2 = 0 AND ticket_id IS NULL AND officer_id = $3 OR ticket_id = $2) ORDER BY id DESC LIMIT $4`, agency, ticket, officer, limit)
	if err != nil {
		return nil, fmt.Errorf("calls about ticket %d: %w", ticket, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Call])
}

// LockCall returns a call that is still to be sent, with its case, and keeps it for this transaction; why says that it is not to
// be sent any more, and UnsentGateway is for the caller to say. False: it was dealt with.
func (d *Desk) LockCall(ctx context.Context, tx pgx.Tx, id CallID) (c Call, t Ticket, why Unsent, waits bool, err error) {
	rows, err := tx.Query(ctx, `SELECT `+callColumns+` FROM calls WHERE id = $1 AND ended_at IS NULL FOR NO KEY UPDATE`, id)
	if err != nil {
		return c, t, "", false, fmt.Errorf("find call %d: %w", id, err)
	}
	c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Call])
	if errors.Is(err, pgx.ErrNoRows) {
		return c, t, "", false, nil
	}
	if err != nil {
		return c, t, "", false, fmt.Errorf("find call %d: %w", id, err)
	}
	if d.now().Sub(c.At) > callLife {
		why = UnsentLate
	}
	if c.TicketID == 0 {
		return c, t, why, true, nil
	}
	if t, err = Find(ctx, tx, c.TicketID); err != nil {
		return c, t, "", false, err
	}
	if !t.Urgent || t.OfficerID != nil || t.Status.Rests() {
		why = UnsentTaken
	}
	return c, t, why, true, nil
}

// EndCall notes why a call was not sent as a text message.
func (d *Desk) EndCall(ctx context.Context, tx pgx.Tx, id CallID, why Unsent) error {
	_, err := d.endCall(ctx, tx, id, why)
	return err
}

// Texted notes that a call was sent, also in the history of its case. Noting it again changes nothing.
func (d *Desk) Texted(ctx context.Context, tx pgx.Tx, c Call) error {
	if c.TicketID == 0 {
		return d.EndCall(ctx, tx, c.ID, "")
	}
	t, err := lock(ctx, tx, c.TicketID) // before the call, as whoever makes calls does
	if err != nil {
		return err
	}
	first, err := d.endCall(ctx, tx, c.ID, "")
	if err != nil || !first {
		return err
	}
	return d.happened(ctx, tx, t, System(), EventTexted, Detail{Officer: c.OfficerID})
}

// endCall notes what became of a call; false: that was noted before.
func (d *Desk) endCall(ctx context.Context, tx pgx.Tx, id CallID, why Unsent) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE calls SET ended_at = $2, sent = $3, why = $4 WHERE id = $1 AND ended_at IS NULL`, id, d.now(), why == "", why)
	if err != nil {
		return false, fmt.Errorf("end call %d: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// WhatCalls says in a few words what a case is about, for a text message: the reason why it is urgent, or its service. Nothing in
// it is personal.
func (d *Desk) WhatCalls(ctx context.Context, tx pgx.Tx, t Ticket) (string, error) {
	form, err := d.Form(ctx, tx, t)
	if err != nil {
		return "", err
	}
	req, err := FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return "", err
	}
	if why, ok := form.WhyUrgent(req.Answers); ok {
		return why.TH, nil
	}
	return t.Title, nil
}
