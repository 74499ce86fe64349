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
	Lead      bool // the officer's role may ask a second time, and for what a law adds to the manual
}

// suggestion is a document that the service knows of.
type suggestion struct {
	Name string
	Note string // how it stands with this request
}

func (a *Admin) showAsk(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "ask", "ขอเอกสารเพิ่ม")
	if err != nil {
		return nil, err
	}
	before, err := tickets.Wants(r.Context(), s.Tx, sh.Ticket.ID)
	if err != nil {
		return nil, err
	}
	p := askSheet{sheet: sh, Again: len(before) > 0, Before: before, Lead: s.Can(agencies.LeadTickets)}
	if p.First, p.DueOn, err = a.desk.SupplyDays(r.Context(), s.Tx, sh.Ticket); err != nil {
		return nil, err
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
		if !field.Files() || field.Issuer == forms.State { // officers fetch what the state issued (EGA-12.1)
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
		due, _ := time.ParseInLocation(time.DateOnly, r.PostForm.Get("due_on"), thai.Bangkok()) // no day is refused in words
		what := tickets.Asking{Labels: r.PostForm["suggested"], DueOn: due, Override: unixLines(r.PostForm.Get("override"))}
		law := strings.TrimSpace(unixLines(r.PostForm.Get("law")))
		for l := range strings.SplitSeq(unixLines(r.PostForm.Get("others")), "\n") {
			what.Added = append(what.Added, tickets.Added{Label: l, Law: law})
		}
		return a.desk.Ask(ctx, s.Tx, s.Actor(), id, what)
	})
}
