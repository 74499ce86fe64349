package agencies

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/words"
)

// APIKeyID identifies a key.
type APIKeyID int64

// APIScope is one kind of thing that a key lets a system do (ขอบเขตของกุญแจ).
type APIScope string

// The scopes. A key never does what its officer may not.
const (
	ScopeTickets   APIScope = "tickets:read"   // see cases: numbers, statuses, times and history, nothing personal
	ScopeAnswers   APIScope = "answers:read"   // see what citizens answered and wrote, and their names
	ScopeDocuments APIScope = "documents:read" // open what citizens sent
	ScopeWork      APIScope = "tickets:work"   // take, move, answer, note, ask for documents
	ScopeDecide    APIScope = "tickets:decide" // record the formal result, prolong, give back
)

// APIScopes lists every scope, the least first.
func APIScopes() []APIScope {
	return []APIScope{ScopeTickets, ScopeAnswers, ScopeDocuments, ScopeWork, ScopeDecide}
}

// Needs is what an officer must be allowed to for a key of theirs to have the scope.
func (s APIScope) Needs() Permission {
	switch s {
	case ScopeWork:
		return WorkTickets
	case ScopeDecide:
		return DecideTickets
	case ScopeTickets, ScopeAnswers, ScopeDocuments:
		return ReadTickets
	default:
		return ManageAgency
	}
}

// Thai is the scope as people read it.
func (s APIScope) Thai() string {
	switch s {
	case ScopeTickets:
		return "อ่านเรื่อง"
	case ScopeAnswers:
		return "อ่านคำตอบและข้อความของประชาชน"
	case ScopeDocuments:
		return "เปิดเอกสาร"
	case ScopeWork:
		return "ดำเนินการเรื่อง"
	case ScopeDecide:
		return "บันทึกผลการพิจารณา"
	default:
		return string(s)
	}
}

// APIKey lets a system of an agency act in the name of one officer (กุญแจ API).
type APIKey struct {
	ID         APIKeyID   `db:"id"`
	AgencyID   AgencyID   `db:"agency_id"`
	OfficerID  OfficerID  `db:"officer_id"` // in whose name it acts
	Name       string     `db:"name"`       // of the system that holds it
	Ending     string     `db:"ending"`     // its last letters, by which people tell keys apart
	Scopes     []APIScope `db:"scopes"`
	MadeBy     OfficerID  `db:"made_by"`
	MadeAt     time.Time  `db:"made_at"`
	ExpiresAt  time.Time  `db:"expires_at"`
	LastUsedAt *time.Time `db:"last_used_at"` // within a minute
	RevokedAt  *time.Time `db:"revoked_at"`
}

const apiKeyColumns = `id, agency_id, officer_id, name, ending, scopes, made_by, made_at, expires_at, last_used_at, revoked_at` //nolint:gosec // names of columns

// Lets reports whether the key has a scope.
func (k APIKey) Lets(s APIScope) bool { return slices.Contains(k.Scopes, s) }

// Works reports whether the key still opens anything.
func (k APIKey) Works(now time.Time) bool { return k.RevokedAt == nil && now.Before(k.ExpiresAt) }

// Bearer is what a system sends to be recognised: shown once, kept on our side only as a hash.
type Bearer string

// bearerPrefix lets people and programs that look for lost secrets see what it is.
const bearerPrefix = "saphan_"

// String keeps keys out of every printed line.
func (Bearer) String() string { return "[API key]" }

func (b Bearer) hash() []byte {
	sum := sha256.Sum256([]byte(b))
	return sum[:]
}

// NewBearer makes a key of 256 random bits.
func NewBearer() Bearer {
	b := make([]byte, 32)
	rand.Read(b)
	return Bearer(bearerPrefix + base64.RawURLEncoding.EncodeToString(b))
}

// Limits of a key.
const (
	longestAPIName = 100
	// LongestAPIKeyLife is how long a key works at most; then a new one is made.
	LongestAPIKeyLife = 2 * 366 * 24 * time.Hour
)

// NewAPIKey is what MakeAPIKey needs to know.
type NewAPIKey struct {
	OfficerID OfficerID
	Name      string
	Scopes    []APIScope
	ExpiresAt time.Time
}

// MakeAPIKey adds a key for an officer of the agency of whoever makes it, with a line in the agency's history. The secret is
// returned this once; with given, the key is that one.
func MakeAPIKey(ctx context.Context, tx pgx.Tx, by Officer, n NewAPIKey, given Bearer, now time.Time) (APIKey, Bearer, error) {
	n.Name = strings.TrimSpace(n.Name)
	holder, err := OwnOfficer(ctx, tx, by.AgencyID, n.OfficerID)
	if err != nil {
		return APIKey{}, "", err
	}
	if err := n.check(holder, now); err != nil {
		return APIKey{}, "", err
	}
	if given == "" {
		given = NewBearer()
	}
	rows, err := tx.Query(ctx, `INSERT INTO api_keys (agency_id, officer_id, name, hash, ending, scopes, made_by, made_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING `+apiKeyColumns,
		by.AgencyID, holder.ID, n.Name, given.hash(), string(given[len(given)-4:]), n.Scopes, by.ID, now, n.ExpiresAt)
	if err != nil {
		return APIKey{}, "", fmt.Errorf("make an API key: %w", err)
	}
	k, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[APIKey])
	if err != nil {
		return APIKey{}, "", fmt.Errorf("make an API key: %w", err)
	}
	return k, given, NoteChange(ctx, tx, by.AgencyID, by.ID, now, APIKeyMade, ChangeDetail{Officer: holder.ID, Ref: k.Label()})
}

// Label names a key where people read of it.
func (k APIKey) Label() string { return k.Name + " …" + k.Ending }

// check says what is wrong with a key that is asked for.
func (n NewAPIKey) check(holder Officer, now time.Time) error {
	switch {
	case n.Name == "" || len([]rune(n.Name)) > longestAPIName:
		return fault.Newf(fault.Invalid, "กรุณาระบุชื่อระบบที่จะถือกุญแจ ไม่เกิน {n} ตัวอักษร", "n", longestAPIName)
	case holder.DisabledAt != nil:
		return fault.New(fault.Invalid, "บัญชีของเจ้าหน้าที่ท่านนี้ปิดอยู่ กรุณาเลือกเจ้าหน้าที่ท่านอื่น")
	case len(n.Scopes) == 0:
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกขอบเขตของกุญแจ กรุณาเลือกอย่างน้อยหนึ่งข้อ")
	case !n.ExpiresAt.After(now) || n.ExpiresAt.Sub(now) > LongestAPIKeyLife:
		return fault.New(fault.Invalid, "วันหมดอายุของกุญแจต้องอยู่ในอนาคตและไม่เกินสองปี กรุณาเลือกวันใหม่")
	}
	for _, s := range n.Scopes {
		switch {
		case !slices.Contains(APIScopes(), s):
			return fault.New(fault.Invalid, "ไม่รู้จักขอบเขตของกุญแจ กรุณาเลือกใหม่")
		case !holder.Role.Can(s.Needs()):
			return fault.Newf(fault.Invalid, "บทบาท{role}ไม่มีสิทธิ์{scope} กุญแจจึงมีขอบเขตนี้ไม่ได้ กรุณาเลือกเจ้าหน้าที่ท่านอื่นหรือลดขอบเขต",
				"role", words.Text{TH: holder.Role.Thai()}, "scope", words.Text{TH: s.Thai()})
		}
	}
	return nil
}

// APIKeys returns every key of an agency: those that work first, then the newest.
func APIKeys(ctx context.Context, tx pgx.Tx, agency AgencyID, now time.Time) ([]APIKey, error) {
	rows, err := tx.Query(ctx, `SELECT `+apiKeyColumns+` FROM api_keys WHERE agency_id = $1
		ORDER BY revoked_at IS NOT NULL OR expires_at <= $2, id DESC`, agency, now)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[APIKey])
}

// RevokeAPIKey ends a key at once. Again it changes nothing.
func RevokeAPIKey(ctx context.Context, tx pgx.Tx, by Officer, id APIKeyID, now time.Time) error {
	rows, err := tx.Query(ctx, `SELECT `+apiKeyColumns+` FROM api_keys WHERE id = $1 AND agency_id = $2 FOR UPDATE`, id, by.AgencyID)
	if err != nil {
		return fmt.Errorf("revoke API key %d: %w", id, err)
	}
	k, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[APIKey])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fault.New(fault.NotFound, "ไม่พบกุญแจนี้ กรุณาเลือกจากรายการ")
	case err != nil:
		return fmt.Errorf("revoke API key %d: %w", id, err)
	case k.RevokedAt != nil:
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE api_keys SET revoked_at = $2 WHERE id = $1`, id, now); err != nil {
		return fmt.Errorf("revoke API key %d: %w", id, err)
	}
	return NoteChange(ctx, tx, by.AgencyID, by.ID, now, APIKeyRevoked, ChangeDetail{Officer: k.OfficerID, Ref: k.Label()})
}

// Recognise returns the key that a system sent with the officer whom it stands for; found is false when it opens nothing, for
// whatever reason. It runs before there is a scope, and notes that the key was used.
func Recognise(ctx context.Context, db DB, b Bearer, now time.Time) (k APIKey, o Officer, found bool, err error) {
	err = Everywhere(ctx, db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+apiKeyColumns+` FROM api_keys WHERE hash = $1`, b.hash())
		if err != nil {
			return err
		}
		k, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[APIKey])
		if errors.Is(err, pgx.ErrNoRows) || err == nil && !k.Works(now) {
			return nil
		}
		if err != nil {
			return err
		}
		if o, err = FindOfficer(ctx, tx, k.OfficerID); err != nil {
			return err
		}
		if found = o.DisabledAt == nil && o.AgencyID == k.AgencyID; !found || k.LastUsedAt != nil && now.Sub(*k.LastUsedAt) < touchEvery {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE api_keys SET last_used_at = $2 WHERE id = $1`, k.ID, now)
		return err
	})
	if err != nil {
		return APIKey{}, Officer{}, false, fmt.Errorf("recognise an API key: %w", err)
	}
	return k, o, found, nil
}
