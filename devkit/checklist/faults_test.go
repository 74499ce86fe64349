package checklist

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
)

// R3: the reply token is too old when the call is made, or was used: the same messages go out by push,
// once, and count against the month.
func TestR3ReplyTokenIsNoGood(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*house){
		"too old": func(h *house) { h.sim.Advance(90 * time.Second) },
		"used":    func(h *house) { h.burn() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.follow()
			before := len(h.said())
			h.say("เมนู")
			once := h.said()[before:]
			h.stop()
			before = len(h.said())
			pushes, used := len(h.requests("/message/push")), h.used()
			h.types("เมนู")
			spoil(h)
			before = max(before, len(h.said()))
			h.stop = h.work()
			h.hurried()
			h.shown(before, once...)
			if calls := h.requests("/message/push")[pushes:]; len(calls) != 1 || calls[0].Status != http.StatusOK || calls[0].RetryKey == "" {
				t.Errorf("pushed %+v", calls)
			}
			if n := h.calls("/message/reply")[http.StatusBadRequest]; n != 1 {
				t.Errorf("%d replies were refused", n)
			}
			if n := h.used() - used; n != 1 {
				t.Errorf("%d messages count against the month", n)
			}
			h.nothingWaits()
		})
	}
}

// api calls LINE as the account's owner does.
func (h *house) api(method, path, body string) (status int, answer string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.plan.Phone+"/api"+path, strings.NewReader(body))
	must(h.t, err)
	req.Header.Set("Authorization", "Bearer "+h.account.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	must(h.t, err)
	defer func() { _ = res.Body.Close() }()
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := res.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return res.StatusCode, b.String()
		}
	}
}

// used is how many messages of the month are used.
func (h *house) used() int {
	h.t.Helper()
	_, answer := h.api("GET", "/v2/bot/message/quota/consumption", "")
	var v struct{ TotalUsage int }
	must(h.t, json.Unmarshal([]byte(answer), &v))
	return v.TotalUsage
}

// burn uses the token that the newest event brought, as if somebody else had answered.
func (h *house) burn() {
	h.t.Helper()
	token := h.list(`SELECT convert_from(body, 'UTF8')::jsonb->>'replyToken' FROM inbound_events WHERE state = 'waiting' ORDER BY id DESC LIMIT 1`)
	if len(token) != 1 {
		h.t.Fatal("no event waits")
	}
	if status, answer := h.api("POST", "/v2/bot/message/reply", `{"replyToken":"`+token[0]+`","messages":[{"type":"text","text":"จากคนอื่น"}]}`); status != http.StatusOK {
		h.t.Fatalf("%d %s", status, answer)
	}
}

// R4: whatever goes wrong on the way, by reply and by push, each message is shown once, in order.
func TestR4EachMessageShownOnce(t *testing.T) {
	t.Parallel()
	for name, kinds := range map[string][]any{
		"refused for now":     {500, 502, 503, "rate", "too_many"},
		"cut":                 {"reset", "reset_after_accept", "slow", "garbage"},
		"no answer":           {"timeout"},
		"taken, and silence":  {"timeout_after_accept"},
		"one after the other": {[]any{"reset_after_accept", 500, "reset", "rate", "reset_after_accept", 503}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.follow()
			before := len(h.said())
			h.say("เมนู")
			once := h.said()[before:]
			for i, kind := range kinds {
				meet, ok := kind.([]any)
				if !ok {
					meet = []any{kind}
				}
				faults := func(path string) {
					var list []any
					for _, f := range meet {
						one := fault(path, f, 1)
						if f == "slow" {
							one["delay"] = 0.3
						}
						list = append(list, one)
					}
					h.settings(map[string]any{"failNext": list})
				}
				before := len(h.said())
				faults("/v2/bot/message/reply")
				h.types("เมนู")
				h.hurried()
				if got := h.said()[before:]; !slices.Equal(got, once) {
					t.Errorf("by reply, %v: shown %q", kind, got)
				}
				h.useUp()
				before = len(h.said())
				faults("/v2/bot/message/push")
				var texts []string
				for _, text := range many(7) {
					texts = append(texts, fmt.Sprint(text, " ครั้งที่ ", i))
				}
				h.tell(texts...)
				h.hurried()
				if got := h.said()[before:]; !slices.Equal(got, texts) {
					t.Errorf("by push, %v: shown %q", kind, got)
				}
			}
			h.is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
		})
	}
}

// peak is the most memory that a process has held, in bytes.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("this system does not tell how much memory a process holds")
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 10, 64)
			must(t, err)
			return n << 10
		}
	}
	t.Fatal("the peak is not told")
	return 0
}

// spare is how much more memory files may take (R5).
const spare = heavier * 64 << 20

// workApart moves the work into a process of its own.
func (h *house) workApart() (pid int) {
	h.t.Helper()
	h.stop()
	pid, _ = h.part("worker", "")
	h.say("สวัสดี") // it is at work, and has loaded what it needs
	return pid
}

// makes sends a file of any size, whose bytes are made on the way.
func (p *person) makes(kind, name string, size int64) {
	p.h.t.Helper()
	p.h.control("POST", fmt.Sprintf("chats/%s/media?kind=%s&name=%s&size=%d&channel=%s", p.id, kind, name, size, p.channel), nil, nil)
}

// Row 26: a large video is streamed: the worker's memory stays flat; one beyond the cap is refused, and
// the citizen is told.
func TestRow26LargeVideo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.say("คุยกับเจ้าหน้าที่")
	pid := h.workApart()
	before := peak(t, pid)
	const large = 72 << 20
	h.makes("video", "a.mp4", large)
	h.hurried()
	all := h.attachments()
	if len(all) != 1 || all[0].Size != large {
		t.Fatalf("stored %+v\n%s", all, h.since(max(0, len(h.said())-2)))
	}
	said := len(h.said())
	h.makes("video", "b.mp4", files.DefaultMax+1)
	h.hurried()
	if got := h.since(said); !strings.Contains(got, "ใหญ่เกิน") {
		t.Errorf("of a video beyond the cap the citizen was told: %s", got)
	}
	if all := h.attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
	if more := peak(t, pid) - before; more > spare {
		t.Errorf("the worker held %d MB more", more>>20)
	}
	h.nothingWaits()
}

// R5: whatever LINE answers instead of a photo, the worker's memory is bounded, the citizen is told, and
// the ticket is opened without it.
func TestR5ContentThatIsNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	pid := h.workApart()
	before := peak(t, pid)
	for i, c := range []struct {
		fault any
		times int
		late  time.Duration // how far time goes on meanwhile
	}{
		{404, 1, 0}, {410, 1, 0}, {"huge_body", 1, 0}, {"endless_body", 1, 0}, {"empty_body", 50, 0}, {"cut_body", 50, 0}, {"short_body", 50, 0},
	} {
		p := h.newPerson(fmt.Sprint("คนที่ ", i))
		p.follow()
		p.press(startProblem)
		p.tap("ไฟถนนดับ")
		said := len(p.said())
		one := fault("/v2/bot/message/*/content", c.fault, c.times)
		one["size"] = int64(300 << 20)
		h.settings(map[string]any{"failNext": []any{one}})
		p.send("image", "a.jpg", photo(t))
		h.until(fmt.Sprintf("the citizen is told after %v", c.fault), func() bool { h.hurry(); return len(p.said()) > said })
		h.settings(map[string]any{"failNext": []any{}})
		h.hurried()
		told := p.since(said)
		p.say("ข้าม")
		p.say("เสาไฟเลขที่ 14 หน้าศาลาหมู่ 4")
		p.say("ข้าม")
		p.tap("ส่งคำขอ")
		h.hurried()
		if n := p.times("รับเรื่องแล้ว"); n != 1 {
			t.Errorf("%v: %d receipts; the citizen was told %s, and in the end\n%s", c.fault, n, told, p.since(max(0, len(p.said())-3)))
		}
		if h.count(`SELECT count(*) FROM requests q JOIN tickets t ON t.request_id = q.id JOIN conversations c ON c.id = q.conversation_id WHERE c.source = $1`, p.user) != 1 {
			t.Errorf("%v: no ticket", c.fault)
		}
	}
	if more := peak(t, pid) - before; more > spare {
		t.Errorf("the worker held %d MB more", more>>20)
	}
	h.nothingWaits()
}

// R12: one message in a few that breaks the step, or that no database takes, is put aside with a reason;
// the people who sent them go on, and nobody else notices.
func TestR12PoisonIsPutAside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	others := []*person{h.newPerson("คนที่สอง"), h.newPerson("คนที่สาม")}
	for _, p := range others {
		p.follow()
	}
	h.poison("พิษ")
	now := time.Now()
	h.event(text("901", "ก่อนพิษ", now), text("902", "พิษ", now.Add(time.Millisecond)), text("903", "หลังพิษ", now.Add(2*time.Millisecond)),
		text("904", "ไม่ใช่ \x00 ตัวอักษร", now.Add(3*time.Millisecond)), text("905", strings.Repeat("ก็", 2500), now.Add(4*time.Millisecond)),
		map[string]any{"type": "message", "webhookEventId": "ev906", "message": map[string]any{"type": "smell", "id": "906"}},
		map[string]any{"type": "message", "webhookEventId": "ev907", "message": "ไม่ใช่ข้อความ"},
		map[string]any{"type": "teleport", "webhookEventId": "ev908"})
	for i, p := range others {
		p.types(numbered("คนอื่นพูด ", i))
	}
	h.until("the poisoned event is put aside", func() bool {
		h.everywhere(func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE inbound_events SET failed_at = failed_at - interval '10 seconds' WHERE failed_at IS NOT NULL`)
			return err
		})
		h.hurry()
		return h.count(`SELECT count(*) FROM inbound_events WHERE event_id = 'ev902' AND state = 'quarantined' AND problem <> ''`) == 1
	})
	h.hurried()
	h.is(2, "events put aside with a reason", `SELECT count(*) FROM inbound_events WHERE state = 'quarantined' AND problem <> ''`) // and 907
	heard := h.heard()
	for _, words := range []string{"ก่อนพิษ", "หลังพิษ", strings.Repeat("ก็", 2500), "คนอื่นพูด 0", "คนอื่นพูด 1"} {
		if !slices.Contains(heard, words) {
			t.Errorf("%.30q was not heard", words)
		}
	}
	if slices.Contains(heard, "พิษ") {
		t.Error("the poison was heard")
	}
	h.say("ยังอยู่ไหม")
	if heard := h.heard(); heard[len(heard)-1] != "ยังอยู่ไหม" {
		t.Errorf("what is said later is not heard: %q", heard)
	}
	for _, p := range others {
		p.say("ยังอยู่ไหม")
	}
	h.nothingWaits()
}

// poison makes the database refuse a message with these words, whenever it is tried.
func (h *house) poison(words string) {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.plan.Database)
	must(h.t, err)
	_, err = conn.Exec(h.t.Context(), `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''index out of range''; END';
		CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.text = '`+words+`') EXECUTE FUNCTION refuse()`)
	must(h.t, err)
	must(h.t, conn.Close(h.t.Context()))
}

// R16: a message is taken back before, while and after it is worked on, and before its own event comes:
// nothing of it is left.
func TestR16UnsendAtAnyTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.file("question", answer("question", "ถามหน่อย"))
	const marker = "มะม่วงสุกงอม"
	take := func(id string) { h.tries("unsend", map[string]any{"messageId": id}) }
	// After.
	d := h.say(marker + " หลัง")
	take(d.MessageID)
	h.hurried()
	// Before: both wait when work begins.
	h.stop()
	d = h.types(marker + " ก่อน")
	take(d.MessageID)
	h.stop = h.work()
	h.hurried()
	// While a photo is being fetched.
	h.settings(map[string]any{"contentDelay": 0, "failNext": []any{map[string]any{"path": "/v2/bot/message/*/content", "status": "slow", "delay": 1.5, "times": 1}}})
	d = h.send("image", marker+".jpg", photo(t))
	h.until("the photo is being fetched", func() bool {
		return h.count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND held_by IS NOT NULL`) > 0
	})
	take(d.MessageID)
	h.hurried()
	// Before its own event.
	h.event(map[string]any{"type": "unsend", "replyToken": nil, "unsend": map[string]any{"messageId": "1401"}})
	h.hurried()
	h.event(text("1401", marker+" มาทีหลัง", time.Now()))
	h.hurried()
	h.nowhere(marker)
	for _, a := range h.attachments() {
		if a.State != files.Gone {
			t.Errorf("kept %+v", a)
		}
	}
	if n := h.stored(); n != 0 {
		t.Errorf("%d objects are in the store", n)
	}
	if got := strings.Join(h.thread(ticket.ID), "\n"); strings.Contains(got, marker) {
		t.Errorf("the officers read %s", got)
	}
	if strings.Contains(h.log.String(), marker) {
		t.Error("it is in the log")
	}
	h.nothingWaits()
}
