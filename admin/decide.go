package admin

import (
	"context"
	"errors"
	"net/http"

	"saphan/forms"
	"saphan/internal/thai"
	"saphan/payments"
	"saphan/permits"
	"saphan/tickets"
)

// approveSheet asks for what goes with a positive result: conditions of a permit, or what was done.
type approveSheet struct {
	sheet
	Permit  bool
	Outcome string // what the citizen gets
	Grants  string
	Named   bool   // the service has words of its own for the result
	Holder  string // to whom the permit is made out
	Fee     string // what is to be paid first, by the rules of the service; empty: nothing
	Ask     bool   // the fee does not follow from the rules: the officer sets it
	Undone  []string
	Closing closingBox // what must stand beside it
	Former  *formerBox // the permit that the new one stands for; nil: none
}

func (a *Admin) showApprove(r *http.Request, s Scope) (reply, error) {
	sh, form, err := a.decisionSheet(r, s, "approve")
	if err != nil {
		return nil, err
	}
	request, err := tickets.FindRequest(r.Context(), s.Tx, sh.Ticket.RequestID)
	if err != nil {
		return nil, err
	}
	outcome := form.Outcome(request.Answers)
	sh.Title = grantWords(outcome)
	p := approveSheet{
		sheet: sh, Permit: outcome.Kind == forms.Permit, Outcome: outcome.Title.TH, Grants: sh.Title, Named: outcome.Granted.TH != "",
		Holder: form.Holder(request.Answers),
	}
	if p.Former, err = a.formerOf(r.Context(), s, sh.Ticket, outcome, request.Answers); err != nil {
		return nil, err
	}
	bill, err := form.Bill(request.Answers, forms.Dates{Filed: request.EnteredAt, Decided: a.now()})
	p.Ask = errors.Is(err, forms.ErrNoBill)
	switch {
	case err != nil && !p.Ask:
		return nil, err
	case bill.Satang > 0:
		p.Fee = thai.Baht(bill.Satang)
	}
	pane, err := a.pane(r, s, sh.Ticket.ID)
	if err != nil {
		return nil, err
	}
	if p.Closing, err = a.closingOf(r.Context(), s, sh.Ticket, pane.Documents); err != nil {
		return nil, err
	}
	if pane.List != nil {
		p.Undone = pane.List.undone()
	}
	return page{view: "approve", part: "sheet", data: p}, nil
}

// decisionSheet begins a sheet for a decision, with the version of the service that the case began with.
func (a *Admin) decisionSheet(r *http.Request, s Scope, name string) (sheet, *forms.Form, error) {
	sh, err := a.sheetFor(r, s, name, "")
	if err != nil {
		return sheet{}, nil, err
	}
	if err := a.mayDecide(r.Context(), s, sh.Ticket); err != nil {
		return sheet{}, nil, err
	}
	form, err := a.desk.Form(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return sheet{}, nil, err
	}
	signs, err := a.desk.Decides(r.Context(), s.Tx, s.Officer.ID, s.Agency, form)
	sh.Signs = &signs
	return sh, form, err
}

func (a *Admin) approve(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "approved", func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		form, err := a.desk.Form(ctx, s.Tx, t)
		if err != nil {
			return err
		}
		request, err := tickets.FindRequest(ctx, s.Tx, t.RequestID)
		if err != nil {
			return err
		}
		dec := tickets.Decision{
			TicketID: id, Outcome: tickets.Approve,
			Reason: unixLines(r.PostForm.Get("reason")), Conditions: unixLines(r.PostForm.Get("conditions")),
		}
		if err := worked(r, &dec); err != nil {
			return err
		}
		if outcome := form.Outcome(request.Answers); outcome.Replaces {
			stead := permits.Stead{
				Agency: s.Agency, FormKey: string(t.FormKey), ValidYears: outcome.ValidYears, Number: r.PostForm.Get("replaces"), LastDay: r.PostForm.Get("replaces_until"),
			}
			dec.Replaces, dec.ReplacesUntil, err = stead.Of(ctx, s.Tx, a.now())
			if err != nil {
				return err
			}
		}
		if err := a.desk.Decide(ctx, s.Tx, s.Actor(), dec); err != nil {
			return err
		}
		made, err := tickets.FindDecision(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		return a.till().ByOfficer(ctx, s.Tx, payments.Set{
			Form: form, Answers: request.Answers, Filed: request.EnteredAt, Agency: s.Agency, Ticket: int64(t.ID), Payer: t.CitizenName, By: payments.Actor(s.Actor().String()),
			Baht: r.PostForm.Get("fee"), Decision: made.N,
		})
	})
}
