// Package letters says what stands in the letters by which the citizen of a case is told something: its decisions, its
// return, what is missing. What they say follows from rows that are never changed, so each is the same whenever it is drawn.
package letters

import (
	"context"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/papers"
	"saphan/tickets"
)

// Desk composes letters.
type Desk struct {
	Cases *tickets.Desk
	Base  string // public address
}

func errNone() error {
	return fault.New(fault.NotFound, "ไม่พบหนังสือฉบับนี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด")
}

// Compose returns a letter of a case, or fault.NotFound while its citizen was not told, or when the words were erased.
func (d Desk) Compose(ctx context.Context, tx pgx.Tx, l tickets.LetterID) (papers.Letter, error) {
	t, err := tickets.Find(ctx, tx, l.TicketID)
	if err != nil {
		return papers.Letter{}, err
	}
	whole, err := tickets.Whole(ctx, tx, t)
	if err != nil {
		return papers.Letter{}, err
	}
	if !whole {
		return papers.Letter{}, errNone()
	}
	agency, err := agencies.Find(ctx, tx, t.AgencyID)
	if err != nil {
		return papers.Letter{}, err
	}
	c := papers.Case{
		Number: t.Reference, Service: t.Title, Agency: papers.Agency{Name: agency.Name, Address: agency.Address, Phone: agency.Phone}, Citizen: t.CitizenName,
		ReceivedAt: t.DeemedReceivedAt, TrackURL: d.Base + "/track/" + t.TrackToken,
	}
	switch l.Letter {
	case tickets.DecisionLetter:
		return d.decision(ctx, tx, t, c, int(l.N))
	case tickets.ReturnLetter:
		return d.returned(ctx, tx, t, c)
	case tickets.NoticeLetter:
		return d.notice(ctx, tx, t, c, tickets.NoticeID(l.N))
	}
	return papers.Letter{}, errNone()
}

// Told finds the number of the decision that has a letter now; ok is false while nobody was told of one.
func (d Desk) Told(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (n int, ok bool, err error) {
	if !t.Status.Decided() {
		return 0, false, nil
	}
	untold, err := d.Cases.Untold(ctx, tx, t)
	if err != nil || untold {
		return 0, false, err
	}
	dec, err := tickets.FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) {
		return 0, false, nil
	}
	return dec.N, err == nil && dec.Rule == "", err
}

// decision is the letter with the n-th decision of a case (LFA-11.1), which stands and was told, or was told once.
func (d Desk) decision(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c papers.Case, n int) (papers.Letter, error) {
	all, err := tickets.Decisions(ctx, tx, t.ID)
	if err != nil {
		return papers.Letter{}, err
	}
	var dec tickets.Decision
	for _, one := range all {
		if one.N == n {
			dec = one
		}
	}
	now, told, err := d.Told(ctx, tx, t)
	if err != nil {
		return papers.Letter{}, err
	}
	past := dec.ChangedAt != nil || dec.OverturnedAt != nil || dec.ReopenedAt != nil
	if dec.N == 0 || dec.Rule != "" || dec.WithdrawnAt != nil || !past && (!told || now != n) {
		return papers.Letter{}, errNone()
	}
	c.At = dec.At
	if dec.OfficerID != 0 {
		officer, err := agencies.FindOfficer(ctx, tx, dec.OfficerID)
		if err != nil {
			return papers.Letter{}, err
		}
		c.Officer = papers.Officer{Name: officer.Name, Post: postOf(dec.Signature, officer)}
	}
	if was, ok := dec.Instead(all); ok {
		c.Instead = papers.Instead{At: was.At, Mistake: dec.Mistake}
	}
	if c.Named, err = d.named(ctx, tx, t, dec); err != nil {
		return papers.Letter{}, err
	}
	ground := papers.Refusal{
		Facts: dec.Facts, Reason: dec.Reason, LegalBasis: dec.LegalBasis, AppealBody: dec.AppealBody, AppealDays: dec.AppealDays, Appeal: dec.Appeal, Here: t.FormKey != tickets.AppealForm,
	}
	switch {
	case dec.Outcome == tickets.Deemed:
		return c.Deemed(dec.Reason), nil
	case dec.Change == tickets.Revocation || dec.Outcome == tickets.RevokeAll:
		return c.Revoked(ground, dec.Since.Thai(), dec.Conditions), nil
	case dec.Outcome.Granted():
		return c.Granted(dec.Reason, dec.Conditions), nil
	}
	return c.Refused(ground), nil
}

// named is what the service of a case calls such a decision; empty: as every other.
func (d Desk) named(ctx context.Context, tx pgx.Tx, t tickets.Ticket, dec tickets.Decision) (string, error) {
	form, err := d.Cases.Form(ctx, tx, t)
	if err != nil {
		return "", err
	}
	request, err := tickets.FindRequest(ctx, tx, t.RequestID)
	if err != nil {
		return "", err
	}
	switch outcome := form.Outcome(request.Answers); dec.Outcome { //nolint:exhaustive // the others are called by what they are
	case tickets.Approve:
		return outcome.Granted.TH, nil
	case tickets.Refuse:
		return outcome.Refused.TH, nil
	}
	return "", nil
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

// returned is the letter by which a case was given back (LFA-9.1).
func (d Desk) returned(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c papers.Case) (papers.Letter, error) {
	back, err := tickets.FindReturn(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) {
		return papers.Letter{}, errNone()
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
}

// notice is a deficiency notice as it was first told (LFA-8.1).
func (d Desk) notice(ctx context.Context, tx pgx.Tx, t tickets.Ticket, c papers.Case, id tickets.NoticeID) (papers.Letter, error) {
	notice, err := tickets.FindNotice(ctx, tx, id)
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
		return papers.Letter{}, errNone()
	}
	officer, err := agencies.FindOfficer(ctx, tx, notice.OfficerID)
	c.At, c.Officer = notice.At, papers.Officer{Name: officer.Name, Post: officer.Role.Thai()}
	return c.Lacking(labels, notice.DueOn), err
}
