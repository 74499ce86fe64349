package admin

import (
	"context"

	"saphan/internal/fault"
	"saphan/tickets"
)

// appealLine is an appeal as either of its two cases shows it.
type appealLine struct {
	tickets.Appeal
	Path string // address of the other case
	Chip chip   // where the appeal stands
	Not  string // why this officer may not decide on it; empty: they may
}

// appealsOf reads what a case appeals against, and the appeal against its own decision (EGA-5.1). Who decided the first case
// has no buttons to decide on the appeal.
func appealsOf(ctx context.Context, s Scope, p *ticketPane) error {
	a, ok, err := tickets.AppealOf(ctx, s.Tx, p.ID)
	if err != nil {
		return err
	}
	if ok {
		p.Against = &appealLine{Appeal: a, Path: Base + ticketPath(a.Against)}
		if err := tickets.MayJudge(ctx, s.Tx, p.Ticket, s.Officer.ID); fault.Is(err, fault.Conflict) {
			p.Against.Not, p.Can.Decide, p.Can.Take = fault.MessageOf(err), false, false
		} else if err != nil {
			return err
		}
	}
	if a, ok, err = tickets.Appealed(ctx, s.Tx, p.ID); err != nil || !ok {
		return err
	}
	p.Appealed = &appealLine{Appeal: a, Path: Base + ticketPath(a.TicketID), Chip: statusChip(a.Status)}
	return nil
}
