package agencies

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// InvitationLife is how long the link of an invitation works.
const InvitationLife = 72 * time.Hour

// Invitation is what stands in the link by which an officer chooses a password and enrols a phone:
// random, kept on our side only as a hash, good for one use.
type Invitation string

// String keeps invitations out of every printed line.
func (Invitation) String() string { return "[invitation]" }

func (i Invitation) hash() []byte {
	sum := sha256.Sum256([]byte(i))
	return sum[:]
}

// Invite adds an officer who cannot sign in before the invitation was used. Password and TOTP of n
// are not looked at: only the officer ever knows them.
func Invite(ctx context.Context, tx pgx.Tx, n NewOfficer, now time.Time) (Officer, Invitation, error) {
	if err := n.check(); err != nil {
		return Officer{}, "", err
	}
	o, err := insertOfficer(ctx, tx, n, "", nil)
	if err != nil {
		return Officer{}, "", err
	}
	link, err := invite(ctx, tx, o.ID, now)
	return o, link, err
}

// InviteAgain takes an officer's password, phone, sessions and earlier invitation away and returns a
// new invitation: for whoever lost the link, the password or the phone.
func InviteAgain(ctx context.Context, tx pgx.Tx, id OfficerID, now time.Time) (Invitation, error) {
	tag, err := tx.Exec(ctx, `UPDATE officers SET password_hash = '', totp_sealed = '' WHERE id = $1 AND disabled_at IS NULL`, id)
	if err != nil {
		return "", fmt.Errorf("reset officer %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return "", fault.New(fault.NotFound, "ไม่พบเจ้าหน้าที่นี้ หรือบัญชีถูกปิดอยู่ กรุณาเปิดบัญชีก่อน")
	}
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE officer_id = $1`, id); err != nil {
		return "", fmt.Errorf("end sessions of officer %d: %w", id, err)
	}
	return invite(ctx, tx, id, now)
}

func invite(ctx context.Context, tx pgx.Tx, id OfficerID, now time.Time) (Invitation, error) {
	b := make([]byte, 32)
	rand.Read(b)
	i := Invitation(base64.RawURLEncoding.EncodeToString(b))
	_, err := tx.Exec(ctx, `INSERT INTO officer_invitations (token_hash, officer_id, created_at, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (officer_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at`,
		i.hash(), id, now, now.Add(InvitationLife))
	if err != nil {
		return "", fmt.Errorf("invite officer %d: %w", id, err)
	}
	return i, nil
}

// Invited is who an invitation is for.
type Invited struct {
	Officer Officer
	Agency  string // name
	TOTP    string // shared secret for the phone, in base32
	Until   time.Time
}

// Invited returns who an invitation is for; a fault when it was used, replaced or has run out.
func (s *Sessions) Invited(ctx context.Context, i Invitation) (Invited, error) {
	rows, err := s.db.Query(ctx, `SELECT o.id, o.agency_id, o.email, o.name, o.role, o.disabled_at, a.name AS agency, i.expires_at
		FROM officer_invitations i JOIN officers o ON o.id = i.officer_id JOIN agencies a ON a.id = o.agency_id
		WHERE i.token_hash = $1 AND i.expires_at > $2 AND o.disabled_at IS NULL`, i.hash(), s.now())
	if err != nil {
		return Invited{}, fmt.Errorf("find invitation: %w", err)
	}
	type found struct {
		Officer
		Agency    string    `db:"agency"`
		ExpiresAt time.Time `db:"expires_at"`
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[found])
	if errors.Is(err, pgx.ErrNoRows) {
		return Invited{}, errInvitation()
	}
	if err != nil {
		return Invited{}, fmt.Errorf("find invitation: %w", err)
	}
	return Invited{Officer: f.Officer, Agency: f.Agency, TOTP: s.invitedTOTP(i), Until: f.ExpiresAt}, nil
}

func errInvitation() error {
	return fault.New(fault.NotFound, "ลิงก์นี้ใช้ไม่ได้แล้ว อาจใช้ไปแล้ว หมดอายุ หรือมีลิงก์ใหม่กว่า กรุณาขอลิงก์ใหม่จากหัวหน้างานหรือผู้ดูแลระบบ")
}

// invitedTOTP is the shared secret that goes with an invitation: looking at the page twice shows the
// same one, and nothing is stored before it was proved to be in a phone.
func (s *Sessions) invitedTOTP(i Invitation) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s.box.MAC("officer invitation totp", i.hash())[:20])
}

// Join uses an invitation: it sets the password and the phone, which must show its first code, and
// lets the officer in. No transaction is open while the password is hashed.
func (s *Sessions) Join(ctx context.Context, i Invitation, password, code string) (Entry, error) {
	who, err := s.Invited(ctx, i)
	if err != nil {
		return Entry{}, err
	}
	if err := checkPassword(password, who.Officer); err != nil {
		return Entry{}, err
	}
	step, fits, err := matchCode(who.TOTP, strings.Join(strings.Fields(thai.Digits(code)), ""), s.now())
	if err != nil {
		return Entry{}, err
	}
	if !fits {
		return Entry{}, fault.New(fault.Invalid, "รหัส 6 หลักไม่ถูกต้อง กรุณาสแกน QR ด้วยแอปยืนยันตัวตน แล้วพิมพ์รหัสที่แอปแสดงในขณะนี้")
	}
	hash, err := argon2id.CreateHash(password, hashing())
	if err != nil {
		return Entry{}, fmt.Errorf("join: hash the password: %w", err)
	}
	var e Entry
	err = Within(ctx, s.db, who.Officer.AgencyID, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM officer_invitations WHERE token_hash = $1`, i.hash())
		if err != nil {
			return fmt.Errorf("use invitation: %w", err)
		}
		if tag.RowsAffected() == 0 { // used at the same moment
			return errInvitation()
		}
		o := who.Officer
		_, err = tx.Exec(ctx, `UPDATE officers SET password_hash = $2, totp_sealed = $3, totp_last_step = $4 WHERE id = $1`,
			o.ID, hash, s.box.Seal([]byte(who.TOTP), totpPurpose(o.Email)), step)
		if err != nil {
			return fmt.Errorf("join: %w", err)
		}
		if err := NoteChange(ctx, tx, o.AgencyID, o.ID, s.now(), OfficerJoined, ChangeDetail{Officer: o.ID}); err != nil {
			return err
		}
		e.Officer = o
		e.Token, err = s.open(ctx, tx, o.ID)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	e.Device = s.newDevice(e.Officer.Email)
	return e, nil
}
