package admin

import (
	"context"

	"saphan/agencies"
	"saphan/permits"
	"saphan/tickets"
)

// decided is a result as the page shows it.
type decided struct {
	tickets.Decision
	Officer string
	Granted bool
	Permit  string // number of the permit that was issued, if any
}

// verdict is how a case came to its decision, beside the one that stands.
type verdict struct {
	Before   []decided   // decisions that were taken back
	Reopened []decided   // decisions of which somebody who reported it said that it is not so
	Claim    *claimBox   // how the result stands; nil: there is none
	Untold   bool        // the decision may be taken back
	Alike    *alikeBox   // what it is joined with, or may be; nil: nothing
	Opinions *opinionBox // nil: the service asks for none
	Against  *appealLine // the decided case that this one appeals against; nil: it is no appeal
	Appealed *appealLine // the appeal against the decision of this case; nil: there is none
}

// decidedOf reads how a case came to its decision: the opinions before it, the one that stands and those taken back.
func (a *Admin) decidedOf(ctx context.Context, s Scope, p *ticketPane, officers map[agencies.OfficerID]agencies.Officer) (err error) {
	if p.Opinions, err = a.opinionsOf(ctx, s, p.Ticket, officers); err != nil {
		return err
	}
	if p.Opinions != nil && (p.Opinions.Turn != "" || p.Opinions.Not != "") {
		p.Can.Decide = false
	}
	if err := appealsOf(ctx, s, p); err != nil {
		return err
	}
	all, err := tickets.Decisions(ctx, s.Tx, p.ID)
	if err != nil || len(all) == 0 {
		return err
	}
	number, err := permits.NumberOf(ctx, s.Tx, int64(p.ID))
	if err != nil {
		return err
	}
	for _, dec := range all {
		line := decided{Decision: dec, Officer: "ระบบ", Granted: dec.Outcome.Granted()}
		if dec.Rule != "" {
			line.Officer = "ระบบดำเนินการตามขั้นตอนอัตโนมัติของบริการ"
		}
		if dec.OfficerID != 0 {
			line.Officer = officers[dec.OfficerID].Name
		}
		if dec.WithdrawnAt != nil {
			p.Before = append(p.Before, line)
			continue
		}
		if dec.ReopenedAt != nil {
			p.Reopened = append(p.Reopened, line)
			continue
		}
		line.Permit = number
		p.Decision = &line
	}
	if p.Claim, err = a.claimOf(ctx, s, p); err != nil {
		return err
	}
	if s.Can(agencies.DecideTickets) && p.MainID == nil {
		p.Untold, err = a.desk.Untold(ctx, s.Tx, p.Ticket)
	}
	return err
}
