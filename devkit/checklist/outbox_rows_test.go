package checklist

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"saphan/devkit/testhouse"
	"saphan/tickets"
)

// messages are those of a call, as LINE got them.
func messages(t *testing.T, r testhouse.Request) []byte {
	t.Helper()
	var call struct{ Messages json.RawMessage }
	must(t, json.Unmarshal(r.Body, &call))
	return call.Messages
}

// Row 32: LINE says of a reply that its token is no good: the very same messages go out by push, once, and the
// next answer is a reply again.
func TestRow32RefusedTokenIsPushedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	before := len(h.Said())
	h.Say("เมนู")
	once := h.Said()[before:]
	before = len(h.Said())
	replies, used := len(h.Requests("/message/reply")), h.used()
	h.Settings(map[string]any{"failNext": []any{map[string]any{"path": "/v2/bot/message/reply", "status": 400, "message": "Invalid reply token", "times": 1}}})
	h.Types("เมนู")
	h.Hurried()
	h.Shown(before, once...)
	refused, pushed := h.Requests("/message/reply")[replies:], h.Requests("/message/push")
	if len(refused) != 1 || len(pushed) != 1 || pushed[0].Status != http.StatusOK || pushed[0].RetryKey == "" {
		t.Fatalf("replied %+v, pushed %+v", refused, pushed)
	}
	if !bytes.Equal(messages(t, refused[0]), messages(t, pushed[0])) {
		t.Errorf("refused was %s, pushed %s", refused[0].Body, pushed[0].Body)
	}
	if n := h.used() - used; n != 1 {
		t.Errorf("%d messages count against the month", n)
	}
	h.Say("เมนู")
	if len(h.Requests("/message/push")) != 1 || len(h.Requests("/message/reply")) != replies+2 {
		t.Error("the next answer is no reply")
	}
	h.NothingWaits()
}

// Row 34: LINE takes a push and its answer is lost: the same call is made again, LINE says that it has it, and
// that is success: the citizen reads each message once, and they count once.
func TestRow34PushTakenButNotHeard(t *testing.T) {
	t.Parallel()
	for _, fate := range []string{"reset_after_accept", "timeout_after_accept"} {
		t.Run(fate, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.Follow()
			h.UseUp()
			before, used := len(h.Said()), h.used()
			h.Fail("/v2/bot/message/push", fate, 1)
			h.Tell(testhouse.Many(3)...)
			h.Hurried()
			h.Shown(before, testhouse.Many(3)...)
			made := h.Requests("/message/push")
			if len(made) != 2 || made[1].Status != http.StatusConflict || made[0].RetryKey != made[1].RetryKey || !bytes.Equal(made[0].Body, made[1].Body) {
				t.Errorf("pushed %+v", made)
			}
			if n := h.used() - used; n != 1 {
				t.Errorf("%d people count against the month, want the one call", n)
			}
			h.Is(3, "messages sent that LINE's identifier is known of", `SELECT count(*) FROM replies WHERE cause LIKE 'test %' AND state = 'sent' AND external_id <> ''`)
			h.NothingWaits()
		})
	}
}

// Row 35: three times LINE is broken, then it takes the call: every try had the same key and the same bytes, though
// there was more to say meanwhile; that comes after it, in a call of its own.
func TestRow35BrokenThreeTimes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.UseUp()
	before, calls := len(h.Said()), len(h.Requests("/message/push"))
	h.Fail("/v2/bot/message/push", 500, 3)
	h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ต้องขอสองอย่าง"})
	h.Until("the first try was in vain", func() bool { return len(h.Requests("/message/push")) > calls })
	h.Tell("มาทีหลัง")
	h.Hurried()
	made := h.Requests("/message/push")[calls:]
	var statuses []int
	for _, r := range made {
		statuses = append(statuses, r.Status)
	}
	if !slices.Equal(statuses, []int{500, 500, 500, 200, 200}) {
		t.Fatalf("answered %v", statuses)
	}
	for _, r := range made[1:4] {
		if r.RetryKey != made[0].RetryKey || !bytes.Equal(r.Body, made[0].Body) {
			t.Errorf("key %s, %s; at first %s, %s", r.RetryKey, r.Body, made[0].RetryKey, made[0].Body)
		}
	}
	if made[4].RetryKey == made[0].RetryKey || made[0].RetryKey == "" {
		t.Errorf("keys %q and %q", made[0].RetryKey, made[4].RetryKey)
	}
	if got := h.Said()[before:]; len(got) != 2 || got[1] != "มาทีหลัง" {
		t.Errorf("shown %q", got)
	}
	h.NothingWaits()
}
