package portal

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/papers"
	"saphan/tickets"
)

// letterPath is where a letter of a case is downloaded.
func letterPath(t tickets.Ticket, letter string) string {
	return "/track/" + t.TrackToken + "/" + letter + ".pdf"
}

func errNoSuchLetter() error {
	return fault.New(fault.NotFound, "ไม่พบหนังสือฉบับนี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด")
}

// write hands out a letter to whoever holds the tracking link of its case. It is drawn anew each time from what was written
// when it was signed, of which nothing changes, so it is always the same.
func (p *Portal) write(r *http.Request, name string, compose func(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c papers.Case) (papers.Letter, error)) (reply, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	select {
	case p.drawing <- struct{}{}:
		defer func() { <-p.drawing }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "กำลังจัดทำเอกสาร กรุณาลองใหม่ในอีกสักครู่", ctx.Err())
	}
	var letter papers.Letter
	err := p.read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		whole, err := tickets.Whole(ctx, tx, t)
		if err != nil {
			return err
		}
		if !whole { // its words were erased
			return errNoSuchLetter()
		}
		agency, err := agencies.Find(ctx, tx, t.AgencyID)
		if err != nil {
			return err
		}
		letter, err = compose(ctx, tx, t, papers.Case{
			Number: t.Reference, Service: t.Title, Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone}, Citizen: t.CitizenName,
			ReceivedAt: t.DeemedReceivedAt, TrackURL: p.base + "/track/" + t.TrackToken,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	document, err := letter.PDF()
	if err != nil {
		return nil, fmt.Errorf("draw the %s letter of %s: %w", name, letter.Number, err)
	}
	return pdfFile{name: name + "-" + letter.Number + ".pdf", body: document}, nil
}

// decisionLetter is the letter with the decision of a case, once its citizen was told of it (LFA-11.1).
func (p *Portal) decisionLetter(r *http.Request) (reply, error) {
	return p.write(r, "decision", func(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c papers.Case) (papers.Letter, error) {
		if ready, err := p.hasDecisionLetter(ctx, tx, t); err != nil || !ready {
			return papers.Letter{}, orMissing(err)
		}
		dec, err := tickets.FindDecision(ctx, tx, t.ID)
		if err != nil {
			return papers.Letter{}, err
		}
		officer, err := agencies.FindOfficer(ctx, tx, dec.OfficerID)
		if err != nil {
			return papers.Letter{}, err
		}
		c.At, c.Officer = dec.At, papers.Officer{Name: officer.Name, Post: postOf(dec.Signature, officer)}
		if dec.Outcome.Granted() {
			return c.Granted(dec.Reason, dec.Conditions), nil
		}
		return c.Refused(papers.Refusal{
			Facts: dec.Facts, Reason: dec.Reason, LegalBasis: dec.LegalBasis, AppealBody: dec.AppealBody, AppealDays: dec.AppealDays, Appeal: dec.Appeal, Here: t.FormKey != tickets.AppealForm,
		}), nil
	})
}

// hasDecisionLetter reports whether there is a letter with the decision: somebody signed it, and the citizen was told.
func (p *Portal) hasDecisionLetter(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (bool, error) {
	if !t.Status.Decided() {
		return false, nil
	}
	untold, err := p.desk.Untold(ctx, tx, t)
	if err != nil || untold {
		return false, err
	}
	dec, err := tickets.FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && dec.OfficerID != 0, err
}

func orMissing(err error) error {
	if err != nil {
		return err
	}
	return errNoSuchLetter()
}

// postOf is in what capacity a letter was signed: both posts and the order, where power was delegated (EGA-16.1).
func postOf(s tickets.Signature, officer agencies.Officer) string {
	post := s.Post
	if post == "" {
		post = officer.Role.Thai()
	}
	if s.ActingFor != "" {
		post += " " + s.ActingFor
	}
	if s.OrderNo != "" {
		post += " (" + s.OrderNo + ")"
	}
	return post
}

// returnLetter is the letter by which a case was given back (LFA-9.1).
func (p *Portal) returnLetter(r *http.Request) (reply, error) {
	return p.write(r, "return", func(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c papers.Case) (papers.Letter, error) {
		back, err := tickets.FindReturn(ctx, tx, t.ID)
		if fault.Is(err, fault.NotFound) {
			return papers.Letter{}, errNoSuchLetter()
		}
		if err != nil {
			return papers.Letter{}, err
		}
		if c.At = back.At; back.OfficerID != nil {
			officer, err := agencies.FindOfficer(ctx, tx, *back.OfficerID)
			if err != nil {
				return papers.Letter{}, err
			}
			c.Officer = papers.Officer{Name: officer.Name, Post: officer.Role.Thai()}
		}
		return c.Returned(back.Missing, back.Reason, back.Remedy, back.Appeal), nil
	})
}

// noticeLetter is a deficiency notice (LFA-8.1).
func (p *Portal) noticeLetter(r *http.Request) (reply, error) {
	n, err := strconv.ParseInt(chi.URLParam(r, "notice"), 10, 64)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบบันทึกความบกพร่องฉบับนี้ กรุณาเปิดเรื่องอีกครั้ง", err)
	}
	return p.write(r, "notice", func(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c papers.Case) (papers.Letter, error) {
		notice, err := tickets.FindNotice(ctx, tx, tickets.NoticeID(n))
		if err != nil {
			return papers.Letter{}, err
		}
		wants, err := tickets.Wants(ctx, tx, t.ID)
		if err != nil {
			return papers.Letter{}, err
		}
		var labels []string
		for _, w := range wants {
			if w.NoticeID == notice.ID {
				labels = append(labels, w.Label)
			}
		}
		if notice.TicketID != t.ID || len(labels) == 0 {
			return papers.Letter{}, errNoSuchLetter()
		}
		officer, err := agencies.FindOfficer(ctx, tx, notice.OfficerID)
		c.At, c.Officer = notice.At, papers.Officer{Name: officer.Name, Post: officer.Role.Thai()}
		return c.Lacking(labels, notice.DueOn), err
	})
}
