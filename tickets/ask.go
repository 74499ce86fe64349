package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// WantID identifies a document that was asked for.
type WantID int64

// NoticeID identifies a deficiency notice.
type NoticeID int64

// Want is one document of a deficiency notice.
type Want struct {
	ID           WantID     `db:"id"`
	NoticeID     NoticeID   `db:"notice_id"`
	Label        string     `db:"label"`
	DueOn        time.Time  `db:"due_on"`
	AttachmentID *int64     `db:"attachment_id"`
	SuppliedAt   *time.Time `db:"supplied_at"`
}

// Asking is a deficiency notice (บันทึกความบกพร่อง): everything that is missing, in one list with
// one date (LFA-8.1).
type Asking struct {
	Labels   []string
	DueOn    time.Time // last day to supply them, Bangkok
	Override string    // legal reason for asking a second time (LFA-8.2)
}

// AskedArgs is the fact that documents were asked for.
type AskedArgs struct {
	NoticeID NoticeID `json:"notice_id"`
}

// Kind names the job.
func (AskedArgs) Kind() string { return "asked" }

// Ask asks the citizen for missing documents. The law gives one opportunity: a second notice is
// refused unless it names its legal reason (LFA-8.2).
func (d *Desk) Ask(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, a Asking) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ขอเอกสารเพิ่มได้")
	}
	var labels []string
	for _, l := range a.Labels {
		if l = strings.TrimSpace(l); l != "" {
			labels = append(labels, l)
		}
	}
	if len(labels) == 0 {
		return fault.New(fault.Invalid, "ยังไม่ได้ระบุเอกสารที่ขาด กรุณาระบุชื่อเอกสารอย่างน้อยหนึ่งรายการ")
	}
	if !a.DueOn.After(d.now()) {
		return fault.New(fault.Invalid, "วันครบกำหนดส่งเอกสารต้องเป็นวันหลังจากวันนี้ กรุณาเลือกวันใหม่")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if !t.Status.CanBecome(Awaiting) && t.Status != Awaiting {
		return closedFault(t)
	}
	var before int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM deficiency_notices WHERE ticket_id = $1`, id).Scan(&before); err != nil {
		return fmt.Errorf("count notices of ticket %d: %w", id, err)
	}
	if before > 0 && strings.TrimSpace(a.Override) == "" {
		return fault.New(fault.Conflict, "เรื่องนี้ขอเอกสารเพิ่มไปแล้วครั้งหนึ่ง กฎหมายให้ขอได้ครั้งเดียว หากจำเป็นต้องระบุเหตุผลตามกฎหมาย")
	}
	var notice NoticeID
	err = tx.QueryRow(ctx, `INSERT INTO deficiency_notices (agency_id, ticket_id, officer_id, due_on, override, at)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, t.AgencyID, id, officer, a.DueOn.Format(time.DateOnly), a.Override, d.now()).Scan(&notice)
	if err != nil {
		return fmt.Errorf("write notice for ticket %d: %w", id, err)
	}
	for _, l := range labels {
		_, err := tx.Exec(ctx, `INSERT INTO wants (agency_id, ticket_id, notice_id, label) VALUES ($1, $2, $3, $4)`, t.AgencyID, id, notice, l)
		if err != nil {
			return fmt.Errorf("write notice for ticket %d: %w", id, err)
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2 WHERE id = $1`, id, Awaiting); err != nil {
		return fmt.Errorf("update ticket %d: %w", id, err)
	}
	t.Status = Awaiting
	err = d.happened(ctx, tx, t, by, EventAsked, Detail{
		Notice: notice, Documents: len(labels), DueOn: a.DueOn.Format(time.DateOnly), Override: before > 0,
	})
	if err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, AskedArgs{NoticeID: notice}, nil); err != nil {
		return fmt.Errorf("enqueue notice of ticket %d: %w", id, err)
	}
	return nil
}

// Wants returns the documents asked for in a ticket, in the order of asking.
func Wants(ctx context.Context, tx pgx.Tx, id TicketID) ([]Want, error) {
	rows, err := tx.Query(ctx, `SELECT w.id, w.notice_id, w.label, n.due_on, w.attachment_id, w.supplied_at
		FROM wants w JOIN deficiency_notices n ON n.id = w.notice_id WHERE w.ticket_id = $1 ORDER BY w.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read wants of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Want])
}

// NoticeTicket returns the ticket of a deficiency notice.
func NoticeTicket(ctx context.Context, tx pgx.Tx, id NoticeID) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE id = (SELECT ticket_id FROM deficiency_notices WHERE id = $1)`, id)
}

// Supply files a document that was asked for. When it was the last one, the ticket goes back to
// work. Supplying a want again replaces nothing: the first file stays, the new one is kept beside it.
func (d *Desk) Supply(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, want WantID, file int64) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	var label string
	err = tx.QueryRow(ctx, `SELECT label FROM wants WHERE id = $1 AND ticket_id = $2`, want, id).Scan(&label)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "ไม่พบรายการเอกสารที่ขอ อาจส่งไปแล้วหรือหน่วยงานไม่ต้องการแล้ว กรุณาเปิดดูเรื่องอีกครั้ง")
	}
	if err != nil {
		return fmt.Errorf("find what ticket %d wants: %w", id, err)
	}
	if err := attach(ctx, tx, t, file, label, d.now()); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE wants SET attachment_id = $2, supplied_at = $3 WHERE id = $1 AND supplied_at IS NULL`, want, file, d.now())
	if err != nil {
		return fmt.Errorf("supply to ticket %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	var open int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM wants WHERE ticket_id = $1 AND supplied_at IS NULL`, id).Scan(&open); err != nil {
		return fmt.Errorf("count wants of ticket %d: %w", id, err)
	}
	if t.Status == Awaiting && open == 0 {
		t.Status = Accepted
		if t.OfficerID == nil {
			t.Status = Open
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, unread = true WHERE id = $1`, id, t.Status); err != nil {
		return fmt.Errorf("update ticket %d: %w", id, err)
	}
	return d.happened(ctx, tx, t, by, EventSupplied, Detail{Want: want, Attachment: file, Documents: open})
}
