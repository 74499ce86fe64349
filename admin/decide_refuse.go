package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// refuseSheet asks for all that a refusal must carry (LFA-11.1).
type refuseSheet struct {
	sheet
	Reasons []forms.Reason
	Legal   string
	Appeal  forms.Appeal
}

func (a *Admin) showRefuse(r *http.Request, s Scope) (reply, error) {
	sh, form, err := a.decisionSheet(r, s, "refuse")
	if err != nil {
		return nil, err
	}
	request, err := tickets.FindRequest(r.Context(), s.Tx, sh.Ticket.RequestID)
	if err != nil {
		return nil, err
	}
	sh.Title = refuseWords(form.Outcome(request.Answers))
	return page{view: "refuse", part: "sheet", data: refuseSheet{
		sheet: sh, Reasons: form.ReasonsFor(request.Answers), Legal: joinLines(form.Legal), Appeal: form.Appeal,
	}}, nil
}

func (a *Admin) refuse(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "refused", func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		form, err := a.desk.Form(ctx, s.Tx, t)
		if err != nil {
			return err
		}
		dec := typedGround(r.PostForm, form)
		dec.TicketID, dec.Outcome = id, tickets.Refuse
		if err := pickReason(form, r.PostForm.Get("picked"), &dec); err != nil {
			return err
		}
		return a.desk.Decide(ctx, s.Tx, s.Actor(), dec)
	})
}

// typedWords is what stands in a field of a form, without spaces around it.
func typedWords(posted url.Values, name string) string {
	return strings.TrimSpace(unixLines(posted.Get(name)))
}

// typedGround reads what an order against a citizen rests on, and how it is appealed.
func typedGround(posted url.Values, form *forms.Form) tickets.Decision {
	dec := tickets.Decision{
		Facts: typedWords(posted, "facts"), Reason: typedWords(posted, "reason"), LegalBasis: typedWords(posted, "legal_basis"), AppealBody: tidy(typedWords(posted, "appeal_body")),
	}
	var err error
	if dec.AppealDays, err = strconv.Atoi(thai.Digits(typedWords(posted, "appeal_days"))); err != nil {
		dec.AppealDays = 0 // which a decision refuses in words
	}
	if dec.AppealBody == form.Appeal.Body.TH && dec.AppealDays == form.Appeal.Days {
		dec.Appeal = form.Appeal.Text.TH // the service's own words, which it has in other languages too
	}
	return dec
}

// pickReason puts the reason that was picked, and its law, before what was typed.
func pickReason(form *forms.Form, picked string, dec *tickets.Decision) error {
	for _, reason := range form.Reasons {
		if reason.Key != picked {
			continue
		}
		dec.Reason = strings.TrimSpace(reason.Text.TH + "\n" + dec.Reason)
		if law := reason.Law.TH; law != "" && !strings.Contains(dec.LegalBasis, law) {
			dec.LegalBasis = strings.TrimSpace(dec.LegalBasis + "\n" + law)
		}
		return nil
	}
	if picked != "other" {
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกเหตุผลที่ไม่อนุมัติ กรุณาเลือกหนึ่งข้อ")
	}
	return nil
}
