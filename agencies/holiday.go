package agencies

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// AddHoliday records a holiday of the nation (agency 0) or of one agency, with where it was
// announced; added is false when the day is one already, which stays as it is.
func AddHoliday(ctx context.Context, tx pgx.Tx, agency AgencyID, day time.Time, name, source string) (added bool, err error) {
	var owner *AgencyID
	if agency != 0 {
		owner = &agency
	}
	tag, err := tx.Exec(ctx, `INSERT INTO holidays (agency_id, on_date, name, source) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, owner, day.Format(time.DateOnly), name, source)
	if err != nil {
		return false, fmt.Errorf("add holiday %s: %w", day.Format(time.DateOnly), err)
	}
	return tag.RowsAffected() == 1, nil
}

// Holiday is a day on which an agency does not work, by a decision (LOC-4).
type Holiday struct {
	On     time.Time `db:"on_date"` // midnight UTC of the day
	Name   string    `db:"name"`
	Source string    `db:"source"` // where it was announced
	Own    bool      `db:"own"`    // the agency's alone; else the whole nation's
}

// Holidays returns the nation's and the agency's own holidays of a Christian year, in order.
func Holidays(ctx context.Context, tx pgx.Tx, agency AgencyID, year int) ([]Holiday, error) {
	rows, err := tx.Query(ctx, `SELECT on_date, name, source, agency_id IS NOT NULL AS own FROM holidays
		WHERE (agency_id IS NULL OR agency_id = $1) AND on_date >= make_date($2, 1, 1) AND on_date < make_date($2 + 1, 1, 1) ORDER BY on_date, own`, agency, year)
	if err != nil {
		return nil, fmt.Errorf("holidays of agency %d: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Holiday])
	if err != nil {
		return nil, fmt.Errorf("holidays of agency %d: %w", agency, err)
	}
	return all, nil
}

// RemoveHoliday takes back a holiday of an agency's own and returns it; a fault NotFound when it has none on that day.
func RemoveHoliday(ctx context.Context, tx pgx.Tx, agency AgencyID, day time.Time) (Holiday, error) {
	rows, err := tx.Query(ctx, `DELETE FROM holidays WHERE agency_id = $1 AND on_date = $2 RETURNING on_date, name, source, true AS own`, agency, day.Format(time.DateOnly))
	if err != nil {
		return Holiday{}, fmt.Errorf("remove holiday %s: %w", day.Format(time.DateOnly), err)
	}
	return one[Holiday](rows, fault.New(fault.NotFound, "วันนี้ไม่ได้เป็นวันหยุดที่หน่วยงานเพิ่มเอง อาจมีผู้ลบไปแล้ว กรุณาเปิดหน้าใหม่เพื่อดูรายการล่าสุด"))
}

// SetHours changes the working hours of an agency: times of day as people type them. From the end on it is closed
// (EGA-10.2). What was received already keeps its times.
func SetHours(ctx context.Context, tx pgx.Tx, agency AgencyID, opens, closes string) error {
	openHour, openMinute, err := thai.ParseTime(opens)
	if err != nil {
		return fault.New(fault.Invalid, "เวลาเปิดทำการไม่ถูกต้อง กรุณาใส่เป็นชั่วโมงและนาที เช่น 08:30")
	}
	closeHour, closeMinute, err := thai.ParseTime(closes)
	if err != nil {
		return fault.New(fault.Invalid, "เวลาปิดทำการไม่ถูกต้อง กรุณาใส่เป็นชั่วโมงและนาที เช่น 16:30")
	}
	if closeHour*60+closeMinute <= openHour*60+openMinute {
		return fault.New(fault.Invalid, "เวลาปิดทำการต้องหลังเวลาเปิดทำการ กรุณาตรวจเวลาทั้งสองช่อง")
	}
	_, err = tx.Exec(ctx, `UPDATE agencies SET opens_at = make_time($2, $3, 0), closes_at = make_time($4, $5, 0) WHERE id = $1`,
		agency, openHour, openMinute, closeHour, closeMinute)
	if err != nil {
		return fmt.Errorf("set hours of agency %d: %w", agency, err)
	}
	return nil
}
