package jobs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/tickets"
)

// blocked says whether the citizen counts as having blocked the account.
func (h *house) blocked() bool {
	h.T.Helper()
	return h.Count(`SELECT count(*) FROM conversations WHERE source = $1 AND blocked_at IS NOT NULL`, h.User) == 1
}

// Row 42: whoever said something after they blocked the account, by LINE's clock, is back, in whatever order
// the events come; the history of open cases tells both, once, and officers see it in their own scope.
func TestRow42BlockedInAnyOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	at := time.Now().UnixMilli()
	unfollow := func(ms int64) map[string]any {
		return map[string]any{"type": "unfollow", "timestamp": ms, "replyToken": nil}
	}
	h.Event(text("4201", "เมนู", at+20))
	h.Settled()
	h.Event(unfollow(at + 10)) // late: they wrote since
	h.Settled()
	if h.blocked() {
		t.Error("somebody who wrote since is taken to have blocked us")
	}
	h.Event(unfollow(at+30), unfollow(at+31))
	h.Settled()
	h.Event(text("4202", "ก่อนหน้านั้น", at+25)) // late: from before
	h.Settled()
	if !h.blocked() {
		t.Error("words from before undid the block")
	}
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		blocked, err := tickets.Blocked(t.Context(), tx, ticket.ID, 999999)
		if since, is := blocked[ticket.ID]; len(blocked) != 1 || !is || since.UnixMilli() != at+30 {
			t.Errorf("the officers see %v", blocked)
		}
		return err
	})
	h.Event(map[string]any{"type": "follow", "timestamp": at + 31 - 1, "follow": map[string]any{"isUnblocked": true}}) // late: they left again after it
	h.Settled()
	if !h.blocked() {
		t.Error("a return from before they left again undid that")
	}
	h.Event(map[string]any{"type": "follow", "timestamp": at + 40, "follow": map[string]any{"isUnblocked": true}})
	h.Settled()
	if h.blocked() {
		t.Error("somebody who is back still counts as gone")
	}
	if gone, back := h.happened(ticket.ID, tickets.EventUnreachable), h.happened(ticket.ID, tickets.EventReachable); gone != 1 || back != 1 {
		t.Errorf("history %v", h.history(ticket.ID))
	}
}

// Row 42: what an officer wrote and LINE took while we had not heard of the block is shown when they are back;
// also when we hear of the block only after that.
func TestRow42SentBeforeWeHeard(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"heard while they are gone": false, "heard when they are back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ticket := h.Question()
			h.UseUp()
			at := time.Now()
			h.Replies(ticket.ID, "k1", "เชิญรับเอกสารค่ะ")
			h.Settled()
			h.Everywhere(func(tx pgx.Tx) error { // a while after they had left
				_, err := tx.Exec(t.Context(), `UPDATE replies SET sent_at = sent_at + interval '10 seconds' WHERE cause LIKE 'ticket % reply k1'`)
				return err
			})
			left := map[string]any{"type": "unfollow", "timestamp": at.UnixMilli() + 1, "replyToken": nil}
			back := map[string]any{"type": "follow", "timestamp": at.Add(time.Hour).UnixMilli(), "follow": map[string]any{"isUnblocked": true}}
			events := []map[string]any{left, back}
			if late {
				slices.Reverse(events)
			}
			for _, e := range events {
				h.Event(e)
				h.Settled()
			}
			// The simulator showed it both times, since nobody had blocked anything there.
			if n := h.Times("เชิญรับเอกสารค่ะ"); n != 2 {
				t.Errorf("the officer's words were sent %d times", n)
			}
			if n := h.Count(`SELECT count(*) FROM replies WHERE state <> 'sent'`); n != 0 || h.blocked() {
				t.Errorf("%d messages were not sent; blocked: %t", n, h.blocked())
			}
		})
	}
}

// Row 42: words from before the block that come late bring a reply token; nothing goes out with it.
func TestRow42LateWordsBringNoReply(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	at := time.Now().UnixMilli()
	h.Act("block", nil)
	h.Settled()
	h.Replies(ticket.ID, "k1", "เชิญรับเอกสารค่ะ")
	h.Settled()
	replies, pushes := len(h.Requests("/message/reply")), len(h.Requests("/message/push"))
	h.Event(text("4203", "เมนู", at-1))
	h.Settled()
	if n := len(h.Requests("/message/reply")) - replies + len(h.Requests("/message/push")) - pushes; n != 0 {
		t.Errorf("%d calls for somebody who blocked us", n)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE state = 'parked' AND cause LIKE 'ticket %'`); n != 1 {
		t.Errorf("%d of the officer's messages wait", n)
	}
	h.Act("follow", nil)
	h.Settled()
	if n := h.Times("เชิญรับเอกสารค่ะ"); n != 1 {
		t.Errorf("the officer's words arrived %d times", n)
	}
}

// An unfollow of somebody we never heard of makes nobody, asks for no name and leaves only the fact
// (line.md 1.5: notices sent by telephone number).
func TestRow42UnfollowOfAStranger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Event(map[string]any{"type": "unfollow", "replyToken": nil})
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM identities`) + h.Count(`SELECT count(*) FROM citizens`) + h.Count(`SELECT count(*) FROM conversations`); n != 0 {
		t.Errorf("%d rows about a stranger", n)
	}
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'done' AND body = ''`); n != 1 {
		t.Error("the event was not done with")
	}
	if calls := h.Calls("/v2/bot/profile/" + h.User); len(calls) != 0 {
		t.Errorf("asked for the name of somebody who left: %v", calls)
	}
}

// Somebody LINE deleted gets pushes that LINE accepts and shows to nobody: there is nothing to see, and
// nothing fails.
func TestPushToNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.Act("block", nil)
	h.Settled()
	h.Everywhere(func(tx pgx.Tx) error { // LINE has not told us
		_, err := bot.Back(t.Context(), tx, h.Conversation(), time.Now().Add(time.Minute))
		return err
	})
	h.Replies(ticket.ID, "k1", "เชิญรับเอกสารค่ะ")
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM replies WHERE state <> 'sent'`); n != 0 {
		t.Errorf("%d messages were not sent", n)
	}
}

// Row 45: what a picker of day and time returns is kept as a moment in Bangkok.
func TestRow45PickedInBangkok(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.Event(map[string]any{"type": "postback", "postback": map[string]any{"data": bot.MenuData(), "params": map[string]any{"datetime": "2026-11-21T00:30"}}},
		map[string]any{"type": "postback", "postback": map[string]any{"data": bot.MenuData(), "params": map[string]any{"date": "2026-11-21"}}})
	h.Settled()
	got := h.List(`SELECT to_char(picked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM messages WHERE picked_at IS NOT NULL`)
	if len(got) != 1 || got[0] != "2026-11-20 17:30" {
		t.Errorf("kept %q", got)
	}
	if strings.Contains(h.Diary.String(), "level=ERROR") {
		t.Error(h.Diary.String())
	}
}
