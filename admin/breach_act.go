package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/papers"
	"saphan/tickets"
)

// breachAction does something about the breach in the path once for each form that was shown, and leads back to it. What
// cannot be done is said there, with all that was typed.
func (a *Admin) breachAction(r *http.Request, s Scope, done string, do func(ctx context.Context, s Scope, id breaches.BreachID) error) (reply, error) {
	ctx := r.Context()
	id, err := breachID(r)
	if err != nil {
		return nil, err
	}
	problem, err := a.trying(ctx, s, r.PostForm.Get("key"), "breach "+done, func(s Scope) error {
		if err := do(ctx, s, id); err != nil {
			return err
		}
		return tickets.Ring(ctx, s.Tx, s.Agency, 0)
	})
	if err != nil {
		return nil, err
	}
	if problem != nil {
		return a.breachPage(r, s, breachForm{Problem: fault.MessageOf(problem), Typed: r.PostForm}, fault.KindOf(problem).Status())
	}
	return redirect(link(breachPath(id), url.Values{"done": {done}})), nil
}

func (a *Admin) correctBreach(r *http.Request, s Scope) (reply, error) {
	return a.breachAction(r, s, "corrected", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		rec, err := typedRecord(r.PostForm)
		if err == nil {
			_, err = a.breachRegister().Correct(ctx, s.Tx, s.Officer.ID, id, rec, unixLines(r.PostForm.Get("why")))
		}
		return err
	})
}

func (a *Admin) judgeBreach(r *http.Request, s Scope) (reply, error) {
	return a.breachAction(r, s, "judged", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		_, err := a.breachRegister().Judge(ctx, s.Tx, s.Officer.ID, id, breaches.Judgement{Risk: breaches.Risk(r.PostForm.Get("risk")), Reasons: unixLines(r.PostForm.Get("reasons"))})
		return err
	})
}

// tellRegulator keeps that the regulator was told, by the form that the page showed.
func (a *Admin) tellRegulator(r *http.Request, s Scope) (reply, error) {
	return a.breachAction(r, s, "told", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		at, err := mustMoment(r.PostForm, "told", "การแจ้ง")
		if err != nil {
			return err
		}
		b, agency, err := breachOf(ctx, s, id, number(r.PostForm.Get("line"), 1<<30))
		if err != nil {
			return err
		}
		file, err := breachPaper(b, agency).PDF()
		if err != nil {
			return err
		}
		_, err = a.breachRegister().Report(ctx, s.Tx, s.Officer.ID, id, breaches.Telling{
			At: at, Way: tidy(r.PostForm.Get("way")), Reference: tidy(r.PostForm.Get("reference")), Form: breaches.FormOf(b, agency), PDF: file,
		})
		return err
	})
}

// listPeople puts whom cases are of on the list. Numbers that are of no case are named, and the others count.
func (a *Admin) listPeople(r *http.Request, s Scope) (reply, error) {
	var unknown []string
	var added int
	answer, err := a.breachAction(r, s, "listed", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		choice, how, err := a.typedChoice(r.PostForm)
		if err != nil {
			return err
		}
		chosen, strangers, err := tickets.Choose(ctx, s.Tx, s.Agency, choice)
		if err != nil {
			return err
		}
		people := make([]breaches.Person, len(chosen))
		for i, c := range chosen {
			people[i] = breaches.Person{Citizen: c.Citizen, Ticket: int64(c.TicketID)}
		}
		unknown = strangers
		added, err = a.breachRegister().List(ctx, s.Tx, s.Officer.ID, id, people, how)
		return err
	})
	if _, done := answer.(redirect); done && (len(unknown) > 0 || added == 0) {
		id, err := breachID(r)
		q := url.Values{"done": {"listed"}}
		if added == 0 {
			q.Set("done", "nobody")
		}
		if len(unknown) > 0 {
			q.Set("unknown", thai.Clip(strings.Join(unknown, " "), 500))
		}
		return redirect(link(breachPath(id), q)), err
	}
	return answer, err
}

// typedChoice reads by what people are chosen, and says it in words for the history.
func (a *Admin) typedChoice(form url.Values) (c tickets.Choice, how string, err error) {
	switch form.Get("by") {
	case "numbers":
		c.Numbers = tickets.Numbers(form.Get("numbers"))
		return c, fmt.Sprintf("ตามเลขที่เรื่อง %d เลข", len(c.Numbers)), nil
	case "service":
		service, ok := a.forms.Find(forms.Key(form.Get("service")))
		if !ok {
			return c, "", fault.New(fault.Invalid, "ยังไม่ได้เลือกบริการ กรุณาเลือกจากรายการ")
		}
		first, err1 := thai.ParseDate(form.Get("first"))
		last, err2 := thai.ParseDate(form.Get("last"))
		if err1 != nil || err2 != nil || last.Before(first) {
			return c, "", fault.New(fault.Invalid, "อ่านช่วงวันที่ไม่ได้ กรุณาพิมพ์เช่น 1 พ.ย. 2569 และวันสุดท้ายต้องไม่ก่อนวันแรก")
		}
		day := func(d time.Time) time.Time {
			return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, thai.Bangkok())
		}
		c.Form, c.From, c.Until = service.Key, day(first), day(last).AddDate(0, 0, 1)
		return c, "ตามบริการ " + service.Title.TH + " ที่ยื่นตั้งแต่ " + thai.Date(c.From) + " ถึง " + thai.Date(day(last)), nil
	default:
		c.File = strings.TrimSpace(form.Get("file"))
		return c, "ตามไฟล์ในเรื่อง", nil
	}
}

func (a *Admin) draftNotice(r *http.Request, s Scope) (reply, error) {
	return a.breachAction(r, s, "drafted", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		get := func(box string) string { return unixLines(r.PostForm.Get("say_" + box)) }
		_, err := a.breachRegister().Draft(ctx, s.Tx, s.Officer.ID, id, breaches.Words{
			What: get("what"), Consequences: get("consequences"), Measures: get("measures"), Advice: get("advice"), Contact: get("contact"),
		})
		return err
	})
}

func (a *Admin) confirmNotice(r *http.Request, s Scope) (reply, error) {
	return a.breachAction(r, s, "confirmed", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		_, err := a.breachRegister().Confirm(ctx, s.Tx, s.Officer.ID, id, number(r.PostForm.Get("line"), 1<<30))
		return err
	})
}

func (a *Admin) tellOtherwise(r *http.Request, s Scope) (reply, error) {
	return a.breachAction(r, s, "otherwise", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		at, err := mustMoment(r.PostForm, "other", "การแจ้ง")
		if err != nil {
			return err
		}
		persons, err := typedCount(r.PostForm.Get("told_persons"))
		if err != nil {
			return err
		}
		_, err = a.breachRegister().TellOtherwise(ctx, s.Tx, s.Officer.ID, id, breaches.Otherwise{At: at, How: unixLines(r.PostForm.Get("how")), Persons: persons})
		return err
	})
}

func (a *Admin) closeBreach(r *http.Request, s Scope) (reply, error) {
	return a.breachAction(r, s, "closed", func(ctx context.Context, s Scope, id breaches.BreachID) error {
		_, err := a.breachRegister().Close(ctx, s.Tx, s.Officer.ID, id, unixLines(r.PostForm.Get("closing")))
		return err
	})
}

// breachOf is a breach as of a line of its history (0: as it stands), and whose it is.
func breachOf(ctx context.Context, s Scope, id breaches.BreachID, line int) (b breaches.Breach, agency agencies.Agency, err error) {
	if agency, err = agencies.Find(ctx, s.Tx, s.Agency); err != nil {
		return b, agency, err
	}
	b, err = breaches.FindAt(ctx, s.Tx, id, line)
	return b, agency, err
}

// breachPaper is the form for the regulator as a document.
func breachPaper(b breaches.Breach, agency agencies.Agency) papers.Breach {
	f := breaches.FormOf(b, agency)
	paper := papers.Breach{
		Number: f.Number, Agency: papers.Agency{Name: f.Agency, Address: f.Address, Phone: f.Phone}, Contact: f.Contact, DetectedAt: f.DetectedAt, DueAt: f.DueAt, ReportedBy: f.ReportedBy,
		What: f.What, Data: f.Data, Persons: f.Persons, Estimated: f.Estimated, Consequences: f.Consequences, Measures: f.Measures, Risk: f.Risk.Thai(), RiskReasons: f.RiskReasons,
		LateWhy: f.LateWhy, At: f.At,
	}
	if f.HappenedFrom != nil {
		paper.HappenedFrom = *f.HappenedFrom
	}
	if f.HappenedUntil != nil {
		paper.HappenedUntil = *f.HappenedUntil
	}
	return paper
}
