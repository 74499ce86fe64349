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

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
)

// Row 10: what was answered 200 is durable: the process that answered is killed at once, and the event
// is worked on all the same. Storing takes 300 ms here, so that a process which had answered before would not live
// to end it.
func TestRow10KilledAfterThe200(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.stop()
	h.slowly(300 * time.Millisecond)
	var said []string
	for i := range 3 {
		addr := free(t)
		_, kill := h.part("web", addr)
		h.listening(addr)
		h.Deliver(h.Account, "http://"+addr, false)
		for try := 0; ; try++ { // on a busy machine it may take more than one
			words := fmt.Sprint("ก่อนตาย ", i, " ", try)
			if h.Tries("text", map[string]any{"text": words}).Status == http.StatusOK {
				kill()
				said = append(said, words)
				break
			}
		}
	}
	if status := h.Tries("text", map[string]any{"text": "ไม่มีใครอยู่"}).Status; status == http.StatusOK {
		t.Fatal("nobody is there, and somebody answered 200")
	}
	h.stop = h.work()
	h.Settled()
	if got := h.Heard(); slices.ContainsFunc(said, func(words string) bool { return !slices.Contains(got, words) }) {
		t.Errorf("worked on %q, want %q", got, said)
	}
	h.NothingWaits()
}

// slowly has the database take so long, from now on, before it stores events.
func (h *house) slowly(each time.Duration) {
	h.T.Helper()
	db, err := pgx.Connect(h.T.Context(), h.Plan.Database)
	must(h.T, err)
	for _, sql := range []string{
		fmt.Sprintf(`CREATE FUNCTION store_slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(%g); RETURN NULL; END $$`, each.Seconds()),
		`CREATE TRIGGER store_slowly BEFORE INSERT ON inbound_events FOR EACH STATEMENT EXECUTE FUNCTION store_slowly()`,
	} {
		_, err := db.Exec(h.T.Context(), sql)
		must(h.T, err)
	}
	must(h.T, db.Close(h.T.Context()))
}

// Row 11: an event that comes several times, without being called a redelivery, files one ticket.
func TestRow11DuplicatesFileOneTicket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Settings(map[string]any{"duplicateWebhooks": 3})
	h.Asks("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	if n := len(h.Tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if n := h.Times("ใบรับคำขอ"); n != 1 {
		t.Errorf("%d receipts:\n%s", n, h.Since(0))
	}
}

// entry is a server before the webhook that may do something else than passing a delivery on.
func (h *house) entry(do func(w http.ResponseWriter, r *http.Request, pass func() int)) string {
	h.T.Helper()
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
			h.Hook.ServeHTTP(record, again)
			return record.Code
		})
	}))
	h.T.Cleanup(server.Close)
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
			h.Settings(map[string]any{"redeliverySchedule": []float64{0.05}})
			h.Deliver(h.Account, h.entry(func(w http.ResponseWriter, _ *http.Request, pass func() int) {
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
				h.Tries(what, body)
				h.Until("the redelivery is taken", func() bool { return taken.Load() > before })
				h.Settled()
			}
			step("follow", nil)
			step("postback", map[string]any{"data": startQuestion})
			step("text", map[string]any{"text": "เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง"})
			step("postback", map[string]any{"data": h.Button("ส่งคำขอ")})
			if n := len(h.Tickets()); n != 1 {
				t.Errorf("%d tickets", n)
			}
			if n := h.Times("ใบรับคำขอ"); n != 1 {
				t.Errorf("%d receipts:\n%s", n, h.Since(0))
			}
			h.Is(4, "events", `SELECT count(*) FROM inbound_events`)
		})
	}
}

// Row 13: one delivery that arrives twice at the same instant, over two connections, is one ticket.
func TestRow13TwoAtTheSameInstant(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Press(startQuestion)
	h.Say("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง")
	data := h.Button("ส่งคำขอ")
	h.Deliver(h.Account, h.entry(func(w http.ResponseWriter, _ *http.Request, pass func() int) {
		other := make(chan int)
		go func() { other <- pass() }()
		status := pass()
		w.WriteHeader(max(status, <-other))
	}), false)
	h.Press(data)
	if n := len(h.Tickets()); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if n := h.Times("ใบรับคำขอ"); n != 1 {
		t.Errorf("%d receipts:\n%s", n, h.Since(0))
	}
}

// Row 14: events of one person that overtook one another on their way are worked on in the order of
// their time.
func TestRow14OutOfOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.stop() // everything arrives before anybody works
	now := time.Now()
	for _, i := range []int{3, 1, 4, 0, 2} {
		h.Event(testhouse.Text(fmt.Sprint("50", i), fmt.Sprint("ข้อความที่ ", i), now.Add(time.Duration(i)*time.Millisecond)))
	}
	h.stop = h.work()
	h.Settled()
	if got := h.Heard(); !slices.Equal(got, []string{"ข้อความที่ 0", "ข้อความที่ 1", "ข้อความที่ 2", "ข้อความที่ 3", "ข้อความที่ 4"}) {
		t.Errorf("worked on %q", got)
	}
	// In a form the order decides: the question, its answer, and the wish to talk to somebody.
	h.stop()
	now = time.Now()
	tap := map[string]any{"type": "postback", "webhookEventId": "ev600", "timestamp": now.UnixMilli(), "postback": map[string]any{"data": startQuestion}}
	h.Event(testhouse.Text("602", "คุยกับเจ้าหน้าที่", now.Add(2*time.Millisecond)))
	h.Event(testhouse.Text("601", "เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง", now.Add(time.Millisecond)))
	h.Event(tap)
	h.stop = h.work()
	h.Settled()
	all := h.Tickets()
	if len(all) != 1 || !strings.Contains(strings.Join(h.List(`SELECT answers::text FROM requests`), ""), "เปิดร้านซ่อมรถ") {
		t.Errorf("%d tickets; said:\n%s", len(all), h.Since(0))
	}
}

// counting has the workers count from now on the events of a type that this release does not know.
func (h *house) counting() *atomic.Int32 {
	h.T.Helper()
	var unknown atomic.Int32
	h.stop()
	h.Unknown = func() { unknown.Add(1) }
	h.stop = h.work()
	return &unknown
}

// Row 16: an event, a message or a source of an unknown type is kept raw, as are fields that nobody knows, and each
// is told of exactly once.
func TestRow16UnknownIsCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	unknown := h.counting()
	message := testhouse.Text("762", "x", time.Now())
	message["message"] = map[string]any{"id": "762", "type": "smell", "text": map[string]any{"note": "oud"}}
	source := testhouse.Text("763", "คุยกับเจ้าหน้าที่", time.Now())
	source["source"] = map[string]any{"type": "spaceship", "userId": "U99999999999999999999999999999999"}
	known := testhouse.Text("764", "สวัสดี", time.Now())
	known["later"] = map[string]any{"x": []int{1}}
	for i, e := range []struct {
		what string
		body map[string]any
		want int32
	}{
		{"event", map[string]any{"type": "teleport", "webhookEventId": "ev761"}, 1},
		{"message", message, 1},
		{"source", source, 1},
		{"event from an unknown source", map[string]any{"type": "beacon", "webhookEventId": "ev765", "source": map[string]any{"type": "crowd"}}, 1},
		{"field", known, 0},
	} {
		unknown.Store(0)
		h.Event(e.body)
		h.Settled()
		if n := unknown.Load(); n != e.want {
			t.Errorf("an unknown %s is told of %d times, want %d", e.what, n, e.want)
		}
		h.Is(i+1, "events are stored raw and done", `SELECT count(*) FROM inbound_events WHERE event_id LIKE 'ev76%' AND state = 'done' AND body <> ''`)
	}
}

// traces is what a person or a group could leave behind.
func (h *house) traces() string {
	h.T.Helper()
	return fmt.Sprintf("%d bubbles, calls %v %v %v, %d messages, %d requests, %d citizens, %d conversations",
		len(h.Said()), h.Calls("/message/reply"), h.Calls("/message/push"), h.Calls("/loading/start"),
		h.Count(`SELECT count(*) FROM messages`), h.Count(`SELECT count(*) FROM requests`), h.Count(`SELECT count(*) FROM citizens`),
		h.Count(`SELECT count(*) FROM conversations`))
}

// Row 19: in standby another module owns the chat: the event is stored and nothing is sent.
func TestRow19Standby(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	before := h.traces()
	for i, e := range []map[string]any{testhouse.Text("700", "คุยกับเจ้าหน้าที่", time.Now()), {"type": "postback", "webhookEventId": "ev701", "postback": map[string]any{"data": startQuestion}}, {"type": "follow", "webhookEventId": "ev702"}} {
		e["mode"], e["replyToken"] = "standby", nil
		if i == 0 {
			e["source"] = map[string]any{"type": "user", "userId": "U99999999999999999999999999999999"}
		}
		h.Event(e)
	}
	h.Settled()
	if after := h.traces(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
	h.Is(3, "events stored", `SELECT count(*) FROM inbound_events WHERE event_id LIKE 'ev70%' AND state = 'done' AND body <> ''`)
}

// Row 20: an event without a person is no crash and no ticket.
func TestRow20NobodyKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	unknown := h.counting()
	before := h.traces()
	for i, source := range []map[string]any{{"type": "user"}, {"type": "user", "userId": ""}, {"type": "cloud"}, {}} {
		e := testhouse.Text(fmt.Sprint("71", i), "คุยกับเจ้าหน้าที่", time.Now())
		e["source"] = source
		h.Event(e)
	}
	h.Settled()
	if after := h.traces(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
	if n := unknown.Load(); n != 2 {
		t.Errorf("%d events are told of as from an unknown kind of source, want the cloud's and the one of no kind", n)
	}
	h.Say("ยังอยู่ไหม")
	if got := h.Heard(); !slices.Equal(got, []string{"ยังอยู่ไหม"}) {
		t.Errorf("worked on %q", got)
	}
	if strings.Contains(h.Diary.String(), "panicked") {
		t.Error("a step panicked")
	}
}
