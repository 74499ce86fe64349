package jobs

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/tickets"
)

// What one agency asks another, and what that one answers, reaches the other once, whenever the job that brings it is killed.
func TestAQuestionIsBroughtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := &life{house: h}
	made := h.Question()
	h.stop() // jobs are worked on by hand
	there, head := l.neighbour("NB", "เทศบาลเมืองข้างเคียง")
	ctx := t.Context()
	h.Everywhere(func(tx pgx.Tx) error {
		day, err := h.Desk.ConsultDay(ctx, tx, there.ID)
		must(t, err)
		return h.Desk.Consult(ctx, tx, tickets.ByOfficer(h.Officer.ID), tickets.Consultation{TicketID: made.ID, To: there.ID, Question: "ขอความเห็นว่าแนวท่อประปาผ่านจุดนี้หรือไม่", DueOn: day})
	})
	id := tickets.ConsultationID(h.Numbers(`SELECT id FROM consultations WHERE ticket_id = $1`, made.ID)[0])
	work := func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("killed: %v", r)
			}
		}()
		return (&consulted{Deps: h.Deps}).Work(ctx, &river.Job[tickets.ConsultedArgs]{JobRow: &rivertype.JobRow{ID: 1}, Args: tickets.ConsultedArgs{ConsultationID: id}})
	}
	killedAt := func(border string) {
		t.Helper()
		h.at(func(at string) {
			if at == border {
				panic(at)
			}
		})
		if err := work(); err == nil {
			t.Errorf("not killed at %s", border)
		}
		h.at(func(string) {})
	}
	const asked, answered = `SELECT count(*) FROM enquiries WHERE agency_id = $1`, `SELECT count(*) FROM ticket_events WHERE ticket_id = $1 AND kind = 'consult_answered'`
	killedAt("consulted: before it counts")
	h.Is(0, "enquiries of a job that was killed", asked, there.ID)
	killedAt("consulted: after it counts")
	must(t, work())
	h.Is(1, "enquiries", asked, there.ID)
	must(t, agencies.Within(ctx, h.DB, there.ID, func(tx pgx.Tx) error {
		all, err := tickets.Enquiries(ctx, tx, there.ID, false, 2)
		must(t, err)
		return h.Desk.AnswerEnquiry(ctx, tx, tickets.ByOfficer(head), all[0].ID, tickets.Advice{Answer: tickets.Agree, Text: "แนวท่อประปาไม่ผ่านจุดนี้"})
	}))
	killedAt("consulted: before it counts")
	h.Is(0, "answers of a job that was killed", answered, made.ID)
	killedAt("consulted: after it counts")
	must(t, work())
	h.Is(1, "answers", answered, made.ID)
}
