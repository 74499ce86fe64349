package admin

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/proof"
	"saphan/tickets"
)

// evidenceSheet asks why the evidence of a case is wanted, and offers what was made (EGA-15.1).
type evidenceSheet struct {
	sheet
	Least   int
	Most    int
	Bundles []bundleLine
}

// bundleLine is one bundle as the sheet shows it.
type bundleLine struct {
	proof.Bundle
	Who  string
	Href string // empty: it is being made
	Size string
	Gone bool // its file was erased with the words of the case
}

func (a *Admin) showEvidence(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "evidence", "ชุดพยานหลักฐาน")
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	bundles, err := proof.BundlesOf(ctx, s.Tx, int64(sh.Ticket.ID))
	if err != nil {
		return nil, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	data := evidenceSheet{sheet: sh, Least: proof.ReasonLeast, Most: proof.ReasonMost}
	for _, b := range bundles {
		line := bundleLine{Bundle: b, Who: officers[b.OfficerID].Name}
		if b.AttachmentID != nil {
			at, err := files.Find(ctx, s.Tx, *b.AttachmentID)
			switch {
			case err == nil && at.Unopenable() == nil:
				line.Href, line.Size = link(ticketPath(sh.Ticket.ID)+"/evidence/"+strconv.FormatInt(int64(b.ID), 10), nil), sizeWords(at.Size)
			case err == nil, fault.Is(err, fault.NotFound):
				line.Gone = true
			default:
				return nil, err
			}
		}
		data.Bundles = append(data.Bundles, line)
	}
	return page{view: "evidence", part: "sheet", data: data}, nil
}

// askEvidence notes why an officer wants the evidence of a case, and has it put together.
func (a *Admin) askEvidence(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "evidence", func(ctx context.Context, id tickets.TicketID) error {
		t, err := tickets.Find(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		if err := a.opened(ctx, s, t); err != nil {
			return err
		}
		_, err = proof.Ask(ctx, s.Tx, a.jobs, proof.Bundle{AgencyID: s.Agency, TicketID: int64(id), OfficerID: s.Officer.ID, Reason: r.PostForm.Get("reason"), AskedAt: a.now()})
		if err != nil {
			return err
		}
		return a.desk.Evidence(ctx, s.Tx, s.Actor(), id)
	})
}

// saveEvidence sends a bundle. That it was taken, by whom and why it was asked for, is a reading that the citizen sees
// (PDP-8).
func (a *Admin) saveEvidence(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	t, err := tickets.Find(ctx, s.Tx, id)
	if err != nil {
		return nil, err
	}
	if err := a.opened(ctx, s, t); err != nil {
		return nil, err
	}
	number, err := pathNumber(r, "bundle")
	if err != nil {
		return nil, err
	}
	b, err := proof.FindBundle(ctx, s.Tx, proof.BundleID(number))
	if err != nil {
		return nil, err
	}
	if b.TicketID != int64(id) || b.AttachmentID == nil {
		return nil, fault.New(fault.NotFound, "ไม่พบชุดพยานหลักฐานนี้ หรือยังจัดทำไม่เสร็จ กรุณากลับไปที่เรื่องแล้วลองใหม่")
	}
	at, err := files.Find(ctx, s.Tx, *b.AttachmentID)
	if err != nil {
		return nil, err
	}
	if err := at.Unopenable(); err != nil {
		return nil, err
	}
	reading := a.readingOf(s, t, at.ID)
	reading.Reason = b.Reason
	answer := document{
		open: func() (io.ReadCloser, error) { return a.files.Open(ctx, at) }, mediaType: "application/zip", name: files.SafeName(at.Name), size: at.Size,
	}
	noted, err := citizens.ReadingNoted(ctx, s.Tx, reading)
	if err != nil || noted {
		return answer, err
	}
	return watched{answer, reading}, nil
}
