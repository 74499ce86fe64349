package tickets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// What officers note on the checklist of a case, and that they saw who its citizen is.
const (
	EventChecked    EventKind = "checked"   // a thing on the checklist is done
	EventUnchecked  EventKind = "unchecked" // it is not, after all
	EventIdentified EventKind = "identified"
	// What an officer had seen of who the citizen is counts no more.
	EventIdentityEnded EventKind = "identity_ended"
)

// Check is who did a thing on the checklist, and when.
type Check struct {
	Actor string
	At    time.Time
}

// Checks are the things on the checklist that are done, by their names, as a history tells.
func Checks(events []Event) map[string]Check {
	done := map[string]Check{}
	for _, e := range events {
		var d Detail
		if e.Kind != EventChecked && e.Kind != EventUnchecked || json.Unmarshal(e.Detail, &d) != nil {
			continue
		}
		if e.Kind == EventUnchecked {
			delete(done, d.Item)
			continue
		}
		done[d.Item] = Check{Actor: e.Actor, At: e.At}
	}
	return done
}

// Check notes that an officer did a thing on the checklist of a case, or that it is not done after all. What is so
// already is not noted again. It can be noted of a case that was granted too, because some steps follow the decision.
func (d *Desk) Check(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, item string, done bool) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่บันทึกรายการตรวจได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if t.Status == Refused || t.Status == Revoked || t.Status == Withdrawn || t.Status == Returned {
		return closedFault(t)
	}
	is, err := checked(ctx, tx, id, item)
	if err != nil || is == done {
		return err
	}
	kind := EventChecked
	if !done {
		kind = EventUnchecked
	}
	return d.happened(ctx, tx, t, by, kind, Detail{Item: item})
}

// checked says whether a thing on the checklist of a case is done.
func checked(ctx context.Context, tx pgx.Tx, id TicketID, item string) (done bool, err error) {
	err = tx.QueryRow(ctx, `SELECT kind = $3 FROM ticket_events WHERE ticket_id = $1 AND kind IN ($3, $4) AND detail->>'item' = $2
		ORDER BY seq DESC LIMIT 1`, id, item, EventChecked, EventUnchecked).Scan(&done)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("checklist of ticket %d: %w", id, err)
	}
	return done, nil
}

// Identified notes that an officer saw who the citizen of a case is (MTH-2.5), or that what was seen counts no more.
// Seen is the key of the document; what stands on it is not noted here.
func (d *Desk) Identified(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, seen string, counts bool) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	kind := EventIdentified
	if !counts {
		kind = EventIdentityEnded
	}
	return d.happened(ctx, tx, t, by, kind, Detail{Item: seen})
}
