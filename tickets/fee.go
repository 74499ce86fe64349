package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// What happens to the fee of a case stands in its history too; the sums are those of payments.
const (
	EventFeeDue     EventKind = "fee_due"     // a fee is to be paid
	EventFeeClaimed EventKind = "fee_claimed" // a slip came
	EventFeeRefused EventKind = "fee_refused" // the slip is no proof
	EventFeePaid    EventKind = "fee_paid"
	EventFeeWaived  EventKind = "fee_waived"
	EventFeeLapsed  EventKind = "fee_lapsed" // the time to pay is over
	EventFeeChanged EventKind = "fee_changed"
	EventFeeRefund  EventKind = "fee_refund" // it was paid for nothing: whether it is paid back is for officers to say
)

// Fee notes in the history of a ticket what happened to its fee, once for each ref, which says to what charge and when.
// What an officer has to look at marks the ticket as unread.
func (d *Desk) Fee(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, kind EventKind, ref string) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	var noted bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_events WHERE ticket_id = $1 AND kind = $2 AND detail->>'fee' = $3)`, id, kind, ref).Scan(&noted)
	if err != nil {
		return fmt.Errorf("history of ticket %d: %w", id, err)
	}
	if noted {
		return nil
	}
	if kind == EventFeeClaimed || kind == EventFeeLapsed || kind == EventFeeRefund {
		if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, id); err != nil {
			return fmt.Errorf("mark ticket %d as unread: %w", id, err)
		}
	}
	return d.happened(ctx, tx, t, by, kind, Detail{Fee: ref})
}

// Enclose adds to a ticket a receipt that was drawn for it; it is kept and erased with the case. Adding it again changes
// nothing.
func Enclose(ctx context.Context, tx pgx.Tx, t Ticket, file int64, label string, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at, made)
		VALUES ($1, $2, $3, $4, $5, true) ON CONFLICT DO NOTHING`, t.AgencyID, t.ID, file, label, at)
	if err != nil {
		return fmt.Errorf("enclose a receipt with ticket %d: %w", t.ID, err)
	}
	return nil
}

// ReceiptSource names the receipt of a ticket's request among the files.
func ReceiptSource(id TicketID) string { return fmt.Sprintf("receipt:%d", id) }
