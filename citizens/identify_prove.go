package citizens

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// ErrOtherPerson means that an account is known to be another person's than the one who proved who they
// are now. An account is one person's: the other one has to use their own.
var ErrOtherPerson = errors.New("the account was verified as another person's")

// SignInWithThaID takes ThaID's word for who somebody is and returns whose pages they see.
//
// Who is signed in already (current) gets the proof on that account. Who is not (0) gets the account of theirs
// that ThaID vouched for first, or a new one. Accounts are never made one: requests, conversations and their
// histories keep the citizen they were written for, and AccountsOf says which belong to the same person. So a
// proof that turns out to be wrong can be ended, and nothing has to be taken apart again.
func SignInWithThaID(ctx context.Context, tx pgx.Tx, box secret.Box, current CitizenID, a Attributes, now time.Time) (CitizenID, error) {
	id, err := thai.ParseNationalID(a.NationalID.Digits())
	if err != nil {
		return 0, err
	}
	a.NationalID = id
	pid := blindPID(box, id)
	if err := alone(ctx, tx, "pid "+hex.EncodeToString(pid)); err != nil {
		return 0, err
	}
	citizen := current
	if citizen == 0 {
		if citizen, err = accountOf(ctx, tx, pid, now); err != nil {
			return 0, err
		}
	}
	if err := samePerson(ctx, tx, citizen, pid, now); err != nil {
		return 0, err
	}
	p := proof{citizen: citizen, level: Proven, how: ByThaID, by: string(ByThaID), about: a, until: now.Add(thaidHolds)}
	if err := p.write(ctx, tx, box, now); err != nil {
		return 0, err
	}
	return citizen, nil
}

// accountOf returns the oldest account that ThaID vouched for as a person's, or a new one. What an officer saw
// on a card opens no account: it is one person's word about another.
func accountOf(ctx context.Context, tx pgx.Tx, pid []byte, now time.Time) (CitizenID, error) {
	var citizen CitizenID
	err := tx.QueryRow(ctx, `SELECT citizen_id FROM verifications WHERE pid_hash = $1 AND how = 'thaid' AND ended_at IS NULL AND until > $2
		ORDER BY citizen_id LIMIT 1`, pid, now).Scan(&citizen)
	if err == nil {
		return citizen, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("look for a person's account: %w", err)
	}
	i, err := Resolve(ctx, tx, string(ByThaID), "", hex.EncodeToString(pid))
	return i.CitizenID, err
}

// samePerson refuses an account that is known to be somebody else's. Two proofs for one account wait for
// one another.
func samePerson(ctx context.Context, tx pgx.Tx, citizen CitizenID, pid []byte, now time.Time) error {
	if err := alone(ctx, tx, fmt.Sprintf("verify citizen %d", citizen)); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT pid_hash FROM verifications WHERE citizen_id = $1 AND pid_hash IS NOT NULL AND ended_at IS NULL AND until > $2`, citizen, now)
	if err != nil {
		return fmt.Errorf("whose is the account of citizen %d: %w", citizen, err)
	}
	known, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return fmt.Errorf("whose is the account of citizen %d: %w", citizen, err)
	}
	for _, other := range known {
		if !bytes.Equal(other, pid) {
			return fault.Wrap(fault.Conflict, "บัญชีนี้ยืนยันไว้แล้วว่าเป็นของอีกคนหนึ่ง จึงใช้แทนกันไม่ได้ "+
				"กรุณาออกจากระบบ แล้วเข้าด้วย ThaID ของท่านเอง หากบัญชีนี้เป็นของท่าน โปรดแจ้งเจ้าหน้าที่ของหน่วยงาน", ErrOtherPerson)
		}
	}
	return nil
}

// Check is what an officer vouches for, having seen a person and their card.
type Check struct {
	Citizen  CitizenID
	Agency   int64      // the officer's
	Officer  int64      // who looked
	About    Attributes // Document says what at; a name or a national ID must be there
	HoldsFor time.Duration
}

// CheckedByOfficer keeps that an officer checked who a citizen is: level Checked. HoldsFor is a year unless it
// says less. It works within the scope of the officer's agency, for the people behind its tickets.
func CheckedByOfficer(ctx context.Context, tx pgx.Tx, box secret.Box, c Check, now time.Time) error {
	c.About.Document = strings.TrimSpace(c.About.Document)
	switch {
	case c.About.Document == "":
		return fault.New(fault.Invalid, "กรุณาระบุเอกสารที่ตรวจ เช่น บัตรประจำตัวประชาชน")
	case c.About.Name() == "" && c.About.NationalID == "":
		return fault.New(fault.Invalid, "กรุณาระบุชื่อหรือเลขประจำตัวประชาชนที่ตรวจจากเอกสาร")
	case c.HoldsFor < 0 || c.HoldsFor > officerHolds:
		return fault.New(fault.Invalid, "กำหนดให้การตรวจมีผลได้ไม่เกิน 1 ปี")
	case c.HoldsFor == 0:
		c.HoldsFor = officerHolds
	}
	if c.About.NationalID != "" {
		id, err := thai.ParseNationalID(c.About.NationalID.Digits())
		if err != nil {
			return err
		}
		c.About.NationalID = id
		if err := samePerson(ctx, tx, c.Citizen, blindPID(box, id), now); err != nil {
			return err
		}
	}
	return proof{
		citizen: c.Citizen, level: Checked, how: ByOfficer, agency: &c.Agency, by: fmt.Sprintf("officer %d", c.Officer), about: c.About, until: now.Add(c.HoldsFor),
	}.write(ctx, tx, box, now)
}

// alone makes transactions that name the same thing go one after the other.
func alone(ctx context.Context, tx pgx.Tx, what string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, what); err != nil {
		return fmt.Errorf("wait for %s: %w", strings.Fields(what)[0], err)
	}
	return nil
}
