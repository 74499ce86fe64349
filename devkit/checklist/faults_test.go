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

	"saphan/devkit/testhouse"
	"saphan/files"
)

// R3: the reply token is too old when the call is made, or was used: the same messages go out by push,
// once, and count against the month.
func TestR3ReplyTokenIsNoGood(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*house){
		"too old": func(h *house) { h.Sim.Advance(90 * time.Second) },
		"used":    func(h *house) { h.burn() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.Follow()
			before := len(h.Said())
			h.Say("เมนู")
			once := h.Said()[before:]
			h.stop()
			before = len(h.Said())
			pushes, used := len(h.Requests("/message/push")), h.used()
			h.Types("เมนู")
			spoil(h)
			before = max(before, len(h.Said()))
			h.stop = h.work()
			h.Hurried()
			h.Shown(before, once...)
			if calls := h.Requests("/message/push")[pushes:]; len(calls) != 1 || calls[0].Status != http.StatusOK || calls[0].RetryKey == "" {
				t.Errorf("pushed %+v", calls)
			}
			if n := h.Calls("/message/reply")[http.StatusBadRequest]; n != 1 {
				t.Errorf("%d replies were refused", n)
			}
			if n := h.used() - used; n != 1 {
				t.Errorf("%d messages count against the month", n)
			}
			h.NothingWaits()
		})
	}
}

// api calls LINE as the account's owner does.
func (h *house) api(method, path, body string) (status int, answer string) {
	h.T.Helper()
	req, err := http.NewRequestWithContext(h.T.Context(), method, h.Plan.Phone+"/api"+path, strings.NewReader(body))
	must(h.T, err)
	req.Header.Set("Authorization", "Bearer "+h.Account.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	must(h.T, err)
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
	h.T.Helper()
	_, answer := h.api("GET", "/v2/bot/message/quota/consumption", "")
	var v struct{ TotalUsage int }
	must(h.T, json.Unmarshal([]byte(answer), &v))
	return v.TotalUsage
}

// burn uses the token that the newest event brought, as if somebody else had answered.
func (h *house) burn() {
	h.T.Helper()
	token := h.List(`SELECT convert_from(body, 'UTF8')::jsonb->>'replyToken' FROM inbound_events WHERE state = 'waiting' ORDER BY id DESC LIMIT 1`)
	if len(token) != 1 {
		h.T.Fatal("no event waits")
	}
	if status, answer := h.api("POST", "/v2/bot/message/reply", `{"replyToken":"`+token[0]+`","messages":[{"type":"text","text":"จากคนอื่น"}]}`); status != http.StatusOK {
		h.T.Fatalf("%d %s", status, answer)
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
			h.Follow()
			before := len(h.Said())
			h.Say("เมนู")
			once := h.Said()[before:]
			for i, kind := range kinds {
				meet, ok := kind.([]any)
				if !ok {
					meet = []any{kind}
				}
				faults := func(path string) {
					var list []any
					for _, f := range meet {
						one := testhouse.Fault(path, f, 1)
						if f == "slow" {
							one["delay"] = 0.3
						}
						list = append(list, one)
					}
					h.Settings(map[string]any{"failNext": list})
				}
				before := len(h.Said())
				faults("/v2/bot/message/reply")
				h.Types("เมนู")
				h.Hurried()
				if got := h.Said()[before:]; !slices.Equal(got, once) {
					t.Errorf("by reply, %v: shown %q", kind, got)
				}
				h.UseUp()
				before = len(h.Said())
				faults("/v2/bot/message/push")
				var texts []string
				for _, text := range testhouse.Many(7) {
					texts = append(texts, fmt.Sprint(text, " ครั้งที่ ", i))
				}
				h.Tell(texts...)
				h.Hurried()
				if got := h.Said()[before:]; !slices.Equal(got, texts) {
					t.Errorf("by push, %v: shown %q", kind, got)
				}
			}
			h.Is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
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
	h.T.Helper()
	h.stop()
	pid, _ = h.part("worker", "")
	h.Say("สวัสดี") // it is at work, and has loaded what it needs
	return pid
}

// makes sends a file of any size, whose bytes are made on the way.
func (h *house) makes(kind, name string, size int64) {
	h.T.Helper()
	h.Control("POST", fmt.Sprintf("chats/%s/media?kind=%s&name=%s&size=%d", h.ID, kind, name, size), nil, nil)
}

// Row 26: a large video is streamed: the worker's memory stays flat; one beyond the cap is refused, and
// the citizen is told.
func TestRow26LargeVideo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Say("คุยกับเจ้าหน้าที่")
	pid := h.workApart()
	before := peak(t, pid)
	const large = 72 << 20
	h.makes("video", "a.mp4", large)
	h.Hurried()
	all := h.Attachments()
	if len(all) != 1 || all[0].Size != large {
		t.Fatalf("stored %+v\n%s", all, h.Since(max(0, len(h.Said())-2)))
	}
	said := len(h.Said())
	h.makes("video", "b.mp4", files.DefaultMax+1)
	h.Hurried()
	if got := h.Since(said); !strings.Contains(got, "ใหญ่เกิน") {
		t.Errorf("of a video beyond the cap the citizen was told: %s", got)
	}
	if all := h.Attachments(); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
	if more := peak(t, pid) - before; more > spare {
		t.Errorf("the worker held %d MB more", more>>20)
	}
	h.NothingWaits()
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
		p := h.NewPerson(fmt.Sprint("คนที่ ", i))
		p.Follow()
		p.Press(startProblem)
		p.Tap("ไฟถนนดับ")
		said := len(p.Said())
		one := testhouse.Fault("/v2/bot/message/*/content", c.fault, c.times)
		one["size"] = int64(300 << 20)
		h.Settings(map[string]any{"failNext": []any{one}})
		p.Send("image", "a.jpg", testhouse.Photo(t, 0))
		h.Until(fmt.Sprintf("the citizen is told after %v", c.fault), func() bool { h.Hurry(); return len(p.Said()) > said })
		h.Settings(map[string]any{"failNext": []any{}})
		h.Hurried()
		told := p.Since(said)
		p.Say("ข้าม")
		p.Say("เสาไฟเลขที่ 14 หน้าศาลาหมู่ 4")
		p.Say("ข้าม")
		p.Tap("ส่งคำขอ")
		h.Hurried()
		if n := p.Times("รับเรื่องแล้ว"); n != 1 {
			t.Errorf("%v: %d receipts; the citizen was told %s, and in the end\n%s", c.fault, n, told, p.Since(max(0, len(p.Said())-3)))
		}
		if h.Count(`SELECT count(*) FROM requests q JOIN tickets t ON t.request_id = q.id JOIN conversations c ON c.id = q.conversation_id WHERE c.source = $1`, p.User) != 1 {
			t.Errorf("%v: no ticket", c.fault)
		}
	}
	if more := peak(t, pid) - before; more > spare {
		t.Errorf("the worker held %d MB more", more>>20)
	}
	h.NothingWaits()
}

// R12: one message in a few that breaks the step, or that no database takes, is put aside with a reason;
// the people who sent them go on, and nobody else notices.
func TestR12PoisonIsPutAside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	others := []*testhouse.Person{h.NewPerson("คนที่สอง"), h.NewPerson("คนที่สาม")}
	for _, p := range others {
		p.Follow()
	}
	h.poison("พิษ")
	now := time.Now()
	h.Event(testhouse.Text("901", "ก่อนพิษ", now), testhouse.Text("902", "พิษ", now.Add(time.Millisecond)), testhouse.Text("903", "หลังพิษ", now.Add(2*time.Millisecond)),
		testhouse.Text("904", "ไม่ใช่ \x00 ตัวอักษร", now.Add(3*time.Millisecond)), testhouse.Text("905", strings.Repeat("ก็", 2500), now.Add(4*time.Millisecond)),
		map[string]any{"type": "message", "webhookEventId": "ev906", "message": map[string]any{"type": "smell", "id": "906"}},
		map[string]any{"type": "message", "webhookEventId": "ev907", "message": "ไม่ใช่ข้อความ"},
		map[string]any{"type": "teleport", "webhookEventId": "ev908"})
	for i, p := range others {
		p.Types(fmt.Sprint("คนอื่นพูด ", i))
	}
	h.Until("the poisoned event is put aside", func() bool {
		h.Forgive()
		return h.Count(`SELECT count(*) FROM inbound_events WHERE event_id = 'ev902' AND state = 'quarantined' AND problem <> ''`) == 1
	})
	h.Hurried()
	h.Is(2, "events put aside with a reason", `SELECT count(*) FROM inbound_events WHERE state = 'quarantined' AND problem <> ''`) // and 907
	heard := h.Heard()
	for _, words := range []string{"ก่อนพิษ", "หลังพิษ", strings.Repeat("ก็", 2500), "คนอื่นพูด 0", "คนอื่นพูด 1"} {
		if !slices.Contains(heard, words) {
			t.Errorf("%.30q was not heard", words)
		}
	}
	if slices.Contains(heard, "พิษ") {
		t.Error("the poison was heard")
	}
	h.Say("ยังอยู่ไหม")
	if heard := h.Heard(); heard[len(heard)-1] != "ยังอยู่ไหม" {
		t.Errorf("what is said later is not heard: %q", heard)
	}
	for _, p := range others {
		p.Say("ยังอยู่ไหม")
	}
	h.NothingWaits()
}

// poison makes the database refuse a message with these words, whenever it is tried.
func (h *house) poison(words string) {
	h.T.Helper()
	conn, err := pgx.Connect(h.T.Context(), h.Plan.Database)
	must(h.T, err)
	_, err = conn.Exec(h.T.Context(), `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''index out of range''; END';
		CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.text = '`+words+`') EXECUTE FUNCTION refuse()`)
	must(h.T, err)
	must(h.T, conn.Close(h.T.Context()))
}

// R16: a message is taken back before, while and after it is worked on, and before its own event comes:
// nothing of it is left.
func TestR16UnsendAtAnyTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	const marker = "มะม่วงสุกงอม"
	take := func(id string) { h.Tries("unsend", map[string]any{"messageId": id}) }
	// After.
	d := h.Say(marker + " หลัง")
	take(d.MessageID)
	h.Hurried()
	// Before: both wait when work begins.
	h.stop()
	d = h.Types(marker + " ก่อน")
	take(d.MessageID)
	h.stop = h.work()
	h.Hurried()
	// While a photo is being fetched.
	h.Settings(map[string]any{"contentDelay": 0, "failNext": []any{map[string]any{"path": "/v2/bot/message/*/content", "status": "slow", "delay": 1.5, "times": 1}}})
	d = h.Send("image", marker+".jpg", testhouse.Photo(t, 0))
	h.Until("the photo is being fetched", func() bool {
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND held_by IS NOT NULL`) > 0
	})
	take(d.MessageID)
	h.Hurried()
	// Before its own event.
	h.Event(map[string]any{"type": "unsend", "replyToken": nil, "unsend": map[string]any{"messageId": "1401"}})
	h.Hurried()
	h.Event(testhouse.Text("1401", marker+" มาทีหลัง", time.Now()))
	h.Hurried()
	h.Nowhere(marker)
	for _, a := range h.Attachments() {
		if a.State != files.Gone {
			t.Errorf("kept %+v", a)
		}
	}
	if n := h.Stored(); n != 0 {
		t.Errorf("%d objects are in the store", n)
	}
	if got := strings.Join(h.Thread(ticket.ID), "\n"); strings.Contains(got, marker) {
		t.Errorf("the officers read %s", got)
	}
	if strings.Contains(h.Diary.String(), marker) {
		t.Error("it is in the log")
	}
	h.NothingWaits()
}
