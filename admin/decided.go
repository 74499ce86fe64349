package admin

import (
	"context"

	"saphan/agencies"
	"saphan/internal/thai"
	"saphan/permits"
	"saphan/tickets"
)

// decided is a result as the page shows it.
type decided struct {
	tickets.Decision
	Officer string
	Granted bool
	Words   string // what the service calls such a result; empty: as every other
	Permit  string // number of the permit that was issued, if any
}

// verdict is how a case came to its decision, beside the one that stands.
type verdict struct {
	Before   []decided    // decisions that were taken back
	Former   []decided    // decisions that were told and in whose place another one stands, or will
	Change   []changeLink // in which ways the decision may be changed
	Reopened []decided    // decisions of which somebody who reported it said that it is not so
	Claim    *claimBox    // how the result stands; nil: there is none
	Untold   bool         // the decision may be taken back
	Alike    *alikeBox    // what it is joined with, or may be; nil: nothing
	Opinions *opinionBox  // nil: the service asks for none
	Untied   bool         // it is an appeal of which nobody showed yet against which case it goes
	Tie      bool         // the officer may tie it
	Against  *appealLine  // the decided case that this one appeals against; nil: it is no appeal
	Appealed *appealLine  // the appeal against the decision of this case; nil: there is none
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
		switch dec.Outcome { //nolint:exhaustive // the others are called by what they are
		case tickets.Approve:
			line.Words = p.outcome.Granted.TH
		case tickets.Refuse:
			line.Words = p.outcome.Refused.TH
		}
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
		if dec.ChangedAt != nil || dec.OverturnedAt != nil {
			p.Former = append(p.Former, line)
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
		if p.Untold, err = a.desk.Untold(ctx, s.Tx, p.Ticket); err != nil || p.Untold || p.Decision == nil {
			return err
		}
		p.Change = changesOf(p, p.Decision.Decision)
	}
	return err
}

// changeLink leads to the sheet of one way to change a decision.
type changeLink struct{ Href, Label string }

// changesOf are the ways in which a decision that was told may be changed.
func changesOf(p *ticketPane, dec tickets.Decision) (ways []changeLink) {
	add := func(way tickets.Change, label string) {
		q := p.View.query()
		q.Set("way", string(way))
		ways = append(ways, changeLink{link(ticketPath(p.ID)+"/change", q), label})
	}
	if !p.Status.Decided() {
		return nil
	}
	add(tickets.Correction, "แก้ข้อผิดหลง")
	switch {
	case p.FormKey == tickets.AppealForm:
	case dec.Outcome.Granted():
		add(tickets.Revocation, "เพิกถอน")
	default:
		add(tickets.Reconsider, "พิจารณาใหม่")
	}
	return ways
}

// Now says why a decision that was told does not stand any more.
func (d decided) Now() string {
	switch {
	case d.ChangedAt != nil:
		return "มีผลใหม่แทนเมื่อ " + thai.DateTime(*d.ChangedAt)
	case d.OverturnedAt != nil && d.OverturnedBy == nil:
		return "อุทธรณ์ฟังขึ้นเมื่อ " + thai.DateTime(*d.OverturnedAt)
	case d.OverturnedAt != nil:
		return "เปิดพิจารณาใหม่เมื่อ " + thai.DateTime(*d.OverturnedAt)
	}
	return ""
}
