package portal

import (
	"context"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/tickets"
)

// filedFor is under which power of attorney a case was filed for somebody else (PDP-10).
type filedFor struct {
	Mandate tickets.MandateID // 0: whoever filed it did so for themselves
	Over    bool              // the mandate is over: whoever filed it acts in the case no more
}

// filedForOf reads it.
func (p *Portal) filedForOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (f filedFor, err error) {
	request, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil || request.MandateID == nil {
		return f, err
	}
	f.Mandate = *request.MandateID
	err = p.desk.MayAct(ctx, tx, tickets.ByCitizen(t.CitizenID), t)
	if f.Over = fault.Is(err, fault.Conflict); f.Over {
		err = nil
	}
	return f, err
}

// mandateOf adds it to the page of a case, and takes away what cannot be done any more. Nobody is named: whoever has the link
// learns from the page whose case it is as little as before.
func (p *Portal) mandateOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) (err error) {
	if page.filedFor, err = p.filedForOf(ctx, tx, t); err != nil || !page.Over {
		return err
	}
	page.Over = page.Withdraw != "" || page.AppealAt != "" || len(page.Wanted) > 0
	page.Withdraw, page.AppealAt, page.SendTo = "", "", ""
	return nil
}

// stillActs refuses what an attorney does by the link of a case after the mandate is over, without saying whose case it is.
func (p *Portal) stillActs(ctx context.Context, tx pgx.Tx, t tickets.Ticket) error {
	f, err := p.filedForOf(ctx, tx, t)
	if err == nil && f.Over {
		return fault.New(fault.Conflict, "การมอบอำนาจสิ้นสุดแล้ว จึงดำเนินการเรื่องนี้แทนไม่ได้ ให้ผู้มอบอำนาจติดต่อหน่วยงานเอง หรือยื่นหนังสือมอบอำนาจฉบับใหม่ที่หน้าของฉัน")
	}
	return err
}
