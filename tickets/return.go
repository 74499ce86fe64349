package tickets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Cases that end because what was missing did not come.
const (
	EventReturned EventKind = "returned" // the case was given back with its reasons (LFA-9.1)
	EventRefiled  EventKind = "refiled"  // and filed again: its citizen has another case now
)

// Returning says why a case is given back, how to correct it and where to appeal (LFA-9.1).
type Returning struct {
	TicketID  TicketID            `db:"ticket_id"`
	OfficerID *agencies.OfficerID `db:"officer_id"` // nil: by itself, when the time was over
	Missing   []string            `db:"missing"`    // what did not come
	Reason    string              `db:"reason"`
	Remedy    string              `db:"remedy"` // how to correct it
	Appeal    string              `db:"appeal"`
	At        time.Time           `db:"at"`
}

// ReturnedArgs is the fact that a case was given back.
type ReturnedArgs struct {
	TicketID TicketID `json:"ticket_id"`
}

// Kind names the job.
func (ReturnedArgs) Kind() string { return "returned" }

// lapses is when the time to supply documents is over: the end of the last day, or of the next on which the agency works
// (LOC-5). It is zero where nothing is awaited.
func (r record) lapses() time.Time {
	if r.Status != Awaiting || r.Pending() {
		return time.Time{}
	}
	last := ""
	for _, e := range r.events {
		if e.Kind == EventAsked || e.Kind == EventUnreadable || e.Kind == EventLengthened {
			last = detailOf(e).DueOn
		}
	}
	at, err := time.ParseInLocation(time.DateOnly, last, thai.Bangkok())
	if err != nil { // asked by a release that said no date
		return time.Time{}
	}
	return r.onWorkingDay(at).AddDate(0, 0, 1)
}

// returnLapsed gives back a case whose documents did not come in time.
func (d *Desk) returnLapsed(ctx context.Context, tx pgx.Tx, r record) error {
	back, err := r.usualReturn(ctx, tx, r.lapses().AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	return d.giveBack(ctx, tx, System(), r.Ticket, back)
}

// Return gives a case back: what was asked for did not come in time, or what came is not what was asked for. An officer
// who decides may do so, after a notice and never before its last day while documents are awaited. The same officer's same
// words again change nothing.
func (d *Desk) Return(ctx context.Context, tx pgx.Tx, by Actor, back Returning) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่คืนคำขอได้")
	}
	t, err := lock(ctx, tx, back.TicketID)
	if err != nil {
		return err
	}
	back.Reason, back.Remedy, back.Appeal = strings.TrimSpace(back.Reason), strings.TrimSpace(back.Remedy), strings.TrimSpace(back.Appeal)
	if t.Status == Returned {
		was, err := FindReturn(ctx, tx, t.ID)
		if err != nil || was.OfficerID != nil && *was.OfficerID == officer && was.Reason == back.Reason && was.Remedy == back.Remedy {
			return err
		}
	}
	if err := t.idle(); err != nil {
		return err
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	if err := d.mayReturn(ctx, tx, r, officer, back); err != nil {
		return err
	}
	wants, err := Wants(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	back.OfficerID, back.Missing = &officer, missingOf(wants)
	return d.giveBack(ctx, tx, by, t, back)
}

// mayReturn refuses to give a case back that had no notice, whose time is not over, or without what the letter must say.
func (d *Desk) mayReturn(ctx context.Context, tx pgx.Tx, r record, officer agencies.OfficerID, back Returning) error {
	who, err := agencies.FindOfficer(ctx, tx, officer)
	if err != nil {
		return err
	}
	noticed, err := asked(ctx, tx, r.ID)
	switch lapses := r.lapses(); {
	case err != nil:
		return err
	case !who.Role.Can(agencies.DecideTickets):
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่ที่มีอำนาจพิจารณาเท่านั้นที่คืนคำขอได้")
	case !noticed:
		return fault.New(fault.Conflict, "ยังไม่ได้แจ้งบันทึกความบกพร่อง จึงคืนคำขอไม่ได้ กรุณาขอเอกสารที่ขาดก่อน")
	case !lapses.IsZero() && d.now().Before(lapses):
		return fault.New(fault.Conflict, "ยังไม่พ้นกำหนดส่งเอกสาร จึงคืนคำขอไม่ได้ เมื่อพ้นกำหนดแล้วระบบจะคืนให้เอง")
	case back.Reason == "":
		return fault.New(fault.Invalid, "การคืนคำขอต้องแจ้งเหตุผล กรุณาระบุเหตุผลก่อนบันทึก")
	case back.Remedy == "":
		return fault.New(fault.Invalid, "การคืนคำขอต้องแจ้งวิธีแก้ไข กรุณาระบุสิ่งที่ต้องแก้ไขก่อนยื่นใหม่")
	case !r.form.PersonalOnly() && (inPerson(back.Reason) || inPerson(back.Remedy)):
		return errInPerson()
	case back.Appeal == "":
		return fault.New(fault.Invalid, "การคืนคำขอต้องแจ้งสิทธิอุทธรณ์ กรุณาระบุผู้รับอุทธรณ์และระยะเวลา")
	}
	return nil
}

// UsualReturn is what a letter says as a rule, for an officer to change.
func (d *Desk) UsualReturn(ctx context.Context, tx pgx.Tx, t Ticket) (Returning, error) {
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return Returning{}, err
	}
	notices, err := Notices(ctx, tx, t.ID)
	if err != nil || len(notices) == 0 {
		return Returning{}, err
	}
	return r.usualReturn(ctx, tx, notices[len(notices)-1].Until())
}

// usualReturn is the letter for documents that did not come by a day.
func (r record) usualReturn(ctx context.Context, tx pgx.Tx, last time.Time) (Returning, error) {
	wants, err := Wants(ctx, tx, r.ID)
	if err != nil {
		return Returning{}, err
	}
	missing := missingOf(wants)
	return Returning{
		TicketID: r.ID, Missing: missing,
		Reason: "ไม่ได้รับเอกสารที่ขอภายในวันที่ " + thai.Date(last) + ": " + strings.Join(missing, ", "),
		Remedy: "เตรียมเอกสารที่ขาดแล้วกด “ยื่นใหม่” คำตอบและเอกสารเดิมอยู่ครบ ไม่ต้องกรอกซ้ำ",
		Appeal: r.form.Appeal.Text.TH,
	}, nil
}

// missingOf are the documents that have not come; where all came, those that were asked for.
func missingOf(wants []Want) []string {
	var open, all []string
	for _, w := range wants {
		if all = append(all, w.Label); w.SuppliedAt == nil {
			open = append(open, w.Label)
		}
	}
	if len(open) == 0 {
		return all
	}
	return slices.Compact(open)
}

// giveBack closes a case that may be given back.
func (d *Desk) giveBack(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, back Returning) error {
	if back.Missing == nil {
		back.Missing = []string{}
	}
	_, err := tx.Exec(ctx, `INSERT INTO returns (ticket_id, agency_id, officer_id, missing, reason, remedy, appeal, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.ID, t.AgencyID, back.OfficerID, back.Missing, back.Reason, back.Remedy, back.Appeal, d.now())
	if err != nil {
		return fmt.Errorf("return ticket %d: %w", t.ID, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = $3, unread = false WHERE id = $1`, t.ID, Returned, d.now()); err != nil {
		return fmt.Errorf("close ticket %d: %w", t.ID, err)
	}
	t.Status = Returned
	if err := d.happened(ctx, tx, t, by, EventReturned, Detail{Documents: len(back.Missing)}); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, ReturnedArgs{TicketID: t.ID}, nil); err != nil {
		return fmt.Errorf("enqueue the return of ticket %d: %w", t.ID, err)
	}
	return d.keepLetter(ctx, tx, LetterID{t.ID, ReturnLetter, 0})
}

// FindReturn returns why a case was given back, or fault.NotFound.
func FindReturn(ctx context.Context, tx pgx.Tx, id TicketID) (Returning, error) {
	rows, err := tx.Query(ctx, `SELECT ticket_id, officer_id, missing, reason, remedy, appeal, at FROM returns WHERE ticket_id = $1`, id)
	if err != nil {
		return Returning{}, fmt.Errorf("find the return of ticket %d: %w", id, err)
	}
	back, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Returning])
	if errors.Is(err, pgx.ErrNoRows) {
		return Returning{}, fault.New(fault.NotFound, "เรื่องนี้ไม่ได้ถูกคืน")
	}
	if err != nil {
		return Returning{}, fmt.Errorf("find the return of ticket %d: %w", id, err)
	}
	return back, nil
}
