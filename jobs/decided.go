package jobs

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/payments"
	"saphan/permits"
	"saphan/tickets"
)

// decided makes a decision real (step 6 of the flow): an approval that grants a permit issues it
// and has it drawn; everything else is told to the citizen.
type decided struct {
	river.WorkerDefaults[tickets.DecidedArgs]
	*Deps
}

func (w *decided) Work(ctx context.Context, job *river.Job[tickets.DecidedArgs]) error {
	w.at("decided: before the permit")
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		t, decision, ok, err := tickets.Standing(ctx, tx, job.Args.TicketID)
		if err != nil || !ok { // taken back before anybody was told
			return err
		}
		form, err := w.Desk.Form(ctx, tx, t)
		if err != nil {
			return err
		}
		switch {
		case t.MainID != nil: // what follows another hears of it, and no more
			return w.tell(ctx, tx, t, decision, form, nil)
		case decision.Outcome.Granted():
			req, err := tickets.FindRequest(ctx, tx, t.RequestID)
			if err != nil {
				return err
			}
			return w.grant(ctx, tx, t, decision, form, req)
		}
		if err := w.end(ctx, tx, t, decision); err != nil {
			return err
		}
		return w.tell(ctx, tx, t, decision, form, nil)
	})
	if err == nil {
		w.at("decided: after the permit")
	}
	return err
}

// grant issues the permit of an approval, or tells its result. With a fee to pay a permit waits until it is paid
// (SVC-0: decided, awaiting fee, issued); a result does not.
func (w *decided) grant(ctx context.Context, tx pgx.Tx, t tickets.Ticket, d tickets.Decision, form *forms.Form, req tickets.Request) error {
	c, owed, err := w.charge(ctx, tx, t, d, form, req)
	if err != nil {
		return err
	}
	permit, news := form.Outcome(req.Answers).Kind == forms.Permit, bot.FeeGranted
	if !permit {
		news = bot.FeeDue
	}
	if !permit || owed && d.Change != "" { // that a fee is due for it says nothing of what changed
		if err := w.tell(ctx, tx, t, d, form, nil); err != nil {
			return err
		}
	}
	switch {
	case owed:
		return w.tellFee(ctx, tx, t, c, news, fmt.Sprintf("fee %d", c.ID), "")
	case permit:
		old, ok, err := permitOf(ctx, tx, t)
		if err != nil {
			return err
		}
		if ok && old.Decision != d.N && old.ReadyAt != nil && old.Recorded == permits.Active && old.Conditions == d.Conditions {
			return w.tell(ctx, tx, t, d, form, &old) // what was corrected does not stand on it
		}
		return w.issue(ctx, tx, t, d, form, req)
	}
	return nil
}

// permitOf is the newest permit of a case; ok is false when there is none.
func permitOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (p permits.Permit, ok bool, err error) {
	p, err = permits.FindByTicket(ctx, tx, int64(t.ID))
	if fault.Is(err, fault.NotFound) {
		return p, false, nil
	}
	return p, err == nil, err
}

// end takes back what an earlier decision of the case gave: its permit is revoked in the register, for the reasons of the
// decision, and what is owed for it is called off. Whether money is paid back is for officers to say.
func (w *decided) end(ctx context.Context, tx pgx.Tx, t tickets.Ticket, d tickets.Decision) error {
	if d.N == 1 {
		return nil
	}
	if _, err := w.callOff(ctx, tx, t, d.By(), d.Outcome.Thai()+": "+d.Reason); err != nil {
		return err
	}
	p, ok, err := permitOf(ctx, tx, t)
	if err != nil || !ok || p.Recorded == permits.Revoked || p.Recorded == permits.Replaced {
		return err
	}
	return w.Permits.Revoke(ctx, tx, permits.Actor(d.By().String()), p.ID, d.Reason)
}

// issue grants the permit, which enqueues its drawing. One that stands for a permit that does not hold waits, and the officers are told.
func (d *Deps) issue(ctx context.Context, tx pgx.Tx, t tickets.Ticket, dec tickets.Decision, form *forms.Form, req tickets.Request) error {
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	if err != nil {
		return err
	}
	outcome := form.Outcome(req.Answers)
	grant := permits.Grant{
		AgencyID: t.AgencyID, TicketID: int64(t.ID), Decision: dec.N, FormKey: string(t.FormKey), Code: outcome.Code, FormCode: cmp.Or(outcome.FormCode, form.FormCode),
		Title: outcome.Title.TH, Holder: t.CitizenName, Conditions: dec.Conditions,
		FeeNote: form.Fee.Note.TH, SignerPost: cmp.Or(form.Signer, agency.Signer),
		ValidYears: outcome.ValidYears, By: permits.Actor(dec.By().String()),
	}
	if err := signedBy(ctx, tx, &grant, dec); err != nil {
		return err
	}
	if outcome.Replaces {
		if dec.Replaces == "" {
			return fmt.Errorf("issue the permit of ticket %d: its decision does not say which permit it stands for", t.ID)
		}
		grant.Replaces, grant.ValidYears = dec.Replaces, 0
		if dec.ReplacesUntil != nil {
			grant.Until = *dec.ReplacesUntil
		}
	}
	if old, ok, err := permitOf(ctx, tx, t); err != nil {
		return err
	} else if ok && old.Decision != dec.N && old.Recorded != permits.Revoked && old.Recorded != permits.Replaced {
		grant.Replaces, grant.Until = old.Number, time.Time{} // another decision, another permit, with the same end
	}
	if bill, err := form.Bill(req.Answers, forms.Dates{Filed: req.EnteredAt, Decided: dec.At}); err == nil {
		for _, l := range bill.Lines { // nothing was charged: the law that takes it off stands there instead
			if l.Waived != nil {
				grant.FeeNote = feeWaivedBy + l.Waived.Law.TH
			}
		}
	}
	if err := d.feeOn(ctx, tx, &grant, t); err != nil {
		return err
	}
	for _, law := range form.Legal {
		grant.LegalBasis += law.TH + " "
	}
	for _, line := range form.Printed(req.Answers) {
		item := permits.NewItem(line.Field, line.Label.TH, line.Text)
		item.Public = item.Public || line.Public
		item.Section = cmp.Or(line.Section.TH, item.Section)
		grant.Items = append(grant.Items, item)
	}
	_, err = d.Permits.Issue(ctx, tx, grant)
	if fault.Is(err, fault.Conflict) && grant.Replaces != "" { // revoked, suspended or replaced since the approval
		return d.Desk.HoldPermit(ctx, tx, t.ID, grant.Replaces)
	}
	return err
}

// signedBy puts onto a permit who signed it, with both posts where power was delegated (EGA-16.1). Who signs in a post that is
// not the one in whose power the permit is issued only records what its holder decided.
func signedBy(ctx context.Context, tx pgx.Tx, grant *permits.Grant, dec tickets.Decision) error {
	if dec.Post == "" || dec.ActingFor == "" && dec.Post != grant.SignerPost {
		return nil
	}
	officer, err := agencies.FindOfficer(ctx, tx, dec.OfficerID)
	if err != nil {
		return err
	}
	grant.SignerName, grant.SignerPost = officer.Name, strings.TrimSpace(dec.Post+" "+dec.ActingFor)
	return nil
}

const feeWaivedBy = "ได้รับยกเว้นค่าธรรมเนียมตาม "

// feeOn puts onto a permit what was paid for it, and by which receipt; or by what law nothing was.
func (d *Deps) feeOn(ctx context.Context, tx pgx.Tx, grant *permits.Grant, t tickets.Ticket) error {
	c, ok, err := payments.Standing(ctx, tx, int64(t.ID))
	if err != nil || !ok {
		return err
	}
	if c.State == payments.Waived {
		grant.FeeNote = feeWaivedBy + c.WhyLaw
		return nil
	}
	receipts, err := payments.ReceiptsOf(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range receipts {
		if r.CancelledAt == nil {
			grant.FeeSatang, grant.FeeNote, grant.ReceiptNo, grant.ReceiptOn = r.Satang, "", r.Number(), r.IssuedAt
		}
	}
	return nil
}

// tell puts the result of a ticket into the chat; with a permit, the card opens it.
func (d *Deps) tell(ctx context.Context, tx pgx.Tx, t tickets.Ticket, decision tickets.Decision, form *forms.Form, p *permits.Permit) error {
	req, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return err
	}
	if req.ConversationID == nil { // the page of the case says it
		return d.Desk.Told(ctx, tx, t.ID)
	}
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	if err != nil {
		return err
	}
	info := bot.DecisionInfo{
		Outcome: form.Outcome(req.Answers),
		Form:    form, Ticket: int64(t.ID), Number: t.Reference, Agency: agency.Name,
		Approved: decision.Outcome.Granted(), Reason: decision.Because(), LegalBasis: decision.LegalBasis,
		Appeal: decision.Appeal, Conditions: decision.Conditions, At: decision.At,
	}
	if decision.Rule == "" {
		info.LetterURL = fmt.Sprintf("%s/track/%s/decisions/%d/letter.pdf", d.BaseURL, t.TrackToken, decision.N)
	}
	if info.Appealable, err = d.Desk.MayAppeal(ctx, tx, t); err != nil {
		return err
	}
	if err := changeOf(ctx, tx, t, decision, &info); err != nil {
		return err
	}
	cause := fmt.Sprintf("ticket %d decision", t.ID)
	if decision.N > 1 {
		cause = fmt.Sprintf("ticket %d decision %d", t.ID, decision.N)
	}
	if err := d.asksIn(ctx, tx, t, decision, form, &info); err != nil {
		return err
	}
	if p != nil {
		info.Permit, info.PermitURL = p.Number, d.Permits.HolderLink(p.Number)
		if p.ValidUntil != nil {
			info.ValidUntil = *p.ValidUntil
		}
	}
	conversation := bot.ConversationID(*req.ConversationID)
	lang, err := bot.LangOf(ctx, tx, conversation)
	if err != nil {
		return err
	}
	if err := bot.Notify(ctx, tx, d.Jobs, conversation, cause, d.Now(), bot.DecisionReplies(lang, info)...); err != nil {
		return err
	}
	return d.Desk.Told(ctx, tx, t.ID)
}

// changeOf adds in place of what a decision stands.
func changeOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, decision tickets.Decision, info *bot.DecisionInfo) error {
	all, err := tickets.Decisions(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	was, ok := decision.Instead(all)
	if !ok {
		return nil
	}
	info.Changed, info.Before = bot.Anew, was.At
	if decision.Change != "" {
		info.Changed = bot.Changed(decision.Change)
	}
	info.Mistake, info.Since, info.Whole = decision.Mistake, string(decision.Since), decision.Outcome == tickets.RevokeAll
	return nil
}

// asksIn adds what stands behind the word that a thing is done, and asks whether it is so where the service does (SVC-5).
func (d *Deps) asksIn(ctx context.Context, tx pgx.Tx, t tickets.Ticket, decision tickets.Decision, form *forms.Form, info *bot.DecisionInfo) error {
	if !decision.Outcome.Granted() {
		return nil
	}
	info.Work, info.TrackURL, info.AskDays = decision.Work(), d.BaseURL+"/track/"+t.TrackToken, form.Closing.ConfirmDays
	if info.AskDays > 0 {
		info.Ask = decision.N
	}
	photos, err := tickets.Photos(ctx, tx, t.ID, decision.N)
	info.Photos = len(photos)
	return err
}
