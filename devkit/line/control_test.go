package line_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line"
)

// A chat opened for the first time befriends the account; afterwards reading changes nothing.
func TestChatFirstOpening(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	c := w.chat(w.woman, 0)
	if c.User["name"] != "สมหญิง (ตัวอย่าง)" || c.User["following"] != true || c.Channel["destination"] != destination {
		t.Errorf("chat %+v", c)
	}
	e := w.bot.next(t).events[0]
	f, _ := e["follow"].(map[string]any)
	if e["type"] != "follow" || f["isUnblocked"] != false || e["replyToken"] == nil {
		t.Errorf("event %v", e)
	}
	w.chat(w.woman, 0)
	w.say(w.man, "เขียนก่อนเพิ่มเพื่อน")
	if c := w.chat(w.man, 0); c.User["following"] != false {
		t.Errorf("reading a chat that has begun befriends: %v", c.User)
	}
	w.bot.none(t, 200*time.Millisecond)
	w.control("POST", "chats/"+w.woman+"/block", nil, nil)
	w.control("POST", "chats/"+w.woman+"/block", nil, nil)
	w.bot.next(t)
	if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/text", nil, `{"text":"บล็อกอยู่"}`); status != http.StatusConflict {
		t.Errorf("writing while blocking: %d", status)
	}
	w.control("POST", "chats/"+w.woman+"/follow", nil, nil)
	e = w.bot.next(t).events[0]
	if f, _ := e["follow"].(map[string]any); f["isUnblocked"] != true {
		t.Errorf("unblocked: %v", e)
	}
}

// The chat shows both sides in order; only the last message's quick reply; changes come after seq.
func TestChatView(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := replyToken(t, w.say(w.woman, "สวัสดี"))
	w.api("POST", "/v2/bot/message/reply", map[string]any{"replyToken": token, "messages": []any{
		json.RawMessage(quickOf(okAction)),
		json.RawMessage(`{"type":"text","text":"สอง","sender":{"name":"ฝ่ายช่าง"},"quickReply":{"items":[{"type":"action","action":{"type":"location","label":"ตำแหน่ง"}}]}}`),
	}})
	c := w.chat(w.woman, 0)
	if len(c.Messages) != 3 || c.Messages[0].From != "user" || c.Messages[1].From != "bot" || c.Messages[2].Via != "reply" {
		t.Fatalf("messages %+v", c.Messages)
	}
	items, _ := c.QuickReply["items"].([]any)
	action, _ := items[0].(map[string]any)["action"].(map[string]any)
	if action["type"] != "location" || c.Messages[2].Sender["name"] != "ฝ่ายช่าง" {
		t.Errorf("quick reply %v, sender %v", c.QuickReply, c.Messages[2].Sender)
	}
	w.control("POST", "chats/"+w.woman+"/postback", map[string]any{"data": "v1|x", "displayText": "ตกลง"}, nil)
	p := w.bot.next(t).events[0]
	if p["type"] != "postback" || p["message"] != nil {
		t.Errorf("postback %v", p)
	}
	later := w.chat(w.woman, c.Seq)
	if later.QuickReply != nil {
		t.Errorf("quick reply stays after the tap: %v", later.QuickReply)
	}
	if !eventually(func() bool {
		l := w.chat(w.woman, c.Seq)
		return len(l.Messages) == 1 && l.Messages[0].Message["text"] == "ตกลง" && l.Messages[0].Read
	}) {
		t.Errorf("after %d: %+v", c.Seq, later.Messages)
	}
	seq := w.chat(w.woman, 0).Seq
	if n := len(w.chat(w.woman, seq).Messages); n != 0 {
		t.Errorf("%d messages after the last change", n)
	}
	w.control("POST", "chats/"+w.woman+"/unsend", map[string]any{"messageId": c.Messages[0].ID}, nil)
	u := w.bot.next(t).events[0]
	if u["type"] != "unsend" || u["replyToken"] != nil || u["unsend"].(map[string]any)["messageId"] != c.Messages[0].ID {
		t.Errorf("unsend %v", u)
	}
	changed := w.chat(w.woman, seq).Messages
	if len(changed) != 1 || !changed[0].Unsent || changed[0].Seq != c.Messages[0].Seq || changed[0].Message["text"] != nil {
		t.Errorf("unsent bubble %+v", changed)
	}
	for _, id := range []string{c.Messages[0].ID, c.Messages[1].ID, "1"} {
		if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/unsend", nil, `{"messageId":"`+id+`"}`); status == http.StatusOK {
			t.Errorf("unsend of %s works", id)
		}
	}
}

// The event stream tells of each change, and once on connecting.
func TestChatEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/control/chats/"+w.woman+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	lines := make(chan string, 100)
	go func() {
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			lines <- in.Text()
		}
		close(lines)
	}()
	wait := func(want string) {
		t.Helper()
		for {
			select {
			case l, open := <-lines:
				if !open {
					t.Fatalf("stream ended before %q", want)
				}
				if strings.HasPrefix(l, want) {
					return
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("no %q", want)
			}
		}
	}
	wait(`data: {"seq":0}`)
	w.say(w.woman, "สวัสดี")
	wait("event: chat")
	wait(`data: {"seq":`)
	w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": texts(1)})
	wait("event: chat")
}

// Only this machine's own pages and scripts may act.
func TestControlRefusesOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
	} {
		if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/text", header, `{"text":"x"}`); status != http.StatusForbidden {
			t.Errorf("%v: %d", header, status)
		}
	}
	own := map[string]string{"Origin": w.url, "Sec-Fetch-Site": "same-origin"}
	if status, _, body := w.do("POST", "/control/chats/"+w.woman+"/text", own, `{"text":"x"}`); status != http.StatusOK {
		t.Errorf("own page: %d %s", status, body)
	}
	for path, want := range map[string]int{
		"chats/nobody": http.StatusNotFound, "chats/" + w.woman + "?channel=x": http.StatusNotFound,
		"chats/" + w.woman + "?after=x": http.StatusBadRequest, "nothing": http.StatusNotFound,
	} {
		if status, _, body := w.do("GET", "/control/"+path, nil, nil); status != want || !strings.Contains(string(body), `"error":"`) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// Section 9: faults that a script may order.
func TestFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	fail := func(faults ...line.Fault) {
		t.Helper()
		w.control("POST", "settings", map[string]any{"failNext": faults}, nil)
	}
	const path = "/v2/bot/message/push"
	fail(line.Fault{Path: path, Status: 500, Times: 2}, line.Fault{Path: path, Status: 429, Message: "You have reached your monthly limit."})
	for i, want := range []int{500, 500, 429, 200} {
		status, _, v := w.pushWith(retryKey, texts(1))
		if status != want {
			t.Errorf("call %d: %d %v, want %d", i+1, status, v, want)
		}
	}
	seen := len(w.chat(w.woman, 0).Messages)

	client := &http.Client{Timeout: 300 * time.Millisecond}
	push := func(key string) error {
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/api"+path, strings.NewReader(`{"to":"`+w.woman+`","messages":[{"type":"text","text":"ก"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Line-Retry-Key", key)
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
	for i, tc := range []struct {
		status   string
		accepted bool
	}{{"reset", false}, {"timeout", false}, {"reset_after_accept", true}, {"timeout_after_accept", true}} {
		fail(line.Fault{Path: "/v2/bot/message/*", Method: "POST", Status: tc.status})
		key := retryKey[:35] + string(rune('1'+i))
		if err := push(key); err == nil {
			t.Errorf("%s: the bot got an answer", tc.status)
		}
		if tc.accepted {
			seen++
		}
		if n := len(w.chat(w.woman, 0).Messages); n != seen {
			t.Errorf("%s: %d messages, want %d", tc.status, n, seen)
		}
		status, _, _ := w.pushWith(key, texts(1))
		want := http.StatusOK
		if tc.accepted {
			want = http.StatusConflict
		} else {
			seen++
		}
		if status != want {
			t.Errorf("retry after %s: %d, want %d", tc.status, status, want)
		}
	}
	for _, bad := range []string{`{"failNext":[{"path":"/x","status":"later"}]}`, `{"failNext":[{"path":"[","status":500}]}`, `{"redeliverySchedule":[]}`, `{"unknown":1}`, `[]`} {
		if status, _, body := w.do("POST", "/control/settings", nil, bad); status != http.StatusBadRequest {
			t.Errorf("settings %s: %d %s", bad, status, body)
		}
	}
}

// The record of calls: what, when, how answered, and no token in it.
func TestRequestsRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	w.pushWith(retryKey, texts(1))
	w.pushWith(retryKey, texts(6))
	w.form("/oauth2/v3/token", "grant_type=client_credentials&client_id=1&client_secret="+secret)
	_, _, raw := w.do("GET", "/control/requests", nil, nil)
	if strings.Contains(string(raw), token) || strings.Contains(string(raw), secret) {
		t.Error("the record holds a secret")
	}
	var calls []struct {
		Seq                           int64
		Method, Path, RetryKey, Error string
		Status                        int
		Body                          map[string]any
	}
	if err := json.Unmarshal(raw, &calls); err != nil {
		t.Fatal(err)
	}
	if len(calls) != 3 || calls[0].Path != "/v2/bot/message/push" || calls[0].Status != 200 || calls[0].RetryKey != retryKey ||
		calls[0].Body["to"] != w.woman || calls[0].Error != "" || !strings.Contains(calls[1].Error, "Size must be between 1 and 5") {
		t.Errorf("record %+v", calls)
	}
	var later []any
	w.control("GET", "requests?after=2", nil, &later)
	if len(later) != 1 {
		t.Errorf("after 2: %v", later)
	}
}

// Scripted events: defaults, broken batches, forged signatures, raw bodies (rows 2, 7, 15 to 19).
func TestScriptedEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var a acted
	w.control("POST", "events", `{"type":"membership","membership":{"type":"joined","membershipId":1}}`, &a)
	h := w.bot.next(t)
	e := h.events[0]
	s, _ := e["source"].(map[string]any)
	if a.Status != 200 || e["webhookEventId"] != a.WebhookEventID || s["userId"] != w.woman || e["mode"] != "active" {
		t.Errorf("event %v, answer %+v", e, a)
	}
	if status, v := w.replyWith(replyToken(t, e)); status != http.StatusOK {
		t.Errorf("its reply token: %d %v", status, v)
	}
	w.control("POST", "events", `{"user":"`+w.man+`","events":[{"type":"message","mode":"standby","replyToken":null},5,{"type":7,"webhookEventId":9}]}`, nil)
	h = w.bot.next(t)
	if !strings.Contains(string(h.body), `,5,{`) || strings.Contains(string(h.body), `null`) || h.header.Get("X-Line-Signature") != signature(h.body) {
		t.Errorf("batch %s", h.body)
	}
	w.control("POST", "events", `{"type":"follow","follow":{"isUnblocked":false},"forgedSignature":true}`, nil)
	if h = w.bot.next(t); h.header.Get("X-Line-Signature") == signature(h.body) || strings.Contains(string(h.body), "forged") {
		t.Errorf("forged: %s", h.body)
	}
	w.control("POST", "events", `{"raw":"{\"events\": [ ]}  "}`, nil)
	if h = w.bot.next(t); string(h.body) != `{"events": [ ]}  ` || h.header.Get("X-Line-Signature") != signature(h.body) {
		t.Errorf("raw: %s", h.body)
	}
	w.control("POST", "events", `{"events":[],"noDestination":true}`, nil)
	if h = w.bot.next(t); string(h.body) != `{"events":[]}` {
		t.Errorf("without destination: %s", h.body)
	}
	w.control("POST", "settings", map[string]any{"duplicateWebhooks": 2}, nil)
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "สามครั้ง"}, nil)
	first := string(w.bot.next(t).body)
	for range 2 {
		if again := string(w.bot.next(t).body); again != first || strings.Contains(again, `"isRedelivery":true`) {
			t.Errorf("duplicate differs: %s", again)
		}
	}
}

// Groups: messages carry the group and the writer; the account leaves (section 5.2).
func TestGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for kind, field := range map[string]string{"group": "groupId", "room": "roomId"} {
		var g struct{ ID string }
		w.control("POST", "groups", map[string]any{"kind": kind, "name": "หมู่บ้าน", "members": []string{w.woman}}, &g)
		join := w.bot.next(t).events[0]
		if s, _ := join["source"].(map[string]any); join["type"] != "join" || s["type"] != kind || s[field] != g.ID || s["userId"] != nil {
			t.Errorf("join %v", join)
		}
		w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "ในกลุ่ม", "group": g.ID}, nil)
		if s, _ := w.bot.next(t).events[0]["source"].(map[string]any); s[field] != g.ID || s["userId"] != w.woman {
			t.Errorf("source %v", s)
		}
		if status, _, _ := w.do("POST", "/control/chats/"+w.man+"/text", nil, `{"text":"x","group":"`+g.ID+`"}`); status != http.StatusNotFound {
			t.Errorf("a stranger writes in the group: %d", status)
		}
		var c chat
		w.control("GET", "chats/"+g.ID+"?as="+w.woman, nil, &c)
		if len(c.Messages) != 1 || c.Messages[0].Message["text"] != "ในกลุ่ม" {
			t.Errorf("group chat %+v", c.Messages)
		}
		if status, _, v := w.api("GET", "/v2/bot/"+kind+"/"+g.ID+"/members/count", nil); status != 200 || v["count"] != 1.0 {
			t.Errorf("count: %d %v", status, v)
		}
		if status, _, v := w.api("POST", "/v2/bot/"+kind+"/"+g.ID+"/leave", nil); status != 200 {
			t.Errorf("leave: %d %v", status, v)
		}
		if e := w.bot.next(t).events[0]; e["type"] != "leave" {
			t.Errorf("after leaving: %v", e)
		}
		status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": g.ID, "messages": texts(1)})
		wantError(t, status, v, http.StatusBadRequest, "Failed to send messages")
	}
}

// The webhook endpoint can be asked, set and tried.
func TestWebhookEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const path = "/v2/bot/channel/webhook/endpoint"
	if status, _, v := w.api("GET", path, nil); status != 200 || v["endpoint"] != w.bot.URL {
		t.Errorf("endpoint: %d %v", status, v)
	}
	for _, bad := range []string{"http://example.com/", "ftp://example.com", "https://", "x", "https://example.com/" + strings.Repeat("x", 500)} {
		status, _, v := w.api("PUT", path, map[string]any{"endpoint": bad})
		wantError(t, status, v, http.StatusBadRequest, "Invalid webhook endpoint URL")
	}
	w.bot.answer(http.StatusTeapot, 0)
	status, _, v := w.api("POST", "/v2/bot/channel/webhook/test", nil)
	if status != 200 || v["success"] != false || v["statusCode"] != 418.0 || v["reason"] != "ERROR_STATUS_CODE" {
		t.Errorf("test: %d %v", status, v)
	}
	if h := w.bot.next(t); !strings.Contains(string(h.body), `"events":[]`) {
		t.Errorf("test sends %s", h.body)
	}
	other := newBot(t)
	if status, _, v := w.api("PUT", path, map[string]any{"endpoint": other.URL}); status != 200 {
		t.Errorf("set: %d %v", status, v)
	}
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "ที่ใหม่"}, nil)
	other.next(t)
}

// The virtual clock and reset.
func TestClockAndReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newClock())
	w.say(w.woman, "สวัสดี")
	var clock struct{ Now time.Time }
	w.control("POST", "clock", map[string]any{"advance_seconds": 3600}, &clock)
	if want := newClock().at.Add(time.Hour); !clock.Now.Equal(want) {
		t.Errorf("now %v, want %v", clock.Now, want)
	}
	if status, _, _ := w.do("POST", "/control/clock", nil, `{"advance_seconds":-1}`); status != http.StatusBadRequest {
		t.Errorf("backwards: %d", status)
	}
	w.control("POST", "users", map[string]any{"name": "สมใจ (ตัวอย่าง)"}, nil)
	w.control("POST", "reset", nil, nil)
	w.control("GET", "clock", nil, &clock)
	var users []any
	w.control("GET", "users", nil, &users)
	if !clock.Now.Equal(newClock().at) || len(users) != 2 || len(w.chat(w.woman, 0).Messages) != 0 {
		t.Errorf("after reset: %v, %d users", clock.Now, len(users))
	}
}
