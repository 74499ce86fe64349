package agencies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// Share says how a queue shares what comes into it.
type Share string

// The ways.
const (
	ShareNone     Share = "none"     // officers take
	ShareBalanced Share = "balanced" // to whoever on duty has the fewest open cases
	ShareSkill    Share = "skill"    // the same among those with the skill that the service, or the rule, asks for
)

// Shares lists the ways.
func Shares() []Share { return []Share{ShareNone, ShareBalanced, ShareSkill} }

// Thai is the way as people read it.
func (s Share) Thai() string {
	switch s {
	case ShareNone:
		return "เจ้าหน้าที่รับเรื่องเอง"
	case ShareBalanced:
		return "ระบบแบ่งให้ผู้ที่มีงานน้อยที่สุด"
	case ShareSkill:
		return "ระบบแบ่งตามทักษะ"
	default:
		return string(s)
	}
}

// SetShare says how a queue shares from now on; what lies in it stays.
func SetShare(ctx context.Context, tx pgx.Tx, agency AgencyID, queue QueueID, share Share) error {
	if !slices.Contains(Shares(), share) {
		return fault.New(fault.Invalid, "ไม่รู้จักวิธีแบ่งงานนี้ กรุณาเลือกใหม่")
	}
	tag, err := tx.Exec(ctx, `UPDATE queues SET share = $3 WHERE agency_id = $1 AND id = $2`, agency, queue, share)
	if err != nil {
		return fmt.Errorf("set how queue %d shares: %w", queue, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบคิวงานนี้ในหน่วยงาน")
	}
	return nil
}

// SetSkills says what an officer is skilled in: keys of services, or words of the agency's own.
func SetSkills(ctx context.Context, tx pgx.Tx, id OfficerID, skills []string) error {
	slices.Sort(skills)
	if _, err := tx.Exec(ctx, `UPDATE officers SET skills = coalesce($2, '{}'::text[]) WHERE id = $1`, id, slices.Compact(skills)); err != nil {
		return fmt.Errorf("set skills of officer %d: %w", id, err)
	}
	return nil
}

// Skills returns what the officers of an agency who can sign in are skilled in.
func Skills(ctx context.Context, tx pgx.Tx, agency AgencyID) (map[OfficerID][]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, skills FROM officers WHERE agency_id = $1 AND disabled_at IS NULL AND skills <> '{}'`, agency)
	if err != nil {
		return nil, fmt.Errorf("skills of agency %d: %w", agency, err)
	}
	all := map[OfficerID][]string{}
	var id OfficerID
	var skills []string
	_, err = pgx.ForEachRow(rows, []any{&id, &skills}, func() error { all[id] = slices.Clone(skills); return nil })
	if err != nil {
		return nil, fmt.Errorf("skills of agency %d: %w", agency, err)
	}
	return all, nil
}

// AbsenceID identifies an absence.
type AbsenceID int64

// Absence is when an officer is away, and who stands in.
type Absence struct {
	ID        AbsenceID  `db:"id"`
	AgencyID  AgencyID   `db:"agency_id"`
	OfficerID OfficerID  `db:"officer_id"`
	FromAt    time.Time  `db:"from_at"`
	UntilAt   time.Time  `db:"until_at"`
	CoverID   *OfficerID `db:"cover_id"` // nil: nobody, and cases go back to their queues
	MadeBy    OfficerID  `db:"made_by"`
	MadeAt    time.Time  `db:"made_at"`
	EndedAt   *time.Time `db:"ended_at"` // called off, or back sooner
	BegunAt   *time.Time `db:"begun_at"` // all was handed over
	Moved     int        `db:"moved"`    // how many cases were
}

const absenceColumns = `id, agency_id, officer_id, from_at, until_at, cover_id, made_by, made_at, ended_at, begun_at, moved`

// Absences returns the absences of an agency that are not over at a moment, by their beginning.
func Absences(ctx context.Context, tx pgx.Tx, agency AgencyID, at time.Time) ([]Absence, error) {
	rows, err := tx.Query(ctx, `SELECT `+absenceColumns+` FROM absences WHERE agency_id = $1 AND ended_at IS NULL AND until_at > $2 ORDER BY from_at, id`, agency, at)
	if err != nil {
		return nil, fmt.Errorf("absences of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Absence])
}

// LockAbsence returns an absence and keeps it for this transaction.
func LockAbsence(ctx context.Context, tx pgx.Tx, id AbsenceID) (Absence, error) {
	rows, err := tx.Query(ctx, `SELECT `+absenceColumns+` FROM absences WHERE id = $1 FOR UPDATE`, id)
	if err != nil {
		return Absence{}, fmt.Errorf("find absence %d: %w", id, err)
	}
	return one[Absence](rows, fault.New(fault.NotFound, "ไม่พบช่วงที่ไม่อยู่นี้"))
}

// NewAbsence keeps when an officer is away.
func NewAbsence(ctx context.Context, tx pgx.Tx, a Absence) (Absence, error) {
	switch {
	case !a.UntilAt.After(a.FromAt):
		return Absence{}, fault.New(fault.Invalid, "วันกลับมาต้องอยู่หลังวันที่เริ่มไม่อยู่")
	case !a.UntilAt.After(a.MadeAt):
		return Absence{}, fault.New(fault.Invalid, "ช่วงนี้ผ่านไปแล้ว กรุณาเลือกวันใหม่")
	case a.CoverID != nil && *a.CoverID == a.OfficerID:
		return Absence{}, fault.New(fault.Invalid, "ผู้ปฏิบัติงานแทนต้องเป็นคนอื่น")
	}
	if a.CoverID != nil {
		o, err := FindOfficer(ctx, tx, *a.CoverID)
		if err != nil {
			return Absence{}, err
		}
		if o.AgencyID != a.AgencyID || o.DisabledAt != nil || !o.Role.Can(WorkTickets) {
			return Absence{}, fault.New(fault.Invalid, "ผู้ปฏิบัติงานแทนต้องเป็นเจ้าหน้าที่ของหน่วยงานที่รับเรื่องได้")
		}
	}
	err := tx.QueryRow(ctx, `INSERT INTO absences (agency_id, officer_id, from_at, until_at, cover_id, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
		a.AgencyID, a.OfficerID, a.FromAt, a.UntilAt, a.CoverID, a.MadeBy, a.MadeAt).Scan(&a.ID)
	if err != nil {
		return Absence{}, fmt.Errorf("keep absence of officer %d: %w", a.OfficerID, err)
	}
	return a, nil
}

// EndAbsence calls an absence off, or ends it sooner. What was handed over stays where it is.
func EndAbsence(ctx context.Context, tx pgx.Tx, agency AgencyID, officer OfficerID, id AbsenceID, at time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE absences SET ended_at = $4 WHERE agency_id = $1 AND officer_id = $2 AND id = $3 AND ended_at IS NULL`, agency, officer, id, at)
	if err != nil {
		return fmt.Errorf("end absence %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบช่วงที่ไม่อยู่นี้ หรือยกเลิกไปแล้ว")
	}
	return nil
}

// HandedOver keeps how many cases of an absence went to others, and whether those were all.
func HandedOver(ctx context.Context, tx pgx.Tx, id AbsenceID, moved int, all bool, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE absences SET moved = moved + $2, begun_at = CASE WHEN $3 THEN $4::timestamptz END WHERE id = $1`, id, moved, all, at)
	if err != nil {
		return fmt.Errorf("keep what absence %d moved: %w", id, err)
	}
	return nil
}

// here is the condition that an officer o can be given work at $2: may work on cases, can sign in, is not away.
const here = `o.agency_id = $1 AND o.disabled_at IS NULL AND o.password_hash <> '' AND o.role = ANY($3)
	AND NOT EXISTS (SELECT FROM absences x WHERE x.officer_id = o.id AND x.ended_at IS NULL AND x.from_at <= $2 AND x.until_at > $2)`

// working are the roles that work on cases.
func working() (all []Role) {
	for _, r := range Roles() {
		if r.Can(WorkTickets) {
			all = append(all, r)
		}
	}
	return all
}

// Cover returns who stands in for somebody who is away at a moment: the one named, or, where that one is away too, who
// stands in for them. Nobody: false.
func Cover(ctx context.Context, tx pgx.Tx, a Absence, at time.Time) (OfficerID, bool, error) {
	seen := []OfficerID{a.OfficerID}
	for next := a.CoverID; next != nil && !slices.Contains(seen, *next); {
		var there bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM officers o WHERE o.id = $4 AND `+here+`)`, a.AgencyID, at, working(), *next).Scan(&there)
		if err != nil {
			return 0, false, fmt.Errorf("who stands in for officer %d: %w", a.OfficerID, err)
		}
		if there {
			return *next, true, nil
		}
		seen = append(seen, *next)
		var further *OfficerID
		err = tx.QueryRow(ctx, `SELECT cover_id FROM absences WHERE officer_id = $1 AND ended_at IS NULL AND from_at <= $2 AND until_at > $2 ORDER BY from_at, id LIMIT 1`, *next, at).Scan(&further)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return 0, false, fmt.Errorf("who stands in for officer %d: %w", *next, err)
		}
		next = further
	}
	return 0, false, nil
}

// OnDuty lists who can be given a case at a moment, without a skill: those whose work it is, and not heads, who are given
// cases by their skill alone; with one: all who have it.
func OnDuty(ctx context.Context, tx pgx.Tx, agency AgencyID, at time.Time, skill string) ([]OfficerID, error) {
	roles := working()
	if skill == "" {
		roles = []Role{RoleOfficer}
	}
	rows, err := tx.Query(ctx, `SELECT o.id FROM officers o WHERE `+here+` AND ($4 = '' OR $4 = ANY(o.skills)) ORDER BY o.id`, agency, at, roles, skill)
	if err != nil {
		return nil, fmt.Errorf("who is on duty in agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[OfficerID])
}
