package admin

import (
	"context"
	"net/http"

	"saphan/agencies"
	"saphan/forms"
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
	if untied, err := tickets.Untied(ctx, s.Tx, p.Ticket); err != nil {
		return err
	} else if untied {
		p.Untied, p.Tie = true, s.Can(agencies.WorkTickets)
	}
	if a, ok, err = tickets.Appealed(ctx, s.Tx, p.ID); err != nil || !ok {
		return err
	}
	p.Appealed = &appealLine{Appeal: a, Path: Base + ticketPath(a.TicketID), Chip: statusChip(a.Status)}
	return nil
}

// tieSheet asks against which case an appeal goes.
type tieSheet struct {
	sheet
	Number string // as it was typed in the appeal
}

func (a *Admin) showTie(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "tie", "ผูกอุทธรณ์กับเรื่องเดิม")
	if err != nil {
		return nil, err
	}
	untied, err := tickets.Untied(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return nil, err
	}
	if !untied {
		return nil, fault.New(fault.Conflict, "เรื่องนี้ไม่ใช่อุทธรณ์ที่รอผูกกับเรื่องเดิม กรุณาเปิดเรื่องอีกครั้ง")
	}
	request, err := tickets.FindRequest(r.Context(), s.Tx, sh.Ticket.RequestID)
	if err != nil {
		return nil, err
	}
	said, _ := forms.Find(request.Answers, tickets.AppealCase)
	return page{view: "tie", part: "sheet", data: tieSheet{sheet: sh, Number: said.Text}}, nil
}

func (a *Admin) tie(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "tied", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.TieAppeal(ctx, s.Tx, s.Actor(), id, r.PostForm.Get("number"))
	})
}
