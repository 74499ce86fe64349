package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/devkit/testhouse"
)

// invite has a citizen make a group and bring the account into it.
func (h *house) invite(kind string) string {
	h.T.Helper()
	var g struct{ ID string }
	h.Control("POST", "groups", map[string]any{"kind": kind, "name": "หมู่บ้านตัวอย่าง", "members": []string{h.ID}}, &g)
	return g.ID
}

// replied is what the bot has sent by reply token.
func (h *house) replied() (all []string) {
	h.T.Helper()
	for _, c := range h.Requests("/message/reply") {
		if c.Status == 200 {
			all = append(all, testhouse.Words(c.Body))
		}
	}
	return all
}

// inGroup is an event of a group, with the person who caused it.
func (h *house) inGroup(kind, group, event string, more map[string]any) map[string]any {
	source := map[string]any{"type": kind, kind + "Id": group, "userId": h.User}
	e := map[string]any{"type": event, "source": source}
	for k, v := range more {
		e[k] = v
	}
	return e
}

// Row 54: brought into a group or a room the account says one line, free of charge, and leaves. Nothing
// that is said there, nobody who is there and no hint which group it was is kept; nothing is pushed.
func TestRow54LeavesGroups(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"group", "room"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.Talk()
			h.stop()
			before := len(h.replied())
			persons := h.Count(`SELECT count(*) FROM identities`)
			group := h.invite(kind)
			// Before it has left, people talk and tap an old card.
			h.Event(h.inGroup(kind, group, "message", map[string]any{"message": map[string]any{"type": "text", "id": "5401", "text": "เจ้ามะม่วงสุกใครโทรมา"}}),
				h.inGroup(kind, group, "postback", map[string]any{"postback": map[string]any{"data": bot.HumanData()}}),
				h.inGroup(kind, group, "messageEdited", map[string]any{"message": map[string]any{"type": "text", "id": "5401", "text": "เจ้ามะม่วงสุกไม่มาแล้ว"}}),
				h.inGroup(kind, group, "memberJoined", map[string]any{"joined": map[string]any{"members": []any{map[string]any{"type": "user", "userId": "Uมะม่วงสุก"}}}}),
				h.inGroup(kind, group, "unsend", map[string]any{"unsend": map[string]any{"messageId": "5401"}}))
			h.Nowhere("มะม่วงสุก") // not even while nobody has worked on it
			if n := h.Count(`SELECT count(*) FROM inbound_events WHERE position(convert_to($1, 'UTF8') IN body) > 0`, h.User); n > 1 {
				t.Errorf("%d events name a person, want the greeting's at most", n)
			}
			h.stop = h.work()
			h.Settled()
			if said := h.replied()[before:]; len(said) != 1 || !strings.Contains(said[0], "ออกจากกลุ่ม") {
				t.Errorf("said in the group: %q", said)
			}
			if left := h.Calls("/" + group + "/leave"); left[200] != 1 || len(left) != 1 {
				t.Errorf("left: %v", left)
			}
			if n := h.Calls("/message/push"); len(n) != 0 {
				t.Errorf("pushed %v", n)
			}
			if n := h.Count(`SELECT count(*) FROM inbound_events WHERE problem LIKE 'in a %' AND body = '' AND source = '' AND message_id = '' AND state = 'done'`); n != 7 {
				t.Errorf("%d of 7 events are only facts: %q", n, h.List(`SELECT event_id || ' ' || state || ' ' || problem || ' ' || convert_from(body, 'UTF8') FROM inbound_events`))
			}
			h.Nowhere(group)
			if n := h.Count(`SELECT count(*) FROM identities`); n != persons {
				t.Error("somebody in the group became a person of ours")
			}
			if n := h.Count(`SELECT count(*) FROM requests`); n != 0 {
				t.Error("a card tapped in the group filed something")
			}
			h.QuietAbout("มะม่วงสุก", group, h.User)
		})
	}
}

// Row 54: what LINE cannot do at the moment is done later, without a second word; what comes late from a group
// that was left leads to nothing; where another module speaks, nothing is done.
func TestRow54LeavesInTheEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	group := h.invite("group")
	h.Fail("/v2/bot/group/*/leave", 500, 2)
	h.stop = h.work()
	h.Until("the group is left", func() bool { h.Hurry(); return h.Calls("/" + group + "/leave")[200] == 1 })
	h.Settled()
	if said := h.replied(); len(said) != 1 {
		t.Errorf("said in the group: %q", said)
	}
	h.Event(h.inGroup("group", "C00000000000000000000000000000bad", "message", map[string]any{"mode": "standby", "replyToken": nil,
		"message": map[string]any{"type": "text", "id": "5411", "text": "x"}}))
	h.Settled()
	if n := h.Calls("bad/leave"); len(n) != 0 {
		t.Errorf("left a group that another module speaks in: %v", n)
	}
	if n := h.Calls("/" + group + "/leave")[500]; n != 2 {
		t.Errorf("met %d faults: the test does not show what it should", n)
	}
	// What was received before the account left is no reason to leave again.
	h.Everywhere(func(tx pgx.Tx) error {
		e, err := bot.FindEvent(t.Context(), tx, 1)
		if err != nil {
			return err
		}
		state, err := bot.HoldGroup(t.Context(), tx, e.ChannelID, bot.Group{Kind: "group", ID: group}, e.ReceivedAt, time.Now(), time.Now().Add(time.Minute))
		if state != bot.HasLeft {
			t.Errorf("the first event again: %s", state)
		}
		return err
	})
}

// Two jobs that hear of one group at the same moment leave it once.
func TestRow54LeavesOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	g, now := bot.Group{Kind: "group", ID: "C1"}, time.Now().Truncate(time.Microsecond)
	hold := func(received, at time.Time) (state bot.Leaving) {
		t.Helper()
		h.Everywhere(func(tx pgx.Tx) (err error) {
			state, err = bot.HoldGroup(t.Context(), tx, 7, g, received, at, at.Add(time.Minute))
			return err
		})
		return state
	}
	left := func(at time.Time) {
		t.Helper()
		h.Everywhere(func(tx pgx.Tx) error { return bot.LeftGroup(t.Context(), tx, 7, g, at) })
	}
	for i, c := range []struct {
		received, at time.Time
		want         bot.Leaving
	}{
		{now, now, bot.ToLeave}, {now, now, bot.BeingLeft}, {now, now.Add(2 * time.Minute), bot.ToLeave}, // its holder died
	} {
		if got := hold(c.received, c.at); got != c.want {
			t.Errorf("step %d: %s, want %s", i, got, c.want)
		}
	}
	left(time.Time{}) // LINE is down: another may try
	if got := hold(now, now); got != bot.ToLeave {
		t.Errorf("after a failure: %s", got)
	}
	left(now.Add(time.Second))
	if got := hold(now, now.Add(2*time.Second)); got != bot.HasLeft {
		t.Errorf("what was received before it left: %s", got)
	}
	if got := hold(now.Add(time.Hour), now.Add(time.Hour)); got != bot.ToLeave {
		t.Errorf("brought in again: %s", got)
	}
}

// What LINE says about the account itself is kept, and being taken out of use is an alarm.
func TestSuspendedAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	since := func() *time.Time {
		var at *time.Time
		h.Everywhere(func(tx pgx.Tx) (err error) {
			at, err = agencies.SuspendedSince(t.Context(), tx, h.Account.ID)
			return err
		})
		return at
	}
	bare := func(kind string) {
		h.Event(map[string]any{"type": kind, "source": map[string]any{"type": "unknown to us"}, "replyToken": nil})
		h.Settled()
	}
	bare("botSuspended")
	first := since()
	if first == nil || !strings.Contains(h.Diary.String(), "level=ERROR") {
		t.Errorf("suspended since %v; the log:\n%s", first, h.Diary.String())
	}
	bare("botSuspended")
	if again := since(); again == nil || !again.Equal(*first) {
		t.Errorf("suspended since %v, then %v", first, again)
	}
	bare("botResumed")
	if since() != nil {
		t.Error("still suspended")
	}
	bare("deactivated")
	bare("activated")
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'done' AND body <> ''`); n != 5 {
		t.Errorf("%d of 5 events were kept", n)
	}
}

// outlet is what of all that was done could be seen outside or shows a person of ours.
func (h *house) outlet() string {
	h.T.Helper()
	return fmt.Sprintf("%d bubbles, calls %v %v %v, %d messages out, %d citizens, %d conversations", len(h.Said()),
		h.Calls("/message/reply"), h.Calls("/message/push"), h.Calls("/loading/start"), h.Count(`SELECT count(*) FROM replies`),
		h.Count(`SELECT count(*) FROM citizens`), h.Count(`SELECT count(*) FROM conversations`))
}

// Row 20: an unsend that names no person takes the words of a message that named none, in either order.
func TestRow20NobodyUnsends(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	before := h.outlet()
	nobody := func(e map[string]any) map[string]any {
		e["source"] = map[string]any{"type": "user"}
		return e
	}
	said := func(id string) map[string]any {
		return nobody(text(id, "รหัสลับคือมะม่วงสุก", time.Now().UnixMilli()))
	}
	unsend := func(id string) map[string]any {
		return nobody(map[string]any{"type": "unsend", "replyToken": nil, "unsend": map[string]any{"messageId": id}})
	}
	for _, e := range []map[string]any{said("2001"), unsend("2001"), unsend("2002"), said("2002")} {
		h.Event(e)
		h.Settled()
	}
	h.Event(said("2003"), unsend("2003"))
	h.Settled()
	h.Nowhere("มะม่วงสุก")
	if after := h.outlet(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
	h.Is(6, "events are kept as facts", `SELECT count(*) FROM inbound_events WHERE message_id LIKE '200%' AND state = 'done' AND problem = 'unsent'`)
	// What nobody took back stays as it came.
	h.Event(nobody(text("2004", "ยังอยู่", time.Now().UnixMilli())))
	h.Settled()
	h.Is(1, "events are kept raw", `SELECT count(*) FROM inbound_events WHERE message_id = '2004' AND state = 'done' AND problem = '' AND body <> ''`)
}

// Rows 15 and 27: a message that intake could not read and put into quarantine is taken back like any other.
func TestRow15UnsendReachesQuarantine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.absurd("", `"message":{"type":"text","id":"1501","text":"รหัสลับคือมะม่วงสุก"}`)
	h.Is(1, "events in quarantine", `SELECT count(*) FROM inbound_events WHERE state = 'quarantined' AND source = $1 AND message_id = '1501'`, h.User)
	h.Event(map[string]any{"type": "unsend", "replyToken": nil, "unsend": map[string]any{"messageId": "1501"}})
	h.Settled()
	h.Nowhere("มะม่วงสุก")
}

// standby is an event of a chat that another module owns.
func standby(e map[string]any) map[string]any {
	e["mode"], e["replyToken"] = "standby", nil
	return e
}

// Row 19: in standby a message is taken back in silence: from somebody we know with all that follows, from
// somebody we do not without making them one.
func TestRow19StandbyUnsend(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.Replies(ticket.ID, "k", "ว่าอย่างไรคะ")
	h.Settled()
	secret := h.Say("รหัสลับคือมะม่วงสุก")
	if got := h.Thread(ticket.ID); !slices.Contains(got, "citizen รหัสลับคือมะม่วงสุก") {
		t.Fatalf("the officers read %q", got)
	}
	stranger := func(e map[string]any) map[string]any {
		e["source"] = map[string]any{"type": "user", "userId": "U99999999999999999999999999999999"}
		return standby(e)
	}
	unsend := func(id string) map[string]any {
		return map[string]any{"type": "unsend", "unsend": map[string]any{"messageId": id}}
	}
	now := time.Now().UnixMilli()
	before := h.outlet()
	for _, e := range []map[string]any{
		standby(unsend(secret.MessageID)),
		standby(text("1901", "มะม่วงสุกอีก", now)), standby(unsend("1901")), standby(unsend("1902")), standby(text("1902", "มะม่วงสุกก่อน", now)),
		stranger(text("1903", "มะม่วงสุกของคนอื่น", now)), stranger(unsend("1903")), stranger(unsend("1904")), stranger(text("1904", "มะม่วงสุกของเขา", now)),
	} {
		h.Event(e)
		h.Settled()
	}
	h.Nowhere("มะม่วงสุก")
	if after := h.outlet(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
}

// Row 19: an event in standby that fails again and again is put aside in silence, whatever it is that fails.
func TestRow19StandbyPoison(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	message := h.Say("สวัสดี")
	h.stop()
	h.Channels = map[string]Channel{line.Kind: brittle{h.Channels[line.Kind]}}
	h.at(func(border string) {
		if border == "received: before the step" {
			panic("index out of range")
		}
	})
	before := h.outlet()
	h.Event(standby(map[string]any{"type": "unsend", "unsend": map[string]any{"messageId": message.MessageID}}),
		standby(text("1911", "ทำให้พัง", time.Now().UnixMilli())))
	h.stop = h.work()
	aside := func() int {
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'quarantined' AND problem = 'failed repeatedly'`)
	}
	h.Until("both are put aside", func() bool {
		h.Forgive()
		return aside() == 2
	})
	h.Settled()
	if after := h.outlet(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
}
