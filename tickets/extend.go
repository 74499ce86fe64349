package tickets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/internal/fault"
)

// Extend prolongs the time to decide, as often and by as much as the law of the service allows, before it is over
// (LFA-10.1). The citizen is told, with the reason.
func (d *Desk) Extend(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, days int, reason string) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ขยายเวลาพิจารณาได้")
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < shortestReason {
		return fault.New(fault.Invalid, "กรุณาระบุเหตุที่ต้องขยายเวลา กฎหมายให้แจ้งเหตุผลแก่ผู้ยื่นก่อนสิ้นกำหนดเดิม")
	}
	if err := tooLong(reason); err != nil {
		return err
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
	s := r.story()
	c := r.deciding()
	switch {
	case c.Times == 0:
		return fault.New(fault.Conflict, "กฎหมายของบริการนี้ไม่ให้ขยายเวลาพิจารณา")
	case len(s.extensions) >= c.Times:
		return fault.Newf(fault.Conflict, "ขยายเวลาครบ {n} ครั้งตามที่กฎหมายให้แล้ว", "n", c.Times)
	case days < 1 || days > c.Longer:
		return fault.Newf(fault.Invalid, "ขยายเวลาได้ครั้งละไม่เกิน {n} วัน กรุณาระบุจำนวนวันใหม่", "n", c.Longer)
	case c.Late(d.now()):
		return fault.New(fault.Conflict, "พ้นกำหนดพิจารณาแล้ว จึงขยายเวลาไม่ได้ กรุณาแจ้งเหตุแห่งความล่าช้าแก่ผู้ยื่นแทน")
	}
	n := s.extensionsOff + len(s.extensions) + 1
	_, err = tx.Exec(ctx, `INSERT INTO extensions (agency_id, ticket_id, n, days, reason, officer_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.AgencyID, id, n, days, reason, officer, d.now())
	if err != nil {
		return fmt.Errorf("prolong the time of ticket %d: %w", id, err)
	}
	if err := d.happened(ctx, tx, t, by, EventExtended, Detail{Days: days}); err != nil {
		return err
	}
	return d.tellAll(ctx, tx, id, func(to TicketID) river.JobArgs { return ExtendedArgs{TicketID: id, N: n, To: to} })
}

// ExtendedArgs is the fact that the time to decide was prolonged.
type ExtendedArgs struct {
	TicketID TicketID `json:"ticket_id"`
	N        int      `json:"n"`            // 1 is the first prolongation
	To       TicketID `json:"to,omitempty"` // whose citizen is told, of a case that followed it then; 0: its own
}

// Kind names the job.
func (ExtendedArgs) Kind() string { return "extended" }

// Extension is a prolongation of the time to decide, as the citizen was told of it.
type Extension struct {
	N         int                `db:"n"` // 1 is the first of its case
	Days      int                `db:"days"`
	Reason    string             `db:"reason"`
	OfficerID agencies.OfficerID `db:"officer_id"`
	At        time.Time          `db:"at"`
}

// FindExtension returns a prolongation of a case.
func FindExtension(ctx context.Context, tx pgx.Tx, id TicketID, n int) (Extension, error) {
	rows, err := tx.Query(ctx, `SELECT n, days, reason, officer_id, at FROM extensions WHERE ticket_id = $1 AND n = $2`, id, n)
	if err != nil {
		return Extension{}, fmt.Errorf("find prolongation %d of ticket %d: %w", n, id, err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Extension])
	if err != nil {
		return Extension{}, fmt.Errorf("find prolongation %d of ticket %d: %w", n, id, err)
	}
	return e, nil
}

// Extensions returns the prolongations of a case, the first one first.
func Extensions(ctx context.Context, tx pgx.Tx, id TicketID) ([]Extension, error) {
	rows, err := tx.Query(ctx, `SELECT n, days, reason, officer_id, at FROM extensions WHERE ticket_id = $1 ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("prolongations of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Extension])
}
