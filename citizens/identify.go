package citizens

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// Level is how well it is known who a citizen is (MTH-2.5). A higher one counts for every lower one.
type Level int

// The levels, L0 to L3.
const (
	Anonymous Level = iota // L0: somebody
	Account                // L1: whoever holds an account on a channel
	Checked                // L2: a telephone answered with a code, or an officer saw the card
	Proven                 // L3: ThaID
)

// How something was proved.
type How string

// The ways of proving. ByPhone and ByOfficer give Checked, ByThaID gives Proven.
const (
	ByThaID   How = "thaid"
	ByPhone   How = "phone"
	ByOfficer How = "officer"
)

// How long a proof holds before it must be renewed. No rule names figures; these are ours. Numbers are
// given to other people some months after they fall out of use, cards and faces last longer.
const (
	phoneHolds   = 180 * 24 * time.Hour
	thaidHolds   = 365 * 24 * time.Hour
	officerHolds = 365 * 24 * time.Hour
	// proofRenewed is after how long a proof that says nothing new is written down again.
	proofRenewed = 30 * 24 * time.Hour
)

// VerificationID identifies a proof.
type VerificationID int64

// Verification is something that was proved about who a citizen is. It is history: it can be ended, and is
// never changed.
type Verification struct {
	ID         VerificationID
	CitizenID  CitizenID
	Level      Level
	How        How
	AgencyID   *int64     // ByOfficer: whose officer
	Attributes Attributes // what was proved
	CheckedBy  string     // "thaid", "phone" or "officer 7"
	At         time.Time
	Until      time.Time
	EndedAt    *time.Time // before its time
	EndedBy    string
	EndedWhy   string
}

// Holds says whether it counts at a moment.
func (v Verification) Holds(now time.Time) bool { return v.EndedAt == nil && now.Before(v.Until) }

// LevelOf is how well it is known who stands behind an account: what was proved of this very account and
// still holds. What was proved of the same person's other accounts does not count, because an account may
// come into other hands. It may be asked within an agency's scope, of the people behind its own tickets.
func LevelOf(ctx context.Context, tx pgx.Tx, citizen CitizenID, now time.Time) (Level, error) {
	var proved, account Level
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT max(level) FROM verifications WHERE citizen_id = $1 AND ended_at IS NULL AND until > $2), 0),
		CASE WHEN EXISTS (SELECT FROM identities WHERE citizen_id = $1) THEN 1 ELSE 0 END`, citizen, now).Scan(&proved, &account)
	if err != nil {
		return Anonymous, fmt.Errorf("level of citizen %d: %w", citizen, err)
	}
	return max(proved, account), nil
}

// ReachedAt is since when it is known so well who stands behind an account; ok is false when it is not. What LevelOf says of
// proofs holds here too.
func ReachedAt(ctx context.Context, tx pgx.Tx, citizen CitizenID, level Level, now time.Time) (since time.Time, ok bool, err error) {
	had, err := LevelOf(ctx, tx, citizen, now)
	if err != nil || had < level || level <= Account {
		return time.Time{}, had >= level && err == nil, err
	}
	err = tx.QueryRow(ctx, `SELECT min(at) FROM verifications WHERE citizen_id = $1 AND ended_at IS NULL AND until > $2 AND level >= $3`, citizen, now, level).Scan(&since)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("since when citizen %d is known: %w", citizen, err)
	}
	return since, true, nil
}

// Verifications returns everything that was ever proved of a citizen, the newest first.
func Verifications(ctx context.Context, tx pgx.Tx, box secret.Box, citizen CitizenID) ([]Verification, error) {
	rows, err := tx.Query(ctx, `SELECT id, citizen_id, level, how, agency_id, attributes, checked_by, at, until, ended_at,
		coalesce(ended_by, ''), coalesce(ended_why, '') FROM verifications WHERE citizen_id = $1 ORDER BY at DESC, id DESC`, citizen)
	if err != nil {
		return nil, fmt.Errorf("verifications of citizen %d: %w", citizen, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v Verification, err error) {
		var sealed []byte
		err = row.Scan(&v.ID, &v.CitizenID, &v.Level, &v.How, &v.AgencyID, &sealed, &v.CheckedBy, &v.At, &v.Until, &v.EndedAt, &v.EndedBy, &v.EndedWhy)
		if err != nil {
			return v, err
		}
		v.Attributes, err = openAttributes(box, citizen, sealed)
		return v, err
	})
	if err != nil {
		return nil, fmt.Errorf("verifications of citizen %d: %w", citizen, err)
	}
	return all, nil
}

// KnownAs returns the best proof of who a citizen is that holds now, the newest of several; ok is false
// when there is none.
func KnownAs(ctx context.Context, tx pgx.Tx, box secret.Box, citizen CitizenID, now time.Time) (best Verification, ok bool, err error) {
	all, err := Verifications(ctx, tx, box, citizen)
	if err != nil {
		return Verification{}, false, err
	}
	for _, v := range all {
		if v.Holds(now) && v.Level > best.Level {
			best = v
		}
	}
	return best, best.Level > Anonymous, nil
}

// EndVerification ends a proof before its time, because it was wrong or the account is in other hands.
// Sessions that rest on proofs end with it. An agency can end what its own officers vouched for.
func EndVerification(ctx context.Context, tx pgx.Tx, id VerificationID, by, why string, now time.Time) error {
	var citizen CitizenID
	err := tx.QueryRow(ctx, `UPDATE verifications SET ended_at = $2, ended_by = $3, ended_why = $4 WHERE id = $1 AND ended_at IS NULL RETURNING citizen_id`,
		id, now, by, why).Scan(&citizen)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "ไม่พบการยืนยันตัวตนรายการนี้ หรือถูกยกเลิกไปแล้ว")
	}
	if err != nil {
		return fmt.Errorf("end verification %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM citizen_sessions WHERE citizen_id = $1 AND level > 1`, citizen); err != nil {
		return fmt.Errorf("end sessions of citizen %d: %w", citizen, err)
	}
	return nil
}

// proof is a verification on its way into the table.
type proof struct {
	citizen CitizenID
	level   Level
	how     How
	agency  *int64
	by      string
	about   Attributes
	until   time.Time
}

// write keeps a proof. One that says what the last of its kind said, not long ago, is not written again.
func (p proof) write(ctx context.Context, tx pgx.Tx, box secret.Box, now time.Time) error {
	all, err := Verifications(ctx, tx, box, p.citizen)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(v Verification) bool {
		return v.Holds(now) && v.How == p.how && p.how != ByOfficer && v.Attributes == p.about && now.Sub(v.At) < proofRenewed
	}) {
		return nil
	}
	plain, err := json.Marshal(p.about)
	if err != nil {
		return fmt.Errorf("keep what was proved of citizen %d: %w", p.citizen, err)
	}
	var pid []byte
	if p.about.NationalID != "" {
		pid = blindPID(box, p.about.NationalID)
	}
	_, err = tx.Exec(ctx, `INSERT INTO verifications (citizen_id, level, how, agency_id, attributes, pid_hash, checked_by, at, until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.citizen, p.level, p.how, p.agency, box.Seal(plain, attributesPurpose(p.citizen)), pid, p.by, now, p.until)
	if err != nil {
		return fmt.Errorf("keep what was proved of citizen %d: %w", p.citizen, err)
	}
	if p.how == ByOfficer { // in the scope of an agency, which sees no profiles
		return nil
	}
	return p.remember(ctx, tx, box, now)
}
