package tickets

import (
	"context"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// EventEvidence: an officer had the evidence of the case put together (EGA-15.1, PDP-8). Why stands with the bundle, where
// the citizen can read it: reasons may name people, and histories do not.
const EventEvidence EventKind = "evidence"

// Evidence notes that an officer asks for the evidence of a case, whatever its status.
func (d *Desk) Evidence(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ขอชุดพยานหลักฐานได้")
	}
	t, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	return d.happened(ctx, tx, t, by, EventEvidence, Detail{})
}
