package checklist

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
	"saphan/internal/thai"
	"saphan/tickets"
)

// Row 30: an answer within the time of its token is a reply, which costs nothing.
func TestRow30AnswersAreReplies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Settings(map[string]any{"quota": 0})
	h.Asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	if h.Times("ใบรับคำขอ") != 1 || len(h.Calls("/message/push")) != 0 {
		t.Errorf("pushes %v; said:\n%s", h.Calls("/message/push"), h.Since(0))
	}
	for _, b := range h.Answers() {
		if b.Via != "reply" {
			t.Errorf("by %s: %s", b.Via, testhouse.Words(b.Message))
		}
	}
}

// Row 31: what takes longer than a minute is acknowledged by reply, and its result is pushed.
func TestRow31LongWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	before := len(h.Answers())
	h.Later(2 * time.Hour)
	id := h.Tickets()[0].ID
	h.Decides(tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "ต้องขอสองอย่าง"})
	h.Settled()
	all := h.Answers()
	if len(all) != before+1 || all[before-1].Via != "reply" || !strings.Contains(testhouse.Words(all[before-1].Message), "ใบรับคำขอ") {
		t.Fatalf("said:\n%s", h.Since(0))
	}
	if b := all[before]; b.Via != "push" || !strings.Contains(testhouse.Words(b.Message), "ต้องขอสองอย่าง") {
		t.Errorf("by %s: %s", b.Via, testhouse.Words(b.Message))
	}
}

// Rows 12, 32 and 59: an event that LINE delivers for the first time 21 minutes late brings a token that has
// ended. It is not tried: what LINE would say of it after a try that failed could be taken for an arrival.
func TestRow32LateEvent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	before, replies := len(h.Said()), len(h.Requests("/message/reply"))
	h.Fail("/v2/bot/message/*", 500, 1)
	h.Event(testhouse.Text("3201", "เมนู", h.Now().Add(-21*time.Minute)))
	h.Hurried()
	if n := len(h.Requests("/message/reply")) - replies; n != 0 {
		t.Errorf("%d replies", n)
	}
	if calls := h.Calls("/message/push"); calls[http.StatusOK] != 1 || calls[http.StatusInternalServerError] != 1 {
		t.Errorf("pushes %v", calls)
	}
	if len(h.Said()) == before {
		t.Error("no answer")
	}
	h.NothingWaits()
}

// Row 33: LINE takes a reply and its answer is lost: the citizen reads it once. (Only when every worker is
// away for longer than the token is sure to work can it be read twice: then nobody can tell any more, and an
// answer that never comes would be worse, row 79. bot.TestTokenGoneAfterATry has that case.)
func TestRow33ReplyTakenButNotHeard(t *testing.T) {
	t.Parallel()
	for _, fate := range []string{"reset_after_accept", "timeout_after_accept"} {
		t.Run(fate, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.Follow()
			h.Say("เมนู")
			before := len(h.Said())
			h.Say("เมนู")
			once := h.Said()[before:]
			before = len(h.Said())
			h.Fail("/v2/bot/message/reply", fate, 1)
			h.Types("เมนู")
			h.Hurried()
			h.Shown(before, once...)
			if pushes := h.Calls("/message/push"); len(pushes) != 0 {
				t.Errorf("pushed %v", pushes)
			}
			h.NothingWaits()
		})
	}
}

// Row 38: the month is used up: one try, no loop, somebody is told; the citizen's next words bring what
// waited by reply.
func TestRow38MonthUsedUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.UseUp()
	before := len(h.Said())
	h.Settings(map[string]any{"quota": 0})
	h.Tell(testhouse.Many(3)...)
	h.Settled()
	if calls := h.Calls("/message/push"); calls[http.StatusTooManyRequests] != 1 || calls[http.StatusOK] != 0 {
		t.Errorf("calls %v", calls)
	}
	h.Is(3, "messages parked", `SELECT count(*) FROM replies WHERE state = 'parked'`)
	if log := h.Diary.String(); !strings.Contains(log, "level=ERROR") {
		t.Error("nobody is told")
	}
	h.Say("สวัสดี")
	if got := h.Said()[before:]; len(got) < 3 || !slices.Equal(got[:3], testhouse.Many(3)) {
		t.Errorf("shown %q", got)
	}
	if calls := h.Calls("/message/push"); calls[http.StatusOK] != 0 {
		t.Errorf("calls %v", calls)
	}
	h.Is(0, "messages parked", `SELECT count(*) FROM replies WHERE state = 'parked'`)
}

// Row 38: the citizen writes while a push is on its way that LINE refuses for the month. The job of the answer
// has ended when the refusal comes; both go out by reply.
func TestRow38TheCitizenWritesMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.UseUp()
	h.Settings(map[string]any{"quota": 0})
	h.stop()
	var (
		calls     atomic.Int32
		refused   = make(chan struct{})
		recorded  = make(chan struct{})
		letRecord = sync.OnceFunc(func() { close(recorded) })
	)
	defer letRecord()
	h.At = func(border string) {
		if border == "send: after the call" && calls.Add(1) == 1 {
			close(refused)
			<-recorded
		}
	}
	h.stop = h.work()
	before := len(h.Said())
	h.Tell("ผลการพิจารณา")
	<-refused
	h.Types("เมนู")
	h.Until("the answer waits and its job has ended", func() bool {
		return h.Count(`SELECT count(*) FROM replies WHERE state = 'waiting' AND cause LIKE 'event %'`) > 0 &&
			h.Count(`SELECT count(*) FROM river_job WHERE kind = 'send' AND state IN ('available', 'running', 'scheduled', 'retryable')`) == 1
	})
	letRecord()
	h.Settled()
	if got := h.Said()[before:]; len(got) < 2 || got[0] != "ผลการพิจารณา" {
		t.Errorf("shown %q", got)
	}
	if pushes := h.Calls("/message/push"); pushes[http.StatusTooManyRequests] != 1 || pushes[http.StatusOK] != 0 {
		t.Errorf("pushes %v", pushes)
	}
	h.Is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
}

// Row 38: more waits than one reply takes. What the citizen asks is answered at once, and each answer brings
// the oldest of what waits.
func TestRow38AnswerBeforeTheBacklog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Say("เมนู")
	before := len(h.Said())
	h.Say("เมนู")
	answer := h.Said()[before:]
	h.UseUp()
	h.Settings(map[string]any{"quota": 0})
	backlog := testhouse.Many(12)
	h.Tell(backlog...)
	h.Settled()
	h.Is(12, "messages parked", `SELECT count(*) FROM replies WHERE state = 'parked'`)
	h.Everywhere(func(tx pgx.Tx) error { // long ago
		_, err := tx.Exec(t.Context(), `UPDATE replies SET created_at = created_at - interval '1 hour' WHERE state = 'parked'`)
		return err
	})
	for range 2 {
		before = len(h.Said())
		h.Say("เมนู")
		room := 5 - len(answer)
		h.Shown(before, append(slices.Clone(backlog[:room]), answer...)...)
		backlog = backlog[room:]
	}
	if pushes := h.Calls("/message/push"); pushes[http.StatusOK] != 0 {
		t.Errorf("pushes %v", pushes)
	}
	h.Is(len(backlog), "messages parked", `SELECT count(*) FROM replies WHERE state = 'parked'`)
}

// Row 39: after 24 hours LINE has forgotten the key of a call: it is not made again under it; an officer
// sees that the message did not arrive.
func TestRow39OlderThanADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.UseUp()
	before, calls := len(h.Said()), len(h.Requests("/message/push"))
	h.Fail("/v2/bot/message/push", 500, 1000)
	h.Replies(ticket.ID, "k", "คำตอบที่ไปไม่ถึง")
	h.Until("it was tried three times", func() bool { h.Hurry(); return h.Calls("/message/push")[500] >= 3 })
	h.Later(25 * time.Hour)
	h.Settings(map[string]any{"failNext": []any{}})
	keys := map[string]bool{}
	h.Hurried()
	for _, r := range h.Requests("/message/push")[calls:] {
		keys[r.RetryKey] = true
		if r.Status == http.StatusOK {
			t.Errorf("sent under the key %s", r.RetryKey)
		}
	}
	if len(keys) != 1 {
		t.Errorf("%d keys for one call", len(keys))
	}
	h.Shown(before)
	h.Is(1, "messages that failed", `SELECT count(*) FROM replies WHERE state = 'failed' AND problem <> ''`)
	if state := h.List(`SELECT sending_state(ticket_id, source) FROM ticket_messages WHERE author = 'officer'`); !slices.Equal(state, []string{"failed"}) {
		t.Errorf("the officer sees %q", state)
	}
}

// Row 42: nothing is pushed to somebody who blocked the account; the ticket stays, and what waited
// arrives when they are back.
func TestRow42Unfollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.Act("block", nil)
	h.Settled()
	before, calls := len(h.Said()), len(h.Requests("/message/push"))
	h.Replies(ticket.ID, "k1", "เชิญรับเอกสารค่ะ")
	h.Settled()
	if n := len(h.Requests("/message/push")) - calls; n != 0 || len(h.Said()) != before {
		t.Errorf("%d pushes to somebody who blocked us", n)
	}
	h.Is(1, "open tickets", `SELECT count(*) FROM tickets WHERE closed_at IS NULL`)
	h.Act("follow", nil)
	h.Settled()
	if n := h.Times("เชิญรับเอกสารค่ะ"); n != 1 {
		t.Errorf("the officer's words arrived %d times", n)
	}
	h.Say("ขอบคุณค่ะ")
	h.Is(0, "people taken for gone", `SELECT count(*) FROM conversations WHERE blocked_at IS NOT NULL`)
}

// Row 43: without a profile the citizen has no name, and a ticket all the same.
func TestRow43TicketWithoutAName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Fail("/v2/bot/profile/*", 404, 100)
	h.Asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	all := h.Tickets()
	if len(all) != 1 || all[0].CitizenName != "" || h.Times("ใบรับคำขอ") != 1 {
		t.Errorf("tickets %+v; said:\n%s", all, h.Since(0))
	}
}

// Row 44: taps that are forged, that come from an old card or from a group change nothing.
func TestRow44TapsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Press(startProblem)
	choice := h.Button("ไฟถนนดับ")
	h.Press(choice)
	h.Press(choice) // again, from the same card
	if f := h.Field(); f != "photo" {
		t.Fatalf("the question is %q", f)
	}
	for _, data := range []string{
		"v1|a|somebodyelses|category|road", "v1|s|x|1", "v1|talk|1", "v1|supply|1|1", "v1|about|1", "'; DROP TABLE tickets; --", "v9|menu", strings.Repeat("|", 300), "",
	} {
		before := len(h.Said())
		h.Press(data)
		if f := h.Field(); f != "photo" {
			t.Errorf("after %q the question is %q", data, f)
		}
		if len(h.Said()) == before {
			t.Errorf("%q was not answered", data)
		}
	}
	h.Later(20 * time.Hour) // the card of yesterday
	h.Press(choice)
	if f := h.Field(); f != "photo" {
		t.Errorf("after a tap on yesterday's card the question is %q", f)
	}
	// The same tap from a group is nobody's.
	messages := h.Count(`SELECT count(*) FROM messages`)
	h.Event(map[string]any{"type": "postback", "postback": map[string]any{"data": startQuestion},
		"source": map[string]any{"type": "group", "groupId": "C0123456789abcdef0123456789abcdef", "userId": h.User}})
	h.Settled()
	if f := h.Field(); f != "photo" || h.Count(`SELECT count(*) FROM messages`) != messages {
		t.Errorf("after a tap in a group the question is %q", f)
	}
	h.Is(0, "requests", `SELECT count(*) FROM requests`)
}

// Row 47: a message that is longer than LINE takes arrives whole, in several, at most five a call, no
// letter parted from its marks, though no blank in it is a place to cut.
func TestRow47LongMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	marked, joined := strings.Repeat("กี๊", 600), strings.Repeat("👩🏽\u200d🚒", 550) // 1,800 and 3,850 units
	for key, words := range map[string]string{"marks first": marked + joined, "marks last": joined + marked} {
		before := len(h.Said())
		h.Replies(ticket.ID, key, words)
		h.Settled()
		got := h.Said()[before:]
		whole := strings.Join(got, "")
		if len(got) != 2 || !strings.HasSuffix(whole, "\n"+words) {
			t.Fatalf("%d bubbles, %d bytes of %d", len(got), len(whole), len(words))
		}
		if letters, want := thai.Clusters(got[0])+thai.Clusters(got[1]), thai.Clusters(whole); letters != want {
			t.Errorf("%d letters of %d: one is torn", letters, want)
		}
	}
	if calls := h.Calls("/message/push"); calls[http.StatusBadRequest] != 0 {
		t.Errorf("calls %v", calls)
	}
}

// Row 47: so does the result of a case, of which a card holds only a part; and a card that LINE refuses, in words.
func TestRow47LongResult(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	before := len(h.Said())
	reason := strings.Repeat("เปลี่ยน", 500) // 3,500 letters, the most that the form takes
	h.Fail("/v2/bot/message/*", 400, 1)
	h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: reason})
	h.Hurried()
	got := h.Said()[before:]
	if len(got) != 2 || !strings.HasSuffix(got[1], "\n"+reason) || len(h.plainTexts(before)) != 2 {
		t.Errorf("shown %.100q", got)
	}
}

// Row 48: more than five messages take several calls, and keep their order.
func TestRow48MoreThanFive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
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
	byReply := h.Calls("/message/reply")[http.StatusOK] - replies
	if calls := byReply + h.Calls("/message/push")[http.StatusOK]; byReply != 1 || calls < 3 || calls > 4 {
		t.Errorf("%d calls, %d of them replies", calls, byReply)
	}
	h.Is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
}

// Row 50: a permit comes as a card with an https link that ends, percent-encoded; never as a file.
func TestRow50PermitIsACardWithALink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("hazardous-business", testhouse.Business()...)
	before := len(h.Answers())
	h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน"})
	h.Settled()
	var links []string
	for _, b := range h.Answers()[before:] {
		links = append(links, testhouse.Links(b.Message)...)
		if strings.Contains(string(b.Message), `"type":"file"`) {
			t.Errorf("a file message: %s", b.Message)
		}
	}
	number := h.List(`SELECT number FROM permits`)
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
	h.Later(366 * 24 * time.Hour)
	if h.Permits.CheckToken(number[0], token) {
		t.Error("the link works for ever")
	}
}
