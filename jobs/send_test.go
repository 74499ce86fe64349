package jobs

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/internal/fault"
	"saphan/tickets"
)

// conversation is the number of the citizen's conversation.
func (h *house) conversation() bot.ConversationID {
	h.t.Helper()
	h.talk()
	return bot.ConversationID(h.count(`SELECT id FROM conversations WHERE source = $1`, h.citizen))
}

// tell puts texts into the outbox, each for a cause of its own, in one transaction.
func (h *house) tell(texts ...string) {
	h.t.Helper()
	id := h.conversation()
	h.everywhere(func(tx pgx.Tx) error {
		for _, text := range texts {
			if err := bot.Notify(h.t.Context(), tx, h.Jobs, id, "test "+text, h.Now(), bot.Reply{Text: text}); err != nil {
				return err
			}
		}
		return nil
	})
}

// useUp takes the reply token away, so that what follows is pushed.
func (h *house) useUp() {
	h.t.Helper()
	h.conversation()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.t.Context(), `UPDATE conversations SET reply_token = ''`)
		return err
	})
}

// shownOnce fails unless these texts are shown in this order, each once, and nothing else since.
func (h *house) shownOnce(since int, texts ...string) {
	h.t.Helper()
	var got []string
	for _, b := range h.said()[since:] {
		got = append(got, strings.TrimSpace(b))
	}
	if !slices.Equal(got, texts) {
		h.t.Errorf("shown %q, want %q", got, texts)
	}
}

func many(n int) (texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprintf("ข้อความ %02d", i))
	}
	return texts
}

// Rows 30 and 48: many messages go out in order, five a call: the first call by reply, which is free.
func TestSendInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	before, replies := len(h.said()), h.calls("/message/reply")[http.StatusOK]
	h.stop()
	h.act("text", map[string]any{"text": "เมนู"})
	h.tell(many(12)...)
	h.stop = h.work()
	h.settled()
	all := h.said()[before:]
	texts := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !strings.HasPrefix(s, "ข้อความ ") })
	if !slices.Equal(texts, many(12)) {
		t.Errorf("shown %q", all)
	}
	calls := h.calls("/message/reply")[http.StatusOK] - replies + h.calls("/message/push")[http.StatusOK]
	if calls < 3 || calls > 4 || h.calls("/message/reply")[http.StatusOK]-replies != 1 {
		t.Errorf("%d calls, %d of them replies", calls, h.calls("/message/reply")[http.StatusOK]-replies)
	}
	if n := h.count(`SELECT count(*) FROM replies WHERE state <> 'sent'`); n != 0 {
		t.Errorf("%d messages are not marked as sent", n)
	}
}

// Rows 33-35 and R4: whatever goes wrong on the way, each message is shown exactly once, in order.
func TestSendThroughFaults(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]any{
		"not taken":             {500, 503, "reset", 429},
		"taken, but not heard":  {"reset_after_accept", "reset_after_accept"},
		"one after the other":   {"reset_after_accept", 500, "reset", "reset_after_accept", 500},
		"the token is not good": {401, 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.say("สวัสดี")
			once := len(h.said())
			h.say("เมนู")
			answer := len(h.said()) - once // what "เมนู" is answered with
			h.meet(faults)
			before := len(h.said())
			h.act("text", map[string]any{"text": "เมนู"}) // by reply
			h.sent()
			if n := len(h.said()) - before; n != answer {
				t.Errorf("answered with %d messages, want %d:\n%s", n, answer, h.since(before))
			}
			h.useUp()
			h.meet(faults)
			before = len(h.said())
			h.tell(many(7)...) // by push
			h.sent()
			h.shownOnce(before, many(7)...)
			if n := h.count(`SELECT count(*) FROM replies WHERE state <> 'sent'`); n != 0 {
				t.Errorf("%d messages are not marked as sent", n)
			}
		})
	}
}

// meet makes the next sends meet these faults, one each.
func (h *house) meet(faults []any) {
	h.t.Helper()
	var list []any
	for _, f := range faults {
		list = append(list, map[string]any{"path": "/v2/bot/message/*", "status": f, "times": 1})
	}
	h.settings(map[string]any{"failNext": list})
}

// sent waits until everything is, without waiting for the pauses between tries.
func (h *house) sent() {
	h.t.Helper()
	h.until("everything is sent", func() bool {
		h.hurry()
		return h.count(`SELECT (SELECT count(*) FROM replies WHERE state = 'waiting') + (SELECT count(*) FROM inbound_events WHERE state = 'waiting')`) == 0
	})
	h.settled()
}

// refuse makes the next pushes be refused with LINE's words.
func (h *house) refuse(words string, times int) {
	h.t.Helper()
	h.settings(map[string]any{"failNext": []any{map[string]any{"path": "/v2/bot/message/push", "status": 400, "message": words, "times": times}}})
}

// Row 36: what LINE refuses is not tried again; the officer sees it; the rest goes out.
func TestSendRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.useUp()
	before := len(h.said())
	h.refuse("Failed to send messages", 1)
	h.tell(many(7)...)
	h.settled()
	h.shownOnce(before, many(7)[5:]...)
	if n := h.count(`SELECT count(*) FROM replies WHERE state = 'failed' AND problem LIKE 'LINE answered 400%' AND reason = 'unreachable'`); n != 5 {
		t.Errorf("%d failures are visible", n)
	}
	if calls := h.calls("/message/push"); calls[400] != 1 {
		t.Errorf("calls %v", calls)
	}
	if !strings.Contains(h.log.String(), "message not sent") {
		t.Error("the log says nothing")
	}
	h.quietAbout("ข้อความ 0", h.citizen)
}

// Row 36: a card that LINE does not take reaches the citizen as text, in its place; words that LINE does
// not take as text either have failed, and everything else arrives.
func TestSendInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.useUp()
	before := len(h.said())
	id := h.conversation()
	h.stop()
	h.tell("ก่อน")
	h.everywhere(func(tx pgx.Tx) error {
		card := bot.Card{Alt: "แจ้งผล", Title: "อนุญาตแล้ว", Rows: []bot.Row{{Label: "เลขที่", Value: "1/2569"}}}
		return bot.Notify(t.Context(), tx, h.Jobs, id, "ticket 9 decision", h.Now(), bot.Reply{Card: &card})
	})
	h.tell("หลัง")
	h.refuse("A message (messages[1]) in the request body is invalid", 1)
	h.stop = h.work()
	h.settled()
	h.shownOnce(before, "ก่อน", "อนุญาตแล้ว\nเลขที่: 1/2569", "หลัง")
	if n := h.count(`SELECT count(*) FROM replies WHERE plain AND state = 'sent' AND cause = 'ticket 9 decision'`); n != 1 {
		t.Error("nobody can see that the card went as text")
	}
	before = len(h.said())
	h.refuse("The request body has 1 error(s)", 3)
	h.tell("ไม่รับ")
	h.settled()
	h.tell("รับ")
	h.settled()
	if n := h.count(`SELECT count(*) FROM replies WHERE state = 'failed' AND reason = 'refused'`); n != 1 {
		t.Errorf("%d have failed", n)
	}
	h.shownOnce(before, "รับ")
}

// Row 39 and R4: an officer has what failed sent again: under a key of its own, in its pieces, and what
// arrived meanwhile not twice.
func TestSendAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.ticket("question", answer("question", "ถาม"))
	h.useUp()
	before := len(h.said())
	h.refuse("Failed to send messages", 1)
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, ticket.ID, "K1", "คำตอบของเจ้าหน้าที่")
	})
	h.settled()
	h.shownOnce(before)
	keys := h.list(`SELECT call_key::text FROM replies WHERE state = 'failed'`)
	again := func() error {
		return agencies.Within(t.Context(), h.DB, h.agency.ID, func(tx pgx.Tx) error {
			return h.Desk.SendAgain(t.Context(), tx, tickets.ByOfficer(h.officer.ID), ticket.ID, "reply K1")
		})
	}
	must(t, again())
	h.settled()
	said := h.said()[before:]
	if len(said) != 1 || !strings.Contains(said[0], "คำตอบของเจ้าหน้าที่") {
		t.Errorf("shown %q", said)
	}
	if now := h.list(`SELECT call_key::text FROM replies WHERE cause LIKE 'ticket %reply K1%'`); len(now) != 1 || len(keys) != 1 || now[0] == keys[0] {
		t.Errorf("keys %v, then %v", keys, now)
	}
	if err := again(); !fault.Is(err, fault.Conflict) {
		t.Errorf("what arrived can be sent again: %v", err)
	}
	must(t, run(h, &sentAgain{Deps: h.Deps}, tickets.SentAgainArgs{TicketID: ticket.ID, Source: "reply K1"}))
	h.settled()
	if n := len(h.said()) - before; n != 1 {
		t.Errorf("shown %d times", n)
	}
}

// Row 38: the month is used up: no loop of tries, somebody is told, and the person's next words bring
// what waited, free of charge.
func TestSendMonthUsedUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.useUp()
	before := len(h.said())
	h.settings(map[string]any{"quota": 0})
	h.tell(many(3)...)
	h.settled()
	if calls := h.calls("/message/push"); calls[429] != 1 || calls[200] != 0 {
		t.Errorf("calls %v", calls)
	}
	if n := h.count(`SELECT count(*) FROM replies WHERE state = 'parked'`); n != 3 {
		t.Errorf("%d messages wait", n)
	}
	if !strings.Contains(h.log.String(), "level=ERROR") || !strings.Contains(h.log.String(), "used up") {
		t.Error("nobody is told")
	}
	h.say("สวัสดี")
	if got := h.said()[before:]; len(got) < 3 || strings.TrimSpace(got[0]) != "ข้อความ 00" || strings.TrimSpace(got[2]) != "ข้อความ 02" {
		t.Errorf("shown %q", got)
	}
	if calls := h.calls("/message/push"); calls[200] != 0 {
		t.Errorf("calls %v", calls)
	}
}

// Many jobs for one conversation, at once: one sender at a time, nothing twice, order kept.
func TestSendBySeveralWorkers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.useUp()
	before := len(h.said())
	h.stop()
	texts := many(30)
	for _, text := range texts {
		h.tell(text)
	}
	h.settings(map[string]any{"failNext": []any{map[string]any{"path": "/v2/bot/message/push", "status": "slow", "delay": 0.1, "times": 3}}})
	h.stop = h.work()
	other := h.work() // a second worker process
	h.settled()
	other()
	h.shownOnce(before, texts...)
	if n := h.calls("/message/push")[200]; n != 6 {
		t.Errorf("%d calls for 30 messages", n)
	}
}

// R6: a sender that dies before or after its call goes on at once when its job runs again: nothing is
// shown twice and nothing waits for the lease to end.
func TestSendInterrupted(t *testing.T) {
	t.Parallel()
	for _, border := range []string{"send: before the call", "send: after the call"} {
		t.Run(border, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.useUp()
			before := len(h.said())
			var deaths atomic.Int32
			h.at(func(at string) {
				if at == border && deaths.Add(1) <= 2 {
					panic("killed")
				}
			})
			h.tell(many(7)...)
			h.sent()
			h.shownOnce(before, many(7)...)
			if deaths.Load() < 3 {
				t.Errorf("the sender died %d times only", deaths.Load())
			}
		})
	}
}
