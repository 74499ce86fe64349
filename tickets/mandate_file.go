package tickets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/secret"
)

// draftsKept is how long it is known under which mandate a form was begun: longer than any waits to be sent.
const draftsKept = 60 * 24 * time.Hour

// FileFor notes that a form is filled in under a mandate, for its principal; 0 is for oneself again. The draft must be the
// citizen's own, which its keeper knows. The transaction must see everybody's.
func (d *Desk) FileFor(ctx context.Context, tx pgx.Tx, by Actor, draft string, agency agencies.AgencyID, form forms.Key, id MandateID) (Mandate, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM mandate_drafts WHERE draft = $1 OR at < $2`, draft, d.now().Add(-draftsKept)); err != nil {
		return Mandate{}, fmt.Errorf("file for somebody: %w", err)
	}
	if id == 0 {
		return Mandate{}, nil
	}
	m, err := d.mandateFor(ctx, tx, by.ID, id, agency, form, d.now())
	if err != nil {
		return Mandate{}, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO mandate_drafts (draft, mandate_id, at) VALUES ($1, $2, $3)`, draft, id, d.now()); err != nil {
		return Mandate{}, fmt.Errorf("file for somebody: %w", err)
	}
	return m, nil
}

// FilesFor returns the mandate under which a form is being filled in; ok is false for who files for themselves.
func FilesFor(ctx context.Context, tx pgx.Tx, draft string) (m Mandate, ok bool, err error) {
	m, err = findMandate(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE id = (SELECT mandate_id FROM mandate_drafts WHERE draft = $1)`, draft)
	if fault.Is(err, fault.NotFound) {
		return Mandate{}, false, nil
	}
	return m, err == nil, err
}

// MandatesFor returns those under which a citizen can file a service now.
func (d *Desk) MandatesFor(ctx context.Context, tx pgx.Tx, citizen int64, agency agencies.AgencyID, form forms.Key) (fitting []Mandate, err error) {
	all, err := MandatesOf(ctx, tx, []int64{citizen})
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.AgencyID == agency && m.Covers(form, d.now()) {
			fitting = append(fitting, m)
		}
	}
	return fitting, nil
}

// mandateFor returns a mandate held against being ended, or says why a service cannot be filed under it.
func (d *Desk) mandateFor(ctx context.Context, tx pgx.Tx, citizen int64, id MandateID, agency agencies.AgencyID, form forms.Key, at time.Time) (Mandate, error) {
	m, err := findMandate(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE id = $1 AND citizen_id = $2 FOR SHARE`, id, citizen)
	switch {
	case err != nil:
		return Mandate{}, err
	case m.AgencyID != agency:
		return Mandate{}, fault.New(fault.Conflict, "หนังสือมอบอำนาจนี้ใช้กับหน่วยงานอื่น กรุณาเลือกฉบับของหน่วยงานนี้")
	case !m.Covers(form, at):
		return Mandate{}, fault.New(fault.Conflict, "หนังสือมอบอำนาจนี้ใช้กับคำขอนี้ไม่ได้ เพราะยังไม่ผ่านการตรวจ สิ้นสุดแล้ว ไม่อยู่ในช่วงวัน หรือไม่ครอบคลุมบริการนี้ กรุณาดูที่หน้ามอบอำนาจของท่าน")
	}
	return m, nil
}

// Fits says what in the answers is not the principal's: what is filed under a mandate is about nobody else.
func (m Mandate) Fits(box secret.Box, form *forms.Form, answers []forms.Answer) error {
	_, principal, err := m.IDs(box)
	if err != nil {
		return err
	}
	if !form.Proxy().Says(answers, m.PrincipalName, principal.Digits()) {
		return errNotPrincipal(m)
	}
	return nil
}

func errNotPrincipal(m Mandate) error {
	return fault.Newf(fault.Conflict, "คำตอบไม่ตรงกับหนังสือมอบอำนาจของ {name} กรุณาแก้ชื่อและเลขประจำตัวให้ตรงกับผู้มอบอำนาจ หรือเลือกยื่นในนามตนเอง", "name", m.Principal())
}

// under completes a submission with the mandate under which its form was filled in, if there is one.
func (d *Desk) under(ctx context.Context, tx pgx.Tx, s *Submission, form *forms.Form) (Mandate, error) {
	var id MandateID
	// What was filed is asked for no more, so that submitting the draft again, after the mandate ended, changes nothing.
	err := tx.QueryRow(ctx, `DELETE FROM mandate_drafts WHERE draft = $1 RETURNING mandate_id`, s.Draft).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Mandate{}, nil
	}
	if err != nil {
		return Mandate{}, fmt.Errorf("submit for somebody: %w", err)
	}
	m, err := d.mandateFor(ctx, tx, s.CitizenID, id, s.AgencyID, s.Form, s.EnteredAt)
	if err != nil {
		return Mandate{}, err
	}
	asks := form.Proxy()
	asks.Number = "" // looked at by Fits, with the number
	if !asks.Says(s.Answers, m.PrincipalName, "") {
		return Mandate{}, errNotPrincipal(m)
	}
	s.CitizenName = m.Principal()
	if m.Kind == MandateVolunteer {
		s.Way = ByVolunteer
	}
	return m, nil
}

// MayAct refuses what an attorney does in a running case after the mandate is over: the principal has to, or to give another.
// Whoever has another mandate of the same person for the service goes on.
func (d *Desk) MayAct(ctx context.Context, tx pgx.Tx, by Actor, t Ticket) error {
	if by.Kind != "citizen" {
		return nil
	}
	m, err := findMandate(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE id = (SELECT mandate_id FROM requests WHERE id = $1) AND citizen_id = $2`, t.RequestID, by.ID)
	if fault.Is(err, fault.NotFound) {
		return nil // for themselves
	}
	if err != nil || m.Covers(t.FormKey, d.now()) {
		return err
	}
	others, err := manyMandates(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE citizen_id = $1 AND agency_id = $2 AND principal_hash = $3 AND principal_hash <> ''`, by.ID, m.AgencyID, m.PrincipalHash)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.Covers(t.FormKey, d.now()) {
			return nil
		}
	}
	return fault.Newf(fault.Conflict, "การมอบอำนาจจาก {name} สิ้นสุดแล้ว จึงดำเนินการเรื่อง {number} แทนไม่ได้ ยังดูสถานะได้ตามเดิม ให้ผู้มอบอำนาจติดต่อหน่วยงานเอง หรือยื่นหนังสือมอบอำนาจฉบับใหม่ที่หน้าของฉัน",
		"name", m.Principal(), "number", t.Reference)
}

// Over is what MayAct says of those of tickets in which whoever filed them may do nothing more.
func (d *Desk) Over(ctx context.Context, tx pgx.Tx, all []Ticket) (map[TicketID]error, error) {
	requests := make([]RequestID, len(all))
	for i, t := range all {
		requests[i] = t.RequestID
	}
	rows, err := tx.Query(ctx, `SELECT id FROM requests WHERE id = ANY($1) AND mandate_id IS NOT NULL`, requests)
	if err != nil {
		return nil, fmt.Errorf("list requests filed for somebody else: %w", err)
	}
	filed, err := pgx.CollectRows(rows, pgx.RowTo[RequestID])
	if err != nil {
		return nil, fmt.Errorf("list requests filed for somebody else: %w", err)
	}
	over := make(map[TicketID]error)
	for _, t := range all {
		if !slices.Contains(filed, t.RequestID) {
			continue
		}
		switch err := d.MayAct(ctx, tx, ByCitizen(t.CitizenID), t); {
		case fault.Is(err, fault.Conflict):
			over[t.ID] = err
		case err != nil:
			return nil, err
		}
	}
	return over, nil
}

// MayGoOn refuses a submission that goes on with a case of somebody whose mandate is over: an appeal, or filing it again.
func (d *Desk) MayGoOn(ctx context.Context, tx pgx.Tx, s Submission) error {
	if s.Form != AppealForm && s.Again == 0 {
		return nil
	}
	before, err := goesOnWith(ctx, tx, s)
	if fault.Is(err, fault.NotFound) {
		return nil // it goes on with nothing of theirs
	}
	if err != nil {
		return err
	}
	return d.MayAct(ctx, tx, ByCitizen(s.CitizenID), before)
}

// goesOnWith is the case that a submission goes on with, or fault.NotFound.
func goesOnWith(ctx context.Context, tx pgx.Tx, s Submission) (Ticket, error) {
	if s.Form == AppealForm {
		return named(ctx, tx, s.CitizenID, s.Answers)
	}
	return Find(ctx, tx, s.Again)
}
