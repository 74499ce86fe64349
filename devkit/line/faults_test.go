package line_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line"
)

// tallied is the answer of control/tally.
type tallied struct {
	Calls    map[string]map[string]int64
	Webhooks map[string]int64
	Shown    int64
	Unseen   int64
}

// Section 2.6: the 429s have words of their own, and a revoked token stays revoked.
func TestNamedFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	const path = "/v2/bot/message/push"
	for _, tc := range []struct {
		fault   string
		status  int
		message string
	}{
		{"rate", 429, "The API rate limit has been exceeded. Try again later."},
		{"monthly", 429, "You have reached your monthly limit."},
		{"too_many", 429, "Too many messages have been sent to the same user. Try again later."},
		{"revoked", 401, "Authentication failed due to the following reason: invalid token. Confirm that the access token in the authorization header is valid."},
	} {
		w.control("POST", "settings", map[string]any{"failNext": []line.Fault{{Path: path, Status: tc.fault}}}, nil)
		status, _, v := w.api("POST", path, map[string]any{"to": w.woman, "messages": texts(1)})
		wantError(t, status, v, tc.status, tc.message)
	}
	_, v := w.form("/oauth2/v3/token", "grant_type=client_credentials&client_id="+channelID(t, w)+"&client_secret="+secret)
	issued := fmt.Sprint("Bearer ", v["access_token"])
	w.control("POST", "settings", map[string]any{"failNext": []line.Fault{{Path: "/v2/bot/info", Status: "revoked"}}}, nil)
	for range 2 {
		if status, _, v := w.api("GET", "/v2/bot/info", nil, "Authorization", issued); status != http.StatusUnauthorized {
			t.Errorf("revoked token: %d %v, want 401 now and later", status, v)
		}
	}
	w.control("POST", "settings", map[string]any{"failNext": []line.Fault{{Path: "/v2/bot/info", Status: "garbage"}}}, nil)
	status, head, body := w.do("GET", "/api/v2/bot/info", map[string]string{"Authorization": "Bearer " + token}, nil)
	if status != http.StatusOK || head.Get("Content-Type") != "text/html" || head.Get("X-Line-Request-Id") != "" || !strings.Contains(string(body), "<html>") {
		t.Errorf("garbage: %d %s %s", status, head.Get("Content-Type"), body)
	}
}

// channelID asks the simulator for the channel ID of the test's channel.
func channelID(t *testing.T, w *world) string {
	t.Helper()
	var list []struct {
		ChannelID string `json:"channelId"`
	}
	w.control("GET", "channels", nil, &list)
	if len(list) == 0 || list[0].ChannelID == "" {
		t.Fatalf("channels %+v", list)
	}
	return list[0].ChannelID
}

// Too many pushes to one user within a minute, and to nobody else.
func TestPerUserLimit(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	w.say(w.woman, "สวัสดี")
	w.say(w.man, "สวัสดี")
	w.control("POST", "settings", map[string]any{"perUser": 2}, nil)
	push := func(to string) int {
		status, _, _ := w.api("POST", "/v2/bot/message/push", map[string]any{"to": to, "messages": texts(1)})
		return status
	}
	got := []int{push(w.woman), push(w.woman), push(w.woman), push(w.man)}
	c.add(time.Minute)
	got = append(got, push(w.woman))
	if want := []int{200, 200, 429, 200, 200}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Content goes wrong in every way that bytes can.
func TestContentFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	data := []byte(strings.Repeat("x", 5000))
	id := w.upload(w.woman, "file", sample{"ก.pdf", data}).MessageID
	fetch := func(f line.Fault, limit time.Duration) (int64, int64, error) {
		t.Helper()
		f.Path = "/v2/bot/message/*/content"
		w.control("POST", "settings", map[string]any{"failNext": []line.Fault{f}}, nil)
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/api-data/v2/bot/message/"+id+"/content", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		client := &http.Client{Timeout: limit}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		n, err := io.Copy(io.Discard, res.Body)
		return n, res.ContentLength, err
	}
	const patient = 30 * time.Second
	if n, length, err := fetch(line.Fault{Status: "short_body"}, patient); !errors.Is(err, io.ErrUnexpectedEOF) && err == nil || n > 2500 || length != 5000 {
		t.Errorf("short_body: %d of %d, %v", n, length, err)
	}
	if n, length, err := fetch(line.Fault{Status: "cut_body"}, patient); err != nil || n != 2500 || length != 2500 {
		t.Errorf("cut_body: %d of %d, %v", n, length, err)
	}
	if n, length, err := fetch(line.Fault{Status: "empty_body"}, patient); err != nil || n != 0 || length != 0 {
		t.Errorf("empty_body: %d of %d, %v", n, length, err)
	}
	if n, length, err := fetch(line.Fault{Status: "endless_body"}, 300*time.Millisecond); err == nil || n <= 5000 || length != -1 {
		t.Errorf("endless_body: %d of %d, %v", n, length, err)
	}
	if n, _, err := fetch(line.Fault{Status: "slow_body", Delay: 0.05}, 300*time.Millisecond); err == nil || n == 0 || n > 1000 {
		t.Errorf("slow_body: %d, %v", n, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, length, err := fetch(line.Fault{Status: "huge_body"}, 5*time.Minute)
	runtime.ReadMemStats(&after)
	if err != nil || n != 300<<20 || length != n {
		t.Errorf("huge_body: %d of %d, %v", n, length, err)
	}
	if grown := int64(after.Sys) - int64(before.Sys); grown > 100<<20 {
		t.Errorf("huge_body took %d MB", grown>>20)
	}
	if n, _, err := fetch(line.Fault{Status: "slow"}, patient); err != nil || n != 5000 {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

// A file of any size without its bytes lying anywhere.
func TestMadeMedia(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var a acted
	w.control("POST", "chats/"+w.woman+"/media?kind=file&name=scan.pdf&size=5000000000", nil, &a)
	e := w.bot.next(t).events[0]
	message, _ := e["message"].(map[string]any)
	if message["fileSize"] != 5e9 || message["fileName"] != "scan.pdf" {
		t.Errorf("event %v", message)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/api-data/v2/bot/message/"+a.MessageID+"/content", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	head := make([]byte, 8)
	if _, err := io.ReadFull(res.Body, head); err != nil || string(head[:5]) != "%PDF-" || res.ContentLength != 5e9 {
		t.Errorf("content %q of %d, %v", head, res.ContentLength, err)
	}
	for _, bad := range []string{"kind=file&size=0", "kind=ghost&size=9", "kind=file&size=much"} {
		if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/media?"+bad, nil, nil); status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

// Webhooks get lost, and come again when redelivery is on.
func TestDroppedWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{"dropWebhooks": 2, "redeliverySchedule": []float64{0.01}}, nil)
	var a acted
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "สวัสดี"}, &a)
	e := w.bot.next(t).events[0]
	context, _ := e["deliveryContext"].(map[string]any)
	if e["webhookEventId"] != a.WebhookEventID || context["isRedelivery"] != true {
		t.Errorf("event %v, want %s again", e, a.WebhookEventID)
	}
}

// Row 79: a share of everything goes wrong, yet with redelivery every event arrives and with retry
// keys every push shows once.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{
		"faults":             map[string]any{"rate": 0.3, "seed": 7},
		"redeliverySchedule": []float64{0.01},
	}, nil)
	const acts = 60
	want := map[string]bool{}
	for i := range acts {
		var a acted
		w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": fmt.Sprint(i)}, &a)
		want[a.WebhookEventID] = true
	}
	seen := map[string]int{}
	for len(seen) < acts {
		for _, e := range w.bot.next(t).events {
			id, _ := e["webhookEventId"].(string)
			if e["type"] == "somethingNew" {
				continue
			}
			if !want[id] {
				t.Fatalf("event %v was never sent", id)
			}
			seen[id]++
		}
	}
	failed := 0
	for i := range acts {
		key := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		for try := 0; ; try++ {
			status, err := w.pushRaw(key, fmt.Sprintf("ตอบ %d", i))
			if status == http.StatusOK || status == http.StatusConflict {
				break
			}
			failed++
			if try > 50 {
				t.Fatalf("push %d: %d %v after 50 tries", i, status, err)
			}
		}
	}
	var tally tallied
	w.control("GET", "tally", nil, &tally)
	if tally.Shown != acts {
		t.Errorf("%d answers shown, want %d", tally.Shown, acts)
	}
	if failed == 0 || tally.Calls["POST /v2/bot/message/push"]["200"] == 0 {
		t.Errorf("%d failures, tally %+v", failed, tally)
	}
	for _, bad := range []string{`{"rate":2}`, `{"rate":0.1,"kinds":["nonsense"]}`, `{"rate":0.1,"kinds":["200"]}`, `{"rate":0.1,"path":"["}`} {
		if status, _, _ := w.do("POST", "/control/settings", nil, `{"faults":`+bad+`}`); status != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", bad, status)
		}
	}
}

// pushRaw pushes one text and bears broken connections.
func (w *world) pushRaw(key, text string) (int, error) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), "POST", w.url+"/api/v2/bot/message/push",
		strings.NewReader(fmt.Sprintf(`{"to":%q,"messages":[{"type":"text","text":%q}]}`, w.woman, text)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Line-Retry-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
