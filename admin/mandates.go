package admin

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// mandatesRoutes adds the page on which powers of attorney are looked at (PDP-10). Who may vouch for a person may.
func (a *Admin) mandatesRoutes(r chi.Router) {
	r.Get("/mandates", a.screen(agencies.WorkTickets, a.showMandates))
	r.Get("/mandates/{mandate}", a.screen(agencies.WorkTickets, a.showMandate))
	r.Get("/mandates/{mandate}/file", a.screen(agencies.WorkTickets, a.openMandate))
	r.Post("/mandates/{mandate}/accept", a.screen(agencies.WorkTickets, a.acceptMandate))
	r.Post("/mandates/{mandate}/refuse", a.screen(agencies.WorkTickets, a.refuseMandate))
	r.Post("/mandates/{mandate}/end", a.screen(agencies.WorkTickets, a.endMandate))
}

// mandatesPage lists powers of attorney: those that wait to be looked at, and the last of the others; or shows one of them.
type mandatesPage struct {
	chrome
	One     bool
	Waiting []mandateLine
	Others  []mandateLine
	Done    string
	Problem string
}

// mandateLine is a mandate as an officer reads it.
type mandateLine struct {
	tickets.Mandate
	Attorney13  thai.NationalID
	Principal13 thai.NationalID
	Scope       []string // names of services; none: all
	Chip        chip
	File        string // address of the signed paper; empty: it cannot be opened
	FileWords   string
	Act         string
	Waits, Ends bool
	Who         string // of the officer who decided
	Over        string // who ended it, in words
	Typed       string // reason that was typed before a problem
}

// mandatesShown is how many of them the page lists.
const mandatesShown = 100

// doneMandate tells what was done a moment ago.
var doneMandate = map[string]string{
	"accepted": "รับหนังสือมอบอำนาจแล้ว ผู้รับมอบอำนาจยื่นแทนได้ตามขอบเขต", "refused": "บันทึกว่าไม่รับแล้ว ผู้รับมอบอำนาจจะได้รับเหตุผล", "ended": "ให้การมอบอำนาจสิ้นสุดแล้ว เรื่องที่ยื่นไว้ยังพิจารณาต่อ",
}

func mandateChip(s tickets.MandateState) chip {
	switch s {
	case tickets.MandateWaiting:
		return chip{Kind: "warn", Icon: "hourglass", Text: "รอตรวจ"}
	case tickets.MandateAccepted:
		return chip{Kind: "ok", Icon: "circle-check", Text: "ใช้ได้"}
	case tickets.MandateRefused:
		return chip{Kind: "bad", Icon: "circle-x", Text: "ไม่รับ"}
	case tickets.MandateExpired:
		return chip{Icon: "clock", Text: "พ้นกำหนดแล้ว"}
	default:
		return chip{Icon: "undo-2", Text: "สิ้นสุดแล้ว"}
	}
}

func (a *Admin) showMandates(r *http.Request, s Scope) (reply, error) {
	p, err := a.mandatesPage(r.Context(), s)
	p.Done = doneMandate[r.FormValue("done")]
	return page{view: "mandates", data: p}, err
}

// showMandate shows one, to which its cases lead.
func (a *Admin) showMandate(r *http.Request, s Scope) (reply, error) {
	m, err := tickets.FindMandate(r.Context(), s.Tx, mandateID(r))
	if err != nil {
		return nil, err
	}
	p, err := a.mandatesOf(r.Context(), s, []tickets.Mandate{m})
	p.One, p.Title = true, mandateWords(m.ID)
	return page{view: "mandates", data: p}, err
}

// mandateWords is what one is called.
func mandateWords(id tickets.MandateID) string {
	return "หนังสือมอบอำนาจฉบับที่ " + strconv.FormatInt(int64(id), 10)
}

func (a *Admin) mandatesPage(ctx context.Context, s Scope) (mandatesPage, error) {
	all, err := tickets.MandatesAt(ctx, s.Tx, s.Agency, mandatesShown)
	if err != nil {
		return mandatesPage{}, err
	}
	return a.mandatesOf(ctx, s, all)
}

func (a *Admin) mandatesOf(ctx context.Context, s Scope, all []tickets.Mandate) (mandatesPage, error) {
	c, err := chromeOf(ctx, s, "หนังสือมอบอำนาจ")
	p := mandatesPage{chrome: c}
	if err != nil {
		return p, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	for _, m := range all {
		l, err := a.mandateLine(ctx, s, m, officers)
		if err != nil {
			return p, err
		}
		if l.Waits {
			p.Waiting = append(p.Waiting, l)
		} else {
			p.Others = append(p.Others, l)
		}
	}
	return p, nil
}

func (a *Admin) mandateLine(ctx context.Context, s Scope, m tickets.Mandate, officers map[agencies.OfficerID]agencies.Officer) (l mandateLine, err error) {
	state := m.State(a.now())
	l = mandateLine{Mandate: m, Chip: mandateChip(state), Act: Base + mandatePath(m.ID), Waits: state == tickets.MandateWaiting, Ends: state == tickets.MandateAccepted}
	if l.Attorney13, l.Principal13, err = m.IDs(a.box); err != nil {
		return l, err
	}
	for _, key := range m.Services {
		l.Scope = append(l.Scope, a.serviceName(key))
	}
	if m.DecidedBy != nil {
		l.Who = officers[*m.DecidedBy].Name
	}
	switch m.EndedBy {
	case tickets.EndedByPrincipal:
		l.Over = "ผู้มอบอำนาจให้สิ้นสุด"
	case tickets.EndedByAttorney:
		l.Over = "ผู้รับมอบอำนาจให้สิ้นสุด"
	case tickets.EndedByOfficer:
		l.Over = "เจ้าหน้าที่ให้สิ้นสุด"
	}
	if m.AttachmentID == nil {
		l.FileWords = "ลบไฟล์แล้ว"
		return l, nil
	}
	at, err := files.Find(ctx, s.Tx, files.AttachmentID(*m.AttachmentID))
	switch {
	case fault.Is(err, fault.NotFound):
		l.FileWords = "ลบไฟล์แล้ว"
		return l, nil
	case err != nil:
		return l, err
	case at.Unopenable() != nil:
		l.FileWords = fault.MessageOf(at.Unopenable())
	default:
		l.File, l.FileWords = l.Act+"/file", typeWords(at.MediaType)+" · "+sizeWords(at.Size)
	}
	return l, nil
}

func mandatePath(id tickets.MandateID) string {
	return "/mandates/" + strconv.FormatInt(int64(id), 10)
}

func mandateID(r *http.Request) tickets.MandateID {
	return tickets.MandateID(number(chi.URLParam(r, "mandate"), 1<<53))
}

func (a *Admin) acceptMandate(r *http.Request, s Scope) (reply, error) {
	return a.onMandate(r, s, "accepted", func(string) error { return a.desk.AcceptMandate(r.Context(), s.Tx, s.Actor(), mandateID(r)) })
}

func (a *Admin) refuseMandate(r *http.Request, s Scope) (reply, error) {
	return a.onMandate(r, s, "refused", func(why string) error {
		return a.desk.RefuseMandate(r.Context(), s.Tx, s.Actor(), mandateID(r), why)
	})
}

func (a *Admin) endMandate(r *http.Request, s Scope) (reply, error) {
	return a.onMandate(r, s, "ended", func(why string) error { return a.desk.EndMandate(r.Context(), s.Tx, s.Actor(), mandateID(r), why) })
}

// onMandate does something with the mandate in the path, and shows what was typed again when it cannot be.
func (a *Admin) onMandate(r *http.Request, s Scope, done string, do func(why string) error) (reply, error) {
	why := unixLines(r.PostForm.Get("reason"))
	err := do(why)
	if fault.Is(err, fault.Invalid) { // nothing is written yet
		p, broken := a.mandatesPage(r.Context(), s)
		p.Problem = fault.MessageOf(err)
		for _, lines := range [][]mandateLine{p.Waiting, p.Others} {
			for i := range lines {
				if lines[i].ID == mandateID(r) {
					lines[i].Typed = why
				}
			}
		}
		return page{view: "mandates", data: p, status: http.StatusUnprocessableEntity}, broken
	}
	if err != nil {
		return nil, err
	}
	return redirect(link("/mandates", url.Values{"done": {done}})), nil
}

// mandateMark says on a case that it was filed under a power of attorney, and by whom.
type mandateMark struct {
	By   string // empty: erased
	Name string // of the mandate
	Href string // empty: another agency looked at it, which had the case before
}

func mandateOf(ctx context.Context, s Scope, request tickets.Request) (*mandateMark, error) {
	if request.MandateID == nil {
		return nil, nil //nolint:nilnil // filed for oneself
	}
	mark := &mandateMark{By: request.AttorneyName, Name: mandateWords(*request.MandateID)}
	_, err := tickets.FindMandate(ctx, s.Tx, *request.MandateID)
	if fault.Is(err, fault.NotFound) {
		return mark, nil
	}
	if s.Can(agencies.WorkTickets) {
		mark.Href = Base + mandatePath(*request.MandateID)
	}
	return mark, err
}

// mandatesWaiting is how many wait to be looked at, for whoever may.
func (a *Admin) mandatesWaiting(ctx context.Context, s Scope) (int, error) {
	if !s.Can(agencies.WorkTickets) {
		return 0, nil
	}
	return tickets.MandatesWaiting(ctx, s.Tx, s.Agency, a.now())
}

// openMandate sends the signed paper and has it written down who read it.
func (a *Admin) openMandate(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	m, err := tickets.FindMandate(ctx, s.Tx, mandateID(r))
	if err != nil {
		return nil, err
	}
	if m.AttachmentID == nil {
		return nil, fault.New(fault.NotFound, "ไฟล์ของหนังสือมอบอำนาจนี้ลบแล้ว")
	}
	at, err := files.Find(ctx, s.Tx, files.AttachmentID(*m.AttachmentID))
	if err != nil {
		return nil, err
	}
	if err := at.Unopenable(); err != nil {
		return nil, err
	}
	mediaType := at.MediaType
	if !shown[mediaType] {
		mediaType = "application/octet-stream" // nothing that any browser could open as something
	}
	return mandateRead{document{
		open:      func() (io.ReadCloser, error) { return a.files.OpenClean(ctx, at) },
		mediaType: mediaType, name: files.SafeName(at.Name), size: at.Size, inline: shown[at.MediaType],
	}, s.Agency, s.Actor(), m.ID}, nil
}

// mandateRead is a file that is sent when it is written down who read it, in a transaction after the screen's own, which
// cannot write.
type mandateRead struct {
	document
	agency  agencies.AgencyID
	by      tickets.Actor
	mandate tickets.MandateID
}

func (o mandateRead) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	ctx := r.Context()
	err := agencies.Within(ctx, a.db, o.agency, func(tx pgx.Tx) error { return a.desk.ReadMandate(ctx, tx, o.by, o.mandate) })
	if err != nil {
		return err
	}
	return o.document.write(w, r, a)
}
