package jobs

import (
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
	"saphan/forms"
	"saphan/permits"
	"saphan/tickets"
)

// lost are the answers of somebody whose licence is lost.
func lost(number string) []forms.Answer {
	answers := []forms.Answer{
		testhouse.Picked("purpose", "replace", "ขอใบแทน"), testhouse.Answer("old_licence", number),
		testhouse.Picked("lost", "lost", "สูญหาย"), testhouse.Answer("lost_on", "2026-11-18"),
	}
	for _, a := range testhouse.Business() {
		switch a.Field {
		case "title", "name", "premises_name", "premises_address":
			answers = append(answers, a)
		}
	}
	return answers
}

// From a request for a replacement to the permit: it ends when the paper licence does that it stands for, the next one
// when that one does, and only the last of them holds. The job may run twice.
func TestReplacementKeepsTheEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	until := time.Date(2027, time.March, 31, 0, 0, 0, 0, time.UTC)
	issued := func(former string) (p permits.Permit) {
		t.Helper()
		ticket := h.File("hazardous-business", lost(former)...)
		h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Replaces: former, ReplacesUntil: &until})
		must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID}))
		h.Settled()
		h.Everywhere(func(tx pgx.Tx) (err error) {
			p, err = permits.FindByTicket(t.Context(), tx, int64(ticket.ID))
			return err
		})
		if p.Replaces != former || p.ValidUntil == nil || !p.ValidUntil.Equal(until) || p.Recorded != permits.Active {
			t.Errorf("in place of %s: %+v", former, p)
		}
		return p
	}
	first := issued("เล่มที่ 1 เลขที่ 12/2568")
	second := issued(first.Number)
	h.Everywhere(func(tx pgx.Tx) (err error) { first, err = permits.FindByID(t.Context(), tx, first.ID); return err })
	if first.Recorded != permits.Replaced || first.ReplacedBy != second.Number {
		t.Errorf("the first: %+v", first)
	}
	h.Is(2, "permits", `SELECT count(*) FROM permits WHERE ready_at IS NOT NULL`)
	h.Is(1, "events of replacing", `SELECT count(*) FROM permit_events WHERE kind = 'replaced'`)
	h.Is(2, "decisions that say so in the history", `SELECT count(*) FROM ticket_events WHERE kind = 'decided' AND detail->>'replaces_until' = '2027-03-31'`)
}

// A licence that is suspended after the approval of its replacement: nothing is issued, the officers are told once, and when
// the suspension is over the replacement comes by itself.
func TestReplacementWaitsForWhatIsSuspended(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	until := time.Date(2027, time.March, 31, 0, 0, 0, 0, time.UTC)
	approve := func(former string) tickets.Ticket {
		t.Helper()
		ticket := h.File("hazardous-business", lost(former)...)
		h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Replaces: former, ReplacesUntil: &until})
		return ticket
	}
	try := func(ticket tickets.Ticket) {
		t.Helper()
		must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: ticket.ID}))
	}
	first := approve("เล่มที่ 1 เลขที่ 12/2568")
	h.Settled()
	var old permits.Permit
	h.Everywhere(func(tx pgx.Tx) (err error) {
		if old, err = permits.FindByTicket(t.Context(), tx, int64(first.ID)); err != nil {
			return err
		}
		return h.Permits.Suspend(t.Context(), tx, "officer 1", old.ID, "ตรวจพบน้ำเสีย", h.Now().AddDate(0, 0, 7))
	})
	second := approve(old.Number)
	h.Until("it is held", func() bool { return h.Count(`SELECT count(*) FROM ticket_events WHERE kind = 'permit_held'`) == 1 })
	try(second)
	h.Is(1, "permits", `SELECT count(*) FROM permits`)
	h.Is(1, "notices to the officers", `SELECT count(*) FROM ticket_events WHERE kind = 'permit_held'`)
	h.Is(1, "tickets with something new", `SELECT count(*) FROM tickets WHERE unread AND id = `+strconv.FormatInt(int64(second.ID), 10))
	h.Is(2, "tries to come", `SELECT count(*) FROM river_job WHERE kind = 'decided' AND state = 'scheduled' AND scheduled_at > now()`)
	h.Everywhere(func(tx pgx.Tx) error {
		return h.Permits.Restore(t.Context(), tx, "officer 1", old.ID, "แก้ไขแล้ว")
	})
	h.Hurried()
	try(second)
	h.Is(1, "permits in the place of the old one", `SELECT count(*) FROM permits WHERE replaces = '`+old.Number+`'`)
}
