package admin

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

func enquiryID(r *http.Request) tickets.EnquiryID {
	return tickets.EnquiryID(number(chi.URLParam(r, "enquiry"), 1<<53))
}

// enquiryPage reads the enquiry in the path with what belongs to it.
func (a *Admin) enquiryPage(r *http.Request, s Scope) (p enquiryPage, err error) {
	ctx := r.Context()
	e, err := tickets.FindEnquiry(ctx, s.Tx, enquiryID(r))
	if err != nil {
		return p, err
	}
	if p.chrome, err = chromeOf(ctx, s, "คำขอความเห็น "+e.Number); err != nil {
		return p, err
	}
	if p.enquiryLine, err = a.enquiryLine(ctx, s, e); err != nil {
		return p, err
	}
	if p.Asker, err = nameOf(ctx, s, &e.AskedBy); err != nil {
		return p, err
	}
	if p.Signer, err = nameOf(ctx, s, e.AnsweredBy); err != nil {
		return p, err
	}
	if p.Signs, err = a.desk.Signs(ctx, s.Tx, s.Officer.ID, ""); err != nil {
		return p, err
	}
	if p.Files, err = a.enquiryFiles(ctx, s, e); err != nil {
		return p, err
	}
	work := e.Waits() && s.Can(agencies.WorkTickets)
	p.Take = work && e.OfficerID == nil
	p.May = work && (e.OfficerID == nil || *e.OfficerID == s.Officer.ID || s.Can(agencies.LeadTickets))
	if work && !p.May {
		p.Not = "เจ้าหน้าที่ท่านอื่นรับไว้แล้ว ให้ท่านนั้นหรือหัวหน้างานเป็นผู้ตอบ"
	}
	p.Key, p.Act = rand.Text(), Base+enquiryPath(e.ID)
	p.History, err = a.enquiryHistory(ctx, s, p)
	return p, err
}

// enquiryFiles are the files that may be read, as long as an answer is awaited.
func (a *Admin) enquiryFiles(ctx context.Context, s Scope, e tickets.Enquiry) (all []enquiryFile, err error) {
	held, err := tickets.EnquiryFiles(ctx, s.Tx, e.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		f := enquiryFile{Label: h.Label}
		at, err := files.Find(ctx, s.Tx, files.AttachmentID(h.AttachmentID))
		switch {
		case fault.Is(err, fault.NotFound):
			f.What = "ปิดให้อ่านแล้ว"
		case err != nil:
			return nil, err
		case at.Unopenable() != nil:
			f.What = fault.MessageOf(at.Unopenable())
		default:
			f.What = typeWords(at.MediaType) + " · " + sizeWords(at.Size)
			f.Save = Base + enquiryPath(e.ID) + "/files/" + strconv.FormatInt(h.AttachmentID, 10) + "?save=1"
			if shown[at.MediaType] {
				f.Open = Base + enquiryPath(e.ID) + "/files/" + strconv.FormatInt(h.AttachmentID, 10)
			}
		}
		all = append(all, f)
	}
	return all, nil
}

// enquiryHistory tells what happened here to an enquiry.
func (a *Admin) enquiryHistory(ctx context.Context, s Scope, p enquiryPage) ([]historyLine, error) {
	events, err := tickets.EnquiryHistory(ctx, s.Tx, p.ID)
	if err != nil {
		return nil, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	h := historian{officers: officers}
	lines := make([]historyLine, 0, len(events))
	for _, e := range events {
		as := tickets.Event{At: e.At, Actor: e.Actor, Kind: e.Kind, Detail: e.Detail}
		what, icon := enquiryWords(e.Kind, detailOf(as), p.Asking)
		lines = append(lines, historyLine{Seq: e.Seq, At: e.At, Who: h.who(e.Actor), What: what, Icon: icon})
	}
	return lines, nil
}

// enquiryWords say what happened to an enquiry, at the agency that is asked.
func enquiryWords(kind tickets.EventKind, d detail, from string) (words, icon string) {
	switch kind {
	case tickets.EventConsulted:
		return "ได้รับคำขอความเห็นจาก" + from + untilWords(d.DueOn), "scale"
	case tickets.EventConsultTaken:
		return "รับไว้พิจารณา", "hand"
	case tickets.EventConsultRead:
		return "เปิดอ่านเอกสาร", "eye"
	case tickets.EventConsultAnswered:
		return "ลงนามความเห็น: " + d.Answer.Thai() + d.signed(), "scale"
	case tickets.EventConsultDeclined:
		return "แจ้งว่าไม่อยู่ในอำนาจหน้าที่ และระบุหน่วยงานที่ควรถาม" + d.signed(), "undo-2"
	case tickets.EventConsultNear:
		return "ใกล้ครบกำหนดตอบ", "clock"
	case tickets.EventConsultOver:
		return "พ้นกำหนดตอบแล้ว ยังตอบได้", "circle-alert"
	default:
		return from + "ไม่ต้องใช้ความเห็นแล้ว", "undo-2"
	}
}

func (a *Admin) takeEnquiry(r *http.Request, s Scope) (reply, error) {
	if err := a.desk.TakeEnquiry(r.Context(), s.Tx, s.Actor(), enquiryID(r)); err != nil {
		return nil, err
	}
	return redirect(link(enquiryPath(enquiryID(r)), url.Values{"done": {"taken"}})), nil
}

func (a *Admin) answerEnquiry(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	typed := tickets.Advice{Answer: tickets.Answer(r.PostForm.Get("answer")), Text: unixLines(r.PostForm.Get("text")), Body: r.PostForm.Get("body")}
	err := a.desk.AnswerEnquiry(ctx, s.Tx, s.Actor(), enquiryID(r), typed)
	if fault.Is(err, fault.Invalid) { // nothing is written yet, and what was typed stays
		p, broken := a.enquiryPage(r, s)
		if broken != nil {
			return nil, broken
		}
		p.Typed, p.Problem = typed, fault.MessageOf(err)
		return page{view: "consultation", data: p, status: http.StatusUnprocessableEntity}, nil
	}
	if err != nil {
		return nil, err
	}
	return redirect(link(enquiryPath(enquiryID(r)), url.Values{"done": {"answered"}})), nil
}

// openEnquiryFile sends a file of the other agency's case, as its own officers see it, and has it written down.
func (a *Admin) openEnquiryFile(r *http.Request, s Scope) (reply, error) {
	e, err := tickets.FindEnquiry(r.Context(), s.Tx, enquiryID(r))
	if err != nil {
		return nil, err
	}
	held, err := tickets.EnquiryFiles(r.Context(), s.Tx, e.ID)
	if err != nil {
		return nil, err
	}
	id := int64(number(chi.URLParam(r, "file"), 1<<53))
	for _, h := range held {
		if h.AttachmentID == id && e.Waits() {
			return a.sendEnquiryFile(r, s, e, files.AttachmentID(id))
		}
	}
	return nil, fault.New(fault.NotFound, "เปิดเอกสารนี้ไม่ได้ หน่วยงานที่ถามไม่ได้ให้ดู หรือตอบความเห็นไปแล้ว")
}

func (a *Admin) sendEnquiryFile(r *http.Request, s Scope, e tickets.Enquiry, id files.AttachmentID) (reply, error) {
	ctx := r.Context()
	at, err := files.Find(ctx, s.Tx, id)
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
	return enquiryRead{document{
		open:      func() (io.ReadCloser, error) { return a.files.OpenClean(ctx, at) },
		mediaType: mediaType, name: files.SafeName(at.Name), size: at.Size,
		inline: shown[at.MediaType] && r.URL.Query().Get("save") == "",
	}, s.Agency, s.Actor(), e.ID, int64(id)}, nil
}

// enquiryRead is a file that is sent when it is written down who read it, in a transaction after the screen's own, which
// cannot write.
type enquiryRead struct {
	document
	agency  agencies.AgencyID
	by      tickets.Actor
	enquiry tickets.EnquiryID
	file    int64
}

func (o enquiryRead) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	ctx := r.Context()
	err := agencies.Within(ctx, a.db, o.agency, func(tx pgx.Tx) error {
		return a.desk.ReadEnquiryFile(ctx, tx, o.by, o.enquiry, o.file)
	})
	if err != nil {
		return err
	}
	return o.document.write(w, r, a)
}
