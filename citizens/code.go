package citizens

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// What a code on the telephone is good for.
const (
	CodeLife  = 5 * time.Minute
	CodeTries = 5
	// CodePause is how long to wait before another code is sent.
	CodePause = 30 * time.Second
	// codesKept is how long codes are kept to be counted; then they are removed.
	codesKept = 24 * time.Hour
)

// codeLimits are how many codes may be asked for: messages cost money, annoy whoever did not ask, and each code
// is five guesses. A number and a citizen are counted apart, because one may be tried from many accounts and
// one account may try many numbers. At ten codes a day a guess succeeds once in 55 years.
var codeLimits = []struct {
	within time.Duration
	most   int
}{
	{15 * time.Minute, 3},
	{codesKept, 10},
}

// CodeID identifies a code that was asked for.
type CodeID int64

// WaitError says how long to wait before the next code.
type WaitError struct{ Wait time.Duration }

// Error implements error.
func (e *WaitError) Error() string { return fmt.Sprintf("wait %s for the next code", e.Wait) }

// TextArgs asks for a code to be sent to its telephone. The number and the code are in the row, sealed.
type TextArgs struct {
	Code CodeID `json:"code"`
}

// Kind names the job.
func (TextArgs) Kind() string { return "text" }

// InsertOpts gives up soon: a code is of no use after minutes.
func (TextArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 6, Priority: 1} }

// mobile is a Thai mobile number. Codes go nowhere else: messages abroad are how strangers earn money with
// somebody's SMS account, and a fixed line reads none.
var mobile = regexp.MustCompile(`^\+66[689][0-9]{8}$`)

// AskCode sends a code to a telephone that a citizen says is theirs. The codes sent before no longer count. Site
// is our host name, by which the message says what it is for. Too many: a fault with a WaitError.
func AskCode(ctx context.Context, tx pgx.Tx, box secret.Box, jobs Jobs, citizen CitizenID, phone thai.Phone, site string, now time.Time) error {
	if !mobile.MatchString(phone.E164) || phone.Extension != "" {
		return fault.New(fault.Invalid, "ส่งรหัสได้เฉพาะเบอร์โทรศัพท์มือถือในประเทศไทย เช่น 081 234 5678")
	}
	_, err := tx.Exec(ctx, `DELETE FROM phone_codes WHERE id IN
		(SELECT id FROM phone_codes WHERE asked_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, now.Add(-codesKept), sweepAtOnce)
	if err != nil {
		return fmt.Errorf("forget old codes: %w", err)
	}
	hash := blindPhone(box, phone.E164)
	if err := alone(ctx, tx, fmt.Sprintf("code phone %x", hash)); err != nil {
		return err
	}
	if err := alone(ctx, tx, fmt.Sprintf("code citizen %d", citizen)); err != nil {
		return err
	}
	if err := mayAsk(ctx, tx, citizen, hash, now); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE phone_codes SET ended_at = $2, text_sealed = NULL WHERE citizen_id = $1 AND ended_at IS NULL`, citizen, now)
	if err != nil {
		return fmt.Errorf("end earlier codes of citizen %d: %w", citizen, err)
	}
	code, err := newCode()
	if err != nil {
		return err
	}
	var id CodeID
	err = tx.QueryRow(ctx, `INSERT INTO phone_codes (citizen_id, phone_hash, code_hash, phone_sealed, text_sealed, asked_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`, citizen, hash, blindCode(box, citizen, hash, code),
		box.Seal([]byte(phone.E164), phonePurpose(citizen)), box.Seal([]byte(codeText(code, site)), textPurpose(citizen)), now, now.Add(CodeLife)).Scan(&id)
	if err != nil {
		return fmt.Errorf("keep a code for citizen %d: %w", citizen, err)
	}
	if _, err := jobs.InsertTx(ctx, tx, TextArgs{Code: id}, nil); err != nil {
		return fmt.Errorf("enqueue code %d: %w", id, err)
	}
	return nil
}

// codeText is the message. Its last line is the form by which telephones offer to fill the code in, and only on
// our own pages.
func codeText(code, site string) string {
	return "รหัสยืนยันเบอร์โทรของท่านคือ " + code + " ใช้ได้ 5 นาที อย่าบอกรหัสนี้แก่ใคร\n@" + site + " #" + code
}

// mayAsk refuses a code when there were too many, to the number or for the citizen.
func mayAsk(ctx context.Context, tx pgx.Tx, citizen CitizenID, phone []byte, now time.Time) error {
	for _, of := range []struct {
		column string
		value  any
	}{{"citizen_id", citizen}, {"phone_hash", phone}} {
		rows, err := tx.Query(ctx, `SELECT asked_at FROM phone_codes WHERE `+of.column+` = $1 AND asked_at > $2 ORDER BY asked_at DESC`, of.value, now.Add(-codesKept))
		if err != nil {
			return fmt.Errorf("count codes: %w", err)
		}
		asked, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
		if err != nil {
			return fmt.Errorf("count codes: %w", err)
		}
		if wait := codeWait(asked, now); wait > 0 {
			return tooManyCodes(wait)
		}
	}
	return nil
}

// codeWait is how long to wait for the next code after those that were asked for, the newest first.
func codeWait(asked []time.Time, now time.Time) time.Duration {
	var wait time.Duration
	if len(asked) > 0 {
		wait = asked[0].Add(CodePause).Sub(now)
	}
	for _, l := range codeLimits {
		if len(asked) >= l.most { // the next one is due when that many no longer fall within
			wait = max(wait, asked[l.most-1].Add(l.within).Sub(now))
		}
	}
	return wait
}

func tooManyCodes(wait time.Duration) error {
	n, unit := int(wait/time.Second)+1, words.Text{TH: "วินาที", EN: "second(s)"}
	if wait > 90*time.Second {
		n, unit = int(wait/time.Minute)+1, words.Text{TH: "นาที", EN: "minute(s)"}
	}
	if wait > 90*time.Minute {
		n, unit = int(wait/time.Hour)+1, words.Text{TH: "ชั่วโมง", EN: "hour(s)"}
	}
	return fault.Wrapf(fault.Conflict, "ขอรหัสหลายครั้งติดกัน กรุณารอ {n} {unit} แล้วขอใหม่ หรือยืนยันตัวตนด้วย ThaID หรือที่หน่วยงาน", &WaitError{Wait: wait}, "n", n, "unit", unit)
}

// ErrTextRefused means that whoever sends texts will not take one, however often they are asked.
var ErrTextRefused = errors.New("the text is refused")

// Text is a message to a telephone.
type Text struct {
	To    string // E.164
	Words string
}

// String keeps numbers and codes out of every printed line.
func (Text) String() string { return "[text]" }

// TextOf returns the message of a code; ok is false when there is nothing to send any more.
func TextOf(ctx context.Context, tx pgx.Tx, box secret.Box, id CodeID, now time.Time) (t Text, ok bool, err error) {
	var (
		citizen     CitizenID
		phone, text []byte
	)
	err = tx.QueryRow(ctx, `SELECT citizen_id, phone_sealed, text_sealed FROM phone_codes WHERE id = $1 AND text_sealed IS NOT NULL AND ended_at IS NULL AND expires_at > $2`,
		id, now).Scan(&citizen, &phone, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return Text{}, false, nil
	}
	if err != nil {
		return Text{}, false, fmt.Errorf("read code %d: %w", id, err)
	}
	to, err := box.Open(phone, phonePurpose(citizen))
	if err != nil {
		return Text{}, false, fmt.Errorf("read code %d: %w", id, err)
	}
	words, err := box.Open(text, textPurpose(citizen))
	if err != nil {
		return Text{}, false, fmt.Errorf("read code %d: %w", id, err)
	}
	return Text{To: string(to), Words: string(words)}, true, nil
}

// TextSent notes that a code is on its way; from now on only its hash is kept.
func TextSent(ctx context.Context, tx pgx.Tx, id CodeID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE phone_codes SET sent_at = $2, text_sealed = NULL WHERE id = $1`, id, now); err != nil {
		return fmt.Errorf("note code %d as sent: %w", id, err)
	}
	return nil
}

// PendingCode says to which telephone the code that a citizen may type now was sent; ok is false when there is none.
func PendingCode(ctx context.Context, tx pgx.Tx, box secret.Box, citizen CitizenID, now time.Time) (phone string, ok bool, err error) {
	var sealed []byte
	err = tx.QueryRow(ctx, `SELECT phone_sealed FROM phone_codes WHERE citizen_id = $1 AND ended_at IS NULL AND expires_at > $2 AND tries < $3`,
		citizen, now, CodeTries).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("code of citizen %d: %w", citizen, err)
	}
	plain, err := box.Open(sealed, phonePurpose(citizen))
	if err != nil {
		return "", false, fmt.Errorf("code of citizen %d: %w", citizen, err)
	}
	return string(plain), true, nil
}

// Guess is what became of a code that was typed.
type Guess struct {
	Right bool
	Left  int // how many tries are left; 0: another code has to be asked for
}

// CheckCode compares what a citizen typed with the code that was sent. A right one proves the telephone: level
// Checked. The try is counted in tx, which the caller commits for a wrong one too.
func CheckCode(ctx context.Context, tx pgx.Tx, box secret.Box, citizen CitizenID, typed string, now time.Time) (Guess, error) {
	var (
		id                      CodeID
		phoneHash, want, sealed []byte
		tries                   int
	)
	// The row is counted and locked at once: of many guesses sent together each is one.
	err := tx.QueryRow(ctx, `UPDATE phone_codes SET tries = tries + 1 WHERE citizen_id = $1 AND ended_at IS NULL AND expires_at > $2 AND tries < $3
		RETURNING id, phone_hash, code_hash, phone_sealed, tries`, citizen, now, CodeTries).Scan(&id, &phoneHash, &want, &sealed, &tries)
	if errors.Is(err, pgx.ErrNoRows) {
		return Guess{}, nil
	}
	if err != nil {
		return Guess{}, fmt.Errorf("check the code of citizen %d: %w", citizen, err)
	}
	typed = strings.Join(strings.Fields(thai.Digits(typed)), "")
	if subtle.ConstantTimeCompare(blindCode(box, citizen, phoneHash, typed), want) != 1 {
		return Guess{Left: CodeTries - tries}, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE phone_codes SET ended_at = $2, text_sealed = NULL WHERE id = $1`, id, now); err != nil {
		return Guess{}, fmt.Errorf("use code %d: %w", id, err)
	}
	phone, err := box.Open(sealed, phonePurpose(citizen))
	if err != nil {
		return Guess{}, fmt.Errorf("use code %d: %w", id, err)
	}
	p := proof{citizen: citizen, level: Checked, how: ByPhone, by: string(ByPhone), about: Attributes{Phone: string(phone)}, until: now.Add(phoneHolds)}
	if err := p.write(ctx, tx, box, now); err != nil {
		return Guess{}, err
	}
	return Guess{Right: true}, nil
}

// newCode is six random digits, each code as likely as any other.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// There are few telephones and fewer codes, so both are hashed with a key.
func blindPhone(box secret.Box, phone string) []byte { return box.MAC("phone", []byte(phone)) }

func blindCode(box secret.Box, citizen CitizenID, phone []byte, code string) []byte {
	return box.MAC("phone code", fmt.Appendf(nil, "%d %x %s", citizen, phone, code))
}

func phonePurpose(citizen CitizenID) string { return fmt.Sprintf("phone of citizen %d", citizen) }

func textPurpose(citizen CitizenID) string { return fmt.Sprintf("code for citizen %d", citizen) }
