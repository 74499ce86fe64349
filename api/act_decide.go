package api

import (
	"context"
	"slices"
	"strings"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/payments"
	"saphan/permits"
	"saphan/tickets"
)

// Longer prolongs the time to decide.
type Longer struct {
	Days   int    `json:"days" example:"15"`
	Reason string `json:"reason" doc:"Of which the citizen is told" example:"ต้องรอผลตรวจคุณภาพน้ำจากห้องปฏิบัติการ"`
}

func (a *API) extend(ctx context.Context, w work, in *With[Longer]) error {
	return a.desk.Extend(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Days, in.Body.Reason)
}

// Result is a formal result.
type Result struct {
	Outcome    string `json:"outcome" doc:"approve, approve_with_conditions or refuse" example:"approve"`
	Reason     string `json:"reason,omitempty" doc:"Of a refusal: why. Of what is no permit: what was done" example:"เปลี่ยนหลอดไฟแล้ว"`
	Conditions string `json:"conditions,omitempty" doc:"Of an approval with conditions"`
	Facts      string `json:"facts,omitempty" doc:"Of a refusal: what was found"`
	Picked     string `json:"reason_key,omitempty" doc:"Of a refusal: key of a reason that the service lists, instead of or beside reason and legal_basis"`
	LegalBasis string `json:"legal_basis,omitempty" doc:"Of a refusal"`
	AppealBody string `json:"appeal_body,omitempty" doc:"Of a refusal: who decides on an appeal. Left out, as appeal_days: as the service says"`
	AppealDays int    `json:"appeal_days,omitempty" doc:"Of a refusal: counted from the day after the citizen is told" example:"30"`
	Replaces   string `json:"replaces,omitempty" doc:"Number of the permit that the new one stands for, where the service asks for it"`
	LastDay    string `json:"replaces_until,omitempty" doc:"Its last day, when it is a paper from before"`
	Crew       string `json:"crew,omitempty" doc:"Who did the work, where the service wants it shown"`
	WorkedOn   Day    `json:"worked_on,omitempty" doc:"On which day, in Bangkok" example:"2026-12-01"`
	Fee        string `json:"fee,omitempty" doc:"Baht, where the fee does not follow from the answers" example:"500.00"`
}

func (a *API) decide(ctx context.Context, w work, in *With[Result]) error {
	form, err := a.desk.Form(ctx, w.tx, w.ticket)
	if err != nil {
		return err
	}
	request, err := tickets.FindRequest(ctx, w.tx, w.ticket.RequestID)
	if err != nil {
		return err
	}
	r := in.Body
	dec := tickets.Decision{
		TicketID: w.ticket.ID, Outcome: tickets.Outcome(r.Outcome), Reason: r.Reason, Conditions: r.Conditions,
		Facts: r.Facts, LegalBasis: r.LegalBasis, AppealBody: r.AppealBody, AppealDays: r.AppealDays, Crew: r.Crew,
	}
	if day := r.WorkedOn.time(); !day.IsZero() {
		dec.WorkedOn = &day
	}
	if dec.Outcome == tickets.Refuse {
		if err := r.refusal(form, request.Answers, &dec); err != nil {
			return err
		}
	}
	if outcome := form.Outcome(request.Answers); outcome.Replaces && dec.Outcome.Granted() {
		stead := permits.Stead{Agency: w.ticket.AgencyID, FormKey: string(w.ticket.FormKey), ValidYears: outcome.ValidYears, Number: r.Replaces, LastDay: r.LastDay}
		if dec.Replaces, dec.ReplacesUntil, err = stead.Of(ctx, w.tx, a.now()); err != nil {
			return err
		}
	}
	if err := a.desk.Decide(ctx, w.tx, w.by(), dec); err != nil || !dec.Outcome.Granted() {
		return err
	}
	made, err := tickets.FindDecision(ctx, w.tx, w.ticket.ID)
	if err != nil {
		return err
	}
	return a.till.ByOfficer(ctx, w.tx, payments.Set{
		Form: form, Answers: request.Answers, Filed: request.EnteredAt, Agency: w.ticket.AgencyID, Ticket: int64(w.ticket.ID), Payer: w.ticket.CitizenName,
		By: payments.Actor(w.by().String()), Baht: r.Fee, Decision: made.N,
	})
}

// refusal puts in what the service says: the reason that was picked, with its law, and where to appeal when that was left out.
func (r Result) refusal(form *forms.Form, answers []forms.Answer, dec *tickets.Decision) error {
	if dec.AppealBody == "" && dec.AppealDays == 0 {
		dec.AppealBody, dec.AppealDays, dec.Appeal = form.Appeal.Body.TH, form.Appeal.Days, form.Appeal.Text.TH
	}
	if r.Picked == "" {
		return nil
	}
	may := form.ReasonsFor(answers)
	i := slices.IndexFunc(may, func(one forms.Reason) bool { return one.Key == r.Picked })
	if i < 0 {
		return fault.New(fault.Invalid, "บริการนี้ไม่มีเหตุผลที่ไม่อนุมัติตาม reason_key กรุณาตรวจกับคู่มือสำหรับประชาชนของเรื่องนี้")
	}
	dec.Reason = strings.TrimSpace(may[i].Text.TH + "\n" + dec.Reason)
	if law := may[i].Law.TH; law != "" && !strings.Contains(dec.LegalBasis, law) {
		dec.LegalBasis = strings.TrimSpace(dec.LegalBasis + "\n" + law)
	}
	return nil
}

// Undone takes back a decision of which nobody was told.
type Undone struct {
	Why string `json:"why" doc:"Kept in the history beside the decision" example:"พบหลักฐานใหม่หลังลงนาม"`
}

func (a *API) takeBack(ctx context.Context, w work, in *With[Undone]) error {
	if err := a.desk.TakeBack(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Why); err != nil {
		return err
	}
	return a.till.CallOffAll(ctx, w.tx, payments.Actor(w.by().String()), int64(w.ticket.ID), payments.TakenBack)
}

// Changing changes a decision that was told.
type Changing struct {
	Change     string `json:"change" doc:"correct: a mistake in its words; revoke: what was granted; again: a refusal is given up and the case decided anew" example:"revoke"`
	Mistake    string `json:"mistake,omitempty" doc:"Of a correction: what was wrong; the citizen reads it"`
	Since      string `json:"since,omitempty" doc:"Of a revocation: now or beginning" example:"now"`
	Conditions string `json:"conditions,omitempty" doc:"Of a revocation in part: the new ones; left out: all is revoked. Of a correction: as they should be"`
	Facts      string `json:"facts,omitempty" doc:"What was found"`
	Reason     string `json:"reason,omitempty" doc:"Why; of an approval that is corrected: what was done"`
	LegalBasis string `json:"legal_basis,omitempty"`
	AppealBody string `json:"appeal_body,omitempty" doc:"Who decides on an appeal. Left out, as appeal_days: as the service says"`
	AppealDays int    `json:"appeal_days,omitempty" example:"30"`
}

func (a *API) change(ctx context.Context, w work, in *With[Changing]) error {
	form, err := a.desk.Form(ctx, w.tx, w.ticket)
	if err != nil {
		return err
	}
	c := in.Body
	dec := tickets.Decision{
		TicketID: w.ticket.ID, Change: tickets.Change(c.Change), Mistake: c.Mistake, Since: tickets.Since(c.Since), Conditions: c.Conditions,
		Facts: c.Facts, Reason: c.Reason, LegalBasis: c.LegalBasis, AppealBody: c.AppealBody, AppealDays: c.AppealDays,
	}
	if dec.AppealBody == "" && dec.AppealDays == 0 {
		dec.AppealBody, dec.AppealDays, dec.Appeal = form.Appeal.Body.TH, form.Appeal.Days, form.Appeal.Text.TH
	}
	return a.desk.Change(ctx, w.tx, w.by(), dec)
}

// Returned is the letter with which a case is given back.
type Returned struct {
	Reason string `json:"reason" example:"ไม่ได้รับเอกสารที่ขอภายในกำหนด"`
	Remedy string `json:"remedy" doc:"How to correct it" example:"เตรียมเอกสารที่ขาดแล้วยื่นใหม่"`
	Appeal string `json:"appeal" doc:"Where and until when to appeal" example:"อุทธรณ์ต่อนายกเทศมนตรีได้ภายใน 15 วัน"`
}

func (a *API) giveBack(ctx context.Context, w work, in *With[Returned]) error {
	return a.desk.Return(ctx, w.tx, w.by(), tickets.Returning{TicketID: w.ticket.ID, Reason: in.Body.Reason, Remedy: in.Body.Remedy, Appeal: in.Body.Appeal})
}
