package permits

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Former finds the permit that another one is to stand for, by its number as people type it, in the register of one agency
// and service. It is nil for a number that is none of ours, as that of a licence on paper. A number that looks like ours but
// is not in that register is refused: a fault NotFound.
func Former(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, formKey, typed string) (*Permit, error) {
	return former(ctx, tx, agency, formKey, typed, "")
}

func former(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, formKey, typed, lock string) (*Permit, error) {
	number, ok := ParseNumber(typed)
	if !ok {
		return nil, nil //nolint:nilnil // licences on paper are in no register
	}
	p, err := find(ctx, tx, `SELECT `+permitColumns+` FROM permits WHERE number = $1`+lock, number)
	if fault.Is(err, fault.NotFound) || err == nil && (p.AgencyID != agency || p.FormKey != formKey) {
		return nil, fault.Newf(fault.NotFound, "ไม่มีใบอนุญาตเลขที่ {number} ของบริการนี้ในทะเบียนของหน่วยงาน กรุณาตรวจเลขที่บนฉบับเดิมแล้วพิมพ์ใหม่", "number", number)
	}
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// Replaceable refuses a permit that does not hold at a moment: a replacement of what does not hold is none.
func (p Permit) Replaceable(at time.Time) error {
	switch p.StatusAt(at) {
	case Revoked:
		return fault.Newf(fault.Conflict, "ใบอนุญาต {number} ถูกเพิกถอนแล้ว จึงออกฉบับแทนไม่ได้ กรุณาบันทึกผลเป็นไม่อนุมัติ", "number", p.Number)
	case Replaced:
		return fault.Newf(fault.Conflict, "ใบอนุญาต {number} มีฉบับ {newer} ใช้แทนแล้ว กรุณาใช้เลขที่ของฉบับนั้น", "number", p.Number, "newer", p.ReplacedBy)
	case Expired:
		return fault.Newf(fault.Conflict, "ใบอนุญาต {number} สิ้นอายุเมื่อ {day} แล้ว จึงออกฉบับแทนไม่ได้ กรุณาบันทึกผลเป็นไม่อนุมัติ และแนะนำให้ยื่นขอใหม่", "number", p.Number, "day", thai.Date(noon(*p.ValidUntil)))
	case Suspended:
		return fault.Newf(fault.Conflict, "ใบอนุญาต {number} ถูกพักใช้อยู่ จึงยังออกฉบับแทนไม่ได้ กรุณารอให้พ้นการพักใช้ หรือบันทึกผลเป็นไม่อนุมัติ", "number", p.Number)
	case Active:
	}
	return nil
}

// takeOver finds what a grant stands for, if that is in the register, and keeps it for this transaction; the grant gets its
// number and its end as they stand there. That its last day went by since the approval stops nothing: so does the new one's.
func (o *Office) takeOver(ctx context.Context, tx pgx.Tx, g *Grant) (*Permit, error) {
	old, err := former(ctx, tx, g.AgencyID, g.FormKey, g.Replaces, ` FOR UPDATE`)
	if err != nil || old == nil {
		return nil, err
	}
	if old.StatusAt(o.now()) != Expired {
		if err := old.Replaceable(o.now()); err != nil {
			return nil, err
		}
	}
	g.Replaces, g.Until = old.Number, time.Time{}
	if old.ValidUntil != nil {
		g.Until = noon(*old.ValidUntil)
	}
	return old, nil
}

// replaced records that another permit stands for one that this transaction has locked.
func (o *Office) replaced(ctx context.Context, tx pgx.Tx, by Actor, old, stands Permit) error {
	old.Recorded, old.StatusReason, old.SuspendedUntil, old.ReplacedBy = Replaced, "", nil, stands.Number
	_, err := tx.Exec(ctx, `UPDATE permits SET status = $2, status_reason = '', suspended_until = NULL, replaced_by = $3 WHERE id = $1`,
		old.ID, old.Recorded, old.ReplacedBy)
	if err != nil {
		return fmt.Errorf("replace permit %d: %w", old.ID, err)
	}
	return o.happened(ctx, tx, old, by, EventReplaced, map[string]any{"status": Replaced, "by": stands.Number})
}
