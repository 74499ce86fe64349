package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/tickets"
)

// SEED-24, SVC-2: the notice of a small food shop where the agency lets certificates go out by themselves and takes no fee: the
// receipt, and after the time in which officers can step in the certificate, with the card that opens it. No officer does anything,
// and between the approval and the document no minute passes of the clock that cases are kept by.
func TestNoticeToCertificateWithoutAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form, ok := h.Forms.Find("food-premises")
	if !ok {
		t.Fatal("no such service")
	}
	free := form.Fee.Tables[0]
	free.Rows = []forms.FeeRow{{Key: "certificate", Label: free.Rows[0].Label}, free.Rows[1]}
	answers, err := form.ExampleAnswers(h.Now())
	must(t, err)
	h.Everywhere(func(tx pgx.Tx) error {
		for i := range answers {
			for n := range answers[i].Attachments {
				err := tx.QueryRow(t.Context(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
					VALUES ($1, '\x00', 1, 'application/pdf', 'f.pdf', '\x00', $1) RETURNING id`, answers[i].Field).Scan(&answers[i].Attachments[n])
				if err != nil {
					return err
				}
			}
		}
		_, err := forms.Depart(t.Context(), tx, forms.Made{
			Override: forms.Override{Auto: map[string]forms.AutoChoice{"certificate": {On: true}}, Tables: []forms.FeeTable{free}}, Agency: int64(h.Agency.ID), Form: form.Key, Base: form.Version, At: h.Now(),
		})
		return err
	})
	ticket := h.File(form.Key, answers...)
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO verifications (citizen_id, level, how, attributes, checked_by, at, until) VALUES ($1, 2, 'phone', '', 'phone', $2, $3)`,
			ticket.CitizenID, h.Now(), h.Now().AddDate(1, 0, 0))
		if err != nil {
			return err
		}
		return h.Desk.Known(t.Context(), tx, ticket.CitizenID)
	})
	for range 2 { // noted as complete, then certified
		var next time.Time
		h.Everywhere(func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT next_duty_at FROM tickets WHERE id = $1`, ticket.ID).Scan(&next)
		})
		if wait := next.Sub(h.Now()); wait > 0 {
			h.Later(wait + time.Second)
		}
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
