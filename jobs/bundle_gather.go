package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/payments"
	"saphan/permits"
	"saphan/proof"
	"saphan/tickets"
)

// casebook is what is read of a case for its evidence.
type casebook struct {
	*Deps
	asked    proof.Bundle
	ticket   tickets.Ticket
	agency   agencies.Agency
	officers map[agencies.OfficerID]agencies.Officer
	request  tickets.Request
	mandate  *tickets.Mandate // under which it was filed; nil: none
	talk     []tickets.Message
	// Of the decisions the last is the newest; decision is the one that stands, nil: none does.
	decisions []tickets.Decision
	decision  *tickets.Decision
	opinions  []tickets.Opinion
	permits   []permits.Permit // the last is the newest
	charges   []payments.Charge
	files     []labelled
	// What other agencies were asked, and who they are.
	consulted []tickets.Consultation
	advisers  map[agencies.OfficerID]agencies.Officer // of other agencies, who answered
	others    map[agencies.AgencyID]agencies.Agency
	past      []tickets.Event
	// histories of the case, its permits and its charges.
	histories []proof.History
	readings  []citizens.Reading
}

// labelled is a file with what it is.
type labelled struct {
	files.Attachment
	label string
}

// readingsMost bounds how many readings go into a bundle.
const readingsMost = 10_000

func (g *casebook) read(ctx context.Context, tx pgx.Tx) (err error) {
	if g.ticket, err = tickets.Find(ctx, tx, tickets.TicketID(g.asked.TicketID)); err != nil {
		return err
	}
	if g.agency, err = agencies.Find(ctx, tx, g.ticket.AgencyID); err != nil {
		return err
	}
	if g.officers, err = agencies.Officers(ctx, tx, g.ticket.AgencyID); err != nil {
		return err
	}
	if g.request, err = tickets.FindRequest(ctx, tx, g.ticket.RequestID); err != nil {
		return err
	}
	if g.request.MandateID != nil {
		m, err := tickets.FindMandate(ctx, tx, *g.request.MandateID)
		if err != nil {
			return err
		}
		g.mandate = &m
	}
	if g.talk, err = tickets.Thread(ctx, tx, g.ticket.ID); err != nil {
		return err
	}
	if err := g.readDecisions(ctx, tx); err != nil {
		return err
	}
	if err := g.readConsultations(ctx, tx); err != nil {
		return err
	}
	if err := g.readHistories(ctx, tx); err != nil {
		return err
	}
	if g.readings, err = citizens.Readings(ctx, tx, []int64{int64(g.ticket.ID)}, readingsMost); err != nil {
		return err
	}
	return g.readFiles(ctx, tx)
}

// readDecisions reads what was decided, and on which opinions.
func (g *casebook) readDecisions(ctx context.Context, tx pgx.Tx) (err error) {
	if g.decisions, err = tickets.Decisions(ctx, tx, g.ticket.ID); err != nil {
		return err
	}
	d, err := tickets.FindDecision(ctx, tx, g.ticket.ID)
	switch {
	case err == nil:
		g.decision = &d
	case !fault.Is(err, fault.NotFound):
		return err
	}
	chain, err := g.Desk.Opinions(ctx, tx, g.ticket)
	g.opinions = chain.Given
	return err
}

// readConsultations reads what other agencies were asked about the case.
func (g *casebook) readConsultations(ctx context.Context, tx pgx.Tx) (err error) {
	if g.consulted, err = tickets.ConsultationsOf(ctx, tx, g.ticket.ID); err != nil {
		return err
	}
	ids := make([]agencies.AgencyID, len(g.consulted))
	g.advisers = map[agencies.OfficerID]agencies.Officer{}
	for i, c := range g.consulted {
		ids[i] = c.To
		if c.AnsweredBy == nil {
			continue
		}
		if g.advisers[*c.AnsweredBy], err = agencies.FindOfficer(ctx, tx, *c.AnsweredBy); err != nil {
			return err
		}
	}
	g.others, err = agencies.FindSome(ctx, tx, ids)
	return err
}

// readHistories reads the histories of the case and of what came of it.
func (g *casebook) readHistories(ctx context.Context, tx pgx.Tx) (err error) {
	if g.past, err = tickets.History(ctx, tx, g.ticket.ID); err != nil {
		return err
	}
	g.histories = []proof.History{{Book: proof.Tickets, Subject: int64(g.ticket.ID), Lines: proof.LinesOf(g.past)}}
	if g.permits, err = permits.OfTicket(ctx, tx, int64(g.ticket.ID)); err != nil {
		return err
	}
	for _, p := range g.permits {
		past, err := permits.History(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		g.histories = append(g.histories, proof.History{Book: proof.Permits, Subject: int64(p.ID), Lines: proof.LinesOf(past)})
	}
	if g.charges, err = payments.Of(ctx, tx, int64(g.ticket.ID)); err != nil {
		return err
	}
	for _, c := range g.charges {
		past, err := payments.History(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		g.histories = append(g.histories, proof.History{Book: proof.Charges, Subject: int64(c.ID), Lines: proof.LinesOf(past)})
	}
	return nil
}

// readFiles reads the rows of what came with the case, of the letters about it, and of its permits.
func (g *casebook) readFiles(ctx context.Context, tx pgx.Tx) error {
	held, err := tickets.Files(ctx, tx, g.ticket.ID)
	if err != nil {
		return err
	}
	letters, err := tickets.KeptLetters(ctx, tx, g.ticket.ID)
	if err != nil {
		return err
	}
	add := func(id files.AttachmentID, label string) error {
		at, err := files.Find(ctx, tx, id)
		if err == nil && at.Unopenable() == nil {
			g.files = append(g.files, labelled{at, label})
		}
		return err
	}
	for _, h := range slices.Concat(held, letters) {
		if err := add(files.AttachmentID(h.AttachmentID), h.Label); err != nil {
			return err
		}
	}
	paper := func(h tickets.File) bool {
		return g.mandate != nil && g.mandate.AttachmentID != nil && h.AttachmentID == *g.mandate.AttachmentID
	}
	if g.mandate != nil && g.mandate.AttachmentID != nil && !slices.ContainsFunc(held, paper) {
		if err := add(files.AttachmentID(*g.mandate.AttachmentID), fmt.Sprintf("หนังสือมอบอำนาจฉบับที่ %d", g.mandate.ID)); err != nil {
			return err
		}
	}
	for _, p := range g.permits {
		if p.AttachmentID == nil {
			continue
		}
		if err := add(*p.AttachmentID, "ใบอนุญาตเลขที่ "+p.Number); err != nil {
			return err
		}
	}
	return nil
}

// keyURL is where the public keys are published.
func (g *casebook) keyURL() string { return g.BaseURL + "/proof" }

// evidence is what goes into the bundle.
func (g *casebook) evidence(ctx context.Context, key proof.Key) (proof.Evidence, error) {
	proofs, err := g.notary().Prove(ctx, g.ticket.AgencyID, g.histories, g.readings)
	if err != nil {
		return proof.Evidence{}, err
	}
	e := proof.Evidence{
		Agency: g.agency.Name, Case: g.ticket.Number, Service: g.ticket.Title, MadeAt: g.Now(), KeyURL: g.keyURL(),
		Histories: g.histories, Readings: g.readings, Proofs: proofs,
	}
	summary, err := g.summary(key, proofs)
	if err != nil {
		return proof.Evidence{}, fmt.Errorf("draw the summary of case %s: %w", g.ticket.Number, err)
	}
	e.Items = append(e.Items, proof.Bytes("summary.pdf", summary))
	for _, page := range []struct {
		path string
		data any
	}{
		{"case.json", g.caseData()}, {"request.json", g.requestData()}, {"talk.json", g.talkData()}, {"decision.json", g.decisionData()},
		{"decisions.json", g.decisionsData()}, {"opinions.json", g.opinionsData()},
		{"permit.json", g.permit()}, {"permits.json", g.permits}, {"charges.json", g.charges}, {"consultations.json", g.consultationsData()},
	} {
		body, err := json.MarshalIndent(page.data, "", " ")
		if err != nil {
			return proof.Evidence{}, fmt.Errorf("write %s of case %s: %w", page.path, g.ticket.Number, err)
		}
		e.Items = append(e.Items, proof.Bytes(page.path, body))
	}
	for _, f := range g.files {
		e.Items = append(e.Items, proof.Item{Path: pathOf(f.Attachment), Open: func(ctx context.Context) (io.ReadCloser, error) { return g.Files.Open(ctx, f.Attachment) }})
	}
	return e, nil
}
