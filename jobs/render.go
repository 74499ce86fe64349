package jobs

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/permits"
	"saphan/tickets"
)

// render draws a permit's document and sends the card that opens it (step 7 of the flow).
type render struct {
	river.WorkerDefaults[permits.RenderArgs]
	*Deps
}

func (w *render) Work(ctx context.Context, job *river.Job[permits.RenderArgs]) error {
	var (
		p      permits.Permit
		agency agencies.Agency
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		if p, err = permits.FindByID(ctx, tx, job.Args.PermitID); err != nil {
			return err
		}
		agency, err = agencies.Find(ctx, tx, p.AgencyID)
		return err
	})
	if err != nil || p.ReadyAt != nil {
		return err
	}
	document, err := w.Permits.Document(p, agency)
	if err != nil {
		return fmt.Errorf("draw permit %s: %w", p.Number, err)
	}
	object, err := w.Files.Put(ctx, bytes.NewReader(document), files.Limits{})
	if err != nil {
		return fmt.Errorf("store permit %s: %w", p.Number, err)
	}
	w.at("render: before the permit is ready")
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		file, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: p.Number + ".pdf", Source: "permit:" + p.Number})
		if err != nil {
			return err
		}
		if err := w.Permits.MarkReady(ctx, tx, p.ID, file); err != nil {
			return err
		}
		t, err := tickets.Find(ctx, tx, tickets.TicketID(p.TicketID))
		if err != nil {
			return err
		}
		decision, err := tickets.FindDecision(ctx, tx, t.ID)
		if fault.Is(err, fault.NotFound) || err == nil && decision.N != p.Decision {
			return nil // it was changed meanwhile, and the change is told
		}
		if err != nil {
			return err
		}
		form, err := w.Desk.Form(ctx, tx, t)
		if err != nil {
			return err
		}
		return w.tell(ctx, tx, t, decision, form, &p)
	})
	if err == nil {
		w.at("render: after the permit is ready")
	}
	return err
}
