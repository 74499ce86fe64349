package checklist

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/tickets"
)

// tell puts texts into the outbox, each for a cause of its own, in one transaction.
func (h *house) tell(texts ...string) {
	h.t.Helper()
	id := bot.ConversationID(h.count(`SELECT id FROM conversations WHERE source = $1`, h.user))
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
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.t.Context(), `UPDATE conversations SET reply_token = ''`)
		return err
	})
}

func many(n int) (texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprintf("ข้อความ %02d", i))
	}
	return texts
}

// shown fails unless these texts are shown after the n-th bubble of the bot, in this order, each once,
// and nothing else.
func (h *house) shown(n int, texts ...string) {
	h.t.Helper()
	if got := h.said()[n:]; !slices.Equal(got, texts) {
		h.t.Errorf("shown %q, want %q", got, texts)
	}
}

// later lets time pass, here and at LINE.
func (h *house) later(d time.Duration) {
	h.t.Helper()
	h.ahead.Add(int64(d))
	h.sim.Advance(d)
}

// Row 30: an answer within the time of its token is a reply, which costs nothing.
func TestRow30AnswersAreReplies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.settings(map[string]any{"quota": 0})
	h.asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	if h.times("ใบรับคำขอ") != 1 || len(h.calls("/message/push")) != 0 {
		t.Errorf("pushes %v; said:\n%s", h.calls("/message/push"), h.since(0))
	}
	for _, b := range h.answers() {
		if b.Via != "reply" {
			t.Errorf("by %s: %s", b.Via, b.words())
		}
	}
}

// Row 31: what takes longer than a minute is acknowledged by reply, and its result is pushed.
func TestRow31LongWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	before := len(h.answers())
	h.later(2 * time.Hour)
	id := h.tickets()[0].ID
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Decide(t.Context(), tx, by, tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "ต้องขอสองอย่าง"})
	})
	h.settled()
	all := h.answers()
	if len(all) != before+1 || all[before-1].Via != "reply" || !strings.Contains(all[before-1].words(), "ใบรับคำขอ") {
		t.Fatalf("said:\n%s", h.since(0))
	}
	if b := all[before]; b.Via != "push" || !strings.Contains(b.words(), "ต้องขอสองอย่าง") {
		t.Errorf("by %s: %s", b.Via, b.words())
	}
}

// Row 33: LINE takes a reply and its answer is lost: the citizen reads it once.
func TestRow33ReplyTakenButNotHeard(t *testing.T) {
	t.Parallel()
	for _, fate := range []string{"reset_after_accept", "timeout_after_accept"} {
		t.Run(fate, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.follow()
			h.say("เมนู")
			before := len(h.said())
			h.say("เมนู")
			once := h.said()[before:]
			before = len(h.said())
			h.fail("/v2/bot/message/reply", fate, 1)
			h.types("เมนู")
			h.hurried()
			h.shown(before, once...)
			if pushes := h.calls("/message/push"); len(pushes) != 0 {
				t.Errorf("pushed %v", pushes)
			}
			h.nothingWaits()
		})
	}
}

// Row 38: the month is used up: one try, no loop, somebody is told; the citizen's next words bring what
// waited by reply.
func TestRow38MonthUsedUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.useUp()
	before := len(h.said())
	h.settings(map[string]any{"quota": 0})
	h.tell(many(3)...)
	h.settled()
	if calls := h.calls("/message/push"); calls[http.StatusTooManyRequests] != 1 || calls[http.StatusOK] != 0 {
		t.Errorf("calls %v", calls)
	}
	h.is(3, "messages parked", `SELECT count(*) FROM replies WHERE state = 'parked'`)
	if log := h.log.String(); !strings.Contains(log, "level=ERROR") {
		t.Error("nobody is told")
	}
	h.say("สวัสดี")
	if got := h.said()[before:]; len(got) < 3 || !slices.Equal(got[:3], many(3)) {
		t.Errorf("shown %q", got)
	}
	if calls := h.calls("/message/push"); calls[http.StatusOK] != 0 {
		t.Errorf("calls %v", calls)
	}
	h.is(0, "messages parked", `SELECT count(*) FROM replies WHERE state = 'parked'`)
}

// Row 39: after 24 hours LINE has forgotten the key of a call: it is not made again under it; an officer
// sees that the message did not arrive.
func TestRow39OlderThanADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.file("question", answer("question", "ถามหน่อย"))
	h.useUp()
	before, calls := len(h.said()), len(h.requests("/message/push"))
	h.fail("/v2/bot/message/push", 500, 1000)
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, ticket.ID, "k", "คำตอบที่ไปไม่ถึง")
	})
	h.until("it was tried three times", func() bool { h.hurry(); return h.calls("/message/push")[500] >= 3 })
	h.later(25 * time.Hour)
	h.settings(map[string]any{"failNext": []any{}})
	keys := map[string]bool{}
	h.hurried()
	for _, r := range h.requests("/message/push")[calls:] {
		keys[r.RetryKey] = true
		if r.Status == http.StatusOK {
			t.Errorf("sent under the key %s", r.RetryKey)
		}
	}
	if len(keys) != 1 {
		t.Errorf("%d keys for one call", len(keys))
	}
	h.shown(before)
	h.is(1, "messages that failed", `SELECT count(*) FROM replies WHERE state = 'failed' AND problem <> ''`)
	if state := h.list(`SELECT sending_state(ticket_id, source) FROM ticket_messages WHERE author = 'officer'`); !slices.Equal(state, []string{"failed"}) {
		t.Errorf("the officer sees %q", state)
	}
}

// Row 42: nothing is pushed to somebody who blocked the account; the ticket stays, and what waited
// arrives when they are back.
func TestRow42Unfollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.file("question", answer("question", "ถามหน่อย"))
	h.act("block", nil)
	h.settled()
	before, calls := len(h.said()), len(h.requests("/message/push"))
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, ticket.ID, "k1", "เชิญรับเอกสารค่ะ")
	})
	h.settled()
	if n := len(h.requests("/message/push")) - calls; n != 0 || len(h.said()) != before {
		t.Errorf("%d pushes to somebody who blocked us", n)
	}
	h.is(1, "open tickets", `SELECT count(*) FROM tickets WHERE closed_at IS NULL`)
	h.act("follow", nil)
	h.settled()
	if n := h.times("เชิญรับเอกสารค่ะ"); n != 1 {
		t.Errorf("the officer's words arrived %d times", n)
	}
	h.say("ขอบคุณค่ะ")
	h.is(0, "people taken for gone", `SELECT count(*) FROM conversations WHERE blocked_at IS NOT NULL`)
}

// Row 43: without a profile the citizen has no name, and a ticket all the same.
func TestRow43TicketWithoutAName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fail("/v2/bot/profile/*", 404, 100)
	h.asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	all := h.tickets()
	if len(all) != 1 || all[0].CitizenName != "" || h.times("ใบรับคำขอ") != 1 {
		t.Errorf("tickets %+v; said:\n%s", all, h.since(0))
	}
}

// Row 44: taps that are forged, that come from an old card or from a group change nothing.
func TestRow44TapsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.press(startProblem)
	choice := h.button("ไฟถนนดับ")
	h.press(choice)
	h.press(choice) // again, from the same card
	if f := h.field(); f != "photo" {
		t.Fatalf("the question is %q", f)
	}
	for _, data := range []string{
		"v1|a|somebodyelses|category|road", "v1|s|x|1", "v1|talk|1", "v1|supply|1|1", "v1|about|1", "'; DROP TABLE tickets; --", "v9|menu", strings.Repeat("|", 300), "",
	} {
		before := len(h.said())
		h.press(data)
		if f := h.field(); f != "photo" {
			t.Errorf("after %q the question is %q", data, f)
		}
		if len(h.said()) == before {
			t.Errorf("%q was not answered", data)
		}
	}
	h.later(20 * time.Hour) // the card of yesterday
	h.press(choice)
	if f := h.field(); f != "photo" {
		t.Errorf("after a tap on yesterday's card the question is %q", f)
	}
	// The same tap from a group is nobody's.
	messages := h.count(`SELECT count(*) FROM messages`)
	h.event(map[string]any{"type": "postback", "postback": map[string]any{"data": startQuestion},
		"source": map[string]any{"type": "group", "groupId": "C0123456789abcdef0123456789abcdef", "userId": h.user}})
	h.settled()
	if f := h.field(); f != "photo" || h.count(`SELECT count(*) FROM messages`) != messages {
		t.Errorf("after a tap in a group the question is %q", f)
	}
	h.is(0, "requests", `SELECT count(*) FROM requests`)
}

// Row 47: a message that is longer than LINE takes arrives whole, in several, at most five a call, no
// letter torn.
func TestRow47LongMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.file("question", answer("question", "ถามหน่อย"))
	before := len(h.said())
	words := "กำลังไปค่ะ" + strings.Repeat(" 👩🏽‍🚒", 770)
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, ticket.ID, "k", words)
	})
	h.settled()
	got := h.said()[before:]
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	if len(got) < 2 || !strings.Contains(squeeze(strings.Join(got, "")), squeeze(words)) {
		t.Errorf("%d bubbles, %d letters of %d", len(got), len(squeeze(strings.Join(got, ""))), len(squeeze(words)))
	}
	for _, s := range got {
		if strings.ContainsRune(s, '\uFFFD') {
			t.Error("a letter is torn")
		}
	}
	if calls := h.calls("/message/push"); calls[http.StatusBadRequest] != 0 {
		t.Errorf("calls %v", calls)
	}
}

// Row 48: more than five messages take several calls, and keep their order.
func TestRow48MoreThanFive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	before, replies := len(h.said()), h.calls("/message/reply")[http.StatusOK]
	h.stop()
	h.types("เมนู")
	h.tell(many(12)...)
	h.stop = h.work()
	h.settled()
	all := h.said()[before:]
	texts := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !strings.HasPrefix(s, "ข้อความ ") })
	if !slices.Equal(texts, many(12)) {
		t.Errorf("shown %q", all)
	}
	byReply := h.calls("/message/reply")[http.StatusOK] - replies
	if calls := byReply + h.calls("/message/push")[http.StatusOK]; byReply != 1 || calls < 3 || calls > 4 {
		t.Errorf("%d calls, %d of them replies", calls, byReply)
	}
	h.is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
}

// Row 50: a permit comes as a card with an https link that ends, percent-encoded; never as a file.
func TestRow50PermitIsACardWithALink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.file("hazardous-business", business()...)
	before := len(h.answers())
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Decide(t.Context(), tx, by, tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน"})
	})
	h.settled()
	var links []string
	for _, b := range h.answers()[before:] {
		links = append(links, linksOf(b)...)
		if strings.Contains(string(b.Message), `"type":"file"`) {
			t.Errorf("a file message: %s", b.Message)
		}
	}
	number := h.list(`SELECT number FROM permits`)
	if len(number) != 1 || len(links) == 0 {
		t.Fatalf("permits %q, links %q", number, links)
	}
	var download string
	for _, link := range links {
		if !strings.HasPrefix(link, "https://") || strings.ContainsFunc(link, func(r rune) bool { return r > 127 || r == ' ' }) {
			t.Errorf("the link %q", link)
		}
		if strings.Contains(link, "/p/"+number[0]+"?k=") {
			download = link
		}
	}
	_, token, ok := strings.Cut(download, "?k=")
	if !ok || !h.Permits.CheckToken(number[0], token) {
		t.Fatalf("no link opens the permit: %q", links)
	}
	h.later(366 * 24 * time.Hour)
	if h.Permits.CheckToken(number[0], token) {
		t.Error("the link works for ever")
	}
}
