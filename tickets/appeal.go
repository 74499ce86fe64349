package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// AppealForm is the service by which people appeal, and AppealCase its question for the number of the case that was decided.
const (
	AppealForm forms.Key = "appeal"
	AppealCase string    = "case"
)

// What happens when somebody appeals (EGA-5.1).
const (
	EventAppealed      EventKind = "appealed"       // against the decision of this case: another case
	EventAppealDecided EventKind = "appeal_decided" // the appeal against the decision of this case was decided
)

// Appeal says against which decided case an appeal goes. It is a case of its own (EGA-5.1).
type Appeal struct {
	TicketID    TicketID   `db:"ticket_id"` // of the appeal
	Number      string     `db:"number"`
	Reference   string     `db:"reference"` // by which its citizen knows it
	Status      Status     `db:"status"`
	Against     TicketID   `db:"against"` // the case that was decided
	Of          string     `db:"of"`      // its number
	OfReference string     `db:"of_reference"`
	LastOn      *time.Time `db:"last_on"` // until when it was to come; nil: the decision was not told yet
	Late        bool       `db:"late"`    // it came later; whether it is taken all the same is for the body to say
	At          time.Time  `db:"at"`
}

const appealQuery = `SELECT a.ticket_id, own.number, coalesce(nullif(own.reference, ''), own.number) AS reference, own.status, a.against, first.number AS of, coalesce(nullif(first.reference, ''), first.number) AS of_reference, a.last_on, a.late, a.at
	FROM appeals a JOIN tickets own ON own.id = a.ticket_id JOIN tickets first ON first.id = a.against `

// AppealOf returns what a case appeals against; ok is false when it is no appeal, or one against a case that nobody found.
func AppealOf(ctx context.Context, tx pgx.Tx, id TicketID) (a Appeal, ok bool, err error) {
	return oneAppeal(ctx, tx, appealQuery+`WHERE a.ticket_id = $1`, id)
}

// Appealed returns the newest appeal against the decision of a case; ok is false when there is none.
func Appealed(ctx context.Context, tx pgx.Tx, id TicketID) (a Appeal, ok bool, err error) {
	return oneAppeal(ctx, tx, appealQuery+`WHERE a.against = $1 ORDER BY a.ticket_id DESC LIMIT 1`, id)
}

func oneAppeal(ctx context.Context, tx pgx.Tx, query string, id TicketID) (Appeal, bool, error) {
	rows, err := tx.Query(ctx, query, id)
	if err != nil {
		return Appeal{}, false, fmt.Errorf("appeals of ticket %d: %w", id, err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Appeal])
	if errors.Is(err, pgx.ErrNoRows) {
		return Appeal{}, false, nil
	}
	if err != nil {
		return Appeal{}, false, fmt.Errorf("appeals of ticket %d: %w", id, err)
	}
	return a, true, nil
}

// MayAppeal reports whether the citizen of a case can appeal now: it was refused, or what was granted was revoked in whole or
// in part, nobody has appealed against that yet, and it is no appeal itself. That the time is over stops nobody: the body
// decides what to make of it.
func (d *Desk) MayAppeal(ctx context.Context, tx pgx.Tx, t Ticket) (bool, error) {
	if _, offered := d.forms.Find(AppealForm); !t.Status.Decided() || t.FormKey == AppealForm || !offered {
		return false, nil
	}
	dec, err := FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) || err == nil && t.Status == Approved && dec.Change != Revocation {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a, ok, err := Appealed(ctx, tx, t.ID)
	return !ok || a.Status == Withdrawn || a.Status == Returned || a.At.Before(dec.At), err
}

// AppealUntil is the last day to appeal against the decision of a case: the day on which it was told is not counted, and a
// day on which the agency does not work gives way to the next on which it does (LFA-11.1). Zero: it was not told yet, or
// says no days.
func (d *Desk) AppealUntil(ctx context.Context, tx pgx.Tx, t Ticket) (time.Time, error) {
	dec, err := FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) || err == nil && dec.AppealDays == 0 {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return time.Time{}, err
	}
	told := r.story().toldAt
	if told.IsZero() {
		return time.Time{}, nil
	}
	told = told.In(thai.Bangkok())
	return r.onWorkingDay(time.Date(told.Year(), told.Month(), told.Day()+dec.AppealDays, 0, 0, 0, 0, told.Location())), nil
}

// AppealAnswer is the answer that names a case in its appeal, for whoever begins one.
func (d *Desk) AppealAnswer(t Ticket, now time.Time) (forms.Answer, error) {
	form, ok := d.forms.Find(AppealForm)
	if !ok {
		return forms.Answer{}, fault.New(fault.NotFound, "ไม่พบแบบคำขออุทธรณ์ กรุณาติดต่อหน่วยงาน")
	}
	field, ok := form.Field(AppealCase)
	if !ok {
		return forms.Answer{}, fmt.Errorf("the service %s does not ask for the case", AppealForm)
	}
	return field.Check(forms.Input{Text: t.Reference, Now: now})
}

// appealed ties a new case to the one that it appeals against, of which it returns the number: one of the same citizen and
// agency that was refused. One that names no such case stays a case; officers read the number in its answers.
func (d *Desk) appealed(ctx context.Context, tx pgx.Tx, t Ticket, answers []forms.Answer) (against string, late bool, err error) {
	if t.FormKey != AppealForm {
		return "", false, nil
	}
	first, err := named(ctx, tx, t.CitizenID, answers)
	if fault.Is(err, fault.NotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	tied, err := d.against(ctx, tx, ByCitizen(t.CitizenID), t, first.ID)
	if err != nil || !tied.made {
		return "", false, err
	}
	return first.Number, tied.late, nil
}

// named is the case of a citizen that an appeal names, or fault.NotFound.
func named(ctx context.Context, tx pgx.Tx, citizen int64, answers []forms.Answer) (Ticket, error) {
	answer, _ := forms.Find(answers, AppealCase)
	t, err := byNumber(ctx, tx, answer.Text)
	if err == nil && t.CitizenID != citizen {
		return Ticket{}, fault.New(fault.NotFound, "ไม่พบเรื่องนี้ กรุณาเปิดรายการเรื่องของท่านอีกครั้ง")
	}
	return t, err
}

// agencyOfAppeal is the agency whose decision an appeal goes against, whatever chat it came by: the one of the case that it
// names, if that is the citizen's; else the one that was written to.
func agencyOfAppeal(ctx context.Context, tx pgx.Tx, req Request) (agencies.AgencyID, error) {
	if req.FormKey != AppealForm {
		return req.AgencyID, nil
	}
	first, err := named(ctx, tx, req.CitizenID, req.Answers)
	if fault.Is(err, fault.NotFound) {
		return req.AgencyID, nil
	}
	return first.AgencyID, err
}

// MayJudge refuses an officer who decided the case that an appeal goes against, and whose decision an appeal found not to be
// right: somebody else takes and decides it. The database refuses the decision too.
func MayJudge(ctx context.Context, tx pgx.Tx, t Ticket, officer agencies.OfficerID) error {
	var appealed, wrong bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM appeals a JOIN decisions d ON d.ticket_id = a.against WHERE a.ticket_id = $1 AND d.officer_id = $2),
		EXISTS (SELECT FROM decisions WHERE ticket_id = $1 AND officer_id = $2 AND overturned_at IS NOT NULL AND overturned_by IS NULL)`, t.ID, officer).Scan(&appealed, &wrong)
	switch {
	case err != nil:
		return fmt.Errorf("may officer %d judge ticket %d: %w", officer, t.ID, err)
	case appealed:
		return fault.New(fault.Conflict, "เรื่องนี้อุทธรณ์คำสั่งที่ท่านลงนาม ผู้ทำคำสั่งพิจารณาอุทธรณ์ของตนเองไม่ได้ กรุณาให้เจ้าหน้าที่ท่านอื่นรับเรื่องและบันทึกผล")
	case wrong:
		return fault.New(fault.Conflict, "อุทธรณ์คำสั่งที่ท่านลงนามในเรื่องนี้ฟังขึ้น จึงต้องให้เจ้าหน้าที่ท่านอื่นรับเรื่องและออกคำสั่งใหม่")
	}
	return nil
}

// judged carries the result of an appeal that was told into the first case, once: when it was right the case waits for a new
// decision, for which its time runs anew. What was changed meanwhile is not what the appeal went against, and stands.
func (d *Desk) judged(ctx context.Context, tx pgx.Tx, t Ticket, dec Decision) error {
	a, ok, err := AppealOf(ctx, tx, t.ID)
	if err != nil || !ok {
		return err
	}
	first, err := lock(ctx, tx, a.Against)
	if err != nil {
		return err
	}
	var carried bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_events WHERE ticket_id = $1 AND kind = $2 AND detail->>'appeal' = $3)`, first.ID, EventAppealDecided, t.Number).Scan(&carried)
	if err != nil {
		return fmt.Errorf("was the appeal %d carried: %w", t.ID, err)
	}
	if carried {
		return nil
	}
	by, detail := dec.By(), Detail{Appeal: t.Number, Outcome: dec.Outcome}
	if !dec.Outcome.Granted() {
		return d.happened(ctx, tx, first, by, EventAppealDecided, detail)
	}
	former, err := FindDecision(ctx, tx, first.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil && first.MainID == nil && !former.At.After(a.At) {
		detail.Result = former.N
		return d.overturn(ctx, tx, by, first, former, nil, "", EventAppealDecided, detail)
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, first.ID); err != nil {
		return fmt.Errorf("mark ticket %d as unread: %w", first.ID, err)
	}
	return d.happened(ctx, tx, first, by, EventAppealDecided, detail)
}
