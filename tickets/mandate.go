package tickets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// MandateID identifies a power of attorney.
type MandateID int64

// MandateKind is what the attorney is to the principal, by their own word.
type MandateKind string

// The kinds.
const (
	MandateVolunteer MandateKind = "volunteer" // ผู้ใหญ่บ้าน, อสม. and the like (SEED-6)
	MandateFamily    MandateKind = "family"
	MandateOther     MandateKind = "other"
)

// Thai is what officers read.
func (k MandateKind) Thai() string {
	switch k {
	case MandateVolunteer:
		return "อาสาสมัครหรือผู้นำชุมชน"
	case MandateFamily:
		return "คนในครอบครัว"
	default:
		return "อื่น ๆ"
	}
}

// MandateState is how far a mandate is.
type MandateState string

// The states. Of an expired one the last day is over.
const (
	MandateWaiting  MandateState = "waiting"
	MandateAccepted MandateState = "accepted"
	MandateRefused  MandateState = "refused"
	MandateEnded    MandateState = "ended"
	MandateExpired  MandateState = "expired"
)

// MandateEnder is who ended a mandate.
type MandateEnder string

// Those who can.
const (
	EndedByPrincipal MandateEnder = "principal"
	EndedByAttorney  MandateEnder = "attorney"
	EndedByOfficer   MandateEnder = "officer"
)

// Mandate is a power of attorney (มอบอำนาจ, PDP-10): the principal lets the attorney file with an agency. The attorney shows
// the signed paper once, an officer looks at it once, and it holds from its first day to its last.
type Mandate struct {
	ID              MandateID           `db:"id"`
	AgencyID        agencies.AgencyID   `db:"agency_id"`
	CitizenID       int64               `db:"citizen_id"` // the attorney
	Kind            MandateKind         `db:"kind"`
	AttorneyName    string              `db:"attorney_name"` // empty, as all that names somebody: erased
	AttorneySealed  []byte              `db:"attorney_sealed"`
	PrincipalTitle  string              `db:"principal_title"`
	PrincipalName   string              `db:"principal_name"`
	PrincipalSealed []byte              `db:"principal_sealed"`
	PrincipalHash   []byte              `db:"principal_hash"`
	Services        []forms.Key         `db:"services"`      // none: every service of the agency
	FromOn          time.Time           `db:"from_on"`       // first day
	UntilOn         time.Time           `db:"until_on"`      // last day
	AttachmentID    *int64              `db:"attachment_id"` // the signed paper; nil: erased
	AskedAt         time.Time           `db:"asked_at"`
	Accepted        bool                `db:"accepted"`
	DecidedAt       *time.Time          `db:"decided_at"`
	DecidedBy       *agencies.OfficerID `db:"decided_by"`
	RefusedWhy      string              `db:"refused_why"`
	EndedAt         *time.Time          `db:"ended_at"`
	EndedBy         MandateEnder        `db:"ended_by"`
	EndedWhy        string              `db:"ended_why"`
}

const mandateColumns = `id, agency_id, citizen_id, kind, attorney_name, attorney_sealed, principal_title, principal_name, principal_sealed, principal_hash,
	services, from_on, until_on, attachment_id, asked_at, accepted, decided_at, decided_by, refused_why, ended_at, ended_by, ended_why`

// Principal is the name of who gave the power, as it stands on paper (LOC-13).
func (m Mandate) Principal() string { return m.PrincipalTitle + m.PrincipalName }

// State is how far it is at a moment. The last day counts to its end in Bangkok.
func (m Mandate) State(now time.Time) MandateState {
	switch {
	case m.EndedAt != nil:
		return MandateEnded
	case m.DecidedAt != nil && !m.Accepted:
		return MandateRefused
	case day(now) > day(m.UntilOn):
		return MandateExpired
	case m.Accepted:
		return MandateAccepted
	default:
		return MandateWaiting
	}
}

// Covers reports whether a service can be filed under it at a moment.
func (m Mandate) Covers(form forms.Key, at time.Time) bool {
	return m.State(at) == MandateAccepted && day(at) >= day(m.FromOn) && (len(m.Services) == 0 || slices.Contains(m.Services, form))
}

// mandatePurpose binds a sealed number to its agency, account and place.
func mandatePurpose(agency agencies.AgencyID, citizen int64, who string) string {
	return fmt.Sprintf("mandate at agency %d of citizen %d: %s", agency, citizen, who)
}

// IDs opens the two national IDs; both are empty where they were erased.
func (m Mandate) IDs(box secret.Box) (attorney, principal thai.NationalID, err error) {
	if len(m.AttorneySealed) == 0 || len(m.PrincipalSealed) == 0 {
		return "", "", nil
	}
	first, err := box.Open(m.AttorneySealed, mandatePurpose(m.AgencyID, m.CitizenID, "attorney"))
	if err != nil {
		return "", "", fmt.Errorf("open mandate %d: %w", m.ID, err)
	}
	second, err := box.Open(m.PrincipalSealed, mandatePurpose(m.AgencyID, m.CitizenID, "principal"))
	if err != nil {
		return "", "", fmt.Errorf("open mandate %d: %w", m.ID, err)
	}
	return thai.NationalID(first), thai.NationalID(second), nil
}

// FindMandate returns a mandate, or fault.NotFound when it is not in the transaction's scope.
func FindMandate(ctx context.Context, tx pgx.Tx, id MandateID) (Mandate, error) {
	return findMandate(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE id = $1`, id)
}

func findMandate(ctx context.Context, tx pgx.Tx, query string, args ...any) (Mandate, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Mandate{}, fmt.Errorf("find mandate: %w", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Mandate])
	if errors.Is(err, pgx.ErrNoRows) {
		return Mandate{}, errNoMandate()
	}
	if err != nil {
		return Mandate{}, fmt.Errorf("find mandate: %w", err)
	}
	return m, nil
}

func errNoMandate() error {
	return fault.New(fault.NotFound, "ไม่พบหนังสือมอบอำนาจนี้ กรุณาเปิดรายการมอบอำนาจอีกครั้ง")
}

// MandatesAt returns those of an agency: the ones that wait first, oldest first, then the newest of the others.
func MandatesAt(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, limit int) ([]Mandate, error) {
	return manyMandates(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE agency_id = $1
		ORDER BY (decided_at IS NULL AND ended_at IS NULL) DESC, CASE WHEN decided_at IS NULL AND ended_at IS NULL THEN id ELSE -id END LIMIT $2`, agency, limit)
}

// MandatesOf returns those that accounts hold as attorneys, the newest first. The transaction must see everybody's.
func MandatesOf(ctx context.Context, tx pgx.Tx, citizens []int64) ([]Mandate, error) {
	return manyMandates(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE citizen_id = ANY($1) ORDER BY id DESC`, citizens)
}

// MandatesFrom returns those that a person gave, found by a blinded national ID (citizens.BlindsOf), the newest first. The
// transaction must see everybody's.
func MandatesFrom(ctx context.Context, tx pgx.Tx, blinds [][]byte) ([]Mandate, error) {
	return manyMandates(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE principal_hash = ANY($1) ORDER BY id DESC`, blinds)
}

func manyMandates(ctx context.Context, tx pgx.Tx, query string, args ...any) ([]Mandate, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list mandates: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Mandate])
	if err != nil {
		return nil, fmt.Errorf("list mandates: %w", err)
	}
	return all, nil
}

// oneLine is what was typed without needless spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
