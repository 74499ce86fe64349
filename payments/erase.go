package payments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// erasedWords stand where an officer's words were.
const erasedWords = "(ลบแล้ว)"

// Blank takes the names and the officers' own words out of the charges of a case and out of their receipts, because the
// case's words and names are erased: its term is over (EGA-17.1), or its citizen asked to be forgotten and no law keeps
// it. Numbers, amounts, times, laws and histories stay, so that no register of receipts has a gap. Doing it twice is as
// once. The transaction must see the case's agency.
func Blank(ctx context.Context, tx pgx.Tx, ticket int64) error {
	for _, sql := range []string{
		`UPDATE charges SET payer = '', why = CASE WHEN why = '' THEN '' ELSE $2 END WHERE ticket_id = $1`,
		`UPDATE slips SET reason = CASE WHEN reason = '' THEN '' ELSE $2 END WHERE charge_id IN (SELECT id FROM charges WHERE ticket_id = $1)`,
		`UPDATE fee_receipts SET payer = '', reference = '', cancelled_why = CASE WHEN cancelled_why = '' THEN '' ELSE $2 END
			WHERE charge_id IN (SELECT id FROM charges WHERE ticket_id = $1)`,
	} {
		if _, err := tx.Exec(ctx, sql, ticket, erasedWords); err != nil {
			return fmt.Errorf("blank the charges of ticket %d: %w", ticket, err)
		}
	}
	return nil
}
