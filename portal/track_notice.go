package portal

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/tickets"
)

// awaited is what an agency waits for, on the page of a case.
type awaited struct {
	Wanted   []wantedFile
	WantedBy string
	Ack      string // address at which the notice is acknowledged; empty: it was
	Notice   string // address of the notice as a letter
	SendTo   string // address to which files are sent; empty: this site takes none
	Came     int    // how many files came a moment ago
	Refused  string // why one was not taken
}

// wantedFile is a document that is awaited.
type wantedFile struct {
	Name  string // of its box
	Label string
	Why   string // what came cannot be read, because
}

const wantPrefix = "want."

// returnedCase is why a case was given back (LFA-9.1).
type returnedCase struct {
	Missing                []string
	Reason, Remedy, Appeal string
	RefiledAs              string
}

// wanted adds the documents that the agency waits for.
func (p *Portal) wanted(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) error {
	if t.Status != tickets.Awaiting {
		return nil
	}
	wants, err := tickets.Wants(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	for _, w := range wants {
		if w.SuppliedAt == nil {
			page.Wanted = append(page.Wanted, wantedFile{Name: wantPrefix + strconv.FormatInt(int64(w.ID), 10), Label: w.Label, Why: w.Why})
			page.WantedBy = page.Day(w.DueOn)
		}
	}
	notices, err := tickets.Notices(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	for _, n := range notices {
		page.Notice = fmt.Sprintf("/track/%s/notices/%d/letter.pdf", t.TrackToken, n.ID)
		if n.SeenAt == nil {
			page.Ack = fmt.Sprintf("/track/%s/notices/%d", t.TrackToken, n.ID)
		}
	}
	if p.uploads != nil {
		page.SendTo = "/track/" + t.TrackToken + "/documents"
	}
	return nil
}

// returnedOf adds why a case was given back.
func returnedOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) error {
	if t.Status != tickets.Returned {
		return nil
	}
	back, err := tickets.FindReturn(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	page.Returned = &returnedCase{Missing: back.Missing, Reason: back.Reason, Remedy: back.Remedy, Appeal: back.Appeal}
	page.Returned.RefiledAs, err = tickets.RefiledAs(ctx, tx, t.ID)
	return err
}

// tracked finds the case whose link was opened.
func tracked(ctx context.Context, tx pgx.Tx, r *http.Request) (tickets.Ticket, error) {
	missing := fault.New(fault.NotFound, "ไม่พบเรื่องจากลิงก์นี้ กรุณาเปิดลิงก์จากข้อความในแชตอีกครั้ง หรือพิมพ์ “ติดตามเรื่อง” ในแชต")
	token := chi.URLParam(r, "token")
	if !tokenForm.MatchString(token) {
		return tickets.Ticket{}, missing
	}
	t, err := tickets.FindByTrack(ctx, tx, token)
	if fault.Is(err, fault.NotFound) {
		return t, missing
	}
	return t, err
}

// acknowledgeNotice notes that whoever holds the link saw what is missing (LFA-8.1). The history says that it was by the
// link.
func (p *Portal) acknowledgeNotice(r *http.Request) (reply, error) {
	notice, err := strconv.ParseInt(chi.URLParam(r, "notice"), 10, 64)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบบันทึกความบกพร่องฉบับนี้ กรุณาเปิดเรื่องอีกครั้ง", err)
	}
	var to string
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		to = "/track/" + t.TrackToken
		return p.desk.Acknowledge(ctx, tx, tickets.ByCitizen(t.CitizenID), t.ID, tickets.NoticeID(notice), "track")
	})
	if err != nil {
		return nil, err
	}
	return redirect(to), nil
}

// sendDocuments takes in documents that were asked for, from whoever has no chat to send them in.
func (p *Portal) sendDocuments(w http.ResponseWriter, r *http.Request) (reply, error) {
	var t tickets.Ticket
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) { t, err = tracked(ctx, tx, r); return err })
	switch {
	case err != nil:
		return nil, err
	case p.uploads == nil:
		return nil, fault.New(fault.Unavailable, "เว็บไซต์นี้ยังไม่รับไฟล์ กรุณาส่งในแชตหรือติดต่อหน่วยงาน")
	case t.Status != tickets.Awaiting:
		return nil, fault.New(fault.Conflict, "เรื่องนี้ไม่ได้รอเอกสารแล้ว กรุณาเปิดเรื่องอีกครั้งเพื่อดูความคืบหน้า")
	}
	by := tickets.ByCitizen(t.CitizenID)
	form, err := p.uploads.ReadForm(w, r, by.String())
	if err != nil {
		return nil, err
	}
	came := 0
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if err := p.stillActs(ctx, tx, t); err != nil {
			return err
		}
		for name, files := range form.Files {
			want, err := strconv.ParseInt(strings.TrimPrefix(name, wantPrefix), 10, 64)
			if err != nil {
				return fault.Wrap(fault.Invalid, "แบบฟอร์มนี้ไม่สมบูรณ์ กรุณาเปิดหน้าใหม่แล้วส่งอีกครั้ง", err)
			}
			for _, f := range files {
				if err := p.desk.Supply(ctx, tx, by, t.ID, tickets.WantID(want), int64(f.Attachment.ID)); err != nil {
					return err
				}
				came++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if came > 0 && len(form.Refused) == 0 {
		return redirect("/track/" + t.TrackToken + "?came=" + strconv.Itoa(came)), nil
	}
	return p.sentBack(r, came, form.Refused)
}

// sentBack shows the page again with what was not taken.
func (p *Portal) sentBack(r *http.Request, came int, refused []RefusedFile) (reply, error) {
	var page trackPage
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		page, err = p.track(ctx, tx, t, ownOf(r, "", "", ""))
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Came, page.Refused = came, page.T("ยังไม่ได้เลือกไฟล์ กรุณาเลือกไฟล์ก่อนกดส่ง", "No file was chosen. Please choose one first.")
	if len(refused) > 0 {
		page.Refused = refused[0].Name + ": " + refused[0].Sentence
	}
	return html{view: "track", status: http.StatusUnprocessableEntity, keep: keepNever, data: page}, nil
}
