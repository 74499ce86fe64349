package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// MandatesWaiting counts the mandates that an agency has still to look at.
func MandatesWaiting(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, now time.Time) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM mandates WHERE agency_id = $1 AND decided_at IS NULL AND ended_at IS NULL AND until_on >= $2`, agency, day(now)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count mandates that wait at agency %d: %w", agency, err)
	}
	return n, nil
}
