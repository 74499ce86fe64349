package jobs

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/tickets"
)

// kept are the messages of the citizen, in the order in which they were worked on.
func (h *house) kept() []string {
	h.t.Helper()
	return h.list(`SELECT text FROM messages WHERE kind = 'text' ORDER BY id`)
}

// states counts the events by state.
func (h *house) states() map[string]int {
	h.t.Helper()
	n := map[string]int{}
	for _, state := range []string{"waiting", "done", "quarantined"} {
		n[state] = h.count(`SELECT count(*) FROM inbound_events WHERE state = $1`, state)
	}
	return n
}

// Row 14, R1: events that overtook one another are worked on in the order in which they happened.
func TestRow14ReceivedInTheOrderOfTheCitizen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	h.stop() // everything arrives before anybody works
	now := time.Now().UnixMilli()
	for _, i := range []int{3, 1, 4, 0, 2} {
		h.event(text(fmt.Sprint(500+i), numbered("ข้อความที่ ", i), now+int64(i)))
	}
	h.event(text("510", "ข้อความที่ 5", now+5), text("511", "ข้อความที่ 6", now+6)) // and two in one delivery
	h.stop = h.work()
	h.settled()
	want := []string{"ข้อความที่ 0", "ข้อความที่ 1", "ข้อความที่ 2", "ข้อความที่ 3", "ข้อความที่ 4", "ข้อความที่ 5", "ข้อความที่ 6"}
	if got := h.kept(); !slices.Equal(got, want) {
		t.Errorf("worked on %q", got)
	}
	if s := h.states(); s["waiting"] != 0 || s["quarantined"] != 0 {
		t.Errorf("events %v", s)
	}
	h.quietAbout("ข้อความที่", h.citizen)
}

// Rows 11 and 12: an event that comes twice, as a duplicate and as a redelivery, has one effect and one
// answer.
func TestRow11And12ReceivedTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.settings(map[string]any{"duplicateWebhooks": 3})
	h.say("สวัสดี")
	event := text("600", "เมนู", time.Now().UnixMilli())
	h.event(event)
	h.settled()
	before := len(h.said())
	event["deliveryContext"] = map[string]any{"isRedelivery": true}
	h.event(event, event)
	h.settled()
	if n := len(h.said()); n != before {
		t.Errorf("%d answers to a redelivery:\n%s", n-before, h.since(before))
	}
	if got := h.kept(); !slices.Equal(got, []string{"สวัสดี", "เมนู"}) {
		t.Errorf("kept %q", got)
	}
	// The job itself may run twice, too.
	w := &received{Deps: h.Deps}
	for _, id := range h.numbers(`SELECT id FROM inbound_events`) {
		must(t, run(h, w, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(id)}}))
	}
	if n := len(h.said()); n != before {
		t.Errorf("%d answers to a job that ran again", n-before)
	}
}

// The first contact: greeting, name, and everything by reply, which costs nothing (row 30).
func TestReceivedFollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	if h.times("เทศบาลตำบลตัวอย่าง") == 0 {
		t.Errorf("no greeting:\n%s", h.since(0))
	}
	if pushes := h.calls("/message/push"); len(pushes) != 0 {
		t.Errorf("pushed %v", pushes)
	}
	if n := h.count(`SELECT count(*) FROM identities WHERE name LIKE 'สม%'`); n != 1 {
		t.Error("the name was not asked for")
	}
	h.say("เมนู")
	if n := h.calls("/v2/bot/profile/" + h.citizen)[200]; n != 1 {
		t.Errorf("the name was asked for %d times", n)
	}
}

// Row 42: after unfollow nothing is pushed; the ticket stays; what waited arrives when they are back.
func TestRow42ReceivedUnfollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.ticket("question", answer("question", "ถามหน่อย"))
	h.control("POST", "chats/"+h.citizen+"/block", nil, nil)
	h.settled()
	calls := h.calls("/message/push")[200]
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, ticket.ID, "k1", "เชิญรับเอกสารค่ะ")
	})
	h.settled()
	if n := h.calls("/message/push")[200]; n != calls {
		t.Errorf("%d pushes to somebody who blocked us", n-calls)
	}
	if n := h.count(`SELECT count(*) FROM replies WHERE state = 'parked'`); n != 1 {
		t.Errorf("%d messages wait for them", n)
	}
	if n := h.count(`SELECT count(*) FROM tickets WHERE id = $1 AND closed_at IS NULL`, ticket.ID); n != 1 {
		t.Error("the ticket is gone")
	}
	h.control("POST", "chats/"+h.citizen+"/follow", nil, nil)
	h.settled()
	if n := h.times("เชิญรับเอกสารค่ะ"); n != 1 {
		t.Errorf("the officer's words arrived %d times", n)
	}
	if n := h.count(`SELECT count(*) FROM conversations WHERE blocked_at IS NOT NULL`); n != 0 {
		t.Error("somebody who is back is still taken for gone")
	}
}

// Rows 19 and 20: standby, nobody and things that nobody said: nothing is said, no ticket, no person.
func TestRow19And20ReceivedFromNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	traces := func() [6]int {
		return [6]int{
			len(h.said()), h.calls("/message/reply")[200], h.calls("/message/push")[200], h.calls("/loading/start")[202],
			h.count(`SELECT count(*) FROM messages`), h.count(`SELECT count(*) FROM requests`) + h.count(`SELECT count(*) FROM citizens`),
		}
	}
	before := traces()
	stranger := map[string]any{"type": "user", "userId": "U99999999999999999999999999999999"}
	for i, e := range []map[string]any{
		{"source": map[string]any{"type": "user"}}, {"source": map[string]any{"type": "crowd", "crowdId": "1"}},
		{"mode": "standby", "source": stranger}, // another module owns that chat
		{"type": "beacon", "beacon": map[string]any{"type": "enter"}}, {"type": "teleport", "source": stranger},
		{"type": "videoPlayComplete"}, {"type": "membership", "membership": map[string]any{}},
	} {
		event := text(numbered("70", i), "คุยกับเจ้าหน้าที่", time.Now().UnixMilli())
		for k, v := range e {
			event[k] = v
		}
		h.event(event)
	}
	h.settled()
	if after := traces(); after != before {
		t.Errorf("bubbles, replies, pushes, animations, messages, requests and citizens: %v, before %v", after, before)
	}
	if n := h.count(`SELECT count(*) FROM inbound_events WHERE event_id LIKE 'ev70%' AND state = 'done' AND body <> ''`); n != 7 {
		t.Errorf("%d of 7 are kept raw: %q", n, h.list(`SELECT event_id || ' ' || state || ' ' || problem FROM inbound_events`))
	}
}

// Row 16: somebody sends a message of a type this release does not know: kept raw, answered politely.
func TestRow16ReceivedUnknownMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	before := len(h.said())
	h.event(map[string]any{"type": "message", "message": map[string]any{"type": "smell", "id": "801", "text": map[string]any{"note": "oud"}}})
	h.settled()
	if len(h.said()) == before {
		t.Error("no answer")
	}
	if n := h.count(`SELECT count(*) FROM inbound_events WHERE position('oud'::bytea IN body) > 0 AND state = 'done'`); n != 1 {
		t.Error("the event was not kept raw")
	}
	if !strings.Contains(h.log.String(), "does not know") {
		t.Error("nobody learns of the new type")
	}
}

// Row 43: without a profile, and with LINE's profile endpoint down, the conversation goes on.
func TestRow43ReceivedWithoutAName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fail("/v2/bot/profile/*", 404, 1)
	h.say("สวัสดี")
	if len(h.said()) == 0 {
		t.Error("no answer to somebody without a name")
	}
	ticket := h.ticket("question", answer("question", "ถามหน่อย"))
	if ticket.ID == 0 {
		t.Error("no ticket")
	}
}

// R12: an event whose step fails again and again, even by a panic, is put aside; the person is told,
// once, and what they said after it goes on.
func TestReceivedPoison(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	h.stop()
	now := time.Now().UnixMilli()
	h.event(text("901", "ก่อน", now), text("902", "พิษ", now+1), text("903", "หลัง", now+2), text("904", "สุดท้าย", now+3))
	poison := h.count(`SELECT id FROM inbound_events WHERE event_id = 'ev902'`)
	var tries atomic.Int32
	// The step stops at the poisoned event: the one at the head of the line after "ก่อน".
	h.at(func(border string) {
		if border == "received: before the step" && h.count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND event_id = 'ev901'`) == 0 &&
			h.count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND id = $1`, poison) == 1 {
			tries.Add(1)
			panic("index out of range")
		}
	})
	before := len(h.said())
	h.stop = h.work()
	h.until("the poisoned event is put aside", func() bool {
		// Retries come within seconds by themselves; the test does not wait for them.
		h.everywhere(func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE inbound_events SET failed_at = failed_at - interval '10 seconds' WHERE id = $1`, poison)
			return err
		})
		h.hurry()
		return h.count(`SELECT count(*) FROM inbound_events WHERE id = $1 AND state = 'quarantined'`, poison) == 1
	})
	h.settled()
	if n := tries.Load(); n < poisonedAfter {
		t.Errorf("given up after %d tries, want %d at least", n, poisonedAfter)
	}
	if got := h.kept(); !slices.Equal(got, []string{"ก่อน", "หลัง", "สุดท้าย"}) {
		t.Errorf("kept %q", got)
	}
	fault := bot.FaultReply("th").Text
	if got := h.since(before); strings.Count(got, fault) != 1 {
		t.Errorf("the person was told %d times:\n%s", strings.Count(got, fault), got)
	}
	if s := h.states(); s["waiting"] != 0 || s["quarantined"] != 1 {
		t.Errorf("events %v", s)
	}
}

// A single failure is no poison: the event goes through at the next try.
func TestReceivedFailsOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	var once atomic.Bool
	h.at(func(border string) {
		if border == "received: before the step" && once.CompareAndSwap(false, true) {
			panic("once")
		}
	})
	h.say("เมนู")
	if got := h.kept(); !slices.Equal(got, []string{"เมนู"}) {
		t.Errorf("kept %q", got)
	}
	if n := h.count(`SELECT failures FROM inbound_events ORDER BY id DESC LIMIT 1`); n != 1 {
		t.Errorf("%d failures counted", n)
	}
}

// Words for an officer that come before the wish for one has become a ticket wait for it.
func TestReceivedWordsBeforeTheTicket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	h.say("คุยกับเจ้าหน้าที่")
	release := make(chan struct{})
	h.at(func(border string) {
		if border == "route: before the ticket" {
			<-release
		}
	})
	h.act("text", map[string]any{"text": "อยากถามเรื่องป้าย"})
	h.until("the wish is filed", func() bool { return h.count(`SELECT count(*) FROM requests`) == 1 })
	h.act("text", map[string]any{"text": "ป้ายหน้าบ้านค่ะ"})
	h.act("text", map[string]any{"text": "ใหญ่สองเมตร"})
	time.Sleep(300 * time.Millisecond)
	close(release)
	h.settled()
	if n := h.count(`SELECT count(*) FROM tickets`); n != 1 {
		t.Fatalf("%d tickets", n)
	}
	id := tickets.TicketID(h.count(`SELECT id FROM tickets`))
	if got := h.thread(id); !slices.Equal(got, []string{"citizen ป้ายหน้าบ้านค่ะ", "citizen ใหญ่สองเมตร"}) {
		t.Errorf("the officers read %q", got)
	}
	if s := h.states(); s["waiting"]+s["quarantined"] != 0 {
		t.Errorf("events %v", s)
	}
}

// Row 44 and the list: a 5,000 letter message; two taps on one button; a card of yesterday;
// a forged tap.
func TestRow44ReceivedOddities(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	long := string([]rune(strings.Repeat("ก็ไฟดับอยู่", 500))[:5000])
	h.say(long)
	if got := h.kept(); len(got) != 1 || got[0] != long {
		t.Errorf("of %d letters %d were kept", len([]rune(long)), len([]rune(strings.Join(got, ""))))
	}
	h.press(bot.StartData("public-problem"))
	choice := h.button("ไฟถนนดับ")
	h.act("postback", map[string]any{"data": choice})
	h.act("postback", map[string]any{"data": choice}) // the second click, before any answer
	h.settled()
	if n := h.count(`SELECT jsonb_array_length(state->'draft'->'answers') FROM conversations`); n != 1 {
		t.Errorf("%d answers after two clicks on one button", n)
	}
	field := func() string {
		t.Helper()
		var f string
		h.everywhere(func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT state->'draft'->>'field' FROM conversations`).Scan(&f)
		})
		return f
	}
	if f := field(); f != "photo" {
		t.Errorf("the next question is %q", f)
	}
	before := len(h.said())
	for _, data := range []string{"v1|a|somebodyelses|category|road", "v1|s|x|1", "'; DROP TABLE tickets; --", "v9|menu", strings.Repeat("|", 300)} {
		h.press(data)
	}
	if f := field(); f != "photo" || h.count(`SELECT count(*) FROM requests`) != 0 {
		t.Errorf("after forged taps the question is %q", f)
	}
	if len(h.said()) < before+5 {
		t.Error("a forged tap was not answered")
	}
	// Yesterday's card: answered kindly, nothing changes.
	h.ahead.Store(int64(20 * time.Hour))
	h.sim.Advance(20 * time.Hour)
	h.press(choice)
	if f := field(); f != "photo" {
		t.Errorf("after a tap on yesterday's card the question is %q", f)
	}
}

// Two workers that take the same event at the same moment: one effect.
func TestReceivedByTwoWorkers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	h.stop()
	h.event(text("950", "คุยกับเจ้าหน้าที่", time.Now().UnixMilli()))
	id := int64(h.count(`SELECT max(id) FROM inbound_events`))
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			errs <- run(h, &received{Deps: h.Deps}, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(id)}})
		}()
	}
	for range cap(errs) {
		must(t, <-errs)
	}
	if n := h.count(`SELECT count(*) FROM messages WHERE text <> ''`); n != 1 {
		t.Errorf("%d messages", n)
	}
	if n := h.count(`SELECT count(*) FROM replies WHERE cause = 'event ' || $1::bigint`, id); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// An account of a kind that this release does not speak is an error that says so, no panic.
func TestUnknownKindOfAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	h.event(text("960", "x", time.Now().UnixMilli()))
	deps := *h.Deps
	deps.Channels = nil
	id := int64(h.count(`SELECT max(id) FROM inbound_events`))
	if err := run(h, &received{Deps: &deps}, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(id)}}); err == nil || !strings.Contains(err.Error(), "kind") {
		t.Errorf("got %v", err)
	}
	if err := run(h, &received{Deps: &deps}, bot.ReceivedArgs{Events: []bot.EventID{999999}}); err == nil {
		t.Error("an event that is not there was worked on")
	}
}
