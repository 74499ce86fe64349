package line_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"saphan/devkit/line"
)

// What was promised outlives the process: chats, media, tokens, keys, quota and open webhooks.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := openWorld(t, line.Config{Dir: dir})
	if err := w.sim.Set(quick(w.sim.Settings())); err != nil {
		t.Fatal(err)
	}
	photo := w.upload(w.woman, "image", sample{"a.png", picture(9, 9)})
	w.bot.next(t)
	token := replyToken(t, w.say(w.woman, "ก่อนดับ"))
	w.pushWith(retryKey, texts(2))
	w.bot.answer(http.StatusInternalServerError, 0)
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "ยังไม่ถึง"}, nil)
	lost := w.bot.next(t).events[0]["webhookEventId"]
	before := w.chat(w.woman, 0)

	// The second simulator starts from the files as a kill would leave them: the first is still open,
	// and the last line of the journal was cut short.
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	journal, err := os.OpenFile(filepath.Join(copied, "journal.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.WriteString(`{"t":"messages","k":"1","v":{"Se`); err != nil {
		t.Fatal(err)
	}
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	first := openWorld(t, line.Config{Dir: copied})
	for {
		e := first.bot.next(t).events[0]
		if e["webhookEventId"] == lost && redelivered(e) {
			break
		}
	}
	// The third one reads the journal that the second wrote anew.
	again := t.TempDir()
	if err := os.CopyFS(again, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*world{first, openWorld(t, line.Config{Dir: again})} {
		after := v.chat(v.woman, 0)
		if v.woman != w.woman || len(after.Messages) != len(before.Messages) {
			t.Fatalf("%d messages after the restart, %d before", len(after.Messages), len(before.Messages))
		}
		for i := range after.Messages {
			if after.Messages[i].ID != before.Messages[i].ID || after.Messages[i].Seq != before.Messages[i].Seq {
				t.Errorf("message %d is another one", i)
			}
		}
		if status, _, data := v.content(photo.MessageID, ""); status != http.StatusOK || string(data) != string(picture(9, 9)) {
			t.Errorf("photo: %d", status)
		}
		if status, _, _ := v.pushWith(retryKey, texts(2)); status != http.StatusConflict {
			t.Errorf("retry key: %d", status)
		}
		if _, _, usage := v.api("GET", "/v2/bot/message/quota/consumption", nil); usage["totalUsage"] != 1.0 {
			t.Errorf("usage %v", usage)
		}
	}
	if status, v := first.replyWith(token); status != http.StatusOK {
		t.Errorf("reply token: %d %v", status, v)
	}
}

// A folder that cannot be used gives one clear error.
func TestBrokenState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "journal.jsonl"), []byte("not JSON\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := line.New(line.Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("broken journal: %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := line.New(line.Config{Dir: file}); err == nil {
		t.Error("a file in place of the folder is taken")
	}
}

// Channels that cannot work are refused.
func TestAddChannelRefuses(t *testing.T) {
	t.Parallel()
	sim, err := line.New(line.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	good := line.Channel{Destination: destination, Secret: "s", AccessToken: "t"}
	for name, change := range map[string]func(*line.Channel){
		"destination": func(c *line.Channel) { c.Destination = "bot" },
		"secret":      func(c *line.Channel) { c.Secret = "" },
		"token":       func(c *line.Channel) { c.AccessToken = "" },
	} {
		c := good
		change(&c)
		if err := sim.AddChannel(c); err == nil {
			t.Errorf("channel without a good %s accepted", name)
		}
	}
	if err := sim.AddChannel(good); err != nil {
		t.Error(err)
	}
	good.Destination = otherDestination
	if err := sim.AddChannel(good); err == nil {
		t.Error("two channels with one token accepted")
	}
}

// The mount may lie below a prefix that is stripped, and its root is the chat page.
func TestMountedBelowPrefix(t *testing.T) {
	t.Parallel()
	sim, err := line.New(line.Config{})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/dev/line/", http.StripPrefix("/dev/line", sim.Handler()))
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, sim: sim, url: server.URL + "/dev/line"}
	if status, _, v := w.call("/api", "GET", "/v2/bot/info", nil); status != http.StatusUnauthorized {
		t.Errorf("api: %d %v", status, v)
	}
	w.control("GET", "users", nil, nil)
	if status, head, _ := w.do("GET", "/", nil, nil); status != http.StatusOK || !strings.HasPrefix(head.Get("Content-Type"), "text/html") {
		t.Errorf("page: %d %s", status, head.Get("Content-Type"))
	}
}
