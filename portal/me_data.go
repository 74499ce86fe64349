package portal

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/permits"
	"saphan/tickets"
)

// dataPage is where a person takes their data away, and the way to deleting it.
type dataPage struct {
	own
	Asked   bool   // a copy is being made
	Ready   string // address of one that can be downloaded
	Until   string // and until when
	Taken   string // when the last was downloaded
	Erasure *erasureLine
	// Breaches are those that the person was told of (PDP-6).
	Breaches []breachLine
}

// breachLine is what the person was told of a breach of their data, in the agency's words.
type breachLine struct {
	breaches.Words
	Agency string
	When   string
}

// erasureLine says how far an erasure is.
type erasureLine struct {
	Asked    string
	Began    bool
	Finished bool
}

func (p *Portal) showData(r *http.Request, v Visitor) (reply, error) {
	page := dataPage{own: ownOf(r, "data", "ข้อมูลของฉัน", "My data")}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		copies, err := citizens.Exports(ctx, tx, v.Citizen)
		if err != nil {
			return err
		}
		for _, e := range copies {
			switch {
			case e.State == citizens.ExportAsked:
				page.Asked = true
			case e.Downloads(p.now()) && page.Ready == "":
				page.Ready, page.Until = "/me/export/"+e.Token, page.When(e.Until())
			case e.TakenAt != nil && page.Taken == "":
				page.Taken = page.When(*e.TakenAt)
			}
		}
		if page.Erasure, err = erasureOf(ctx, tx, v, page.own); err != nil {
			return err
		}
		page.Breaches, err = p.breachesOf(ctx, tx, v, page.own)
		return err
	})
	if err != nil {
		return nil, err
	}
	return html{view: "me_data", keep: keepNever, data: page}, nil
}

// breachesOf are the breaches that a person was told of, by any account of theirs, the newest first.
func (p *Portal) breachesOf(ctx context.Context, tx pgx.Tx, v Visitor, o own) (lines []breachLine, err error) {
	accounts, err := v.accounts(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(accounts))
	for i, c := range accounts {
		ids[i] = int64(c)
	}
	told, err := breaches.ToldTo(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for _, t := range told {
		agency, err := agencies.Find(ctx, tx, t.AgencyID)
		if err != nil {
			return nil, err
		}
		lines = append(lines, breachLine{Words: t.Words, Agency: agency.Name, When: o.When(t.At)})
	}
	return lines, nil
}

// erasureOf is how far the erasure of the account is; nil when none was asked for.
func erasureOf(ctx context.Context, tx pgx.Tx, v Visitor, o own) (*erasureLine, error) {
	e, ok, err := citizens.ErasureOf(ctx, tx, v.Citizen)
	if err != nil || !ok {
		return nil, err
	}
	return &erasureLine{Asked: o.When(e.AskedAt), Began: e.BeganAt != nil, Finished: e.FinishedAt != nil}, nil
}

// askExport asks for a copy of everything, for the account that is signed in.
func (p *Portal) askExport(r *http.Request, v Visitor) (reply, error) {
	err := p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		accounts, err := v.accounts(ctx, tx, p)
		if err != nil {
			return err
		}
		_, err = citizens.AskExport(ctx, tx, p.jobs, v.Citizen, accounts, p.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return redirect("/me/data"), nil
}

// exportPage is what the link in the chat opens: a button, because programs that draw previews open links too.
type exportPage struct {
	own
	Link  string // empty: the copy cannot be downloaded any more
	Until string
}

func (p *Portal) showExport(r *http.Request, v Visitor) (reply, error) {
	page := exportPage{own: ownOf(r, "data", "ดาวน์โหลดข้อมูลของฉัน", "Download my data")}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		e, err := citizens.ExportByToken(ctx, tx, v.Citizen, chi.URLParam(r, "token"))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil && e.Downloads(p.now()) {
			page.Link, page.Until = "/me/export/"+e.Token, page.When(e.Until())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	answer := html{view: "me_export", keep: keepNever, data: page}
	if page.Link == "" {
		answer.status = http.StatusNotFound
	}
	return answer, nil
}

// takeExport hands the copy out and uses the link up.
func (p *Portal) takeExport(r *http.Request, v Visitor) (reply, error) {
	var out handedOut
	err := p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if out.copy, err = citizens.TakeExport(ctx, tx, v.Citizen, chi.URLParam(r, "token"), p.now()); err != nil {
			return err
		}
		if out.copy.AttachmentID == nil {
			return fmt.Errorf("copy %d has no file", out.copy.ID)
		}
		out.at, err = files.Find(ctx, tx, files.AttachmentID(*out.copy.AttachmentID))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// handedOut is a copy on its way to its person.
type handedOut struct {
	copy citizens.Export
	at   files.Attachment
}

func (o handedOut) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	body, err := p.files.Open(r.Context(), o.at)
	if err == nil {
		h := w.Header()
		h.Set("Content-Type", "application/zip")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": o.at.Name}))
		h.Set("Content-Length", strconv.FormatInt(o.at.Size, 10))
		h.Set("Cache-Control", keepNever)
		_, err = io.Copy(w, body)
		body.Close() //nolint:errcheck // read to its end or given up
	}
	if err == nil {
		return nil
	}
	// It broke off: the link holds for another try. The browser is gone, its context too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
	defer cancel()
	undone := agencies.Everywhere(ctx, p.db, func(tx pgx.Tx) error { return citizens.UntakeExport(ctx, tx, o.copy.ID) })
	if undone != nil {
		return fmt.Errorf("%w (and the link is used up: %w)", err, undone)
	}
	return err
}

// erasurePage says what would be erased and what stays, and asks whether that is wanted.
type erasurePage struct {
	own
	Open    []stayLine // cases that are not closed: the account stays until they are
	Stays   []stayLine
	History bool
	Problem string
	Erasure *erasureLine
	Several int // accounts of the person; 1: only the one that is signed in
}

// stayLine is something that stays, and why.
type stayLine struct {
	Number string
	Title  string
	What   string
	Law    string
	Until  string
}

func (p *Portal) showErasure(r *http.Request, v Visitor) (reply, error) { return p.erasure(r, v, "") }

func (p *Portal) erasure(r *http.Request, v Visitor, problem string) (reply, error) {
	page := erasurePage{own: ownOf(r, "data", "ลบข้อมูลของฉัน", "Delete my data"), Problem: problem}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		accounts, err := v.accounts(ctx, tx, p)
		if err != nil {
			return err
		}
		page.Several = len(accounts)
		for _, account := range accounts {
			if err := p.plan(ctx, tx, account, &page); err != nil {
				return err
			}
		}
		page.Erasure, err = erasureOf(ctx, tx, v, page.own)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer := html{view: "me_delete", keep: keepNever, data: page}
	if problem != "" {
		answer.status = http.StatusUnprocessableEntity
	}
	return answer, nil
}

// plan adds what an erasure of an account would leave.
func (p *Portal) plan(ctx context.Context, tx pgx.Tx, account citizens.CitizenID, page *erasurePage) error {
	left, err := tickets.WouldLeave(ctx, tx, int64(account))
	if err != nil {
		return err
	}
	page.History = page.History || len(left) > 0
	for _, l := range left {
		stay, ok, err := p.desk.Stay(ctx, tx, l)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		line := stayLine{Number: stay.Number, Title: p.desk.ServiceTitle(l.Ticket, page.Lang), Law: stay.Law}
		if stay.Until != nil {
			line.Until = page.Day(*stay.Until)
		}
		switch stay.Kind {
		case citizens.StayOpen:
			page.Open = append(page.Open, line)
			continue
		case citizens.StayRecord:
			line.What = page.T("คำขอที่ยื่น เอกสารประกอบ คำตอบของเจ้าหน้าที่ และผลการพิจารณา", "the request, its documents, the officers' answers and the decision")
		case citizens.StayResult:
			line.What = page.T("ผลการพิจารณาของหน่วยงาน", "the agency's decision")
		case citizens.StayPermit, citizens.StayHistory:
		}
		page.Stays = append(page.Stays, line)
		number, err := permits.NumberOf(ctx, tx, int64(l.Ticket.ID))
		if err != nil {
			return err
		}
		if number != "" {
			page.Stays = append(page.Stays, stayLine{Number: number, Title: line.Title, What: page.T("ใบอนุญาตในทะเบียนสาธารณะ", "the permit, in the public register"),
				Law: page.T("พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 มาตรา 13", "Electronic Government Operations Act B.E. 2565, section 13")})
		}
	}
	return nil
}

// askErasure asks for the person to be forgotten, once they have confirmed it.
func (p *Portal) askErasure(r *http.Request, v Visitor) (reply, error) {
	sure, err := field(r, "sure")
	if err != nil {
		return nil, err
	}
	if sure == "" {
		return p.erasure(r, v, ownOf(r, "", "", "").T("กรุณาทำเครื่องหมายยืนยันก่อนกดลบ", "Please tick the box to confirm before deleting."))
	}
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		accounts, err := v.accounts(ctx, tx, p)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			if _, err := citizens.AskErasure(ctx, tx, p.jobs, account, p.now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return html{view: "me_deleted", keep: keepNever, data: deletedPage{own: ownOf(r, "", "ระบบกำลังลบข้อมูลของท่าน", "Your data is being deleted")}}, nil
}

// deletedPage says that the wish was heard.
type deletedPage struct{ own }
