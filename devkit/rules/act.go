package rules

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/api"
	"saphan/forms"
	"saphan/tickets"
)

// Act is one thing that is done to a case, in each way there is to do it.
type Act struct {
	Name string
	Desk func(w At) error
	// Page is the end of the address that a form is sent to, and Form what it says; empty: no page does it.
	Page string
	Form url.Values
	// Call is the name of the act in the API, and Body what is sent; empty: the API does not do it.
	Call string
	Body any
}

// At is where an act is done at the desk itself.
type At struct {
	context.Context
	*Office
	Tx     pgx.Tx
	By     tickets.Actor
	Ticket tickets.Ticket
}

func (w At) id() tickets.TicketID { return w.Ticket.ID }

// theFirst stands in a form for the number of the case that an appeal goes against.
const theFirst = "{first}"

// tie ties an appeal to the case with a number; empty: the one that it goes against.
func tie(number string) Act {
	return Act{
		Name: "tie", Desk: func(w At) error { return w.Desk.TieAppeal(w, w.Tx, w.By, w.id(), cmp.Or(number, w.First)) }, Page: "tie", Form: url.Values{"number": {cmp.Or(number, theFirst)}},
	}
}

// theWant stands in an address for the number of what was asked for.
const theWant = "{want}"

func take() Act {
	return Act{Name: "take", Desk: func(w At) error { return w.Desk.Take(w, w.Tx, w.By, w.id()) }, Page: "take", Call: "take"}
}

func release() Act {
	return Act{Name: "release", Desk: func(w At) error { return w.Desk.Release(w, w.Tx, w.By, w.id()) }, Page: "release", Call: "release"}
}

// move goes to a queue of the agency by its key; "-": one of another agency, "": none.
func (o *Office) move(key, why string) Act {
	to := map[string]agencies.QueueID{"-": o.elsewhere, "": 0}[key]
	if q, ok := o.Queues[key]; ok {
		to = q.ID
	}
	return Act{
		Name: "move to " + key, Desk: func(w At) error { return w.Desk.Move(w, w.Tx, w.By, w.id(), to, why) },
		Page: "move", Form: url.Values{"queue": {strconv.FormatInt(int64(to), 10)}, "why": {why}}, Call: "move", Body: api.ToQueue{Why: why, Queue: map[string]string{"-": "elsewhere"}[key] + map[bool]string{true: key}[key != "-"]},
	}
}

func moveBack(why string) Act {
	return Act{
		Name: "move back", Desk: func(w At) error { return w.Desk.MoveBack(w, w.Tx, w.By, w.id(), why) },
		Page: "move-back", Form: url.Values{"why": {why}}, Call: "move-back", Body: api.Because{Why: why},
	}
}

func markUrgent(why string) Act {
	return Act{
		Name: "mark as urgent", Desk: func(w At) error { return w.Desk.MarkUrgent(w, w.Tx, w.By, w.id(), why) },
		Page: "mark-urgent", Form: url.Values{"why": {why}}, Call: "mark-urgent", Body: api.Because{Why: why},
	}
}

func unmarkUrgent(why string) Act {
	return Act{
		Name: "take off the mark", Desk: func(w At) error { return w.Desk.UnmarkUrgent(w, w.Tx, w.By, w.id(), why) },
		Page: "unmark-urgent", Form: url.Values{"why": {why}}, Call: "unmark-urgent", Body: api.Because{Why: why},
	}
}

func reply(text string) Act {
	return Act{
		Name: "reply", Desk: func(w At) error {
			return w.Desk.Reply(w, w.Tx, w.By, w.id(), fmt.Sprint(time.Now().UnixNano()), text)
		},
		Page: "reply", Form: url.Values{"text": {text}}, Call: "reply", Body: api.Words{Text: text},
	}
}

func note(text string) Act {
	return Act{
		Name: "note", Desk: func(w At) error { return w.Desk.Note(w, w.Tx, w.By, w.id(), text) },
		Page: "note", Form: url.Values{"text": {text}}, Call: "note", Body: api.Words{Text: text},
	}
}

func complete() Act {
	return Act{Name: "complete", Desk: func(w At) error { return w.Desk.Complete(w, w.Tx, w.By, w.id()) }, Page: "complete", Call: "complete"}
}

// ask asks for documents; law says what adds those that the manual does not list.
func ask(due time.Time, override, law string, added []string, labels ...string) Act {
	what := tickets.Asking{Labels: labels, DueOn: due, Override: override}
	body := api.Asking{Documents: labels, Override: override}
	form := url.Values{"suggested": labels, "override": {override}, "law": {law}}
	if !due.IsZero() {
		body.DueOn = api.Day(due.Format(time.DateOnly))
		form.Set("due_on", due.Format(time.DateOnly))
	}
	for _, label := range added {
		what.Added = append(what.Added, tickets.Added{Label: label, Law: law})
		body.Added = append(body.Added, api.Missing{Label: label, Law: law})
		form.Set("others", label)
	}
	return Act{Name: "ask", Desk: func(w At) error { return w.Desk.Ask(w, w.Tx, w.By, w.id(), what) }, Page: "ask", Form: form, Call: "ask", Body: body}
}

func unreadable(why string) Act {
	return Act{
		Name: "unreadable", Desk: func(w At) error { return w.Desk.Unreadable(w, w.Tx, w.By, w.id(), w.want(w), why) },
		Page: "wants/" + theWant, Form: url.Values{"text": {why}}, Call: "unreadable", Body: api.AgainOf{Text: why},
	}
}

func lengthen(until time.Time) Act {
	form, body := url.Values{}, api.LongerUntil{}
	if !until.IsZero() {
		form.Set("until", until.Format(time.DateOnly))
		body.Until = api.Day(until.Format(time.DateOnly))
	}
	return Act{
		Name: "lengthen", Desk: func(w At) error { return w.Desk.Lengthen(w, w.Tx, w.By, w.id(), until) }, Page: "lengthen", Form: form, Call: "lengthen", Body: body,
	}
}

func extend(days int, reason string) Act {
	return Act{
		Name: "extend", Desk: func(w At) error { return w.Desk.Extend(w, w.Tx, w.By, w.id(), days, reason) },
		Page: "extend", Form: url.Values{"days": {strconv.Itoa(days)}, "reason": {reason}}, Call: "extend", Body: api.Longer{Days: days, Reason: reason},
	}
}

func approve(reason, conditions string) Act {
	outcome := "approve"
	if conditions != "" {
		outcome = "approve_with_conditions"
	}
	return Act{
		Name: "approve", Desk: func(w At) error {
			return w.Desk.Decide(w, w.Tx, w.By, tickets.Decision{TicketID: w.id(), Outcome: tickets.Approve, Reason: reason, Conditions: conditions})
		},
		Page: "approve", Form: url.Values{"reason": {reason}, "conditions": {conditions}}, Call: "decide", Body: api.Result{Outcome: outcome, Reason: reason, Conditions: conditions},
	}
}

// refusal is one that may go out.
func refusal() tickets.Decision {
	return tickets.Decision{
		Outcome: tickets.Refuse, Facts: "ตรวจสถานที่แล้วพบน้ำเสีย", Reason: "ไม่ถูกสุขลักษณะตามข้อบัญญัติ", LegalBasis: "มาตรา 32", AppealBody: "รัฐมนตรี", AppealDays: 30,
	}
}

func refuse(change func(*tickets.Decision)) Act {
	d := refusal()
	if change != nil {
		change(&d)
	}
	return Act{
		Name: "refuse", Desk: func(w At) error {
			d := d
			d.TicketID = w.id()
			return w.Desk.Decide(w, w.Tx, w.By, d)
		},
		Page: "refuse", Form: url.Values{
			"picked": {"other"}, "facts": {d.Facts}, "reason": {d.Reason}, "legal_basis": {d.LegalBasis}, "appeal_body": {d.AppealBody}, "appeal_days": {strconv.Itoa(d.AppealDays)},
		},
		Call: "decide", Body: api.Result{Outcome: "refuse", Facts: d.Facts, Reason: d.Reason, LegalBasis: d.LegalBasis, AppealBody: d.AppealBody, AppealDays: d.AppealDays},
	}
}

func takeBack(why string) Act {
	return Act{
		Name: "take back", Desk: func(w At) error { return w.Desk.TakeBack(w, w.Tx, w.By, w.id(), why) },
		Page: "take-back", Form: url.Values{"why": {why}}, Call: "take-back", Body: api.Undone{Why: why},
	}
}

// change changes a told decision with what a refusal has, and edit what is otherwise in it.
func change(way tickets.Change, edit func(*tickets.Decision)) Act {
	d := refusal()
	d.Outcome, d.Change = "", way
	switch way {
	case tickets.Correction:
		d.Mistake, d.Reason = "พิมพ์ชื่อถนนผิดจากที่ตรวจ", "ไม่ถูกสุขลักษณะ ที่ถนนตัวอย่าง"
	case tickets.Revocation:
		d.Since = tickets.FromNow
	case tickets.Reconsider:
		d.Reason = "พบแผนที่ใหม่ว่าอยู่ในเขต"
	}
	if edit != nil {
		edit(&d)
	}
	return Act{
		Name: "change " + string(way), Desk: func(w At) error {
			d := d
			d.TicketID = w.id()
			return w.Desk.Change(w, w.Tx, w.By, d)
		},
		Page: "change", Form: url.Values{
			"change": {string(way)}, "mistake": {d.Mistake}, "since": {string(d.Since)}, "conditions": {d.Conditions}, "facts": {d.Facts}, "reason": {d.Reason},
			"legal_basis": {d.LegalBasis}, "appeal_body": {d.AppealBody}, "appeal_days": {strconv.Itoa(d.AppealDays)},
		},
		Call: "change", Body: api.Changing{
			Change: string(way), Mistake: d.Mistake, Since: string(d.Since), Conditions: d.Conditions, Facts: d.Facts, Reason: d.Reason,
			LegalBasis: d.LegalBasis, AppealBody: d.AppealBody, AppealDays: d.AppealDays,
		},
	}
}

func giveBack(reason, remedy, appeal string) Act {
	return Act{
		Name: "return", Desk: func(w At) error {
			return w.Desk.Return(w, w.Tx, w.By, tickets.Returning{TicketID: w.id(), Reason: reason, Remedy: remedy, Appeal: appeal})
		},
		Page: "return", Form: url.Values{"reason": {reason}, "remedy": {remedy}, "appeal": {appeal}}, Call: "return", Body: api.Returned{Reason: reason, Remedy: remedy, Appeal: appeal},
	}
}

func opine(step forms.OpinionStep, proposes tickets.Outcome, text string) Act {
	return Act{
		Name: "opine", Desk: func(w At) error {
			return w.Desk.Opine(w, w.Tx, w.By, tickets.Opinion{TicketID: w.id(), Step: step, Proposes: proposes, Text: text})
		},
		Page: "opine", Form: url.Values{"step": {string(step)}, "proposes": {string(proposes)}, "text": {text}},
		Call: "opine", Body: api.Proposal{Step: string(step), Proposes: string(proposes), Text: text},
	}
}

func sendBack(why string) Act {
	const to = forms.Staff
	return Act{
		Name: "send back", Desk: func(w At) error { return w.Desk.SendBack(w, w.Tx, w.By, w.id(), to, why) },
		Page: "send-back", Form: url.Values{"to": {string(to)}, "why": {why}}, Call: "send-back", Body: api.BackTo{To: string(to), Why: why},
	}
}

// refer closes a case as that of a body outside.
func refer(body, reach string) Act {
	return Act{
		Name: "refer", Desk: func(w At) error {
			return w.Desk.Refer(w, w.Tx, w.By, tickets.Referral{TicketID: w.id(), Body: body, Reach: reach}, false)
		},
		Page: "refer", Form: url.Values{"body": {body}, "reach": {reach}}, Call: "refer", Body: api.Charge{Body: body, Reach: reach},
	}
}

// transfer passes a case on to the other agency; to itself with own.
func (o *Office) transfer(own bool, reason string) Act {
	to := o.Other
	if own {
		to = o.Agency
	}
	return Act{
		Name: "transfer", Desk: func(w At) error { return w.Desk.Transfer(w, w.Tx, w.By, w.id(), to.ID, reason) },
		Page: "transfer", Form: url.Values{"agency": {strconv.FormatInt(int64(to.ID), 10)}, "reason": {reason}}, Call: "transfer", Body: api.Handing{Agency: to.Code, Reason: reason},
	}
}

func takeOver() Act {
	return Act{Name: "take over", Desk: func(w At) error { return w.Desk.TakeOver(w, w.Tx, w.By, w.id()) }, Page: "take-over", Call: "take-over"}
}

func bounce(why string) Act {
	return Act{
		Name: "bounce", Desk: func(w At) error { return w.Desk.Bounce(w, w.Tx, w.By, w.id(), why) },
		Page: "bounce", Form: url.Values{"why": {why}}, Call: "bounce", Body: api.Because{Why: why},
	}
}

// theConsultation stands in an address for the number of what another agency was asked.
const theConsultation = "{consultation}"

// consult asks the other agency by a day; oneself with own.
func (o *Office) consult(own bool, question string, due time.Time) Act {
	to := o.Other
	if own {
		to = o.Agency
	}
	form := url.Values{"agency": {strconv.FormatInt(int64(to.ID), 10)}, "question": {question}}
	if !due.IsZero() {
		form.Set("due_on", due.Format(time.DateOnly))
	}
	return Act{
		Name: "consult", Desk: func(w At) error {
			return w.Desk.Consult(w, w.Tx, w.By, tickets.Consultation{TicketID: w.id(), To: to.ID, Question: question, DueOn: due})
		},
		Page: "consult", Form: form,
	}
}

// unask takes back what another agency was asked.
func unask(why string) Act {
	return Act{
		Name: "take back a question", Desk: func(w At) error {
			return w.Desk.EndConsultation(w, w.Tx, w.By, w.id(), w.FirstConsultation(w.Tx, w.id()), why)
		},
		Page: "consult/" + theConsultation, Form: url.Values{"why": {why}},
	}
}

// advised is that the other agency answered, and that the jobs brought question and answer across.
func (o *Office) advised() Act {
	return Act{Name: "advised", Desk: func(w At) error {
		id := w.FirstConsultation(w.Tx, w.id())
		if err := w.Desk.Settle(w, w.Tx, id); err != nil {
			return err
		}
		asked, err := tickets.Enquiries(w, w.Tx, o.Other.ID, false, 1)
		if err != nil || len(asked) == 0 {
			return err
		}
		err = w.Desk.AnswerEnquiry(w, w.Tx, tickets.ByOfficer(o.People[Stranger].ID), asked[0].ID, tickets.Advice{Answer: tickets.Agree, Text: long})
		if err != nil {
			return err
		}
		return w.Desk.Settle(w, w.Tx, id)
	}}
}

// What others than officers do before an act.

// told is that the citizen heard of the decision.
func told() Act {
	return Act{Name: "told", Desk: func(w At) error { return w.Desk.Told(w, w.Tx, w.id()) }}
}

// supplied is that the citizen sent what was asked for.
func supplied() Act {
	return Act{Name: "supplied", Desk: func(w At) error {
		var file int64
		err := w.Tx.QueryRow(w, `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source) VALUES ('k', '', 1, 'application/pdf', 'n.pdf', '', $1) RETURNING id`,
			fmt.Sprintf("test %d", w.id())).Scan(&file)
		if err != nil {
			return err
		}
		return w.Desk.Supply(w, w.Tx, tickets.ByCitizen(w.Ticket.CitizenID), w.id(), w.want(w), file)
	}}
}

// withdrawn is that the citizen withdrew the case.
func withdrawn() Act {
	return Act{Name: "withdrawn", Desk: func(w At) error {
		return w.Desk.Withdraw(w, w.Tx, tickets.ByCitizen(w.Ticket.CitizenID), tickets.Withdrawal{TicketID: w.id(), Way: "track"})
	}}
}

// want is the first document that was asked for in the case; 0: none was.
func (o *Office) want(w At) tickets.WantID {
	all, err := tickets.Wants(w, w.Tx, w.id())
	must(o.T, err)
	if len(all) == 0 {
		return 0
	}
	return all[0].ID
}
