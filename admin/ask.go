package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// askSheet asks which documents are missing: everything in one list with one date (LFA-8.1).
type askSheet struct {
	sheet
	Suggested []suggestion
	DueOn     time.Time
	First     time.Time // the first day that can be chosen
	Again     bool      // documents were asked for before (LFA-8.2)
	Before    []tickets.Want
	MayAgain  bool // the officer's role may ask a second time
}

// suggestion is a document that the service knows of.
type suggestion struct {
	Name string
	Note string // how it stands with this request
}

// askDays is how many working days are offered for finding the documents.
const askDays = 15

// askMost is the most documents of one notice, and the most characters of a name.
const (
	askMost    = 30
	askLongest = 200
)

func (a *Admin) showAsk(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "ask", "ขอเอกสารเพิ่ม")
	if err != nil {
		return nil, err
	}
	calendar, err := agencies.LoadCalendar(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	before, err := tickets.Wants(r.Context(), s.Tx, sh.Ticket.ID)
	if err != nil {
		return nil, err
	}
	p := askSheet{
		sheet: sh, DueOn: calendar.AddWorkingDays(a.now(), askDays).In(thai.Bangkok()), First: a.now().In(thai.Bangkok()).AddDate(0, 0, 1),
		Again: len(before) > 0, Before: before, MayAgain: s.Can(agencies.LeadTickets),
	}
	form, err := a.desk.Form(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return nil, err
	}
	if p.Suggested, err = suggestions(r.Context(), s, form, sh.Ticket); err != nil {
		return nil, err
	}
	return page{view: "ask", part: "sheet", data: p}, nil
}

// suggestions are the documents that a service asks for, with what the citizen has sent: nobody
// should be asked for what is there.
func suggestions(ctx context.Context, s Scope, f *forms.Form, t tickets.Ticket) ([]suggestion, error) {
	request, err := tickets.FindRequest(ctx, s.Tx, t.RequestID)
	if err != nil {
		return nil, err
	}
	held, err := documents(ctx, s, t, view{})
	if err != nil {
		return nil, err
	}
	sent := map[string]int{}
	for _, d := range held {
		if !d.Gone && !d.Infected {
			sent[d.Label]++
		}
	}
	needed := f.Open(request.Answers)
	var all []suggestion
	for _, field := range f.Fields {
		if !field.Files() {
			continue
		}
		w := suggestion{Name: field.Label.TH, Note: "ยังไม่ได้ส่ง"}
		switch n := sent[w.Name]; {
		case n > 0:
			w.Note = fmt.Sprintf("ส่งมาแล้ว %d ไฟล์", n)
		case !slices.ContainsFunc(needed, func(other forms.Field) bool { return other.Key == field.Key }):
			w.Note = "คำขอนี้ไม่ต้องใช้"
		case field.Optional:
			w.Note = "ยังไม่ได้ส่ง (ไม่บังคับ)"
		}
		all = append(all, w)
	}
	return all, nil
}

func (a *Admin) ask(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "asked", func(ctx context.Context, id tickets.TicketID) error {
		due, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("due_on"), thai.Bangkok())
		if err != nil {
			return fault.Wrap(fault.Invalid, "ยังไม่ได้เลือกวันครบกำหนดส่งเอกสาร กรุณาเลือกวันที่", err)
		}
		override := strings.TrimSpace(unixLines(r.PostForm.Get("override")))
		before, err := tickets.Wants(ctx, s.Tx, id)
		if err != nil {
			return err
		}
		// The law gives one opportunity; stepping over it is the head's to answer for (LFA-8.2).
		if len(before) > 0 && override != "" && !s.Can(agencies.LeadTickets) {
			return fault.New(fault.Forbidden, "กฎหมายให้ขอเอกสารเพิ่มได้ครั้งเดียว ครั้งที่สองต้องให้หัวหน้างานเป็นผู้ทำรายการพร้อมเหตุผลตามกฎหมาย")
		}
		labels, err := askedFor(r)
		if err != nil {
			return err
		}
		return a.desk.Ask(ctx, s.Tx, s.Actor(), id, tickets.Asking{Labels: labels, DueOn: due, Override: override})
	})
}

// askedFor reads the documents that are asked for: those ticked and one on each line, each once.
func askedFor(r *http.Request) ([]string, error) {
	var labels []string
	lines := strings.Split(unixLines(r.PostForm.Get("others")), "\n")
	for _, l := range append(slices.Clone(r.PostForm["suggested"]), lines...) {
		if l = strings.TrimSpace(l); l == "" || slices.Contains(labels, l) {
			continue
		}
		if len([]rune(l)) > askLongest {
			return nil, fault.Newf(fault.Invalid, "ชื่อเอกสารยาวเกินไป กรุณาย่อให้ไม่เกินรายการละ {n} ตัวอักษร", "n", askLongest)
		}
		labels = append(labels, l)
	}
	if len(labels) > askMost {
		return nil, fault.Newf(fault.Invalid, "ขอเอกสารได้ครั้งละไม่เกิน {n} รายการ กรุณารวมรายการที่เป็นเรื่องเดียวกัน", "n", askMost)
	}
	return labels, nil
}
