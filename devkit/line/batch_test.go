package line_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"saphan/devkit/line"
)

// Events of several people travel in one webhook, each with its own reply token.
func TestBatchedWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{"batchWebhooks": 2}, nil)
	statuses := make([]int, 2)
	var both sync.WaitGroup
	for i, user := range []string{w.woman, w.man} {
		both.Go(func() {
			var a acted
			w.control("POST", "chats/"+user+"/text", map[string]any{"text": fmt.Sprint(i)}, &a)
			statuses[i] = a.Status
		})
	}
	both.Wait()
	// The two may have missed each other on a slow machine, and then travel alone.
	var events []map[string]any
	for len(events) < 2 {
		events = append(events, w.bot.next(t).events...)
	}
	if statuses[0] != http.StatusOK || statuses[1] != http.StatusOK {
		t.Errorf("statuses %v", statuses)
	}
	for _, e := range events {
		if status, v := w.replyWith(replyToken(t, e)); status != http.StatusOK {
			t.Errorf("reply: %d %v", status, v)
		}
	}
	// A single one does not wait for ever.
	if e := w.say(w.woman, "คนเดียว"); part(t, e, "message")["text"] != "คนเดียว" {
		t.Errorf("event %v", e)
	}
}

// Events carry what does not exist yet.
func TestUnknownFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{"unknownFields": true}, nil)
	e := w.say(w.woman, "สวัสดี")
	if e["futureProperty"] == nil || part(t, e, "message")["futureProperty"] == nil || part(t, e, "source")["futureProperty"] == nil {
		t.Errorf("event %v", e)
	}
	if part(t, e, "message")["text"] != "สวัสดี" || part(t, e, "source")["userId"] != w.woman {
		t.Errorf("event %v", e)
	}
	w.control("POST", "settings", map[string]any{"unknownFields": false, "faults": map[string]any{"rate": 1, "kinds": []string{"webhook_unknown"}}}, nil)
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "อีกครั้ง"}, nil)
	if events := w.bot.next(t).events; len(events) != 2 || events[1]["type"] != "somethingNew" {
		t.Errorf("events %v", events)
	}
}

// Section 2.2 and 2.6: those who cannot be reached or never consented.
func TestQuietPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	e := w.say(w.woman, "สวัสดี")
	w.control("POST", "chats/"+w.woman+"/block", nil, nil)
	w.bot.next(t)
	seen := len(w.chat(w.woman, 0).Messages)
	if status, v := w.replyWith(replyToken(t, e)); status != http.StatusOK {
		t.Errorf("reply to somebody who blocked: %d %v", status, v)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != seen {
		t.Errorf("the blocking citizen sees %d messages, want %d", n, seen)
	}
	var shy struct{ ID string }
	w.control("POST", "users", map[string]any{"name": "พีซี (ตัวอย่าง)", "pcOnly": true}, &shy)
	w.control("POST", "chats/"+shy.ID+"/follow", nil, nil)
	if status, _, _ := w.api("GET", "/v2/bot/profile/"+shy.ID, nil); status != http.StatusNotFound {
		t.Errorf("profile without consent: %d", status)
	}
}

// The webhook test tells a bot that is slow from one that is away.
func TestWebhookTestReasons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	reason := func(want string) {
		t.Helper()
		if _, _, v := w.api("POST", "/v2/bot/channel/webhook/test", map[string]any{}); v["reason"] != want || v["success"] != (want == "OK") {
			t.Errorf("%v, want %s", v, want)
		}
	}
	reason("OK")
	w.bot.answer(http.StatusOK, 5*time.Second)
	reason("REQUEST_TIMEOUT")
	w.bot.answer(http.StatusTeapot, 0)
	reason("ERROR_STATUS_CODE")
	w.bot.Close()
	reason("COULD_NOT_CONNECT")
}

// The key that signs ID tokens, and the logins, outlive the process.
func TestLoginOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := openWorld(t, line.Config{Dir: dir})
	var got struct {
		IDToken     string `json:"id_token"`
		AccessToken string `json:"access_token"`
	}
	w.control("POST", "chats/"+w.woman+"/liff", nil, &got)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	again := openWorld(t, line.Config{Dir: copied})
	status, v := again.form("/oauth2/v2.1/verify", url.Values{"id_token": {got.IDToken}, "client_id": {channelID(t, again)}}.Encode())
	if status != http.StatusOK || v["sub"] != w.woman {
		t.Errorf("ID token after the restart: %d %v", status, v)
	}
	if status, _, data := again.do("GET", "/api/v2/profile", map[string]string{"Authorization": "Bearer " + got.AccessToken}, nil); status != http.StatusOK {
		t.Errorf("access token after the restart: %d %s", status, data)
	}
}

// A journal that is mostly history is written anew, and nothing is lost by it.
func TestJournalIsRewritten(t *testing.T) {
	t.Parallel()
	c := newClock()
	dir := t.TempDir()
	w := openWorld(t, line.Config{Dir: dir, Now: c.now, KeepMessages: 20, LargeJournal: 4 << 20})
	w.control("POST", "settings", map[string]any{"rate": 1e6}, nil)
	w.say(w.woman, "สวัสดี")
	long := map[string]any{"type": "text", "text": strings.Repeat("ก", 5000)}
	body := map[string]any{"to": w.woman, "messages": []any{long, long, long, long, long}}
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "journal.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	for size() < 9<<20 { // a rewritten one has 20 bubbles of 15 kB

		if status, _, v := w.api("POST", "/v2/bot/message/push", body); status != http.StatusOK {
			t.Fatal(status, v)
		}
	}
	c.add(2 * time.Minute)
	w.control("POST", "clock", map[string]any{"advance_seconds": 1}, nil)
	for end := time.Now().Add(30 * time.Second); size() > 2<<20; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the journal still has %d bytes", size())
		}
	}
	w.say(w.woman, "หลังจากนั้น")
	before := w.chat(w.woman, 0)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	again := openWorld(t, line.Config{Dir: copied, Now: c.now})
	after := again.chat(again.woman, 0)
	if len(after.Messages) != 20 || after.Messages[19].Message["text"] != "หลังจากนั้น" || after.Messages[0].ID != before.Messages[0].ID {
		t.Errorf("%d messages after the restart, the last %v", len(after.Messages), after.Messages[len(after.Messages)-1].Message)
	}
}
