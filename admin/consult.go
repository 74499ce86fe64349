package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// consultRoutes are the screens on which another agency is asked for its opinion, and on which one is given (peers.md row 62).
func (a *Admin) consultRoutes(r chi.Router) {
	r.Get("/tickets/{ticket}/consult", a.screen(agencies.WorkTickets, a.showConsult))
	r.Post("/tickets/{ticket}/consult", a.screen(agencies.WorkTickets, a.consult))
	r.Get("/tickets/{ticket}/consult/{consultation}", a.screen(agencies.WorkTickets, a.showConsultEnd))
	r.Post("/tickets/{ticket}/consult/{consultation}", a.screen(agencies.WorkTickets, a.endConsultation))
	r.Get("/consultations", a.screen(agencies.ReadTickets, a.showEnquiries))
	r.Get("/consultations/{enquiry}", a.screen(agencies.ReadTickets, a.showEnquiry))
	r.Post("/consultations/{enquiry}/take", a.screen(agencies.WorkTickets, a.takeEnquiry))
	r.Post("/consultations/{enquiry}/answer", a.screen(agencies.WorkTickets, a.answerEnquiry))
	r.Get("/consultations/{enquiry}/files/{file}", a.screen(agencies.WorkTickets, a.openEnquiryFile))
}

// consultSheet asks which agency is asked, what, by when and with which files.
type consultSheet struct {
	sheet
	Find   string
	Offers []agencies.Agency
	More   int // further agencies that the search found
	Files  []documentLine
	First  time.Time // the first day that can be chosen
	DueOn  time.Time
}

func (a *Admin) showConsult(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	sh, err := a.sheetFor(r, s, "consult", "ขอความเห็นหน่วยงานอื่น")
	if err != nil {
		return nil, err
	}
	p := consultSheet{sheet: sh, Find: strings.TrimSpace(thai.Clip(r.URL.Query().Get("find"), 100)), First: a.now().AddDate(0, 0, 1)}
	if p.Offers, p.More, err = offered(ctx, s, p.Find); err != nil {
		return nil, err
	}
	held, err := documents(ctx, s, sh.Ticket, view{})
	if err != nil {
		return nil, err
	}
	for _, d := range held {
		if !d.Gone && !d.Infected {
			p.Files = append(p.Files, d)
		}
	}
	if p.DueOn, err = a.desk.ConsultDay(ctx, s.Tx, s.Agency); err != nil {
		return nil, err
	}
	return page{view: "consult", part: "sheet", data: p}, nil
}

// offered are the agencies that a search finds; without one the neighbours.
func offered(ctx context.Context, s Scope, find string) (found []agencies.Agency, more int, err error) {
	look := agencies.Search{Words: find, Without: []agencies.AgencyID{s.Agency}, Most: mostOffered}
	if find == "" {
		own, err := agencies.Find(ctx, s.Tx, s.Agency)
		if err != nil {
			return nil, 0, err
		}
		look.Province = own.Province
	}
	found, all, err := agencies.Seek(ctx, s.Tx, look)
	return found, all - len(found), err
}

func (a *Admin) consult(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "consulted", func(ctx context.Context, id tickets.TicketID) error {
		to := number(r.PostForm.Get("agency"), 1<<53)
		if to == 0 {
			return fault.New(fault.Invalid, "ยังไม่ได้เลือกหน่วยงานที่จะถาม กรุณาค้นแล้วเลือกหนึ่งหน่วยงาน")
		}
		due, _ := time.ParseInLocation(time.DateOnly, r.PostForm.Get("due_on"), thai.Bangkok()) // no day is refused in words
		c := tickets.Consultation{TicketID: id, To: agencies.AgencyID(to), Question: unixLines(r.PostForm.Get("question")), DueOn: due, Named: r.PostForm.Get("named") != ""}
		for _, file := range r.PostForm["file"] {
			c.Files = append(c.Files, int64(number(file, 1<<53)))
		}
		return a.desk.Consult(ctx, s.Tx, s.Actor(), c)
	})
}

// consultEndSheet asks why an opinion is needed no longer.
type consultEndSheet struct {
	sheet
	tickets.Consultation
	To string
}

func consultationID(r *http.Request) tickets.ConsultationID {
	return tickets.ConsultationID(number(chi.URLParam(r, "consultation"), 1<<53))
}

func (a *Admin) showConsultEnd(r *http.Request, s Scope) (reply, error) {
	id := consultationID(r)
	sh, err := a.sheetFor(r, s, "consult/"+strconv.FormatInt(int64(id), 10), "ไม่ต้องใช้ความเห็นแล้ว")
	if err != nil {
		return nil, err
	}
	c, err := tickets.FindConsultation(r.Context(), s.Tx, id)
	if err != nil {
		return nil, err
	}
	to, err := agencies.Find(r.Context(), s.Tx, c.To)
	if err != nil {
		return nil, err
	}
	return page{view: "consult-end", part: "sheet", data: consultEndSheet{sheet: sh, Consultation: c, To: to.Name}}, nil
}

func (a *Admin) endConsultation(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "consult-ended", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.EndConsultation(ctx, s.Tx, s.Actor(), id, consultationID(r), unixLines(r.PostForm.Get("why")))
	})
}

// consultBox is who was asked about a case, and what they answered.
type consultBox struct {
	Lines []consultLine
	Ask   string // address at which another one is asked; empty: it cannot be
}

type consultLine struct {
	tickets.Consultation
	Agency string
	Asker  string
	Signer string // who answered
	Chip   chip
	Files  []string
	Reads  []string // who there opened what
	End    string   // address at which it is taken back; empty: it cannot be
}

// consultChip is how a question to another agency stands.
func consultChip(said tickets.Advice, ended bool, dueAt, now time.Time) chip {
	switch {
	case said.AnsweredAt != nil && said.AnsweredAt.After(dueAt):
		return chip{Kind: "warn", Icon: "circle-check", Text: "ตอบแล้ว หลังกำหนด"}
	case said.AnsweredAt != nil:
		return chip{Kind: "ok", Icon: "circle-check", Text: "ตอบแล้ว"}
	case ended:
		return chip{Icon: "undo-2", Text: "ไม่ต้องใช้แล้ว"}
	default:
		return dueChip(tickets.Ticket{DueAt: dueAt}, now)
	}
}

// adviceKind is the colour of an answer.
func adviceKind(a tickets.Answer) string {
	switch a {
	case tickets.Agree:
		return "ok"
	case tickets.AgreeWithConditions, tickets.NotOurs:
		return "warn"
	case tickets.Object:
		return "bad"
	case tickets.NoOpinion:
		return ""
	default:
		return ""
	}
}

// consultsOf reads who was asked about a case; nil: nobody was, and nobody can be.
func (a *Admin) consultsOf(ctx context.Context, s Scope, p *ticketPane, events []tickets.Event, others map[agencies.AgencyID]agencies.Agency) (*consultBox, error) {
	all, err := tickets.ConsultationsOf(ctx, s.Tx, p.ID)
	if err != nil || len(all) == 0 && !p.Can.Pass {
		return nil, err
	}
	box := &consultBox{}
	if p.Can.Pass {
		box.Ask = p.Act("consult")
	}
	for _, c := range all {
		l := consultLine{Consultation: c, Agency: others[c.To].Name, Chip: consultChip(c.Advice, c.EndedAt != nil, c.DueAt, a.now())}
		if l.Asker, err = nameOf(ctx, s, &c.OfficerID); err != nil {
			return nil, err
		}
		if l.Signer, err = nameOf(ctx, s, c.AnsweredBy); err != nil {
			return nil, err
		}
		if l.Reads, err = readsOf(ctx, s, p.Documents, events, c.ID); err != nil {
			return nil, err
		}
		for _, d := range p.Documents {
			if slices.Contains(c.Files, int64(d.ID)) {
				l.Files = append(l.Files, d.Label)
			}
		}
		if c.Waits() && p.Can.Work {
			l.End = link(ticketPath(p.ID)+"/consult/"+strconv.FormatInt(int64(c.ID), 10), p.View.query())
		}
		box.Lines = append(box.Lines, l)
	}
	slices.Reverse(box.Lines)
	return box, nil
}

// nameOf is the name of an officer of whichever agency; empty of nobody.
func nameOf(ctx context.Context, s Scope, id *agencies.OfficerID) (string, error) {
	if id == nil {
		return "", nil
	}
	o, err := agencies.FindOfficer(ctx, s.Tx, *id)
	return o.Name, err
}

// readsOf says who at the agency that was asked opened which file.
func readsOf(ctx context.Context, s Scope, held []documentLine, events []tickets.Event, id tickets.ConsultationID) (reads []string, err error) {
	for _, e := range events {
		d := detailOf(e)
		if e.Kind != tickets.EventConsultRead || d.Consultation != id {
			continue
		}
		who, err := nameOf(ctx, s, &d.Officer)
		if err != nil {
			return nil, err
		}
		label := "เอกสาร"
		for _, h := range held {
			if int64(h.ID) == d.File {
				label = h.Label
			}
		}
		reads = append(reads, who+" เปิดอ่าน “"+label+"” "+thai.DateTime(e.At))
	}
	return reads, nil
}

// consultWords say what happened about the opinion of another agency.
func consultWords(kind tickets.EventKind, d detail, agency string) (words, icon string) {
	switch kind {
	case tickets.EventConsulted:
		return "ขอความเห็นจาก" + agency + untilWords(d.DueOn), "scale"
	case tickets.EventConsultTaken:
		return agency + "มีผู้รับคำขอความเห็นไว้พิจารณาแล้ว", "hand"
	case tickets.EventConsultRead:
		return "เจ้าหน้าที่ของ" + agency + "เปิดอ่านเอกสารที่ให้ดูได้", "eye"
	case tickets.EventConsultAnswered:
		late := ""
		if d.Late {
			late = " หลังกำหนด"
		}
		return "ได้รับความเห็นของ" + agency + late + ": " + d.Answer.Thai() + d.signed(), "scale"
	case tickets.EventConsultDeclined:
		return agency + "แจ้งว่าเรื่องที่ถามไม่อยู่ในอำนาจหน้าที่ และระบุหน่วยงานที่ควรถามแล้ว" + d.signed(), "undo-2"
	case tickets.EventConsultNear:
		return "ใกล้ครบกำหนดที่ขอให้" + agency + "ตอบ", "clock"
	case tickets.EventConsultOver:
		return "พ้นวันที่ขอให้" + agency + "ตอบแล้ว ดำเนินการต่อได้โดยไม่ต้องรอ", "circle-alert"
	default:
		return "ไม่ต้องใช้ความเห็นของ" + agency + "แล้ว", "undo-2"
	}
}

// enquiriesPage lists what other agencies ask.
type enquiriesPage struct {
	chrome
	Over  bool // what is answered, or needed no longer
	Lines []enquiryLine
}

type enquiryLine struct {
	tickets.Enquiry
	Asking string // the agency that asks
	Holder string
	Chip   chip
	Href   string
}

// Matter is what the question is about, as far as it may be known here.
func (l enquiryLine) Matter() string { return cmp.Or(l.Subject, l.Title) }

// enquiriesShown is how many of them a page lists.
const enquiriesShown = 200

func enquiryPath(id tickets.EnquiryID) string {
	return "/consultations/" + strconv.FormatInt(int64(id), 10)
}

func (a *Admin) showEnquiries(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	c, err := chromeOf(ctx, s, "คำขอความเห็นจากหน่วยงานอื่น")
	if err != nil {
		return nil, err
	}
	p := enquiriesPage{chrome: c, Over: r.URL.Query().Get("view") == "over"}
	found, err := tickets.Enquiries(ctx, s.Tx, s.Agency, p.Over, enquiriesShown)
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		l, err := a.enquiryLine(ctx, s, e)
		if err != nil {
			return nil, err
		}
		p.Lines = append(p.Lines, l)
	}
	return page{view: "consultations", data: p}, nil
}

func (a *Admin) enquiryLine(ctx context.Context, s Scope, e tickets.Enquiry) (enquiryLine, error) {
	l := enquiryLine{Enquiry: e, Chip: consultChip(e.Advice, e.EndedAt != nil, e.DueAt, a.now()), Href: Base + enquiryPath(e.ID)}
	from, err := agencies.Find(ctx, s.Tx, e.From)
	if err != nil {
		return l, err
	}
	l.Asking = from.Name
	l.Holder, err = nameOf(ctx, s, e.OfficerID)
	return l, err
}

// enquiryPage is one question of another agency, and the answer or the form for it.
type enquiryPage struct {
	chrome
	enquiryLine
	Asker   string
	Signer  string // who answered
	Files   []enquiryFile
	History []historyLine
	Signs   tickets.Signature
	May     bool   // answer it
	Not     string // why not, although it waits
	Take    bool
	Key     string
	Act     string
	Typed   tickets.Advice
	Problem string
	Done    string
}

// enquiryFile is a file of the other agency's case that may be read.
type enquiryFile struct {
	Label string
	What  string
	Open  string // empty: it cannot be opened any more
	Save  string
}

// doneEnquiry tells what was done a moment ago.
var doneEnquiry = map[string]string{"taken": "รับไว้พิจารณาแล้ว หน่วยงานที่ถามทราบแล้ว", "answered": "ลงนามและส่งความเห็นแล้ว"}

func (a *Admin) showEnquiry(r *http.Request, s Scope) (reply, error) {
	p, err := a.enquiryPage(r, s)
	if err != nil {
		return nil, err
	}
	p.Done = doneEnquiry[r.URL.Query().Get("done")]
	return page{view: "consultation", data: p}, nil
}
