package admin

import (
	"context"
	"net/http"

	"saphan/internal/fault"
	"saphan/payments"
	"saphan/tickets"
)

func (a *Admin) showTakeBack(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "take-back", "แก้ไขผลที่ยังไม่ได้แจ้ง")
	if err != nil {
		return nil, err
	}
	untold, err := a.desk.Untold(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return nil, err
	}
	if !untold {
		return nil, fault.New(fault.Conflict, "แจ้งผลแก่ประชาชนแล้ว จึงแก้ไขไม่ได้ ต้องออกคำสั่งทางปกครองใหม่ เช่น เพิกถอนโดยระบุเหตุผล หรือตามผลการอุทธรณ์")
	}
	return page{view: "take-back", part: "sheet", data: sh}, nil
}

func (a *Admin) takeBack(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "taken-back", func(ctx context.Context, id tickets.TicketID) error {
		if err := a.desk.TakeBack(ctx, s.Tx, s.Actor(), id, unixLines(r.PostForm.Get("why"))); err != nil {
			return err
		}
		return a.till().CallOffAll(ctx, s.Tx, payments.Actor(s.Actor().String()), int64(id), payments.TakenBack)
	})
}
