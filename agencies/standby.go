package agencies

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// Standby knows who in an agency can be called, and who stands in for whom.
type Standby struct {
	officers []reachable
	absences []Absence
}

// reachable is an officer who can be called.
type reachable struct {
	ID    OfficerID `db:"id"`
	Role  Role      `db:"role"`
	Phone bool      `db:"phone"` // a telephone is known
}

// LoadStandby reads who can be called from now on: whoever works on cases and can sign in.
func LoadStandby(ctx context.Context, tx pgx.Tx, agency AgencyID, now time.Time) (s Standby, err error) {
	rows, err := tx.Query(ctx, `SELECT id, role, phone_sealed <> '' AS phone FROM officers WHERE agency_id = $1 AND disabled_at IS NULL AND password_hash <> '' AND role = ANY($2) ORDER BY id`,
		agency, working())
	if err != nil {
		return s, fmt.Errorf("who can be called in agency %d: %w", agency, err)
	}
	if s.officers, err = pgx.CollectRows(rows, pgx.RowToStructByName[reachable]); err != nil {
		return s, fmt.Errorf("who can be called in agency %d: %w", agency, err)
	}
	s.absences, err = Absences(ctx, tx, agency, now)
	return s, err
}

// Officers returns who can be called.
func (s Standby) Officers() (all []OfficerID) {
	for _, o := range s.officers {
		all = append(all, o.ID)
	}
	return all
}

// Reached reports whether a telephone is known of an officer.
func (s Standby) Reached(id OfficerID) bool {
	return slices.ContainsFunc(s.officers, func(o reachable) bool { return o.ID == id && o.Phone })
}

// For returns who is called in an officer's place at a moment: they themselves, or who stands in for them, or for that one;
// false: nobody is there.
func (s Standby) For(id OfficerID, at time.Time) (OfficerID, bool) {
	for range s.absences {
		i := slices.IndexFunc(s.absences, func(a Absence) bool { return a.OfficerID == id && !a.FromAt.After(at) && a.UntilAt.After(at) })
		if i < 0 {
			break
		}
		if s.absences[i].CoverID == nil {
			return 0, false
		}
		id = *s.absences[i].CoverID
	}
	there := slices.ContainsFunc(s.officers, func(o reachable) bool { return o.ID == id })
	away := slices.ContainsFunc(s.absences, func(a Absence) bool { return a.OfficerID == id && !a.FromAt.After(at) && a.UntilAt.After(at) })
	return id, there && !away
}

// Heads returns who is called as the head at a moment: all there are, or who stands in for them; when nobody is there, all of
// them all the same.
func (s Standby) Heads(at time.Time) (all []OfficerID) {
	var own []OfficerID
	for _, o := range s.officers {
		if !o.Role.Can(LeadTickets) {
			continue
		}
		own = append(own, o.ID)
		if id, ok := s.For(o.ID, at); ok && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	if len(all) == 0 {
		return own
	}
	return all
}

// mobile is a Thai mobile number: a text message goes nowhere else.
var mobile = regexp.MustCompile(`^\+66[689][0-9]{8}$`)

// SetPhone keeps the telephone at which an officer is called, sealed; nothing typed takes it away.
func SetPhone(ctx context.Context, tx pgx.Tx, box secret.Box, agency AgencyID, id OfficerID, typed string) error {
	sealed := []byte{}
	if typed = strings.TrimSpace(typed); typed != "" {
		phone, err := thai.ParsePhone(typed)
		if err != nil {
			return err
		}
		if !mobile.MatchString(phone.E164) || phone.Extension != "" {
			return fault.New(fault.Invalid, "เรียกเวรได้เฉพาะเบอร์โทรศัพท์มือถือในประเทศไทย เช่น 081 234 5678")
		}
		sealed = box.Seal([]byte(phone.E164), officerPhone(id))
	}
	tag, err := tx.Exec(ctx, `UPDATE officers SET phone_sealed = $3 WHERE agency_id = $1 AND id = $2 AND disabled_at IS NULL`, agency, id, sealed)
	if err != nil {
		return fmt.Errorf("set the telephone of officer %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบเจ้าหน้าที่นี้")
	}
	return nil
}

// PhoneOf returns the telephone at which an officer is called (E.164); "": none is known.
func PhoneOf(ctx context.Context, tx pgx.Tx, box secret.Box, id OfficerID) (string, error) {
	var sealed []byte
	if err := tx.QueryRow(ctx, `SELECT phone_sealed FROM officers WHERE id = $1`, id).Scan(&sealed); err != nil {
		return "", fmt.Errorf("telephone of officer %d: %w", id, err)
	}
	if len(sealed) == 0 {
		return "", nil
	}
	phone, err := box.Open(sealed, officerPhone(id))
	if err != nil {
		return "", fmt.Errorf("telephone of officer %d: %w", id, err)
	}
	return string(phone), nil
}

func officerPhone(id OfficerID) string { return fmt.Sprintf("telephone of officer %d", id) }
