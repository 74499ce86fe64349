package portal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

// claimed is the result of a case, on its page: what shows that it is so, and where to say that it is not (SVC-5).
type claimed struct {
	N             int
	Work          string   // by whom and when the work was done
	Before, After []string // addresses of photos
	Answer        string   // address at which it is confirmed or contradicted; empty: that time is over, or nobody is asked
	Until         string
	Mine          bool   // whoever has the link confirmed it
	Says          string // how it stands with those who reported it; empty: nobody was asked
	Files         bool   // photos can be sent with it
}

// claimOf adds the result of a case that is dealt with.
func (p *Portal) claimOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) error {
	c, ok, err := p.desk.ClaimOf(ctx, tx, t)
	if err != nil || !ok || c.Until.IsZero() && len(c.Photos) == 0 && c.Work() == "" {
		return err
	}
	before, err := tickets.Before(ctx, tx, t)
	if err != nil {
		return err
	}
	at := "/track/" + t.TrackToken
	page.Claim = &claimed{N: c.N, Work: c.Work(), Mine: c.Mine, Files: p.uploads != nil, Before: photoLinks(at, before), After: photoLinks(at, c.Photos)}
	switch {
	case c.Open:
		page.Claim.Answer, page.Claim.Until = at+"/result", page.When(c.Until)
	case c.Confirmed:
		page.Claim.Says = page.T("มีผู้แจ้งยืนยันว่าแก้แล้วจริง", "Confirmed as fixed by somebody who reported it")
	case !c.Until.IsZero():
		page.Claim.Says = page.T("พ้นเวลายืนยันผล โดยไม่มีผู้ยืนยัน", "The time to confirm it is over; nobody did")
	}
	return nil
}

func photoLinks(at string, photos []int64) []string {
	links := make([]string, len(photos))
	for i, id := range photos {
		links[i] = at + "/photos/" + strconv.FormatInt(id, 10)
	}
	return links
}

// showPhoto shows a photo of a case to whoever holds its link: their own, or one of the work that was done. Those of others
// who reported the same are nobody else's to see.
func (p *Portal) showPhoto(r *http.Request) (reply, error) {
	missing := fault.New(fault.NotFound, "ไม่พบรูปนี้ กรุณาเปิดหน้าเรื่องอีกครั้ง")
	id, err := strconv.ParseInt(chi.URLParam(r, "photo"), 10, 64)
	if err != nil {
		return nil, missing
	}
	var at files.Attachment
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		seen, err := tickets.Before(ctx, tx, t)
		if err != nil {
			return err
		}
		if c, ok, err := p.desk.ClaimOf(ctx, tx, t); err != nil {
			return err
		} else if ok {
			seen = append(seen, c.Photos...)
		}
		if !slices.Contains(seen, id) {
			return missing
		}
		at, err = files.Find(ctx, tx, files.AttachmentID(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	return photo{at}, nil
}

// photo is a picture drawn anew, without what a camera wrote into it.
type photo struct{ at files.Attachment }

// photoSide is its longest side in pixels.
const photoSide = 1200

func (f photo) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	if f.at.State != files.Ready {
		return fault.New(fault.NotFound, "รูปนี้ยังเปิดไม่ได้ กรุณาเปิดใหม่ในอีกสักครู่")
	}
	picture, err := p.files.Preview(r.Context(), f.at, photoSide)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(picture)))
	h.Set("Cache-Control", keepNever)
	if _, err := io.Copy(w, bytes.NewReader(picture)); err != nil {
		return fmt.Errorf("send a photo of a case: %w", err)
	}
	return nil
}

// answerResult takes what whoever holds the link says of the result: it is really done, or it is not, with words and photos
// for the officers.
func (p *Portal) answerResult(w http.ResponseWriter, r *http.Request) (reply, error) {
	var t tickets.Ticket
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) { t, err = tracked(ctx, tx, r); return err })
	if err != nil {
		return nil, err
	}
	by := tickets.ByCitizen(t.CitizenID)
	posted, err := p.posted(w, r, by)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(posted.Values.Get("n"))
	says := posted.Values.Get("says")
	if err != nil || says != "fixed" && says != "not_fixed" {
		return nil, fault.New(fault.Invalid, "แบบฟอร์มนี้ไม่สมบูรณ์ กรุณาเปิดหน้าเรื่องอีกครั้ง แล้วเลือกว่าแก้แล้วหรือยัง")
	}
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if says == "fixed" {
			return p.desk.Confirm(ctx, tx, by, t.ID, n, "track")
		}
		if err := p.desk.Reopen(ctx, tx, by, t.ID, n, "track"); err != nil {
			return err
		}
		return p.tellWhy(ctx, tx, by, t, n, posted)
	})
	if err != nil {
		return nil, err
	}
	return redirect("/track/" + t.TrackToken), nil
}

// posted reads a form with or without files.
func (p *Portal) posted(w http.ResponseWriter, r *http.Request, by tickets.Actor) (Posted, error) {
	if p.uploads != nil {
		return p.uploads.ReadForm(w, r, by.String())
	}
	r.Body = http.MaxBytesReader(w, r.Body, plainText)
	if err := r.ParseForm(); err != nil {
		return Posted{}, unreadable(err, "")
	}
	return Posted{Values: r.PostForm}, nil
}

// longestWhy is how many letters somebody says at most of what is not done.
const longestWhy = 1000

// tellWhy brings what is still wrong to the officers, once for each decision.
func (p *Portal) tellWhy(ctx context.Context, tx pgx.Tx, by tickets.Actor, t tickets.Ticket, n int, posted Posted) error {
	why := strings.TrimSpace(posted.Values.Get("why"))
	if len([]rune(why)) > longestWhy {
		return fault.Newf(fault.Invalid, "ข้อความยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", longestWhy)
	}
	if why != "" {
		if err := p.desk.Receive(ctx, tx, by, t.ID, tickets.Said{Source: fmt.Sprintf("reopen %d", n), Text: why, At: p.now()}); err != nil {
			return err
		}
	}
	for i, f := range posted.Files["photo"] {
		said := tickets.Said{Source: fmt.Sprintf("reopen %d photo %d", n, i+1), Attachment: int64(f.Attachment.ID), Label: tickets.LabelStill, At: p.now()}
		if err := p.desk.Receive(ctx, tx, by, t.ID, said); err != nil {
			return err
		}
	}
	return nil
}
