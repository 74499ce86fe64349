package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// notice files the notice of a small food shop of somebody who is known, where the agency lets certificates go out by themselves
// and takes no fee.
func (h *house) notice() tickets.Ticket {
	h.T.Helper()
	form, ok := h.Forms.Find("food-premises")
	if !ok {
		h.T.Fatal("no such service")
	}
	free := form.Fee.Tables[0]
	free.Rows = []forms.FeeRow{{Key: "certificate", Label: free.Rows[0].Label}, free.Rows[1]}
	answers, err := form.ExampleAnswers(h.Now())
	must(h.T, err)
	h.Everywhere(func(tx pgx.Tx) error {
		for i := range answers {
			for n := range answers[i].Attachments {
				err := tx.QueryRow(h.T.Context(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
					VALUES ($1, '\x00', 1, 'application/pdf', 'f.pdf', '\x00', $1) RETURNING id`, answers[i].Field).Scan(&answers[i].Attachments[n])
				if err != nil {
					return err
				}
			}
		}
		_, err := forms.Depart(h.T.Context(), tx, forms.Made{
			Override: forms.Override{Auto: map[string]forms.AutoChoice{"certificate": {On: true}}, Tables: []forms.FeeTable{free}}, Agency: int64(h.Agency.ID), Form: form.Key, Base: form.Version, At: h.Now(),
		})
		return err
	})
	ticket := h.File(form.Key, answers...)
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.T.Context(), `INSERT INTO verifications (citizen_id, level, how, attributes, checked_by, at, until) VALUES ($1, 2, 'phone', '', 'phone', $2, $3)`,
			ticket.CitizenID, h.Now(), h.Now().AddDate(1, 0, 0))
		if err != nil {
			return err
		}
		return h.Desk.Known(h.T.Context(), tx, ticket.CitizenID)
	})
	return ticket
}

// dueNext lets time pass until the next duty of a case.
func (h *house) dueNext(ticket tickets.Ticket) {
	h.T.Helper()
	var next time.Time
	h.Everywhere(func(tx pgx.Tx) error {
		return tx.QueryRow(h.T.Context(), `SELECT next_duty_at FROM tickets WHERE id = $1`, ticket.ID).Scan(&next)
	})
	if wait := next.Sub(h.Now()); wait > 0 {
		h.Later(wait + time.Second)
	}
}

// SEED-24, SVC-2: the notice of a small food shop where the agency lets certificates go out by themselves and takes no fee: the
// receipt, and after the time in which officers can step in the certificate, with the card that opens it. No officer does anything,
// and between the approval and the document no minute passes of the clock that cases are kept by.
func TestNoticeToCertificateWithoutAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.notice()
	for range 2 { // noted as complete, then certified
		h.dueNext(ticket)
		must(t, run(h, &oneDuty{Deps: h.Deps}, tickets.DutyArgs{TicketID: ticket.ID}))
		must(t, run(h, &oneDuty{Deps: h.Deps}, tickets.DutyArgs{TicketID: ticket.ID}))
	}
	h.Settled()
	h.Is(1, "approvals by the rule", `SELECT count(*) FROM decisions WHERE rule = 'certificate' AND officer_id IS NULL`)
	h.Is(1, "certificates within a minute", `SELECT count(*) FROM permits p JOIN decisions d ON d.ticket_id = p.ticket_id WHERE p.ready_at IS NOT NULL AND p.ready_at < d.at + interval '1 minute'`)
	h.Is(0, "lines of the history by an officer", `SELECT count(*) FROM ticket_events WHERE actor LIKE 'officer %'`)
	h.Is(2, "lines by the rules, with why", `SELECT count(*) FROM ticket_events WHERE actor = 'system' AND detail->>'rule' IN ('complete', 'certificate') AND json_array_length(detail->'held') > 6`)
	heard := strings.Join(h.Said(), "\n")
	for _, words := range []string{"รับคำขอ", ticket.Number, "หนังสือรับรองการแจ้งจัดตั้งสถานที่จำหน่าย"} {
		if !strings.Contains(heard, words) {
			t.Errorf("the citizen did not hear %q:\n%s", words, heard)
		}
	}
}

// An officer decides at the very moment at which the rule does: one of both stands, and the other changed nothing.
func TestOfficerAndRuleDecideAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.notice()
	h.dueNext(ticket)
	must(t, run(h, &oneDuty{Deps: h.Deps}, tickets.DutyArgs{TicketID: ticket.ID}))
	h.dueNext(ticket)
	refused := tickets.Decision{
		TicketID: ticket.ID, Outcome: tickets.Refuse, Facts: "ตรวจแล้วพบว่าแผนผังไม่ตรง", Reason: "การแจ้งไม่ถูกต้อง", LegalBasis: "มาตรา 48", AppealBody: "คณะกรรมการพิจารณาอุทธรณ์", AppealDays: 30,
	}
	ruled, told := make(chan error, 4), make(chan error, 4)
	for range cap(ruled) {
		go func() { ruled <- run(h, &oneDuty{Deps: h.Deps}, tickets.DutyArgs{TicketID: ticket.ID}) }()
		go func() {
			told <- agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error {
				return h.Desk.Decide(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), refused)
			})
		}()
	}
	refusals := 0
	for range cap(ruled) {
		must(t, <-ruled)
		if err := <-told; err == nil {
			refusals++
		} else if !fault.Is(err, fault.Conflict) {
			t.Errorf("the officer is told %v", err)
		}
	}
	h.Settled()
	h.Is(1, "decisions", `SELECT count(*) FROM decisions`)
	byRule := h.Count(`SELECT count(*) FROM decisions WHERE rule <> ''`)
	if (byRule == 1) == (refusals > 0) || refusals != 0 && refusals != cap(told) {
		t.Errorf("%d decisions by the rule, and %d officers were told that theirs stands", byRule, refusals)
	}
	h.Is(byRule, "certificates", `SELECT count(*) FROM permits`)
}
