package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/fault"
	"saphan/letters"
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

// write hands out a letter to whoever holds the tracking link of its case: as it was told, or, one from before letters were
// kept, drawn anew from what was written when it was signed, of which nothing changes.
func (p *Portal) write(r *http.Request, which func(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (tickets.LetterID, error)) (reply, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	select {
	case p.drawing <- struct{}{}:
		defer func() { <-p.drawing }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "กำลังจัดทำเอกสาร กรุณาลองใหม่ในอีกสักครู่", ctx.Err())
	}
	var (
		id     tickets.LetterID
		letter papers.Letter
		file   files.Attachment
		kept   bool
	)
	err := p.read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		if id, err = which(ctx, tx, t); err != nil {
			return err
		}
		if letter, err = p.letters().Compose(ctx, tx, id); err != nil { // which says whether it may be read
			return err
		}
		file, kept, err = files.FindSource(ctx, tx, id.Source())
		return err
	})
	if err != nil {
		return nil, err
	}
	name := string(id.Letter) + "-" + letter.Number + ".pdf"
	if kept && file.Unopenable() == nil {
		document, err := p.bytesOf(ctx, file)
		return pdfFile{name: name, body: document}, err
	}
	document, err := letter.PDF()
	if err != nil {
		return nil, fmt.Errorf("draw the letter %s: %w", id.Source(), err)
	}
	return pdfFile{name: name, body: document}, nil
}

// bytesOf reads a small file of ours.
func (p *Portal) bytesOf(ctx context.Context, file files.Attachment) ([]byte, error) {
	in, err := p.files.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	document, err := io.ReadAll(in)
	return document, errors.Join(err, in.Close())
}

func (p *Portal) letters() letters.Desk { return letters.Desk{Cases: p.desk, Base: p.base} }

// decisionLetter is the letter with the decision of a case that stands, or with the one of a number that was told once (LFA-11.1).
func (p *Portal) decisionLetter(r *http.Request) (reply, error) {
	return p.write(r, func(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (tickets.LetterID, error) {
		id := tickets.LetterID{TicketID: t.ID, Letter: tickets.DecisionLetter}
		if n := chi.URLParam(r, "n"); n != "" {
			var err error
			if id.N, err = strconv.ParseInt(n, 10, 32); err != nil {
				return id, errNoSuchLetter()
			}
			return id, nil
		}
		n, told, err := p.letters().Told(ctx, tx, t)
		if err != nil || !told {
			return id, orMissing(err)
		}
		id.N = int64(n)
		return id, nil
	})
}

// hasDecisionLetter reports whether there is a letter with the decision that stands.
func (p *Portal) hasDecisionLetter(ctx context.Context, tx pgx.Tx, t tickets.Ticket) (bool, error) {
	_, told, err := p.letters().Told(ctx, tx, t)
	return told, err
}

func orMissing(err error) error {
	if err != nil {
		return err
	}
	return errNoSuchLetter()
}

// returnLetter is the letter by which a case was given back (LFA-9.1).
func (p *Portal) returnLetter(r *http.Request) (reply, error) {
	return p.write(r, func(_ context.Context, _ pgx.Tx, t tickets.Ticket) (tickets.LetterID, error) {
		return tickets.LetterID{TicketID: t.ID, Letter: tickets.ReturnLetter}, nil
	})
}

// noticeLetter is a deficiency notice (LFA-8.1).
func (p *Portal) noticeLetter(r *http.Request) (reply, error) {
	n, err := strconv.ParseInt(chi.URLParam(r, "notice"), 10, 64)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบบันทึกความบกพร่องฉบับนี้ กรุณาเปิดเรื่องอีกครั้ง", err)
	}
	return p.write(r, func(_ context.Context, _ pgx.Tx, t tickets.Ticket) (tickets.LetterID, error) {
		return tickets.LetterID{TicketID: t.ID, Letter: tickets.NoticeLetter, N: n}, nil
	})
}
