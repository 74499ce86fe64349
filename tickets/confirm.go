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

// "Closed" is a claim, which whoever reported the thing may confirm or contradict.
const (
	EventConfirmed   EventKind = "confirmed"   // somebody who reported it says that it is done
	EventReopened    EventKind = "reopened"    // somebody who reported it says that it is not: the case goes on
	EventUnconfirmed EventKind = "unconfirmed" // nobody said anything in time
)

// confirmLaw is what sets the time to confirm.
var confirmLaw = forms.Text{TH: "เป้าหมายการให้บริการของหน่วยงาน: ยืนยันผลหรือขอให้แก้อีกครั้ง", EN: "The agency's own target: the result is confirmed or the case goes on"}

// confirming is the time in which those who reported a thing may say that it is not done: counted from the day they were
// told, to the end of the agency's working day. ok is false while nobody is asked.
func (r record) confirming() (c clock.Clock, ok bool) {
	s := r.story()
	if r.form.Closing.ConfirmDays == 0 || r.Status != Approved || r.MainID != nil || s.toldAt.IsZero() {
		return clock.Clock{}, false
	}
	rule := clock.Rule{Key: forms.Confirm, Days: r.form.Closing.ConfirmDays, Unit: forms.CalendarDays, Law: confirmLaw}
	return clock.Run(rule, clock.Course{From: s.toldAt, DoneAt: s.saidAt}, r.calendar), true
}

// nextUnconfirmed is when that time is over without a word.
func (r record) nextUnconfirmed() time.Time {
	c, ok := r.confirming()
	if !ok || c.State == clock.Done {
		return time.Time{}
	}
	return c.DueAt.Add(time.Second)
}

// unconfirm notes that nobody said whether a thing is really done.
func (d *Desk) unconfirm(ctx context.Context, tx pgx.Tx, r record) error {
	var n int
	err := tx.QueryRow(ctx, `UPDATE decisions SET unconfirmed_at = $2 WHERE ticket_id = $1 AND `+stands+` RETURNING n`, r.ID, d.now()).Scan(&n)
	if err != nil {
		return fmt.Errorf("note that nobody confirmed ticket %d: %w", r.ID, err)
	}
	return d.happened(ctx, tx, r.Ticket, System(), EventUnconfirmed, Detail{Result: n})
}

// Claim is a result with what those who reported the thing say of it.
type Claim struct {
	Decision
	Photos    []int64   // of the work
	Until     time.Time // by when it may be confirmed or contradicted; zero: nobody is asked
	Open      bool      // that time is not over
	Confirmed bool      // somebody said that it is done
	Mine      bool      // and whoever this case is of did
}

// ClaimOf returns the claim that a case is dealt with: of joined cases that of the main one. ok is false where no approval stands.
func (d *Desk) ClaimOf(ctx context.Context, tx pgx.Tx, t Ticket) (c Claim, ok bool, err error) {
	if t.Status != Approved {
		return c, false, nil
	}
	c.Decision, err = FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	if c.Photos, err = photos(ctx, tx, t.ID, c.N); err != nil {
		return c, false, err
	}
	main, err := mainOf(ctx, tx, t)
	if err != nil {
		return c, false, err
	}
	r, err := d.record(ctx, tx, main)
	if err != nil {
		return c, false, err
	}
	if asked, ok := r.confirming(); ok {
		c.Until, c.Open = asked.DueAt, !d.now().After(asked.DueAt)
	}
	err = tx.QueryRow(ctx, `SELECT count(*) > 0, count(*) FILTER (WHERE reporter_id = $3) > 0 FROM confirmations WHERE ticket_id = $1 AND n = $2 AND fixed`,
		c.TicketID, c.N, t.ID).Scan(&c.Confirmed, &c.Mine)
	if err != nil {
		return c, false, fmt.Errorf("what was said of the result of ticket %d: %w", t.ID, err)
	}
	return c, true, nil
}

// mainOf is the case that a case follows, or itself.
func mainOf(ctx context.Context, tx pgx.Tx, t Ticket) (Ticket, error) {
	if t.MainID == nil {
		return t, nil
	}
	return Find(ctx, tx, *t.MainID)
}

// claimed locks a case of a citizen with all that are joined with it, and returns the claim of its n-th decision. ok is false
// when that does not stand any more.
func (d *Desk) claimed(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, n int, way string) (own, main Ticket, ok bool, err error) {
	if by.Kind != "citizen" || way == "" {
		return own, main, false, fault.New(fault.Forbidden, "เฉพาะผู้แจ้งเรื่องเท่านั้นที่ยืนยันผลหรือขอให้ดำเนินการต่อได้")
	}
	if own, main, err = lockBoth(ctx, tx, id); err != nil {
		return own, main, false, err
	}
	if own.CitizenID != by.ID {
		return own, main, false, fault.New(fault.NotFound, "ไม่พบเรื่องนี้ กรุณาเปิดเรื่องอีกครั้งจากแชตหรือลิงก์ติดตาม")
	}
	c, ok, err := d.ClaimOf(ctx, tx, own)
	switch {
	case err != nil || !ok || c.N != n:
		return own, main, false, err
	case !c.Open:
		return own, main, false, fault.New(fault.Conflict, "พ้นเวลายืนยันผลแล้ว หากยังมีปัญหา กรุณาแจ้งเป็นเรื่องใหม่")
	}
	return own, main, true, nil
}

// Confirm notes that whoever reported a thing says that it is done; n is the decision that they were shown, and way how they
// say it: "line 9" is an identity in a chat, "track" the page of whoever holds the link. Again it changes nothing.
func (d *Desk) Confirm(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, n int, way string) error {
	own, main, ok, err := d.claimed(ctx, tx, by, id, n, way)
	if err != nil || !ok {
		return err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO confirmations (agency_id, ticket_id, n, reporter_id, fixed, way, at) VALUES ($1, $2, $3, $4, true, $5, $6) ON CONFLICT DO NOTHING`,
		main.AgencyID, main.ID, n, own.ID, way, d.now())
	if err != nil {
		return fmt.Errorf("confirm ticket %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if own.ID != main.ID {
		if err := d.happened(ctx, tx, own, by, EventConfirmed, Detail{Result: n, Way: way}); err != nil {
			return err
		}
	}
	return d.happened(ctx, tx, main, by, EventConfirmed, Detail{Result: n, Way: way, Case: otherThan(main, own)})
}

// ReopenedArgs is the fact that a case goes on because somebody who reported it said that it is not done: N is the decision,
// By the case of whoever said so. The others are told.
type ReopenedArgs struct {
	TicketID TicketID `json:"ticket_id"`
	N        int      `json:"n"`
	By       TicketID `json:"by"`
}

// Kind names the job.
func (ReopenedArgs) Kind() string { return "reopened" }

// Reopen lets a case go on because whoever reported it says that it is not done. It keeps its number, queue and clock; the
// time between is a stop. What was decided stays in the record and does not stand any more. The first of several reporters
// who says so is enough; again it changes nothing.
func (d *Desk) Reopen(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, n int, way string) error {
	own, main, ok, err := d.claimed(ctx, tx, by, id, n, way)
	if err != nil || !ok {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO confirmations (agency_id, ticket_id, n, reporter_id, fixed, way, at) VALUES ($1, $2, $3, $4, false, $5, $6)`,
		main.AgencyID, main.ID, n, own.ID, way, d.now())
	if err != nil {
		return fmt.Errorf("reopen ticket %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE decisions SET reopened_at = $3 WHERE ticket_id = $1 AND n = $2`, main.ID, n, d.now()); err != nil {
		return fmt.Errorf("reopen ticket %d: %w", id, err)
	}
	main.Status, main.ClosedAt = Accepted, nil
	if main.OfficerID == nil {
		main.Status = Open
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = NULL, unread = true WHERE id = $1`, main.ID, main.Status); err != nil {
		return fmt.Errorf("reopen ticket %d: %w", id, err)
	}
	detail := Detail{Result: n, Way: way, Case: otherThan(main, own)}
	if err := d.happened(ctx, tx, main, by, EventReopened, detail); err != nil {
		return err
	}
	if err := d.openFollowers(ctx, tx, main, by, EventReopened, Detail{Result: n, Way: way}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, ReopenedArgs{TicketID: main.ID, N: n, By: own.ID}, nil); err != nil {
		return fmt.Errorf("enqueue that ticket %d goes on: %w", id, err)
	}
	return nil
}

// otherThan is the case by which something happened to another, 0 when it is the same.
func otherThan(main, own Ticket) TicketID {
	if own.ID == main.ID {
		return 0
	}
	return own.ID
}
