package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/tickets"
)

// route makes a ticket of a submitted request and sends the receipt (step 3 of the flow).
type route struct {
	river.WorkerDefaults[tickets.SubmittedArgs]
	*Deps
}

func (w *route) Work(ctx context.Context, job *river.Job[tickets.SubmittedArgs]) error {
	w.at("route: before the ticket")
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		req, err := tickets.FindRequest(ctx, tx, job.Args.RequestID)
		if err != nil {
			return err
		}
		form, ok := w.Forms.Version(req.FormKey, req.FormVersion)
		if !ok {
			return fmt.Errorf("form %s version %d is not in the catalogue", req.FormKey, req.FormVersion)
		}
		if form.Human && req.ConversationID != nil {
			// Before the ticket takes its number, which the agency's other tickets wait for.
			if err := bot.Lock(ctx, tx, bot.ConversationID(*req.ConversationID)); err != nil {
				return err
			}
		}
		t, err := w.Desk.Route(ctx, tx, req.ID)
		if err != nil {
			return err
		}
		if len(t.Reason.Skipped) > 0 { // nothing is lost by it: the next rule that fitted counts, or none
			w.Log.WarnContext(ctx, "routing rules could not be carried out", "agency", t.AgencyID, "ticket", t.ID, "set", t.Reason.Set, "rules", t.Reason.Skipped)
		}
		if err := w.remember(ctx, tx, form, t); err != nil || req.ConversationID == nil {
			return err
		}
		conversation, cause := bot.ConversationID(*req.ConversationID), fmt.Sprintf("ticket %d receipt", t.ID)
		if form.Human {
			if err := bot.Connect(ctx, tx, conversation, cause, int64(t.ID), w.Now()); err != nil {
				return err
			}
		}
		attached := 0
		for _, a := range t.Request.Answers {
			attached += len(a.Attachments)
		}
		holiday, _ := t.Calendar.Holiday(t.EnteredAt)
		reported, _, err := w.Desk.Reported(ctx, tx, t.Ticket)
		if err != nil {
			return err
		}
		lang, err := bot.LangOf(ctx, tx, conversation)
		if err != nil {
			return err
		}
		err = bot.Notify(ctx, tx, w.Jobs, conversation, cause, w.Now(), bot.ReceiptCard(lang, bot.ReceiptInfo{
			Form: form, Ticket: int64(t.ID), Number: t.Number, Subject: t.Subject, Files: attached, Agency: t.Agency.Name, Phone: t.Agency.Phone, Holiday: holiday,
			EnteredAt: t.EnteredAt, DeemedReceivedAt: t.DeemedReceivedAt, DueAt: t.DueAt,
			TrackURL: w.BaseURL + "/track/" + t.TrackToken, PaperURL: w.BaseURL + "/track/" + t.TrackToken + "/receipt.pdf",
			Reported: bot.Reported{Others: reported.Others, Since: reported.Since, Working: reported.Status == tickets.Accepted},
		}))
		if err != nil {
			return err
		}
		return w.tellUrgent(ctx, tx, t.Ticket)
	})
	if err == nil {
		w.at("route: after the ticket")
	}
	return err
}
