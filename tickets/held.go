package tickets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// heldFor is how long a permit that could not be issued waits before it is tried again: what stands in its way, as the
// suspension of the permit that it replaces, ends on some day.
const heldFor = 24 * time.Hour

// HoldPermit records that the permit of an approved ticket cannot be issued because the one that it stands for does not hold
// any more, and has it tried again a day later. The officers are told once, however often it is tried.
func (d *Desk) HoldPermit(ctx context.Context, tx pgx.Tx, id TicketID, former string) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	again := &river.InsertOpts{ScheduledAt: d.now().Add(heldFor)}
	if _, err := d.jobs.InsertTx(ctx, tx, DecidedArgs{TicketID: id}, again); err != nil {
		return fmt.Errorf("issue the permit of ticket %d later: %w", id, err)
	}
	events, err := History(ctx, tx, id)
	if err != nil || slices.ContainsFunc(events, func(e Event) bool { return e.Kind == EventPermitHeld }) {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, id); err != nil {
		return fmt.Errorf("mark ticket %d unread: %w", id, err)
	}
	return d.happened(ctx, tx, t, System(), EventPermitHeld, Detail{Replaces: former})
}
