package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// EventPhotographed says that an officer added a photo of what was done.
const EventPhotographed EventKind = "photographed"

// LabelAfter is the name of such a photo among the files of its case.
const LabelAfter = "รูปหลังดำเนินการ"

// LabelStill is the name of a photo with which a citizen shows that it is not done.
const LabelStill = "รูปที่ส่งเมื่อแจ้งว่ายังไม่เรียบร้อย"

// mostPhotos is how many photos of the work stand beside one decision at most.
const mostPhotos = 10

// Photograph adds a photo of what was done. It stands beside the next approval. The transaction must see everybody's: an
// agency takes no files by itself. The same photo again changes nothing.
func (d *Desk) Photograph(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, photo int64) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่แนบรูปผลงานได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if t.Status.Rests() {
		return closedFault(t)
	}
	waiting, err := photos(ctx, tx, id, 0)
	switch {
	case err != nil:
		return err
	case slices.Contains(waiting, photo):
		return nil
	case len(waiting) >= mostPhotos:
		return fault.Newf(fault.Invalid, "แนบรูปผลงานได้ไม่เกิน {n} รูป กรุณาเลือกเฉพาะรูปที่เห็นชัด", "n", mostPhotos)
	}
	if err := attach(ctx, tx, t, photo, LabelAfter, d.now()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO work_photos (agency_id, ticket_id, attachment_id, officer_id, at) VALUES ($1, $2, $3, $4, $5)`, t.AgencyID, id, photo, officer, d.now())
	if err != nil {
		return fmt.Errorf("add photo %d to ticket %d: %w", photo, id, err)
	}
	return d.happened(ctx, tx, t, by, EventPhotographed, Detail{Attachment: photo})
}

// Photos returns the photos of the work that stand beside a decision of a case, in the order in which they came; n is 0 for
// those that wait for the next one.
func Photos(ctx context.Context, tx pgx.Tx, id TicketID, n int) ([]int64, error) {
	return photos(ctx, tx, id, n)
}

func photos(ctx context.Context, tx pgx.Tx, id TicketID, n int) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT attachment_id FROM work_photos WHERE ticket_id = `+decidedOn+` AND n IS NOT DISTINCT FROM nullif($2, 0) ORDER BY at, attachment_id`, id, n)
	if err != nil {
		return nil, fmt.Errorf("photos of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// EvidenceFor is what must stand beside the approval of a case.
func EvidenceFor(ctx context.Context, tx pgx.Tx, id TicketID) (wanted []forms.Evidence, err error) {
	if err := tx.QueryRow(ctx, `SELECT evidence FROM tickets WHERE id = $1`, id).Scan(&wanted); err != nil {
		return nil, fmt.Errorf("evidence of ticket %d: %w", id, err)
	}
	return wanted, nil
}

// mustShow refuses an approval that does not show its work (SVC-5). The database does too.
func (d *Desk) mustShow(ctx context.Context, tx pgx.Tx, t Ticket, dec *Decision) error {
	if dec.Crew = strings.TrimSpace(dec.Crew); !dec.Outcome.Granted() {
		dec.Crew, dec.WorkedOn = "", nil
		return nil
	}
	wanted, err := EvidenceFor(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	shown, err := photos(ctx, tx, t.ID, 0)
	switch {
	case err != nil:
		return err
	case dec.WorkedOn != nil && day(*dec.WorkedOn) > day(d.now()):
		return fault.New(fault.Invalid, "วันที่ดำเนินการเป็นวันข้างหน้า กรุณาตรวจวันที่อีกครั้ง")
	case slices.Contains(wanted, forms.AfterPhoto) && len(shown) == 0:
		return fault.New(fault.Invalid, "การปิดเรื่องนี้ต้องมีรูปถ่ายหลังดำเนินการ กรุณาแนบรูปอย่างน้อยหนึ่งรูป")
	case slices.Contains(wanted, forms.Crew) && dec.Crew == "":
		return fault.New(fault.Invalid, "กรุณาระบุชุดช่างหรือหน่วยที่ดำเนินการ ประชาชนจะเห็นข้อมูลนี้")
	case slices.Contains(wanted, forms.WorkedOn) && dec.WorkedOn == nil:
		return fault.New(fault.Invalid, "กรุณาระบุวันที่ดำเนินการ ประชาชนจะเห็นข้อมูลนี้")
	}
	return nil
}

// showsWork puts the photos that waited beside the decision that was just written.
func (d *Desk) showsWork(ctx context.Context, tx pgx.Tx, t Ticket) error {
	_, err := tx.Exec(ctx, `UPDATE work_photos SET n = (SELECT max(n) FROM decisions WHERE ticket_id = $1) WHERE ticket_id = $1 AND n IS NULL`, t.ID)
	if err != nil {
		return fmt.Errorf("photos of the decision of ticket %d: %w", t.ID, err)
	}
	return nil
}

// Before returns the photos that came with a request.
func Before(ctx context.Context, tx pgx.Tx, t Ticket) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT (jsonb_array_elements_text(a -> 'attachments'))::bigint FROM requests r, jsonb_array_elements(r.answers) a
		WHERE r.id = $1 AND a ->> 'kind' = $2`, t.RequestID, forms.PhotoField)
	if err != nil {
		return nil, fmt.Errorf("photos that came with ticket %d: %w", t.ID, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Work is by whom and when the work was done, on one line: "ชุดช่างไฟฟ้า 2 · 24 พ.ย. 2569".
func (dec Decision) Work() string {
	parts := []string{dec.Crew}
	if dec.WorkedOn != nil {
		parts = append(parts, thai.Date(*dec.WorkedOn))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}
