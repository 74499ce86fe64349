package checklist

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	simulator "saphan/devkit/line"
)

// hookAt lets LINE deliver to another address.
func (h *house) hookAt(address string, redelivery bool) {
	h.t.Helper()
	must(h.t, h.sim.AddChannel(simulator.Channel{
		Destination: h.account.Destination, Provider: h.account.Provider, Secret: h.account.Secret, AccessToken: h.account.Token, Name: h.account.Name,
		WebhookURL: address, Redelivery: redelivery,
	}))
}

// Row 10: what was answered 200 is durable: the process that answered is killed at once, and the event
// is worked on all the same.
func TestRow10KilledAfterThe200(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.stop()
	var said []string
	for i := range 3 {
		addr := free(t)
		_, kill := h.part("web", addr)
		h.listening(addr)
		h.hookAt("http://"+addr, false)
		for try := 0; ; try++ { // on a busy machine it may take more than one
			words := fmt.Sprint("ก่อนตาย ", i, " ", try)
			if h.tries("text", map[string]any{"text": words}).Status == http.StatusOK {
				kill()
				said = append(said, words)
				break
			}
		}
	}
	if status := h.tries("text", map[string]any{"text": "ไม่มีใครอยู่"}).Status; status == http.StatusOK {
		t.Fatal("nobody is there, and somebody answered 200")
	}
	h.stop = h.work()
	h.settled()
	if got := h.heard(); slices.ContainsFunc(said, func(words string) bool { return !slices.Contains(got, words) }) {
		t.Errorf("worked on %q, want %q", got, said)
	}
	h.nothingWaits()
}

// Row 11: an event that comes several times, without being called a redelivery, files one ticket.
func TestRow11DuplicatesFileOneTicket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.settings(map[string]any{"duplicateWebhooks": 3})
	h.asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	if n := len(h.tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if n := h.times("ใบรับคำขอ"); n != 1 {
		t.Errorf("%d receipts:\n%s", n, h.since(0))
	}
}

// entry is a server before the webhook that may do something else than passing a delivery on.
func (h *house) entry(do func(w http.ResponseWriter, r *http.Request, pass func() int)) string {
	h.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		do(w, r, func() int {
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			record := httptest.NewRecorder()
			h.hook.ServeHTTP(record, again)
			return record.Code
		})
	}))
	h.t.Cleanup(server.Close)
	return server.URL
}

// Row 12: LINE delivers again after our 500, whether we had stored the event or not: one ticket, and the
// citizen is answered.
func TestRow12RedeliveryAfterOur500(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]bool{"before it was stored": false, "after it was stored": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			var calls, taken atomic.Int32
			h.settings(map[string]any{"redeliverySchedule": []float64{0.05}})
			h.hookAt(h.entry(func(w http.ResponseWriter, _ *http.Request, pass func() int) {
				if calls.Add(1)%2 == 1 { // the first attempt of each event
					if stored {
						pass()
					}
					w.WriteHeader(http.StatusInternalServerError)
					return
				}
				w.WriteHeader(pass())
				taken.Add(1)
			}), true)
			step := func(what string, body map[string]any) {
				t.Helper()
				before := taken.Load()
				h.tries(what, body)
				h.until("the redelivery is taken", func() bool { return taken.Load() > before })
				h.settled()
			}
			step("follow", nil)
			step("postback", map[string]any{"data": startQuestion})
			step("text", map[string]any{"text": "เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง"})
			step("postback", map[string]any{"data": h.button("ส่งคำขอ")})
			if n := len(h.tickets()); n != 1 {
				t.Errorf("%d tickets", n)
			}
			if n := h.times("ใบรับคำขอ"); n != 1 {
				t.Errorf("%d receipts:\n%s", n, h.since(0))
			}
			h.is(4, "events", `SELECT count(*) FROM inbound_events`)
		})
	}
}

// Row 13: one delivery that arrives twice at the same instant, over two connections, is one ticket.
func TestRow13TwoAtTheSameInstant(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.press(startQuestion)
	h.say("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	data := h.button("ส่งคำขอ")
	h.hookAt(h.entry(func(w http.ResponseWriter, _ *http.Request, pass func() int) {
		other := make(chan int)
		go func() { other <- pass() }()
		status := pass()
		w.WriteHeader(max(status, <-other))
	}), false)
	h.press(data)
	if n := len(h.tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if n := h.times("ใบรับคำขอ"); n != 1 {
		t.Errorf("%d receipts:\n%s", n, h.since(0))
	}
}

// Row 14: events of one person that overtook one another on their way are worked on in the order of
// their time.
func TestRow14OutOfOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.stop() // everything arrives before anybody works
	now := time.Now()
	for _, i := range []int{3, 1, 4, 0, 2} {
		h.event(text(numbered("50", i), numbered("ข้อความที่ ", i), now.Add(time.Duration(i)*time.Millisecond)))
	}
	h.stop = h.work()
	h.settled()
	if got := h.heard(); !slices.Equal(got, []string{"ข้อความที่ 0", "ข้อความที่ 1", "ข้อความที่ 2", "ข้อความที่ 3", "ข้อความที่ 4"}) {
		t.Errorf("worked on %q", got)
	}
	// In a form the order decides: the question, its answer, and the wish to talk to somebody.
	h.stop()
	now = time.Now()
	tap := map[string]any{"type": "postback", "webhookEventId": "ev600", "timestamp": now.UnixMilli(), "postback": map[string]any{"data": startQuestion}}
	h.event(text("602", "คุยกับเจ้าหน้าที่", now.Add(2*time.Millisecond)))
	h.event(text("601", "เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง", now.Add(time.Millisecond)))
	h.event(tap)
	h.stop = h.work()
	h.settled()
	all := h.tickets()
	if len(all) != 1 || !strings.Contains(strings.Join(h.list(`SELECT answers::text FROM requests`), ""), "เปิดร้านซ่อมรถ") {
		t.Errorf("%d tickets; said:\n%s", len(all), h.since(0))
	}
}

// traces is what a person or a group could leave behind.
func (h *house) traces() string {
	h.t.Helper()
	return fmt.Sprintf("%d bubbles, calls %v %v %v, %d messages, %d requests, %d citizens, %d conversations",
		len(h.said()), h.calls("/message/reply"), h.calls("/message/push"), h.calls("/loading/start"),
		h.count(`SELECT count(*) FROM messages`), h.count(`SELECT count(*) FROM requests`), h.count(`SELECT count(*) FROM citizens`),
		h.count(`SELECT count(*) FROM conversations`))
}

// Row 19: in standby another module owns the chat: the event is stored and nothing is sent.
func TestRow19Standby(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	before := h.traces()
	for i, e := range []map[string]any{text("700", "คุยกับเจ้าหน้าที่", time.Now()), {"type": "postback", "webhookEventId": "ev701", "postback": map[string]any{"data": startQuestion}}, {"type": "follow", "webhookEventId": "ev702"}} {
		e["mode"], e["replyToken"] = "standby", nil
		if i == 0 {
			e["source"] = map[string]any{"type": "user", "userId": "U99999999999999999999999999999999"}
		}
		h.event(e)
	}
	h.settled()
	if after := h.traces(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
	h.is(3, "events stored", `SELECT count(*) FROM inbound_events WHERE event_id LIKE 'ev70%' AND state = 'done' AND body <> ''`)
}

// Row 20: an event without a person is no crash and no ticket.
func TestRow20NobodyKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	before := h.traces()
	for i, source := range []map[string]any{{"type": "user"}, {"type": "user", "userId": ""}, {"type": "cloud"}, {}} {
		e := text(numbered("71", i), "คุยกับเจ้าหน้าที่", time.Now())
		e["source"] = source
		h.event(e)
	}
	h.settled()
	if after := h.traces(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
	h.say("ยังอยู่ไหม")
	if got := h.heard(); !slices.Equal(got, []string{"ยังอยู่ไหม"}) {
		t.Errorf("worked on %q", got)
	}
	if strings.Contains(h.log.String(), "panicked") {
		t.Error("a step panicked")
	}
}
