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
	Suggested []string // documents that the service knows of
	DueOn     time.Time
	First     time.Time // the first day that can be chosen
	Again     bool      // documents were asked for before (LFA-8.2)
	Before    []tickets.Want
	MayAgain  bool // the officer's role may ask a second time
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
	if form, ok := a.forms.Version(sh.Ticket.FormKey, sh.Ticket.FormVersion); ok {
		p.Suggested = documentNames(form)
	}
	return page{view: "ask", part: "sheet", data: p}, nil
}

// documentNames are the documents that a service asks for.
func documentNames(f *forms.Form) []string {
	var names []string
	for _, field := range f.Fields {
		if field.Files() {
			names = append(names, field.Label.TH)
		}
	}
	return names
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
			return fault.New(fault.Forbidden, "การขอเอกสารครั้งที่สองต้องให้หัวหน้างานเป็นผู้ทำรายการ")
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
			return nil, fault.New(fault.Invalid, fmt.Sprintf("ชื่อเอกสารยาวเกินไป กรุณาย่อให้ไม่เกินรายการละ %d ตัวอักษร", askLongest))
		}
		labels = append(labels, l)
	}
	if len(labels) > askMost {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("ขอเอกสารได้ครั้งละไม่เกิน %d รายการ กรุณารวมรายการที่เป็นเรื่องเดียวกัน", askMost))
	}
	return labels, nil
}
