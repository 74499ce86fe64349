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

// What happens when an agency asks another for its opinion on a case (peers.md row 62). The same words stand in the history of
// the case and in that of the enquiry at the other agency.
const (
	EventConsulted       EventKind = "consulted"
	EventConsultTaken    EventKind = "consult_taken"    // somebody there has it
	EventConsultRead     EventKind = "consult_read"     // somebody there opened a file of the case
	EventConsultAnswered EventKind = "consult_answered" // the opinion was signed
	EventConsultDeclined EventKind = "consult_declined" // it is not theirs to say; they name who should be asked (EGA-10.4)
	EventConsultNear     EventKind = "consult_near"     // a working day is left
	EventConsultOver     EventKind = "consult_over"     // the last day is over
	EventConsultEnded    EventKind = "consult_ended"    // it was taken back, or the case needs it no longer
)

// ConsultationID identifies a consultation.
type ConsultationID int64

// Consultation is a question to another agency about a case that stays where it is (ขอความเห็น), and its answer. The clock of
// the case goes on meanwhile: no law of our services lets it stand still (LOC-6).
type Consultation struct {
	ID        ConsultationID     `db:"id"`
	AgencyID  agencies.AgencyID  `db:"agency_id"` // that asks
	TicketID  TicketID           `db:"ticket_id"`
	To        agencies.AgencyID  `db:"to_agency"`
	OfficerID agencies.OfficerID `db:"officer_id"`
	Question  string             `db:"question"`
	Files     []int64            `db:"files"`  // of the case, which that agency may read until it answers
	Named     bool               `db:"named"`  // it is told whose case it is
	DueOn     time.Time          `db:"due_on"` // the last day, on which that agency works
	DueAt     time.Time          `db:"due_at"` // when that day's work ends there
	At        time.Time          `db:"at"`
	Told      int                `db:"told"` // so many lines of the other agency's history stand in that of the case
	Advice
	EndedAt  *time.Time          `db:"ended_at"` // nil: it is waited for, or answered
	EndedBy  *agencies.OfficerID `db:"ended_by"` // nil: the case ended
	EndedWhy string              `db:"ended_why"`
}

const consultationColumns = `id, agency_id, ticket_id, to_agency, officer_id, question, files, named, due_on, due_at, at, told, ` + adviceColumns + `, ended_at, ended_by, ended_why`

// Waits reports whether an answer is awaited.
func (c Consultation) Waits() bool { return c.AnsweredAt == nil && c.EndedAt == nil }

// Late reports whether the answer came after the last day.
func (c Consultation) Late() bool { return c.AnsweredAt != nil && c.AnsweredAt.After(c.DueAt) }

// ConsultedArgs is the fact that something was asked, answered or taken back: what either agency wrote is brought to the other.
type ConsultedArgs struct {
	ConsultationID ConsultationID `json:"consultation_id"`
}

// Kind names the job.
func (ConsultedArgs) Kind() string { return "consulted" }

const (
	mostConsultations = 5  // of a case at a time
	usualConsultation = 7  // working days that are offered for an answer
	mostConsultDays   = 90 // until the last day
)

// Consult asks another agency about a case, by a day on which it works there. It reads the matter, the question and the files
// that are named, and whose case it is only where that is allowed; of a confidential case neither name nor matter. The same
// question again changes nothing.
func (d *Desk) Consult(ctx context.Context, tx pgx.Tx, by Actor, c Consultation) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ขอความเห็นหน่วยงานอื่นได้")
	}
	c.OfficerID, c.Question = officer, strings.TrimSpace(c.Question)
	switch n := len([]rune(c.Question)); {
	case n < shortestReason:
		return fault.New(fault.Invalid, "กรุณาระบุว่าขอความเห็นเรื่องใด เพื่อให้หน่วยงานนั้นตอบได้โดยไม่ต้องถามกลับ")
	case n > Longest:
		return fault.Newf(fault.Invalid, "คำถามยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", Longest)
	}
	t, err := lock(ctx, tx, c.TicketID)
	if err != nil {
		return err
	}
	if err := t.idle(); err != nil {
		return err
	}
	before, err := ConsultationsOf(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(before, func(b Consultation) bool { return b.Waits() && b.To == c.To && b.Question == c.Question }) {
		return nil
	}
	if err := d.mayConsult(ctx, tx, t, before, &c); err != nil {
		return err
	}
	return d.consult(ctx, tx, by, t, c)
}

// mayConsult says why another agency cannot be asked so, and sets when its last day ends.
func (d *Desk) mayConsult(ctx context.Context, tx pgx.Tx, t Ticket, before []Consultation, c *Consultation) error {
	if c.To == t.AgencyID {
		return fault.New(fault.Invalid, "เรื่องนี้เป็นของหน่วยงานนี้อยู่แล้ว หากต้องการความเห็นของฝ่ายอื่นให้ใช้ “ลงความเห็น” หรือ “ย้ายคิว”")
	}
	if _, err := agencies.Find(ctx, tx, c.To); err != nil {
		return err
	}
	waiting := 0
	for _, b := range before {
		if !b.Waits() {
			continue
		}
		if waiting++; b.To == c.To {
			return fault.New(fault.Conflict, "หน่วยงานนี้กำลังพิจารณาคำถามเดิมของเรื่องนี้อยู่ กรุณารอคำตอบ หรือถอนคำถามเดิมก่อนแล้วจึงถามใหม่")
		}
	}
	if waiting >= mostConsultations {
		return fault.Newf(fault.Conflict, "เรื่องนี้รอความเห็นอยู่ {n} หน่วยงานแล้ว กรุณารอคำตอบ หรือถอนคำถามที่ไม่จำเป็นก่อน", "n", waiting)
	}
	if c.Named {
		secret, err := d.confidential(ctx, tx, t)
		if err != nil {
			return err
		}
		if secret {
			return fault.New(fault.Invalid, "เรื่องนี้เป็นเรื่องลับ จึงเปิดเผยชื่อผู้ยื่นแก่หน่วยงานอื่นไม่ได้ กรุณาเอาเครื่องหมายออก")
		}
	}
	held, err := Files(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	slices.Sort(c.Files)
	c.Files = slices.Compact(c.Files)
	for _, id := range c.Files {
		if !slices.ContainsFunc(held, func(f File) bool { return f.AttachmentID == id }) {
			return fault.New(fault.Invalid, "เอกสารที่เลือกไม่ได้อยู่ในเรื่องนี้แล้ว กรุณาเปิดเรื่องอีกครั้งแล้วเลือกใหม่")
		}
	}
	return d.byWhen(ctx, tx, c)
}

// byWhen refuses a last day that cannot be, and sets when its work ends at the agency that is asked.
func (d *Desk) byWhen(ctx context.Context, tx pgx.Tx, c *Consultation) error {
	calendar, err := agencies.LoadCalendar(ctx, tx, c.To)
	if err != nil {
		return err
	}
	today := dayOf(d.now())
	switch on := dayOf(c.DueOn); {
	case c.DueOn.IsZero():
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกวันที่ขอให้ตอบ กรุณาเลือกวันทำการ")
	case !on.After(today):
		return fault.New(fault.Invalid, "วันที่ขอให้ตอบต้องเป็นวันหลังจากวันนี้ เพื่อให้หน่วยงานนั้นมีเวลาพิจารณา")
	case on.After(today.AddDate(0, 0, mostConsultDays)):
		return fault.Newf(fault.Invalid, "วันที่ขอให้ตอบไกลเกินไป กรุณาเลือกวันภายใน {n} วัน", "n", mostConsultDays)
	case !calendar.Working(on):
		return fault.New(fault.Invalid, "วันที่ขอให้ตอบเป็นวันหยุดของหน่วยงานนั้น กรุณาเลือกวันทำการ")
	default:
		c.DueOn, c.DueAt = on, calendar.Closes(on)
		return nil
	}
}

// dayOf is the beginning of a day in Thailand.
func dayOf(t time.Time) time.Time {
	t = t.In(thai.Bangkok())
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// ConsultDay is the last day that is offered for an answer from an agency.
func (d *Desk) ConsultDay(ctx context.Context, tx pgx.Tx, to agencies.AgencyID) (time.Time, error) {
	calendar, err := agencies.LoadCalendar(ctx, tx, to)
	if err != nil {
		return time.Time{}, err
	}
	return calendar.AddWorkingDays(d.now(), usualConsultation), nil
}

// confidential reports whether the service itself keeps a case apart from the others (SVC-5).
func (d *Desk) confidential(ctx context.Context, tx pgx.Tx, t Ticket) (bool, error) {
	form, err := d.Form(ctx, tx, t)
	if err != nil {
		return false, err
	}
	req, err := FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return false, err
	}
	own, _ := form.OwnQueue()
	return form.QueueOf(req.Answers) != own, nil
}

func (d *Desk) consult(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, c Consultation) error {
	if c.Files == nil {
		c.Files = []int64{}
	}
	err := tx.QueryRow(ctx, `INSERT INTO consultations (agency_id, ticket_id, to_agency, officer_id, question, files, named, due_on, due_at, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		t.AgencyID, t.ID, c.To, c.OfficerID, c.Question, c.Files, c.Named, c.DueOn.Format(time.DateOnly), c.DueAt, d.now()).Scan(&c.ID)
	if err != nil {
		return fmt.Errorf("consult about ticket %d: %w", t.ID, err)
	}
	due := c.DueAt.UTC()
	detail := Detail{Consultation: c.ID, Agency: c.To, DueOn: c.DueOn.Format(time.DateOnly), DueAt: &due, Documents: len(c.Files), Digest: digest(c.Question)}
	if err := d.happened(ctx, tx, t, by, EventConsulted, detail); err != nil {
		return err
	}
	return d.consulted(ctx, tx, c.ID)
}

// consulted has what was written brought to the other agency.
func (d *Desk) consulted(ctx context.Context, tx pgx.Tx, id ConsultationID) error {
	if _, err := d.jobs.InsertTx(ctx, tx, ConsultedArgs{ConsultationID: id}, nil); err != nil {
		return fmt.Errorf("enqueue consultation %d: %w", id, err)
	}
	return nil
}

// FindConsultation returns a consultation of an agency's own, or fault.NotFound.
func FindConsultation(ctx context.Context, tx pgx.Tx, id ConsultationID) (Consultation, error) {
	rows, err := tx.Query(ctx, `SELECT `+consultationColumns+` FROM consultations WHERE id = $1`, id)
	if err != nil {
		return Consultation{}, fmt.Errorf("find consultation %d: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Consultation])
	if errors.Is(err, pgx.ErrNoRows) {
		return c, fault.New(fault.NotFound, "ไม่พบการขอความเห็นนี้ กรุณาเปิดเรื่องอีกครั้ง")
	}
	if err != nil {
		return c, fmt.Errorf("find consultation %d: %w", id, err)
	}
	return c, nil
}

// ConsultationsOf returns who was asked about a case, the first one first.
func ConsultationsOf(ctx context.Context, tx pgx.Tx, id TicketID) ([]Consultation, error) {
	rows, err := tx.Query(ctx, `SELECT `+consultationColumns+` FROM consultations WHERE ticket_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("consultations of ticket %d: %w", id, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Consultation])
	if err != nil {
		return nil, fmt.Errorf("consultations of ticket %d: %w", id, err)
	}
	return all, nil
}

// EndConsultation takes back what was asked about a case, with the reason: the other agency need not answer any more. What was
// answered or taken back before is left as it is.
func (d *Desk) EndConsultation(ctx context.Context, tx pgx.Tx, by Actor, ticket TicketID, id ConsultationID, why string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ถอนคำถามได้")
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุเหตุที่ไม่ต้องใช้ความเห็นแล้ว หน่วยงานที่ถูกถามเห็นเหตุนี้")
	}
	if err := tooLong(why); err != nil {
		return err
	}
	t, err := lock(ctx, tx, ticket)
	if err != nil {
		return err
	}
	c, err := FindConsultation(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case c.TicketID != t.ID:
		return fault.New(fault.NotFound, "ไม่พบการขอความเห็นนี้ในเรื่องนี้ กรุณาเปิดเรื่องอีกครั้ง")
	case c.AnsweredAt != nil:
		return fault.New(fault.Conflict, "หน่วยงานนั้นตอบแล้ว จึงถอนคำถามไม่ได้ กรุณาเปิดเรื่องอีกครั้งเพื่ออ่านความเห็น")
	case c.EndedAt != nil:
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE consultations SET ended_at = $2, ended_by = $3, ended_why = $4 WHERE id = $1`, id, d.now(), officer, why); err != nil {
		return fmt.Errorf("end consultation %d: %w", id, err)
	}
	return d.ended(ctx, tx, by, t, c)
}

func (d *Desk) ended(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, c Consultation) error {
	if err := d.happened(ctx, tx, t, by, EventConsultEnded, Detail{Consultation: c.ID, Agency: c.To}); err != nil {
		return err
	}
	return d.consulted(ctx, tx, c.ID)
}

// endConsultations ends what is still asked about a case that was decided, went elsewhere or follows another now.
func (d *Desk) endConsultations(ctx context.Context, tx pgx.Tx, by Actor, t Ticket) error {
	rows, err := tx.Query(ctx, `UPDATE consultations SET ended_at = $2 WHERE ticket_id = $1 AND answered_at IS NULL AND ended_at IS NULL RETURNING `+consultationColumns, t.ID, d.now())
	if err != nil {
		return fmt.Errorf("end the consultations of ticket %d: %w", t.ID, err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowToStructByName[Consultation])
	if err != nil {
		return fmt.Errorf("end the consultations of ticket %d: %w", t.ID, err)
	}
	slices.SortFunc(open, func(a, b Consultation) int { return int(a.ID - b.ID) })
	for _, c := range open {
		if err := d.ended(ctx, tx, by, t, c); err != nil {
			return err
		}
	}
	return nil
}

// awaited is a consultation that is not answered yet, as a history tells it.
type awaited struct {
	id         ConsultationID
	agency     agencies.AgencyID
	at, due    time.Time
	near, over bool // that this was so is written down
}

// consulting reads what a line of a history says about consultations.
func (s *story) consulting(e Event, d Detail) {
	i := slices.IndexFunc(s.awaited, func(w awaited) bool { return w.id == d.Consultation })
	switch {
	case e.Kind == EventConsulted:
		s.awaited = append(s.awaited, awaited{id: d.Consultation, agency: d.Agency, at: e.At, due: timeOf(d.DueAt)})
	case i < 0: // answered meanwhile
	case e.Kind == EventConsultNear:
		s.awaited[i].near = true
	case e.Kind == EventConsultOver:
		s.awaited[i].over = true
	default:
		s.awaited = slices.Delete(s.awaited, i, i+1)
	}
}

// nearAt is when a working day is left until an answer is due; zero: that was so when it was asked for.
func (w awaited) nearAt(calendar agencies.Calendar) time.Time {
	day := dayOf(w.due).AddDate(0, 0, -1)
	for !calendar.Working(day) && day.After(w.at) {
		day = day.AddDate(0, 0, -1)
	}
	if at := calendar.Opens(day); at.After(w.at) {
		return at
	}
	return time.Time{}
}

// soonestAwaited is the consultation of which something falls due first, and when.
func (r record) soonestAwaited(at func(awaited) time.Time) (soonest awaited, due time.Time) {
	if r.Status.Rests() {
		return soonest, due
	}
	for _, w := range r.story().awaited {
		if one := at(w); !one.IsZero() && (due.IsZero() || one.Before(due)) {
			soonest, due = w, one
		}
	}
	return soonest, due
}

func (r record) nearAnswer() (awaited, time.Time) {
	return r.soonestAwaited(func(w awaited) time.Time {
		if w.near || w.over {
			return time.Time{}
		}
		return w.nearAt(r.calendar)
	})
}

func (r record) overAnswer() (awaited, time.Time) {
	return r.soonestAwaited(func(w awaited) time.Time {
		if w.over {
			return time.Time{}
		}
		return w.due
	})
}

// nextNear is when an answer is due within a working day, and nextOver when it did not come by its last day.
func (r record) nextNear() time.Time { _, at := r.nearAnswer(); return at }
func (r record) nextOver() time.Time { _, at := r.overAnswer(); return at }

func (d *Desk) nearConsultation(ctx context.Context, tx pgx.Tx, r record) error {
	w, _ := r.nearAnswer()
	return d.remindBoth(ctx, tx, r.Ticket, w, EventConsultNear)
}

func (d *Desk) overConsultation(ctx context.Context, tx pgx.Tx, r record) error {
	w, _ := r.overAnswer()
	return d.remindBoth(ctx, tx, r.Ticket, w, EventConsultOver)
}

// remindBoth writes down at both agencies how much time is left for an answer. The transaction sees both.
func (d *Desk) remindBoth(ctx context.Context, tx pgx.Tx, t Ticket, w awaited, kind EventKind) error {
	due := w.due.UTC()
	if err := d.happened(ctx, tx, t, System(), kind, Detail{Consultation: w.id, Agency: w.agency, DueAt: &due}); err != nil {
		return err
	}
	e, err := lockEnquiryOf(ctx, tx, w.id)
	if fault.Is(err, fault.NotFound) {
		return nil // it is on its way
	}
	if err != nil || !e.Waits() {
		return err
	}
	return d.noted(ctx, tx, System(), e, kind, Detail{Consultation: w.id, DueAt: &due})
}
