package admin

import (
	"context"
	"net/http"
	"slices"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// opinionBox is what was proposed on a case before its decision, and what comes next (MTH-3.1).
type opinionBox struct {
	Lines     []opinionLine
	Steps     []opinionStep
	TwoPerson bool
	Turn      string // whose opinion comes next; empty: it may be decided
	Opine     bool   // the officer may sign the next one
	SendBack  bool   // the officer may send the case back
	Not       string // why this officer may not decide although all opinions are there
}

// opinionLine is one opinion, or why the case was sent back.
type opinionLine struct {
	tickets.Opinion
	Who  string
	Says string // what is proposed
}

// opinionStep is a step of the chain and whether its opinion is there.
type opinionStep struct {
	Name string
	Done bool
}

// opinionsOf reads the chain of a case; nil: its service asks for none and none was given.
func (a *Admin) opinionsOf(ctx context.Context, s Scope, t tickets.Ticket, officers map[agencies.OfficerID]agencies.Officer) (*opinionBox, error) {
	whole, err := a.desk.Opinions(ctx, s.Tx, t)
	if err != nil || len(whole.Steps) == 0 && len(whole.Given) == 0 {
		return nil, err
	}
	may, err := a.desk.MayChange(ctx, s.Tx, t)
	if err != nil {
		return nil, err
	}
	c := whole
	if may { // the next decision is a change of the one that was told
		if c, err = a.desk.OpinionsNow(ctx, s.Tx, t); err != nil {
			return nil, err
		}
	}
	work, turn := (may || !t.Status.Closed()) && s.Can(agencies.WorkTickets), c.Turn()
	box := &opinionBox{TwoPerson: c.TwoPerson, Opine: work && turn != forms.Head, SendBack: work && len(c.SentBackTo()) > 0}
	if turn != forms.Head {
		box.Turn = turn.Thai()
	} else if err := c.MayDecide(s.Officer.ID); err != nil && work {
		box.Not = fault.MessageOf(err)
	}
	done := c.SentBackTo()
	for _, step := range c.Steps {
		box.Steps = append(box.Steps, opinionStep{Name: step.Thai(), Done: slices.Contains(done, step)})
	}
	for _, o := range whole.Given {
		box.Lines = append(box.Lines, opinionLine{Opinion: o, Who: officers[o.OfficerID].Name, Says: proposedWords(o.Proposes)})
	}
	return box, nil
}

// proposedWords say what an opinion proposes.
func proposedWords(o tickets.Outcome) string {
	switch o {
	case tickets.Approve:
		return "เห็นควรอนุมัติ"
	case tickets.ApproveWithConditions:
		return "เห็นควรอนุมัติโดยมีเงื่อนไข"
	case tickets.Refuse:
		return "เห็นควรไม่อนุมัติ"
	case tickets.Deemed, tickets.RevokeAll:
		return ""
	default:
		return ""
	}
}

// mayDecide tells an officer kindly, before anything is typed, what stands in the way of a decision.
func (a *Admin) mayDecide(ctx context.Context, s Scope, t tickets.Ticket) error {
	c, err := a.desk.OpinionsNow(ctx, s.Tx, t)
	if err != nil {
		return err
	}
	if err := c.MayDecide(s.Officer.ID); err != nil {
		return err
	}
	return tickets.MayJudge(ctx, s.Tx, t, s.Officer.ID)
}

// opineSheet asks for an opinion, with those before it.
type opineSheet struct {
	sheet
	Step  forms.OpinionStep
	Steps []forms.OpinionStep // to which the case may go back
	Box   *opinionBox
}

func (a *Admin) opinionSheet(r *http.Request, s Scope, name, title string) (opineSheet, error) {
	sh, err := a.sheetFor(r, s, name, title)
	if err != nil {
		return opineSheet{}, err
	}
	officers, err := agencies.Officers(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return opineSheet{}, err
	}
	c, err := a.desk.OpinionsNow(r.Context(), s.Tx, sh.Ticket)
	if err != nil {
		return opineSheet{}, err
	}
	signs, err := a.desk.Signs(r.Context(), s.Tx, s.Officer.ID, "")
	if err != nil {
		return opineSheet{}, err
	}
	sh.Signs = &signs
	box, err := a.opinionsOf(r.Context(), s, sh.Ticket, officers)
	return opineSheet{sheet: sh, Step: c.Turn(), Steps: c.SentBackTo(), Box: box}, err
}

func (a *Admin) showOpine(r *http.Request, s Scope) (reply, error) {
	p, err := a.opinionSheet(r, s, "opine", "")
	if err != nil {
		return nil, err
	}
	if p.Box == nil || p.Step == forms.Head {
		return nil, fault.New(fault.Conflict, "ขณะนี้ไม่มีลำดับความเห็นที่รออยู่ กรุณาเปิดเรื่องอีกครั้งเพื่อดูความเห็นล่าสุด")
	}
	p.Title = "ความเห็นของ" + p.Step.Thai()
	return page{view: "opine", part: "sheet", data: p}, nil
}

func (a *Admin) opine(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "opined", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Opine(ctx, s.Tx, s.Actor(), tickets.Opinion{
			TicketID: id, Step: forms.OpinionStep(r.PostForm.Get("step")), Proposes: tickets.Outcome(r.PostForm.Get("proposes")),
			Text: unixLines(r.PostForm.Get("text")),
		})
	})
}

func (a *Admin) showSendBack(r *http.Request, s Scope) (reply, error) {
	p, err := a.opinionSheet(r, s, "send-back", "ส่งกลับให้ทบทวนความเห็น")
	if err != nil {
		return nil, err
	}
	if len(p.Steps) == 0 {
		return nil, fault.New(fault.Conflict, "ยังไม่มีความเห็นให้ส่งกลับ กรุณาเปิดเรื่องอีกครั้งเพื่อดูความเห็นล่าสุด")
	}
	return page{view: "send-back", part: "sheet", data: p}, nil
}

func (a *Admin) sendBack(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "sent-back", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.SendBack(ctx, s.Tx, s.Actor(), id, forms.OpinionStep(r.PostForm.Get("to")), unixLines(r.PostForm.Get("why")))
	})
}
