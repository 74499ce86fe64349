package tickets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/words"
)

// What happens to the opinions on a case (MTH-3.1).
const (
	EventOpined   EventKind = "opined"    // an opinion was signed
	EventSentBack EventKind = "sent_back" // the case went back to an earlier step, with the reason
)

// Opinion is what somebody proposed on a case before it was decided (ความเห็น), or why it was sent back. It is never changed.
type Opinion struct {
	TicketID  TicketID           `db:"ticket_id"`
	N         int                `db:"n"` // 1 is the first of its case
	Step      forms.OpinionStep  `db:"step"`
	OfficerID agencies.OfficerID `db:"officer_id"`
	Proposes  Outcome            `db:"proposes"` // empty: it was sent back
	Text      string             `db:"text"`
	Signature
	BackTo       forms.OpinionStep `db:"back_to"` // empty: it is an opinion
	At           time.Time         `db:"at"`
	SupersededAt *time.Time        `db:"superseded_at"` // the case was sent back since; nil: it counts
}

const opinionColumns = `ticket_id, n, step, officer_id, proposes, text, post, acting_for, order_no, back_to, at, superseded_at`

// counts reports whether it is an opinion that a decision may rest on.
func (o Opinion) counts() bool { return o.BackTo == "" && o.SupersededAt == nil }

// Chain is the opinions on a case with what its service asks for.
type Chain struct {
	Steps     []forms.OpinionStep // before the decision, in order; none: it may be decided at once
	TwoPerson bool                // whoever gave an opinion may not decide alone
	Given     []Opinion           // in order, those that count no longer too
}

// Since is the chain with those opinions alone that were signed after a moment, for what is decided after it.
func (c Chain) Since(at time.Time) Chain {
	c.Given = slices.DeleteFunc(slices.Clone(c.Given), func(o Opinion) bool { return !o.At.After(at) })
	return c
}

// Turn is whose opinion comes next; forms.Head: the case may be decided.
func (c Chain) Turn() forms.OpinionStep {
	for _, step := range c.Steps {
		if !slices.ContainsFunc(c.Given, func(o Opinion) bool { return o.counts() && o.Step == step }) {
			return step
		}
	}
	return forms.Head
}

// MayDecide says why an officer may not decide yet, or nil.
func (c Chain) MayDecide(officer agencies.OfficerID) error {
	if turn := c.Turn(); turn != forms.Head {
		return fault.Newf(fault.Conflict, "บริการนี้ต้องมีความเห็นของ{step}ก่อน กรุณาให้ลงความเห็นแล้วจึงบันทึกผล", "step", words.Text{TH: turn.Thai()})
	}
	another := func(o Opinion) bool { return o.counts() && o.OfficerID != officer }
	if c.TwoPerson && !slices.ContainsFunc(c.Given, another) {
		return fault.New(fault.Conflict, "บริการนี้ต้องมีผู้พิจารณาอย่างน้อยสองคน ความเห็นทั้งหมดเป็นของท่านเอง กรุณาให้ผู้มีอำนาจท่านอื่นเป็นผู้บันทึกผล")
	}
	return nil
}

// SentBackTo returns the steps that the case may go back to: those whose opinion counts.
func (c Chain) SentBackTo() (steps []forms.OpinionStep) {
	for _, step := range c.Steps {
		if slices.ContainsFunc(c.Given, func(o Opinion) bool { return o.counts() && o.Step == step }) {
			steps = append(steps, step)
		}
	}
	return steps
}

// Opine signs an opinion on a case in the name of the step whose turn it is. The same officer's very same words again change
// nothing.
func (d *Desk) Opine(ctx context.Context, tx pgx.Tx, by Actor, o Opinion) error {
	t, c, officer, err := d.forOpinion(ctx, tx, by, o.TicketID)
	if err != nil {
		return err
	}
	o.BackTo = ""
	switch o.Text = strings.TrimSpace(o.Text); {
	case o.Proposes != Approve && o.Proposes != ApproveWithConditions && o.Proposes != Refuse:
		return fault.New(fault.Invalid, "ยังไม่ได้เลือกข้อเสนอ กรุณาเลือกว่าเห็นควรอนุมัติหรือไม่")
	case len([]rune(o.Text)) < shortestReason:
		return fault.New(fault.Invalid, "ความเห็นสั้นเกินไป กรุณาระบุข้อเท็จจริงและเหตุผลที่ผู้พิจารณาลำดับถัดไปใช้ได้")
	case len([]rune(o.Text)) > Longest:
		return fault.Newf(fault.Invalid, "ความเห็นยาวเกินไป กรุณาย่อให้ไม่เกิน {n} ตัวอักษร", "n", Longest)
	}
	o.OfficerID = officer
	if slices.ContainsFunc(c.Given, func(was Opinion) bool {
		return was.counts() && was.Step == o.Step && was.OfficerID == officer && was.Text == o.Text
	}) {
		return nil
	}
	switch turn := c.Turn(); {
	case len(c.Steps) == 0:
		return fault.New(fault.Conflict, "บริการนี้ไม่ได้กำหนดให้มีลำดับความเห็น กรุณาใช้บันทึกภายใน หรือบันทึกผลการพิจารณา")
	case turn == forms.Head:
		return fault.New(fault.Conflict, "ความเห็นครบทุกลำดับแล้ว กรุณาให้ผู้มีอำนาจบันทึกผล หรือส่งกลับให้ทบทวน")
	case turn != o.Step:
		return fault.Newf(fault.Conflict, "ขณะนี้เป็นลำดับความเห็นของ{step} กรุณาเปิดเรื่องอีกครั้งเพื่อดูความเห็นล่าสุด", "step", words.Text{TH: turn.Thai()})
	}
	if o.Signature == (Signature{}) {
		if o.Signature, err = d.Signs(ctx, tx, officer, ""); err != nil {
			return err
		}
	}
	return d.opine(ctx, tx, t, by, o)
}

// SendBack returns a case to an earlier step of its opinions, with the reason: that opinion and those after it no longer
// count, and stay.
func (d *Desk) SendBack(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, to forms.OpinionStep, why string) error {
	t, c, officer, err := d.forOpinion(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < shortestReason || len([]rune(why)) > Longest {
		return fault.Newf(fault.Invalid, "กรุณาระบุเหตุที่ส่งกลับ ยาวไม่เกิน {n} ตัวอักษร เพื่อให้ผู้ทำความเห็นแก้ไขได้ตรงจุด", "n", Longest)
	}
	if !slices.Contains(c.SentBackTo(), to) {
		return fault.New(fault.Conflict, "ลำดับนี้ยังไม่มีความเห็นที่ใช้อยู่ จึงส่งกลับไม่ได้ กรุณาเปิดเรื่องอีกครั้งเพื่อดูความเห็นล่าสุด")
	}
	step := c.Turn()
	later := c.Steps[slices.Index(c.Steps, to):]
	_, err = tx.Exec(ctx, `UPDATE opinions SET superseded_at = $2 WHERE ticket_id = $1 AND step = ANY($3) AND back_to = '' AND superseded_at IS NULL`, id, d.now(), later)
	if err != nil {
		return fmt.Errorf("send ticket %d back: %w", id, err)
	}
	return d.opine(ctx, tx, t, by, Opinion{TicketID: id, Step: step, OfficerID: officer, Text: why, BackTo: to})
}

// forOpinion locks a case for an officer who says something about its decision: an open one, or one whose decision was told and
// may be changed.
func (d *Desk) forOpinion(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) (t Ticket, c Chain, officer agencies.OfficerID, err error) {
	officer, ok := by.officer()
	if !ok {
		return t, c, 0, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ลงความเห็นได้")
	}
	if t, err = lock(ctx, tx, id); err != nil {
		return t, c, 0, err
	}
	may, err := d.MayChange(ctx, tx, t)
	if err != nil {
		return t, c, 0, err
	}
	if c, err = d.OpinionsNow(ctx, tx, t); err != nil {
		return t, c, 0, err
	}
	if err := t.idle(); err != nil && (!may || len(c.Steps) == 0) {
		return t, c, 0, err
	}
	return t, c, officer, nil
}

// opine writes the next line of a chain. The history keeps a fingerprint of its words, which may be erased with the record.
func (d *Desk) opine(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, o Opinion) error {
	var n int
	err := tx.QueryRow(ctx, `INSERT INTO opinions (agency_id, ticket_id, n, step, officer_id, proposes, text, post, acting_for, order_no, back_to, at)
		VALUES ($1, $2, (SELECT coalesce(max(n), 0) + 1 FROM opinions WHERE ticket_id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING n`,
		t.AgencyID, t.ID, o.Step, o.OfficerID, o.Proposes, o.Text, o.Post, o.ActingFor, o.OrderNo, o.BackTo, d.now()).Scan(&n)
	if err != nil {
		return fmt.Errorf("write an opinion on ticket %d: %w", t.ID, err)
	}
	sum := sha256.Sum256([]byte(o.Text))
	kind, detail := EventOpined, Detail{Opinion: n, Step: o.Step, Outcome: o.Proposes, Digest: hex.EncodeToString(sum[:]), Post: o.Post, ActingFor: o.ActingFor, OrderNo: o.OrderNo}
	if o.BackTo != "" {
		kind, detail.BackTo = EventSentBack, o.BackTo
	}
	return d.happened(ctx, tx, t, by, kind, detail)
}
