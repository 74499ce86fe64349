package agencies

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// Officer is a person who works for an agency (เจ้าหน้าที่).
type Officer struct {
	ID         OfficerID  `db:"id"`
	AgencyID   AgencyID   `db:"agency_id"`
	Email      string     `db:"email"` // lower case
	Name       string     `db:"name"`
	Role       Role       `db:"role"`
	DisabledAt *time.Time `db:"disabled_at"` // may no longer sign in; the name stays in the history
}

const officerColumns = `id, agency_id, email, name, role, disabled_at`

// NewOfficer is what CreateOfficer needs to know.
type NewOfficer struct {
	AgencyID AgencyID
	Email    string
	Name     string
	Role     Role
	Password string
	TOTP     string // shared secret in base32, as NewTOTP makes it
}

// Lengths of a password that are accepted, in characters (ASVS 6.2.1, 6.2.9).
const (
	passwordMin = 12
	passwordMax = 128
)

// check says what is wrong with who is to be added.
func (n NewOfficer) check() error {
	switch email := foldEmail(n.Email); {
	case !strings.Contains(email, "@") || strings.ContainsAny(email, " \t\r\n") || len(email) > 254:
		return fault.New(fault.Invalid, "อีเมลไม่ถูกต้อง กรุณาพิมพ์ให้ครบ เช่น name@agency.go.th")
	case strings.TrimSpace(n.Name) == "":
		return fault.New(fault.Invalid, "ยังไม่ได้ระบุชื่อเจ้าหน้าที่")
	case !n.Role.Known():
		return fault.New(fault.Invalid, "ไม่รู้จักบทบาทนี้ กรุณาเลือกใหม่")
	}
	return nil
}

// checkPassword says what is wrong with a password that an officer chose.
func checkPassword(password string, o Officer) error {
	if length := len([]rune(password)); length < passwordMin || length > passwordMax {
		return fault.Newf(fault.Invalid, "รหัสผ่านต้องยาว {min} ถึง {max} ตัวอักษร", "min", passwordMin, "max", passwordMax)
	}
	name, _, _ := strings.Cut(o.Email, "@")
	if folded := strings.ToLower(password); len(name) > 3 && strings.Trim(folded, "0123456789!@#$._-") == name || folded == o.Email {
		return fault.New(fault.Invalid, "รหัสผ่านนี้เดาได้จากอีเมล กรุณาตั้งใหม่ เช่น คำหลายคำต่อกัน")
	}
	return nil
}

// CreateOfficer adds an officer. Only a hash of the password is kept, and the TOTP secret only
// sealed for this very e-mail address.
func CreateOfficer(ctx context.Context, tx pgx.Tx, box secret.Box, n NewOfficer) (Officer, error) {
	if err := n.check(); err != nil {
		return Officer{}, err
	}
	email := foldEmail(n.Email)
	if err := checkPassword(n.Password, Officer{Email: email}); err != nil {
		return Officer{}, err
	}
	if _, err := totpCode(n.TOTP, 1); err != nil {
		return Officer{}, fmt.Errorf("create officer: the TOTP secret is not base32: %w", err)
	}
	hash, err := argon2id.CreateHash(n.Password, hashing())
	if err != nil {
		return Officer{}, fmt.Errorf("create officer: hash the password: %w", err)
	}
	return insertOfficer(ctx, tx, n, hash, box.Seal([]byte(n.TOTP), totpPurpose(email)))
}

// insertOfficer adds the row; with an empty hash nobody can sign in as this officer.
func insertOfficer(ctx context.Context, tx pgx.Tx, n NewOfficer, hash string, shared []byte) (Officer, error) {
	rows, err := tx.Query(ctx, `INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed)
		VALUES ($1, $2, $3, $4, $5, coalesce($6, ''::bytea)) RETURNING `+officerColumns,
		n.AgencyID, foldEmail(n.Email), strings.TrimSpace(n.Name), n.Role, hash, shared)
	if err != nil {
		return Officer{}, fmt.Errorf("create officer: %w", err)
	}
	o, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Officer])
	if taken(err) {
		return Officer{}, fault.Wrap(fault.Conflict, "อีเมลนี้มีผู้ใช้แล้ว กรุณาใช้อีเมลอื่น", err)
	}
	if err != nil {
		return Officer{}, fmt.Errorf("create officer: %w", err)
	}
	return o, nil
}

// FindOfficer returns an officer by identifier, or fault.NotFound.
func FindOfficer(ctx context.Context, tx pgx.Tx, id OfficerID) (Officer, error) {
	rows, err := tx.Query(ctx, `SELECT `+officerColumns+` FROM officers WHERE id = $1`, id)
	if err != nil {
		return Officer{}, fmt.Errorf("find officer %d: %w", id, err)
	}
	return one[Officer](rows, fault.New(fault.NotFound, "ไม่พบเจ้าหน้าที่นี้"))
}

// FindOfficerByEmail returns an officer by e-mail address in any case, or fault.NotFound.
func FindOfficerByEmail(ctx context.Context, tx pgx.Tx, email string) (Officer, error) {
	rows, err := tx.Query(ctx, `SELECT `+officerColumns+` FROM officers WHERE email = $1`, foldEmail(email))
	if err != nil {
		return Officer{}, fmt.Errorf("find officer by e-mail: %w", err)
	}
	return one[Officer](rows, fault.New(fault.NotFound, "ไม่พบเจ้าหน้าที่ที่ใช้อีเมลนี้"))
}

// Officers returns everybody who works or ever worked for an agency, by identifier: whoever
// stands in a history has a name.
func Officers(ctx context.Context, tx pgx.Tx, agency AgencyID) (map[OfficerID]Officer, error) {
	rows, err := tx.Query(ctx, `SELECT `+officerColumns+` FROM officers WHERE agency_id = $1`, agency)
	if err != nil {
		return nil, fmt.Errorf("list officers: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Officer])
	if err != nil {
		return nil, fmt.Errorf("list officers: %w", err)
	}
	all := make(map[OfficerID]Officer, len(list))
	for _, o := range list {
		all[o.ID] = o
	}
	return all, nil
}

// DisableOfficer ends an officer's access: the sessions die at once (ASVS 7.4.2).
func DisableOfficer(ctx context.Context, tx pgx.Tx, id OfficerID, at time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE officers SET disabled_at = coalesce(disabled_at, $2), phone_sealed = '' WHERE id = $1`, id, at)
	if err != nil {
		return fmt.Errorf("disable officer %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบเจ้าหน้าที่นี้")
	}
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE officer_id = $1`, id); err != nil {
		return fmt.Errorf("end sessions of officer %d: %w", id, err)
	}
	return nil
}

// NewTOTP returns a new shared secret for one-time codes, in base32.
func NewTOTP(email string) (string, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Saphan", AccountName: email})
	if err != nil {
		return "", fmt.Errorf("make a TOTP secret: %w", err)
	}
	return key.Secret(), nil
}

// TOTPCode returns the one-time code of a shared secret at a time, as an authenticator shows it.
func TOTPCode(shared string, at time.Time) (string, error) {
	return totpCode(shared, at.Unix()/totpPeriod)
}

const totpPeriod = 30 // seconds

// totpCode returns the code of one step of thirty seconds.
func totpCode(shared string, step int64) (string, error) {
	return totp.GenerateCodeCustom(shared, time.Unix(step*totpPeriod, 0), totp.ValidateOpts{
		Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
}

func totpPurpose(email string) string { return "officer " + email + " totp" }

// hashing is the cost of a password hash: 19 MiB, two passes (OWASP's first choice).
func hashing() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// credentials is what sign-in compares with.
type credentials struct {
	ID       OfficerID  `db:"id"`
	Email    string     `db:"email"`
	Hash     string     `db:"password_hash"`
	TOTP     []byte     `db:"totp_sealed"`
	Disabled *time.Time `db:"disabled_at"`
}

// findCredentials returns what an officer signs in with; found is false for an unknown address.
func findCredentials(ctx context.Context, tx pgx.Tx, email string) (c credentials, found bool, err error) {
	rows, err := tx.Query(ctx, `SELECT id, email, password_hash, totp_sealed, disabled_at FROM officers WHERE email = $1`, email)
	if err != nil {
		return credentials{}, false, fmt.Errorf("read credentials: %w", err)
	}
	c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[credentials])
	if errors.Is(err, pgx.ErrNoRows) {
		return credentials{}, false, nil
	}
	if err != nil {
		return credentials{}, false, fmt.Errorf("read credentials: %w", err)
	}
	if c.Hash == "" { // invited: there is nothing to compare with yet
		return credentials{}, false, nil
	}
	return c, true, nil
}
