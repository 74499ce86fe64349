package tickets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Answer is what an agency says to a question.
type Answer string

// The answers; the last one names who should be asked instead (EGA-10.4).
const (
	Agree               Answer = "agree"
	AgreeWithConditions Answer = "agree_with_conditions"
	Object              Answer = "object"
	NoOpinion           Answer = "no_opinion"
	NotOurs             Answer = "not_ours"
)

// Thai is the answer as officers read it; empty: there is none.
func (a Answer) Thai() string {
	switch a {
	case Agree:
		return "เห็นชอบ"
	case AgreeWithConditions:
		return "เห็นชอบโดยมีเงื่อนไข"
	case Object:
		return "ไม่เห็นชอบ"
	case NoOpinion:
		return "ไม่มีความเห็น"
	case NotOurs:
		return "ไม่อยู่ในอำนาจหน้าที่"
	default:
		return ""
	}
}

// Advice is what an agency answered, signed with post and, where power was delegated, the other post and the order (EGA-16.1).
type Advice struct {
	Answer     Answer              `db:"answer"` // empty: nothing yet
	Text       string              `db:"text"`
	Body       string              `db:"body"` // who should be asked instead
	AnsweredBy *agencies.OfficerID `db:"answered_by"`
	Signature
	AnsweredAt *time.Time `db:"answered_at"`
}

const adviceColumns = `answer, text, body, answered_by, post, acting_for, order_no, answered_at`

// EnquiryID identifies an enquiry.
type EnquiryID int64

// Enquiry is a consultation as it is at the agency that is asked: with as much of the case as was allowed.
type Enquiry struct {
	ID             EnquiryID           `db:"id"`
	AgencyID       agencies.AgencyID   `db:"agency_id"` // that is asked
	ConsultationID ConsultationID      `db:"consultation_id"`
	From           agencies.AgencyID   `db:"from_agency"`
	AskedBy        agencies.OfficerID  `db:"asked_by"`
	Number         string              `db:"number"`
	About          string              `db:"about"` // number of the case there
	Title          string              `db:"title"` // the service
	Subject        string              `db:"subject"`
	CitizenName    string              `db:"citizen_name"` // empty: it is not needed
	Question       string              `db:"question"`
	DueOn          time.Time           `db:"due_on"`
	DueAt          time.Time           `db:"due_at"`
	At             time.Time           `db:"at"`
	OfficerID      *agencies.OfficerID `db:"officer_id"` // who has taken it
	Advice
	EndedAt  *time.Time `db:"ended_at"` // it is needed no longer
	EndedWhy string     `db:"ended_why"`
}

const enquiryColumns = `id, agency_id, consultation_id, from_agency, asked_by, number, about, title, subject, citizen_name, question, due_on, due_at, at, officer_id, ` + adviceColumns + `, ended_at, ended_why`

// Waits reports whether an answer is awaited.
func (e Enquiry) Waits() bool { return e.AnsweredAt == nil && e.EndedAt == nil }

// Late reports whether the answer came after the last day.
func (e Enquiry) Late() bool { return e.AnsweredAt != nil && e.AnsweredAt.After(e.DueAt) }

// EnquiryEvent is one line of an enquiry's append-only history.
type EnquiryEvent = chain.Event[EnquiryID, string, EventKind]

func enquiryBook() chain.Book[EnquiryID, string, EventKind] {
	return chain.Book[EnquiryID, string, EventKind]{Of: "enquiry"}
}

// EnquiryHistory returns what happened to an enquiry at the agency that is asked, oldest first (EGA-15.1).
func EnquiryHistory(ctx context.Context, tx pgx.Tx, id EnquiryID) ([]EnquiryEvent, error) {
	return enquiryBook().History(ctx, tx, id)
}

// noted adds a line to the history of an enquiry that this transaction has locked, and tells open inboxes.
func (d *Desk) noted(ctx context.Context, tx pgx.Tx, by Actor, e Enquiry, kind EventKind, detail Detail) error {
	detail.Via = by.Via
	if _, err := enquiryBook().Append(ctx, tx, int64(e.AgencyID), EnquiryEvent{Subject: e.ID, At: d.now(), Actor: by.String(), Kind: kind}, detail); err != nil {
		return err
	}
	return Ring(ctx, tx, e.AgencyID, 0)
}

// digest is the SHA-256 of words, which stays in histories when the words are gone.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Settle brings what either agency wrote about a consultation to the other: the question there, the answer and who read what
// here, and that it is needed no longer. Again it finds nothing to do. The transaction must see both agencies.
func (d *Desk) Settle(ctx context.Context, tx pgx.Tx, id ConsultationID) error {
	c, err := FindConsultation(ctx, tx, id)
	if err != nil {
		return err
	}
	t, err := lock(ctx, tx, c.TicketID)
	if err != nil {
		return err
	}
	if c, err = FindConsultation(ctx, tx, id); err != nil { // as it is under the lock
		return err
	}
	e, err := lockEnquiryOf(ctx, tx, id)
	switch {
	case fault.Is(err, fault.NotFound) && c.EndedAt != nil:
		return nil // nobody there has heard of it
	case fault.Is(err, fault.NotFound):
		return d.enquire(ctx, tx, t, c)
	case err != nil:
		return err
	}
	if err := d.carryBack(ctx, tx, t, c, e); err != nil {
		return err
	}
	if c.EndedAt == nil || !e.Waits() {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE enquiries SET ended_at = $2, ended_why = $3 WHERE id = $1`, e.ID, c.EndedAt, c.EndedWhy); err != nil {
		return fmt.Errorf("end enquiry %d: %w", e.ID, err)
	}
	return d.noted(ctx, tx, System(), e, EventConsultEnded, Detail{Consultation: c.ID})
}

// enquire makes the enquiry at the agency that is asked, with a number of its own and what the case allows.
func (d *Desk) enquire(ctx context.Context, tx pgx.Tx, t Ticket, c Consultation) error {
	agency, err := agencies.Find(ctx, tx, c.To)
	if err != nil {
		return err
	}
	secret, err := d.confidential(ctx, tx, t)
	if err != nil {
		return err
	}
	e := Enquiry{AgencyID: c.To, Subject: t.Subject}
	if secret {
		e.Subject = ""
	}
	if c.Named && !secret {
		e.CitizenName = t.CitizenName
	}
	year := thai.BuddhistYear(d.now())
	n, err := agencies.NextNumber(ctx, tx, c.To, "enquiry", year)
	if err != nil {
		return err
	}
	e.Number = fmt.Sprintf("%s-OP-%d-%06d", agency.Code, year, n)
	err = tx.QueryRow(ctx, `INSERT INTO enquiries (agency_id, consultation_id, from_agency, asked_by, number, about, title, subject, citizen_name, question, due_on, due_at, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
		c.To, c.ID, c.AgencyID, c.OfficerID, e.Number, t.Number, t.Title, e.Subject, e.CitizenName, c.Question, c.DueOn.Format(time.DateOnly), c.DueAt, d.now()).Scan(&e.ID)
	if err != nil {
		return fmt.Errorf("make the enquiry of consultation %d: %w", c.ID, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO enquiry_files (enquiry_id, agency_id, ticket_id, attachment_id, label)
		SELECT $1, $2, ticket_id, attachment_id, label FROM ticket_files WHERE ticket_id = $3 AND attachment_id = ANY($4)`, e.ID, c.To, t.ID, c.Files)
	if err != nil {
		return fmt.Errorf("files of enquiry %d: %w", e.ID, err)
	}
	due := c.DueAt.UTC()
	return d.noted(ctx, tx, System(), e, EventConsulted, Detail{Consultation: c.ID, Agency: c.AgencyID, DueOn: c.DueOn.Format(time.DateOnly), DueAt: &due, Documents: len(c.Files), Digest: digest(c.Question)})
}

// carryBack writes into the history of the case what happened at the agency that was asked since the last time, and keeps its
// answer.
func (d *Desk) carryBack(ctx context.Context, tx pgx.Tx, t Ticket, c Consultation, e Enquiry) error {
	events, err := EnquiryHistory(ctx, tx, e.ID)
	if err != nil {
		return err
	}
	for _, line := range events {
		if line.Seq <= c.Told {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE consultations SET told = $2 WHERE id = $1`, c.ID, line.Seq); err != nil {
			return fmt.Errorf("carry back line %d of enquiry %d: %w", line.Seq, e.ID, err)
		}
		said := detailOf(Event{Detail: line.Detail})
		said.Agency, said.Via = c.To, 0
		switch line.Kind {
		case EventConsultTaken, EventConsultRead:
		case EventConsultAnswered, EventConsultDeclined:
			if err := d.keepAnswer(ctx, tx, t, c, e); err != nil {
				return err
			}
		default: // that stands there already
			continue
		}
		if err := d.happened(ctx, tx, t, System(), line.Kind, said); err != nil {
			return err
		}
	}
	return nil
}

// keepAnswer copies the answer to the agency that asked, and puts the case before its officers. Of a case whose words were
// erased the words are not kept.
func (d *Desk) keepAnswer(ctx context.Context, tx pgx.Tx, t Ticket, c Consultation, e Enquiry) error {
	whole, err := Whole(ctx, tx, t)
	if err != nil {
		return err
	}
	if !whole {
		e.Text, e.Body = "", ""
	}
	_, err = tx.Exec(ctx, `UPDATE consultations SET answer = $2, text = $3, body = $4, answered_by = $5, post = $6, acting_for = $7, order_no = $8, answered_at = $9 WHERE id = $1`,
		c.ID, e.Answer, e.Text, e.Body, e.AnsweredBy, e.Post, e.ActingFor, e.OrderNo, e.AnsweredAt)
	if err != nil {
		return fmt.Errorf("keep the answer to consultation %d: %w", c.ID, err)
	}
	if t.Status.Rests() {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, t.ID); err != nil {
		return fmt.Errorf("put ticket %d before its officers: %w", t.ID, err)
	}
	return nil
}

// FindEnquiry returns an enquiry of an agency's own, or fault.NotFound.
func FindEnquiry(ctx context.Context, tx pgx.Tx, id EnquiryID) (Enquiry, error) {
	return findEnquiry(ctx, tx, `id = $1`, id)
}

func lockEnquiry(ctx context.Context, tx pgx.Tx, id EnquiryID) (Enquiry, error) {
	return findEnquiry(ctx, tx, `id = $1 FOR UPDATE`, id)
}

func lockEnquiryOf(ctx context.Context, tx pgx.Tx, id ConsultationID) (Enquiry, error) {
	return findEnquiry(ctx, tx, `consultation_id = $1 FOR UPDATE`, id)
}

func findEnquiry(ctx context.Context, tx pgx.Tx, where string, arg any) (Enquiry, error) {
	rows, err := tx.Query(ctx, `SELECT `+enquiryColumns+` FROM enquiries WHERE `+where, arg)
	if err != nil {
		return Enquiry{}, fmt.Errorf("find enquiry: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Enquiry])
	if errors.Is(err, pgx.ErrNoRows) {
		return e, fault.New(fault.NotFound, "ไม่พบคำขอความเห็นนี้ในหน่วยงานของท่าน กรุณาเปิดจากรายการขอความเห็น")
	}
	if err != nil {
		return e, fmt.Errorf("find enquiry: %w", err)
	}
	return e, nil
}

// Enquiries returns what an agency is asked, at most limit: what waits, the soonest due first; or with over what is answered or
// needed no longer, the newest first.
func Enquiries(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, over bool, limit int) ([]Enquiry, error) {
	query := `SELECT ` + enquiryColumns + ` FROM enquiries WHERE agency_id = $1 AND answered_at IS NULL AND ended_at IS NULL ORDER BY due_at, id LIMIT $2`
	if over {
		query = `SELECT ` + enquiryColumns + ` FROM enquiries WHERE agency_id = $1 AND (answered_at IS NOT NULL OR ended_at IS NOT NULL) ORDER BY id DESC LIMIT $2`
	}
	rows, err := tx.Query(ctx, query, agency, limit)
	if err != nil {
		return nil, fmt.Errorf("enquiries at agency %d: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Enquiry])
	if err != nil {
		return nil, fmt.Errorf("enquiries at agency %d: %w", agency, err)
	}
	return all, nil
}

// EnquiriesWaiting counts what an agency is asked and has not answered.
func EnquiriesWaiting(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM enquiries WHERE agency_id = $1 AND answered_at IS NULL AND ended_at IS NULL`, agency).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the enquiries at agency %d: %w", agency, err)
	}
	return n, nil
}

// EnquiryFiles returns the files that may be read with an enquiry; those that left the case are gone from it.
func EnquiryFiles(ctx context.Context, tx pgx.Tx, id EnquiryID) ([]File, error) {
	rows, err := tx.Query(ctx, `SELECT attachment_id, label FROM enquiry_files WHERE enquiry_id = $1 ORDER BY attachment_id`, id)
	if err != nil {
		return nil, fmt.Errorf("files of enquiry %d: %w", id, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f File, err error) { return f, row.Scan(&f.AttachmentID, &f.Label) })
	if err != nil {
		return nil, fmt.Errorf("files of enquiry %d: %w", id, err)
	}
	return all, nil
}

// TakeEnquiry makes an officer of the agency that is asked responsible for the answer. Again it changes nothing.
func (d *Desk) TakeEnquiry(ctx context.Context, tx pgx.Tx, by Actor, id EnquiryID) error {
	officer, e, err := d.forEnquiry(ctx, tx, by, id)
	switch {
	case err != nil:
		return err
	case !e.Waits():
		return enquiryOver(e)
	case e.OfficerID != nil && *e.OfficerID == officer:
		return nil
	case e.OfficerID != nil:
		return fault.New(fault.Conflict, "มีเจ้าหน้าที่ท่านอื่นรับคำขอความเห็นนี้ไปแล้ว กรุณาประสานกับท่านนั้น")
	}
	return d.takeEnquiry(ctx, tx, by, officer, e)
}

func (d *Desk) takeEnquiry(ctx context.Context, tx pgx.Tx, by Actor, officer agencies.OfficerID, e Enquiry) error {
	if _, err := tx.Exec(ctx, `UPDATE enquiries SET officer_id = $2 WHERE id = $1`, e.ID, officer); err != nil {
		return fmt.Errorf("take enquiry %d: %w", e.ID, err)
	}
	return d.wrote(ctx, tx, by, e, EventConsultTaken, Detail{Consultation: e.ConsultationID, Officer: officer})
}

// wrote adds a line that the agency which asked is told of.
func (d *Desk) wrote(ctx context.Context, tx pgx.Tx, by Actor, e Enquiry, kind EventKind, detail Detail) error {
	if err := d.noted(ctx, tx, by, e, kind, detail); err != nil {
		return err
	}
	return d.consulted(ctx, tx, e.ConsultationID)
}

// forEnquiry locks an enquiry for an officer.
func (d *Desk) forEnquiry(ctx context.Context, tx pgx.Tx, by Actor, id EnquiryID) (agencies.OfficerID, Enquiry, error) {
	officer, ok := by.officer()
	if !ok {
		return 0, Enquiry{}, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ตอบคำขอความเห็นได้")
	}
	e, err := lockEnquiry(ctx, tx, id)
	return officer, e, err
}

func enquiryOver(e Enquiry) error {
	if e.AnsweredAt != nil {
		return fault.New(fault.Conflict, "คำขอความเห็นนี้ตอบแล้ว ความเห็นที่ลงนามแล้วแก้ไขไม่ได้")
	}
	return fault.New(fault.Conflict, "หน่วยงานที่ถามไม่ต้องใช้ความเห็นนี้แล้ว จึงไม่ต้องตอบ")
}

// AnswerEnquiry signs what the agency says to an enquiry, once: an opinion, or that it is not theirs and who should be asked
// (EGA-10.4). It is taken after the last day too. Whoever answers what nobody has taken takes it; a colleague's is answered by
// that colleague or a head. The same officer's very same words again change nothing.
func (d *Desk) AnswerEnquiry(ctx context.Context, tx pgx.Tx, by Actor, id EnquiryID, says Advice) error {
	says.Text, says.Body = strings.TrimSpace(says.Text), strings.TrimSpace(says.Body)
	if err := says.fits(); err != nil {
		return err
	}
	officer, e, err := d.forEnquiry(ctx, tx, by, id)
	switch {
	case err != nil:
		return err
	case e.AnsweredBy != nil && *e.AnsweredBy == officer && e.Answer == says.Answer && e.Text == says.Text && e.Body == says.Body:
		return nil
	case !e.Waits():
		return enquiryOver(e)
	}
	if err := d.mayAnswer(ctx, tx, officer, e); err != nil {
		return err
	}
	if e.OfficerID == nil {
		if err := d.takeEnquiry(ctx, tx, by, officer, e); err != nil {
			return err
		}
	}
	if says.Signature, err = d.Signs(ctx, tx, officer, ""); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE enquiries SET answer = $2, text = $3, body = $4, answered_by = $5, post = $6, acting_for = $7, order_no = $8, answered_at = $9 WHERE id = $1`,
		id, says.Answer, says.Text, says.Body, officer, says.Post, says.ActingFor, says.OrderNo, d.now())
	if err != nil {
		return fmt.Errorf("answer enquiry %d: %w", id, err)
	}
	kind := EventConsultAnswered
	if says.Answer == NotOurs {
		kind = EventConsultDeclined
	}
	return d.wrote(ctx, tx, by, e, kind, Detail{
		Consultation: e.ConsultationID, Officer: officer, Answer: says.Answer, Late: d.now().After(e.DueAt), Digest: digest(says.Text),
		Post: says.Post, ActingFor: says.ActingFor, OrderNo: says.OrderNo,
	})
}

// fits says why an answer cannot be signed so.
func (s Advice) fits() error {
	switch n := len([]rune(s.Text)); {
	case s.Answer.Thai() == "":
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกความเห็น กรุณาเลือกหนึ่งข้อ")
	case n < shortestReason:
		return fault.New(fault.Invalid, "ความเห็นสั้นเกินไป กรุณาระบุเหตุผลหรือข้อเท็จจริงที่ผู้ถามใช้พิจารณาได้")
	case n > Longest:
		return fault.Newf(fault.Invalid, "ความเห็นยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", Longest)
	case s.Answer == NotOurs && s.Body == "":
		return fault.New(fault.Invalid, "กรุณาระบุหน่วยงานที่ควรถามแทน (พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 มาตรา 10)")
	case s.Answer != NotOurs && s.Body != "":
		return fault.New(fault.Invalid, "ระบุหน่วยงานที่ควรถามแทนเฉพาะเมื่อเลือกว่าไม่อยู่ในอำนาจหน้าที่ กรุณาเลือกอย่างใดอย่างหนึ่ง")
	}
	return tooLong(s.Body)
}

// mayAnswer refuses to answer what a colleague has taken.
func (d *Desk) mayAnswer(ctx context.Context, tx pgx.Tx, officer agencies.OfficerID, e Enquiry) error {
	if e.OfficerID == nil || *e.OfficerID == officer {
		return nil
	}
	who, err := agencies.FindOfficer(ctx, tx, officer)
	if err != nil {
		return err
	}
	if who.Role.Can(agencies.LeadTickets) {
		return nil
	}
	return fault.New(fault.Forbidden, "คำขอความเห็นนี้อยู่กับเจ้าหน้าที่ท่านอื่น ให้ท่านนั้นหรือหัวหน้างานเป็นผู้ตอบ")
}

// ReadEnquiryFile notes that an officer opened a file of another agency's case, once for each officer and file: both histories
// say so (PDP-8).
func (d *Desk) ReadEnquiryFile(ctx context.Context, tx pgx.Tx, by Actor, id EnquiryID, attachment int64) error {
	officer, e, err := d.forEnquiry(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if !e.Waits() {
		return enquiryOver(e)
	}
	events, err := EnquiryHistory(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, line := range events {
		if said := detailOf(Event{Detail: line.Detail}); line.Kind == EventConsultRead && said.Officer == officer && said.Attachment == attachment {
			return nil
		}
	}
	return d.wrote(ctx, tx, by, e, EventConsultRead, Detail{Consultation: e.ConsultationID, Officer: officer, Attachment: attachment})
}
