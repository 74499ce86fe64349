package tickets

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Spoiled tells every ticket that holds a file that a virus was found in it and that its bytes are
// gone. A document that was asked for and came in that file has not come: the ticket waits for it
// again, without a second asking.
func (d *Desk) Spoiled(ctx context.Context, tx pgx.Tx, file int64) error {
	rows, err := tx.Query(ctx, `SELECT ticket_id FROM ticket_files WHERE attachment_id = $1 ORDER BY ticket_id`, file)
	if err != nil {
		return fmt.Errorf("tickets of file %d: %w", file, err)
	}
	holders, err := pgx.CollectRows(rows, pgx.RowTo[TicketID])
	if err != nil {
		return fmt.Errorf("tickets of file %d: %w", file, err)
	}
	for _, id := range holders {
		if err := d.spoiledIn(ctx, tx, id, file); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) spoiledIn(ctx context.Context, tx pgx.Tx, id TicketID, file int64) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE wants SET attachment_id = NULL, supplied_at = NULL WHERE ticket_id = $1 AND attachment_id = $2`, id, file)
	if err != nil {
		return fmt.Errorf("ask ticket %d again for a file: %w", id, err)
	}
	if tag.RowsAffected() > 0 && t.Status.CanBecome(Awaiting) {
		t.Status = Awaiting
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, unread = true WHERE id = $1`, id, t.Status); err != nil {
		return fmt.Errorf("update ticket %d: %w", id, err)
	}
	return d.happened(ctx, tx, t, System(), EventSpoiled, Detail{Attachment: file})
}
