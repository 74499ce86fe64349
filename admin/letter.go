package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"saphan/internal/fault"
	"saphan/tickets"
	"saphan/tickets/clock"
)

// letterSheet asks why a case is not decided in time; the citizen is told, and the register keeps a copy (LFA-10.2).
type letterSheet struct {
	sheet
	Letter tickets.Letter
	Law    string
	Ready  string // a sentence to begin from

	Followers int // how many others are told, whose cases follow this one
}

// letterNumber reads which letter of the case the path names.
func letterNumber(r *http.Request) (int, error) {
	n, err := strconv.Atoi(chi.URLParam(r, "n"))
	if err != nil {
		return 0, fault.Wrap(fault.NotFound, "ไม่พบหนังสือแจ้งเหตุล่าช้าฉบับนี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด", err)
	}
	return n, nil
}

func (a *Admin) showLetter(r *http.Request, s Scope) (reply, error) {
	n, err := letterNumber(r)
	if err != nil {
		return nil, err
	}
	sh, err := a.sheetFor(r, s, "letter/"+strconv.Itoa(n), "แจ้งเหตุแห่งความล่าช้า")
	if err != nil {
		return nil, err
	}
	p := letterSheet{sheet: sh, Law: clock.StatuteOn(sh.Ticket.DeemedReceivedAt).LetterLaw.TH}
	if p.Letter, err = tickets.FindLetter(r.Context(), s.Tx, sh.Ticket.ID, n); err != nil {
		return nil, err
	}
	if p.Followers, err = tickets.Followers(r.Context(), s.Tx, sh.Ticket.ID); err != nil {
		return nil, err
	}
	p.Ready, err = a.readyReason(r.Context(), s, sh.Ticket)
	return page{view: "letter", part: "sheet", data: p}, err
}

// readyReason is a sentence about where a case stands, for the officer to change.
func (a *Admin) readyReason(ctx context.Context, s Scope, t tickets.Ticket) (string, error) {
	const late = "จึงยังพิจารณาไม่แล้วเสร็จภายในกำหนด หน่วยงานกำลังเร่งดำเนินการและจะแจ้งผลให้ทราบโดยเร็ว"
	form, err := a.desk.Form(ctx, s.Tx, t)
	if err != nil {
		return "", err
	}
	request, err := tickets.FindRequest(ctx, s.Tx, t.RequestID)
	if err != nil {
		return "", err
	}
	events, err := tickets.History(ctx, s.Tx, t.ID)
	if err != nil {
		return "", err
	}
	done := tickets.Checks(events)
	for _, step := range stepsOf(form, request.Answers) {
		if _, is := done[step.Item]; !is {
			return "เรื่องนี้อยู่ระหว่างขั้นตอน “" + step.Text + "” " + late, nil
		}
	}
	return "เรื่องนี้อยู่ระหว่างเสนอผู้มีอำนาจพิจารณา " + late, nil
}

func (a *Admin) writeLetter(r *http.Request, s Scope) (reply, error) {
	n, err := letterNumber(r)
	if err != nil {
		return nil, err
	}
	return a.act(r, s, "late-sent", func(ctx context.Context, id tickets.TicketID) error {
		if _, err := tickets.Find(ctx, s.Tx, id); err != nil {
			return err
		}
		return a.desk.WriteLetter(ctx, s.Tx, s.Actor(), id, n, unixLines(r.PostForm.Get("reason")))
	})
}
