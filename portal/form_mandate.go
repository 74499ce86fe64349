package portal

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// forWhom is for whom a form can be filed, and is (PDP-10).
type forWhom struct {
	Choices   []forChoice // others for whom it can be filed
	Chosen    string      // whose; empty: one's own
	By        string      // who files it then
	Again     tickets.MandateID
	Differs   bool   // what is answered is not what the mandate says
	Elsewhere string // for whom it could be filed if it had been begun on a page
	Action    string
	Fills     bool // the form asks who files and for whom, which a mandate answers
}

type forChoice struct {
	ID   tickets.MandateID
	Name string
}

// forWhomOf reads it. A form that was begun in a chat is filed there for oneself: only pages open the numbers of a mandate.
func (p *Portal) forWhomOf(ctx context.Context, tx pgx.Tx, f filer, s sheet) (w forWhom, err error) {
	if f.Citizen == 0 || f.forOther() {
		return w, nil
	}
	fitting, err := p.desk.MandatesFor(ctx, tx, int64(f.Citizen), s.agency.ID, s.form.Key)
	if err != nil {
		return w, err
	}
	if s.draft.Chat != "" {
		var names []string
		for _, m := range fitting {
			names = append(names, m.Principal())
		}
		w.Elsewhere = strings.Join(names, " ")
		return w, nil
	}
	asks := s.form.Proxy()
	w.Action, w.Fills = s.path()+"/mandate", asks.By != "" || asks.Person != "" || asks.Number != ""
	chosen, ok, err := tickets.FilesFor(ctx, tx, s.draft.ID)
	if ok {
		w.Chosen, w.By, w.Again = chosen.Principal(), chosen.AttorneyName, chosen.ID
		w.Differs = chosen.Fits(p.box, s.form, s.draft.Answers) != nil
	}
	for _, m := range fitting {
		if m.ID != chosen.ID {
			w.Choices = append(w.Choices, forChoice{m.ID, m.Principal()})
		}
	}
	return w, err
}

// fileFor chooses for whom the form is, and answers what the mandate says.
func (p *Portal) fileFor(r *http.Request) (reply, error) {
	said, err := field(r, "mandate")
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "แบบฟอร์มนี้ไม่สมบูรณ์ กรุณาเปิดหน้าใหม่แล้วส่งอีกครั้ง", err)
	}
	return p.opened(r, nil, func(ctx context.Context, tx pgx.Tx, f filer, s sheet) (reply, error) {
		if f.Citizen == 0 || f.forOther() || s.draft.Chat != "" {
			return nil, errNoDraft()
		}
		m, err := p.desk.FileFor(ctx, tx, tickets.ByCitizen(int64(f.Citizen)), s.draft.ID, s.agency.ID, s.form.Key, tickets.MandateID(id))
		if err != nil {
			return nil, err
		}
		if id != 0 {
			err = p.answerFor(ctx, tx, f, s, m)
		}
		return redirect(s.path() + "/review"), err
	})
}

// answerFor answers from a mandate what it says: first that it is for somebody else, then what is asked because of that.
func (p *Portal) answerFor(ctx context.Context, tx pgx.Tx, f filer, s sheet, m tickets.Mandate) error {
	attorney, principal, err := m.IDs(p.box)
	if err != nil {
		return err
	}
	asks := s.form.Proxy()
	paper := []forms.File{}
	if m.AttachmentID != nil {
		paper = append(paper, forms.File{ID: *m.AttachmentID})
	}
	for _, part := range [][]forms.Entry{
		{{Field: asks.By, Input: forms.Input{Choice: asks.Choice}}},
		{
			{Field: asks.Title, Input: forms.Input{Text: m.PrincipalTitle}}, {Field: asks.Person, Input: forms.Input{Text: m.PrincipalName}},
			{Field: asks.Number, Input: forms.Input{Text: principal.Digits()}}, {Field: asks.Name, Input: forms.Input{Text: m.AttorneyName}},
			{Field: asks.ID, Input: forms.Input{Text: attorney.Digits()}}, {Field: asks.Document, Input: forms.Input{Files: paper}},
		},
	} {
		fill := forms.Fill{Revision: s.draft.Revision}
		for _, e := range part {
			if fl, open := s.field(e.Field); !open || partOf(s.parts, fl.Key) < 0 || e.Input.Choice == "" && e.Input.Text == "" && len(e.Input.Files) == 0 {
				continue
			}
			e.Was, e.Input.Now = s.answer(e.Field).Print(), p.now()
			fill.Entries = append(fill.Entries, e)
		}
		if len(fill.Entries) == 0 {
			continue
		}
		draft, _, err := p.forms.Fill(ctx, tx, f.Person, s.draft.ID, fill)
		if err != nil {
			return err
		}
		s = s.with(draft)
	}
	return nil
}

// fits refuses answers that are not those of the person for whom the form is.
func (p *Portal) fits(ctx context.Context, tx pgx.Tx, s sheet) error {
	m, ok, err := tickets.FilesFor(ctx, tx, s.draft.ID)
	if err != nil || !ok {
		return err
	}
	return m.Fits(p.box, s.form, s.draft.Answers)
}
