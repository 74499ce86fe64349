package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Asking is a deficiency notice (บันทึกความบกพร่อง): everything that is missing, in one list with
// one date (LFA-8.1).
type Asking struct {
	Labels   []string  // documents of the manual that the case keeps, by their names in Thai (LFA-7.2)
	Added    []Added   // what a law adds to the manual
	DueOn    time.Time // last day to supply them, Bangkok
	Override string    // legal reason for asking a second time (LFA-8.2)
}

// Added is something that no manual lists because a law added it later. Only the head asks for it (LFA-7.2).
type Added struct{ Label, Law string }

// AskedArgs is the fact that documents were asked for.
type AskedArgs struct {
	NoticeID NoticeID `json:"notice_id"`
	Seq      int      `json:"seq,omitempty"` // the line of the history that says so, where it is not the first asking
}

// Kind names the job.
func (AskedArgs) Kind() string { return "asked" }

// The most that one notice asks for, and the longest name of it, in letters.
const (
	MostWants   = 30
	LongestWant = 200
)

// shortestSupply is how many days a citizen has at least to find documents where the service states no time for it.
const shortestSupply = 7

// Ask asks the citizen for missing documents. The law gives one opportunity: a second notice is refused unless the head
// names its legal reason (LFA-8.2).
func (d *Desk) Ask(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, a Asking) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ขอเอกสารเพิ่มได้")
	}
	if err := a.check(); err != nil {
		return err
	}
	if a.DueOn.IsZero() {
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกวันครบกำหนดส่งเอกสาร กรุณาเลือกวันที่")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := t.idle(); err != nil {
		return err
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	if err := r.mayAsk(a, d.now()); err != nil {
		return err
	}
	again, err := asked(ctx, tx, id)
	if err != nil {
		return err
	}
	switch {
	case again && a.Override == "":
		return fault.New(fault.Conflict, "เรื่องนี้ขอเอกสารเพิ่มไปแล้วครั้งหนึ่ง กฎหมายให้ขอได้ครั้งเดียว หากจำเป็นต้องระบุเหตุผลตามกฎหมาย")
	case !again:
		a.Override = "" // there is nothing to step over
	}
	if again || len(a.Added) > 0 {
		if err := leads(ctx, tx, officer, again); err != nil {
			return err
		}
	}
	a.DueOn = r.onWorkingDay(a.DueOn)
	return d.ask(ctx, tx, by, t, officer, a)
}

// ask writes a notice that may be sent.
func (d *Desk) ask(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, officer agencies.OfficerID, a Asking) error {
	var notice NoticeID
	err := tx.QueryRow(ctx, `INSERT INTO deficiency_notices (agency_id, ticket_id, officer_id, due_on, override, at, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`, t.AgencyID, t.ID, officer, day(a.DueOn), a.Override, d.now(), a.hash(t)).Scan(&notice)
	if err != nil {
		return fmt.Errorf("write notice for ticket %d: %w", t.ID, err)
	}
	for _, w := range a.all() {
		_, err := tx.Exec(ctx, `INSERT INTO wants (agency_id, ticket_id, notice_id, label, law) VALUES ($1, $2, $3, $4, $5)`, t.AgencyID, t.ID, notice, w.Label, w.Law)
		if err != nil {
			return fmt.Errorf("write notice for ticket %d: %w", t.ID, err)
		}
	}
	return d.await(ctx, tx, t, by, EventAsked, Detail{
		Notice: notice, Documents: len(a.all()), DueOn: day(a.DueOn), Override: a.Override != "", Hash: a.hash(t),
	})
}

// await lets a case wait for its citizen, who is told.
func (d *Desk) await(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, kind EventKind, detail Detail) error {
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2 WHERE id = $1`, t.ID, Awaiting); err != nil {
		return fmt.Errorf("update ticket %d: %w", t.ID, err)
	}
	t.Status = Awaiting
	if err := d.happened(ctx, tx, t, by, kind, detail); err != nil {
		return err
	}
	args := AskedArgs{NoticeID: detail.Notice}
	if kind != EventAsked {
		if err := tx.QueryRow(ctx, `SELECT max(seq) FROM ticket_events WHERE ticket_id = $1`, t.ID).Scan(&args.Seq); err != nil {
			return fmt.Errorf("history of ticket %d: %w", t.ID, err)
		}
	}
	if _, err := d.jobs.InsertTx(ctx, tx, args, nil); err != nil {
		return fmt.Errorf("enqueue notice of ticket %d: %w", t.ID, err)
	}
	if kind != EventAsked {
		return nil
	}
	return d.keepLetter(ctx, tx, LetterID{t.ID, NoticeLetter, int64(detail.Notice)})
}

// check tidies what is asked for and refuses what no case may be asked for.
func (a *Asking) check() error {
	a.Override = strings.TrimSpace(a.Override)
	var labels []string
	for _, l := range a.Labels {
		if l = strings.TrimSpace(l); l != "" && !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	a.Labels = labels
	var added []Added
	for _, w := range a.Added {
		w.Label, w.Law = strings.TrimSpace(w.Label), strings.TrimSpace(w.Law)
		if w.Label == "" || slices.Contains(labels, w.Label) {
			continue
		}
		if w.Law == "" {
			return fault.Newf(fault.Invalid, "“{document}” ไม่อยู่ในคู่มือสำหรับประชาชน กรุณาระบุกฎหมายที่กำหนดเพิ่ม", "document", w.Label)
		}
		labels, added = append(labels, w.Label), append(added, w)
	}
	a.Added = added
	switch n := len(labels); {
	case n == 0:
		return fault.New(fault.Invalid, "ยังไม่ได้ระบุเอกสารที่ขาด กรุณาระบุชื่อเอกสารอย่างน้อยหนึ่งรายการ")
	case n > MostWants:
		return fault.Newf(fault.Invalid, "ขอเอกสารได้ครั้งละไม่เกิน {n} รายการ กรุณารวมรายการที่เป็นเรื่องเดียวกัน", "n", MostWants)
	}
	for _, l := range labels {
		if len([]rune(l)) > LongestWant {
			return fault.Newf(fault.Invalid, "ชื่อเอกสารยาวเกินไป กรุณาย่อให้ไม่เกินรายการละ {n} ตัวอักษร", "n", LongestWant)
		}
	}
	return nil
}

// all is everything that is asked for, what the manual lists first.
func (a Asking) all() []Added {
	var all []Added
	for _, l := range a.Labels {
		all = append(all, Added{Label: l})
	}
	return append(all, a.Added...)
}

// mayAsk holds a notice against the manual that the case keeps, and its date against the time that the citizen has.
func (r record) mayAsk(a Asking, now time.Time) error {
	listed := r.documents()
	for _, label := range a.Labels {
		i := slices.IndexFunc(listed, func(f forms.Field) bool { return f.Label.TH == label })
		switch {
		case i < 0:
			return fault.Newf(fault.Invalid, "“{document}” ไม่อยู่ในคู่มือสำหรับประชาชนของเรื่องนี้ จึงขอไม่ได้ เว้นแต่กฎหมายกำหนดเพิ่มและหัวหน้างานเป็นผู้ขอ", "document", label)
		case listed[i].Issuer == forms.State:
			return stateIssued(label)
		}
	}
	for _, w := range a.Added {
		if slices.ContainsFunc(stateDocuments, func(name string) bool { return strings.Contains(w.Label, name) }) {
			return stateIssued(w.Label)
		}
	}
	if !a.DueOn.After(now) {
		return fault.New(fault.Invalid, "วันครบกำหนดส่งเอกสารต้องเป็นวันหลังจากวันนี้ กรุณาเลือกวันใหม่")
	}
	if first := r.soonest(now); day(r.onWorkingDay(a.DueOn)) < day(first) {
		return fault.Newf(fault.Invalid, "ต้องให้เวลาประชาชนส่งเอกสารถึงวันที่ {day} เป็นอย่างน้อย กรุณาเลือกวันใหม่", "day", thai.Date(first))
	}
	return nil
}

// stateDocuments are names of documents that the state itself issues and officers fetch (EGA-12.1).
var stateDocuments = []string{"บัตรประชาชน", "บัตรประจำตัวประชาชน", "ทะเบียนบ้าน", "ทะเบียนพาณิชย์", "หนังสือรับรองนิติบุคคล"}

func stateIssued(label string) error {
	return fault.Newf(fault.Invalid, "“{document}” เป็นเอกสารที่รัฐออก เจ้าหน้าที่ต้องตรวจหรือคัดสำเนาเอง จึงขอจากประชาชนไม่ได้ (พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 มาตรา 12)", "document", label)
}

// documents are those that the manual of a case lists, of each of several things too.
func (r record) documents() []forms.Field {
	var all []forms.Field
	add := func(fields []forms.Field) {
		for _, f := range fields {
			if f.Files() && !slices.ContainsFunc(all, func(o forms.Field) bool { return o.Label.TH == f.Label.TH }) {
				all = append(all, f)
			}
		}
	}
	add(r.form.Fields)
	for _, f := range r.form.Fields {
		add(f.Fields)
	}
	add(r.form.Open(r.answers))
	return all
}

// soonest is the earliest last day that a citizen may be given: what the service states, else a week.
func (r record) soonest(now time.Time) time.Time {
	c, stated := r.form.Clock(forms.Supply, r.answers)
	switch {
	case !stated:
		return r.onWorkingDay(r.calendar.AddCalendarDays(now, shortestSupply))
	case c.Unit == forms.WorkingDays:
		return r.calendar.AddWorkingDays(now, c.Days)
	default:
		return r.onWorkingDay(r.calendar.AddCalendarDays(now, c.Days))
	}
}

// onWorkingDay is the day itself, or the next on which the agency works (LOC-5).
func (r record) onWorkingDay(at time.Time) time.Time {
	for range 366 { // a calendar of nothing but holidays never ends
		if r.calendar.Working(at) {
			break
		}
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// asked says whether documents were asked for in a case.
func asked(ctx context.Context, tx pgx.Tx, id TicketID) (before bool, err error) {
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM deficiency_notices WHERE ticket_id = $1)`, id).Scan(&before); err != nil {
		return false, fmt.Errorf("count notices of ticket %d: %w", id, err)
	}
	return before, nil
}

// leads refuses an officer who is not the head.
func leads(ctx context.Context, tx pgx.Tx, id agencies.OfficerID, again bool) error {
	officer, err := agencies.FindOfficer(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case officer.Role.Can(agencies.LeadTickets):
		return nil
	case again:
		return fault.New(fault.Forbidden, "กฎหมายให้ขอเอกสารเพิ่มได้ครั้งเดียว ครั้งที่สองต้องให้หัวหน้างานเป็นผู้ทำรายการพร้อมเหตุผลตามกฎหมาย")
	default:
		return fault.New(fault.Forbidden, "สิ่งที่ไม่อยู่ในคู่มือสำหรับประชาชนขอได้เฉพาะเมื่อกฎหมายกำหนดเพิ่ม และต้องให้หัวหน้างานเป็นผู้ทำรายการ")
	}
}

// day is the day of a time in Bangkok, as the database keeps it.
func day(at time.Time) string { return at.In(thai.Bangkok()).Format(time.DateOnly) }

// SupplyDays is when the citizen of a case must have at least, and what is offered to officers: a working week more than
// twice that.
func (d *Desk) SupplyDays(ctx context.Context, tx pgx.Tx, t Ticket) (first, usual time.Time, err error) {
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return first, usual, err
	}
	first, usual = r.soonest(d.now()), r.calendar.AddWorkingDays(d.now(), usualSupply)
	if usual.Before(first) {
		usual = first
	}
	return first, usual, nil
}

// usualSupply is how many working days are offered for finding documents.
const usualSupply = 15
