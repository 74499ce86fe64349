package permits

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Suspend makes a permit of no use through a last day, or until it is restored when until is zero.
func (o *Office) Suspend(ctx context.Context, tx pgx.Tx, by Actor, id PermitID, reason string, until time.Time) error {
	var last *time.Time
	if !until.IsZero() {
		local := until.In(thai.Bangkok())
		d := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
		if date(d) < day(o.now()) {
			return fault.New(fault.Invalid, "วันสุดท้ายของการพักใช้ต้องไม่ใช่วันที่ผ่านมาแล้ว")
		}
		last = &d
	}
	return o.change(ctx, tx, by, id, Suspended, EventSuspended, reason, last)
}

// Restore ends a suspension.
func (o *Office) Restore(ctx context.Context, tx pgx.Tx, by Actor, id PermitID, reason string) error {
	return o.change(ctx, tx, by, id, Active, EventRestored, reason, nil)
}

// Revoke ends a permit for good.
func (o *Office) Revoke(ctx context.Context, tx pgx.Tx, by Actor, id PermitID, reason string) error {
	return o.change(ctx, tx, by, id, Revoked, EventRevoked, reason, nil)
}

// change records another status with its reason, in the same transaction as the history and the webhook event.
func (o *Office) change(ctx context.Context, tx pgx.Tx, by Actor, id PermitID, to Status, kind EventKind, reason string, until *time.Time) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return fault.New(fault.Invalid, "กรุณาระบุเหตุผลของการเปลี่ยนสถานะใบอนุญาต")
	}
	p, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	switch {
	case p.Recorded == Revoked && to == Revoked:
		return nil
	case p.Recorded == Revoked:
		return fault.New(fault.Conflict, "ใบอนุญาตนี้ถูกเพิกถอนแล้ว เปลี่ยนสถานะไม่ได้ กรุณายื่นคำขอใหม่")
	case p.Recorded == Replaced:
		return fault.Newf(fault.Conflict, "ใบอนุญาตนี้มีฉบับ {newer} ใช้แทนแล้ว กรุณาเปลี่ยนสถานะที่ฉบับนั้น", "newer", p.ReplacedBy)
	case p.Recorded == Active && to == Active:
		return nil
	}
	p.Recorded, p.StatusReason, p.SuspendedUntil = to, reason, until
	if to == Active {
		p.StatusReason = ""
	}
	_, err = tx.Exec(ctx, `UPDATE permits SET status = $2, status_reason = $3, suspended_until = $4 WHERE id = $1`,
		id, p.Recorded, p.StatusReason, p.SuspendedUntil)
	if err != nil {
		return fmt.Errorf("change permit %d: %w", id, err)
	}
	detail := map[string]any{"status": to}
	if until != nil {
		detail["until"] = date(*until)
	}
	return o.happened(ctx, tx, p, by, kind, detail)
}
