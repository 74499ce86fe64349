package agencies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// HolidayKind says how a day is otherwise than the week.
type HolidayKind string

// The kinds of days (LOC-3, LOC-4).
const (
	PublicHoliday HolidayKind = "holiday"
	Substitution  HolidayKind = "substitution" // for a holiday on a weekend, or one that was moved
	SpecialDay    HolidayKind = "special"      // a day off that the Cabinet added
	Closure       HolidayKind = "closure"      // an election, a flood
	HalfDay       HolidayKind = "half"         // works, but at other hours
	WorkingDay    HolidayKind = "working"      // works although the week does not: a Saturday to make up for another day

	// Withdrawal is no day of its own: in a file it takes back what stands on its date.
	Withdrawal HolidayKind = "withdrawn"
)

// holidayKinds are the kinds with the words that files and screens have for them.
var holidayKinds = []struct {
	kind HolidayKind
	thai string
}{
	{PublicHoliday, "วันหยุดราชการ"}, {Substitution, "วันหยุดชดเชย"}, {SpecialDay, "วันหยุดพิเศษ"}, {Closure, "ปิดทำการ"},
	{HalfDay, "เปิดบางเวลา"}, {WorkingDay, "วันทำการพิเศษ"}, {Withdrawal, "ยกเลิก"},
}

// HolidayKinds are the kinds of days there are, most usual first.
func HolidayKinds() []HolidayKind {
	return []HolidayKind{PublicHoliday, Substitution, SpecialDay, Closure, HalfDay, WorkingDay}
}

// Thai is what a kind is called.
func (k HolidayKind) Thai() string {
	for _, known := range holidayKinds {
		if known.kind == k {
			return known.thai
		}
	}
	return string(k)
}

// Closes says whether nobody works on such a day.
func (k HolidayKind) Closes() bool { return k != HalfDay && k != WorkingDay && k != Withdrawal }

// Holiday is a day that is otherwise than the week, by a decision (LOC-4).
type Holiday struct {
	On          time.Time   `db:"on_date"` // midnight UTC of the day
	Name        string      `db:"name"`
	Kind        HolidayKind `db:"kind"`
	Hours       string      `db:"hours"`        // of a half or working day, as PeriodsText has them; empty on a working day: the usual ones
	Provinces   []string    `db:"provinces"`    // of the nation's: only there, sorted; none: everywhere
	Source      string      `db:"source"`       // where it was announced
	AnnouncedAt *time.Time  `db:"announced_at"` // midnight UTC of the day; nil: not known
	Unconfirmed bool        `db:"unconfirmed"`  // of the nation's: no announcement is known; shown, and not counted
	WithdrawnAt *time.Time  `db:"withdrawn_at"` // nil: it stands
	Own         bool        `db:"own"`          // the agency's alone; else the nation's
}

const holidayColumns = `on_date, name, kind, hours, provinces, source, announced_at, unconfirmed, withdrawn_at, agency_id IS NOT NULL AS own`

// periods are the times of work on the day, in a week.
func (h Holiday) periods(week Week) []Period {
	switch {
	case h.Kind.Closes():
		return nil
	case h.Hours == "":
		return week.of(h.On.Weekday())
	}
	periods, err := ParsePeriods(h.Hours)
	if err != nil { // the database keeps no such hours
		return week.of(h.On.Weekday())
	}
	return periods
}

// same says whether two rows tell the same.
func (h Holiday) same(o Holiday) bool {
	dated := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	return h.Name == o.Name && h.Kind == o.Kind && h.Hours == o.Hours && h.Source == o.Source && h.Unconfirmed == o.Unconfirmed && dated(h.AnnouncedAt) == dated(o.AnnouncedAt)
}

// at says whether two rows are about the same day in the same place.
func (h Holiday) at(o Holiday) bool { return h.on(o) && slices.Equal(h.Provinces, o.Provinces) }

// on says whether two rows are about the same date, whatever zone their days are midnight of.
func (h Holiday) on(o Holiday) bool { return midnightOf(h.On).Equal(midnightOf(o.On)) }

// Check says in Thai what is wrong with a day that somebody gives for an agency, or 0 for the nation.
func (h Holiday) Check(agency AgencyID) error {
	switch {
	case h.On.Year() < firstYear || h.On.Year() > lastYear:
		return fault.New(fault.Invalid, "ปีของวันที่ไม่ถูกต้อง กรุณาใส่ปี พ.ศ. ระหว่าง 2540 ถึง 2640")
	case h.Kind == Withdrawal:
		return nil
	case !slices.Contains(HolidayKinds(), h.Kind):
		return fault.New(fault.Invalid, "ไม่รู้จักชนิดของวันนี้ กรุณาใช้ วันหยุดราชการ วันหยุดชดเชย วันหยุดพิเศษ ปิดทำการ เปิดบางเวลา หรือวันทำการพิเศษ")
	case h.Name == "":
		return fault.New(fault.Invalid, "ยังไม่ได้ใส่ชื่อวันหยุด กรุณาใส่ชื่อที่ประชาชนจะเห็น เช่น วันหยุดชดเชย")
	case h.Source == "":
		return fault.New(fault.Invalid, "ยังไม่ได้บอกที่มาของวันหยุด กรุณาใส่มติ ประกาศ หรือคำสั่ง พร้อมเลขที่และวันที่")
	case thai.Clusters(h.Name) > 120 || thai.Clusters(h.Source) > 300:
		return fault.New(fault.Invalid, "ชื่อวันหยุดยาวได้ไม่เกิน 120 ตัวอักษร และที่มาไม่เกิน 300 ตัวอักษร")
	case h.Kind == HalfDay && h.Hours == "":
		return fault.New(fault.Invalid, "วันที่เปิดบางเวลาต้องมีเวลาทำการของวันนั้น เช่น 08:30-12:00")
	case h.Kind.Closes() && h.Hours != "":
		return fault.New(fault.Invalid, "วันที่ปิดทั้งวันไม่มีเวลาทำการ กรุณาลบเวลา หรือเลือกเปิดบางเวลา")
	case agency != 0 && len(h.Provinces) > 0:
		return fault.New(fault.Invalid, "วันหยุดของหน่วยงานไม่ต้องระบุจังหวัด วันหยุดประจำภูมิภาคให้ผู้ดูแลระบบนำเข้าเป็นวันหยุดของประเทศ")
	case agency != 0 && h.Unconfirmed:
		return fault.New(fault.Invalid, "วันหยุดของหน่วยงานต้องมีประกาศแล้ว กรุณาเพิ่มเมื่อประกาศ")
	}
	return nil
}

// The years that a calendar knows.
const firstYear, lastYear = 1997, 2097

// Holidays returns the days of a Christian year that stand for an agency: the nation's, those of its province and its
// own, in order. Agency 0: all of the nation's.
func Holidays(ctx context.Context, tx pgx.Tx, agency AgencyID, year int) ([]Holiday, error) {
	return holidays(ctx, tx, agency, `withdrawn_at IS NULL AND on_date >= make_date($2, 1, 1) AND on_date < make_date($2 + 1, 1, 1)`, year)
}

// WithdrawnHolidays returns the days of a Christian year that were taken back, in order.
func WithdrawnHolidays(ctx context.Context, tx pgx.Tx, agency AgencyID, year int) ([]Holiday, error) {
	return holidays(ctx, tx, agency, `withdrawn_at IS NOT NULL AND on_date >= make_date($2, 1, 1) AND on_date < make_date($2 + 1, 1, 1)`, year)
}

// OwnHolidays returns the days that an agency decided itself and that stand; of agency 0, the nation's.
func OwnHolidays(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Holiday, error) {
	all, err := holidays(ctx, tx, agency, `withdrawn_at IS NULL`)
	return slices.DeleteFunc(all, func(h Holiday) bool { return h.Own != (agency != 0) }), err
}

func holidays(ctx context.Context, tx pgx.Tx, agency AgencyID, where string, args ...any) ([]Holiday, error) {
	rows, err := tx.Query(ctx, `SELECT `+holidayColumns+` FROM holidays
		WHERE (agency_id = $1 OR agency_id IS NULL AND (provinces = '{}' OR $1 = 0 OR (SELECT province FROM agencies WHERE id = $1) = ANY(provinces)))
		AND `+where+` ORDER BY on_date, own, provinces, withdrawn_at`, append([]any{agency}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("holidays of agency %d: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Holiday])
	if err != nil {
		return nil, fmt.Errorf("holidays of agency %d: %w", agency, err)
	}
	return all, nil
}

// AddHoliday records a whole day off of the nation (agency 0) or of one agency, with where it was announced; added is
// false when such a row stands already, which stays as it is. Nothing hears of it: it is for what a place begins with.
// A calendar by which cases run is changed with SaveDays.
func AddHoliday(ctx context.Context, tx pgx.Tx, agency AgencyID, day time.Time, name, source string) (added bool, err error) {
	return insertDay(ctx, tx, agency, Holiday{On: day, Name: name, Kind: PublicHoliday, Source: source})
}

func insertDay(ctx context.Context, tx pgx.Tx, agency AgencyID, h Holiday) (added bool, err error) {
	var owner *AgencyID
	if agency != 0 {
		owner = &agency
	}
	if h.Provinces == nil {
		h.Provinces = []string{}
	}
	tag, err := tx.Exec(ctx, `INSERT INTO holidays (agency_id, on_date, name, kind, hours, provinces, source, announced_at, unconfirmed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		owner, h.On.Format(time.DateOnly), h.Name, h.Kind, h.Hours, h.Provinces, h.Source, h.AnnouncedAt, h.Unconfirmed)
	if err != nil {
		return false, fmt.Errorf("add holiday %s: %w", h.On.Format(time.DateOnly), err)
	}
	return tag.RowsAffected() == 1, nil
}

// SetHours changes the working hours of an agency; changed is false when they were so. The time of its open cases is
// counted again; what was received keeps when it was.
func SetHours(ctx context.Context, tx pgx.Tx, jobs Jobs, agency AgencyID, week Week) (changed bool, err error) {
	hours := week.Hours()
	if hours == "" {
		return false, fault.New(fault.Invalid, "ต้องมีเวลาทำการอย่างน้อยหนึ่งวันในสัปดาห์ กรุณาใส่เวลาอย่างน้อยหนึ่งช่อง")
	}
	tag, err := tx.Exec(ctx, `UPDATE agencies SET hours = $2 WHERE id = $1 AND hours <> $2`, agency, hours)
	if err != nil {
		return false, fmt.Errorf("set hours of agency %d: %w", agency, err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	return true, calendarChanged(ctx, tx, jobs, agency)
}

// calendarChanged lets the time of open cases be counted again (LOC-4.1).
func calendarChanged(ctx context.Context, tx pgx.Tx, jobs Jobs, agency AgencyID) error {
	if _, err := jobs.InsertTx(ctx, tx, CalendarChangedArgs{AgencyID: agency}, nil); err != nil {
		return fmt.Errorf("let cases of agency %d be counted again: %w", agency, err)
	}
	return nil
}
