package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AskedAgain is a notice that stepped over the law's one opportunity, for the register of such (LFA-8.2).
type AskedAgain struct {
	TicketID TicketID  `db:"ticket_id"`
	Number   string    `db:"number"`
	Title    string    `db:"title"` // of the service
	Officer  string    `db:"officer"`
	Override string    `db:"override"` // the legal reason
	Wants    []string  `db:"wants"`
	At       time.Time `db:"at"`
}

// AskedAgainIn lists the overrides of the transaction's agency in a time, the newest first.
func AskedAgainIn(ctx context.Context, tx pgx.Tx, from, until time.Time) ([]AskedAgain, error) {
	rows, err := tx.Query(ctx, `SELECT n.ticket_id, t.number, t.title, o.name AS officer, n.override,
			ARRAY(SELECT w.label FROM wants w WHERE w.notice_id = n.id ORDER BY w.id) AS wants, n.at
		FROM deficiency_notices n JOIN tickets t ON t.id = n.ticket_id JOIN officers o ON o.id = n.officer_id
		WHERE n.override <> '' AND n.at >= $1 AND n.at < $2 ORDER BY n.at DESC, n.id DESC`, from, until)
	if err != nil {
		return nil, fmt.Errorf("register of second notices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[AskedAgain])
}
