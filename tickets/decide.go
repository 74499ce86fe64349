package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// Decision is the formal result of a ticket (ผลการพิจารณา). One of a ticket stands at a time; one of which nobody was told
// may be taken back, one that was told is changed by another.
type Decision struct {
	TicketID   TicketID           `db:"ticket_id"`
	N          int                `db:"n"`          // 1 is the first of its ticket
	OfficerID  agencies.OfficerID `db:"officer_id"` // 0: a rule decided, or nobody did in time and the law did
	Rule       string             `db:"rule"`       // key of the rule that decided (SEED-24); empty: none
	Outcome    Outcome            `db:"outcome"`
	Facts      string             `db:"facts"`       // of a refusal: what was found
	Reason     string             `db:"reason"`      // of a refusal: why; of an approval: what was done
	LegalBasis string             `db:"legal_basis"` // of a refusal
	AppealBody string             `db:"appeal_body"` // of a refusal: who decides on an appeal
	AppealDays int                `db:"appeal_days"` // of a refusal: counted from the day it was told
	Appeal     string             `db:"appeal"`      // of a refusal: the words about it; empty: made of body and days
	Conditions string             `db:"conditions"`  // of an approval
	Signature
	// Replaces is the number of the permit that an approved one stands for, and ReplacesUntil its last day (nil: no end),
	// which the new one keeps. Empty: it stands for none.
	Replaces      string     `db:"replaces"`
	ReplacesUntil *time.Time `db:"replaces_until"`
	At            time.Time  `db:"at"`

	// Of an approval: which crew or unit did the work, and on which day (SVC-5). Photos are in Photos.
	Crew     string     `db:"crew"`
	WorkedOn *time.Time `db:"worked_on"`
	// ReopenedAt is when somebody who reported it said that it is not so: it does not stand any more. UnconfirmedAt is when
	// the time to say so was over without a word.
	ReopenedAt    *time.Time `db:"reopened_at"`
	UnconfirmedAt *time.Time `db:"unconfirmed_at"`

	WithdrawnAt  *time.Time          `db:"withdrawn_at"` // nil: it stands
	WithdrawnBy  *agencies.OfficerID `db:"withdrawn_by"`
	WithdrawnWhy string              `db:"withdrawn_why"`

	// Change is in which way it changes the decision before, which Changes names; empty: it changes none.
	Change  Change `db:"change"`
	Changes *int   `db:"changes"`
	Mistake string `db:"mistake"` // of a correction: what was wrong
	Since   Since  `db:"since"`   // of a revocation: from when it counts
	// ChangedAt is when another one took its place. OverturnedAt is when it was found not to be right, by an appeal or by the
	// officer OverturnedBy: the case is decided anew.
	ChangedAt     *time.Time          `db:"changed_at"`
	OverturnedAt  *time.Time          `db:"overturned_at"`
	OverturnedBy  *agencies.OfficerID `db:"overturned_by"`
	OverturnedWhy string              `db:"overturned_why"`

	held []Condition // why a rule decided, for the history
}

// Signature is in what capacity somebody signed (EGA-16.1).
type Signature struct {
	Post      string `db:"post"`
	ActingFor string `db:"acting_for"` // the post whose power was used; empty: the own one
	OrderNo   string `db:"order_no"`   // the order that gives that power
}

const decisionColumns = `ticket_id, n, coalesce(officer_id, 0) AS officer_id, rule, outcome, facts, reason, legal_basis, appeal_body, appeal_days, appeal, conditions,
	post, acting_for, order_no, replaces, replaces_until, at, crew, worked_on, reopened_at, unconfirmed_at, withdrawn_at, withdrawn_by, withdrawn_why,
	change, changes, mistake, since, changed_at, overturned_at, overturned_by, overturned_why`

// stands is the condition on the decision of a case that stands; of each case it is one at most.
const stands = `withdrawn_at IS NULL AND reopened_at IS NULL AND changed_at IS NULL AND overturned_at IS NULL`

// decidedOn is the case that the decision of a case is written on: itself, or the one that it follows.
const decidedOn = `coalesce((SELECT main_id FROM tickets WHERE id = $1), $1)`

// By is who decided.
func (dec Decision) By() Actor {
	if dec.OfficerID == 0 {
		return System()
	}
	return ByOfficer(dec.OfficerID)
}

// says reports whether a decision is another's, word for word, by the same officer.
func (dec Decision) says(other Decision) bool {
	of := func(d Decision) [8]string {
		return [8]string{string(d.Outcome), d.Facts, d.Reason, d.LegalBasis, d.Conditions, d.Replaces, d.Mistake, d.By().String()}
	}
	return of(dec) == of(other)
}

// Because is what a citizen is told of why: of a refusal the reasons and then the facts.
func (dec Decision) Because() string {
	if dec.Facts == "" {
		return dec.Reason
	}
	return dec.Reason + "\n" + dec.Facts
}

// DecidedArgs is the fact that a ticket was decided.
type DecidedArgs struct {
	TicketID TicketID `json:"ticket_id"`
}

// Kind names the job.
func (DecidedArgs) Kind() string { return "decided" }

// Decide closes a ticket with its formal result. A refusal without facts, reasons, legal basis, appeal body and days is not
// accepted (LFA-11.1), nor a decision before the opinions that the service asks for, or by whoever drafted them alone
// (MTH-3.1). The same officer's very same decision again changes nothing; anybody else is told that it is decided (R13).
func (d *Desk) Decide(ctx context.Context, tx pgx.Tx, by Actor, dec Decision) error {
	officer, ok := by.officer()
	if !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่บันทึกผลการพิจารณาได้")
	}
	dec.OfficerID, dec.Rule = officer, ""
	if err := dec.check(); err != nil {
		return err
	}
	t, err := lock(ctx, tx, dec.TicketID)
	if err != nil {
		return err
	}
	if t.Status == dec.Outcome.status() {
		if was, err := FindDecision(ctx, tx, t.ID); err == nil && was.says(dec) || err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if err := t.idle(); err != nil {
		return err
	}
	chain, err := d.Opinions(ctx, tx, t)
	if err != nil {
		return err
	}
	if err := chain.MayDecide(officer); err != nil {
		return err
	}
	if err := MayJudge(ctx, tx, t, officer); err != nil {
		return err
	}
	if err := d.fit(ctx, tx, t, &dec); err != nil {
		return err
	}
	if err := d.mustShow(ctx, tx, t, &dec); err != nil {
		return err
	}
	return d.decide(ctx, tx, t, by, dec)
}

// Deem approves a ticket because its time to decide is over and the law of its service then takes it for approved
// (LFA-12.1); law is what says so. Again it changes nothing.
func (d *Desk) Deem(ctx context.Context, tx pgx.Tx, id TicketID, law string) error {
	t, err := lock(ctx, tx, id)
	if err != nil || t.Status == Approved {
		return err
	}
	if t.Status.Rests() || !t.Status.CanBecome(Approved) {
		return closedFault(t)
	}
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return err
	}
	if c := r.deciding(); !c.Late(d.now()) {
		return fault.New(fault.Conflict, "ยังไม่พ้นกำหนดพิจารณา จึงถือว่าอนุญาตโดยผลของกฎหมายไม่ได้")
	}
	if _, err := tx.Exec(ctx, `UPDATE tickets SET unread = true WHERE id = $1`, id); err != nil {
		return fmt.Errorf("mark ticket %d as unread: %w", id, err)
	}
	return d.decide(ctx, tx, t, System(), Decision{TicketID: id, Outcome: Deemed, Reason: "พ้นกำหนดพิจารณาแล้ว ถือว่าอนุญาตโดยผลของกฎหมาย (" + law + ")"})
}

// decide writes a decision that may be made.
func (d *Desk) decide(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, dec Decision) error {
	dec.At = d.now()
	if _, err := d.write(ctx, tx, t, dec); err != nil {
		return err
	}
	if dec.Outcome.Granted() {
		if err := d.showsWork(ctx, tx, t); err != nil {
			return err
		}
	}
	status := dec.Outcome.status()
	_, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = $3, unread = unread AND $4 = 0, officer_id = coalesce(officer_id, nullif($4, 0)) WHERE id = $1`,
		t.ID, status, dec.At, dec.OfficerID)
	if err != nil {
		return fmt.Errorf("close ticket %d: %w", t.ID, err)
	}
	t.Status = status
	if err := d.happened(ctx, tx, t, by, EventDecided, dec.detail()); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, DecidedArgs{TicketID: t.ID}, nil); err != nil {
		return fmt.Errorf("enqueue decision of ticket %d: %w", t.ID, err)
	}
	return d.decideFollowers(ctx, tx, t, by, EventDecided, dec)
}

// write adds a decision to those of a case, as it is, and returns which of them it is.
func (d *Desk) write(ctx context.Context, tx pgx.Tx, t Ticket, dec Decision) (n int, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, facts, reason, legal_basis, appeal_body, appeal_days, appeal, conditions,
			post, acting_for, order_no, at, replaces, replaces_until, crew, worked_on, rule, change, changes, mistake, since)
		VALUES ($1, $2, (SELECT coalesce(max(n), 0) + 1 FROM decisions WHERE ticket_id = $1), nullif($3, 0), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
			$21, $22, $23, $24) RETURNING n`,
		dec.TicketID, t.AgencyID, dec.OfficerID, dec.Outcome, dec.Facts, dec.Reason, dec.LegalBasis, dec.AppealBody, dec.AppealDays, dec.Appeal, dec.Conditions,
		dec.Post, dec.ActingFor, dec.OrderNo, dec.At, dec.Replaces, dec.ReplacesUntil, dec.Crew, dec.WorkedOn, dec.Rule, dec.Change, dec.Changes, dec.Mistake, dec.Since).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("write decision of ticket %d: %w", t.ID, err)
	}
	return n, nil
}

// detail is what the history keeps of a decision.
func (dec Decision) detail() Detail {
	d := Detail{Outcome: dec.Outcome, Replaces: dec.Replaces, Post: dec.Post, ActingFor: dec.ActingFor, OrderNo: dec.OrderNo, Rule: dec.Rule, Held: dec.held, Change: dec.Change, Since: dec.Since}
	if dec.Changes != nil {
		d.Result = *dec.Changes
	}
	if dec.ReplacesUntil != nil {
		d.ReplacesUntil = dec.ReplacesUntil.Format(time.DateOnly)
	}
	return d
}

// FindDecision returns the decision of a ticket that stands, or fault.NotFound while there is none.
func FindDecision(ctx context.Context, tx pgx.Tx, id TicketID) (Decision, error) {
	rows, err := tx.Query(ctx, `SELECT `+decisionColumns+` FROM decisions WHERE ticket_id = `+decidedOn+` AND `+stands, id)
	if err != nil {
		return Decision{}, fmt.Errorf("find decision of ticket %d: %w", id, err)
	}
	dec, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Decision])
	if errors.Is(err, pgx.ErrNoRows) {
		return Decision{}, fault.New(fault.NotFound, "เรื่องนี้ยังไม่มีผลการพิจารณา")
	}
	if err != nil {
		return Decision{}, fmt.Errorf("find decision of ticket %d: %w", id, err)
	}
	return dec, nil
}

// Decisions returns every decision of a ticket, the first one first; those that do not stand any more too.
func Decisions(ctx context.Context, tx pgx.Tx, id TicketID) ([]Decision, error) {
	rows, err := tx.Query(ctx, `SELECT `+decisionColumns+` FROM decisions WHERE ticket_id = `+decidedOn+` ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("decisions of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Decision])
}

// OpinionsNow returns the chain of opinions on what may be decided next: of a decided case, those on a change of its decision.
func (d *Desk) OpinionsNow(ctx context.Context, tx pgx.Tx, t Ticket) (Chain, error) {
	c, err := d.Opinions(ctx, tx, t)
	if err != nil || !t.Status.Decided() {
		return c, err
	}
	dec, err := FindDecision(ctx, tx, t.ID)
	if fault.Is(err, fault.NotFound) {
		return c, nil
	}
	return c.Since(dec.At), err
}

// Opinions returns the chain of opinions of a ticket, with what its service asks for.
func (d *Desk) Opinions(ctx context.Context, tx pgx.Tx, t Ticket) (Chain, error) {
	form, err := d.Form(ctx, tx, t)
	if err != nil {
		return Chain{}, err
	}
	c := Chain{Steps: form.Deciding.Chain()}
	if err := tx.QueryRow(ctx, `SELECT two_person FROM tickets WHERE id = $1`, t.ID).Scan(&c.TwoPerson); err != nil {
		return Chain{}, fmt.Errorf("opinions of ticket %d: %w", t.ID, err)
	}
	if c.TwoPerson && len(c.Steps) == 0 {
		c.Steps = []forms.OpinionStep{forms.Staff}
	}
	rows, err := tx.Query(ctx, `SELECT `+opinionColumns+` FROM opinions WHERE ticket_id = $1 ORDER BY n`, t.ID)
	if err != nil {
		return Chain{}, fmt.Errorf("opinions of ticket %d: %w", t.ID, err)
	}
	c.Given, err = pgx.CollectRows(rows, pgx.RowToStructByName[Opinion])
	return c, err
}
