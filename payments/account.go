package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/promptpay"
)

// Account is where an agency takes money.
type Account struct {
	Kind    promptpay.Kind `db:"kind"` // "": no PromptPay
	Number  string         `db:"number"`
	Name    string         `db:"name"`    // what the bank's app must show
	Counter string         `db:"counter"` // where and when money is taken by hand
	At      time.Time      `db:"at"`
}

// FindAccount returns where an agency takes money; ok is false while it has not said so.
func FindAccount(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (a Account, ok bool, err error) {
	rows, err := tx.Query(ctx, `SELECT kind, number, name, counter, at FROM pay_accounts WHERE agency_id = $1`, agency)
	if err != nil {
		return Account{}, false, fmt.Errorf("find the account of agency %d: %w", agency, err)
	}
	a, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Account])
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{}, false, nil
	}
	if err != nil {
		return Account{}, false, fmt.Errorf("find the account of agency %d: %w", agency, err)
	}
	return a, true, nil
}

// LockAccount is FindAccount for whoever is about to change it: one at a time, also while there is none.
func LockAccount(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (a Account, ok bool, err error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('pay account ' || $1::bigint, 0))`, agency); err != nil {
		return Account{}, false, fmt.Errorf("lock the account of agency %d: %w", agency, err)
	}
	return FindAccount(ctx, tx, agency)
}

// SetAccount changes where an agency takes money. Charges that are open keep the account they were made with.
func (t *Till) SetAccount(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, officer agencies.OfficerID, a Account) error {
	a.Name, a.Counter = strings.TrimSpace(a.Name), strings.TrimSpace(a.Counter)
	if a.Kind == "" {
		a.Number = ""
	} else {
		parsed, err := promptpay.ParseAccount(a.Kind, a.Number)
		if err != nil {
			return err
		}
		if a.Number = parsed.Number; a.Name == "" {
			return fault.New(fault.Invalid, "กรุณาระบุชื่อบัญชีที่แอปธนาคารจะแสดง เพื่อให้ประชาชนตรวจก่อนโอน")
		}
	}
	if len([]rune(a.Name)) > 160 || len([]rune(a.Counter)) > 500 {
		return fault.New(fault.Invalid, "ชื่อบัญชียาวได้ไม่เกิน 160 ตัวอักษร และข้อความเคาน์เตอร์ไม่เกิน 500 ตัวอักษร")
	}
	_, err := tx.Exec(ctx, `INSERT INTO pay_accounts (agency_id, kind, number, name, counter, officer_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (agency_id) DO UPDATE SET kind = $2, number = $3, name = $4, counter = $5, officer_id = $6, at = $7`,
		agency, a.Kind, a.Number, a.Name, a.Counter, officer, t.now())
	if err != nil {
		return fmt.Errorf("set the account of agency %d: %w", agency, err)
	}
	return nil
}
