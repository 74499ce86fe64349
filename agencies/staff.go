package agencies

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// Member is an officer as whoever manages the agency sees him.
type Member struct {
	Officer
	Joined       bool       `db:"joined"`        // has a password and a phone
	InvitedUntil *time.Time `db:"invited_until"` // the link that is out
	SeenAt       *time.Time `db:"seen_at"`       // in a session that still lives
}

// Staff returns everybody of an agency: those who may sign in first, then by name.
func Staff(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Member, error) {
	rows, err := tx.Query(ctx, `SELECT o.id, o.agency_id, o.email, o.name, o.role, o.disabled_at, o.password_hash <> '' AS joined,
			i.expires_at AS invited_until, (SELECT max(s.seen_at) FROM sessions s WHERE s.officer_id = o.id) AS seen_at
		FROM officers o LEFT JOIN officer_invitations i ON i.officer_id = o.id
		WHERE o.agency_id = $1 ORDER BY o.disabled_at IS NOT NULL, o.name COLLATE "th-x-icu", o.id`, agency)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Member])
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return list, nil
}

// OwnOfficer returns an officer of an agency. Whoever manages the agency's officers does so one at a
// time: two heads cannot put each other out at the same moment.
func OwnOfficer(ctx context.Context, tx pgx.Tx, agency AgencyID, id OfficerID) (Officer, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM agencies WHERE id = $1 FOR NO KEY UPDATE`, agency); err != nil {
		return Officer{}, fmt.Errorf("lock agency %d: %w", agency, err)
	}
	o, err := FindOfficer(ctx, tx, id)
	if err == nil && o.AgencyID != agency {
		return Officer{}, fault.New(fault.NotFound, "ไม่พบเจ้าหน้าที่นี้")
	}
	return o, err
}

// ChangeRole makes an officer something else, from the next click on.
func ChangeRole(ctx context.Context, tx pgx.Tx, o Officer, role Role) error {
	if !role.Known() {
		return fault.New(fault.Invalid, "ไม่รู้จักบทบาทนี้ กรุณาเลือกใหม่")
	}
	if !role.Can(ManageAgency) {
		if err := notTheLast(ctx, tx, o); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE officers SET role = $2 WHERE id = $1`, o.ID, role); err != nil {
		return fmt.Errorf("change role of officer %d: %w", o.ID, err)
	}
	return nil
}

// Dismiss ends an officer's access at once, unless nobody would be left to manage the agency.
func Dismiss(ctx context.Context, tx pgx.Tx, o Officer, at time.Time) error {
	if err := notTheLast(ctx, tx, o); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM officer_invitations WHERE officer_id = $1`, o.ID); err != nil {
		return fmt.Errorf("withdraw invitation of officer %d: %w", o.ID, err)
	}
	return DisableOfficer(ctx, tx, o.ID, at)
}

// EnableOfficer lets an officer who was dismissed sign in again.
func EnableOfficer(ctx context.Context, tx pgx.Tx, id OfficerID) error {
	if _, err := tx.Exec(ctx, `UPDATE officers SET disabled_at = NULL WHERE id = $1`, id); err != nil {
		return fmt.Errorf("enable officer %d: %w", id, err)
	}
	return nil
}

// notTheLast refuses to take the last one who manages an agency and can sign in.
func notTheLast(ctx context.Context, tx pgx.Tx, o Officer) error {
	if !o.Role.Can(ManageAgency) || o.DisabledAt != nil {
		return nil
	}
	var managing []Role
	for _, r := range Roles() {
		if r.Can(ManageAgency) {
			managing = append(managing, r)
		}
	}
	var others bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM officers
		WHERE agency_id = $1 AND id <> $2 AND role = ANY($3) AND disabled_at IS NULL AND password_hash <> '')`, o.AgencyID, o.ID, managing).Scan(&others)
	if err != nil {
		return fmt.Errorf("count who manages agency %d: %w", o.AgencyID, err)
	}
	if !others {
		return fault.New(fault.Conflict, "หน่วยงานต้องมีหัวหน้างานที่เข้าระบบได้อย่างน้อยหนึ่งคน กรุณาตั้งหัวหน้างานอีกคนก่อน")
	}
	return nil
}
