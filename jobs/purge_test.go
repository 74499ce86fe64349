package jobs

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/payments"
	"saphan/tickets"
)

const day = 24 * time.Hour

// purges runs what happens once a day, twice: it is as once.
func (h *house) purges() {
	h.T.Helper()
	for range 2 {
		must(h.T, run(h, &expire{Deps: h.Deps}, ExpireArgs{}))
		must(h.T, run(h, &purge{Deps: h.Deps}, PurgeArgs{}))
	}
	h.Settled()
}

// PDP-5: what was said to no end is gone after thirty days, with the person who said it; of somebody who has a case
// the words of the chat go too, and the case keeps its own. A day before that all is there.
func TestPurge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger, asker := h.NewPerson("ผ่านมา"), h.Person
	stranger.Follow()
	stranger.Say("มะม่วงสุกอยู่ตรงไหนคะ")
	stranger.Press(bot.StartData("question"))
	stranger.Say("มะม่วงดิบอยู่ตรงไหนคะ")
	asker.Asks("มะม่วงหล่นอยู่ตรงไหนคะ")
	words := func() int {
		return h.Count(`SELECT (SELECT count(*) FROM messages WHERE text LIKE '%มะม่วง%') + (SELECT count(*) FROM inbound_events WHERE position(convert_to('มะม่วง', 'UTF8') IN body) > 0)
			+ (SELECT count(*) FROM replies WHERE body::text LIKE '%มะม่วง%')`)
	}
	before, persons := words(), h.Count(`SELECT count(*) FROM identities`)
	if before < 6 || persons != 2 {
		t.Fatalf("%d words are kept of %d persons", before, persons)
	}
	h.Ahead.Store(int64(bot.DraftFor - day))
	h.purges()
	if words() != before || h.Count(`SELECT count(*) FROM identities`) != persons || h.Count(`SELECT count(*) FROM conversations WHERE state ? 'draft'`) != 1 {
		t.Errorf("gone before its time: %d of %d words", words(), before)
	}
	h.Ahead.Store(int64(bot.DraftFor + day))
	h.purges()
	if n := words(); n != 0 {
		t.Errorf("%d words are still there", n)
	}
	h.Is(0, "events that say whose they were", `SELECT count(*) FROM inbound_events WHERE source <> '' OR body <> ''`)
	h.Is(1, "requests with their words", `SELECT count(*) FROM requests WHERE answers::text LIKE '%มะม่วงหล่น%' AND conversation_id IS NOT NULL`)
	// The stranger's form was forgotten today; they themselves go when nothing was heard for thirty days more.
	h.Ahead.Store(int64(2*bot.DraftFor + 2*day))
	h.purges()
	h.Is(1, "persons", `SELECT count(*) FROM identities`)
	h.Is(1, "conversations", `SELECT count(*) FROM conversations`)
	h.Nowhere(stranger.User)
	h.NothingWaits()
	// Both come again; nothing of before stands in the way.
	stranger.Say("สวัสดีค่ะ")
	asker.Say("ติดตามเรื่อง")
	h.Is(2, "persons", `SELECT count(*) FROM identities`)
}

// What still waits is left alone however old it is, and looked at again.
func TestPurgeLeavesWhatWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop()
	h.Types("mango")
	h.Ahead.Store(int64(bot.DraftFor + day))
	kept := func(want int) {
		t.Helper()
		for range 2 {
			must(t, run(h, &purge{Deps: h.Deps}, PurgeArgs{}))
		}
		h.Is(want, "events with words", `SELECT count(*) FROM inbound_events WHERE position(convert_to('mango', 'UTF8') IN body) > 0`)
	}
	kept(1)
	h.stop = h.work()
	h.Settled()
	kept(0)
}

// EGA-17.1: a case whose term is over is put before a person, and nothing of it goes before the person has decided.
// An agency's own term goes before everybody's.
func TestDisposal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	answer, long := h.File("question", testhouse.Answer("question", "มะม่วงของฉัน")), h.File("question", testhouse.Answer("question", "มะพร้าวของฉัน"))
	open := h.File("question", testhouse.Answer("question", "มะนาวของฉัน"))
	for _, id := range []tickets.TicketID{answer.ID, long.ID} {
		h.Decides(tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "มะม่วงหรือมะพร้าวก็ได้"})
	}
	h.Settled()
	proposed := func(want int) {
		t.Helper()
		for range 2 {
			must(t, run(h, &purge{Deps: h.Deps}, PurgeArgs{}))
		}
		h.Is(want, "proposals", `SELECT count(*) FROM disposals`)
		h.Is(3, "requests with their words", `SELECT count(*) FROM requests WHERE answers::text LIKE '%ของฉัน%'`)
	}
	paidFor(h, answer, long)
	years := func(n int) { h.Ahead.Store(int64(time.Until(time.Now().AddDate(n, 0, 2)))) }
	years(9)
	proposed(0)
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		if err := h.Desk.DecideDisposal(t.Context(), tx, by, answer.ID, tickets.Dispose, "ก่อนเวลา"); err == nil {
			t.Error("disposed of before its term is over")
		}
		return nil
	})
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO retention_classes (agency_id, key, name, years, law, confirmed) VALUES ($1, 'correspondence', 'ของเรา', 5, 'ตารางของเรา', true)`, h.Agency.ID)
		return err
	})
	proposed(2)
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		list, err := tickets.Disposals(t.Context(), tx, h.Agency.ID, 10)
		if err != nil {
			return err
		}
		if len(list) != 2 || list[0].TicketID != answer.ID || list[0].Verdict != nil {
			t.Errorf("the list %+v", list)
		}
		for range 2 {
			if err := h.Desk.DecideDisposal(t.Context(), tx, by, answer.ID, tickets.Dispose, "อนุมัติที่ ตย 1/2579"); err != nil {
				return err
			}
		}
		if err := h.Desk.DecideDisposal(t.Context(), tx, by, answer.ID, tickets.KeepLong, "เปลี่ยนใจ"); err == nil {
			t.Error("a decision is changed")
		}
		if err := h.Desk.DecideDisposal(t.Context(), tx, tickets.ByCitizen(1), long.ID, tickets.Dispose, "ไม่ใช่เจ้าหน้าที่"); err == nil {
			t.Error("a citizen decides")
		}
		return h.Desk.DecideDisposal(t.Context(), tx, by, long.ID, tickets.KeepLong, "มีคดี")
	})
	h.Settled()
	must(t, run(h, &disposed{Deps: h.Deps}, tickets.DisposedArgs{TicketID: answer.ID})) // twice is as once
	h.Is(1, "charges that name somebody", `SELECT count(*) FROM charges WHERE payer <> ''`)
	h.Is(1, "receipts that name somebody", `SELECT count(*) FROM fee_receipts WHERE payer <> '' OR reference <> ''`)
	h.Is(2, "receipts in the register", `SELECT count(*) FROM fee_receipts WHERE satang = 10000`)
	h.Is(2, "requests with their words", `SELECT count(*) FROM requests WHERE answers::text LIKE '%ของฉัน%'`)
	h.Is(0, "words of the case", `SELECT count(*) FROM tickets t LEFT JOIN decisions d ON d.ticket_id = t.id WHERE t.id = $1 AND (t.search LIKE '%มะม่วง%' OR t.subject LIKE '%มะม่วง%' OR d.reason <> '')`, answer.ID)
	if n := h.happened(answer.ID, tickets.EventErased) + h.happened(long.ID, tickets.EventKeptOn); n != 2 {
		t.Errorf("history %v and %v", h.history(answer.ID), h.history(long.ID))
	}
	if open.Status != tickets.Open {
		t.Errorf("the open case is %s", open.Status)
	}
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		list, err := tickets.Disposals(t.Context(), tx, h.Agency.ID, 10)
		if len(list) != 0 {
			t.Errorf("still to decide %+v", list)
		}
		return err
	})
}

// paidFor lets the citizens of cases pay a hundred baht each.
func paidFor(h *house, of ...tickets.Ticket) {
	h.T.Helper()
	till := payments.NewTill(h.Jobs, h.Now)
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		for _, t := range of {
			c, _, err := till.Open(h.T.Context(), tx, payments.Demand{
				AgencyID: t.AgencyID, TicketID: int64(t.ID), Cause: payments.ByDecision, About: "ค่าธรรมเนียม", Payer: "นางสาวสมหญิง ตัวอย่าง",
				Lines: []payments.Line{{Label: "ค่าธรรมเนียม", Satang: 10000, Whole: 10000}},
			})
			if err != nil {
				return err
			}
			_, err = till.Take(h.T.Context(), tx, payments.Taking{
				ChargeID: c.ID, OfficerID: agencies.OfficerID(by.ID), OfficerName: "การเงิน ตัวอย่าง", Way: payments.ByTransfer, Satang: c.Satang, Reference: "015-TTB-1",
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
