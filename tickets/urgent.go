package tickets

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/fault"
)

// That a case cannot wait, and that it can after all.
const (
	EventUrgent    EventKind = "urgent"
	EventNotUrgent EventKind = "not_urgent"
)

// What makes a case urgent, as its history says it.
const (
	UrgentByService = "service" // the service says so of such answers
	UrgentByRule    = "rule"    // a routing rule of the agency does
	UrgentByOfficer = "officer" // an officer said so
	UrgentBefore    = "before"  // it was already where it came from, or a case that follows it is
)

// UrgentArgs is the fact that a case became urgent: its citizen is told what to do now.
type UrgentArgs struct {
	TicketID TicketID `json:"ticket_id"`
}

// Kind names the job.
func (UrgentArgs) Kind() string { return "urgent" }

// urgencyOf is what made a request urgent as it came: the service goes before the rules.
func urgencyOf(form *forms.Form, answers []forms.Answer, why Reason) Detail {
	if form.Urgent(answers) {
		return Detail{By: UrgentByService}
	}
	return Detail{By: UrgentByRule, RuleSet: why.Set, RuleN: why.Rule}
}

// urgent writes down that a case cannot wait, and has its citizen told, who knows already of one that was so before.
func (d *Desk) urgent(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, why Detail) error {
	if err := d.happened(ctx, tx, t, by, EventUrgent, why); err != nil || why.By == UrgentBefore {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, UrgentArgs{TicketID: t.ID}, nil); err != nil {
		return fmt.Errorf("enqueue telling of urgent ticket %d: %w", t.ID, err)
	}
	return nil
}

// MarkUrgent says that a case cannot wait. Any officer who works on cases may, with a reason, which stands as an internal note.
// Marking it again changes nothing. From a colleague's hands it goes back to the queue: that they had it says not that they are
// there now, so whoever is on call is called, and the first who takes it has it.
func (d *Desk) MarkUrgent(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, why string) error {
	t, err := d.mark(ctx, tx, by, id, true, why)
	if err != nil || t.ID == 0 {
		return err
	}
	if officer, _ := by.officer(); t.OfficerID != nil && *t.OfficerID != officer {
		if t, err = d.release(ctx, tx, by, t); err != nil {
			return err
		}
	}
	return d.urgent(ctx, tx, t, by, Detail{By: UrgentByOfficer})
}

// UnmarkUrgent says that a case can wait after all, whatever made it urgent. Nobody is called about it any more.
func (d *Desk) UnmarkUrgent(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, why string) error {
	t, err := d.mark(ctx, tx, by, id, false, why)
	if err != nil || t.ID == 0 {
		return err
	}
	return d.happened(ctx, tx, t, by, EventNotUrgent, Detail{})
}

// mark sets or takes off the mark, and keeps the reason; the ticket returned has no ID when it is so already.
func (d *Desk) mark(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, urgent bool, why string) (Ticket, error) {
	if _, ok := by.officer(); !ok {
		return Ticket{}, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่กำหนดเรื่องด่วนได้")
	}
	t, err := lock(ctx, tx, id)
	switch {
	case err != nil:
		return Ticket{}, err
	case t.Status.Rests():
		return Ticket{}, closedFault(t)
	case t.Urgent == urgent:
		return Ticket{}, nil
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < shortestReason {
		return Ticket{}, fault.New(fault.Invalid, "กรุณาระบุเหตุที่ด่วนหรือไม่ด่วน เพื่อให้ผู้รับช่วงงานเข้าใจ")
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET urgent = $2 WHERE id = $1`, id, urgent); err != nil {
		return Ticket{}, fmt.Errorf("mark ticket %d: %w", id, err)
	}
	t.Urgent = urgent
	return t, d.Note(ctx, tx, by, id, why)
}
