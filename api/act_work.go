package api

import (
	"context"
	"crypto/rand"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

func (a *API) take(ctx context.Context, w work, _ *Bare) error {
	return a.desk.Take(ctx, w.tx, w.by(), w.ticket.ID)
}

func (a *API) release(ctx context.Context, w work, _ *Bare) error {
	return a.desk.Release(ctx, w.tx, w.by(), w.ticket.ID)
}

// ToQueue is where a case goes.
type ToQueue struct {
	Queue string `json:"queue" doc:"Key of a queue of the agency" example:"works"`
	Why   string `json:"why,omitempty" doc:"Needed when another officer has taken the case" example:"เป็นงานช่าง ไม่ใช่งานใบอนุญาต"`
}

func (a *API) move(ctx context.Context, w work, in *With[ToQueue]) error {
	queues, err := queuesOf(ctx, w.tx, w.caller.key.AgencyID)
	if err != nil {
		return err
	}
	to := queueBy(queues, in.Body.Queue)
	if to == 0 && in.Body.Queue != "" {
		return fault.New(fault.NotFound, "ไม่พบคิวงานปลายทางในหน่วยงานนี้ กรุณาเลือกคิวงานใหม่")
	}
	return a.desk.Move(ctx, w.tx, w.by(), w.ticket.ID, to, in.Body.Why)
}

func (a *API) moveBack(ctx context.Context, w work, in *With[Because]) error {
	return a.desk.MoveBack(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Why)
}

func (a *API) markUrgent(ctx context.Context, w work, in *With[Because]) error {
	return a.desk.MarkUrgent(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Why)
}

func (a *API) unmarkUrgent(ctx context.Context, w work, in *With[Because]) error {
	return a.desk.UnmarkUrgent(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Why)
}

// Words are what an act says in free text.
type Words struct {
	Text string `json:"text" doc:"What is said; plain text" example:"ได้รับเรื่องแล้ว เจ้าหน้าที่จะเข้าตรวจสถานที่ภายในสัปดาห์นี้"`
}

func (a *API) reply(ctx context.Context, w work, in *With[Words]) error {
	return a.desk.Reply(ctx, w.tx, w.by(), w.ticket.ID, rand.Text(), in.Body.Text) // once by the Idempotency-Key
}

func (a *API) note(ctx context.Context, w work, in *With[Words]) error {
	return a.desk.Note(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Text)
}

func (a *API) complete(ctx context.Context, w work, _ *Bare) error {
	return a.desk.Complete(ctx, w.tx, w.by(), w.ticket.ID)
}

// Asking is a deficiency notice.
type Asking struct {
	Documents []string  `json:"documents,omitempty" doc:"By their names in the citizen manual that the case keeps, in Thai"`
	Added     []Missing `json:"added,omitempty" doc:"What a law adds to the manual. Only for the key of a head"`
	DueOn     Day       `json:"due_on,omitempty" doc:"Last day to supply them, in Bangkok" example:"2026-12-15"`
	Override  string    `json:"override,omitempty" doc:"Legal reason for asking a second time. Only for the key of a head"`
}

// Missing is something that no manual lists.
type Missing struct {
	Label string `json:"label" example:"หนังสือรับรองอาคาร"`
	Law   string `json:"law" doc:"What adds it" example:"ข้อบัญญัติท้องถิ่น พ.ศ. 2569 ข้อ 5"`
}

func (a *API) ask(ctx context.Context, w work, in *With[Asking]) error {
	what := tickets.Asking{Labels: in.Body.Documents, DueOn: in.Body.DueOn.time(), Override: in.Body.Override}
	for _, m := range in.Body.Added {
		what.Added = append(what.Added, tickets.Added{Label: m.Label, Law: m.Law})
	}
	return a.desk.Ask(ctx, w.tx, w.by(), w.ticket.ID, what)
}

// Day is a day in Bangkok, 2026-12-15; empty: none was said.
type Day string

// time is the day's beginning; zero where none was said, which the desk refuses in words.
func (d Day) time() time.Time {
	at, err := time.ParseInLocation(time.DateOnly, string(d), thai.Bangkok())
	if err != nil {
		return time.Time{}
	}
	return at
}

// AgainOf is a document that cannot be read.
type AgainOf struct {
	Want int64  `json:"want" doc:"Identifier of what was asked for, from the case's notices" example:"9"`
	Text string `json:"text" doc:"Why it cannot be read, for the citizen" example:"ภาพเบลอ อ่านเลขที่ไม่ออก"`
}

func (a *API) unreadable(ctx context.Context, w work, in *With[AgainOf]) error {
	return a.desk.Unreadable(ctx, w.tx, w.by(), w.ticket.ID, tickets.WantID(in.Body.Want), in.Body.Text)
}

// LongerUntil is more time for documents.
type LongerUntil struct {
	Until Day `json:"until,omitempty" doc:"The new last day, in Bangkok" example:"2026-12-30"`
}

func (a *API) lengthen(ctx context.Context, w work, in *With[LongerUntil]) error {
	return a.desk.Lengthen(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Until.time())
}

// Proposal is an opinion before the decision.
type Proposal struct {
	Step     string `json:"step" doc:"In whose turn: staff, specialist, clerk" example:"staff"`
	Proposes string `json:"proposes" doc:"approve, approve_with_conditions or refuse" example:"approve"`
	Text     string `json:"text" doc:"Facts and reasons" example:"ตรวจสถานที่แล้ว ครบถ้วนตามหลักเกณฑ์"`
}

func (a *API) opine(ctx context.Context, w work, in *With[Proposal]) error {
	return a.desk.Opine(ctx, w.tx, w.by(), tickets.Opinion{
		TicketID: w.ticket.ID, Step: forms.OpinionStep(in.Body.Step), Proposes: tickets.Outcome(in.Body.Proposes), Text: in.Body.Text,
	})
}

// BackTo sends a case back to an earlier opinion.
type BackTo struct {
	To  string `json:"to" doc:"The step whose opinion no longer counts" example:"staff"`
	Why string `json:"why" example:"ยังไม่ได้ตรวจระบบระบายน้ำ"`
}

func (a *API) sendBack(ctx context.Context, w work, in *With[BackTo]) error {
	return a.desk.SendBack(ctx, w.tx, w.by(), w.ticket.ID, forms.OpinionStep(in.Body.To), in.Body.Why)
}

// Handing passes a case on to another agency of the installation.
type Handing struct {
	Agency string `json:"agency" doc:"Code of the agency that is in charge" example:"OB"`
	Reason string `json:"reason" example:"สถานที่อยู่นอกเขตเทศบาล"`
}

func (a *API) transfer(ctx context.Context, w work, in *With[Handing]) error {
	all, err := agencies.All(ctx, w.tx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Code == in.Body.Agency {
			return a.desk.Transfer(ctx, w.tx, w.by(), w.ticket.ID, other.ID, in.Body.Reason)
		}
	}
	return fault.New(fault.NotFound, "ไม่พบหน่วยงานปลายทาง กรุณาตรวจรหัสหน่วยงาน หากไม่อยู่ในระบบให้แจ้งชื่อหน่วยงานแทนการส่งต่อ")
}

func (a *API) takeOver(ctx context.Context, w work, _ *Bare) error {
	return a.desk.TakeOver(ctx, w.tx, w.by(), w.ticket.ID)
}

// Because is why something is done.
type Because struct {
	Why string `json:"why" example:"สถานที่อยู่ในเขตของหน่วยงานเดิม"`
}

func (a *API) bounce(ctx context.Context, w work, in *With[Because]) error {
	return a.desk.Bounce(ctx, w.tx, w.by(), w.ticket.ID, in.Body.Why)
}

// Charge names the body outside of the installation that is in charge.
type Charge struct {
	Body  string `json:"body" doc:"Its name" example:"การไฟฟ้าส่วนภูมิภาค สาขาตัวอย่าง"`
	Reach string `json:"reach" doc:"How the citizen reaches it" example:"โทร. 1129"`
	Law   string `json:"law,omitempty" doc:"Why it is in charge"`
	Keep  bool   `json:"keep,omitempty" doc:"Put it into the agency's list"`
}

func (a *API) refer(ctx context.Context, w work, in *With[Charge]) error {
	return a.desk.Refer(ctx, w.tx, w.by(), tickets.Referral{TicketID: w.ticket.ID, Body: in.Body.Body, Reach: in.Body.Reach, Law: in.Body.Law}, in.Body.Keep)
}
