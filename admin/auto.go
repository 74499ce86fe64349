package admin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// autoBox is what the system does in a case by itself: what it did, what is planned, and what keeps it (SEED-24).
type autoBox struct {
	Lines   []autoLine
	Halted  *haltLine // all rules are stopped in this case; nil: they are not
	HaltAll string    // where they are; empty: the officer may not, or there is nothing to stop
}

// autoLine is one step by a rule.
type autoLine struct {
	What   string // what it does
	Rule   string // key of the rule
	Chip   chip
	At     time.Time // when it was done, or will be; zero: neither
	Done   bool
	Why    []whyLine // what holds, and what does not
	Halted *haltLine // what keeps it
	Halt   string    // where it is stopped; empty: it cannot be
}

// whyLine is one thing that a rule asks for.
type whyLine struct {
	Text string
	Met  bool
}

// haltLine is who stopped a rule, and why.
type haltLine struct {
	Who, Reason string
	At          time.Time
	Where       string // beyond this case: where; empty: in this case
	Rule        string // key of the rule that was stopped; empty: all
	Resume      string // where it goes on; empty: not from here
	Key         string
}

// autoOf reads what the system does in a case by itself; nil: its service has no rules.
func (a *Admin) autoOf(ctx context.Context, s Scope, p *ticketPane, m matter) (*autoBox, error) {
	if !p.Ruled {
		return nil, nil //nolint:nilnil // as the boxes of other parts
	}
	steps, err := a.desk.Steps(ctx, s.Tx, p.Ticket)
	if err != nil {
		return nil, err
	}
	work := s.Can(agencies.WorkTickets)
	box := &autoBox{}
	for _, step := range steps {
		line, tells := a.autoLine(step, p, m)
		if !tells {
			continue
		}
		if line.Halted != nil && work && line.Halted.Where == "" {
			line.Halted.Resume, line.Halted.Key = p.Act("resume"), p.Key
		}
		if line.Halted != nil && line.Halted.Rule == "" && line.Halted.Where == "" {
			box.Halted, line.Halted = line.Halted, nil
		}
		if work && !step.Done && step.Halt == nil {
			line.Halt = p.Act("halt/" + step.Rule.Key)
		}
		box.Lines = append(box.Lines, line)
		if line.Halt != "" {
			box.HaltAll = p.Act("halt")
		}
	}
	if len(box.Lines) == 0 {
		return nil, nil //nolint:nilnil // none of the rules is about such a case
	}
	return box, nil
}

// autoLine tells one step; tells is false of a rule that is not made for the case, or comes too late for it.
func (a *Admin) autoLine(step tickets.Step, p *ticketPane, m matter) (line autoLine, tells bool) {
	line = autoLine{What: step.Rule.Kind.Thai(), Rule: step.Rule.Key, At: step.At, Done: step.Done}
	if step.Days > 0 {
		line.What += " ก่อน " + decimal(step.Days) + " วัน"
	}
	unmet := false
	for _, t := range step.Tests {
		if !t.Met && (t.Condition == tickets.OfKind || t.Condition == tickets.Awaited || t.Condition == tickets.Valid) {
			return line, false
		}
		line.Why, unmet = append(line.Why, whyLine{t.Thai(), t.Met}), unmet || !t.Met
	}
	switch {
	case step.Done:
		line.Chip = chip{Kind: "ok", Icon: "circle-check", Text: "ระบบดำเนินการแล้ว"}
	case p.Status.Closed() && (unmet || step.At.IsZero()):
		return line, false
	case step.Halt != nil:
		line.Halted = haltWords(*step.Halt, m.officers)
		line.Chip, line.At = chip{Kind: "warn", Icon: "circle-x", Text: "หยุดไว้"}, time.Time{}
	case unmet:
		line.Chip = chip{Icon: "hourglass", Text: "ยังไม่ทำ รอเงื่อนไข"}
	case step.At.IsZero(): // somebody did it
		return line, false
	default:
		line.Chip = chip{Kind: "brand", Icon: "clock", Text: "จะทำ " + thai.DateTime(step.At)}
	}
	return line, true
}

func haltWords(h tickets.Halt, officers map[agencies.OfficerID]agencies.Officer) *haltLine {
	line := &haltLine{Who: officers[h.OfficerID].Name, Reason: h.Reason, At: h.At, Rule: h.Rule}
	switch {
	case h.TicketID != 0:
	case h.FormKey == "":
		line.Where = "ทุกบริการของหน่วยงาน"
	default:
		line.Where = "ทุกเรื่องของบริการนี้"
	}
	return line
}

// haltSheet asks why a rule, or all, is stopped in a case.
type haltSheet struct {
	sheet
	Rule string // key; empty: all
	What string
}

func (a *Admin) showHalt(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "halt", "หยุดขั้นตอนอัตโนมัติ")
	if err != nil {
		return nil, err
	}
	form, err := a.desk.Form(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return nil, err
	}
	p := haltSheet{sheet: sh, Rule: chi.URLParam(r, "rule"), What: "ทุกขั้นตอนของเรื่องนี้"}
	if p.Rule == "" {
		return page{view: "halt", part: "sheet", data: p}, nil
	}
	for _, rule := range form.Auto {
		if rule.Key == p.Rule {
			p.What = rule.Kind.Thai()
			return page{view: "halt", part: "sheet", data: p}, nil
		}
	}
	return nil, noRule()
}

func noRule() error {
	return fault.New(fault.NotFound, "บริการนี้ไม่มีขั้นตอนอัตโนมัตินี้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูรายการล่าสุด")
}

func (a *Admin) halt(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "halted", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Halt(ctx, s.Tx, s.Actor(), id, r.PostForm.Get("rule"), unixLines(r.PostForm.Get("why")))
	})
}

func (a *Admin) resume(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "resumed", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Resume(ctx, s.Tx, s.Actor(), id, r.PostForm.Get("rule"))
	})
}

// serviceHalts is what a head stopped in a service or in all, for the page of the service.
type serviceHalts struct {
	Service, All *haltLine // nil: nothing is stopped
}

func (a *Admin) haltsOf(ctx context.Context, s Scope, key forms.Key) (h serviceHalts, err error) {
	standing, err := tickets.Halts(ctx, s.Tx, s.Agency)
	if err != nil || len(standing) == 0 {
		return h, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return h, err
	}
	for _, one := range standing {
		switch one.FormKey {
		case "":
			h.All = haltWords(one, officers)
		case key:
			h.Service = haltWords(one, officers)
		}
	}
	return h, nil
}

// haltService stops what the system does by itself in a service, or in all of the agency, or lets it go on.
func (a *Admin) haltService(r *http.Request, s Scope) (reply, error) {
	form, ok := a.forms.Find(forms.Key(chi.URLParam(r, "service")))
	if !ok {
		return nil, fault.New(fault.NotFound, "ไม่พบบริการนี้ กรุณาเลือกจากรายการบริการ")
	}
	var err error
	key, done := form.Key, "auto-halted"
	if r.PostForm.Get("all") != "" {
		key = ""
	}
	if r.PostForm.Get("do") == "resume" {
		done = "auto-resumed"
		err = a.desk.ResumeService(r.Context(), s.Tx, s.Actor(), s.Agency, key, "")
	} else {
		err = a.desk.HaltService(r.Context(), s.Tx, s.Actor(), s.Agency, key, "", unixLines(r.PostForm.Get("why")))
	}
	if err != nil {
		return nil, err
	}
	return redirect(servicePath(form.Key) + "?done=" + done + "#auto"), nil
}

// autoSetting is a rule of a service as an agency decides about it.
type autoSetting struct {
	forms.AutoRule
	On                   bool
	Case                 string // of which requests; empty: all
	Waits                []waitPick
	After, Before, Field string
	Typed                string // the days before a last day
}

// waitPick is a time to wait that can be chosen.
type waitPick struct {
	Value, Text string
	Picked      bool
}

// autoSettings are the rules of a service with what is typed about them.
func autoSettings(f *forms.Form, typed url.Values) (all []autoSetting) {
	for _, r := range f.Auto {
		one := autoSetting{
			AutoRule: r, Field: fieldAuto + r.Key, After: fieldAutoAfter + r.Key, Before: fieldAutoBefore + r.Key, On: typed.Get(fieldAuto+r.Key) != "",
			Case: f.CaseOf(r.When).TH, Typed: typed.Get(fieldAutoBefore + r.Key),
		}
		if !r.After.IsZero() {
			one.Waits = waits(r.After, typed.Get(one.After))
		}
		all = append(all, one)
	}
	return all
}

// waits are the times that an agency can wait, from what the template says on.
func waits(least forms.Wait, typed string) (picks []waitPick) {
	for _, d := range []time.Duration{15 * time.Minute, time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 40 * time.Hour} {
		w := forms.Wait{For: d, Working: least.Working}
		text, err := w.MarshalText()
		if err == nil && d > least.For {
			picks = append(picks, waitPick{string(text), w.Thai(), string(text) == typed})
		}
	}
	return picks
}
