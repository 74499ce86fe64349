package admin

import (
	"context"
	"net/http"

	"saphan/tickets"
)

// urgentSheet asks why a case cannot wait, or why it can after all.
type urgentSheet struct {
	sheet
	Marks bool // it is being marked; else the mark is taken off
}

func (a *Admin) showMarkUrgent(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "mark-urgent", "กำหนดเป็นเรื่องด่วน")
	return page{view: "urgent", part: "sheet", data: urgentSheet{sheet: sh, Marks: true}}, err
}

func (a *Admin) showUnmarkUrgent(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "unmark-urgent", "ยกเลิกเรื่องด่วน")
	return page{view: "urgent", part: "sheet", data: urgentSheet{sheet: sh}}, err
}

func (a *Admin) markUrgent(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "urgent", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.MarkUrgent(ctx, s.Tx, s.Actor(), id, unixLines(r.PostForm.Get("why")))
	})
}

func (a *Admin) unmarkUrgent(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "not-urgent", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.UnmarkUrgent(ctx, s.Tx, s.Actor(), id, unixLines(r.PostForm.Get("why")))
	})
}

// urgentWords say what made a case urgent.
func urgentWords(d detail) string {
	switch d.By {
	case tickets.UrgentByService:
		return "ตามคำตอบในคำขอ"
	case tickets.UrgentByRule:
		return "ตามกฎที่ " + decimal(d.RuleN) + " ชุดที่ " + decimal(d.RuleSet)
	case tickets.UrgentByOfficer:
		return " เหตุผลอยู่ในบันทึกภายใน"
	case tickets.UrgentBefore:
		return "อยู่ก่อนแล้ว"
	default:
		return ""
	}
}

// called says who was called in the inbox about a case that cannot wait.
func (h historian) called(d detail) string {
	who := h.officers[d.Officer].Name
	switch {
	case d.Officer == 0:
		return "ถึงเวลาเรียกหัวหน้างาน แต่ไม่มีผู้ที่เรียกได้"
	case d.Head:
		who = "หัวหน้างาน " + who
	case d.Absent != 0:
		who += " แทน " + h.officers[d.Absent].Name
	}
	words := "เรียก " + who + " ในกล่องงาน"
	if d.Minutes > 0 {
		words += " ให้เวลารับเรื่อง " + decimal(d.Minutes) + " นาที"
	}
	if d.Table > 0 {
		words += " ตามตารางเวรที่ " + decimal(d.Table)
	}
	return words
}
