package jobs

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/internal/fault"
	"saphan/tickets"
)

// Rows 30 and 48: many messages go out in order, five a call: the first call by reply, which is free.
func TestSendInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	before, replies := len(h.Said()), h.Calls("/message/reply")[http.StatusOK]
	h.stop()
	h.Types("เมนู")
	h.Tell(testhouse.Many(12)...)
	h.stop = h.work()
	h.Settled()
	all := h.Said()[before:]
	texts := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !strings.HasPrefix(s, "ข้อความ ") })
	if !slices.Equal(texts, testhouse.Many(12)) {
		t.Errorf("shown %q", all)
	}
	calls := h.Calls("/message/reply")[http.StatusOK] - replies + h.Calls("/message/push")[http.StatusOK]
	if calls < 3 || calls > 4 || h.Calls("/message/reply")[http.StatusOK]-replies != 1 {
		t.Errorf("%d calls, %d of them replies", calls, h.Calls("/message/reply")[http.StatusOK]-replies)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE state <> 'sent'`); n != 0 {
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
			h.Say("สวัสดี")
			once := len(h.Said())
			h.Say("เมนู")
			answer := len(h.Said()) - once // what "เมนู" is answered with
			h.meet(faults)
			before := len(h.Said())
			h.Types("เมนู") // by reply
			h.sent()
			if n := len(h.Said()) - before; n != answer {
				t.Errorf("answered with %d messages, want %d:\n%s", n, answer, h.Since(before))
			}
			h.UseUp()
			h.meet(faults)
			before = len(h.Said())
			h.Tell(testhouse.Many(7)...) // by push
			h.sent()
			h.Shown(before, testhouse.Many(7)...)
			if n := h.Count(`SELECT count(*) FROM replies WHERE state <> 'sent'`); n != 0 {
				t.Errorf("%d messages are not marked as sent", n)
			}
		})
	}
}

// meet makes the next sends meet these faults, one each.
func (h *house) meet(faults []any) {
	h.T.Helper()
	var list []any
	for _, f := range faults {
		list = append(list, map[string]any{"path": "/v2/bot/message/*", "status": f, "times": 1})
	}
	h.Settings(map[string]any{"failNext": list})
}

// sent waits until everything is, without waiting for the pauses between tries.
func (h *house) sent() {
	h.T.Helper()
	h.Until("everything is sent", func() bool {
		h.Hurry()
		return h.Count(`SELECT (SELECT count(*) FROM replies WHERE state = 'waiting') + (SELECT count(*) FROM inbound_events WHERE state = 'waiting')`) == 0
	})
	h.Settled()
}

// refuse makes the next pushes be refused with LINE's words.
func (h *house) refuse(words string, times int) {
	h.T.Helper()
	h.Settings(map[string]any{"failNext": []any{map[string]any{"path": "/v2/bot/message/push", "status": 400, "message": words, "times": times}}})
}

// Row 36: what LINE refuses is not tried again; the officer sees it; the rest goes out.
func TestSendRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.UseUp()
	before := len(h.Said())
	h.refuse("Failed to send messages", 1)
	h.Tell(testhouse.Many(7)...)
	h.Settled()
	h.Shown(before, testhouse.Many(7)[5:]...)
	if n := h.Count(`SELECT count(*) FROM replies WHERE state = 'failed' AND problem LIKE 'LINE answered 400%' AND reason = 'unreachable'`); n != 5 {
		t.Errorf("%d failures are visible", n)
	}
	if calls := h.Calls("/message/push"); calls[400] != 1 {
		t.Errorf("calls %v", calls)
	}
	if !strings.Contains(h.Diary.String(), "message not sent") {
		t.Error("the log says nothing")
	}
	h.QuietAbout("ข้อความ 0", h.User)
}

// Row 36: a card that LINE does not take reaches the citizen as text, in its place; words that LINE does
// not take as text either have failed, and everything else arrives.
func TestSendInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.UseUp()
	before := len(h.Said())
	id := h.Conversation()
	h.stop()
	h.Tell("ก่อน")
	h.Everywhere(func(tx pgx.Tx) error {
		card := bot.Card{Alt: "แจ้งผล", Title: "อนุญาตแล้ว", Rows: []bot.Row{{Label: "เลขที่", Value: "1/2569"}}}
		return bot.Notify(t.Context(), tx, h.Jobs, id, "ticket 9 decision", h.Now(), bot.Reply{Card: &card})
	})
	h.Tell("หลัง")
	h.refuse("A message (messages[1]) in the request body is invalid", 1)
	h.stop = h.work()
	h.Settled()
	h.Shown(before, "ก่อน", "อนุญาตแล้ว\nเลขที่: 1/2569", "หลัง")
	if n := h.Count(`SELECT count(*) FROM replies WHERE plain AND state = 'sent' AND cause = 'ticket 9 decision'`); n != 1 {
		t.Error("nobody can see that the card went as text")
	}
	before = len(h.Said())
	h.refuse("The request body has 1 error(s)", 3)
	h.Tell("ไม่รับ")
	h.Settled()
	h.Tell("รับ")
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM replies WHERE state = 'failed' AND reason = 'refused'`); n != 1 {
		t.Errorf("%d have failed", n)
	}
	h.Shown(before, "รับ")
}

// Row 39 and R4: an officer has what failed sent again: under a key of its own, in its pieces, and what
// arrived meanwhile not twice.
func TestSendAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("question", testhouse.Answer("question", "ถาม"))
	h.UseUp()
	before := len(h.Said())
	h.refuse("Failed to send messages", 2) // with its choices, and as plain words
	h.Replies(ticket.ID, "K1", "คำตอบของเจ้าหน้าที่")
	h.Settled()
	h.Shown(before)
	keys := h.List(`SELECT call_key::text FROM replies WHERE state = 'failed'`)
	again := func() error {
		return agencies.Within(t.Context(), h.DB, h.Agency.ID, func(tx pgx.Tx) error {
			return h.Desk.SendAgain(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), ticket.ID, "reply K1")
		})
	}
	must(t, again())
	h.Settled()
	said := h.Said()[before:]
	if len(said) != 1 || !strings.Contains(said[0], "คำตอบของเจ้าหน้าที่") {
		t.Errorf("shown %q", said)
	}
	if now := h.List(`SELECT call_key::text FROM replies WHERE cause LIKE 'ticket %reply K1%'`); len(now) != 1 || len(keys) != 1 || now[0] == keys[0] {
		t.Errorf("keys %v, then %v", keys, now)
	}
	if err := again(); !fault.Is(err, fault.Conflict) {
		t.Errorf("what arrived can be sent again: %v", err)
	}
	must(t, run(h, &sentAgain{Deps: h.Deps}, tickets.SentAgainArgs{TicketID: ticket.ID, Source: "reply K1"}))
	h.Settled()
	if n := len(h.Said()) - before; n != 1 {
		t.Errorf("shown %d times", n)
	}
}

// Row 38: the month is used up: no loop of tries, somebody is told, and the person's next words bring
// what waited, free of charge.
func TestSendMonthUsedUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.UseUp()
	before := len(h.Said())
	h.Settings(map[string]any{"quota": 0})
	h.Tell(testhouse.Many(3)...)
	h.Settled()
	if calls := h.Calls("/message/push"); calls[429] != 1 || calls[200] != 0 {
		t.Errorf("calls %v", calls)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE state = 'parked'`); n != 3 {
		t.Errorf("%d messages wait", n)
	}
	if !strings.Contains(h.Diary.String(), "level=ERROR") || !strings.Contains(h.Diary.String(), "used up") {
		t.Error("nobody is told")
	}
	h.Say("สวัสดี")
	if got := h.Said()[before:]; len(got) < 3 || strings.TrimSpace(got[0]) != "ข้อความ 00" || strings.TrimSpace(got[2]) != "ข้อความ 02" {
		t.Errorf("shown %q", got)
	}
	if calls := h.Calls("/message/push"); calls[200] != 0 {
		t.Errorf("calls %v", calls)
	}
}

// Many jobs for one conversation, at once: one sender at a time, nothing twice, order kept.
func TestSendBySeveralWorkers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.UseUp()
	before := len(h.Said())
	h.stop()
	texts := testhouse.Many(30)
	for _, text := range texts {
		h.Tell(text)
	}
	h.Settings(map[string]any{"failNext": []any{map[string]any{"path": "/v2/bot/message/push", "status": "slow", "delay": 0.1, "times": 3}}})
	h.stop = h.work()
	other := h.work() // a second worker process
	h.Settled()
	other()
	h.Shown(before, texts...)
	if n := h.Calls("/message/push")[200]; n != 6 {
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
			h.UseUp()
			before := len(h.Said())
			var deaths atomic.Int32
			h.at(func(at string) {
				if at == border && deaths.Add(1) <= 2 {
					panic("killed")
				}
			})
			h.Tell(testhouse.Many(7)...)
			h.sent()
			h.Shown(before, testhouse.Many(7)...)
			if deaths.Load() < 3 {
				t.Errorf("the sender died %d times only", deaths.Load())
			}
		})
	}
}
