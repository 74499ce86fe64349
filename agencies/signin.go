package agencies

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Credentials is what somebody brings to be let in.
type Credentials struct {
	Email    string
	Password string
	Code     string // six digits of the authenticator
	Address  string // network address they come from
	Device   string // what Entry.Device was when this browser was last let in; empty: never
}

// Entry is what somebody gets who was let in.
type Entry struct {
	Officer Officer
	Token   Token
	// Device lets this browser be counted apart from strangers who guess at the same e-mail
	// address, so that guessing never locks the owner out of a usual place of work.
	Device string
}

// TooSoonError says how long to wait before the next attempt.
type TooSoonError struct{ Wait time.Duration }

// Error implements error.
func (e *TooSoonError) Error() string { return fmt.Sprintf("too many attempts, wait %s", e.Wait) }

// What guessing costs (ASVS 6.3.1): a few mistakes are free, then each doubles the wait.
const (
	failureWindow = 15 * time.Minute
	freePerPerson = 5
	freePerPlace  = 50
	longestWait   = time.Minute
)

// nobody is the hash that the password of an unknown e-mail address is compared with, so that
// the answer takes as long as for a known one. Nobody knows its password.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$M7We7ZkEvJ8KtPQva4ZiNg$xCkVWQGoMD5/ljpOfyoA0W3qhuWEWSc+OJcMzacM0hg"

// errCredentials is one answer for every wrong thing: which one it was helps only a guesser.
func errCredentials() error {
	return fault.New(fault.Unauthorized, "อีเมล รหัสผ่าน หรือรหัส 6 หลักไม่ถูกต้อง กรุณาตรวจแล้วลองใหม่ "+
		"รหัส 6 หลักใช้ได้ครั้งเดียว หากเพิ่งใช้ไปให้รอรหัสถัดไป")
}

// SignIn lets an officer in who brings the right password and a code that was not used before
// (ASVS 6.3.3, 6.5.1). The attempt is counted before anything is compared, so that many at once
// gain nothing. No transaction is open while the password is hashed.
func (s *Sessions) SignIn(ctx context.Context, c Credentials) (Entry, error) {
	c.Email, c.Code = foldEmail(c.Email), strings.Join(strings.Fields(thai.Digits(c.Code)), "")
	subjects := s.subjects(c)
	attempts, err := s.countAttempt(ctx, subjects)
	if err != nil {
		return Entry{}, err
	}
	var (
		creds credentials
		known bool
	)
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		creds, known, err = findCredentials(ctx, tx, c.Email)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	step, right, err := s.compare(creds, known, c)
	if err != nil {
		return Entry{}, err
	}
	if !right {
		return Entry{}, errCredentials()
	}
	var e Entry
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		// Two sign-ins with one code: whoever writes the step first wins. And the password that was compared
		// must be the officer's still.
		tag, err := tx.Exec(ctx, `UPDATE officers SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 AND disabled_at IS NULL AND password_hash = $3`,
			creds.ID, step, creds.Hash)
		if err != nil {
			return fmt.Errorf("use one-time code: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return errCredentials()
		}
		if _, err := tx.Exec(ctx, `DELETE FROM sign_in_failures WHERE id = ANY($1) OR subject = $2`, attempts, subjects.person); err != nil {
			return fmt.Errorf("forget failures: %w", err)
		}
		if e.Officer, err = FindOfficer(ctx, tx, creds.ID); err != nil {
			return err
		}
		e.Token, err = s.open(ctx, tx, creds.ID)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	e.Device = s.newDevice(c.Email)
	return e, nil
}

// compare says whether password and code are right, and which step the code belongs to. It does
// the same work for an address that nobody has.
func (s *Sessions) compare(creds credentials, known bool, c Credentials) (step int64, right bool, err error) {
	hash, shared := nobody, "JBSWY3DPEHPK3PXP"
	if known {
		opened, err := s.box.Open(creds.TOTP, totpPurpose(creds.Email))
		if err != nil {
			return 0, false, fmt.Errorf("open the TOTP secret of officer %d: %w", creds.ID, err)
		}
		hash, shared = creds.Hash, string(opened)
	}
	password := c.Password
	if len(password) > 4*passwordMax {
		password = "" // longer than any password of ours: not worth hashing
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return 0, false, fmt.Errorf("compare password: %w", err)
	}
	step, fits, err := matchCode(shared, c.Code, s.now())
	if err != nil {
		return 0, false, err
	}
	return step, match && fits && known && creds.Disabled == nil, nil
}

// matchCode looks for a code in the step of a time and the one on either side, for clocks that
// run a little wrong.
func matchCode(shared, code string, at time.Time) (step int64, ok bool, err error) {
	now := at.Unix() / totpPeriod
	for _, n := range []int64{now - 1, now, now + 1} {
		want, err := totpCode(shared, n)
		if err != nil {
			return 0, false, fmt.Errorf("compute one-time code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = n, true
		}
	}
	return step, ok, nil
}

// subjects are the names that an attempt is counted under. They are keyed hashes: the table
// holds no addresses.
type subjects struct{ person, place string }

func (s *Sessions) subjects(c Credentials) subjects {
	person := "email:" + s.blind("sign-in email", c.Email)
	if s.knowsDevice(c.Device, c.Email) {
		person = "device:" + s.blind("sign-in device", c.Device)
	}
	return subjects{person: person, place: "ip:" + s.blind("sign-in address", c.Address)}
}

func (s *Sessions) blind(purpose, value string) string {
	return hex.EncodeToString(s.box.MAC(purpose, []byte(value))[:16])
}

// countAttempt counts an attempt as a failure until it succeeds, and refuses it when its turn
// has not come. A refused attempt is not counted: waiting always helps.
func (s *Sessions) countAttempt(ctx context.Context, sub subjects) (ids []int64, err error) {
	now := s.now()
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM sign_in_failures WHERE id IN
			(SELECT id FROM sign_in_failures WHERE at < $1 FOR UPDATE SKIP LOCKED)`, now.Add(-failureWindow))
		if err != nil {
			return fmt.Errorf("sweep sign-in failures: %w", err)
		}
		for _, of := range []struct {
			subject string
			free    int
		}{{sub.person, freePerPerson}, {sub.place, freePerPlace}} {
			// One at a time for each subject, so that attempts at once see one another.
			if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, of.subject); err != nil {
				return fmt.Errorf("count sign-in failures: %w", err)
			}
			wait, err := waitFor(ctx, tx, of.subject, of.free, now)
			if err != nil {
				return err
			}
			if wait > 0 {
				return tooSoon(wait)
			}
			var id int64
			err = tx.QueryRow(ctx, `INSERT INTO sign_in_failures (subject, at) VALUES ($1, $2) RETURNING id`, of.subject, now).Scan(&id)
			if err != nil {
				return fmt.Errorf("count sign-in attempt: %w", err)
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids, err
}

// waitFor returns how long a subject must still wait: nothing after a few failures, then a second
// that doubles with each one more.
func waitFor(ctx context.Context, tx pgx.Tx, subject string, free int, now time.Time) (time.Duration, error) {
	var (
		failures int
		last     *time.Time
	)
	err := tx.QueryRow(ctx, `SELECT count(*), max(at) FROM sign_in_failures WHERE subject = $1`, subject).Scan(&failures, &last)
	if err != nil {
		return 0, fmt.Errorf("count sign-in failures: %w", err)
	}
	if failures < free || last == nil {
		return 0, nil
	}
	wait := min(time.Duration(math.Exp2(float64(min(failures-free, 10))))*time.Second, longestWait)
	return last.Add(wait).Sub(now), nil
}

func tooSoon(wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	return fault.Wrapf(fault.Unavailable,
		"ลองผิดหลายครั้งติดกัน กรุณารอ {n} วินาทีแล้วลองใหม่ หากลืมรหัสผ่านให้ติดต่อผู้ดูแลระบบของหน่วยงาน",
		&TooSoonError{Wait: time.Duration(seconds) * time.Second}, "n", seconds)
}

// newDevice makes the value by which a browser is known to have signed in as an officer. It
// opens nothing.
func (s *Sessions) newDevice(email string) string {
	nonce := make([]byte, 16)
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(append(nonce, s.deviceMAC(nonce, email)...))
}

func (s *Sessions) knowsDevice(device, email string) bool {
	b, err := base64.RawURLEncoding.DecodeString(device)
	if err != nil || len(b) < 17 {
		return false
	}
	return hmac.Equal(b[16:], s.deviceMAC(b[:16], email))
}

func (s *Sessions) deviceMAC(nonce []byte, email string) []byte {
	return s.box.MAC("sign-in device", append(append([]byte{}, nonce...), email...))
}
