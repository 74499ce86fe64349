package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// What becomes of a decision that its citizen was told of.
const (
	EventChanged      EventKind = "decision_changed"      // another one stands in its place
	EventReconsidered EventKind = "decision_reconsidered" // the agency says itself that it was not right: the case waits for a new one
)

// Change is in which way a decision changes the one before it.
type Change string

// The ways. A decision that was made anew, after an appeal or because the agency looked at it again, is none of them: it is
// a decision like the first.
const (
	Correction Change = "correct" // an obvious mistake in its words; which way it went stays
	Revocation Change = "revoke"  // what was granted is not any more, wholly or as far as the new conditions go
	Reconsider Change = "again"   // a refusal or revocation is given up, and the case is decided anew
)

// Since is from when a revocation counts.
type Since string

// The times.
const (
	FromNow          Since = "now"       // from when the citizen is told
	FromTheBeginning Since = "beginning" // as if nothing had been granted
)

// Thai is the time as people read it.
func (s Since) Thai() string {
	switch s {
	case FromNow:
		return "ตั้งแต่วันที่ได้รับแจ้งเป็นต้นไป"
	case FromTheBeginning:
		return "ย้อนหลังตั้งแต่วันที่อนุมัติ"
	default:
		return string(s)
	}
}

// Change puts another decision in the place of the one that stands and of which the citizen was told: a new administrative
// act, with what a refusal has (LFA-11.1), told and open to appeal as the first was. Both stay. What needs two people needs an
// opinion on the change by somebody else. One of which nobody was told yet is taken back instead. The same officer's very same
// change again changes nothing.
func (d *Desk) Change(ctx context.Context, tx pgx.Tx, by Actor, dec Decision) error {
	t, former, err := d.toldDecision(ctx, tx, by, dec.TicketID)
	if err != nil {
		return err
	}
	dec.OfficerID, dec.Rule, dec.Changes = agencies.OfficerID(by.ID), "", &former.N
	dec.trim()
	if dec.Change == "" {
		return fault.New(fault.Invalid, "กรุณาเลือกว่าจะแก้ข้อผิดหลงหรือเพิกถอน")
	}
	if dec.Outcome = former.Outcome; former.Change == dec.Change && former.says(dec) {
		return nil
	}
	if dec.Change == Reconsider {
		return d.reconsider(ctx, tx, by, t, former, dec.Reason)
	}
	if err := d.mayChange(ctx, tx, t, former); err != nil {
		return err
	}
	if err := dec.checkChange(former); err != nil {
		return err
	}
	if t.FormKey == AppealForm && dec.Change != Correction {
		return fault.New(fault.Conflict, "คำวินิจฉัยอุทธรณ์ที่แจ้งแล้วแก้ได้เฉพาะข้อผิดพลาดเล็กน้อยหรือผิดหลงเล็กน้อย")
	}
	chain, err := d.OpinionsNow(ctx, tx, t)
	if err != nil {
		return err
	}
	if err := chain.MayDecide(dec.OfficerID); err != nil {
		return err
	}
	if err := d.fit(ctx, tx, t, &dec); err != nil {
		return err
	}
	return d.change(ctx, tx, t, by, former, dec)
}

// toldDecision locks a case for an officer who changes the decision that stands.
func (d *Desk) toldDecision(ctx context.Context, tx pgx.Tx, by Actor, id TicketID) (t Ticket, former Decision, err error) {
	officer, ok := by.officer()
	if !ok {
		return t, former, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่แก้ไขหรือเพิกถอนผลการพิจารณาได้")
	}
	who, err := agencies.FindOfficer(ctx, tx, officer)
	if err != nil {
		return t, former, err
	}
	if !who.Role.Can(agencies.DecideTickets) {
		return t, former, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่ที่มีอำนาจพิจารณาเท่านั้นที่แก้ไขหรือเพิกถอนผลการพิจารณาได้")
	}
	if t, err = lock(ctx, tx, id); err != nil {
		return t, former, err
	}
	if t.MainID != nil {
		return t, former, closedFault(Ticket{Number: t.Number, Status: Merged})
	}
	former, err = FindDecision(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Conflict, "เรื่องนี้ไม่มีผลการพิจารณาที่ใช้อยู่ จึงไม่มีผลให้แก้ไขหรือเพิกถอน")
	}
	return t, former, err
}

// mayChange refuses to change what the citizen was not told of.
func (d *Desk) mayChange(ctx context.Context, tx pgx.Tx, t Ticket, former Decision) error {
	told, err := d.toldOf(ctx, tx, t)
	if err != nil || told {
		return err
	}
	if former.Change != "" {
		return fault.New(fault.Conflict, "ยังไม่ได้แจ้งผลที่แก้ไขครั้งล่าสุดแก่ประชาชน หากต้องแก้อีกให้ถอนผลนั้นก่อนแจ้ง")
	}
	return fault.New(fault.Conflict, "ยังไม่ได้แจ้งผลนี้แก่ประชาชน ให้ใช้ “แก้ไขผลก่อนแจ้ง” แทน")
}

// MayChange reports whether the decision of a case may be changed: it stands, and its citizen was told.
func (d *Desk) MayChange(ctx context.Context, tx pgx.Tx, t Ticket) (bool, error) {
	if !t.Status.Decided() || t.MainID != nil {
		return false, nil
	}
	return d.toldOf(ctx, tx, t)
}

// trim takes off what nobody meant to type.
func (dec *Decision) trim() {
	for _, s := range []*string{&dec.Facts, &dec.Reason, &dec.LegalBasis, &dec.AppealBody, &dec.Appeal, &dec.Conditions, &dec.Mistake} {
		*s = strings.TrimSpace(*s)
	}
}

// checkChange refuses a change that the law does not let out, and copies what it does not touch from the decision before.
func (dec *Decision) checkChange(former Decision) error {
	dec.Replaces, dec.ReplacesUntil, dec.Crew, dec.WorkedOn = former.Replaces, former.ReplacesUntil, former.Crew, former.WorkedOn
	switch dec.Change {
	case Correction:
		return dec.checkCorrection(former)
	case Revocation:
		return dec.checkRevocation(former)
	case Reconsider:
	}
	return fault.New(fault.Invalid, "กรุณาเลือกว่าจะแก้ข้อผิดหลงหรือเพิกถอน")
}

func (dec *Decision) checkCorrection(former Decision) error {
	dec.Outcome, dec.Since = former.Outcome, "" // what corrects a revocation says in its words from when that counts
	if former.Outcome.Granted() {
		dec.Facts, dec.LegalBasis, dec.AppealBody, dec.AppealDays, dec.Appeal = former.Facts, former.LegalBasis, former.AppealBody, former.AppealDays, former.Appeal
		if dec.Outcome == Deemed || dec.Outcome == ApproveWithConditions {
			dec.Outcome = Approve
		}
		if dec.Conditions != "" {
			dec.Outcome = ApproveWithConditions
		}
	} else {
		dec.Conditions = ""
		if err := dec.checkRefusal(); err != nil {
			return err
		}
	}
	switch {
	case len([]rune(dec.Mistake)) < shortestReason:
		return fault.New(fault.Invalid, "กรุณาระบุว่าผลเดิมผิดหลงตรงไหน ประชาชนจะเห็นข้อความนี้")
	case dec.words() == former.words():
		return fault.New(fault.Invalid, "ข้อความยังเหมือนเดิมทุกช่อง กรุณาแก้ข้อความที่ผิดก่อนบันทึก")
	}
	return nil
}

func (dec *Decision) checkRevocation(former Decision) error {
	dec.Mistake = ""
	if !former.Outcome.Granted() {
		return fault.New(fault.Conflict, "ผลที่ใช้อยู่ไม่ใช่การอนุมัติ จึงไม่มีสิ่งที่เพิกถอนได้ หากต้องพิจารณาใหม่ให้เลือก “พิจารณาใหม่”")
	}
	dec.Outcome = RevokeAll
	if dec.Conditions != "" {
		dec.Outcome = ApproveWithConditions
	}
	switch {
	case dec.Conditions != "" && dec.Conditions == former.Conditions:
		return fault.New(fault.Invalid, "เงื่อนไขยังเหมือนเดิม กรุณาแก้เงื่อนไข หรือเลือกเพิกถอนทั้งหมด")
	case dec.Since != FromNow && dec.Since != FromTheBeginning:
		return fault.New(fault.Invalid, "กรุณาเลือกว่าการเพิกถอนมีผลตั้งแต่เมื่อใด")
	case dec.Facts == "":
		return fault.New(fault.Invalid, "การเพิกถอนต้องมีข้อเท็จจริง กรุณาระบุว่าตรวจพบอะไรก่อนบันทึก")
	case dec.Reason == "":
		return fault.New(fault.Invalid, "การเพิกถอนต้องมีเหตุผล กรุณาระบุเหตุผลก่อนบันทึก")
	case dec.LegalBasis == "":
		return fault.New(fault.Invalid, "การเพิกถอนต้องอ้างกฎหมาย กรุณาระบุข้อกฎหมายก่อนบันทึก")
	case dec.AppealBody == "":
		return fault.New(fault.Invalid, "การเพิกถอนต้องแจ้งสิทธิอุทธรณ์ กรุณาระบุผู้รับอุทธรณ์")
	}
	return dec.checkRefusal() // the days, and the words about them
}

// words are what a decision says to the citizen.
func (dec Decision) words() [7]string {
	return [7]string{dec.Facts, dec.Reason, dec.LegalBasis, dec.AppealBody, fmt.Sprint(dec.AppealDays), dec.Appeal, dec.Conditions}
}

// change writes a decision in the place of another, of which this transaction has locked the case.
func (d *Desk) change(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, former, dec Decision) error {
	dec.At = d.now()
	if _, err := tx.Exec(ctx, `UPDATE decisions SET changed_at = $3 WHERE ticket_id = $1 AND n = $2`, t.ID, former.N, dec.At); err != nil {
		return fmt.Errorf("change the decision of ticket %d: %w", t.ID, err)
	}
	n, err := d.write(ctx, tx, t, dec)
	if err != nil {
		return err
	}
	if err := passPhotos(ctx, tx, t.ID, former.N, n); err != nil {
		return err
	}
	t.Status = dec.Outcome.status()
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2 WHERE id = $1`, t.ID, t.Status); err != nil {
		return fmt.Errorf("change the decision of ticket %d: %w", t.ID, err)
	}
	if err := d.happened(ctx, tx, t, by, EventChanged, dec.detail()); err != nil {
		return err
	}
	if _, err := d.jobs.InsertTx(ctx, tx, DecidedArgs{TicketID: t.ID}, nil); err != nil {
		return fmt.Errorf("enqueue the change of ticket %d: %w", t.ID, err)
	}
	return d.decideFollowers(ctx, tx, t, by, EventChanged, dec)
}

// passPhotos puts the photos of the work beside another decision of the same case.
func passPhotos(ctx context.Context, tx pgx.Tx, id TicketID, from, to int) error {
	if _, err := tx.Exec(ctx, `UPDATE work_photos SET n = $3 WHERE ticket_id = $1 AND n = $2`, id, from, to); err != nil {
		return fmt.Errorf("photos of the decision of ticket %d: %w", id, err)
	}
	return nil
}

// unchange takes back a change of which nobody was told: the decision before stands again.
func (d *Desk) unchange(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, dec Decision) error {
	former := *dec.Changes
	var outcome Outcome
	err := tx.QueryRow(ctx, `UPDATE decisions SET changed_at = NULL WHERE ticket_id = $1 AND n = $2 RETURNING outcome`, t.ID, former).Scan(&outcome)
	if err != nil {
		return fmt.Errorf("let decision %d of ticket %d stand again: %w", former, t.ID, err)
	}
	if err := passPhotos(ctx, tx, t.ID, dec.N, former); err != nil {
		return err
	}
	detail := Detail{Outcome: dec.Outcome, Change: dec.Change, Result: former}
	all, err := followers(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	for _, c := range append([]Ticket{t}, all...) {
		c.Status = outcome.status()
		if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2 WHERE id = $1`, c.ID, c.Status); err != nil {
			return fmt.Errorf("let decision %d of ticket %d stand again: %w", former, t.ID, err)
		}
		if err := d.happened(ctx, tx, c, by, EventTakenBack, detail); err != nil {
			return err
		}
	}
	return nil
}

// reconsider gives up a refusal or revocation that was told, for the good of its citizen: the case is decided anew.
func (d *Desk) reconsider(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, former Decision, why string) error {
	switch {
	case former.Outcome.Granted() || t.FormKey == AppealForm:
		return fault.New(fault.Conflict, "พิจารณาใหม่ได้เฉพาะผลที่ไม่อนุมัติหรือเพิกถอน ผลที่อนุมัติแล้วให้แก้ข้อผิดหลงหรือเพิกถอน")
	case len([]rune(why)) < shortestReason:
		return fault.New(fault.Invalid, "กรุณาระบุเหตุที่พิจารณาใหม่ เหตุนี้เก็บไว้ในประวัติคู่กับผลเดิม")
	}
	if err := tooLong(why); err != nil {
		return err
	}
	if err := d.mayChange(ctx, tx, t, former); err != nil {
		return err
	}
	officer := agencies.OfficerID(by.ID)
	return d.overturn(ctx, tx, by, t, former, &officer, why, EventReconsidered, Detail{Outcome: former.Outcome, Result: former.N})
}

// overturn lets a case go on whose decision was not right: it waits for a new one, for which the time of the service runs
// anew and opinions are given anew. Nobody has it, since whoever decided may not be the one who does so again.
func (d *Desk) overturn(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, former Decision, officer *agencies.OfficerID, why string, kind EventKind, detail Detail) error {
	_, err := tx.Exec(ctx, `UPDATE decisions SET overturned_at = $3, overturned_by = $4, overturned_why = $5 WHERE ticket_id = $1 AND n = $2`, t.ID, former.N, d.now(), officer, why)
	if err != nil {
		return fmt.Errorf("overturn the decision of ticket %d: %w", t.ID, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE opinions SET superseded_at = $2 WHERE ticket_id = $1 AND back_to = '' AND superseded_at IS NULL`, t.ID, d.now()); err != nil {
		return fmt.Errorf("ask for new opinions on ticket %d: %w", t.ID, err)
	}
	t.Status, t.ClosedAt, t.OfficerID = Open, nil, nil
	if _, err := tx.Exec(ctx, `UPDATE tickets SET status = $2, closed_at = NULL, officer_id = NULL, unread = true WHERE id = $1`, t.ID, t.Status); err != nil {
		return fmt.Errorf("open ticket %d for a new decision: %w", t.ID, err)
	}
	if err := d.happened(ctx, tx, t, by, kind, detail); err != nil {
		return err
	}
	return d.openFollowers(ctx, tx, t, by, kind, detail)
}

// Overturned returns the last decision of a case that was told and found not to be right, while the case waits for a new one
// or when the new one stands; ok is false when there is none.
func Overturned(all []Decision) (dec Decision, ok bool) {
	for _, one := range all {
		if one.OverturnedAt != nil {
			dec, ok = one, true
		}
	}
	return dec, ok
}

// Instead returns, of all decisions of its case, the one that the citizen was told of and in whose place this one stands; ok is
// false when it is the first.
func (dec Decision) Instead(all []Decision) (was Decision, ok bool) {
	if dec.Changes == nil {
		return Overturned(slices.DeleteFunc(slices.Clone(all), func(one Decision) bool { return one.N >= dec.N }))
	}
	for _, one := range all {
		if one.N == *dec.Changes {
			return one, true
		}
	}
	return was, false
}
