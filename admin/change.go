package admin

import (
	"context"
	"net/http"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// changeSheet asks for all that a change of a told decision must carry: what was wrong, or why and from when it is revoked.
type changeSheet struct {
	sheet
	Was    tickets.Decision // that stands
	Way    tickets.Change
	Permit bool         // it grants a permit, which the register shows as revoked or replaced at once
	Legal  string       // of a revocation: what the service names, to begin from
	Appeal forms.Appeal // of a revocation
	Now    tickets.Since
	Ever   tickets.Since
}

// changeTitles are the ways in which a decision is changed, as the sheet is called.
var changeTitles = map[tickets.Change]string{
	tickets.Correction: "แก้ข้อผิดหลงในผลที่แจ้งแล้ว", tickets.Revocation: "เพิกถอนผลที่แจ้งแล้ว", tickets.Reconsider: "พิจารณาใหม่",
}

func (a *Admin) showChange(r *http.Request, s Scope) (reply, error) {
	way := tickets.Change(r.URL.Query().Get("way"))
	title, ok := changeTitles[way]
	sh, err := a.sheetFor(r, s, "change", title)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fault.New(fault.Invalid, "กรุณาเลือกว่าจะแก้ข้อผิดหลงหรือเพิกถอน")
	}
	may, err := a.desk.MayChange(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, fault.New(fault.Conflict, "เรื่องนี้ไม่มีผลที่แจ้งแล้วและใช้อยู่ จึงไม่มีผลให้แก้ไขหรือเพิกถอน")
	}
	if err := a.mayDecide(r.Context(), s, sh.Ticket); err != nil && way != tickets.Reconsider {
		return nil, err
	}
	form, err := a.desk.Form(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return nil, err
	}
	request, err := tickets.FindRequest(r.Context(), s.Tx, sh.Ticket.RequestID)
	if err != nil {
		return nil, err
	}
	signs, err := a.desk.Decides(r.Context(), s.Tx, s.Officer.ID, s.Agency, form)
	if err != nil {
		return nil, err
	}
	p := changeSheet{
		sheet: sh, Way: way, Permit: form.Outcome(request.Answers).Kind == forms.Permit, Legal: joinLines(form.Legal), Appeal: form.Appeal, Now: tickets.FromNow, Ever: tickets.FromTheBeginning,
	}
	p.Signs = &signs
	p.Was, err = tickets.FindDecision(r.Context(), s.Tx, sh.Ticket.ID)
	return page{view: "change", part: "sheet", data: p}, err
}

func (a *Admin) change(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "changed", func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		form, err := a.desk.Form(ctx, s.Tx, t)
		if err != nil {
			return err
		}
		dec := typedGround(r.PostForm, form)
		dec.TicketID, dec.Change, dec.Since = id, tickets.Change(typedWords(r.PostForm, "change")), tickets.Since(typedWords(r.PostForm, "since"))
		dec.Mistake = typedWords(r.PostForm, "mistake")
		if typedWords(r.PostForm, "part") != "all" {
			dec.Conditions = typedWords(r.PostForm, "conditions")
		}
		return a.desk.Change(ctx, s.Tx, s.Actor(), dec)
	})
}
