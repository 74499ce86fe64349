package agencies

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// MostAcceptDays is how many working days an agency may take at most to say whether it takes what another sent.
const MostAcceptDays = 15

// AcceptDays is within how many working days an agency says whether it takes what another agency sent (SEED-36).
func AcceptDays(ctx context.Context, tx pgx.Tx, agency AgencyID) (days int, err error) {
	if err := tx.QueryRow(ctx, `SELECT accept_days FROM agencies WHERE id = $1`, agency).Scan(&days); err != nil {
		return 0, fmt.Errorf("days to accept of agency %d: %w", agency, err)
	}
	return days, nil
}

// SetAcceptDays changes that for what comes from now on.
func SetAcceptDays(ctx context.Context, tx pgx.Tx, agency AgencyID, days int) error {
	if days < 1 || days > MostAcceptDays {
		return fault.Newf(fault.Invalid, "กำหนดเวลารับเรื่องจากหน่วยงานอื่นต้องเป็น 1 ถึง {n} วันทำการ กรุณาใส่จำนวนวันใหม่", "n", MostAcceptDays)
	}
	if _, err := tx.Exec(ctx, `UPDATE agencies SET accept_days = $2 WHERE id = $1`, agency, days); err != nil {
		return fmt.Errorf("days to accept of agency %d: %w", agency, err)
	}
	return nil
}
