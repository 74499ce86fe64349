package agencies

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ScanFirst says whether a sheet that a citizen signed by pen counts as signed only with its scan (MTH-1.3); otherwise the
// scan follows on the same day.
func ScanFirst(ctx context.Context, tx pgx.Tx, agency AgencyID) (first bool, err error) {
	if err := tx.QueryRow(ctx, `SELECT scan_first FROM agencies WHERE id = $1`, agency).Scan(&first); err != nil {
		return false, fmt.Errorf("scans of agency %d: %w", agency, err)
	}
	return first, nil
}

// SetScanFirst changes that for what is signed from now on.
func SetScanFirst(ctx context.Context, tx pgx.Tx, agency AgencyID, first bool) error {
	if _, err := tx.Exec(ctx, `UPDATE agencies SET scan_first = $2 WHERE id = $1`, agency, first); err != nil {
		return fmt.Errorf("set scans of agency %d: %w", agency, err)
	}
	return nil
}
