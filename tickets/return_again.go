package tickets

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
)

// Refiling is what a case that was given back (LFA-9.1), or withdrawn, brings into the one that is filed in its place.
type Refiling struct {
	Of      TicketID
	Form    forms.Key
	Version int
	Answers []forms.Answer // all that was answered, with what was supplied, without what is missing
	Missing []string       // keys of the questions for what is missing
}

// Refiling returns what the citizen of a case that was given back or withdrawn need not answer again. It was refiled already: a
// fault that names the case that stands in its place.
func (d *Desk) Refiling(ctx context.Context, tx pgx.Tx, id TicketID) (Refiling, error) {
	t, err := Find(ctx, tx, id)
	if err != nil {
		return Refiling{}, err
	}
	if t.Status != Returned && t.Status != Withdrawn {
		return Refiling{}, fault.New(fault.Conflict, "เรื่องนี้ไม่ได้ถูกคืน จึงไม่ต้องยื่นใหม่")
	}
	if number, err := RefiledAs(ctx, tx, id); err != nil {
		return Refiling{}, err
	} else if number != "" {
		return Refiling{}, fault.Newf(fault.Conflict, "เรื่องนี้ยื่นใหม่แล้ว เป็นเรื่อง {number}", "number", number)
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return Refiling{}, err
	}
	wants, err := Wants(ctx, tx, id)
	if err != nil {
		return Refiling{}, err
	}
	again := Refiling{Of: id, Form: t.FormKey, Version: t.FormVersion, Answers: slices.Clone(r.answers)}
	for _, f := range r.documentsOf() {
		if err := again.put(ctx, tx, f, wants); err != nil {
			return Refiling{}, err
		}
	}
	return again, nil
}

// documentsOf are the documents that the case's own answers ask for, each under its key.
func (r record) documentsOf() []forms.Field {
	return slices.DeleteFunc(slices.Clone(r.form.Open(r.answers)), func(f forms.Field) bool { return !f.Files() })
}

// put brings what was supplied of a document into the answers, and takes out what is missing.
func (g *Refiling) put(ctx context.Context, tx pgx.Tx, f forms.Field, wants []Want) error {
	for _, w := range wants {
		if w.Label != f.Label.TH {
			continue
		}
		i := slices.IndexFunc(g.Answers, func(a forms.Answer) bool { return a.Field == f.Key })
		if w.SuppliedAt == nil {
			if g.Missing = append(g.Missing, f.Key); i >= 0 {
				g.Answers = slices.Delete(g.Answers, i, i+1)
			}
			continue
		}
		if w.AttachmentID == nil { // erased since
			continue
		}
		at, err := files.Find(ctx, tx, files.AttachmentID(*w.AttachmentID))
		if err != nil {
			return err
		}
		in := forms.Input{Files: []forms.File{{ID: int64(at.ID), Name: at.Name, Type: at.MediaType, Size: at.Size}}}
		if i >= 0 && f.Limit() > 1 {
			in.Files = append(g.Answers[i].Files(), in.Files...)
			in.Files = in.Files[max(0, len(in.Files)-f.Limit()):]
		}
		a, err := f.Check(in)
		if err != nil { // not a kind that the question takes: it is asked again
			continue
		}
		if i >= 0 {
			g.Answers[i] = a
		} else {
			g.Answers = append(g.Answers, a)
		}
	}
	return nil
}

// RefiledAs is the number of the case that was filed in place of one that was given back; empty: none was, or it has no
// number yet.
func RefiledAs(ctx context.Context, tx pgx.Tx, id TicketID) (number string, err error) {
	err = tx.QueryRow(ctx, `SELECT coalesce(nullif(t.reference, ''), t.number) FROM requests q JOIN tickets t ON t.request_id = q.id AND t.passed_to IS NULL WHERE q.again = $1 ORDER BY t.id LIMIT 1`, id).Scan(&number)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("what ticket %d was filed again as: %w", id, err)
	}
	return number, nil
}

// AgainOf returns the case that was given back and in whose place this one was filed; ok is false when there is none.
func AgainOf(ctx context.Context, tx pgx.Tx, t Ticket) (old Ticket, ok bool, err error) {
	old, err = find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE id = (SELECT again FROM requests WHERE id = $1)`, t.RequestID)
	if fault.Is(err, fault.NotFound) {
		return Ticket{}, false, nil
	}
	return old, err == nil, err
}

// mayRefile is the case that a submission names, if it was given back to the same citizen or withdrawn by them; else 0, and it is a new matter.
func mayRefile(ctx context.Context, tx pgx.Tx, s Submission) (TicketID, error) {
	if s.Again == 0 {
		return 0, nil
	}
	var own bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tickets WHERE id = $1 AND citizen_id = $2 AND form_key = $3 AND status IN ($4, $5))`,
		s.Again, s.CitizenID, s.Form, Returned, Withdrawn).Scan(&own)
	if err != nil {
		return 0, fmt.Errorf("file ticket %d again: %w", s.Again, err)
	}
	if !own {
		return 0, nil
	}
	return s.Again, nil
}

// refiled notes on a case that was given back that it was filed again, and returns its number for the new one's history.
func (d *Desk) refiled(ctx context.Context, tx pgx.Tx, t Ticket) (number string, err error) {
	old, ok, err := AgainOf(ctx, tx, t)
	if err != nil || !ok {
		return "", err
	}
	if old, err = lock(ctx, tx, old.ID); err != nil {
		return "", err
	}
	return old.Number, d.happened(ctx, tx, old, ByCitizen(t.CitizenID), EventRefiled, Detail{Again: t.Number})
}
