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

// states counts the events by state.
func (h *house) states() map[string]int {
	h.T.Helper()
	n := map[string]int{}
	for _, state := range []string{"waiting", "done", "quarantined"} {
		n[state] = h.Count(`SELECT count(*) FROM inbound_events WHERE state = $1`, state)
	}
	return n
}

// Row 14, R1: events that overtook one another are worked on in the order in which they happened.
func TestRow14ReceivedInTheOrderOfTheCitizen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop() // everything arrives before anybody works
	now := time.Now().UnixMilli()
	for _, i := range []int{3, 1, 4, 0, 2} {
		h.Event(text(fmt.Sprint(500+i), fmt.Sprint("ข้อความที่ ", i), now+int64(i)))
	}
	h.Event(text("510", "ข้อความที่ 5", now+5), text("511", "ข้อความที่ 6", now+6)) // and two in one delivery
	h.stop = h.work()
	h.Settled()
	want := []string{"ข้อความที่ 0", "ข้อความที่ 1", "ข้อความที่ 2", "ข้อความที่ 3", "ข้อความที่ 4", "ข้อความที่ 5", "ข้อความที่ 6"}
	if got := h.Heard(); !slices.Equal(got, want) {
		t.Errorf("worked on %q", got)
	}
	if s := h.states(); s["waiting"] != 0 || s["quarantined"] != 0 {
		t.Errorf("events %v", s)
	}
	h.QuietAbout("ข้อความที่", h.User)
}

// Row 14: a message that comes when a later one was worked on already stands where it was said, before the officers
// and in the copy of what a person said.
func TestRow14ReceivedLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.Replies(ticket.ID, "k", "ว่าอย่างไรคะ")
	h.Settled()
	at := time.Now().UnixMilli()
	h.Event(text("1412", "คำที่สอง", at+2)) // the first was refused with 503 and comes again later
	h.Settled()
	h.Event(text("1411", "คำแรก", at+1))
	h.Settled()
	if got := h.Thread(ticket.ID); !slices.Equal(got, []string{"officer ว่าอย่างไรคะ", "citizen คำแรก", "citizen คำที่สอง"}) {
		t.Errorf("the officers read %q", got)
	}
	var said []string
	h.Everywhere(func(tx pgx.Tx) error {
		heard, err := bot.HeardIn(t.Context(), tx, h.Conversation())
		for _, m := range heard {
			said = append(said, m.Text)
		}
		return err
	})
	if n := len(said); n < 2 || !slices.Equal(said[n-2:], []string{"คำแรก", "คำที่สอง"}) {
		t.Errorf("the copy says %q", said)
	}
}

// Rows 11 and 12: an event that comes twice, as a duplicate and as a redelivery, has one effect and one
// answer.
func TestRow11And12ReceivedTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Settings(map[string]any{"duplicateWebhooks": 3})
	h.Say("สวัสดี")
	event := text("600", "เมนู", time.Now().UnixMilli())
	h.Event(event)
	h.Settled()
	before := len(h.Said())
	event["deliveryContext"] = map[string]any{"isRedelivery": true}
	h.Event(event, event)
	h.Settled()
	if n := len(h.Said()); n != before {
		t.Errorf("%d answers to a redelivery:\n%s", n-before, h.Since(before))
	}
	if got := h.Heard(); !slices.Equal(got, []string{"สวัสดี", "เมนู"}) {
		t.Errorf("kept %q", got)
	}
	// The job itself may run twice, too.
	w := &received{Deps: h.Deps}
	for _, id := range h.Numbers(`SELECT id FROM inbound_events`) {
		must(t, run(h, w, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(id)}}))
	}
	if n := len(h.Said()); n != before {
		t.Errorf("%d answers to a job that ran again", n-before)
	}
}

// The first contact: greeting, name, and everything by reply, which costs nothing (row 30).
func TestReceivedFollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	if h.Times("เทศบาลตำบลตัวอย่าง") == 0 {
		t.Errorf("no greeting:\n%s", h.Since(0))
	}
	if pushes := h.Calls("/message/push"); len(pushes) != 0 {
		t.Errorf("pushed %v", pushes)
	}
	if n := h.Count(`SELECT count(*) FROM identities WHERE name LIKE 'สม%'`); n != 1 {
		t.Error("the name was not asked for")
	}
	h.Say("เมนู")
	if n := h.Calls("/v2/bot/profile/" + h.User)[200]; n != 1 {
		t.Errorf("the name was asked for %d times", n)
	}
}

// Row 42: after unfollow nothing is pushed; the ticket stays; what waited arrives when they are back.
func TestRow42ReceivedUnfollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.Act("block", nil)
	h.Settled()
	calls := h.Calls("/message/push")[200]
	h.Replies(ticket.ID, "k1", "เชิญรับเอกสารค่ะ")
	h.Settled()
	if n := h.Calls("/message/push")[200]; n != calls {
		t.Errorf("%d pushes to somebody who blocked us", n-calls)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE state = 'parked'`); n != 1 {
		t.Errorf("%d messages wait for them", n)
	}
	if n := h.Count(`SELECT count(*) FROM tickets WHERE id = $1 AND closed_at IS NULL`, ticket.ID); n != 1 {
		t.Error("the ticket is gone")
	}
	h.Act("follow", nil)
	h.Settled()
	if n := h.Times("เชิญรับเอกสารค่ะ"); n != 1 {
		t.Errorf("the officer's words arrived %d times", n)
	}
	if n := h.Count(`SELECT count(*) FROM conversations WHERE blocked_at IS NOT NULL`); n != 0 {
		t.Error("somebody who is back is still taken for gone")
	}
}

// Rows 19 and 20: standby, nobody and things that nobody said: nothing is said, no ticket, no person.
func TestRow19And20ReceivedFromNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	traces := func() [6]int {
		return [6]int{
			len(h.Said()), h.Calls("/message/reply")[200], h.Calls("/message/push")[200], h.Calls("/loading/start")[202],
			h.Count(`SELECT count(*) FROM messages`), h.Count(`SELECT count(*) FROM requests`) + h.Count(`SELECT count(*) FROM citizens`),
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
		event := text(fmt.Sprint("70", i), "คุยกับเจ้าหน้าที่", time.Now().UnixMilli())
		for k, v := range e {
			event[k] = v
		}
		h.Event(event)
	}
	h.Settled()
	if after := traces(); after != before {
		t.Errorf("bubbles, replies, pushes, animations, messages, requests and citizens: %v, before %v", after, before)
	}
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE event_id LIKE 'ev70%' AND state = 'done' AND body <> ''`); n != 7 {
		t.Errorf("%d of 7 are kept raw: %q", n, h.List(`SELECT event_id || ' ' || state || ' ' || problem FROM inbound_events`))
	}
}

// Row 16: somebody sends a message of a type this release does not know: kept raw, answered politely.
func TestRow16ReceivedUnknownMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	before := len(h.Said())
	h.Event(map[string]any{"type": "message", "message": map[string]any{"type": "smell", "id": "801", "text": map[string]any{"note": "oud"}}})
	h.Settled()
	if len(h.Said()) == before {
		t.Error("no answer")
	}
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE position('oud'::bytea IN body) > 0 AND state = 'done'`); n != 1 {
		t.Error("the event was not kept raw")
	}
	if !strings.Contains(h.Diary.String(), "does not know") {
		t.Error("nobody learns of the new type")
	}
}

// Row 43: without a profile, and with LINE's profile endpoint down, the conversation goes on.
func TestRow43ReceivedWithoutAName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Fail("/v2/bot/profile/*", 404, 1)
	h.Say("สวัสดี")
	if len(h.Said()) == 0 {
		t.Error("no answer to somebody without a name")
	}
	ticket := h.Question()
	if ticket.ID == 0 {
		t.Error("no ticket")
	}
}

// R12: an event whose step fails again and again, even by a panic, is put aside; the person is told,
// once, and what they said after it goes on.
func TestReceivedPoison(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop()
	now := time.Now().UnixMilli()
	h.Event(text("901", "ก่อน", now), text("902", "พิษ", now+1), text("903", "หลัง", now+2), text("904", "สุดท้าย", now+3))
	poison := h.Count(`SELECT id FROM inbound_events WHERE event_id = 'ev902'`)
	var tries atomic.Int32
	// The step stops at the poisoned event: the one at the head of the line after "ก่อน".
	h.at(func(border string) {
		if border == "received: before the step" && h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND event_id = 'ev901'`) == 0 &&
			h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND id = $1`, poison) == 1 {
			tries.Add(1)
			panic("index out of range")
		}
	})
	before := len(h.Said())
	h.stop = h.work()
	h.Until("the poisoned event is put aside", func() bool {
		// Retries come within seconds by themselves; the test does not wait for them.
		h.Forgive()
		return h.Count(`SELECT count(*) FROM inbound_events WHERE id = $1 AND state = 'quarantined'`, poison) == 1
	})
	h.Settled()
	if n := tries.Load(); n < poisonedAfter {
		t.Errorf("given up after %d tries, want %d at least", n, poisonedAfter)
	}
	if got := h.Heard(); !slices.Equal(got, []string{"ก่อน", "หลัง", "สุดท้าย"}) {
		t.Errorf("kept %q", got)
	}
	fault := bot.FaultReply("th").Text
	if got := h.Since(before); strings.Count(got, fault) != 1 {
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
	h.Talk()
	var once atomic.Bool
	h.at(func(border string) {
		if border == "received: before the step" && once.CompareAndSwap(false, true) {
			panic("once")
		}
	})
	h.Say("เมนู")
	if got := h.Heard(); !slices.Equal(got, []string{"เมนู"}) {
		t.Errorf("kept %q", got)
	}
	if n := h.Count(`SELECT failures FROM inbound_events ORDER BY id DESC LIMIT 1`); n != 1 {
		t.Errorf("%d failures counted", n)
	}
}

// Words for an officer that come before the wish for one has become a ticket wait for it.
func TestReceivedWordsBeforeTheTicket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.Say("คุยกับเจ้าหน้าที่")
	release := make(chan struct{})
	h.at(func(border string) {
		if border == "route: before the ticket" {
			<-release
		}
	})
	h.Types("อยากถามเรื่องป้าย")
	h.Until("the wish is filed", func() bool { return h.Count(`SELECT count(*) FROM requests`) == 1 })
	h.Types("ป้ายหน้าบ้านค่ะ")
	h.Types("ใหญ่สองเมตร")
	time.Sleep(300 * time.Millisecond)
	close(release)
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM tickets`); n != 1 {
		t.Fatalf("%d tickets", n)
	}
	id := tickets.TicketID(h.Count(`SELECT id FROM tickets`))
	if got := h.Thread(id); !slices.Equal(got, []string{"citizen ป้ายหน้าบ้านค่ะ", "citizen ใหญ่สองเมตร"}) {
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
	h.Talk()
	long := string([]rune(strings.Repeat("ก็ไฟดับอยู่", 500))[:5000])
	h.Say(long)
	if got := h.Heard(); len(got) != 1 || got[0] != long {
		t.Errorf("of %d letters %d were kept", len([]rune(long)), len([]rune(strings.Join(got, ""))))
	}
	h.Press(bot.StartData("public-problem"))
	choice := h.Button("ไฟถนนดับ")
	h.Act("postback", map[string]any{"data": choice})
	h.Act("postback", map[string]any{"data": choice}) // the second click, before any answer
	h.Settled()
	if n := h.Count(`SELECT jsonb_array_length(state->'draft'->'answers') FROM conversations`); n != 1 {
		t.Errorf("%d answers after two clicks on one button", n)
	}
	field := func() string {
		t.Helper()
		var f string
		h.Everywhere(func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT state->'draft'->>'field' FROM conversations`).Scan(&f)
		})
		return f
	}
	if f := field(); f != "photo" {
		t.Errorf("the next question is %q", f)
	}
	before := len(h.Said())
	for _, data := range []string{"v1|a|somebodyelses|category|road", "v1|s|x|1", "'; DROP TABLE tickets; --", "v9|menu", strings.Repeat("|", 300)} {
		h.Press(data)
	}
	if f := field(); f != "photo" || h.Count(`SELECT count(*) FROM requests`) != 0 {
		t.Errorf("after forged taps the question is %q", f)
	}
	if len(h.Said()) < before+5 {
		t.Error("a forged tap was not answered")
	}
	// Yesterday's card: answered kindly, nothing changes.
	h.Ahead.Store(int64(20 * time.Hour))
	h.Sim.Advance(20 * time.Hour)
	h.Press(choice)
	if f := field(); f != "photo" {
		t.Errorf("after a tap on yesterday's card the question is %q", f)
	}
}

// Two workers that take the same event at the same moment: one effect.
func TestReceivedByTwoWorkers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop()
	h.Event(text("950", "คุยกับเจ้าหน้าที่", time.Now().UnixMilli()))
	id := int64(h.Count(`SELECT max(id) FROM inbound_events`))
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			errs <- run(h, &received{Deps: h.Deps}, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(id)}})
		}()
	}
	for range cap(errs) {
		must(t, <-errs)
	}
	if n := h.Count(`SELECT count(*) FROM messages WHERE text <> ''`); n != 1 {
		t.Errorf("%d messages", n)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE cause = 'event ' || $1::bigint`, id); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// An account of a kind that this release does not speak is an error that says so, no panic.
func TestUnknownKindOfAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	h.Event(text("960", "x", time.Now().UnixMilli()))
	deps := *h.Deps
	deps.Channels = nil
	id := int64(h.Count(`SELECT max(id) FROM inbound_events`))
	if err := run(h, &received{Deps: &deps}, bot.ReceivedArgs{Events: []bot.EventID{bot.EventID(id)}}); err == nil || !strings.Contains(err.Error(), "kind") {
		t.Errorf("got %v", err)
	}
	if err := run(h, &received{Deps: &deps}, bot.ReceivedArgs{Events: []bot.EventID{999999}}); err == nil {
		t.Error("an event that is not there was worked on")
	}
}
